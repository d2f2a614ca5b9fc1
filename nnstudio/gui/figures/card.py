"""A figure in a card: its title at the left, its caption at the right."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSizePolicy

from nnstudio.figures import Figure
from nnstudio.gui.figures.view import FigureView
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label, row


class FigureCard(QFrame):
    """Shows figures; one that has a title of its own is shown under it."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._own_title = title
        self._title = label(title, "strong")
        self._caption = label("", "muted")
        self._caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
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
