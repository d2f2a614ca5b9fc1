"""Labels, cards, lines, buttons and layouts in the looks of the theme: made by functions, styled by their `role`."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.gui.kept_focus import kept_focus
from nnstudio.gui.panel_focus import follow_focus
from nnstudio.gui.theme import follow_theme, theme

Box = TypeVar("Box", QVBoxLayout, QHBoxLayout)


def set_role(widget: QWidget, role: str) -> None:
    """What the widget is, for the stylesheet; may be changed while it is shown."""
    set_property(widget, "role", role)


def set_property(widget: QWidget, name: str, value: Any) -> None:
    """A property that the stylesheet asks for."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def label(text: str = "", role: str = "", *, wrap: bool = False, select: bool = False) -> QLabel:
    widget = QLabel(text)
    widget.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        widget.setProperty("role", role)
    widget.setWordWrap(wrap)
    if select:
        widget.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        widget.setCursor(Qt.CursorShape.IBeamCursor)
    return widget


def heading(text: str) -> QLabel:
    """A small grey title in capitals, as over the groups of the library."""
    return label(text.upper(), "heading")


def button(text: str, run: Callable[[], object], role: str = "", icon: str = "", token: str = "text") -> QPushButton:
    widget = QPushButton(f" {text}" if icon else text)  # Qt sets an icon too close to its text
    if role:
        widget.setProperty("role", role)
    if icon:
        widget.setAccessibleName(text)
        follow_theme(widget, lambda: widget.setIcon(theme.icon(icon, token)))
    widget.setAutoDefault(True)  # Enter presses it, as Space does
    widget.setCursor(Qt.CursorShape.PointingHandCursor)
    widget.clicked.connect(lambda: run())
    return widget


class ToolButton(QToolButton):
    """Enter presses it, as Space does."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        else:
            super().keyPressEvent(event)


def icon_button(icon: str, tip: str, run: Callable[[], object], *, role: str = "", token: str = "muted") -> QToolButton:
    widget = ToolButton()
    if role:
        widget.setProperty("role", role)
    widget.setToolTip(tip)
    widget.setAccessibleName(tip)
    side = theme.size("icon_size")
    widget.setIconSize(QSize(side, side))
    follow_theme(widget, lambda: widget.setIcon(theme.icon(icon, token)))
    widget.clicked.connect(lambda: run())
    return widget


def action_button(action: QAction) -> QToolButton:
    """A tool button that is a view of a command."""
    widget = ToolButton()
    widget.setDefaultAction(action)
    side = theme.size("icon_size")
    widget.setIconSize(QSize(side, side))
    return widget


def line(*, vertical: bool = False) -> QFrame:
    widget = QFrame()
    widget.setProperty("role", "line")
    if vertical:
        widget.setFixedWidth(theme.size("stroke_hairline"))
    else:
        widget.setFixedHeight(theme.size("stroke_hairline"))
    return widget


def panel(role: str = "panel") -> QWidget:
    """A plain widget that the stylesheet may fill."""
    widget = QWidget()
    widget.setProperty("role", role)
    widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return widget


def card(role: str = "card") -> QFrame:
    widget = QFrame()
    widget.setProperty("role", role)
    return widget


def column(
    parent: QWidget | None = None, *items: QWidget | QLayout | None, margin: str = "", gap: str = "space_s"
) -> QVBoxLayout:
    """A vertical layout; None is a stretch. margin, gap: tokens."""
    return _fill(QVBoxLayout(parent) if parent else QVBoxLayout(), items, margin, gap)


def row(
    parent: QWidget | None = None, *items: QWidget | QLayout | None, margin: str = "", gap: str = "space_s"
) -> QHBoxLayout:
    """A horizontal layout; None is a stretch. margin, gap: tokens."""
    return _fill(QHBoxLayout(parent) if parent else QHBoxLayout(), items, margin, gap)


def _fill(layout: Box, items: Iterable[QWidget | QLayout | None], margin: str, gap: str) -> Box:
    side = theme.size(margin) if margin else 0
    layout.setContentsMargins(side, side, side, side)
    layout.setSpacing(theme.size(gap) if gap else 0)
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)
    return layout


class ScrollArea(QScrollArea):
    """Shows what in it gets the keyboard, also where that comes from outside it, and keeps it in sight when what is above it grows."""

    def __init__(self) -> None:
        super().__init__()
        self._led_to: QWidget | None = None
        bar = self.verticalScrollBar()
        bar.rangeChanged.connect(self._grown)
        bar.actionTriggered.connect(self._scrolled)
        follow_focus(self._focus_moved)

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        clicked = QApplication.mouseButtons() != Qt.MouseButton.NoButton  # what is clicked must not move away
        inside = now is not None and not clicked and self.isAncestorOf(now)
        self._led_to = now if inside else None
        self._grown()

    def _scrolled(self, _action: int) -> None:
        """By hand: whoever looks elsewhere is not called back."""
        self._led_to = None

    def _grown(self, *_range: int) -> None:
        there = self._led_to
        if there is None or there is not QApplication.focusWidget() or not self.isVisible():
            return
        content = self.widget()
        layout = content.layout() if content is not None else None
        if layout is not None:
            layout.activate()  # what has just come has no place yet
        self.ensureWidgetVisible(there)


def scroll(content: QWidget, reading: str = "") -> QScrollArea:
    """`content`, scrolling up and down where it is too high.

    reading: the name of words alone. Those are a stop of the keyboard themselves, so that they can be scrolled; else what is in it is.
    """
    area = ScrollArea()
    area.setFocusPolicy(Qt.FocusPolicy.StrongFocus if reading else Qt.FocusPolicy.NoFocus)
    if reading:
        area.setProperty("role", "reading")
        area.setAccessibleName(reading)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    area.setWidget(content)
    return area


def clear(layout: QLayout) -> None:
    """Remove everything that is in `layout`. Where the keyboard was in it, it comes back to what is put there instead."""
    parent = layout.parentWidget()
    had = kept_focus().seen(parent) if parent is not None else None
    _empty(layout)
    if had is not None:
        kept_focus().taken(had)


def _empty(layout: QLayout) -> None:
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            return
        inner, widget = item.layout(), item.widget()
        if inner is not None:
            _empty(inner)
            inner.deleteLater()
        elif widget is not None:
            widget.hide()  # and it keeps its parent: without one it would be a window for a moment, and take the focus
            widget.deleteLater()
