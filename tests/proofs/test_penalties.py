"""Penalties on the weights, on a node's values, and what they mean: value and gradient against NumPy float64, L2 beside weight decay,
L1's soft threshold, L2 as a Gaussian prior."""

import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio import plugins
from nnstudio.params import validate
from nnstudio.plugins import resolve

REGISTRY = plugins.load(safe_mode=True).registry
Floats = np.ndarray[Any, np.dtype[np.float64]]

seeds = st.integers(0, 10_000)
strengths = st.floats(1e-8, 10)


def penalty(id: str, **params: Any) -> Callable[[Any], torch.Tensor]:
    spec = REGISTRY.regularizers[id]
    chosen, problems = validate(spec.params, params, owner=spec.title)
    assert chosen is not None, problems
    return lambda weights: resolve(spec.penalty)(weights, **dict(chosen))


def drawn(seed: int) -> list[torch.Tensor]:
    random = np.random.default_rng(seed)
    shapes = [(3, 4), (2, 3, 2, 2), (5, 1)][: 1 + seed % 3]
    return [torch.tensor(random.normal(size=shape), requires_grad=True) for shape in shapes]


def arrays(weights: list[torch.Tensor]) -> list[Floats]:
    return [weight.detach().numpy() for weight in weights]


def agrees(value: torch.Tensor, expected: float, weights: list[torch.Tensor], gradients: list[Floats]) -> None:
    np.testing.assert_allclose(value.item(), expected, rtol=1e-12)
    for weight, gradient in zip(torch.autograd.grad(value, weights), gradients, strict=True):
        np.testing.assert_allclose(weight, gradient, rtol=1e-10, atol=1e-12)


# ── the definitions ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R1")
@settings(max_examples=25, deadline=None)
@given(seeds, strengths)
def test_l2(seed: int, strength: float) -> None:
    weights = drawn(seed)
    expected = strength / 2 * sum(np.square(w).sum() for w in arrays(weights))
    agrees(
        penalty("nnstudio.l2", strength=strength)(weights), expected, weights, [strength * w for w in arrays(weights)]
    )


@pytest.mark.curriculum("R2")
@settings(max_examples=25, deadline=None)
@given(seeds, strengths)
def test_l1(seed: int, strength: float) -> None:
    weights = drawn(seed)
    expected = strength * sum(np.abs(w).sum() for w in arrays(weights))
    agrees(
        penalty("nnstudio.l1", strength=strength)(weights),
        expected,
        weights,
        [strength * np.sign(w) for w in arrays(weights)],
    )


@pytest.mark.curriculum("R2")
@settings(max_examples=25, deadline=None)
@given(seeds, strengths, st.floats(0, 1))
def test_elastic_net(seed: int, strength: float, ratio: float) -> None:
    weights = drawn(seed)
    expected = sum(strength * (ratio * np.abs(w).sum() + (1 - ratio) / 2 * np.square(w).sum()) for w in arrays(weights))
    gradients = [strength * (ratio * np.sign(w) + (1 - ratio) * w) for w in arrays(weights)]
    agrees(penalty("nnstudio.elastic_net", strength=strength, l1_ratio=ratio)(weights), expected, weights, gradients)


@pytest.mark.curriculum("R2")
def test_elastic_net_is_l2_at_one_end_and_l1_at_the_other() -> None:
    weights = drawn(2)
    for ratio, id in ((0.0, "nnstudio.l2"), (1.0, "nnstudio.l1")):
        value = penalty("nnstudio.elastic_net", strength=0.3, l1_ratio=ratio)(weights)
        assert value.item() == pytest.approx(penalty(id, strength=0.3)(weights).item(), rel=1e-14)


@pytest.mark.curriculum("R2")
@settings(max_examples=25, deadline=None)
@given(seeds, strengths)
def test_group_lasso(seed: int, strength: float) -> None:
    weights = drawn(seed)
    expected, gradients = 0.0, []
    for w in arrays(weights):
        units = w.reshape(len(w), -1)
        norms = np.sqrt(np.square(units).sum(1, keepdims=True))
        expected += strength * math.sqrt(units.shape[1]) * norms.sum()
        gradients.append((strength * math.sqrt(units.shape[1]) * units / norms).reshape(w.shape))
    agrees(penalty("nnstudio.group_lasso", strength=strength)(weights), expected, weights, gradients)


