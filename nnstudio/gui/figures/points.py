"""The painter of points in the plane, over the field that a network has divided it into."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from nnstudio.figures import Points
from nnstudio.gui.figures.frame import draw_frame, plot_area
from nnstudio.gui.figures.matrix import ramp_color, rgb
from nnstudio.gui.figures.painter import Painter
from nnstudio.gui.figures.ticks import Axis, linear_axis, number_text
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

Floats = npt.NDArray[np.float64]
_NEAR = 8.0  # pixels
_FIELD_ALPHA = 0.26
_MOST = 4000  # more points than that hide each other: every n-th is drawn


def field_pixels(field: npt.NDArray[np.generic]) -> npt.NDArray[np.uint8]:
    """A field as RGBA, its first row at the top: whole numbers are classes (one colour each), floats go along a ramp."""
    upright = field[::-1]
    if np.issubdtype(upright.dtype, np.integer) or upright.dtype == np.bool_:
        classes = upright.astype(np.int64)
        count = int(classes.max()) + 1 if classes.size else 1
        table = np.array([[*rgb(theme.series(index)), _FIELD_ALPHA] for index in range(count)]) * 255
        return np.ascontiguousarray(table.astype(np.uint8)[np.clip(classes, 0, count - 1)])
    known = upright.astype(np.float64)
    finite = known[np.isfinite(known)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    stops = theme.ramp("diverging")
    table = np.array([[*rgb(ramp_color(stops, index / 255)), 1.0] for index in range(256)]) * 255
    shares = np.nan_to_num((known - low) / ((high - low) or 1.0))
    return np.ascontiguousarray(table.astype(np.uint8)[np.clip(shares * 255, 0, 255).astype(int)])


class PointsPainter(Painter[Points]):
    """Points by class over a decision field, or any scatter."""

    _plot = QRectF()
    _x_axis: Axis = linear_axis(0, 1, 4)
    _y_axis: Axis = linear_axis(0, 1, 4)
    _places: Floats = np.empty((0, 2))

    def draw(self, painter: QPainter) -> None:
        figure = self.figure
        assert figure is not None
        self._lay_out(figure)
        draw_frame(painter, self._plot, self._x_axis, self._y_axis, figure.x_label, figure.y_label)
        painter.save()
        painter.setClipRect(self._plot)
        if figure.field is not None and figure.field.size:
            self._draw_field(painter, figure.field, figure.extent)
        self._draw_points(painter, figure)
        painter.restore()

    def _lay_out(self, figure: Points) -> None:
        whole = QRectF(self.rect())
        x, y = np.asarray(figure.x, np.float64), np.asarray(figure.y, np.float64)
        if figure.field is not None:
            x0, x1, y0, y1 = figure.extent
            self._x_axis = linear_axis(x0, x1, max(2, round(whole.width() / 76)), tight=True)
            self._y_axis = linear_axis(y0, y1, max(2, round(whole.height() / 52)), tight=True)
        else:
            self._x_axis = linear_axis(*_extremes(x), max(2, round(whole.width() / 76)))
            self._y_axis = linear_axis(*_extremes(y), max(2, round(whole.height() / 52)))
        self._plot = plot_area(whole, self._y_axis)
        self._places = np.column_stack(
            (
                self._x_axis.place(x, self._plot.left(), self._plot.right()),
                self._y_axis.place(y, self._plot.bottom(), self._plot.top()),
            )
        )

    def _draw_field(
        self, painter: QPainter, field: npt.NDArray[np.generic], extent: tuple[float, float, float, float]
    ) -> None:
        pixels = field_pixels(field)
        image = QImage(
            pixels.data, pixels.shape[1], pixels.shape[0], pixels.shape[1] * 4, QImage.Format.Format_RGBA8888
        )
        x0, x1, y0, y1 = extent
        left, right = (self._x_axis.place_one(x, self._plot.left(), self._plot.right()) for x in (x0, x1))
        bottom, top = (self._y_axis.place_one(y, self._plot.bottom(), self._plot.top()) for y in (y0, y1))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(QPointF(left, top), QPointF(right, bottom)), image)

    def _draw_points(self, painter: QPainter, figure: Points) -> None:
        every = max(1, -(-len(self._places) // _MOST))
        radius = 3.0 if len(self._places) < 600 else 2.0
        groups = (
            np.zeros(len(self._places), np.int64)
            if figure.groups is None
            else np.asarray(figure.groups).astype(np.int64)
        )
        edge = QPen(theme.color("raised"), theme.size("stroke_hairline"))
        for group in np.unique(groups):
            painter.setPen(edge)
            painter.setBrush(self._color(int(group)))
            for x, y in self._places[groups == group][::every].tolist():
                if x == x and y == y:
                    painter.drawEllipse(QPointF(x, y), radius, radius)

    def _color(self, group: int) -> QColor:
        return theme.series(group)

    def _near(self, at: QPointF) -> int | None:
        if not len(self._places):
            return None
        distance = np.nan_to_num(np.hypot(self._places[:, 0] - at.x(), self._places[:, 1] - at.y()), nan=np.inf)
        index = int(distance.argmin())
        return index if distance[index] <= _NEAR else None

    def words_at(self, at: QPointF) -> str:
        index = self._near(at)
        figure = self.figure
        if index is None or figure is None:
            return ""
        name = ""
        if figure.groups is not None:
            group = int(figure.groups[index])
            name = (figure.names[group] if group < len(figure.names) else tr("class {number}", number=group)) + "\n"
        x, y = figure.x_label or "x", figure.y_label or "y"
        return f"{name}{x} {number_text(float(figure.x[index]))}\n{y} {number_text(float(figure.y[index]))}"

    def draw_over(self, painter: QPainter) -> None:
        assert self.pointer is not None
        index = self._near(self.pointer)
        if index is not None:
            painter.setPen(QPen(theme.color("text"), theme.size("stroke_ring")))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(*self._places[index].tolist()), 5, 5)


def _extremes(values: Floats) -> tuple[float, float]:
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
