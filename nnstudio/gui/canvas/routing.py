"""Which way does a wire take, and where does its shape stand? Qt-free.

Straight when its ends are level, a smooth curve when the target lies to the right, and else, or when nodes are in the way,
along a free lane between the nodes with rounded corners.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from nnstudio.gui.canvas.scene import LANE_REACH, Box, Floats

OUT = 20.0  # how far a wire goes on before it turns
CLEAR = 14.0  # least distance of a lane to a node
LEVEL = 0.5  # ends that differ less are joined straight
LABEL_GAP = 5.0  # between a wire and the shape above it

Point = tuple[float, float]


class Route(NamedTuple):
    """points: the ends and the corners between them; curve: two ends and two control points instead."""

    points: tuple[Point, ...]
    curve: bool = False

    @property
    def straight(self) -> bool:
        return len(self.points) == 2

    def samples(self, count: int = 24) -> Floats:
        """Points along the route, count × 2 for a curve, the corners else."""
        points = np.array(self.points)
        if not self.curve:
            return points
        t = np.linspace(0, 1, count)[:, None]
        return (
            (1 - t) ** 3 * points[0]
            + 3 * (1 - t) ** 2 * t * points[1]
            + 3 * (1 - t) * t**2 * points[2]
            + t**3 * points[3]
        )

    def distance(self, x: float, y: float) -> float:
        """From a point to the route."""
        points = self.samples()
        a, b = points[:-1], points[1:]
        along = b - a
        length = np.maximum((along**2).sum(1), 1e-9)
        t = np.clip(((np.array([x, y]) - a) * along).sum(1) / length, 0, 1)[:, None]
        return float(np.sqrt((((a + t * along) - (x, y)) ** 2).sum(1).min()))


def route(start: Point, end: Point, obstacles: Floats) -> Route:
    """The way from an output at `start` to an input at `end`. obstacles: n × 4 boxes of the nodes around, the two ends' own included."""
    direct = _direct(start, end)
    if direct is not None and not _blocked(direct, start, end, obstacles):
        return direct
    out, back = start[0] + OUT, end[0] - OUT
    if direct is not None:  # forwards: turn early enough to come in from the left
        out, back = min(out, end[0] - 8), max(back, start[0] + 8)
    lane = _lane(start, end, min(out, back), max(out, back), obstacles)
    return Route((start, (out, start[1]), (out, lane), (back, lane), (back, end[1]), end))


def _direct(start: Point, end: Point) -> Route | None:
    (x0, y0), (x1, y1) = start, end
    if x1 - x0 < 16:
        return None
    if abs(y1 - y0) < LEVEL:
        return Route((start, end))
    if x1 - x0 < 0.16 * abs(y1 - y0):
        return None  # a curve would be a wall: the corners read better
    bend = max(20.0, (x1 - x0) / 2)
    return Route((start, (x0 + bend, y0), (x1 - bend, y1), end), curve=True)


def _blocked(direct: Route, start: Point, end: Point, obstacles: Floats) -> bool:
    if not len(obstacles):
        return False
    points = direct.samples()
    if direct.straight:
        points = np.linspace(start, end, max(2, int((end[0] - start[0]) / 40)))
    inner = points[(points[:, 0] > start[0] + 2) & (points[:, 0] < end[0] - 2)]
    x, y = inner[:, :1], inner[:, 1:]
    left, top, right, bottom = obstacles.T
    return bool(((x > left - 4) & (x < right + 4) & (y > top - 4) & (y < bottom + 4)).any())


def _lane(start: Point, end: Point, left: float, right: float, obstacles: Floats) -> float:
    """The y nearest to halfway at which nothing stands between `left` and `right`."""
    wish = (start[1] + end[1]) / 2
    lowest, highest = min(start[1], end[1]) - LANE_REACH, max(start[1], end[1]) + LANE_REACH
    in_way = obstacles[(obstacles[:, 0] < right) & (obstacles[:, 2] > left)] if len(obstacles) else obstacles
    spans = sorted((float(top) - CLEAR, float(bottom) + CLEAR) for _, top, _, bottom in in_way)
    free: list[tuple[float, float]] = []
    at = lowest
    for top, bottom in spans:
        if top > at:
            free.append((at, min(top, highest)))
        at = max(at, bottom)
    if at < highest:
        free.append((at, highest))
    gaps = [(low, high) for low, high in free if high >= low]
    if not gaps:
        return wish

    # In a gap between two rows the lane runs in the middle; beside the outermost nodes it stays near them.
    def place(low: float, high: float) -> float:
        if low > lowest and high < highest:
            return (low + high) / 2 if high - low < 160 else min(max(wish, low + 24), high - 24)
        return min(max(wish, low + (14 if low > lowest else 0)), high - (14 if high < highest else 0))

    return min((place(low, high) for low, high in gaps), key=lambda y: abs(y - wish))


def label_box(way: Route, width: float, height: float, obstacles: Floats) -> Box | None:
    """Where a text of that size stands: centred above the longest level stretch, clear of nodes; None where there is no room."""
    if way.curve:
        (x, y), level = _middle(way), abs(way.points[0][1] - way.points[3][1]) < 12
        room = way.points[3][0] - way.points[0][0]
        bottom = y - LABEL_GAP if level else y + height / 2
    else:
        level_pieces = [(a, b) for a, b in pairwise(way.points) if abs(a[1] - b[1]) < LEVEL]
        a, b = max(level_pieces, key=lambda piece: abs(piece[1][0] - piece[0][0]))
        room = abs(b[0] - a[0])
        x, bottom = (a[0] + b[0]) / 2, a[1] - LABEL_GAP
    if width > room - 4:
        return None
    box = (x - width / 2, bottom - height, x + width / 2, bottom)
    if len(obstacles):
        left, top, right, low = obstacles.T
        if ((left < box[2]) & (right > box[0]) & (top < box[3]) & (low > box[1])).any():
            return None
    return box


def _middle(way: Route) -> Point:
    x, y = way.samples(3)[1]
    return float(x), float(y)
