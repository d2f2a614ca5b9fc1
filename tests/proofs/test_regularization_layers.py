"""Dropout and its kin: what they do in training (exact structure, and expectation and variance within five standard errors of their
estimates over 200 000 draws), and that they do nothing at inference. The seeds are fixed."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torch import nn

from nnstudio import plugins
from nnstudio.params import validate
from nnstudio.plugins import resolve

REGISTRY = plugins.load(safe_mode=True).registry
DRAWS = 200_000
SHAPES = {"torch.dropout1d": (4, 5, 6), "torch.dropout2d": (4, 5, 6, 6), "torch.dropout3d": (4, 5, 3, 3, 3)}
SHAPES["torch.feature_alpha_dropout"] = (4, 5, 6, 6)
INVERTED = [
    "torch.dropout",
    *list(SHAPES)[:3],
    "nnstudio.gaussian_dropout",
    "nnstudio.gaussian_noise",
    "nnstudio.stochastic_depth",
]

shares = st.floats(0, 0.9)


def layer(id: str, seed: int = 0, **arguments: Any) -> nn.Module:
    """The module that a node of the type `id` becomes, in float64."""
    spec = REGISTRY.layers[id]
    fields = spec.params.model_fields
    chosen, problems = validate(spec.params, {k: v for k, v in arguments.items() if k in fields}, owner=spec.title)
    assert chosen is not None, problems
    torch.manual_seed(seed)
    return resolve(spec.module)(**{**dict(chosen), **arguments}).double()


def within(sample: np.ndarray, mean: float, errors: float = 5) -> bool:
    """Is the sample's mean its expectation, within `errors` standard errors?"""
    return abs(sample.mean() - mean) <= errors * sample.std() / math.sqrt(len(sample)) + 1e-12


# ── inference ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R6", "R5", "R7")
@pytest.mark.parametrize("id", [*INVERTED, "torch.alpha_dropout", "torch.feature_alpha_dropout"])
def test_at_inference_nothing_happens(id: str) -> None:
    x = torch.randn(SHAPES.get(id, (4, 5)), dtype=torch.float64)
    assert torch.equal(layer(id).eval()(x), x)
    assert not torch.equal(layer(id).train()(x), x)


@pytest.mark.curriculum("R6", "R5", "R7")
@pytest.mark.parametrize("id", [*INVERTED, "torch.alpha_dropout", "nnstudio.test_scaled_dropout"])
def test_none_dropped_is_no_change(id: str) -> None:
    x = torch.randn(SHAPES.get(id, (4, 5)), dtype=torch.float64)
    none = {"std": 0.0} if id == "nnstudio.gaussian_noise" else {"p": 0.0}
    assert torch.equal(layer(id, **none).train()(x), x)


# ── expectation ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R6", "R5", "R7")
@pytest.mark.parametrize("id", INVERTED)
@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_expectation_is_preserved(id: str, p: float) -> None:
    """E[y] = x, over samples and channels of a constant x."""
    shape = (DRAWS, 1, *[1] * (len(SHAPES.get(id, (4, 5))) - 2))
    given = {"std": p} if id == "nnstudio.gaussian_noise" else {"p": p}
    out = layer(id, **given)(torch.full(shape, 3.0, dtype=torch.float64)).numpy().ravel()
    assert within(out, 3.0)


@pytest.mark.curriculum("R6")
@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_inverted_and_test_scaled_dropout_agree_in_expectation(p: float) -> None:
    """Up to the factor 1 − p between the two scales: E[inverted] = x = what it gives at inference, E[classic] = (1 − p) x = what it
    gives at inference. Behind a linear layer the expectations agree as well."""
    x, weight = torch.linspace(-2, 3, 8).double(), torch.linspace(1, 2, 8).double()
    inverted, classic = layer("torch.dropout", p=p), layer("nnstudio.test_scaled_dropout", p=p)
    np.testing.assert_allclose(classic.eval()(x), (1 - p) * inverted.eval()(x), rtol=1e-15)
    samples = x.expand(DRAWS, 8)
    sums = {
        "inverted": (inverted.train()(samples) @ weight).numpy() * (1 - p),
        "classic": (classic.train()(samples) @ weight).numpy(),
    }
    expected = ((1 - p) * x @ weight).item()
    assert within(sums["inverted"], expected)
    assert within(sums["classic"], expected)
    # not in expectation only: times (1 − p) the two have the same distribution
    assert stats.ks_2samp(*(sum[:20_000].round(9) for sum in sums.values())).pvalue > 1e-3


