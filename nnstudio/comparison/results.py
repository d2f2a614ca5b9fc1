"""What the runs of a comparison reached, read from its folder or grown while it goes on."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.comparison.plan import Comparison, Trial, key_of
from nnstudio.comparison.statistics import Difference, Floats, Spread, differences, spread
from nnstudio.events import EpochEnded
from nnstudio.problems import NNStudioError, Problem
from nnstudio.registry import Registry
from nnstudio.runs.metrics import read_metrics
from nnstudio.runs.store import RunStore, RunSummary

COMPLETE = ("done", "early")
"""States of a run that is trained to its end."""

LOSS = "validation/loss"


@dataclass(frozen=True)
class Outcome:
    """What became of one trial. state: of its run, "waiting" where there is none yet. test: what was measured once, at the very end."""

    arm: int
    replicate: int
    state: str = "waiting"
    folder: Path | None = None
    epochs: tuple[EpochEnded, ...] = ()
    test: Mapping[str, float] = field(default_factory=dict[str, float])
    problem: Problem | None = None
    device: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict[str, Any])
    fingerprint: str = ""

    @property
    def complete(self) -> bool:
        return self.state in COMPLETE

    def curve(self, metric: str, *, time: bool = False) -> tuple[Floats, Floats]:
        """(epochs from 1, or seconds of training; values of `metric`), where it was measured."""
        pairs = [
            (event.seconds if time else event.epoch + 1, event.values[metric])
            for event in self.epochs
            if metric in event.values
        ]
        table = np.array(pairs, np.float64).reshape(-1, 2)
        table = table[np.isfinite(table[:, 1])]
        return table[:, 0], table[:, 1]


@dataclass(frozen=True)
class Results:
    """The outcomes of a comparison. goals: "max" or "min" of each metric by its name ("accuracy")."""

    comparison: Comparison
    outcomes: tuple[Outcome, ...]
    goals: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def metrics(self) -> tuple[str, ...]:
        """What was measured after each epoch: validation before training, metrics before losses, each once."""
        names = dict.fromkeys(
            name for outcome in self.outcomes for event in outcome.epochs[:1] for name in event.values
        )
        return tuple(sorted(names, key=lambda name: (not name.startswith("validation/"), name.endswith("/loss"))))

    @property
    def main(self) -> str:
        """What arms are judged by: the validation loss, or what there is."""
        return LOSS if LOSS in self.metrics else next(iter(self.metrics), "")

    def of(self, arm: int) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.arm == arm]

    def goal(self, metric: str) -> str:
        return self.goals.get(metric.rpartition("/")[2], "min")

    def values(self, arm: int, metric: str, *, best: bool = False) -> dict[int, float]:
        """By replicate: the last value of `metric` ("test/…": the one at the end) of each complete run; best: the best of its epochs."""
        found: dict[int, float] = {}
        for outcome in self.of(arm):
            if metric.startswith("test/"):
                values = np.array([outcome.test[metric]] if metric in outcome.test else [], np.float64)
            else:
                values = outcome.curve(metric)[1]
            if outcome.complete and len(values):
                pick = (values.max() if self.goal(metric) == "max" else values.min()) if best else values[-1]
                found[outcome.replicate] = float(pick)
        return found

    def spread(self, arm: int, metric: str, *, best: bool = False) -> Spread:
        return spread(list(self.values(arm, metric, best=best).values()))

    def differences(self, metric: str) -> list[Difference]:
        arms = [self.values(arm, metric) for arm in range(len(self.comparison.arms))]
        return differences(arms, overlapping=self.comparison.sort == "folds")

    def best_arm(self, metric: str) -> int | None:
        """The arm with the best mean of `metric`, None where nothing was measured."""
        means = {arm: self.spread(arm, metric).mean for arm in range(len(self.comparison.arms))}
        known = [arm for arm in means if np.isfinite(means[arm])]
        sign = -1 if self.goal(metric) == "max" else 1
        return min(known, key=lambda arm: sign * means[arm], default=None)

    def best_run(self, metric: str) -> Outcome | None:
        """The one run that reached the best last value of `metric`: what random restarts are for."""
        sign = -1 if self.goal(metric) == "max" else 1
        measured = [
            (sign * value, index)
            for index, outcome in enumerate(self.outcomes)
            if (value := self.values(outcome.arm, metric).get(outcome.replicate)) is not None
        ]
        return self.outcomes[min(measured)[1]] if measured else None

    def words(self, metric: str = "") -> list[str]:
        """The comparison in sentences: the best, and which differences are more than the spread."""
        from nnstudio.comparison.words import summary

        return summary(self, metric)

    @property
    def test_metrics(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for outcome in self.outcomes for name in outcome.test))

    @property
    def same_data(self) -> bool:
        """Did all runs learn from the same data? A file may have changed between them."""
        return len({outcome.fingerprint for outcome in self.outcomes if outcome.fingerprint}) <= 1


def goals_of(registry: Registry) -> dict[str, str]:
    return {id.rpartition(".")[2]: spec.goal for id, spec in registry.metrics.items()}


def found_runs(folder: Path) -> dict[str, RunSummary]:
    """The runs in `folder` by the fingerprint of their project; of several the complete one, else the newest."""
    store = RunStore(folder)
    found: dict[str, RunSummary] = {}
    for run in store.runs():  # newest first
        try:
            key = key_of(store.project(run.id))
        except NNStudioError:
            continue
        if key not in found or (run.state in COMPLETE and found[key].state not in COMPLETE):
            found[key] = run
    return found


def outcome_of(trial: Trial, run: RunSummary | None) -> Outcome:
    """What the run came to, as far as it is on the disk."""
    if run is None:
        return Outcome(trial.arm, trial.replicate)
    try:
        epochs = read_metrics(run.folder / "metrics.sqlite")[1]
    except sqlite3.Error:
        epochs = []
    test = {name: value for name, value in run.values.items() if name.startswith("test/")}
    return Outcome(
        trial.arm, trial.replicate, run.state, run.folder, tuple(epochs), test, run.problem,
        run.device, run.environment, run.data_fingerprint,
    )  # fmt: skip


def read_results(comparison: Comparison, registry: Registry, folder: Path) -> Results:
    """All that the folder tells. Raises NNStudioError where the comparison does not fit the plugins that are there."""
    runs = found_runs(folder)
    trials: Sequence[Trial] = comparison.trials(registry)
    return Results(comparison, tuple(outcome_of(trial, runs.get(trial.key)) for trial in trials), goals_of(registry))
