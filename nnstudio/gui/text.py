"""Words and figures as people read them: translation, thousands, SI units, durations."""

import math

from PySide6.QtCore import QCoreApplication

THIN_SPACE = "\N{THIN SPACE}"


def tr(text: str, /, **values: object) -> str:
    """`text` in the person's language; `{name}` is replaced by `values["name"]` after translation."""
    translated = QCoreApplication.translate("NNStudio", text)
    return translated.format(**values) if values else translated


def number(value: float, digits: int = 4) -> str:
    """`51 934`, `0.312`, `1e-05`: thin spaces between thousands, `digits` significant figures."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}".replace(",", THIN_SPACE)
    if not math.isfinite(value):
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}".replace(",", THIN_SPACE)
    return f"{value:.{digits}g}"


def si(value: float, unit: str = "") -> str:
    """`0.87 M` + unit: three figures with an SI prefix."""
    for prefix, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(value) >= 0.5 * size and abs(value) >= 1000:
            return f"{value / size:.3g} {prefix}{unit}"
    return f"{value:.3g} {unit}".strip()


def byte_size(value: float) -> str:
    """`1.3 MiB`, by powers of 1024."""
    for prefix, size in (("TiB", 2**40), ("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if value >= 0.5 * size and value >= 1024:
            return f"{value / size:.2g} {prefix}" if value < 10 * size else f"{value / size:.0f} {prefix}"
    return f"{value:.0f} B"


def duration(seconds: float) -> str:
    """`0.8 s`, `42 s`, `2 min 11 s`, `1 h 04 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
