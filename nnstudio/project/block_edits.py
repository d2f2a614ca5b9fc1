"""How do nodes become a block? One edit, which leaves what is computed as it was.

`block` names the definition in whose graph it happens ("": the project's own); the edit is made for the whole project.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from nnstudio.problems import Problem
from nnstudio.project.block_copies import free_block_id
from nnstudio.project.block_paths import moved_paths
from nnstudio.project.block_ports import Entrance, Exit, ports_of
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, PREFIX, with_blocks
from nnstudio.project.boxes import Position
from nnstudio.project.check_options import SHARE
from nnstudio.project.edits import ABSENT, Change, Edit
from nnstudio.project.frames import taken_along
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.natural import natural
from nnstudio.project.placing import COLUMN, HEIGHT, ROW
from nnstudio.project.project import Block, Project
from nnstudio.registry import Registry

NO_LAYERS = Registry()
PORTS = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})
Placed = TypeVar("Placed", Node, Frame)


def group(
    project: Project, ids: Iterable[str], title: str, block: str = "", registry: Registry = NO_LAYERS
) -> tuple[Edit, str] | Problem:
    """The nodes `ids` as a new definition called `title` and an instance of it in their place; (edit, the instance's id), or why it cannot be.

    What crosses its edge goes through ports, and so will what is to be wired yet (see `block_ports.ports_of`): registry says which inputs and
    outputs the layers have. What the block around exposes of the nodes is exposed by the new one too; rules and bookmarks follow.
    """
    whole, project = project, project.inside(block)
    graph = project.graph
    chosen = sorted((id for id in set(ids) & graph.nodes.keys() if graph.nodes[id].type not in PORTS), key=natural)
    if wrong := _cannot_group(graph, chosen):
        return wrong
    new_id = free_block_id(_slug(title), whole.blocks)
    entrances, leaving = ports_of(project, chosen, with_blocks(registry, whole))
    definition = _definition(graph, chosen, entrances, leaving)
    held_by = whole.blocks[block].exposed if block else ()
    passed_on = tuple(item for item in held_by if item.node in chosen)
    definition = replace(definition, id=new_id, title=title.strip() or "Block", exposed=passed_on)
    stem = new_id.rstrip("0123456789_") or "block"
    instance = Node(graph.free_id(stem), PREFIX + new_id, position=_middle(graph, chosen))
    inside, outputs = set(chosen), {each.source: each.id for each in leaving}

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
        for wire in graph.all_wires()
        if wire.source.node in inside and wire.target.node not in inside
    ]
    local += [Change(("frame", id), graph.frames[id], ABSENT) for id in definition.graph.frames]
    local += [Change(("node", id), graph.nodes[id], ABSENT) for id in chosen]
    local += [Change(("node", instance.id), ABSENT, instance)]
    local += [Change(("wire", Slot(instance.id, each.id)), ABSENT, each.source) for each in entrances if each.source]
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


def _definition(graph: Graph, chosen: Sequence[str], entrances: Sequence[Entrance], exits: Sequence[Exit]) -> Block:
    """A block that holds `chosen` and the frames about them, between its ports."""
    inside = set(chosen)
    wires = {slot: source for slot, source in graph.wires.items() if {slot.node, source.node} <= inside}
    wires |= {slot: Source(each.id) for each in entrances for slot in each.slots}
    wires |= {Slot(each.id): each.source for each in exits}
    left, top = _corner(graph, chosen)
    nodes = {id: shifted(graph.nodes[id], COLUMN - left, -top) for id in chosen}
    right = max(node.position[0] for node in nodes.values()) + COLUMN
    served = [(each, [slot.node for slot in each.slots]) for each in entrances]
    handed_on = [(each, [each.source.node]) for each in exits]
    for type, ports, x in ((BLOCK_INPUT, served, 0.0), (BLOCK_OUTPUT, handed_on, right)):
        y = float("-inf")
        for port, ends in ports:
            y = max(min(nodes[end].position[1] for end in ends) + HEIGHT / 4, y + ROW)  # it is half as high as a card
            nodes[port.id] = Node(port.id, type, position=(x, y), name=port.name)
    frames = {id: shifted(frame, COLUMN - left, -top) for id, frame in taken_along(graph, chosen).items()}
    return Block("", graph=Graph(nodes, wires, frames))


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
