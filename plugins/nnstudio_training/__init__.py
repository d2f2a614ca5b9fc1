"""Around a step: clipping, averages of the weights, rules that end a run, batch sizes that grow."""

from typing import Annotated, Literal

from pydantic import field_validator

from nnstudio.api import (
    AverageParams,
    AverageSpec,
    BatchScheduleSpec,
    Field,
    GradientSpec,
    Params,
    StopSpec,
    Ui,
    hookimpl,
)

Monitor = Annotated[str, Field(min_length=1, max_length=100)]
Patience = Annotated[int, Field(ge=0, le=10_000)]
Finite = Annotated[float, Field(ge=-1e12, le=1e12)]
Epoch = Annotated[int, Field(ge=1, le=1_000_000)]


class ClipNorm(Params):
    """All gradients together are shortened to a length, their direction kept, where they are longer.

    Formula: g ← γ g / ‖g‖ where ‖g‖ > γ
    Source: Pascanu, Mikolov & Bengio 2013
    """

    max_norm: Annotated[float, Field(gt=0, le=1e6), Ui(scale="log", symbol="γ")] = 1.0
    """The longest that the gradients of all weights, taken as one vector, may be."""


class ClipValue(Params):
    """Each number of each gradient is cut off at a bound: the direction may change.

    Formula: g ← max(−c, min(c, g))
    Source: Mikolov 2012
    """

    clip_value: Annotated[float, Field(gt=0, le=1e6), Ui(scale="log", symbol="c")] = 1.0
    """The largest size of a number."""


class MovingAverage(AverageParams):
    """Exponential moving average: weights that follow training slowly, and no longer jump about at its end.

    Formula: θ̄ ← d θ̄ + (1 − d) θ
    Source: Polyak & Juditsky 1992; Tarvainen & Valpola 2017
    """

    decay: Annotated[float, Field(ge=0, lt=1), Ui(symbol="d")] = 0.995
    """Share of the average that is kept each time."""
    warm_up: Annotated[bool, Ui(advanced=True)] = False
    """On: until 1/(1 − d) weights have entered, the average is their plain mean, and owes nothing special to the first."""


class EqualAverage(AverageParams):
    """Stochastic weight averaging: the plain mean of the weights at the end of the last epochs; goes well with a constant or cyclic rate.

    Formula: θ̄ ← (n θ̄ + θ) / (n + 1)
    Source: Izmailov et al. 2018 (SWA)
    """

    start: Annotated[float, Field(ge=0, lt=1)] = 0.75
    """share of the run's epochs after which averaging begins; the average starts as a copy of the weights"""
    every: Literal["step", "epoch"] = "epoch"
    """how often the weights enter the average"""


class EarlyStopping(Params):
    """Stops when the watched value has not become better for some epochs: before the network learns the training samples by heart.

    Formula: stop after epoch e where e − best ≥ patience,   best: the last that was better by δ
    Source: Prechelt 1998; keras.callbacks.EarlyStopping
    """

    monitor: Monitor = "validation/loss"
    """The value that is watched: part/name, as validation/loss or validation/accuracy."""
    mode: Literal["auto", "min", "max"] = "auto"
    """Whether smaller or larger is better; auto: larger for accuracy, AUC, precision, recall, F1 and R², smaller for all else."""
    patience: Patience = 3
    """After how many epochs without a better value it stops."""
    min_delta: Annotated[float, Field(ge=0, le=1e6), Ui(scale="log", symbol="δ")] = 0.0
    """A value counts as better if it is better by more than this."""
    baseline: Finite | None = None
    """It must also be better than this for the waiting to begin anew."""
    start_from_epoch: Annotated[int, Field(ge=0, le=1_000_000), Ui(advanced=True)] = 0
    """So many epochs pass before it looks."""
    restore_best: bool = True
    """When it stops, the weights of the best epoch come back."""


class Target(Params):
    """Stops as soon as the watched value is good enough.

    Formula: stop where value ≥ target (or ≤, with mode min)
    Source: Coleman et al. 2017 (time to accuracy)
    """

    monitor: Monitor = "validation/accuracy"
    """The value that is watched: part/name."""
    target: Finite = 0.99
    """What it must reach."""
    mode: Literal["max", "min"] = "max"
    """max: it must be at least the target; min: at most."""
    patience: Patience = 0
    """For how many more epochs in a row it must stay there."""


class Divergence(Params):
    """Stops a run that has gone astray: the watched loss is far above the lowest it has been, or no number.

    Formula: stop where value > times · lowest so far,   for more than patience epochs in a row
    Source: Goodfellow et al. 2016, ch. 11
    """

    monitor: Monitor = "train/loss"
    """The value that is watched: a loss, part/name."""
    times: Annotated[float, Field(gt=1, le=1e9), Ui(scale="log")] = 10.0
    """How many times the lowest value is too much."""
    patience: Patience = 0
    """How many such epochs in a row are let pass."""


class Grow(Params):
    """The batch grows at the epochs that you name, where a schedule would lower the learning rate: the same noise, in fewer steps.

    For plain SGD the noise of training goes with ηN/m: ten times the batch does what a tenth of the rate would do.

    Formula: m(e) = m₀ · f^(number of named epochs ≤ e)
    Source: Smith et al. 2018
    """

    at: Epoch | tuple[Epoch, ...] = (4, 7)
    """The epochs, counted from 0, with which larger batches begin: 4, 7."""
    factor: Annotated[float, Field(gt=1, le=100), Ui(symbol="f")] = 2.0
    """How many times as large it becomes each time."""
    maximum: Annotated[int, Field(ge=1, le=10_000_000), Ui(scale="log", advanced=True)] = 8192
    """It does not grow beyond this."""

    @field_validator("at")
    @classmethod
    def _in_order(cls, at: int | tuple[int, ...]) -> int | tuple[int, ...]:
        if isinstance(at, tuple) and (not at or sorted(set(at)) != list(at)):
            raise ValueError("the epochs must be named once each, in order")
        return at


@hookimpl
def register_gradients() -> list[GradientSpec]:
    functions = "nnstudio_training.functions:"
    return [
        GradientSpec("nnstudio.clip_norm", "Clip by norm", ClipNorm, functions + "clip_norm", "g ← γ g/‖g‖ if ‖g‖ > γ"),
        GradientSpec(
            "nnstudio.clip_value", "Clip by value", ClipValue, functions + "clip_value", "g ← max(−c, min(c, g))"
        ),
    ]


@hookimpl
def register_averages() -> list[AverageSpec]:
    functions = "nnstudio_training.functions:"
    return [
        AverageSpec(
            "nnstudio.ema",
            "Moving average (EMA)",
            MovingAverage,
            functions + "moving_average",
            "θ̄ ← d θ̄ + (1 − d) θ",
        ),
        AverageSpec(
            "nnstudio.swa",
            "Equal average (SWA)",
            EqualAverage,
            functions + "equal_average",
            "θ̄ ← (n θ̄ + θ)/(n + 1)",
        ),
    ]


@hookimpl
def register_stops() -> list[StopSpec]:
    classes = "nnstudio_training.stops:"
    return [
        StopSpec("nnstudio.early_stopping", "Early stopping", EarlyStopping, classes + "EarlyStopping"),
        StopSpec("nnstudio.target", "Target reached", Target, classes + "Target"),
        StopSpec("nnstudio.divergence", "Divergence", Divergence, classes + "Divergence"),
    ]


@hookimpl
def register_batch_schedules() -> list[BatchScheduleSpec]:
    return [BatchScheduleSpec("nnstudio.grow", "Growing batch", Grow, "nnstudio_training.batches:grow", "m₀ · f^k")]