@pytest.mark.curriculum("R1")
@settings(max_examples=25, deadline=None)
@given(seeds, strengths)
def test_orthogonality(seed: int, strength: float) -> None:
    weights = drawn(seed)
    expected, gradients = 0.0, []
    for w in arrays(weights):
        units = w.reshape(len(w), -1)
        if len(units) <= units.shape[1]:
            gram = units @ units.T - np.eye(len(units))
            gradient = 4 * gram @ units
        else:
            gram = units.T @ units - np.eye(units.shape[1])
            gradient = 4 * units @ gram
        expected += strength * np.square(gram).sum()
        gradients.append(strength * gradient.reshape(w.shape))
    agrees(penalty("nnstudio.orthogonality", strength=strength)(weights), expected, weights, gradients)


@pytest.mark.curriculum("R1")
@pytest.mark.parametrize("id", [id for id in sorted(REGISTRY.regularizers) if not REGISTRY.regularizers[id].named])
def test_all_zero_weights_have_finite_gradients(id: str) -> None:
    weights = [torch.zeros(3, 4, requires_grad=True)]
    (gradient,) = torch.autograd.grad(penalty(id)(weights), weights)
    assert torch.isfinite(gradient).all()


# ── tying ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def network(seed: int) -> dict[str, torch.Tensor]:
    random = np.random.default_rng(seed)
    shapes = {"fc1.weight": (3, 4), "fc10.weight": (3, 4), "fc2.weight": (5, 3), "conv.weight": (3, 4, 1)}
    shapes |= {f"{name}.weight_{kind}_l0": (4, 4) for name in ("rnn1", "rnn2") for kind in ("ih", "hh")}
    return {name: torch.tensor(random.normal(size=shape), requires_grad=True) for name, shape in shapes.items()}


@pytest.mark.curriculum("R3")
@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        ("fc1", "fc10", [("fc1.weight", "fc10.weight")]),
        ("fc1.weight", "fc10.weight", [("fc1.weight", "fc10.weight")]),
        ("rnn1", "rnn2", [("rnn1.weight_ih_l0", "rnn2.weight_ih_l0"), ("rnn1.weight_hh_l0", "rnn2.weight_hh_l0")]),
        ("rnn1.weight_ih_l0", "rnn1.weight_hh_l0", [("rnn1.weight_ih_l0", "rnn1.weight_hh_l0")]),
    ],
)
@settings(max_examples=10, deadline=None)
@given(seeds, strengths)
def test_tying_is_half_lambda_times_the_squared_distance(a, b, pairs, seed: int, strength: float) -> None:
    named = network(seed)
    value = penalty("nnstudio.tying", a=a, b=b, strength=strength)(named)
    tied = [name for pair in pairs for name in pair]
    values = {name: weight.detach().numpy() for name, weight in named.items()}
    expected = strength / 2 * sum(np.square(values[one] - values[two]).sum() for one, two in pairs)
    gradients = [sign * strength * (values[one] - values[two]) for one, two in pairs for sign in (1, -1)]
    agrees(value, expected, [named[name] for name in tied], gradients)
    assert torch.autograd.grad(penalty("nnstudio.tying", a=a, b=b)(named), named["fc2.weight"], allow_unused=True) == (
        None,
    )


@pytest.mark.curriculum("R3")
def test_descent_brings_tied_weights_together_and_a_shared_tensor_is_one() -> None:
    named = network(0)
    tie = penalty("nnstudio.tying", a="fc1", b="fc10", strength=1.0)
    middle = ((named["fc1.weight"] + named["fc10.weight"]) / 2).detach().numpy()
    optimizer = torch.optim.SGD([named["fc1.weight"], named["fc10.weight"]], lr=0.2)
    for _ in range(100):
        optimizer.zero_grad()
        tie(named).backward()
        optimizer.step()
    for name in ("fc1.weight", "fc10.weight"):
        np.testing.assert_allclose(named[name].detach(), middle, atol=1e-10)
    named["fc10.weight"] = named["fc1.weight"]
    assert tie(named).item() == 0.0


@pytest.mark.curriculum("R3")
@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (
            "fc3",
            "fc1",
            "there is no weight, and no layer with weights, named 'fc3'; there are: fc1.weight, fc10.weight",
        ),
        ("fc1", "fc", "named 'fc'"),
        ("fc1", "fc2", "the weights of 'fc1' and 'fc2' differ in shape: 3×4 and 5×3"),
        ("fc1", "conv", "differ in shape: 3×4 and 3×4×1"),
        ("fc1", "rnn1", "'fc1' and 'rnn1' have differently named weights"),
    ],
)
def test_names_or_shapes_that_do_not_fit_are_refused(a: str, b: str, words: str) -> None:
    with pytest.raises(ValueError, match=words.replace("(", r"\(")):
        penalty("nnstudio.tying", a=a, b=b)(network(0))


