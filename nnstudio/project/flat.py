"""What of a drawn graph is computed? Blocks opened as often as they stand there, bypassed nodes and reroute points taken out.

A node within an instance has the path of the instance before its id: "res1/conv1"; within the third of a block repeated "res1[2]/conv1".
A graph without blocks, bypassed nodes and reroute points is its own flat form, the very same object.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from nnstudio.project.blocks import (
    BLOCK_INPUT,
    BLOCK_OUTPUT,
    MAX_REPEAT,
    PREFIX,
    REPEAT,
    REROUTE,
    block_of,
    carries,
    entries,
    exits,
)
from nnstudio.project.graph import Graph, Json, Node, Slot, Source
from nnstudio.project.project import Block

SCAN_STEP = "nnstudio.scan_step"  # a sequence's value at one step
SCAN_START = "nnstudio.scan_start"  # what a carried value is before the first step
SCAN_COLLECT = "nnstudio.scan_collect"  # the values of all steps as a sequence
SCAN_LAST = "nnstudio.scan_last"  # the value at the last step

MAX_DEPTH = 50
MAX_FLAT = 200_000
"""Blocks within blocks, and nodes in all; what is beyond stays closed, and `check` says so."""


@dataclass(frozen=True)
class InnerNode(Node):
    """A node within an instance. within: labels of the instances around it, from outside in."""

    within: tuple[str, ...] = ()


def quoted(node: Node) -> str:
    """`'conv1'`, within the third of a repeated block `'conv1' in 'res1 #3'`."""
    if not isinstance(node, InnerNode):
        return f"'{node.label}'"
    parts = node.id.split("/")
    numbers = [part.partition("[")[2].rstrip("]") for part in parts]
    around = (
        f"{label} #{int(number) + 1}" if number.isdecimal() and number != "0" else label
        for label, number in zip(node.within, numbers, strict=False)
    )
    return f"'{node.label}' in '{'/'.join(around)}'"


@dataclass(frozen=True)
class Instance:
    """One time that a definition is computed. path: before the ids of its nodes; owner: flat id of the node that stands for it; index of count.

    values: of the exposed parameters that it sets. given: the drawn output (its node by its flat id) wired into each of its inputs; share: path
    of the instance whose weights it uses ("": it has its own).
    """

    path: str
    owner: str
    block: str
    index: int = 0
    count: int = 1
    values: Mapping[str, Json] = field(default_factory=dict[str, Json])
    given: Mapping[str, Source] = field(default_factory=dict[str, Source])
    share: str = ""


@dataclass(frozen=True)
class Flat:
    """graph: what is computed. instances: by path, outer ones first. standing_for: the output of a node that is not computed itself → the one that
    is read in its place, None where nothing feeds it. closed: flat ids of nodes whose definition is missing, holds itself, or is too deep.
    folded: by flat id, the drawn nodes that are not computed themselves: instances, bypassed nodes, reroute points, edges of blocks.
    carried: by the path of a scan, the values of a step that come back at the next one: no wire of the flat graph says so.
    """

    graph: Graph
    instances: Mapping[str, Instance] = field(default_factory=dict[str, Instance])
    standing_for: Mapping[Source, Source | None] = field(default_factory=dict[Source, Source | None])
    closed: tuple[str, ...] = ()
    folded: Mapping[str, Node] = field(default_factory=dict[str, Node])
    carried: Mapping[str, tuple[Source, ...]] = field(default_factory=dict[str, tuple[Source, ...]])

    def seen(self, source: Source) -> Source | None:
        """The computed output that a drawn one (its node by its flat id) is; None where nothing feeds it."""
        if source in self.standing_for:
            return self.standing_for[source]
        return self.standing_for.get(
            Source(source.node), source
        )  # whatever output of a bypassed node: it has but one value


def flattened(graph: Graph, blocks: Mapping[str, Block]) -> Flat:
    """`graph` as it is computed."""
    if not any(node.bypassed or node.type == REROUTE or node.type.startswith(PREFIX) for node in graph):
        return Flat(graph)
    return _Opener(blocks).whole(graph)


def joined(graph: Graph) -> Graph:
    """One drawn graph without its bypassed nodes and reroute points; blocks stay closed."""
    return _Opener({}).whole(graph).graph if any(map(_hands_on, graph)) else graph


def placed(graph: Graph, instance: Instance, labels: tuple[str, ...]) -> Graph:
    """The drawn graph of a definition with the flat ids that its nodes have in `instance`. labels: of the instances around, it included."""
    level = _Level(graph, f"{instance.path}/", labels)
    nodes = {level.prefix + node.id: level.flat(node) for node in graph}
    wires = {slot._replace(node=level.prefix + slot.node): level.source(source) for slot, source in graph.wires.items()}
    return Graph(nodes, wires)


def path_of(flat_id: str) -> tuple[str, str]:
    """(path of the instance, id in its own graph) of a flat id: "a/b[1]/conv1" → ("a/b[1]", "conv1"); ("", id) outside."""
    path, _, id = flat_id.rpartition("/")
    return path, id


def drawn(flat_id: str) -> str:
    """The flat id as one who enters blocks meets it: an instance is shown once, however often it is repeated. "a[2]/conv1" → "a/conv1"."""
    if "[" not in flat_id:
        return flat_id
    path, id = path_of(flat_id)
    return "/".join([*(part.partition("[")[0] for part in path.split("/") if part), id])


@dataclass(frozen=True)
class _Level:
    """Where in the drawing the opener is. prefix: before the ids of its nodes; labels, blocks: of the instances around it."""

    graph: Graph
    prefix: str = ""
    labels: tuple[str, ...] = ()
    blocks: tuple[str, ...] = ()
    set_here: Mapping[tuple[str, str], Json] = field(default_factory=dict[tuple[str, str], Json])

    def flat(self, node: Node) -> Node:
        """The node as it is called and set in the whole."""
        if not self.prefix:
            return node
        options, share = node.options, node.options.get("share")
        if isinstance(share, str):
            options = {**options, "share": self.prefix + share}
        own = {param: value for (id, param), value in self.set_here.items() if id == node.id}
        return InnerNode(
            self.prefix + node.id, node.type, {**node.params, **own} if own else node.params, node.position, node.label,
            options, node.bypassed, note=node.note, within=self.labels,
        )  # fmt: skip

    def source(self, source: Source) -> Source:
        return Source(self.prefix + source.node, source.port) if self.prefix else source


class _Opener:
    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self._blocks = blocks
        self._nodes: dict[str, Node] = {}
        self._wires: dict[Slot, Source] = {}
        self._instances: dict[str, Instance] = {}
        self._folded: dict[str, Node] = {}
        self._joints: dict[str, Source | None] = {}  # nodes that only hand on, by flat id
        self._outputs: dict[Source, Source] = {}  # of instances
        self._closed: list[str] = []
        self._ports: dict[str, tuple[list[Node], list[Node]]] = {}
        self._carried: dict[str, list[Source]] = {}

    def whole(self, graph: Graph) -> Flat:
        self._put_all(_Level(graph))
        wires = {slot: found for slot, source in self._wires.items() if (found := self._behind(source)) is not None}
        joints = [Source(id) for id in self._joints]
        standing = {source: self._behind(source) for source in (*joints, *self._outputs)}
        flat = Graph(self._nodes, wires, graph.frames)
        back = {path: tuple(filter(None, map(self._behind, values))) for path, values in self._carried.items()}
        return Flat(flat, self._instances, standing, tuple(self._closed), self._folded, back)

    def _behind(self, source: Source) -> Source | None:
        """The computed value that arrives by way of any number of joints."""
        if source.node not in self._folded:
            return source
        seen: set[Source] = set()
        at: Source | None = source
        while at is not None and at not in seen:
            seen.add(at)
            if at in self._outputs:
                at = self._outputs[at]
            elif at.node in self._joints:
                at = self._joints[at.node]
            else:
                return None if at.node in self._folded else at  # an output that the instance does not have
        return None

    def _put_all(self, level: _Level) -> None:
        """All nodes of one drawn graph."""
        graph, prefix = level.graph, level.prefix
        plain: set[str] = set()
        for node in graph:
            block = block_of(node, self._blocks)
            if _hands_on(node):
                self._hand_on(level, node)
            elif prefix and node.type in _EDGES:
                continue  # put there by the instance
            elif block is not None and not self._too_much(block, level):
                self._open(level, level.flat(node), node.id, block)
            else:
                if node.type.startswith(PREFIX):
                    self._closed.append(prefix + node.id)
                plain.add(node.id)
                self._nodes[prefix + node.id] = level.flat(node)
        for slot, source in graph.wires.items():
            if slot.node in plain:
                self._wires[Slot(prefix + slot.node, slot.port, slot.order)] = level.source(source)

    def _too_much(self, block: Block, level: _Level) -> bool:
        so_far = len(self._nodes) + len(self._folded) + len(self._instances)
        return block.id in level.blocks or len(level.blocks) >= MAX_DEPTH or so_far > MAX_FLAT

    def _hand_on(self, level: _Level, node: Node) -> None:
        self._folded[level.prefix + node.id] = level.flat(node)
        self._joints[level.prefix + node.id] = _first_into(level, node.id)

    def _open(self, level: _Level, node: Node, drawn_id: str, block: Block) -> None:
        owner = node.id
        self._folded[owner] = node
        given = {wire.target.port: level.source(wire.source) for wire in level.graph.wires_into(drawn_id)}
        count = times(node, block)
        values = {name: value for name, value in node.params.items() if name != REPEAT}
        inner = {(item.node, item.param): values[item.name] for item in block.exposed if item.name in values}
        share = _shared(level, node)
        _, leavings = self._edges(block)
        for index in range(count):
            suffix = f"[{index}]" if count > 1 else ""
            path = owner + suffix
            its = share + suffix if share else ""
            self._instances[path] = Instance(path, owner, block.id, index, count, values, given, its)
            inside = _Level(block.graph, f"{path}/", (*level.labels, node.label), (*level.blocks, block.id), inner)
            self._put_all(inside)
            if block.kind == "scan":
                self._scan(inside, block, given)
                continue
            for leaving in leavings:
                self._hand_on(inside, leaving)
            for entry, source in self._fed(block, owner, index, given):
                self._folded[inside.prefix + entry.id] = inside.flat(entry)
                self._joints[inside.prefix + entry.id] = source
        last = owner if count == 1 else f"{owner}[{count - 1}]"
        self._outputs |= {Source(owner, leaving.id): Source(f"{last}/{leaving.id}") for leaving in leavings}

    def _edges(self, block: Block) -> tuple[list[Node], list[Node]]:
        """(inputs, outputs), found once for all instances."""
        if block.id not in self._ports:
            self._ports[block.id] = entries(block), exits(block)
        return self._ports[block.id]

    def _fed(
        self, block: Block, owner: str, index: int, given: Mapping[str, Source]
    ) -> Iterator[tuple[Node, Source | None]]:
        """What each input gets: at first what is wired, then what the output of the same number gave the time before."""
        entering, leaving = self._edges(block)
        for number, entry in enumerate(entering):
            if index and number < len(leaving):
                yield entry, Source(f"{owner}[{index - 1}]/{leaving[number].id}")
            else:
                yield entry, given.get(entry.id)

    def _scan(self, level: _Level, block: Block, given: Mapping[str, Source]) -> None:
        """One step stands for all: sequences at their first step, carried values at their beginning, outputs for the whole length."""
        entering, leavings = self._edges(block)
        sequences = [entry for entry in entering if not carries(entry)]
        like = level.prefix + sequences[0].id if sequences else ""
        for entry in entering:
            id = level.prefix + entry.id
            if not carries(entry):
                self._add(level, entry, SCAN_STEP, input=given.get(entry.id))
            elif entry.id in given:
                self._folded[id] = level.flat(entry)
                self._joints[id] = given[entry.id]
            else:
                size = {"size": entry.params["size"]} if "size" in entry.params else {}
                self._add(level, replace(entry, params=size), SCAN_START, like=Source(like) if like else None)
        whole = given.get(sequences[0].id) if sequences else None
        again = {str(entry.params["carry"]) for entry in entering if carries(entry)}
        back = (_first_into(level, leaving.id) for leaving in leavings if leaving.id in again)
        self._carried[level.prefix.removesuffix("/")] = [source for source in back if source is not None]
        for leaving in leavings:
            value = _first_into(level, leaving.id)
            if leaving.params.get("gives") == "last":
                self._add(level, leaving, SCAN_LAST, input=value)
            else:
                self._add(level, leaving, SCAN_COLLECT, input=value, like=whole)

    def _add(self, level: _Level, node: Node, type: str, **sources: Source | None) -> None:
        """An edge of a scan, as what it computes."""
        flat = level.flat(replace(node, type=type, params=node.params if type == SCAN_START else _NO_PARAMS))
        self._nodes[flat.id] = flat
        self._wires |= {Slot(flat.id, port): source for port, source in sources.items() if source is not None}


_EDGES = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})
_NO_PARAMS: Mapping[str, Json] = {}


def _hands_on(node: Node) -> bool:
    """Is it left out, so that what feeds it goes on to its readers? The edges of a block always stay."""
    return node.type == REROUTE or (node.bypassed and node.type not in _EDGES)


def times(node: Node, block: Block) -> int:
    """How often in a row an instance is computed."""
    count = node.params.get(REPEAT, 1) if block.kind != "scan" else 1
    return count if type(count) is int and 1 <= count <= MAX_REPEAT else 1


def _shared(level: _Level, node: Node) -> str:
    """Flat id of the instance whose weights this one uses, "" where it has its own; whether that can be is said by `check`."""
    share = node.options.get("share")
    other = level.graph.nodes.get(str(share)[len(level.prefix) :]) if isinstance(share, str) else None
    return str(share) if other is not None and other.type == node.type and level.prefix + other.id != node.id else ""


def _first_into(level: _Level, node: str) -> Source | None:
    """What feeds the node's first input: the port "input", where it has one."""
    wires = level.graph.wires_into(node)
    first = next((wire for wire in wires if wire.target.port == "input"), wires[0] if wires else None)
    return level.source(first.source) if first else None
