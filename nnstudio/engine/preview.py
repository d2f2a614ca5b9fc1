"""A look at a dataset: some samples, how many of each class, the range of each feature."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataField
from nnstudio.engine.preview_augmented import with_augmented
from nnstudio.project.project import Data, Entry
from nnstudio.registry import Registry
from nnstudio.replies import PARTS, Preview
from nnstudio.train.data import LoadedData, load_data

Array = npt.NDArray[np.generic]
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


def preview(
    data: Data,
    registry: Registry,
    *,
    samples: int = 64,
    augmentations: Sequence[Entry] = (),
    seed: int = 0,
    load: Callable[[Data], LoadedData] | None = None,
) -> Preview:
    """`samples` samples of `data`, each class in turn, and figures of all. Raises NNStudioError where it cannot be loaded.

    augmentations: with them, some training samples before and after, as the seed has it.
    """
    loaded = load(data) if load is not None else load_data(data, registry)
    dataset = loaded.dataset
    parts = _parts(loaded)
    target = dataset.fields.get(dataset.target)
    labels = _labels(target)
    chosen = _chosen(len(dataset), labels, samples)
    plain = Preview(
        loaded.info,
        chosen,
        parts[chosen],
        {name: field.values[chosen] for name, field in dataset.fields.items()},
        None if labels is None or target is None else _class_counts(labels, parts, len(target.classes)),
        {name: found for name, field in dataset.fields.items() if (found := _ranges(field)) is not None},
        problems=loaded.problems,
    )
    return with_augmented(plain, loaded, augmentations, registry, seed)


def _parts(loaded: LoadedData) -> Counts:
    """For each sample the number of its part."""
    parts = np.zeros(len(loaded.dataset), np.int64)
    for number, name in enumerate(PARTS):
        parts[loaded.split.part(name)] = number
    return parts


def _labels(target: DataField | None) -> Counts | None:
    """Each sample's class, where the target is one."""
    if target is None or target.kind not in ("label", "binary"):
        return None
    values = target.values.reshape(len(target.values), -1)
    return values[:, 0].astype(np.int64) if values.shape[1] == 1 else None


def _chosen(count: int, labels: Counts | None, samples: int) -> Counts:
    """The first samples of each class in turn, so that a small picture shows every class; of unlabelled data the first ones."""
    if labels is None:
        return np.arange(min(samples, count))
    by_class = np.argsort(labels, kind="stable")
    starts = np.flatnonzero(np.diff(labels[by_class], prepend=-1))
    sizes = np.diff(starts, append=count)
    place_in_class = np.arange(count) - np.repeat(starts, sizes)
    in_turn = by_class[np.argsort(place_in_class, kind="stable")]
    return in_turn[:samples]


def _class_counts(labels: Counts, parts: Counts, classes: int) -> Counts:
    """K × 3: samples of each class in each part."""
    count = max(classes, int(labels.max(initial=-1)) + 1, 2)
    return np.bincount(labels * len(PARTS) + parts, minlength=count * len(PARTS)).reshape(count, len(PARTS))


def _ranges(field: DataField) -> Floats | None:
    """D × 4: lowest, mean, highest and standard deviation of each column, or of each channel; None where values only name something."""
    if field.kind not in ("image", "vector", "value") or not field.values.size:
        return None
    values = field.values if field.values.ndim > 1 else field.values[:, None]
    columns = np.moveaxis(values, 1, 0)  # D × N × …
    return np.array([_figures(column) for column in columns])


def _figures(values: Array) -> tuple[float, float, float, float]:
    if values.dtype == np.uint8:  # by counting: a picture set has millions of values, and 256 different ones
        counts = np.bincount(values.ravel(), minlength=256)
        known = np.arange(256.0)
        mean = float(np.average(known, weights=counts))
        low, high = np.flatnonzero(counts)[[0, -1]].tolist()
        return low, mean, high, float(np.sqrt(np.average((known - mean) ** 2, weights=counts)))
    numbers = values.astype(np.float64, copy=False)
    return float(numbers.min()), float(numbers.mean()), float(numbers.max()), float(numbers.std())
