"""Room: what is put down covers nothing afterwards, what was clear stays clear, frames move as one or grow, and most stays where it is."""

from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.project.boxes import GRID, NODE_SIZE, Box, box_at, frame_box, holds, node_box, overlap
from nnstudio.project.edits import apply
from nnstudio.project.frames import holders
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source, Wire
from nnstudio.project.project import Project
from nnstudio.project.room import BESIDE, DOWN, RIGHT, axis_of, framed, let_in, make_room


def graph_at(*places: tuple[float, float], frames: tuple[Frame, ...] = ()) -> Graph:
    nodes = {f"n{i}": Node(f"n{i}", "t", position=place) for i, place in enumerate(places)}
    return Graph(nodes, {}, {frame.id: frame for frame in frames})


def after(graph: Graph, fixed: dict[str, Box], axis: int = RIGHT, within: dict[str, str] | None = None) -> Graph:
    edit = make_room(graph, fixed, axis=axis, within=within).edit(Project(graph=graph), "Room")
    return apply(Project(graph=graph), edit).graph


def test_what_is_far_stays() -> None:
    graph = graph_at((0, 0), (208, 0))
    assert after(graph, {"new": (600, 0, 760, 68)}) == graph


def test_a_row_moves_on_by_what_is_needed_and_keeps_its_distances() -> None:
    row = graph_at((0, 0), (208, 0), (416, 0), (208, 160))
    moved = after(row, {"new": (208, 0, 368, 68)})
    assert [moved.nodes[f"n{i}"].position[0] for i in range(4)] == [0, 416, 624, 208]


def test_what_lies_before_goes_back() -> None:
    moved = after(graph_at((-56, 0), (100, 0)), {"new": (0, 0, 160, 68)})
    assert moved.nodes["n0"].position == (-208, 0)
    assert moved.nodes["n1"].position == (212, 0)


def test_downwards() -> None:
    moved = after(graph_at((0, 0), (0, 120), (208, 60)), {"new": (0, 72, 160, 140)}, DOWN)
    assert moved.nodes["n1"].position == (0, 192), "48 below the new one, in steps of the grid"
    assert moved.nodes["n0"].position == (0, -48)
    assert moved.nodes["n2"].position == (208, 60)


def test_a_frame_is_pushed_with_all_that_is_in_it() -> None:
    graph = graph_at((240, 60), (800, 300), frames=(Frame("frame1", position=(200, 0), size=(300, 200)),))
    moved = after(graph, {"new": (150, 20, 310, 88)})
    dx = moved.frames["frame1"].position[0] - 200
    assert dx > 0
    assert moved.nodes["n0"].position == (240 + dx, 60)
    assert moved.nodes["n1"].position == (800, 300)


def test_a_frame_grows_with_what_is_put_into_it() -> None:
    graph = graph_at((40, 60), (248, 60), frames=(Frame("frame1", position=(0, 0), size=(440, 160)),))
    moved = after(graph, {"new": (248, 60, 408, 128)}, within={"new": "frame1"})
    assert moved.nodes["n1"].position == (456, 60)
    assert holds(frame_box(moved.frames["frame1"]), node_box(moved.nodes["n1"]))
    assert moved.frames["frame1"].position == (0, 0)


def test_a_grown_frame_pushes_what_stands_beside_it() -> None:
    graph = graph_at((40, 60), (500, 60), frames=(Frame("frame1", position=(0, 0), size=(440, 160)),))
    moved = after(graph, {"n0": (240, 60, 460, 128)})
    assert not overlap(frame_box(moved.frames["frame1"]), node_box(moved.nodes["n1"]))


def test_a_new_frame_leaves_no_wide_band_above_its_title() -> None:
    """What stands above goes just so far that a wire can pass: 44 between two rows is too little for a title, and enough below."""
    graph = graph_at((0.0, 0.0), (0.0, 112.0), (0.0, 224.0))
    made = framed(Project(graph=graph), ["n1"], "Middle")
    assert made is not None
    moved = apply(Project(graph=graph), made[0]).graph
    above, title = node_box(moved.nodes["n0"])[3], frame_box(moved.frames[made[1]])[1]
    assert BESIDE <= title - above < BESIDE + GRID
    assert moved.nodes["n1"] == graph.nodes["n1"] and moved.nodes["n2"] == graph.nodes["n2"]


def test_into_a_wire_that_leads_down_the_others_go_down() -> None:
    graph = graph_at((0, 0), (0, 120), (208, 120))
    graph = Graph(graph.nodes, {Slot("n1"): Source("n0")})
    wire = next(graph.all_wires())
    assert axis_of(graph, wire) == DOWN
    moved = let_in(graph, wire, {"new": box_at((0, 112), NODE_SIZE)})
    assert moved.nodes == {"n1": (0, 232)}


def test_what_comes_into_a_wire_belongs_to_the_frame_around_both_its_ends() -> None:
    graph = graph_at((40, 60), (248, 60), (900, 60), frames=(Frame("frame1", position=(0, 0), size=(440, 160)),))
    graph = Graph(graph.nodes, {Slot("n1"): Source("n0"), Slot("n2"): Source("n1")}, graph.frames)
    inner, outer = (Wire(graph.wires[Slot(id)], Slot(id)) for id in ("n1", "n2"))
    coming = {"n2": box_at((248, 60), NODE_SIZE)}
    assert set(let_in(graph, inner, coming).frames) == {"frame1"}
    away = {"n0": box_at((500, 60), NODE_SIZE)}
    assert let_in(graph, outer, away).frames == {}, "a node that is taken out of its frame does not stretch it"


places = st.tuples(st.integers(-50, 50).map(lambda v: v * 8.0), st.integers(-30, 30).map(lambda v: v * 8.0))


@st.composite
def crowds(draw: st.DrawFn) -> tuple[Graph, dict[str, Box], int]:
    graph = graph_at(*draw(st.lists(places, min_size=1, max_size=9)))
    if draw(st.booleans()):
        (x, y), size = draw(places), (draw(st.integers(100, 600)), draw(st.integers(60, 400)))
        graph = Graph(graph.nodes, {}, {"frame1": Frame("frame1", position=(x, y), size=size)})
    fixed = {
        f"new{i}": box_at(place, NODE_SIZE) for i, place in enumerate(draw(st.lists(places, min_size=1, max_size=3)))
    }
    return graph, fixed, draw(st.sampled_from((RIGHT, DOWN)))


@given(crowds())
@settings(max_examples=40, deadline=None)
def test_nothing_covers_what_was_put_down_and_nothing_new_covers_each_other(
    case: tuple[Graph, dict[str, Box], int],
) -> None:
    graph, fixed, axis = case
    moved = after(graph, fixed, axis)
    for id, node in moved.nodes.items():
        assert not any(overlap(node_box(node), box) for box in fixed.values())
        for other in moved.nodes:
            apart = not overlap(node_box(graph.nodes[id]), node_box(graph.nodes[other]))
            assert id == other or not apart or not overlap(node_box(node), node_box(moved.nodes[other]))
    assert holders(graph).items() <= holders(moved).items()
    assert after(moved, fixed, axis) == moved, "there is room already"
