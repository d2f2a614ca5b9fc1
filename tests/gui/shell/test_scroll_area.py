"""A scroll area shows what in it gets the keyboard, keeps it in sight while things above it grow, and leaves alone who scrolls elsewhere."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, panel, scroll


@pytest.fixture
def area(qapp: QApplication, qtbot: QtBot) -> QScrollArea:
    """A word above thirty buttons, of which the last has just got the keyboard."""
    theme.install(qapp)
    content = panel()
    column(content, QLabel("above"), *[QPushButton(str(number)) for number in range(30)])
    area = scroll(content)
    qtbot.addWidget(area)
    area.resize(200, 200)
    area.show()
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow)
    last_of(area).setFocus(Qt.FocusReason.BacktabFocusReason)
    return area


def last_of(area: QScrollArea) -> QPushButton:
    return area.findChildren(QPushButton)[-1]


def grow(area: QScrollArea, qtbot: QtBot) -> None:
    bar = area.verticalScrollBar()
    before = bar.maximum()
    area.findChildren(QLabel)[0].setMinimumHeight(400)
    qtbot.waitUntil(lambda: bar.maximum() > before)


def turn_up(viewport: QWidget) -> None:
    middle = QPointF(viewport.rect().center())
    none, keys, phase = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    place = viewport.mapToGlobal(middle)
    QApplication.sendEvent(viewport, QWheelEvent(middle, place, QPoint(), QPoint(0, 1200), none, keys, phase, False))


def seen(area: QScrollArea) -> Callable[[], bool]:
    return lambda: not last_of(area).visibleRegion().isEmpty()


def test_what_has_the_keyboard_stays_in_sight_while_things_above_it_grow(area: QScrollArea, qtbot: QtBot) -> None:
    qtbot.waitUntil(seen(area))
    grow(area, qtbot)
    qtbot.waitUntil(seen(area))


def test_who_has_scrolled_elsewhere_is_not_called_back(area: QScrollArea, qtbot: QtBot) -> None:
    qtbot.waitUntil(seen(area))
    bar, viewport = area.verticalScrollBar(), area.viewport()
    for _ in range(30):  # a turn of the wheel is a page at most
        turn_up(viewport)
    assert bar.value() == 0
    grow(area, qtbot)
    assert bar.value() == 0
    assert not seen(area)()
