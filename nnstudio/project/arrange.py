"""Selected nodes in line or evenly apart, frames with all that they hold; collapsed ones stay where their middle was."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from nnstudio.project.boxes import NO_SIZES, Box, Position, Sizes, frame_box, node_box
from nnstudio.project.edits import Change, Edit
from nnstudio.project.frames import carried, inside, moved
from nnstudio.project.graph import Graph
from nnstudio.project.project import Project

Side = Literal["left", "right", "top", "bottom", "centre", "middle"]
"""centre: the vertical line through the middles; middle: the horizontal one."""

Shifts = Mapping[str, Position]
"""How far each selected node or frame moves."""


def aligned(project: Project, ids: Collection[str], side: Side, *, sizes: Sizes = NO_SIZES) -> Edit:
    """All with this side on the line of the outermost of them; centres and middles on the mean of the two outermost."""
    boxes = _boxes(project.graph, ids, sizes)
    axis = 0 if side in {"left", "right", "centre"} else 1
    shifts: dict[str, Position] = {}
    if len(boxes) > 1:
        near, far = min(box[axis] for box in boxes.values()), max(box[axis + 2] for box in boxes.values())
        for id, box in boxes.items():
            if side in {"left", "top"}:
                by = near - box[axis]
            elif side in {"right", "bottom"}:
                by = far - box[axis + 2]
            else:
                by = round((near + far) / 2 - (box[axis] + box[axis + 2]) / 2)
            shifts[id] = (by, 0.0) if axis == 0 else (0.0, by)
    return _shifted(project, shifts, sizes, f"Align {side}")


def distributed(project: Project, ids: Collection[str], axis: int, *, sizes: Sizes = NO_SIZES) -> Edit:
    """The same gap between each and the next along the axis (0: x, 1: y); the two outermost stay. Less than three are left alone."""
    boxes = _boxes(project.graph, ids, sizes)
    order = sorted(boxes, key=lambda id: (boxes[id][axis] + boxes[id][axis + 2], id))
    shifts: dict[str, Position] = {}
    if len(order) > 2:
        first, last = boxes[order[0]], boxes[order[-1]]
        taken = sum(boxes[id][axis + 2] - boxes[id][axis] for id in order[1:-1])
        gap = (last[axis] - first[axis + 2] - taken) / (len(order) - 1)
        at = first[axis + 2]
        for id in order[1:-1]:
            by = float(round(at + gap)) - boxes[id][axis]
            shifts[id] = (by, 0.0) if axis == 0 else (0.0, by)
            at += gap + boxes[id][axis + 2] - boxes[id][axis]
    return _shifted(project, shifts, sizes, "Distribute")


def collapsed(project: Project, lower: Mapping[str, float], *, on: bool, label: str) -> Edit:
    """Nodes that show their titles alone, or all again. lower: by how much each becomes lower; its middle stays, and so its wires stay level."""
    changes: list[Change] = []
    for id, by in lower.items():
        node = project.graph.nodes[id]
        x, y = node.position
        if node.collapsed != on:
            changes.append(Change(("node", id), node, replace(node, collapsed=on, position=(x, y + by / 2))))
    return Edit(label, tuple(changes))


def _boxes(graph: Graph, ids: Collection[str], sizes: Sizes) -> dict[str, Box]:
    """Of the nodes and frames named, without those that a frame among them carries."""
    frames = [id for id in ids if id in graph.frames]
    within = {inner for id in frames for group in inside(graph, id, sizes) for inner in group}
    boxes: dict[str, Box] = {}
    for id in dict.fromkeys(ids):
        if id in graph.nodes and id not in within:
            boxes[id] = node_box(graph.nodes[id], sizes)
        elif id in graph.frames and id not in within:
            boxes[id] = frame_box(graph.frames[id])
    return boxes


def _shifted(project: Project, shifts: Shifts, sizes: Sizes, label: str) -> Edit:
    """One edit; nodes within two selected frames that overlap move with the first."""
    changes: list[Change] = []
    done: set[str] = set()
    for id, (dx, dy) in shifts.items():
        if dx or dy:
            edit = moved(project, id, dx, dy, sizes=sizes)
            changes += [change for change in edit.changes if change.place[1] not in done]
        done.update(*carried(project.graph, (id,), sizes))
    return Edit(label, tuple(changes))
