"""Where do the nodes of a graph stand? In layers, from left to right or from top to bottom, frames kept around their nodes."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from nnstudio.project.boxes import (
    GRID,
    NO_SIZES,
    NODE_SIZE,
    Box,
    Position,
    Size,
    Sizes,
    around,
    box_at,
    frame_box,
    node_box,
    snapped,
)
from nnstudio.project.frames import PADDING, TITLE, holders
from nnstudio.project.graph import Graph
from nnstudio.project.layered import Flow, Gaps, Link, View, placed
from nnstudio.project.room import DOWN, RIGHT, Places, make_room, table, touching

COLUMN_GAP = 48.0  # room for a shape such as 16×10×10 on the wire
ROW_GAP = 44.0  # between nodes of one column
BLOCK_GAP = 92.0  # between the rows of a wrapped chain: a lane for the wire and its shape

GAPS: Final = {RIGHT: Gaps(COLUMN_GAP, ROW_GAP, BLOCK_GAP), DOWN: Gaps(ROW_GAP, COLUMN_GAP, BLOCK_GAP)}


def layout(
    graph: Graph, *, view: Size | None = None, sizes: Sizes = NO_SIZES, axis: int = RIGHT
) -> dict[str, Position]:
    """The top left corner of each node; the whole begins at (0, 0). See `laid_out`."""
    return dict(laid_out(graph, view=view, sizes=sizes, axis=axis).nodes)


def laid_out(
    graph: Graph,
    ids: Collection[str] | None = None,
    *,
    sizes: Sizes = NO_SIZES,
    axis: int = RIGHT,
    view: Size | None = None,
) -> Places:
    """All of `graph`, from (0, 0) on; or its nodes `ids` where they stand: see `_where_it_stood`; what would be covered makes room.

    axis: RIGHT or DOWN, the way that data flows. view: width and height of what it is to be seen in; chains to the right that are longer are wrapped into rows,
    so many that the whole has about its shape.
    A frame stays around its nodes, which are laid out within it; of a selection, a frame all of whose nodes are selected.
    """
    chosen = set(graph.nodes) if ids is None else {id for id in ids if id in graph.nodes}
    holder = holders(graph, sizes)
    tree = _Tree(graph, chosen, holder, whole=ids is None)
    seen = None if view is None or axis == DOWN else View(max(view[0], 2 * NODE_SIZE[0] + COLUMN_GAP), view[1])
    result = _Placer(graph, tree, sizes, axis).places(seen)
    if ids is None or not chosen:
        return result
    result = _where_it_stood(graph, result, sizes, axis)
    others = make_room(graph, result.boxes(sizes), sizes, axis=axis)
    return Places({**others.nodes, **result.nodes}, {**others.frames, **result.frames})


def _where_it_stood(graph: Graph, result: Places, sizes: Sizes, axis: int) -> Places:
    """A selection with its top left where it was, or, if that covers others and this does not, with its first node where it was."""
    before = around([*(node_box(graph.nodes[id], sizes) for id in result.nodes), *_frame_boxes(graph, result.frames)])
    assert before is not None
    at_corner = result.shifted(snapped(before[0]), snapped(before[1]))
    first = min(result.nodes, key=lambda id: (result.nodes[id][axis], result.nodes[id][1 - axis], id))
    (x, y), (home_x, home_y) = result.nodes[first], graph.nodes[first].position
    at_first = result.shifted(snapped(home_x - x), snapped(home_y - y))
    fitting = (places for places in (at_corner, at_first) if not _covers(graph, places, sizes))
    return next(fitting, at_corner)


def _covers(graph: Graph, places: Places, sizes: Sizes) -> bool:
    """Does anything placed lie on a node that stays?"""
    staying = table(node_box(node, sizes) for node in graph if node.id not in places.nodes)
    return any(touching(staying, box) for box in places.boxes(sizes).values())


def _frame_boxes(graph: Graph, ids: Iterable[str]) -> Iterator[Box]:
    return (frame_box(graph.frames[id]) for id in ids)


class _Tree:
    """Which of the frames that are placed does each thing lie in? members: of a frame ("": outside), nodes and frames in reading order."""

    def __init__(self, graph: Graph, chosen: Collection[str], holder: Mapping[str, str], *, whole: bool) -> None:
        frames = set(graph.frames) if whole else _with_all_chosen(graph, holder, chosen)
        self.parent = {id: _nearest(holder, id, frames) for id in (*chosen, *frames)}
        self.members: dict[str, list[str]] = {"": []}
        for id in sorted(self.parent, key=lambda id: _reading(graph, id)):
            self.members.setdefault(self.parent[id], []).append(id)

    def path(self, id: str) -> list[str]:
        """`id` and the frames around it, from inside out, ending with ""."""
        path = [id]
        while path[-1]:
            path.append(self.parent[path[-1]])
        return path


def _with_all_chosen(graph: Graph, holder: Mapping[str, str], chosen: Collection[str]) -> set[str]:
    """The frames that hold nodes, all of them chosen."""
    some: set[str] = set()
    more: set[str] = set()  # holds one that is not chosen
    for id in graph.nodes:
        at = holder.get(id, "")
        while at:
            some.add(at)
            if id not in chosen:
                more.add(at)
            at = holder.get(at, "")
    return some - more


def _nearest(holder: Mapping[str, str], id: str, frames: Collection[str]) -> str:
    at = holder.get(id, "")
    while at and at not in frames:
        at = holder.get(at, "")
    return at


def _reading(graph: Graph, id: str) -> tuple[float, float, str]:
    x, y = (graph.nodes[id] if id in graph.nodes else graph.frames[id]).position
    return y, x, id


class _Placer:
    """Each frame by itself, the inner ones first; then it is a box like a node."""

    def __init__(self, graph: Graph, tree: _Tree, sizes: Sizes, axis: int) -> None:
        self._graph, self._tree, self._axis = graph, tree, axis
        self._sizes: dict[str, Size] = {id: sizes.get(id, NODE_SIZE) for id in tree.parent if id in graph.nodes}
        self._corner: dict[str, Position] = {}  # within the frame around it
        self._links = _links_by_frame(graph, tree)

    def places(self, view: View | None) -> Places:
        self._place("", view)
        nodes: dict[str, Position] = {}
        frames: dict[str, Box] = {}
        stack = [("", 0.0, 0.0)]
        while stack:
            frame, left, top = stack.pop()
            for id in self._tree.members.get(frame, ()):
                corner = (left + self._corner[id][0], top + self._corner[id][1])
                if id in self._graph.nodes:
                    nodes[id] = corner
                else:
                    frames[id] = box_at(corner, self._sizes[id])
                    stack.append((id, *corner))
        return Places(nodes, frames)

    def _place(self, frame: str, view: View | None) -> None:
        """The members of `frame`, and so its size. Those of a frame within it come before."""
        members = list(self._tree.members.get(frame, ()))
        for id in members:
            if id in self._graph.frames:
                self._place(id, None if view is None else View(view.along - 2 * PADDING, view.across))
        links = self._links.get(frame, [])
        ends = dict.fromkeys(end for link in links for end in (link.source, link.target) if end not in self._sizes)
        items = [*members, *ends]  # what stands outside, and so only pulls
        number = {id: index for index, id in enumerate(items)}
        sizes = [self._sizes.get(id, (0.0, 0.0)) for id in items]
        across = 1 - self._axis
        flow = [Flow(size[self._axis], size[across]) for size in sizes]
        inner = [
            Link(
                number[link.source],
                number[link.target],
                self._aside(link.source, link.start) - self._aside(link.target, link.end),
                self._port(link),
            )
            for link in links
        ]
        middles = placed(flow, inner, GAPS[self._axis], view)
        if members:
            self._put(members, middles)
        if frame:
            self._sizes[frame] = self._size_of_frame(frame, members)

    def _put(self, members: Sequence[str], middles: Sequence[tuple[float, float]]) -> None:
        """Corners from middles, on the grid; nodes of an odd height keep their wires level instead."""
        corners: list[Position] = []
        for id, (along, across) in zip(members, middles, strict=False):
            middle = (along, across) if self._axis == RIGHT else (across, along)
            corners.append(_corner(middle, self._sizes[id], framed=id in self._graph.frames))
        left, top = snapped(min(x for x, _ in corners)), snapped(min(y for _, y in corners))
        self._corner |= {id: (x - left, y - top) for id, (x, y) in zip(members, corners, strict=True)}

    def _size_of_frame(self, frame: str, members: Sequence[str]) -> Size:
        whole = around(box_at(self._corner[id], self._sizes[id]) for id in members)
        if whole is None:
            return self._graph.frames[frame].size  # a comment
        for id in members:
            x, y = self._corner[id]
            self._corner[id] = (x + PADDING, y + TITLE)
        return _on_grid(whole[2] + 2 * PADDING), _on_grid(whole[3] + TITLE + PADDING)

    def _port(self, link: "_Link") -> float:
        """Which place among what feeds `link.target` suits its input. Downwards, a wire comes from the left: the lower the input, the further."""
        return link.port if self._axis == RIGHT else -link.port

    def _aside(self, member: str, end: str) -> float:
        """How far the node `end`, where a wire ends, is from the middle of the frame `member` that it lies in, across."""
        if member == end or member not in self._sizes:
            return 0.0
        across = 1 - self._axis
        at, id = self._sizes[end][across] / 2, end
        while id != member:
            at += self._corner[id][across]
            id = self._tree.parent[id]
        return at - self._sizes[member][across] / 2


class _Link(NamedTuple):
    """A wire from the member `source` of a frame to its member `target`; start, end: the nodes within them where it ends.

    port: which of the inputs of `end` it feeds, from 0 for the first to nearly 1.
    """

    source: str
    target: str
    start: str
    end: str
    port: float = 0.0


def _links_by_frame(graph: Graph, tree: _Tree) -> dict[str, list[_Link]]:
    """The wires by the smallest frame around both ends. A node that stays where it is has an end of its own on each side."""
    links: dict[str, list[_Link]] = {}
    inputs = Counter(slot.node for slot in graph.wires)
    seen: Counter[str] = Counter()
    for slot, source in sorted(graph.wires.items()):
        start, end = source.node, slot.node
        port = seen[end] / inputs[end]
        seen[end] += 1
        frame = tree.parent.get(start)
        if frame is not None and frame == tree.parent.get(end):
            links.setdefault(frame, []).append(_Link(start, end, start, end, port))
        elif start in tree.parent and end in tree.parent:
            before, behind = tree.path(start), tree.path(end)
            while len(before) > 2 and len(behind) > 2 and before[-2] == behind[-2]:
                del before[-1], behind[-1]
            links.setdefault(before[-1], []).append(_Link(before[-2], behind[-2], start, end, port))
        elif start in tree.parent:
            links.setdefault("", []).append(_Link(tree.path(start)[-2], f"{end}\0behind", start, end))
        elif end in tree.parent and start in graph.nodes:
            links.setdefault("", []).append(_Link(f"{start}\0before", tree.path(end)[-2], start, end))
    return links


def _corner(middle: Position, size: Size, *, framed: bool) -> Position:
    x = snapped(middle[0] - size[0] / 2)
    if framed:
        return x, snapped(middle[1] - size[1] / 2)
    return x, snapped(middle[1] - NODE_SIZE[1] / 2) + (NODE_SIZE[1] - size[1]) / 2


def _on_grid(value: float) -> float:
    return float(-(-value // GRID) * GRID)
