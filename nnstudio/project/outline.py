"""The network as a list that can be read aloud: nodes as values flow, those in a frame under it, those of a block under its instance. No Qt, no torch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nnstudio.plan import NodePlan, Plan
from nnstudio.project.blocks import block_of
from nnstudio.project.boxes import frame_box, holds, node_box
from nnstudio.project.flat import drawn
from nnstudio.project.graph import Frame, Graph, Node
from nnstudio.project.natural import natural
from nnstudio.project.project import Project
from nnstudio.registry import Registry

Path = tuple[str, ...]
"""The instances that are entered, from outside in."""


@dataclass(eq=False)
class Row:
    """A node or a frame. path: of the graph it lies in; rows: what is under it, None where nobody has asked yet."""

    id: str
    path: Path
    block: str
    frame: bool = False
    parent: "Row | None" = None
    place: int = 0
    rows: "list[Row] | None" = field(default=None, repr=False)

    @property
    def key(self) -> tuple[Path, str]:
        return self.path, self.id


def graph_at(project: Project, path: Iterable[str]) -> tuple[Graph, str] | None:
    """(graph, definition) that is found by entering these instances; None where there is no such way."""
    graph, block = project.graph, ""
    for id in path:
        inner = block_of(graph.nodes[id], project.blocks) if id in graph.nodes else None
        if inner is None:
            return None
        graph, block = inner.graph, inner.id
    return graph, block


def rows_of(project: Project, path: Path, parent: Row | None = None) -> list[Row]:
    """The rows of one graph in the order of its flow; a frame stands where the first of its nodes would."""
    found = graph_at(project, path)
    if found is None:
        return []
    graph, block = found
    holder = _holders(graph)
    frames = {id: Row(id, path, block, frame=True, rows=[]) for id in graph.frames}
    top: list[Row] = []
    placed: set[str] = set()

    def put(row: Row, owner: str | None) -> None:
        """Under its frame, which is put first where it is not there yet."""
        siblings = top if owner is None else frames[owner].rows
        assert siblings is not None
        if owner is not None and owner not in placed:
            placed.add(owner)
            put(frames[owner], holder.get(owner))
        row.parent = parent if owner is None else frames[owner]
        row.place = len(siblings)
        siblings.append(row)

    for id in flow_order(graph):
        instance = (
            block_of(graph.nodes[id], project.blocks) is not None
            and graph.nodes[id].type.removeprefix("block:") != block
        )
        put(Row(id, path, block, rows=None if instance else []), holder.get(id))
    for id in sorted(graph.frames, key=natural):
        if id not in placed:
            placed.add(id)
            put(frames[id], holder.get(id))
    return top


def _holders(graph: Graph) -> dict[str, str]:
    """{node or frame: the smallest frame that it lies wholly in}"""
    boxes = sorted(
        ((frame_box(frame), id) for id, frame in graph.frames.items()),
        key=lambda item: ((item[0][2] - item[0][0]) * (item[0][3] - item[0][1]), natural(item[1])),
    )
    holder: dict[str, str] = {}
    if boxes:
        for node in graph:
            owner = next((id for box, id in boxes if holds(box, node_box(node))), None)
            if owner is not None:
                holder[node.id] = owner
        for place, (box, id) in enumerate(boxes):
            owner = next((other for larger, other in boxes[place + 1 :] if holds(larger, box)), None)
            if owner is not None:
                holder[id] = owner
    return holder


def flow_order(graph: Graph) -> list[str]:
    """All nodes, each after what feeds it, chains in one piece; what is on a cycle comes last."""
    waiting = {
        id: len({wire.source.node for wire in graph.wires_into(id) if wire.source.node in graph.nodes})
        for id in graph.nodes
    }
    ready = sorted((id for id, count in waiting.items() if not count), key=natural, reverse=True)
    order: list[str] = []
    while ready:
        id = ready.pop()
        order.append(id)
        for reader in sorted({wire.target.node for wire in graph.wires_out_of(id)}, key=natural, reverse=True):
            if reader in waiting:
                waiting[reader] -= 1
                if not waiting[reader]:
                    ready.append(reader)
    done = set(order)
    return order + sorted((id for id in graph.nodes if id not in done), key=natural)


# ── in words ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def title(item: Node | Frame, registry: Registry) -> str:
    """`Conv 2d conv1`; a frame's title, the beginning of a comment."""
    if isinstance(item, Frame):
        return item.title or item.text.partition("\n")[0] or item.id
    spec = registry.layer(item.type)
    return f"{spec.title if spec else item.type} {item.label}"


def planned(plan: Plan, row: Row, flat_ids: Mapping[str, str]) -> NodePlan | None:
    """What is known of a row's node; flat_ids: see `by_drawn`."""
    way = "/".join((*row.path, row.id))
    return plan.nodes.get(flat_ids.get(way, way)) or plan.blocks.get(way)


def by_drawn(plan: Plan) -> dict[str, str]:
    """{id as one who enters blocks meets it: the first flat id of that node}, where the two differ."""
    first: dict[str, str] = {}
    for id in plan.nodes:
        if "[" in id:
            first.setdefault(drawn(id), id)
    return first


def walk(rows: Sequence[Row]) -> Iterable[Row]:
    """All rows that are known, from the top down."""
    for row in rows:
        yield row
        yield from walk(row.rows or ())
