"""Every schedule against its formula in NumPy and, where torch has it, against torch's scheduler; each function stands alone."""

import json
import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from proof_helpers import alone, bundled, chosen, refusal, watcher
from torch.optim import lr_scheduler

from nnstudio.params import coerce, form_fields
from nnstudio.plugins import resolve

totals = st.integers(1, 400)
BY_FORMULA = sorted(id for id, spec in bundled().schedules.items() if spec.factor)
WATCHERS = sorted(id for id, spec in bundled().schedules.items() if spec.watcher)
EXACT = {"rtol": 1e-12, "atol": 1e-15}


def curve(id: str, total: int, steps: int | None = None, **params: Any) -> np.ndarray:
    """η(t)/η₀ for t = 0 … total − 1, from the function's source alone, as an exported script has it."""
    spec, made = chosen("schedule", id, **params)
    factor = alone(resolve(spec.factor))
    return np.array([factor(step, total, **dict(made)) for step in range(steps or total)])


def torchs(make: Any, total: int, lr: float = 1.0) -> np.ndarray:
    """The same from a scheduler of torch."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=lr)
    scheduler = make(optimizer)
    rates = []
    for _ in range(total):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return np.array(rates)


@given(totals)
def test_constant(total: int) -> None:
    assert (curve("nnstudio.constant", total) == 1).all()


# ── falling ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("S1")
@given(totals, st.floats(0.01, 1), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_linear_to_a_floor(total: int, until: float, floor: float) -> None:
    t, horizon = np.arange(total), max(until * total, 1)
    share = np.minimum(t / horizon, 1)
    expected = (1 - share) + share * floor
    np.testing.assert_allclose(curve("nnstudio.linear", total, until=until, floor=floor), expected, **EXACT)


@pytest.mark.curriculum("S1")
@given(totals, st.floats(0.01, 1))
@settings(max_examples=25, deadline=None)
def test_linear_is_torchs(total: int, floor: float) -> None:
    expected = torchs(lambda it: lr_scheduler.LinearLR(it, 1.0, floor, total), total)
    np.testing.assert_allclose(curve("nnstudio.linear", total, floor=floor), expected, rtol=1e-9)


@pytest.mark.curriculum("S1")
def test_the_floor_is_one_hundredth_by_default_and_holds() -> None:
    past_the_end = curve("nnstudio.linear", 100, 130)
    assert past_the_end[100:].tolist() == [0.01] * 30


@pytest.mark.curriculum("S2")
@given(totals, st.floats(0.1, 10))
@settings(max_examples=25, deadline=None)
def test_polynomial(total: int, power: float) -> None:
    ours = curve("nnstudio.polynomial", total, power=power)
    np.testing.assert_allclose(ours, (1 - np.arange(total) / total) ** power, **EXACT)
    expected = torchs(lambda it: lr_scheduler.PolynomialLR(it, total, power), total)
    np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.curriculum("S3")
@given(totals, st.floats(0, 20), st.sampled_from(["run", "step"]))
@settings(max_examples=25, deadline=None)
def test_exponential(total: int, k: float, per: str) -> None:
    t = np.arange(total) / (total if per == "run" else 1)
    ours = curve("nnstudio.exponential", total, k=k, per=per)
    np.testing.assert_allclose(ours, np.exp(-k * t), **EXACT)
    share = math.exp(-k / (total if per == "run" else 1))
    expected = torchs(lambda it: lr_scheduler.ExponentialLR(it, share), total)
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


@pytest.mark.curriculum("S3")
@given(totals, st.floats(1, 20), st.floats(0, 5), st.sampled_from(["run", "step"]))
@settings(max_examples=25, deadline=None)
def test_exponential_of_any_base_is_the_other_form_of_it(total: int, base: float, b: float, per: str) -> None:
    t = np.arange(total) / (total if per == "run" else 1)
    ours = curve("nnstudio.power_of_base", total, base=base, b=b, per=per)
    np.testing.assert_allclose(ours, np.power(base, -b * t), **EXACT)
    np.testing.assert_allclose(ours, curve("nnstudio.exponential", total, k=b * np.log(base), per=per), rtol=1e-9)


@pytest.mark.curriculum("S4")
@given(st.integers(1, 40), st.floats(0.01, 1), st.integers(1, 9))
@settings(max_examples=25, deadline=None)
def test_step_drops_at_equal_intervals(interval: int, gamma: float, drops: int) -> None:
    """η₀ a^(−⌊t/b⌋) with a = 1/γ and b = T/(n + 1)."""
    total = interval * (drops + 1)
    ours = curve("nnstudio.step", total, gamma=gamma, drops=drops)
    np.testing.assert_allclose(ours, (1 / gamma) ** -(np.arange(total) // interval).astype(float), rtol=1e-12)
    expected = torchs(lambda it: lr_scheduler.StepLR(it, interval, gamma), total)
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


@pytest.mark.curriculum("S4")
@given(st.integers(1, 40), st.integers(1, 10), st.floats(0.1, 5))
@settings(max_examples=25, deadline=None)
def test_polynomial_stairs(interval: int, stairs: int, power: float) -> None:
    """η₀ (1 − ⌊t/b⌋/T)^a, T counted in stairs of b steps."""
    total = interval * stairs
    expected = (1 - (np.arange(total) // interval) / stairs) ** power
    np.testing.assert_allclose(curve("nnstudio.polynomial_step", total, stairs=stairs, power=power), expected, **EXACT)


@pytest.mark.curriculum("S5")
@given(totals, st.floats(0, 100), st.sampled_from(["run", "step"]))
@settings(max_examples=25, deadline=None)
def test_inverse_time(total: int, k: float, per: str) -> None:
    t = np.arange(total) / (total if per == "run" else 1)
    np.testing.assert_allclose(curve("nnstudio.inverse_time", total, k=k, per=per), 1 / (1 + k * t), **EXACT)


# ── cosines and cycles ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("S6")
@given(totals, st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_cosine(total: int, floor: float) -> None:
    t = np.arange(total)
    expected = floor + (1 - floor) * (1 + np.cos(np.pi * t / total)) / 2
    np.testing.assert_allclose(curve("nnstudio.cosine", total, floor=floor), expected, **EXACT)
    annealing = torchs(lambda it: lr_scheduler.CosineAnnealingLR(it, total, floor), total)
    np.testing.assert_allclose(curve("nnstudio.cosine", total, floor=floor), annealing, rtol=1e-6, atol=1e-9)


@pytest.mark.curriculum("S6")
@given(st.integers(1, 30), st.integers(1, 5), st.integers(1, 3), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_cosine_with_warm_restarts(first: int, cycles: int, growth: int, floor: float) -> None:
    lengths = [first * growth**cycle for cycle in range(cycles)]
    expected = np.concatenate(
        [floor + (1 - floor) * (1 + np.cos(np.pi * np.arange(length) / length)) / 2 for length in lengths]
    )
    ours = curve("nnstudio.cosine_restarts", sum(lengths), cycles=cycles, growth=growth, floor=floor)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
    restarts = torchs(lambda it: lr_scheduler.CosineAnnealingWarmRestarts(it, first, growth, floor), sum(lengths))
    np.testing.assert_allclose(ours, restarts, rtol=1e-9, atol=1e-12)


@pytest.mark.curriculum("S6")
@given(totals, st.floats(0, 1), st.sampled_from(["cosine", "constant"]), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_warm_up_rises_in_a_line_and_then_follows(total: int, warmup: float, then: str, floor: float) -> None:
    ours = curve("nnstudio.warmup", total, warmup=warmup, then=then, floor=floor)
    rise = round(warmup * total)
    np.testing.assert_allclose(ours[:rise], np.arange(1, rise + 1) / max(rise, 1), rtol=1e-12)
    if rise < total:
        after = curve(f"nnstudio.{then}", total - rise, **({"floor": floor} if then == "cosine" else {}))
        np.testing.assert_allclose(ours[rise:], after, **EXACT)


@pytest.mark.curriculum("S7")
@given(
    st.integers(4, 400),
    st.floats(0.01, 0.99),
    st.floats(1, 100),
    st.floats(1, 1e5),
    st.sampled_from(["cosine", "linear"]),
)
@settings(max_examples=25, deadline=None)
def test_one_cycle_is_torchs(total: int, rise: float, start: float, end: float, shape: str) -> None:
    assume(rise * total > 1.01)  # torch divides by zero where the rise takes one step
    options = {"pct_start": rise, "div_factor": start, "final_div_factor": end, "cycle_momentum": False}
    options["anneal_strategy"] = shape.removesuffix("ine") if shape == "cosine" else shape
    expected = torchs(lambda it: lr_scheduler.OneCycleLR(it, 1.0, total, **options), total)
    ours = curve("nnstudio.one_cycle", total, rise=rise, start=start, end=end, shape=shape)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.curriculum("S7")
@given(st.integers(1, 40), st.integers(1, 6), st.floats(0.01, 1), st.sampled_from(["triangular", "triangular2"]))
@settings(max_examples=25, deadline=None)
def test_cyclic_is_smiths_triangles_and_torchs(half: int, cycles: int, low: float, mode: str) -> None:
    total = 2 * half * cycles
    t = np.arange(total)
    cycle = np.floor(1 + t / (2 * half))
    height = np.maximum(0, 1 - np.abs(t / half - 2 * cycle + 1))
    expected = low + (1 - low) * height / (2 ** (cycle - 1) if mode == "triangular2" else 1)
    ours = curve("nnstudio.cyclic", total, cycles=cycles, low=low, mode=mode)
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-12)
    triangles = torchs(
        lambda it: lr_scheduler.CyclicLR(it, low, 1.0, half, mode=mode, cycle_momentum=False), total, lr=low
    )
    np.testing.assert_allclose(ours, triangles, rtol=1e-9, atol=1e-12)


# ── drawn by hand ─────────────────────────────────────────────────────────────────────────────────────────────────────


points = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 10)), min_size=1, max_size=6).map(sorted)


@pytest.mark.curriculum("S11")
@given(totals, points, st.sampled_from(["linear", "cosine", "step"]))
@settings(max_examples=25, deadline=None)
def test_key_points(total: int, drawn: list[tuple[float, float]], between: str) -> None:
    x, y = np.array(drawn).T
    assume((np.diff(x) > 1e-6).all())  # a jump has its own test
    t = np.arange(total) / total
    left = np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 1)
    right = np.minimum(left + 1, len(x) - 1)
    share = np.clip((t - x[left]) / np.where(right > left, x[right] - x[left], 1), 0, 1)
    share = {"linear": share, "cosine": (1 - np.cos(np.pi * share)) / 2, "step": 0 * share}[between]
    expected = y[left] + (y[right] - y[left]) * share
    ours = curve("nnstudio.points", total, points=drawn, between=between)
    np.testing.assert_allclose(ours, expected, rtol=1e-7, atol=1e-9)
    if between == "linear":
        np.testing.assert_allclose(ours, np.interp(t, x, y), rtol=1e-7, atol=1e-9)


@pytest.mark.curriculum("S11")
def test_two_points_at_one_place_are_a_jump() -> None:
    ours = curve("nnstudio.points", 4, points=[[0.0, 1.0], [0.5, 1.0], [0.5, 0.1], [1.0, 0.1]])
    assert ours.tolist() == [1.0, 1.0, 0.1, 0.1]


@pytest.mark.curriculum("S11")
@pytest.mark.parametrize("id", BY_FORMULA)
def test_the_curve_can_be_drawn_before_training_for_runs_of_any_length(id: str) -> None:
    """Finite and within 0 … 1 at every step, for a run of no steps and past the end too."""
    for total in (0, 1, 2, 3, 10, 50):
        factors = curve(id, total, total + 3)
        assert ((factors >= 0) & (factors <= 1)).all(), (total, factors)


# ── answering to what is measured ─────────────────────────────────────────────────────────────────────────────────────


numbers = st.one_of(st.floats(-10, 10), st.sampled_from([1.0, 1.0, math.nan, math.inf]))


@pytest.mark.curriculum("S8")
@given(
    st.lists(numbers, min_size=1, max_size=60),
    st.sampled_from(["min", "max"]),
    st.floats(0.05, 0.95),
    st.integers(0, 4),
    st.sampled_from(["rel", "abs"]),
    st.sampled_from([0.0, 1e-4, 0.5]),
    st.integers(0, 3),
    st.sampled_from([0.0, 0.01, 0.3]),
)
@settings(max_examples=25, deadline=None)
def test_on_plateau_is_torchs(
    values: list[float],
    mode: str,
    gamma: float,
    patience: int,
    threshold_mode: str,
    threshold: float,
    cooldown: int,
    floor: float,
) -> None:
    shared = {"mode": mode, "patience": patience, "threshold": threshold, "threshold_mode": threshold_mode}
    shared["cooldown"] = cooldown
    ours = watcher("schedule", "nnstudio.plateau", monitor="train/loss", gamma=gamma, floor=floor, **shared)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    reference = lr_scheduler.ReduceLROnPlateau(optimizer, factor=gamma, min_lr=floor, **shared)
    for epoch, value in enumerate(values):
        ours.ended(epoch, {"train/loss": value})
        reference.step(value)
        assert ours.factor == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)


@pytest.mark.curriculum("S9")
@given(st.lists(st.floats(-10, 10), min_size=1, max_size=60), st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_bold_driver_answers_to_the_change_of_the_error(errors: list[float], a: float, b: float) -> None:
    """η += a η₀ if ΔE < 0, else η −= b η."""
    ours = watcher("schedule", "nnstudio.bold_driver", a=a, b=b)
    expected = 1.0
    for epoch, error in enumerate(errors):
        ours.ended(epoch, {"train/loss": error})
        if epoch:
            expected = expected + a if error - errors[epoch - 1] < 0 else expected - b * expected
        assert ours.factor == pytest.approx(expected, rel=1e-12)


@pytest.mark.curriculum("S8", "S9")
@pytest.mark.parametrize("id", WATCHERS)
@given(values=st.lists(numbers, min_size=2, max_size=20), cut=st.integers(1, 19))
@settings(max_examples=10, deadline=None)
def test_a_watcher_goes_on_from_its_attributes(id: str, values: list[float], cut: int) -> None:
    """As a checkpoint keeps them."""
    straight, stopped = (watcher("schedule", id, monitor="x") for _ in range(2))
    for epoch, value in enumerate(values[:cut]):
        stopped.ended(epoch, {"x": value})
    again = watcher("schedule", id, monitor="x")
    vars(again).update(json.loads(json.dumps(vars(stopped))))
    for epoch, value in enumerate(values):
        straight.ended(epoch, {"x": value})
        if epoch >= cut:
            again.ended(epoch, {"x": value})
            assert again.factor == straight.factor


@pytest.mark.parametrize("id", WATCHERS)
def test_a_value_that_is_not_measured_is_named(id: str) -> None:
    ours = watcher("schedule", id, monitor="validation/f2")
    with pytest.raises(ValueError, match=r"validation/f2.*train/loss, train/accuracy"):
        ours.ended(0, {"train/loss": 1.0, "train/accuracy": 0.5})


# ── bad input ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("id", "params", "named"),
    [
        ("nnstudio.linear", {"until": 0}, "until is 0"),
        ("nnstudio.linear", {"floor": float("nan")}, "floor is nan"),
        ("nnstudio.polynomial", {"power": -1}, "power is -1"),
        ("nnstudio.exponential", {"k": float("inf")}, "k is inf"),
        ("nnstudio.exponential", {"per": "epoch"}, "per is 'epoch'"),
        ("nnstudio.cosine_restarts", {"cycles": 0}, "cycles is 0"),
        ("nnstudio.one_cycle", {"start": 0.5}, "start is 0.5"),
        ("nnstudio.points", {"points": []}, "There must be a point"),
        ("nnstudio.points", {"points": [[0.5, 1], [0.2, 1]]}, "0.2 comes after 0.5"),
        ("nnstudio.points", {"points": [[1.5, 1]]}, "points"),
        ("nnstudio.points", {"points": [[0.5, float("nan")]]}, "points"),
        ("nnstudio.plateau", {"gamma": 1}, "gamma is 1"),
        ("nnstudio.plateau", {"monitor": ""}, "monitor is ''"),
        ("nnstudio.bold_driver", {"b": 2}, "b is 2"),
    ],
)
def test_bad_values_are_named(id: str, params: dict[str, Any], named: str) -> None:
    assert named in refusal("schedule", id, **params)


@pytest.mark.curriculum("S11")
def test_points_can_be_typed() -> None:
    """As the command line sets them: recipe.schedule.points="0:1, 0.5:1, 1:0.01"."""
    field = next(
        field for field in form_fields(bundled().schedules["nnstudio.points"].params) if field.name == "points"
    )
    assert coerce(field, "0:1, 0.5:1, 1:0.01") == ((0.0, 1.0), (0.5, 1.0), (1.0, 0.01))
    assert coerce(field, "0:1, half:1") == "0:1, half:1"
    assert "pairs of numbers" in refusal("schedule", "nnstudio.points", points="0:1, half:1")
