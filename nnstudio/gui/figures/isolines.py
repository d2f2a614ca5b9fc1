"""Where does a surface have a given height? Marching squares over a lattice. No Qt.

Source: Lorensen & Cline 1987 (in two dimensions).
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def levels(values: Floats, count: int, *, log: bool) -> Floats:
    """`count` heights between the lowest and the highest finite one; with `log` at equal ratios of the height above the lowest."""
    known = values[np.isfinite(values)]
    if not known.size or known.min() == known.max():
        return np.empty(0)
    low, high = float(known.min()), float(known.max())
    if not log:
        return np.linspace(low, high, count + 2)[1:-1]
    above = known[known > low] - low
    floor = max(float(np.percentile(above, 1)), (high - low) * 1e-6)
    return low + np.geomspace(floor, high - low, count + 1)[:-1]


def segments(values: Floats, level: float) -> Floats:
    """Pieces of the line of height `level`: n × 4 of x0, y0, x1, y1 in columns and rows of the lattice (0 … W−1, 0 … H−1).

    A saddle within a cell is cut so that its two low corners stay apart; cells with a corner that is not finite are left out.
    """
    corners = (values[:-1, :-1], values[:-1, 1:], values[1:, 1:], values[1:, :-1])  # round the cell, from row 0
    finite = np.logical_and.reduce([np.isfinite(corner) for corner in corners])
    above = [corner > level for corner in corners]
    rows, columns = np.nonzero(
        finite & (above[0] | above[1] | above[2] | above[3]) & ~(above[0] & above[1] & above[2] & above[3])
    )
    heights = [corner[rows, columns] for corner in corners]
    over = [height > level for height in heights]
    at = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    cuts: list[Floats] = []  # by edge: where the line cuts it, NaN where it does not
    for edge in range(4):
        one, other = edge, (edge + 1) % 4
        with np.errstate(divide="ignore", invalid="ignore"):
            share = (level - heights[one]) / (heights[other] - heights[one])
        x = columns + at[one][0] + share * (at[other][0] - at[one][0])
        y = rows + at[one][1] + share * (at[other][1] - at[one][1])
        crossed = over[one] != over[other]
        cuts.append(np.where(crossed[:, None], np.column_stack((x, y)), np.nan))
    crossings = np.stack(cuts, axis=1)  # cells × 4 edges × 2
    hit = np.isfinite(crossings[:, :, 0])
    pairs: list[Floats] = []
    for one, other in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)):
        plain = hit[:, one] & hit[:, other] & (hit.sum(axis=1) == 2)
        pairs.append(np.concatenate((crossings[plain, one], crossings[plain, other]), axis=1))
    saddle = hit.all(axis=1)
    for first in (0, 1):  # around each high corner where corner 0 is high: edges 3-0 and 1-2; else 0-1 and 2-3
        chosen = saddle & (over[0] if first == 0 else ~over[0])
        for one, other in ((3, 0), (1, 2)) if first == 0 else ((0, 1), (2, 3)):
            pairs.append(np.concatenate((crossings[chosen, one], crossings[chosen, other]), axis=1))
    return np.concatenate(pairs)
