"""What is wrong with a graph, as far as its wiring and its parameters tell: no shapes, no torch.

Each drawn graph is looked at by itself: the project's own, and that of each definition once, at its first instance. Bypassed nodes and
reroute points are taken out before; instances of blocks are nodes like others.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import networkx as nx

from nnstudio.params import validate
from nnstudio.problems import Fix, Problem, Severity
from nnstudio.project.blocks import PREFIX, with_blocks
from nnstudio.project.check_blocks import EDGES, Level, check_block, check_blocks, everywhere, levels, wrong_values
from nnstudio.project.check_options import check_options
from nnstudio.project.flat import quoted
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, LossSpec, Port

INPUT = "nnstudio.input"
"""The layer through which data enters."""

Memory = dict[str, tuple[Node, LayerSpec, tuple[Problem, ...]]]
_remembered: Memory = {}  # of the graphs that were checked last: most edits touch one node of thousands
_without_cycle: dict[str, Mapping[Slot, Source]] = {}  # by path, their wires: most edits leave them as they are


def check_graph(project: Project, registry: Registry) -> Iterator[Problem]:
    registry = with_blocks(registry, project)
    memory = Memory()
    drawn = levels(project)
    for level in drawn:
        yield from everywhere(level, project, _check_level(level, project, registry, memory))
    yield from check_blocks(project)
    yield from wrong_values(project, registry, {id for id, known in memory.items() if known[2]})
    _remember(memory, drawn)


def _check_level(level: Level, project: Project, registry: Registry, memory: Memory) -> Iterator[Problem]:
    graph = level.graph
    specs = {node.id: spec for node in graph if (spec := registry.layer(node.type)) is not None}
    yield from _dangling(graph)
    yield from _unknown_layers(graph, specs)
    yield from _parameters(graph, specs, memory)
    yield from check_options(graph, specs)
    yield from check_block(level, specs)
    ports = list(_ports(graph, specs))
    yield from ports
    cycles = list(cycles_in(graph, level.path))
    yield from cycles
    yield from _names(graph)
    broken = {problem.node for problem in (*ports, *cycles) if problem.node} | (graph.nodes.keys() - specs.keys())
    if level.block is None:
        yield from _ends(project, graph, registry, specs, broken)
    else:
        yield from _loose(level, specs, broken)


def _remember(memory: Memory, drawn: Iterable[Level]) -> None:
    global _remembered
    _remembered = memory
    paths = {level.path for level in drawn}
    for gone in _without_cycle.keys() - paths:
        del _without_cycle[gone]


def titled(node: Node, spec: LayerSpec | None) -> str:
    """`Conv 2d 'conv1'`, within a block `Conv 2d 'conv1' in 'res1'`: how messages name a node."""
    return f"{spec.title if spec else node.type} {quoted(node)}"


def _dangling(graph: Graph) -> Iterator[Problem]:
    for slot, source in graph.wires.items():
        for end, other in ((source.node, slot.node), (slot.node, source.node)):
            if end not in graph.nodes:
                message = f"A wire at '{other}' ends at '{end}', and there is no such node."
                yield Problem(
                    "graph.dangling_wire",
                    message,
                    remedy="Delete the wire.",
                    node=other if other in graph.nodes else None,
                )


PASTED = "python."
"""So begin the kinds of the placeholders for what pasted code does."""
REPLACE = "Put layers that do the same in its place."


def _unknown_layers(graph: Graph, specs: Mapping[str, LayerSpec]) -> Iterator[Problem]:
    for node in graph:
        if node.type.startswith(PASTED):
            said = f"stands for '{node.note or node.type.removeprefix(PASTED)}' of the pasted code, which no layer does"
            yield Problem("graph.unknown_layer", f"Node {quoted(node)} {said}.", remedy=REPLACE, node=node.id)
        elif node.id not in specs and not node.type.startswith(PREFIX):
            yield unknown("layer", node.type, f"Node {quoted(node)}", node=node.id)


def unknown(kind: str, id: str, owner: str, *, node: str | None = None, place: str = "model") -> Problem:
    """No loaded plugin brings `id`."""
    prefix = id.partition(".")[0]
    message = f"{owner} is of a kind that is not here: no loaded plugin brings '{id}'."
    remedy = f"Install or switch on the plugin whose ids begin with '{prefix}.', or choose another {kind}."
    return Problem(
        f"graph.unknown_{kind}" if place == "model" else f"{place}.unknown",
        message,
        remedy=remedy,
        node=node,
        place=place,
    )


def _parameters(graph: Graph, specs: Mapping[str, LayerSpec], memory: Memory) -> Iterator[Problem]:
    """Bad parameters; what is known of a node from the last time holds while node and spec are the very same."""
    known = _remembered
    for node in graph:
        spec = specs.get(node.id)
        if spec is None:
            continue
        old = known.get(node.id)
        if old is None or old[0] is not node or old[1] is not spec:
            old = (node, spec, validate(spec.params, node.params, owner=titled(node, spec), node=node.id)[1])
        memory[node.id] = old
        yield from old[2]


def _ports(graph: Graph, specs: Mapping[str, LayerSpec]) -> Iterator[Problem]:
    """Wires against the ports that the layers declare: unknown, unwired, with more wires than they take."""
    into: dict[str, list[Slot]] = {}
    for slot, source in graph.wires.items():
        into.setdefault(slot.node, []).append(slot)
        spec = specs.get(source.node)
        if spec is None or (spec.outputs and spec.outputs[0].name == source.port):
            continue
        if all(port.name != source.port for port in spec.outputs):
            yield _no_port(graph.nodes[source.node], spec, source, "output", spec.outputs)
    for id, spec in specs.items():
        slots = into.get(id, [])
        if len(spec.inputs) == len(slots) == 1 and slots[0] == (id, spec.inputs[0].name, 0):
            continue  # by far the most common: one port, one wire
        yield from _inputs(graph.nodes[id], spec, slots)


def _inputs(node: Node, spec: LayerSpec, slots: list[Slot]) -> Iterator[Problem]:
    orders: dict[str, list[int]] = {port.name: [] for port in spec.inputs}
    for slot in slots:
        if slot.port not in orders:
            yield _no_port(node, spec, slot, "input", spec.inputs)
        else:
            orders[slot.port].append(slot.order)
    for port in spec.inputs:
        taken = orders[port.name]
        if not taken and not port.optional:
            message = f"{titled(node, spec)} has no wire into '{port.title or port.name}'."
            yield Problem(
                "graph.unwired", message, remedy="Connect it, or delete the node.", node=node.id, port=port.name
            )
        if not port.many and any(order > 0 for order in taken):
            count = max(len(taken), 1 + max(taken))
            message = f"{titled(node, spec)} takes one wire into '{port.title or port.name}', but there are {count}."
            remedy = "Delete all but one, or join them with Add or Concatenate first."
            yield Problem("graph.too_many_wires", message, remedy=remedy, node=node.id, port=port.name)


def _no_port(node: Node, spec: LayerSpec, end: Slot | Source, sort: str, ports: Iterable[Port]) -> Problem:
    known = ", ".join(f"'{port.title or port.name}'" for port in ports)
    message = f"{titled(node, spec)} has no {sort} '{end.port}', but a wire is there."
    has = f"It has {known}." if known else f"It has no {sort}s."
    return Problem("graph.unknown_port", message, remedy=f"{has} Delete the wire.", node=node.id, port=end.port)


def cycles_in(graph: Graph, path: str = "") -> Iterator[Problem]:
    """One problem for each knot of nodes that feed themselves. path: of the instance that the graph stands for, under which it is remembered."""
    if graph.wires is _without_cycle.get(path):
        return
    library: Any = nx  # the stubs do not know what find_cycle returns
    net: Any = nx.DiGraph((source.node, slot.node) for slot, source in graph.wires.items())
    if nx.is_directed_acyclic_graph(net):
        _without_cycle[path] = graph.wires
        return
    for knot in nx.strongly_connected_components(net):
        start = min(knot)
        if len(knot) == 1 and not net.has_edge(start, start):
            continue
        walk = cast(list[tuple[str, str]], library.find_cycle(net.subgraph(knot), start))
        round_trip = [source for source, _ in walk]
        labels = [graph.nodes[id].label if id in graph.nodes else id for id in round_trip]
        shown = [*labels[:8], "…", labels[-1]] if len(labels) > 10 else labels
        path = " → ".join([*shown, labels[0]])
        remedy = "Delete one of these wires."
        yield Problem("graph.cycle", f"These nodes feed themselves: {path}.", remedy=remedy, node=round_trip[0])


def drawn_cycles(project: Project) -> Iterator[Problem]:
    """Those in each drawn graph: an instance that waits for its own output stands on one, even where no inner node does."""
    for level in levels(project):
        yield from cycles_in(level.graph, level.path)


def _names(graph: Graph) -> Iterator[Problem]:
    counts = Counter(node.label for node in graph)
    if len(counts) == len(graph.nodes):
        return
    for node in graph:
        if counts[node.label] > 1 and node.type not in EDGES:  # `check_block` speaks of ports
            message = f"{counts[node.label]} nodes are called {quoted(node)}."
            yield Problem("graph.duplicate_name", message, Severity.WARNING, "Rename all but one.", node=node.id)


def _loose(level: Level, specs: Mapping[str, LayerSpec], broken: set[str]) -> Iterator[Problem]:
    """What of a block lies on no way between its inputs and its outputs."""
    graph, leaving, entering = level.graph, level.exits, level.entries
    feeds = {wire.source.node for wire in graph.all_wires()}
    if leaving:
        for id in graph.nodes.keys() - feeds - leaving - broken:
            message = f"{titled(graph.nodes[id], specs.get(id))} leads to no output of its block: what it computes is not used."
            yield Problem("graph.unused", message, Severity.WARNING, "Connect its output, or delete it.", node=id)
    if entering:
        for id in graph.nodes.keys() - _reached(graph, entering | broken):
            message = (
                f"{titled(graph.nodes[id], specs.get(id))} is reached by no input of its block: no data comes to it."
            )
            yield Problem("graph.unreachable", message, Severity.WARNING, "Connect it, or delete it.", node=id)


def _ends(
    project: Project, graph: Graph, registry: Registry, specs: Mapping[str, LayerSpec], broken: set[str]
) -> Iterator[Problem]:
    """Where data comes in and where the loss is; what lies on no way between them. What is broken otherwise is not told twice."""
    losses = {id: spec for id, spec in specs.items() if isinstance(spec, LossSpec)}
    inputs = {node.id for node in graph if node.type == INPUT}
    if not inputs:
        fix = Fix("Add an input", "add_node", type=INPUT) if registry.layer(INPUT) else None
        yield Problem(
            "graph.no_input", "The network has no input: no data can enter it.", remedy="Add an Input node.", fix=fix
        )
    if not losses:
        fix = _loss_fix(project, registry)
        remedy = "Add a loss, such as Cross-entropy or MSE, behind the last layer."
        yield Problem(
            "graph.no_loss", "The network has no loss: nothing says what it should learn.", remedy=remedy, fix=fix
        )
    elif all(spec.target == "none" for spec in losses.values()):
        names = ", ".join(titled(graph.nodes[id], specs[id]) for id in sorted(losses))
        message = f"There is no loss with a target, only {names}: nothing says what the network should answer."
        remedy = "Add a loss that compares with a target, such as Cross-entropy or MSE, behind the last layer."
        yield Problem(
            "graph.no_target_loss", message, remedy=remedy, node=min(losses), fix=_loss_fix(project, registry)
        )
    feeds = {wire.source.node for wire in graph.all_wires()}
    if losses:
        for id in graph.nodes.keys() - feeds - losses.keys() - broken:
            message = f"{titled(graph.nodes[id], specs.get(id))} leads to no loss: what it computes is not used."
            yield Problem("graph.unused", message, Severity.WARNING, "Connect its output, or delete it.", node=id)
    if inputs:
        for id in graph.nodes.keys() - _reached(graph, inputs | broken):
            message = f"{titled(graph.nodes[id], specs.get(id))} is reached by no input: no data comes to it."
            yield Problem("graph.unreachable", message, Severity.WARNING, "Connect it, or delete it.", node=id)


def _reached(graph: Graph, starts: set[str]) -> set[str]:
    """`starts` and all that they feed."""
    feeds: dict[str, list[str]] = {}
    for slot, source in graph.wires.items():
        feeds.setdefault(source.node, []).append(slot.node)
    reached, queue = set(starts), deque(starts)
    while queue:
        for target in feeds.get(queue.popleft(), ()):
            if target not in reached:
                reached.add(target)
                queue.append(target)
    return reached


def _loss_fix(project: Project, registry: Registry) -> Fix | None:
    """A loss that fits the data's task, behind the one node that nothing follows."""
    dataset = registry.datasets.get(project.data.dataset.type)
    wanted = "value" if dataset is not None and dataset.task == "regression" else "class"
    feeds = {wire.source.node for wire in project.graph.all_wires()}
    last = [id for id in project.graph.nodes if id not in feeds]
    kind = project.graph.nodes[last[0]].type if len(last) == 1 else ""
    fitting = [spec for spec in registry.layers.values() if isinstance(spec, LossSpec) and spec.target == wanted]
    made_for_it = (spec for spec in fitting if kind in spec.behind)
    loss = next(made_for_it, None) or next((spec for spec in fitting if not spec.behind), None)
    if loss is None:
        return None
    return Fix(f"Add {loss.title}", "add_node", node=last[0] if len(last) == 1 else None, type=loss.id)
