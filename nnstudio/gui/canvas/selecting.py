"""Which nodes belong to those that are selected? Qt-free."""

from collections.abc import Collection

from nnstudio.gui.canvas.fits import reach
from nnstudio.project.graph import Graph


def with_reach(graph: Graph, ids: Collection[str], *, upstream: bool) -> list[str]:
    """These, and all that feeds them; or (not upstream) all that they feed."""
    found = dict.fromkeys(ids)
    for id in ids:
        if id in graph.nodes:
            found |= dict.fromkeys(sorted(reach(graph, id, upstream=upstream)))
    return list(found)


def similar(graph: Graph, ids: Collection[str]) -> list[str]:
    """These, and all nodes of their types."""
    types = {graph.nodes[id].type for id in ids if id in graph.nodes}
    return [*ids, *(node.id for node in graph if node.type in types and node.id not in ids)]


def inverted(graph: Graph, ids: Collection[str]) -> list[str]:
    chosen = set(ids)
    return [id for id in graph.nodes if id not in chosen]
