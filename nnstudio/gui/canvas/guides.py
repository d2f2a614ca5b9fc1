"""Where would what is dragged line up with its neighbours? Edges, middles, level wires and equal gaps: it stops there, and lines show why."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QLineF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.camera import BLOCKS_BELOW
from nnstudio.gui.canvas.organise import shows_guides, snaps_to_grid
from nnstudio.gui.canvas.scene import Box, Floats, Rows, ints
from nnstudio.gui.theme import theme
from nnstudio.project.boxes import snapped

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

FREELY = (
    Qt.KeyboardModifier.ControlModifier
)  # held while dragging: without guides, and with or without the grid, other than it is set
REACH_PIXELS = 6.0
TICK_PIXELS = 4.0  # at the ends of a gap that equals another

Line = tuple[float, float, float, float]  # from (x, y) to (x, y) in the plane


class Catch(NamedTuple):
    """A place to stop at: `by` further along one axis; lines: what shows why; gap: they measure equal gaps."""

    by: float
    lines: tuple[Line, ...]
    gap: bool = False


class Guides:
    """For one drag: made when it begins, asked at each movement."""

    def __init__(self, view: "CanvasView", rows: Rows, box: Box | None = None) -> None:
        """rows: of the nodes that are dragged; box: what lines up (None: the rectangle around them)."""
        scene = view.scene
        self._view = view
        self._box = box or scene.bounds(rows) or (0.0, 0.0, 0.0, 0.0)
        others = np.setdiff1d(scene.nodes_in(view.seen_box()), rows, assume_unique=True)
        left, top = scene.x[others], scene.y[others]
        sides = [left, top, left + scene.widths[others], top + scene.heights[others]]
        still = [
            scene.frames.box(id) for id in scene.frames.within(view.seen_box()) if id not in scene.frames.under_way
        ]
        self._others = np.concatenate([np.stack(sides, axis=1), np.array(still, np.float64).reshape(-1, 4)])
        self._level = self._wires_out(rows)
        self.caught: list[Catch] = []

    def snap(self, dx: float, dy: float, modifiers: Qt.KeyboardModifier) -> tuple[float, float]:
        """The shift that is nearly (dx, dy) but stops where it lines up, or on the grid. modifiers: held meanwhile."""
        settings, invert = self._view.studio.settings, bool(modifiers & FREELY)
        shift = [dx, dy]
        if snaps_to_grid(settings) != invert:
            shift = [snapped(self._box[axis] + by) - self._box[axis] for axis, by in enumerate(shift)]
        self.caught = []
        if shows_guides(settings) and not invert and self._view.camera.zoom >= BLOCKS_BELOW:
            left, top, right, bottom = self._box
            there = (left + dx, top + dy, right + dx, bottom + dy)
            for axis, by in enumerate((dx, dy)):
                best = min(self._catches(there, axis), key=lambda catch: abs(catch.by), default=None)
                if best is not None:
                    shift[axis] = by + best.by
                    self.caught.append(best)
        return shift[0], shift[1]

    def _wires_out(self, rows: Rows) -> list[tuple[float, float, Line]]:
        """(y of the end that is dragged, y of the end that stays, the wire's ends) of each wire that leads out of what is dragged."""
        scene = self._view.scene
        dragged = set(ints(rows))
        x0, y0, x1, y1 = scene.wire_ends()
        found: list[tuple[float, float, Line]] = []
        for wire in ints(scene.wires_of(rows)):
            ends = (float(x0[wire]), float(y0[wire]), float(x1[wire]), float(y1[wire]))
            starts_here, ends_here = int(scene.start[wire]) in dragged, int(scene.end[wire]) in dragged
            if starts_here != ends_here:
                found.append((ends[1], ends[3], ends) if starts_here else (ends[3], ends[1], ends))
        return found

    def _catches(self, box: Box, axis: int) -> Iterator[Catch]:
        """What is within reach of `box` along the axis; the first of equally near ones counts."""
        reach = REACH_PIXELS / self._view.camera.zoom
        if axis == 1:
            yield from self._level_wires(box, reach)
        if len(self._others):
            yield from self._sides(box, axis, reach)
            yield from self._gaps(box, axis, reach)

    def _level_wires(self, box: Box, reach: float) -> Iterator[Catch]:
        moved = box[1] - self._box[1]
        for own, other, (x0, _, x1, _) in self._level:
            by = other - own - moved
            if abs(by) <= reach:
                yield Catch(by, ((x0, other, x1, other),))

    def _sides(self, box: Box, axis: int, reach: float) -> Iterator[Catch]:
        """Left with left, middle with middle, right with right: the nearest neighbour of those that fit equally well."""
        near, far = self._others[:, axis], self._others[:, axis + 2]
        lines = np.stack([near, (near + far) / 2, far], axis=1)
        own = np.array([box[axis], (box[axis] + box[axis + 2]) / 2, box[axis + 2]])
        by = lines - own
        apart = np.abs(by)
        if apart.min() > reach:
            return
        alike = np.argwhere(apart < apart.min() + 0.01)
        other = 1 - axis
        away = np.abs(self._others[alike[:, 0], other] - box[other])
        index, side = alike[int(away.argmin())]
        at, neighbour = float(lines[index, side]), self._others[index]
        begin = float(min(box[other], neighbour[other]))
        end = float(max(box[other + 2], neighbour[other + 2]))
        yield Catch(float(by[index, side]), ((at, begin, at, end) if axis == 0 else (begin, at, end, at),))

    def _gaps(self, box: Box, axis: int, reach: float) -> Iterator[Catch]:
        """As far from one neighbour of the row as from the other, or as that one is from the next."""
        other = 1 - axis
        row = self._others[(self._others[:, other] < box[other + 2]) & (self._others[:, other + 2] > box[other])]
        middle = (box[other] + box[other + 2]) / 2
        for by, spans in _equal_gaps(row, box[axis], box[axis + 2], axis, reach):
            if abs(by) <= reach:
                lines = ((a, middle, b, middle) if axis == 0 else (middle, a, middle, b) for a, b in spans)
                yield Catch(by, tuple(lines), gap=True)

    def lines(self) -> list[Line]:
        """What `paint` draws."""
        return [line for catch in self.caught for line in catch.lines]

    def paint(self, painter: QPainter) -> None:
        """The lines of what the last `snap` stopped at."""
        if not self.caught:
            return
        camera = self._view.camera
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.color("guide"), theme.size("stroke_hairline"), Qt.PenStyle.SolidLine))
        for catch in self.caught:
            for x0, y0, x1, y1 in catch.lines:
                line = QLineF(*camera.to_widget(x0, y0), *camera.to_widget(x1, y1))
                painter.drawLine(line)
                if catch.gap:
                    across = line.normalVector().unitVector()
                    dx, dy = across.dx() * TICK_PIXELS, across.dy() * TICK_PIXELS
                    for end in (line.p1(), line.p2()):
                        painter.drawLine(QLineF(end.x() - dx, end.y() - dy, end.x() + dx, end.y() + dy))
        painter.restore()


