"""Every optimizer's iterates against its definition, written out in NumPy float64."""

import inspect
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_helpers import CLOSE, alone, bundled, chosen, refusal

from nnstudio.cli import main
from nnstudio.plugins import resolve

STEPS = 25
IDS = sorted(bundled().optimizers)
OWN = [id for id in IDS if not bundled().optimizers[id].optimizer.startswith("torch.")]


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

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        away = theta - torch.from_numpy(self.centre)
        return 0.5 * away @ torch.from_numpy(self.curvature) @ away


class MatrixBowl:
    """f(W) = ½ Σ a (W − C)² with random a > 0 for each number of a matrix: gradient a ⊙ (W − C)."""

    def __init__(self, seed: int, shape: tuple[int, ...]) -> None:
        random = np.random.default_rng(seed)
        self.curvature = random.uniform(0.1, 3, shape)
        self.centre, self.start = random.normal(size=(2, *shape))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        return self.curvature * (theta - self.centre)

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        return 0.5 * (torch.from_numpy(self.curvature) * (theta - torch.from_numpy(self.centre)).square()).sum()


def optimizer(id: str, params: dict[str, Any], weights: list[torch.Tensor]) -> torch.optim.Optimizer:
    """As the recipe makes it: the class that the spec names, with the arguments that the spec gives; our own from its source alone."""
    spec, made = chosen("optimizer", id, **params)
    kind = resolve(spec.optimizer)
    arguments = spec.arguments(made) if spec.arguments else dict(made)
    return (alone(kind) if id in OWN else kind)(weights, **arguments)


def iterates(id: str, params: dict[str, Any], problem: Any, rates: Sequence[float] = ()) -> np.ndarray:
    """θ₁ … θ_STEPS, all in float64; rates: the learning rate at each step, where it changes."""
    torch.set_default_dtype(torch.float64)  # torch's counters and running products too
    try:
        return _iterates(id, params, problem, rates)
    finally:
        torch.set_default_dtype(torch.float32)


def _iterates(id: str, params: dict[str, Any], problem: Any, rates: Sequence[float]) -> np.ndarray:
    theta = torch.from_numpy(problem.start.copy()).requires_grad_()
    taken = optimizer(id, params, [theta])

    def closure(*, backward: bool = True) -> torch.Tensor:
        taken.zero_grad()
        loss = problem.loss(theta)
        if backward:
            loss.backward()
        return loss

    path = []
    for step in range(len(rates) or STEPS):
        if rates:
            taken.param_groups[0]["lr"] = rates[step]
        if bundled().optimizers[id].closure:
            taken.step(closure)
        else:
            closure()
            taken.step()
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def follow(update: Iterator[np.ndarray], steps: int = STEPS) -> np.ndarray:
    return np.array(list(islice(update, steps)))


bowls = st.builds(Bowl, st.integers(0, 10_000), st.integers(1, 5))
rates = st.floats(1e-4, 0.1)
shares = st.floats(0.0, 0.99)
schedules = st.lists(st.floats(1e-4, 0.1), min_size=STEPS, max_size=STEPS)
matrices = st.builds(MatrixBowl, st.integers(0, 10_000), st.tuples(st.integers(1, 4), st.integers(1, 5)))
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


