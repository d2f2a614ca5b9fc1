"""The graph as arrays, kept in step with the project: what is each node and wire, and where? Qt-free.

Rows are reused, never moved: a row stays that of its node as long as the node lives. Rows without a node hold NaN, so that every
comparison leaves them out. A mask over all rows costs 5 µs a comparison at 10 000 nodes: less than keeping a grid up to date.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from nnstudio.gui.canvas.anchors import Anchors
from nnstudio.gui.canvas.builds import Builds
from nnstudio.gui.canvas.frames import FARTHEST, Frames
from nnstudio.gui.canvas.plane import LANE_REACH, WIRE_MARGIN, Box, Floats, Plane, Rows, ints
from nnstudio.project.blocks import PREFIX
from nnstudio.project.edits import Edit
from nnstudio.project.frames import carried
from nnstudio.project.graph import Graph, Node, Slot, Source, Wire
from nnstudio.registry import Registry
from nnstudio.specs import CATEGORIES, LayerSpec

__all__ = [
    "BYPASSED", "FROZEN", "INSTANCE", "LANE_REACH", "NOTED", "NO_TAG", "SEARCHED", "WIRE_MARGIN",
    "Box", "Floats", "Rows", "Scene", "ints",
]  # fmt: skip

NO_TAG = -1
TAGS = {name: index for index, name in enumerate(CATEGORIES)}
NO_ANCHORS = Anchors(0.0, (), ())

BYPASSED, INSTANCE, SEARCHED, NOTED, FROZEN = 1, 2, 4, 8, 16
"""What a node's flags say: bypassed; stands for a block; a parameter of it is to be searched over; has a note; its weights stay as they are."""


class Scene(Plane):
    """A plane whose nodes have, by row: kind (index into CATEGORIES), tag (the same of its colour tag, or NO_TAG), flags, severity
    (0 none … 3 error), selected. width, height: of a usual card. sharing: by row of a node, the id of that whose weights it uses.
    """

    def __init__(self, registry: Registry, width: float, height: float) -> None:
        self.registry = registry
        self.height = height
        self.graph = Graph()
        self.frames = Frames()
        self._builds = Builds(width, height)
        super().__init__(width)

    def _clear(self) -> None:
        super()._clear()
        self.nodes: list[Node | None] = []
        self.row: dict[str, int] = {}
        self.kind, self.tag = np.zeros(0, np.int64), np.zeros(0, np.int64)
        self.flags = np.zeros(0, np.int64)
        self.severity = np.zeros(0, np.int64)
        self.selected = np.zeros(0, np.bool_)
        self.wires: list[Wire | None] = []
        self.wire_row: dict[Slot, int] = {}
        self._free: list[int] = []
        self._free_wires: list[int] = []
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
            if slot in self.wire_row:
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
        """The rows of the nodes at it."""
        row = self.wire_row.pop(slot)
        ends = {int(self.start[row]), int(self.end[row])}
        for node in ends:
            self.wires_at[node].discard(row)
        self.wires[row] = None
        self.start_y[row] = self.end_y[row] = np.nan
        self._free_wires.append(row)
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
            sources: dict[int, Source] = {}
            targets: dict[int, Slot] = {}
            for at in self.wires_at[row]:
                source, target = self.wire(at)
                if source.node == node.id:
                    sources[at] = source
                if target.node == node.id:
                    targets[at] = target
            anchors = self._builds.of(node, self.registry).anchors(targets.values(), sources.values())
            self.anchors[row] = anchors
            heights[row] = anchors.height
            for at, source in sources.items():
                starts[at] = anchors.output_y(source.port)
            for at, slot in targets.items():
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

    # ── moving, for as long as a drag lasts ───────────────────────────────────────────────────────────────────────────

    def shift(self, rows: Rows, dx: float, dy: float) -> None:
        self.x[rows] += dx
        self.y[rows] += dy
        self._neighbourhood = self._wires_around = None
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

    def height_as(self, node: Node) -> float:
        """How high a node would be drawn, if it were like this."""
        wires = [wire for at in self.wires_at[self.row[node.id]] if (wire := self.wires[at]) is not None]
        targets = [wire.target for wire in wires if wire.target.node == node.id]
        sources = [wire.source for wire in wires if wire.source.node == node.id]
        return self._builds.of(node, self.registry).anchors(targets, sources).height

    def rows_of(self, ids: Iterable[str]) -> Rows:
        return np.array([self.row[id] for id in ids if id in self.row], np.int64)

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

    def sizes(self) -> dict[str, tuple[float, float]]:
        """Width and height of the nodes that are not of the usual size, by id."""
        other = np.flatnonzero(~np.isnan(self.x) & ((self.widths != self.width) | (self.heights != self.height)))
        return {self.node(row).id: (float(self.widths[row]), float(self.heights[row])) for row in ints(other)}

    def carried(self, ids: Iterable[str]) -> tuple[Rows, list[str]]:
        """Rows of nodes, and frames, that move when these nodes and frames are moved: themselves, and what lies within the frames."""
        nodes, frames = carried(
            self.graph, [id for id in ids if id in self.graph.frames or id in self.row], self.sizes()
        )
        return self.rows_of(nodes), frames


def _flags(node: Node) -> int:
    return (
        (BYPASSED if node.bypassed else 0)
        | (INSTANCE if node.type.startswith(PREFIX) else 0)
        | (SEARCHED if node.options.get("search") else 0)
        | (NOTED if node.note else 0)
    )


def _grown(array: npt.NDArray[Any], size: int, fill: float | bool) -> npt.NDArray[Any]:
    grown = np.full(size, fill, array.dtype)
    grown[: len(array)] = array
    return grown
