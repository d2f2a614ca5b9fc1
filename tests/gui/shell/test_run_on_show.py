"""Which run is on show: not another project's, the one before where the next cannot begin, and gone on with, the one that it was."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from nnstudio.events import Changed, EpochEnded, Failed, Finished, Predictions, RunStarted, Steps
from nnstudio.gui.studio import Studio
from nnstudio.problems import Problem
from nnstudio.project.edits import remove_nodes, set_field, set_param
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Entry, Project, Recipe
from nnstudio.replies import EngineError
from nnstudio.runs.record import RunWriter

NUMBERS = np.arange(4)


def named(name: str) -> Project:
    nodes = (Node("linear1", "torch.linear"), Node("tanh1", "torch.tanh"))
    return Project(
        name, Graph({node.id: node for node in nodes}), recipe=Recipe(optimizer=Entry("torch.adam", {"lr": 0.01}))
    )


@pytest.fixture
def said(studio: Studio) -> Iterator[list[tuple[str, str]]]:
    heard: list[tuple[str, str]] = []
    studio.message.connect(lambda text, severity: heard.append((text, severity)))
    yield heard


def trainings(bench: Any) -> list[Any]:
    return [value for engine in bench.started for type, value in engine.asked if type == "train"]


def begin(studio: Studio, bench: Any, qtbot: QtBot, folder: str = "") -> None:
    """A run that has done an epoch of three steps."""
    before = len(trainings(bench))
    studio.run.train()
    qtbot.waitUntil(lambda: len(trainings(bench)) == before + 1)
    for event in (
        RunStarted("r", folder, "cpu", 5, 3),
        Steps(0, {"loss": np.array([3.0, 2.0, 1.0])}),
        EpochEnded(0, 3, {"validation/loss": 0.5}),
    ):
        bench.trainer.event(event)
    qtbot.waitUntil(lambda: studio.run.state == "running" and studio.run.history.epoch == 1)


def stopped(studio: Studio, bench: Any, qtbot: QtBot, *made: Changed, checkpoint: bool = True) -> Path:
    """A run of the project, stopped after an epoch, as the trainer leaves it."""
    writer = RunWriter.create(studio.runs_folder, studio.project)
    begin(studio, bench, qtbot, str(writer.folder))
    for event in (*made, Finished("stopped", 3, 1)):
        bench.trainer.event(event)
    qtbot.waitUntil(lambda: studio.run.state == "stopped")
    writer.close()
    if checkpoint:
        (writer.folder / "checkpoints" / "last.safetensors").touch()
    return writer.folder


# ── another project is opened ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_of_another_project_is_stopped_told_and_heard_no_more(
    studio: Studio, bench: Any, said: list[tuple[str, str]], qtbot: QtBot
) -> None:
    answers = [Future[Any](), Future[Any]()]
    bench.answers["train"] = answers[0]
    studio.open_project(named("Old"))
    begin(studio, bench, qtbot)
    studio.open_project(named("New"))
    assert said == [("The run of 'Old' was stopped; it is kept among its runs.", "info")]
    qtbot.waitUntil(lambda: bench.trainer.told == ["stop"])
    studio.run.train()
    studio.run.pause()
    assert (studio.run.state, studio.run.history.name) == ("starting", "New")
    for late in (
        Steps(3, {"loss": np.ones(2)}),
        Predictions(0, "validation", NUMBERS, NUMBERS, NUMBERS, NUMBERS / 2),
        Finished("stopped", 5, 0),
    ):
        bench.trainer.event(late)
    bench.answers["train"] = answers[1]
    answers[0].set_result(Finished("stopped", 5, 0))
    qtbot.waitUntil(lambda: len(trainings(bench)) == 2)
    assert (studio.run.state, studio.run.history.step, studio.run.history.predictions) == ("starting", 0, {})
    assert trainings(bench)[1]["project"] == studio.project
    qtbot.waitUntil(lambda: bench.trainer.told == ["stop", "pause"])  # of the new run, in its order
    bench.trainer.event(RunStarted("new", "", "cpu", 2, 3))
    qtbot.waitUntil(lambda: studio.run.state == "running")
    assert studio.run.history.started is not None
    assert studio.run.history.started.run == "new"


def test_a_training_that_waits_can_be_stopped(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    bench.answers["train"] = answer = Future[Any]()
    studio.open_project(named("Old"))
    begin(studio, bench, qtbot)
    studio.open_project(named("New"))
    studio.run.train()
    studio.run.stop()
    assert studio.run.state == "idle"
    answer.set_result(Finished("stopped", 3, 0))
    qtbot.waitUntil(
        lambda: any(type == "prepare" for type, _ in bench.trainer.asked)
    )  # it is free: made ready for the new one
    assert len(trainings(bench)) == 1
    assert bench.trainer.told == ["stop"]


def test_a_training_that_waits_begins_in_a_fresh_trainer_where_the_old_one_dies(
    studio: Studio, bench: Any, qtbot: QtBot
) -> None:
    bench.answers["train"] = Future[Any]()
    studio.open_project(named("Old"))
    begin(studio, bench, qtbot)
    studio.open_project(named("New"))
    studio.run.train()
    bench.trainer.die(Problem("engine.crashed", "gone", place="run"))
    qtbot.waitUntil(lambda: [type for type, _ in bench.started[-1].asked] == ["train"])
    assert studio.run.state == "starting"


# ── it cannot begin ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_training_that_cannot_begin_leaves_the_run_before_it(
    studio: Studio, bench: Any, said: list[tuple[str, str]], qtbot: QtBot
) -> None:
    studio.open_project(named("One"))
    stopped(studio, bench, qtbot)
    shown, trained = studio.run.history, studio.run.project
    studio.do(set_param(studio.project, "linear1", "out_features", 0))
    studio.run.train()
    bench.trainer.event(Failed((Problem("node.missing", "The network has no loss."),)))
    qtbot.waitUntil(lambda: studio.run.state == "stopped")
    assert (studio.run.history, studio.run.project) == (shown, trained)
    assert said == [("The network has no loss.", "error")]
    assert studio.run.can_train_on
    bench.answers["train"] = EngineError(Problem("engine.busy", "Not now."))
    studio.run.train_on()
    qtbot.waitUntil(lambda: studio.run.state == "stopped")
    assert (studio.run.history, said[-1]) == (shown, ("Not now.", "error"))


def test_a_trainer_that_dies_before_a_run_begins_leaves_the_run_before_it(
    studio: Studio, bench: Any, qtbot: QtBot
) -> None:
    studio.open_project(named("One"))
    stopped(studio, bench, qtbot)
    shown = studio.run.history
    studio.run.train()
    bench.trainer.die(Problem("engine.crashed", "gone", place="run"))
    qtbot.waitUntil(lambda: studio.run.state == "stopped")
    assert (studio.run.history, shown.problems) == (shown, ())


@pytest.mark.parametrize("checkpoint", [True, False])
def test_a_crash_says_what_is_kept(
    studio: Studio, bench: Any, said: list[tuple[str, str]], qtbot: QtBot, tmp_path: Path, checkpoint: bool
) -> None:
    studio.open_project(named("One"))
    begin(studio, bench, qtbot, str(tmp_path))
    if checkpoint:
        (tmp_path / "checkpoints").mkdir()
        (tmp_path / "checkpoints" / "last.safetensors").touch()
    bench.trainer.die(Problem("engine.crashed", "It was killed.", remedy="Try less.", place="run"))
    qtbot.waitUntil(lambda: studio.run.state == "crashed")
    assert studio.run.can_train_on is checkpoint
    assert ("kept up to its last checkpoint" in said[-1][0]) is checkpoint


# ── it goes on ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_goes_on_by_its_own_project_and_says_so(
    studio: Studio, bench: Any, said: list[tuple[str, str]], qtbot: QtBot
) -> None:
    studio.open_project(named("One"))
    folder = stopped(studio, bench, qtbot)
    began_with = studio.project
    studio.do(remove_nodes(studio.project, ["tanh1"]))
    studio.run.train_on()
    assert studio.run.state == "starting"
    assert studio.run.history.epoch == 1  # its curves stay while it starts
    assert "not with those on show" in said[-1][0]
    qtbot.waitUntil(lambda: len(trainings(bench)) == 2)
    assert trainings(bench)[1]["resume"] == str(folder)
    assert trainings(bench)[1]["project"] == began_with == studio.run.project
    bench.trainer.event(RunStarted("r", str(folder), "cpu", 5, 3, first_step=3, first_epoch=1))
    qtbot.waitUntil(lambda: studio.run.state == "running")
    assert (studio.run.history.step, studio.run.history.epoch) == (3, 1)


def test_what_nobody_edited_is_not_told(studio: Studio, bench: Any, said: list[tuple[str, str]], qtbot: QtBot) -> None:
    studio.open_project(named("One"))
    stopped(studio, bench, qtbot)
    studio.do(set_field(studio.project, "project", "notes", "looks good"))
    studio.run.train_on()
    assert (studio.run.state, said) == ("starting", [])


def test_a_run_goes_on_with_what_was_changed_in_it(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    """A learning rate applied to the run, undone in the drawing alone: the run keeps it, and what differs can be seen."""
    studio.open_project(named("One"))
    folder = stopped(
        studio,
        bench,
        qtbot,
        Changed(1, "recipe.optimizer.lr", 0.01, 0.5),
        Changed(3, "recipe.epochs", 10, 20),
    )
    studio.run.train_on()
    assert studio.run.project is not None
    assert studio.run.project.recipe.optimizer.params == {"lr": 0.5}
    qtbot.waitUntil(lambda: len(trainings(bench)) == 2)
    assert trainings(bench)[1]["project"].recipe.optimizer.params == {
        "lr": 0.01
    }  # its checkpoint makes the change again
    bench.trainer.event(RunStarted("r", str(folder), "cpu", 5, 3, first_step=2, first_epoch=0))
    qtbot.waitUntil(lambda: studio.run.state == "running")
    assert studio.run.project.recipe.optimizer.params == {"lr": 0.5}
    assert studio.run.project.recipe.epochs == 10  # changed after the checkpoint: that is lost


def test_a_run_whose_project_cannot_be_read_does_not_go_on(
    studio: Studio, bench: Any, said: list[tuple[str, str]], qtbot: QtBot
) -> None:
    studio.open_project(named("One"))
    folder = stopped(studio, bench, qtbot)
    (folder / "project.nns").write_text("{")
    studio.run.train_on()
    assert studio.run.state == "stopped"
    assert said[-1][1] == "error"
    assert "project.nns" in said[-1][0]
    assert len(trainings(bench)) == 1
