"""The live views: what a run looks like while it goes. Each is a pure function of the run's history."""

from typing import Annotated, Literal

from nnstudio.api import Field, Params, Ui, ViewSpec, hookimpl

Smoothing = Annotated[float, Field(ge=0, le=0.999), Ui(label="smoothing")]
Axis = Annotated[Literal["epochs", "steps"], Ui(label="x axis")]
LogAxis = Annotated[bool, Ui(label="log axis")]
Part = Literal["validation", "train", "test"]


class Loss(Params):
    """The loss of each training step (pale) with its running mean, and the validation part's loss after each epoch.

    Formula: mₜ = Σ wᵏ xₜ₋ₖ / Σ wᵏ
    """

    smoothing: Smoothing = 0.9
    """w: 0 shows the raw values; 0.9 remembers about 10 steps, 0.99 about 100."""
    axis: Axis = "epochs"
    """What the x axis counts."""
    log_y: LogAxis = False
    """Powers of ten along y: tells small losses apart."""


class Metric(Loss):
    """A metric of each training step (pale) with its running mean, and of the validation part after each epoch."""

    metric: str = ""
    """Its name in the run, such as accuracy; empty: the first one."""


class LearningRate(Params):
    """The learning rate η of each step, as the schedule set it."""

    axis: Axis = "epochs"
    """What the x axis counts."""
    log_y: LogAxis = False
    """Powers of ten along y."""


class Penalties(Loss):
    """The loss on the data beside the sum of the recipe's penalties."""


class OfPart(Params):
    """Samples of one part of the data."""

    part: Part = "validation"
    """Which part of the data; where the run measured only another one, that one is shown."""


class Samples(OfPart):
    """Single samples and what the network takes them for: blue right, red wrong, the worst first."""


class Boundary(OfPart):
    """The network's answer at every place of the plane of two features, with the samples on it."""


class Confusion(OfPart):
    """How often each class was taken for which: rows are the truth, columns the network's answers."""


@hookimpl
def register_views() -> list[ViewSpec]:
    curves, samples = "nnstudio_views.curves:", "nnstudio_views.predictions:"
    told = ("epochs", "state")
    return [
        ViewSpec(
            "nnstudio.loss",
            "Loss",
            curves + "loss",
            Loss,
            ("steps", *told),
            width=2,
            default=True,
            help="Loss of each step and of validation.",
        ),
        ViewSpec(
            "nnstudio.metric",
            "Metric",
            curves + "metric",
            Metric,
            ("steps", *told),
            default=True,
            help="Accuracy, or whatever else the run measures.",
        ),
        ViewSpec(
            "nnstudio.predictions",
            "Predictions",
            samples + "predictions",
            Samples,
            ("predictions",),
            default=True,
            help="Samples, right and wrong, the worst first.",
        ),
        ViewSpec(
            "nnstudio.confusion",
            "Confusion",
            samples + "confusion",
            Confusion,
            ("predictions",),
            default=True,
            help="Which classes are taken for which.",
        ),
        ViewSpec(
            "nnstudio.boundary",
            "Decision boundary",
            samples + "boundary",
            Boundary,
            ("predictions",),
            help="The plane of two features, coloured by the network's answer.",
        ),
        ViewSpec(
            "nnstudio.learning_rate",
            "Learning rate",
            curves + "learning_rate",
            LearningRate,
            ("steps", "state"),
            help="What the schedule made of the learning rate.",
        ),
        ViewSpec(
            "nnstudio.penalties",
            "Penalties",
            curves + "penalties",
            Penalties,
            ("steps", "state"),
            help="What L1 and L2 add to the loss.",
        ),
    ]
