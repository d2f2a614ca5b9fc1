"""Surfaces against their formulas, and paths down them against the closed forms."""

import numpy as np
import pytest
import torch
from experiment_helpers import bundled
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.perform import perform
from nnstudio.experiments.race import grid, height, parse, run, surface
from nnstudio.figures import Contour
from nnstudio.problems import NNStudioError

SURFACES = ("ravine", "saddle", "beale", "rosenbrock", "himmelblau", "plateau", "cliff")


@pytest.mark.curriculum("O13")
@given(st.floats(1, 1e3), st.floats(0.01, 0.99), st.floats(-4, 4), st.floats(-2, 2), st.integers(1, 60))
@settings(max_examples=25)
def test_gradient_descent_on_the_ravine_is_the_closed_form(
    condition: float, share: float, x: float, y: float, steps: int
):
    rate = share * 2 / condition
    path = run(
        parse(f"sgd lr={rate!r}", bundled(), 0)[f"sgd lr={rate!r}"],
        surface("ravine", condition).function,
        (x, y),
        steps,
        bundled(),
    )
    k = np.arange(steps + 1)
    np.testing.assert_allclose(path[:, 0], (1 - rate) ** k * x, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(path[:, 1], (1 - rate * condition) ** k * y, rtol=1e-9, atol=1e-12)


@pytest.mark.curriculum("O13")
@pytest.mark.parametrize("name", SURFACES)
def test_gradients_of_surfaces_are_their_differences(name: str):
    ground = surface(name, 20)
    generator = np.random.default_rng(0)
    x0, x1, y0, y1 = ground.extent
    for x, y in np.column_stack((generator.uniform(x0, x1, 20), generator.uniform(y0, y1, 20))):
        point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        ground.function(point[0], point[1]).backward()
        step = 1e-6
        across = height(ground.function, np.array([[x + step, y], [x - step, y]]))
        along = height(ground.function, np.array([[x, y + step], [x, y - step]]))
        wanted = np.array([across[0] - across[1], along[0] - along[1]]) / (2 * step)
        np.testing.assert_allclose(point.grad.numpy(), wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.curriculum("O13")
@pytest.mark.parametrize("name", SURFACES)
def test_known_minima_are_flat_and_no_lattice_point_lies_lower(name: str):
    ground = surface(name, 20)
    for x, y in ground.minima:
        point = torch.tensor([x, y], dtype=torch.float64, requires_grad=True)
        ground.function(point[0], point[1]).backward()
        assert point.grad.abs().max() < 1e-6
        assert float(height(ground.function, np.array([[x, y]]))[0]) <= grid(ground).min() + 1e-9


@pytest.mark.curriculum("O13")
def test_the_grid_lies_as_the_figure_says():
    ground = surface("rosenbrock")
    values = grid(ground)
    x0, x1, y0, y1 = ground.extent
    assert values[0, 0] == pytest.approx((1 - x0) ** 2 + 100 * (y0 - x0**2) ** 2)
    assert values[-1, 0] == pytest.approx((1 - x0) ** 2 + 100 * (y1 - x0**2) ** 2)
    assert values[0, -1] == pytest.approx((1 - x1) ** 2 + 100 * (y0 - x1**2) ** 2)


@pytest.mark.curriculum("O13")
def test_every_installed_optimizer_can_race(bench: Bench):
    text = "; ".join(bundled().optimizers)
    found = perform("race", None, {"optimizers": text, "lr": 0.01, "steps": 30}, bench)
    assert set(found.numbers) == set(bundled().optimizers)
    start = 0.5 * (4**2 + 20 * 1.5**2)
    for name, path in found.numbers.items():
        assert path.shape == (31, 2)
        assert tuple(path[0]) == (-4, 1.5)
        last = path[np.isfinite(path).all(axis=1)][-1]
        assert 0.5 * (last[0] ** 2 + 20 * last[1] ** 2) < start, name
    contour = found.figures[0]
    assert isinstance(contour, Contour)
    assert len(contour.paths) == len(found.numbers)


@pytest.mark.parametrize("text", ["", "sgd lr=fast", "nosuch", "sgd speed=3"])
def test_racers_that_are_none_are_named(bench: Bench, text: str):
    with pytest.raises(NNStudioError):
        perform("race", None, {"optimizers": text}, bench)


def test_a_start_needs_two_numbers_and_divergence_is_told(bench: Bench):
    with pytest.raises(NNStudioError):
        perform("race", None, {"start": (1.0,)}, bench)
    found = perform("race", None, {"optimizers": "sgd lr=10", "surface": "rosenbrock", "steps": 50}, bench)
    assert "finite" in found.verdict
    assert np.isnan(found.numbers["sgd lr=10"][-1]).all()
