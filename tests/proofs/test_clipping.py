"""Clipping: by the norm of all gradients together, and number by number."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_helpers import CLOSE, alone, chosen, refusal, regression

from nnstudio.events import Finished
from nnstudio.plugins import resolve
from nnstudio.project.project import Entry
from nnstudio.train.checkpoint import file_in, load_weights
from nnstudio.train.loop import train

SHAPES = ((4, 3), (4,), (2, 3, 3), ())


def gradients(seed: int, scale: float) -> list[torch.Tensor]:
    random = np.random.default_rng(seed)
    return [torch.from_numpy(np.asarray(scale * random.normal(size=shape))) for shape in SHAPES]


def clip(id: str, given: list[torch.Tensor], **params: Any) -> None:
    """By the function's source alone, as an exported script has it."""
    spec, made = chosen("gradient", id, **params)
    alone(resolve(spec.function))(given, **dict(made))


bounds = st.floats(1e-3, 100)


@pytest.mark.curriculum("O15")
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), bounds)
@settings(max_examples=25, deadline=None)
def test_by_norm(seed: int, scale: float, bound: float) -> None:
    """g ← γ g/‖g‖ if ‖g‖ > γ, ‖g‖ over all weights together."""
    ours, before = gradients(seed, scale), [part.numpy().copy() for part in gradients(seed, scale)]
    clip("nnstudio.clip_norm", ours, max_norm=bound)
    norm = np.sqrt(sum((part**2).sum() for part in before))
    for part, was in zip(ours, before, strict=True):
        np.testing.assert_allclose(part.numpy(), was * bound / norm if norm > bound else was, **CLOSE)


@pytest.mark.curriculum("O15")
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), bounds)
@settings(max_examples=25, deadline=None)
def test_by_norm_is_torchs(seed: int, scale: float, bound: float) -> None:
    """But for the 1e-6 that torch adds to the norm."""
    ours = gradients(seed, scale)
    weights = [torch.nn.Parameter(torch.zeros_like(part)) for part in ours]
    for weight, part in zip(weights, ours, strict=True):
        weight.grad = part.clone()
    torch.nn.utils.clip_grad_norm_(weights, bound)
    clip("nnstudio.clip_norm", ours, max_norm=bound)
    for weight, part in zip(weights, ours, strict=True):
        torch.testing.assert_close(part, weight.grad, rtol=1e-3, atol=1e-9)


@pytest.mark.curriculum("O15")
@given(st.integers(0, 10_000), st.floats(1e-3, 1e3), bounds)
@settings(max_examples=25, deadline=None)
def test_by_value(seed: int, scale: float, bound: float) -> None:
    ours, before = gradients(seed, scale), [part.numpy().copy() for part in gradients(seed, scale)]
    clip("nnstudio.clip_value", ours, clip_value=bound)
    for part, was in zip(ours, before, strict=True):
        np.testing.assert_array_equal(part.numpy(), np.clip(was, -bound, bound))


@pytest.mark.curriculum("O15")
@pytest.mark.parametrize("id", ["nnstudio.clip_norm", "nnstudio.clip_value"])
def test_nothing_stays_nothing_and_what_is_no_number_stays_to_be_found(id: str) -> None:
    zeros = [torch.zeros(3), torch.zeros(2, 2)]
    clip(id, zeros)
    assert not any(part.any() for part in zeros)
    broken = [torch.tensor([1.0, float("nan")]), torch.ones(2)]
    clip(id, broken)
    assert broken[0].isnan().any()


@pytest.mark.curriculum("O15")
def test_in_a_run_no_step_is_longer_than_the_rate_times_the_bound(tmp_path: Any) -> None:
    """Plain SGD from zero, one step on the whole batch, whose gradient is far longer than the bound."""
    random = np.random.default_rng(0)
    project, registry = regression(
        random.normal(size=(20, 3)),
        100 * random.normal(size=(20, 2)),
        optimizer=Entry("torch.sgd", {"lr": 0.1}),
        gradients=(Entry("nnstudio.clip_norm", {"max_norm": 0.5}),),
        batch_size=0,
        epochs=1,
    )
    last = list(train(project, registry, folder=tmp_path))[-1]
    assert isinstance(last, Finished), last
    weights = load_weights(file_in(tmp_path)).values()
    assert torch.cat([value.flatten() for value in weights]).norm().item() == pytest.approx(0.1 * 0.5, rel=1e-5)


@pytest.mark.parametrize("bound", [0.0, -1.0, float("nan"), float("inf")])
def test_bad_bounds_are_named(bound: float) -> None:
    assert f"max_norm is {bound}" in refusal("gradient", "nnstudio.clip_norm", max_norm=bound)
    assert f"clip_value is {bound}" in refusal("gradient", "nnstudio.clip_value", clip_value=bound)
