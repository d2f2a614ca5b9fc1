"""The scene's arrays follow every edit exactly as if they were loaded anew, and answer what is where as plain loops do."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import graphs

from nnstudio.gui.canvas.anchors import PITCH, anchors_of
from nnstudio.gui.canvas.scene import Scene
from nnstudio.plugins import load
from nnstudio.project.document import Document
from nnstudio.project.edits import Change, Edit, add_node, connect, move, remove_nodes
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project

REGISTRY = load().registry
WIDTH, HEIGHT = 160.0, 68.0
TYPES = ("nnstudio.input", "torch.conv2d", "nnstudio.add", "torch.cross_entropy", "some.stranger")


def scene_of(graph: Graph) -> Scene:
    scene = Scene(REGISTRY, WIDTH, HEIGHT)
    scene.load(graph)
    return scene


def state(scene: Scene) -> tuple[dict, dict]:
    """All that can be asked, by names instead of rows."""
    nodes = {
        id: (scene.node(row), scene.box(row), int(scene.kind[row]), scene.anchors[row]) for id, row in scene.row.items()
    }
    ends = scene.wire_ends()
    wires = {slot: (scene.wire(row), tuple(float(end[row]) for end in ends)) for slot, row in scene.wire_row.items()}
    return nodes, wires


@st.composite
def edits(draw: st.DrawFn) -> list[tuple[str, int, int, float, float]]:
    step = st.tuples(
        st.sampled_from(["add", "remove", "connect", "move", "param"]),
        st.integers(0, 7),
        st.integers(0, 7),
        st.floats(-2000, 2000),
        st.floats(-2000, 2000),
    )
    return draw(st.lists(step, max_size=25))


def edit_for(project: Project, step: tuple[str, int, int, float, float]) -> Edit | None:
    kind, a, b, x, y = step
    nodes = list(project.graph.nodes.values())
    if kind == "add":
        id = project.graph.free_id("n")
        return add_node(project, Node(id, TYPES[a % len(TYPES)], position=(x, y)))
    if not nodes:
        return None
    one, other = nodes[a % len(nodes)], nodes[b % len(nodes)]
    match kind:
        case "remove":
            return remove_nodes(project, [one.id, other.id])
        case "connect":
            return connect(
                project, Source(one.id), Slot(other.id, "inputs" if other.type == "nnstudio.add" else "input", a % 3)
            )
        case "move":
            return move(project, {one.id: (x, y)})
        case _:
            return Edit("Param", (Change(("node", one.id), one, one.with_param("p", a)),))


@given(edits(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_following_edits_equals_loading_anew(steps, chance) -> None:
    document = Document(Project())
    scene = scene_of(document.project.graph)
    document.listen(lambda project, edit: scene.update(project.graph, edit))
    for step in steps:
        edit = edit_for(document.project, step)
        if edit is not None:
            document.do(edit)
        if chance.random() < 0.3:
            document.undo()
        if chance.random() < 0.2:
            document.redo()
        assert state(scene) == state(scene_of(document.project.graph))


@given(graphs())
@settings(max_examples=40, deadline=None)
def test_whatever_a_file_may_hold_can_be_loaded_and_looked_at(graph: Graph) -> None:
    scene = scene_of(graph)
    assert set(scene.row) == set(graph.nodes)
    box = scene.bounds()
    assert (box is None) == (not graph.nodes)
    if box is not None:
        assert np.isfinite(box).all()
        assert len(scene.nodes_in(box)) == len(graph.nodes)
        assert len(scene.wires_in(box)) == len(scene.wire_row)


positions = st.lists(st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=1, max_size=12)
boxes = st.tuples(st.floats(-600, 600), st.floats(-600, 600), st.floats(0, 500), st.floats(0, 500))


@given(positions, boxes)
@settings(max_examples=150, deadline=None)
def test_nodes_in_a_rectangle_are_those_a_loop_finds(places, box) -> None:
    graph = Graph({f"n{i}": Node(f"n{i}", "torch.relu", position=place) for i, place in enumerate(places)})
    scene = scene_of(graph)
    left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
    expected = {
        f"n{i}" for i, (x, y) in enumerate(places) if x < right and x + WIDTH > left and y < bottom and y + HEIGHT > top
    }
    assert {scene.node(int(row)).id for row in scene.nodes_in((left, top, right, bottom))} == expected


def test_rows_are_used_again() -> None:
    document = Document(Project(graph=Graph({"a": Node("a", "torch.relu"), "b": Node("b", "torch.relu")})))
    scene = scene_of(document.project.graph)
    document.listen(lambda project, edit: scene.update(project.graph, edit))
    for _ in range(200):
        document.do(add_node(document.project, Node("c", "torch.relu")))
        document.do(connect(document.project, Source("a"), Slot("c")))
        document.do(remove_nodes(document.project, ["c"]))
    assert len(scene.nodes) == 3 and len(scene.wires) == 1


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9])
def test_a_port_for_many_wires_shows_each_and_one_more(count: int) -> None:
    spec = REGISTRY.layer("nnstudio.add")
    found = anchors_of(spec, [Slot("a", "inputs", order) for order in range(count)], [], HEIGHT)
    assert [(anchor.order, anchor.spare) for anchor in found.inputs] == [
        *((order, False) for order in range(count)),
        (count, count > 0),
    ]
    heights = sorted(anchor.y for anchor in found.inputs)
    assert all(0 < y < found.height for y in heights)
    assert all(b - a >= PITCH - 5 for a, b in itertools.pairwise(heights))


def test_an_unwired_optional_port_leaves_the_main_one_in_the_middle() -> None:
    spec = REGISTRY.layer("torch.cross_entropy")
    free = anchors_of(spec, [], [], HEIGHT)
    assert free.input_y("input", 0) == HEIGHT / 2 and free.inputs[1].spare
    wired = anchors_of(spec, [Slot("a", "target"), Slot("a", "input")], [], HEIGHT)
    assert not any(anchor.spare for anchor in wired.inputs)


def test_an_unknown_type_has_the_ports_its_wires_name() -> None:
    found = anchors_of(None, [Slot("a", "left"), Slot("a", "right", 2)], [Source("a", "mean")], HEIGHT)
    assert {anchor[:2] for anchor in found.inputs if not anchor.spare} == {("left", 0), ("right", 2)}
    assert [anchor.port for anchor in found.outputs] == ["mean"]
