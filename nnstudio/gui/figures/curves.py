"""The painter of curves: fast at a million points, with zoom, pan and the values under the pointer."""

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from nnstudio.figures import Curves, Line
from nnstudio.gui.canvas.numpy_draw import draw_polyline
from nnstudio.gui.figures.frame import draw_frame, plot_area
from nnstudio.gui.figures.painter import (
    Painter,
    caption_metrics,
    draw_bubble,
    draw_text,
    hairline,
    snapped,
    with_painter,
)
from nnstudio.gui.figures.pyramid import Envelope, Floats, Pyramid
from nnstudio.gui.figures.ticks import Axis, linear_axis, log_axis, number_text, percent_text
from nnstudio.gui.theme import theme

ROLE_SERIES = {"train": 0, "validation": 1, "test": 2}
ZOOM_PER_NOTCH = 0.8
_NOTCH = 120.0
_FLAT = 3.0  # pixels: a column lower than that looks the same as one point
_FAR = 1e6  # pixels: beyond that Qt's own arithmetic overflows
_ROOM_FOR_A_TICK = (76, 52)  # pixels along x and y
_MAX_TRAVEL = (
    8.0  # a line that goes up and down more than so many heights of the plot is drawn one pixel wide: wider takes 40 ms
)


def line_color(line: Line) -> QColor:
    """The colour of a line by its role: a part of the data, "series:3", "other" (grey), or a colour token of the theme."""
    if line.role in ROLE_SERIES:
        return theme.series(ROLE_SERIES[line.role])
    if line.role.startswith("series:"):
        return theme.series(int(line.role.removeprefix("series:")))
    return theme.color("chart_axis" if line.role == "other" else line.role)


def line_dash(line: Line) -> list[int]:
    """The dash pattern of a line: a second sign beside the colour where there are many."""
    return theme.dash(int(line.role.removeprefix("series:"))) if line.role.startswith("series:") else []


