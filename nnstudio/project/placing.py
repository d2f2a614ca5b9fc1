"""Where does a new node go, and what is it wired to? One undoable edit for "add behind this one" and for each cure a problem offers."""

from collections.abc import Sequence
from dataclasses import replace

from nnstudio.problems import Fix, Problem
from nnstudio.project.block_exposed import expose, set_at
from nnstudio.project.block_follow import followed
from nnstudio.project.boxes import NO_SIZES, NODE_SIZE, Position, Sizes, box_at, node_box, overlap, snapped
from nnstudio.project.edits import Change, Edit, next_slot, set_param
from nnstudio.project.find import Found, with_type
from nnstudio.project.flat import path_of
from nnstudio.project.graph import Graph, Node, Slot, Source, Wire
from nnstudio.project.layout import BLOCK_GAP, COLUMN_GAP, ROW_GAP
from nnstudio.project.project import Project
from nnstudio.project.room import DOWN, RIGHT, axis_of, let_in
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec

WIDTH, HEIGHT = NODE_SIZE
COLUMN = WIDTH + COLUMN_GAP
ROW = HEIGHT + BLOCK_GAP
"""From one node to the next, corner to corner."""


def new_node(graph: Graph, spec: LayerSpec, position: tuple[float, float] = (0.0, 0.0)) -> Node:
    """A node of this kind under a free id: conv1, conv2, …"""
    stem = spec.stem or spec.id.rpartition(".")[2].rstrip("0123456789")
    return Node(graph.free_id(stem), spec.id, position=position)


def place(
    project: Project,
    registry: Registry,
    type: str,
    *,
    after: Sequence[str] = (),
    position: Position | None = None,
    sizes: Sizes = NO_SIZES,
) -> tuple[Edit, str] | None:
    """Add a node of kind `type`; (edit, its id), or None where no plugin brings that kind.

    At `position`, if given, and unwired. Else behind the node `after`, where exactly one is named, or behind the only open end:
    wired to it when it has an output to give; into its wire, where exactly one leaves it and the new node has an output of its own.
    """
    spec = registry.layer(type)
    if spec is None:
        return None
    graph = project.graph
    if position is not None:
        node = new_node(graph, spec, position)
        return Edit(f"Add {spec.title}", (Change(("node", node.id), None, node),)), node.id
    previous = _previous(graph, registry, after)
    if previous is None or not spec.inputs:
        node = new_node(graph, spec, _free_spot(graph, _beside_all(graph, sizes), sizes))
        return Edit(f"Add {spec.title}", (Change(("node", node.id), None, node),)), node.id
    return _behind(graph, registry, spec, previous, sizes)


def fix_edit(project: Project, registry: Registry, fix: Fix, *, sizes: Sizes = NO_SIZES) -> Edit | None:
    """The cure as an edit, or None where the project is no longer what it was made for.

    A node within an instance is cured in its definition; a parameter that the block exposes, at the instance.
    """
    path, id = path_of(fix.node or "")
    if path:
        return _fix_within(project, registry, fix, path, id)
    graph = project.graph
    node = graph.nodes.get(fix.node or "")
    if fix.action == "set_param" and node and fix.param:
        return set_param(project, node.id, fix.param, fix.value)
    spec = registry.layer(fix.type or "")
    if spec is None:
        return None
    if fix.action == "replace" and node:
        made = with_type(project, registry, [Found(node.id, "", (), node.label, "", "")], spec.id)
        return None if isinstance(made, Problem) else made[0]
    if fix.action == "insert_before" and node:
        wires = graph.wires_into(node.id, fix.port or None)
        return into_wire(graph, spec, wires[0], sizes) if wires and spec.inputs and spec.outputs else None
    if fix.action == "add_node":
        found = place(project, registry, spec.id, after=(fix.node,) if fix.node else (), sizes=sizes)
        return found[0] if found else None
    return None


