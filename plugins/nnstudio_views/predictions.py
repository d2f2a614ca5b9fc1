"""What the network says of single samples: History → Tiles, Points, Matrix or a table."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nnstudio.api import Figure, History, Matrix, Note, Points, Predictions, Tiles

Array = npt.NDArray[np.generic]


def part_of(history: History, part: str) -> Predictions | None:
    """The newest predictions of a part; of any other where it has none (a run without validation)."""
    found = history.predictions
    return found.get(part) or next(iter(found.values()), None)


def predictions(history: History, part: str = "validation") -> Figure:
    """Samples with what the network takes them for, the worst first: pictures, the plane of two features, or a table."""
    seen = part_of(history, part)
    if seen is None:
        return Note(
            "Press Train. After each epoch samples appear here: blue where the network is right, red where it is wrong, the worst first."
        )
    if seen.images is not None:
        figure: Figure = tiles(seen)
    else:
        figure = plane(seen) or fit(seen) or table(seen)
    return replace(figure, caption=with_epoch(figure.caption, history, seen))


def boundary(history: History, part: str = "validation") -> Figure:
    """Where the network draws the line: its answer at every place of the plane of two features."""
    seen = part_of(history, part)
    if seen is None:
        return Note(
            "Press Train. For data with two features, the plane appears here, coloured by the network's answer at each place."
        )
    figure = plane(seen)
    if figure is None:
        return Note("A decision boundary needs data with exactly two features, such as moons, circles or spirals.")
    return replace(figure, caption=with_epoch(figure.caption, history, seen))


def confusion(history: History, part: str = "validation") -> Figure:
    """How often each class was taken for which; for regression, the predicted values against the true ones."""
    seen = part_of(history, part)
    if seen is None:
        return Note(
            "Press Train. After each epoch this shows which classes the network takes for which: rows are the truth, columns its answers."
        )
    if seen.confusion is None:
        return against_truth(seen)
    names = class_names(seen, len(seen.confusion))
    counts = np.asarray(seen.confusion, np.float64)
    right = float(np.trace(counts) / max(1.0, counts.sum()))
    return Matrix(
        seen.confusion,
        names,
        names,
        x_label="predicted",
        caption=with_epoch(f"{seen.part} {100 * right:.1f} % right", history, seen),
        diagonal_good=True,
    )


# ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def tiles(seen: Predictions) -> Tiles:
    assert seen.images is not None
    order = worst_first(seen)
    right = np.asarray(seen.target == seen.predicted)
    good = right[order] if is_classes(seen) and right.ndim == 1 else None
    return Tiles(seen.images[order], good, [described(seen, int(index)) for index in order], "worst first")


def plane(seen: Predictions) -> Points | None:
    """The lattice of answers and the samples on it; None where the samples have not two features."""
    if seen.inputs is None or seen.grid is None or seen.inputs.ndim != 2 or seen.inputs.shape[1] != 2:
        return None
    groups = np.asarray(seen.target).astype(np.int64) if is_classes(seen) else None
    wrong = int(np.sum(seen.target != seen.predicted)) if groups is not None else None
    return Points(
        seen.inputs[:, 0],
        seen.inputs[:, 1],
        groups,
        class_names(seen, int(groups.max(initial=0)) + 1) if groups is not None else (),
        seen.grid,
        seen.extent,
        caption="" if wrong is None else f"{wrong} of {len(seen.target)} wrong",
        title="Decision boundary" if groups is not None else "Fitted surface",
    )


def fit(seen: Predictions) -> Points | None:
    """One feature: the true and the predicted values over it; None for other data."""
    if seen.inputs is None or seen.inputs.ndim != 2 or seen.inputs.shape[1] != 1 or np.ndim(seen.target) != 1:
        return None
    x = np.concatenate((seen.inputs[:, 0], seen.inputs[:, 0]))
    y = np.concatenate((seen.target, seen.predicted))
    groups = np.repeat([1, 0], len(seen.target))
    return Points(x, y, groups, ("predicted", "true"), x_label="x", y_label="y", title="Fit")


def against_truth(seen: Predictions) -> Points:
    """Predicted values over the true ones: right is the diagonal."""
    target, predicted = (np.asarray(values, np.float64).reshape(-1) for values in (seen.target, seen.predicted))
    correlation = (
        np.corrcoef(target, predicted)[0, 1] if len(target) > 1 and np.std(target) and np.std(predicted) else np.nan
    )
    caption = "" if np.isnan(correlation) else f"r {correlation:.3f}"
    return Points(
        target, predicted, x_label="true", y_label="predicted", caption=caption, title="Predicted against true"
    )


def table(seen: Predictions, most: int = 30) -> Note:
    """The worst samples in words."""
    rows: list[Sequence[str]] = [("sample", "true", "predicted", "loss")]
    rows += [
        (
            str(seen.indices[index]),
            named(seen, seen.target[index]),
            named(seen, seen.predicted[index]),
            f"{seen.loss[index]:.3g}",
        )
        for index in worst_first(seen)[:most].tolist()
    ]
    return Note(rows=rows, caption="worst first")


# ── words ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_epoch(caption: str, history: History, seen: Predictions) -> str:
    """Looks cost time: where they are older than the curves, the caption says of when they are."""
    told = f"after epoch {seen.epoch}" if seen.epoch < history.epoch else ""
    return ", ".join(filter(None, (caption, told)))


def worst_first(seen: Predictions) -> npt.NDArray[np.int64]:
    return np.argsort(-np.nan_to_num(np.asarray(seen.loss, np.float64), nan=np.inf), kind="stable")


def is_classes(seen: Predictions) -> bool:
    return bool(seen.classes) or seen.confusion is not None


def class_names(seen: Predictions, count: int) -> Sequence[str]:
    return [seen.classes[index] if index < len(seen.classes) else str(index) for index in range(count)]


def named(seen: Predictions, value: object) -> str:
    """A class by its name, a number as a number."""
    if np.ndim(value):  # type: ignore[arg-type]
        return ", ".join(f"{part:.3g}" for part in np.asarray(value, np.float64)[:4].tolist())
    if is_classes(seen):
        index = int(value)  # type: ignore[call-overload]
        return seen.classes[index] if 0 <= index < len(seen.classes) else str(index)
    return f"{float(value):.4g}"  # type: ignore[arg-type]


def described(seen: Predictions, index: int) -> str:
    """A sample in words, for the pointer."""
    lines = [f"{named(seen, seen.target[index])}, taken for {named(seen, seen.predicted[index])}"]
    if is_classes(seen) and np.array_equal(seen.target[index], seen.predicted[index]):
        lines = [f"{named(seen, seen.target[index])}, rightly"]
    if seen.confidence is not None:
        lines.append(f"sure by {100 * float(seen.confidence[index]):.0f} %")
    lines.append(f"loss {float(seen.loss[index]):.3g}")
    lines.append(f"sample {int(seen.indices[index])} ({seen.part})")
    return "\n".join(lines)
