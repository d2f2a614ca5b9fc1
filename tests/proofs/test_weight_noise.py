"""Noise on the weights: its distribution (Kolmogorov–Smirnov at 0.1 %, fixed seeds), that it comes from its generator alone, and what it
does to a line's squared error."""

import inspect
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nnstudio import plugins
from nnstudio.params import validate
from nnstudio.plugins import resolve

REGISTRY = plugins.load(safe_mode=True).registry
IDS = ["nnstudio.weight_noise", "nnstudio.relative_weight_noise"]


def noise(id: str, weight: torch.Tensor, seed: int, **params: float) -> torch.Tensor:
    spec = REGISTRY.noise[id]
    chosen, problems = validate(spec.params, params, owner=spec.title)
    assert chosen is not None, problems
    return resolve(spec.function)(weight, torch.Generator().manual_seed(seed), **dict(chosen))


@pytest.mark.curriculum("R5")
@pytest.mark.parametrize("std", [0.001, 0.1, 3.0])
def test_it_is_gaussian(std: float) -> None:
    weight = torch.linspace(-4, 5, 60_000, dtype=torch.float64).reshape(200, 300)
    added = noise("nnstudio.weight_noise", weight, 1, std=std).numpy().ravel()
    assert stats.kstest(added, stats.norm(0, std).cdf).pvalue > 1e-3
    relative = noise("nnstudio.relative_weight_noise", weight, 2, std=std) / weight
    assert stats.kstest(relative.numpy().ravel(), stats.norm(0, std).cdf).pvalue > 1e-3


@pytest.mark.curriculum("R5")
@pytest.mark.parametrize("id", IDS)
@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.sampled_from([(3, 4), (2, 3, 3, 3)]))
def test_it_comes_from_its_generator_and_leaves_the_weight(id: str, seed: int, shape: tuple[int, ...]) -> None:
    weight = torch.ones(shape, requires_grad=True)
    state = torch.get_rng_state()
    one, two, other = (noise(id, weight, each, std=0.1) for each in (seed, seed, seed + 1))
    assert torch.equal(state, torch.get_rng_state())
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    assert one.shape == weight.shape
    assert one.dtype == weight.dtype
    assert not one.requires_grad
    assert (weight == 1).all()


@pytest.mark.curriculum("R5")
def test_no_spread_is_no_noise_and_zeros_have_no_relative_noise() -> None:
    weight = torch.randn(3, 4)
    assert all((noise(id, weight, 0, std=0.0) == 0).all() for id in IDS)
    assert (noise("nnstudio.relative_weight_noise", torch.zeros(3, 4), 0, std=0.5) == 0).all()


@pytest.mark.curriculum("R5")
@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1), st.integers(0, 1000))
def test_noise_on_a_lines_weights_penalizes_large_inputs(std: float, seed: int) -> None:
    """E ((w + n)·x − t)² = (w·x − t)² + σ² ‖x‖² (Goodfellow et al. 2016, ch. 7.5.1), within five standard errors over 50 000 draws."""
    random = np.random.default_rng(seed)
    w, x, t = random.normal(size=5), random.normal(size=5), random.normal()
    weights = torch.tensor(w).expand(50_000, 5)
    noisy = (weights + noise("nnstudio.weight_noise", weights, seed, std=std)).numpy()
    errors = (noisy @ x - t) ** 2
    expected = (w @ x - t) ** 2 + std**2 * x @ x
    assert abs(errors.mean() - expected) <= 5 * errors.std() / math.sqrt(len(errors))


@pytest.mark.parametrize("id", IDS)
def test_a_functions_source_stands_alone(id: str) -> None:
    function = resolve(REGISTRY.noise[id].function)
    namespace: dict[str, Any] = {"torch": torch}
    exec(inspect.getsource(function), namespace)
    again = namespace[function.__name__](torch.ones(3, 4), torch.Generator().manual_seed(4), std=0.1)
    assert torch.equal(again, noise(id, torch.ones(3, 4), 4, std=0.1))


@pytest.mark.curriculum("R5")
@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("std", [-0.1, math.nan, math.inf, 1e9, "much"])
def test_a_bad_value_is_named_with_what_is_allowed(id: str, std: Any) -> None:
    spec = REGISTRY.noise[id]
    chosen, (problem,) = validate(spec.params, {"std": std}, owner=spec.title, place="recipe")
    assert chosen is None
    assert problem.param == "std"
    assert spec.title in problem.message
    assert "Allowed:" in problem.remedy or "finite" in f"{problem.message} {problem.remedy}"
