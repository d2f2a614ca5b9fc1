"""A field for text that is as high as its text: none of it is cut off, and what is below moves down."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent

from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.text_edit import TextEdit

FEWEST, MOST = 4, 40
"""Lines: a longer text scrolls."""


class GrowingEdit(TextEdit):
    def __init__(self) -> None:
        super().__init__()
        self.textChanged.connect(self._grow)
        self._grow()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width breaks other lines."""
        super().resizeEvent(event)
        self._grow()

    def _grow(self) -> None:
        needed = round(self.document().size().height())  # of plain text in lines
        bar = Qt.ScrollBarPolicy.ScrollBarAlwaysOff if needed <= MOST else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(bar)  # it would come, and take width, before there is the height
        lines, around = min(MOST, max(FEWEST, needed)), self.contentsMargins()
        margins = 2 * round(self.document().documentMargin()) + around.top() + around.bottom()
        spare = theme.size("space_s")  # of the stylesheet's padding
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + margins + spare)