# ── structure ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def binomial(dropped: int, draws: int, p: float) -> bool:
    return stats.binomtest(dropped, draws, p).pvalue > 1e-4


@pytest.mark.curriculum("R6")
@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 0.9), st.integers(0, 1000))
def test_values_are_dropped_or_scaled(p: float, seed: int) -> None:
    x = torch.rand(100, 50, dtype=torch.float64) + 0.5
    inverted = layer("torch.dropout", seed, p=p)(x)
    np.testing.assert_allclose(inverted[inverted != 0], x[inverted != 0] / (1 - p), rtol=1e-12)
    classic = layer("nnstudio.test_scaled_dropout", seed, p=p)(x)
    assert torch.equal(classic[classic != 0], x[classic != 0])
    for out in (inverted, classic):
        assert binomial(int((out == 0).sum()), x.numel(), p)


@pytest.mark.curriculum("R6")
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_spatial_dropout_drops_whole_channels(axes: int) -> None:
    x = torch.rand(40, 50, *[3] * axes, dtype=torch.float64) + 0.5
    kept = (layer(f"torch.dropout{axes}d", p=0.3)(x) != 0).flatten(2)
    assert (kept.all(2) | ~kept.any(2)).all()
    assert binomial(int((~kept.any(2)).sum()), 2000, 0.3)


