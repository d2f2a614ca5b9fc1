"""Normalization layers against their definitions in NumPy float64, to 1e-10, on random problems; batch norm's Algorithms 1 and 2 with the
paper's gradient; and its invariance to the scale of the weights (N5)."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from nnstudio import plugins
from nnstudio.params import validate
from nnstudio.plugins import resolve

REGISTRY = plugins.load(safe_mode=True).registry
Floats = np.ndarray[Any, np.dtype[np.float64]]


def layer(id: str, shape: tuple[int, ...], **params: Any) -> nn.Module:
    """The module that a node of the type `id` becomes for inputs of `shape`, in float64."""
    spec = REGISTRY.layers[id]
    chosen, problems = validate(spec.params, params, owner=spec.title)
    assert chosen is not None, problems
    arguments = dict(spec.arguments(chosen, [shape]) if spec.arguments else chosen)
    arguments |= {name: infer([shape], chosen) for name, infer in spec.infer.items()}
    return resolve(spec.module)(**arguments).double()


def problem(shape: tuple[int, ...], seed: int, module: nn.Module) -> tuple[torch.Tensor, Floats, Floats]:
    """Inputs far from standard, and γ, β that are not 1 and 0 (as they stand along the channels or last axes)."""
    random = np.random.default_rng(seed)
    x = torch.tensor(random.normal(random.normal(0, 3), random.uniform(0.1, 5), shape), requires_grad=True)
    gamma, beta = np.ones(1), np.zeros(1)
    with torch.no_grad():
        if getattr(module, "weight", None) is not None:
            gamma = random.normal(1, 0.5, module.weight.shape)
            module.weight.copy_(torch.tensor(gamma))
        if getattr(module, "bias", None) is not None:
            beta = random.normal(0, 0.5, module.bias.shape)
            module.bias.copy_(torch.tensor(beta))
    return x, gamma, beta


def along(values: Floats, axes: int) -> Floats:
    """Per-channel values, to be used on N × C × …"""
    return values.reshape(1, -1, *[1] * (axes - 2))


seeds = st.integers(0, 10_000)
ranks = st.sampled_from(
    [(2, "torch.batch_norm1d"), (3, "torch.batch_norm1d"), (4, "torch.batch_norm2d"), (5, "torch.batch_norm3d")]
)


def shape_of(rank: int, seed: int) -> tuple[int, ...]:
    random = np.random.default_rng(seed)
    return tuple(int(size) for size in random.integers(2, 6, rank))


# ── batch norm ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("N2")
@settings(max_examples=25, deadline=None)
@given(ranks, seeds, st.sampled_from([1e-5, 1e-3, 0.1]))
def test_algorithm_1_in_training(kind: tuple[int, str], seed: int, eps: float) -> None:
    """μ and σ² of the batch over all but the channels, biased; y = γ x̂ + β."""
    rank, id = kind
    shape = shape_of(rank, seed)
    module = layer(id, shape, eps=eps)
    x, gamma, beta = problem(shape, seed, module)
    axes = (0, *range(2, rank))
    values = x.detach().numpy()
    mean, variance = values.mean(axes, keepdims=True), values.var(axes, keepdims=True)
    expected = along(gamma, rank) * (values - mean) / np.sqrt(variance + eps) + along(beta, rank)
    np.testing.assert_allclose(module(x).detach(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.curriculum("N2")
@settings(max_examples=25, deadline=None)
@given(ranks, seeds)
def test_the_gradient_of_the_paper(kind: tuple[int, str], seed: int) -> None:
    """∂ℓ/∂x through x̂, σ² and μ as written in Ioffe & Szegedy 2015, section 3, and ∂ℓ/∂γ, ∂ℓ/∂β."""
    rank, id = kind
    shape, eps = shape_of(rank, seed), 1e-5
    module = layer(id, shape, eps=eps)
    x, gamma, _ = problem(shape, seed, module)
    upstream = np.random.default_rng(seed + 1).normal(size=shape)
    module(x).backward(torch.tensor(upstream))

    axes, values = (0, *range(2, rank)), x.detach().numpy()
    m = values.size // shape[1]
    mean, variance = values.mean(axes, keepdims=True), values.var(axes, keepdims=True)
    root = np.sqrt(variance + eps)
    d_normalized = upstream * along(gamma, rank)
    d_variance = (d_normalized * (values - mean) * -0.5 * root**-3).sum(axes, keepdims=True)
    d_mean = (-d_normalized / root).sum(axes, keepdims=True) + d_variance * (-2 * (values - mean)).mean(
        axes, keepdims=True
    )
    expected = d_normalized / root + d_variance * 2 * (values - mean) / m + d_mean / m
    np.testing.assert_allclose(x.grad, expected, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(module.weight.grad, (upstream * (values - mean) / root).sum(axes), rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(module.bias.grad, upstream.sum(axes), rtol=1e-9, atol=1e-10)


@pytest.mark.curriculum("N2")
@settings(max_examples=25, deadline=None)
@given(ranks, seeds, st.floats(0.0, 1.0))
def test_running_averages_and_inference(kind: tuple[int, str], seed: int, momentum: float) -> None:
    """E ← (1 − m) E + m μ and V ← (1 − m) V + m σ² n/(n − 1), from 0 and 1; at inference they stand for the batch, each sample alone."""
    rank, id = kind
    shape = shape_of(rank, seed)
    module = layer(id, shape, momentum=momentum)
    x, gamma, beta = problem(shape, seed, module)
    axes, n = (0, *range(2, rank)), math.prod(shape) // shape[1]
    mean, variance = np.zeros(shape[1]), np.ones(shape[1])
    for batch in range(3):
        values = x.detach().numpy() * (batch + 1) + batch
        module(torch.tensor(values))
        mean = (1 - momentum) * mean + momentum * values.mean(axes)
        variance = (1 - momentum) * variance + momentum * values.var(axes) * n / (n - 1)
    module.eval()
    values = x.detach().numpy()
    expected = along(gamma / np.sqrt(variance + 1e-5), rank) * (values - along(mean, rank)) + along(beta, rank)
    together = module(x).detach().numpy()
    np.testing.assert_allclose(together, expected, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(module(x[:1]).detach(), together[:1], rtol=1e-12)  # whatever else is in the batch


@pytest.mark.curriculum("N2")
@settings(max_examples=15, deadline=None)
@given(ranks, seeds, st.integers(1, 6))
def test_algorithm_2_with_momentum_left_empty(kind: tuple[int, str], seed: int, batches: int) -> None:
    """E[x] = E_B[μ_B], Var[x] = m/(m − 1) · E_B[σ²_B]: the plain mean over all training batches, as published."""
    rank, id = kind
    shape = shape_of(rank, seed)
    module = layer(id, shape, momentum=None)
    axes, n = (0, *range(2, rank)), math.prod(shape) // shape[1]
    seen = [np.random.default_rng((seed, batch)).normal(batch, 1 + batch, shape) for batch in range(batches)]
    for values in seen:
        module(torch.tensor(values))
    mean = np.mean([values.mean(axes) for values in seen], axis=0)
    variance = n / (n - 1) * np.mean([values.var(axes) for values in seen], axis=0)
    x = seen[0] * 2
    expected = (x - along(mean, rank)) / np.sqrt(along(variance, rank) + 1e-5)
    np.testing.assert_allclose(module.eval()(torch.tensor(x)).detach(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.curriculum("N2")
def test_training_and_inference_differ_on_a_batch_unlike_the_others() -> None:
    module = layer("torch.batch_norm1d", (8, 3))
    x = torch.randn(8, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 5
    trained = module(x)
    assert abs(trained.mean().item()) < 1e-12
    assert module.eval()(x).mean().item() > 1  # running averages have moved by a tenth only


# ── the others ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("N3")
@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), seeds, st.data())
def test_layer_norm_and_rms_norm_over_the_last_axes(rank: int, seed: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, rank - 1), label="axes")
    shape, axes = shape_of(rank, seed), tuple(range(-count, 0))
    norm = layer("torch.layer_norm", shape, axes=count, eps=1e-4)
    x, gamma, beta = problem(shape, seed, norm)
    values = x.detach().numpy()
    mean, variance = values.mean(axes, keepdims=True), values.var(axes, keepdims=True)
    expected = gamma * (values - mean) / np.sqrt(variance + 1e-4) + beta
    np.testing.assert_allclose(norm(x).detach(), expected, rtol=1e-10, atol=1e-10)

    rms = layer("torch.rms_norm", shape, axes=count, eps=1e-4)
    x, gamma, _ = problem(shape, seed, rms)
    values = x.detach().numpy()
    expected = gamma * values / np.sqrt(np.square(values).mean(axes, keepdims=True) + 1e-4)
    np.testing.assert_allclose(rms(x).detach(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.curriculum("N3")
@settings(max_examples=25, deadline=None)
@given(st.integers(1, 3), seeds, st.booleans())
def test_instance_norm_over_the_places_of_each_channel(dimension: int, seed: int, affine: bool) -> None:
    rank = dimension + 2
    shape, axes = shape_of(rank, seed), tuple(range(2, rank))
    module = layer(f"torch.instance_norm{dimension}d", shape, affine=affine)
    x, gamma, beta = problem(shape, seed, module)
    values = x.detach().numpy()
    normalized = (values - values.mean(axes, keepdims=True)) / np.sqrt(values.var(axes, keepdims=True) + 1e-5)
    expected = along(gamma, rank) * normalized + along(beta, rank)
    np.testing.assert_allclose(module(x).detach(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.curriculum("N3")
@settings(max_examples=25, deadline=None)
@given(st.integers(2, 5), seeds, st.integers(1, 4), st.integers(1, 3))
def test_group_norm_over_each_group_of_channels(rank: int, seed: int, groups: int, each: int) -> None:
    shape = (3, groups * each * 2, *shape_of(rank, seed)[2:])
    module = layer("torch.group_norm", shape, num_groups=groups)
    x, gamma, beta = problem(shape, seed, module)
    values = x.detach().numpy()
    grouped = values.reshape(3, groups, -1)
    normalized = (grouped - grouped.mean(2, keepdims=True)) / np.sqrt(grouped.var(2, keepdims=True) + 1e-5)
    expected = along(gamma, rank) * normalized.reshape(shape) + along(beta, rank)
    np.testing.assert_allclose(module(x).detach(), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.curriculum("N3")
def test_one_group_is_all_channels_and_as_many_groups_as_channels_are_instances() -> None:
    x = torch.randn(3, 6, 5, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    one = layer("torch.group_norm", x.shape, num_groups=1)(x)
    np.testing.assert_allclose(one.detach(), layer("torch.layer_norm", x.shape, axes=3)(x).detach(), atol=1e-12)
    six = layer("torch.group_norm", x.shape, num_groups=6)(x)
    np.testing.assert_allclose(six.detach(), layer("torch.instance_norm2d", x.shape)(x).detach(), atol=1e-12)


@pytest.mark.curriculum("N3")
@settings(max_examples=25, deadline=None)
@given(st.integers(3, 5), seeds, st.integers(1, 6), st.floats(0, 5), st.floats(0, 2), st.floats(0.5, 3))
def test_local_response_norm_over_neighbouring_channels(rank, seed, size, alpha, beta, k) -> None:
    shape = (2, 7, *shape_of(rank, seed)[2:])
    module = layer("torch.local_response_norm", shape, size=size, alpha=alpha, beta=beta, k=k)
    x, _, _ = problem(shape, seed, module)
    values = x.detach().numpy()
    expected = np.empty_like(values)
    for channel in range(7):
        first, last = channel - size // 2, channel + (size - 1) // 2
        around = np.square(values[:, max(0, first) : last + 1]).sum(1)
        expected[:, channel] = values[:, channel] / (k + alpha / size * around) ** beta
    np.testing.assert_allclose(module(x).detach(), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.curriculum("N3")
@pytest.mark.parametrize("id", ["torch.layer_norm", "torch.rms_norm", "torch.group_norm"])
def test_each_sample_by_itself_and_the_same_in_training_and_inference(id: str) -> None:
    x = torch.randn(5, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    module = layer(id, x.shape)
    together = module(x)
    assert torch.equal(module.eval()(x), together)
    np.testing.assert_allclose(module(x[2:3]).detach(), together[2:3].detach(), rtol=1e-13)


@pytest.mark.curriculum("N3")
@pytest.mark.parametrize(
    ("id", "params", "words"),
    [
        ("torch.batch_norm2d", {}, "per channel · m 0.1"),
        ("torch.batch_norm2d", {"momentum": None}, "per channel · m mean"),
        ("torch.layer_norm", {"axes": 1}, "per sample, last axis"),
        ("torch.layer_norm", {"axes": 3}, "per sample, last 3 axes"),
        ("torch.instance_norm2d", {}, "per sample, channel"),
        ("torch.group_norm", {"num_groups": 4}, "per sample, 4 groups"),
        ("torch.rms_norm", {}, "per sample, last axis"),
        ("torch.local_response_norm", {}, "5 channels"),
    ],
)
def test_the_node_says_what_its_statistics_are_of(id: str, params: dict[str, Any], words: str) -> None:
    spec = REGISTRY.layers[id]
    assert spec.summary is not None
    assert spec.summary(spec.params(**params)) == words


# ── N5: the scale of the weights ──────────────────────────────────────────────────────────────────────────────────────


def through(weight: torch.Tensor, x: torch.Tensor, wanted: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """(BN(x Wᵀ), the gradient of a loss of it with respect to W)."""
    weight = weight.clone().requires_grad_()
    out = layer("torch.batch_norm1d", (len(x), len(weight)), eps=1e-12)(x @ weight.T)
    (gradient,) = torch.autograd.grad((out - wanted).pow(4).mean(), weight)
    return out.detach(), gradient


def random_problem(seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(seed)
    return tuple(torch.tensor(random.normal(size=size)) for size in ((4, 6), (20, 6), (20, 4)))  # type: ignore[return-value]


@pytest.mark.curriculum("N5")
@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0.1, 50))
def test_the_output_is_invariant_and_the_gradient_is_inverse_to_the_scale(seed: int, a: float) -> None:
    """BN(a W x) = BN(W x), ∂ℓ/∂(aW) = (1/a) ∂ℓ/∂W, and the gradient is at right angles to each unit's weights."""
    weight, x, wanted = random_problem(seed)
    out, gradient = through(weight, x, wanted)
    scaled_out, scaled_gradient = through(a * weight, x, wanted)
    np.testing.assert_allclose(scaled_out, out, rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(scaled_gradient * a, gradient, rtol=1e-6, atol=1e-8)
    assert (gradient * weight).sum(1).abs().max() < 1e-8


@pytest.mark.curriculum("N5")
@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0.2, 5))
def test_the_effective_learning_rate_falls_with_the_square_of_the_norm(seed: int, a: float) -> None:
    """A step of η at a W turns W's direction as a step of η/a² at W does: what counts is η/‖W‖²."""
    weight, x, wanted = random_problem(seed)
    rate = 0.05
    large = a * weight - rate * through(a * weight, x, wanted)[1]
    small = weight - rate / a**2 * through(weight, x, wanted)[1]
    np.testing.assert_allclose(large / a, small, rtol=1e-7, atol=1e-8)