# ── L2 and weight decay ───────────────────────────────────────────────────────────────────────────────────────────────


def descended(make: Callable[..., torch.optim.Optimizer], strength: float, steps: int = 20, **more: Any) -> Floats:
    """Twenty steps on the mean of (X w − t)² with an L2 penalty of `strength`."""
    random = np.random.default_rng(5)
    x, t = torch.tensor(random.normal(size=(30, 4))), torch.tensor(random.normal(size=(30, 1)))
    weight = torch.tensor(random.normal(size=(1, 4)), requires_grad=True)
    optimizer = make([weight], **more)
    l2 = penalty("nnstudio.l2", strength=strength)
    for _ in range(steps):
        optimizer.zero_grad()
        ((x @ weight.T - t).square().mean() + l2([weight])).backward()
        optimizer.step()
    return weight.detach().numpy()


@pytest.mark.curriculum("R1")
@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.floats(1e-4, 0.1), st.floats(0, 0.95))
def test_l2_is_weight_decay_for_plain_descent(strength: float, rate: float, momentum: float) -> None:
    """w ← (1 − ηλ) w − η g, and with momentum when the decay goes through it."""
    with_penalty = descended(torch.optim.SGD, strength, lr=rate, momentum=momentum)
    decayed = descended(torch.optim.SGD, 0.0, lr=rate, momentum=momentum, weight_decay=strength)
    np.testing.assert_allclose(with_penalty, decayed, rtol=1e-10, atol=1e-12)


@pytest.mark.curriculum("R1")
@settings(max_examples=15, deadline=None)
@given(seeds, st.floats(0, 1), st.floats(1e-4, 0.1))
def test_l2_with_plain_descent_written_out(seed: int, strength: float, rate: float) -> None:
    random = np.random.default_rng(seed)
    w, a = random.normal(size=(2, 3)), random.normal(size=(2, 3))
    weight = torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=rate)
    for _ in range(10):
        optimizer.zero_grad()
        ((weight - torch.tensor(a)).pow(4).sum() / 4 + penalty("nnstudio.l2", strength=strength)([weight])).backward()
        optimizer.step()
        w = (1 - rate * strength) * w - rate * (w - a) ** 3
    np.testing.assert_allclose(weight.detach(), w, rtol=1e-10, atol=1e-12)


@pytest.mark.curriculum("R1")
def test_for_adam_they_differ_as_loshchilov_and_hutter_say() -> None:
    """Adam divides the penalty's gradient by √v̂ with the loss's: on a steep loss L2 hardly shrinks the weights, decoupled decay does."""
    rate, decay = 0.01, 0.1
    coupled = descended(torch.optim.Adam, decay, lr=rate)
    np.testing.assert_allclose(coupled, descended(torch.optim.Adam, 0.0, lr=rate, weight_decay=decay), rtol=1e-10)
    decoupled = descended(torch.optim.AdamW, 0.0, lr=rate, weight_decay=decay)
    assert np.abs(coupled - decoupled).max() > 1e-3

    def first_step(scale: float, optimizer: Any, strength: float, **more: Any) -> float:
        """How far one step on scale · w moves w = 1 beyond where it goes without any penalty or decay."""
        moved: list[float] = []
        for share in (1.0, 0.0):
            weight = torch.ones(1, 1, dtype=torch.float64, requires_grad=True)
            made = optimizer([weight], lr=rate, **{name: share * value for name, value in more.items()})
            (scale * weight.sum() + penalty("nnstudio.l2", strength=share * strength)([weight])).backward()
            made.step()
            moved.append(weight.item())
        return moved[1] - moved[0]

    for scale in (1.0, 100.0):
        assert first_step(scale, torch.optim.AdamW, 0.0, weight_decay=decay) == pytest.approx(rate * decay, rel=1e-9)
        assert abs(first_step(scale, torch.optim.Adam, decay)) < 1e-8  # m̂/√v̂ is 1 whatever is added to the gradient
        assert first_step(scale, torch.optim.SGD, decay) == pytest.approx(rate * decay, rel=1e-9)


