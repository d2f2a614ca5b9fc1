"""The graph as arrays: where is each node and wire, which are in a rectangle, which is under a point? Qt-free.

Rows are reused, never moved: a row stays that of its node as long as the node lives. Rows without a node hold NaN, so that every
comparison leaves them out. A mask over all rows costs 5 µs a comparison at 10 000 nodes: less than keeping a grid up to date.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from nnstudio.gui.canvas.anchors import Anchor, Anchors
from nnstudio.gui.canvas.builds import Builds
from nnstudio.gui.canvas.frames import FARTHEST, Frames
from nnstudio.project.blocks import PREFIX
from nnstudio.project.boxes import TOUCH
from nnstudio.project.edits import Edit
from nnstudio.project.frames import carried
from nnstudio.project.graph import Graph, Node, Slot, Source, Wire
from nnstudio.registry import Registry
from nnstudio.specs import CATEGORIES, LayerSpec

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Box = tuple[float, float, float, float]  # left, top, right, bottom

WIRE_MARGIN = 40.0  # how far a wire swings out beside its ends
LANE_REACH = 320.0  # … and above or below them, at most
NO_TAG = -1
TAGS = {name: index for index, name in enumerate(CATEGORIES)}
NO_ANCHORS = Anchors(0.0, (), ())
AROUND = 2000.0  # how far around a box `near` looks at once

BYPASSED, INSTANCE, SEARCHED, NOTED, FROZEN = 1, 2, 4, 8, 16
"""What a node's flags say: bypassed; stands for a block; a parameter of it is to be searched over; has a note; its weights stay as they are."""


