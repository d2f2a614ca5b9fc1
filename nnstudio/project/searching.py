"""What is to be searched over? Parameters that a person marked: of nodes, of instances, and of nodes within definitions, where all instances follow."""

from collections.abc import Iterator, Mapping

from nnstudio.problems import Problem
from nnstudio.project.block_exposed import name_of
from nnstudio.project.blocks import block_of, with_blocks
from nnstudio.project.graph import Graph
from nnstudio.project.node_at import called, node_at
from nnstudio.project.project import Block, Project
from nnstudio.project.several import searched
from nnstudio.registry import Registry


def all_searched(project: Project, registry: Registry) -> tuple[str, ...]:
    """Everything that is to be searched over, as settings are named: "conv1.out_channels", "res1/conv1.stride" in a definition. Of fields that one
    exposed parameter sets together, the first."""
    known = with_blocks(registry, project)
    found: dict[object, str] = {}
    for way, block, graph in drawn_graphs(project):
        for node in graph:
            spec = known.layer(node.type)
            for param in searched(node):
                together = name_of(project.blocks[block], node.id, param) if block else ""
                if spec is None or param in spec.params.model_fields:  # else the parameter is gone
                    found.setdefault((block, together or (node.id, param)), f"{way}{node.id}.{param}")
    return tuple(found.values())


def drawn_graphs(project: Project) -> Iterator[tuple[str, str, Graph]]:
    """The project's own graph and each definition that is used in it, once, outer ones first: (the way before its nodes' ids, which definition, graph)."""
    met, waiting = {""}, [("", "", project.graph)]
    for way, id, graph in waiting:
        yield way, id, graph
        for node in graph:
            block = block_of(node, project.blocks)
            if block is not None and block.id not in met:
                met.add(block.id)
                waiting.append((f"{way}{node.id}/", block.id, block.graph))


def refusal(project: Project, block: str, node: str, param: str) -> Problem | None:
    """Why another value of a definition's field would change nothing: every instance sets it by the block's exposed parameter."""
    definition = project.blocks.get(block)
    name = name_of(definition, node, param) if definition is not None else ""
    places = [place for place in project.flattened.instances.values() if place.block == block]
    if definition is None or not name or not places or any(name not in place.values for place in places):
        return None
    said = ", ".join(dict.fromkeys(_value_said(project, place.owner, name, place.values) for place in places))
    title = definition.title or block
    message = (
        f"'{param}' of '{definition.graph.nodes[node].label}' is set by {name} in every instance of '{title}': {said}."
    )
    return Problem("search.set_outside", message, remedy=f"Search over {name} of an instance.", node=node, param=param)


def _value_said(project: Project, owner: str, name: str, values: Mapping[str, object]) -> str:
    return f"{project.flattened.folded[owner].label} = {values[name]}"


def refusal_at(project: Project, name: str) -> Problem | None:
    """The same of a setting by its name: "res1/conv1.stride"."""
    way, _, param = name.partition(".")
    if "/" not in way:
        return None
    block, node = node_at(project, way)
    return refusal(project, block, node.id, param)


def words(project: Project, way: str) -> str:
    """A node as comparisons call it: by its name, within a definition behind the title of that: "LSTM cell/forget gate". What is no way to a node, as it
    is written."""
    if called(project, way) is None:
        return way
    block, node = node_at(project, way)
    definition: Block | None = project.blocks.get(block)
    return f"{definition.title or block}/{node.label}" if definition is not None else node.label
