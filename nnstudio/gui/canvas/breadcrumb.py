"""Where am I? The way from the project into the block on show, each part of it leading back there."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

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
    """`Project › res1 › inner`: only there within a block. Reached by Shift+Tab from the canvas; arrows go along it, Esc back."""

    def __init__(self, studio: Studio, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "inset")
        self.setAccessibleName(tr("Way to the block on show"))
        self._studio = studio
        self.parts: list[Part] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(theme.size("space_xs"), 0, theme.size("space_xs"), 0)
        self._row.setSpacing(theme.size("space_xxs"))
        studio.scope.changed.connect(self.refresh)
        studio.project_opened.connect(self.refresh)
        studio.project_changed.connect(self.refresh)
        follow_theme(self, self.adjustSize)
        self.refresh()

    def refresh(self) -> None:
        path, titles = self._studio.scope.path, self._studio.scope.titles() if self._studio.scope.path else ()
        if [part.accessibleName() for part in self.parts] != list(titles):
            self._build(path, titles)
        self.setVisible(bool(path))

    def _build(self, path: tuple[str, ...], titles: tuple[str, ...]) -> None:
        focused = any(part.hasFocus() for part in self.parts)
        clear(self._row)
        self.parts = []
        for depth, title in enumerate(titles):
            if depth:
                self._row.addWidget(label("›", "muted"))
            short = title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
            part = Part(short)
            part.clicked.connect(partial(self._go, path[:depth]))
            part.setAccessibleName(title)
            here = depth == len(titles) - 1
            part.setToolTip(tr("What is shown now") if here else tr("Show {title}", title=title))
            part.setCheckable(here)
            part.setChecked(here)
            self._row.addWidget(part)
            part.show()
            self.parts.append(part)
        self.adjustSize()
        canvas = self.parentWidget()
        if self.parts and canvas is not None:
            for before, after in zip([*self.parts], [*self.parts[1:], canvas], strict=True):
                QWidget.setTabOrder(before, after)
            if focused:
                canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go(self, path: tuple[str, ...], _checked: bool = False) -> None:
        self._studio.scope.show(path)
        canvas = self.parentWidget()
        if canvas is not None:
            canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        at = next((index for index, part in enumerate(self.parts) if part.hasFocus()), None)
        if step is not None and at is not None:
            self.parts[(at + step) % len(self.parts)].setFocus(Qt.FocusReason.TabFocusReason)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and at is not None:
            self.parts[at].click()
        elif event.key() == Qt.Key.Key_Escape:
            canvas = self.parentWidget()
            if canvas is not None:
                canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)
