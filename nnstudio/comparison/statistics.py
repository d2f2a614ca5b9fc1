"""Numbers of several runs: mean and spread, and which differences exceed the spread.

The rule. Two arms are compared over the replicates that both have: the differences dᵢ (same seed, same order of the data) are put to a
paired t-test, t = d̄ / (s_d · √(1/n)), n − 1 degrees of freedom. Over folds, whose training parts overlap, the variance is corrected:
t = d̄ / (s_d · √(1/n + 1/(n − 1))). All pairs together are held to a family-wise error of 5 % by Holm's procedure: a difference
*exceeds the spread* where its adjusted p is below 0.05. With fewer than two common replicates nothing can be said.

Source: Student 1908; Nadeau & Bengio 2003 (folds); Holm 1979.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
"""The chance that, where nothing differs, any difference at all is called more than the spread."""


@dataclass(frozen=True)
class Spread:
    """mean, sample standard deviation (NaN for one value) and number of finite values; low, high: the extremes."""

    mean: float
    std: float
    n: int
    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """first − second: mean and standard deviation of the paired differences. p: of the test, adjusted by Holm; None: nothing can be said."""

    first: int
    second: int
    mean: float
    std: float
    n: int
    p: float | None

    @property
    def exceeds(self) -> bool:
        return self.p is not None and self.p < ALPHA


def spread(values: Sequence[float]) -> Spread:
    """Of the finite ones of `values`."""
    known = np.array([value for value in values if math.isfinite(value)], np.float64)
    if not len(known):
        return Spread(math.nan, math.nan, 0, math.nan, math.nan)
    std = float(known.std(ddof=1)) if len(known) > 1 else math.nan
    return Spread(float(known.mean()), std, len(known), float(known.min()), float(known.max()))


def differences(arms: Sequence[Mapping[int, float]], *, overlapping: bool = False) -> list[Difference]:
    """Every pair of `arms` (their values by replicate). overlapping: the replicates are folds."""
    found: list[Difference] = []
    for second, theirs in enumerate(arms):
        for first in range(second + 1, len(arms)):
            ours = arms[first]
            pairs = [ours[key] - theirs[key] for key in sorted(ours.keys() & theirs.keys())]
            said = spread(pairs)
            found.append(Difference(first, second, said.mean, said.std, said.n, _p(said, overlapping)))
    judged = [item for item in found if item.p is not None]
    adjusted = iter(holm([item.p for item in judged if item.p is not None]))
    return [replace(item, p=next(adjusted)) if item.p is not None else item for item in found]


def _p(said: Spread, overlapping: bool) -> float | None:
    """Two-sided, of a paired t-test; None where there are fewer than two pairs."""
    if said.n < 2:
        return None
    if said.std == 0:
        return 1.0 if said.mean == 0 else 0.0  # every replicate gave the very same difference
    from scipy.special import stdtr  # Student's distribution function; scipy.stats would take a second to import

    share = 1 / said.n + (1 / (said.n - 1) if overlapping else 0.0)
    t = abs(said.mean) / (said.std * math.sqrt(share))
    return float(2 * stdtr(said.n - 1, -t))


def holm(p: Sequence[float]) -> list[float]:
    """Adjusted p: the i-th smallest (from 0) of m times m − i, never below one before it, at most 1."""
    order = sorted(range(len(p)), key=lambda index: p[index])
    adjusted, highest = [0.0] * len(p), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p) - rank) * p[index]))
        adjusted[index] = highest
    return adjusted


def band(curves: Sequence[tuple[Floats, Floats]]) -> tuple[Floats, Floats, Floats]:
    """(x, mean, standard deviation) over curves (x, y) at each x that any of them has; the deviation is 0 where only one goes on."""
    if not curves:
        return np.empty(0), np.empty(0), np.empty(0)
    x = np.unique(np.concatenate([x for x, _ in curves]))
    table = np.full((len(curves), len(x)), np.nan)
    for row, (at, values) in zip(table, curves, strict=True):
        row[np.searchsorted(x, at)] = values
    known = np.isfinite(table)
    n = known.sum(axis=0)
    filled = np.where(known, table, 0.0)
    mean = filled.sum(axis=0) / np.maximum(n, 1)
    squares = np.where(known, (table - mean) ** 2, 0.0).sum(axis=0)
    return x[n > 0], mean[n > 0], np.sqrt(squares / np.maximum(n - 1, 1))[n > 0]
