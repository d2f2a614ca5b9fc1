"""Which way with level and upright pieces leads around boxes? The shortest with few corners, on the lines beside the boxes. Qt-free.

Costs along a line are a running minimum, so each round of the search (one corner more) is four operations on the whole grid.
"""

import numpy as np

from nnstudio.gui.canvas.plane import Box, Floats

BESIDE = 12.0  # how far from a box the lines lie
APART = 20.0  # … where there is room, for a text too
NEAREST = 8.0  # nothing comes nearer to a box …
ROOMY = 16.0  # … and rather not so near: several wires fit in there
CLOSE = 30.0  # so much longer a way may be for each piece that has room
THROUGH = 1e5  # … but where there is no other way
CORNER = 60.0  # so much longer a way may be to have one corner less
MOST_CORNERS = 8

Point = tuple[float, float]


def detour(start: Point, end: Point, boxes: Floats, within: Box) -> list[Point]:
    """The corners from `start`, left to the right, to `end`, entered from the left, both included; within: how far away it may lead."""
    xs = _lines((start[0], end[0]), boxes[:, 0], boxes[:, 2], (within[0], within[2]))
    ys = _lines((start[1], end[1]), boxes[:, 1], boxes[:, 3], (within[1], within[3]))
    grid = _Grid(xs, ys, boxes)
    at = int(np.searchsorted(xs, start[0])), int(np.searchsorted(ys, start[1]))
    to = int(np.searchsorted(xs, end[0])), int(np.searchsorted(ys, end[1]))
    return [(float(xs[i]), float(ys[j])) for i, j in grid.way(at, to)]


def _lines(ends: tuple[float, float], begins: Floats, stops: Floats, within: tuple[float, float]) -> Floats:
    lines = np.concatenate([begins - BESIDE, stops + BESIDE, begins - APART, stops + APART, [(ends[0] + ends[1]) / 2]])
    return np.unique(np.concatenate([lines[(lines >= within[0]) & (lines <= within[1])], ends]))


class _Grid:
    """The crossings of upright lines (first axis) and level lines (second axis), and how far each is along its line."""

    def __init__(self, xs: Floats, ys: Floats, boxes: Floats) -> None:
        hit, near = _hits(xs, ys, boxes, NEAREST), _hits(xs, ys, boxes, ROOMY)
        self._along_x = _distances(xs, THROUGH * hit[0] + CLOSE * near[0])
        self._along_y = _distances(ys, THROUGH * hit[1] + CLOSE * near[1]).T

    def way(self, start: tuple[int, int], end: tuple[int, int]) -> list[tuple[int, int]]:
        cost = np.full(self._along_x.shape, np.inf)
        cost[start] = 0.0
        rounds = [cost]  # what each crossing costs when it is left, level in even rounds, upright in odd ones
        best, corners = np.inf, 0
        for corner in range(MOST_CORNERS + 1):
            along, axis = (self._along_x, 0) if corner % 2 == 0 else (self._along_y, 1)
            cost = _reached(cost, along, axis)
            total = cost[end] + (0.0 if corner % 2 == 0 else CORNER)  # it is entered level
            if total < best:
                best, corners = total, corner
            cost = cost + CORNER
            rounds.append(cost)
        return self._back(rounds, end, corners)

    def _back(self, rounds: list[Floats], end: tuple[int, int], corners: int) -> list[tuple[int, int]]:
        way = [end]
        for corner in range(corners, -1, -1):
            i, j = way[-1]
            if corner % 2 == 0:
                along = self._along_x[:, j]
                way.append((int((rounds[corner][:, j] + np.abs(along - along[i])).argmin()), j))
            else:
                along = self._along_y[i]
                way.append((i, int((rounds[corner][i] + np.abs(along - along[j])).argmin())))
        return [at for index, at in enumerate(way[::-1]) if index == 0 or at != way[::-1][index - 1]]


def _hits(xs: Floats, ys: Floats, boxes: Floats, margin: float) -> tuple[Floats, Floats]:
    """How many boxes come nearer than `margin` to each level and each upright piece."""
    left, top, right, bottom = (boxes + np.array([-margin, -margin, margin, margin])).T
    beside = (xs[:, None] > left) & (xs[:, None] < right)  # upright line × box
    level = (ys[:, None] > top) & (ys[:, None] < bottom)
    passes_x = (xs[:-1, None] < right) & (xs[1:, None] > left)  # piece between two upright lines × box
    passes_y = (ys[:-1, None] < bottom) & (ys[1:, None] > top)
    return (
        passes_x.astype(np.float64) @ level.T.astype(np.float64),
        passes_y.astype(np.float64) @ beside.T.astype(np.float64),
    )


def _distances(lines: Floats, extra: Floats) -> Floats:
    """Where on each line across them the crossings are; extra: what the pieces between them cost besides."""
    steps = np.diff(lines)[:, None] + extra
    return np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])


def _reached(cost: Floats, along: Floats, axis: int) -> Floats:
    ahead = np.minimum.accumulate(cost - along, axis) + along
    back = np.flip(np.minimum.accumulate(np.flip(cost + along, axis), axis), axis) - along
    return np.minimum(ahead, back)
