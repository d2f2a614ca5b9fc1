"""The Python API does what the app does, and says in words what it cannot do."""

import doctest
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import nnstudio
from nnstudio import Project
from nnstudio.events import EpochEnded, Failed, Finished, RunStarted
from nnstudio.problems import NNStudioError
from nnstudio.project import file
from nnstudio.project.graph import Slot, Source
from nnstudio.project.project import Entry


def xor() -> Project:
    project = Project.new(dataset="xor", samples=200)
    hidden = project.add("linear", out_features=8, after="input")
    active = project.add("tanh", after=hidden)
    scores = project.add("linear", out_features=2, after=active)
    project.add("cross_entropy", after=scores)
    return project


def test_the_examples_in_its_documentation_hold() -> None:
    from nnstudio import python
    from nnstudio.python import handle

    for module, least in ((python, 5), (handle, 5)):
        failed, tried = doctest.testmod(module, raise_on_error=False)
        assert tried > least
        assert failed == 0


def test_a_network_built_by_hand_is_sound_and_wired_as_said() -> None:
    project = xor()
    assert project.check() == ()
    assert list(project.nodes) == ["input", "fc1", "tanh1", "fc2", "loss1"]
    wires = project.content.graph.wires
    assert wires[Slot("fc2", "input")] == Source("tanh1", "output")
    assert Slot("loss1", "target") not in wires
    plan = project.inspect()
    assert plan.nodes["fc2"].outputs["output"] == (-1, 2)
    assert plan.parameters == 42
    positions = [node.position for node in project.nodes.values()]
    assert len(set(positions)) == len(positions)


def test_each_call_is_one_step_of_undo() -> None:
    project = xor()
    whole = project.content
    project.set("recipe.epochs", 3)
    project.set("recipe.epochs", 4)
    assert project.undo()
    assert project.recipe.epochs == 3
    assert project.undo()
    assert project.content == whole
    states = [project.content]
    while project.undo():
        states.append(project.content)
    assert list(project.nodes) == ["input"]
    for state in reversed(states[:-1]):
        assert project.redo()
        assert project.content == state
    assert project.redo()
    assert project.redo()
    assert not project.redo()


def test_connecting_takes_the_free_ports_and_adds_to_those_that_take_many() -> None:
    project = Project.new(dataset="iris")
    left = project.add("linear", out_features=3, after="input", name="left")
    right = project.add("linear", out_features=3, after="input", name="right")
    both = project.add("concatenate", name="both")
    project.connect(left, both)
    project.connect(f"{right}.output", f"{both}.{project.registry.layer(project.nodes[both].type).inputs[0].name}")  # type: ignore[union-attr]
    assert [wire.source.node for wire in project.content.graph.wires_into(both)] == ["left", "right"]
    loss = project.add("cross_entropy", after=both)
    project.connect("input", f"{loss}.target")
    assert {slot.port for slot in project.content.graph.wires if slot.node == loss} == {"input", "target"}
    project.remove(right)
    assert [wire.source.node for wire in project.content.graph.wires_into(both)] == ["left"]


