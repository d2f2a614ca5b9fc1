"""What is done with frames? Titled boxes behind the nodes that carry what lies wholly within them; with nothing in it a frame is a comment.

All in pixels at 100 %; boxes and sizes as in `project.boxes`.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nnstudio.project.boxes import (
    GRID,
    NO_SIZES,
    TOUCH,
    Box,
    Position,
    Size,
    Sizes,
    frame_box,
    holds,
    node_box,
    overlap,
)
from nnstudio.project.boxes import around as box_around
from nnstudio.project.edits import ABSENT, Change, Edit
from nnstudio.project.graph import Frame, Graph
from nnstudio.project.project import Project

PADDING: Final = 32.0  # from the box to the nodes in it: wires turn in between
TITLE: Final = 40.0  # above them, the title's line included
SMALLEST: Final = (96.0, 48.0)

# ── what lies where ───────────────────────────────────────────────────────────────────────────────────────────────────


def inside(graph: Graph, id: str, sizes: Sizes = NO_SIZES) -> tuple[list[str], list[str]]:
    """The nodes and the other frames that lie wholly within frame `id`, inner ones with all that is in them.

    Of two frames with the very same box the one with the smaller id holds the other.
    """
    box = frame_box(graph.frames[id])
    nodes = [node.id for node in graph if holds(box, node_box(node, sizes))]
    frames = [
        frame.id
        for frame in graph.frames.values()
        if frame.id != id and holds(box, frame_box(frame)) and (frame_box(frame) != box or id < frame.id)
    ]
    return nodes, frames


def holders(graph: Graph, sizes: Sizes = NO_SIZES) -> dict[str, str]:
    """The smallest frame that each node and each frame lies wholly within; those that lie in none are left out."""
    found: dict[str, str] = {}
    if not graph.frames:
        return found
    nodes = sorted(((node_box(node, sizes), node.id) for node in graph), key=lambda pair: (pair[0][0], pair[1]))
    boxes = np.array([box for box, _ in nodes], np.float64).reshape(-1, 4)
    outermost = sorted(graph.frames.values(), key=lambda frame: (-frame.size[0] * frame.size[1], frame.id))
    for rank, frame in enumerate(outermost):
        box = frame_box(frame)
        first, end = np.searchsorted(boxes[:, 0], (box[0] - 1, box[2]))
        for index in np.flatnonzero(_held(box, boxes[first:end])):
            found[nodes[first + index][1]] = frame.id
        for other in outermost[rank + 1 :]:
            if holds(box, frame_box(other)):
                found[other.id] = frame.id
    return found


def _held(outer: Box, boxes: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """`holds` of each of the boxes."""
    left, top, right, bottom = outer[0] - TOUCH, outer[1] - TOUCH, outer[2] + TOUCH, outer[3] + TOUCH
    within = (left <= boxes[:, 0]) & (top <= boxes[:, 1])
    return within & (boxes[:, 2] <= right) & (boxes[:, 3] <= bottom)


def carried(graph: Graph, ids: Iterable[str], sizes: Sizes = NO_SIZES) -> tuple[list[str], list[str]]:
    """The nodes and the frames that move when these nodes and frames are moved: themselves, and what lies within the frames."""
    nodes: dict[str, None] = {}
    frames: dict[str, None] = {}
    for id in ids:
        if id in graph.nodes:
            nodes[id] = None
        elif id in graph.frames:
            inner_nodes, inner_frames = inside(graph, id, sizes)
            nodes |= dict.fromkeys(inner_nodes)
            frames |= dict.fromkeys((id, *inner_frames))
    return list(nodes), list(frames)


def around(graph: Graph, ids: Iterable[str], sizes: Sizes = NO_SIZES) -> Box | None:
    """The box of a frame about these nodes and frames, on the grid; None where there are none."""
    boxes = (node_box(graph.nodes[id], sizes) if id in graph.nodes else frame_box(graph.frames[id]) for id in ids)
    return padded(box_around(boxes))


def padded(box: Box | None) -> Box | None:
    """The frame's box about nodes whose box is `box`."""
    if box is None:
        return None
    left, top, right, bottom = box
    return _down(left - PADDING), _down(top - TITLE), -_down(-right - PADDING), -_down(-bottom - PADDING)


