"""What of a drawn graph is computed? Blocks opened as often as they stand there, bypassed nodes and reroute points taken out.

A node within an instance has the path of the instance before its id: "res1/conv1"; within the third of a block repeated "res1[2]/conv1".
A graph without blocks, bypassed nodes and reroute points is its own flat form, the very same object.
"""

from collections.abc import Iterator, Mapping, Sequence
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
MAX_FLAT = 500_000
"""Blocks within blocks, and nodes in all; what is beyond stays closed, and `check` says so."""


@dataclass(frozen=True)
class Instance:
    """One time that a definition is computed. path: before the ids of its nodes; owner: flat id of the node that stands for it; index of count."""

    path: str
    owner: str
    block: str
    index: int = 0
    count: int = 1
    values: Mapping[str, Json] = field(default_factory=dict[str, Json])  # of the exposed parameters that it sets


@dataclass(frozen=True)
class Flat:
    """graph: what is computed. instances: by path. standing_for: the output of a node that is not computed itself → the one that is read in its place,
    None where nothing feeds it. closed: flat ids of nodes whose definition is missing, holds itself, or is too deep."""

    graph: Graph
    instances: Mapping[str, Instance] = field(default_factory=dict[str, Instance])
    standing_for: Mapping[Source, Source | None] = field(default_factory=dict[Source, Source | None])
    closed: tuple[str, ...] = ()

    def seen(self, source: Source) -> Source | None:
        """The computed output that a drawn one (its node by its flat id) is; None where nothing feeds it."""
        return self.standing_for.get(source, source)


def flattened(graph: Graph, blocks: Mapping[str, Block]) -> Flat:
    """`graph` as it is computed."""
    if not any(node.bypassed or node.type == REROUTE or node.type.startswith(PREFIX) for node in graph):
        return Flat(graph)
    return _Opener(blocks).whole(graph)


def path_of(flat_id: str) -> tuple[str, str]:
    """(path of the instance, id in its own graph) of a flat id: "a/b[1]/conv1" → ("a/b[1]", "conv1"); ("", id) outside."""
    path, _, id = flat_id.rpartition("/")
    return path, id


def drawn(flat_id: str) -> str:
    """The flat id as one who enters blocks meets it: an instance is shown once, however often it is repeated. "a[2]/conv1" → "a/conv1"."""
    path, id = path_of(flat_id)
    return "/".join([*(part.partition("[")[0] for part in path.split("/") if part), id])


