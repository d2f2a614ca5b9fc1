"""Which wires does a stroke cross? The knife: a line drawn over the canvas, which cuts them all as one step."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from nnstudio.gui.canvas.gestures import Gesture
from nnstudio.gui.canvas.scene import Floats, ints
from nnstudio.gui.theme import theme

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

Point = tuple[float, float]


def crosses(polyline: Floats, a: Point, b: Point) -> bool:
    """Does the piece from `a` to `b` cross or touch the polyline (n × 2)?"""
    start, end = polyline[:-1], polyline[1:]
    first, last = np.array(a), np.array(b)
    sides = _side(first, last, start) * _side(first, last, end)
    ends = _side(start, end, first) * _side(start, end, last)
    apart = (np.maximum(start, end) < np.minimum(first, last)).any(1) | (
        np.minimum(start, end) > np.maximum(first, last)
    ).any(1)
    return bool(((sides <= 0) & (ends <= 0) & ~apart).any())


def _side(a: Floats, b: Floats, points: Floats) -> Floats:
    """On which side of the line from `a` to `b` lies each point: −1, 0, 1."""
    along, to = b - a, points - a
    return np.sign(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])


class Knife(Gesture):
    """The stroke is kept in the plane: what was crossed stays so while the picture scrolls."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: "CanvasView", start: QPointF) -> None:
        super().__init__(view, start)
        self._stroke: list[Point] = [view.camera.to_plane(start.x(), start.y())]
        self.crossed: dict[int, None] = {}  # rows of wires, in the order they were met

    def drag(self) -> None:
        view = self.view
        before, now = self._stroke[-1], view.camera.to_plane(self.at.x(), self.at.y())
        if now == before:
            return
        self._stroke.append(now)
        box = (min(before[0], now[0]), min(before[1], now[1]), max(before[0], now[0]), max(before[1], now[1]))
        for row in ints(view.scene.wires_in(box)):
            if row not in self.crossed and crosses(view.wires.route(row).samples(), before, now):
                self.crossed[row] = None
        view.update()

    def finish(self) -> None:
        scene = self.view.scene
        self.view.update()
        self.view.wiring.cut([scene.wire(row).target for row in self.crossed])

    def cancel(self) -> None:
        self.view.update()

    def paint(self, painter: QPainter) -> None:
        if not self.dragging:
            return
        view = self.view
        for row in self.crossed:
            view.input.hover.paint_wire(painter, row, "wire_invalid")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme.color("bad"), theme.size("stroke_wire"), Qt.PenStyle.DashLine))
        painter.drawPolyline(QPolygonF([QPointF(*view.camera.to_widget(*point)) for point in self._stroke]))
