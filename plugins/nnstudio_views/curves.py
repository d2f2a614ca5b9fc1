"""Curves of a run: History → Curves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nnstudio.api import Curves, Figure, History, Line, Note
from nnstudio_views.smoothing import track

Floats = npt.NDArray[np.float64]

PARTS = (("train", "train"), ("validation", "val"), ("test", "test"))
"""(name in the history, short name in the picture)"""
MOST_MARKS = 8


def number(value: float) -> str:
    return f"{value:.3f}" if 0.001 <= abs(value) < 1000 or value == 0 else f"{value:.3g}"


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def per_epoch(history: History) -> int:
    return max(1, history.started.steps_per_epoch) if history.started else 1


def step_lines(history: History, column: str, *, smoothing: float, axis: str, label: str = "train") -> list[Line]:
    """What was measured at each step: the raw values pale, their running mean over them."""
    steps, values = history.steps(column)
    if not np.isfinite(values[-1:]).any() and not np.isfinite(values).any():
        return []
    kept = track(history, column, smoothing)
    x = steps if axis == "steps" else kept.epochs(steps, per_epoch(history))
    key = f"{id(history)}/{column}/{axis}"
    raw = Line(x, values, label, "train", key=key)
    if not smoothing:
        return [raw]
    return [replace(raw, faint=True), Line(x, kept.mean.of(values), label, "train", key=f"{key}/{smoothing}")]


def epoch_line(history: History, part: str, label: str, column: str, axis: str) -> Line | None:
    """What was measured after each epoch, where that epoch ends."""
    epochs, values = history.epochs(f"{part}/{column}")
    known = np.isfinite(values)
    if not known.any():
        return None
    ends = epochs[known] + 1
    return Line(ends * per_epoch(history) if axis == "steps" else ends, values[known], label, part)


def curves_of(
    history: History, column: str, *, smoothing: float, axis: str, log_y: bool, share: bool = False, title: str = ""
) -> Curves | None:
    """A column over the run: each step of training, each epoch of validation; the newest values as the caption."""
    lines = step_lines(history, column, smoothing=smoothing, axis=axis)
    validation = epoch_line(history, "validation", "val", column, axis)
    if validation is not None:
        lines.append(validation)
    if not lines:
        return None
    marks = [*rate_jumps(history, axis), *changes(history, axis), *restored(history, axis)]
    caption = newest(history, column, share)
    return Curves(tuple(lines), x_label=axis, caption=caption, log_y=log_y, percent=share, marks=marks, title=title)


def changes(history: History, axis: str) -> list[tuple[float, str]]:
    """Where something was changed while it trained: `lr 0.001 → 0.01`; changes at one step share a mark."""
    scale = 1 if axis == "steps" else per_epoch(history)
    said: dict[int, list[str]] = {}
    for made in history.changed:
        said.setdefault(made.step, []).append(change_words(made.path, made.before, made.after))
    return [(step / scale, ", ".join(words)) for step, words in said.items()]


def change_words(path: str, before: Any, after: Any) -> str:
    """`lr 0.001 → 0.01`; entries and lists of them by their name alone."""
    name = path.rpartition(".")[2]
    if not all(isinstance(value, int | float | str) for value in (before, after)):
        return f"{name} changed"
    shown = (value if isinstance(value, str) else f"{value:g}" for value in (before, after))
    return f"{name} {' → '.join(shown)}"


def restored(history: History, axis: str) -> list[tuple[float, str]]:
    """The end of the epoch whose weights came back when a rule stopped the run."""
    epoch = history.finished.restored if history.finished else None
    scale = per_epoch(history) if axis == "steps" else 1
    return [] if epoch is None else [((epoch + 1) * scale, "best, came back")]


def rate_jumps(history: History, axis: str) -> list[tuple[float, str]]:
    """Where the schedule steps: `η × 0.1`. None are marked where there are too many to read; what a person changed says so itself."""
    steps, rates = history.steps("lr")
    told = {made.step for made in history.changed}
    jumps = [
        (index, factor) for index, factor in track(history, "lr", 0.0).jumps.of(rates) if int(steps[index]) not in told
    ]
    scale = 1 if axis == "steps" else per_epoch(history)
    return (
        [(float(steps[index]) / scale, f"η × {factor:.3g}") for index, factor in jumps]
        if len(jumps) <= MOST_MARKS
        else []
    )


def newest(history: History, column: str, share: bool) -> str:
    """`train 0.312  val 0.356`: the last epoch's means, or the newest step's while no epoch has ended; `val …  test …` at the end."""
    values = {part: history.last(f"{part}/{column}") for part, _ in PARTS}
    if history.finished:
        values["test"] = history.finished.values.get(f"test/{column}")
    if values["train"] is None:
        steps = history.steps(column)[1]
        values["train"] = float(steps[-1]) if len(steps) and np.isfinite(steps[-1]) else None
    if values["test"] is not None:
        del values["train"]
    said = ((short, values.get(part)) for part, short in PARTS)
    return "  ".join(
        f"{short} {percent(value) if share else number(value)}" for short, value in said if value is not None
    )


def loss(history: History, smoothing: float = 0.9, axis: str = "epochs", log_y: bool = False) -> Figure:
    """The loss of each step (pale), its running mean, and the validation part's loss after each epoch."""
    return curves_of(history, "loss", smoothing=smoothing, axis=axis, log_y=log_y) or Note(
        "Press Train. The loss of every step appears here, and the validation loss after each epoch: "
        "when the first falls and the second rises, the network learns its samples by heart."
    )


