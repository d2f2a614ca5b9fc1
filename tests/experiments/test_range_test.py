"""The learning-rate range test: its steps against plain SGD in NumPy, its smoothing and its rules against their definitions."""

import numpy as np
import pytest
from experiment_helpers import diabetes
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.perform import perform
from nnstudio.experiments.range_test import exponential, smoothed, suggested
from nnstudio.project.edits import apply
from nnstudio.project.project import Entry
from nnstudio.project.setting import setting


@pytest.mark.curriculum("O20")
def test_losses_are_those_of_gradient_descent_with_a_rising_rate(bench: Bench):
    project = diabetes(optimizer=Entry("torch.sgd", {"lr": 0.1}), batch_size=64)
    found = perform("range_test", project, {"low": 1e-4, "high": 0.1, "steps": 40}, bench)

    subject = bench.subject(project, double=True)
    w, b = (parameter.detach().numpy().copy() for parameter in subject.module.parameters())
    losses = []
    for rate, ((x,), (t,)) in zip(found.numbers["rates"], subject.batches(), strict=False):
        x, t = x.numpy(), t.numpy()
        error = x @ w.T + b - t
        losses.append(np.mean(error**2))
        w -= rate * 2 * error.T @ x / len(x)
        b -= rate * 2 * error.mean(axis=0)
    assert len(losses) == len(found.numbers["losses"]) == 40
    np.testing.assert_allclose(found.numbers["losses"], losses, rtol=1e-10)


@pytest.mark.curriculum("O20")
@given(st.floats(1e-8, 1e-2), st.floats(1.5, 1e6), st.integers(2, 200))
@settings(max_examples=25)
def test_rates_rise_by_the_same_factor_from_low_to_high(low: float, ratio: float, steps: int):
    rates = exponential(low, low * ratio, steps)
    assert rates[0] == pytest.approx(low)
    assert rates[-1] == pytest.approx(low * ratio)
    np.testing.assert_allclose(rates[1:] / rates[:-1], ratio ** (1 / (steps - 1)), rtol=1e-9)


@pytest.mark.curriculum("O20")
@given(st.lists(st.floats(0, 1e3), min_size=1, max_size=30), st.floats(0, 0.99))
@settings(max_examples=25)
def test_smoothing_is_the_weighted_mean_of_all_losses_so_far(losses: list[float], beta: float):
    found = smoothed(np.array(losses), beta)
    for k in range(len(losses)):
        weights = beta ** np.arange(k, -1, -1.0)
        assert found[k] == pytest.approx(np.dot(weights, losses[: k + 1]) / weights.sum(), rel=1e-10, abs=1e-10)


@pytest.mark.curriculum("O20")
@given(st.floats(-8, 0), st.floats(0.5, 3))
@settings(max_examples=25)
def test_the_steepest_descent_of_a_known_curve_is_found(middle: float, width: float):
    powers = np.linspace(-12, 4, 321)
    curve = 1 / (1 + np.exp((powers - middle) * 4 / width))  # falls fastest at 10^middle
    assert np.log10(suggested(10**powers, curve, "steepest", False)) == pytest.approx(middle, abs=0.05)
    assert suggested(10**powers, curve, "tenth", True) == pytest.approx(10 ** powers[-1] / 10)


def test_a_loss_that_never_falls_gives_no_suggestion():
    rates = exponential(1e-6, 1, 50)
    assert suggested(rates, np.linspace(1, 2, 50), "steepest", False) == 0


@pytest.mark.curriculum("O20")
def test_the_suggestion_sets_the_recipes_learning_rate(bench: Bench):
    project = diabetes(optimizer=Entry("torch.sgd", {"lr": 0.1}))
    found = perform("range_test", project, {}, bench)
    assert found.suggestion is not None
    after = apply(project, setting(project, bench.registry, found.suggestion.name, found.suggestion.value))
    assert after.recipe.optimizer.params["lr"] == found.suggestion.value
    assert 0.001 < found.suggestion.value < 2  # the loss of a quadratic with λ_max ≈ 8 explodes at about 0.25
