"""The running mean equals its definition, however the values arrive."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nnstudio_views import smoothing
from nnstudio_views.smoothing import Jumps, RunningMean, decayed_sums, track

from nnstudio.api import History
from nnstudio.events import Steps

values = st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(float("nan"))), min_size=1, max_size=200)
weights = st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.999])


def by_definition(x: np.ndarray, weight: float) -> np.ndarray:
    """Σ wᵏ xₜ₋ₖ / Σ wᵏ over known values, one value at a time."""
    means = np.full(len(x), np.nan)
    for t in range(len(x)):
        if np.isfinite(x[t]):
            powers = weight ** np.arange(t, -1, -1.0)
            known = np.isfinite(x[: t + 1])
            means[t] = np.sum((powers * np.where(known, x[: t + 1], 0))[known]) / np.sum(powers[known])
    return means


@given(values, weights)
@settings(deadline=None)
def test_equals_the_definition(x, weight):
    np.testing.assert_allclose(
        RunningMean(weight).of(np.array(x)), by_definition(np.array(x), weight), rtol=1e-9, atol=1e-9
    )


@given(values, weights, st.data())
@settings(deadline=None)
def test_arriving_in_pieces_changes_nothing(x, weight, data):
    cuts = [*sorted(data.draw(st.lists(st.integers(0, len(x)), max_size=5))), len(x)]
    mean = RunningMean(weight)
    for cut in cuts:
        grown = mean.of(np.array(x[:cut]))
    np.testing.assert_allclose(grown, RunningMean(weight).of(np.array(x)), rtol=1e-9, atol=1e-9)


def test_no_bias_towards_zero_and_no_smoothing_at_zero():
    assert np.allclose(RunningMean(0.99).of(np.full(50, 7.0)), 7.0)
    x = np.random.default_rng(0).normal(size=30)
    np.testing.assert_array_equal(RunningMean(0.0).of(x), x)


def test_a_shorter_curve_is_another_curve():
    mean = RunningMean(0.9)
    mean.of(np.ones(100))
    np.testing.assert_allclose(mean.of(np.full(3, 5.0)), 5.0)


@pytest.mark.parametrize("weight", [0.0, 0.9, 0.999])
def test_decayed_sums_over_a_long_array(weight):
    x = np.random.default_rng(1).normal(size=5000)
    wanted, total = [], 0.25
    for value in x.tolist():
        total = weight * total + value
        wanted.append(total)
    np.testing.assert_allclose(decayed_sums(x, weight, 0.25), wanted, rtol=1e-9, atol=1e-9)


@given(st.lists(st.sampled_from([0.1, 0.01, 0.09, 1.0]), max_size=60), st.integers(0, 60))
def test_jumps_are_the_large_changes_after_a_constant_stretch(rates, cut):
    values = np.array(rates)
    wanted = [
        (t, values[t] / values[t - 1])
        for t in range(2, len(values))
        if values[t - 1] == values[t - 2] and not 0.75 <= values[t] / values[t - 1] <= 4 / 3
    ]
    jumps = Jumps()
    jumps.of(values[:cut])
    assert jumps.of(values) == wanted


def test_what_is_kept_of_a_run_goes_with_it():
    history = History()
    history.add(Steps(0, {"loss": np.ones(3)}))
    kept = track(history, "loss", 0.9)
    assert track(history, "loss", 0.9) is kept
    assert track(history, "loss", 0.5) is not kept
    key = id(history)
    assert key in smoothing._tracks
    del history
    gc.collect()
    assert key not in smoothing._tracks
