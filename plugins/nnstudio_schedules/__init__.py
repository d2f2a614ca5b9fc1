"""Learning-rate schedules. t is the step, T the steps of the whole run: every schedule fits a run of any length."""

import itertools
from typing import Annotated, Literal

from pydantic import field_validator

from nnstudio.api import Field, Params, ScheduleSpec, Ui, hookimpl

Share = Annotated[float, Field(ge=0, le=1)]
Per = Literal["run", "step"]
Fall = Annotated[float, Field(ge=0, le=1000), Ui(scale="log")]
Monitor = Annotated[str, Field(min_length=1, max_length=100)]


class Constant(Params):
    """The learning rate stays as it is.

    Formula: η(t) = η₀
    """


class Linear(Params):
    """The learning rate falls in a straight line to a floor, and stays there.

    Formula: η(t) = (1 − α) η₀ + α η_τ,  α = min(t / τ, 1),  η_τ = floor · η₀
    Source: Goodfellow et al. 2016, eq. 8.14
    """

    until: Annotated[float, Field(gt=0, le=1), Ui(symbol="τ/T")] = 1.0
    """Share of the run after which the floor is reached."""
    floor: Annotated[Share, Ui(symbol="η_τ/η₀")] = 0.01
    """What is left then, as a share of η₀."""


class Polynomial(Params):
    """The learning rate falls to zero along a power of what is left of the run.

    Formula: η(t) = η₀ (1 − t / T)^a
    Source: Chen et al. 2017 (DeepLab)
    """

    power: Annotated[float, Field(ge=0, le=20), Ui(symbol="a")] = 2.0
    """1 is a straight line; more falls earlier."""


class Step(Params):
    """The learning rate is multiplied by γ at equal intervals.

    Formula: η(t) = η₀ · γ^⌊(n + 1) t / T⌋
    Source: Krizhevsky et al. 2012; He et al. 2016
    """

    gamma: Annotated[float, Field(gt=0, le=1), Ui(scale="log", symbol="γ")] = 0.1
    """What the learning rate is multiplied by at each drop."""
    drops: Annotated[int, Field(ge=1, le=100), Ui(symbol="n")] = 2
    """How often it drops in a run: 2 drops leave three stretches of equal length."""


class PolynomialStep(Params):
    """The learning rate goes down stairs that follow a power of what is left of the run.

    Formula: η(t) = η₀ (1 − ⌊t / b⌋ / n)^a,  b = T / n
    Source: Mishkin et al. 2017
    """

    stairs: Annotated[int, Field(ge=1, le=1000), Ui(symbol="n")] = 5
    """How many stairs of equal length the run has: T, counted in stairs."""
    power: Annotated[float, Field(ge=0, le=20), Ui(symbol="a")] = 1.0
    """1: all stairs are equally high."""


class Exponential(Params):
    """The learning rate falls by the same share at every step.

    Formula: η(t) = η₀ · e^(−k t)
    Source: Goodfellow et al. 2016, ch. 8
    """

    k: Annotated[Fall, Ui(scale="log", symbol="k")] = 5.0
    """How fast it falls: per run, to e^(−k) of the start at its end (5: to 0.7 %)."""
    per: Per = "run"
    """What t counts: shares of the run (0 … 1), so that it fits any length, or steps."""


class PowerOfBase(Params):
    """The learning rate falls by the same share at every step, written with the base that you choose.

    Formula: η(t) = η₀ · a^(−b t)
    Source: Senior et al. 2013
    """

    base: Annotated[float, Field(ge=1, le=1000), Ui(symbol="a")] = 10.0
    """What it is divided by each time t grows by 1/b."""
    b: Annotated[Fall, Ui(scale="log", symbol="b")] = 2.0
    """How often, while t goes from 0 to 1: with base 10, the powers of ten over the run."""
    per: Per = "run"
    """What t counts: shares of the run (0 … 1), so that it fits any length, or steps."""


class InverseTime(Params):
    """The learning rate falls as 1/t: fast at first, never to zero.

    Formula: η(t) = η₀ / (1 + k t)
    Source: Robbins & Monro 1951; Bottou 1998
    """

    k: Annotated[Fall, Ui(scale="log", symbol="k")] = 10.0
    """How fast it falls: per run, to 1/(1 + k) of the start at its end."""
    per: Per = "run"
    """What t counts: shares of the run (0 … 1), so that it fits any length, or steps."""


class Cosine(Params):
    """The learning rate falls along half a cosine: slowly at first, fast in the middle, gently at the end.

    Formula: η(t) = η₀ (α + (1 − α) · ½(1 + cos(π t / T)))
    Source: Loshchilov & Hutter 2017
    """

    floor: Annotated[Share, Ui(symbol="α")] = 0.0
    """What is left at the end, as a share of η₀."""


