"""Every optimizer's iterates against its definition, written out in NumPy float64."""

import inspect
from collections.abc import Callable, Iterator
from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from train_helpers import bundled

from nnstudio.params import validate
from nnstudio.plugins import resolve
from nnstudio.project.project import Entry
from nnstudio.train import recipe

STEPS = 25
CLOSE = {"rtol": 1e-10, "atol": 1e-10}
Gradient = Callable[[np.ndarray], np.ndarray]


class Bowl:
    """f(θ) = ½ (θ − c)ᵀ A (θ − c) with a random symmetric positive A: gradient A(θ − c)."""

    def __init__(self, seed: int, size: int) -> None:
        random = np.random.default_rng(seed)
        factor = random.normal(size=(size, size))
        self.curvature = factor @ factor.T / size + 0.1 * np.eye(size)
        self.centre = random.normal(size=size)
        self.start = random.normal(size=size)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        return self.curvature @ (theta - self.centre)


def iterates(type: str, params: dict[str, object], bowl: Bowl) -> np.ndarray:
    """θ₁ … θ_STEPS as the installed optimizer, made from the recipe's entry, takes them."""

    class Theta(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.theta = torch.nn.Parameter(torch.from_numpy(bowl.start.copy()))

    module = Theta()
    optimizer = recipe.optimizer(module, Entry(type, params), bundled())
    curvature, centre = torch.from_numpy(bowl.curvature), torch.from_numpy(bowl.centre)
    path = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        away = module.theta - centre
        (0.5 * away @ curvature @ away).backward()
        optimizer.step()
        path.append(module.theta.detach().numpy().copy())
    return np.array(path)


def follow(update: Iterator[np.ndarray]) -> np.ndarray:
    return np.array(list(islice(update, STEPS)))


bowls = st.builds(Bowl, st.integers(0, 10_000), st.integers(1, 5))
rates = st.floats(1e-4, 0.1)
shares = st.floats(0.0, 0.99)
decays = st.sampled_from([0.0, 0.01, 0.3])


@pytest.mark.curriculum("O2")
@given(bowls, rates, decays)
@settings(max_examples=25, deadline=None)
def test_sgd(bowl: Bowl, lr: float, decay: float) -> None:
    def sgd() -> Iterator[np.ndarray]:
        theta = bowl.start
        while True:
            theta = theta - lr * (bowl.gradient(theta) + decay * theta)
            yield theta

    np.testing.assert_allclose(iterates("torch.sgd", {"lr": lr, "weight_decay": decay}, bowl), follow(sgd()), **CLOSE)


@pytest.mark.curriculum("O3")
@given(bowls, rates, st.floats(0.01, 0.99))
@settings(max_examples=25, deadline=None)
def test_momentum_in_both_undamped_forms(bowl: Bowl, lr: float, momentum: float) -> None:
    def velocity_in_steps() -> Iterator[np.ndarray]:
        theta, v = bowl.start, np.zeros_like(bowl.start)
        while True:  # (a) v ← αv − εg, θ ← θ + v
            v = momentum * v - lr * bowl.gradient(theta)
            theta = theta + v
            yield theta

    def velocity_in_gradients() -> Iterator[np.ndarray]:
        theta, v = bowl.start, np.zeros_like(bowl.start)
        while True:  # (b) v ← ρv + g, θ ← θ − ηv
            v = momentum * v + bowl.gradient(theta)
            theta = theta - lr * v
            yield theta

    ours = iterates("torch.sgd", {"lr": lr, "momentum": momentum}, bowl)
    np.testing.assert_allclose(ours, follow(velocity_in_steps()), **CLOSE)
    np.testing.assert_allclose(ours, follow(velocity_in_gradients()), **CLOSE)


@given(bowls, rates, st.floats(0.01, 0.99), st.floats(0.0, 1.0))
@settings(max_examples=25, deadline=None)
def test_dampened_momentum_takes_the_first_gradient_whole(
    bowl: Bowl, lr: float, momentum: float, dampening: float
) -> None:
    def dampened() -> Iterator[np.ndarray]:
        theta = bowl.start
        v = bowl.gradient(theta)
        while True:
            theta = theta - lr * v
            yield theta
            v = momentum * v + (1 - dampening) * bowl.gradient(theta)

    ours = iterates("torch.sgd", {"lr": lr, "momentum": momentum, "dampening": dampening}, bowl)
    np.testing.assert_allclose(ours, follow(dampened()), **CLOSE)


@pytest.mark.curriculum("O4")
@given(bowls, rates, st.floats(0.01, 0.99))
@settings(max_examples=25, deadline=None)
def test_nesterov_is_the_look_ahead_in_changed_variables(bowl: Bowl, lr: float, momentum: float) -> None:
    def look_ahead() -> Iterator[np.ndarray]:
        theta, v = bowl.start, np.zeros_like(bowl.start)
        while True:  # v ← μv − ε∇f(θ + μv), θ ← θ + v; the optimizer keeps θ + μv
            v = momentum * v - lr * bowl.gradient(theta + momentum * v)
            theta = theta + v
            yield theta + momentum * v

    ours = iterates("torch.sgd", {"lr": lr, "momentum": momentum, "nesterov": True}, bowl)
    np.testing.assert_allclose(ours, follow(look_ahead()), **CLOSE)


@pytest.mark.curriculum("O5")
@given(bowls, rates, st.floats(0, 2), st.floats(0, 0.1), decays)
@settings(max_examples=25, deadline=None)
def test_adagrad(bowl: Bowl, lr: float, start: float, lr_decay: float, decay: float) -> None:
    def adagrad() -> Iterator[np.ndarray]:
        theta, r, t = bowl.start, np.full_like(bowl.start, start), 0
        while True:
            gradient = bowl.gradient(theta) + decay * theta
            r = r + gradient * gradient
            theta = theta - lr / (1 + t * lr_decay) * gradient / (1e-10 + np.sqrt(r))
            t += 1
            yield theta

    params = {"lr": lr, "initial_accumulator_value": start, "lr_decay": lr_decay, "weight_decay": decay}
    np.testing.assert_allclose(iterates("torch.adagrad", params, bowl), follow(adagrad()), **CLOSE)


@pytest.mark.curriculum("O6")
@given(bowls, rates, shares, shares, st.booleans())
@settings(max_examples=25, deadline=None)
def test_rmsprop(bowl: Bowl, lr: float, rho: float, momentum: float, centered: bool) -> None:
    eps = 1e-4  # centring subtracts: with a smaller one, rounding alone would decide

    def rmsprop() -> Iterator[np.ndarray]:
        theta, r = bowl.start, np.zeros_like(bowl.start)
        mean, v = np.zeros_like(r), np.zeros_like(r)
        while True:
            gradient = bowl.gradient(theta)
            r = rho * r + (1 - rho) * gradient * gradient
            mean = rho * mean + (1 - rho) * gradient
            spread = np.sqrt(np.maximum(r - mean * mean, 0)) if centered else np.sqrt(r)
            v = momentum * v + gradient / (eps + spread)
            theta = theta - lr * v
            yield theta

    params = {"lr": lr, "alpha": rho, "momentum": momentum, "centered": centered, "eps": eps}
    if centered and rho < 0.5:
        return  # r − mean² is then nearly 0, and its root amplifies rounding beyond any tolerance
    tolerance = {"rtol": 1e-6, "atol": 1e-8} if centered else CLOSE
    np.testing.assert_allclose(iterates("torch.rmsprop", params, bowl), follow(rmsprop()), **tolerance)


def adam(
    bowl: Bowl, lr: float, beta1: float, beta2: float, *, l2: float, decoupled: float, amsgrad: bool
) -> Iterator[np.ndarray]:
    theta, m, v, t = bowl.start, np.zeros_like(bowl.start), np.zeros_like(bowl.start), 0
    largest = np.zeros_like(v)
    while True:
        t += 1
        gradient = bowl.gradient(theta) + l2 * theta
        theta = theta - lr * decoupled * theta
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient * gradient
        largest = np.maximum(largest, v)
        corrected = (largest if amsgrad else v) / (1 - beta2**t)
        theta = theta - lr * m / (1 - beta1**t) / (np.sqrt(corrected) + 1e-8)
        yield theta


@pytest.mark.curriculum("O7")
@given(bowls, rates, shares, st.floats(0.5, 0.9999), decays, st.booleans())
@settings(max_examples=25, deadline=None)
def test_adam(bowl: Bowl, lr: float, beta1: float, beta2: float, decay: float, amsgrad: bool) -> None:
    params = {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": decay, "amsgrad": amsgrad}
    expected = follow(adam(bowl, lr, beta1, beta2, l2=decay, decoupled=0.0, amsgrad=amsgrad))
    np.testing.assert_allclose(iterates("torch.adam", params, bowl), expected, **CLOSE)


@pytest.mark.curriculum("O8")
@pytest.mark.curriculum("R1")
@given(bowls, rates, shares, st.floats(0.5, 0.9999), decays)
@settings(max_examples=25, deadline=None)
def test_adamw_decays_the_weights_themselves(bowl: Bowl, lr: float, beta1: float, beta2: float, decay: float) -> None:
    params = {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": decay}
    expected = follow(adam(bowl, lr, beta1, beta2, l2=0.0, decoupled=decay, amsgrad=False))
    np.testing.assert_allclose(iterates("torch.adamw", params, bowl), expected, **CLOSE)


@pytest.mark.curriculum("O7")
def test_defaults_of_adam_are_the_papers() -> None:
    params = bundled().optimizers["torch.adam"].params().model_dump()
    assert (params["lr"], params["beta1"], params["beta2"], params["eps"]) == (0.001, 0.9, 0.999, 1e-8)


@pytest.mark.parametrize("id", sorted(bundled().optimizers))
def test_what_the_call_leaves_out_is_torchs_default(id: str) -> None:
    """The code shows only what differs: then what it does not show must be the same in torch."""
    spec = bundled().optimizers[id]
    values = spec.params().model_dump()
    said = recipe.arguments(spec, spec.params())
    defaults = {name: item.default for name, item in inspect.signature(resolve(spec.optimizer)).parameters.items()}
    if "beta1" in values:
        values["betas"] = (values.pop("beta1"), values.pop("beta2"))
    for name, value in values.items():
        assert said.get(name, defaults[name]) == value, name
    assert "lr" in said


@pytest.mark.curriculum("O12")
def test_each_optimizer_declares_the_same_facts() -> None:
    facts = [spec.facts for spec in bundled().optimizers.values()]
    assert all(list(each) == list(facts[0]) for each in facts)
    assert {"first moment", "second moment", "leaky second moment", "bias correction"} <= set(facts[0])


@pytest.mark.curriculum("O12")
@pytest.mark.parametrize("id", sorted(bundled().optimizers))
def test_declared_state_per_weight_is_what_the_optimizer_keeps(id: str) -> None:
    module = torch.nn.Linear(10, 10, bias=False)
    optimizer = recipe.optimizer(module, Entry(id), bundled())
    module(torch.ones(1, 10)).sum().backward()
    optimizer.step()
    kept = sum(
        value.numel() * 4
        for value in optimizer.state[module.weight].values()
        if getattr(value, "numel", lambda: 0)() > 1
    )
    assert bundled().optimizers[id].facts["state per weight"].startswith(f"{kept // 100} B")


@pytest.mark.parametrize(
    ("id", "params", "named"),
    [
        ("torch.adam", {"lr": -1}, "lr is -1"),
        ("torch.adam", {"beta1": 1.0}, "beta1 is 1.0"),
        ("torch.sgd", {"nesterov": True}, "nesterov needs momentum"),
        ("torch.sgd", {"momentum": 0.9, "dampening": 0.1, "nesterov": True}, "dampening"),
        ("torch.rmsprop", {"eps": 0}, "eps is 0"),
        ("torch.adagrad", {"lr": "fast"}, "lr is 'fast'"),
    ],
)
def test_bad_values_are_named(id: str, params: dict[str, object], named: str) -> None:
    spec = bundled().optimizers[id]
    made, problems = validate(spec.params, params, owner=spec.title, place="recipe")
    assert made is None
    assert named in str(problems[0])
    assert spec.title in str(problems[0])
