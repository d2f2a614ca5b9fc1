"""The outline: every node once, in the order of flow, under its frame; what is said of each."""

import itertools

from hypothesis import given, settings
from strategies import graphs

from nnstudio import plugins
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.outline import flow_order, rows_of, title, walk
from nnstudio.project.project import Block, Project

REGISTRY = plugins.load(safe_mode=True).registry


def chain(*ids: str) -> dict[Slot, Source]:
    return {Slot(after): Source(before) for before, after in itertools.pairwise(ids)}


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_every_node_stands_there_once(graph: Graph) -> None:
    order = flow_order(graph)
    assert sorted(order) == sorted(graph.nodes)
    rows = [row.id for row in walk(rows_of(Project(graph=graph), ()))]
    assert sorted(rows) == sorted(graph.nodes)


def test_nodes_come_after_what_feeds_them_and_chains_stay_whole() -> None:
    nodes = {id: Node(id, "torch.relu") for id in ("a", "b1", "b2", "c1", "c2", "join", "lone")}
    wires = {
        **chain("a", "b1", "b2"),
        **chain("a", "c1", "c2"),
        Slot("join", "inputs", 0): Source("b2"),
        Slot("join", "inputs", 1): Source("c2"),
    }
    order = flow_order(Graph(nodes, wires))
    assert order == ["a", "b1", "b2", "c1", "c2", "join", "lone"]


def test_a_cycle_comes_last() -> None:
    nodes = {id: Node(id, "torch.relu") for id in "xyz"}
    assert flow_order(Graph(nodes, {Slot("x"): Source("y"), Slot("y"): Source("x")})) == ["z", "x", "y"]


def test_frames_hold_what_lies_in_them_frames_too() -> None:
    nodes = {
        "a": Node("a", "torch.relu"),
        "b": Node("b", "torch.relu", position=(400.0, 0.0)),
        "c": Node("c", "torch.relu", position=(800.0, 0.0)),
    }
    frames = {
        "inner": Frame("inner", "Inner", position=(390.0, -10.0), size=(200.0, 100.0)),
        "outer": Frame("outer", "Outer", position=(380.0, -20.0), size=(700.0, 200.0)),
        "comment": Frame("comment", text="a word\nor two", position=(0.0, 900.0)),
    }
    graph = Graph(nodes, chain("a", "b", "c"), frames)
    rows = rows_of(Project(graph=graph), ())
    assert [row.id for row in rows] == ["a", "outer", "comment"]
    assert [row.id for row in rows[1].rows or ()] == ["inner", "c"]
    assert [row.id for row in (rows[1].rows or [])[0].rows or ()] == ["b"]
    assert title(frames["comment"], REGISTRY) == "a word"


def test_blocks_open_and_one_that_holds_itself_does_not_for_ever() -> None:
    inner = Graph({"r": Node("r", "torch.relu"), "again": Node("again", "block:b")})
    project = Project(graph=Graph({"b1": Node("b1", "block:b")}), blocks={"b": Block("b", "B", inner)})
    (row,) = rows_of(project, ())
    assert row.rows is None, "not asked yet"
    inside = rows_of(project, ("b1",), row)
    assert [(r.id, r.path, r.rows) for r in inside] == [("again", ("b1",), []), ("r", ("b1",), [])]
    assert rows_of(project, ("nowhere",)) == []
