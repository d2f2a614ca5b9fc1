"""A selection as code: a class with the chosen nodes alone, what came from outside as the arguments of its `forward`."""

from collections.abc import Sequence
from dataclasses import replace

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine import naming
from nnstudio.engine.codegen import model_code
from nnstudio.engine.inspect import inspect_project
from nnstudio.plan import Code, Plan
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, block_of
from nnstudio.project.check_graph import INPUT
from nnstudio.project.edits import subgraph
from nnstudio.project.flat import drawn, path_of
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.registry import Registry

EDGES = frozenset({BLOCK_INPUT, BLOCK_OUTPUT})
NAME = "Piece"


def code_of(project: Project, plan: Plan, registry: Registry, nodes: Sequence[str], info: DataInfo | None) -> Code:
    """The code of `nodes` (flat ids, all of one graph). Raises NNStudioError where they cannot be worked out."""
    paths = {path_of(id)[0] for id in nodes}
    level = (
        _graph_at(project, [part for part in drawn(f"{min(paths)}/").split("/") if part]) if len(paths) == 1 else None
    )
    ids = {path_of(id)[1] for id in nodes}
    inner = {id for id in ids if level is not None and id in level.nodes and level.nodes[id].type not in EDGES}
    if level is None or not inner:
        words = "There are no nodes to make code of."
        raise NNStudioError(Problem("code.nothing", words, remedy="Select some that compute something."))
    chosen = subgraph(level, inner)
    outside = dict.fromkeys(
        wire.source for id in chosen.nodes for wire in level.wires_into(id) if wire.source.node not in chosen.nodes
    )
    prefix = f"{min(paths)}/" if min(paths) else ""
    fields = {_name(level, source): _field(project, plan, prefix, source) for source in outside}
    piece, data = _fed(level, chosen, list(outside), fields, info)
    alone = replace(project, name=NAME, graph=piece)
    worked_out = inspect_project(alone, data, registry)
    wrong = [problem for problem in worked_out.problems if problem.node in piece.nodes and not worked_out.nodes]
    if wrong:
        raise NNStudioError(*wrong)
    return model_code(alone, worked_out, registry)


def _graph_at(project: Project, path: Sequence[str]) -> Graph | None:
    """The graph that is found by entering these instances."""
    graph = project.graph
    for id in path:
        block = block_of(graph.nodes[id], project.blocks) if id in graph.nodes else None
        if block is None:
            return None
        graph = block.graph
    return graph


def _name(graph: Graph, source: Source) -> str:
    """What the argument is called that brings this value."""
    stem = naming.identifier(graph.nodes[source.node].label)
    return stem if source.port == "output" else f"{stem}_{source.port}"


def _field(project: Project, plan: Plan, prefix: str, source: Source) -> FieldInfo:
    flat = project.flattened.seen(source._replace(node=prefix + source.node))
    planned = plan.nodes.get(flat.node) if flat is not None else None
    if flat is None or planned is None or flat.port not in planned.outputs:
        words = f"What '{source.node}' gives is not worked out, so the code of what it feeds cannot be written."
        raise NNStudioError(
            Problem("code.not_worked_out", words, remedy="Mend what is wrong there first.", node=source.node)
        )
    dtype = "int" if planned.dtypes.get(flat.port) == "int" else "float"
    return FieldInfo("array", tuple(planned.outputs[flat.port][1:]), dtype)


def _fed(
    level: Graph, chosen: Graph, outside: Sequence[Source], fields: dict[str, FieldInfo], info: DataInfo | None
) -> tuple[Graph, DataInfo]:
    """`chosen` with an Input for each value from outside, and data that has these fields beside the project's own."""
    nodes, wires = dict(chosen.nodes), dict(chosen.wires)
    inputs: dict[Source, str] = {}
    for source in outside:
        id = level.free_id("input", nodes)
        nodes[id] = Node(id, INPUT, {"field": _name(level, source)})
        inputs[source] = id
    for id in chosen.nodes:
        for wire in level.wires_into(id):
            if wire.source in inputs:
                wires[Slot(id, wire.target.port, wire.target.order)] = Source(inputs[wire.source])
    own = dict(info.fields) if info is not None else {}
    names = (*fields, *(info.inputs if info is not None else ()))
    target = info.target if info is not None else ""
    return Graph(nodes, wires), DataInfo({**own, **fields}, names, target, 1, 1, 0, 0)