def test_anything_can_be_set_by_its_dotted_name() -> None:
    project = xor()
    project.set("name", "Mine")
    project.set("recipe.optimizer", "sgd")
    project.set("recipe.optimizer.momentum", 0.9)
    project.set("recipe.optimizer.nesterov", "true")
    project.set("recipe.batch_size", "32")
    project.set("recipe.metrics", ["accuracy"])
    project.set("recipe.regularizers", (Entry("l2"),))
    project.set("data.dataset.noise", "2e-1")
    project.set("data.validation", 0)
    project.set("fc1.out_features", 16)
    assert project.name == "Mine"
    assert project.recipe.optimizer == Entry("torch.sgd", {"momentum": 0.9, "nesterov": True})
    assert project.recipe.batch_size == 32
    assert [entry.type for entry in project.recipe.metrics] == ["nnstudio.accuracy"]
    assert project.data.dataset.params == {"samples": 200, "noise": 0.2}
    assert (project.data.validation, type(project.data.validation)) == (0.0, float)
    assert project.inspect().nodes["fc1"].outputs["output"] == (-1, 16)
    assert project.check() == ()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda p: p.add("conv2e"), "torch.conv2d"),
        (lambda p: p.add("linear", out_feature=3), "out_features"),
        (lambda p: p.add("linear", out_features=0), "out_features is 0"),
        (lambda p: p.add("linear", name="fc1"), "already"),
        (lambda p: p.add("linear", name="not a name"), "Python name"),
        (lambda p: p.add("linear", after="fc9"), "Did you mean 'fc"),
        (lambda p: p.add("linear", after="loss1"), "has no output"),
        (lambda p: p.connect("fc1", "input"), "has no input"),
        (lambda p: p.connect("fc1.outptu", "fc2"), "Did you mean 'output'"),
        (lambda p: p.remove("nobody"), "no node 'nobody'"),
        (lambda p: p.set("recipe.epoch", 3), "Did you mean 'epochs'"),
        (lambda p: p.set("recipe.epochs", "many"), "a whole number"),
        (lambda p: p.set("recipe.epochs", 2.5), "a whole number"),
        (lambda p: p.set("recipe.shuffle", "perhaps"), "true or false"),
        (lambda p: p.set("recipe.optimizer", "adamm"), "torch.adam"),
        (lambda p: p.set("recipe.optimizer.lr", -1), "lr is -1"),
        (lambda p: p.set("recipe.epochs.more", 1), "recipe has no"),
        (lambda p: p.set("data.dataset.noisy", 1), "no parameter 'noisy'"),
        (lambda p: p.set("fc3.out_features", 1), "no node 'fc3'"),
        (lambda p: p.set("somewhere", 1), "nothing that can be set"),
        (lambda p: p.save(), "no file yet"),
        (lambda p: p.runs, "no file yet"),
        (lambda p: Project.open("/nowhere/at/all.nns"), "/nowhere/at/all.nns"),
        (lambda p: Project.open("gallery:xorr"), "nnstudio.xor"),
        (lambda p: Project.new(dataset="irish"), "nnstudio.iris"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(call, words: str) -> None:  # type: ignore[no-untyped-def]
    project = xor()
    before = project.content
    with pytest.raises(NNStudioError) as caught:
        call(project)
    assert words in str(caught.value)
    assert project.content == before
    project.undo()
    assert "loss1" not in project.nodes, "the failed call left a step behind"


def test_an_ambiguous_name_lists_what_it_may_mean() -> None:
    from nnstudio.finding import find_id
    from nnstudio.registry import Registry
    from nnstudio.specs import LayerSpec

    specs = {
        id: LayerSpec(id, title, "shape", call="{input}") for id, title in (("a.fold", "Fold"), ("b.fold", "Bend"))
    }
    registry = Registry({"layer": specs})
    assert find_id(registry, "layer", "bend") == "b.fold"
    with pytest.raises(NNStudioError, match=r"a\.fold, b\.fold"):
        find_id(registry, "layer", "fold")


def test_saving_and_opening_is_the_identity(tmp_path: Path) -> None:
    project = xor()
    path = project.save(tmp_path / "xor.nns")
    assert Project.open(path).content == project.content
    assert not project.document.changed
    project.set("recipe.seed", 5)
    assert project.document.changed
    assert project.save() == path
    assert file.read(path)[0] == project.content
    with pytest.raises(NNStudioError, match="nowhere"):
        project.save(tmp_path / "nowhere" / "xor.nns")


def test_a_path_is_meant_from_where_one_is_and_holds_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.csv").write_text("a,t\n1,x\n2,y\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for path in ("mine.csv", Path("mine.csv")):
        project = Project.new(dataset="csv", path=path)
        assert project.data.dataset.params["path"] == str(tmp_path / "mine.csv")
        project.set("data.dataset.path", "")
        assert project.data.dataset.params["path"] == ""
        project.set("data.dataset.path", path)
        assert project.data.dataset.params["path"] == str(tmp_path / "mine.csv")


def test_training_yields_events_and_keeps_the_run_where_it_is_told(tmp_path: Path) -> None:
    project = Project.open("gallery:xor")
    events = list(nnstudio.train(project, epochs=2, folder=tmp_path / "runs"))
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], Finished)
    assert len([event for event in events if isinstance(event, EpochEnded)]) == 2
    (run,) = (tmp_path / "runs").iterdir()
    more = replace(project.recipe, epochs=3)
    again = list(nnstudio.train(replace(project.content, recipe=more), resume=run))
    assert again[0].first_epoch == 2
    assert len([event for event in again if isinstance(event, EpochEnded)]) == 1


def test_training_what_has_errors_yields_them() -> None:
    (event,) = nnstudio.train(Project.new())
    assert isinstance(event, Failed)
    assert any(problem.code == "graph.no_loss" for problem in event.problems)


def test_compile_gives_a_module_that_is_the_shown_code() -> None:
    import torch

    project = xor()
    module = nnstudio.compile(project)
    assert isinstance(module, torch.nn.Module)
    assert module(torch.zeros(4, 2)).shape == (4, 2)
    assert f"class {type(module).__name__}(nn.Module)" in project.code()
    with pytest.raises(NNStudioError):
        nnstudio.compile(Project.new(dataset="xor"))


def test_code_of_a_broken_network_says_where_it_breaks() -> None:
    project = Project.new(dataset="digits")
    project.add("linear", name="scores", out_features=3, after="input")
    with pytest.raises(NNStudioError, match=r"'scores' expects a vector.*1×8×8"):
        project.code()


def test_the_names_of_the_package_are_there_and_no_others() -> None:
    assert set(nnstudio.__all__) == {"Project", "__version__", "compare", "compile", "experiment", "train"}
    with pytest.raises(AttributeError, match="nothing"):
        _ = nnstudio.nothing  # type: ignore[attr-defined]
    assert sys.modules["nnstudio.python"].Project is Project


@pytest.mark.parametrize("before", ["", "import nnstudio.train.control", "import nnstudio.train.loop"])
def test_train_is_the_function_whatever_was_imported_before(before: str) -> None:
    """The package that trains has the same name, and Python puts it in the function's place."""
    code = f"{before}\nfrom nnstudio import Project, train\nprint(type(next(train(Project.new()))).__name__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "Failed\n", done.stderr