def _last(boxes: Floats, axis: int) -> Floats | None:
    """The one that ends last."""
    return boxes[int(boxes[:, axis + 2].argmax())] if len(boxes) else None


def _first(boxes: Floats, axis: int) -> Floats | None:
    return boxes[int(boxes[:, axis].argmin())] if len(boxes) else None


def _equal_gaps(
    row: Floats, near: float, far: float, axis: int, reach: float
) -> Iterator[tuple[float, tuple[tuple[float, float], ...]]]:
    """(how much further, the two gaps that are then equal) for what reaches from `near` to `far` among the boxes of its row."""
    last = _last(row[row[:, axis + 2] <= near + reach], axis)
    first = _first(row[row[:, axis] >= far - reach], axis)
    if last is not None and first is not None:
        before, behind = float(last[axis + 2]), float(first[axis])
        gap = (behind - before - (far - near)) / 2
        yield before + gap - near, ((before, before + gap), (behind - gap, behind))
    if last is not None and (other := _last(row[row[:, axis + 2] <= last[axis]], axis)) is not None:
        begin, end, before = float(other[axis + 2]), float(last[axis]), float(last[axis + 2])
        yield before + (end - begin) - near, ((begin, end), (before, before + (end - begin)))
    if first is not None and (other := _first(row[row[:, axis] >= first[axis + 2]], axis)) is not None:
        behind, begin, end = float(first[axis]), float(first[axis + 2]), float(other[axis])
        yield behind - (end - begin) - far, ((behind - (end - begin), behind), (begin, end))
