"""How is a definition changed? What it is called, what kind it is, its ports: one edit each, which all instances follow.

All are given the whole project and make edits for it; what cannot be is said by a Problem.
"""

from collections.abc import Mapping
from dataclasses import replace

from nnstudio.problems import Problem
from nnstudio.project.block_copies import free_block_id
from nnstudio.project.block_follow import followed, instances
from nnstudio.project.block_ungroup import ungroup
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, REROUTE, block_of, entries, exits
from nnstudio.project.edits import ABSENT, Change, Edit, apply, remove_nodes
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.placing import COLUMN, ROW
from nnstudio.project.project import Project
from nnstudio.registry import Registry


def set_field(project: Project, block: str, name: str, value: str) -> Edit:
    """`title` or `note` of a definition; typing in one of them is one step."""
    old = project.blocks[block]
    change = Change(("block", block), old, replace(old, **{name: value}))
    return Edit("Rename block" if name == "title" else f"Change {name}", (change,), merge=f"block:{block}:{name}")


def set_kind(project: Project, block: str, kind: str) -> Edit:
    """`kind` "block" or "scan"; a scan is not repeated, so instances lose their `repeat`."""
    old = project.blocks[block]
    edit = Edit(
        "Run over the time axis" if kind == "scan" else "Compute once",
        (Change(("block", block), old, replace(old, kind=kind)),),
    )
    return followed(project, edit)


def set_carry(project: Project, block: str, port: str, output: str, registry: Registry | None = None) -> Edit:
    """In a scan: input `port` gets at each step what `output` gave at the step before; "" : it is a sequence's value at each step.

    With a registry it also begins in the size in which it comes back, where nobody has set one and that is plain to see.
    """
    graph = project.blocks[block].graph
    node = graph.nodes[port]
    new = node.with_param("carry", output) if output else node.without_param("carry")
    width = _width(graph, registry, output) if registry is not None and output and "size" not in node.params else None
    if width is not None:
        new = new.with_param("size", [width])
    return Edit("Change carry", (Change(("node", port), node, new, block),))


def _width(graph: Graph, registry: Registry, id: str) -> int | None:
    """How many features reach `id`: those of the nearest Linear before it, with nothing between that could change their number."""
    seen: set[str] = set()
    while id in graph.nodes and id not in seen:
        seen.add(id)
        node = graph.nodes[id]
        spec, wires = registry.layer(node.type), graph.wires_into(id)
        field = spec.params.model_fields.get("out_features") if spec is not None else None
        if field is not None:
            width = node.params.get("out_features", field.default)
            return width if isinstance(width, int) else None
        if spec is None or not wires or not {node.type, spec.category} & _SAME_WIDTH:
            return None
        id = wires[0].source.node
    return None


_SAME_WIDTH = frozenset({BLOCK_OUTPUT, REROUTE, "nnstudio.add", "activation", "regularization", "normalization"})
"""Kinds and categories of layers that give as many features as they get."""


def set_gives(project: Project, block: str, port: str, gives: str) -> Edit:
    """In a scan: output `port` gives the values of all steps ("sequence") or that of the last one ("last")."""
    node = project.blocks[block].graph.nodes[port]
    new = node.with_param("gives", gives) if gives != "sequence" else node.without_param("gives")
    return Edit("Change output", (Change(("node", port), node, new, block),))


def make_unique(project: Project, instance: str, block: str = "") -> tuple[Edit, str] | Problem:
    """A definition of its own, the same as before, for one instance in the graph of `block`; (edit, the new definition's id)."""
    node = project.inside(block).graph.nodes[instance]
    old = block_of(node, project.blocks)
    if old is None:
        return _wrong(f"'{node.label}' is no block of this project.", "Select a block.")
    id = free_block_id(old.id, project.blocks)
    titles = {other.title for other in project.blocks.values()}
    title = next(title for n in range(2, len(titles) + 3) if (title := f"{old.title or old.id} {n}") not in titles)
    changes = (
        Change(("block", id), ABSENT, replace(old, id=id, title=title)),
        Change(("node", instance), node, replace(node, type=PREFIX + id), block),
    )
    return Edit(f"Make {node.label} unique", changes), id


def remove_definition(project: Project, block: str, *, opened: bool) -> Edit | Problem:
    """The definition goes; its instances (see `block_follow.breaks`) become their nodes where `opened`, else they go as well."""
    title = project.blocks[block].title or block
    now, done = project, Edit(f"Delete block {title}", ())
    for where, node in instances(project, block):
        step = ungroup(now, node.id, where) if opened else remove_nodes(now.inside(where), [node.id]).inside(where)
        if isinstance(step, Problem):
            return step
        step = followed(now, step[0] if isinstance(step, tuple) else step)
        now, done = apply(now, step), done.then(step)
    return done.then(Edit("", (Change(("block", block), now.blocks[block], ABSENT),)))


