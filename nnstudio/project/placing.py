"""Where does a new node go, and what is it wired to? One undoable edit for "add behind this one" and for each cure a problem offers."""

from collections.abc import Sequence
from dataclasses import replace

from nnstudio.problems import Fix
from nnstudio.project.edits import Change, Edit, next_slot, set_param
from nnstudio.project.graph import Graph, Node, Slot, Source, Wire
from nnstudio.project.layout import BLOCK_GAP, COLUMN_GAP, NODE_SIZE
from nnstudio.project.project import Project
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
    position: tuple[float, float] | None = None,
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
        node = new_node(graph, spec, _free_spot(graph, _beside_all(graph)))
        return Edit(f"Add {spec.title}", (Change(("node", node.id), None, node),)), node.id
    return _behind(graph, registry, spec, previous)


def fix_edit(project: Project, registry: Registry, fix: Fix) -> Edit | None:
    """The cure as an edit, or None where the project is no longer what it was made for."""
    graph = project.graph
    node = graph.nodes.get(fix.node or "")
    if fix.action == "set_param" and node and fix.param:
        return set_param(project, node.id, fix.param, fix.value)
    spec = registry.layer(fix.type or "")
    if spec is None:
        return None
    if fix.action == "insert_before" and node:
        wires = graph.wires_into(node.id, fix.port or None)
        return into_wire(graph, spec, wires[0]) if wires and spec.inputs and spec.outputs else None
    if fix.action == "add_node":
        found = place(project, registry, spec.id, after=(fix.node,) if fix.node else ())
        return found[0] if found else None
    return None


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


def _behind(graph: Graph, registry: Registry, spec: LayerSpec, previous: Node) -> tuple[Edit, str]:
    leaving = graph.wires_out_of(previous.id)
    if len(leaving) == 1 and spec.outputs:
        edit = into_wire(graph, spec, leaving[0])
        return edit, next(
            change.after.id for change in edit.changes if change.before is None and isinstance(change.after, Node)
        )
    node = new_node(graph, spec, _free_spot(graph, (previous.position[0] + COLUMN, previous.position[1])))
    port = spec.inputs[0]
    slot = next_slot(graph, node.id, port.name, many=port.many)
    source = Source(previous.id, _outputs(registry, previous)[0])
    changes = (Change(("node", node.id), None, node), Change(("wire", slot), None, source))
    return Edit(f"Add {spec.title}", changes), node.id


def into_wire(graph: Graph, spec: LayerSpec, wire: Wire) -> Edit:
    """source → new node → target; what stands to the right in the same row makes room."""
    x, y = graph.nodes[wire.source.node].position
    spot = (x + COLUMN, y)
    moved = _make_room(graph, x, y) if collides(graph, spot) else []
    if moved is None:
        spot, moved = _free_spot(graph, spot), []
    node = new_node(graph, spec, spot)
    changes = (
        Change(("node", node.id), None, node),
        Change(("wire", Slot(node.id, spec.inputs[0].name)), None, wire.source),
        Change(("wire", wire.target), wire.source, Source(node.id, spec.outputs[0].name)),
        *(Change(("node", after.id), graph.nodes[after.id], after) for after in moved),
    )
    return Edit(f"Insert {spec.title}", changes)


def _make_room(graph: Graph, x: float, y: float) -> list[Node] | None:
    """All to the right of `x` in the row `y`, one column further; None where they would then cover others."""
    moved = [
        replace(node, position=(node.position[0] + COLUMN, node.position[1]))
        for node in graph
        if node.position[0] >= x + WIDTH and abs(node.position[1] - y) < HEIGHT
    ]
    gone = {node.id for node in moved}
    resting = Graph({node.id: node for node in graph if node.id not in gone})
    spot = (x + COLUMN, y)
    covers = any(collides(resting, node.position) for node in moved) or collides(resting, spot)
    return None if covers else moved


def collides(graph: Graph, spot: tuple[float, float]) -> bool:
    return any(abs(node.position[0] - spot[0]) < WIDTH and abs(node.position[1] - spot[1]) < HEIGHT for node in graph)


def _free_spot(graph: Graph, spot: tuple[float, float]) -> tuple[float, float]:
    """`spot`, or the first below it that no node covers."""
    while collides(graph, spot):
        spot = (spot[0], spot[1] + ROW)
    return spot


def _beside_all(graph: Graph) -> tuple[float, float]:
    """A column to the right of everything, in the row of the rightmost node."""
    if not graph.nodes:
        return (0.0, 0.0)
    rightmost = max(graph, key=lambda node: node.position[0])
    return (rightmost.position[0] + COLUMN, rightmost.position[1])
