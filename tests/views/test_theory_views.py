"""The views that show what a loss is and what a penalty means: their numbers against the definitions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nnstudio_views import description, theory, weights

from nnstudio.api import Curves, History, Note
from nnstudio.events import EpochEnded, NodeStats, RunStarted, Steps
from nnstudio.gui.figures.check import fault


def lines(figure: object) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    assert isinstance(figure, Curves)
    assert fault(figure) == ""
    return {line.label: (np.asarray(line.x), np.asarray(line.y)) for line in figure.lines}


# ── surrogate losses ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O23")
def test_surrogate_losses_are_their_definitions() -> None:
    drawn = lines(theory.surrogate_losses(History()))
    for m, *expected in (
        (-1.0, 1, math.log2(1 + math.e), 2, 4, math.e),
        (-2.0, 1, math.log2(1 + math.exp(2)), 3, math.nan, math.nan),  # above what is shown
        (0.0, 1, 1, 1, 1, 1),
        (0.5, 0, math.log2(1 + math.exp(-0.5)), 0.5, 0.25, math.exp(-0.5)),
        (2.0, 0, math.log2(1 + math.exp(-2)), 0, 1, math.exp(-2)),
    ):
        found = [float(y[np.argmin(np.abs(x - m))]) for x, y in drawn.values()]
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert list(drawn) == ["0–1", "logistic", "hinge", "squared", "exponential"]


@pytest.mark.curriculum("O23")
def test_each_surrogate_lies_above_the_error_and_has_a_slope_where_it_has_none() -> None:
    """Upper bounds: what makes them small makes the error small. At m = 0 each falls, which the 0–1 error's slope does not say."""
    drawn = lines(theory.surrogate_losses(History()))
    margin, error = drawn.pop("0–1")
    assert set(np.unique(error)) == {0.0, 1.0}
    at = int(np.argmin(np.abs(margin)))
    for label, (_, loss) in drawn.items():
        shown = np.isfinite(loss)
        assert shown[margin >= -1].all(), label
        assert (loss[shown] >= error[shown] - 1e-12).all(), label
        assert loss[at + 1] < loss[at - 1], label
        assert (np.diff(loss[shown], 2) >= -1e-9).all(), f"{label} is not convex"


# ── scoring rules ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O23")
@settings(max_examples=25, deadline=None)
@given(st.integers(2, 198))
def test_cross_entropy_and_squared_error_are_proper_and_absolute_error_is_not(share: int) -> None:
    """The expected score p L(q, 1) + (1 − p) L(q, 0) is least at q = p for a proper rule; for |q − t| at 0 or 1."""
    p = share / 200
    drawn = lines(theory.scoring_rules(History(), p=p))
    for label, (q, cost) in drawn.items():
        best = float(q[np.argmin(cost)])
        if label == "absolute":
            assert p == 0.5 or best == (q[-1] if p > 0.5 else q[0])
        else:
            assert abs(best - p) <= 0.005 / 2 + 1e-9, label


@pytest.mark.curriculum("O23")
@settings(max_examples=25, deadline=None)
@given(st.floats(0.01, 0.99))
def test_the_excess_of_cross_entropy_is_the_divergence(p: float) -> None:
    """E(q) − H(p) = KL(p ‖ q) ≥ 0, the reason why it is proper."""
    q, cost = lines(theory.scoring_rules(History(), p=p))["cross-entropy"]
    entropy = -p * math.log(p) - (1 - p) * math.log(1 - p)
    divergence = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    np.testing.assert_allclose(cost - entropy, divergence, atol=1e-12)
    assert (divergence >= -1e-15).all()


# ── description length ────────────────────────────────────────────────────────────────────────────────────────────────


def trained(penalty: bool = True) -> History:
    history = History("run 1")
    history.add(RunStarted("1", "", "cpu", 2, 4, metrics=()))
    loss = np.array([2.0, 1.5, 1.0, 0.5, 0.25])
    columns = {"loss": loss} | ({"penalty": np.array([0.1, 0.2, 0.3, 0.35, 0.4])} if penalty else {})
    history.add(Steps(0, columns))
    return history


