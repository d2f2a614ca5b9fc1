"""The report of a comparison: one HTML file that needs nothing else, and the same numbers as JSON."""

import json
import math
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.comparison import svg
from nnstudio.comparison.results import Outcome, Results
from nnstudio.comparison.statistics import Floats, band
from nnstudio.comparison.words import figure, metric_words, rule, spread_words, summary
from nnstudio.problems import Problem
from nnstudio.replies import Ensembled
from nnstudio.runs.record import replace_quickly

HTML, JSON = "report.html", "report.json"

_STYLE = """
body { font: 15px/1.5 Inter, system-ui, sans-serif; color: #1a1e27; background: #f3f4f7; margin: 0; }
main { max-width: 1080px; margin: 32px auto; padding: 0 24px; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 0 0 10px; }
section { background: #fff; border: 1px solid #d9dde5; border-radius: 10px; padding: 18px 22px; margin: 18px 0; }
.muted { color: #5d6678; } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 18px; }
svg { width: 100%; height: auto; display: block; } figure { margin: 0; } figcaption { font-weight: 600; margin-bottom: 6px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid #e7e9ee; vertical-align: top; }
th { color: #5d6678; font-weight: 500; } tr.best td { background: #e0f0ea; } li.sure { font-weight: 600; }
code, pre { font: 13px/1.45 "JetBrains Mono", ui-monospace, monospace; } pre { white-space: pre-wrap; background: #f7f8fa; padding: 12px; border-radius: 6px; }
.legend span { display: inline-block; margin: 0 16px 4px 0; }
.legend svg { display: inline-block; width: 28px; height: 8px; vertical-align: middle; margin-right: 6px; }
@media print { body { background: #fff; } section { break-inside: avoid; } }
"""

Ensembles = Mapping[int, Ensembled | Problem]


def write_report(results: Results, folder: Path, *, test: bool = False, ensembles: Ensembles | None = None) -> Path:
    """Put report.html and report.json into `folder`; the path of the page. test: show the test part's figures too. Raises OSError."""
    replace_quickly(
        folder / JSON,
        json.dumps(as_json(results, test=test, ensembles=ensembles), indent=1, ensure_ascii=False).encode(),
    )
    replace_quickly(folder / HTML, html(results, test=test, ensembles=ensembles).encode())
    return folder / HTML


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def as_json(results: Results, *, test: bool = False, ensembles: Ensembles | None = None) -> dict[str, Any]:
    """All that the page shows, with the curves; what is no number is null."""
    comparison, metrics = results.comparison, _metrics(results, test)
    return {
        "name": comparison.name,
        "metric": results.main,
        "replicates": [_settings(replicate.name, replicate.settings) for replicate in comparison.replicates],
        "arms": [
            {
                **_settings(arm.name, arm.settings),
                "final": {metric: _spread_json(results, index, metric) for metric in metrics},
                "best": {metric: _spread_json(results, index, metric, best=True) for metric in results.metrics},
                "curves": {metric: _curve_json(results, index, metric) for metric in results.metrics},
                "runs": [
                    {"replicate": item.replicate, "state": item.state, "folder": item.folder.name if item.folder else None,
                     "problem": str(item.problem) if item.problem else None}
                    for item in results.of(index)
                ],
                **({"ensemble": _ensemble_json(ensembles[index])} if ensembles and index in ensembles else {}),
            }
            for index, arm in enumerate(comparison.arms)
        ],
        "differences": [
            {"first": comparison.arms[item.first].name, "second": comparison.arms[item.second].name,
             "mean": _plain(item.mean), "std": _plain(item.std), "n": item.n, "p": item.p, "exceeds": item.exceeds}
            for item in (results.differences(results.main) if results.main else [])
        ],
        "words": summary(results),
        "rule": rule(results),
        "command": comparison.command,
        "environment": _environment(results),
    }  # fmt: skip


def _metrics(results: Results, test: bool) -> tuple[str, ...]:
    return (*results.metrics, *(results.test_metrics if test else ()))


