"""The painter of words: what an empty chart will show and how to make it show it; or a small table."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter

from nnstudio.figures import Note
from nnstudio.gui.figures.painter import Painter, draw_text, hairline
from nnstudio.gui.theme import theme


class NotePainter(Painter[Note]):
    """The text in the middle; with rows, the first of them is the head of a table below it."""

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
        """The first row is the head; the first column stands at the left, the others at the right of theirs."""
        assert self.figure is not None
        rows = self.figure.rows
        height, gap = metrics.height() + theme.size("space_xs"), theme.size("space_m")
        needed = [
            max(metrics.horizontalAdvance(row[column]) + 1 for row in rows if column < len(row))
            for column in range(max(len(row) for row in rows))
        ]
        widths = fit_widths(needed, area.width() - gap * (len(needed) - 1))
        for index, row in enumerate(rows[: max(1, int(area.height() / height))]):
            x, y = area.left(), area.top() + index * height
            for column, (text, width) in enumerate(zip(row, widths, strict=False)):
                align = Qt.AlignmentFlag.AlignLeft if column == 0 else Qt.AlignmentFlag.AlignRight
                token = "muted" if index == 0 else "text"
                draw_text(painter, QRectF(x, y, width, height), text, align | Qt.AlignmentFlag.AlignVCenter, token)
                x += width + gap
        painter.setPen(hairline("line"))
        painter.drawLine(QLineF(area.left(), area.top() + height, area.right(), area.top() + height))


def fit_widths(needed: Sequence[float], room: float) -> list[float]:
    """Widths that fill `room`: what is spare is shared out; where it is too narrow, the widest give way first."""
    spare = room - sum(needed)
    if spare >= 0:
        return [width + spare / len(needed) for width in needed]
    limit, left, count = 0.0, room, len(needed)
    for width in sorted(needed):
        limit = left / count
        if width > limit:
            break
        left, count = left - width, count - 1
    return [min(width, max(0.0, limit)) for width in needed]