@pytest.mark.curriculum("R11")
@pytest.mark.parametrize("samples", [0, 1, 700])
def test_bits_of_the_model_and_of_the_data(samples: int) -> None:
    """N · penalty / ln 2 and N · loss / ln 2; without N those of one sample."""
    figure = description.description_length(trained(), samples=samples, smoothing=0.0, axis="steps")
    drawn = lines(figure)
    scale = max(samples, 1) / math.log(2)
    np.testing.assert_array_equal(drawn["model"][0], np.arange(5))
    np.testing.assert_allclose(drawn["model"][1], scale * np.array([0.1, 0.2, 0.3, 0.35, 0.4]), rtol=1e-12)
    np.testing.assert_allclose(drawn["data"][1], scale * np.array([2.0, 1.5, 1.0, 0.5, 0.25]), rtol=1e-12)
    np.testing.assert_allclose(drawn["both"][1], drawn["model"][1] + drawn["data"][1], rtol=1e-12)
    assert isinstance(figure, Curves)
    assert figure.y_label == ("bits" if samples else "bits a sample")


@pytest.mark.curriculum("R11")
def test_a_fair_coin_told_by_a_network_that_knows_nothing_is_one_bit() -> None:
    history = History()
    history.add(Steps(0, {"loss": np.full(3, math.log(2)), "penalty": np.zeros(3)}))
    drawn = lines(description.description_length(history, smoothing=0.0, axis="steps"))
    np.testing.assert_allclose(drawn["both"][1], 1.0, rtol=1e-12)


@pytest.mark.curriculum("R11")
def test_without_a_penalty_the_card_explains_the_prior() -> None:
    for history in (History(), trained(penalty=False)):
        note = description.description_length(history)
        assert isinstance(note, Note)
        assert "N(0, 1/λ)" in note.text
        assert "N(0, 1/(N λ))" in note.text


# ── weights ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def looked_at() -> History:
    """Two nodes with weights over three epochs of four steps, the learning rate halved in each; one without weights."""
    history = History("run 1")
    history.add(RunStarted("1", "", "cpu", 3, 4))
    for epoch in range(3):
        history.add(Steps(4 * epoch, {"loss": np.ones(4), "lr": np.full(4, 0.1 / 2**epoch)}))
        nodes = {"fc1": {"weight": 1.0 + epoch, "near_zero": 0.1 * epoch}, "relu1": {"dead": 0.5}}
        nodes["fc2"] = {"weight": 0.5, "near_zero": 0.0}
        history.add(EpochEnded(epoch, 4 * epoch + 4, {"train/loss": 1.0}))
        history.add(NodeStats(4 * epoch + 3, nodes))
    return history


@pytest.mark.curriculum("N5", "R2")
@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("size", {"fc1": [1, 2, 3], "fc2": [0.5, 0.5, 0.5]}),
        ("near zero", {"fc1": [0, 0.1, 0.2], "fc2": [0, 0, 0]}),
        ("effective learning rate", {"fc1": [0.1, 0.05 / 4, 0.025 / 9], "fc2": [0.4, 0.2, 0.1]}),
    ],
)
def test_weights_over_time(show: str, expected: dict[str, list[float]]) -> None:
    drawn = lines(weights.weights(looked_at(), show=show, axis="steps"))
    assert drawn.keys() == expected.keys()
    for node, values in expected.items():
        np.testing.assert_allclose(drawn[node][0], [3, 7, 11])
        np.testing.assert_allclose(drawn[node][1], values, rtol=1e-12)


@pytest.mark.curriculum("N5")
def test_weights_of_zero_have_no_effective_rate_and_no_look_is_a_note() -> None:
    history = looked_at()
    history.add(NodeStats(12, {"fc1": {"weight": 0.0}}))
    assert math.isnan(lines(weights.weights(history, show="effective learning rate"))["fc1"][1][-1])
    assert isinstance(weights.weights(History()), Note)
