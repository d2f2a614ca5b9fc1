"""The painter of words: what an empty chart will show and how to make it show it; or a small table."""

import math

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from nnstudio.figures import Note
from nnstudio.gui.figures.painter import Painter, draw_text, hairline
from nnstudio.gui.theme import theme


class NotePainter(Painter[Note]):
    """The text in the middle; with rows, the first of them is the head of a table below it."""

    def words(self) -> str:
        if self.figure is None:
            return ""
        return "\n".join([self.figure.text, *("  ".join(row) for row in self.figure.rows)]).strip()

    def draw(self, painter: QPainter) -> None:
        figure = self.figure
        assert figure is not None
        painter.setFont(theme.font("body"))
        metrics = QFontMetricsF(painter.font())
        whole = QRectF(self.rect())
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignHCenter)
        room = QRectF(
            0, 0, min(whole.width() - theme.size("space_l"), 30 * metrics.averageCharWidth() * 2), whole.height()
        )
        needed = metrics.boundingRect(room, wrap, figure.text)
        if figure.rows:
            top = math.ceil(needed.height()) + theme.size("space_s") if figure.text else 0
            draw_text(
                painter, QRectF(0, 0, whole.width(), metrics.height()), figure.text, Qt.AlignmentFlag.AlignLeft, "muted"
            )
            self._draw_rows(painter, whole.adjusted(0, top, 0, 0), metrics)
            return
        icon_size = theme.size("icon_size_large")
        gap = theme.size("space_s")
        top = max(0.0, (whole.height() - needed.height() - icon_size - gap) / 2)
        painter.drawPixmap(
            round((whole.width() - icon_size) / 2), round(top), theme.pixmap("lightbulb", "muted", icon_size)
        )
        painter.setPen(theme.color("muted"))
        place = QRectF((whole.width() - room.width()) / 2, top + icon_size + gap, room.width(), whole.height() - top)
        painter.drawText(place, wrap, figure.text)

    def _draw_rows(self, painter: QPainter, area: QRectF, metrics: QFontMetricsF) -> None:
        assert self.figure is not None
        rows = self.figure.rows
        columns = max(len(row) for row in rows)
        height = metrics.height() + theme.size("space_xs")
        widths = [
            max((metrics.horizontalAdvance(row[column]) for row in rows if column < len(row)), default=0.0)
            for column in range(columns)
        ]
        spare = max(0.0, area.width() - sum(widths)) / columns
        for index, row in enumerate(rows[: max(1, int(area.height() / height))]):
            x, y = area.left(), area.top() + index * height
            for column, text in enumerate(row):
                align = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                cell = QRectF(x, y, widths[column] + spare, height)
                draw_text(painter, cell, text, align | Qt.AlignmentFlag.AlignVCenter, "muted" if index == 0 else "text")
                x += widths[column] + spare
            if index == 0:
                painter.setPen(hairline("line"))
                painter.drawLine(
                    area.topLeft() + QRectF(0, height, 0, 0).topLeft(),
                    QRectF(area.left(), area.top() + height, area.width(), 0).topRight(),
                )
