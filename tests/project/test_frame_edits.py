"""Frames: what lies within is carried, what is beside stays, a deleted frame leaves its nodes, copies get ids of their own; inside blocks too."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.project import frames
from nnstudio.project.boxes import frame_box, holds, node_box
from nnstudio.project.edits import Edit, apply
from nnstudio.project.graph import Frame, Graph, Node
from nnstudio.project.project import Block, Project


def node(id: str, x: float, y: float) -> Node:
    return Node(id, "torch.relu", position=(x, y))


def project_of(*nodes: Node, frames: tuple[Frame, ...] = ()) -> Project:
    return Project(graph=Graph({item.id: item for item in nodes}, {}, {item.id: item for item in frames}))


@pytest.fixture
def nested() -> Project:
    """A frame with two nodes, one of them in a frame of its own; a third node half in, a fourth beside."""
    return project_of(
        node("a", 40, 60),
        node("b", 300, 60),
        node("half", 560, 60),
        node("beside", 900, 60),
        frames=(
            Frame("frame1", "Outer", position=(0, 0), size=(640, 200)),
            Frame("frame2", "Inner", position=(280, 20), size=(220, 140)),
        ),
    )


def test_a_frame_holds_what_lies_wholly_within(nested: Project) -> None:
    assert frames.inside(nested.graph, "frame1") == (["a", "b"], ["frame2"])
    assert frames.inside(nested.graph, "frame2") == (["b"], [])


def test_sizes_of_nodes_count(nested: Project) -> None:
    assert frames.inside(nested.graph, "frame1", {"a": (160, 190), "half": (40, 40)})[0] == ["b", "half"]


def test_moving_carries_nodes_and_inner_frames(nested: Project) -> None:
    moved = apply(nested, frames.moved(nested, "frame1", 16, -8)).graph
    assert [moved.nodes[id].position for id in ("a", "b", "half", "beside")] == [
        (56, 52),
        (316, 52),
        (560, 60),
        (900, 60),
    ]
    assert moved.frames["frame2"].position == (296, 12)


def test_nodes_selected_beside_a_frame_move_once(nested: Project) -> None:
    moved = apply(nested, frames.moved(nested, ("frame1", "frame2", "a", "beside"), 10, 0)).graph
    assert [moved.nodes[id].position[0] for id in ("a", "b", "half", "beside")] == [50, 310, 560, 910]


def test_of_two_frames_with_one_box_the_first_holds_the_other() -> None:
    graph = project_of(frames=(Frame("frame1"), Frame("frame2"))).graph
    assert frames.inside(graph, "frame1")[1] == ["frame2"]
    assert frames.inside(graph, "frame2")[1] == []


def test_dissolving_leaves_the_nodes(nested: Project) -> None:
    after = apply(nested, frames.remove(nested, ["frame1", "frame1", "nothing"])).graph
    assert set(after.nodes) == {"a", "b", "half", "beside"}
    assert set(after.frames) == {"frame2"}


def test_fields_change_and_typing_is_one_step(nested: Project) -> None:
    first, second = (frames.changed(nested, "frame1", title=title) for title in ("E", "En"))
    assert first.merge == second.merge != frames.changed(nested, "frame1", color="data").merge
    assert apply(nested, second).graph.frames["frame1"].title == "En"


def test_a_frame_is_never_smaller_than_its_title(nested: Project) -> None:
    after = apply(nested, frames.resized(nested, "frame1", (100, 100, 50, 101))).graph.frames["frame1"]
    assert (after.position, after.size) == ((100, 100), frames.SMALLEST)


def test_a_copy_takes_the_frames_that_it_empties(nested: Project) -> None:
    graph = nested.graph
    assert set(frames.taken_along(graph, {"a", "b"})) == {"frame1", "frame2"}
    assert set(frames.taken_along(graph, {"b", "half"})) == {"frame2"}
    assert set(frames.taken_along(graph, {"a"})) == set()
    assert set(frames.taken_along(graph, {"a"}, frames=["frame1", "gone"])) == {"frame1"}


def test_ids_are_not_those_of_nodes() -> None:
    project = project_of(node("frame1", 0, 0))
    _, id = frames.add(project, (0, 0, 200, 200), "Encoder")
    assert id == "frame2"


def test_inside_a_block_it_is_the_block_that_changes(nested: Project) -> None:
    project = Project(blocks={"cell": Block("cell", graph=nested.graph)})
    edit = frames.moved(project.inside("cell"), "frame1", 8, 8).inside("cell")
    after = apply(project, edit)
    assert after.blocks["cell"].graph.nodes["a"].position == (48, 68)
    assert apply(after, edit.inverse) == project


coordinates = st.integers(-400, 400).map(float)


@st.composite
def drawings(draw: st.DrawFn) -> Project:
    nodes = [node(f"n{i}", draw(coordinates), draw(coordinates)) for i in range(draw(st.integers(1, 5)))]
    made = [
        Frame(
            f"frame{i}",
            position=(draw(coordinates), draw(coordinates)),
            size=(draw(st.integers(96, 900)), draw(st.integers(48, 600))),
        )
        for i in range(draw(st.integers(1, 4)))
    ]
    return project_of(*nodes, frames=tuple(made))


@given(drawings(), coordinates, coordinates)
@settings(max_examples=40, deadline=None)
def test_what_a_frame_holds_is_the_same_after_moving_and_what_it_does_not_stays(
    project: Project, dx: float, dy: float
) -> None:
    nodes, inner = frames.inside(project.graph, "frame0")
    edit = frames.moved(project, "frame0", dx, dy)
    after = apply(project, edit).graph
    still_nodes, still_frames = frames.inside(after, "frame0")
    assert set(nodes) <= set(still_nodes)
    assert set(inner) <= set(still_frames)
    assert all(after.nodes[id] == project.graph.nodes[id] for id in set(project.graph.nodes) - set(nodes))
    assert apply(apply(project, edit), edit.inverse) == project


@given(drawings())
@settings(max_examples=40, deadline=None)
def test_a_frame_about_nodes_and_frames_holds_them_all_on_the_grid(project: Project) -> None:
    ids = [*project.graph.nodes, *project.graph.frames]
    box = frames.around(project.graph, ids)
    assert box is not None
    edit, id = frames.add(project, box, "All")
    graph = apply(project, edit).graph
    nodes, inner = frames.inside(graph, id)
    assert set(nodes) == set(project.graph.nodes)
    assert set(inner) == set(project.graph.frames)
    assert all(value % 8 == 0 for value in box)
    assert holds(frame_box(graph.frames[id]), node_box(graph.nodes["n0"]))


def test_around_nothing_is_nothing() -> None:
    assert frames.around(Graph(), []) is None
    assert not Edit("", ())


def test_what_a_frame_would_carry_unasked_and_where_a_comment_covers_nothing():
    nodes = {id: Node(id, "torch.relu", position=(200.0 * place, 0.0)) for place, id in enumerate("abc")}
    graph = Graph(nodes)
    box = frames.around(graph, ["a", "c"])
    assert box is not None
    assert frames.strangers(graph, box, ["a", "c"]) == ["b"]
    assert frames.strangers(graph, box, ["a", "b", "c"]) == []
    free = frames.uncovered(graph, (40.0, 20.0, 280.0, 116.0))
    assert free == (40.0, 80.0, 280.0, 176.0), "below them, on the grid"
    assert frames.uncovered(graph, free) == free
