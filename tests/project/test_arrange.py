"""In line and evenly apart: sides meet, the outermost stay, frames take their nodes along, and inside blocks it is the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.project.arrange import Side, aligned, distributed
from nnstudio.project.boxes import node_box
from nnstudio.project.edits import apply
from nnstudio.project.graph import Frame, Graph, Node
from nnstudio.project.project import Block, Project

SIZES = {"n1": (160.0, 120.0), "n2": (16.0, 16.0)}


def project_at(*places: tuple[float, float]) -> Project:
    return Project(graph=Graph({f"n{i}": Node(f"n{i}", "t", position=place) for i, place in enumerate(places)}))


@pytest.mark.parametrize(
    ("side", "places"),
    [
        ("left", [(0, 0), (0, 200), (0, 400)]),
        ("right", [(156, 0), (156, 200), (300, 400)]),
        ("centre", [(78, 0), (78, 200), (150, 400)]),
        ("top", [(0, 0), (100, 0), (300, 0)]),
        ("bottom", [(0, 348), (100, 296), (300, 400)]),
        ("middle", [(0, 174), (100, 148), (300, 200)]),
    ],
)
def test_each_side(side: Side, places: list[tuple[float, float]]) -> None:
    project = project_at((0, 0), (100, 200), (300, 400))
    after = apply(project, aligned(project, ["n0", "n1", "n2"], side, sizes=SIZES))
    assert [after.graph.nodes[f"n{i}"].position for i in range(3)] == places


def test_one_alone_has_nothing_to_align_with() -> None:
    project = project_at((3, 5))
    assert not aligned(project, ["n0"], "left")
    assert not distributed(project, ["n0"], 0)


def test_distributed_gaps_are_equal_and_the_outermost_stay() -> None:
    project = project_at((0, 0), (170, 300), (1000, 80), (500, 0))
    after = apply(project, distributed(project, ["n0", "n1", "n2", "n3"], 0)).graph.nodes
    assert [after[f"n{i}"].position[0] for i in (0, 1, 3, 2)] == [0, 333, 667, 1000]
    assert after["n1"].position[1] == 300


def test_a_frame_moves_as_one_with_what_is_in_it() -> None:
    project = project_at((40, 60), (600, 300))
    frame = Frame("frame1", position=(0, 0), size=(240, 160))
    project = Project(graph=Graph(project.graph.nodes, {}, {"frame1": frame}))
    after = apply(project, aligned(project, ["frame1", "n0", "n1"], "bottom")).graph
    assert after.frames["frame1"].position == (0, 208)
    assert after.nodes["n0"].position == (40, 268)
    assert after.nodes["n1"].position == (600, 300)


def test_inside_a_block() -> None:
    inner = project_at((0, 0), (100, 200))
    project = Project(blocks={"cell": Block("cell", graph=inner.graph)})
    after = apply(project, aligned(project.inside("cell"), ["n0", "n1"], "left").inside("cell"))
    assert after.blocks["cell"].graph.nodes["n1"].position == (0, 200)


places = st.tuples(st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))


@given(
    st.lists(places, min_size=1, max_size=8), st.sampled_from(("left", "right", "top", "bottom", "centre", "middle"))
)
@settings(max_examples=40, deadline=None)
def test_after_aligning_the_sides_meet_and_again_nothing_changes(at: list[tuple[float, float]], side: Side) -> None:
    project = project_at(*at)
    ids = list(project.graph.nodes)
    after = apply(project, aligned(project, ids, side, sizes=SIZES))
    boxes = [node_box(node, SIZES) for node in after.graph]
    index = {"left": 0, "top": 1, "right": 2, "bottom": 3}.get(side)
    if index is not None:
        assert max(box[index] for box in boxes) - min(box[index] for box in boxes) < 1e-6
