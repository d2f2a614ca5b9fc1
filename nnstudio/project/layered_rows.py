"""Where does a chain go on in a new row, for the whole to have the shape of what it is seen in?"""

from collections.abc import Sequence
from typing import NamedTuple

CUT = 8.0  # what each pair of wires costs that lead from one row to the next, in squares of layers that a row is too long or too short
OVER = 4.0  # what a row costs that is longer than the view


class View(NamedTuple):
    """What is drawn is to be seen in: rows may be as long as it is; longer rather than that the whole is of another shape."""

    along: float
    across: float


def longest_row(room: Sequence[float], breadth: float, view: View) -> float:
    """How long a row may be, for all rows together to be of the view's shape. breadth: of one, with the gap to the next."""
    return max(view.along, (sum(room) * breadth * view.along / view.across) ** 0.5)


def breaks(passing: Sequence[float], room: Sequence[float], gap: float, limit: float) -> list[int]:
    """The layers at which a new row begins: about equally long rows, no longer than `limit` but where many wires would be cut.

    passing: how many come into each layer from the one before; room: what it takes, a gap included.
    """
    count = len(room)
    ends = [0.0]
    for length in room:
        ends.append(ends[-1] + length)
    step = ends[-1] / count  # from one layer to the next, on average
    rows = -(-ends[-1] // (limit + gap))
    if rows < 2:
        return [0]
    ideal = ends[-1] / rows
    cost = [0.0] + [float("inf")] * count
    back = [0] * (count + 1)
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            length = ends[end] - ends[start]
            over = max(0.0, length - limit - gap) / step if start < end - 1 else 0.0
            cut = CUT * passing[start] * (passing[start] - 1)
            value = cost[start] + ((length - ideal) / step) ** 2 + cut + OVER * over**2
            if value < cost[end]:
                cost[end], back[end] = value, start
            elif OVER * over**2 > cost[end]:
                break
    if OVER * ((ends[-1] - limit - gap) / step) ** 2 <= cost[count]:
        return [0]
    starts: list[int] = []
    at = count
    while at:
        at = back[at]
        starts.append(at)
    return starts[::-1]
