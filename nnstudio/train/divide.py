"""A dataset divided as a project says: by chance, by groups, by time, in folds; and what stands against it."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataField, Dataset
from nnstudio.finding import did_you_mean
from nnstudio.problems import NNStudioError, Problem, Severity, errors
from nnstudio.project.project import Data
from nnstudio.train.split import Split, fold_count, split

Array = npt.NDArray[np.generic]

MANY_FOLDS = 1000
"""Leaving one out of more samples than this is warned of: each is a run of its own."""


def divide(dataset: Dataset, data: Data) -> tuple[Split, tuple[Problem, ...]]:
    """The parts, and warnings. Raises NNStudioError with what is wrong, each thing named by parameter, value and what to do."""
    refuse(_shares(data, dataset))
    by = _split_values(dataset, data)
    target = dataset.fields[dataset.target] if dataset.target else None
    refuse(_folds(data, dataset, by))
    refuse(_groups(data, dataset, by))
    parts = split(
        len(dataset),
        validation=data.validation,
        test=data.test,
        seed=data.split_seed,
        labels=_labels(target) if data.stratify else None,
        test_start=dataset.test_start,
        groups=by if data.split_by == "group" else None,
        times=_times(by, len(dataset)) if data.split_by == "time" else None,
        folds=data.folds,
        fold=data.fold,
        bootstrap=data.bootstrap,
    )
    problems = (*_empty(parts, data), *_classes(parts, data, target), *_many_folds(parts, data))
    refuse(problems)
    return parts, problems


def refuse(problems: Iterable[Problem]) -> None:
    """Raise all of them where one is an error."""
    found = tuple(problems)
    if errors(found):
        raise NNStudioError(*found)


# ── what it is divided by ─────────────────────────────────────────────────────────────────────────────────────────────


def _labels(target: DataField | None) -> Array | None:
    """Each sample's class, where it has one."""
    if target is None or target.kind not in {"label", "binary"} or target.values.size != len(target.values):
        return None
    return target.values.ravel()


def _times(by: Array | None, samples: int) -> Array:
    return np.arange(samples) if by is None else by


def _split_values(dataset: Dataset, data: Data) -> Array | None:
    """The values of `split_field`, one a sample; None where it is not used or empty. Raises NNStudioError."""
    if data.split_by not in {"group", "time"}:
        return None
    if not data.split_field:
        if data.split_by == "time":
            return None
        raise NNStudioError(
            _problem("data.split_field", "No field says which samples belong together.", _choose(dataset))
        )
    name, column = _field_and_column(dataset, data.split_field)
    field = dataset.fields.get(name)
    if field is None:
        remedy = did_you_mean(data.split_field, columns(dataset))
        raise NNStudioError(
            _problem("data.split_field", f"There is no field '{data.split_field}' to split by.", remedy)
        )
    values = field.values.reshape(len(field.values), -1)
    if not column and values.shape[1] == 1:
        return values[:, 0]
    names = list(field.names) if len(field.names) == values.shape[1] else []
    if column in names:
        return values[:, names.index(column)]
    if column.isdecimal() and int(column) < values.shape[1]:
        return values[:, int(column)]
    if column:
        known = names or [f"0 … {values.shape[1] - 1}"]
        message = f"'{name}' has no column '{column}' to split by."
        raise NNStudioError(_problem("data.split_field", message, did_you_mean(column, known)))
    message = f"'{name}' has {values.shape[1]} values a sample; one is needed to split by."
    remedy = f"Name one of them, as {name}.{names[0] if names else 0}."
    raise NNStudioError(_problem("data.split_field", message, remedy))


def _field_and_column(dataset: Dataset, text: str) -> tuple[str, str]:
    """("x", "age") of "x.age"; a field's own name may have dots, and a column's as well."""
    if text in dataset.fields:
        return text, ""
    fitting = [name for name in dataset.fields if text.startswith(f"{name}.")]
    name = max(fitting, key=len, default=text)
    return name, text[len(name) + 1 :]


def columns(dataset: Dataset) -> list[str]:
    """What can be split by: fields of one value a sample, and the columns of the others, as "field.column"."""
    found: list[str] = []
    for name, field in dataset.fields.items():
        width = int(np.prod(field.values.shape[1:], dtype=np.int64))
        if width == 1:
            found.append(name)
        elif field.kind in {"vector", "value"} and field.values.ndim == 2:
            names = field.names if len(field.names) == width else tuple(map(str, range(width)))
            found += [f"{name}.{column}" for column in names]
    return found


def _choose(dataset: Dataset) -> str:
    known = columns(dataset)
    shown = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    return f"Choose one: {shown}." if known else "This data has none; split at random."


# ── what stands against it ────────────────────────────────────────────────────────────────────────────────────────────


def _shares(data: Data, dataset: Dataset) -> Iterator[Problem]:
    shares = {} if data.folds else {"validation": data.validation}
    if dataset.test_start is None:
        shares["test"] = data.test
    for name, share in shares.items():
        if not 0 <= share <= 0.9:
            yield _problem("data.share", f"The {name} share is {share:g}.", "Allowed: 0 … 0.9.", name)
            return
    if sum(shares.values()) >= 1:
        message = f"Validation ({data.validation:g}) and test ({data.test:g}) together leave nothing to train on."
        yield _problem("data.share", message, "Keep their sum below 1.", "validation")


