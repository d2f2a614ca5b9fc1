"""Where do an axis's lines stand, and how are its numbers written? No Qt."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

THIN_SPACE = "\N{THIN SPACE}"
MINUS = "\N{MINUS SIGN}"
_MANTISSAS = ((1.0, 0.0), (2.0, 0.0), (5.0, 0.02), (2.5, 0.06), (3.0, 0.06), (4.0, 0.06))
"""Steps that read well, each with how much worse it is than a step of one."""
CLOSEST = 1e-12  # ends that differ by a smaller share are one number: steps between them would be lost in rounding
FARTHEST = 1e300  # an axis ends there: ten times as much could not be counted


@dataclass(frozen=True)
class Axis:
    """A stretch of numbers with the ticks on it: low < high, ticks within, texts one a tick."""

    low: float
    high: float
    ticks: tuple[float, ...]
    texts: tuple[str, ...]
    log: bool = False

    def place(self, values: npt.NDArray[np.float64], start: float, end: float) -> npt.NDArray[np.float64]:
        """Pixels of `values` where `low` stands at pixel `start` and `high` at `end`. On a log axis what is ≤ 0 stands below the axis."""
        if self.log:
            low, high = math.log10(self.low), math.log10(self.high)
            values = np.log10(np.maximum(values, self.low * 1e-3))
        else:
            low, high = self.low, self.high
        return start + (values - low) * ((end - start) / (high - low))

    def place_one(self, value: float, start: float, end: float) -> float:
        return float(self.place(np.array([value]), start, end)[0])

    def value_at(self, pixel: float, start: float, end: float) -> float:
        share = (pixel - start) / ((end - start) or 1.0)
        if self.log:
            return self.low * (self.high / self.low) ** share
        return self.low + share * (self.high - self.low)


def linear_axis(
    low: float, high: float, target: int, *, whole: bool = False, tight: bool = False, scale: float = 1.0
) -> Axis:
    """An axis with about `target` intervals of a step that reads well.

    whole: steps of whole numbers (epochs). tight: from `low` to `high` exactly (a zoomed view), else widened to the next ticks.
    scale: what the texts are multiplied by (100 for percent).
    """
    low, high = _within(low, -FARTHEST), _within(high, -FARTHEST)
    if not high - low > max(CLOSEST * max(abs(low), abs(high)), 1 / FARTHEST):
        margin = abs(low) * 0.1 or 1.0
        low, high = (low, low + 1.0) if whole else (low - margin, high + margin)
    step = _best_step(low, high, max(1, target), whole)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(index * step, 12 - math.floor(math.log10(step))) for index in range(first, last + 1))
    if tight:
        slack = (high - low) * 1e-9
        ticks = tuple(tick for tick in ticks if low - slack <= tick <= high + slack)
    else:
        low, high = ticks[0], ticks[-1]
    return Axis(low, high, ticks, tick_texts([tick * scale for tick in ticks], step * scale))


def _within(value: float, lowest: float) -> float:
    return min(max(value, lowest), FARTHEST)


def _best_step(low: float, high: float, target: int, whole: bool) -> float:
    """The step with the least room wasted beyond the data, near `target` intervals."""
    best, best_cost = 0.0, math.inf
    decade = math.floor(math.log10((high - low) / target))
    for power in (decade - 1, decade, decade + 1, decade + 2):
        for mantissa, dislike in _MANTISSAS:
            step = mantissa * 10.0**power
            if whole and (step < 1 or step != int(step)):
                continue
            intervals = math.ceil(high / step - 1e-9) - math.floor(low / step + 1e-9)
            waste = 1 - (high - low) / (intervals * step)
            cost = waste + 0.08 * abs(intervals - target) + dislike
            if cost < best_cost:
                best, best_cost = step, cost
    return best


def log_axis(low: float, high: float, target: int, *, scale: float = 1.0) -> Axis:
    """A logarithmic axis over positive numbers, with ticks at 1, 2 and 5 times powers of ten where there is room, else at some powers."""
    low, high = _within(low, 1 / FARTHEST), _within(high, 1 / FARTHEST)
    low, high = (low, high) if high > 1.001 * low else (low / 2, high * 2)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    fine = [mantissa * 10.0**power for power in decades for mantissa in (1, 2, 5)]
    bottom = max((tick for tick in fine if tick <= low * (1 + 1e-9)), default=fine[0])
    top = min((tick for tick in fine if tick >= high * (1 - 1e-9)), default=fine[-1])
    ticks = [tick for tick in fine if bottom <= tick <= top]
    if len(ticks) > target + 2:
        every = max(1, math.ceil((math.log10(top) - math.log10(bottom)) / max(1, target)))
        ticks = [10.0**power for power in decades if bottom <= 10.0**power <= top and power % every == 0] or [
            bottom,
            top,
        ]
    return Axis(bottom, top, tuple(ticks), tuple(number_text(tick * scale, 1) for tick in ticks), log=True)


def tick_texts(ticks: list[float], step: float) -> tuple[str, ...]:
    """The ticks with as many decimals as the step needs; powers of ten for what is very small or very large."""
    largest = max((abs(tick) for tick in ticks), default=0.0)
    if largest and (largest < 0.01 or largest >= 1e7):
        return tuple(_scientific(tick, step) for tick in ticks)
    decimals = _decimals(step)
    return tuple(grouped(tick, decimals) if tick else "0" for tick in ticks)


def _decimals(step: float) -> int:
    """How many decimals tell multiples of `step` apart: 0.3 → 1, 0.25 → 2, 20 → 0."""
    return next((count for count in range(10) if abs(round(step, count) - step) < step * 1e-6), 10)


def _scientific(value: float, step: float) -> str:
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)) + 1e-9)
    mantissa = value / 10.0**exponent
    return f"{grouped(mantissa, min(8, _decimals(step / 10.0**exponent)))}e{exponent}".replace("e-", f"e{MINUS}")


def grouped(value: float, decimals: int = 0) -> str:
    """`1 214`, `0.30`, `−3`: a thin space for thousands, a real minus."""
    text = f"{value:,.{decimals}f}".replace(",", THIN_SPACE)
    if text.startswith("-"):
        text = text[1:] if not text.strip("-0." + THIN_SPACE) else MINUS + text[1:]
    return text


def number_text(value: float, digits: int = 3) -> str:
    """A number for people, with `digits` significant digits: `0.312`, `87.4`, `1 214`, `3e−5`; NaN is a dash."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0:
        return "0"
    exponent = math.floor(math.log10(abs(value)))
    if exponent < -3 or exponent >= 7:
        mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
        return f"{_trimmed(mantissa)}e{int(power)}".replace("-", MINUS)
    if exponent >= digits - 1 or float(value).is_integer():
        return grouped(value)
    return grouped(value, digits - 1 - exponent)


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def percent_text(share: float) -> str:
    """A share as a percentage with one decimal: `87.4 %`."""
    return "–" if math.isnan(share) else f"{grouped(100 * share, 1)} %"