def _settings(name: str, settings: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {"name": name, "settings": dict(settings)}


def _spread_json(results: Results, arm: int, metric: str, *, best: bool = False) -> dict[str, Any]:
    said = results.spread(arm, metric, best=best)
    values = results.values(arm, metric, best=best)
    return {
        "mean": _plain(said.mean),
        "std": _plain(said.std),
        "n": said.n,
        "values": {str(key): value for key, value in values.items()},
    }


def _curve_json(results: Results, arm: int, metric: str) -> dict[str, Any]:
    x, mean, std = band([item.curve(metric) for item in results.of(arm)])
    return {"epoch": x.tolist(), "mean": mean.tolist(), "std": std.tolist()}


def _ensemble_json(answer: Ensembled | Problem) -> dict[str, Any]:
    if isinstance(answer, Problem):
        return {"problem": str(answer)}
    return {
        "members": list(answer.members),
        "part": answer.part,
        "single": [dict(item) for item in answer.single],
        "together": dict(answer.together),
    }


def _environment(results: Results) -> dict[str, Any]:
    first = next((item for item in results.outcomes if item.environment), None)
    return {**first.environment, "device": first.device} if first else {}


def _plain(value: float) -> float | None:
    return value if math.isfinite(value) else None


# ── HTML ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def html(results: Results, *, test: bool = False, ensembles: Ensembles | None = None) -> str:
    """The page, whole: no script, no other file."""
    comparison = results.comparison
    complete = sum(item.complete for item in results.outcomes)
    count = f"{len(comparison.arms)} arms × {len(comparison.replicates)} {comparison.sort}, {complete} of {len(results.outcomes)} runs complete"
    sections = [
        ("In words", _words(results)),
        ("What they reached", _table(results, test)),
        ("Curves", _charts(results)),
        ("Averaged predictions", _ensembles(results, ensembles or {})),
        ("What each arm changes", _changes(results)),
        ("Where it ran", _facts(results)),
        (
            "How to repeat it",
            f"<p>In this folder (what is trained already is not trained again):</p><pre>{escape(comparison.command)}</pre>",
        ),
    ]
    body = "".join(f"<section><h2>{title}</h2>{content}</section>" for title, content in sections if content)
    name = escape(f"{comparison.name} · {comparison.project.name}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}</title><style>{_STYLE}</style></head><body><main><h1>{name}</h1>"
        f'<p class="muted">{escape(count)}</p>{body}</main></body></html>'
    )


def _words(results: Results) -> str:
    items = "".join(
        f'<li class="{"sure" if "more than the spread" in line else ""}">{escape(line)}</li>'
        for line in summary(results)
    )
    return f'<ul>{items}</ul><p class="muted">{escape(rule(results))}</p>'


def _table(results: Results, test: bool) -> str:
    metrics = _metrics(results, test)
    if not metrics:
        return ""
    best = results.best_arm(results.main)
    heads = "".join(f"<th>{escape(metric_words(metric))}</th>" for metric in metrics)
    rows: list[str] = []
    for index, arm in enumerate(results.comparison.arms):
        cells = "".join(_cell(results, index, metric) for metric in metrics)
        done = sum(item.complete for item in results.of(index))
        mark = ' class="best"' if index == best and len(results.comparison.arms) > 1 else ""
        rows.append(
            f"<tr{mark}><td>{_swatch(index)}{escape(arm.name)}</td>{cells}<td>{done} of {len(results.of(index))}</td></tr>"
        )
    text = f'<p class="muted">After the last epoch, mean ± standard deviation over {results.comparison.sort}; below it the best epoch’s.</p>'
    return f"<table><tr><th>arm</th>{heads}<th>complete</th></tr>{''.join(rows)}</table>{text}"


def _cell(results: Results, arm: int, metric: str) -> str:
    best = (
        ""
        if metric.startswith("test/")
        else f'<br><span class="muted">{spread_words(results.spread(arm, metric, best=True), metric)}</span>'
    )
    return f"<td>{spread_words(results.spread(arm, metric), metric)}{best}</td>"


def _charts(results: Results) -> str:
    arms = results.comparison.arms
    if not results.main:
        return ""
    legend = "".join(f"<span>{_swatch(index)}{escape(arm.name)}</span>" for index, arm in enumerate(arms))
    figures: list[str] = []
    for metric in sorted(results.metrics, key=lambda name: name != results.main):
        series = [
            svg.Series(arm.name, *band([item.curve(metric) for item in results.of(index)]))
            for index, arm in enumerate(arms)
        ]
        figures.append(_figure(metric_words(metric), svg.curves(series, "epochs", metric_words(metric))))
    timed = [svg.Series(arm.name, *_over_time(results, index)) for index, arm in enumerate(arms)]
    figures.insert(
        1,
        _figure(
            f"{metric_words(results.main)} against time",
            svg.curves(timed, "seconds of training (mean)", metric_words(results.main)),
        ),
    )
    said = [results.spread(index, results.main) for index in range(len(arms))]
    bars = svg.bars(
        [arm.name for arm in arms],
        [item.mean for item in said],
        [item.std for item in said],
        f"final {metric_words(results.main)}",
    )
    figures.insert(2, _figure(f"final {metric_words(results.main)}", bars))
    return f'<p class="legend">{legend}</p><div class="charts">{"".join(figures)}</div><p class="muted">Lines: means; bands: ± one standard deviation.</p>'


def _over_time(results: Results, arm: int) -> tuple[Floats, Floats, Floats]:
    """The mean value of each epoch over the mean time at which it ended."""
    x, mean, std = band([item.curve(results.main) for item in results.of(arm)])
    epochs, seconds, _ = band([_seconds(item) for item in results.of(arm)])
    return seconds[np.searchsorted(epochs, x)], mean, std


def _seconds(outcome: Outcome) -> tuple[Floats, Floats]:
    """(epochs from 1, seconds of training at their end)."""
    return np.array([event.epoch + 1.0 for event in outcome.epochs]), np.array(
        [event.seconds for event in outcome.epochs]
    )


def _figure(title: str, drawing: str) -> str:
    return f"<figure><figcaption>{escape(title)}</figcaption>{drawing}</figure>" if drawing else ""


def _swatch(index: int) -> str:
    return (
        f'<svg viewBox="0 0 28 8" style="display:inline-block;width:28px;height:8px;margin-right:6px"><line x1="0" y1="4" x2="28" y2="4" '
        f'stroke="{svg.color(index)}" stroke-width="3" stroke-dasharray="{svg.dash(index)}"/></svg>'
    )


def _ensembles(results: Results, ensembles: Ensembles) -> str:
    rows: list[str] = []
    for arm, answer in ensembles.items():
        name = escape(results.comparison.arms[arm].name)
        if isinstance(answer, Problem):
            rows.append(f'<tr><td>{name}</td><td colspan="4">{escape(str(answer))}</td></tr>')
            continue
        for metric in answer.together:
            values = (answer.mean(metric), answer.best(metric), answer.together[metric])
            rows.append(
                f"<tr><td>{name}</td><td>{escape(metric)}</td>{''.join(f'<td>{figure(value)}</td>' for value in values)}</tr>"
            )
    if not rows:
        return ""
    text = "The runs of an arm predict together: their probabilities (or values) are averaged, sample by sample."
    heads = "<tr><th>arm</th><th></th><th>mean of the runs</th><th>best run</th><th>together</th></tr>"
    return f'<p class="muted">{text}</p><table>{heads}{"".join(rows)}</table>'


def _changes(results: Results) -> str:
    names = list(dict.fromkeys(key for arm in results.comparison.arms for key, _ in arm.settings))
    if not names:
        return ""
    heads = "".join(f"<th><code>{escape(name)}</code></th>" for name in names)
    rows = ""
    for arm in results.comparison.arms:
        cells = "".join(f"<td><code>{escape(dict(arm.settings).get(name, '–'))}</code></td>" for name in names)
        rows += f"<tr><td>{escape(arm.name)}</td>{cells}</tr>"
    return f"<table><tr><th>arm</th>{heads}</tr>{rows}</table>"


def _facts(results: Results) -> str:
    rows = "".join(
        f"<tr><td>{escape(str(key))}</td><td>{escape(str(value))}</td></tr>"
        for key, value in _environment(results).items()
        if value
    )
    return f"<table>{rows}</table>" if rows else ""
