"""Axes read well and cover their data."""

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from nnstudio.gui.figures.ticks import linear_axis, log_axis, number_text, percent_text

numbers = st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-9)


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 1.13, ["0", "0.3", "0.6", "0.9", "1.2"]),
        (0, 7, ["0", "2", "4", "6", "8"]),
        (0, 20, ["0", "5", "10", "15", "20"]),
        (0, 1500, ["0", "500", "1\u2009000", "1\u2009500"]),
        (-1, 1, ["−1.0", "−0.5", "0", "0.5", "1.0"]),
        (0, 0.003, ["0", "1e−3", "2e−3", "3e−3"]),
    ],
)
def test_steps_that_a_person_would_choose(low, high, texts):
    assert list(linear_axis(low, high, 4).texts) == texts


@given(numbers, numbers, st.integers(1, 12))
@example(254451920.0, 255050000.0, 9)
@settings(deadline=None)
def test_an_axis_covers_its_data_with_even_ticks(a, b, target):
    low, high = sorted((a, b))
    if high > low and high - low < 1e-6 * max(abs(low), abs(high)):
        return  # closer than an axis can tell apart
    axis = linear_axis(low, high, target)
    slack = (axis.high - axis.low) * 1e-6
    assert axis.low <= low + slack
    assert axis.high >= high - slack
    assert 2 <= len(axis.ticks) <= 2 * target + 6
    steps = np.diff(axis.ticks)
    assert np.allclose(steps, steps[0], rtol=1e-3)
    assert len(set(axis.texts)) == len(axis.texts)


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers(1, 12))
@settings(deadline=None)
def test_a_zoomed_axis_keeps_its_ends_and_its_ticks_inside(a, b, target):
    low, high = sorted((a, b))
    if high - low < 1e-6 * max(1.0, high):
        return
    axis = linear_axis(low, high, target, tight=True)
    assert (axis.low, axis.high) == (low, high)
    assert all(low - 1e-6 * (high - low) <= tick <= high + 1e-6 * (high - low) for tick in axis.ticks)


@given(st.integers(0, 10_000), st.integers(1, 10_000))
def test_whole_axes_have_whole_ticks(low, length):
    axis = linear_axis(low, low + length, 5, whole=True)
    assert all(tick == int(tick) for tick in axis.ticks)


@given(st.floats(1e-12, 1e12), st.floats(1e-12, 1e12), st.integers(2, 8))
def test_a_log_axis_covers_positive_numbers(a, b, target):
    low, high = sorted((a, b))
    axis = log_axis(low, high, target)
    assert axis.low <= low * (1 + 1e-6)
    assert axis.high >= high * (1 - 1e-6)
    assert len(axis.ticks) >= 1
    assert axis.low < axis.high
    assert all(tick > 0 for tick in axis.ticks)


@pytest.mark.parametrize("log", [False, True])
@given(value=st.floats(0.5, 90))
def test_placing_and_reading_back_agree(log, value):
    axis = log_axis(0.1, 100, 4) if log else linear_axis(0, 100, 4)
    pixel = axis.place_one(value, 300, 20)
    assert math.isclose(axis.value_at(pixel, 300, 20), value, rel_tol=1e-9)


def test_a_log_axis_places_zero_below_itself():
    axis = log_axis(0.01, 1, 4)
    assert axis.place_one(0.0, 100, 0) > 100
    assert math.isnan(axis.place_one(math.nan, 100, 0))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.3124, "0.312"),
        (87.44, "87.4"),
        (1214.2, "1\u2009214"),
        (51934, "51\u2009934"),
        (3e-5, "3e−5"),
        (-2.5, "−2.50"),
        (7.0, "7"),
        (0, "0"),
        (math.nan, "–"),
        (math.inf, "∞"),
    ],
)
def test_numbers_for_people(value, text):
    assert number_text(value) == text


def test_shares():
    assert percent_text(0.8741) == "87.4 %"


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(0, 1e308), st.integers(1, 12), st.booleans())
@example(0.6931471805599453, 2e-16, 4, False)
@example(0.0, 5e-324, 4, False)
@example(-1.7e308, 1e308, 4, True)
def test_no_numbers_are_too_close_or_too_large_for_an_axis(low, span, target, tight):
    axis = linear_axis(low, low + span, target, tight=tight)
    assert axis.low < axis.high
    assert len(axis.texts) == len(axis.ticks)
    positive = log_axis(abs(low) or 5e-324, abs(low) + span or 5e-324, target)
    assert 0 < positive.low < positive.high
