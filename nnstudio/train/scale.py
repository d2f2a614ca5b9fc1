"""Standardisation: what is taken off each feature or channel and what it is divided by, fitted on the training part alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataField

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]

MODES = ("auto", "feature", "channel", "none")


@dataclass(frozen=True)
class Scale:
    """x ↦ (x / unit − mean) / std. unit: 255 for pictures of bytes, else 1. mean, std: shaped to broadcast over one sample.

    constant: how many features (or channels) did not vary; their std counts as 1.
    """

    mean: Floats
    std: Floats
    unit: float = 1.0
    constant: int = 0


def mode_for(field: DataField, mode: str) -> str:
    """What "auto" means for `field`: channel for pictures, feature for tables, none for the rest. A mode that cannot apply is "none"."""
    if field.kind == "image":
        return {"auto": "channel"}.get(mode, mode)
    if field.kind in {"vector", "value", "array"} and field.values.dtype.kind == "f" and field.values.ndim > 1:
        automatic = "none" if field.kind == "array" else "feature"
        return {"auto": automatic, "channel": "none"}.get(mode, mode)
    return "none"


def fit(field: DataField, rows: npt.NDArray[np.int64], mode: str) -> Scale | None:
    """The scale of `field` by its values in `rows`; None where it is used as it is."""
    unit = 255.0 if field.kind == "image" and field.values.dtype == np.uint8 else 1.0
    resolved = mode_for(field, mode)
    if resolved == "none" or not len(rows):
        return None if unit == 1.0 else Scale(np.zeros(1, np.float32), np.ones(1, np.float32), unit)
    if resolved == "channel":
        mean, std = _by_channel(field.values[rows])
    else:
        values = field.values[rows]
        mean, std = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    constant = ~(std > 1e-12 * np.maximum(np.abs(mean), 1e-300))
    std = np.where(constant, unit, std)
    return Scale((mean / unit).astype(np.float32), (std / unit).astype(np.float32), unit, int(constant.sum()))


def _by_channel(images: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of each channel, C × 1 × 1. Bytes are counted, which is exact and takes no memory."""
    shape = (images.shape[1], *(1 for _ in images.shape[2:]))
    means: list[float] = []
    stds: list[float] = []
    for channel in range(images.shape[1]):
        values = images[:, channel]
        if images.dtype == np.uint8:
            counts = np.bincount(values.ravel(), minlength=256)
            levels = np.arange(256)
            mean = counts @ levels / counts.sum()
            std = np.sqrt(counts @ (levels - mean) ** 2 / counts.sum())
        else:
            mean, std = values.mean(dtype=np.float64), values.std(dtype=np.float64)
        means.append(float(mean))
        stds.append(float(std))
    return np.reshape(means, shape), np.reshape(stds, shape)
