"""How is it shown that nodes share their weights? By a dashed tie from one to the other, with the sign of a link in its middle."""

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.camera import TITLES_BELOW, Camera
from nnstudio.gui.canvas.numpy_draw import draw_lines
from nnstudio.gui.canvas.routing import Route
from nnstudio.gui.canvas.scene import Box, Floats, Rows, Scene, ints
from nnstudio.gui.theme import theme

SAG = 36.0  # how far a tie hangs below the lower of its nodes
ASIDE = 72.0  # how far it leans out beside nodes that stand above each other …
FURTHER = 0.1  # … and by so much of its height, up to as much again: ties from one node do not run on each other
FROM_CORNER = 0.2  # of a card's height: there it begins at the side, away from the ports
SIGN = 18  # the link's ground, from side to side
DASH, GAP = 4.0, 3.0  # in widths of the line
STEP = 8.0  # between the points on which dashes are measured


def ties(scene: Scene) -> list[tuple[int, int]]:
    """(row that uses the weights, row that they belong to), where both are on show."""
    return [
        (row, scene.row[owner])
        for row, owner in scene.sharing.items()
        if owner in scene.row and scene.row[owner] != row
    ]


def paint_ties(painter: QPainter, scene: Scene, camera: Camera, box: Box, *, hidden: Rows, fresh: bool = False) -> None:
    """Those that touch `box` and are not at nodes under way (`hidden`); fresh: those at nodes under way."""
    if not scene.sharing:
        return
    under_way = set(ints(hidden))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(camera.zoom, camera.zoom)
    painter.translate(-camera.left, -camera.top)
    for user, owner in ties(scene):
        if (user in under_way or owner in under_way) == fresh:
            _paint(painter, tie(scene, user, owner), camera, box)
    painter.restore()


def tie(scene: Scene, user: int, owner: int) -> Route:
    """Hanging from the one to the other; beside nodes that stand above each other."""
    upper, lower = sorted((scene.box(user), scene.box(owner)), key=lambda box: box[1])
    if upper[3] <= lower[1] and upper[0] < lower[2] and lower[0] < upper[2]:
        y0 = upper[3] - FROM_CORNER * (upper[3] - upper[1])
        y1 = lower[1] + FROM_CORNER * (lower[3] - lower[1])
        out = max(upper[2], lower[2]) + ASIDE + min(FURTHER * (y1 - y0), ASIDE)
        return Route(((upper[2], y0), (out, y0), (out, y1), (lower[2], y1)), curve=True)
    (x0, y0), (x1, y1) = (((box[0] + box[2]) / 2, box[3]) for box in (upper, lower))
    low = max(y0, y1) + SAG + SAG / 3
    return Route(((x0, y0), (x0, low), (x1, low), (x1, y1)), curve=True)


def around_ties(scene: Scene, rows: Rows) -> Iterator[Box]:
    """The boxes around the ties at these nodes."""
    asked = set(ints(rows)) if scene.sharing else set[int]()
    return (_around(tie(scene, *pair)) for pair in ties(scene) if asked.intersection(pair))


def _around(way: Route) -> Box:
    """A curve lies within its four points."""
    x, y = zip(*way.points, strict=True)
    return min(x) - SIGN, min(y) - SIGN, max(x) + SIGN, max(y) + SIGN


def dashes(way: Route, width: float) -> Floats:
    """n × 4: the pieces of a dashed line along a curve. Qt's own dashes begin anew wherever the line is clipped, and so do not join."""
    points, along = _measured(way)
    starts = np.arange(0.0, along[-1], (DASH + GAP) * width)
    ends = np.minimum(starts + DASH * width, along[-1])
    return np.concatenate([_at(points, along, starts), _at(points, along, ends)], axis=1)


def _measured(way: Route) -> tuple[Floats, Floats]:
    """Points on a curve, and how far along it each is."""
    corners = np.array(way.points)
    longest = float(np.hypot(*np.diff(corners, axis=0).T).sum())
    points = way.samples(2 + int(longest / STEP))
    along = np.cumsum(np.hypot(*np.diff(points, axis=0).T))
    return points, np.concatenate([[0.0], along])


def _at(points: Floats, along: Floats, where: Floats) -> Floats:
    return np.stack([np.interp(where, along, points[:, axis]) for axis in (0, 1)], axis=1)


def _paint(painter: QPainter, way: Route, camera: Camera, box: Box) -> None:
    left, top, right, bottom = _around(way)
    if right < box[0] or left > box[2] or bottom < box[1] or top > box[3]:
        return
    width = max(1.25, 1 / camera.zoom)
    painter.setPen(QPen(theme.color("wire_label"), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    draw_lines(painter, dashes(way, width))
    if camera.zoom < TITLES_BELOW:
        return
    points, along = _measured(way)
    middle = QPointF(*_at(points, along, along[-1:] / 2)[0].tolist())
    painter.setPen(QPen(theme.color("wire_label"), 1))
    painter.setBrush(theme.color("canvas"))
    painter.drawEllipse(middle, SIGN / 2, SIGN / 2)
    side = theme.size("icon_size") - 4
    scale = camera.zoom * painter.device().devicePixelRatio()
    painter.drawPixmap(middle - QPointF(side / 2, side / 2), theme.pixmap("link", "text", side, scale))
