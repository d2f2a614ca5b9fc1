"""The painter of named bars (lying, so that names can be read) and of histograms (standing on their edges)."""

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from nnstudio.figures import Bars
from nnstudio.gui.figures.frame import draw_frame, plot_area
from nnstudio.gui.figures.painter import Painter, caption_metrics, draw_text, hairline
from nnstudio.gui.figures.ticks import linear_axis, number_text
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

Floats = npt.NDArray[np.float64]


def stacked(figure: Bars) -> Floats:
    """The values as bars × parts."""
    values = np.nan_to_num(np.asarray(figure.values, np.float64))
    return values if values.ndim == 2 else values[:, None]


class BarsPainter(Painter[Bars]):
    """Bars of one part, or stacked of several (train, validation, test), the total at their end."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: list[QRectF] = []

    def draw(self, painter: QPainter) -> None:
        figure = self.figure
        assert figure is not None
        self._bars = []
        if not len(figure.values):
            return
        if figure.edges is not None:
            self._draw_histogram(painter, figure, np.asarray(figure.edges, np.float64))
        else:
            self._draw_named(painter, figure)

    def _part_color(self, part: int, parts: int) -> QColor:
        return theme.series(part) if parts > 1 else theme.color("accent", theme.alpha("histogram"))

    def _draw_named(self, painter: QPainter, figure: Bars) -> None:
        values, metrics, gap = stacked(figure), caption_metrics(), theme.size("space_s")
        painter.setFont(theme.font("caption"))
        top = self._draw_legend(painter, figure, values.shape[1])
        row = min((self.height() - top) / len(values), 2.0 * metrics.height())
        shown = (
            len(values) if row >= metrics.height() - 2 else max(1, int((self.height() - top) / metrics.height()) - 1)
        )
        row = row if shown == len(values) else metrics.height()
        names = [figure.names[index] if index < len(figure.names) else str(index) for index in range(len(values))]
        totals = values.sum(axis=1)
        name_width = min(max(metrics.horizontalAdvance(name) for name in names[:shown]), self.width() * 0.35)
        value_width = max(metrics.horizontalAdvance(number_text(total)) for total in totals.tolist())
        left = math.ceil(name_width) + gap
        scale = max(1.0, self.width() - left - value_width - gap) / (float(totals.max()) or 1.0)
        for index in range(shown):
            y = top + index * row
            draw_text(
                painter,
                QRectF(0, y, left - gap, row),
                names[index],
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
            )
            bar = QRectF(left, y + row * 0.18, max(1.0, float(totals[index]) * scale), row * 0.64)
            self._draw_stack(painter, bar, values[index], scale)
            end = QRectF(bar.right() + gap / 2, y, value_width + gap, row)
            draw_text(painter, end, number_text(float(totals[index])), Qt.AlignmentFlag.AlignVCenter)
            self._bars.append(QRectF(0, y, self.width(), row))
        if shown < len(values):
            place = QRectF(left, top + shown * row, self.width() - left, row)
            draw_text(painter, place, tr("and {count} more", count=len(values) - shown), Qt.AlignmentFlag.AlignVCenter)

    def _draw_stack(self, painter: QPainter, bar: QRectF, values: Floats, scale: float) -> None:
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        x = bar.left()
        for part, value in enumerate(values.tolist()):
            painter.setBrush(self._part_color(part, len(values)))
            width = max(0.0, value * scale)
            painter.drawRoundedRect(QRectF(x, bar.top(), max(width, 1.0 if value else 0.0), bar.height()), 2, 2)
            x += width
        painter.restore()

    def _draw_legend(self, painter: QPainter, figure: Bars, parts: int) -> float:
        """The parts' names above the bars; the height it takes."""
        if parts < 2:
            return 0.0
        metrics, gap = caption_metrics(), theme.size("space_s")
        x = 0.0
        for part, name in enumerate(figure.parts[:parts]):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._part_color(part, parts))
            painter.drawRoundedRect(QRectF(x, metrics.height() / 2 - gap / 2, gap, gap), 2, 2)
            width = metrics.horizontalAdvance(name) + 1
            draw_text(painter, QRectF(x + 1.5 * gap, 0, width, metrics.height()), name, Qt.AlignmentFlag.AlignVCenter)
            x += 1.5 * gap + width + 1.5 * gap
        return metrics.height() + gap / 2

    def _draw_histogram(self, painter: QPainter, figure: Bars, edges: Floats) -> None:
        values = stacked(figure)[:, 0]
        x_axis = linear_axis(float(edges[0]), float(edges[-1]), max(2, round(self.width() / 76)), tight=True)
        y_axis = linear_axis(0.0, float(values.max()) or 1.0, max(2, round(self.height() / 52)))
        plot = plot_area(QRectF(self.rect()), y_axis)
        draw_frame(painter, plot, x_axis, y_axis, figure.x_label, figure.y_label)
        x = x_axis.place(edges, plot.left(), plot.right())
        y = y_axis.place(values, plot.bottom(), plot.top())
        gap = 1.0 if float(np.diff(x).min()) > 3 else 0.0
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._part_color(0, 1))
        for left, right, top in zip(x[:-1].tolist(), x[1:].tolist(), y.tolist(), strict=True):
            painter.drawRect(QRectF(left, top, max(1.0, right - left - gap), plot.bottom() - top))
            self._bars.append(QRectF(left, plot.top(), right - left, plot.height()))

    def _at(self, at: QPointF) -> int | None:
        return next((index for index, bar in enumerate(self._bars) if bar.contains(at)), None)

    def words_at(self, at: QPointF) -> str:
        index, figure = self._at(at), self.figure
        if index is None or figure is None:
            return ""
        values = stacked(figure)[index]
        if figure.edges is not None:
            low, high = (number_text(float(figure.edges[edge])) for edge in (index, index + 1))
            return f"{low} … {high}: {number_text(float(values[0]))}"
        name = figure.names[index] if index < len(figure.names) else str(index)
        if len(values) == 1:
            return f"{name}: {number_text(float(values[0]))}"
        return "\n".join(
            [
                name,
                *(f"{part} {number_text(value)}" for part, value in zip(figure.parts, values.tolist(), strict=False)),
            ]
        )

    def draw_over(self, painter: QPainter) -> None:
        assert self.pointer is not None
        index = self._at(self.pointer)
        if index is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("text", 0.07))
            painter.drawRect(self._bars[index])
            painter.setPen(hairline("line"))
