"""Which part of the window has the keyboard, and how does one come to the next?"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QLayout, QSplitter, QWidget
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


def _parts(widget: QWidget) -> list[QWidget]:
    """What lies directly in it, as one reads: what its layout holds in the layout's order, then what it placed itself, from the top down."""
    children = widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    if isinstance(widget, QSplitter):
        first = [part for place in range(widget.count()) if (part := widget.widget(place)) is not None]
    else:
        layout = widget.layout()
        first = list(_laid_out(layout)) if layout is not None else []
    there = set(first)
    rest = [child for child in children if child not in there and not child.isWindow()]
    return [*first, *sorted(rest, key=lambda child: (child.y(), child.x()))]


def _laid_out(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        inner = item.layout() if item is not None else None
        widget = item.widget() if item is not None else None
        if inner is not None:
            yield from _laid_out(inner)
        elif widget is not None:
            yield widget


def _drawn(part: QWidget, focused: QWidget | None) -> Iterator[QWidget]:
    """All that is seen within `part` as one reads it, and what has the keyboard, also while that is hidden.

    What lies on a painted view, as the way of blocks on the canvas, comes before it: Tab in the canvas is a command of its own.
    """
    for widget in _parts(part):
        if widget.isVisible() or (focused is not None and (widget is focused or widget.isAncestorOf(focused))):
            painted = widget.layout() is None and not isinstance(widget, QAbstractScrollArea)
            yield from () if painted else (widget,)
            yield from _drawn(widget, focused)
            yield from (widget,) if painted else ()


def stops(part: QWidget) -> Iterator[QWidget]:
    """Where Tab comes to within `part`: in the order in which it is drawn, whenever it was made."""
    return filter(is_stop, _drawn(part, None))


def go_on(part: QWidget, by: int) -> bool:
    """Tab (1) and Shift+Tab (-1) within `part`, round and round; False where there is no stop. Qt's own order is that of making."""
    focused = QApplication.focusWidget()
    found = [widget for widget in _drawn(part, focused) if widget is focused or is_stop(widget)]
    at = next_index(found, focused, by) if found else 0
    to = found[at] if found else None
    if to is None or to is focused:
        return to is not None and is_stop(to)
    to.setFocus(Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason)
    return True


def holds_focus(part: QWidget) -> bool:
    focused = QApplication.focusWidget()
    return focused is not None and (focused is part or part.isAncestorOf(focused))


def next_index(widgets: Sequence[QWidget], widget: QWidget | None, by: int) -> int:
    """Of the next one (by: 1) or the one before (-1), round and round; from none of them, of the first or the last."""
    at = next((index for index, other in enumerate(widgets) if other is widget), -1 if by > 0 else 0)
    return (at + by) % len(widgets)


def enter(part: QWidget, *, back: bool = True) -> bool:
    """The keyboard goes to `part`: to where it was in it last (unless not `back`), else to what the panel is for (its focus proxy),
    else to its first stop; False where there is none."""
    last = part.focusWidget()  # Qt: None, where nothing in it ever had the keyboard
    main = part.focusProxy()
    wanted = (part, last if back else None, main)
    target = next((widget for widget in wanted if widget is not None and is_stop(widget)), None) or next(
        stops(part), None
    )
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
