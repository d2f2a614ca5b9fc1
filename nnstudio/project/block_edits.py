"""How do nodes become a block? One edit, which leaves what is computed as it was.

`block` names the definition in whose graph it happens ("": the project's own); the edit is made for the whole project.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from nnstudio.problems import Problem
from nnstudio.project.block_copies import free_block_id
from nnstudio.project.block_paths import moved_paths
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX
from nnstudio.project.check_options import SHARE
from nnstudio.project.edits import ABSENT, Change, Edit
from nnstudio.project.frames import taken_along
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source, Wire
from nnstudio.project.natural import natural
from nnstudio.project.placing import COLUMN, HEIGHT, ROW
from nnstudio.project.project import Block, Project

PORTS = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})
Position = tuple[float, float]
Placed = TypeVar("Placed", Node, Frame)


def group(project: Project, ids: Iterable[str], title: str, block: str = "") -> tuple[Edit, str] | Problem:
    """The nodes `ids` as a new definition called `title` and an instance of it in their place; (edit, the instance's id), or why it cannot be.

    Each output outside that is read within becomes an input, each one within that is read outside an output, called after what it carries.
    What the block around exposes of the nodes is exposed by the new one too; rules and bookmarks follow.
    """
    whole, project = project, project.inside(block)
    graph = project.graph
    chosen = sorted((id for id in set(ids) & graph.nodes.keys() if graph.nodes[id].type not in PORTS), key=natural)
    if wrong := _cannot_group(graph, chosen):
        return wrong
    new_id = free_block_id(_slug(title), whole.blocks)
    definition, inputs, outputs = _definition(graph, chosen)
    held_by = whole.blocks[block].exposed if block else ()
    passed_on = tuple(item for item in held_by if item.node in chosen)
    definition = replace(definition, id=new_id, title=title.strip() or "Block", exposed=passed_on)
    stem = new_id.rstrip("0123456789_") or "block"
    instance = Node(graph.free_id(stem), PREFIX + new_id, position=_middle(graph, chosen))
    inside = set(chosen)

    changes: list[Change] = [Change(("block", new_id), ABSENT, definition)]
    if passed_on:
        named = (replace(item, node=instance.id, param=item.name) if item in passed_on else item for item in held_by)
        around = whole.blocks[block]
        changes.append(Change(("block", block), around, replace(around, exposed=tuple(dict.fromkeys(named)))))
    local = [
        Change(("wire", wire.target), wire.source, ABSENT) for wire in graph.all_wires() if wire.target.node in inside
    ]
    local += [
        Change(("wire", wire.target), wire.source, Source(instance.id, outputs[wire.source]))
        for wire in _leaving(graph, inside)
    ]
    local += [Change(("frame", id), graph.frames[id], ABSENT) for id in definition.graph.frames]
    local += [Change(("node", id), graph.nodes[id], ABSENT) for id in chosen]
    local += [Change(("node", instance.id), ABSENT, instance)]
    local += [Change(("wire", Slot(instance.id, port)), ABSENT, source) for source, port in inputs.items()]
    changes += Edit("", tuple(local)).inside(block).changes

    def moved(rest: Sequence[str]) -> list[list[str]]:
        return [[instance.id, *rest] if rest[0].partition("[")[0] in inside else list(rest)]

    changes += moved_paths(whole, block, moved)
    return Edit(f"Group into {definition.title}", tuple(changes)), instance.id


def _cannot_group(graph: Graph, chosen: Sequence[str]) -> Problem | None:
    inside = set(chosen)
    if not chosen:
        return _wrong("There is nothing to group.", "Select the nodes that the block shall hold.")
    for node in graph:
        other = graph.nodes.get(str(node.options.get(SHARE, "")))
        if other is not None and (node.id in inside) != (other.id in inside):
            message = f"'{node.label}' uses the weights of '{other.label}', and only one of them is selected."
            return _wrong(message, "Select both, or let it have weights of its own first.")
    if between := sorted(_reached(graph, inside, "out") & _reached(graph, inside, "into") - inside, key=natural):
        names = ", ".join(f"'{graph.nodes[id].label}'" for id in between[:3])
        message = f"What leaves the selected nodes comes back to them by way of {names}."
        return _wrong(message, "Select what lies between as well.")
    return None


def _reached(graph: Graph, starts: Collection[str], way: str) -> set[str]:
    """All nodes that are fed by `starts` (way "out"), or that feed them ("into"), at any distance."""
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        id = waiting.pop()
        out = way == "out"
        wires = graph.wires_out_of(id) if out else graph.wires_into(id)
        ends = [wire.target.node if out else wire.source.node for wire in wires]
        waiting += [end for end in ends if end not in reached]
        reached.update(ends)
    return reached


def _definition(graph: Graph, chosen: Sequence[str]) -> tuple[Block, dict[Source, str], dict[Source, str]]:
    """A block that holds `chosen` and the frames about them; the input for each source outside, the output for each source within."""
    inside = set(chosen)
    entering = [wire for wire in graph.all_wires() if wire.target.node in inside and wire.source.node not in inside]
    inputs = _ports(graph, entering, "in", inside)
    outputs = _ports(graph, _leaving(graph, inside), "out", inside)
    wires = {slot: source for slot, source in graph.wires.items() if {slot.node, source.node} <= inside}
    wires |= {wire.target: Source(inputs[wire.source]) for wire in entering}
    wires |= {Slot(port): source for source, port in outputs.items()}
    left, top = _corner(graph, chosen)
    frames = taken_along(graph, chosen)
    nodes = {id: shifted(graph.nodes[id], COLUMN - left, -top) for id in chosen}
    right = max(node.position[0] for node in nodes.values()) + COLUMN
    taken = {node.label for node in nodes.values()}
    names = {port: _said(graph, source) for source, port in (*inputs.items(), *outputs.items())}
    for type, ports, x, ending in ((BLOCK_INPUT, inputs, 0.0, " in"), (BLOCK_OUTPUT, outputs, right, " out")):
        y = float("-inf")
        for port in ports.values():
            ends = [
                slot.node if source.node == port else source.node
                for slot, source in wires.items()
                if port in (source.node, slot.node)
            ]
            y = max(min(nodes[end].position[1] for end in ends) + HEIGHT / 4, y + ROW)  # it is half as high as a card
            name = _free_name(names[port], taken, ending)
            taken.add(name)
            nodes[port] = Node(port, type, position=(x, y), name=name)
    inner_frames = {id: shifted(frame, COLUMN - left, -top) for id, frame in frames.items()}
    return Block("", graph=Graph(nodes, wires, inner_frames)), inputs, outputs


def _ports(graph: Graph, wires: Iterable[Wire], stem: str, inside: Collection[str]) -> dict[Source, str]:
    """A port for each distinct source, from top to bottom; in1, in2, …, where no node within is called so."""
    sources = {wire.source for wire in wires}

    def place(source: Source) -> tuple[float, float, tuple[tuple[int, str], ...], str]:
        x, y = graph.nodes[source.node].position
        return y, x, natural(source.node), source.port

    ports: dict[Source, str] = {}
    number = 0
    for source in sorted(sources, key=place):
        number += 1
        while f"{stem}{number}" in inside or f"{stem}{number}" in graph.frames:
            number += 1
        ports[source] = f"{stem}{number}"
    return ports


def _said(graph: Graph, source: Source) -> str:
    """What a wire carries: the node's name, with the port's where that says more."""
    node = graph.nodes[source.node]
    plain = source.port == "output" or node.type.startswith(PREFIX)
    return node.label if plain else f"{node.label} {source.port}"


def _free_name(name: str, taken: Collection[str], ending: str) -> str:
    if name not in taken:
        return name
    free, number = name + ending, 2
    while free in taken:
        free, number = f"{name}{ending} {number}", number + 1
    return free


def _leaving(graph: Graph, inside: Collection[str]) -> list[Wire]:
    return [wire for wire in graph.all_wires() if wire.source.node in inside and wire.target.node not in inside]


def _corner(graph: Graph, ids: Iterable[str]) -> Position:
    positions = [graph.nodes[id].position for id in ids]
    return min(x for x, _ in positions), min(y for _, y in positions)


def _middle(graph: Graph, ids: Iterable[str]) -> Position:
    """Where a node stands that has its middle where theirs is."""
    positions = [graph.nodes[id].position for id in ids]
    xs, ys = [x for x, _ in positions], [y for _, y in positions]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _slug(title: str) -> str:
    """An id made of a title: "Residual block" → "residual_block"."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in title.lower())
    slug = "_".join(plain.split())
    return slug if slug and not slug[0].isdigit() else f"block_{slug}".rstrip("_")


def shifted(item: Placed, dx: float, dy: float) -> Placed:
    return replace(item, position=(item.position[0] + dx, item.position[1] + dy))


def _wrong(message: str, remedy: str) -> Problem:
    return Problem("block.group", message, remedy=remedy)
