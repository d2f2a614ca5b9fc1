"""Rectangles, lines and points handed to a QPainter straight from NumPy memory: 0.2 µs each instead of 2."""

import ctypes
from typing import cast

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPolygonF
from shiboken6 import Shiboken

Floats = npt.NDArray[np.float64]


def draw_rects(painter: QPainter, rects: Floats) -> None:
    """rects: n × 4 (x, y, width, height)."""
    memory = np.ascontiguousarray(rects, np.float64)  # QRectF is four doubles; `memory` must outlive the call
    if len(memory):
        painter.drawRects(cast(QRectF, Shiboken.wrapInstance(memory.ctypes.data, QRectF)), len(memory))


def draw_lines(painter: QPainter, lines: Floats) -> None:
    """lines: n × 4 (x1, y1, x2, y2)."""
    memory = np.ascontiguousarray(lines, np.float64)
    if len(memory):
        painter.drawLines(cast(QLineF, Shiboken.wrapInstance(memory.ctypes.data, QLineF)), len(memory))


def draw_points(painter: QPainter, points: Floats) -> None:
    """points: n × 2 (x, y)."""
    memory = np.ascontiguousarray(points, np.float64)
    if len(memory):
        painter.drawPoints(cast(QPointF, Shiboken.wrapInstance(memory.ctypes.data, QPointF)), len(memory))


def draw_polyline(painter: QPainter, points: Floats) -> None:
    """points: n × 2 (x, y), joined one to the next."""
    memory = np.ascontiguousarray(points, np.float64)
    if len(memory):
        polygon = QPolygonF()
        polygon.resize(len(memory))
        first = Shiboken.getCppPointer(polygon.data())[0]
        ctypes.memmove(first, memory.ctypes.data, memory.nbytes)
        painter.drawPolyline(polygon)


def mixed(ground: QColor, color: QColor, share: float) -> QColor:
    """`color` over `ground`, as if it were translucent: Qt paints opaque lines ten times faster."""
    parts = ((ground.red(), color.red()), (ground.green(), color.green()), (ground.blue(), color.blue()))
    return QColor(*(round(under + (over - under) * share) for under, over in parts))
