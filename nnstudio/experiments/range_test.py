"""The learning-rate range test: η rises exponentially from step to step, and the loss says where it is good and where too large.

Source: Smith 2017, Cyclical Learning Rates for Training Neural Networks; the smoothing and the rules as in fast.ai's finder.
"""

import math

import numpy as np
import numpy.typing as npt

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.forms import RangeTest
from nnstudio.experiments.words import line, short
from nnstudio.figures import Curves
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome, Suggestion

EXPLODED = 4.0
"""The test ends where the smoothed loss is that many times the lowest one."""

Floats = npt.NDArray[np.float64]


def range_test(project: Project, params: RangeTest, bench: Bench) -> Outcome:
    """Loss by learning rate over one pass of steps from the initial weights, and the η it suggests."""
    subject = bench.subject(project, double=True)
    subject.module.train()
    rates = exponential(params.low, params.high, params.steps)
    losses: list[float] = []
    lowest = math.inf
    for rate, batch in zip(rates.tolist(), subject.batches(), strict=False):
        losses.append(subject.step(batch, rate))
        newest = float(smoothed(np.array(losses), params.smoothing)[-1])
        lowest = min(lowest, newest)
        if not math.isfinite(newest) or newest > EXPLODED * lowest:
            break
    values = np.array(losses)
    kept = rates[: len(values)]
    smooth = smoothed(values, params.smoothing)
    exploded = not math.isfinite(float(smooth[-1])) or float(smooth[-1]) > EXPLODED * float(np.nanmin(smooth))
    found = suggested(kept, smooth, params.rule, exploded)
    figure = Curves(
        (line(kept, values, faint=True, role="train"), line(kept, smooth, "smoothed loss", "train")),
        x_label="η",
        log_x=True,
        marks=((found, f"η = {short(found, 2)}"),) if found else (),
        title="Loss against the learning rate",
        caption=f"{len(values)} steps",
    )
    if not found:
        verdict = (
            "The loss falls at none of these learning rates: look for a fault with the one-batch test, or begin lower."
        )
        return Outcome("Learning-rate range test", verdict, (figure,), numbers={"rates": kept, "losses": values})
    why = "the loss falls fastest there" if params.rule == "steepest" else "a tenth of where the loss explodes"
    end = (
        f"It explodes at {short(float(kept[-1]), 2)}."
        if exploded
        else f"It does not explode up to {short(params.high, 2)}."
    )
    facts = (("suggested η", short(found, 2)), ("rule", why), ("steps", str(len(values))))
    return Outcome(
        "Learning-rate range test",
        f"Take η = {short(found, 2)}: {why}. {end}",
        (figure,),
        facts,
        {"rates": kept, "losses": values, "smoothed": smooth, "suggestion": found},
        Suggestion(f"Use η = {short(found, 2)}", "recipe.optimizer.lr", float(f"{found:.2g}")),
    )


def exponential(low: float, high: float, steps: int) -> Floats:
    """η_k = low · (high/low)^(k/(n−1)), k = 0 … n−1."""
    return low * (high / low) ** (np.arange(steps) / max(1, steps - 1))


def smoothed(losses: Floats, beta: float) -> Floats:
    """s_k = (1−β) Σ_j β^(k−j) l_j / (1 − β^(k+1)): the exponential average, corrected for its start."""
    result, average = np.empty(len(losses)), 0.0
    for index, loss in enumerate(losses.tolist()):
        average = beta * average + (1 - beta) * loss
        result[index] = average / (1 - beta ** (index + 1))
    return result


def suggested(rates: Floats, smooth: Floats, rule: str, exploded: bool) -> float:
    """The η of the steepest descent over log η, or a tenth of the last one where the loss exploded; 0 where the loss never falls."""
    if rule == "tenth" and exploded:
        return float(rates[-1] / 10)
    known = np.isfinite(smooth)
    if known.sum() < 3:
        return 0.0
    slopes = np.gradient(smooth[known], np.log(rates[known]))
    steepest = int(np.argmin(slopes))
    return float(rates[known][steepest]) if slopes[steepest] < 0 else 0.0
