"""Charts as SVG texts: curves with a band, bars with whiskers. Drawn from numbers alone, light, readable without colour by their dashes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from nnstudio.comparison.statistics import Floats

COLORS = ("#2b6fe3", "#b36b00", "#3b4252", "#e14b5a", "#7a2f8f", "#a578b4", "#5a2a0a", "#00908f")
_DASHES = ("", "7 3", "2 3", "9 3 2 3", "12 4", "4 2", "1 3", "8 2 2 2 2 2")
_INK, _MUTED, _GRID = "#1a1e27", "#5d6678", "#e7e9ee"

WIDTH, HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 14, 12, 44
_MOST_POINTS = 400


@dataclass(frozen=True)
class Series:
    """One arm's curve: mean and deviation at each x."""

    name: str
    x: Floats
    mean: Floats
    std: Floats


def color(index: int) -> str:
    return COLORS[index % len(COLORS)]


def dash(index: int) -> str:
    return _DASHES[(index + index // len(COLORS)) % len(_DASHES)]


def curves(series: Sequence[Series], x_label: str, y_label: str) -> str:
    """Every series as its mean over a band of ± one standard deviation. "" where there is nothing to draw."""
    shown = [(index, _thinned(item)) for index, item in enumerate(series) if len(item.x)]
    if not shown:
        return ""
    lows = np.concatenate([item.mean - item.std for _, item in shown])
    highs = np.concatenate([item.mean + item.std for _, item in shown])
    xs = np.concatenate([item.x for _, item in shown])
    whole = bool((xs == np.round(xs)).all())
    x_ticks, y_ticks = (
        ticks(float(xs.min()) if whole else 0.0, float(xs.max()), 7, whole=whole),
        ticks(float(lows.min()), float(highs.max()), 5),
    )
    x0, x1 = min(float(xs.min()), x_ticks[0]), max(float(xs.max()), x_ticks[-1])
    y0, y1 = min(float(lows.min()), y_ticks[0]), max(float(highs.max()), y_ticks[-1])

    def place(x: Floats, y: Floats) -> str:
        across = _LEFT + (x - x0) / (x1 - x0 or 1) * (WIDTH - _LEFT - _RIGHT)
        down = HEIGHT - _BOTTOM - (y - y0) / (y1 - y0 or 1) * (HEIGHT - _TOP - _BOTTOM)
        return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(across.tolist(), down.tolist(), strict=True))

    parts = [_grid(x_ticks, y_ticks, (x0, x1), (y0, y1), x_label, y_label)]
    for index, item in shown:
        if item.std.any():
            there = place(item.x, item.mean + item.std)
            back = place(item.x[::-1], (item.mean - item.std)[::-1])
            parts.append(f'<polygon points="{there} {back}" fill="{color(index)}" fill-opacity="0.13"/>')
    for index, item in shown:
        if len(item.x) == 1:
            at = place(item.x, item.mean).split(",")
            parts.append(
                f'<circle cx="{at[0]}" cy="{at[1]}" r="3.5" fill="{color(index)}"><title>{escape(item.name)}</title></circle>'
            )
        parts.append(
            f'<polyline points="{place(item.x, item.mean)}" fill="none" stroke="{color(index)}" stroke-width="2" '
            f'stroke-dasharray="{dash(index)}" stroke-linejoin="round"><title>{escape(item.name)}</title></polyline>'
        )
    return _svg("".join(parts), HEIGHT, f"{y_label} over {x_label}")


def bars(names: Sequence[str], means: Sequence[float], stds: Sequence[float], label: str) -> str:
    """A bar for each arm that has a value, a whisker of ± one standard deviation on it."""
    known = [index for index, mean in enumerate(means) if math.isfinite(mean)]
    if not known:
        return ""
    reach = [stds[index] if math.isfinite(stds[index]) else 0.0 for index in known]
    low = min(0.0, *(means[i] - r for i, r in zip(known, reach, strict=True)))
    high = max(0.0, *(means[i] + r for i, r in zip(known, reach, strict=True)))
    scale = ticks(low, high, 6)
    low, high = min(low, scale[0]), max(high, scale[-1])
    left, step = 190, 28
    height = _TOP + step * len(known) + _BOTTOM

    def across(value: float) -> float:
        return left + (value - low) / (high - low or 1) * (WIDTH - left - _RIGHT)

    parts: list[str] = []
    for value in scale:
        parts.append(_line(across(value), _TOP, across(value), height - _BOTTOM, _GRID))
        parts.append(_text(across(value), height - _BOTTOM + 16, tick_text(value), "middle", _MUTED))
    for row, (index, std) in enumerate(zip(known, reach, strict=True)):
        top = _TOP + row * step
        start, end = sorted((across(0.0), across(means[index])))
        name = names[index] if len(names[index]) <= 28 else names[index][:27] + "…"
        parts.append(_text(left - 8, top + 18, name, "end", _INK, names[index]))
        parts.append(
            f'<rect x="{start:.1f}" y="{top + 5}" width="{max(end - start, 1):.1f}" height="18" rx="2" fill="{color(index)}" fill-opacity="0.8"/>'
        )
        if std:
            a, b, middle = across(means[index] - std), across(means[index] + std), top + 14
            parts += [
                _line(a, middle, b, middle, _INK),
                _line(a, middle - 4, a, middle + 4, _INK),
                _line(b, middle - 4, b, middle + 4, _INK),
            ]
    parts.append(_text((left + WIDTH - _RIGHT) / 2, height - 6, label, "middle", _MUTED))
    return _svg("".join(parts), height, label)


def ticks(low: float, high: float, wanted: int, *, whole: bool = False) -> list[float]:
    """Round numbers from at or below `low` to at or above `high`, about `wanted` of them; whole: no fractions."""
    if not high > low:
        pad = abs(low) / 2 or 1.0
        low, high = low - pad, high + pad
    rough = max((high - low) / wanted, 1.0 if whole else 0.0)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(number * step, 12) for number in range(first, last + 1)]


