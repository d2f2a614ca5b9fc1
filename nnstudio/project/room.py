"""Where do the others go when something needs their place? Pushed aside as little as may be, frames with all that is in them."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nnstudio.project.boxes import GRID, NO_SIZES, NODE_SIZE, Box, Position, Sizes, around, frame_box, holds, node_box
from nnstudio.project.edits import Change, Edit, apply
from nnstudio.project.frames import add as add_frame
from nnstudio.project.frames import around as frame_around
from nnstudio.project.frames import holders, padded
from nnstudio.project.graph import Graph, Wire
from nnstudio.project.project import Project

GAP: Final = 48.0  # to what was pushed, so that a wire and its shape fit in between
BESIDE: Final = 24.0  # to what was pushed up or down from a frame: a wire that passes fits in, and no wide band is left above the title
MOST_ROUNDS: Final = 8  # of pushing and of frames growing

RIGHT, DOWN = 0, 1
"""The axis along which others are pushed: 0 for x, 1 for y."""


@dataclass(frozen=True)
class Places:
    """Top left corners of nodes and boxes of frames; only of those that were placed."""

    nodes: Mapping[str, Position] = field(default_factory=dict[str, Position])
    frames: Mapping[str, Box] = field(default_factory=dict[str, Box])

    def shifted(self, dx: float, dy: float) -> "Places":
        nodes = {id: (x + dx, y + dy) for id, (x, y) in self.nodes.items()}
        return Places(nodes, {id: (a + dx, b + dy, c + dx, d + dy) for id, (a, b, c, d) in self.frames.items()})

    def boxes(self, sizes: Sizes = NO_SIZES) -> dict[str, Box]:
        nodes = {id: _box(position, sizes.get(id, NODE_SIZE)) for id, position in self.nodes.items()}
        return nodes | dict(self.frames)

    def edit(self, project: Project, label: str) -> Edit:
        """What is elsewhere than here, moved here as one step."""
        return Edit(label, self.changes(project.graph))

    def on(self, graph: Graph) -> Graph:
        """`graph` with all that is elsewhere than here moved here."""
        return apply(Project(graph=graph), Edit("", self.changes(graph))).graph

    def changes(self, graph: Graph) -> tuple[Change, ...]:
        changes = [
            Change(("node", id), graph.nodes[id], replace(graph.nodes[id], position=position))
            for id, position in self.nodes.items()
            if id in graph.nodes and graph.nodes[id].position != position
        ]
        for id, (left, top, right, bottom) in self.frames.items():
            frame = replace(graph.frames[id], position=(left, top), size=(right - left, bottom - top))
            if frame != graph.frames[id]:
                changes.append(Change(("frame", id), graph.frames[id], frame))
        return tuple(changes)


def make_room(
    graph: Graph,
    fixed: Mapping[str, Box],
    sizes: Sizes = NO_SIZES,
    *,
    axis: int = RIGHT,
    within: Mapping[str, str] | None = None,
    apart: float = GRID,
    gap: float = GAP,
) -> Places:
    """Where all that the boxes `fixed` (of nodes and frames, new ones too) would cover goes, and frames that grow with what they hold.

    What lies before the middle of a box goes back, what lies behind goes on, and each pushes what it comes upon.
    within: the frames that nodes belong to which are new, or come from elsewhere ("": to none). apart: what comes nearer along `axis`
    goes, too. gap: how far what goes is from what pushed it.
    """
    holder = {**holders(graph, sizes), **(within or {})}
    opened = _above(holder, fixed)
    units = _units(graph, holder, opened, fixed, sizes)
    frames: dict[str, Box] = {}
    for _ in range(MOST_ROUNDS):
        _push(units, {**fixed, **frames}, holder, axis, apart, gap)
        here = {**fixed, **{id: unit.box for id, unit in units.items() if unit.moved}}
        larger = _grown(graph, holder, opened, here)
        if larger == frames:
            break
        frames = larger
    nodes: dict[str, Position] = {}
    for unit in units.values():
        if unit.moved:
            dx, dy = unit.box[0] - unit.home[0], unit.box[1] - unit.home[1]
            for id in unit.members:
                if id in graph.nodes:
                    x, y = graph.nodes[id].position
                    nodes[id] = (x + dx, y + dy)
                else:
                    a, b, c, d = frame_box(graph.frames[id])
                    frames[id] = (a + dx, b + dy, c + dx, d + dy)
    return Places(nodes, frames)


def framed(
    project: Project, ids: Collection[str], title: str, sizes: Sizes = NO_SIZES, **fields: Any
) -> tuple[Edit, str] | None:
    """A frame about these nodes and frames, and the others so far from it that its border strikes neither them nor a shape on a wire.

    What stands beside goes aside, what stands above or below goes up or down. The edit and the frame's id; None where there is nothing to frame.
    """
    graph = project.graph
    box, core = frame_around(graph, ids, sizes), around(_box_of(graph, id, sizes) for id in ids)
    if box is None or core is None:
        return None
    edit, id = add_frame(project, box, title, **fields)
    holder = holders(graph, sizes)
    inner = {other for other in (*graph.nodes, *graph.frames) if holds(box, _box_of(graph, other, sizes))}
    outer = {other for other in graph.frames if holds(frame_box(graph.frames[other]), box)} - inner
    within = {other: id for other in inner if holder.get(other, "") not in inner}
    moved = graph
    for axis, fixed, apart, gap in ((RIGHT, (box[0], core[1], box[2], core[3]), GAP, GAP), (DOWN, box, GRID, BESIDE)):
        home = {id: min(outer, key=lambda other: graph.frames[other].size, default="")}
        places = make_room(moved, {id: fixed}, sizes, axis=axis, within={**within, **home}, apart=apart, gap=gap)
        moved = places.on(moved)
    changes = Places(
        {other: node.position for other, node in moved.nodes.items()},
        {other: frame_box(frame) for other, frame in moved.frames.items()},
    ).changes(graph)
    return replace(edit, changes=(*edit.changes, *changes)), id


def _box_of(graph: Graph, id: str, sizes: Sizes) -> Box:
    return node_box(graph.nodes[id], sizes) if id in graph.nodes else frame_box(graph.frames[id])


def let_in(graph: Graph, wire: Wire, coming: Mapping[str, Box], sizes: Sizes = NO_SIZES) -> Places:
    """Where all goes that nodes would cover which come into `wire`: along the way that it leads. They belong to the frame around both its ends."""
    holder = holders(graph, sizes)
    around_source = _way_out(holder, wire.source.node)
    frame = next((id for id in _way_out(holder, wire.target.node) if id in around_source), "")
    return make_room(graph, coming, sizes, axis=axis_of(graph, wire, sizes), within=dict.fromkeys(coming, frame))


def axis_of(graph: Graph, wire: Wire, sizes: Sizes = NO_SIZES) -> int:
    """DOWN, where the target stands below the source, RIGHT elsewhere."""
    start, end = (graph.nodes.get(id) for id in (wire.source.node, wire.target.node))
    if start is None or end is None:
        return RIGHT
    source, target = node_box(start, sizes), node_box(end, sizes)
    side_by_side = target[0] >= source[2] or target[2] <= source[0]
    return DOWN if target[1] >= source[3] and not side_by_side else RIGHT


def _way_out(holder: Mapping[str, str], id: str) -> list[str]:
    """The frames around it, from inside out."""
    way: list[str] = []
    while at := holder.get(id, ""):
        way.append(at)
        id = at
    return way


@dataclass
class _Unit:
    """What moves as one: a node, or a frame with all that is in it. sign: the way it was pushed, and goes on being."""

    home: Box
    members: list[str]
    box: Box
    sign: int = 0

    @property
    def moved(self) -> bool:
        return self.box != self.home

    def push(self, obstacle: Box, axis: int, gap: float) -> None:
        """Beyond `obstacle`, by `gap`."""
        ahead, behind = axis, axis + 2
        if not self.sign:
            self.sign = 1 if self.box[ahead] + self.box[behind] >= obstacle[ahead] + obstacle[behind] else -1
        if self.sign > 0:
            by = _up(obstacle[behind] + gap - self.box[ahead])
        else:
            by = -_up(self.box[behind] + gap - obstacle[ahead])
        a, b, c, d = self.box
        self.box = (a + by, b, c + by, d) if axis == RIGHT else (a, b + by, c, d + by)


def _box(position: Position, size: tuple[float, float]) -> Box:
    return position[0], position[1], position[0] + size[0], position[1] + size[1]


def _up(value: float) -> float:
    return float(-(-value // GRID) * GRID)


def _above(holder: Mapping[str, str], ids: Iterable[str]) -> set[str]:
    """The frames that these lie in, at any depth."""
    found: set[str] = set()
    for id in ids:
        at = holder.get(id, "")
        while at and at not in found:
            found.add(at)
            at = holder.get(at, "")
    return found


def _units(
    graph: Graph, holder: Mapping[str, str], opened: set[str], fixed: Mapping[str, Box], sizes: Sizes
) -> dict[str, _Unit]:
    """What is neither fixed nor holds what is, by the id of its outermost part."""
    units: dict[str, _Unit] = {}
    for id in (*graph.frames, *graph.nodes):
        top = id
        while (above := holder.get(top, "")) and above not in opened and above not in fixed:
            top = above
        if id in fixed or id in opened or holder.get(top, "") in fixed:
            continue
        if top not in units:
            box = frame_box(graph.frames[top]) if top in graph.frames else node_box(graph.nodes[top], sizes)
            units[top] = _Unit(box, [], box)
        units[top].members.append(id)
    return units


def _push(
    units: Mapping[str, _Unit],
    fixed: Mapping[str, Box],
    holder: Mapping[str, str],
    axis: int,
    apart: float,
    gap: float,
) -> None:
    if not units:
        return
    ids, still_ids = list(units), list(fixed)
    boxes, still = table([unit.box for unit in units.values()]), table(fixed.values())
    held = {id: _above(holder, (id,)) for id in units} if holder else {}
    pushing = deque(fixed)
    while pushing:
        pusher = pushing.popleft()
        box = fixed[pusher] if pusher in fixed else units[pusher].box
        for index in touching(boxes, _longer(box, axis, apart)):
            id, unit = ids[index], units[ids[index]]
            around_it = held.get(id, ())
            if id == pusher or pusher in around_it:
                continue
            against = still[[other not in around_it for other in still_ids]] if around_it else still
            unit.push(box, axis, gap)
            while hits := touching(against, _longer(unit.box, axis, apart)):
                left, top, right, bottom = against[hits[0]].tolist()
                unit.push((left, top, right, bottom), axis, gap)
            boxes[index] = unit.box
            pushing.append(id)


def _longer(box: Box, axis: int, apart: float) -> Box:
    """What `touching` finds near it is then nearer than `apart`, along the axis."""
    by = apart - GRID
    left, top, right, bottom = box
    return (left - by, top, right + by, bottom) if axis == RIGHT else (left, top - by, right, bottom + by)


def table(boxes: Iterable[Box]) -> npt.NDArray[np.float64]:
    return np.array(list(boxes), np.float64).reshape(-1, 4)


def touching(boxes: npt.NDArray[np.float64], box: Box) -> list[int]:
    """Which rows of `boxes` cover `box`, or come nearer than one step of the grid?"""
    left, top, right, bottom = box
    near = (boxes[:, 0] < right + GRID) & (boxes[:, 2] > left - GRID)
    near &= (boxes[:, 1] < bottom + GRID) & (boxes[:, 3] > top - GRID)
    return np.flatnonzero(near).tolist()


def _grown(graph: Graph, holder: Mapping[str, str], opened: Iterable[str], here: Mapping[str, Box]) -> dict[str, Box]:
    """The frames that hold what was placed or pushed, where they must be larger for it; the inner ones first."""
    boxes = dict(here)
    larger: dict[str, Box] = {}
    depth = {id: len(_above(holder, (id,))) for id in opened}
    for frame in sorted(opened, key=lambda id: (-depth[id], id)):
        held = padded(around(box for id, box in boxes.items() if holder.get(id, "") == frame))
        old = frame_box(graph.frames[frame])
        new = around((old, held)) if held else old
        if new is not None and new != old:
            boxes[frame] = larger[frame] = new
    return larger