class CosineRestarts(Params):
    """Cosine after cosine: each falls to the floor, then the rate jumps back to the start.

    Formula: η(t) = η₀ (α + (1 − α) · ½(1 + cos(π tᵢ / Tᵢ))),  Tᵢ₊₁ = m Tᵢ,  Σ Tᵢ = T
    Source: Loshchilov & Hutter 2017 (SGDR)
    """

    cycles: Annotated[int, Field(ge=1, le=20), Ui(symbol="n")] = 3
    """How many cosines fill the run."""
    growth: Annotated[int, Field(ge=1, le=10), Ui(symbol="m")] = 2
    """How many times as long as the last each cosine is."""
    floor: Annotated[Share, Ui(symbol="α")] = 0.0
    """What is left at the end of each, as a share of η₀."""


class Warmup(Params):
    """The learning rate rises in a straight line from near zero, then stays or falls along a cosine.

    Formula: η(t) = η₀ (t + 1) / w while t < w, then η₀ or the cosine over the rest
    Source: Goyal et al. 2017
    """

    warmup: Annotated[Share, Ui(symbol="w/T")] = 0.1
    """Share of the run that the rise takes."""
    then: Literal["cosine", "constant"] = "cosine"
    """What follows the rise."""
    floor: Annotated[Share, Ui(symbol="α")] = 0.0
    """What the cosine leaves at the end, as a share of η₀."""


class OneCycle(Params):
    """One rise and one long fall: a high rate in the middle of the run, a tiny one at its end. η₀ is the highest rate.

    Formula: η₀ / d₁ → η₀ over the first rise · T steps, then → η₀ / (d₁ d₂)
    Source: Smith & Topin 2018
    """

    rise: Annotated[Share, Ui(symbol="r")] = 0.3
    """Share of the run that the rise takes."""
    start: Annotated[float, Field(ge=1, le=1e6), Ui(scale="log", symbol="d₁")] = 25.0
    """It starts at η₀ divided by this."""
    end: Annotated[float, Field(ge=1, le=1e9), Ui(scale="log", symbol="d₂")] = 10_000.0
    """It ends at the starting rate divided by this."""
    shape: Literal["cosine", "linear"] = "cosine"
    """Along which curve it rises and falls."""


class Cyclic(Params):
    """Triangles: the learning rate rises and falls in straight lines, again and again. η₀ is the highest rate.

    Formula: η(t) = η₀ (α + (1 − α) max(0, 1 − |t/s − 2c + 1|)),  c = ⌊1 + t/2s⌋,  s = T/2n;  triangular2: the height halves with each c
    Source: Smith 2017
    """

    cycles: Annotated[int, Field(ge=1, le=1000), Ui(symbol="n")] = 4
    """How many triangles fill the run."""
    low: Annotated[Share, Ui(symbol="α")] = 0.1
    """The lowest rate, as a share of η₀."""
    mode: Literal["triangular", "triangular2"] = "triangular"
    """triangular2: each triangle is half as high as the last."""


Position = Annotated[float, Field(ge=0, le=1)]
Height = Annotated[float, Field(ge=0, le=1000)]