def _fix_within(project: Project, registry: Registry, fix: Fix, path: str, id: str) -> Edit | None:
    instance = project.flattened.instances.get(path)
    if instance is None:
        return None
    if fix.action == "set_param" and fix.param:
        owner, name = set_at(project, fix.node or "", fix.param)
        if owner != fix.node:
            return fix_edit(project, registry, replace(fix, node=owner, param=name))
    if fix.action == "expose" and fix.param:
        exposing = expose(project, registry, instance.block, id, fix.param, str(fix.value or ""))
        return exposing if isinstance(exposing, Edit) else None
    edit = fix_edit(project.inside(instance.block), registry, replace(fix, node=id))
    return followed(project, edit.inside(instance.block)) if edit is not None else None


def _previous(graph: Graph, registry: Registry, after: Sequence[str]) -> Node | None:
    """The node to go behind: the one named, or the only node with an output that feeds nothing."""
    if len(after) == 1:
        node = graph.nodes.get(after[0])
        return node if node and _outputs(registry, node) else None
    if after:
        return None
    ends = [node for node in graph if _outputs(registry, node) and not graph.wires_out_of(node.id)]
    return ends[0] if len(ends) == 1 else None


def _outputs(registry: Registry, node: Node) -> tuple[str, ...]:
    spec = registry.layer(node.type)
    return tuple(port.name for port in spec.outputs) if spec else ()


def _behind(graph: Graph, registry: Registry, spec: LayerSpec, previous: Node, sizes: Sizes) -> tuple[Edit, str]:
    leaving = graph.wires_out_of(previous.id)
    if len(leaving) == 1 and spec.outputs:
        edit = into_wire(graph, spec, leaving[0], sizes)
        return edit, edit.changes[0].after.id
    entering = graph.wires_into(previous.id)
    axis = axis_of(graph, entering[0], sizes) if entering else RIGHT  # on the way that the drawing has taken so far
    node = new_node(graph, spec, _free_spot(graph, _next_to(previous, axis, sizes), sizes))
    port = spec.inputs[0]
    slot = next_slot(graph, node.id, port.name, many=port.many)
    source = Source(previous.id, _outputs(registry, previous)[0])
    changes = (Change(("node", node.id), None, node), Change(("wire", slot), None, source))
    return Edit(f"Add {spec.title}", changes), node.id


def into_wire(graph: Graph, spec: LayerSpec, wire: Wire, sizes: Sizes = NO_SIZES) -> Edit:
    """source → new node → target; what stands in the way moves on, along the way that the wire leads."""
    node = new_node(graph, spec, _next_to(graph.nodes[wire.source.node], axis_of(graph, wire, sizes), sizes))
    room = let_in(graph, wire, {node.id: node_box(node, sizes)}, sizes)
    changes = (
        Change(("node", node.id), None, node),
        Change(("wire", Slot(node.id, spec.inputs[0].name)), None, wire.source),
        Change(("wire", wire.target), wire.source, Source(node.id, spec.outputs[0].name)),
        *room.changes(graph),
    )
    return Edit(f"Insert {spec.title}", changes)


def _next_to(node: Node, axis: int, sizes: Sizes) -> Position:
    """The corner of a usual node behind or below `node`, level with it or with the same middle."""
    left, top, right, bottom = node_box(node, sizes)
    if axis == DOWN:
        return snapped((left + right - WIDTH) / 2), snapped(bottom + ROW_GAP)
    level = top + (bottom - top - HEIGHT) / 2
    return snapped(right + COLUMN_GAP), level


def collides(graph: Graph, spot: Position, sizes: Sizes = NO_SIZES) -> bool:
    """Would a node of the usual size there cover another?"""
    box = box_at(spot, NODE_SIZE)
    return any(overlap(node_box(node, sizes), box) for node in graph)


def _free_spot(graph: Graph, spot: Position, sizes: Sizes) -> Position:
    """`spot`, or the first below it that no node covers."""
    while collides(graph, spot, sizes):
        spot = (spot[0], spot[1] + ROW)
    return spot


def _beside_all(graph: Graph, sizes: Sizes) -> Position:
    """A column to the right of everything, in the row of the rightmost node."""
    if not graph.nodes:
        return (0.0, 0.0)
    return _next_to(max(graph, key=lambda node: node_box(node, sizes)[2]), RIGHT, sizes)
