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


class Weights(Params):
    """The weights of each node over the run: their size, the share near zero (L1 makes it grow), or the effective learning rate.

    Before a normalization the scale of the weights does not count, only their direction, which a step turns by η/‖w‖².

    Formula: size √(mean w²);  near zero: share of |w| < 0.001;  effective learning rate η / mean w²
    Source: van Laarhoven 2017; Goodfellow et al. 2016, ch. 7.1
    """

    show: Literal["size", "near zero", "effective learning rate"] = "size"
    """What of them."""
    axis: Axis = "epochs"
    """What the x axis counts."""
    log_y: LogAxis = False
    """Powers of ten along y."""


class DescriptionLength(Params):
    """The run as a message: the bits of the model (the penalty) and of the data given the model (the loss). Weight decay is a prior.

    Formula: −log₂ p(w | data) = N · penalty / ln 2 + N · loss / ln 2 + const,   prior w ~ N(0, 1/(N λ)), N(0, 1/λ) for a summed loss
    Source: Goodfellow et al. 2016, ch. 5.6.1; Hinton & van Camp 1993
    """

    samples: Annotated[int, Field(ge=0, le=1_000_000_000), Ui(symbol="N")] = 0
    """N, size of the training part, for its bits in all; 0: bits a sample."""
    smoothing: Smoothing = 0.9
    """Of the loss: 0 shows the raw values; 0.9 remembers about 10 steps."""
    axis: Axis = "epochs"
    """What the x axis counts."""


class SurrogateLosses(Params):
    """The 0–1 error, which has no slope to follow, and the losses that stand in for it: each lies above it and falls with the margin.

    Formula: m = t · score;  0–1: m ≤ 0,  logistic: log₂(1 + e⁻ᵐ),  hinge: max(0, 1 − m),  squared: (1 − m)²,  exponential: e⁻ᵐ
    Source: Goodfellow et al. 2016, ch. 8.1.2; Bartlett, Jordan & McAuliffe 2006
    """


class ScoringRules(Params):
    """Which answer is the cheapest on average? With cross-entropy or squared error the honest one, q = p; with absolute error 0 or 1.

    Formula: E = p L(q, 1) + (1 − p) L(q, 0)
    Source: Gneiting & Raftery 2007
    """

    p: Annotated[float, Field(gt=0, lt=1)] = 0.7
    """how often the truth is 1"""


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
        ViewSpec(
            "nnstudio.weights",
            "Weights over time",
            "nnstudio_views.weights:weights",
            Weights,
            ("nodes", "epochs", "state"),
            help="Size, sparsity and effective learning rate of each node's weights.",
        ),
        ViewSpec(
            "nnstudio.description_length",
            "Description length",
            "nnstudio_views.description:description_length",
            DescriptionLength,
            ("steps", "state"),
            help="Bits of the model and of the data: weight decay as a prior.",
        ),
        ViewSpec(
            "nnstudio.surrogate_losses",
            "Surrogate losses",
            "nnstudio_views.theory:surrogate_losses",
            SurrogateLosses,
            (),
            help="The 0–1 error and the losses that stand in for it.",
        ),
        ViewSpec(
            "nnstudio.scoring_rules",
            "Scoring rules",
            "nnstudio_views.theory:scoring_rules",
            ScoringRules,
            (),
            help="Which answer each loss rewards.",
        ),
    ]
