"""The network as immutable data: nodes and the wires between their ports."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

Json = Any  # None, bool, int, float, str, list, dict with string keys


@dataclass(frozen=True)
class Node:
    """One node. `id` never changes and is its name in code unless `name` gives another; `params` holds only what differs from the default.

    position: the top left corner of its card on the canvas, in pixels at 100 %.
    options: what any node can have, whatever its type: "reparametrize": "weight_norm" or "spectral_norm" (its weight is computed from
    others); "share": the id of a node of the same type and arguments whose parameters it uses; "search": names of parameters that a
    person wants to be searched over.
    bypassed: the network is computed as if what feeds its first input went straight to its readers.
    collapsed, color (a category's name, or ""), note: how it is shown; nothing that is computed depends on them.
    """

    id: str
    type: str  # a LayerSpec's id
    params: Mapping[str, Json] = field(default_factory=dict[str, Json])
    position: tuple[float, float] = (0.0, 0.0)
    name: str = ""
    options: Mapping[str, Json] = field(default_factory=dict[str, Json])
    bypassed: bool = False
    collapsed: bool = False
    color: str = ""
    note: str = ""
    extras: Mapping[str, Json] = field(
        default_factory=dict[str, Json]
    )  # what a newer version or a plugin wrote: kept, not read

    @property
    def label(self) -> str:
        return self.name or self.id

    def with_option(self, name: str, value: Json) -> "Node":
        """Option `name` set to `value`; None takes it away."""
        rest = {key: old for key, old in self.options.items() if key != name}
        return replace(self, options=rest if value is None else {**rest, name: value})

    def with_param(self, name: str, value: Json) -> "Node":
        return replace(self, params={**self.params, name: value})

    def without_param(self, name: str) -> "Node":
        return replace(self, params={key: value for key, value in self.params.items() if key != name})


class Slot(NamedTuple):
    """Where exactly a wire ends: the `order`-th wire (from 0) into `port` of `node`. One slot holds one wire."""

    node: str
    port: str = "input"
    order: int = 0


class Source(NamedTuple):
    """Where a wire begins."""

    node: str
    port: str = "output"


class Wire(NamedTuple):
    source: Source
    target: Slot


@dataclass(frozen=True)
class Frame:
    """A titled box behind the nodes, which carries those that lie wholly within it when it is moved; with nothing in it, a comment.

    position, size: of the box, in pixels at 100 %. color: a category's name, or "".
    """

    id: str
    title: str = ""
    text: str = ""
    position: tuple[float, float] = (0.0, 0.0)
    size: tuple[float, float] = (320.0, 200.0)
    color: str = ""


@dataclass(frozen=True)
class Graph:
    """Nodes by id, for each slot the source that feeds it, and frames by id. Equality is by content; order carries no meaning."""

    nodes: Mapping[str, Node] = field(default_factory=dict[str, Node])
    wires: Mapping[Slot, Source] = field(default_factory=dict[Slot, Source])
    frames: Mapping[str, Frame] = field(default_factory=dict[str, Frame])

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def all_wires(self) -> Iterator[Wire]:
        return (Wire(source, slot) for slot, source in self.wires.items())

    @cached_property
    def _wires_into(self) -> Mapping[str, list[Wire]]:
        return _group((wire.target.node, wire) for wire in self.all_wires())

    @cached_property
    def _wires_out_of(self) -> Mapping[str, list[Wire]]:
        return _group((wire.source.node, wire) for wire in self.all_wires())

    def wires_into(self, node: str, port: str | None = None) -> list[Wire]:
        """The wires that end at `node` (at `port` of it), in the order of their slots."""
        wires = self._wires_into.get(node, [])
        return sorted((wire for wire in wires if port in (None, wire.target.port)), key=lambda wire: wire.target)

    def wires_out_of(self, node: str, port: str | None = None) -> list[Wire]:
        wires = self._wires_out_of.get(node, [])
        return sorted((wire for wire in wires if port in (None, wire.source.port)), key=lambda wire: wire.target)

    def free_id(self, stem: str, taken: Iterable[str] = ()) -> str:
        """The first of stem1, stem2, … that no node and no frame has."""
        used = {*taken, *self.frames}
        number = 1
        while f"{stem}{number}" in self.nodes or f"{stem}{number}" in used:
            number += 1
        return f"{stem}{number}"


def _group(pairs: Iterable[tuple[str, Wire]]) -> Mapping[str, list[Wire]]:
    groups: dict[str, list[Wire]] = {}
    for key, wire in pairs:
        groups.setdefault(key, []).append(wire)
    return groups
