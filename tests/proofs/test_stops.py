"""Stop rules: early stopping is Keras' rule, epoch for epoch, whatever the values do."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from proof_helpers import bundled, refusal, watcher

IDS = sorted(bundled().stops)


def keras(
    values: list[float],
    *,
    maximize: bool,
    patience: int,
    min_delta: float,
    baseline: float | None,
    start_from_epoch: int,
) -> tuple[int | None, int]:
    """(epoch after which keras.callbacks.EarlyStopping ends the run, best epoch), written out from its documentation:

    an epoch improves if its value beats the best by more than min_delta; a wait is counted up in each epoch and starts anew with an
    improvement that also beats the baseline; without one, waiting `patience` epochs ends the run, but never in the very first epoch.
    """

    def beats(value: float, reference: float) -> bool:
        return value - min_delta > reference if maximize else value + min_delta < reference

    best, best_epoch, wait, began = (-math.inf if maximize else math.inf), 0, 0, False
    for epoch, value in enumerate(values):
        if epoch < start_from_epoch:
            continue
        if not began:
            began, best_epoch = True, epoch
        wait = wait + 1
        if beats(value, best):
            best, best_epoch = value, epoch
            if baseline is None or beats(value, baseline):
                wait = 0
        elif wait >= patience and epoch > 0:
            return epoch, best_epoch
    return None, best_epoch


numbers = st.one_of(st.floats(-5, 5), st.sampled_from([0.0, 1.0, 0.9, 0.8, math.nan, math.inf, -math.inf]))


def stopped(rule: Any, values: list[float], monitor: str) -> int | None:
    for epoch, value in enumerate(values):
        if rule.ended(epoch, {"train/loss": 0.0, monitor: value}):
            return epoch
    return None


@pytest.mark.curriculum("R8")
@given(
    values=st.lists(numbers, min_size=1, max_size=40),
    mode=st.sampled_from(["min", "max"]),
    patience=st.integers(0, 6),
    min_delta=st.sampled_from([0.0, 0.05, 1.0]),
    baseline=st.sampled_from([None, 0.5, -1.0]),
    start_from_epoch=st.integers(0, 4),
)
@settings(max_examples=200, deadline=None)
def test_early_stopping_is_keras_to_the_epoch(
    values: list[float], mode: str, patience: int, min_delta: float, baseline: float | None, start_from_epoch: int
) -> None:
    shared = {"patience": patience, "min_delta": min_delta, "baseline": baseline, "start_from_epoch": start_from_epoch}
    rule = watcher("stop", "nnstudio.early_stopping", monitor="validation/x", mode=mode, **shared)
    epoch, best_epoch = keras(values, maximize=mode == "max", **shared)
    assert stopped(rule, values, "validation/x") == epoch
    assert rule.best_epoch == best_epoch


@pytest.mark.curriculum("R8")
def test_patience_three_stops_three_epochs_after_the_best() -> None:
    rule = watcher("stop", "nnstudio.early_stopping")
    values = [1.0, 0.7, 0.5, 0.4, 0.45, 0.41, 0.4, 0.3]
    assert stopped(rule, values, "validation/loss") == 6
    assert rule.best_epoch == 3
    said = rule.ended(7, {"validation/loss": 0.42})
    assert "validation/loss has not become better for 4 epochs" in said and "0.4, in epoch 4" in said


@pytest.mark.curriculum("R8")
@pytest.mark.parametrize(
    ("monitor", "rises"),
    [
        ("validation/loss", False),
        ("validation/accuracy", True),
        ("train/binary_accuracy", True),
        ("validation/mae", False),
        ("validation/mse", False),
    ],
)
def test_auto_knows_which_way_is_better(monitor: str, rises: bool) -> None:
    rule = watcher("stop", "nnstudio.early_stopping", monitor=monitor, patience=2)
    values = [0.1 * epoch for epoch in range(1, 10)]
    assert (stopped(rule, values, monitor) is None) == rises


@pytest.mark.curriculum("R8")
@given(st.lists(st.floats(-2, 2), min_size=1, max_size=20), st.sampled_from(["min", "max"]), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_a_target_stops_once_it_was_reached_often_enough(values: list[float], mode: str, patience: int) -> None:
    rule = watcher("stop", "nnstudio.target", monitor="validation/x", target=0.5, mode=mode, patience=patience)
    there = [value >= 0.5 if mode == "max" else value <= 0.5 for value in values]
    runs = (epoch for epoch in range(patience, len(values)) if all(there[epoch - patience : epoch + 1]))
    assert stopped(rule, values, "validation/x") == next(runs, None)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=20), st.floats(1.5, 20), st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_divergence_is_a_loss_far_above_its_lowest(values: list[float], times: float, patience: int) -> None:
    rule = watcher("stop", "nnstudio.divergence", times=times, patience=patience)
    bad = [epoch > 0 and value > times * min(values[:epoch]) for epoch, value in enumerate(values)]
    runs = (epoch for epoch in range(patience, len(values)) if all(bad[epoch - patience : epoch + 1]))
    assert stopped(rule, values, "train/loss") == next(runs, None)


def test_divergence_takes_what_is_no_number_for_astray() -> None:
    assert stopped(watcher("stop", "nnstudio.divergence"), [1.0, 0.5, math.nan], "train/loss") == 2
    assert stopped(watcher("stop", "nnstudio.divergence"), [math.nan], "train/loss") == 0
    assert stopped(watcher("stop", "nnstudio.divergence"), [1.0, math.inf], "train/loss") == 1


@pytest.mark.curriculum("R8")
@pytest.mark.parametrize("id", IDS)
@given(values=st.lists(numbers, min_size=2, max_size=20), cut=st.integers(1, 19))
@settings(max_examples=10, deadline=None)
def test_a_rule_goes_on_from_its_attributes(id: str, values: list[float], cut: int) -> None:
    """As a checkpoint keeps them."""
    straight, before, again = (watcher("stop", id, monitor="x") for _ in range(3))
    said = [straight.ended(epoch, {"x": value}) for epoch, value in enumerate(values)]
    for epoch, value in enumerate(values[:cut]):
        before.ended(epoch, {"x": value})
    vars(again).update(json.loads(json.dumps(vars(before))))
    rest = list(enumerate(values))[cut:]
    assert [again.ended(epoch, {"x": value}) for epoch, value in rest] == said[cut:]


@pytest.mark.curriculum("R8")
@pytest.mark.parametrize("id", IDS)
def test_a_value_that_is_not_measured_is_named(id: str) -> None:
    rule = watcher("stop", id, monitor="validation/f2")
    with pytest.raises(ValueError, match=r"validation/f2.*train/loss, train/accuracy"):
        rule.ended(0, {"train/loss": 1.0, "train/accuracy": 0.5})


@pytest.mark.parametrize(
    ("id", "params", "named"),
    [
        ("nnstudio.early_stopping", {"patience": -1}, "patience is -1"),
        ("nnstudio.early_stopping", {"min_delta": float("nan")}, "min_delta is nan"),
        ("nnstudio.early_stopping", {"mode": "down"}, "mode is 'down'"),
        ("nnstudio.early_stopping", {"baseline": float("inf")}, "baseline is inf"),
        ("nnstudio.early_stopping", {"restore_best_weights": True}, "restore_best_weights"),
        ("nnstudio.target", {"target": "high"}, "target is 'high'"),
        ("nnstudio.divergence", {"times": 1}, "times is 1"),
    ],
)
def test_bad_values_are_named(id: str, params: dict[str, Any], named: str) -> None:
    assert named in refusal("stop", id, **params)
