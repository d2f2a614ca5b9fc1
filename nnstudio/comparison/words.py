"""What a comparison says, in words: which differences exceed the spread, and which do not."""

import math

from nnstudio.comparison.results import Results
from nnstudio.comparison.saturation import saturation_words
from nnstudio.comparison.statistics import ALPHA, Difference, Spread

MINUS = "−"
FEW = 4
"""Below so many replicates a test sees next to nothing."""


def figure(value: float) -> str:
    """`0.123`, `1.2e-05`, `–`; a true minus."""
    if not math.isfinite(value):
        return "–"
    return f"{value:.4g}".replace("-", MINUS)


def is_share(metric: str) -> bool:
    """Is it said in percent?"""
    return metric.endswith("accuracy")


def worth(value: float, metric: str) -> str:
    """`0.123`, of an accuracy `80.0 %`."""
    return f"{_percent(value)} %" if is_share(metric) and math.isfinite(value) else figure(value)


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".replace("-", MINUS)


def spread_words(said: Spread, metric: str) -> str:
    """`0.123 ± 0.004`, `80.0 ± 0.4 %`; without a spread, where there is one value."""
    if not said.n:
        return "–"
    return _with_spread(said.mean, said.std, metric) if said.n > 1 else worth(said.mean, metric)


def _with_spread(mean: float, std: float, metric: str) -> str:
    if is_share(metric) and math.isfinite(mean) and math.isfinite(std):
        return f"{_percent(mean)} ± {_percent(std)} %"
    return f"{figure(mean)} ± {figure(std)}"


def _points(size: str, metric: str) -> str:
    """How much lies between two values: of percentages, points."""
    points, percent, _ = size.partition(" %")
    return f"{points} percentage points of {metric_words(metric)}" if percent else f"{size} {metric_words(metric)}"


def metric_words(metric: str) -> str:
    return metric.replace("/", " ").replace("_", " ")


def p_words(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.2g}"


def difference_words(results: Results, difference: Difference, metric: str) -> str:
    """`Adam − SGD: −0.12 ± 0.02 validation loss: more than the spread (p = 0.003).`"""
    arms = results.comparison.arms
    names = f"{arms[difference.first].name} {MINUS} {arms[difference.second].name}"
    if difference.p is None:
        if not difference.n:
            return f"{names}: no {results.comparison.sort[:-1]} of both is complete, so nothing can be said."
        size = _points(worth(difference.mean, metric), metric)
        return f"{names}: {size}, from one {results.comparison.sort[:-1]} alone: nothing can be said about chance."
    size = _points(_with_spread(difference.mean, difference.std, metric), metric)
    verdict = "more than the spread" if difference.exceeds else "within the spread"
    return f"{names}: {size}: {verdict} ({p_words(difference.p)})."


def summary(results: Results, metric: str = "") -> list[str]:
    """The comparison in sentences: the best arm, then every pair, those that differ most surely first."""
    metric = metric or results.main
    arms, kind = results.comparison.arms, results.comparison.sort
    best = results.best_arm(metric)
    if best is None:
        return ["No run is complete: there is nothing to say yet."]
    lines: list[str] = []
    if len(arms) > 1:
        said = spread_words(results.spread(best, metric), metric)
        lines.append(f"Best in the mean over {kind}: {arms[best].name}, {metric_words(metric)} {said}.")
    else:
        lines.append(_alone(results, metric))
    pairs = sorted(results.differences(metric), key=lambda item: (item.p is None, item.p or 0.0))
    lines += [difference_words(results, pair, metric) for pair in pairs]
    few = max((pair.n for pair in pairs), default=FEW)
    if 1 < few < FEW and not any(pair.exceeds for pair in pairs):
        lines.append(f"With {few} {kind} only very large differences can be told from chance: more {kind} say more.")
    lines += saturation_words(results)
    lines += _warnings(results)
    return lines


def _alone(results: Results, metric: str) -> str:
    """One arm: its spread over the replicates, and the best of its runs."""
    said, best = results.spread(0, metric), results.best_run(metric)
    kind = results.comparison.sort if said.n > 1 else results.comparison.sort[:-1]
    line = f"{metric_words(metric).capitalize()} over {said.n} {kind}: {spread_words(said, metric)}"
    if said.n > 1 and best is not None:
        name = results.comparison.replicates[best.replicate].name
        line += f", from {worth(said.low, metric)} to {worth(said.high, metric)}; the best is {name}"
    return line + "."


def _warnings(results: Results) -> list[str]:
    lines: list[str] = []
    for arm, variant in enumerate(results.comparison.arms):
        bad = [item for item in results.of(arm) if item.state in ("failed", "crashed")]
        if bad:
            reason = f": {bad[0].problem.message}" if bad[0].problem else ""
            lines.append(f"{variant.name}: {len(bad)} of {len(results.of(arm))} runs {bad[0].state}{reason}")
    left = sum(item.state in ("waiting", "stopped", "running", "paused") for item in results.outcomes)
    if left:
        lines.append(f"{left} of {len(results.outcomes)} runs are not complete; the same command goes on with them.")
    if not results.same_data:
        lines.append(
            "The data changed between runs: their numbers cannot be compared. Delete the runs and train again."
        )
    return lines


def rule(results: Results) -> str:
    """How it was judged."""
    folds = results.comparison.sort == "folds"
    corrected = " with the variance corrected for overlapping training parts (Nadeau & Bengio 2003)" if folds else ""
    return (
        f"Each pair of arms is compared over the {results.comparison.sort} that both have: mean ± standard deviation of the paired "
        f"differences, judged by a paired t-test{corrected}. All pairs together are held to a chance of {ALPHA:.0%} to call any "
        "difference “more than the spread” where there is none (Holm 1979)."
    )
