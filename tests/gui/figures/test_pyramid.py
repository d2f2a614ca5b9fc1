"""The pyramid gives what brute force over all points gives."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.gui.figures.pyramid import Pyramid

values = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(float("nan"))), min_size=1, max_size=900)


def brute_extremes(y: np.ndarray) -> tuple[float, float] | None:
    known = y[~np.isnan(y)]
    return (float(known.min()), float(known.max())) if len(known) else None


@given(values, st.data())
@settings(deadline=None)
def test_extremes_of_any_stretch_equal_brute_force(y_values, data):
    y = np.array(y_values)
    pyramid = Pyramid()
    pyramid.update(np.arange(len(y), dtype=float), y)
    first = data.draw(st.integers(0, len(y) - 1))
    last = data.draw(st.integers(first + 1, len(y)))
    assert pyramid.extremes(first, last) == brute_extremes(y[first:last])


@given(st.lists(st.integers(0, 400), min_size=1, max_size=12), st.integers(0, 2**32 - 1), st.integers(1, 60))
@settings(deadline=None)
def test_grown_in_pieces_equals_built_at_once(pieces, seed, columns):
    random = np.random.default_rng(seed)
    y = random.normal(size=sum(pieces) + 1)
    y[random.random(len(y)) < 0.1] = np.nan
    x = np.cumsum(random.random(len(y)))
    grown, whole = Pyramid(), Pyramid()
    end = 1
    for piece in pieces:
        end += piece
        grown.update(x[:end], y[:end])
    whole.update(x, y)
    for first, last in ((0, len(y)), (len(y) // 3, len(y))):
        for mine, theirs in zip(
            grown.envelope(first, last, columns), whole.envelope(first, last, columns), strict=True
        ):
            np.testing.assert_array_equal(mine, theirs)


@given(st.integers(1, 5000), st.integers(0, 2**32 - 1), st.integers(1, 200))
@settings(deadline=None)
def test_an_envelope_loses_no_spike_and_stays_small(count, seed, columns):
    random = np.random.default_rng(seed)
    y = random.normal(size=count)
    y[random.integers(count)] = 1e9
    y[random.integers(count)] = -1e9
    pyramid = Pyramid()
    pyramid.update(np.arange(count, dtype=float), y)
    envelope = pyramid.envelope(0, count, columns)
    assert (envelope.low.min(), envelope.high.max()) == (y.min(), y.max())
    assert np.all(envelope.low <= envelope.high)
    assert len(envelope.x) <= max(2 * columns, columns + 2)
    assert np.all(np.diff(envelope.x) >= 0)


def test_every_column_holds_the_extremes_of_its_own_points():
    y = np.random.default_rng(3).normal(size=64_000)
    pyramid = Pyramid()
    pyramid.update(np.arange(len(y), dtype=float), y)
    x, low, high = pyramid.envelope(0, len(y), 100)
    starts = x.astype(int)
    for start, end, mine_low, mine_high in zip(starts, [*starts[1:], len(y)], low, high, strict=True):
        assert (mine_low, mine_high) == (y[start:end].min(), y[start:end].max())


def test_another_curve_under_the_same_name_is_read_anew():
    pyramid = Pyramid()
    pyramid.update(np.arange(100.0), np.ones(100))
    pyramid.update(np.arange(200.0), np.full(200, 7.0))
    assert pyramid.extremes(0, 200) == (7.0, 7.0)
    pyramid.update(np.arange(10.0), np.full(10, 3.0))
    assert len(pyramid) == 10
    assert pyramid.extremes(0, 10) == (3.0, 3.0)


def test_few_points_are_given_as_they_are():
    x, y = np.array([0.0, 2.0, 5.0]), np.array([1.0, np.nan, 3.0])
    pyramid = Pyramid()
    pyramid.update(x, y)
    envelope = pyramid.envelope(0, 3, 100)
    np.testing.assert_array_equal(envelope.x, x)
    np.testing.assert_array_equal(envelope.low, y)


def test_an_x_axis_that_turns_back_still_gives_all_extremes():
    x = np.concatenate((np.arange(500.0), np.arange(200.0)))
    y = np.sin(x)
    pyramid = Pyramid()
    pyramid.update(x, y)
    assert not pyramid.increasing
    envelope = pyramid.envelope(*pyramid.between(0, 10), 50)
    assert (envelope.low.min(), envelope.high.max()) == (y.min(), y.max())


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=50).map(sorted), st.floats(-120, 120))
@settings(deadline=None)
def test_nearest_point_equals_brute_force(x_values, at):
    x = np.array(x_values)
    pyramid = Pyramid()
    pyramid.update(x, x)
    index = pyramid.nearest(at)
    assert abs(x[index] - at) == np.abs(x - at).min()


@given(st.lists(st.floats(0, 100), min_size=1, max_size=50).map(sorted), st.floats(0, 100), st.floats(0, 100))
@settings(deadline=None)
def test_between_takes_all_points_in_view_and_one_at_either_side(x_values, a, b):
    low, high = sorted((a, b))
    x = np.array(x_values)
    pyramid = Pyramid()
    pyramid.update(x, x)
    first, last = pyramid.between(low, high)
    inside = np.flatnonzero((x >= low) & (x <= high))
    assert set(inside) <= set(range(first, last))
    assert all(x[index] < low for index in range(first, last) if index not in inside and x[index] < high)
    assert last - first <= len(inside) + 2
