"""A run as far as it is known: grown event by event, read by views. No torch, no Qt."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from nnstudio.events import (
    Changed,
    EpochEnded,
    Event,
    Failed,
    Finished,
    NodeStats,
    Paused,
    Predictions,
    Resumed,
    RunStarted,
    Steps,
)
from nnstudio.problems import Problem

Floats = npt.NDArray[np.float64]


class Column:
    """A growing array: appending is cheap, reading gives a view without a copy."""

    def __init__(self) -> None:
        self._values: Floats = np.empty(1024)
        self._size = 0

    def extend(self, values: npt.ArrayLike) -> None:
        new = np.asarray(values, dtype=np.float64)
        end = self._size + len(new)
        if end > len(self._values):
            grown = np.empty(max(end, 2 * len(self._values)))
            grown[: self._size] = self._values[: self._size]
            self._values = grown
        self._values[self._size : end] = new
        self._size = end

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> Floats:
        return self._values[: self._size]


@dataclass
class History:
    """What is known of one run.

    changes: counts the news of each sort ("steps", "epochs", "predictions", "nodes", "state", "changed"), so that a view can tell what is new.
    changed: what was changed while it trained, in order; those that were refused are not among them, but in `refused`.

    state: "new", "running", "paused", "done", "early" (a rule stopped it), "stopped", "failed" or "crashed".
    """

    name: str = ""
    started: RunStarted | None = None
    state: str = "new"
    problems: tuple[Problem, ...] = ()
    predictions: Mapping[str, Predictions] = field(default_factory=dict[str, Predictions])  # by part
    node_stats: NodeStats | None = None
    epoch_stats: dict[int, NodeStats] = field(default_factory=dict[int, NodeStats])  # the last of each epoch
    finished: Finished | None = None
    steps_per_second: float = 0.0
    seconds: float = 0.0
    changes: dict[str, int] = field(default_factory=dict[str, int])
    changed: tuple[Changed, ...] = ()
    refused: Changed | None = None  # the last one
    _step_x: Column = field(default_factory=Column)
    _step_columns: dict[str, Column] = field(default_factory=dict[str, Column])
    _epoch_x: Column = field(default_factory=Column)
    _epoch_columns: dict[str, Column] = field(default_factory=dict[str, Column])

    @property
    def step(self) -> int:
        """Steps done."""
        return (
            int(self._step_x.values[-1]) + 1 if len(self._step_x) else (self.started.first_step if self.started else 0)
        )

    @property
    def epoch(self) -> int:
        """Epochs completed."""
        return (
            int(self._epoch_x.values[-1]) + 1
            if len(self._epoch_x)
            else (self.started.first_epoch if self.started else 0)
        )

    @property
    def total_steps(self) -> int:
        """T; without a word of the run itself, as many steps an epoch as in the first."""
        return (self.started.total_steps or self.started.epochs * self.started.steps_per_epoch) if self.started else 0

    @property
    def seconds_left(self) -> float | None:
        """Expected time to the end, None where nothing is known yet."""
        if not self.total_steps or self.steps_per_second <= 0:
            return None
        return max(0.0, (self.total_steps - self.step) / self.steps_per_second)

    @property
    def step_names(self) -> tuple[str, ...]:
        return tuple(self._step_columns)

    @property
    def epoch_names(self) -> tuple[str, ...]:
        return tuple(self._epoch_columns)

    def steps(self, name: str) -> tuple[Floats, Floats]:
        """(step numbers, values) of a column of steps: "loss", "accuracy", "lr", "penalty"; NaN where it was not measured."""
        column = self._step_columns.get(name)
        return self._step_x.values, column.values if column else np.full(len(self._step_x), np.nan)

    def epochs(self, name: str) -> tuple[Floats, Floats]:
        """(epoch numbers from 0, values) of a column of epochs: "validation/loss"; NaN where it was not measured."""
        column = self._epoch_columns.get(name)
        return self._epoch_x.values, column.values if column else np.full(len(self._epoch_x), np.nan)

    def last(self, name: str) -> float | None:
        """The newest value of an epoch's column, None where there is none."""
        values = self.epochs(name)[1]
        known = values[~np.isnan(values)]
        return float(known[-1]) if len(known) else None

    def until(self, step: int, epoch: int) -> "History":
        """A history of its own that ends before step `step` and epoch `epoch`: what a run that is resumed there goes on from."""
        cut = History(self.name, self.started, seconds=self.seconds, steps_per_second=self.steps_per_second)
        cut.changed = tuple(made for made in self.changed if made.step < step)
        for mine, its, columns, its_columns, end in (
            (self._step_x, cut._step_x, self._step_columns, cut._step_columns, step),
            (self._epoch_x, cut._epoch_x, self._epoch_columns, cut._epoch_columns, epoch),
        ):
            kept = int(np.searchsorted(mine.values, end))
            its.extend(mine.values[:kept])
            for name, column in columns.items():
                its_columns[name] = Column()
                its_columns[name].extend(column.values[:kept])
        return cut

    def add(self, event: Event) -> None:
        match event:
            case RunStarted():
                self.started, self.state = event, "running"
                self._news("state")
            case Steps(first, values, seconds, per_second):
                length = len(next(iter(values.values()))) if values else 0
                self._append(self._step_x, self._step_columns, np.arange(first, first + length), values)
                self.seconds, self.steps_per_second = seconds, per_second
                self._news("steps")
            case EpochEnded(epoch, _, values):
                row = {name: np.array([value]) for name, value in values.items()}
                self._append(self._epoch_x, self._epoch_columns, np.array([epoch]), row)
                self._news("epochs")
            case Predictions():
                self.predictions = {**self.predictions, event.part: event}
                self._news("predictions")
            case NodeStats():
                self.node_stats = self.epoch_stats[self.epoch] = event
                self._news("nodes")
            case Paused():
                self.state = "paused"
                self._news("state")
            case Resumed():
                self.state = "running"
                self._news("state")
            case Changed():
                self._change(event)
                self._news("changed")
            case Finished():
                self.finished, self.state = event, event.reason
                self._news("state")
            case Failed():
                self.problems, self.state = event.problems, "failed"
                self._news("state")
            case _:
                pass

    def _change(self, made: Changed) -> None:
        if made.problem is not None:
            self.refused = made
            return
        self.changed = (*self.changed, made)
        if self.started is not None:
            epochs = made.after if made.path == "recipe.epochs" else self.started.epochs
            self.started = replace(self.started, epochs=epochs, total_steps=made.total_steps)

    def crashed(self, problem: Problem) -> None:
        """The engine is gone: what came before stays."""
        self.problems, self.state = (problem,), "crashed"
        self._news("state")

    def _append(
        self, x: Column, columns: dict[str, Column], at: npt.ArrayLike, values: Mapping[str, npt.ArrayLike]
    ) -> None:
        before = len(x)
        x.extend(at)
        for name, column_values in values.items():
            column = columns.get(name)
            if column is None:
                column = columns[name] = Column()
                column.extend(np.full(before, np.nan))
            column.extend(column_values)
        for column in columns.values():
            if len(column) < len(x):
                column.extend(np.full(len(x) - len(column), np.nan))

    def _news(self, sort: str) -> None:
        self.changes[sort] = self.changes.get(sort, 0) + 1
