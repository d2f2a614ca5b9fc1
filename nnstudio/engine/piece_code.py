"""A selection as code: a class with the chosen nodes alone, what came from outside as the arguments of its `forward`."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine import flow, naming
from nnstudio.engine.codegen import model_code
from nnstudio.engine.unsized import PLACEHOLDER, written
from nnstudio.plan import Code, Plan
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, block_of, with_blocks
from nnstudio.project.check_graph import INPUT
from nnstudio.project.edits import subgraph
from nnstudio.project.flat import drawn, path_of
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry

EDGES = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})
NAME = "Piece"
_NOTHING = Problem("code.nothing", "There are no nodes to make code of.", remedy="Select some that compute something.")


def code_of(project: Project, plan: Plan, registry: Registry, nodes: Sequence[str], info: DataInfo | None) -> Code:
    """The code of `nodes` (flat ids, all of one graph). Raises NNStudioError where they cannot be worked out."""
    paths = {path_of(id)[0] for id in nodes}
    level = (
        _graph_at(project, [part for part in drawn(f"{min(paths)}/").split("/") if part]) if len(paths) == 1 else None
    )
    ids = {path_of(id)[1] for id in nodes}
    inner = {id for id in ids if level is not None and id in level.nodes and level.nodes[id].type not in EDGES}
    if level is None or not inner:
        raise NNStudioError(_NOTHING)
    chosen = subgraph(level, inner)
    prefix = f"{min(paths)}/" if min(paths) else ""
    piece, data, unknown = _Fed(project, plan, registry, level, prefix).piece(chosen, info)
    found = written(replace(project, name=NAME, graph=piece), data, unknown, registry)
    if not any(id in found.plan.nodes for id in found.project.flattened.graph.nodes if id in inner or "/" in id):
        raise NNStudioError(*(found.plan.problems or (_NOTHING,)))
    code = model_code(found.project, found.plan, found.registry)
    left_out = tuple(
        node.label
        for id, node in found.project.flattened.graph.nodes.items()
        if id in found.placeholders or id not in found.plan.nodes
    )
    return replace(code, text=code.text + (PLACEHOLDER if found.placeholders else ""), left_out=left_out)


def _graph_at(project: Project, path: Sequence[str]) -> Graph | None:
    """The graph that is found by entering these instances."""
    graph = project.graph
    for id in path:
        block = block_of(graph.nodes[id], project.blocks) if id in graph.nodes else None
        if block is None:
            return None
        graph = block.graph
    return graph


class _Fed:
    """What is selected, with an Input for each value from outside and for each port that nothing is wired to."""

    def __init__(self, project: Project, plan: Plan, registry: Registry, level: Graph, prefix: str) -> None:
        self._project, self._plan, self._level, self._prefix = project, plan, level, prefix
        self._registry = with_blocks(registry, project)

    def piece(self, chosen: Graph, info: DataInfo | None) -> tuple[Graph, DataInfo, dict[str, str]]:
        """(the graph; the project's data with these fields beside its own; by field the sort of numbers, where no sizes are known)"""
        own = dict(info.fields) if info is not None else {}
        fields: dict[str, FieldInfo] = {}
        unknown: dict[str, str] = {}
        nodes, wires = dict(chosen.nodes), dict(chosen.wires)
        usual = info.inputs[0] if info is not None and info.inputs else ""
        for node in chosen:
            name = str(node.params.get("field") or usual or node.label)
            if node.type == INPUT and name not in own:
                nodes[node.id], unknown[name] = node.with_param("field", name), "float"
        for name, slots, source in self._open(chosen, {*own, *unknown}):
            id = self._level.free_id("input", nodes)
            nodes[id] = Node(id, INPUT, {"field": name})
            wires |= dict.fromkeys(slots, Source(id))
            known = self._field(source) if source is not None else None
            if known is not None:
                fields[name] = known
            else:
                unknown[name] = self._sort(chosen, slots[0])
        inputs = (*(info.inputs if info is not None else ()), *fields)
        target = info.target if info is not None else ""
        return Graph(nodes, wires), DataInfo({**own, **fields}, inputs, target, 1, 1, 0, 0), unknown

    def _open(self, chosen: Graph, taken: Iterable[str]) -> Iterator[tuple[str, list[Slot], Source | None]]:
        """(what the argument is called, the ports that it feeds, what it is in the drawing)"""
        found: dict[Source | Slot, list[Slot]] = {}
        for id in flow.order(chosen)[0]:
            outside = [wire for wire in self._level.wires_into(id) if wire.source.node not in chosen.nodes]
            for wire in outside:
                found.setdefault(wire.source, []).append(wire.target)
            for port in self._needed(chosen.nodes[id]):
                if not self._level.wires_into(id, port):
                    found[Slot(id, port)] = [Slot(id, port)]
        loose = [key for key in found if isinstance(key, Slot)]
        wanted: dict[str, str] = {}
        for number, key in enumerate(found):
            wanted[str(number)] = (
                _name(self._level, key)
                if isinstance(key, Source)
                else "inputs"
                if len(loose) == 1
                else f"x{loose.index(key) + 1}"
            )
        names = naming.unique(wanted, taken)
        for number, (key, slots) in enumerate(found.items()):
            yield names[str(number)], slots, key if isinstance(key, Source) else None

    def _needed(self, node: Node) -> list[str]:
        """The ports that must be wired."""
        spec = self._registry.layer(node.type)
        return [port.name for port in spec.inputs if not port.optional] if spec is not None else []

    def _sort(self, chosen: Graph, slot: Slot) -> str:
        spec = self._registry.layer(chosen.nodes[slot.node].type)
        return spec.dtype or "float" if spec is not None else "float"

    def _field(self, source: Source) -> FieldInfo | None:
        """What is known of a value from outside."""
        flat = self._project.flattened.seen(source._replace(node=self._prefix + source.node))
        planned = self._plan.nodes.get(flat.node) if flat is not None else None
        if flat is None or planned is None or flat.port not in planned.outputs:
            return None
        dtype = "int" if planned.dtypes.get(flat.port) == "int" else "float"
        return FieldInfo("array", tuple(planned.outputs[flat.port][1:]), dtype)


def _name(graph: Graph, source: Source) -> str:
    """What the argument is called that brings this value."""
    stem = naming.identifier(graph.nodes[source.node].label)
    return stem if source.port == "output" else f"{stem}_{source.port}"
