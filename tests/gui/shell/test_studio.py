"""The studio: edits are worked out, runs are told, a dead engine costs the run and nothing else."""

from pathlib import Path
from typing import Any

import numpy as np
from pytestqt.qtbot import QtBot

from nnstudio.events import EpochEnded, Failed, Finished, Paused, Resumed, RunStarted, Steps
from nnstudio.gui.engines import Engines
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio, file_name
from nnstudio.plan import Code, NodePlan, Plan
from nnstudio.plugins import Plugins
from nnstudio.problems import Fix, Problem
from nnstudio.project.autosave import recoverable
from nnstudio.project.edits import add_node, move, set_field, set_param
from nnstudio.project.graph import Graph, Node
from nnstudio.project.only_shown import only_shown
from nnstudio.project.project import Project
from nnstudio.replies import EngineError, Inspected
from nnstudio.runs.record import RunWriter


def one_node() -> Project:
    return Project("One", Graph({"linear1": Node("linear1", "torch.linear")}))


def inspects(engine: Any) -> list[Any]:
    return [value["project"] for type, value in engine.asked if type == "inspect"]


def test_an_edit_is_worked_out_and_told(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    problem = Problem("graph.no_loss", "There is no loss.")
    plan = Plan(("linear1",), {"linear1": NodePlan("linear1", "torch.linear", "fc1", parameters=5)}, parameters=5)
    bench.answers["inspect"] = Inspected(plan, Code("x = 1\n"), None, (problem,))
    studio.open_project(one_node())
    qtbot.waitUntil(lambda: studio.plan.parameters == 5)
    assert studio.code.text == "x = 1\n"
    assert studio.problems == (problem,)


def test_the_newest_state_is_worked_out_last(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    for size in range(10, 30):
        studio.do(set_param(studio.project, "linear1", "out_features", size))
    qtbot.waitUntil(lambda: bool(inspects(bench.workbench)) and inspects(bench.workbench)[-1] == studio.project)
    assert len(inspects(bench.workbench)) < 10  # typing does not queue up


def test_moving_a_node_asks_no_engine(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    qtbot.waitUntil(lambda: len(inspects(bench.workbench)) == 1)
    studio.do(move(studio.project, {"linear1": (50.0, 60.0)}))
    studio.do(set_field(studio.project, "project", "notes", "hello"))
    studio.do(set_param(studio.project, "linear1", "out_features", 3))
    qtbot.waitUntil(lambda: len(inspects(bench.workbench)) == 2)
    assert inspects(bench.workbench)[-1] == studio.project


def test_only_shown_tells_a_move_from_a_change() -> None:
    project = one_node()
    assert only_shown(move(project, {"linear1": (1.0, 2.0)}))
    assert not only_shown(set_param(project, "linear1", "bias", False))
    assert not only_shown(add_node(project, Node("a", "torch.relu")))


def test_selection_forgets_nodes_that_are_gone(studio: Studio) -> None:
    studio.open_project(one_node())
    studio.select(["linear1", "nobody"])
    assert studio.selection == ("linear1",)
    studio.do(add_node(studio.project, Node("relu1", "torch.relu")))
    studio.select(["relu1"])
    studio.undo()
    assert studio.selection == ()


def test_a_run_goes_from_start_to_end(studio: Studio, bench: Any, qtbot: QtBot, tmp_path: Path) -> None:
    studio.open_project(one_node())
    writer = RunWriter.create(tmp_path, studio.project)
    writer.close()
    folder = str(writer.folder)
    studio.run.train()
    assert studio.run.state == "starting"
    trainer = bench.trainer
    qtbot.waitUntil(lambda: any(type == "train" for type, _ in trainer.asked))
    news: list[set[str]] = []
    studio.run.history_changed.connect(news.append)
    trainer.event(RunStarted("r", folder, "cpu", 2, 3))
    for first in range(3):
        trainer.event(Steps(first, {"loss": np.array([1.0 - first / 4])}))
    trainer.event(EpochEnded(0, 3, {"validation/loss": 0.5}))
    qtbot.waitUntil(lambda: studio.run.history.epoch == 1 and bool(news))
    assert studio.run.state == "running"
    assert len(news) <= 2  # five events, at most one signal a frame
    trainer.event(Paused(3))
    qtbot.waitUntil(lambda: studio.run.state == "paused")
    studio.run.resume()
    trainer.event(Resumed(3))
    qtbot.waitUntil(lambda: studio.run.state == "running")
    studio.run.stop()
    qtbot.waitUntil(lambda: trainer.told == ["resume", "stop"])
    trainer.event(Finished("stopped", 3, 0))
    qtbot.waitUntil(lambda: studio.run.state == "stopped")
    assert not studio.run.can_train_on  # there is no checkpoint
    (writer.folder / "checkpoints" / "last.safetensors").touch()
    assert studio.run.can_train_on
    studio.run.train_on()
    qtbot.waitUntil(lambda: [type for type, _ in trainer.asked].count("train") == 2)
    assert trainer.asked[-1][1]["resume"] == folder


def test_a_step_without_a_run_begins_one(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    studio.run.step()
    qtbot.waitUntil(lambda: bench.trainer.told == ["step"])
    assert [type for type, _ in bench.trainer.asked if type == "train"] == ["train"]


def test_a_run_that_cannot_start_says_why(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    bench.answers["train"] = EngineError(Problem("data.missing", "There is no data."))
    said: list[str] = []
    studio.message.connect(lambda text, _severity: said.append(text))
    studio.open_project(one_node())
    studio.run.train()
    qtbot.waitUntil(lambda: studio.run.state == "failed")
    assert said == ["There is no data."]
    assert not studio.run.active


def test_failed_says_what_failed(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    studio.run.train()
    bench.trainer.event(RunStarted("r", "", "cpu", 2, 3))
    bench.trainer.event(Failed((Problem("run.nan", "NaN at step 2 in 'fc1'.", node="linear1"),), 2))
    qtbot.waitUntil(lambda: studio.run.state == "failed")
    assert studio.run.history.problems[0].node == "linear1"


def test_a_dead_trainer_marks_the_run_and_is_replaced(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    studio.run.train()
    first = bench.trainer
    first.event(RunStarted("r", "/runs/r", "cpu", 2, 3))
    first.event(Steps(0, {"loss": np.array([1.0, 0.5])}))
    qtbot.waitUntil(lambda: studio.run.state == "running")
    first.die(Problem("engine.crashed", "The engine was killed by signal 9.", place="run"))
    qtbot.waitUntil(lambda: studio.run.state == "crashed")
    assert studio.run.history.step == 2  # what was learnt to see is kept
    assert len(bench.started) == 3  # a fresh one is there
    studio.run.train()
    qtbot.waitUntil(lambda: any(type == "train" for type, _ in bench.started[2].asked))


def test_events_of_a_dead_engine_are_not_heard(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    studio.run.train()
    first = bench.trainer
    first.die(Problem("engine.crashed", "gone", place="run"))
    qtbot.waitUntil(lambda: studio.run.state == "crashed")
    first.event(RunStarted("late", "", "cpu", 1, 1))
    bench.started[2].event(RunStarted("new", "", "cpu", 1, 1))
    qtbot.waitUntil(lambda: studio.run.history.started is not None)
    assert studio.run.history.started is not None
    assert studio.run.history.started.run == "new"


def test_a_dead_workbench_is_replaced_and_asked_at_the_next_edit(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    qtbot.waitUntil(lambda: len(inspects(bench.workbench)) == 1)
    bench.workbench.die(Problem("engine.crashed", "The engine died.", place="run"))
    qtbot.waitUntil(lambda: len(bench.started) == 3)
    assert any(problem.code == "engine.crashed" for problem in studio.problems)
    assert not inspects(bench.started[2])  # what killed it is not sent again by itself
    studio.do(set_param(studio.project, "linear1", "out_features", 7))
    qtbot.waitUntil(lambda: len(inspects(bench.started[2])) == 1)
    qtbot.waitUntil(lambda: studio.problems == ())


def test_an_engine_that_never_greets_is_not_started_again_and_again(
    plugins: Plugins, tmp_path: Path, bench: Any, qtbot: QtBot
) -> None:
    from concurrent.futures import Future

    engines = Engines(start=lambda arguments, on_event, on_exit: mute(bench._start(arguments, on_event, on_exit)))

    def mute(engine: Any) -> Any:
        engine.hello = Future()
        return engine

    engines.begin()
    studio = Studio(plugins, settings=Settings(tmp_path / "s.json"), engines=engines)
    said: list[str] = []
    studio.message.connect(lambda text, _severity: said.append(text))
    bench.workbench.die(Problem("engine.start", "No torch here."))
    qtbot.waitUntil(lambda: said == ["No torch here."])
    assert len(bench.started) == 2
    studio.close()


def test_save_and_open(studio: Studio, tmp_path: Path) -> None:
    studio.open_project(one_node())
    studio.do(set_field(studio.project, "project", "notes", "kept"))
    assert studio.document.changed
    file = tmp_path / "one.nns"
    assert studio.save(file)
    assert not studio.document.changed
    assert studio.settings.recent == [file]
    assert studio.runs_folder == tmp_path / "one.runs"
    studio.open_project(Project())
    assert studio.open(file)
    assert studio.project.notes == "kept"


def test_a_broken_file_is_told_and_changes_nothing(studio: Studio, tmp_path: Path) -> None:
    studio.open_project(one_node())
    said: list[tuple[str, str]] = []
    studio.message.connect(lambda text, severity: said.append((text, severity)))
    file = tmp_path / "broken.nns"
    file.write_text('{"format": 1, "gra')
    assert not studio.open(file)
    assert said
    assert said[0][1] == "error"
    assert "broken.nns" in said[0][0]
    assert studio.project == one_node()


def test_what_cannot_be_saved_is_told(studio: Studio, tmp_path: Path) -> None:
    said: list[str] = []
    studio.message.connect(lambda text, _severity: said.append(text))
    studio.open_project(one_node())
    assert not studio.save(tmp_path / "missing" / "one.nns")
    assert said
    assert studio.document.path is None


def test_unsaved_work_is_in_the_autosave(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(one_node())
    studio.do(set_field(studio.project, "project", "notes", "not saved"))
    folder = studio.state_folder / "recovery"
    qtbot.waitUntil(lambda: folder.is_dir() and len(list(folder.iterdir())) == 1, timeout=5000)
    assert recoverable(folder) == []  # we are still alive: it is no one's to recover
    studio.undo()
    qtbot.waitUntil(lambda: not list(folder.iterdir()), timeout=5000)


def test_a_fix_is_one_undoable_edit(studio: Studio) -> None:
    studio.open_project(one_node())
    before = studio.project
    studio.apply_fix(Fix("Use 10", "set_param", node="linear1", param="out_features", value=10))
    assert studio.project.graph.nodes["linear1"].params == {"out_features": 10}
    studio.undo()
    assert studio.project == before


def test_a_fix_for_what_is_gone_says_so(studio: Studio) -> None:
    said: list[str] = []
    studio.message.connect(lambda text, _severity: said.append(text))
    studio.open_project(Project())
    studio.apply_fix(Fix("Use 10", "set_param", node="linear1", param="out_features", value=10))
    assert len(said) == 1
    assert studio.project == Project()


def test_file_name() -> None:
    assert file_name("Fashion-MNIST · LeNet/..") == "fashion_mnist_lenet"
    assert file_name("…") == "untitled"
