"""The layout: no two nodes on each other, data flows to the right, chains wrap, wires cross little, and it is the same each time."""

import itertools
from dataclasses import replace

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.project.boxes import GRID, NODE_SIZE, Box, frame_box, node_box, overlap
from nnstudio.project.edits import apply
from nnstudio.project.frames import around, holders
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.layout import BLOCK_GAP, COLUMN_GAP, laid_out, layout
from nnstudio.project.project import Project
from nnstudio.project.room import DOWN, RIGHT, Places

WIDTH, HEIGHT = NODE_SIZE


def graph_of(count: int, links: list[tuple[int, int]]) -> Graph:
    nodes = {f"n{index}": Node(f"n{index}", "t") for index in range(count)}
    wires: dict[Slot, Source] = {}
    for order, (a, b) in enumerate(links):
        wires[Slot(f"n{b}", "inputs", order)] = Source(f"n{a}")
    return Graph(nodes, wires)


def seen_by(width: float | None) -> tuple[float, float] | None:
    return None if width is None else (width, 0.6 * width)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    count = draw(st.integers(1, 14))
    number = st.integers(0, count - 1)
    return graph_of(count, draw(st.lists(st.tuples(number, number), max_size=24)))


def overlaps(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return abs(a[0] - b[0]) < WIDTH and abs(a[1] - b[1]) < HEIGHT


@given(graphs(), st.none() | st.floats(300, 2000))
@settings(max_examples=200, deadline=None)
def test_every_node_gets_a_place_of_its_own_on_the_grid(graph: Graph, width: float | None) -> None:
    placed = layout(graph, view=seen_by(width))
    assert set(placed) == set(graph.nodes)
    places = list(placed.values())
    assert not any(overlaps(a, b) for index, a in enumerate(places) for b in places[:index])
    assert all(value % GRID == 0 for place in places for value in place)
    assert layout(graph, view=seen_by(width)) == placed


@given(graphs())
@settings(max_examples=200, deadline=None)
def test_without_cycles_every_wire_goes_to_the_right(graph: Graph) -> None:
    links = networkx.DiGraph([(source.node, slot.node) for slot, source in graph.wires.items()])
    if networkx.is_directed_acyclic_graph(links):
        placed = layout(graph)
        assert all(placed[source.node][0] + WIDTH < placed[slot.node][0] for slot, source in graph.wires.items())


@given(st.integers(2, 300), st.floats(500, 1600), st.floats(0.3, 1.5))
@settings(max_examples=60, deadline=None)
def test_a_long_chain_has_the_shape_of_the_view_and_rows_of_one_length(count: int, width: float, shape: float) -> None:
    chain = graph_of(count, [(index, index + 1) for index in range(count - 1)])
    places = layout(chain, view=(width, width * shape)).values()
    rows = [sum(y == top for _, y in places) for top in sorted({y for _, y in places})]
    assert max(rows) - min(rows) <= 1
    right, bottom = max(x for x, _ in places) + WIDTH, max(y for _, y in places) + HEIGHT
    if count >= 40:  # rows of few whole nodes have a shape of their own
        assert right <= width or 0.5 < bottom / right / shape < 2


def test_rows_are_not_cut_where_many_wires_would_lead_from_one_to_the_next() -> None:
    """Five wires side by side between 0 … 5 and 6: all of them stay in one row, though it is longer than the view."""
    gates = range(2, 7)
    links = [(0, 1), *((1, gate) for gate in gates), *((gate, gate + 5) for gate in gates)]
    links += [(gate + 5, 12) for gate in gates] + [(12, 13), (13, 14), (14, 15), (15, 16)]
    placed = layout(graph_of(17, links), view=(3 * WIDTH, 2 * WIDTH))
    tops = [placed[f"n{index}"][1] for index in range(13)]
    assert max(tops) - min(tops) < 5 * (HEIGHT + BLOCK_GAP)
    assert placed["n0"][0] < placed["n1"][0] < placed["n2"][0] < placed["n7"][0] < placed["n12"][0]


def test_what_feeds_one_node_stands_in_the_order_of_its_inputs() -> None:
    """0 feeds the second input of 2 and 1 the first."""
    nodes = {id: Node(id, "t") for id in ("n0", "n1", "n2")}
    graph = Graph(nodes, {Slot("n2", "inputs", 0): Source("n1"), Slot("n2", "inputs", 1): Source("n0")})
    placed = layout(graph)
    assert placed["n1"][1] < placed["n0"][1]


def test_a_chain_stands_in_one_line_and_wraps_into_even_rows() -> None:
    chain = graph_of(13, [(index, index + 1) for index in range(12)])
    assert {y for _, y in layout(chain).values()} == {0.0}
    placed = layout(chain, view=(1040, 600))
    rows: dict[float, int] = {}
    for _, y in placed.values():
        rows[y] = rows.get(y, 0) + 1
    assert sorted(rows.values()) == [4, 4, 5]
    assert sorted(rows) == [0.0, HEIGHT + BLOCK_GAP, 2 * (HEIGHT + BLOCK_GAP)]
    order = sorted(placed, key=lambda id: (placed[id][1], placed[id][0]))
    assert order == [f"n{index}" for index in range(13)], "read like text"


def test_rows_are_not_cut_through_a_residual_block() -> None:
    """0-1-2-3-4-5 with a skip from 1 to 4: the cut falls outside 1…4."""
    links = [(index, index + 1) for index in range(5)] + [(1, 4)]
    placed = layout(graph_of(6, links), view=(4 * WIDTH + 3 * COLUMN_GAP, 600))
    tops = {id: round(y / (HEIGHT + BLOCK_GAP)) for id, (_, y) in placed.items()}
    assert len({tops[f"n{index}"] for index in (1, 2, 3, 4)} - {tops["n2"]}) <= 1
    assert placed["n1"][0] < placed["n2"][0] < placed["n3"][0]


def test_two_branches_that_cross_are_disentangled() -> None:
    """0 → 1, 2; 1 → 4; 2 → 3; all → 5: the order that avoids crossings is found."""
    placed = layout(graph_of(6, [(0, 1), (0, 2), (1, 4), (2, 3), (3, 5), (4, 5)]))
    assert (placed["n1"][1] < placed["n2"][1]) == (placed["n4"][1] < placed["n3"][1])


def test_a_long_chain_beside_a_shortcut_is_level() -> None:
    """0 → 1 … 5 → 7 and 0 → 6 → 7, as in a residual block: one bend at each end, not a slope."""
    placed = layout(graph_of(8, [*((index, index + 1) for index in range(5)), (5, 7), (0, 6), (6, 7)]))
    assert len({placed[f"n{index}"][1] for index in range(1, 6)}) == 1
    assert placed["n0"][1] > placed["n1"][1] < placed["n7"][1]


def test_parts_that_no_wire_joins_stand_below_each_other() -> None:
    placed = layout(graph_of(4, [(0, 1), (2, 3)]))
    assert placed["n2"][1] >= placed["n0"][1] + HEIGHT + BLOCK_GAP


def test_higher_nodes_get_their_room() -> None:
    graph = graph_of(4, [(0, 1), (0, 2), (0, 3)])
    placed = layout(graph, sizes={"n2": (WIDTH, 200.0)})
    boxes = sorted((placed[id][1], 200.0 if id == "n2" else HEIGHT) for id in ("n1", "n2", "n3"))
    assert all(top + height < below for (top, height), (below, _) in itertools.pairwise(boxes))


def test_a_graph_of_two_thousand_nodes_is_laid_out_without_overlaps() -> None:
    links = [(max(0, index - 1 - index % 5), index) for index in range(1, 2000)]
    placed = layout(graph_of(2000, links))
    columns: dict[float, list[float]] = {}
    for x, y in placed.values():
        columns.setdefault(x, []).append(y)
    for ys in columns.values():
        ys.sort()
        assert all(b - a >= HEIGHT for a, b in itertools.pairwise(ys))


# ── frames, sizes, selections, directions ─────────────────────────────────────────────────────────────────────────────


def framed(graph: Graph, **members: list[str]) -> Graph:
    """`graph` with a frame about each of the groups of nodes, which are first laid out so that each has a corner of its own."""
    nodes = dict(graph.nodes)
    made: dict[str, Frame] = {}
    for row, (id, ids) in enumerate(members.items()):
        for index, node in enumerate(ids):
            nodes[node] = replace(nodes[node], position=(index * 200.0, 5000.0 + row * 400.0))
        box = around(Graph(nodes), ids)
        assert box is not None
        made[id] = Frame(id, position=box[:2], size=(box[2] - box[0], box[3] - box[1]))
    return Graph(nodes, graph.wires, made)


@st.composite
def drawings(draw: st.DrawFn) -> tuple[Graph, dict[str, tuple[float, float]]]:
    """Nodes at random places, of several sizes, some of them in frames."""
    graph = draw(graphs())
    at = st.tuples(st.integers(0, 40), st.integers(0, 30)).map(lambda place: (place[0] * 40.0, place[1] * 40.0))
    graph = Graph({id: replace(node, position=draw(at)) for id, node in graph.nodes.items()}, graph.wires)
    ids = list(graph.nodes)
    first, second = draw(st.integers(0, len(ids))), draw(st.integers(0, len(ids)))
    groups = {"frame1": ids[: min(first, second)], "frame2": ids[min(first, second) : max(first, second)]}
    graph = framed(graph, **{id: members for id, members in groups.items() if members})
    size = st.sampled_from([(160.0, 68.0), (160.0, 32.0), (16.0, 16.0), (160.0, 120.0)])
    return graph, {id: draw(size) for id in ids}


def boxes(graph: Graph, sizes: dict[str, tuple[float, float]]) -> dict[str, Box]:
    return {id: node_box(node, sizes) for id, node in graph.nodes.items()}


def done(graph: Graph, places: Places) -> Graph:
    project = Project(graph=graph)
    edit = places.edit(project, "Arrange")
    after = apply(project, edit)
    assert apply(after, edit.inverse) == project
    return after.graph


@given(drawings(), st.sampled_from((RIGHT, DOWN)), st.none() | st.floats(300, 2000))
@settings(max_examples=40, deadline=None)
def test_real_sizes_do_not_overlap_and_frames_stay_around_their_nodes(
    drawing: tuple[Graph, dict[str, tuple[float, float]]], axis: int, width: float | None
) -> None:
    graph, sizes = drawing
    after = done(graph, laid_out(graph, sizes=sizes, axis=axis, view=seen_by(width)))
    placed = boxes(after, sizes)
    assert not any(overlap(placed[a], placed[b]) for a, b in itertools.combinations(placed, 2))
    held = {id: holder for id, holder in holders(graph, sizes).items() if id in graph.nodes}
    assert {id: holder for id, holder in holders(after, sizes).items() if id in graph.nodes} == held
    frames = [frame_box(frame) for frame in after.frames.values()]
    assert not any(overlap(a, b) for a, b in itertools.combinations(frames, 2))
    for frame in after.frames.values():
        outside = [id for id in placed if held.get(id) != frame.id]
        assert not any(overlap(frame_box(frame), placed[id]) for id in outside)


@given(drawings(), st.sampled_from((RIGHT, DOWN)), st.data())
@settings(max_examples=40, deadline=None)
def test_a_selection_keeps_its_corner_or_its_first_node_and_covers_nothing(
    drawing: tuple[Graph, dict[str, tuple[float, float]]], axis: int, data: st.DataObject
) -> None:
    graph, sizes = drawing
    apart = laid_out(Graph(graph.nodes), sizes=sizes)  # the others do not cover each other to begin with
    graph = Graph(done(Graph(graph.nodes), apart).nodes, graph.wires)
    ids = data.draw(st.sets(st.sampled_from(sorted(graph.nodes)), min_size=1))
    after = done(graph, laid_out(graph, ids, sizes=sizes, axis=axis))
    placed, before = boxes(after, sizes), boxes(graph, sizes)
    assert not any(overlap(placed[a], placed[b]) for a, b in itertools.combinations(placed, 2))
    corners = [[min(boxes[id][side] for id in ids) for side in (0, 1)] for boxes in (before, placed)]
    kept = all(abs(old - new) <= GRID for old, new in zip(*corners, strict=True))
    assert kept or any(abs(before[id][0] - placed[id][0]) + abs(before[id][1] - placed[id][1]) <= GRID for id in ids)
    assert laid_out(graph, ids, sizes=sizes, axis=axis) == laid_out(graph, ids, sizes=sizes, axis=axis)


def test_of_a_selection_the_others_stay_where_there_is_room() -> None:
    graph = graph_of(5, [(0, 1), (1, 2), (2, 3), (3, 4)])
    places = {"n0": (0, 0), "n1": (300, 40), "n2": (340, 300), "n3": (2000, 0), "n4": (2300, 0)}
    graph = Graph({id: replace(graph.nodes[id], position=at) for id, at in places.items()}, graph.wires)
    found = laid_out(graph, ["n1", "n2"])
    assert found.nodes == {"n1": (304, 40), "n2": (512, 40)}
    assert found.frames == {}


def test_what_stands_in_the_way_of_a_selection_is_pushed_on() -> None:
    graph = graph_of(4, [(0, 1), (1, 2), (2, 3)])
    places = {"n0": (0, 0), "n1": (208, 0), "n2": (216, 100), "n3": (416, 0)}
    graph = Graph({id: replace(graph.nodes[id], position=at) for id, at in places.items()}, graph.wires)
    assert laid_out(graph, ["n1", "n2"]).nodes == {"n1": (208, 0), "n2": (416, 0), "n3": (624, 0)}


def test_wires_to_the_outside_order_a_selection() -> None:
    """n2 is fed from above, n3 from below: they stand in that order, side by side, though no wire joins them."""
    graph = graph_of(5, [(0, 2), (1, 3), (2, 4), (3, 4)])
    places = {"n0": (0, 0), "n1": (0, 300), "n2": (300, 200), "n3": (300, 100), "n4": (900, 100)}
    graph = Graph({id: replace(graph.nodes[id], position=at) for id, at in places.items()}, graph.wires)
    found = laid_out(graph, ["n2", "n3"]).nodes
    assert found["n2"][1] < found["n3"][1]
    assert found["n2"][0] == found["n3"][0]


def test_from_top_to_bottom_each_node_stands_below_what_feeds_it() -> None:
    graph = graph_of(4, [(0, 1), (0, 2), (1, 3), (2, 3)])
    placed = layout(graph, axis=DOWN)
    assert all(placed[source.node][1] + HEIGHT < placed[slot.node][1] for slot, source in graph.wires.items())
    assert placed["n1"][1] == placed["n2"][1]


def test_low_and_high_nodes_of_a_chain_keep_its_wires_level() -> None:
    chain = graph_of(4, [(0, 1), (1, 2), (2, 3)])
    sizes = {"n1": (160.0, 32.0), "n2": (16.0, 16.0)}
    placed = layout(chain, sizes=sizes)
    assert len({placed[id][1] + sizes.get(id, NODE_SIZE)[1] / 2 for id in placed}) == 1


def test_a_wire_into_a_frame_is_level_with_its_node() -> None:
    graph = framed(graph_of(5, [(0, 1), (1, 2), (1, 3), (3, 4)]), frame1=["n1", "n2", "n3"])
    placed = layout(graph)
    assert placed["n0"][1] == placed["n1"][1]
    assert placed["n3"][1] == placed["n4"][1]


def test_frames_within_frames() -> None:
    graph = framed(graph_of(4, [(0, 1), (1, 2), (2, 3)]), frame1=["n1", "n2", "n3"], frame2=["n2"])
    inner = around(graph, ["n2"])
    assert inner is not None
    outer = around(
        Graph(graph.nodes, {}, {"frame2": Frame("frame2", position=inner[:2], size=(300, 200))}), ["n1", "n3", "frame2"]
    )
    assert outer is not None
    graph = Graph(
        graph.nodes,
        graph.wires,
        {
            "frame2": Frame("frame2", position=inner[:2], size=(inner[2] - inner[0], inner[3] - inner[1])),
            "frame1": Frame("frame1", position=outer[:2], size=(outer[2] - outer[0], outer[3] - outer[1])),
        },
    )
    before = holders(graph)
    assert before["n2"] == "frame2"
    assert before["frame2"] == "frame1"
    assert holders(done(graph, laid_out(graph))) == before


def test_comments_get_a_place_of_their_own() -> None:
    graph = graph_of(2, [(0, 1)])
    graph = Graph(
        graph.nodes, graph.wires, {"frame1": Frame("frame1", text="Why", position=(20, -40), size=(200, 100))}
    )
    found = laid_out(graph)
    box = found.frames["frame1"]
    assert (box[2] - box[0], box[3] - box[1]) == (200, 100)
    assert not any(overlap(box, placed) for placed in boxes(done(graph, found), {}).values())


@given(st.integers(2, 30), st.integers(2, 6), st.none() | st.floats(400, 1600))
@settings(max_examples=40, deadline=None)
def test_arranging_a_residual_network_again_changes_nothing(count: int, skip: int, width: float | None) -> None:
    links = [(i, i + 1) for i in range(count - 1)] + [(i, i + skip) for i in range(0, count - skip, skip)]
    graph = graph_of(count, links)
    once = done(graph, laid_out(graph, view=seen_by(width)))
    assert done(once, laid_out(once, view=seen_by(width))) == once


def test_a_selection_within_a_frame_stays_in_it_and_the_frame_grows_with_it() -> None:
    graph = framed(graph_of(5, [(0, 1), (1, 2), (2, 3)]), frame1=["n0", "n1", "n2", "n3"])
    close = {"n1": (210.0, 5000.0), "n2": (220.0, 5040.0)}
    graph = Graph(
        {id: replace(node, position=close.get(id, node.position)) for id, node in graph.nodes.items()},
        graph.wires,
        graph.frames,
    )
    after = done(graph, laid_out(graph, ["n1", "n2"]))
    assert {id for id, frame in holders(after).items() if frame == "frame1"} == {"n0", "n1", "n2", "n3"}
    placed = boxes(after, {})
    assert not any(overlap(placed[a], placed[b]) for a, b in itertools.combinations(placed, 2))
    assert after.nodes["n4"] == graph.nodes["n4"]
