"""The graph as arrays: where is each node and wire, which are in a rectangle, which is under a point? Qt-free.

Rows are reused, never moved: a row stays that of its node as long as the node lives. Rows without a node hold NaN, so that every
comparison leaves them out. A mask over all rows costs 5 µs a comparison at 10 000 nodes: less than keeping a grid up to date.
"""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from nnstudio.gui.canvas.anchors import Anchor, Anchors, anchors_of
from nnstudio.project.edits import Edit
from nnstudio.project.graph import Graph, Node, Slot, Source, Wire
from nnstudio.registry import Registry
from nnstudio.specs import CATEGORIES, LayerSpec

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Box = tuple[float, float, float, float]  # left, top, right, bottom

UNKNOWN = len(CATEGORIES)  # the kind of nodes whose type no plugin brings
WIRE_MARGIN = 40.0  # how far a wire swings out beside its ends
FARTHEST = 1e6  # a file may say 1e300: beyond this a node is shown at the rim
LANE_REACH = 320.0  # … and above or below them, at most


class Scene:
    """Nodes by row: x, y (top left), height, kind (index into CATEGORIES), severity (0 none … 3 error), selected.

    Wires by row: ends (rows of nodes) and the height of each end on its card.
    """

    def __init__(self, registry: Registry, width: float, height: float) -> None:
        self.registry = registry
        self.width, self.height = width, height
        self.graph = Graph()
        self._clear()

    def _clear(self) -> None:
        self.nodes: list[Node | None] = []
        self.anchors: list[Anchors] = []
        self.row: dict[str, int] = {}
        self.wires_at: list[set[int]] = []  # by row of a node: rows of wires
        self.x, self.y, self.heights = _nans(), _nans(), _nans()
        self.kind = np.zeros(0, np.int64)
        self.severity = np.zeros(0, np.int64)
        self.selected = np.zeros(0, np.bool_)
        self.wires: list[Wire | None] = []
        self.wire_row: dict[Slot, int] = {}
        self.start, self.end = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.start_y, self.end_y = _nans(), _nans()
        self._free: list[int] = []
        self._free_wires: list[int] = []
        self._ends: tuple[Floats, Floats, Floats, Floats] | None = None

    # ── keeping step with the project ─────────────────────────────────────────────────────────────────────────────────

    def load(self, graph: Graph) -> None:
        self._clear()
        self.graph = graph
        self._grow(len(graph.nodes))
        self._grow_wires(len(graph.wires))
        for node in graph:
            self._put_node(node)
        for slot, source in graph.wires.items():
            self._put_wire(slot, source)
        self._refresh(range(len(self.nodes)))

    def update(self, graph: Graph, edit: Edit) -> set[int]:
        """Take over what `edit` touched as it now is in `graph`; returns the rows of nodes that look different."""
        self.graph = graph
        touched: set[int] = set()
        slots = [change.place[1] for change in edit.changes if change.place[0] == "wire"]
        ids = [change.place[1] for change in edit.changes if change.place[0] == "node"]
        for slot in slots:
            touched |= self._drop_wire(slot)
        for id in ids:
            if id not in graph.nodes:
                touched.discard(self._drop_node(id))
        for id in ids:
            if id in graph.nodes:
                touched.add(self._put_node(graph.nodes[id]))
        for slot in slots:
            if slot in graph.wires:
                touched |= self._put_wire(slot, graph.wires[slot])
        self._refresh(touched)
        return touched

    def _put_node(self, node: Node) -> int:
        row = self.row.get(node.id)
        if row is None:
            row = self._free.pop() if self._free else len(self.nodes)
            if row == len(self.nodes):
                self.nodes.append(node)
                self.anchors.append(Anchors(self.height, (), ()))
                self.wires_at.append(set())
                self._grow(row + 1)
            self.row[node.id] = row
        self.nodes[row] = node
        self.x[row], self.y[row] = (min(max(value, -FARTHEST), FARTHEST) for value in node.position)
        self.heights[row] = self.height
        spec = self.registry.layer(node.type)
        self.kind[row] = kind_of(spec)
        self._ends = None
        return row

    def _drop_node(self, id: str) -> int:
        row = self.row.pop(id, None)
        if row is None:
            return -1
        self.nodes[row] = None
        self.x[row] = self.y[row] = self.heights[row] = np.nan
        self.selected[row], self.severity[row] = False, 0
        self._free.append(row)
        self._ends = None
        return row

    def _put_wire(self, slot: Slot, source: Source) -> set[int]:
        start, end = self.row.get(source.node), self.row.get(slot.node)
        if start is None or end is None:
            return set()
        row = self._free_wires.pop() if self._free_wires else len(self.wires)
        if row == len(self.wires):
            self.wires.append(None)
            self._grow_wires(row + 1)
        self.wires[row] = Wire(source, slot)
        self.wire_row[slot] = row
        self.start[row], self.end[row] = start, end
        self.wires_at[start].add(row)
        self.wires_at[end].add(row)
        self._ends = None
        return {start, end}

    def _drop_wire(self, slot: Slot) -> set[int]:
        row = self.wire_row.pop(slot, None)
        if row is None:
            return set()
        ends = {int(self.start[row]), int(self.end[row])}
        for node in ends:
            self.wires_at[node].discard(row)
        self.wires[row] = None
        self.start_y[row] = self.end_y[row] = np.nan
        self._free_wires.append(row)
        self._ends = None
        return ends

    def _refresh(self, rows: Iterable[int]) -> None:
        """Anchors of these nodes, and the ends of the wires at them."""
        for row in rows:
            node = self.nodes[row]
            if node is None:
                continue
            wires = [wire for wire in (self.wires[at] for at in self.wires_at[row]) if wire is not None]
            anchors = anchors_of(
                self.registry.layer(node.type),
                (wire.target for wire in wires if wire.target.node == node.id),
                (wire.source for wire in wires if wire.source.node == node.id),
                self.height,
            )
            self.anchors[row] = anchors
            self.heights[row] = anchors.height
            for at in self.wires_at[row]:
                wire = self.wires[at]
                if wire is not None and self.start[at] == row:
                    self.start_y[at] = anchors.output_y(wire.source.port)
                if wire is not None and self.end[at] == row:
                    self.end_y[at] = anchors.input_y(wire.target.port, wire.target.order)
        self._ends = None

    def _grow(self, size: int) -> None:
        if size > len(self.x):
            room = max(64, size, 2 * len(self.x))
            self.x, self.y, self.heights = (_grown(array, room, np.nan) for array in (self.x, self.y, self.heights))
            self.kind, self.severity = _grown(self.kind, room, 0), _grown(self.severity, room, 0)
            self.selected = _grown(self.selected, room, False)

    def _grow_wires(self, size: int) -> None:
        if size > len(self.start):
            room = max(64, size, 2 * len(self.start))
            self.start, self.end = _grown(self.start, room, 0), _grown(self.end, room, 0)
            self.start_y, self.end_y = _grown(self.start_y, room, np.nan), _grown(self.end_y, room, np.nan)

    # ── moving, for as long as a drag lasts ───────────────────────────────────────────────────────────────────────────

    def shift(self, rows: Rows, dx: float, dy: float) -> None:
        self.x[rows] += dx
        self.y[rows] += dy
        self._ends = None

    # ── asking ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def __len__(self) -> int:
        return len(self.row)

    def node(self, row: int) -> Node:
        node = self.nodes[row]
        assert node is not None
        return node

    def wire(self, row: int) -> Wire:
        wire = self.wires[row]
        assert wire is not None
        return wire

    def spec(self, row: int) -> LayerSpec | None:
        return self.registry.layer(self.node(row).type)

    def rows_of(self, ids: Iterable[str]) -> Rows:
        return np.array([self.row[id] for id in ids if id in self.row], np.int64)

    def box(self, row: int) -> Box:
        left, top = float(self.x[row]), float(self.y[row])
        return left, top, left + self.width, top + float(self.heights[row])

    def bounds(self, rows: Rows | None = None) -> Box | None:
        """The rectangle around all nodes (those of `rows`), None where there is none."""
        chosen = np.flatnonzero(~np.isnan(self.x)) if rows is None else rows
        if not len(chosen):
            return None
        x, y, height = self.x[chosen], self.y[chosen], self.heights[chosen]
        return float(x.min()), float(y.min()), float(x.max()) + self.width, float((y + height).max())

    def nodes_in(self, box: Box, margin: float = 0.0) -> Rows:
        """Rows of the nodes that touch `box`, in painting order."""
        left, top, right, bottom = box
        inside = (self.x < right + margin) & (self.x > left - self.width - margin)
        inside &= (self.y < bottom + margin) & (self.y + self.heights > top - margin)
        return np.flatnonzero(inside)

    def wires_in(self, box: Box) -> Rows:
        """Rows of the wires that may touch `box`."""
        x0, y0, x1, y1 = self.wire_ends()
        left, top, right, bottom = box
        back = x1 < x0 + 2 * WIRE_MARGIN
        long = back | (x1 - x0 > self.width)  # those may leave the rectangle of their ends
        reach = np.where(long, LANE_REACH, 24.0)  # a shape may stand above it
        inside = (np.minimum(x0, x1) - WIRE_MARGIN < right) & (np.maximum(x0, x1) + WIRE_MARGIN > left)
        inside &= (np.minimum(y0, y1) - reach < bottom) & (np.maximum(y0, y1) + reach > top)
        return np.flatnonzero(inside)

    def wire_ends(self) -> tuple[Floats, Floats, Floats, Floats]:
        """x and y of each wire's beginning, x and y of its end."""
        if self._ends is None:
            start, end = self.start, self.end
            if len(self.x):
                self._ends = (
                    self.x[start] + self.width,
                    self.y[start] + self.start_y,
                    self.x[end] + 0.0,
                    self.y[end] + self.end_y,
                )
            else:
                self._ends = (_nans(), _nans(), _nans(), _nans())
        return self._ends

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
        return float(self.x[row]) + (self.width if output else 0.0), float(self.y[row]) + anchor.y

    def anchor_near(
        self, x: float, y: float, reach: float, *, inputs: bool = True, outputs: bool = True
    ) -> tuple[int, Anchor, bool] | None:
        """(row, anchor, is it an output) of the nearest anchor within `reach`."""
        best, found = reach * reach, None
        for row in ints(self.nodes_in((x, y, x, y), margin=reach)):
            anchors = self.anchors[row]
            sides: Sequence[tuple[bool, tuple[Anchor, ...]]] = ((False, anchors.inputs), (True, anchors.outputs))
            for output, side in sides:
                for anchor in side if (outputs if output else inputs) else ():
                    ax, ay = self.anchor_point(row, anchor, output=output)
                    distance = (ax - x) ** 2 + (ay - y) ** 2
                    if distance <= best:
                        best, found = distance, (row, anchor, output)
        return found


def ints(rows: Rows) -> list[int]:
    return cast(list[int], rows.tolist())


def kind_of(spec: LayerSpec | None) -> int:
    if spec is None:
        return UNKNOWN
    return CATEGORIES.index(spec.category) if spec.category in CATEGORIES else CATEGORIES.index("shape")


def category_name(kind: int) -> str:
    return CATEGORIES[kind] if kind < len(CATEGORIES) else "shape"


def _nans() -> Floats:
    return np.full(0, np.nan)


def _grown(array: npt.NDArray[Any], size: int, fill: float | bool) -> npt.NDArray[Any]:
    grown = np.full(size, fill, array.dtype)
    grown[: len(array)] = array
    return grown
