"""The data of a project as the two matrices of a linear regression: raw or scaled features, and targets."""

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataField
from nnstudio.experiments.bench import Bench
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.train.data import LoadedData

Floats = npt.NDArray[np.float64]

MOST = 2048
"""Features beyond which their covariance takes too long here."""


def matrix(loaded: LoadedData, rows: npt.NDArray[np.int64]) -> tuple[Floats, tuple[str, ...]]:
    """(N × D, names): all numeric input fields of the samples `rows`, flattened, as they are in the data. Raises NNStudioError."""
    fields = [(name, loaded.dataset.fields[name]) for name in loaded.dataset.inputs]
    fit = [(name, field) for name, field in fields if field.kind != "tokens"]
    if not fit:
        message = "The data has no numeric features."
        raise NNStudioError(Problem("experiment.features", message, remedy="Choose a table or images.", place="data"))
    parts = [field.values[rows].reshape(len(rows), -1).astype(np.float64) for _, field in fit]
    found = np.concatenate(parts, axis=1)
    if found.shape[1] > MOST:
        message = f"The data has {found.shape[1]} features; here at most {MOST} are worked with."
        raise NNStudioError(Problem("experiment.features", message, remedy="Choose data with fewer.", place="data"))
    names = tuple(title for (name, field), part in zip(fit, parts, strict=True) for title in _names(name, field, part))
    return found, names


def _names(name: str, field: DataField, part: Floats) -> list[str]:
    width = part.shape[1]
    return list(field.names) if len(field.names) == width else [f"{name} {index}" for index in range(width)]


def targets(loaded: LoadedData, rows: npt.NDArray[np.int64]) -> Floats:
    """N × K: the target's values, classes as one-hot. Raises NNStudioError where there is no target."""
    if not loaded.dataset.target:
        message = "The data has no target."
        raise NNStudioError(Problem("experiment.target", message, remedy="Choose data with one.", place="data"))
    field = loaded.dataset.fields[loaded.dataset.target]
    if field.kind == "label":
        count = max(len(field.classes), int(field.values.max()) + 1)
        return np.eye(count)[field.values[rows].ravel().astype(np.int64)]
    return field.values[rows].reshape(len(rows), -1).astype(np.float64)


def standardised(x: Floats) -> Floats:
    """Each column to mean 0 and standard deviation 1; a constant one to 0."""
    spread = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def with_bias(x: Floats) -> Floats:
    """A column of ones before the others."""
    return np.column_stack((np.ones(len(x)), x))


def training_part(project: Project, bench: Bench) -> tuple[LoadedData, npt.NDArray[np.int64]]:
    loaded = bench.load(project.data)
    return loaded, loaded.split.train
