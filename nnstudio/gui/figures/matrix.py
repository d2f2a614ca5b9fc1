"""The painter of a matrix: numbers as colours, with names, and the values where there is room."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from nnstudio.figures import Matrix
from nnstudio.gui.figures.painter import Painter, caption_metrics, draw_text, hairline
from nnstudio.gui.figures.ticks import number_text, percent_text
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

Floats = npt.NDArray[np.float64]


def strengths(values: Floats, *, diagonal_good: bool) -> Floats:
    """How strongly each cell is coloured, 0 … 1: its share of its row (counts of a confusion), else its place between the extremes."""
    known = np.nan_to_num(values, posinf=0.0, neginf=0.0)
    if diagonal_good:
        return known / np.maximum(known.sum(axis=1, keepdims=True), 1e-12)
    low, high = float(known.min()), float(known.max())
    return (known - low) / (high - low) if high > low else np.zeros_like(known)


def rgb(color: QColor) -> tuple[float, float, float]:
    return color.redF(), color.greenF(), color.blueF()


def ramp_color(stops: Sequence[QColor], share: float) -> QColor:
    """The colour at `share` (0 … 1) of a ramp."""
    place = min(max(share, 0.0), 1.0) * (len(stops) - 1)
    index = min(int(place), len(stops) - 2)
    rest = place - index
    ends = zip(rgb(stops[index]), rgb(stops[index + 1]), strict=True)
    red, green, blue = (low + (high - low) * rest for low, high in ends)
    return QColor.fromRgbF(red, green, blue)


class MatrixPainter(Painter[Matrix]):
    """Rows × columns. With `diagonal_good`, what is right is blue and what is wrong red, by its share of the row."""

    _plot = QRectF()
    _upright = 0.0  # how long the columns' names are where they stand upright

    def draw(self, painter: QPainter) -> None:
        figure = self.figure
        assert figure is not None
        values = np.asarray(figure.values, np.float64)
        if not values.size:
            return
        self._plot = self._lay_out(figure, *values.shape)
        strong = strengths(values, diagonal_good=figure.diagonal_good)
        self._draw_cells(painter, values, strong, figure.diagonal_good)
        self._draw_names(painter, figure)

    def _draw_column_name(self, painter: QPainter, cell: QRectF, top: float, name: str) -> None:
        if not self._upright:
            rect = QRectF(cell.left() + 1, top, cell.width() - 2, caption_metrics().height())
            draw_text(painter, rect, name, Qt.AlignmentFlag.AlignHCenter)
            return
        painter.save()
        painter.translate(cell.center().x(), top + self._upright)
        painter.rotate(-90)
        rect = QRectF(0, -cell.width() / 2, self._upright, cell.width())
        draw_text(painter, rect, name, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        painter.restore()

    def _lay_out(self, figure: Matrix, rows: int, columns: int) -> QRectF:
        metrics, gap = caption_metrics(), theme.size("space_s")
        longest = max((metrics.horizontalAdvance(name) for name in figure.rows), default=0.0)
        left = math.ceil(min(longest, self.width() * 0.28)) + (gap if longest else 0)
        title = metrics.height() if figure.y_label else 0.0
        widest = math.ceil(max((metrics.horizontalAdvance(name) for name in figure.columns), default=0.0))
        fits = widest + 2 <= (self.width() - left) / columns
        self._upright = 0.0 if fits else min(widest + 1.0, self.height() * 0.25)
        names = (self._upright or math.ceil(metrics.height())) + gap / 2 if figure.columns else 0.0
        bottom = names + (math.ceil(metrics.height()) if figure.x_label else 0.0)
        return QRectF(left, title, self.width() - left, self.height() - bottom - title)

    def _cell(self, row: int, column: int) -> QRectF:
        assert self.figure is not None
        rows, columns = self.figure.values.shape
        width, height = self._plot.width() / columns, self._plot.height() / rows
        return QRectF(self._plot.left() + column * width, self._plot.top() + row * height, width, height)

    def _draw_cells(self, painter: QPainter, values: Floats, strong: Floats, diagonal_good: bool) -> None:
        metrics = caption_metrics()
        numbers: list[list[float]] = values.tolist()
        texts = [[number_text(value) for value in row] for row in numbers]
        widest = max((metrics.horizontalAdvance(text) for row in texts for text in row), default=0.0)
        cell = self._cell(0, 0)
        gap = 1.0 if min(cell.width(), cell.height()) > 6 else 0.0
        readable = cell.width() >= widest + 2 and cell.height() >= metrics.height() - 2
        radius = 2.0 if gap else 0.0
        painter.setFont(theme.font("caption"))
        empty, stops = theme.color("chart_grid"), theme.ramp("sequential")
        for index in range(values.size):
            row, column = divmod(index, values.shape[1])
            share = float(strong[row, column])
            rect = self._cell(row, column).adjusted(gap, gap, -gap, -gap)
            painter.setPen(Qt.PenStyle.NoPen)
            if diagonal_good:
                color = ramp_color([empty, theme.color("right" if row == column else "wrong")], math.sqrt(share))
            else:
                color = ramp_color(stops, share)
            painter.setBrush(color)
            painter.drawRoundedRect(rect, radius, radius)
            if readable and values[row, column]:
                painter.setPen(readable_on(color))
                painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), texts[row][column])

    def _draw_names(self, painter: QPainter, figure: Matrix) -> None:
        metrics, gap = caption_metrics(), theme.size("space_s")
        painter.setFont(theme.font("caption"))
        every = max(1, math.ceil(metrics.height() / max(1.0, self._cell(0, 0).height())))
        for row, name in enumerate(figure.rows):
            if row % every == 0:
                cell = self._cell(row, 0)
                rect = QRectF(0, cell.center().y() - metrics.height() / 2, self._plot.left() - gap, metrics.height())
                draw_text(painter, rect, name, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        top = self._plot.bottom() + theme.size("space_xs")
        for column, name in enumerate(figure.columns):
            self._draw_column_name(painter, self._cell(0, column), top, name)
        if figure.x_label:
            place = QRectF(self._plot.left(), self.height() - metrics.height(), self._plot.width(), metrics.height())
            draw_text(painter, place, figure.x_label, Qt.AlignmentFlag.AlignHCenter)
        if figure.y_label:
            draw_text(painter, QRectF(0, 0, self.width(), metrics.height()), figure.y_label, Qt.AlignmentFlag.AlignLeft)

    def _at(self, at: QPointF) -> tuple[int, int] | None:
        if self.figure is None or not self.figure.values.size or not self._plot.contains(at):
            return None
        rows, columns = self.figure.values.shape
        row = min(rows - 1, int((at.y() - self._plot.top()) / self._plot.height() * rows))
        column = min(columns - 1, int((at.x() - self._plot.left()) / self._plot.width() * columns))
        return row, column

    def words_at(self, at: QPointF) -> str:
        place = self._at(at)
        if place is None or self.figure is None:
            return ""
        row, column = place
        figure = self.figure
        row_name = figure.rows[row] if row < len(figure.rows) else str(row)
        column_name = figure.columns[column] if column < len(figure.columns) else str(column)
        value = float(figure.values[row, column])
        if not figure.diagonal_good:
            return f"{row_name}, {column_name}: {number_text(value)}"
        share = value / (float(figure.values[row].sum()) or 1.0)
        return tr(
            "{truth} taken for {guess}: {count} ({share} of the row)",
            truth=row_name,
            guess=column_name,
            count=number_text(value),
            share=percent_text(share),
        )

    def draw_over(self, painter: QPainter) -> None:
        assert self.pointer is not None
        place = self._at(self.pointer)
        if place is not None:
            painter.setPen(hairline("text"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self._cell(*place), 2, 2)


def luminance(color: QColor) -> float:
    """Relative luminance, 0 … 1.   Source: WCAG 2.1."""
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(color)]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: QColor, other: QColor) -> float:
    """Contrast ratio, 1 … 21.   Source: WCAG 2.1."""
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def readable_on(color: QColor) -> QColor:
    """The dark or the light ink, whichever stands out more from `color`."""
    return max((theme.color("knob"), theme.color("shadow")), key=lambda ink: contrast(ink, color))
