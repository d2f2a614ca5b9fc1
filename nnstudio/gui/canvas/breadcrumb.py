"""Where am I? The way from the project into the block on show, each part of it leading back there."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import clear, label

LONGEST = 28  # letters of a part
KEYS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}


class Part(QPushButton):
    """Leaves the keys that go along the way to the breadcrumb."""

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.setProperty("role", "place")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in KEYS:
            event.ignore()
        else:
            super().keyPressEvent(event)


class Breadcrumb(QFrame):
    """`Project › … › res1 › inner`: only there within a block. Reached by Shift+Tab from the canvas; arrows go along it, Esc back.

    Where there is no room for the whole way, its middle is behind `…`, a menu.
    """

    def __init__(self, studio: Studio, canvas: QWidget) -> None:
        super().__init__(canvas)
        self.setProperty("role", "inset")
        self.setAccessibleName(tr("Way to the block on show"))
        self._studio, self._canvas = studio, canvas
        self._titles: tuple[str, ...] = ()
        self._path: tuple[str, ...] = ()
        self._levels: list[tuple[QWidget, Part]] = []  # (the sign before it, it), from outside in
        self._folded = range(0)  # those that are behind the …
        self._more = Part("…")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.size("space_xs"), 0, theme.size("space_xs"), 0)
        self._row.setSpacing(theme.size("space_xxs"))
        studio.scope.changed.connect(self.refresh)
        studio.project_opened.connect(self.refresh)
        studio.project_changed.connect(self.refresh)
        follow_theme(self, self.settle)
        self.refresh()

    @property
    def parts(self) -> list[Part]:
        """Those that can be seen, from left to right."""
        shown = [part for depth, (_, part) in enumerate(self._levels) if depth not in self._folded]
        if self._folded:
            shown.insert(self._folded.start, self._more)
        return shown

    def refresh(self) -> None:
        path = self._studio.scope.path
        titles = self._studio.scope.titles() if path else ()
        if (path, titles) != (self._path, self._titles):
            self._build(path, titles)
        self.setVisible(bool(path))

    def _build(self, path: tuple[str, ...], titles: tuple[str, ...]) -> None:
        if any(part.hasFocus() for part in self.parts):
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        clear(self._row)
        self._path, self._titles, self._levels = path, titles, []
        for depth, title in enumerate(titles):
            short = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
            sign, part = label("›", "muted"), Part(short)
            part.clicked.connect(partial(self._go, path[:depth]))
            part.setAccessibleName(title)
            here = depth == len(titles) - 1
            part.setToolTip(tr("What is shown now") if here else tr("Show {title}", title=title))
            part.setCheckable(here)
            part.setChecked(here)
            self._row.addWidget(sign)
            self._row.addWidget(part)
            self._levels.append((sign, part))
        self._more = Part("…")
        self._more.clicked.connect(self._show_folded)
        self.settle()

    def settle(self) -> None:
        """In the upper left corner, folded as far as there is need."""
        gap, count = theme.size("space_m"), len(self._levels)
        self.move(gap, gap)
        for folded in (range(0), *(range(1, end) for end in range(2, count)), range(count - 1)):
            self._fold(folded)
            if self.sizeHint().width() <= self._canvas.width() - 2 * gap:
                break
        self.adjustSize()

    def _fold(self, folded: range) -> None:
        """Show `…` in place of these."""
        self._folded = folded
        self._row.removeWidget(self._more)
        for depth, (sign, part) in enumerate(self._levels):
            sign.setVisible(depth > 0 and depth not in folded)
            part.setVisible(depth not in folded)
        if folded:
            names = [self._titles[depth] for depth in folded]
            self._more.setToolTip(" › ".join(names))
            self._more.setAccessibleName(
                tr("{count} levels between: {names}", count=len(names), names=", ".join(names))
            )
            self._row.insertWidget(2 * folded.start, self._more)
        self._more.setVisible(bool(folded))

    def _show_folded(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for depth in self._folded:
            menu.addAction(self._titles[depth].replace("&", "&&"), partial(self._go, self._path[:depth]))
        menu.popup(self._more.mapToGlobal(self._more.rect().bottomLeft()))

    def _go(self, path: tuple[str, ...], _checked: bool = False) -> None:
        self._studio.scope.show(path)
        self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        parts = self.parts
        at = next((index for index, part in enumerate(parts) if part.hasFocus()), None)
        if step is not None and at is not None:
            parts[(at + step) % len(parts)].setFocus(Qt.FocusReason.TabFocusReason)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at is not None:
            parts[at].click()
        elif event.key() == Qt.Key.Key_Escape:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)
