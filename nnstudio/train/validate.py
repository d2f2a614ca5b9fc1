"""Can this data be trained on? Each thing that is wrong is named with its field, its place and its value."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataField, Dataset
from nnstudio.problems import Problem, Severity

Array = npt.NDArray[Any]

FEW = 3  # so many places are named


def check_dataset(dataset: Dataset, title: str) -> tuple[Problem, ...]:
    """All that is wrong with `dataset`, called `title`."""
    if not len(dataset):
        return (_problem("data.empty", f"{title} has no samples.", "Choose data with at least one row."),)
    start = dataset.test_start
    if start is not None and not 0 <= start <= len(dataset):
        return (
            _problem(
                "data.test_start",
                f"{title}: its test part begins at {start}, but there are {len(dataset)} samples.",
                "This is the dataset plugin's fault.",
            ),
        )
    problems = [problem for name, field in dataset.fields.items() for problem in _check_field(name, field)]
    target = dataset.fields.get(dataset.target)
    if not problems and target is not None and target.kind in {"label", "binary"}:
        seen = np.unique(target.values)
        if len(seen) < 2:
            problems.append(
                _problem(
                    "data.one_class",
                    f"{title}: all {len(dataset)} samples have the class {_class_name(target, seen[0])} in '{dataset.target}'; there is nothing to tell apart.",
                    "Bring samples of at least two classes, or choose another target column.",
                    dataset.target,
                )
            )
    return tuple(problems)


def _check_field(name: str, field: DataField) -> Iterator[Problem]:
    values = field.values
    if values.dtype.kind not in "buif":
        yield _problem(
            "data.dtype",
            f"The field '{name}' holds {values.dtype} values; numbers are needed.",
            "Turn text into numbers or labels.",
            name,
        )
        return
    axes = {"image": (4, "N × C × H × W"), "tokens": (2, "N × T")}.get(field.kind)
    if axes and values.ndim != axes[0]:
        yield _problem(
            "data.shape",
            f"The field '{name}' ({field.kind}) has the shape {_shape(values)}; {axes[1]} is needed.",
            "",
            name,
        )
        return
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.all():
            yield _bad_values(
                "data.not_finite", name, values, ~finite, "is not a finite number", "Fill in or leave out these rows."
            )
            return
    if field.kind in {"label", "tokens"}:
        yield from _check_whole(name, field)
    if field.kind == "binary":
        yield from _some(name, values, (values != 0) & (values != 1), "is neither 0 nor 1", "data.range")


def _check_whole(name: str, field: DataField) -> Iterator[Problem]:
    values: Array = field.values
    if values.dtype.kind == "f":
        fractional = values != np.floor(values)
        if fractional.any():
            yield _bad_values(
                "data.range", name, values, fractional, "is not a whole number", "Labels count the classes from 0."
            )
            return
    if field.kind == "label" and values.ndim != 1:
        yield _problem(
            "data.shape",
            f"The field '{name}' (label) has the shape {_shape(values)}; one label a sample is needed.",
            "",
            name,
        )
        return
    top = len(field.classes) if field.kind == "label" else field.vocabulary
    if top:
        words = f"is not one of the {top} {'classes' if field.kind == 'label' else 'tokens'} 0 … {top - 1}"
    else:
        top, words = np.inf, "is below 0"
    yield from _some(name, values, (values < 0) | (values >= top), words, "data.range")


def _some(name: str, values: Array, wrong: Array, words: str, code: str) -> Iterator[Problem]:
    if wrong.any():
        yield _bad_values(code, name, values, wrong, words, "Mend or leave out these rows.")


def _bad_values(code: str, name: str, values: Array, wrong: Array, words: str, remedy: str) -> Problem:
    """Names the first places: `sample 3, column 1: nan`."""
    places = np.argwhere(wrong)
    named: list[str] = []
    for place in places[:FEW]:
        column = f", column {','.join(map(str, place[1:]))}" if len(place) > 1 else ""
        named.append(f"sample {place[0]}{column}: {values[tuple(place)]}")
    more = f" and {len(places) - FEW} more" if len(places) > FEW else ""
    return _problem(
        code,
        f"The field '{name}' has {len(places)} value{'s' if len(places) > 1 else ''} that {words} ({'; '.join(named)}{more}).",
        remedy,
        name,
    )


def _class_name(field: DataField, value: object) -> str:
    index = int(value)  # type: ignore[call-overload]
    return repr(field.classes[index]) if index < len(field.classes) else str(index)


def _shape(values: Array) -> str:
    return " × ".join(map(str, values.shape))


def _problem(code: str, message: str, remedy: str, field: str | None = None) -> Problem:
    return Problem(code, message, Severity.ERROR, remedy, param=field, place="data")
