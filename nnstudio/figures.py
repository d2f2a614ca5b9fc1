"""What a view returns: a picture as a value. The app paints it, a report writes it, a test compares it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.generic]


@dataclass(frozen=True)
class Line:
    """One curve. x, y: same length; NaN leaves a gap.

    role: "train", "validation", "test", "other" (grey), "series:3" (the theme's fourth curve colour), or a colour token of the theme.
    key: the same key means the same growing curve as last time, so that the painter may keep what it knows of the earlier points.
    faint: drawn thin and pale (raw values behind their smoothed curve).
    """

    x: Array
    y: Array
    label: str = ""
    role: str = "other"
    key: str = ""
    faint: bool = False


@dataclass(frozen=True)
class Curves:
    """Curves over a common x axis. marks: (x, text) vertical lines. percent: y is a share, shown in %. title: instead of the view's own.

    log_x: x > 0 along powers of ten.
    """

    lines: Sequence[Line]
    x_label: str = ""
    y_label: str = ""
    caption: str = ""  # at the right of the card's title: the newest values
    log_y: bool = False
    percent: bool = False
    marks: Sequence[tuple[float, str]] = ()
    title: str = ""
    log_x: bool = False


@dataclass(frozen=True)
class Tiles:
    """Pictures in a grid, in order. images: N × H × W (grey) or N × H × W × 3, uint8. good: N of bool — blue or red frame. labels: N texts on hover."""

    images: Array
    good: Array | None = None
    labels: Sequence[str] = ()
    caption: str = ""
    title: str = ""


@dataclass(frozen=True)
class Matrix:
    """Numbers as colours: rows × columns. rows, columns: their names. diagonal_good: the diagonal in the good colour, the rest in the bad one."""

    values: Array
    rows: Sequence[str] = ()
    columns: Sequence[str] = ()
    x_label: str = ""
    y_label: str = ""
    caption: str = ""
    diagonal_good: bool = False
    title: str = ""


@dataclass(frozen=True)
class Points:
    """Points in the plane over an optional coloured field: decision boundaries, fits, residuals.

    x, y: N; groups: N whole numbers (the class) or None; field: H × W whole numbers (class) or floats over `extent` = (x0, x1, y0, y1).
    """

    x: Array
    y: Array
    groups: Array | None = None
    names: Sequence[str] = ()
    field: Array | None = None
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    x_label: str = ""
    y_label: str = ""
    caption: str = ""
    title: str = ""


@dataclass(frozen=True)
class Contour:
    """A surface over the plane as lines of equal height, and paths over it, which the app can play.

    values: H × W over `extent` = (x0, x1, y0, y1), row 0 at the lowest y; what is not finite stays empty. log: lines at equal ratios of
    the height above the lowest place instead of equal distances. paths: lines of points in time; marks: (x, y, text) places with a name.
    """

    values: Array
    extent: tuple[float, float, float, float] = (0.0, 1.0, 0.0, 1.0)
    paths: Sequence[Line] = ()
    marks: Sequence[tuple[float, float, str]] = ()
    log: bool = False
    x_label: str = ""
    y_label: str = ""
    caption: str = ""
    title: str = ""


@dataclass(frozen=True)
class Bars:
    """Named bars, or a histogram where `edges` (one more than values) is given.

    values: N, or N × P: each bar stacked of P parts, named by `parts`.
    """

    values: Array
    names: Sequence[str] = ()
    edges: Array | None = None
    x_label: str = ""
    y_label: str = ""
    caption: str = ""
    parts: Sequence[str] = ()
    title: str = ""


@dataclass(frozen=True)
class Note:
    """Words: what will appear and how to make it appear (an empty chart), or a table as rows of texts."""

    text: str = ""
    rows: Sequence[Sequence[str]] = field(default=())
    caption: str = ""
    title: str = ""


Figure = Curves | Tiles | Matrix | Points | Contour | Bars | Note
