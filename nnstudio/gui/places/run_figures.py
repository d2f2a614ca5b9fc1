"""Runs beside each other: curves laid over one another, a table of what each reached. No Qt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from nnstudio.figures import Curves, Figure, Line, Note
from nnstudio.gui.figures.ticks import number_text, percent_text
from nnstudio.gui.text import duration, tr
from nnstudio.runs.history import History
from nnstudio.runs.store import RunSummary


@dataclass(frozen=True)
class ShownRun:
    """A run as it is listed: `name` tells it from the others; color: its number among the chosen ones."""

    summary: RunSummary
    name: str
    color: int | None = None


def names(runs: Sequence[RunSummary]) -> list[str]:
    """A name for each (newest first): those that are called the same are numbered, the oldest 1."""
    shown: list[str] = []
    for index, run in enumerate(runs):
        older = sum(other.name == run.name for other in runs[index + 1 :])
        alone = sum(other.name == run.name for other in runs) == 1
        shown.append(run.name if alone else f"{run.name} {older + 1}")
    return shown


def main_metric(values: Sequence[str]) -> str:
    """What a run is judged by: the first metric of validation, else its loss; "" where nothing was measured."""
    validated = [name for name in values if name.startswith("validation/")]
    return next(
        (name for name in validated if not name.endswith("/loss")), next(iter(validated), next(iter(values), ""))
    )


def value_text(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return percent_text(value) if is_share(name) else number_text(value)


def is_share(name: str) -> bool:
    return name.endswith("accuracy")


def words(name: str, *, short: bool = False) -> str:
    """`validation/accuracy` → `validation accuracy`, or, short, `val accuracy`."""
    part, _, metric = name.partition("/")
    said = tr("val") if short and part == "validation" else tr(part)
    return f"{said} {metric.replace('_', ' ')}".strip()


def when(started: datetime | None, now: datetime) -> str:
    """`today 09:31`, `yesterday 18:02`, `Tuesday`, `3 May`."""
    if started is None:
        return ""
    days = (now.date() - started.date()).days
    if days == 0:
        return tr("today {time}", time=f"{started:%H:%M}")
    if days == 1:
        return tr("yesterday {time}", time=f"{started:%H:%M}")
    return f"{started:%A}" if 0 < days < 7 else f"{started.day} {started:%B}"


def told_apart(run: RunSummary, now: datetime) -> str:
    """One run in a line, so that it is told from others of its project: `LeNet · today 09:31 · val accuracy 91.2 % · 20 epochs · 2 min 11 s`."""
    started = run.started.astimezone().replace(tzinfo=None) if run.started else None
    metric = main_metric(tuple(run.values))
    value = f"{words(metric, short=True)} {value_text(metric, run.values.get(metric))}" if metric else ""
    return " · ".join(part for part in (run.name or run.id, when(started, now), value, outcome(run)) if part)


def outcome(run: RunSummary) -> str:
    """How it went, in a few words: `20 epochs · 2 min 11 s`, `crashed at step 412 · …`."""
    length = tr("1 epoch") if run.epochs == 1 else tr("{count} epochs", count=run.epochs)
    match run.state:
        case "crashed" | "failed":
            reason = run.problem.message if run.problem else ""
            return tr("{state} at step {step}", state=tr(run.state), step=number_text(run.step)) + (
                f" · {reason}" if reason else ""
            )
        case "done":
            return f"{length} · {duration(run.seconds)}"
        case "stopped":
            return tr("stopped after {length} · {time}", length=length, time=duration(run.seconds))
        case "early":
            return tr("stopped early after {length} · {time}", length=length, time=duration(run.seconds))
        case _:
            return tr(
                "{state} · {epochs} of {planned} epochs", state=tr(run.state), epochs=run.epochs, planned=run.planned
            )


def overlay(runs: Sequence[tuple[ShownRun, History]], metric: str) -> Figure:
    """One curve of `metric` for each run, its name at the end; a single run shows train beside validation."""
    if not runs:
        return Note(tr("Choose runs at the left: their curves are laid over each other here. Ctrl+click adds one."))
    lines: list[Line] = []
    for run, history in runs:
        x, y = history.epochs(metric)
        known = np.isfinite(y)
        if known.any():
            role = f"series:{run.color or 0}"
            lines.append(Line(x[known] + 1, y[known], run.name, role, key=f"{run.summary.id}/{metric}"))
    if len(runs) == 1:
        lines += _train_line(runs[0][1], metric)
    if not lines:
        return Note(tr("No epoch of these runs ended, so nothing was measured."))
    caption = tr("after each epoch") if len(runs) > 1 else runs[0][0].name
    return Curves(
        lines, x_label=tr("epochs"), caption=caption, percent=is_share(metric), title=words(metric).capitalize()
    )


def _train_line(history: History, metric: str) -> list[Line]:
    part, _, name = metric.partition("/")
    if part == "train":
        return []
    x, y = history.epochs(f"train/{name}")
    known = np.isfinite(y)
    return [Line(x[known] + 1, y[known], tr("train"), "other")] if known.any() else []


def metrics_of(histories: Sequence[History]) -> list[str]:
    """What can be compared: the columns of epochs, validation first, each once."""
    all_names = dict.fromkeys(name for history in histories for name in history.epoch_names)
    return sorted(all_names, key=lambda name: not name.startswith("validation/"))


def reached(runs: Sequence[tuple[ShownRun, History]]) -> Figure:
    """What each chosen run reached in its last epoch."""
    if not runs:
        return Note(tr("What each chosen run reached appears here."))
    columns = [name for name in metrics_of([history for _, history in runs]) if name.startswith("validation/")][:2]
    columns = columns or metrics_of([history for _, history in runs])[:2]
    head = (tr("run"), *(words(name, short=True) for name in columns), tr("epochs"), tr("time"))
    rows: list[Sequence[str]] = [head]
    for run, history in runs:
        values = [value_text(name, history.last(name)) for name in columns]
        rows.append((run.name, *values, str(run.summary.epochs), duration(run.summary.seconds)))
    return Note(rows=rows, caption=tr("last epoch"))
