"""How are wires painted? With care when near (routed around nodes, rounded corners, shapes); as plain lines from arrays when far."""

import math

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from nnstudio.gui.canvas.camera import TITLES_BELOW, Camera, whole_pixels
from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.numpy_draw import Flat, draw_lines, mixed
from nnstudio.gui.canvas.routing import OUT, Route
from nnstudio.gui.canvas.scene import Box, Floats, Rows, Scene, ints
from nnstudio.gui.canvas.wire_labels import Label, Labels, parted
from nnstudio.gui.canvas.wire_routes import Routes
from nnstudio.gui.theme import theme

CORNER = 12.0
SMALLEST_TEXT = 8
CURVE_STEPS = 8
CAREFUL_WIRES = 40  # more than so many under way go straight through nodes, until they are let go

EVERYWHERE: Box = (-math.inf, -math.inf, math.inf, math.inf)
STROKE = 8.0  # half as wide as the widest wire, and more than a letter hangs out of its line


class Wires:
    """The routes of wires, kept until something near them moves."""

    def __init__(self, scene: Scene, looks: Looks) -> None:
        self._scene, self._looks = scene, looks
        self._routes = Routes(scene)
        self._paths: dict[int, tuple[QPainterPath, Box]] = {}
        self._gaps: dict[int, tuple[Label, QPainterPath]] = {}
        sizes = range(theme.text_size("caption"), SMALLEST_TEXT - 1, -1)
        self._labels = Labels(scene, looks, self._routes, sizes, _text_size)
        self.selected: set[int] = set()

    def forget(self) -> None:
        """Nodes moved, came or went."""
        self._routes.forget()
        self._paths.clear()
        self._gaps.clear()
        self._labels.forget()

    # ── routes ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def route(self, row: int) -> Route:
        return self._routes.of(row)

    def path(self, row: int) -> QPainterPath:
        return self._shaped(row)[0]

    def _shaped(self, row: int) -> tuple[QPainterPath, Box]:
        """The wire as Qt paints it, and the box around it."""
        found = self._paths.get(row)
        if found is None:
            way = self.route(row)
            x, y = zip(*way.points, strict=True)
            found = self._paths[row] = (path_of(way), (min(x), min(y), max(x), max(y)))
        return found

    def drawn(self, row: int) -> QPainterPath:
        """The wire without the piece on which its shape stands: whatever is behind it is seen there."""
        label = self._labels.of(row)
        if label is None or not label.gap:
            return self.path(row)
        known = self._gaps.get(row)
        if known is None or known[0] != label:
            ends = parted(self.route(row), label.box)
            path = path_of(ends[0])
            path.addPath(path_of(ends[1]))
            known = self._gaps[row] = (label, path)
        return known[1]

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
        fresh_route = self._routes.fresh if len(rows) <= CAREFUL_WIRES else self._routes.quick
        for row in ints(rows):
            if fresh:
                painter.setPen(self.pen(row, camera, thin=thin))
                painter.drawPath(path_of(fresh_route(row)))
                continue
            path, around = self._shaped(row)
            if _touch(around, box, STROKE):
                painter.setPen(self.pen(row, camera, thin=thin))
                painter.drawPath(self.drawn(row) if camera.zoom >= TITLES_BELOW else path)
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

    def label_box(self, row: int) -> Box | None:
        """Where the shape that a wire carries stands; None: there is none, or no room for it."""
        label = self._labels.of(row)
        return label.box if label is not None else None

    def paint_labels(self, painter: QPainter, camera: Camera, rows: Rows, box: Box = EVERYWHERE) -> None:
        """The shape that each wire carries, where there is room for it and it comes into `box`."""
        painter.setPen(theme.color("wire_label"))
        for row in ints(rows):
            label = self._labels.of(row)
            if label is not None and _touch(label.box, box, STROKE):
                _paint_label(painter, camera, label)

    # ── far ───────────────────────────────────────────────────────────────────────────────────────────────────────────

    def paint_far(self, painter: QPainter, camera: Camera, rows: Rows, *, curves: bool) -> None:
        """One line a wire (curves: CURVE_STEPS of them), wires that go back along a lane; no routes are worked out."""
        if not len(rows):
            return
        ends = np.stack([values.take(rows) for values in self._scene.wire_ends()])
        ends -= np.array([[camera.left], [camera.top]] * 2)
        ends *= camera.zoom
        back = ends[2] < ends[0]
        ahead, behind = ends.take(np.flatnonzero(~back), axis=1), ends.take(np.flatnonzero(back), axis=1)
        found = np.concatenate(
            [_back_lines(behind, OUT * camera.zoom), _curve_lines(ahead) if curves else ahead], axis=1
        )
        if curves:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("wire"), 0.99))
            draw_lines(painter, found.T)
        else:
            Flat(painter).lines(found.T, mixed(theme.color("canvas"), theme.color("wire"), 0.7))


def _paint_label(painter: QPainter, camera: Camera, label: Label) -> None:
    ratio = painter.device().devicePixelRatio()
    left, baseline = camera.to_widget(label.box[0], label.box[3] - 1)
    painter.save()
    painter.translate(whole_pixels(left, ratio), whole_pixels(baseline, ratio))
    painter.scale(camera.zoom, camera.zoom)
    painter.setFont(_font(label.size))
    painter.drawText(QPointF(0, 0), label.text)
    painter.restore()


def _touch(one: Box, other: Box, margin: float) -> bool:
    return (
        one[0] - margin < other[2]
        and one[2] + margin > other[0]
        and one[1] - margin < other[3]
        and one[3] + margin > other[1]
    )


def _font(size: int) -> QFont:
    """For shapes, by pixels."""
    font = QFont(theme.font("mono"))
    font.setPixelSize(size)
    return font


def _text_size(text: str, size: int) -> tuple[float, float]:
    measure = QFontMetricsF(_font(size))
    return measure.horizontalAdvance(text), measure.capHeight() + 2


def _back_lines(ends: Floats, out: float) -> Floats:
    """4 × n."""
    x0, y0, x1, y1 = ends
    lane, right, left = (y0 + y1) / 2, x0 + out, x1 - out
    x, y = np.stack([x0, right, right, left, left, x1]), np.stack([y0, y0, lane, lane, y1, y1])
    return np.stack([x[:-1], y[:-1], x[1:], y[1:]]).reshape(4, -1)


def _curve_lines(ends: Floats) -> Floats:
    """4 × n."""
    x0, y0, x1, y1 = ends
    half = (x1 - x0) / 2
    t = np.linspace(0, 1, CURVE_STEPS + 1)[:, None]
    x = (1 - t) ** 3 * x0 + 3 * (1 - t) * t * (x0 + half) + t**3 * x1
    y = (1 - t) ** 2 * (1 + 2 * t) * y0 + t**2 * (3 - 2 * t) * y1
    return np.stack([x[:-1], y[:-1], x[1:], y[1:]]).reshape(4, -1)


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
