"""Nodes taken out of a network leave it wired as a person would; chains are known as such."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.project.cutting import chain_in, cut_wires_at, feeding, remove_and_reconnect
from nnstudio.project.edits import apply
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project


def chain(*ids: str) -> Project:
    nodes = {id: Node(id, "torch.relu") for id in ids}
    return Project(graph=Graph(nodes, {Slot(after): Source(before) for before, after in itertools.pairwise(ids)}))


def test_what_fed_a_deleted_node_feeds_its_readers() -> None:
    project = chain(*"abc")
    edit = remove_and_reconnect(project, ["b"])
    assert apply(project, edit).graph.wires == {Slot("c"): Source("a")}
    assert apply(apply(project, edit), edit.inverse) == project


def test_through_a_chain_of_deleted_nodes_too() -> None:
    project = chain(*"abcde")
    assert apply(project, remove_and_reconnect(project, "bcd")).graph.wires == {Slot("e"): Source("a")}
    assert apply(project, remove_and_reconnect(project, "ab")).graph.wires == {
        Slot("d"): Source("c"),
        Slot("e"): Source("d"),
    }, "nothing fed the first: its reader is left open"


def test_every_reader_is_fed_and_the_first_input_counts() -> None:
    nodes = {id: Node(id, "nnstudio.add") for id in ("x", "y", "add", "r", "s")}
    wires = {
        Slot("add", "inputs", 0): Source("x"),
        Slot("add", "inputs", 1): Source("y"),
        Slot("r"): Source("add"),
        Slot("s"): Source("add"),
    }
    project = Project(graph=Graph(nodes, wires))
    left = apply(project, remove_and_reconnect(project, ["add"])).graph.wires
    assert left == {Slot("r"): Source("x"), Slot("s"): Source("x")}


def test_a_ring_of_deleted_nodes_has_no_beginning() -> None:
    ring = Graph({id: Node(id, "torch.relu") for id in "ab"}, {Slot("a"): Source("b"), Slot("b"): Source("a")})
    assert feeding(ring, "a", {"a", "b"}) is None


def test_all_wires_at_nodes_and_single_ones_are_cut_as_one_edit() -> None:
    project = chain(*"abcde")
    cut = apply(project, cut_wires_at(project, ["b"], [Slot("e")])).graph
    assert cut.wires == {Slot("d"): Source("c")} and cut.nodes == project.graph.nodes


def test_a_chain_is_told_from_what_is_none() -> None:
    loose = chain(*"abc").graph
    assert chain_in(loose, "cab") == ["a", "b", "c"]
    assert chain_in(loose, "ab") is None, "b feeds something else"
    assert chain_in(Graph(loose.nodes, {}), "a") == ["a"]
    assert chain_in(Graph(loose.nodes, {}), "ab") is None, "two nodes that have nothing to do with each other"
    assert chain_in(loose, "") is None
    fork = Graph(loose.nodes, {Slot("b"): Source("a"), Slot("c"): Source("a")})
    assert chain_in(fork, "abc") is None
    ring = Graph(loose.nodes, {Slot("a"): Source("b"), Slot("b"): Source("a"), Slot("c"): Source("c")})
    assert chain_in(ring, "ab") is None and chain_in(ring, "c") is None


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_no_wire_is_left_hanging_and_nobody_loses_a_feeder_that_is_there(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, 9))
    ids = [f"n{index}" for index in range(size)]
    wires = {
        Slot(ids[index], "inputs", order): Source(ids[data.draw(st.integers(0, index - 1))])
        for index in range(1, size)
        for order in range(data.draw(st.integers(0, 2)))
    }
    project = Project(graph=Graph({id: Node(id, "nnstudio.add") for id in ids}, wires))
    gone = data.draw(st.sets(st.sampled_from(ids)))
    edit = remove_and_reconnect(project, gone)
    left = apply(project, edit).graph
    assert set(left.nodes) == set(ids) - gone
    assert all(slot.node in left.nodes and source.node in left.nodes for slot, source in left.wires.items())
    for slot, source in wires.items():
        if slot.node in left.nodes:
            fed = source if source.node not in gone else feeding(project.graph, source.node, gone)
            assert left.wires.get(slot) == fed
    assert apply(apply(project, edit), edit.inverse) == project