class _Opener:
    def __init__(self, blocks: Mapping[str, Block]) -> None:
        self._blocks = blocks
        self._nodes: dict[str, Node] = {}
        self._wires: dict[Slot, Source] = {}
        self._instances: dict[str, Instance] = {}
        self._joints: dict[str, Source | None] = {}  # nodes that only hand on, by flat id
        self._outputs: dict[Source, Source] = {}  # of instances
        self._closed: list[str] = []

    def whole(self, graph: Graph) -> Flat:
        self._level(graph, "", {}, ())
        wires = {slot: found for slot, source in self._wires.items() if (found := self._behind(source)) is not None}
        joints = [Source(id) for id in self._joints]
        standing = {source: self._behind(source) for source in (*joints, *self._outputs)}
        return Flat(Graph(self._nodes, wires, graph.frames), self._instances, standing, tuple(self._closed))

    def _behind(self, source: Source) -> Source | None:
        """The computed value that arrives by way of any number of joints."""
        seen: set[Source] = set()
        at: Source | None = source
        while at is not None and at not in seen:
            seen.add(at)
            if at in self._outputs:
                at = self._outputs[at]
            elif at.node in self._joints:
                at = self._joints[at.node]
            else:
                return at
        return None

    def _level(
        self, graph: Graph, prefix: str, set_here: Mapping[tuple[str, str], Json], within: Sequence[str]
    ) -> None:
        """All nodes of one graph. set_here: what the instance sets of its inner nodes' parameters."""
        for node in graph:
            id = prefix + node.id
            block = block_of(node, self._blocks)
            if node.bypassed or node.type == REROUTE:
                self._joints[id] = _first_into(graph, node.id, prefix)
            elif prefix and node.type in {BLOCK_INPUT, BLOCK_OUTPUT}:
                continue  # put there by the instance
            elif block is not None and not self._too_much(block, within):
                self._open(_with(node, set_here), block, graph, prefix, within)
            else:
                if node.type.startswith(PREFIX):
                    self._closed.append(id)
                self._put(_with(node, set_here), graph, prefix)

    def _too_much(self, block: Block, within: Sequence[str]) -> bool:
        return block.id in within or len(within) >= MAX_DEPTH or len(self._nodes) > MAX_FLAT

    def _put(self, node: Node, graph: Graph, prefix: str) -> None:
        id = prefix + node.id
        share = node.options.get("share")
        if prefix and isinstance(share, str):
            node = node.with_option("share", prefix + share)
        self._nodes[id] = replace(node, id=id, name=node.label) if prefix else node
        for wire in graph.wires_into(node.id):
            self._wires[wire.target._replace(node=id)] = wire.source._replace(node=prefix + wire.source.node)

    def _open(self, node: Node, block: Block, graph: Graph, prefix: str, within: Sequence[str]) -> None:
        owner = prefix + node.id
        given = {
            wire.target.port: wire.source._replace(node=prefix + wire.source.node) for wire in graph.wires_into(node.id)
        }
        count = node.params.get(REPEAT, 1) if block.kind != "scan" else 1
        count = count if type(count) is int and 1 <= count <= MAX_REPEAT else 1
        values = {name: value for name, value in node.params.items() if name != REPEAT}
        inner = {(item.node, item.param): values[item.name] for item in block.exposed if item.name in values}
        for index in range(count):
            path = owner if count == 1 else f"{owner}[{index}]"
            self._instances[path] = Instance(path, owner, block.id, index, count, values)
            self._level(block.graph, f"{path}/", inner, (*within, block.id))
            if block.kind == "scan":
                self._scan(block, f"{path}/", given)
                continue
            for leaving in exits(block):
                self._joints[f"{path}/{leaving.id}"] = _first_into(block.graph, leaving.id, f"{path}/")
            for entry, source in self._fed(block, owner, index, given):
                self._joints[f"{path}/{entry}"] = source
        last = owner if count == 1 else f"{owner}[{count - 1}]"
        self._outputs |= {Source(owner, leaving.id): Source(f"{last}/{leaving.id}") for leaving in exits(block)}

    def _fed(
        self, block: Block, owner: str, index: int, given: Mapping[str, Source]
    ) -> Iterator[tuple[str, Source | None]]:
        """What each input gets: at first what is wired, then what the output of the same number gave the time before."""
        leaving = exits(block)
        for number, entry in enumerate(entries(block)):
            if index and number < len(leaving):
                yield entry.id, Source(f"{owner}[{index - 1}]/{leaving[number].id}")
            else:
                yield entry.id, given.get(entry.id)

    def _scan(self, block: Block, prefix: str, given: Mapping[str, Source]) -> None:
        """One step stands for all: sequences at their first step, carried values at their beginning, outputs for the whole length."""
        sequences = [entry for entry in entries(block) if not carries(entry)]
        like = prefix + sequences[0].id if sequences else ""
        for entry in entries(block):
            id = prefix + entry.id
            if not carries(entry):
                self._add(Node(id, SCAN_STEP, name=entry.label), input=given.get(entry.id))
            elif entry.id in given:
                self._joints[id] = given[entry.id]
            else:
                start = Node(id, SCAN_START, {"size": entry.params.get("size", ())}, name=entry.label)
                self._add(start, like=Source(like) if like else None)
        whole = given.get(sequences[0].id) if sequences else None
        for leaving in exits(block):
            value = _first_into(block.graph, leaving.id, prefix)
            last = leaving.params.get("gives") == "last"
            node = Node(prefix + leaving.id, SCAN_LAST if last else SCAN_COLLECT, name=leaving.label)
            self._add(node, input=value, **({} if last else {"like": whole}))

    def _add(self, node: Node, **sources: Source | None) -> None:
        self._nodes[node.id] = node
        self._wires |= {Slot(node.id, port): source for port, source in sources.items() if source is not None}


def _first_into(graph: Graph, node: str, prefix: str) -> Source | None:
    """What feeds the node's first input: the port "input", where it has one."""
    wires = graph.wires_into(node)
    first = next((wire for wire in wires if wire.target.port == "input"), wires[0] if wires else None)
    return first.source._replace(node=prefix + first.source.node) if first else None


def _with(node: Node, set_here: Mapping[tuple[str, str], Json]) -> Node:
    """`node` with the parameters that its instance sets."""
    own = {param: value for (id, param), value in set_here.items() if id == node.id}
    return replace(node, params={**node.params, **own}) if own else node
