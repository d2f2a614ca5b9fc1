"""A message covers nothing that is clicked for long, can be closed by keys, and goes with its cause."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.events import Failed, RunStarted
from nnstudio.gui.file_watch import Choice, Question
from nnstudio.gui.message_bar import MessageBar
from nnstudio.gui.panel_focus import enter, holds_focus
from nnstudio.gui.places.runs import RunsPlace
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.window import MainWindow
from nnstudio.problems import Problem, Severity
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

ERROR = "There is no checkpoint. Train again from the start."
NETWORK = Project("One", Graph({"fc1": Node("fc1", "torch.linear")}))


def on_top(window: MainWindow, widget: QWidget) -> bool:
    """Is it what a click in its middle comes to?"""
    at = window.childAt(widget.mapTo(window, widget.rect().center()))
    return at is widget or widget.isAncestorOf(at)


def reached(bar: MessageBar, window: MainWindow, qtbot: QtBot) -> None:
    """The keyboard is brought to the bar by the keys that go from part to part."""
    for _ in range(12):
        if holds_focus(bar):
            return
        qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_F6)
    assert holds_focus(bar)


def test_an_error_stays_without_covering_a_control(window: MainWindow, qtbot: QtBot) -> None:
    window.show_place("runs")
    place = window.places["runs"]
    assert isinstance(place, RunsPlace)
    top = place.mapTo(window, QPoint(0, 0)).y()
    window.studio.message.emit(ERROR, "error")
    qtbot.waitUntil(lambda: place.mapTo(window, QPoint(0, 0)).y() > top)
    assert window.messages.isVisible() and not window.messages.goes_by_itself
    assert all(on_top(window, each) for each in (place.whose_choice, *place.buttons) if each.isVisible())
    window.messages.hide()
    qtbot.waitUntil(lambda: place.mapTo(window, QPoint(0, 0)).y() == top)


@pytest.mark.parametrize("place", ["model", "recipe"])
def test_escape_closes_it_and_the_keyboard_goes_back(window: MainWindow, qtbot: QtBot, place: str) -> None:
    window.studio.open_project(NETWORK)
    window.show_place(place)
    window.activateWindow()
    qtbot.waitActive(window)
    enter(window.place_widget(place))
    window.studio.message.emit(ERROR, "error")
    reached(window.messages, window, qtbot)
    focused = QApplication.focusWidget()
    assert focused is not None
    qtbot.keyClick(focused, Qt.Key.Key_Escape)
    assert not window.messages.isVisible()
    assert holds_focus(window.place_widget(place))


def test_an_error_of_a_run_goes_when_the_next_begins(window: MainWindow, bench: Any, qtbot: QtBot) -> None:
    studio = window.studio
    studio.open_project(NETWORK)
    studio.run.train()
    bench.trainer.event(RunStarted("r", "/r", "cpu", 2, 30))
    bench.trainer.event(Failed((Problem("train.nan", ERROR, place="run"),), 3))
    qtbot.waitUntil(lambda: studio.run.state == "failed" and window.messages.isVisible())
    assert window.messages.text == ERROR
    studio.run.train()
    assert not window.messages.isVisible()
    studio.message.emit("The project is as it was.", "info")
    bench.trainer.event(Failed((Problem("train.nan", ERROR, place="run"),), 0))
    qtbot.waitUntil(lambda: window.messages.text == ERROR and window.messages.isVisible())
    studio.open_project(NETWORK)
    assert not window.messages.isVisible()


def test_only_what_needs_a_person_stays(window: MainWindow) -> None:
    bar = window.messages
    window.studio.message.emit("Written.", "info")
    assert bar.goes_by_itself
    window.studio.message.emit("These ports do not fit.", "warning")
    assert bar.goes_by_itself
    window.studio.message.emit("2 problems\n2. Another", "warning")
    assert not bar.goes_by_itself
    window.studio.asks.emit(Question("Which?", Severity.WARNING, (Choice("This", list),)))
    assert not bar.goes_by_itself
    window.studio.run.state_changed.emit()
    bar.outlive()
    assert bar.isVisible(), "a question waits for its answer"
    assert [said.text for said in bar.said][-2:] == ["2 problems\n2. Another", "Which?"]


def test_what_was_said_can_be_read_again(window: MainWindow, qtbot: QtBot) -> None:
    window.studio.message.emit("Written.", "info")
    window.studio.message.emit(ERROR, "error")
    window.messages.hide()
    window.activateWindow()
    qtbot.waitActive(window)
    window.place_widget("model").setFocus()
    qtbot.keyClick(window, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    sheet = next(iter(window.findChildren(Sheet)))
    said = [label.accessibleName() for label in sheet.findChildren(QLabel) if label.accessibleName()]
    assert len(said) == 2
    assert said[0].startswith("Error") and said[0].endswith(ERROR)
    assert said[1].startswith("Remark") and said[1].endswith("Written.")
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(Sheet))
