"""The keyboard's way through the window: panel to panel, into a panel and back, within a sheet, and what Enter presses."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.panel_focus import holds_focus, stops
from nnstudio.gui.places.compare import show_compare
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.places.unrolled import open_unrolled
from nnstudio.gui.sheets import Sheet, show_about, show_plugins, show_shortcuts
from nnstudio.gui.window import MainWindow
from nnstudio.project.block_library import ready_made
from nnstudio.project.gallery import open_example
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

Key = Qt.Key
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def model(window: MainWindow, qtbot: QtBot) -> ModelPlace:
    window.studio.open_project(open_example("nnstudio.fashion_mnist_lenet", window.studio.registry))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    model = window.place_widget("model")
    assert isinstance(model, ModelPlace)
    model.canvas.setFocus()
    QApplication.processEvents()
    return model


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """To whoever has the keyboard; there is always someone."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifier)
    QApplication.processEvents()
    assert QApplication.focusWidget() is not None


def part_of(window: MainWindow, model: ModelPlace) -> QWidget:
    return next(part for part in (window.top_bar, *model.parts) if holds_focus(part))


def test_f6_goes_round_all_parts_that_are_shown_and_back(window: MainWindow, model: ModelPlace) -> None:
    window.studio.select(["conv2"])
    QApplication.processEvents()
    there = [model.canvas, model.inspector, model.dashboard, window.top_bar, model.library, model.canvas]
    seen = [part_of(window, model)]
    for _ in there[1:]:
        press(Key.Key_F6)
        seen.append(part_of(window, model))
    assert seen == there
    for part in reversed(there[:-1]):
        press(Key.Key_F6, SHIFT)
        assert part_of(window, model) is part


def test_f6_comes_back_to_where_one_was_in_a_panel(window: MainWindow, model: ModelPlace) -> None:
    window.studio.select(["conv2"])
    QApplication.processEvents()
    press(Key.Key_F6)
    for _ in range(3):
        press(Key.Key_Tab)
    at = QApplication.focusWidget()
    press(Key.Key_Escape)
    assert model.canvas.hasFocus()
    press(Key.Key_F6)
    assert QApplication.focusWidget() is at


@pytest.mark.parametrize("place", ["data", "recipe", "runs", "labs"])
def test_f6_goes_into_every_place(window: MainWindow, model: ModelPlace, place: str) -> None:
    window.show_place(place)
    QApplication.processEvents()
    window.top_bar._name.setFocus()
    QTest.keyClick(window, Key.Key_F6)
    assert holds_focus(window.place_widget(place))
    QTest.keyClick(window, Key.Key_F6)
    assert holds_focus(window.top_bar)


@pytest.mark.parametrize("key, name", [("I", "inspector"), ("D", "dashboard"), ("O", "outline"), ("L", "library")])
def test_a_panel_shown_by_its_key_has_the_keyboard_and_gives_it_back(
    window: MainWindow, model: ModelPlace, key: str, name: str
) -> None:
    panel = model.panels[name]
    if model.shown(name):
        QTest.keyClicks(model.canvas, key.lower())
    assert not panel.isVisible()
    assert model.canvas.hasFocus()
    QTest.keyClicks(model.canvas, key.lower())
    assert panel.isVisible()
    assert holds_focus(panel)
    window.commands.run(f"view.{name}")
    assert not panel.isVisible()
    assert model.canvas.hasFocus()


def test_a_panel_closed_by_its_own_button_gives_the_keyboard_to_the_canvas(model: ModelPlace) -> None:
    model.toggle("problems")
    assert model.problems._close.hasFocus()
    press(Key.Key_Return)
    assert not model.shown("problems")
    assert model.canvas.hasFocus()


def test_what_gets_the_keyboard_is_seen(window: MainWindow, model: ModelPlace, qtbot: QtBot) -> None:
    """Also at the far end of a panel that is longer than the window."""
    window.studio.select(["conv2"])

    def last() -> QWidget:  # asked for anew: the page may be made again meanwhile
        return [model.inspector, *stops(model.inspector)][-1]

    qtbot.waitUntil(lambda: last().isVisible() and last().visibleRegion().isEmpty())
    last().setFocus(Qt.FocusReason.BacktabFocusReason)
    qtbot.waitUntil(lambda: not last().visibleRegion().isEmpty())


