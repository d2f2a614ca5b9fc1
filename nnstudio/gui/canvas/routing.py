"""Which way does a wire take, and where does its shape stand? Qt-free.

Straight when its ends are level, a smooth curve (or a step, when it is nearly level) when the target lies to the right, and else,
or when nodes are in the way, along a free lane between the nodes with rounded corners.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from nnstudio.gui.canvas.scene import LANE_REACH, Box, Floats

OUT = 20.0  # how far a wire goes on before it turns
CLEAR = 12.0  # least distance of a lane to a node
ROWS_APART = 160.0  # rows further apart have no lane between them
SLIGHT = 0.12  # a target so little aside is reached by a level wire with a step: a long slant looks like an error
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
    for way in _direct(start, end):
        if not _blocked(way, start, end, obstacles):
            return way
    out, back = start[0] + OUT, end[0] - OUT
    if 16 <= end[0] - start[0] < 2 * OUT:  # little room between them: turn half way
        out = back = (start[0] + end[0]) / 2
    lane = _lane(start, end, min(out, back), max(out, back), obstacles)
    return Route((start, (out, start[1]), (out, lane), (back, lane), (back, end[1]), end))


def _direct(start: Point, end: Point) -> list[Route]:
    """The short ways forward, the best first: straight; level with one step; a curve."""
    (x0, y0), (x1, y1) = start, end
    ahead, aside = x1 - x0, abs(y1 - y0)
    if ahead < 16:
        return []
    if aside < LEVEL:
        return [Route((start, end))]
    bend = min(max(20.0, ahead / 2), ahead)  # no further, or it would turn back
    ways = [Route((start, (x0 + bend, y0), (x1 - bend, y1), end), curve=True)] if ahead > 0.16 * aside else []
    steps = [Route((start, (x, y0), (x, y1), end)) for x in (x1 - OUT, x0 + OUT)] if ahead >= 2 * OUT else []
    return [*steps, *ways] if aside < SLIGHT * ahead and ahead > 3 * OUT else [*ways, *steps]


def _blocked(way: Route, start: Point, end: Point, obstacles: Floats) -> bool:
    """Does it cross a node, the short pieces beside its own ends left out?"""
    if not len(obstacles):
        return False
    points = way.samples(2 * _pieces(start, end))
    if not way.curve:
        points = np.concatenate([np.linspace(a, b, _pieces(a, b)) for a, b in pairwise(way.points)])
    inner = points[(points[:, 0] > start[0] + 6) & (points[:, 0] < end[0] - 6)]
    x, y = inner[:, 0], inner[:, 1]
    left, top, right, bottom = (obstacles[:, side] for side in range(4))
    if end[1] < start[1]:
        y, top, bottom = -y, -bottom, -top
    # Neither x nor y ever turns back: which points lie beside a node, and which level with it, are two runs of them.
    first = np.maximum(np.searchsorted(x, left - 4, "right"), np.searchsorted(y, top - 4, "right"))
    last = np.minimum(np.searchsorted(x, right + 4, "left"), np.searchsorted(y, bottom + 4, "left"))
    return bool((first < last).any())


def _pieces(a: Point, b: Point) -> int:
    return 2 + int((abs(b[0] - a[0]) + abs(b[1] - a[1])) / 40)


def _lane(start: Point, end: Point, left: float, right: float, obstacles: Floats) -> float:
    """The y nearest to halfway at which nothing stands between `left` and `right`."""
    wish = (start[1] + end[1]) / 2
    lowest, highest = min(start[1], end[1]) - LANE_REACH, max(start[1], end[1]) + LANE_REACH
    in_way = obstacles[(obstacles[:, 0] < right) & (obstacles[:, 2] > left)] if len(obstacles) else obstacles
    in_way = in_way[np.argsort(in_way[:, 1])]
    tops, bottoms = in_way[:, 1] - CLEAR, in_way[:, 3] + CLEAR
    taken = np.maximum.accumulate(np.concatenate([[lowest], bottoms]))  # down to where, by what begins before each
    free = [(float(taken[i]), min(float(tops[i]), highest)) for i in np.flatnonzero(tops > taken[:-1])]
    at = float(taken[-1])
    if at < highest:
        free.append((at, highest))
    gaps = [(low, high) for low, high in free if high >= low]
    if not gaps:
        return wish

    def place(low: float, high: float) -> float:
        if low <= wish <= high and low > lowest and high < highest and high - low < ROWS_APART:
            return (low + high) / 2  # between two rows: half way
        return min(max(wish, low + CLEAR if low > lowest else low), high - CLEAR if high < highest else high)

    return min((place(low, high) for low, high in gaps), key=lambda y: abs(y - wish))


def label_box(way: Route, width: float, height: float, obstacles: Floats) -> Box | None:
    """Where a text of that size stands: centred above the longest level stretch, clear of nodes; None where there is no room."""
    if way.curve:
        (x, y), level = _middle(way), abs(way.points[0][1] - way.points[3][1]) < 12
        room = (way.points[3][0] - way.points[0][0]) * (1.0 if level else 0.6)  # most of a slope stays in sight
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
