"""Ravine, condition numbers, normal equations and polynomials against linear algebra."""

import numpy as np
import pytest
from experiment_helpers import diabetes, moons
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.conditioning import eigenvalues, whitened
from nnstudio.experiments.normal_equations import solve
from nnstudio.experiments.perform import perform
from nnstudio.experiments.polynomial import powers
from nnstudio.experiments.quadratics import (
    best_momentum,
    best_rate,
    descend,
    descent_factor,
    least_squares,
    momentum_factor,
)
from nnstudio.problems import NNStudioError

seeds = st.integers(0, 2**31)


@pytest.mark.curriculum("O13", "N1")
@given(seeds, st.integers(1, 6), st.integers(1, 80))
@settings(max_examples=25)
def test_gradient_descent_on_any_quadratic_is_its_closed_form(seed: int, size: int, steps: int):
    generator = np.random.default_rng(seed)
    root = generator.normal(size=(size, size))
    hessian = root @ root.T / size + 0.1 * np.eye(size)
    values, axes = np.linalg.eigh(hessian)
    rate, start = best_rate(values[0], values[-1]), generator.normal(size=size)
    path = descend(hessian, start, rate, steps)
    wanted = axes @ ((1 - rate * values) ** steps * (axes.T @ start))
    np.testing.assert_allclose(path[-1], wanted, rtol=1e-9, atol=1e-10)


@given(st.floats(1.01, 1e5))
@settings(max_examples=25)
def test_the_rates_that_theory_promises_are_reached(condition: float):
    hessian, start = np.diag([1.0, condition]), np.array([1.0, 1.0])
    path = descend(hessian, start, best_rate(1, condition), 50)
    lengths = np.linalg.norm(path, axis=1)
    np.testing.assert_allclose(lengths, np.sqrt(2) * descent_factor(condition) ** np.arange(51), rtol=1e-8, atol=1e-14)
    # Heavy ball: both eigenvalues of the step have modulus √β, the factor of theory.
    rate, beta = best_momentum(1, condition)
    for value in (1.0, condition):
        step = np.array([[1 + beta - rate * value, -beta], [1.0, 0.0]])
        assert np.abs(np.linalg.eigvals(step)).max() == pytest.approx(momentum_factor(condition), abs=2e-4)
    assert np.sqrt(beta) == pytest.approx(momentum_factor(condition), rel=1e-10)


def test_the_ravine_shows_both_rates(bench: Bench):
    found = perform("ravine", None, {"condition": 100}, bench)
    assert found.numbers["descent_factor"] == pytest.approx(99 / 101)
    assert found.numbers["momentum_factor"] == pytest.approx(9 / 11)
    assert np.linalg.norm(found.numbers["momentum"][-1]) < 1e-3 * np.linalg.norm(found.numbers["descent"][-1])


@pytest.mark.curriculum("O11")
@given(seeds, st.integers(5, 60), st.integers(1, 5), st.integers(1, 3), st.integers(0, 60))
@settings(max_examples=25)
def test_descent_on_least_squares_walks_to_the_normal_equations_as_theory_says(
    seed: int, n: int, d: int, k: int, steps: int
):
    generator = np.random.default_rng(seed)
    x, t = generator.normal(size=(n + d, d)), generator.normal(size=(n + d, k))
    best = np.linalg.inv(x.T @ x) @ x.T @ t
    np.testing.assert_allclose(solve(x, t), best, rtol=1e-6, atol=1e-8)
    hessian = x.T @ x / len(x)
    values = np.linalg.eigvalsh(hessian)
    rate = best_rate(values[0], values[-1])
    path = least_squares(x, t, rate, steps)
    wanted = best - np.linalg.matrix_power(np.eye(d) - rate * hessian, steps) @ best
    np.testing.assert_allclose(path[-1], wanted, rtol=1e-7, atol=1e-9)


