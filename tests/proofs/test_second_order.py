"""L-BFGS and Newton's method: their iterates against the definition, where they end against SciPy and the exact solution."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_helpers import CLOSE, alone, chosen, regression
from scipy.optimize import minimize, rosen

from nnstudio.events import Failed, Finished
from nnstudio.plugins import resolve
from nnstudio.project.project import Entry
from nnstudio.train.checkpoint import file_in, load_weights
from nnstudio.train.loop import train


class Quadratic:
    """½ (θ − c)ᵀ A (θ − c), the eigenvalues of A between 0.1 and 10."""

    def __init__(self, seed: int, size: int) -> None:
        random = np.random.default_rng(seed)
        axes, _ = np.linalg.qr(random.normal(size=(size, size)))
        self.curvature = axes @ np.diag(random.uniform(0.1, 10, size)) @ axes.T
        self.centre, self.start = random.normal(size=(2, size))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        return self.curvature @ (theta - self.centre)

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        away = theta - torch.from_numpy(self.centre)
        return 0.5 * away @ torch.from_numpy(self.curvature) @ away


class Logistic:
    """Logistic regression with an L2 penalty: convex, and no quadratic."""

    def __init__(self, seed: int, size: int) -> None:
        random = np.random.default_rng(seed)
        self.x = random.normal(size=(20, size))
        self.y = (random.random(20) < 0.5).astype(float)
        self.start = 0.1 * random.normal(size=size)

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        return self.x.T @ (1 / (1 + np.exp(-self.x @ theta)) - self.y) + theta

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        p = 1 / (1 + np.exp(-self.x @ theta))
        return self.x.T @ np.diag(p * (1 - p)) @ self.x + np.eye(len(theta))

    def loss(self, theta: torch.Tensor) -> torch.Tensor:
        logits, y = torch.from_numpy(self.x) @ theta, torch.from_numpy(self.y)
        return torch.nn.functional.binary_cross_entropy_with_logits(logits, y, reduction="sum") + 0.5 * theta @ theta


def walk(id: str, params: dict[str, Any], problem: Any, steps: int) -> np.ndarray:
    """θ₁ … θ_steps, the class made as a recipe makes it, our own from its source alone."""
    spec, made = chosen("optimizer", id, **params)
    kind = resolve(spec.optimizer)
    theta = torch.from_numpy(problem.start.copy()).requires_grad_()
    taken = (kind if kind.__module__.startswith("torch.") else alone(kind))([theta], **spec.arguments(made))

    def closure(*, backward: bool = True) -> torch.Tensor:
        taken.zero_grad()
        loss = problem.loss(theta)
        if backward:
            loss.backward()
        return loss

    path = []
    for _ in range(steps):
        taken.step(closure)
        path.append(theta.detach().numpy().copy())
    return np.array(path)


quadratics = st.builds(Quadratic, st.integers(0, 10_000), st.integers(1, 6))
logistics = st.builds(Logistic, st.integers(0, 10_000), st.integers(1, 6))


# ── Newton ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O10")
@given(quadratics)
@settings(max_examples=25, deadline=None)
def test_one_step_of_newtons_method_solves_a_quadratic(problem: Quadratic) -> None:
    np.testing.assert_allclose(walk("nnstudio.newton", {}, problem, 1)[0], problem.centre, **CLOSE)


@pytest.mark.curriculum("O10")
@given(logistics, st.floats(0.1, 1), st.floats(0, 2))
@settings(max_examples=25, deadline=None)
def test_newtons_iterates(problem: Logistic, lr: float, damping: float) -> None:
    def newton() -> Iterator[np.ndarray]:
        theta = problem.start
        while True:
            matrix = problem.hessian(theta) + damping * np.eye(len(theta))
            theta = theta - lr * np.linalg.solve(matrix, problem.gradient(theta))
            yield theta

    ours = walk("nnstudio.newton", {"lr": lr, "damping": damping}, problem, 8)
    np.testing.assert_allclose(ours, np.array(list(islice(newton(), 8))), **CLOSE)


@pytest.mark.curriculum("O10")
def test_newton_leaves_directions_without_curvature_as_they_are() -> None:
    class Valley:
        start = np.array([3.0, 5.0, -1.0])

        def loss(self, theta: torch.Tensor) -> torch.Tensor:
            return (theta[0] - 1) ** 2 + 0 * theta[1]

    np.testing.assert_allclose(walk("nnstudio.newton", {}, Valley(), 1)[0], [1.0, 5.0, -1.0], **CLOSE)


@pytest.mark.curriculum("O10")
def test_newton_refuses_large_models_and_says_what_they_would_cost() -> None:
    spec, made = chosen("optimizer", "nnstudio.newton", max_parameters=99)
    with pytest.raises(ValueError, match=r"100 weights.*O\(n³\).*max_parameters is 99"):
        resolve(spec.optimizer)([torch.zeros(10, 10, requires_grad=True)], **spec.arguments(made))
    spec, made = chosen("optimizer", "nnstudio.newton", max_parameters=100)
    resolve(spec.optimizer)([torch.zeros(10, 10, requires_grad=True)], **spec.arguments(made))


@pytest.mark.curriculum("O10")
def test_a_run_with_newtons_method_refuses_before_it_starts() -> None:
    random = np.random.default_rng(0)
    project, registry = regression(
        random.normal(size=(8, 9)),
        random.normal(size=(8, 1)),
        optimizer=Entry("nnstudio.newton", {"max_parameters": 9}),
        epochs=1,
    )
    last = list(train(project, registry))[-1]
    assert isinstance(last, Failed)
    said = " ".join(map(str, last.problems))
    assert "10 weights" in said and "max_parameters is 9" in said


@pytest.mark.curriculum("O10", "O11")
@pytest.mark.parametrize("id", ["nnstudio.newton", "torch.lbfgs"])
def test_one_epoch_of_a_whole_batch_is_the_normal_equations(id: str, tmp_path: Any) -> None:
    """Trained as a project: W = (XᵀX)⁻¹XᵀT, with a column of ones for the bias. float32, therefore 1e-4."""
    random = np.random.default_rng(1)
    x, y = random.normal(size=(30, 4)), random.normal(size=(30, 2))
    project, registry = regression(x, y, optimizer=Entry(id), batch_size=0, epochs=1)
    last = list(train(project, registry, folder=tmp_path))[-1]
    assert isinstance(last, Finished), last
    weights = load_weights(file_in(tmp_path))
    with_one = np.column_stack([x, np.ones(len(x))])
    exact = np.linalg.solve(with_one.T @ with_one, with_one.T @ y)
    ours = np.column_stack(
        [next(value for value in weights.values() if value.dim() == size).numpy() for size in (2, 1)]
    )
    np.testing.assert_allclose(ours.T, exact, atol=1e-4)


# ── L-BFGS ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def two_loops(problem: Any, lr: float, memory: int) -> Iterator[np.ndarray]:
    """Nocedal & Wright, algorithm 7.4, steps of length η; the first is shortened to min(1, 1/‖g‖₁)."""
    theta, gradient = problem.start, problem.gradient(problem.start)
    pairs: list[tuple[np.ndarray, np.ndarray]] = []
    length = min(1.0, 1.0 / np.abs(gradient).sum()) * lr
    while True:
        q, alphas = gradient.copy(), []
        for s, y in reversed(pairs):
            alphas.append(s @ q / (y @ s))
            q = q - alphas[-1] * y
        if pairs:
            s, y = pairs[-1]
            q = q * (s @ y) / (y @ y)
        for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
            q = q + s * (alpha - y @ q / (y @ s))
        before, theta = theta, theta - length * q
        change = problem.gradient(theta) - gradient
        gradient, length = gradient + change, lr
        if change @ (theta - before) > 1e-10:
            pairs = [*pairs, (theta - before, change)][-memory:]
        yield theta


@pytest.mark.curriculum("O9")
@given(logistics, st.floats(0.2, 1), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_lbfgs_without_a_line_search_is_the_two_loop_recursion(problem: Logistic, lr: float, memory: int) -> None:
    params = {"lr": lr, "history_size": memory, "max_iter": 1, "line_search_fn": None}
    params |= {"tolerance_grad": 0.0, "tolerance_change": 0.0}
    ours = walk("torch.lbfgs", params, problem, 8)
    np.testing.assert_allclose(ours, np.array(list(islice(two_loops(problem, lr, memory), 8))), rtol=1e-8, atol=1e-10)


@pytest.mark.curriculum("O9")
@given(quadratics)
@settings(max_examples=25, deadline=None)
def test_lbfgs_ends_on_a_quadratic_in_about_as_many_iterations_as_it_has_axes(problem: Quadratic) -> None:
    """With exact line searches it would be n; strong Wolfe's are not exact: 2n + 6."""
    iterations = 2 * len(problem.start) + 6
    ours = walk("torch.lbfgs", {"max_iter": iterations, "tolerance_change": 0.0}, problem, 1)[0]
    assert np.abs(problem.gradient(ours)).max() < 1e-4 * max(1.0, np.abs(problem.gradient(problem.start)).max())


