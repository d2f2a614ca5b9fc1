"""Averages of the weights: exponential and equal-weight, against what they are once written out as sums."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_helpers import CLOSE, alone, bundled, chosen, refusal
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from nnstudio.plugins import resolve
from nnstudio.specs import AverageParams

walks = st.builds(
    lambda seed, count: np.random.default_rng(seed).normal(size=(count, 3, 2)),
    st.integers(0, 10_000),
    st.integers(2, 30),
)


def averaged(id: str, walk: np.ndarray, **params: Any) -> np.ndarray:
    """Of θ₀ … θ_n: begun as a copy of the first, moved by the function's source alone."""
    spec, made = chosen("average", id, **params)
    given = {name: value for name, value in dict(made).items() if name not in AverageParams.model_fields}
    move = alone(resolve(spec.function))
    average = torch.from_numpy(walk[0].copy())
    for count, weight in enumerate(walk[1:], start=1):
        move(average, torch.from_numpy(weight), count, **given)
    return average.numpy()


@pytest.mark.curriculum("O17")
@given(walks, st.floats(0, 0.999))
@settings(max_examples=25, deadline=None)
def test_moving_average(walk: np.ndarray, decay: float) -> None:
    """θ̄ₙ = dⁿ θ₀ + (1 − d) Σ dⁿ⁻ⁱ θᵢ"""
    n = len(walk) - 1
    shares = (1 - decay) * decay ** (n - np.arange(n + 1.0))
    shares[0] = decay**n
    ours = averaged("nnstudio.ema", walk, decay=decay)
    np.testing.assert_allclose(ours, np.tensordot(shares, walk, 1), **CLOSE)


@pytest.mark.curriculum("O17")
def test_the_curriculums_decay_is_the_default() -> None:
    walk = np.random.default_rng(0).normal(size=(2, 3, 2))
    np.testing.assert_allclose(averaged("nnstudio.ema", walk), 0.995 * walk[0] + 0.005 * walk[1], **CLOSE)


@pytest.mark.curriculum("O17")
@given(walks, st.floats(0.5, 0.999))
@settings(max_examples=25, deadline=None)
def test_moving_average_is_torchs(walk: np.ndarray, decay: float) -> None:
    module = torch.nn.Linear(2, 3, bias=False).double()
    module.weight.data = torch.from_numpy(walk[0].copy())
    reference = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(decay))
    for weight in walk:
        module.weight.data = torch.from_numpy(weight.copy())
        reference.update_parameters(module)
    expected = reference.module.weight.detach().numpy()
    np.testing.assert_allclose(averaged("nnstudio.ema", walk, decay=decay), expected, **CLOSE)


@pytest.mark.curriculum("O17")
@given(walks, st.floats(0.5, 0.999))
@settings(max_examples=25, deadline=None)
def test_a_warmed_up_average_is_the_plain_mean_at_first(walk: np.ndarray, decay: float) -> None:
    """While 1/(n + 1) is more than 1 − d, all weights count the same, the first one too."""
    expected = walk[0]
    for count, weight in enumerate(walk[1:], start=1):
        share = max(1 - decay, 1 / (count + 1))
        expected = (1 - share) * expected + share * weight
    ours = averaged("nnstudio.ema", walk, decay=decay, warm_up=True)
    np.testing.assert_allclose(ours, expected, **CLOSE)
    if len(walk) <= 1 / (1 - decay):
        np.testing.assert_allclose(ours, walk.mean(0), **CLOSE)


@pytest.mark.curriculum("O17")
@given(walks)
@settings(max_examples=25, deadline=None)
def test_equal_average_is_the_mean_and_torchs(walk: np.ndarray) -> None:
    ours = averaged("nnstudio.swa", walk)
    np.testing.assert_allclose(ours, walk.mean(0), **CLOSE)
    module = torch.nn.Linear(2, 3, bias=False).double()
    reference = AveragedModel(module)
    for weight in walk:
        module.weight.data = torch.from_numpy(weight.copy())
        reference.update_parameters(module)
    np.testing.assert_allclose(ours, reference.module.weight.detach().numpy(), **CLOSE)


@pytest.mark.curriculum("O17")
def test_swa_begins_after_three_quarters_and_takes_the_ends_of_epochs() -> None:
    assert bundled().averages["nnstudio.swa"].params().model_dump() == {"start": 0.75, "every": "epoch"}


@pytest.mark.parametrize(
    ("params", "named"),
    [({"decay": 1.0}, "decay is 1.0"), ({"decay": float("nan")}, "decay"), ({"start": 1}, "start is 1")],
)
def test_bad_values_are_named(params: dict[str, Any], named: str) -> None:
    assert named in refusal("average", "nnstudio.ema", **params)