def metric_names(history: History) -> Sequence[str]:
    if history.started and history.started.metrics:
        return history.started.metrics
    return tuple(name for name in history.step_names if name not in {"loss", "lr", "penalty"})


def metric(
    history: History, metric: str = "", smoothing: float = 0.9, axis: str = "epochs", log_y: bool = False
) -> Figure:
    """A metric over the run, as `loss` shows the loss. Shares (accuracy) are shown in percent."""
    names = metric_names(history)
    chosen = metric or next(iter(names), "")
    title = chosen.replace("_", " ").capitalize() if len(chosen) > 3 else chosen.upper()
    share = chosen.endswith("accuracy")
    found = curves_of(history, chosen, smoothing=smoothing, axis=axis, log_y=log_y, share=share, title=title)
    if found is not None:
        return found
    if metric and names and metric not in names:
        return Note(f"This run measures {', '.join(names)}, but not '{metric}'. Choose one of them in the card's menu.")
    if history.started and not names:
        return Note("This run measures no metric beside the loss. Add one in Recipe, then train again.")
    return Note(
        "Press Train. How often the network is right appears here, on its training batches and after each epoch on validation."
    )


def learning_rate(history: History, axis: str = "epochs", log_y: bool = False) -> Figure:
    """η of each step, as the schedule set it."""
    lines = step_lines(history, "lr", smoothing=0.0, axis=axis, label="η")
    if not lines:
        return Note("Press Train. The learning rate of every step appears here: a schedule changes it over the run.")
    last = float(history.steps("lr")[1][-1])
    return Curves(tuple(lines), x_label=axis, caption=f"η {last:.3g}", log_y=log_y)


def penalties(history: History, smoothing: float = 0.9, axis: str = "epochs", log_y: bool = False) -> Figure:
    """The loss on the data beside the sum of the recipe's penalties: what the weights' size costs."""
    added = step_lines(history, "penalty", smoothing=0.0, axis=axis, label="penalty")
    if not added:
        said = "has no penalties" if history.started else "shows the penalties beside the loss"
        return Note(f"This run {said}. Add L1 or L2 in Recipe, then train: what they add to the loss appears here.")
    lines = [line for line in step_lines(history, "loss", smoothing=smoothing, axis=axis) if not line.faint]
    caption = f"data {number(_last(history, 'loss'))}  penalty {number(_last(history, 'penalty'))}"
    return Curves(
        (*lines, *(replace(line, role="series:3") for line in added)), x_label=axis, caption=caption, log_y=log_y
    )


def _last(history: History, column: str) -> float:
    return float(history.steps(column)[1][-1])
