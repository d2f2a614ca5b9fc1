"""The layout: no two nodes on each other, data flows to the right, chains wrap, wires cross little, and it is the same each time."""

import itertools

import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.layout import BLOCK_GAP, COLUMN_GAP, GRID, NODE_SIZE, layout

WIDTH, HEIGHT = NODE_SIZE


def graph_of(count: int, links: list[tuple[int, int]]) -> Graph:
    nodes = {f"n{index}": Node(f"n{index}", "t") for index in range(count)}
    wires: dict[Slot, Source] = {}
    for order, (a, b) in enumerate(links):
        wires[Slot(f"n{b}", "inputs", order)] = Source(f"n{a}")
    return Graph(nodes, wires)


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
    placed = layout(graph, width=width)
    assert set(placed) == set(graph.nodes)
    places = list(placed.values())
    assert not any(overlaps(a, b) for index, a in enumerate(places) for b in places[:index])
    assert all(value % GRID == 0 for place in places for value in place)
    assert layout(graph, width=width) == placed


@given(graphs())
@settings(max_examples=200, deadline=None)
def test_without_cycles_every_wire_goes_to_the_right(graph: Graph) -> None:
    links = networkx.DiGraph([(source.node, slot.node) for slot, source in graph.wires.items()])
    if networkx.is_directed_acyclic_graph(links):
        placed = layout(graph)
        assert all(placed[source.node][0] + WIDTH < placed[slot.node][0] for slot, source in graph.wires.items())


@given(graphs(), st.floats(360, 1600))
@settings(max_examples=100, deadline=None)
def test_rows_are_no_wider_than_asked(graph: Graph, width: float) -> None:
    assert max(x for x, _ in layout(graph, width=width).values()) + WIDTH <= max(width, 2 * WIDTH + COLUMN_GAP)


def test_a_chain_stands_in_one_line_and_wraps_into_even_rows() -> None:
    chain = graph_of(13, [(index, index + 1) for index in range(12)])
    assert {y for _, y in layout(chain).values()} == {0.0}
    placed = layout(chain, width=1040)
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
    placed = layout(graph_of(6, links), width=4 * WIDTH + 3 * COLUMN_GAP)
    tops = {id: round(y / (HEIGHT + BLOCK_GAP)) for id, (_, y) in placed.items()}
    assert len({tops[f"n{index}"] for index in (1, 2, 3, 4)} - {tops["n2"]}) <= 1
    assert placed["n1"][0] < placed["n2"][0] < placed["n3"][0]


def test_two_branches_that_cross_are_disentangled() -> None:
    """0 → 1, 2; 1 → 4; 2 → 3; all → 5: the order that avoids crossings is found."""
    placed = layout(graph_of(6, [(0, 1), (0, 2), (1, 4), (2, 3), (3, 5), (4, 5)]))
    assert (placed["n1"][1] < placed["n2"][1]) == (placed["n4"][1] < placed["n3"][1])


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
