"""A figure in a card: its title at the left, its caption at the right."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy

from nnstudio.figures import Figure
from nnstudio.gui.figures.view import FigureView
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label, row


class Caption(QLabel):
    """One line at the right that takes what room is left: what does not fit ends with an ellipsis, and is said in the tool tip."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "muted")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        self.setToolTip("" if shown == self.text() else self.text())
        with QPainter(self) as painter:
            painter.setPen(theme.color("muted"))
            painter.drawText(self.rect(), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), shown)


class FigureCard(QFrame):
    """Shows figures; one that has a title of its own is shown under it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._own_title = title
        self._title = label(title, "strong")
        self._caption = Caption()
        self.view = FigureView()
        self.view.setAccessibleName(title)
        head = row(None, self._title, self._caption)
        head.setStretch(1, 1)
        layout = column(self, head, self.view, gap="space_s")
        layout.setStretch(1, 1)
        side = theme.size("space_m") + theme.size("space_xxs")
        layout.setContentsMargins(side, theme.size("space_m"), side, side)

    def show_figure(self, figure: Figure) -> None:
        self.view.show_figure(figure)
        self._title.setText(figure.title or self._own_title)
        self._caption.setText(figure.caption)

    def say(self, caption: str) -> None:
        """Something else in the caption's place: that it is being worked on."""
        self._caption.setText(caption)
