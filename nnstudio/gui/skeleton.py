"""What the window shows in its first moments: logo, project name and places, painted with Qt alone."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.resources import resource

PLACES = ("model", "data", "recipe", "runs", "labs")


def place_title(place: str) -> str:
    return {
        "model": tr("Model"),
        "data": tr("Data"),
        "recipe": tr("Recipe"),
        "runs": tr("Runs"),
        "labs": tr("Labs"),
    }[place]


class Skeleton(QWidget):
    """The outlines of the window that is being built."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title or "NNStudio"

    def paintEvent(self, event: QPaintEvent) -> None:
        bar, library = theme.size("top_bar"), theme.size("library")
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), theme.color("background"))
            painter.fillRect(0, 0, self.width(), bar, theme.color("panel"))
            painter.fillRect(0, bar, library, self.height() - bar, theme.color("panel"))
            painter.fillRect(0, bar, self.width(), 1, theme.color("line"))
            painter.fillRect(library, bar, 1, self.height() - bar, theme.color("line"))
            side = theme.size("icon_size_large") + theme.size("space_s")
            left, gap = theme.size("space_l"), theme.size("space_s")
            logo = QIcon(str(resource("icons/nnstudio.svg"))).pixmap(QSize(side, side), self.devicePixelRatioF())
            painter.drawPixmap(left, (bar - side) // 2, logo)
            painter.setPen(theme.color("text"))
            painter.setFont(theme.font("title"))
            area = QRectF(left + side + gap, 0, self.width(), bar)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, self._title)
