"""Where a new node goes: behind the selected one, wired, without covering others; and each cure as one edit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.plugins import load
from nnstudio.problems import Fix
from nnstudio.project.boxes import NODE_SIZE, node_box, overlap
from nnstudio.project.edits import apply
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.placing import fix_edit, place
from nnstudio.project.project import Project

REGISTRY = load().registry
KINDS = sorted(REGISTRY.layers)


def chain(*types: str) -> Project:
    project = Project()
    for type in types:
        found = place(project, REGISTRY, type)
        assert found is not None
        project = apply(project, found[0])
    return project


def test_layers_added_in_a_row_are_wired_in_a_row() -> None:
    graph = chain("nnstudio.input", "torch.linear", "torch.relu").graph
    assert graph.wires == {
        Slot("linear1" if "linear1" in graph.nodes else "fc1"): Source("input1"),
        Slot("relu1"): Source("linear1" if "linear1" in graph.nodes else "fc1"),
    }
    xs = [node.position[0] for node in graph]
    assert xs == sorted(xs)


def test_a_layer_behind_a_node_that_feeds_another_goes_into_the_wire() -> None:
    project = chain("nnstudio.input", "torch.linear", "torch.relu")
    first = next(wire for wire in project.graph.all_wires() if wire.source.node == "input1")
    found = place(project, REGISTRY, "torch.dropout", after=("input1",))
    assert found is not None
    graph = apply(project, found[0]).graph
    assert graph.wires[first.target] == Source(found[1])
    assert graph.wires[Slot(found[1])] == Source("input1")


def test_an_unknown_kind_is_not_placed() -> None:
    assert place(Project(), REGISTRY, "nobody.nothing") is None


def test_at_a_position_it_stands_there_unwired() -> None:
    project = chain("nnstudio.input")
    found = place(project, REGISTRY, "torch.relu", position=(500.0, 40.0))
    assert found is not None
    after = apply(project, found[0]).graph
    assert after.nodes[found[1]].position == (500.0, 40.0)
    assert not after.wires


def covered(graph: Graph) -> bool:
    nodes = list(graph)
    return any(
        abs(a.position[0] - b.position[0]) < NODE_SIZE[0] and abs(a.position[1] - b.position[1]) < NODE_SIZE[1]
        for index, a in enumerate(nodes)
        for b in nodes[:index]
    )


@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 30)), max_size=12))
def test_no_node_is_put_onto_another(steps: list[tuple[str, int]]) -> None:
    project = Project()
    for type, choice in steps:
        nodes = sorted(project.graph.nodes)
        after = (nodes[choice % len(nodes)],) if nodes and choice % 3 else ()
        found = place(project, REGISTRY, type, after=after)
        assert found is not None
        changed = apply(project, found[0])
        assert apply(changed, found[0].inverse) == project
        project = changed
    assert not covered(project.graph)


def test_insert_before_cures_a_missing_flatten() -> None:
    project = Project(
        graph=Graph(
            {"a": Node("a", "torch.max_pool2d"), "b": Node("b", "torch.linear", position=(216.0, 0.0))},
            {Slot("b"): Source("a")},
        )
    )
    edit = fix_edit(
        project, REGISTRY, Fix("Insert Flatten", "insert_before", node="b", port="input", type="nnstudio.flatten")
    )
    assert edit is not None
    graph = apply(project, edit).graph
    new = graph.wires[Slot("b")].node
    assert graph.nodes[new].type == "nnstudio.flatten"
    assert graph.wires[Slot(new)] == Source("a")


@pytest.mark.parametrize(
    "fix",
    [
        Fix("x", "insert_before", node="gone", type="nnstudio.flatten"),
        Fix("x", "insert_before", node="a", type="nnstudio.flatten"),
        Fix("x", "set_param", node="gone", param="p", value=1),
        Fix("x", "add_node", type="nobody.nothing"),
        Fix("x", "dance"),
    ],
)
def test_a_cure_that_no_longer_fits_is_none(fix: Fix) -> None:
    project = Project(graph=Graph({"a": Node("a", "torch.linear")}))
    assert fix_edit(project, REGISTRY, fix) is None


def test_what_is_added_gets_the_room_that_nodes_really_take() -> None:
    project = chain("nnstudio.input", "torch.relu")
    sizes = {"input1": (160.0, 300.0), "relu1": (160.0, 32.0)}
    found = place(project, REGISTRY, "torch.dropout", after=("input1",), sizes=sizes)
    assert found is not None
    graph = apply(project, found[0]).graph
    boxes = [node_box(node, sizes) for node in graph]
    assert not any(overlap(a, b) for index, a in enumerate(boxes) for b in boxes[:index])
    new = node_box(graph.nodes[found[1]])
    assert (new[1] + new[3]) / 2 == 150, "level with what feeds it"


def test_in_a_drawing_that_leads_down_the_next_node_comes_below() -> None:
    nodes = {"a": Node("a", "torch.relu"), "b": Node("b", "torch.relu", position=(0.0, 120.0))}
    project = Project(graph=Graph(nodes, {Slot("b"): Source("a")}))
    found = place(project, REGISTRY, "torch.relu", after=("b",))
    assert found is not None
    assert apply(project, found[0]).graph.nodes[found[1]].position == (0, 232)
