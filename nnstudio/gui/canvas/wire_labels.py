"""Where does the shape that a wire carries stand? Above or below a level stretch, or in a gap of the wire; on nothing else. Qt-free.

Each wire wishes for the first place that is clear of nodes, frames' borders and wires. Of two wires that wish for places on each other the
earlier one gets its own; the later one takes another place, which nobody wished for, or has no label.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.plane import Box, Floats, ints
from nnstudio.gui.canvas.routing import LEVEL, Point, Route
from nnstudio.gui.canvas.scene import Scene
from nnstudio.gui.canvas.wire_routes import Routes

ABOVE = 5.0  # between a level wire and the shape above it …
BELOW = 4.0  # … or below it
AROUND = 3.0  # what is kept clear on each side, and how wide a gap a wire leaves
SLOPE = 0.6  # so much of a slope a shape may take: most of it stays in sight
FLAT = 12.0  # a curve whose ends differ less is nearly level
TALL = 3.0  # times the height of a text: so long an upright piece is, to have a gap in it
PLACES = (0.5, 0.3, 0.7)  # along a wire, the best first

Measure = Callable[[str, int], tuple[float, float]]
"""Width and height of a text in the font of that size."""


class Label(NamedTuple):
    """gap: it stands on its wire, which leaves room for it."""

    text: str
    size: int
    box: Box
    gap: bool = False


def label_boxes(way: Route, width: float, height: float) -> list[tuple[Box, bool]]:
    """(where a text of that size has room, is that on the wire), the best first."""
    if not way.curve:
        pieces = sorted(pairwise(way.points), key=lambda piece: -abs(piece[1][0] - piece[0][0]))
        level = [piece for piece in pieces if abs(piece[0][1] - piece[1][1]) < LEVEL]
        found = [place for a, b in level for place in _beside(a, b, width, height)]
        return found + [place for a, b in pieces if (place := _in_gap(a, b, width, height)) is not None]
    start, end = way.points[0], way.points[3]
    if abs(start[1] - end[1]) < FLAT:
        middle = (start[1] + end[1]) / 2
        return _beside((start[0], middle), (end[0], middle), width, height)
    if width > SLOPE * (end[0] - start[0]) - 4:
        return []
    return [(_centred((float(x), float(y)), width, height), True) for x, y in way.at(np.array(PLACES))]


def _beside(a: Point, b: Point, width: float, height: float) -> list[tuple[Box, bool]]:
    """Above or below the level piece from `a` to `b`."""
    if width > abs(b[0] - a[0]) - 4:
        return []
    found: list[tuple[Box, bool]] = []
    first, last = min(a[0], b[0]) + 2, max(a[0], b[0]) - width - 2
    for place in (*PLACES, 0.0, 1.0):
        left = min(max(a[0] + place * (b[0] - a[0]) - width / 2, first), last)
        bottoms = (a[1] - ABOVE, a[1] + BELOW + height)
        found += [((left, bottom - height, left + width, bottom), False) for bottom in bottoms]
    return found


def _in_gap(a: Point, b: Point, width: float, height: float) -> tuple[Box, bool] | None:
    """In the middle of the upright piece from `a` to `b`."""
    if a[0] != b[0] or abs(b[1] - a[1]) < TALL * height:
        return None
    return _centred((a[0], (a[1] + b[1]) / 2), width, height), True


def _centred(at: Point, width: float, height: float) -> Box:
    return at[0] - width / 2, at[1] - height / 2, at[0] + width / 2, at[1] + height / 2


def parted(way: Route, box: Box) -> tuple[Route, Route]:
    """The two ends of a way on which a text stands in `box`."""
    left, top, right, bottom = _wider(box)
    if way.curve:
        first, last = way.points[0], way.points[3]
        shares = np.linspace(0, 1, 9 + int(abs(last[0] - first[0]) + abs(last[1] - first[1])))
        x, y = way.at(shares).T
        within = shares[(x > left) & (x < right) & (y > top) & (y < bottom)]
        return _share(way, 0.0, float(within[0])), _share(way, float(within[-1]), 1.0)
    x, y = (left + right) / 2, (top + bottom) / 2
    pieces = list(pairwise(way.points))
    index = next(
        i for i, (a, b) in enumerate(pieces) if a[0] == b[0] and abs(a[0] - x) < LEVEL and (a[1] - y) * (b[1] - y) < 0
    )
    down = pieces[index][1][1] > pieces[index][0][1]
    before, behind = (top, bottom) if down else (bottom, top)
    at = pieces[index][0][0]
    return Route((*way.points[: index + 1], (at, before))), Route(((at, behind), *way.points[index + 1 :]))


def _share(way: Route, begin: float, end: float) -> Route:
    """The part of a curve from one share of it to another."""
    first, last = way.at(np.array([begin, end]))
    points = np.array(way.points)
    steps = 3 * np.diff(points, axis=0)

    def slope(t: float) -> Floats:
        return (1 - t) ** 2 * steps[0] + 2 * (1 - t) * t * steps[1] + t**2 * steps[2]

    reach = (end - begin) / 3
    corners = (first, first + reach * slope(begin), last - reach * slope(end), last)
    return Route(tuple((float(x), float(y)) for x, y in corners), curve=True)


class Labels:
    """By row of a wire, kept until nodes, wires or texts change. sizes: of the fonts, the largest first."""

    def __init__(self, scene: Scene, looks: Looks, routes: Routes, sizes: Sequence[int], measure: Measure) -> None:
        self._scene, self._looks, self._routes = scene, looks, routes
        self._sizes, self._measure = sizes, measure
        self._possible: dict[int, list[Label]] = {}
        self._second: dict[int, Label | None] = {}
        self._placed: dict[int, Label | None] = {}
        self._texts: dict[int, str] = {}
        self._lines: dict[int, Floats] = {}

    def forget(self) -> None:
        """Nodes moved, came or went."""
        self._lines.clear()
        self._forget_texts()

    def _forget_texts(self) -> None:
        for kept in (self._possible, self._second, self._placed, self._texts):
            kept.clear()

    def of(self, row: int) -> Label | None:
        """None: it carries no shape, or there is no room for it."""
        text = self._looks.wire_text(row)
        if self._texts.get(row, text) != text:
            self._forget_texts()
        if row not in self._placed:
            self._placed[row] = self._place(row)
        return self._placed[row]

    def _place(self, row: int) -> Label | None:
        if not self._yields(row):
            return self._first(row)
        second = self._second_of(row)
        if second is None:
            return None
        rivals = (self._second_of(other) for other in self._near(row, second) if other < row and self._yields(other))
        return None if any(rival is not None and _overlap(second.box, rival.box) for rival in rivals) else second

    def _first(self, row: int) -> Label | None:
        """Where it would stand, if it were the only one."""
        possible = self._clear(row)
        return possible[0] if possible else None

    def _yields(self, row: int) -> bool:
        """Does an earlier wire wish for the same place?"""
        wish = self._first(row)
        return wish is not None and any(other < row for other in self._rivals(row, wish))

    def _second_of(self, row: int) -> Label | None:
        """Of a wire that yields: the best place that no other wishes for."""
        if row not in self._second:
            others = self._clear(row)[1:]
            self._second[row] = next((label for label in others if next(self._rivals(row, label), None) is None), None)
        return self._second[row]

    def _rivals(self, row: int, label: Label) -> Iterator[int]:
        """The other wires that wish for a place on `label`."""
        for other in self._near(row, label):
            wish = self._first(other)
            if wish is not None and _overlap(label.box, wish.box):
                yield other

    def _near(self, row: int, label: Label) -> list[int]:
        return [other for other in ints(self._scene.wires_near(_wider(label.box))) if other != row]

    # ── what is in the way ────────────────────────────────────────────────────────────────────────────────────────────

    def _clear(self, row: int) -> list[Label]:
        """The places on no node, no frame's border and no wire, the best first."""
        found = self._possible.get(row)
        if found is None:
            text = self._texts[row] = self._looks.wire_text(row)
            found = self._possible[row] = self._all_clear(row, text) if text else []
        return found

    def _all_clear(self, row: int, text: str) -> list[Label]:
        way = self._routes.of(row)
        sized = ((size, *self._measure(text, size)) for size in self._sizes)
        labels = [
            Label(text, size, box, gap)
            for size, *extent in sized
            for box, gap in label_boxes(way, extent[0], extent[1])
        ]
        if not labels:
            return []
        boxes = np.array([label.box for label in labels])
        around = _wider((*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()))
        near = [other for other in ints(self._scene.wires_near(around)) if other != row]
        source = self._scene.wire(row).source
        siblings = [self._lines_of(other) for other in near if other < row and self._scene.wire(other).source == source]
        frames = [edge for id in self._scene.frames.within(around) for edge in _edges(self._scene.frames.box(id))]
        struck = _touching(boxes, self._routes.obstacles(around), 1.0)
        struck |= _touching(boxes, np.array(frames, np.float64).reshape(-1, 4), 1.0)
        struck |= _touching(boxes, _all([self._lines_of(other) for other in near]), 2.0)
        struck |= _touching(boxes, _all(siblings), ABOVE + 1)  # the stretch that they share has one label
        own = _touching(boxes, self._lines_of(row), 0.0)
        return [
            label
            for label, hit, itself in zip(labels, struck, own, strict=True)
            if not hit and (label.gap or not itself)
        ]

    def _lines_of(self, row: int) -> Floats:
        """Boxes about the pieces of a wire."""
        found = self._lines.get(row)
        if found is None:
            points = self._routes.of(row).samples()
            ends = np.minimum(points[:-1], points[1:]), np.maximum(points[:-1], points[1:])
            found = self._lines[row] = np.concatenate(ends, axis=1)
        return found


def _touching(boxes: Floats, others: Floats, margin: float) -> npt.NDArray[np.bool_]:
    """Which of `boxes` come nearer than `margin` to one of `others`?"""
    if not len(others):
        return np.zeros(len(boxes), np.bool_)
    near = (boxes[:, None, :2] < others[None, :, 2:] + margin) & (boxes[:, None, 2:] > others[None, :, :2] - margin)
    return np.any(np.all(near, axis=2), axis=1)


def _all(lines: Sequence[Floats]) -> Floats:
    return np.concatenate([*lines, np.zeros((0, 4))])


def _edges(box: Box) -> tuple[Box, ...]:
    left, top, right, bottom = box
    return (
        (left, top, left, bottom),
        (right, top, right, bottom),
        (left, top, right, top),
        (left, bottom, right, bottom),
    )


def _overlap(one: Box, other: Box) -> bool:
    """Do they come nearer than AROUND?"""
    return (
        one[0] < other[2] + AROUND
        and other[0] < one[2] + AROUND
        and one[1] < other[3] + AROUND
        and other[1] < one[3] + AROUND
    )


def _wider(box: Box) -> Box:
    return box[0] - AROUND, box[1] - AROUND, box[2] + AROUND, box[3] + AROUND