@pytest.mark.curriculum("N5")
def test_without_weight_decay_the_norm_only_grows() -> None:
    """The gradient has no part along W: ‖W‖² grows by η²‖g‖² in every step of plain descent (Pythagoras)."""
    weight, x, wanted = random_problem(1)
    for _ in range(20):
        gradient = through(weight, x, wanted)[1]
        after = weight - 0.1 * gradient
        np.testing.assert_allclose(
            after.square().sum(), weight.square().sum() + 0.01 * gradient.square().sum(), rtol=1e-10
        )
        weight = after


BAD = [
    ("torch.batch_norm2d", "eps", 0.0),
    ("torch.batch_norm2d", "eps", math.nan),
    ("torch.batch_norm1d", "momentum", 1.5),
    ("torch.batch_norm3d", "momentum", -0.1),
    ("torch.layer_norm", "axes", 0),
    ("torch.layer_norm", "eps", -1e-5),
    ("torch.rms_norm", "eps", math.inf),
    ("torch.rms_norm", "axes", 2.5),
    ("torch.group_norm", "num_groups", 0),
    ("torch.instance_norm2d", "eps", "small"),
    ("torch.local_response_norm", "size", 0),
    ("torch.local_response_norm", "alpha", -1.0),
    ("torch.local_response_norm", "beta", 11.0),
    ("torch.local_response_norm", "k", 0.0),
]


@pytest.mark.curriculum("N2", "N3")
@pytest.mark.parametrize(("id", "name", "value"), BAD)
def test_a_bad_value_is_named_with_what_is_allowed(id: str, name: str, value: Any) -> None:
    spec = REGISTRY.layers[id]
    chosen, problems = validate(spec.params, {name: value}, owner=spec.title, node="norm1")
    assert chosen is None
    (problem,) = problems
    assert (problem.node, problem.param) == ("norm1", name)
    assert spec.title in problem.message
    assert name in problem.message
    assert "Allowed:" in problem.remedy or "finite" in f"{problem.message} {problem.remedy}"
