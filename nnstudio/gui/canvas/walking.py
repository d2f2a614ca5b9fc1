"""Where does the keyboard walk on from, once the selected nodes are gone?"""

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.project.graph import Graph

if TYPE_CHECKING:
    from nnstudio.gui.canvas.scene import Scene


def left_behind(scene: "Scene", gone: Collection[str], graph: Graph) -> str:
    """Of the nodes of `graph` the one next upstream of those that are gone from it, else the one nearest to them; "" without any.

    scene: as it was with them.
    """
    fed_by = _upstream(scene.graph, gone, graph)
    if fed_by or not gone or not graph.nodes:
        return fed_by
    row = scene.row[next(iter(gone))]
    rows = scene.rows_of(graph.nodes)
    distance = np.hypot(scene.x[rows] - scene.x[row], scene.y[rows] - scene.y[row])
    return scene.node(int(rows[int(distance.argmin())])).id if len(rows) else ""


def _upstream(before: Graph, gone: Collection[str], graph: Graph) -> str:
    """Wire by wire against the stream, until a node is still there."""
    seen, ring = set(gone), list(gone)
    while ring:
        sources = dict.fromkeys(wire.source.node for id in ring for wire in before.wires_into(id))
        found = next((id for id in sources if id in graph.nodes), "")
        if found:
            return found
        ring = [id for id in sources if id not in seen]
        seen.update(ring)
    return ""