# ── L1's zeros ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R2")
@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0.01, 2), st.floats(0.1, 5))
def test_the_minimum_under_l1_is_the_soft_threshold(seed: int, strength: float, h: float) -> None:
    """min (h/2)(w − a)² + λ|w| is sgn(a) max(|a| − λ/h, 0): there the gradient vanishes, or |g| ≤ λ at 0 (Goodfellow et al. 2016, 7.1.2)."""
    a = np.random.default_rng(seed).normal(size=(1, 20))
    best = np.sign(a) * np.maximum(np.abs(a) - strength / h, 0)
    weight = torch.tensor(best, requires_grad=True)
    loss = (h / 2 * (weight - torch.tensor(a)).square()).sum()
    (smooth,) = torch.autograd.grad(loss, weight)
    (total,) = torch.autograd.grad(penalty("nnstudio.l1", strength=strength)([weight]), weight)
    zero = best == 0
    np.testing.assert_allclose((smooth + total)[~zero], 0, atol=1e-10)
    assert (smooth[zero].abs() <= strength + 1e-10).all()


@pytest.mark.curriculum("R2")
def test_a_step_under_l1_is_the_gradients_and_the_signs() -> None:
    """w ← w − η g − ηλ sgn(w), and nothing pulls at a weight of 0."""
    w = np.array([[2.0, -0.5, 0.0]])
    weight = torch.tensor(w, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    ((3 * weight).sum() + penalty("nnstudio.l1", strength=0.5)([weight])).backward()
    optimizer.step()
    np.testing.assert_allclose(weight.detach(), w - 0.1 * 3 - 0.1 * 0.5 * np.sign(w), rtol=1e-14)


# ── the MAP view ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R11")
@settings(max_examples=25, deadline=None)
@given(seeds, st.floats(0.01, 10), st.integers(5, 30))
def test_l2_is_the_prior_of_the_most_probable_weights(seed: int, strength: float, samples: int) -> None:
    """With t ~ N(X w, 1) and the prior w ~ N(0, 1/λ): −log p(w | data) is ½ Σ (X w − t)² + (λ/2) ‖w‖² but for a constant, and its
    minimum (XᵀX + λ I)⁻¹ Xᵀ t is where the gradient of loss and penalty vanishes. For the mean loss the prior is N(0, 1/(N λ))."""
    random = np.random.default_rng(seed)
    x, t, other = random.normal(size=(samples, 4)), random.normal(size=(samples, 1)), random.normal(size=(1, 4))

    def objective(weight: torch.Tensor, *, mean: bool) -> torch.Tensor:
        errors = (torch.tensor(x) @ weight.T - torch.tensor(t)).square() / 2
        return (errors.mean() if mean else errors.sum()) + penalty("nnstudio.l2", strength=strength)([weight])

    def surprise(w: Floats, precision: float) -> float:
        likelihood = -0.5 * np.square(x @ w.T - t).sum() - samples / 2 * math.log(2 * math.pi)
        prior = -0.5 * precision * np.square(w).sum() - w.size / 2 * math.log(2 * math.pi / precision)
        return -(likelihood + prior)

    for mean, precision in ((False, strength), (True, samples * strength)):
        most_probable = np.linalg.solve(x.T @ x + precision * np.eye(4), x.T @ t).T
        weight = torch.tensor(most_probable, requires_grad=True)
        (gradient,) = torch.autograd.grad(objective(weight, mean=mean), weight)
        np.testing.assert_allclose(gradient, 0, atol=1e-10 * samples)
        times = samples if mean else 1
        said = times * (objective(torch.tensor(other), mean=mean) - objective(weight.detach(), mean=mean)).item()
        assert said == pytest.approx(surprise(other, precision) - surprise(most_probable, precision), rel=1e-8)


# ── a node's values ───────────────────────────────────────────────────────────────────────────────────────────────────


def activity(kind: str, values: torch.Tensor, **params: float) -> torch.Tensor:
    spec = REGISTRY.layers[f"nnstudio.activity_{kind}"]
    assert ([port.name for port in spec.inputs], spec.target) == (["input"], "none")
    chosen, problems = validate(spec.params, params, owner=spec.title)
    assert chosen is not None, problems
    text = spec.call.format(input="values", **spec.arguments(chosen, [tuple(values.shape)]))
    return eval(text, {"torch": torch, "F": F, "values": values})


@pytest.mark.curriculum("R4")
@settings(max_examples=25, deadline=None)
@given(seeds, strengths, st.sampled_from([(6, 5), (4, 3, 2, 2), (3, 4, 2)]))
def test_activity_penalties(seed: int, strength: float, shape: tuple[int, ...]) -> None:
    """α Ω(h), Ω(h) = Σ_j |h_j| or ½ Σ_j h_j², the mean over the samples."""
    h = torch.tensor(np.random.default_rng(seed).normal(size=shape), requires_grad=True)
    (values,) = arrays([h])
    each = strength / len(values)
    agrees(activity("l1", h, strength=strength), each * np.abs(values).sum(), [h], [each * np.sign(values)])
    agrees(activity("l2", h, strength=strength), each / 2 * np.square(values).sum(), [h], [each * values])


@pytest.mark.curriculum("R4")
@settings(max_examples=25, deadline=None)
@given(seeds, strengths, st.floats(0.01, 0.99), st.sampled_from([(6, 5), (4, 3, 2, 2)]))
def test_activity_kl(seed: int, strength: float, rho: float, shape: tuple[int, ...]) -> None:
    """α Σ_j KL(ρ ‖ ρ̂_j), ρ̂_j the unit's mean over the batch; its gradient α (−ρ/ρ̂ + (1 − ρ)/(1 − ρ̂)) / N."""
    h = torch.tensor(np.random.default_rng(seed).uniform(0.02, 0.98, shape), requires_grad=True)
    mean = h.detach().numpy().mean(0)
    value = strength * (rho * np.log(rho / mean) + (1 - rho) * np.log((1 - rho) / (1 - mean))).sum()
    slope = strength * (-rho / mean + (1 - rho) / (1 - mean)) / shape[0]
    said = activity("kl", h, strength=strength, rho=rho)
    np.testing.assert_allclose(said.item(), value, rtol=1e-9, atol=1e-13)
    (gradient,) = torch.autograd.grad(said, h)
    np.testing.assert_allclose(gradient, np.broadcast_to(slope, shape), rtol=1e-9, atol=1e-12)


@pytest.mark.curriculum("R4")
def test_activity_kl_is_zero_where_units_are_as_active_as_wanted_and_finite_where_they_never_are() -> None:
    assert activity("kl", torch.full((4, 3), 0.05, dtype=torch.float64), rho=0.05).item() == pytest.approx(0, abs=1e-15)
    for extreme in (0.0, 1.0):
        assert math.isfinite(activity("kl", torch.full((4, 3), extreme)).item())


# ── all of them ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("id", sorted(REGISTRY.regularizers))
def test_a_penaltys_source_stands_alone(id: str) -> None:
    function = resolve(REGISTRY.regularizers[id].penalty)
    namespace: dict[str, object] = {"torch": torch}
    exec(inspect.getsource(function), namespace)
    named = REGISTRY.regularizers[id].named
    params = {"a": "fc1", "b": "fc10"} if named else {"l1_ratio": 0.3} if id == "nnstudio.elastic_net" else {}
    given = network(0) if named else drawn(2)
    assert namespace[function.__name__](given, strength=0.5, **params) == function(given, strength=0.5, **params)


TYING = {"a": "fc1", "b": "fc2"}
BAD = [
    ("regularizer", "nnstudio.l1", {"strength": -1.0}, "strength"),
    ("regularizer", "nnstudio.l2", {"strength": math.nan}, "strength"),
    ("regularizer", "nnstudio.l2", {"strength": math.inf}, "strength"),
    ("regularizer", "nnstudio.l2", {"strength": 101.0}, "strength is 101.0"),
    ("regularizer", "nnstudio.elastic_net", {"l1_ratio": 1.5}, "l1_ratio is 1.5"),
    ("regularizer", "nnstudio.group_lasso", {"strength": "some"}, "strength"),
    ("regularizer", "nnstudio.orthogonality", {"strength": -0.1}, "strength"),
    ("regularizer", "nnstudio.tying", {}, "'a'"),
    ("regularizer", "nnstudio.tying", {"a": "", "b": "fc1"}, "a is ''"),
    ("regularizer", "nnstudio.tying", {"a": "fc1", "b": "fc1"}, "a and b are both 'fc1'"),
    ("regularizer", "nnstudio.tying", TYING | {"strength": -1.0}, "strength"),
    ("layer", "nnstudio.activity_l1", {"strength": -1.0}, "strength"),
    ("layer", "nnstudio.activity_kl", {"rho": 0.0}, "rho is 0.0"),
    ("layer", "nnstudio.activity_kl", {"rho": 1.0}, "rho"),
]


@pytest.mark.curriculum("R1", "R2", "R3", "R4")
@pytest.mark.parametrize(("kind", "id", "params", "words"), BAD)
def test_a_bad_value_is_named(kind: str, id: str, params: dict[str, Any], words: str) -> None:
    spec = REGISTRY.get(kind, id)
    chosen, problems = validate(spec.params, params, owner=spec.title, place="recipe")
    assert chosen is None
    assert spec.title in problems[0].message
    assert words in problems[0].message
