"""How much of the plane does a node take? Boxes are (left, top, right, bottom) in pixels at 100 %."""

from collections.abc import Iterable, Mapping
from typing import Final

from nnstudio.project.graph import Frame, Node

NODE_SIZE: Final = (160.0, 68.0)
GRID: Final = 8.0
TOUCH: Final = 0.5

Position = tuple[float, float]
Size = tuple[float, float]
Box = tuple[float, float, float, float]

Sizes = Mapping[str, Size]
"""Width and height of nodes that are not NODE_SIZE, by id."""

NO_SIZES: Final[Sizes] = {}


def snapped(value: float) -> float:
    """The nearest line of the grid."""
    return float(round(value / GRID) * GRID)


def box_at(position: Position, size: Size) -> Box:
    return position[0], position[1], position[0] + size[0], position[1] + size[1]


def node_box(node: Node, sizes: Sizes = NO_SIZES) -> Box:
    return box_at(node.position, sizes.get(node.id, NODE_SIZE))


def frame_box(frame: Frame) -> Box:
    return box_at(frame.position, frame.size)


def holds(outer: Box, inner: Box) -> bool:
    """Does `inner` lie wholly within `outer`? Edges may touch; less than half a pixel beyond, from rounding, does not count."""
    left, top, right, bottom = outer[0] - TOUCH, outer[1] - TOUCH, outer[2] + TOUCH, outer[3] + TOUCH
    return left <= inner[0] and top <= inner[1] and inner[2] <= right and inner[3] <= bottom


def overlap(one: Box, other: Box, gap: float = 0.0) -> bool:
    """Do they cover each other, or come nearer than `gap`?"""
    return one[0] < other[2] + gap and other[0] < one[2] + gap and one[1] < other[3] + gap and other[1] < one[3] + gap


def around(boxes: Iterable[Box]) -> Box | None:
    """The smallest box that holds them all; None where there are none."""
    found = list(boxes)
    if not found:
        return None
    lefts, tops, rights, bottoms = zip(*found, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)
