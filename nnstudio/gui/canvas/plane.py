"""Nodes and wires as arrays of places: which are in a rectangle, which is under a point? Qt-free."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from nnstudio.gui.canvas.anchors import Anchor, Anchors
from nnstudio.project.boxes import TOUCH

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Box = tuple[float, float, float, float]  # left, top, right, bottom

WIRE_MARGIN = 96.0  # how far a wire swings out beside its ends
LANE_REACH = 320.0  # … and above or below them, at most
AROUND = 2000.0  # how far around a box `near` looks at once


class Plane:
    """Nodes by row: x, y (top left), widths, heights, anchors. Wires by row: ends (rows of nodes) and the height of each end on its card.

    width: of a usual card.
    """

    def __init__(self, width: float) -> None:
        self.width = width
        self._clear()

    def _clear(self) -> None:
        self.anchors: list[Anchors] = []
        self.wires_at: list[set[int]] = []  # by row of a node: rows of wires
        self.x, self.y, self.widths, self.heights = nans(), nans(), nans(), nans()
        self.start, self.end = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.start_y, self.end_y = nans(), nans()
        self._ends: tuple[Floats, Floats, Floats, Floats] | None = None
        self._shifted: tuple[Rows, Rows] | None = None  # the rows that are being dragged, and their wires
        self._neighbourhood: tuple[Box, Rows] | None = None  # for `near`
        self._wires_around: tuple[Box, Rows] | None = None  # for `wires_near`
        self._bounds: tuple[Box | None] | None = None  # of all nodes

    def _changed(self) -> None:
        """Nodes or wires are elsewhere."""
        self._ends = self._shifted = self._neighbourhood = self._wires_around = self._bounds = None

    def box(self, row: int) -> Box:
        left, top = float(self.x[row]), float(self.y[row])
        return left, top, left + float(self.widths[row]), top + float(self.heights[row])

    def _around(self, rows: Rows) -> Box | None:
        if not len(rows):
            return None
        x, y = self.x[rows], self.y[rows]
        right, bottom = (x + self.widths[rows]).max(), (y + self.heights[rows]).max()
        return float(x.min()), float(y.min()), float(right), float(bottom)

    def nodes_in(self, box: Box, margin: float = 0.0, among: Rows | None = None) -> Rows:
        """Rows of the nodes that touch `box`, in painting order; among: of these."""
        left, top, right, bottom = box
        x, y, widths, heights = self.x, self.y, self.widths, self.heights
        if among is not None:
            x, y, widths, heights = x[among], y[among], widths[among], heights[among]
        inside = (
            (x < right + margin) & (x + widths > left - margin) & (y < bottom + margin) & (y + heights > top - margin)
        )
        return np.flatnonzero(inside) if among is None else among[inside]

    def near(self, box: Box) -> Rows:
        """What `nodes_in` says, quicker for many boxes beside each other."""
        kept = self._neighbourhood
        if kept is None or not _holds(kept[0], box):
            wide = _around(box)
            kept = self._neighbourhood = (wide, self.nodes_in(wide))
        return self.nodes_in(box, among=kept[1])

    def rows_within(self, box: Box) -> Rows:
        """Rows of the nodes that lie wholly within `box`."""
        left, top, right, bottom = box[0] - TOUCH, box[1] - TOUCH, box[2] + TOUCH, box[3] + TOUCH
        inside = (self.x >= left) & (self.x + self.widths <= right)
        inside &= (self.y >= top) & (self.y + self.heights <= bottom)
        return np.flatnonzero(inside)

    def wires_of(self, rows: Rows) -> Rows:
        """Rows of the wires at these nodes."""
        return np.array(sorted(set[int]().union(*(self.wires_at[row] for row in ints(rows)))), np.int64)

    def wires_in(self, box: Box, among: Rows | None = None) -> Rows:
        """Rows of the wires that may touch `box`; among: of these."""
        x0, y0, x1, y1 = self.wire_ends() if among is None else (ends[among] for ends in self.wire_ends())
        left, top, right, bottom = box
        reach = self._reach(x0, x1)
        inside = (np.minimum(x0, x1) - WIRE_MARGIN < right) & (np.maximum(x0, x1) + WIRE_MARGIN > left)
        inside &= (np.minimum(y0, y1) - reach < bottom) & (np.maximum(y0, y1) + reach > top)
        return np.flatnonzero(inside) if among is None else among[inside]

    def wires_near(self, box: Box) -> Rows:
        """What `wires_in` says, quicker for many boxes beside each other."""
        kept = self._wires_around
        if kept is None or not _holds(kept[0], box):
            wide = _around(box)
            kept = self._wires_around = (wide, self.wires_in(wide))
        return self.wires_in(box, among=kept[1])

    def _reach(self, x0: Floats, x1: Floats) -> Floats:
        """How far above and below their ends wires may be."""
        back = x1 < x0 + 2 * WIRE_MARGIN
        long = back | (x1 - x0 > self.width)  # those may leave the rectangle of their ends
        return np.where(long, LANE_REACH, 24.0)  # a shape may stand above it

    def around_wires(self, wires: Rows) -> Box | None:
        """The rectangle that they do not leave."""
        if not len(wires):
            return None
        x0, y0, x1, y1 = (ends[wires] for ends in self.wire_ends())
        reach = self._reach(x0, x1)
        left, right = np.minimum(x0, x1).min() - WIRE_MARGIN, np.maximum(x0, x1).max() + WIRE_MARGIN
        return (
            float(left),
            float((np.minimum(y0, y1) - reach).min()),
            float(right),
            float((np.maximum(y0, y1) + reach).max()),
        )

    def wire_ends(self) -> tuple[Floats, Floats, Floats, Floats]:
        """x and y of each wire's beginning, x and y of its end."""
        if self._ends is None:
            self._ends = self._ends_of(np.arange(len(self.start))) if len(self.x) else (nans(), nans(), nans(), nans())
        return self._ends

    def _ends_of(self, wires: Rows) -> tuple[Floats, Floats, Floats, Floats]:
        start, end = self.start[wires], self.end[wires]
        out, into = self.start_y[wires], self.end_y[wires]
        return self.x[start] + self.widths[start], self.y[start] + out, self.x[end] + 0.0, self.y[end] + into

    def node_at(self, x: float, y: float) -> int | None:
        """The topmost node under the point."""
        rows = self.nodes_in((x, y, x, y))
        return int(rows[-1]) if len(rows) else None

    def neighbour(self, row: int | None, dx: int, dy: int) -> int | None:
        """The nearest node in that direction (straight ahead counts most); without `row` the first in reading order."""
        rows = np.flatnonzero(~np.isnan(self.x))
        if not len(rows):
            return None
        if row is None:
            return int(rows[np.lexsort((self.x[rows], self.y[rows]))[0]])
        along = (self.x[rows] - self.x[row]) * dx + (self.y[rows] - self.y[row]) * dy
        aside = (self.x[rows] - self.x[row]) * dy + (self.y[rows] - self.y[row]) * dx
        distance = np.where(along > 1, along + 3 * np.abs(aside), np.inf)
        best = int(distance.argmin())
        return int(rows[best]) if np.isfinite(distance[best]) else None

    def anchor_point(self, row: int, anchor: Anchor, *, output: bool) -> tuple[float, float]:
        return float(self.x[row]) + (float(self.widths[row]) if output else 0.0), float(self.y[row]) + anchor.y

    def anchor_near(
        self, x: float, y: float, reach: float, *, inputs: bool = True, outputs: bool = True
    ) -> tuple[int, Anchor, bool] | None:
        """(row, anchor, is it an output) of the nearest anchor within `reach`; of those in one place the first."""
        best, found = reach * reach, None
        for row in ints(self.nodes_in((x, y, x, y), margin=reach)):
            anchors = self.anchors[row]
            sides: Sequence[tuple[bool, tuple[Anchor, ...]]] = ((False, anchors.inputs), (True, anchors.outputs))
            for output, side in sides:
                for anchor in side if (outputs if output else inputs) else ():
                    ax, ay = self.anchor_point(row, anchor, output=output)
                    distance = (ax - x) ** 2 + (ay - y) ** 2
                    if distance < best:
                        best, found = distance, (row, anchor, output)
        return found


def ints(rows: Rows) -> list[int]:
    return cast(list[int], rows.tolist())


def _around(box: Box) -> Box:
    return box[0] - AROUND, box[1] - AROUND, box[2] + AROUND, box[3] + AROUND


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def nans() -> Floats:
    return np.full(0, np.nan)