class CurvesPainter(Painter[Curves]):
    """Curves over a common x axis. Wheel: zoom along x; drag: move; double click: all of it again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pyramids: list[tuple[Line, Pyramid]] = []
        self._window: tuple[float, float] | None = None
        self._drag_from: tuple[float, tuple[float, float]] | None = None
        self._plot = QRectF()
        self._frame_key: object = None
        self._frame_picture = QPixmap()
        self._x_axis = linear_axis(0, 1, 4)
        self._y_axis = linear_axis(0, 1, 4)

    @property
    def zoomed(self) -> bool:
        return self._window is not None

    def show_figure(self, figure: Curves) -> None:
        known = {_key(index, line): pyramid for index, (line, pyramid) in enumerate(self._pyramids)}
        self._pyramids = []
        for index, line in enumerate(figure.lines):
            pyramid = known.get(_key(index, line)) or Pyramid()
            pyramid.update(_along(np.asarray(line.x, np.float64), figure.log_x), np.asarray(line.y, np.float64))
            self._pyramids.append((line, pyramid))
        super().show_figure(figure)

    # ── axes ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _full_range(self) -> tuple[float, float]:
        ends = [
            (x[0], x[-1]) if pyramid.increasing else (x.min(), x.max())
            for _, pyramid in self._pyramids
            if len(x := pyramid.x)
        ]
        if not ends:
            return 0.0, 1.0
        return float(min(low for low, _ in ends)), float(max(high for _, high in ends))

    def _make_x_axis(self, width: float) -> Axis:
        target = max(2, round(width / _ROOM_FOR_A_TICK[0]))
        if self.figure is not None and self.figure.log_x:
            low, high = self._window or self._full_range()
            return _powers(linear_axis(low, high, target, whole=high - low >= 2, tight=True))
        if self._window is not None:
            return linear_axis(*self._window, target, tight=True)
        low, high = self._full_range()
        return linear_axis(low, high, target, whole=float(low).is_integer() and high - low >= 1)

    def _make_y_axis(self, figure: Curves, x_axis: Axis, height: float) -> Axis:
        target = max(2, round(height / _ROOM_FOR_A_TICK[1]))
        scale = 100.0 if figure.percent else 1.0
        low, high = self._y_range(x_axis, positive=figure.log_y)
        if figure.log_y:
            return log_axis(low, high, target, scale=scale)
        if 0 < low < 0.3 * high:
            low = 0.0
        return linear_axis(low, high, target, scale=scale)

    def _y_range(self, x_axis: Axis, *, positive: bool) -> tuple[float, float]:
        """What the lines reach in view; faint ones (raw values) count only where there is nothing else: a spike must not flatten the rest."""
        bold = [pyramid for line, pyramid in self._pyramids if not line.faint and len(pyramid)]
        lows: list[float] = []
        highs: list[float] = []
        for pyramid in bold or [pyramid for _, pyramid in self._pyramids]:
            first, last = pyramid.between(x_axis.low, x_axis.high)
            found = pyramid.extremes(first, last, positive=positive)
            if found is not None:
                lows.append(found[0])
                highs.append(found[1])
        if not lows:
            return (0.1, 1.0) if positive else (0.0, 1.0)
        return min(lows), max(highs)

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def draw(self, painter: QPainter) -> None:
        figure = self.figure
        assert figure is not None
        self._lay_out(figure)
        painter.drawPixmap(0, 0, self._frame(figure))
        painter.setFont(theme.font("caption"))
        self._draw_marks(painter, figure.marks)
        painter.save()
        painter.setClipRect(self._plot.adjusted(0, -1, 1, 1).toAlignedRect())
        for line, pyramid in sorted(self._pyramids, key=lambda pair: (not pair[0].faint, pair[0].role != "other")):
            self._draw_line(painter, line, pyramid)
        painter.restore()
        self._draw_names(painter)

    def _frame(self, figure: Curves) -> QPixmap:
        """Grid and numbers, drawn again only when they change: most news of a run leave them as they are."""
        axes = (self._plot, self._x_axis, self._y_axis, figure.x_label, figure.y_label)
        key = (self.size(), self.devicePixelRatioF(), theme.dark, axes)
        if key != self._frame_key:
            self._frame_key = key
            self._frame_picture = self.blank()
            with_painter(self._frame_picture, lambda painter: draw_frame(painter, *axes))
        return self._frame_picture

    def _lay_out(self, figure: Curves) -> None:
        """Axes and plot; the plot leaves room at its right for the lines' names, where the axis does not leave it already."""
        whole = QRectF(self.rect())
        self._x_axis = self._make_x_axis(whole.width() - 2 * theme.size("space_xl"))
        self._y_axis = self._make_y_axis(figure, self._x_axis, whole.height() - theme.size("space_xl"))
        self._plot = plot_area(whole, self._y_axis)
        metrics, gap = caption_metrics(), theme.size("space_s")
        overflow = 0.0
        for line, pyramid in self._pyramids:
            end = self._end_of(pyramid) if line.label and not line.faint else None
            if end is not None:
                overflow = max(overflow, end.x() + gap + metrics.horizontalAdvance(line.label) - whole.right())
        if overflow > 0:
            self._plot = plot_area(whole, self._y_axis, min(overflow + gap, whole.width() * 0.3))

    def _end_of(self, pyramid: Pyramid) -> QPointF | None:
        """Where the line's last known value in view stands, in pixels."""
        first, last = pyramid.between(self._x_axis.low, self._x_axis.high)
        index = pyramid.last_known(first, last)
        if index is None:
            return None
        x = min(
            self._x_axis.place_one(float(pyramid.x[index]), self._plot.left(), self._plot.right()), self._plot.right()
        )
        return QPointF(x, self._y_axis.place_one(float(pyramid.y[index]), self._plot.bottom(), self._plot.top()))

    def _draw_line(self, painter: QPainter, line: Line, pyramid: Pyramid) -> None:
        pixels = self._plot.width() * self.devicePixelRatioF()
        columns = max(1, math.ceil(pixels if line.faint else pixels / 2))
        first, last = pyramid.between(self._x_axis.low, self._x_axis.high)
        if first >= last:
            return
        x, low, high = pyramid.envelope(first, last, columns)
        shown = Envelope(
            self._x_axis.place(x, self._plot.left(), self._plot.right()),
            self._y_axis.place(high, self._plot.bottom(), self._plot.top()),
            self._y_axis.place(low, self._plot.bottom(), self._plot.top()),
        )
        color = line_color(line)
        if line.faint:
            color.setAlphaF(theme.alpha("series_raw"))
        pieces = _pieces(shown)
        travel = sum(float(np.abs(np.diff(y)).sum()) for _, y in pieces)
        wide = not line.faint and travel < _MAX_TRAVEL * self._plot.height()
        pen = QPen(color, 1.6 if wide else theme.size("stroke_series"))
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        if dash := line_dash(line):
            pen.setDashPattern([float(length) for length in dash])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for piece_x, piece_y in pieces:
            if len(piece_x) > 1:
                draw_polyline(painter, np.column_stack((piece_x, np.clip(piece_y, -_FAR, _FAR))))
            else:
                self._draw_dot(painter, QPointF(float(piece_x[0]), float(piece_y[0])), color)

    def _draw_dot(self, painter: QPainter, at: QPointF, color: QColor) -> None:
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(at, 2.5, 2.5)
        painter.restore()

    def _draw_marks(self, painter: QPainter, marks: Sequence[tuple[float, str]]) -> None:
        pen = hairline("chart_marker")
        pen.setDashPattern([2.0, 3.0])
        log_x = self.figure is not None and self.figure.log_x
        for x, text in ((float(_along(np.array([x]), log_x)[0]), text) for x, text in marks):
            if not self._x_axis.low <= x <= self._x_axis.high:
                continue
            place = snapped(self._x_axis.place_one(x, self._plot.left(), self._plot.right()))
            painter.setPen(pen)
            painter.drawLine(QLineF(place, self._plot.top(), place, self._plot.bottom()))
            rect = QRectF(
                place + theme.size("space_xs"), self._plot.top(), self._plot.right() - place, caption_metrics().height()
            )
            draw_text(painter, rect, text, Qt.AlignmentFlag.AlignLeft)

    def _draw_names(self, painter: QPainter) -> None:
        """Each line's name behind its end; names that would cover each other are moved apart."""
        row = caption_metrics().height() - 2
        ends = [
            (end, line)
            for line, pyramid in self._pyramids
            if line.label and not line.faint and (end := self._end_of(pyramid)) is not None
        ]
        ends.sort(key=lambda pair: pair[0].y())
        tops = spread(
            [end.y() - row / 2 for end, _ in ends], row, self._plot.top() - row / 2, self._plot.bottom() - row / 2
        )
        for (end, line), top in zip(ends, tops, strict=True):
            left = end.x() + theme.size("space_s") - 2
            painter.setPen(line_color(line))
            painter.drawText(
                QRectF(left, top, self.width() - left, row), int(Qt.AlignmentFlag.AlignVCenter), line.label
            )

    # ── under the pointer ─────────────────────────────────────────────────────────────────────────────────────────────

    def draw_over(self, painter: QPainter) -> None:
        pointer = self.pointer
        if self.figure is None or pointer is None or self._drag_from is not None or not self._plot.contains(pointer):
            return
        at = self._x_axis.value_at(pointer.x(), self._plot.left(), self._plot.right())
        rows: list[tuple[str, str, str]] = []
        place = snapped(pointer.x())
        painter.setPen(hairline("chart_marker"))
        painter.drawLine(QLineF(place, self._plot.top(), place, self._plot.bottom()))
        for line, pyramid in self._pyramids:
            index = None if line.faint or not line.label else pyramid.nearest(at)
            if index is None or math.isnan(pyramid.y[index]):
                continue
            value = float(pyramid.y[index])
            dot = QPointF(
                self._x_axis.place_one(float(pyramid.x[index]), self._plot.left(), self._plot.right()),
                self._y_axis.place_one(value, self._plot.bottom(), self._plot.top()),
            )
            if self._plot.adjusted(-1, -1, 1, 1).contains(dot):
                self._draw_dot(painter, dot, line_color(line))
            shown = percent_text(value) if self.figure.percent else number_text(value, 4)
            rows.append((line_color(line).name(), line.label, shown))
        if rows:
            shown_at = 10.0**at if self.figure.log_x else at
            draw_bubble(
                painter, pointer, [("", self.figure.x_label, number_text(shown_at, 4)), *rows], QRectF(self.rect())
            )

    def wheelEvent(self, event: QWheelEvent) -> None:
        notches = event.angleDelta().y() / _NOTCH
        if not notches or not self._plot.contains(event.position()):
            event.ignore()
            return
        at = self._x_axis.value_at(event.position().x(), self._plot.left(), self._plot.right())
        factor = ZOOM_PER_NOTCH**notches
        self._set_window(at - (at - self._x_axis.low) * factor, at + (self._x_axis.high - at) * factor)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.zoomed:
            self._drag_from = (event.position().x(), (self._x_axis.low, self._x_axis.high))
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            event.accept()
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is not None:
            start, (low, high) = self._drag_from
            shift = (start - event.position().x()) * (high - low) / max(1.0, self._plot.width())
            self._set_window(low + shift, high + shift)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._drag_from is not None:
            self._drag_from = None
            self.unsetCursor()
        super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self.zoomed:
            self._window = None
            self.refresh()
            event.accept()
        else:
            super().mouseDoubleClickEvent(event)

    def _set_window(self, low: float, high: float) -> None:
        """Show x from `low` to `high`, kept within what there is; all of it ends the zoom."""
        self._window = clamped_window(low, high, *self._full_range())
        self.refresh()