class Scene:
    """Nodes by row: x, y (top left), widths, heights, kind (index into CATEGORIES), tag (the same of its colour tag, or NO_TAG), flags,
    severity (0 none … 3 error), selected. width, height: of a usual card.

    Wires by row: ends (rows of nodes) and the height of each end on its card. sharing: by row of a node, the id of that whose weights it uses.
    """

    def __init__(self, registry: Registry, width: float, height: float) -> None:
        self.registry = registry
        self.width, self.height = width, height
        self.graph = Graph()
        self.frames = Frames()
        self._builds = Builds(width, height)
        self._clear()

    def _clear(self) -> None:
        self.nodes: list[Node | None] = []
        self.anchors: list[Anchors] = []
        self.row: dict[str, int] = {}
        self.wires_at: list[set[int]] = []  # by row of a node: rows of wires
        self.x, self.y, self.widths, self.heights = _nans(), _nans(), _nans(), _nans()
        self.kind, self.tag = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.flags = np.zeros(0, np.int64)
        self.severity = np.zeros(0, np.int64)
        self.selected = np.zeros(0, np.bool_)
        self.wires: list[Wire | None] = []
        self.wire_row: dict[Slot, int] = {}
        self.start, self.end = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.start_y, self.end_y = _nans(), _nans()
        self._free: list[int] = []
        self._free_wires: list[int] = []
        self._ends: tuple[Floats, Floats, Floats, Floats] | None = None
        self._shifted: tuple[Rows, Rows] | None = None  # the rows that are being dragged, and their wires
        self._neighbourhood: tuple[Box, Rows] | None = None  # for `near`
        self._bounds: tuple[Box | None] | None = None  # of all nodes
        self.sharing: dict[int, str] = {}
        self._gliding: tuple[Rows, Floats, Floats] | None = None  # rows, where from, where to

    # ── keeping step with the project ─────────────────────────────────────────────────────────────────────────────────

    def load(self, graph: Graph) -> None:
        self._clear()
        self.graph = graph
        self._grow(len(graph.nodes))
        self._grow_wires(len(graph.wires))
        self._put_nodes(graph)
        self._put_wires(graph.wires.items())
        self._refresh(range(len(self.nodes)))
        self.frames.load(graph)

    def update(self, graph: Graph, edit: Edit) -> set[int]:
        """Take over what `edit` touched as it now is in `graph`; returns the rows of nodes that look different."""
        self.graph = graph
        self.glide_at(1.0)
        touched: set[int] = set()
        slots = dict.fromkeys(change.place[1] for change in edit.changes if change.place[0] == "wire")
        ids = dict.fromkeys(change.place[1] for change in edit.changes if change.place[0] == "node")
        for slot in slots:
            touched |= self._drop_wire(slot)
        for id in ids:
            if id not in graph.nodes:
                touched.discard(self._drop_node(id))
        touched.update(self._put_nodes(graph.nodes[id] for id in ids if id in graph.nodes))
        touched.update(self._put_wires((slot, graph.wires[slot]) for slot in slots if slot in graph.wires))
        self._refresh(touched)
        if any(change.place[0] == "frame" for change in edit.changes):
            self.frames.load(graph)
        return touched

    def _put_nodes(self, nodes: Iterable[Node]) -> list[int]:
        """Their rows. Arrays are written once for all: a number at a time takes ten times as long."""
        rows: list[int] = []
        places: list[tuple[float, float]] = []
        sizes: list[tuple[float, float]] = []
        marks: list[tuple[int, int, int]] = []  # kind, tag, flags
        for node in nodes:
            row = self._row_for(node)
            build = self._builds.of(node, self.registry)
            rows.append(row)
            places.append(node.position)
            sizes.append((build.width, build.height))
            marks.append((build.kind, TAGS.get(node.color, NO_TAG), _flags(node)))
            share = node.options.get("share")
            if isinstance(share, str):
                self.sharing[row] = share
            else:
                self.sharing.pop(row, None)
        self._grow(len(self.nodes))
        if rows:
            self.x[rows], self.y[rows] = np.clip(np.array(places, np.float64), -FARTHEST, FARTHEST).T
            self.widths[rows], self.heights[rows] = np.array(sizes).T
            self.kind[rows], self.tag[rows], flags = np.array(marks).T
            self.flags[rows] = (self.flags[rows] & FROZEN) | flags
        self._changed()
        return rows

    def _row_for(self, node: Node) -> int:
        row = self.row.get(node.id)
        if row is None and self._free:
            row = self._free.pop()
        elif row is None:
            row = len(self.nodes)
            self.nodes.append(node)
            self.anchors.append(NO_ANCHORS)
            self.wires_at.append(set())
        self.row[node.id] = row
        self.nodes[row] = node
        return row

    def _drop_node(self, id: str) -> int:
        row = self.row.pop(id, None)
        if row is None:
            return -1
        self.nodes[row] = None
        self.x[row] = self.y[row] = self.widths[row] = self.heights[row] = np.nan
        self.selected[row], self.severity[row], self.flags[row] = False, 0, 0
        self.sharing.pop(row, None)
        self._free.append(row)
        self._changed()
        return row

    def _put_wires(self, wires: Iterable[tuple[Slot, Source]]) -> list[int]:
        """The rows of the nodes at them."""
        rows: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        for slot, source in wires:
            start, end = self.row.get(source.node), self.row.get(slot.node)
            if start is None or end is None:
                continue
            row = self._free_wires.pop() if self._free_wires else len(self.wires)
            if row == len(self.wires):
                self.wires.append(None)
            self.wires[row] = Wire(source, slot)
            self.wire_row[slot] = row
            self.wires_at[start].add(row)
            self.wires_at[end].add(row)
            rows.append(row)
            starts.append(start)
            ends.append(end)
        self._grow_wires(len(self.wires))
        self.start[rows], self.end[rows] = starts, ends
        self._changed()
        return starts + ends

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
        self._changed()
        return ends

    def _refresh(self, rows: Iterable[int]) -> None:
        """Anchors of these nodes, and the ends of the wires at them."""
        heights: dict[int, float] = {}
        starts: dict[int, float] = {}
        ends: dict[int, float] = {}
        for row in rows:
            node = self.nodes[row]
            if node is None:
                continue
            wires = [(at, wire) for at in self.wires_at[row] if (wire := self.wires[at]) is not None]
            sources = [(at, wire.source) for at, wire in wires if wire.source.node == node.id]
            targets = [(at, wire.target) for at, wire in wires if wire.target.node == node.id]
            build = self._builds.of(node, self.registry)
            anchors = build.anchors([slot for _, slot in targets], [source for _, source in sources])
            self.anchors[row] = anchors
            heights[row] = anchors.height
            for at, source in sources:
                starts[at] = anchors.output_y(source.port)
            for at, slot in targets:
                ends[at] = anchors.input_y(slot.port, slot.order)
        for array, values in ((self.heights, heights), (self.start_y, starts), (self.end_y, ends)):
            array[list(values)] = list(values.values())
        self._changed()

    def _grow(self, size: int) -> None:
        if size > len(self.x):
            room = max(64, size, 2 * len(self.x))
            self.x, self.y = _grown(self.x, room, np.nan), _grown(self.y, room, np.nan)
            self.widths, self.heights = _grown(self.widths, room, np.nan), _grown(self.heights, room, np.nan)
            self.kind, self.tag = _grown(self.kind, room, 0), _grown(self.tag, room, NO_TAG)
            self.flags, self.severity = _grown(self.flags, room, 0), _grown(self.severity, room, 0)
            self.selected = _grown(self.selected, room, False)

    def _grow_wires(self, size: int) -> None:
        if size > len(self.start):
            room = max(64, size, 2 * len(self.start))
            self.start, self.end = _grown(self.start, room, 0), _grown(self.end, room, 0)
            self.start_y, self.end_y = _grown(self.start_y, room, np.nan), _grown(self.end_y, room, np.nan)

    def _changed(self) -> None:
        """Nodes or wires are elsewhere."""
        self._ends = self._shifted = self._neighbourhood = self._bounds = None

    # ── moving, for as long as a drag lasts ───────────────────────────────────────────────────────────────────────────

    def shift(self, rows: Rows, dx: float, dy: float) -> None:
        self.x[rows] += dx
        self.y[rows] += dy
        self._neighbourhood = None
        if self._ends is None:
            return
        if self._shifted is None or self._shifted[0] is not rows:
            self._shifted = (rows, self.wires_of(rows))
        wires = self._shifted[1]
        for kept, fresh in zip(self._ends, self._ends_of(wires), strict=True):
            kept[wires] = fresh

    def put_back(self, rows: Rows) -> None:
        """Where the project has them: shifting there and back would leave what rounding made of it."""
        for row in ints(rows):
            self.x[row], self.y[row] = (min(max(value, -FARTHEST), FARTHEST) for value in self.node(row).position)
        self._changed()

    def glide_from(self, before: Mapping[str, tuple[float, float]]) -> Rows:
        """These nodes are shown where they were `before`, from where `glide_at` brings them to where they are; returns the rows that move."""
        self.glide_at(1.0)
        rows = self.rows_of(before)
        start = np.array([before[self.node(row).id] for row in ints(rows)], np.float64).reshape(-1, 2)
        end = np.stack([self.x[rows], self.y[rows]], axis=1)
        moved = (start != end).any(axis=1)
        self._gliding = (rows[moved], start[moved], end[moved])
        self.glide_at(0.0)
        return rows[moved]

    def glide_at(self, share: float) -> None:
        """share: of the way, 0 … 1; at 1 it is over."""
        if self._gliding is None:
            return
        rows, start, end = self._gliding
        at = start + (end - start) * share if share < 1 else end
        self.x[rows], self.y[rows] = at[:, 0], at[:, 1]
        self._changed()
        if share >= 1:
            self._gliding = None

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
        return left, top, left + float(self.widths[row]), top + float(self.heights[row])

    def bounds(self, rows: Rows | None = None) -> Box | None:
        """The rectangle around all nodes and frames (as they stood before a drag), or the nodes of `rows`; None where there is none."""
        if rows is not None:
            return self._around(rows)
        if self._bounds is None:
            self._bounds = (self._around(np.flatnonzero(~np.isnan(self.x))),)
        found = [box for box in (self._bounds[0], self.frames.bounds()) if box is not None]
        if not found:
            return None
        lefts, tops, rights, bottoms = zip(*found, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    def _around(self, rows: Rows) -> Box | None:
        if not len(rows):
            return None
        x, y = self.x[rows], self.y[rows]
        right, bottom = (x + self.widths[rows]).max(), (y + self.heights[rows]).max()
        return float(x.min()), float(y.min()), float(right), float(bottom)

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Width and height of the nodes that are not of the usual size, by id."""
        other = np.flatnonzero(~np.isnan(self.x) & ((self.widths != self.width) | (self.heights != self.height)))
        return {self.node(row).id: (float(self.widths[row]), float(self.heights[row])) for row in ints(other)}

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
            wide = (box[0] - AROUND, box[1] - AROUND, box[2] + AROUND, box[3] + AROUND)
            kept = self._neighbourhood = (wide, self.nodes_in(wide))
        return self.nodes_in(box, among=kept[1])

    def rows_within(self, box: Box) -> Rows:
        """Rows of the nodes that lie wholly within `box`."""
        left, top, right, bottom = box[0] - TOUCH, box[1] - TOUCH, box[2] + TOUCH, box[3] + TOUCH
        inside = (self.x >= left) & (self.x + self.widths <= right)
        inside &= (self.y >= top) & (self.y + self.heights <= bottom)
        return np.flatnonzero(inside)

    def carried(self, ids: Iterable[str]) -> tuple[Rows, list[str]]:
        """Rows of nodes, and frames, that move when these nodes and frames are moved: themselves, and what lies within the frames."""
        nodes, frames = carried(
            self.graph, [id for id in ids if id in self.graph.frames or id in self.row], self.sizes()
        )
        return self.rows_of(nodes), frames

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
            self._ends = (
                self._ends_of(np.arange(len(self.start))) if len(self.x) else (_nans(), _nans(), _nans(), _nans())
            )
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


def _flags(node: Node) -> int:
    return (
        (BYPASSED if node.bypassed else 0)
        | (INSTANCE if node.type.startswith(PREFIX) else 0)
        | (SEARCHED if node.options.get("search") else 0)
        | (NOTED if node.note else 0)
    )


def ints(rows: Rows) -> list[int]:
    return cast(list[int], rows.tolist())


def _holds(outer: Box, inner: Box) -> bool:
    return outer[0] <= inner[0] and outer[1] <= inner[1] and inner[2] <= outer[2] and inner[3] <= outer[3]


def _nans() -> Floats:
    return np.full(0, np.nan)


def _grown(array: npt.NDArray[Any], size: int, fill: float | bool) -> npt.NDArray[Any]:
    grown = np.full(size, fill, array.dtype)
    grown[: len(array)] = array
    return grown