@pytest.mark.curriculum("O11")
def test_both_ways_agree_on_the_diabetes_data_and_their_costs_are_told(bench: Bench):
    found = perform("normal_equations", diabetes(), {"steps": 5000}, bench)
    loaded = bench.load(diabetes().data)
    rows = loaded.split.train
    x = loaded.dataset.fields[loaded.dataset.inputs[0]].values[rows].astype(float)
    x = np.column_stack((np.ones(len(x)), (x - x.mean(0)) / x.std(0)))
    t = loaded.dataset.fields[loaded.dataset.target].values[rows].reshape(len(rows), -1).astype(float)
    best = np.linalg.pinv(x) @ t
    np.testing.assert_allclose(found.numbers["solution"], best, rtol=1e-8)
    np.testing.assert_allclose(x @ found.numbers["path_end"], x @ best, atol=1e-2 * np.abs(t).max())
    n, d = x.shape
    costs = dict(found.figures[1].rows[1:])
    assert costs["normal equations: ND² + D³"] == f"{n * d**2 + d**3:,}".replace(",", "\N{THIN SPACE}")
    assert costs["a step of gradient descent: 2NDK"] == f"{2 * n * d:,}".replace(",", "\N{THIN SPACE}")


@pytest.mark.curriculum("O11")
def test_too_large_a_rate_diverges_and_the_limit_is_told(bench: Bench):
    found = perform("normal_equations", diabetes(), {"rate": 3.0}, bench)
    assert "diverges" in found.verdict


@pytest.mark.curriculum("O11")
def test_polynomials_fit_by_least_squares_and_validation_chooses(bench: Bench):
    found = perform("polynomial", None, {"seed": 0}, bench)
    train, validation = found.numbers["train"], found.numbers["validation"]
    assert (np.diff(train) <= 1e-9).all()  # each degree holds the one before
    assert found.numbers["degree"] == np.argmin(validation)
    assert 3 <= found.numbers["degree"] < 9
    assert validation[-1] > validation[int(found.numbers["degree"])]
    x = np.linspace(-1, 1, 7)
    np.testing.assert_array_equal(powers(x, 3), np.column_stack((np.ones(7), x, x**2, x**3)))


def test_a_polynomial_of_a_feature_of_the_data(bench: Bench):
    found = perform(
        "polynomial", diabetes(), {"feature": "body mass index (kg/m²)", "degrees": 4, "samples": 60}, bench
    )
    assert len(found.numbers["train"]) == 5
    with pytest.raises(NNStudioError, match="no feature 'weight'"):
        perform("polynomial", diabetes(), {"feature": "weight"}, bench)
    with pytest.raises(NNStudioError, match="needs a project"):
        perform("polynomial", None, {"feature": "bmi"}, bench)


@pytest.mark.curriculum("N1")
def test_condition_numbers_are_those_of_the_hessian(bench: Bench):
    found = perform("conditioning", diabetes(), {}, bench)
    loaded = bench.load(diabetes().data)
    x = loaded.dataset.fields[loaded.dataset.inputs[0]].values[loaded.split.train].astype(float)
    scaled = (x - x.mean(0)) / x.std(0)
    assert found.numbers["condition_raw"] == pytest.approx(np.linalg.cond(x) ** 2, rel=1e-6)
    assert found.numbers["condition_standardised"] == pytest.approx(np.linalg.cond(scaled) ** 2, rel=1e-6)
    assert found.numbers["condition_whitened"] == pytest.approx(1)


@pytest.mark.curriculum("N1")
@given(seeds, st.integers(1, 6))
@settings(max_examples=25)
def test_whitened_features_have_the_identity_as_covariance(seed: int, size: int):
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(50, size)) @ generator.normal(size=(size, size)) + 3
    white = whitened(x)
    np.testing.assert_allclose(white.T @ white / 50, np.eye(white.shape[1]), atol=1e-8)
    np.testing.assert_allclose(eigenvalues(white), 1, atol=1e-8)


def test_moons_have_classes_as_one_hot_targets(bench: Bench):
    found = perform("normal_equations", moons(), {}, bench)
    assert found.numbers["solution"].shape == (3, 2)
