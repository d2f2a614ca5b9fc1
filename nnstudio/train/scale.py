"""Standardisation: what is taken off each feature or channel, what it is divided by, and how features are turned until they do not go
together any more; all fitted on the training part alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataField

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

WHITEN_EPS = 1e-5
"""Added to each eigenvalue of the correlations, whose mean is 1: what hardly varies is not blown up."""

WHITEN_FEATURES = 2048
"""More features are not whitened: the eigenvectors of their correlations take D³ steps and D² memory."""


@dataclass(frozen=True)
class Scale:
    """x ↦ ((x / unit − mean) / std) · matrix. unit: 255 for pictures of bytes, else 1. mean, std: shaped to broadcast over one sample.

    matrix: D × D, symmetric, multiplied from the right onto the D values of a sample laid in a row (whitening); None: there is none.
    constant: how many features (or channels) did not vary; their std counts as 1. flat: in how many directions features, once
    standardised, do not vary (their correlations are singular); whitening leaves these flat.
    """

    mean: Floats
    std: Floats
    unit: float = 1.0
    constant: int = 0
    matrix: Floats | None = None
    flat: int = 0


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
    values = field.values[rows]
    if resolved == "channel":
        mean, std = _by_channel(values)
    else:
        mean, std = values.mean(axis=0, dtype=np.float64), values.std(axis=0, dtype=np.float64)
    constant = ~(std > 1e-12 * np.maximum(np.abs(mean), 1e-300))
    std = np.where(constant, unit, std)
    matrix, flat = whitening((values - mean) / std) if resolved == "whiten" else (None, 0)
    return Scale(
        (mean / unit).astype(np.float32), (std / unit).astype(np.float32), unit, int(constant.sum()), matrix, flat
    )


def whitening(standardized: Array) -> tuple[Floats, int]:
    """(P + εI)^(−1/2) of the correlations P = ZᵀZ/N of N × … standardised values Z, and in how many directions they do not vary.

    Z·P^(−1/2) has the covariance I, and of all such turns it stays nearest to Z (ZCA; Bell & Sejnowski 1997, Kessy et al. 2018:
    "ZCA-cor"). A feature that never varies stays as it is: its own variance counts as 1.
    """
    rows: Doubles = standardized.reshape(len(standardized), -1).astype(np.float64, copy=False)
    correlations = rows.T @ rows / len(rows)
    still = np.flatnonzero(np.diag(correlations) < 0.5)  # else 1, but for rounding
    correlations[still, still] = 1.0
    eigenvalues, vectors = np.linalg.eigh(correlations)
    matrix = (vectors / np.sqrt(np.maximum(eigenvalues, 0) + WHITEN_EPS)) @ vectors.T
    return matrix.astype(np.float32), int((eigenvalues < WHITEN_EPS).sum())


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
