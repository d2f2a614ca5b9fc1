"""Figures that are older than the network say so, quietly: after a blink, and until the answer to the newest edit is there."""

from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.awaited import Awaited
from nnstudio.gui.canvas.overlays import StatusStrip
from nnstudio.gui.inspector import Inspector
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.studio import Studio
from nnstudio.plan import Code, NodePlan, Plan
from nnstudio.problems import Problem
from nnstudio.project.edits import move, set_param
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project
from nnstudio.replies import Inspected

OLD = "not worked out anew since the last change"


def answer(parameters: int) -> Inspected:
    node = NodePlan("fc1", "torch.linear", "fc1", parameters=parameters)
    return Inspected(Plan(("fc1",), {"fc1": node}, parameters=parameters), Code("pass\n"))


@pytest.fixture
def heard(qapp: object) -> Iterator[tuple[Awaited, list[bool]]]:
    owner = QObject()
    awaited, said = Awaited(owner), list[bool]()
    awaited.changed.connect(lambda: said.append(awaited.late))
    yield awaited, said


def test_an_answer_within_a_blink_says_nothing(heard: tuple[Awaited, list[bool]]) -> None:
    awaited, said = heard
    awaited.edited()
    awaited.edited()
    awaited.answered(last=True)
    assert not awaited._blink.isActive() and not awaited.late and said == []


def test_each_answer_while_one_goes_on_typing_begins_the_blink_anew(heard: tuple[Awaited, list[bool]]) -> None:
    awaited, said = heard
    for _ in range(3):
        awaited.edited()
        awaited.answered(last=False)
        assert awaited._blink.isActive()
    awaited._say()
    awaited.edited()
    awaited.answered(last=False)
    assert awaited.late and not awaited._blink.isActive(), "it does not flicker either"
    awaited.answered(last=True)
    assert said == [True, False] and awaited.words == ""


def test_while_the_engine_works_the_figures_are_muted_and_said_to_be_old(
    studio: Studio, bench: Any, qtbot: QtBot
) -> None:
    canvas, panel = QWidget(), Inspector(studio)
    qtbot.addWidget(canvas)
    qtbot.addWidget(panel)
    canvas.resize(900, 400)
    panel.resize(330, 900)
    panel.show()
    qtbot.waitExposed(panel)
    strip = StatusStrip(studio, canvas)
    bench.answers["inspect"] = answer(5)
    studio.open_project(Project("One", Graph({"fc1": Node("fc1", "torch.linear")})))
    qtbot.waitUntil(lambda: studio.plan.parameters == 5 and not studio.awaited.late)
    studio.select(["fc1"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    assert strip.accessibleName() == "1 node · 5 params · 0 MAC · 0 B / sample"

    def value() -> QLabel:
        assert isinstance(panel.page, NodePage)
        return panel.page._facts._rows[0].value

    coming: Future[Any] = Future()
    bench.answers["inspect"] = coming
    line = panel.page.form.rows["out_features"].line
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(line, "7")
    qtbot.waitUntil(lambda: studio.awaited.late)
    qtbot.waitUntil(lambda: value().property("role") == "muted")
    assert value().text() == "5" and value().accessibleDescription() == value().toolTip() == OLD
    assert strip.shown.endswith(" …") and strip.accessibleDescription() == OLD and OLD in strip.toolTip()
    bench.answers["inspect"] = answer(9)
    coming.set_result(answer(9))
    qtbot.waitUntil(lambda: not studio.awaited.late)
    qtbot.waitUntil(lambda: value().text() == "9")
    assert value().property("role") == "strong" and value().accessibleDescription() == value().toolTip() == ""
    assert strip.shown == "1 node · 9 params · 0 MAC · 0 B / sample" and strip.accessibleDescription() == ""


def test_where_no_answer_comes_the_figures_stay_old(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    bench.answers["inspect"] = answer(5)
    studio.open_project(Project("One", Graph({"fc1": Node("fc1", "torch.linear")})))
    qtbot.waitUntil(lambda: studio.plan.parameters == 5 and not studio.awaited.late)
    bench.answers["inspect"] = Future()
    studio.do(move(studio.project, {"fc1": (8.0, 8.0)}))
    assert not studio.awaited._blink.isActive(), "no figure depends on where it stands"
    studio.do(set_param(studio.project, "fc1", "out_features", 7))
    qtbot.waitUntil(lambda: studio.awaited.late and len(bench.workbench.asked) > 1)
    bench.answers["inspect"] = answer(9)
    bench.workbench.die(Problem("engine.died", "It is gone."))
    qtbot.waitUntil(lambda: bool(studio.problems))
    assert studio.awaited.late
    studio.do(set_param(studio.project, "fc1", "out_features", 8))
    qtbot.waitUntil(lambda: studio.plan.parameters == 9)
    assert not studio.awaited.late
