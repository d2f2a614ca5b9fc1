"""Learning-rate schedules. t is the step, T the steps of the whole run: every schedule fits a run of any length."""

from typing import Annotated, Literal

from nnstudio.api import Field, Params, ScheduleSpec, Ui, hookimpl

Share = Annotated[float, Field(ge=0, le=1)]


class Constant(Params):
    """The learning rate stays as it is.

    Formula: η(t) = η₀
    """


class Step(Params):
    """The learning rate is multiplied by γ at equal intervals.

    Formula: η(t) = η₀ · γ^⌊(n + 1) t / T⌋
    Source: Krizhevsky et al. 2012; He et al. 2016
    """

    gamma: Annotated[float, Field(gt=0, le=1), Ui(scale="log", symbol="γ")] = 0.1
    """What the learning rate is multiplied by at each drop."""
    drops: Annotated[int, Field(ge=1, le=100), Ui(symbol="n")] = 2
    """How often it drops in a run: 2 drops leave three stretches of equal length."""


class Exponential(Params):
    """The learning rate falls by the same share at every step.

    Formula: η(t) = η₀ · e^(−k t / T)
    Source: Goodfellow et al. 2016, ch. 8
    """

    k: Annotated[float, Field(ge=0, le=50), Ui(symbol="k")] = 5.0
    """How far it falls over the run: to e^(−k) of the start (5: to 0.7 %)."""


class Cosine(Params):
    """The learning rate falls along half a cosine: slowly at first, fast in the middle, gently at the end.

    Formula: η(t) = η₀ (α + (1 − α) · ½(1 + cos(π t / T)))
    Source: Loshchilov & Hutter 2017
    """

    floor: Annotated[Share, Ui(symbol="α")] = 0.0
    """What is left at the end, as a share of η₀."""


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


@hookimpl
def register_schedules() -> list[ScheduleSpec]:
    functions = "nnstudio_schedules.factors:"
    return [
        ScheduleSpec("nnstudio.constant", "Constant", Constant, functions + "constant", "η₀"),
        ScheduleSpec("nnstudio.step", "Step", Step, functions + "step_decay", "η₀ γ^⌊(n + 1) t / T⌋"),
        ScheduleSpec("nnstudio.exponential", "Exponential", Exponential, functions + "exponential", "η₀ e^(−k t / T)"),
        ScheduleSpec("nnstudio.cosine", "Cosine", Cosine, functions + "cosine", "η₀ (α + (1 − α) ½(1 + cos(π t / T)))"),
        ScheduleSpec(
            "nnstudio.warmup", "Warm-up", Warmup, functions + "warm_up", "η₀ (t + 1) / w, then η₀ or a cosine"
        ),
    ]
