"""How does an instance become the nodes of its definition? One edit, which leaves what is computed as it was.

`block` names the definition in whose graph it happens ("": the project's own); the edit is made for the whole project.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from nnstudio.problems import Problem
from nnstudio.project.block_edits import PORTS, shifted
from nnstudio.project.block_paths import moved_paths
from nnstudio.project.blocks import MAX_REPEAT, REPEAT, block_of, entries, exits
from nnstudio.project.check_options import SHARE
from nnstudio.project.edits import ABSENT, Change, Edit
from nnstudio.project.graph import Frame, Graph, Node, Source
from nnstudio.project.placing import COLUMN, WIDTH, collides
from nnstudio.project.project import Block, Exposed, Project


@dataclass(frozen=True)
class _Copy:
    """One time that the definition is computed, as nodes of the graph around it: {id within: node there}."""

    nodes: Mapping[str, Node]
    frames: Sequence[Frame]


def ungroup(project: Project, instance: str, block: str = "") -> tuple[Edit, list[str]] | Problem:
    """The nodes of the definition in place of `instance`; (edit, their ids), or why it cannot be. The definition stays.

    What the instance sets is set on the nodes; one that is repeated N times leaves N copies. Names are kept where they are free.
    """
    if wrong := refusal(project, instance, block):
        return wrong
    graph = project.inside(block).graph
    node = graph.nodes[instance]
    definition = block_of(node, project.blocks)
    assert definition is not None  # else it was refused
    exposed = project.blocks[block].exposed if block else ()
    opening = _Opening(graph, node, definition)
    changes: list[Change] = []
    after = tuple(new for item in exposed for new in opening.inherited(item))
    if after != exposed:
        changes.append(Change(("block", block), project.blocks[block], replace(project.blocks[block], exposed=after)))
    changes += Edit("", tuple(opening.changes())).inside(block).changes
    changes += moved_paths(project, block, opening.moved)
    return Edit(f"Ungroup {node.label}", tuple(changes)), [
        new.id for copy in opening.copies for new in copy.nodes.values()
    ]


def refusal(project: Project, instance: str, block: str = "") -> Problem | None:
    """Why `ungroup` would refuse; None where it would not."""
    graph = project.inside(block).graph
    node = graph.nodes[instance]
    definition = block_of(node, project.blocks)
    exposed = project.blocks[block].exposed if block else ()
    if definition is None:
        return _wrong(f"'{node.label}' is no block of this project.", "Select a block.")
    if definition.kind == "scan":
        message = f"'{node.label}' is computed once for each step of a sequence; its nodes alone are not."
        return _wrong(message, "Enter it to change what happens in a step.")
    if node.bypassed:
        return _wrong(f"'{node.label}' is bypassed: its nodes are not computed.", "Take the bypass away first.")
    tied = next((other for other in graph if other.options.get(SHARE) == node.id), None)
    if SHARE in node.options or tied is not None:
        user, owner = (node.label, str(node.options[SHARE])) if tied is None else (tied.label, node.label)
        return _wrong(f"'{user}' uses the weights of '{owner}' as a whole.", "Let it have weights of its own first.")
    if any(item.node == node.id and item.param == REPEAT for item in exposed):
        message = f"How often '{node.label}' is repeated is a parameter of the block around it."
        return _wrong(message, "Expose that no longer, then ungroup.")
    return None


class _Opening:
    """What stands where once the instance is open."""

    def __init__(self, graph: Graph, node: Node, definition: Block) -> None:
        self._graph, self._node, self._definition = graph, node, definition
        self._inner = [inner for inner in definition.graph if inner.type not in PORTS]
        self._entries, self._exits = entries(definition), exits(definition)
        count = node.params.get(REPEAT, 1)
        self.copies = self._copies(count if type(count) is int and 1 <= count <= MAX_REPEAT else 1)

    def changes(self) -> list[Change]:
        graph, id = self._graph, self._node.id
        changes = [Change(("wire", wire.target), wire.source, ABSENT) for wire in graph.wires_into(id)]
        for wire in graph.wires_out_of(id):
            if wire.target.node != id:
                value = self._leaving(len(self.copies) - 1, wire.source.port)
                changes.append(Change(("wire", wire.target), wire.source, value))
        changes.append(Change(("node", id), self._node, ABSENT))
        for index, copy in enumerate(self.copies):
            changes += [Change(("node", new.id), ABSENT, new) for new in copy.nodes.values()]
            changes += [Change(("frame", frame.id), ABSENT, frame) for frame in copy.frames]
            for slot, source in self._definition.graph.wires.items():
                value = self._value(index, source)
                if slot.node in copy.nodes and value is not None:
                    changes.append(Change(("wire", slot._replace(node=copy.nodes[slot.node].id)), ABSENT, value))
        return [*changes, *self._others_moved()]

    def inherited(self, item: Exposed) -> list[Exposed]:
        """What the block around exposes of the instance, it exposes of the nodes that this was for."""
        if item.node != self._node.id:
            return [item]
        meant = [inner for inner in self._definition.exposed if inner.name == item.param]
        return [
            replace(item, node=copy.nodes[inner.node].id, param=inner.param)
            for inner in meant
            for copy in self.copies
            if inner.node in copy.nodes
        ]

    def moved(self, way: Sequence[str]) -> list[list[str]]:
        """A way that led through the instance leads to its nodes; one that meant all copies to each of them."""
        id, _, index = way[0].partition("[")
        if id != self._node.id:
            return [list(way)]
        number = index.removesuffix("]")
        meant = [copy for at, copy in enumerate(self.copies) if not number or number == str(at)]
        if len(way) == 1:
            return [[new.id] for copy in meant for new in copy.nodes.values()]
        inner, bracket, repeated = way[1].partition("[")
        return [[copy.nodes[inner].id + bracket + repeated, *way[2:]] for copy in meant if inner in copy.nodes]

    # ── values ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _value(self, index: int, source: Source) -> Source | None:
        """The output, in the graph around, that `source` of one copy is; None where nothing feeds it."""
        inner = self.copies[index].nodes.get(source.node)
        if inner is not None:
            return source._replace(node=inner.id)
        number = next((number for number, entry in enumerate(self._entries) if entry.id == source.node), None)
        if number is None:
            return None
        if index and number < len(self._exits):
            return self._leaving(index - 1, self._exits[number].id)
        wires = self._graph.wires_into(self._node.id, source.node)
        return wires[0].source if wires else None

    def _leaving(self, index: int, port: str) -> Source | None:
        wires = self._definition.graph.wires_into(port)
        return self._value(index, wires[0].source) if wires else None

    # ── nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _copies(self, count: int) -> list[_Copy]:
        graph, given = self._graph, self._node.params
        others = [node for node in graph if node is not self._node]
        taken = {*(node.id for node in others), *(node.label for node in others), *graph.frames}
        left, top, right, bottom = _span(self._inner)
        step, (x, y) = right - left + COLUMN, self._node.position
        copies: list[_Copy] = []
        for index in range(count):
            dx = x - (left + right) / 2 + (index - (count - 1) / 2) * step
            dy = y - (top + bottom) / 2
            ids = {item.id: _free(item.id, taken) for item in (*self._inner, *self._definition.graph.frames.values())}
            nodes: dict[str, Node] = {}
            for inner in self._inner:
                name = "" if inner.name in taken else inner.name
                taken |= {name} - {""}
                new = replace(shifted(inner, dx, dy), id=ids[inner.id], name=name)
                for item in self._definition.exposed:
                    if item.node == inner.id and item.name in given:
                        new = new.with_param(item.param, given[item.name])
                shared = new.options.get(SHARE)
                nodes[inner.id] = new.with_option(SHARE, ids[shared]) if shared in ids else new
            frames = [
                replace(shifted(frame, dx, dy), id=ids[frame.id]) for frame in self._definition.graph.frames.values()
            ]
            copies.append(_Copy(nodes, frames))
        return self._with_room(copies)

    def _with_room(self, copies: list[_Copy]) -> list[_Copy]:
        """Where there is none about the instance, they begin at its left edge, and what is to the right makes room."""
        others = self._others()
        if not any(collides(others, new.position) for copy in copies for new in copy.nodes.values()):
            return copies
        placed = [new for copy in copies for new in copy.nodes.values()]
        dx = self._node.position[0] - _span(placed)[0]
        return [
            _Copy(
                {id: shifted(new, dx, 0) for id, new in copy.nodes.items()},
                [shifted(frame, dx, 0) for frame in copy.frames],
            )
            for copy in copies
        ]

    def _others(self) -> Graph:
        return Graph({node.id: node for node in self._graph if node is not self._node})

    def _others_moved(self) -> list[Change]:
        """To the right by as much as the nodes are wider than the instance was, where they would be covered."""
        others, graph = self._others(), self._graph
        placed = [new for copy in self.copies for new in copy.nodes.values()]
        if not any(collides(others, new.position) for new in placed):
            return []
        left, _, right, _ = _span(placed)
        beyond = self._node.position[0] - WIDTH
        moved = [node for node in others if node.position[0] > beyond]
        new_place = Graph({new.id: new for new in placed})
        for extra in (0.0, 2 * WIDTH):  # what stood in the same column needs more
            after = [shifted(node, right - left + extra, 0) for node in moved]
            if not any(collides(new_place, node.position) for node in after):
                break
        frames = [frame for frame in graph.frames.values() if frame.position[0] > beyond]
        return [
            *(Change(("node", node.id), old, node) for old, node in zip(moved, after, strict=True)),
            *(Change(("frame", old.id), old, shifted(old, right - left + extra, 0)) for old in frames),
        ]


def _free(id: str, taken: set[str]) -> str:
    """`id`, or its stem with the next free number; it is taken from then on."""
    stem, number, free = id.rstrip("0123456789") or "node", 0, id
    while free in taken:
        number += 1
        free = f"{stem}{number}"
    taken.add(free)
    return free


def _span(nodes: Sequence[Node]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of their corners."""
    if not nodes:
        return 0.0, 0.0, 0.0, 0.0
    xs, ys = [node.position[0] for node in nodes], [node.position[1] for node in nodes]
    return min(xs), min(ys), max(xs), max(ys)


def _wrong(message: str, remedy: str) -> Problem:
    return Problem("block.ungroup", message, remedy=remedy)