def _free(dataset: Dataset) -> int:
    return len(dataset) if dataset.test_start is None else dataset.test_start


def _folds(data: Data, dataset: Dataset, by: Array | None) -> Iterator[Problem]:
    if not data.folds:
        return
    if data.folds == 1 or data.folds < -1:
        allowed = "0 (none), a whole number ≥ 2, or −1 (leave one out)"
        yield _problem("data.folds", f"The number of folds is {data.folds}.", f"Allowed: {allowed}.", "folds")
        return
    in_training = (
        _free(dataset) if dataset.test_start is not None else _free(dataset) - round(data.test * _free(dataset))
    )
    units, words = in_training, "samples that are not for the test"
    if data.split_by == "group" and by is not None:
        groups = len(np.unique(by[: _free(dataset)]))
        with_test = dataset.test_start is None and data.test > 0
        units, words = max(0, groups - with_test), f"groups of '{data.split_field}' that are not for the test"
    count = fold_count(data.folds, units, by_time=data.split_by == "time")
    most = units - (data.split_by == "time")
    if count > most or count < 2:
        message = f"{count if data.folds > 0 else 'A fold each of'} {'folds of ' if data.folds > 0 else ''}{units} {words} cannot be made."
        yield _problem("data.folds", message, f"Choose 2 … {max(most, 2)} folds, or bring more data.", "folds")
    elif data.folds > 0 and not 0 <= data.fold < count:
        message = f"There is no fold {data.fold}: {count} folds are numbered from 0."
        yield _problem("data.fold", message, f"Allowed: 0 … {count - 1}.", "fold")


def _groups(data: Data, dataset: Dataset, by: Array | None) -> Iterator[Problem]:
    if data.split_by != "group" or by is None or data.folds:
        return
    test = data.test if dataset.test_start is None else 0.0
    parts = 1 + (data.validation > 0) + (test > 0)
    groups = len(np.unique(by[: _free(dataset)]))
    if groups < parts:
        message = (
            f"'{data.split_field}' has {groups} group{'s' if groups != 1 else ''}, and there are {parts} parts to fill."
        )
        remedy = "Set the validation or test share to 0, or split by another field."
        yield _problem("data.groups", message, remedy)


def _empty(parts: Split, data: Data) -> Iterator[Problem]:
    if not len(parts.train):
        message = f"No sample is left for training: {len(parts.validation)} are for validation, {len(parts.test)} for the test."
        yield Problem("data.no_training", message, remedy="Lower these shares or bring more data.", place="data")
    if not data.folds and data.validation > 0 and not len(parts.validation):
        message = f"The validation part is empty: {data.validation:g} of {len(parts.train)} samples is less than one."
        remedy = "Raise the share, bring more data, or set it to 0."
        yield _problem("data.no_validation", message, remedy, "validation", Severity.WARNING)


def _classes(parts: Split, data: Data, target: DataField | None) -> Iterator[Problem]:
    """A class that a part lacks: it is not learnt, or not measured."""
    if target is None or (labels := _labels(target)) is None or not len(parts.train):
        return
    untrained = np.setdiff1d(labels, labels[parts.train])
    if len(untrained):
        message = f"No training sample has the class {_named(untrained, target)}."
        yield _problem("data.class_untrained", message, _mend(data), "", Severity.WARNING)
    if data.folds > 0 and len(unseen := np.setdiff1d(labels, labels[parts.validation])):
        message = f"Fold {data.fold} of {data.folds} holds no sample of the class {_named(unseen, target)}: its score says nothing of it."
        remedy = "Choose fewer folds, " + (
            "or bring more samples of it." if data.stratify else "or switch on stratify."
        )
        yield _problem("data.fold_class", message, remedy, "folds", Severity.WARNING)


def _mend(data: Data) -> str:
    if data.split_by == "time":
        return "It comes only later: split at random, or lower the shares."
    if data.bootstrap:
        return "The bootstrap drew none: choose another bootstrap seed, or bring more samples."
    return "Bring more samples or lower the shares."


def _named(classes: Array, target: DataField) -> str:
    indices = [int(label) for label in classes.tolist()]
    return ", ".join(target.classes[index] if index < len(target.classes) else str(index) for index in indices)


def _many_folds(parts: Split, data: Data) -> Iterator[Problem]:
    count = len(parts.train) + len(parts.validation)
    if data.folds == -1 and data.split_by == "random" and count > MANY_FOLDS:
        message = f"Leave one out of {count} samples is {count} runs, one for each."
        yield _problem("data.many_folds", message, "10 folds tell nearly the same.", "folds", Severity.WARNING)


def _problem(
    code: str, message: str, remedy: str, param: str = "split_field", severity: Severity = Severity.ERROR
) -> Problem:
    return Problem(code, message, severity, remedy, param=param or None, place="data")
