"""Constraints: each projection is feasible, changes nothing the second time, and is the closest point of the feasible set, unit by unit."""

import inspect
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio import plugins
from nnstudio.params import validate
from nnstudio.plugins import resolve

REGISTRY = plugins.load(safe_mode=True).registry
Floats = np.ndarray[Any, np.dtype[np.float64]]

shapes = st.sampled_from([(4, 6), (3, 1), (5, 2, 3), (3, 2, 3, 3), (2, 2, 2, 2, 2)])
seeds = st.integers(0, 10_000)


def project(id: str, weight: torch.Tensor, **params: float) -> torch.Tensor:
    spec = REGISTRY.constraints[id]
    chosen, problems = validate(spec.params, params, owner=spec.title)
    assert chosen is not None, problems
    result = weight.clone()
    assert resolve(spec.function)(result, **dict(chosen)) is None
    return result


def drawn(shape: tuple[int, ...], seed: int) -> torch.Tensor:
    """Units of very different lengths."""
    random = np.random.default_rng(seed)
    return torch.tensor(random.normal(size=shape) * random.uniform(0, 4, (shape[0], *[1] * (len(shape) - 1))))


def rows(weight: torch.Tensor) -> Floats:
    """One row a unit."""
    return weight.numpy().reshape(len(weight), -1)


def with_norm(units: Floats, low: float, high: float) -> Floats:
    norms = np.sqrt(np.square(units).sum(1, keepdims=True))
    return units / norms * np.clip(norms, low, high)


CASES = {
    "nnstudio.max_norm": ({"max_value": 1.5}, lambda units: with_norm(units, 0, 1.5)),
    "nnstudio.unit_norm": ({}, lambda units: with_norm(units, 1, 1)),
    "nnstudio.min_max_norm": ({"min_value": 0.5, "max_value": 2.0}, lambda units: with_norm(units, 0.5, 2)),
    "nnstudio.non_negative": ({}, lambda units: np.maximum(units, 0)),
}
FEASIBLE = {
    "nnstudio.max_norm": lambda units: np.sqrt(np.square(units).sum(1)) <= 1.5 + 1e-12,
    "nnstudio.unit_norm": lambda units: np.abs(np.sqrt(np.square(units).sum(1)) - 1) <= 1e-12,
    "nnstudio.min_max_norm": lambda units: np.abs(np.sqrt(np.square(units).sum(1)) - 1.25) <= 0.75 + 1e-12,
    "nnstudio.non_negative": lambda units: units >= 0,
}


def test_every_constraint_is_proven_here() -> None:
    assert {id for id in REGISTRY.constraints if id.startswith("nnstudio.")} == set(CASES) == set(FEASIBLE)


@pytest.mark.curriculum("R9")
@pytest.mark.parametrize("id", CASES)
@settings(max_examples=25, deadline=None)
@given(shapes, seeds)
def test_the_projection_is_its_definition_feasible_and_idempotent(id: str, shape: tuple[int, ...], seed: int) -> None:
    params, definition = CASES[id]
    weight = drawn(shape, seed)
    projected = project(id, weight, **params)
    np.testing.assert_allclose(rows(projected), definition(rows(weight)), rtol=1e-12, atol=1e-12)
    assert FEASIBLE[id](rows(projected)).all()
    np.testing.assert_allclose(project(id, projected, **params), projected, rtol=1e-14, atol=1e-14)


@pytest.mark.curriculum("R9")
@pytest.mark.parametrize("id", CASES)
@settings(max_examples=25, deadline=None)
@given(shapes, seeds, st.integers(0, 100))
def test_no_feasible_point_is_closer(id: str, shape: tuple[int, ...], seed: int, other: int) -> None:
    """Of each unit: against projections of random points, near and far, which are feasible."""
    params, _ = CASES[id]
    weight = drawn(shape, seed)
    distance = np.linalg.norm(rows(project(id, weight, **params) - weight), axis=1)
    for spread in (0.01, 0.3, 3.0):
        elsewhere = weight + spread * torch.randn(
            shape, dtype=torch.float64, generator=torch.Generator().manual_seed(other)
        )
        feasible = project(id, elsewhere, **params)
        assert (np.linalg.norm(rows(feasible - weight), axis=1) >= distance - 1e-9).all()


@pytest.mark.curriculum("R9")
@pytest.mark.parametrize("id", CASES)
def test_what_fulfils_it_stays_as_it_is(id: str) -> None:
    params, _ = CASES[id]
    weight = project(id, drawn((6, 5), 1).abs() + 0.1, **params)
    np.testing.assert_allclose(project(id, weight, **params), weight, rtol=1e-15)
    inside = torch.full((3, 4), 0.5, dtype=torch.float64)  # of norm 1
    assert torch.equal(project(id, inside, **params), inside)


@pytest.mark.curriculum("R9")
@pytest.mark.parametrize("id", CASES)
def test_a_unit_of_zeros_becomes_feasible_and_nothing_becomes_nan(id: str) -> None:
    params, _ = CASES[id]
    projected = project(id, torch.zeros(3, 4, 2, dtype=torch.float64), **params)
    assert torch.isfinite(projected).all()
    assert FEASIBLE[id](rows(projected)).all()


@pytest.mark.curriculum("R9")
def test_projected_descent_finds_the_constrained_minimum() -> None:
    """min ‖w − a‖² with ‖w‖ ≤ 1 is a/‖a‖; with w ≥ 0 it is max(a, 0): projected after each step, descent gets there."""
    a = torch.tensor([[3.0, -4.0]], dtype=torch.float64)
    for id, params, best in (
        ("nnstudio.max_norm", {"max_value": 1.0}, [[0.6, -0.8]]),
        ("nnstudio.non_negative", {}, [[3.0, 0.0]]),
    ):
        weight = torch.tensor([[0.1, 0.2]], dtype=torch.float64)
        for _ in range(200):
            weight = project(id, weight - 0.1 * 2 * (weight - a), **params)
        np.testing.assert_allclose(weight, best, atol=1e-10)


@pytest.mark.parametrize("id", CASES)
def test_a_functions_source_stands_alone(id: str) -> None:
    function = resolve(REGISTRY.constraints[id].function)
    namespace: dict[str, Any] = {"torch": torch}
    exec(inspect.getsource(function), namespace)
    one = drawn((4, 3), 0)
    two = one.clone()
    namespace[function.__name__](one, **CASES[id][0])
    function(two, **CASES[id][0])
    assert torch.equal(one, two)


BAD = [
    ("nnstudio.max_norm", {"max_value": 0.0}, "max_value"),
    ("nnstudio.max_norm", {"max_value": math.nan}, "max_value"),
    ("nnstudio.min_max_norm", {"min_value": -1.0}, "min_value"),
    ("nnstudio.min_max_norm", {"max_value": math.inf}, "max_value"),
    ("nnstudio.unit_norm", {"max_value": 1.0}, "max_value"),
    ("nnstudio.min_max_norm", {"min_value": 3.0, "max_value": 2.0}, "min_value (3) must not be above max_value (2)"),
]


@pytest.mark.curriculum("R9")
@pytest.mark.parametrize(("id", "params", "words"), BAD)
def test_a_bad_value_is_named(id: str, params: dict[str, float], words: str) -> None:
    spec = REGISTRY.constraints[id]
    chosen, problems = validate(spec.params, params, owner=spec.title, place="recipe")
    assert chosen is None
    assert spec.title in problems[0].message
    assert words in problems[0].message
