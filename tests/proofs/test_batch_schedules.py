"""A batch that grows instead of a learning rate that falls: the sizes, and in what sense the two are the same."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_helpers import alone, chosen, refusal

from nnstudio.plugins import resolve

EPOCHS = 12


def sizes(batch_size: int, **params: Any) -> list[int]:
    """m of each epoch, by the function's source alone."""
    spec, made = chosen("batch_schedule", "nnstudio.grow", **params)
    size = alone(resolve(spec.function))
    return [size(epoch, EPOCHS, batch_size, **dict(made)) for epoch in range(EPOCHS)]


epochs = st.lists(st.integers(1, EPOCHS), min_size=1, max_size=4, unique=True).map(sorted)


@pytest.mark.curriculum("S10")
@given(st.integers(1, 512), epochs, st.floats(1.1, 10), st.integers(1, 5000))
@settings(max_examples=25, deadline=None)
def test_the_batch_grows_at_the_epochs_that_are_named(batch: int, at: list[int], factor: float, maximum: int) -> None:
    expected, size = [], float(batch)
    for epoch in range(EPOCHS):
        size *= factor if epoch in at else 1
        expected.append(max(batch, min(size, maximum)))
    np.testing.assert_allclose(sizes(batch, at=at, factor=factor, maximum=maximum), np.round(expected), atol=1)


@pytest.mark.curriculum("S10")
def test_one_epoch_alone_may_be_named() -> None:
    assert sizes(8, at=3, factor=4) == [8] * 3 + [32] * (EPOCHS - 3)


@pytest.mark.curriculum("S10")
@given(st.integers(1, 64), epochs, st.integers(2, 10), st.floats(1e-4, 1))
@settings(max_examples=25, deadline=None)
def test_the_noise_is_that_of_a_falling_rate(batch: int, at: list[int], factor: int, rate: float) -> None:
    """Smith et al.: the scale of the noise of SGD is g ≈ η N / m, whether m is multiplied by f or η divided by it."""
    grown = np.array(sizes(batch, at=at, factor=factor, maximum=10**7))
    falling = rate / factor ** np.array([sum(epoch >= begin for begin in at) for epoch in range(EPOCHS)])
    np.testing.assert_allclose(rate / grown, falling / batch, rtol=1e-12)


@pytest.mark.curriculum("S10")
@given(st.integers(0, 10_000), st.integers(2, 5))
@settings(max_examples=25, deadline=None)
def test_a_large_batch_does_what_the_small_ones_in_it_do_at_a_smaller_rate(seed: int, factor: int) -> None:
    """One step of η on a batch of f · m goes where f steps of η/f on its parts go, up to O(η²): halving η quarters the difference."""
    random = np.random.default_rng(seed)
    x, y, start = random.normal(size=(factor, 8, 3)), random.normal(size=(factor, 8)), random.normal(size=3)

    def apart(rate: float) -> float:
        large = start - rate * np.mean([part.T @ (part @ start - t) / 8 for part, t in zip(x, y, strict=True)], axis=0)
        small = start
        for part, t in zip(x, y, strict=True):
            small = small - rate / factor * part.T @ (part @ small - t) / 8
        return float(np.linalg.norm(large - small))

    assert apart(1e-4) / apart(5e-5) == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"factor": 1}, "factor is 1"),
        ({"factor": float("nan")}, "factor is nan"),
        ({"at": [5, 3]}, "in order"),
        ({"at": []}, "named once"),
        ({"at": 0}, "at is 0"),
        ({"maximum": 0}, "maximum is 0"),
    ],
)
def test_bad_values_are_named(params: dict[str, Any], named: str) -> None:
    assert named in refusal("batch_schedule", "nnstudio.grow", **params)
