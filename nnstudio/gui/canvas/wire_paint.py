"""How are wires painted? With care when near (routed around nodes, rounded corners, shapes); as plain lines from arrays when far."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from nnstudio.gui.canvas.camera import Camera, whole_pixels
from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.numpy_draw import Flat, draw_lines, mixed
from nnstudio.gui.canvas.routing import OUT, Route, label_box, route
from nnstudio.gui.canvas.scene import LANE_REACH, WIRE_MARGIN, Box, Floats, Rows, Scene, ints
from nnstudio.gui.theme import theme

CORNER = 12.0
SMALLEST_TEXT = 8
CURVE_STEPS = 8
CAREFUL_WIRES = 40  # more than so many under way go straight through nodes, until they are let go
NO_OBSTACLES: Floats = np.zeros((0, 4))


EVERYWHERE: Box = (-math.inf, -math.inf, math.inf, math.inf)
STROKE = 8.0  # half as wide as the widest wire, and more than a letter hangs out of its line


class Label(NamedTuple):
    """A text at a wire, and where it stands; box None: there is no room for it."""

    text: str
    size: int = 0
    box: Box | None = None


class Wires:
    """The routes of wires, kept until something near them moves."""

    def __init__(self, scene: Scene, looks: Looks) -> None:
        self._scene, self._looks = scene, looks
        self._routes: dict[int, tuple[Route, QPainterPath, Box]] = {}
        self._labels: dict[int, Label] = {}
        self.selected: set[int] = set()

    def forget(self) -> None:
        """Nodes moved, came or went."""
        self._routes.clear()
        self._labels.clear()

    # ── routes ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def route(self, row: int) -> Route:
        return self._routed(row)[0]

    def path(self, row: int) -> QPainterPath:
        return self._routed(row)[1]

    def _routed(self, row: int) -> tuple[Route, QPainterPath, Box]:
        found = self._routes.get(row)
        if found is None:
            way = self.fresh_route(row)
            x, y = zip(*way.points, strict=True)
            found = self._routes[row] = (way, path_of(way), (min(x), min(y), max(x), max(y)))
        return found

    def fresh_route(self, row: int) -> Route:
        """The route as things stand at this moment, not kept: for wires of nodes under way."""
        x0, y0, x1, y1 = (float(ends[row]) for ends in self._scene.wire_ends())
        return route((x0, y0), (x1, y1), self._obstacles(x0, y0, x1, y1))

    def _quick_route(self, row: int) -> Route:
        """As if nothing stood in the way."""
        x0, y0, x1, y1 = (float(ends[row]) for ends in self._scene.wire_ends())
        return route((x0, y0), (x1, y1), NO_OBSTACLES)

    def _obstacles(self, x0: float, y0: float, x1: float, y1: float) -> Floats:
        scene = self._scene
        near = 0.0 if y0 == y1 and 0 < x1 - x0 < scene.width else LANE_REACH
        box = (min(x0, x1) - WIRE_MARGIN, min(y0, y1) - near, max(x0, x1) + WIRE_MARGIN, max(y0, y1) + near)
        rows = scene.near(box)
        left, top = scene.x[rows], scene.y[rows]
        return np.stack([left, top, left + scene.widths[rows], top + scene.heights[rows]], axis=1)

    def at(self, x: float, y: float, reach: float) -> int | None:
        """The wire within `reach` of a point."""
        best, found = reach, None
        for row in ints(self._scene.wires_in((x - reach, y - reach, x + reach, y + reach))):
            distance = self.route(row).distance(x, y)
            if distance <= best:
                best, found = distance, row
        return found

    # ── near ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def paint(
        self,
        painter: QPainter,
        camera: Camera,
        rows: Rows,
        *,
        thin: bool,
        fresh: bool = False,
        box: Box = EVERYWHERE,
    ) -> None:
        """Paths along their routes, as far as they come into `box`. thin: at most a pixel wide, which Qt paints seven times faster."""
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.scale(camera.zoom, camera.zoom)
        painter.translate(-camera.left, -camera.top)
        fresh_route = self.fresh_route if len(rows) <= CAREFUL_WIRES else self._quick_route
        for row in ints(rows):
            if fresh:
                painter.setPen(self.pen(row, camera, thin=thin))
                painter.drawPath(path_of(fresh_route(row)))
                continue
            _, path, around = self._routed(row)
            if _touch(around, box, STROKE):
                painter.setPen(self.pen(row, camera, thin=thin))
                painter.drawPath(path)
        painter.restore()

    def pen(self, row: int, camera: Camera, *, thin: bool) -> QPen:
        style = self._looks.values.style(self._scene.wire(row).target.node) if row not in self.selected else None
        color, wide = style or (self._color(row), 1.0 if row not in self.selected else 1.5)
        pen = QPen(color, max(theme.size("stroke_wire") * wide, 1 / camera.zoom))
        if thin:
            pen = QPen(self._color(row), 0.99)
            pen.setCosmetic(True)
        return pen

    def _color(self, row: int) -> QColor:
        if row in self.selected:
            return theme.color("wire_selected")
        target = self._scene.wire(row).target
        bad = (target.node, target.port) in self._looks.bad_slots
        return theme.color("wire_invalid" if bad else "wire")

    def paint_labels(self, painter: QPainter, camera: Camera, rows: Rows, box: Box = EVERYWHERE) -> None:
        """The shape that each wire carries, where there is room for it and it comes into `box`."""
        painter.setPen(theme.color("wire_label"))
        fonts = _fonts()
        for row in ints(rows):
            text = self._looks.wire_text(row)
            if not text:
                continue
            label = self._labels.get(row)
            if label is None or label.text != text:
                label = self._labels[row] = self._placed(text, self.route(row), fonts)
            if label.box is not None and _touch(label.box, box, STROKE):
                self._paint_label(painter, camera, text, fonts[label.size], label.box, self.route(row))

    def _placed(self, text: str, way: Route, fonts: Mapping[int, QFont]) -> Label:
        """As large as there is room for."""
        obstacles = self._obstacles(*way.points[0], *way.points[-1])
        for size, font in fonts.items():
            measure = QFontMetricsF(font)
            box = label_box(way, measure.horizontalAdvance(text), measure.capHeight() + 2, obstacles)
            if box is not None:
                return Label(text, size, box)
        return Label(text)

    def _paint_label(self, painter: QPainter, camera: Camera, text: str, font: QFont, box: Box, way: Route) -> None:
        ratio = painter.device().devicePixelRatio()
        left, baseline = camera.to_widget(box[0], box[3] - 1)
        painter.save()
        painter.translate(whole_pixels(left, ratio), whole_pixels(baseline, ratio))
        painter.scale(camera.zoom, camera.zoom)
        if way.curve and box[1] < way.samples(3)[1][1] < box[3]:  # it stands on the curve, not above it
            area = QRectF(0, box[1] - box[3] + 1, box[2] - box[0], box[3] - box[1])
            painter.fillRect(area.adjusted(-3, -2, 3, 2), theme.color("canvas"))
        painter.setFont(font)
        painter.drawText(QPointF(0, 0), text)
        painter.restore()

    # ── far ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def paint_far(self, painter: QPainter, camera: Camera, rows: Rows, *, curves: bool) -> None:
        """One line a wire (curves: CURVE_STEPS of them), wires that go back along a lane; no routes are worked out."""
        if not len(rows):
            return
        x0, y0, x1, y1 = (ends[rows] for ends in self._scene.wire_ends())
        x0, x1 = (x0 - camera.left) * camera.zoom, (x1 - camera.left) * camera.zoom
        y0, y1 = (y0 - camera.top) * camera.zoom, (y1 - camera.top) * camera.zoom
        back = x1 < x0
        lines = [_back_lines(x0[back], y0[back], x1[back], y1[back], OUT * camera.zoom)]
        ahead = np.stack([x0, y0, x1, y1], axis=1)[~back]
        lines.append(_curve_lines(ahead) if curves else ahead)
        if curves:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("wire"), 0.99))
            draw_lines(painter, np.concatenate(lines))
        else:
            Flat(painter).lines(np.concatenate(lines), mixed(theme.color("canvas"), theme.color("wire"), 0.7))


def _touch(one: Box, other: Box, margin: float) -> bool:
    return (
        one[0] - margin < other[2]
        and one[2] + margin > other[0]
        and one[1] - margin < other[3]
        and one[3] + margin > other[1]
    )


def _fonts() -> dict[int, QFont]:
    """For shapes, the largest first, by pixels."""
    fonts: dict[int, QFont] = {}
    for size in range(theme.text_size("caption"), SMALLEST_TEXT - 1, -1):
        fonts[size] = QFont(theme.font("mono"))
        fonts[size].setPixelSize(size)
    return fonts


def _back_lines(x0: Floats, y0: Floats, x1: Floats, y1: Floats, out: float) -> Floats:
    lane = (y0 + y1) / 2
    right, left = x0 + out, x1 - out
    corners = [(x0, y0, right, y0), (right, y0, right, lane), (right, lane, left, lane)]
    corners += [(left, lane, left, y1), (left, y1, x1, y1)]
    return np.concatenate([np.stack(line, axis=1) for line in corners])


def _curve_lines(ends: Floats) -> Floats:
    x0, y0, x1, y1 = ends.T
    half = (x1 - x0) / 2
    t = np.linspace(0, 1, CURVE_STEPS + 1)[:, None]
    x = (1 - t) ** 3 * x0 + 3 * (1 - t) * t * (x0 + half) + t**3 * x1
    y = (1 - t) ** 2 * (1 + 2 * t) * y0 + t**2 * (3 - 2 * t) * y1
    return np.stack([x[:-1], y[:-1], x[1:], y[1:]], axis=2).reshape(-1, 4)


def path_of(way: Route) -> QPainterPath:
    """The route as Qt paints it, corners rounded."""
    points = [QPointF(*point) for point in way.points]
    path = QPainterPath(points[0])
    if way.curve:
        path.cubicTo(*points[1:])
        return path
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        path.lineTo(_towards(corner, before))
        path.quadTo(corner, _towards(corner, after))
    path.lineTo(points[-1])
    return path


def _towards(corner: QPointF, other: QPointF) -> QPointF:
    """The point where the rounding begins: CORNER away, at most half the way."""
    step = other - corner
    length = max(1e-6, abs(step.x()) + abs(step.y()))
    return corner + step * min(CORNER / length, 0.5)
