"""What is drawn while a run trains another network is said, quietly, and unsaid when it is the run's again. And an engine that ends says what that means."""

from concurrent.futures import Future
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.events import Changed, Finished, Paused, RunStarted
from nnstudio.gui.canvas.in_words import in_words
from nnstudio.gui.canvas.overlays import StatusStrip
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.run_progress import Progress
from nnstudio.gui.studio import Studio
from nnstudio.gui.window import MainWindow
from nnstudio.plan import Code, NodePlan, Plan
from nnstudio.problems import Problem
from nnstudio.project.edits import Edit, add_node, connect, move, rename, set_param
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.only_shown import same_network
from nnstudio.project.project import Block, Project
from nnstudio.project.several import set_fields, set_searched
from nnstudio.replies import Inspected

INNER = Block(
    "res",
    "Residual",
    Graph(
        {
            "x": Node("x", "nnstudio.block_input"),
            "act": Node("act", "torch.relu"),
            "y": Node("y", "nnstudio.block_output"),
        },
        {Slot("act"): Source("x"), Slot("y"): Source("act")},
    ),
)
NETWORK = Project(
    "One",
    Graph(
        {"fc1": Node("fc1", "torch.linear", {"out_features": 4}), "res1": Node("res1", "block:res")},
        {Slot("res1", "x"): Source("fc1")},
    ),
    blocks={"res": INNER},
)
SAID = "The run trains the network as it was when it began."


def bypassed_inside(project: Project) -> Edit:
    inside = project.inside("res")
    return set_fields(inside, ["act"], "Bypass", bypassed=True).inside("res")


OTHER = {
    "a node": lambda project: add_node(project, Node("fc2", "torch.linear")),
    "a wire": lambda project: connect(project, Source("res1", "y"), Slot("fc1")),
    "a parameter": lambda project: set_param(project, "fc1", "out_features", 7),
    "bypassed": lambda project: set_fields(project, ["fc1"], "Bypass", bypassed=True),
    "inside a block": bypassed_inside,
}
SAME = {
    "moved": lambda project: move(project, {"fc1": (400.0, 80.0)}),
    "renamed": lambda project: rename(project, "fc1", "first"),
    "searched over": lambda project: set_searched(project, "fc1", "out_features", True),
    "moved inside a block": lambda project: move(project.inside("res"), {"act": (9.0, 9.0)}).inside("res"),
}


@pytest.mark.parametrize("what", OTHER)
def test_another_network_is_drawn(what: str, studio: Studio) -> None:
    studio.open_project(NETWORK)
    studio.do(OTHER[what](studio.project))
    assert not same_network(NETWORK, studio.project)
    studio.undo()
    assert same_network(NETWORK, studio.project)


@pytest.mark.parametrize("what", SAME)
def test_the_same_network_is_drawn(what: str, studio: Studio) -> None:
    studio.open_project(NETWORK)
    studio.do(SAME[what](studio.project))
    assert studio.project != NETWORK and same_network(NETWORK, studio.project)


def test_an_edit_while_it_trains_is_said_and_taken_back(window: MainWindow, bench: Any, qtbot: QtBot) -> None:
    studio = window.studio
    studio.open_project(NETWORK)
    strip, progress = window.findChild(StatusStrip), window.findChild(Progress)
    assert isinstance(strip, StatusStrip) and isinstance(progress, Progress)
    studio.do(OTHER["a node"](studio.project))
    assert not studio.apart.it_is, "no run is under way"
    studio.run.train()
    bench.trainer.event(RunStarted("r", "/r", "cpu", 2, 30))
    qtbot.waitUntil(lambda: studio.run.state == "running")
    studio.do(move(studio.project, {"fc1": (400.0, 80.0)}))
    assert "it was" not in strip.text and SAID not in strip.accessibleDescription()
    studio.do(OTHER["a parameter"](studio.project))
    assert "the run trains it as it was" in strip.text
    assert SAID in strip.toolTip() and SAID in strip.accessibleDescription()
    place = window.place_widget("model")
    assert isinstance(place, ModelPlace) and SAID in in_words(place.canvas)
    assert SAID in progress.findChildren(type(progress._text))[0].accessibleDescription()
    studio.undo()
    assert "it was" not in strip.text
    studio.do(OTHER["a parameter"](studio.project))
    bench.trainer.event(Changed(3, "fc1.out_features", 4, 7))  # the run is told of it
    qtbot.waitUntil(lambda: not studio.apart.it_is)
    studio.do(OTHER["bypassed"](studio.project))
    assert studio.apart.it_is
    bench.trainer.event(Finished("stopped", 4, 1, {}, 1.0))
    qtbot.waitUntil(lambda: not studio.run.active)
    assert not studio.apart.it_is
    studio.run.train()
    assert not studio.apart.it_is, "the next run begins with what is drawn"


