"""Which way does a wire take, if it is the only one? Qt-free.

Straight when its ends are level, a smooth curve (or a step, when it is nearly level) when the target lies to the right, and else,
or when nodes are in the way, along a free lane between the nodes with rounded corners.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from nnstudio.gui.canvas.detour import detour
from nnstudio.gui.canvas.plane import LANE_REACH, WIRE_MARGIN, Floats

OUT = 20.0  # how far a wire goes on before it turns
CLEAR = 12.0  # least distance of a lane to a node
ROWS_APART = 160.0  # rows further apart have no lane between them
NEXT_ROW = 80.0  # a wire back turns beside the row where it begins: with others of its source, and beyond those of the rows between
SLIGHT = 0.12  # a target so little aside is reached by a level wire with a step: a long slant looks like an error
STEEP = 0.25  # a curve that is steeper is nearly an upright line, and would run on others
LEVEL = 0.5  # ends that differ less are joined straight
NEXT_TO = 8.0  # a lane that had to be moved comes no nearer to a node
MOST_AROUND = 200  # a wire across so many nodes is led through them: looking for a way would take longer than a frame
OFF = 6.0  # so far from its ends a wire may not hit a node any more: its own stand there

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
        return self.at(np.linspace(0, 1, count))

    def at(self, t: Floats) -> Floats:
        """The points of a curve at these shares of it."""
        (a, b, c, d), t = np.array(self.points), t[:, None]
        return (1 - t) ** 3 * a + 3 * (1 - t) ** 2 * t * b + 3 * (1 - t) * t**2 * c + t**3 * d

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
    if 16 <= end[0] - start[0] < 2 * OUT and abs(end[1] - start[1]) < ROWS_APART / 2:  # little room: turn half way
        out = back = (start[0] + end[0]) / 2
    half = (end[1] - start[1]) / 2
    for aside in dict.fromkeys((min(max(half, -NEXT_ROW), NEXT_ROW), half)):
        lane = _lane(start, end, start[1] + aside, min(out, back), max(out, back), obstacles)
        way = Route((start, (out, start[1]), (out, lane), (back, lane), (back, end[1]), end))
        if not 0 < len(obstacles) <= MOST_AROUND or not _hits(way, obstacles):
            return way
    (x0, x1), (y0, y1) = sorted((start[0], end[0])), sorted((start[1], end[1]))
    within = (x0 - WIRE_MARGIN, y0 - LANE_REACH, x1 + WIRE_MARGIN, y1 + LANE_REACH)
    return Route((start, *_corners([start, *detour((out, start[1]), (back, end[1]), obstacles, within), end]), end))


def _hits(way: Route, obstacles: Floats) -> bool:
    """Does a piece of a way that has no slanted ones come too near to a node? The beginnings beside its own ends left out."""
    points = np.array(way.points)
    points[0, 0] += OFF
    points[-1, 0] -= OFF
    near, far = np.minimum(points[:-1], points[1:])[:, None], np.maximum(points[:-1], points[1:])[:, None]
    return bool(((near < obstacles[:, 2:] + 4) & (far > obstacles[:, :2] - 4)).all(axis=2).any())


def _corners(points: list[Point]) -> list[Point]:
    """Where a way turns: what lies between two points of one line is none."""
    return [
        at for before, at, after in zip(points, points[1:], points[2:], strict=False) if not _on_line(before, at, after)
    ]


def _on_line(a: Point, b: Point, c: Point) -> bool:
    return a[0] == b[0] == c[0] or a[1] == b[1] == c[1]


def _direct(start: Point, end: Point) -> list[Route]:
    """The short ways forward, the best first: straight; level with one step; a curve."""
    (x0, y0), (x1, y1) = start, end
    ahead, aside = x1 - x0, abs(y1 - y0)
    if ahead < 16:
        return []
    if aside < LEVEL:
        return [Route((start, end))]
    bend = min(max(20.0, ahead / 2), ahead)  # no further, or it would turn back
    ways = [Route((start, (x0 + bend, y0), (x1 - bend, y1), end), curve=True)] if ahead > STEEP * aside else []
    steps = [Route((start, (x, y0), (x, y1), end)) for x in (x1 - OUT, x0 + OUT)] if ahead >= 2 * OUT else []
    return [*steps, *ways] if aside < SLIGHT * ahead and ahead > 3 * OUT else [*ways, *steps]


def _blocked(way: Route, start: Point, end: Point, obstacles: Floats) -> bool:
    """Does it cross a node, the short pieces beside its own ends left out?"""
    if not len(obstacles):
        return False
    points = way.samples(2 * _pieces(start, end))
    if not way.curve:
        points = np.concatenate([np.linspace(a, b, _pieces(a, b)) for a, b in pairwise(way.points)])
    inner = points[(points[:, 0] > start[0] + OFF) & (points[:, 0] < end[0] - OFF)]
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


def _lane(start: Point, end: Point, wish: float, left: float, right: float, obstacles: Floats) -> float:
    """The y nearest to `wish` at which nothing stands between `left` and `right`."""
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
        if low > lowest and high < highest and high - low < ROWS_APART:
            return (low + high) / 2  # between two rows: half way
        return min(max(wish, low + CLEAR if low > lowest else low), high - CLEAR if high < highest else high)

    return min((place(low, high) for low, high in gaps), key=lambda y: abs(y - wish))