@pytest.mark.curriculum("R6")
@pytest.mark.parametrize("p", [0.05, 0.1, 0.5])
def test_alpha_dropout_keeps_mean_and_variance_of_standard_inputs(p: float) -> None:
    """Klambauer et al. 2017: dropped values are set to α′ = −λα, then a x + b with a = (q + α′² q (1 − q))^−½, b = −a (1 − q) α′."""
    x = torch.randn(DRAWS, 1, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    out = layer("torch.alpha_dropout", p=p)(x).numpy().ravel()
    q, floor = 1 - p, -1.0507009873554804934193349852946 * 1.6732632423543772848170429916717
    a = (q + floor**2 * q * (1 - q)) ** -0.5
    b = -a * (1 - q) * floor
    dropped = np.isclose(out, a * floor + b, atol=1e-6)
    np.testing.assert_allclose(out[~dropped], a * x.numpy().ravel()[~dropped] + b, rtol=1e-6, atol=1e-6)
    assert binomial(int(dropped.sum()), DRAWS, p)
    assert within(out, 0.0)
    assert within(out**2, 1.0)


@pytest.mark.curriculum("R6")
def test_feature_alpha_dropout_drops_whole_channels() -> None:
    x = torch.rand(40, 50, 3, 3, dtype=torch.float64)
    out = layer("torch.feature_alpha_dropout", p=0.3)(x).flatten(2)
    flat = (out - out[:, :, :1]).abs().amax(2) < 1e-12
    assert binomial(int(flat.sum()), 2000, 0.3)


@pytest.mark.curriculum("R5")
@pytest.mark.parametrize("std", [0.05, 1.0, 20.0])
def test_gaussian_noise_is_added(std: float) -> None:
    x = torch.linspace(-5, 5, DRAWS, dtype=torch.float64)
    noise = (layer("nnstudio.gaussian_noise", std=std)(x) - x).numpy()
    assert stats.kstest(noise, stats.norm(0, std).cdf).pvalue > 1e-3


@pytest.mark.curriculum("R5")
@pytest.mark.parametrize("p", [0.1, 0.5])
def test_gaussian_dropout_multiplies_with_the_variance_of_dropout(p: float) -> None:
    x = torch.linspace(1, 5, DRAWS, dtype=torch.float64)
    factor = (layer("nnstudio.gaussian_dropout", p=p)(x) / x).numpy()
    assert stats.kstest(factor, stats.norm(1, math.sqrt(p / (1 - p))).cdf).pvalue > 1e-3
    dropped = (layer("torch.dropout", p=p)(x) / x).numpy()
    assert abs(factor.var() - dropped.var()) < 0.02 * dropped.var()


@pytest.mark.curriculum("R5")
@settings(max_examples=15, deadline=None)
@given(st.floats(0.01, 1.0), st.integers(0, 1000))
def test_noise_on_the_inputs_of_a_line_is_weight_decay(std: float, seed: int) -> None:
    """E (w·(x + n) − t)² = (w·x − t)² + σ² ‖w‖²  (Bishop 1995), exact for a linear model."""
    random = np.random.default_rng(seed)
    w, x, t = random.normal(size=5), random.normal(size=5), random.normal()
    noisy = layer("nnstudio.gaussian_noise", seed, std=std)(torch.tensor(x).expand(50_000, 5)).numpy()
    assert within((noisy @ w - t) ** 2, (w @ x - t) ** 2 + std**2 * w @ w, errors=5)


# ── weights and branches ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R7")
@settings(max_examples=20, deadline=None)
@given(shares, st.integers(0, 1000), st.booleans(), st.sampled_from([(6, 4), (3, 5, 4)]))
def test_drop_connect_drops_weights(p: float, seed: int, per_sample: bool, shape: tuple[int, ...]) -> None:
    """With the same draws in NumPy: y = x (M ⊙ W)ᵀ / (1 − p) + b; at inference y = x Wᵀ + b."""
    module = layer("nnstudio.drop_connect", seed, in_features=4, out_features=7, p=p, per_sample=per_sample)
    x = torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))
    weight, bias = module.weight.detach(), module.bias.detach().numpy()
    torch.manual_seed(seed)
    ones = torch.ones(shape[0], 7, 4, dtype=torch.float64) if per_sample else torch.ones(7, 4, dtype=torch.float64)
    mask = (nn.functional.dropout(ones, p) != 0).numpy()
    masked = np.broadcast_to(mask * weight.numpy() / (1 - p), (shape[0], 7, 4))
    torch.manual_seed(seed)
    expected = np.stack([each @ kept.T + bias for each, kept in zip(x.numpy(), masked, strict=True)])
    np.testing.assert_allclose(module(x).detach(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(module.eval()(x).detach(), x.numpy() @ weight.numpy().T + bias, rtol=1e-12, atol=1e-12)


@pytest.mark.curriculum("R7")
@pytest.mark.parametrize("bias", [True, False])
def test_drop_connect_preserves_the_expectation_and_has_a_mask_for_each_sample_as_asked(bias: bool) -> None:
    module = layer("nnstudio.drop_connect", in_features=3, out_features=2, p=0.4, bias=bias, per_sample=True)
    x = torch.tensor([[1.0, -2.0, 0.5]], dtype=torch.float64)
    out = module(x.expand(DRAWS, 3)).detach().numpy()
    for unit in range(2):
        assert within(out[:, unit], module.eval()(x)[0, unit].item())
    assert len(np.unique(out[:, 0].round(9))) == 8  # every mask of three weights
    module.train().per_sample = False
    assert len(np.unique(module(x.expand(1000, 3)).detach().numpy()[:, 0])) == 1


@pytest.mark.curriculum("R7")
@settings(max_examples=20, deadline=None)
@given(st.floats(0.01, 0.9), st.integers(0, 1000), st.sampled_from([(2000, 3), (2000, 2, 2), (2000, 2, 2, 2)]))
def test_stochastic_depth_drops_the_branch_for_whole_samples(p: float, seed: int, shape: tuple[int, ...]) -> None:
    x = torch.rand(shape, dtype=torch.float64) + 0.5
    out = layer("nnstudio.stochastic_depth", seed, p=p)(x)
    kept = (out != 0).flatten(1)
    assert (kept.all(1) | ~kept.any(1)).all()
    np.testing.assert_allclose(out[kept.all(1)], x[kept.all(1)] / (1 - p), rtol=1e-12)
    assert binomial(int((~kept.any(1)).sum()), 2000, p)


@pytest.mark.curriculum("R7")
def test_a_residual_network_of_dropped_branches_has_its_expected_depth() -> None:
    """x + drop(f(x)) repeated: of L branches (1 − p) L are there on average, and the rest passes unchanged."""
    drop = layer("nnstudio.stochastic_depth", p=0.3)
    depth = torch.zeros(20_000, 1, dtype=torch.float64)
    for _ in range(10):
        depth = depth + drop(torch.ones_like(depth)) * (1 - 0.3)
    assert within(depth.numpy().ravel(), 7.0)


@pytest.mark.parametrize("id", [*INVERTED, "nnstudio.test_scaled_dropout", "nnstudio.drop_connect"])
def test_the_same_seed_gives_the_same_noise(id: str) -> None:
    sizes = {"in_features": 5, "out_features": 3} if id == "nnstudio.drop_connect" else {}
    x = torch.ones(SHAPES.get(id, (4, 5)), dtype=torch.float64)
    one, two = (layer(id, 3, **sizes)(x) for _ in range(2))
    assert torch.equal(one, two)


@pytest.mark.parametrize(
    "id", sorted(spec.id for spec in REGISTRY.layers.values() if "regularization.modules" in spec.module)
)
def test_what_the_printed_module_says(id: str) -> None:
    sizes = {"in_features": 5, "out_features": 3} if id == "nnstudio.drop_connect" else {}
    said = "std=0.25" if id == "nnstudio.gaussian_noise" else "p=0.25"
    assert said in repr(layer(id, **sizes, **{said.split("=")[0]: 0.25}))


# ── targets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R5")
@settings(max_examples=25, deadline=None)
@given(st.floats(0, 0.99), st.integers(0, 1000), st.integers(2, 6))
def test_label_smoothing_spreads_a_share_of_the_target(smoothing: float, seed: int, classes: int) -> None:
    """t′ = (1 − s) one-hot + s / K; J = −Σ t′ log softmax(x), the mean over the samples."""
    random = np.random.default_rng(seed)
    scores, labels = random.normal(size=(7, classes)), random.integers(0, classes, 7)
    log_shares = scores - np.log(np.exp(scores).sum(1, keepdims=True))
    target = (1 - smoothing) * np.eye(classes)[labels] + smoothing / classes
    template = REGISTRY.layers["torch.cross_entropy"].call.replace("{*}", f", label_smoothing={smoothing!r}")
    call = template.format(input="scores", target="labels")
    value = eval(call, {"F": nn.functional, "scores": torch.tensor(scores), "labels": torch.tensor(labels)})
    assert value.item() == pytest.approx(-(target * log_shares).sum(1).mean(), rel=1e-10)


BAD = [
    ("torch.dropout", "p", 1.0),
    ("torch.dropout", "p", -0.1),
    ("torch.dropout", "p", math.nan),
    ("torch.dropout2d", "p", 2.0),
    ("torch.alpha_dropout", "p", 1.0),
    ("nnstudio.test_scaled_dropout", "p", 1.0),
    ("nnstudio.gaussian_noise", "std", -1.0),
    ("nnstudio.gaussian_noise", "std", math.inf),
    ("nnstudio.gaussian_dropout", "p", 1.0),
    ("nnstudio.drop_connect", "p", 1.5),
    ("nnstudio.drop_connect", "out_features", 0),
    ("nnstudio.stochastic_depth", "p", "often"),
    ("torch.cross_entropy", "label_smoothing", 1.0),
]


@pytest.mark.curriculum("R5", "R6", "R7")
@pytest.mark.parametrize(("id", "name", "value"), BAD)
def test_a_bad_value_is_named_with_what_is_allowed(id: str, name: str, value: Any) -> None:
    spec = REGISTRY.layers[id]
    chosen, problems = validate(spec.params, {name: value}, owner=spec.title, node="drop1")
    assert chosen is None
    (problem,) = problems
    assert (problem.node, problem.param) == ("drop1", name)
    assert spec.title in problem.message
    assert name in problem.message
    assert "Allowed:" in problem.remedy or "finite" in f"{problem.message} {problem.remedy}"
