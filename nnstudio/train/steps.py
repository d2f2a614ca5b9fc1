"""What the steps said, kept cheaply and told in batches."""

from collections.abc import Iterator, Sequence
from time import perf_counter

import numpy as np
import torch

from nnstudio.events import Steps
from nnstudio.train.recipe import Metric

INTERVAL = 0.05  # seconds between two batches: 20 a second


class Clock:
    """Seconds of training since the run began, pauses left out."""

    def __init__(self, earlier: float = 0.0) -> None:
        self._earlier = earlier
        self._since = perf_counter()

    @property
    def seconds(self) -> float:
        return self._earlier + perf_counter() - self._since

    def pause(self) -> None:
        self._earlier = self.seconds
        self._since = perf_counter()

    def go_on(self) -> None:
        self._since = perf_counter()


class StepLog:
    """Keeps each step's loss and, by reference, its outputs; `take` works out the metrics of all of them in one go.

    sums: of the epoch's values over its samples, added up step by step, so that they do not depend on when somebody looked.
    """

    def __init__(self, metrics: Sequence[Metric], step: int, clock: Clock) -> None:
        self.sums: dict[str, float] = {}
        self.due = 0.0
        self._metrics = metrics
        self._first = step
        self._clock = clock
        self._speed = 0.0
        self._taken = clock.seconds
        self._clear()

    def _clear(self) -> None:
        self._losses: list[float] = []
        self._rates: list[float] = []
        self._penalties: list[float] = []
        self._outputs: list[torch.Tensor] = []
        self._targets: list[torch.Tensor] = []

    def add(self, loss: float, rate: float, penalty: float | None, output: torch.Tensor, target: torch.Tensor) -> None:
        self._losses.append(loss)
        self._rates.append(rate)
        if penalty is not None:
            self._penalties.append(penalty)
        self._outputs.append(output.detach())
        self._targets.append(target.detach())  # the network may have computed it

    def take(self) -> Iterator[Steps]:
        """All steps since the last time, as one event; none where there were no steps."""
        self.due = perf_counter() + INTERVAL
        count = len(self._losses)
        if not count:
            return
        values = self._columns()
        seconds = self._clock.seconds
        self._update_speed(count, seconds - self._taken)
        news = Steps(self._first, values, seconds, self._speed)
        self._first += count
        self._taken = seconds
        self._clear()
        yield news

    def means(self) -> dict[str, float]:
        """Of the epoch so far, over its samples: "loss" and the metrics. Begins the next epoch's."""
        samples = self.sums.pop("samples")
        means = {name: total / samples for name, total in self.sums.items()}
        self.sums = {}
        return means

    def _columns(self) -> dict[str, np.ndarray]:
        sizes = np.array([len(target) for target in self._targets])
        values = {"loss": np.array(self._losses), "lr": np.array(self._rates)}
        totals = {"samples": sizes, "loss": values["loss"] * sizes}
        if self._metrics:
            output, target = torch.cat(self._outputs), torch.cat(self._targets)
            begins = np.cumsum(sizes) - sizes
            for metric in self._metrics:
                each = metric.per_sample(output, target).cpu().numpy()
                totals[metric.name] = np.add.reduceat(each, begins, dtype=np.float64)
                values[metric.name] = totals[metric.name] / sizes
        if self._penalties:
            values["penalty"] = np.array(self._penalties)
        for name, column in totals.items():
            total = self.sums.get(name, 0.0)
            for value in column.tolist():
                total += value
            self.sums[name] = total
        return values

    def _update_speed(self, count: int, seconds: float) -> None:
        """Steps a second, smoothed over about the last second."""
        if seconds > 0:
            weight = min(1.0, max(seconds, INTERVAL)) if self._speed else 1.0
            self._speed += weight * (count / seconds - self._speed)
