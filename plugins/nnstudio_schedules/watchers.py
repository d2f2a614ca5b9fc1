"""Schedules that answer to what is measured after each epoch: `.factor` is what the learning rate is multiplied by.

Each class stands alone: its source is written into the exported script. No torch.
"""


class Plateau:
    """Lowers the rate when the watched value has stalled: the rule of torch's ReduceLROnPlateau, on the factor instead of the rate."""

    def __init__(
        self,
        monitor: str = "validation/loss",
        mode: str = "min",
        gamma: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        floor: float = 0.0,
    ) -> None:
        self.monitor, self.mode = monitor, mode
        self.gamma, self.patience, self.floor = gamma, patience, floor
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.factor = 1.0
        self.best: float | None = None
        self.bad_epochs = 0
        self.cooling = 0

    def ended(self, epoch: int, values: dict[str, float]) -> None:
        if self.monitor not in values:
            raise ValueError(
                f"the schedule watches '{self.monitor}', which is not measured; there are {', '.join(values) or 'no values'}"
            )
        value = values[self.monitor]
        if self._is_better(value):
            self.best, self.bad_epochs = value, 0
        else:
            self.bad_epochs += 1
        if self.cooling > 0:
            self.cooling -= 1
            self.bad_epochs = 0
        if self.bad_epochs > self.patience:
            lowered = max(self.factor * self.gamma, self.floor)
            if self.factor - lowered > 1e-8:
                self.factor = lowered
            self.cooling, self.bad_epochs = self.cooldown, 0

    def _is_better(self, value: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if self.best is None:
            return sign * value < float("inf")
        limit = (
            self.best * (1 - sign * self.threshold)
            if self.threshold_mode == "rel"
            else self.best - sign * self.threshold
        )
        return sign * value < sign * limit


class BoldDriver:
    """η += a·η₀ after an epoch in which the error fell, else η −= b·η."""

    def __init__(self, monitor: str = "train/loss", a: float = 0.05, b: float = 0.5) -> None:
        self.monitor, self.a, self.b = monitor, a, b
        self.factor = 1.0
        self.last: float | None = None

    def ended(self, epoch: int, values: dict[str, float]) -> None:
        if self.monitor not in values:
            raise ValueError(
                f"the schedule watches '{self.monitor}', which is not measured; there are {', '.join(values) or 'no values'}"
            )
        value = values[self.monitor]
        if self.last is not None:
            if value < self.last:
                self.factor += self.a
            else:
                self.factor -= self.b * self.factor
        self.last = value
