"""The painter of a surface: lines of equal height over its colours, and the paths that lead down it, which can be played."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QHideEvent, QImage, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from nnstudio.figures import Contour, Line
from nnstudio.gui.canvas.numpy_draw import draw_polyline
from nnstudio.gui.figures.curves import line_color
from nnstudio.gui.figures.frame import draw_frame, plot_area
from nnstudio.gui.figures.isolines import levels, segments
from nnstudio.gui.figures.matrix import ramp_color, rgb
from nnstudio.gui.figures.painter import Painter, caption_metrics, draw_text, hairline
from nnstudio.gui.figures.ticks import linear_axis, number_text
from nnstudio.gui.theme import theme

Floats = npt.NDArray[np.float64]

LEVELS = 14
FINE = 240  # places along each side that are coloured
PLAY_MS, FRAME_MS = 4000, 33
"""How long the paths take to play, and between two pictures of them."""
_FAR = 1e4  # pixels: farther away Qt's own arithmetic gets slow
_ALPHA = 0.55


class ContourPainter(Painter[Contour]):
    """Click: play the paths from their start."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.shown = 1.0
        """share of each path that is drawn"""
        self._lines: list[Floats] = []
        self._colors = np.zeros((1, 1, 4), np.uint8)
        self._plot = QRectF()
        self._x_axis = self._y_axis = linear_axis(0, 1, 4)
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._advance)

    def show_figure(self, figure: Contour) -> None:
        values = np.asarray(figure.values, np.float64)
        heights = levels(values, LEVELS, log=figure.log)
        self._lines = [segments(values, float(height)) for height in heights]
        self._colors = _colors(_finer(values), heights)
        self._timer.stop()
        self.shown = 1.0
        super().show_figure(figure)

    # ── playing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def play(self) -> None:
        """Let the paths grow from their start."""
        if self.figure is not None and self.figure.paths:
            self.shown = 0.0
            self._timer.start()
            self.refresh()

    def _advance(self) -> None:
        self.shown = min(1.0, self.shown + FRAME_MS / PLAY_MS)
        if self.shown >= 1.0:
            self._timer.stop()
        self.refresh()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.play()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        self.shown = 1.0

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def draw(self, painter: QPainter) -> None:
        figure = self.figure
        assert figure is not None
        self._lay_out(figure)
        draw_frame(painter, self._plot, self._x_axis, self._y_axis, figure.x_label, figure.y_label)
        painter.save()
        painter.setClipRect(self._plot)
        self._draw_surface(painter)
        for path in figure.paths:
            self._draw_path(painter, path)
        self._draw_marks(painter, figure)
        painter.restore()
        self._draw_names(painter, figure)

    def _lay_out(self, figure: Contour) -> None:
        whole = QRectF(self.rect())
        x0, x1, y0, y1 = figure.extent
        self._x_axis = linear_axis(x0, x1, max(2, round(whole.width() / 76)), tight=True)
        self._y_axis = linear_axis(y0, y1, max(2, round(whole.height() / 52)), tight=True)
        metrics = caption_metrics()
        names = max((metrics.horizontalAdvance(path.label) for path in figure.paths), default=0)
        room = min(names + theme.size("space_l"), whole.width() * 0.3) if names else 0.0
        self._plot = plot_area(whole, self._y_axis, room)

    def _place(self, x: Floats, y: Floats) -> Floats:
        """Pixels of places in the plane: n × 2."""
        across = self._x_axis.place(x, self._plot.left(), self._plot.right())
        down = self._y_axis.place(y, self._plot.bottom(), self._plot.top())
        return np.clip(np.column_stack((across, down)), -_FAR, _FAR)

    def _draw_surface(self, painter: QPainter) -> None:
        colors = self._colors
        height, width = colors.shape[:2]
        image = QImage(colors.data, width, height, width * 4, QImage.Format.Format_RGBA8888)
        cell = QRectF(self._plot)
        half = (cell.width() / max(1, width - 1) / 2, cell.height() / max(1, height - 1) / 2)
        painter.drawImage(cell.adjusted(-half[0], -half[1], half[0], half[1]), image)
        pen = hairline("chart_axis")
        color = pen.color()
        color.setAlphaF(_ALPHA)
        pen.setColor(color)
        painter.setPen(pen)
        assert self.figure is not None
        rows, columns = np.shape(self.figure.values)
        step = (self._plot.width() / (columns - 1), self._plot.height() / (rows - 1))
        left, bottom = self._plot.left(), self._plot.bottom()
        for pieces in self._lines:
            placed = pieces * np.array([step[0], -step[1]] * 2) + np.array([left, bottom] * 2)
            painter.drawLines([QLineF(*piece) for piece in placed.tolist()])

    def _draw_path(self, painter: QPainter, path: Line) -> None:
        x, y = np.asarray(path.x, np.float64), np.asarray(path.y, np.float64)
        known = np.isfinite(x) & np.isfinite(y)
        count = int(known.argmin()) if not known.all() else len(x)
        placed = self._place(x[:count], y[:count])[: max(1, round(self.shown * count))]
        if not len(placed):
            return
        painter.setPen(QPen(line_color(path), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if len(placed) > 1:
            draw_polyline(painter, placed)
        painter.setPen(QPen(theme.color("raised"), theme.size("stroke_hairline")))
        painter.setBrush(line_color(path))
        if len(placed) <= 200:
            for spot in placed[:-1].tolist():
                painter.drawEllipse(QPointF(*spot), 1.8, 1.8)
        painter.drawEllipse(QPointF(*placed[-1].tolist()), 4.5, 4.5)

    def _draw_marks(self, painter: QPainter, figure: Contour) -> None:
        painter.setFont(theme.font("caption"))
        for x, y, text in figure.marks:
            at = self._place(np.array([x]), np.array([y]))[0].tolist()
            painter.setPen(QPen(theme.color("text"), theme.size("stroke_ring")))
            painter.drawLine(QLineF(at[0] - 4, at[1], at[0] + 4, at[1]))
            painter.drawLine(QLineF(at[0], at[1] - 4, at[0], at[1] + 4))
            place = QRectF(at[0] + theme.size("space_xs"), at[1], self._plot.width(), caption_metrics().height())
            draw_text(painter, place, text, Qt.AlignmentFlag.AlignLeft, "text")

    def _draw_names(self, painter: QPainter, figure: Contour) -> None:
        """The paths' names at the right, in their colours."""
        painter.setFont(theme.font("caption"))
        row = caption_metrics().height()
        left = self._plot.right() + theme.size("space_s")
        for index, path in enumerate(path for path in figure.paths if path.label):
            painter.setPen(line_color(path))
            place = QRectF(left, self._plot.top() + index * row, self.width() - left, row)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), path.label)

    # ── under the pointer ─────────────────────────────────────────────────────────────────────────────────────────────

    def words_at(self, at: QPointF) -> str:
        if self.figure is None or not self._plot.contains(at):
            return ""
        height, width = np.shape(self.figure.values)
        across = (at.x() - self._plot.left()) / self._plot.width()
        up = (self._plot.bottom() - at.y()) / self._plot.height()
        value = float(self.figure.values[round(up * (height - 1)), round(across * (width - 1))])  # type: ignore[arg-type]
        x = self._x_axis.value_at(at.x(), self._plot.left(), self._plot.right())
        y = self._y_axis.value_at(at.y(), self._plot.bottom(), self._plot.top())
        return f"({number_text(x)}, {number_text(y)}): {number_text(value, 4)}"


def _finer(values: Floats) -> Floats:
    """A coarse lattice with more places between its own, along straight lines, so that colours end where the lines are."""
    for axis in (0, 1):
        count = values.shape[axis]
        if count < FINE:
            place: Floats = np.linspace(0.0, float(count - 1), FINE)
            below = np.minimum(place.astype(int), count - 2)
            share = np.expand_dims(place - below, 1 - axis)
            values = np.take(values, below, axis) * (1 - share) + np.take(values, below + 1, axis) * share
    return values


def _colors(values: Floats, heights: Floats) -> npt.NDArray[np.uint8]:
    """RGBA, the first row at the top: one colour between each two lines; nothing where the height is not finite."""
    stops = theme.ramp("sequential")
    count = len(heights) + 1
    table = np.array([[*rgb(ramp_color(stops, index / max(1, count - 1))), _ALPHA] for index in range(count)]) * 255
    upright = values[::-1]
    bands = np.searchsorted(heights, np.nan_to_num(upright))
    colors = table.astype(np.uint8)[np.clip(bands, 0, count - 1)]
    colors[~np.isfinite(upright)] = 0
    return np.ascontiguousarray(colors)