def clamped_window(low: float, high: float, first: float, last: float) -> tuple[float, float] | None:
    """[low, high] moved and cut so that it lies within [first, last]; None where it would be all of it."""
    width = max(high - low, (last - first) * 1e-6)
    if width >= last - first:
        return None
    low = min(max(low, first), last - width)
    return low, low + width


def spread(tops: list[float], row: float, first: float, last: float) -> list[float]:
    """`tops` (ascending) moved as little as needed so that rows do not cover each other, from `first` down to `last`."""
    placed: list[float] = []
    for top in tops:
        placed.append(max(top, placed[-1] + row if placed else first))
    for index in range(len(placed) - 1, -1, -1):
        limit = placed[index + 1] - row if index + 1 < len(placed) else last
        placed[index] = min(placed[index], limit)
    return placed


def _along(x: Floats, log: bool) -> Floats:
    """Where `x` stands along the axis: on a logarithmic one at its power of ten, what is not positive nowhere."""
    return np.log10(np.where(x > 0, x, np.nan)) if log else x


def _powers(axis: Axis) -> Axis:
    """An axis of powers of ten with the numbers themselves as its texts."""
    return replace(axis, texts=tuple(number_text(10.0**tick, 2) for tick in axis.ticks))


def _key(index: int, line: Line) -> str:
    return line.key or f"#{index}"


def _pieces(envelope: Envelope) -> list[tuple[Floats, Floats]]:
    """The envelope as polylines, one between two gaps: through the middle of columns that are flat, else through both extremes."""
    x, low, high = envelope
    known = np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], known, [False])))).tolist()
    pieces: list[tuple[Floats, Floats]] = []
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        part = slice(begin, end)
        flat = low is high or float(np.abs(high[part] - low[part]).max()) < _FLAT
        pieces.append((x[part], (low[part] + high[part]) / 2) if flat else _zigzag(x[part], low[part], high[part]))
    return pieces


def _zigzag(x: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """One polyline through both extremes of each column; the end nearer to the column before comes first."""
    middle = low + high
    upward = np.concatenate((middle[1:] >= middle[:-1], [True])) if len(middle) > 1 else np.array([True])
    y = np.empty(2 * len(x))
    y[0::2] = np.where(upward, low, high)
    y[1::2] = np.where(upward, high, low)
    return np.repeat(x, 2), y
