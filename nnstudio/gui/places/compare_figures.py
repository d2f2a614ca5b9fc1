"""The pictures of a comparison while it goes on and after: mean ± spread of each arm, final values. No Qt."""

import numpy as np

from nnstudio.comparison.results import Results
from nnstudio.comparison.statistics import band
from nnstudio.comparison.words import is_share, metric_words, spread_words
from nnstudio.figures import Curves, Figure, Line, Note
from nnstudio.gui.text import tr


def overlaid(results: Results | None, metric: str = "") -> Figure:
    """Every arm's mean as a line, one standard deviation above and below as faint ones."""
    empty = Note(tr("The curves of all alternatives appear here, each the mean over its seeds with its spread."))
    if results is None or not results.main:
        return empty
    metric = metric or results.main
    lines: list[Line] = []
    for arm, variant in enumerate(results.comparison.arms):
        x, mean, std = band([outcome.curve(metric) for outcome in results.of(arm)])
        if not len(x):
            continue
        role = f"series:{arm}"
        if std.any():
            lines += [Line(x, mean + sign * std, "", role, faint=True) for sign in (1, -1)]
        lines.append(Line(x, mean, variant.name, role))
    if not lines:
        return empty
    caption = tr("mean ± standard deviation over {sort}", sort=tr(results.comparison.sort))
    percent = is_share(metric)
    return Curves(
        lines, x_label=tr("epochs"), caption=caption, percent=percent, title=metric_words(metric).capitalize()
    )


def reached_table(results: Results | None) -> Figure:
    """What each arm reached, and how many of its runs are complete."""
    if results is None or not results.main:
        return Note(tr("What each alternative reached appears here."))
    metrics = [name for name in results.metrics if name.startswith("validation/")][:2] or list(results.metrics[:2])
    rows = [(tr("alternative"), *map(metric_words, metrics), tr("runs"))]
    for arm, variant in enumerate(results.comparison.arms):
        done = sum(outcome.complete for outcome in results.of(arm))
        values = [spread_words(results.spread(arm, metric), metric) for metric in metrics]
        rows.append((variant.name, *values, f"{done}/{len(results.of(arm))}"))
    return Note(rows=rows, caption=tr("after the last epoch"))


def progress(results: Results | None) -> float:
    """The share of all epochs that are done."""
    if results is None or not results.outcomes:
        return 0.0
    planned = max(1, results.comparison.project.recipe.epochs)
    shares = [1.0 if o.complete else min(1.0, len(o.epochs) / planned) for o in results.outcomes]
    return float(np.mean(shares))
