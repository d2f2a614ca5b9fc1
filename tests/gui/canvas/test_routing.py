"""Wires: straight when level, smooth ahead, around nodes that stand in the way; shapes never on a node."""

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.gui.canvas.routing import Route, label_box, route

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


@given(ends, ends, cards, st.floats(10, 80))
@settings(max_examples=300, deadline=None)
def test_a_label_stands_on_no_node_and_within_its_stretch(start, end, places, width) -> None:
    obstacles = np.array([card(*place) for place in places]).reshape(-1, 4)
    found = route(start, end, obstacles)
    box = label_box(found, width, 10, obstacles)
    if box is not None:
        left, top, right, bottom = box
        for other in obstacles:
            assert left >= other[2] or right <= other[0] or top >= other[3] or bottom <= other[1]
        xs = [point[0] for point in found.points]
        assert left >= min(xs) - 1e-6 and right <= max(xs) + 1e-6


def test_a_label_without_room_is_left_out() -> None:
    way = route((160, 34), (208, 34), NONE)
    assert label_box(way, 43, 10, NONE) is not None
    assert label_box(way, 47, 10, NONE) is None
    assert label_box(way, 43, 10, np.array([card(100, -40)])) is None
