"""Does a dataset load, is it whole and described, and is it the same each time?"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnstudio.data import DataError, Dataset
from nnstudio.params import validate
from nnstudio.plugins import resolve
from nnstudio.specs import DatasetSpec
from nnstudio.testing.declaration import check_declaration
from nnstudio.train.validate import check_dataset as faults


def check_dataset(spec: DatasetSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """Load it twice with `params` (the defaults where none are given) and look at what came."""
    complaints = check_declaration(spec)
    if complaints:
        return complaints
    chosen, problems = validate(spec.params, params or {}, owner=spec.title)
    if chosen is None:
        return [f"{spec.id}: {problem}" for problem in problems]
    load = resolve(spec.load)
    try:
        first, second = load(chosen), load(chosen)
    except DataError as error:
        return [f"{spec.id}: {error}"]
    if not isinstance(first, Dataset):
        return [f"{spec.id}: {spec.load} gave {type(first).__name__}; a nnstudio.api.Dataset is needed."]
    return [f"{spec.id}: {complaint}" for complaint in _complaints(spec, first, second)]


def _complaints(spec: DatasetSpec, dataset: Dataset, again: Dataset) -> Iterator[str]:
    yield from (str(problem) for problem in faults(dataset, spec.title))
    for name, field in dataset.fields.items():
        if field.kind == "label" and not field.classes:
            yield f"the field '{name}' holds labels, but no `classes` name them."
        if field.kind == "vector" and field.names and len(field.names) != field.values.shape[-1]:
            yield f"the field '{name}' has {field.values.shape[-1]} columns and {len(field.names)} names."
        if not np.array_equal(field.values, again.fields[name].values):
            yield f"the field '{name}' is another one each time it is loaded: draw from a generator with a seed parameter."
    if not dataset.inputs:
        yield "no field is an input."
    if not dataset.source or not dataset.licence:
        yield "source and licence say where data is from, and what one may do with it: give both."
    target = dataset.fields.get(dataset.target)
    tasks = {"label": "classification", "binary": "classification", "value": "regression"}
    if target is not None and spec.task and tasks.get(target.kind, spec.task) != spec.task:
        yield f"it says that it is for {spec.task}, but its target is of the kind '{target.kind}'."