def tick_text(value: float) -> str:
    return f"{value:.6g}".replace("-", "−")


def _thinned(series: Series) -> Series:
    """At most some hundred points: a file that opens at once."""
    if len(series.x) <= _MOST_POINTS:
        return series
    kept = np.unique(np.linspace(0, len(series.x) - 1, _MOST_POINTS).astype(int))
    return Series(series.name, series.x[kept], series.mean[kept], series.std[kept])


def _grid(
    x_ticks: Sequence[float],
    y_ticks: Sequence[float],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    x_label: str,
    y_label: str,
) -> str:
    parts: list[str] = []
    for value in y_ticks:
        y = HEIGHT - _BOTTOM - (value - y_range[0]) / (y_range[1] - y_range[0] or 1) * (HEIGHT - _TOP - _BOTTOM)
        parts += [_line(_LEFT, y, WIDTH - _RIGHT, y, _GRID), _text(_LEFT - 8, y + 4, tick_text(value), "end", _MUTED)]
    for value in x_ticks:
        x = _LEFT + (value - x_range[0]) / (x_range[1] - x_range[0] or 1) * (WIDTH - _LEFT - _RIGHT)
        parts.append(_text(x, HEIGHT - _BOTTOM + 18, tick_text(value), "middle", _MUTED))
    middle = (_LEFT + WIDTH - _RIGHT) / 2
    parts.append(_text(middle, HEIGHT - 6, x_label, "middle", _MUTED))
    parts.append(
        f'<text transform="translate(14 {(HEIGHT - _BOTTOM + _TOP) / 2:.0f}) rotate(-90)" text-anchor="middle" fill="{_MUTED}">{escape(y_label)}</text>'
    )
    return "".join(parts)


def _line(x0: float, y0: float, x1: float, y1: float, ink: str) -> str:
    return f'<line x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}" stroke="{ink}"/>'


def _text(x: float, y: float, words: str, anchor: str, ink: str, whole: str = "") -> str:
    tip = f"<title>{escape(whole)}</title>" if whole else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{ink}">{escape(words)}{tip}</text>'


def _svg(inside: str, height: int, name: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(name, quote=True)}" '
        f'font-family="Inter, system-ui, sans-serif" font-size="12">{inside}</svg>'
    )