class Points(Params):
    """The learning rate follows the points that you set, from one to the next.

    Formula: η(t) = η₀ · (the curve through the points at t / T)
    """

    points: tuple[tuple[Position, Height], ...] = ((0.0, 1.0), (0.5, 1.0), (1.0, 0.01))
    """Share of the run and share of η₀, in the order of the run: 0:1, 0.5:1, 1:0.01."""
    between: Literal["linear", "cosine", "step"] = "linear"
    """How it goes from one point to the next: straight, smoothly, or by a jump at the next."""

    @field_validator("points")
    @classmethod
    def _in_the_order_of_the_run(cls, points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        if not points:
            raise ValueError("there must be a point")
        for (left, _), (right, _) in itertools.pairwise(points):
            if right < left:
                raise ValueError(f"the points must stand in the order of the run: {right:g} comes after {left:g}")
        return points


class Plateau(Params):
    """The learning rate is lowered whenever the watched value has not become better for some epochs.

    Formula: η ← max(γη, floor · η₀) after more than `patience` epochs without a value better than the best by `threshold`
    Source: He et al. 2016; torch.optim.lr_scheduler.ReduceLROnPlateau
    """

    monitor: Monitor = "validation/loss"
    """The value that is watched: part/name, as train/loss or validation/accuracy."""
    mode: Literal["min", "max"] = "min"
    """Whether smaller values are better, or larger ones."""
    gamma: Annotated[float, Field(gt=0, lt=1), Ui(scale="log", symbol="γ")] = 0.1
    """What the learning rate is multiplied by."""
    patience: Annotated[int, Field(ge=0, le=10_000)] = 10
    """How many epochs without a better value are let pass."""
    threshold: Annotated[float, Field(ge=0, le=1e6), Ui(scale="log", advanced=True)] = 1e-4
    """What counts as better: by this share of the best value, or by this much."""
    threshold_mode: Annotated[Literal["rel", "abs"], Ui(advanced=True)] = "rel"
    """rel: the threshold is a share of the best value; abs: it is in the value's own unit."""
    cooldown: Annotated[int, Field(ge=0, le=10_000), Ui(advanced=True)] = 0
    """Epochs after a drop in which nothing is counted."""
    floor: Annotated[Share, Ui(advanced=True)] = 0.0
    """The rate is never lowered below this share of η₀."""


class BoldDriver(Params):
    """Faster while it goes well: after an epoch in which the error fell the rate grows a little, else it is cut.

    Formula: ΔE < 0: η ← η + a η₀;  else η ← η − b η
    Source: Vogl et al. 1988; Battiti 1989
    """

    monitor: Monitor = "train/loss"
    """The error that is watched: part/name, as train/loss or validation/loss."""
    a: Annotated[float, Field(ge=0, le=10), Ui(symbol="a")] = 0.05
    """What is added after an epoch in which it fell, as a share of η₀."""
    b: Annotated[float, Field(ge=0, le=1), Ui(symbol="b")] = 0.5
    """The share that is taken away after any other epoch."""


@hookimpl
def register_schedules() -> list[ScheduleSpec]:
    return [*_by_formula(), *_by_what_is_measured()]


def _by_formula() -> list[ScheduleSpec]:
    functions = "nnstudio_schedules.factors:"
    return [
        ScheduleSpec("nnstudio.constant", "Constant", Constant, functions + "constant", "η₀"),
        ScheduleSpec("nnstudio.linear", "Linear", Linear, functions + "linear", "(1 − α) η₀ + α η_τ,  α = min(t/τ, 1)"),
        ScheduleSpec("nnstudio.polynomial", "Polynomial", Polynomial, functions + "polynomial", "η₀ (1 − t/T)^a"),
        ScheduleSpec("nnstudio.step", "Step", Step, functions + "step_decay", "η₀ γ^⌊(n + 1) t / T⌋"),
        ScheduleSpec(
            "nnstudio.polynomial_step",
            "Polynomial stairs",
            PolynomialStep,
            functions + "polynomial_stairs",
            "η₀ (1 − ⌊t/b⌋/n)^a",
        ),
        ScheduleSpec("nnstudio.exponential", "Exponential", Exponential, functions + "exponential", "η₀ e^(−k t)"),
        ScheduleSpec(
            "nnstudio.power_of_base", "Exponential, any base", PowerOfBase, functions + "power_of_base", "η₀ a^(−b t)"
        ),
        ScheduleSpec("nnstudio.inverse_time", "1/t", InverseTime, functions + "inverse_time", "η₀ / (1 + k t)"),
        ScheduleSpec("nnstudio.cosine", "Cosine", Cosine, functions + "cosine", "η₀ (α + (1 − α) ½(1 + cos(π t / T)))"),
        ScheduleSpec(
            "nnstudio.cosine_restarts",
            "Cosine with warm restarts",
            CosineRestarts,
            functions + "cosine_restarts",
            "η₀ (α + (1 − α) ½(1 + cos(π tᵢ / Tᵢ)))",
        ),
        ScheduleSpec(
            "nnstudio.warmup", "Warm-up", Warmup, functions + "warm_up", "η₀ (t + 1) / w, then η₀ or a cosine"
        ),
        ScheduleSpec("nnstudio.one_cycle", "One cycle", OneCycle, functions + "one_cycle", "η₀/d₁ → η₀ → η₀/(d₁ d₂)"),
        ScheduleSpec(
            "nnstudio.cyclic", "Cyclic", Cyclic, functions + "cyclic", "η₀ (α + (1 − α) max(0, 1 − |t/s − 2c + 1|))"
        ),
        ScheduleSpec("nnstudio.points", "Key points", Points, functions + "key_points", "through your points"),
    ]


def _by_what_is_measured() -> list[ScheduleSpec]:
    classes = "nnstudio_schedules.watchers:"
    return [
        ScheduleSpec(
            "nnstudio.plateau",
            "On plateau",
            Plateau,
            watcher=classes + "Plateau",
            formula="η ← max(γη, floor · η₀) when it stalls",
        ),
        ScheduleSpec(
            "nnstudio.bold_driver",
            "Bold driver",
            BoldDriver,
            watcher=classes + "BoldDriver",
            formula="ΔE < 0: η ← η + a η₀;  else η ← η − b η",
        ),
    ]