@pytest.mark.curriculum("O3")
@given(bowls, schedules, st.floats(0, 0.99), st.sampled_from(["velocity", "torch", "damped"]), decays)
@settings(max_examples=25, deadline=None)
def test_momentum_in_three_forms_whatever_the_rate_does(
    bowl: Bowl, rates: list[float], momentum: float, form: str, decay: float
) -> None:
    def by_definition() -> Iterator[np.ndarray]:
        theta, v = bowl.start, np.zeros_like(bowl.start)
        for lr in rates:
            gradient = bowl.gradient(theta) + decay * theta
            if form == "torch":  # (b) v ← ρv + g, θ ← θ − ηv
                v = momentum * v + gradient
                theta = theta - lr * v
            else:  # (a) v ← αv − εg; (c) Δ ← αΔ − (1 − α)ηg
                v = momentum * v - (1 - momentum if form == "damped" else 1) * lr * gradient
                theta = theta + v
            yield theta

    params = {"momentum": momentum, "form": form, "weight_decay": decay}
    np.testing.assert_allclose(iterates("nnstudio.momentum", params, bowl, rates), follow(by_definition()), **CLOSE)


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
@given(bowls, rates, shares, st.floats(0.5, 0.9999), decays, st.booleans())
@settings(max_examples=25, deadline=None)
def test_adam_with_and_without_bias_correction(
    bowl: Bowl, lr: float, beta1: float, beta2: float, decay: float, corrected: bool
) -> None:
    def uncorrected() -> Iterator[np.ndarray]:
        theta, m, v = bowl.start, np.zeros_like(bowl.start), np.zeros_like(bowl.start)
        while True:
            gradient = bowl.gradient(theta) + decay * theta
            m = beta1 * m + (1 - beta1) * gradient
            v = beta2 * v + (1 - beta2) * gradient**2
            theta = theta - lr * m / (np.sqrt(v) + 1e-8)
            yield theta

    params = {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": decay, "bias_correction": corrected}
    paper = adam(bowl, lr, beta1, beta2, l2=decay, decoupled=0.0, amsgrad=False)
    expected = follow(paper if corrected else uncorrected())
    np.testing.assert_allclose(iterates("nnstudio.uncorrected_adam", params, bowl), expected, **CLOSE)


@pytest.mark.curriculum("O7")
def test_defaults_of_adam_are_the_papers() -> None:
    params = bundled().optimizers["torch.adam"].params().model_dump()
    assert (params["lr"], params["beta1"], params["beta2"], params["eps"]) == (0.001, 0.9, 0.999, 1e-8)


@pytest.mark.curriculum("O8")
@given(bowls, rates, shares, st.floats(0.5, 0.9999), st.floats(0, 0.1), decays, st.booleans())
@settings(max_examples=25, deadline=None)
def test_nadam(bowl: Bowl, lr: float, beta1: float, beta2: float, psi: float, decay: float, decoupled: bool) -> None:
    def nadam() -> Iterator[np.ndarray]:
        theta, m, v = bowl.start, np.zeros_like(bowl.start), np.zeros_like(bowl.start)
        t, product = 0, 1.0
        while True:
            t += 1
            gradient = bowl.gradient(theta) + (0 if decoupled else decay) * theta
            theta = theta - (lr * decay * theta if decoupled else 0)
            now, then = (beta1 * (1 - 0.5 * 0.96 ** (step * psi)) for step in (t, t + 1))
            product *= now
            m = beta1 * m + (1 - beta1) * gradient
            v = beta2 * v + (1 - beta2) * gradient**2
            mixed = then * m / (1 - product * then) + (1 - now) * gradient / (1 - product)
            theta = theta - lr * mixed / (np.sqrt(v / (1 - beta2**t)) + 1e-8)
            yield theta

    params = {"lr": lr, "beta1": beta1, "beta2": beta2, "momentum_decay": psi, "weight_decay": decay}
    ours = iterates("torch.nadam", {**params, "decoupled_weight_decay": decoupled}, bowl)
    np.testing.assert_allclose(ours, follow(nadam()), **CLOSE)


@pytest.mark.curriculum("O8")
@given(bowls, rates, shares, st.floats(0.8, 0.9999), decays, st.booleans())
@settings(max_examples=25, deadline=None)
def test_radam_rectifies_once_its_average_can_be_trusted(
    bowl: Bowl, lr: float, beta1: float, beta2: float, decay: float, decoupled: bool
) -> None:
    def radam() -> Iterator[np.ndarray]:
        theta, m, v, t = bowl.start, np.zeros_like(bowl.start), np.zeros_like(bowl.start), 0
        longest = 2 / (1 - beta2) - 1
        while True:
            t += 1
            gradient = bowl.gradient(theta) + (0 if decoupled else decay) * theta
            theta = theta - (lr * decay * theta if decoupled else 0)
            m = beta1 * m + (1 - beta1) * gradient
            v = beta2 * v + (1 - beta2) * gradient**2
            corrected = m / (1 - beta1**t)
            length = longest - 2 * t * beta2**t / (1 - beta2**t)
            if length > 5:
                rectified = (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
                corrected = corrected * np.sqrt(rectified) * np.sqrt(1 - beta2**t) / (np.sqrt(v) + 1e-8)
            theta = theta - lr * corrected
            yield theta

    params = {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": decay, "decoupled_weight_decay": decoupled}
    np.testing.assert_allclose(iterates("torch.radam", params, bowl), follow(radam()), **CLOSE)


@pytest.mark.curriculum("O8")
@given(bowls, st.floats(0.01, 2), st.floats(0.5, 0.99), decays)
@settings(max_examples=25, deadline=None)
def test_adadelta(bowl: Bowl, lr: float, rho: float, decay: float) -> None:
    def adadelta() -> Iterator[np.ndarray]:
        theta, r, u = bowl.start, np.zeros_like(bowl.start), np.zeros_like(bowl.start)
        while True:
            gradient = bowl.gradient(theta) + decay * theta
            r = rho * r + (1 - rho) * gradient**2
            step = np.sqrt(u + 1e-6) / np.sqrt(r + 1e-6) * gradient
            u = rho * u + (1 - rho) * step**2
            theta = theta - lr * step
            yield theta

    params = {"lr": lr, "rho": rho, "weight_decay": decay}
    np.testing.assert_allclose(iterates("torch.adadelta", params, bowl), follow(adadelta()), **CLOSE)


@pytest.mark.curriculum("O8")
@given(bowls, rates, shares, st.floats(0.5, 0.9999), decays)
@settings(max_examples=25, deadline=None)
def test_adamax(bowl: Bowl, lr: float, beta1: float, beta2: float, decay: float) -> None:
    def adamax() -> Iterator[np.ndarray]:
        theta, m, u, t = bowl.start, np.zeros_like(bowl.start), np.zeros_like(bowl.start), 0
        while True:
            t += 1
            gradient = bowl.gradient(theta) + decay * theta
            m = beta1 * m + (1 - beta1) * gradient
            u = np.maximum(beta2 * u, np.abs(gradient) + 1e-8)
            theta = theta - lr / (1 - beta1**t) * m / u
            yield theta

    params = {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": decay}
    np.testing.assert_allclose(iterates("torch.adamax", params, bowl), follow(adamax()), **CLOSE)


@pytest.mark.curriculum("O8")
@given(bowls, rates, shares, shares, decays)
@settings(max_examples=25, deadline=None)
def test_lion(bowl: Bowl, lr: float, beta1: float, beta2: float, decay: float) -> None:
    def lion() -> Iterator[np.ndarray]:
        theta, m = bowl.start, np.zeros_like(bowl.start)
        while True:
            gradient = bowl.gradient(theta)
            theta = theta - lr * (np.sign(beta1 * m + (1 - beta1) * gradient) + decay * theta)
            m = beta2 * m + (1 - beta2) * gradient
            yield theta

    params = {"lr": lr, "beta1": beta1, "beta2": beta2, "weight_decay": decay}
    np.testing.assert_allclose(iterates("nnstudio.lion", params, bowl), follow(lion()), **CLOSE)


@pytest.mark.curriculum("O8", "R1")
@given(bowls, schedules, shares, decays)
@settings(max_examples=25, deadline=None)
def test_sgdw_decays_the_weights_themselves(bowl: Bowl, rates: list[float], momentum: float, decay: float) -> None:
    def sgdw() -> Iterator[np.ndarray]:
        theta, v = bowl.start, np.zeros_like(bowl.start)
        for lr in rates:
            v = momentum * v + bowl.gradient(theta)
            theta = (1 - lr * decay) * theta - lr * v
            yield theta

    params = {"momentum": momentum, "weight_decay": decay}
    np.testing.assert_allclose(iterates("nnstudio.sgdw", params, bowl, rates), follow(sgdw()), **CLOSE)


@pytest.mark.curriculum("O8")
@given(matrices, rates, st.floats(-1, -0.1), st.floats(1, 3), decays)
@settings(max_examples=25, deadline=None)
def test_adafactor_keeps_means_of_rows_and_columns(
    bowl: MatrixBowl, lr: float, power: float, clip: float, decay: float
) -> None:
    def adafactor() -> Iterator[np.ndarray]:
        theta, t = bowl.start, 0
        rows, columns = np.zeros(theta.shape[0]), np.zeros(theta.shape[1])
        while True:
            t += 1
            square = bowl.gradient(theta) ** 2
            rate = max(1e-3, np.sqrt(np.mean(theta**2))) * min(lr, 1 / np.sqrt(t))
            share = float(t) ** power
            rows = (1 - share) * rows + share * square.mean(1)
            columns = (1 - share) * columns + share * square.mean(0)
            step = bowl.gradient(theta) / np.sqrt(np.outer(rows, columns) / rows.mean())
            step = step / max(1.0, np.sqrt(np.mean(step**2)) / clip)
            theta = (1 - lr * decay) * theta - rate * step
            yield theta

    params = {"lr": lr, "beta2_decay": power, "d": clip, "weight_decay": decay}
    np.testing.assert_allclose(iterates("torch.adafactor", params, bowl), follow(adafactor()), rtol=1e-9, atol=1e-10)


def orthogonal(matrix: np.ndarray, rounds: int) -> np.ndarray:
    """Jordan's quintic iteration on the matrix lying on its side: each singular value s becomes as + bs³ + cs⁵, again and again."""
    x = matrix / np.linalg.norm(matrix)
    u, s, v = np.linalg.svd(x, full_matrices=False)
    for _ in range(rounds):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return u @ np.diag(s) @ v


@pytest.mark.curriculum("O8")
@given(matrices, rates, shares, st.booleans(), decays)
@settings(max_examples=25, deadline=None)
def test_muon_moves_matrices_along_orthogonal_ones(
    bowl: MatrixBowl, lr: float, momentum: float, nesterov: bool, decay: float
) -> None:
    params = {"lr": lr, "momentum": momentum, "nesterov": nesterov, "weight_decay": decay}
    found = iterates("nnstudio.muon", params, bowl)

    def muon() -> Iterator[np.ndarray]:
        """Each step from where the optimizer stands: the iteration multiplies small singular values by 3.4 each round, their rounding
        with them, so that two exact paths part after a dozen steps."""
        v = np.zeros_like(bowl.start)
        for theta in (bowl.start, *found[:-1]):
            gradient = bowl.gradient(theta)
            v = momentum * v + (1 - momentum) * gradient
            mixed = momentum * v + (1 - momentum) * gradient if nesterov else v
            scale = np.sqrt(max(1, theta.shape[0] / theta.shape[1]))
            yield (1 - lr * decay) * theta - lr * scale * orthogonal(mixed, 5)

    np.testing.assert_allclose(found, list(muon()), rtol=1e-9, atol=1e-9)


@pytest.mark.curriculum("O8")
@given(bowls, rates, st.floats(0.01, 1), decays)
@settings(max_examples=25, deadline=None)
def test_muon_leaves_vectors_to_adamw(bowl: Bowl, lr: float, share: float, decay: float) -> None:
    params = {"lr": lr, "adam_lr": share, "weight_decay": decay}
    expected = follow(adam(bowl, lr * share, 0.9, 0.95, l2=0.0, decoupled=decay, amsgrad=False))
    np.testing.assert_allclose(iterates("nnstudio.muon", params, bowl), expected, **CLOSE)


@pytest.mark.curriculum("O8")
@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="this torch has no Muon to compare with")
def test_muon_is_torchs_but_for_torchs_half_precision() -> None:
    bowl = MatrixBowl(3, (4, 6))
    theta = torch.from_numpy(bowl.start.copy()).requires_grad_()
    torchs = torch.optim.Muon([theta], lr=0.02, momentum=0.95, weight_decay=0.1)
    for _ in range(STEPS):
        torchs.zero_grad()
        bowl.loss(theta).backward()
        torchs.step()
    ours = iterates("nnstudio.muon", {"weight_decay": 0.1}, bowl)[-1]
    moved = np.abs(ours - bowl.start).mean()
    assert np.abs(ours - theta.detach().numpy()).mean() < 0.05 * moved


# ── what all have in common ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("id", IDS)
def test_what_the_call_leaves_out_is_the_classes_default(id: str) -> None:
    """The code shows only what differs: then what it does not show must be the same in the class."""
    spec, params = chosen("optimizer", id)
    values = params.model_dump()
    said = spec.arguments(params)
    defaults = {name: item.default for name, item in inspect.signature(resolve(spec.optimizer)).parameters.items()}
    if "beta1" in values:
        values["betas"] = (values.pop("beta1"), values.pop("beta2"))
    for name, value in values.items():
        assert said.get(name, defaults[name]) == value, name
    assert "lr" in said


@pytest.mark.parametrize("id", OWN)
def test_our_own_keep_weights_without_gradients_and_go_on_from_their_state(id: str) -> None:
    """Weights that the loss does not reach stay, and a saved state is all that the next step needs, to the bit."""
    bowl = MatrixBowl(5, (3, 4))

    def walk(weights: list[torch.Tensor], taken: torch.optim.Optimizer, steps: int) -> None:
        for _ in range(steps):
            taken.zero_grad()
            if bundled().optimizers[id].closure:
                taken.step(lambda *, backward=True: bowl.loss(weights[0]))
            else:
                bowl.loss(weights[0]).backward()
                taken.step()

    def fresh() -> list[torch.Tensor]:
        return [torch.from_numpy(bowl.start.copy()).requires_grad_(), torch.ones(2).double().requires_grad_()]

    straight, stopped = fresh(), fresh()
    walk(straight, optimizer(id, {}, straight), 6)
    first = optimizer(id, {}, stopped)
    walk(stopped, first, 3)
    second = optimizer(id, {}, stopped)
    second.load_state_dict(first.state_dict())
    walk(stopped, second, 3)
    assert torch.equal(straight[0], stopped[0])
    assert torch.equal(straight[1], torch.ones(2))


@pytest.mark.curriculum("O12")
def test_each_optimizer_declares_the_same_facts() -> None:
    facts = [spec.facts for spec in bundled().optimizers.values()]
    assert all(list(each) == list(facts[0]) and all(each.values()) for each in facts)
    assert {"first moment", "second moment", "leaky second moment", "bias correction", "source"} <= set(facts[0])


@pytest.mark.curriculum("O12")
@pytest.mark.parametrize("id", IDS)
def test_declared_state_per_weight_is_what_the_optimizer_keeps(id: str) -> None:
    """A square matrix of 100 floats, one step: what is kept for it, in bytes a weight."""
    weight = torch.ones(10, 10, requires_grad=True)
    taken = optimizer(id, {}, [weight])
    centre = torch.linspace(0, 1, 100).view(10, 10)

    def closure(*, backward: bool = True) -> torch.Tensor:
        taken.zero_grad()
        loss = (weight - centre).pow(4).sum()
        if backward:
            loss.backward()
        return loss

    if bundled().optimizers[id].closure:
        taken.step(closure)
    else:
        closure()
        taken.step()
    sizes = [value.numel() for value in tensors(taken.state[weight]) if value.numel() > 1]
    kept = 4 * sum(sizes) / 100
    declared = bundled().optimizers[id].facts["state per weight"]
    if id == "torch.lbfgs":  # as many pairs as it has iterated so far, direction, last gradient
        pairs = len(taken.state[weight]["old_dirs"])
        assert declared.startswith("(2m + 2) × 4 B") and kept == (2 * pairs + 2) * 4
    elif id == "torch.adafactor":
        assert declared.startswith("4 (r + c)/(r c) B") and kept == 4 * 20 / 100
    else:
        assert declared.startswith(f"{kept:.0f} B")


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """All there are in an optimizer's state."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from tensors(item)
    elif isinstance(value, list):
        for item in value:
            yield from tensors(item)


@pytest.mark.parametrize(
    ("id", "params", "named"),
    [
        ("torch.adam", {"lr": -1}, "lr is -1"),
        ("torch.adam", {"beta1": 1.0}, "beta1 is 1.0"),
        ("torch.sgd", {"nesterov": True}, "nesterov needs momentum"),
        ("torch.sgd", {"momentum": 0.9, "dampening": 0.1, "nesterov": True}, "dampening"),
        ("torch.rmsprop", {"eps": 0}, "eps is 0"),
        ("torch.adagrad", {"lr": "fast"}, "lr is 'fast'"),
        ("torch.lbfgs", {"momentum": 0.9}, "momentum does not go with it"),
        ("torch.lbfgs", {"weight_decay": 0.1}, "add an L2 penalty"),
        ("nnstudio.newton", {"momentum": 0.9}, "momentum does not go with it"),
        ("nnstudio.newton", {"damping": -1}, "damping is -1"),
        ("nnstudio.momentum", {"form": "heavy"}, "form is 'heavy'"),
    ],
)
def test_bad_values_are_named(id: str, params: dict[str, Any], named: str) -> None:
    said = refusal("optimizer", id, **params)
    assert named in said
    assert bundled().optimizers[id].title in said


@pytest.mark.parametrize("id", IDS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 0.0, 1e9])
def test_no_optimizer_takes_an_impossible_learning_rate(id: str, value: float) -> None:
    assert "lr is" in refusal("optimizer", id, lr=value)


@pytest.mark.curriculum("O12")
def test_the_fact_sheet_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["optimizers"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert all(name in head for name in bundled().optimizers["torch.sgd"].facts)
    assert [row.split()[0] for row in rows] == list(bundled().optimizers)
    assert main(["optimizers", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {item["id"]: item["facts"] for item in listed} == {
        id: dict(spec.facts) for id, spec in bundled().optimizers.items()
    }
