"""A card that has left the dashboard for a while: filling the window, or in a window of its own."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from nnstudio.gui.dashboard.card import ViewCard
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column


class Stage(QWidget):
    """Covers its window with one card; Escape, or a double click on the card, ends that. `ended(card)` takes it back."""

    def __init__(self, window: QWidget, card: ViewCard, ended: Callable[[ViewCard], None]) -> None:
        super().__init__(window)
        self.setProperty("role", "background")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.card = card
        self._window = window
        self._ended = ended
        column(self, card, margin="space_m")
        window.installEventFilter(self)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()
        card.show()
        card.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and watched is self._window:
            self.setGeometry(self._window.rect())
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        else:
            super().keyPressEvent(event)

    def end(self) -> None:
        self._window.removeEventFilter(self)
        self._ended(self.card)
        self.hide()
        self.deleteLater()


class TornOff(QWidget):
    """A window of one card; closing it puts the card back."""

    def __init__(self, card: ViewCard, owner: QWidget, ended: Callable[[ViewCard], None]) -> None:
        super().__init__(owner, Qt.WindowType.Window)
        self.setProperty("role", "background")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(tr("{view} – NNStudio", view=card.title))
        self.card = card
        self._ended = ended
        size = card.size()
        column(self, card, margin="space_s")
        side = theme.size("dashboard")
        self.resize(max(size.width(), 2 * side), max(size.height(), side))
        self.show()
        card.show()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._ended(self.card)
        event.accept()
        self.deleteLater()