@pytest.mark.curriculum("O9")
@given(logistics)
@settings(max_examples=25, deadline=None)
def test_lbfgs_ends_where_scipys_does(problem: Logistic) -> None:
    def value(theta: np.ndarray) -> float:
        return problem.loss(torch.from_numpy(theta)).item()

    exact = minimize(
        value, problem.start, jac=problem.gradient, method="L-BFGS-B", options={"ftol": 1e-15, "gtol": 1e-10}
    )
    ours = walk("torch.lbfgs", {"max_iter": 200, "tolerance_grad": 1e-10, "tolerance_change": 0.0}, problem, 1)[0]
    np.testing.assert_allclose(ours, exact.x, atol=1e-6)


@pytest.mark.curriculum("O9")
@given(st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_lbfgs_finds_the_bottom_of_rosenbrocks_valley(seed: int) -> None:
    class Rosenbrock:
        start = np.random.default_rng(seed).uniform(-1.5, 1.5, 2)

        def loss(self, theta: torch.Tensor) -> torch.Tensor:
            return 100 * (theta[1] - theta[0] ** 2) ** 2 + (1 - theta[0]) ** 2

    ours = walk("torch.lbfgs", {"max_iter": 200, "tolerance_grad": 1e-10, "tolerance_change": 0.0}, Rosenbrock(), 2)[-1]
    assert rosen(ours) < 1e-12
    np.testing.assert_allclose(ours, [1, 1], atol=1e-5)
