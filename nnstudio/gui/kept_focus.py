"""Where does the keyboard go when what had it is taken away and made anew?"""

from functools import cache
from itertools import takewhile
from typing import NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from shiboken6 import isValid

from nnstudio.gui.panel_focus import stops

Called = tuple[type[QWidget], str, str]


class Around(NamedTuple):
    """Something around what had the keyboard. place, twins: how many stops, and how many that are called the same, came before it there."""

    part: QWidget
    place: int
    twins: int


class Had(NamedTuple):
    """What had the keyboard. around: the nearest first."""

    widget: QWidget
    called: Called
    around: list[Around]


class KeptFocus(QObject):
    """Of a list that is made anew: to what is called as what had the keyboard, else to the stop that has come in its place.

    That is done as soon as the new is shown, before any further key: Qt itself hands the keyboard to whatever comes next in the window,
    where the next letter would be a command. Whoever gave it to somebody else meanwhile is not overruled.
    """

    _soon = Signal()
    _shown = Signal()

    def __init__(self) -> None:
        super().__init__(QApplication.instance())
        self._had: Had | None = None
        self._landed: QWidget | None = None  # to whom Qt handed it meanwhile
        self._soon.connect(self._shown, Qt.ConnectionType.QueuedConnection)  # behind what shows the new
        self._shown.connect(self._give_back, Qt.ConnectionType.QueuedConnection)

    def seen(self, part: QWidget) -> Had | None:
        """What has the keyboard in `part`, of which something is about to be taken away."""
        focused = QApplication.focusWidget()
        if focused is None or not part.isAncestorOf(focused):
            return None
        return self._had if self._had is not None and focused is self._landed else _had(focused, part)

    def taken(self, had: Had) -> None:
        """It was taken away: did `had` go with it?"""
        now = QApplication.focusWidget()
        if now is not (self._landed if had is self._had else had.widget):
            self._had, self._landed = had, now
            self._soon.emit()

    def _give_back(self) -> None:
        had, landed = self._had, self._landed
        self._had = self._landed = None
        if had is None or QApplication.focusWidget() is not landed:
            return
        for part, place, twins in had.around:
            found = list(stops(part)) if isValid(part) and part.isVisible() else []
            if found:
                same = [stop for stop in found if _called(stop) == had.called]
                to = same[min(twins, len(same) - 1)] if same else found[min(place, len(found) - 1)]
                to.setFocus(Qt.FocusReason.OtherFocusReason)  # selects nothing: one may be typing
                return


def _had(focused: QWidget, part: QWidget) -> Had:
    called = _called(focused)
    parts = [part]
    while (above := parts[-1].parentWidget()) is not None:
        parts.append(above)
    before = list(takewhile(lambda stop: stop is not focused, stops(parts[-1])))
    around: list[Around] = []
    for each in parts:
        inside = [stop for stop in before if each.isAncestorOf(stop)]
        around.append(Around(each, len(inside), sum(_called(stop) == called for stop in inside)))
    return Had(focused, called, around)


def _called(widget: QWidget) -> Called:
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return type(widget), widget.accessibleName() or words, widget.accessibleDescription()


@cache
def kept_focus() -> KeptFocus:
    return KeptFocus()
