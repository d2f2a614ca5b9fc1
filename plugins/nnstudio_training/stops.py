"""Rules that end a run. Each class stands alone: its source is written into the exported script. No torch."""


class EarlyStopping:
    """Stops after `patience` epochs without a better value; `best_epoch` had the best. Keras' rule, epoch for epoch."""

    def __init__(
        self,
        monitor: str = "validation/loss",
        mode: str = "auto",
        patience: int = 3,
        min_delta: float = 0.0,
        baseline: float | None = None,
        start_from_epoch: int = 0,
        restore_best: bool = True,
    ) -> None:
        self.monitor, self.patience, self.min_delta = monitor, patience, min_delta
        self.baseline, self.start_from_epoch, self.restore_best = baseline, start_from_epoch, restore_best
        rises = ("accuracy", "auc", "precision", "recall", "f1", "r2")
        name = monitor.rpartition("/")[2]
        self.sign = -1 if mode == "max" or (mode == "auto" and any(word in name for word in rises)) else 1
        self.best: float | None = None
        self.best_epoch = 0
        self.seen = False
        self.wait = 0

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        if self.monitor not in values:
            raise ValueError(
                f"early stopping watches '{self.monitor}', which is not measured; there are {', '.join(values) or 'no values'}"
            )
        value = values[self.monitor]
        if epoch < self.start_from_epoch:
            return ""
        if not self.seen:
            self.seen, self.best_epoch = True, epoch
        self.wait += 1
        if self._is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.baseline is None or self._is_better(value, self.baseline):
                self.wait = 0
            return ""
        if self.wait >= self.patience and epoch > 0:
            best = (
                "none was a number"
                if self.best is None
                else f"the best was {self.best:.6g}, in epoch {self.best_epoch + 1}"
            )
            return f"{self.monitor} has not become better for {self.wait} epochs; {best}"
        return ""

    def _is_better(self, value: float, than: float | None) -> bool:
        reference = float("inf") if than is None else self.sign * than
        return self.sign * value + self.min_delta < reference


class Target:
    """Stops as soon as the watched value has reached the target."""

    def __init__(
        self, monitor: str = "validation/accuracy", target: float = 0.99, mode: str = "max", patience: int = 0
    ) -> None:
        self.monitor, self.target, self.mode, self.patience = monitor, target, mode, patience
        self.reached = 0

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        if self.monitor not in values:
            raise ValueError(
                f"the target watches '{self.monitor}', which is not measured; there are {', '.join(values) or 'no values'}"
            )
        value = values[self.monitor]
        there = value >= self.target if self.mode == "max" else value <= self.target
        self.reached = self.reached + 1 if there else 0
        return (
            f"{self.monitor} has reached {value:.6g}; the target was {self.target:g}"
            if self.reached > self.patience
            else ""
        )


class Divergence:
    """Stops when the watched value is no number, or so many times as large as the best so far, for more than `patience` epochs in a row."""

    def __init__(self, monitor: str = "train/loss", times: float = 10.0, patience: int = 0) -> None:
        self.monitor, self.times, self.patience = monitor, times, patience
        self.best: float | None = None
        self.bad = 0

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        if self.monitor not in values:
            raise ValueError(
                f"the guard watches '{self.monitor}', which is not measured; there are {', '.join(values) or 'no values'}"
            )
        value = values[self.monitor]
        if self.best is not None and value <= self.best * self.times:
            self.bad = 0
        elif self.best is not None or value != value:
            self.bad += 1
        if value == value and abs(value) != float("inf"):
            self.best = value if self.best is None else min(self.best, value)
        if self.bad > self.patience:
            return f"{self.monitor} is {value:.6g}, more than {self.times:g} times the lowest"
        return ""
