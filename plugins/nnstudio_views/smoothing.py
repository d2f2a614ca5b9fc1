"""The running mean of a curve that grows while one looks: each new value is worked out once."""

import weakref

import numpy as np
import numpy.typing as npt

from nnstudio.api import History

Floats = npt.NDArray[np.float64]

_NEGLIGIBLE = 1e-18


def decayed_sums(values: Floats, weight: float, before: float = 0.0) -> Floats:
    """sₜ = weight · sₜ₋₁ + xₜ with s₋₁ = `before`, by doubling: about log₂ of the memory's length passes over the array."""
    sums = values.copy()
    if not len(sums):
        return sums
    sums[0] += weight * before
    shift, factor = 1, weight
    while shift < len(sums) and factor > _NEGLIGIBLE:
        sums[shift:] += factor * sums[:-shift]
        shift, factor = 2 * shift, factor * factor
    return sums


class Grown:
    """An array that is appended to; reading gives a view."""

    def __init__(self) -> None:
        self._values: Floats = np.empty(1024)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def values(self) -> Floats:
        return self._values[: self._size]

    def extend(self, new: Floats) -> None:
        end = self._size + len(new)
        if end > len(self._values):
            grown = np.empty(max(end, 2 * len(self._values)))
            grown[: self._size] = self.values
            self._values = grown
        self._values[self._size : end] = new
        self._size = end


class RunningMean:
    """Exponential running mean without bias towards 0: yₜ = Σ wᵏ xₜ₋ₖ / Σ wᵏ over the values that are known.

    weight w: 0 (no smoothing) to below 1 (a memory of about 1 / (1 − w) values). NaN counts for nothing and stays a gap.
    """

    def __init__(self, weight: float) -> None:
        self.weight = weight
        self._sum = self._mass = 0.0
        self._means = Grown()

    def of(self, values: Floats) -> Floats:
        """The means of `values`, which begin with those of the last call."""
        if len(values) < len(self._means):
            self.__init__(self.weight)
        new = values[len(self._means) :]
        if len(new):
            known = np.isfinite(new)
            sums = decayed_sums(np.where(known, new, 0.0), self.weight, self._sum)
            masses = decayed_sums(known.astype(np.float64), self.weight, self._mass)
            self._sum, self._mass = float(sums[-1]), float(masses[-1])
            self._means.extend(np.where(known, sums / np.where(known, masses, 1.0), np.nan))
        return self._means.values


class Jumps:
    """Where a value that had stayed the same changes by a quarter or more: a schedule's steps, but neither warm-up nor decay."""

    def __init__(self) -> None:
        self._seen = 0
        self._found: list[tuple[int, float]] = []

    def of(self, values: Floats) -> list[tuple[int, float]]:
        """(index, factor) of each jump; `values` begin with those of the last call."""
        if len(values) < self._seen:
            self.__init__()
        first = max(2, self._seen)
        now, before, earlier = (values[first - back : len(values) - back] for back in (0, 1, 2))
        changed = np.flatnonzero((now != before) & (before == earlier) & (now > 0) & (before > 0))
        factors = now[changed] / before[changed]
        large = np.abs(np.log(factors)) > np.log(4 / 3)
        pairs = zip((changed[large] + first).tolist(), factors[large].tolist(), strict=True)
        self._found += pairs
        self._seen = len(values)
        return self._found


class Track:
    """What is kept of one column of one run: its running mean, its jumps, and its places along an axis of epochs."""

    def __init__(self, weight: float) -> None:
        self.mean = RunningMean(weight)
        self.jumps = Jumps()
        self._epochs = Grown()

    def epochs(self, steps: Floats, steps_per_epoch: int) -> Floats:
        if len(steps) < len(self._epochs):
            self._epochs = Grown()
        self._epochs.extend(steps[len(self._epochs) :] / max(1, steps_per_epoch))
        return self._epochs.values


_tracks: dict[int, dict[tuple[str, float], Track]] = {}


def track(history: History, column: str, weight: float) -> Track:
    """The track of a run's column, kept as long as the history lives."""
    key = id(history)
    if key not in _tracks:
        _tracks[key] = {}
        weakref.finalize(history, _tracks.pop, key, None)
    return _tracks[key].setdefault((column, weight), Track(weight))
