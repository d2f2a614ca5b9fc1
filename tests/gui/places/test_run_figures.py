"""Runs in words, as curves and as a table."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from nnstudio.events import EpochEnded, RunStarted
from nnstudio.figures import Curves, Note
from nnstudio.gui.places.run_figures import (
    ShownRun,
    main_metric,
    metrics_of,
    names,
    outcome,
    overlay,
    reached,
    told_apart,
    value_text,
    when,
    words,
)
from nnstudio.problems import Problem
from nnstudio.runs.history import History
from nnstudio.runs.store import RunSummary


def summary(id: str = "1", name: str = "LeNet", state: str = "done", **fields) -> RunSummary:
    return RunSummary(id, Path(id), name, state, **fields)


def history(*losses: float, metric: float | None = None) -> History:
    made = History()
    made.add(RunStarted("1", "", "cpu", len(losses), 1))
    for epoch, loss in enumerate(losses):
        values = {"train/loss": loss / 2, "validation/loss": loss}
        made.add(EpochEnded(epoch, epoch + 1, values | ({"validation/accuracy": metric} if metric else {})))
    return made


def test_runs_that_are_called_the_same_are_numbered_from_the_oldest():
    runs = [summary("3"), summary("2", "MLP"), summary("1"), summary("0")]
    assert names(runs) == ["LeNet 3", "MLP", "LeNet 2", "LeNet 1"]


def test_a_run_is_judged_by_its_first_metric_else_its_loss():
    assert main_metric(("train/loss", "validation/loss", "validation/accuracy")) == "validation/accuracy"
    assert main_metric(("train/loss", "validation/loss")) == "validation/loss"
    assert main_metric(("train/loss",)) == "train/loss"
    assert main_metric(()) == ""


def test_a_run_in_a_menu_is_told_from_others_of_its_project():
    started = datetime(2025, 5, 6, 12, 0, tzinfo=UTC)
    values = {"validation/loss": 0.3, "validation/accuracy": 0.881}
    line = told_apart(
        summary(started=started, epochs=20, seconds=131, values=values), datetime(2025, 7, 1, 12, 0, tzinfo=UTC)
    )
    assert line == "LeNet · 6 May · val accuracy 88.1 % · 20 epochs · 2 min 11 s"
    assert told_apart(summary(name="", epochs=1), datetime(2025, 7, 1, 12, 0, tzinfo=UTC)) == "1 · 1 epoch · 0.0 s"


def test_words_and_values():
    assert words("validation/accuracy") == "validation accuracy"
    assert words("validation/binary_accuracy", short=True) == "val binary accuracy"
    assert value_text("validation/accuracy", 0.881) == "88.1 %"
    assert value_text("validation/loss", 0.3561) == "0.356"
    assert value_text("validation/loss", None) == "–"


@pytest.mark.parametrize(
    ("started", "said"),
    [
        (datetime(2026, 3, 4, 9, 5), "today 09:05"),
        (datetime(2026, 3, 3, 23, 59), "yesterday 23:59"),
        (datetime(2026, 2, 28, 1, 0), "Saturday"),
        (datetime(2026, 1, 5, 1, 0), "5 January"),
        (None, ""),
    ],
)
def test_when_a_run_began(started, said):
    assert when(started, datetime(2026, 3, 4, 12, 0)) == said


def test_how_a_run_went():
    assert outcome(summary(epochs=20, seconds=131)) == "20 epochs · 2 min 11 s"
    assert outcome(summary(state="stopped", epochs=1, seconds=42)) == "stopped after 1 epoch · 42 s"
    assert outcome(summary(state="running", epochs=3, planned=20)) == "running · 3 of 20 epochs"
    problem = Problem("run.nan", "The loss became NaN.")
    assert outcome(summary(state="failed", step=412, problem=problem)) == "failed at step 412 · The loss became NaN."


def test_curves_of_several_runs_have_a_colour_and_a_name_each():
    runs = [
        (ShownRun(summary("a"), "Adam", 0), history(1.0, 0.5)),
        (ShownRun(summary("b"), "SGD", 1), history(1.0, 0.8, 0.7)),
    ]
    figure = overlay(runs, "validation/loss")
    assert isinstance(figure, Curves)
    assert [(line.label, line.role) for line in figure.lines] == [("Adam", "series:0"), ("SGD", "series:1")]
    np.testing.assert_allclose(figure.lines[1].x, [1, 2, 3])
    assert figure.title == "Validation loss"


def test_one_run_shows_train_beside_validation():
    figure = overlay([(ShownRun(summary(), "LeNet", 0), history(1.0, 0.5))], "validation/loss")
    assert [(line.label, line.role) for line in figure.lines] == [("LeNet", "series:0"), ("train", "other")]
    np.testing.assert_allclose(figure.lines[1].y, [0.5, 0.25])


def test_nothing_to_show_teaches():
    assert isinstance(overlay([], ""), Note)
    assert isinstance(overlay([(ShownRun(summary(), "LeNet", 0), History())], "validation/loss"), Note)
    assert isinstance(reached([]), Note)


def test_the_table_has_what_each_reached():
    runs = [
        (ShownRun(summary(epochs=2, seconds=3, started=datetime.now(UTC)), "Adam", 0), history(1.0, 0.5, metric=0.9))
    ]
    figure = reached(runs)
    assert figure.rows[0] == ("run", "val loss", "val accuracy", "epochs", "time")
    assert figure.rows[1] == ("Adam", "0.500", "90.0 %", "2", "3.0 s")


def test_validation_comes_first_among_what_can_be_compared():
    assert metrics_of([history(1.0), history(1.0, metric=0.5)]) == [
        "validation/loss",
        "validation/accuracy",
        "train/loss",
    ]
