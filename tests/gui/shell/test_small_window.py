"""A window of 960×540 (a usual screen at 200 %) and less: nothing overlaps, nothing is cut off, the network keeps the larger part."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QSplitter, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.events import RunStarted, Steps
from nnstudio.gui.canvas.search import ROWS
from nnstudio.gui.message_bar import MessageBar
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.run_progress import Progress, progress_texts
from nnstudio.gui.theme import theme
from nnstudio.gui.window import MainWindow
from nnstudio.problems import Problem, Severity
from nnstudio.project.edits import set_field

SIZES = [(800, 520), (960, 540), (1100, 700), (1600, 1000)]


def model(window: MainWindow) -> ModelPlace:
    place = window.place_widget("model")
    assert isinstance(place, ModelPlace)
    return place


def sized(window: MainWindow, size: tuple[int, int]) -> MainWindow:
    window.studio.open_example("fashion_mnist_lenet")
    window.resize(*size)
    QApplication.processEvents()
    assert (window.width(), window.height()) == size, "no part keeps the window larger"
    return window


def within(widget: QWidget, window: MainWindow) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


# ── the top bar ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("changed", [False, True])
def test_nothing_in_the_top_bar_overlaps(window: MainWindow, size: tuple[int, int], changed: bool) -> None:
    studio = sized(window, size).studio
    if changed:
        studio.do(set_field(studio.project, "project", "name", "A name that is far too long for any bar of this world"))
        QApplication.processEvents()
    parts = [
        part
        for part in window.top_bar.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        if part.isVisible()
    ]
    parts.sort(key=lambda part: part.x())
    assert len(parts) >= 12
    for left, right in pairwise(parts):
        assert left.geometry().right() < right.x(), (left, right)
    assert parts[-1].geometry().right() <= window.width()
    for part in parts:
        assert part.width() >= part.minimumSizeHint().width(), "nothing is squeezed below what it can do with"


def test_folded_places_and_train_are_still_said_and_clicked(window: MainWindow, qtbot: QtBot) -> None:
    sized(window, (800, 520))
    data = next(tab for tab in window.top_bar.findChildren(QPushButton) if tab.accessibleName() == "Data")
    assert not data.text()
    assert "Data" in data.toolTip()
    assert window.top_bar.train_button.accessibleName() == "Train"
    qtbot.mouseClick(data, Qt.MouseButton.LeftButton)
    assert window.place == "data"
    sized(window, (1600, 1000))
    assert data.text() == "Data"


def test_the_progress_is_told_in_fewer_words_never_in_a_piece_of_a_number(
    window: MainWindow, bench: Any, qtbot: QtBot
) -> None:
    studio = sized(window, (1600, 1000)).studio
    studio.run.train()
    bench.trainer.event(RunStarted("r", "", "cpu", 10, 50))
    bench.trainer.event(Steps(0, {"loss": np.ones(60)}, 0.1, 1234.0))
    qtbot.waitUntil(lambda: studio.run.state == "running" and studio.run.history.step == 60)
    texts = progress_texts(studio)
    assert len(texts) > 1
    progress = window.top_bar.findChild(Progress)
    assert isinstance(progress, Progress)
    shown: set[str] = set()
    for width in range(240, 80, -10):
        progress.resize(width, progress.height())
        shown.add(progress.shown)
    assert shown <= set(texts)
    assert texts[-1] in shown
    assert len(shown) > 1


# ── messages ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_message_lies_over_the_canvas_and_moves_nothing(window: MainWindow) -> None:
    canvas, bar = model(sized(window, (960, 540))).canvas, window.messages
    before = within(canvas, window)
    window.studio.message.emit(
        "Something that takes a few more words than there is room for in one line of this bar.", "warning"
    )
    assert bar.isVisible()
    assert within(canvas, window) == before
    assert before.contains(within(bar, window))
    window.resize(1600, 1000)
    QApplication.processEvents()
    assert within(canvas, window).contains(within(bar, window)), "it goes where the canvas goes"
    window.show_place("recipe")
    QApplication.processEvents()
    assert bar.isVisible()
    assert within(bar, window).top() > window.top_bar.geometry().bottom()


def test_several_problems_are_one_message_that_lists_them_when_opened(window: MainWindow, qtbot: QtBot) -> None:
    bar: MessageBar = sized(window, (960, 540)).messages
    said: list[tuple[str, str]] = []
    window.studio.message.connect(lambda text, severity: said.append((text, severity)))
    many = [Problem("test.note", f"Layer {number} is not known.", Severity.WARNING) for number in range(1, 31)]
    window.studio.say_all([Problem("test.info", "A note.", Severity.INFO), *many, many[0]])
    assert [severity for _, severity in said] == ["warning"], "one message, as grave as the gravest; none twice"
    more = next(button for button in bar.findChildren(QPushButton) if button.text() == "Show all")
    low = bar.height()
    assert "31 problems" in bar.shown
    assert "Layer 30" not in bar.shown
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert all(str(problem) in bar.shown for problem in many)
    assert bar.height() > low
    assert window.rect().contains(within(bar, window)), "however many they are"
    assert (window.width(), window.height()) == (960, 540)
    qtbot.mouseClick(more, Qt.MouseButton.LeftButton)
    assert bar.height() == low
    assert not bar.goes_by_itself


def test_one_problem_is_said_as_ever(window: MainWindow) -> None:
    window.studio.say_all([Problem("test.info", "A note.", Severity.INFO)])
    assert window.messages.text == "A note."
    assert window.messages.goes_by_itself
    window.messages.hide()
    window.studio.say_all([])
    assert not window.messages.isVisible()


# ── the network is the hero ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", SIZES)
def test_the_canvas_keeps_the_larger_part_of_the_height(window: MainWindow, size: tuple[int, int]) -> None:
    place = model(sized(window, size))
    assert place.dashboard.isVisible()
    assert place.canvas.height() > 1.4 * place.dashboard.height()
    sized(window, (960, 540))
    sized(window, (1600, 1000))
    assert place.dashboard.height() == theme.size("dashboard"), "what a low window took comes back"


def test_the_dashboard_is_folded_and_comes_back(window: MainWindow, qtbot: QtBot) -> None:
    place = model(sized(window, (960, 540)))
    high = place.canvas.height()
    fold = next(button for button in place.dashboard.findChildren(QToolButton) if "Hide" in button.accessibleName())
    qtbot.mouseClick(fold, Qt.MouseButton.LeftButton)
    assert not place.dashboard.isVisible()
    QApplication.processEvents()
    assert place.canvas.height() > 1.5 * high
    assert place.canvas.hasFocus()
    window.commands.run("view.dashboard")
    QApplication.processEvents()
    assert place.canvas.height() == high


def test_an_edge_drawn_by_hand_stays_where_it_was_drawn(window: MainWindow, qtbot: QtBot) -> None:
    place = model(sized(window, (1600, 1000)))
    splitter = place.dashboard.parentWidget()
    assert isinstance(splitter, QSplitter)
    handle = splitter.handle(1)
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(50, 0))
    qtbot.mouseMove(handle, QPoint(50, -240))
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(50, 0))
    assert place.dashboard.height() == pytest.approx(600, abs=5)
    sized(window, (1600, 990))
    assert place.dashboard.height() > 580
    sized(window, (960, 540))
    place.remember()
    again = ModelPlace(window.studio)
    again.resize(1600, 940)
    again.show()
    QApplication.processEvents()
    assert again.dashboard.height() == pytest.approx(600, abs=20)
    again.close()
    again.deleteLater()


@pytest.mark.parametrize("size", SIZES)
def test_the_status_strip_covers_no_node_after_a_fit(window: MainWindow, size: tuple[int, int]) -> None:
    place = model(sized(window, size))
    for panel in ("", "problems"):
        if panel:
            place.toggle(panel)
            QApplication.processEvents()
        place.canvas.fit_at_once()
        strip = place.canvas.status.geometry()
        rects = [place.canvas.node_rect(row).toAlignedRect() for row in range(len(place.canvas.scene))]
        assert not any(rect.intersects(strip) for rect in rects)
        assert place.canvas.rect().contains(strip)


@pytest.mark.parametrize("size", SIZES)
def test_the_search_stays_within_the_window_and_shows_its_current_row(
    window: MainWindow, qtbot: QtBot, size: tuple[int, int]
) -> None:
    canvas = model(sized(window, size)).canvas
    canvas.open_search(QPointF(canvas.width() - 5, canvas.height() - 5))
    popup = canvas.finder.popup
    assert popup.field.hasFocus()
    for _ in range(30):
        assert window.rect().contains(within(popup, window))
        row = popup.list.visualRect(popup.list.currentIndex())
        assert within(popup, window).contains(within(popup.list.viewport(), window))
        assert popup.list.viewport().rect().contains(row)
        qtbot.keyClick(popup.field, Qt.Key.Key_Down)
    high = popup.height()
    qtbot.keyClicks(popup.field, "dropout 2d")
    found = len(popup.model.rows)
    assert 0 < found < ROWS
    assert popup.height() == high - (ROWS - found) * theme.size("row"), "no higher than what was found"
    qtbot.keyClick(popup.field, Qt.Key.Key_Escape)
    assert canvas.hasFocus()


def test_the_strip_tells_less_where_there_is_less_room_but_always_what_is_wrong(
    window: MainWindow, qtbot: QtBot
) -> None:
    canvas = model(sized(window, (1600, 1000))).canvas
    qtbot.waitUntil(lambda: not window.studio.awaited.late)  # else the strip ends in "…"
    window.studio.problems = (Problem("test.wrong", "Something is wrong."),)
    window.studio.problems_changed.emit()
    assert canvas.status.shown == canvas.status.text
    widths: list[int] = []
    for width in range(1000, 200, -50):
        canvas.resize(width, 400)
        assert canvas.rect().contains(canvas.status.geometry())
        assert canvas.status.shown.startswith("13 nodes")
        assert canvas.status.shown.endswith("1 problem")
        widths.append(canvas.status.width())
    assert widths == sorted(widths, reverse=True)