def test_enter_presses_buttons(window: MainWindow, model: ModelPlace) -> None:
    window.studio.document.end_merge()
    window.show_place("model")
    data = next(b for b in window.top_bar.findChildren(QPushButton) if b.text() == "Data")
    data.setFocus()
    press(Key.Key_Return)
    assert window.place == "data"
    window.show_place("model")
    window.studio.select(["conv2"])
    row = model.inspector.page.form.rows["out_channels"]  # pyright: ignore
    row._reset.show()
    row._reset.setFocus()
    press(Key.Key_Enter)
    assert "out_channels" not in window.studio.project.graph.nodes["conv2"].params


SHEETS = {
    "shortcuts": lambda window: show_shortcuts(window, window.commands),
    "plugins": lambda window: show_plugins(window, window.studio),
    "about": lambda window: show_about(window, window.studio),
    "compare": lambda window: show_compare(window, window.studio),
}


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("key", [Key.Key_Tab, Key.Key_Backtab])
def test_a_sheet_keeps_the_keyboard_until_escape(window: MainWindow, model: ModelPlace, name: str, key: Qt.Key) -> None:
    sheet = SHEETS[name](window)
    QApplication.processEvents()
    once = len(list(stops(sheet)))
    assert once
    came: list[QWidget | None] = []
    for _ in range(once + 2):
        press(key, SHIFT if key == Key.Key_Backtab else NONE)
        assert holds_focus(sheet)
        came.append(QApplication.focusWidget())
    assert len(set(came)) == once
    assert came[:2] == came[once:]
    press(Key.Key_Escape)
    assert not window.findChildren(Sheet) or not sheet.isVisible()
    assert model.canvas.hasFocus()


def test_a_sheet_hears_escape_whatever_happened_to_the_focus(
    window: MainWindow, model: ModelPlace, qtbot: QtBot
) -> None:
    sheet = show_about(window, window.studio)
    model.canvas.setFocus()  # something behind it asks for it
    assert holds_focus(sheet)
    focused = QApplication.focusWidget()
    assert focused is not None
    focused.clearFocus()
    qtbot.waitUntil(lambda: holds_focus(sheet))
    QTest.mouseClick(sheet._card, Qt.MouseButton.LeftButton, pos=QPoint(4, 4))
    press(Key.Key_Escape)
    assert model.canvas.hasFocus()


def test_no_command_behind_a_sheet_is_run(window: MainWindow, model: ModelPlace) -> None:
    shown = [name for name in model.panels if model.shown(name)]
    show_about(window, window.studio)
    press(Key.Key_L)
    press(Key.Key_2, CONTROL)
    assert [name for name in model.panels if model.shown(name)] == shown
    assert window.place == "model"


@pytest.mark.parametrize("keys", [[Key.Key_Escape], [Key.Key_Return, Key.Key_Escape]])
def test_the_unrolled_sheet_closes_from_its_field(window: MainWindow, model: ModelPlace, keys: list[Qt.Key]) -> None:
    block = next(kept for kept in ready_made() if kept.block.kind == "scan").block
    studio = window.studio
    studio.open_project(Project(graph=Graph({"c": Node("c", f"block:{block.id}")}), blocks={block.id: block}))
    studio.select(["c"])
    model.canvas.setFocus()
    sheet = open_unrolled(studio, window)
    assert sheet is not None
    QApplication.processEvents()
    field = next(widget for widget in stops(sheet) if widget.accessibleName() == "steps")
    QTest.mouseClick(field, Qt.MouseButton.LeftButton)
    QTest.keyClicks(field, "5")
    for key in keys:
        assert holds_focus(sheet)
        press(key)
    assert not sheet.isVisible()
    assert model.canvas.hasFocus()
