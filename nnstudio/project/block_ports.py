"""Which ports does a block made of these nodes get, and what are they called?

A port is named after its role within, as in a signature that an expert writes: `x` and `y`, or the name of the inner port it serves where
that says more ("query", "h_n"). Never after a neighbour outside: another instance will have other neighbours.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from nnstudio.project.blocks import block_of
from nnstudio.project.graph import Graph, Slot, Source, Wire
from nnstudio.project.natural import natural
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec

X, Y = "x", "y"
PLAIN = frozenset({"input", "inputs", "output", X, Y})
"""Names of ports that say nothing about their role."""


@dataclass(frozen=True)
class Entrance:
    """An input to be: the slots within that it feeds, and the output outside that feeds it (None: none as yet)."""

    id: str
    name: str
    slots: tuple[Slot, ...]
    source: Source | None


@dataclass(frozen=True)
class Exit:
    """An output to be, and the output within that it hands on."""

    id: str
    name: str
    source: Source


def ports_of(project: Project, chosen: Collection[str], registry: Registry) -> tuple[list[Entrance], list[Exit]]:
    """Of the nodes `chosen` of `project.graph`, from top to bottom; registry: knows their layers, the project's blocks among them.

    An input for each output outside that is read within, and for each input within that must be fed and is not; an output for each one that
    is read outside, and for all of a node that nobody reads.
    """
    graph, inside = project.graph, set(chosen)
    wires = list(graph.all_wires())
    entering = [wire for wire in wires if wire.target.node in inside and wire.source.node not in inside]

    def place(end: Source | Slot) -> tuple[float, float, tuple[tuple[int, str], ...], int, str]:
        node = graph.nodes[end.node]
        return node.position[1], node.position[0], natural(end.node), _number(registry.layer(node.type), end), end.port

    fed = sorted({wire.source for wire in entering}, key=place)
    slots = [tuple(sorted(wire.target for wire in entering if wire.source == source)) for source in fed]
    unfed = sorted(_unfed(graph, inside, registry), key=place)
    groups = [*slots, *((slot,) for slot in unfed)]
    given = _given(wires, inside) | set(_unread(graph, inside, registry))
    outputs = sorted(given, key=place)

    taken = {graph.nodes[id].label for id in inside}
    input_names = _distinct([_role_of_input(project, each) for each in groups], taken)
    output_names = _distinct([_role_of_output(project, each, len(outputs)) for each in outputs], taken | {*input_names})
    input_ids, output_ids = (_ids(graph, stem, inside) for stem in ("in", "out"))
    sources = [*fed, *(None for _ in unfed)]
    return (
        [
            Entrance(*each) for each in zip(input_ids, input_names, groups, sources, strict=False)
        ],  # there are ids enough
        [Exit(*each) for each in zip(output_ids, output_names, outputs, strict=False)],
    )


def _given(wires: Iterable[Wire], inside: Collection[str]) -> set[Source]:
    return {wire.source for wire in wires if wire.source.node in inside and wire.target.node not in inside}


# ── open ends ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _unfed(graph: Graph, inside: Iterable[str], registry: Registry) -> Iterator[Slot]:
    for id, spec in _known(graph, inside, registry):
        for port in spec.inputs:
            if not port.optional and not graph.wires_into(id, port.name):
                yield Slot(id, port.name)


def _unread(graph: Graph, inside: Iterable[str], registry: Registry) -> Iterator[Source]:
    """Of a node with several outputs one that is not read beside one that is, is not wanted."""
    for id, spec in _known(graph, inside, registry):
        if not graph.wires_out_of(id):
            yield from (Source(id, port.name) for port in spec.outputs)


def _known(graph: Graph, inside: Iterable[str], registry: Registry) -> Iterator[tuple[str, LayerSpec]]:
    for id in inside:
        spec = registry.layer(graph.nodes[id].type)
        if spec is not None:
            yield id, spec


# ── names and order ───────────────────────────────────────────────────────────────────────────────────────────────────


def _role_of_input(project: Project, slots: Iterable[Slot]) -> str:
    roles = {_title(project, slot.node, slot.port) for slot in slots}
    role = roles.pop()
    return X if roles or role in PLAIN else role


def _role_of_output(project: Project, source: Source, count: int) -> str:
    """Of several, each is known by the node that gives it."""
    role = _title(project, source.node, source.port)
    if role not in PLAIN:
        return role
    return Y if count == 1 else f"{project.graph.nodes[source.node].label} out"


def _title(project: Project, node: str, port: str) -> str:
    """What people read at a port of a node: the ports of a block are nodes of its own graph."""
    block = block_of(project.graph.nodes[node], project.blocks)
    inner = block.graph.nodes.get(port) if block is not None else None
    return inner.label if inner is not None else port


def _distinct(names: Sequence[str], taken: Collection[str]) -> list[str]:
    """With numbers from 1 behind those that several are called, or that something else is."""
    counts, used = Counter(names), set(taken)
    found: list[str] = []
    for name in names:
        free, number = name, 0
        while free in used or (number == 0 and counts[name] > 1):
            number += 1
            free = f"{name}{number}"
        used.add(free)
        found.append(free)
    return found


def _number(spec: LayerSpec | None, end: Source | Slot) -> int:
    """Which of the node's outputs or inputs it is."""
    ports = () if spec is None else spec.outputs if isinstance(end, Source) else spec.inputs
    return next((number for number, port in enumerate(ports) if port.name == end.port), 0)


def _ids(graph: Graph, stem: str, inside: Collection[str]) -> Iterator[str]:
    """in1, in2, …, where no node within and no frame is called so."""
    number = 0
    while True:
        number += 1
        if f"{stem}{number}" not in inside and f"{stem}{number}" not in graph.frames:
            yield f"{stem}{number}"
