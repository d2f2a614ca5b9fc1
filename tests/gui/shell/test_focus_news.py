"""The keyboard is lost in the middle of taking a widget away: nobody is told before that is over."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.panel_focus import follow_focus, holds_focus
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.widgets.basics import column, panel


class Listener(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.told: list[tuple[QWidget | None, QWidget | None]] = []
        follow_focus(self.moved)

    def moved(self, old: QWidget | None, now: QWidget | None) -> None:
        self.told.append((old, now))


def page_with_field(layout_of: QWidget) -> tuple[QWidget, QLineEdit]:
    page, field = QWidget(), QLineEdit()
    column(page, QLineEdit(), field)
    column(layout_of, page)
    return page, field


def take_away(page: QWidget) -> None:
    page.deleteLater()
    QCoreApplication.sendPostedEvents(page, QEvent.Type.DeferredDelete)


def shown_window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def test_of_a_field_that_is_taken_away_it_is_told_when_it_is_gone(qtbot: QtBot) -> None:
    window = shown_window(qtbot)
    page, field = page_with_field(window)
    page.show()
    listener = Listener()
    field.setFocus()
    assert [now for _, now in listener.told] == [field], "where it goes is told at once"
    take_away(page)
    assert len(listener.told) == 1, "in the middle of it"
    qtbot.waitUntil(lambda: listener.told[1:] == [(None, None)])


def test_a_sheet_takes_the_keyboard_back_from_what_is_taken_away_in_it(qtbot: QtBot) -> None:
    window = shown_window(qtbot)
    content = panel()
    page, field = page_with_field(content)
    sheet = Sheet(window, "Title", content)
    field.setFocus()
    assert field.hasFocus()
    take_away(page)
    qtbot.waitUntil(lambda: holds_focus(sheet))
    sheet.close()


def test_the_upper_of_two_sheets_has_the_keyboard(qtbot: QtBot) -> None:
    window = shown_window(qtbot)
    lower = Sheet(window, "Lower", panel())
    upper = Sheet(window, "Upper", panel())
    lower.setFocus()
    qtbot.waitUntil(lambda: holds_focus(upper))
    upper.close()
    qtbot.waitUntil(lambda: holds_focus(lower))
    lower.close()
