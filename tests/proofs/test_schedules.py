"""Every schedule against its formula and against torch's own; each function stands alone."""

import inspect
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from train_helpers import bundled

from nnstudio.plugins import resolve
from nnstudio.project.project import Entry, Recipe
from nnstudio.train import recipe

totals = st.integers(1, 400)


def curve(type: str, total: int, **params: object) -> np.ndarray:
    """η(t)/η₀ for t = 0 … total − 1, by way of a recipe."""
    chosen = Recipe(optimizer=Entry("torch.sgd", {"lr": 0.5}), schedule=Entry(type, params))
    rate = recipe.learning_rate(chosen, bundled())
    return np.array([rate(step, total) / 0.5 for step in range(total)])


def torchs(make, total: int) -> np.ndarray:
    """The same from a scheduler of torch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = make(optimizer)
    rates = []
    for _ in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


@given(totals)
def test_constant(total: int) -> None:
    assert (curve("nnstudio.constant", total) == 1).all()


@pytest.mark.curriculum("S4")
@given(st.integers(1, 40), st.floats(0.01, 1), st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_step_drops_at_equal_intervals(interval: int, gamma: float, drops: int) -> None:
    total = interval * (drops + 1)
    expected = torchs(lambda it: torch.optim.lr_scheduler.StepLR(it, interval, gamma), total)
    np.testing.assert_allclose(curve("nnstudio.step", total, gamma=gamma, drops=drops), expected, rtol=1e-12)


@pytest.mark.curriculum("S3")
@given(totals, st.floats(0, 20))
@settings(max_examples=50, deadline=None)
def test_exponential(total: int, k: float) -> None:
    t = np.arange(total)
    np.testing.assert_allclose(curve("nnstudio.exponential", total, k=k), np.exp(-k * t / total), rtol=1e-12)
    expected = torchs(lambda it: torch.optim.lr_scheduler.ExponentialLR(it, math.exp(-k / total)), total)
    np.testing.assert_allclose(curve("nnstudio.exponential", total, k=k), expected, rtol=1e-9)


@pytest.mark.curriculum("S6")
@given(totals, st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_cosine(total: int, floor: float) -> None:
    t = np.arange(total)
    expected = floor + (1 - floor) * (1 + np.cos(np.pi * t / total)) / 2
    np.testing.assert_allclose(curve("nnstudio.cosine", total, floor=floor), expected, rtol=1e-12, atol=1e-15)
    annealing = torchs(lambda it: torch.optim.lr_scheduler.CosineAnnealingLR(it, total, floor), total)
    np.testing.assert_allclose(curve("nnstudio.cosine", total, floor=floor), annealing, rtol=1e-6, atol=1e-9)


@pytest.mark.curriculum("S6")
@given(totals, st.floats(0, 1), st.sampled_from(["cosine", "constant"]), st.floats(0, 1))
@settings(max_examples=50, deadline=None)
def test_warm_up_rises_in_a_line_and_then_follows(total: int, warmup: float, then: str, floor: float) -> None:
    ours = curve("nnstudio.warmup", total, warmup=warmup, then=then, floor=floor)
    rise = round(warmup * total)
    np.testing.assert_allclose(ours[:rise], np.arange(1, rise + 1) / max(rise, 1), rtol=1e-12)
    after = (
        curve(f"nnstudio.{then}", total - rise, **({"floor": floor} if then == "cosine" else {}))
        if rise < total
        else []
    )
    np.testing.assert_allclose(ours[rise:], after, rtol=1e-12, atol=1e-15)


@pytest.mark.curriculum("S11")
@pytest.mark.parametrize("id", sorted(bundled().schedules))
def test_the_function_stands_alone_and_starts_at_or_below_one(id: str) -> None:
    """Its source alone gives the same curve: it is what an exported script contains."""
    spec = bundled().schedules[id]
    function = resolve(spec.factor)
    alone: dict[str, object] = {}
    exec(inspect.getsource(function), alone)
    params = spec.params().model_dump()
    copied = [alone[function.__name__](step, 50, **params) for step in range(50)]
    assert copied == [function(step, 50, **params) for step in range(50)]
    assert all(0 <= factor <= 1 for factor in copied)
