"""Numbers and tables as people read them in an experiment's outcome."""

import numpy as np
import numpy.typing as npt

from nnstudio.figures import Line

Floats = npt.NDArray[np.float64]


def short(value: float, digits: int = 3) -> str:
    """`0.0312`, `1.2e-05`, `1 214`."""
    if value == 0 or not np.isfinite(value):
        return f"{value:g}"
    if 1e-3 <= abs(value) < 1e6:
        return f"{value:,.{max(0, digits - 1 - int(np.floor(np.log10(abs(value)))))}f}".replace(",", "\N{THIN SPACE}")
    return f"{value:.{digits - 1}e}"


def line(x: npt.ArrayLike, y: npt.ArrayLike, label: str = "", role: str = "other", *, faint: bool = False) -> Line:
    return Line(np.asarray(x, np.float64), np.asarray(y, np.float64), label, role, faint=faint)


def dots(x: npt.ArrayLike, y: npt.ArrayLike, label: str = "", role: str = "other") -> Line:
    """Single points: a gap stands between each two."""
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    gaps = np.full(len(y), np.nan)
    return Line(np.repeat(x, 2), np.column_stack((y, gaps)).ravel(), label, role)
