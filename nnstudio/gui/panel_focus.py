"""Which part of the window has the keyboard, and how does one come to the next?"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import cast

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid


class FocusNews(QObject):
    """Tells where the keyboard went, as (from where, to where).

    That nobody has it any more is told a moment later. Qt says so in the middle of taking a widget away, when its parents' lists of
    children have holes: whoever then asks them for their children through PySide ends the program.
    """

    moved = Signal(object, object)

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._last: QWidget | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._tell)
        app.focusChanged.connect(self._heard)

    def _heard(self) -> None:
        """Without what the signal carries: the widget that lost the keyboard may be half gone."""
        if QApplication.focusWidget() is None:
            self._later.start(0)
        else:
            self._tell()

    def _tell(self) -> None:
        self._later.stop()
        last, now = self._last, QApplication.focusWidget()
        self._last = now
        if last is not now:
            self.moved.emit(last if last is not None and isValid(last) else None, now)


@cache
def _news() -> FocusNews:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return FocusNews(app)


def follow_focus(moved: Callable[[QWidget | None, QWidget | None], None]) -> None:
    """`moved(old, now)` whenever the keyboard goes elsewhere; a method of a widget is told as long as that is there."""
    _news().moved.connect(moved)


def is_stop(widget: QWidget) -> bool:
    """Does Tab come to it?"""
    tabbed = (widget.focusPolicy() & Qt.FocusPolicy.TabFocus) == Qt.FocusPolicy.TabFocus
    return tabbed and widget.isVisible() and widget.isEnabled() and widget.focusProxy() is None


def stops(part: QWidget) -> Iterator[QWidget]:
    """Where Tab comes to within `part`, in its order."""
    widget = part.nextInFocusChain()
    while widget is not None and widget is not part:
        if part.isAncestorOf(widget) and is_stop(widget):
            yield widget
        widget = widget.nextInFocusChain()


def holds_focus(part: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and (focused is part or part.isAncestorOf(focused))


def next_index(widgets: Sequence[QWidget], widget: QWidget | None, by: int) -> int:
    """Of the next one (by: 1) or the one before (-1), round and round; from none of them, of the first or the last."""
    at = next((index for index, other in enumerate(widgets) if other is widget), -1 if by > 0 else 0)
    return (at + by) % len(widgets)


def enter(part: QWidget) -> bool:
    """The keyboard goes to `part`: to where it was in it last, else to its first stop; False where there is none."""
    last = cast("QWidget | None", part.focusWidget())  # Qt: None, where nothing in it ever had the keyboard
    if is_stop(part):
        target = part
    elif last is not None and is_stop(last):
        target = last
    else:
        target = next(stops(part), None)
    if target is not None:
        target.setFocus(Qt.FocusReason.TabFocusReason)
    return target is not None


def walk(parts: Sequence[QWidget], by: int) -> None:
    """From the part that has the keyboard to the next one that takes it, round and round."""
    shown = [part for part in parts if part.isVisible()]
    part = next((part for part in shown if holds_focus(part)), None)
    for _ in shown:
        at = next_index(shown, part, by)
        part = shown[at]
        if enter(part):
            return