# ── ports ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_port(project: Project, block: str, *, output: bool = False, name: str = "") -> tuple[Edit, str]:
    """One more input (or output), below the others; (edit, its id)."""
    definition = project.blocks[block]
    graph = definition.graph
    there = exits(definition) if output else entries(definition)
    id = _next_id(graph, there, "out" if output else "in")
    if there:
        position = (there[-1].position[0], max(node.position[1] for node in there) + ROW)
    else:
        xs = [node.position[0] for node in graph] or [0.0]
        position = (max(xs) + COLUMN, 0.0) if output else (min(xs) - COLUMN, 0.0)
    node = Node(id, BLOCK_OUTPUT if output else BLOCK_INPUT, position=position, name=name)
    return Edit("Add output" if output else "Add input", (Change(("node", id), ABSENT, node, block),)), id


def _next_id(graph: Graph, ports: list[Node], stem: str) -> str:
    """An id that comes behind those of `ports` in natural order."""
    numbers = [int(end) for node in ports if (end := node.id.removeprefix(stem)).isdecimal()]
    number = max(numbers, default=0) + 1
    while f"{stem}{number}" in graph.nodes or f"{stem}{number}" in graph.frames:
        number += 1
    return f"{stem}{number}"


def remove_port(project: Project, block: str, port: str) -> Edit:
    """The port goes, and at every instance the wires at it (see `block_follow.wires_at`)."""
    edit = remove_nodes(project.inside(block), [port]).inside(block)
    return followed(project, replace(edit, label="Delete port"))


def rename_port(project: Project, block: str, port: str, name: str) -> Edit:
    """What people read on every instance; wires go by the id, which stays, so none is lost."""
    node = project.blocks[block].graph.nodes[port]
    change = Change(("node", port), node, replace(node, name=name), block)
    return Edit("Rename port", (change,), merge=f"name:{block}/{port}")


def move_port(project: Project, block: str, port: str, by: int) -> Edit:
    """The port changes places with the next (by = 1) or the one before (by = −1) of its sort; nothing, where there is none.

    The order of ports is that of their ids, so the two change ids, and every wire to them follows.
    """
    definition = project.blocks[block]
    ports = [
        node.id for node in (entries(definition) if port in {n.id for n in entries(definition)} else exits(definition))
    ]
    index = ports.index(port) + by
    if not 0 <= index < len(ports):
        return Edit("Move port", ())
    swap = {port: ports[index], ports[index]: port}
    nodes = definition.graph.nodes
    changes: list[Change] = []
    exposed = tuple(replace(item, node=swap.get(item.node, item.node)) for item in definition.exposed)
    if exposed != definition.exposed:
        changes.append(Change(("block", block), definition, replace(definition, exposed=exposed)))
    changes += [
        Change(("node", new), nodes[new], _recarried(replace(nodes[old], id=new), swap), block)
        for old, new in swap.items()
    ]
    changes += [
        Change(("node", id), node, new, block)
        for id, node in nodes.items()
        if id not in swap and (new := _recarried(node, swap)) != node
    ]
    inner = {
        slot._replace(node=swap.get(slot.node, slot.node)): source._replace(node=swap.get(source.node, source.node))
        for slot, source in definition.graph.wires.items()
    }
    changes += _rewired(definition.graph, inner, block)
    for where, graph in {where: project.inside(where).graph for where, _ in instances(project, block)}.items():
        changes += _rewired(graph, _replugged(graph, PREFIX + block, swap), where)
    return Edit("Move port", tuple(changes))


def _recarried(node: Node, swap: Mapping[str, str]) -> Node:
    carry = str(node.params.get("carry", ""))
    return node.with_param("carry", swap[carry]) if node.type == BLOCK_INPUT and carry in swap else node


def _replugged(graph: Graph, type: str, swap: Mapping[str, str]) -> dict[Slot, Source]:
    """The wires of `graph` with the ports in `swap` of every node of `type` changed for each other."""

    def at(node: str, port: str) -> str:
        return swap.get(port, port) if graph.nodes[node].type == type else port

    return {
        slot._replace(port=at(slot.node, slot.port)): source._replace(port=at(source.node, source.port))
        for slot, source in graph.wires.items()
    }


def _rewired(graph: Graph, wires: Mapping[Slot, Source], block: str) -> list[Change]:
    return [
        Change(("wire", slot), graph.wires.get(slot), wires.get(slot), block)
        for slot in sorted({*graph.wires, *wires})
        if graph.wires.get(slot) != wires.get(slot)
    ]


def _wrong(message: str, remedy: str) -> Problem:
    return Problem("block.definition", message, remedy=remedy)
