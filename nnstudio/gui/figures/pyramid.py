"""How are a million points drawn in milliseconds? By the smallest and largest value of each pixel column, kept at several grains. No Qt."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

BASE = 16
"""Points in a block of the finest grain."""
FACTOR = 4
"""Blocks of one grain that make one of the next."""


class Envelope(NamedTuple):
    """What to draw: at each x the smallest and largest y; the same array twice where every point is shown."""

    x: Floats
    low: Floats
    high: Floats


class _Grain:
    """Extremes of whole blocks of `size` points; grows at its end."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self._extremes = np.empty((2, 64))

    @property
    def low(self) -> Floats:
        return self._extremes[0, : self.count]

    @property
    def high(self) -> Floats:
        return self._extremes[1, : self.count]

    def extend(self, low: Floats, high: Floats) -> None:
        end = self.count + len(low)
        if end > self._extremes.shape[1]:
            grown = np.empty((2, max(end, 2 * self._extremes.shape[1])))
            grown[:, : self.count] = self._extremes[:, : self.count]
            self._extremes = grown
        self._extremes[0, self.count : end] = low
        self._extremes[1, self.count : end] = high
        self.count = end


class Pyramid:
    """Extremes of a growing curve. NaN is no value: a block has none only where all its points are NaN.

    `update` costs about 0.01 µs for a point that is new and nothing for one that is known; `envelope` costs by the pixel, not by the point.
    """

    def __init__(self) -> None:
        self._grains: list[_Grain] = [_Grain(BASE)]
        self._x: Floats = np.empty(0)
        self._y: Floats = np.empty(0)
        self._marks: tuple[float | None, ...] = ()
        self.increasing = True

    def __len__(self) -> int:
        return len(self._y)

    @property
    def x(self) -> Floats:
        return self._x

    @property
    def y(self) -> Floats:
        return self._y

    def update(self, x: Floats, y: Floats) -> None:
        """The curve is now (x, y). What is known stays where the curve has only grown; else all is worked out again."""
        known = len(self._y)
        if len(y) < known or _marks(x, y, known) != self._marks:
            self.__init__()
            known = 0
        if self.increasing and len(x) > known:
            self.increasing = bool(np.all(np.diff(x[max(0, known - 1) :]) >= 0))
        self._x, self._y = x, y
        self._marks = _marks(x, y, len(y))
        self._grow()

    def _grow(self) -> None:
        finest = self._grains[0]
        whole = len(self._y) // BASE
        if whole > finest.count:
            blocks = self._y[finest.count * BASE : whole * BASE].reshape(-1, BASE)
            finest.extend(np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1))
        level = 0
        while (fine := self._grains[level]).count >= FACTOR:
            if level + 1 == len(self._grains):
                self._grains.append(_Grain(fine.size * FACTOR))
            coarse = self._grains[level + 1]
            whole = fine.count // FACTOR
            if whole > coarse.count:
                new = slice(coarse.count * FACTOR, whole * FACTOR)
                coarse.extend(
                    np.fmin.reduce(fine.low[new].reshape(-1, FACTOR), axis=1),
                    np.fmax.reduce(fine.high[new].reshape(-1, FACTOR), axis=1),
                )
            level += 1

    def between(self, low: float, high: float) -> tuple[int, int]:
        """The points from `low` to `high` along x, and one more at either side, so that lines reach the edges."""
        if not self.increasing:
            return 0, len(self._x)
        first = int(np.searchsorted(self._x, low, "left")) - 1
        last = int(np.searchsorted(self._x, high, "right")) + 1
        return max(0, first), min(len(self._x), last)

    def nearest(self, x: float) -> int | None:
        """The point nearest to `x` along x."""
        if not len(self._x):
            return None
        if not self.increasing:
            return int(np.argmin(np.abs(self._x - x)))
        after = int(np.searchsorted(self._x, x))
        around = [index for index in (after - 1, after) if 0 <= index < len(self._x)]
        return min(around, key=lambda index: abs(self._x[index] - x))

    def last_known(self, first: int, last: int) -> int | None:
        """The last of the points first … last−1 that has a value."""
        for end in range(last, first, -1024):
            begin = max(first, end - 1024)
            known = np.flatnonzero(np.isfinite(self._y[begin:end]))
            if len(known):
                return begin + int(known[-1])
        return None

    def extremes(self, first: int, last: int, *, positive: bool = False) -> tuple[float, float] | None:
        """(smallest, largest) y of the points first … last−1, None where there is none. positive: of those above 0, to a block's exactness."""
        _, low, high = self._blocks(first, last, columns=256)
        low, high = low[np.isfinite(low)], high[np.isfinite(high)]
        if positive:
            low, high = np.concatenate((low[low > 0], high[high > 0])), high[high > 0]
        return (float(low.min()), float(high.max())) if len(low) and len(high) else None

    def envelope(self, first: int, last: int, columns: int) -> Envelope:
        """The points first … last−1 for a picture `columns` pixels wide: all of them where they are few, else the extremes of each column."""
        if last - first <= 2 * columns:
            y = self._y[first:last]
            return Envelope(self._x[first:last], y, y)
        starts, low, high = self._blocks(first, last, columns)
        x = self._x[starts]
        if not self.increasing:
            return Envelope(x, low, high)
        column = ((x - x[0]) * (columns / ((x[-1] - x[0]) or 1.0))).astype(np.int64)
        edges = np.concatenate(([0], np.flatnonzero(np.diff(column)) + 1))
        return Envelope(x[edges], np.fmin.reduceat(low, edges), np.fmax.reduceat(high, edges))

    def _blocks(self, first: int, last: int, columns: int) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
        """(index of the first point, smallest, largest) of each block that together cover first … last−1."""
        grain = self._grain_for((last - first) / max(1, columns))
        if grain is None:
            y = self._y[first:last]
            return np.arange(first, last), y, y
        begin = -(-first // grain.size)
        end = max(begin, min(last // grain.size, grain.count))
        inner = slice(begin, end)
        starts, low, high = np.arange(begin, end) * grain.size, grain.low[inner], grain.high[inner]
        rests = [
            (begin_at, end_at)
            for begin_at, end_at in ((first, begin * grain.size), (end * grain.size, last))
            if begin_at < end_at
        ]
        for begin_at, end_at in rests:
            rest = self._y[begin_at:end_at]
            at_end = begin_at >= end * grain.size
            starts, low, high = (
                np.concatenate((known, new) if at_end else (new, known))
                for known, new in ((starts, [begin_at]), (low, [np.fmin.reduce(rest)]), (high, [np.fmax.reduce(rest)]))
            )
        return starts, low, high

    def _grain_for(self, points: float) -> _Grain | None:
        """The coarsest grain whose blocks hold no more than `points`; None: the points themselves."""
        fitting = [grain for grain in self._grains if grain.size <= points and grain.count]
        return fitting[-1] if fitting else None


def _marks(x: Floats, y: Floats, count: int) -> tuple[float | None, ...]:
    """A few of the first `count` points: a curve that has them again is taken for the same curve, grown."""
    places = (0, count // 3, count // 2, count - 1) if count else ()
    found = [float(values[place]) for place in places for values in (x, y)]
    return tuple(None if math.isnan(value) else value for value in found)