def test_what_a_paused_run_takes_is_said_to_hold_from_its_next_step(
    window: MainWindow, bench: Any, qtbot: QtBot
) -> None:
    studio = window.studio
    studio.open_project(NETWORK)
    window.show_place("recipe")
    studio.run.train()
    bench.trainer.event(RunStarted("r", "/r", "cpu", 2, 30))
    bench.trainer.event(Changed(1, "recipe.optimizer.lr", 0.1, 0.2))
    qtbot.waitUntil(lambda: bool(studio.run.history.changed))
    assert not window.messages.isVisible()
    bench.trainer.event(Paused(3))
    qtbot.waitUntil(lambda: studio.run.state == "paused")
    problem = Problem("change.over", "'seed' cannot be changed while it trains.")
    bench.trainer.event(Changed(3, "recipe.seed", 0, 0, problem))
    qtbot.waitUntil(lambda: studio.run.history.refused is not None)
    assert not window.messages.isVisible()
    bench.trainer.event(Changed(3, "recipe.optimizer.lr", 0.2, 0.3))
    qtbot.waitUntil(window.messages.isVisible)
    assert "from its next step" in window.messages.text


# ── the engine that works things out ──────────────────────────────────────────────────────────────────────────────────


def planned(parameters: int) -> Inspected:
    node = NodePlan("fc1", "torch.linear", "fc1", parameters=parameters)
    return Inspected(Plan(("fc1",), {"fc1": node}, parameters=parameters), Code("pass\n"))


def test_an_engine_that_ends_at_an_edit_says_what_that_means_and_is_asked_again(
    window: MainWindow, bench: Any, qtbot: QtBot
) -> None:
    studio, bar = window.studio, window.messages
    bench.answers["inspect"] = planned(5)
    studio.open_project(NETWORK)
    qtbot.waitUntil(lambda: studio.plan.parameters == 5 and not studio.awaited.late)
    bench.answers["inspect"] = Future()
    studio.do(set_param(studio.project, "fc1", "out_features", 7))
    qtbot.waitUntil(lambda: len([1 for type, _ in bench.workbench.asked if type == "inspect"]) == 2)
    died = Problem(
        "engine.crashed", "The engine was killed by signal 9 (SIGKILL).", remedy="Smaller batch.", place="run"
    )
    bench.answers["inspect"] = planned(9)
    bench.workbench.die(died)
    qtbot.waitUntil(bar.isVisible)
    assert "SIGKILL" in bar.text and "before the last change" in bar.text and "atch" not in bar.text
    assert "the engine ended" in studio.awaited.words
    again = next(each for each in bar.findChildren(QPushButton) if each.text() == "Try again")
    qtbot.mouseClick(again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: studio.plan.parameters == 9)
    assert studio.awaited.words == "" and studio.problems == () and not bar.isVisible()


def test_the_next_edit_asks_again_too_and_the_message_goes(window: MainWindow, bench: Any, qtbot: QtBot) -> None:
    studio = window.studio
    bench.answers["inspect"] = planned(5)
    studio.open_project(NETWORK)
    qtbot.waitUntil(lambda: studio.plan.parameters == 5 and not studio.awaited.late)
    bench.workbench.die(Problem("engine.crashed", "The engine ended with exit code 3.", place="run"))
    qtbot.waitUntil(window.messages.isVisible)
    assert "Nothing is lost" in window.messages.text and studio.awaited.words == ""
    bench.answers["inspect"] = planned(9)
    studio.do(set_param(studio.project, "fc1", "out_features", 7))
    qtbot.waitUntil(lambda: not window.messages.isVisible())
    assert studio.plan.parameters == 9
