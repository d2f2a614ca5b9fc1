"""Wires: straight when level, smooth ahead, around nodes that stand in the way; shapes never on a node."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.gui.canvas.detour import detour
from nnstudio.gui.canvas.routing import Route, route
from nnstudio.gui.canvas.wire_labels import label_boxes, parted

NONE = np.zeros((0, 4))


def card(x: float, y: float) -> list[float]:
    return [x, y, x + 160, y + 68]


def test_level_ends_are_joined_straight() -> None:
    assert route((160, 34), (208, 34), NONE) == Route(((160, 34), (208, 34)))


def test_a_target_ahead_and_lower_is_reached_by_a_curve_that_leaves_and_enters_level() -> None:
    found = route((160, 34), (360, 194), NONE)
    assert found.curve
    start, first, second, end = found.points
    assert first[1] == start[1] and second[1] == end[1] and first[0] > start[0] and second[0] < end[0]


def test_a_wrapped_row_goes_back_between_the_rows() -> None:
    found = route((784, 34), (0, 194), np.array([card(624, 0), card(0, 160)]))
    ys = {point[1] for point in found.points}
    assert ys == {34.0, 114.0, 194.0}, "the lane runs halfway between the rows"
    assert max(point[0] for point in found.points) > 784 and min(point[0] for point in found.points) < 0


def test_a_node_in_the_way_is_gone_around() -> None:
    """A skip connection over a node of the same row."""
    obstacles = np.array([card(0, 0), card(208, 0), card(416, 0)])
    found = route((160, 34), (416, 34), obstacles)
    assert not crosses(found, obstacles[1])


def test_a_node_that_feeds_itself_from_behind_goes_around_itself() -> None:
    found = route((160, 34), (0, 34), np.array([card(0, 0)]))
    assert not crosses(found, np.array(card(0, 0)))


def crosses(way: Route, box: np.ndarray) -> bool:
    points = way.samples(200)
    if not way.curve:
        points = np.concatenate([np.linspace(a, b, 100) for a, b in itertools.pairwise(points)])
    x, y = points.T
    return bool(((x > box[0] + 1) & (x < box[2] - 1) & (y > box[1] + 1) & (y < box[3] - 1)).any())


coordinates = st.floats(-2000, 2000)
ends = st.tuples(coordinates, coordinates)
cards = st.lists(st.tuples(coordinates, coordinates), max_size=8)


@given(ends, ends, cards)
@settings(max_examples=300, deadline=None)
def test_every_route_joins_its_ends_without_slanted_pieces(start, end, places) -> None:
    obstacles = np.array([card(*place) for place in places]).reshape(-1, 4)
    found = route(start, end, obstacles)
    assert found.points[0] == start and found.points[-1] == end
    assert np.isfinite(found.samples()).all()
    assert found.distance(*start) < 1e-6 and found.distance(*end) < 1e-6
    if not found.curve and not found.straight:
        pieces = list(zip(found.points, found.points[1:], strict=False))
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pieces)


def test_a_long_curve_passes_through_no_node_wherever_it_stands() -> None:
    start, end = (0.0, 0.0), (4000.0, 1500.0)
    for x, y in route(start, end, NONE).samples(80)[2:-2]:
        node = np.array(card(x - 80, y - 34))
        assert not crosses(route(start, end, node[None]), node)


@given(ends, ends, st.lists(st.tuples(st.integers(-3, 9), st.integers(-3, 9)), max_size=40))
@settings(max_examples=300, deadline=None)
def test_where_nodes_stand_apart_no_wire_runs_behind_one(start, end, cells) -> None:
    """Cards in columns and rows, some missing; a wire from the right of one to the left of another."""
    cards = [card(x * 208.0, y * 112.0) for x, y in {*cells, (0, 0), (int(end[0]) % 7 - 3, int(end[1]) % 7 - 3)}]
    first, last = card(0, 0), card((int(end[0]) % 7 - 3) * 208.0, (int(end[1]) % 7 - 3) * 112.0)
    found = route((first[2], first[1] + 34), (last[0], last[1] + 34), np.array(cards))
    assert not any(crosses(found, np.array(box)) for box in cards)


def test_a_way_between_boxes_is_found_though_it_winds() -> None:
    walls = np.array([[100.0, -300, 120, 200], [200.0, -100, 220, 400], [300.0, -300, 320, 200]])
    way = detour((50, 0), (370, 0), walls, (0, -250, 420, 350))
    assert way[0] == (50, 0) and way[-1] == (370, 0)
    assert not any(crosses(Route(tuple(way)), wall) for wall in walls)
    assert len(way) == 8, "with no more corners than it takes"


@given(ends, ends, cards, st.floats(10, 80))
@settings(max_examples=300, deadline=None)
def test_a_label_has_room_beside_its_wire_or_in_a_gap_of_it(start, end, places, width) -> None:
    obstacles = np.array([card(*place) for place in places]).reshape(-1, 4)
    found = route(start, end, obstacles)
    for (left, top, right, bottom), gap in label_boxes(found, width, 10):
        assert abs(right - left - width) < 1e-6 and abs(bottom - top - 10) < 1e-6
        if gap:
            assert not any(
                crosses(part, np.array([left, top, right, bottom]))
                for part in parted(found, (left, top, right, bottom))
            )
            before, behind = parted(found, (left, top, right, bottom))
            assert np.allclose(before.points[0], found.points[0]) and np.allclose(behind.points[-1], found.points[-1])
        elif not found.curve:
            assert not crosses(Route(found.points), np.array([left, top, right, bottom])) or len(found.points) > 2


def test_a_label_without_room_is_left_out() -> None:
    way = route((160, 34), (208, 34), NONE)
    assert label_boxes(way, 43, 10)
    assert not label_boxes(way, 47, 10)
