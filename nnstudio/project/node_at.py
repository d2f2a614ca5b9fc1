"""Which node does a written way mean? "conv1" outside, "res1/conv1" in the definition that res1 stands for; by ids or by names."""

from nnstudio.finding import did_you_mean
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.blocks import block_of
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project


def node_at(project: Project, way: str) -> tuple[str, Node]:
    """(the definition in whose graph it is, "" for the project's own; the node). A number behind an instance ("res1[2]/conv1") says nothing more:

    all repetitions have one definition. Raises NNStudioError where there is no such node.
    """
    graph, block = project.graph, ""
    *instances, last = way.split("/")
    for part in instances:
        node = _named(graph, part.partition("[")[0])
        found = block_of(node, project.blocks)
        if found is None:
            message = f"'{node.label}' is no block: there is nothing within it."
            raise NNStudioError(Problem("graph.unknown_node", message, node=node.id))
        graph, block = found.graph, found.id
    return block, _named(graph, last)


def called(project: Project, way: str) -> str | None:
    """A way of ids by the names that people read: "lstm_cell1[2]/fc1" → "memory[2]/gate"; None where there is no such node."""
    graph: Graph | None = project.graph
    names: list[str] = []
    for part in way.split("/"):
        id, bracket, number = part.partition("[")
        node = graph.nodes.get(id) if graph is not None else None
        if node is None:
            return None
        names.append(node.label + bracket + number)
        block = block_of(node, project.blocks)
        graph = block.graph if block is not None else None
    return "/".join(names)


def _named(graph: Graph, name: str) -> Node:
    node = graph.nodes.get(name) or next((node for node in graph if node.name == name), None)
    if node is None:
        remedy = did_you_mean(name, graph.nodes)
        raise NNStudioError(Problem("graph.unknown_node", f"There is no node '{name}'.", remedy=remedy))
    return node
