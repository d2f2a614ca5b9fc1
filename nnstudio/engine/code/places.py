"""What stands in one drawn graph, as one who writes its class meets it: what is computed there, in which order, from which values.

A place is the project's own graph, or a definition as one of its instances has it. Bypassed nodes, reroute points and Identity nodes are
not there, nor what has no say in the loss; a value that only passes through a block is the value itself.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from nnstudio.engine import flow
from nnstudio.engine.interface import Interface
from nnstudio.plan import NodePlan, Plan
from nnstudio.project.blocks import REROUTE, carries, entries, exits
from nnstudio.project.check_graph import INPUT
from nnstudio.project.flat import Flat
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec


class Value(NamedTuple):
    """A value within a place: output `port` of a node, at its `turn` (from 0) where it is repeated; a block's own input (no port); a field
    of the data (no node)."""

    node: str
    port: str = ""
    turn: int = 0


@dataclass(frozen=True)
class Drawing:
    """All that code is written from: what is drawn, what of it is computed, and what was worked out."""

    graph: Graph
    blocks: Mapping[str, Block]
    flat: Flat
    plan: Plan
    registry: Registry
    face: Interface

    @cached_property
    def body(self) -> frozenset[str]:
        return frozenset(self.face.body)

    @cached_property
    def identities(self) -> frozenset[str]:
        """The types that hand on what they get."""
        layers = self.registry.layers.items()
        return frozenset(
            id for id, spec in layers if len(spec.inputs) == 1 and spec.call.strip() == f"{{{spec.inputs[0].name}}}"
        )

    def spec(self, node: Node) -> LayerSpec:
        spec = self.registry.layer(node.type)
        assert spec is not None  # what has a NodePlan has a spec
        return spec


class Place:
    """One graph. path: of the instance ("" for the project's own); inside: by node, the places that an instance stands for, one a repetition;
    extras: values that are read outside although no output of the block gives them (a loss within it)."""

    def __init__(self, drawing: Drawing, path: str = "", depth: int = 0) -> None:
        self.drawing, self.path, self.prefix = drawing, path, f"{path}/" if path else ""
        self.depth = depth  # how many names of attributes stand before those in here
        self.block = drawing.blocks[drawing.flat.instances[path].block] if path else None
        self.graph = self.block.graph if self.block else drawing.graph
        self.entries = [node.id for node in entries(self.block)] if self.block else []
        self.exits = [node.id for node in exits(self.block)] if self.block else []
        self.scan = self.block is not None and self.block.kind == "scan"
        self.inside = {node.id: found for node in self.graph if (found := self._opened(node.id))}
        self.extras: dict[str, Value] = {}
        self._values: dict[Source, Value | None] = {}
        self._specs: dict[str, LayerSpec] = {}
        self._wired: dict[str, list[tuple[Value, ...]]] = {}
        self._left: dict[str, Value | None] = {}
        self._read: dict[tuple[str, int], tuple[Value, ...]] = {}

    def _opened(self, node: str) -> list["Place"]:
        path, instances = self.prefix + node, self.drawing.flat.instances
        if path in instances:
            return [Place(self.drawing, path, self.depth + 1)]
        first = instances.get(f"{path}[0]")
        if first is None or first.owner != path:
            return []
        return [Place(self.drawing, f"{path}[{index}]", self.depth + 2) for index in range(first.count)]

    def everywhere(self) -> Iterator["Place"]:
        """This place and all computed within it, inner ones first."""
        for node in self.computed:
            for place in self.inside.get(node, ()):
                if place.used:
                    yield from place.everywhere()
        yield self

    def spec(self, id: str) -> LayerSpec:
        found = self._specs.get(id)
        if found is None:
            found = self._specs[id] = self.drawing.spec(self.graph.nodes[id])
        return found

    def plan(self, id: str) -> NodePlan:
        return self.drawing.plan.nodes[self.prefix + id]

    # ── where values come from ────────────────────────────────────────────────────────────────────────────────────────

    def value(self, source: Source | None) -> Value | None:
        """The value that is really read; None where nothing feeds it."""
        if source is None:
            return None
        if source not in self._values:
            self._values[source] = self._find(source)
        return self._values[source]

    def _find(self, source: Source) -> Value | None:
        at: Source | None = source
        seen: set[Source] = set()
        while at is not None and at not in seen:
            seen.add(at)
            node = self.graph.nodes.get(at.node)
            if node is None:
                return None
            if node.bypassed or node.type == REROUTE:
                at = self.first_into(node.id)
            elif node.id in self.entries:
                return Value(node.id) if self._is_fed(node.id) else None
            elif node.id in self.inside:
                found = self._given(node.id, at.port, len(self.inside[node.id]) - 1)
                if not isinstance(found, Source):
                    return found
                at = found
            elif self.prefix + node.id not in self.drawing.plan.nodes:
                return None
            elif node.type == INPUT:
                return Value("", self.drawing.face.read[self.prefix + node.id])
            elif self.is_identity(node.id):
                at = self.first_into(node.id)
            else:
                return Value(node.id, at.port)
        return None

    def _is_fed(self, entry: str) -> bool:
        id, flat = self.prefix + entry, self.drawing.flat
        return id in flat.graph.nodes or flat.standing_for.get(Source(id)) is not None

    def first_into(self, node: str) -> Source | None:
        """What feeds a node's first input: the port "input", where it has one."""
        wires = self.graph.wires_into(node)
        first = next((wire for wire in wires if wire.target.port == "input"), wires[0] if wires else None)
        return first.source if first else None

    def is_identity(self, id: str) -> bool:
        """Does it hand on what it gets? Then it needs no statement."""
        return self.graph.nodes[id].type in self.drawing.identities

    def left(self, exit: str) -> Value | None:
        """What leaves the block by one of its outputs; of a scan, at the end of a step."""
        if exit not in self._left:
            self._left[exit] = self.value(self.first_into(exit))
        return self._left[exit]

    def _given(self, node: str, port: str, turn: int) -> Value | Source | None:
        """What an instance gives; where it only hands it through, the source that it comes from."""
        while True:
            place = self.inside[node][turn]
            if port not in place.exits:
                return None
            if place.scan:
                return Value(node, port) if place.prefix + port in self.drawing.plan.nodes else None
            inner = place.left(port)
            if inner is None or not inner.node:
                return inner
            if inner.port:
                return Value(node, port, turn)
            number = place.entries.index(inner.node)
            if turn == 0 or number >= len(place.exits):
                return self.graph.wires.get(Slot(node, inner.node))
            port, turn = place.exits[number], turn - 1

    def fed(self, node: str, entry: str, turn: int) -> Value | None:
        """What an input of an instance gets: at first what is wired, then what the output of the same number gave the time before."""
        place = self.inside[node][turn]
        number = place.entries.index(entry)
        if not turn or number >= len(place.exits):
            return self.value(self.graph.wires.get(Slot(node, entry)))
        found = self._given(node, place.exits[number], turn - 1)
        return self.value(found) if isinstance(found, Source) else found

    def wired(self, node: str) -> list[tuple[Value, ...]]:
        """By port of its layer, what a node reads."""
        if node not in self._wired:
            self._wired[node] = self._find_wired(node)
        return self._wired[node]

    def _find_wired(self, node: str) -> list[tuple[Value, ...]]:
        found: list[tuple[Value, ...]] = []
        for port in self.spec(node).inputs:
            if port.many:
                values = [self.value(wire.source) for wire in self.graph.wires_into(node, port.name)]
            else:
                values = [self.value(self.graph.wires.get(Slot(node, port.name)))]
            found.append(tuple([value for value in values if value is not None]))
        return found

    def known_as(self, source: Source) -> Value | None:
        """What a computed output (of the flat graph) is in here; blocks that do not give it by an output are told to."""
        rest = source.node.removeprefix(self.prefix)
        if rest in self.graph.nodes and rest not in self.inside:
            return self.value(Source(rest, source.port))
        for node, places in self.inside.items():
            for turn, place in enumerate(places):
                if source.node.startswith(place.prefix):
                    return self._known_inside(node, turn, source)
        return None

    def _known_inside(self, node: str, turn: int, source: Source) -> Value | None:
        place = self.inside[node][turn]
        if place.scan and (id := source.node.removeprefix(place.prefix)) in place.exits:
            return Value(node, id)
        inner = place.known_as(source)
        if inner is None or not inner.node:
            return inner
        if not inner.port:
            return self.fed(node, inner.node, turn)
        port = next((exit for exit in place.exits if place.left(exit) == inner), None)
        if port is None:
            port = "\0".join(map(str, inner))
            place.extras[port] = inner
        return Value(node, port, turn)

    # ── what is computed here ─────────────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def used(self) -> bool:
        """Is anything of it part of the model?"""
        return bool(self.computed) or (
            self.scan and any(self.prefix + exit in self.drawing.body for exit in self.exits)
        )

    @cached_property
    def computed(self) -> tuple[str, ...]:
        """The nodes that need statements, each after what feeds it."""
        return tuple(id for id in self._order if self._is_computed(id))

    def _is_computed(self, id: str) -> bool:
        if id in self.inside:
            return any(place.used for place in self.inside[id])
        return self.prefix + id in self.drawing.body and not self._is_edge(id) and not self.is_identity(id)

    def _is_edge(self, id: str) -> bool:
        return id in self.entries or id in self.exits

    @cached_property
    def _order(self) -> tuple[str, ...]:
        if not self.prefix and not self.inside:
            return tuple(id for id in self.drawing.plan.order if id in self.graph.nodes)
        joints = {node.id for node in self.graph if node.bypassed or node.type == REROUTE}
        nodes = {node.id: node for node in self.graph if node.id not in joints}
        wires: dict[Slot, Source] = {}
        for slot, source in self.graph.wires.items():
            if slot.node in nodes and slot.node not in self.inside and (value := self.value(source)):
                wires[slot] = Source(value.node, value.port)
        for id in self.inside:
            for turn in self.turns(id):
                for number, value in enumerate(self.read_by(id, turn)):
                    if value.node != id:
                        wires[Slot(id, str(number), turn)] = Source(value.node, value.port)
        return flow.order(Graph(nodes, wires))[0]

    def read_by(self, id: str, turn: int) -> tuple[Value, ...]:
        """What a statement of `computed` reads."""
        if (id, turn) not in self._read:
            plain = id not in self.inside
            self._read[id, turn] = tuple(chain(*self.wired(id)) if plain else self._entering(id, turn))
        return self._read[id, turn]

    def _entering(self, id: str, turn: int) -> Iterator[Value]:
        place = self.inside[id][turn]
        for entry in place.takes:
            if (value := self.fed(id, entry, turn)) is not None:
                yield value
        for field in place.fields:
            yield Value("", field)

    @cached_property
    def _all_read(self) -> frozenset[Value]:
        found = {value for id in self.computed for turn in self.turns(id) for value in self.read_by(id, turn)}
        found |= {value for exit in self.exits if self.scan and (value := self.left(exit)) is not None}
        return frozenset(found | set(self.extras.values()))

    def turns(self, id: str) -> range:
        return range(len(self.inside[id]) if id in self.inside else 1)

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The inputs of the block that anything in it reads, in their order; of a scan, what its time goes along in any case."""
        read = {value.node for value in self._all_read if not value.port}
        along = [id for id in self.entries if self.scan and not carries(self.graph.nodes[id])][:1]
        return tuple(id for id in self.entries if id in read or id in along)

    def starts(self, entry: str) -> bool:
        """Is it a carried value that begins as zeros?"""
        return self.scan and carries(self.graph.nodes[entry]) and self.prefix + entry in self.drawing.flat.graph.nodes

    @cached_property
    def takes(self) -> tuple[str, ...]:
        """The inputs that `forward` is given."""
        return tuple(entry for entry in self.reads if not self.starts(entry))

    @cached_property
    def carried(self) -> dict[str, Value]:
        """Of a scan, the carried inputs that anything reads, each with what it is at the next step."""
        exits = {id: str(self.graph.nodes[id].params["carry"]) for id in self.reads if carries(self.graph.nodes[id])}
        return {
            id: value for id, exit in exits.items() if self.scan and exit in self.exits and (value := self.left(exit))
        }

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of the data that anything in it reads."""
        read = {value.port for value in self._all_read if not value.node}
        return tuple(field for field in self.drawing.face.inputs if field in read)

    def unread(self, value: Value) -> bool:
        """Is it an input of the block that no statement in it reads, so that its `forward` is not given it?"""
        return value.node in self.entries and value.node not in self.takes and not self.scan

    def identities(self) -> Iterator[tuple[str, Value]]:
        """(id, its value) of the Identity nodes, those within blocks among them that the block's own class cannot know."""
        for node in self.graph:
            if node.id in self.inside:
                for turn, place in enumerate(self.inside[node.id]):
                    for id, inner in place.identities():
                        if place.used and not place.unread(inner):
                            continue  # the class of the block knows it
                        value = inner if not inner.node else self.fed(node.id, inner.node, turn)
                        if value is not None:
                            yield place.path.removeprefix(self.prefix) + f"/{id}", value
            elif (
                self.prefix + node.id in self.drawing.body and not self._is_edge(node.id) and self.is_identity(node.id)
            ):
                value = self.value(Source(node.id, self.spec(node.id).outputs[0].name))
                if value is not None:
                    yield node.id, value

    # ── modules ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def owner(self, id: str) -> str:
        """The node in here whose module a node uses: its own, or that of the node whose weights it shares."""
        shares = self.plan(id).shares.removeprefix(self.prefix)
        return shares if shares and shares in self.graph.nodes else id

    def makes(self, id: str) -> bool:
        """Is it the first that uses its module?"""
        return bool(self.spec(id).module) and id in self._makers

    @cached_property
    def _makers(self) -> frozenset[str]:
        found: dict[str, str] = {}
        for id in self.computed:
            if id not in self.inside:
                found.setdefault(self.owner(id), id)
        return frozenset(found.values())

    # ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def attribute(self, id: str) -> str:
        """The name in code of one of its nodes."""
        plans = self.drawing.plan.blocks if id in self.inside else self.drawing.plan.nodes
        name = plans[self.prefix + id].name
        return name.split(".")[self.depth] if "." in name else name