def strangers(graph: Graph, box: Box, ids: Iterable[str], sizes: Sizes = NO_SIZES) -> list[str]:
    """The nodes that a frame with this box would carry though they are neither among `ids` nor within a frame of these."""
    meant, _ = carried(graph, ids, sizes)
    return [node.id for node in graph if node.id not in meant and holds(box, node_box(node, sizes))]


def uncovered(graph: Graph, box: Box, sizes: Sizes = NO_SIZES) -> Box:
    """`box`, or the nearest below it that no node covers."""
    while covering := [found for node in graph if overlap(found := node_box(node, sizes), box)]:
        down = -_down(-max(bottom for _, _, _, bottom in covering) - GRID) - box[1]
        box = box[0], box[1] + down, box[2], box[3] + down
    return box


def _down(value: float) -> float:
    return float(value // GRID * GRID)


# ── makers of edits ───────────────────────────────────────────────────────────────────────────────────────────────────


def add(project: Project, box: Box, title: str = "", **fields: Any) -> tuple[Edit, str]:
    """A frame with this box; fields: text, color. Returns the edit and the frame's id. A title typed next is of the same step."""
    id = project.graph.free_id("frame")
    position, size = _placed(box)
    frame = Frame(id, title, position=position, size=size, **fields)
    label = "Add frame" if title else "Add comment"
    return Edit(label, (Change(("frame", id), ABSENT, frame),), merge=_typing(id, "title")), id


def moved(
    project: Project, ids: str | Iterable[str], dx: float, dy: float, *, sizes: Sizes = NO_SIZES, gesture: str = ""
) -> Edit:
    """Frames (and nodes beside them), one or many, moved together with all nodes and frames that lie wholly within.

    gesture: a key that is the same through one drag, so that it becomes one step.
    """
    graph = project.graph
    nodes, frames = carried(graph, (ids,) if isinstance(ids, str) else ids, sizes)
    changes = [_frame_changed(graph, id, position=_shifted(graph.frames[id].position, dx, dy)) for id in frames]
    for id in nodes:
        node = graph.nodes[id]
        changes.append(Change(("node", id), node, replace(node, position=_shifted(node.position, dx, dy))))
    return Edit("Move", tuple(changes), merge=gesture)


def resized(project: Project, id: str, box: Box, *, gesture: str = "") -> Edit:
    """Frame `id` with another box, never smaller than SMALLEST; what it holds from then on is what lies within."""
    position, size = _placed(box)
    return Edit("Resize frame", (_frame_changed(project.graph, id, position=position, size=size),), merge=gesture)


def changed(project: Project, id: str, **fields: Any) -> Edit:
    """title, text or color of a frame; typing in one of them is one step."""
    label = "Rename frame" if "title" in fields else "Change frame"
    return Edit(label, (_frame_changed(project.graph, id, **fields),), merge=_typing(id, *fields))


def _typing(id: str, *fields: str) -> str:
    return f"frame:{id}:{','.join(sorted(fields))}"


def remove(project: Project, ids: Iterable[str]) -> Edit:
    """These frames go, their nodes stay."""
    frames = project.graph.frames
    gone = [id for id in dict.fromkeys(ids) if id in frames]
    return Edit("Dissolve frame", tuple(Change(("frame", id), frames[id], ABSENT) for id in gone))


def _frame_changed(graph: Graph, id: str, **fields: Any) -> Change:
    old = graph.frames[id]
    return Change(("frame", id), old, replace(old, **fields))


def _placed(box: Box) -> tuple[Position, Size]:
    left, top, right, bottom = (float(value) for value in box)
    return (left, top), (max(SMALLEST[0], right - left), max(SMALLEST[1], bottom - top))


def _shifted(position: Position, dx: float, dy: float) -> Position:
    return position[0] + float(dx), position[1] + float(dy)


# ── for the clipboard ─────────────────────────────────────────────────────────────────────────────────────────────────


def taken_along(
    graph: Graph, ids: Collection[str], frames: Iterable[str] = (), sizes: Sizes = NO_SIZES
) -> dict[str, Frame]:
    """The frames that a copy of the nodes `ids` takes: the selected `frames`, and each whose nodes (one at least) are all among them."""
    chosen = set(ids)
    wanted = dict.fromkeys(frames)
    for id in graph.frames:
        nodes, _ = inside(graph, id, sizes)
        if nodes and chosen.issuperset(nodes):
            wanted[id] = None
    return {id: graph.frames[id] for id in wanted if id in graph.frames}
