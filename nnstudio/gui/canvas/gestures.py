"""What is going on between pressing and letting go? One object a gesture; Esc cancels any of them, and nothing has happened."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.guides import Guides
from nnstudio.gui.canvas.node_paint import MARGIN
from nnstudio.gui.canvas.scene import Box, Rows, ints
from nnstudio.gui.canvas.ties import around_ties
from nnstudio.gui.theme import theme

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

DRAG_PIXELS = 4.0  # less is a click
SPLICE_PIXELS = 12.0
BESIDE_PIXELS = 12.0  # what is drawn of lines and signs beside nodes and wires, however far they are
SELECT_MORE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


Selecting = Literal["only", "add", "toggle", "subtract"]
"""What becomes of the selection when one selects some: they replace it, come to it, are turned over in it, or leave it."""


def selecting(modifiers: Qt.KeyboardModifier) -> Selecting:
    """Shift adds, Ctrl turns over, Ctrl+Shift or Alt takes away."""
    control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    shift = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
    if modifiers & Qt.KeyboardModifier.AltModifier or (control and shift):
        return "subtract"
    return "toggle" if control else "add" if shift else "only"


def combined(selection: Sequence[str], caught: Sequence[str], how: Selecting) -> list[str]:
    """The selection after `caught` were selected in that way."""
    if how == "only":
        return list(caught)
    if how == "add":
        return [*selection, *caught]
    there, chosen = set(selection), set(caught)
    kept = [id for id in selection if id not in chosen]
    return [*kept, *(id for id in caught if id not in there)] if how == "toggle" else kept


class Gesture:
    """Base: what the pointer does from `start` on. Positions are in the widget's pixels."""

    cursor = Qt.CursorShape.ArrowCursor
    scrolls = True  # at the edge of the canvas the picture follows

    def __init__(self, view: "CanvasView", start: QPointF) -> None:
        self.view, self.start, self.at = view, start, start
        self.dragging = False
        self.modifiers = Qt.KeyboardModifier.NoModifier  # held at the last movement

    def move(self, at: QPointF) -> None:
        self.at = at
        if not self.dragging and (at - self.start).manhattanLength() >= DRAG_PIXELS:
            self.dragging = True
            self.begin()
        if self.dragging:
            self.drag()

    def shift_start(self, offset: QPointF) -> None:
        """The picture moved by `offset` under the pointer; what was pressed moved with it."""
        self.start = self.start + offset
        self.drag()

    def begin(self) -> None:
        """It turned out to be a drag."""

    def drag(self) -> None:
        """The pointer is elsewhere."""

    def finish(self) -> None:
        """The button is up again."""

    def cancel(self) -> None:
        """As if it had never begun."""

    def paint(self, painter: QPainter) -> None:
        """What lies over the scene meanwhile."""


class Pan(Gesture):
    cursor = Qt.CursorShape.ClosedHandCursor
    scrolls = False

    def __init__(self, view: "CanvasView", start: QPointF) -> None:
        super().__init__(view, start)
        self._before = view.camera

    def drag(self) -> None:
        self.view.set_camera(self.view.whole_pan(self._before, self.at - self.start), moving=True)

    def cancel(self) -> None:
        self.view.set_camera(self._before)


class RubberBand(Gesture):
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, view: "CanvasView", start: QPointF, how: Selecting) -> None:
        super().__init__(view, start)
        self._how: Selecting = how

    def _rect(self) -> QRectF:
        return QRectF(self.start, self.at).normalized()

    def _box(self) -> Box:
        rect, camera = self._rect(), self.view.camera
        return *camera.to_plane(rect.left(), rect.top()), *camera.to_plane(rect.right(), rect.bottom())

    def _caught(self) -> Rows:
        return self.view.scene.nodes_in(self._box())

    def drag(self) -> None:
        self.view.update()

    def finish(self) -> None:
        view = self.view
        caught = [view.scene.node(row).id for row in ints(self._caught())] if self.dragging else []
        view.select_wires(())
        view.studio.select(combined(view.studio.selection, caught, self._how))
        frames = view.frames.caught(self._box()) if self.dragging else []
        view.select_frames(combined(sorted(view.frames.selected), frames, self._how))
        view.update()

    def cancel(self) -> None:
        self.view.update()

    def paint(self, painter: QPainter) -> None:
        if not self.dragging:
            return
        painter.setPen(QPen(theme.color("rubber_band"), 1))
        painter.setBrush(theme.color("rubber_band", theme.alpha("rubber_band_fill")))
        painter.drawRect(self._rect())
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = theme.size("radius_node") * self.view.camera.zoom
        for row in ints(self._caught())[:500]:
            painter.drawRoundedRect(self.view.node_rect(row), radius, radius)


class MoveNodes(Gesture):
    """Drag the selection: shown at once, done as one edit when let go."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, view: "CanvasView", start: QPointF, row: int, *, select_alone: bool) -> None:
        super().__init__(view, start)
        self._row, self._select_alone = row, select_alone
        self._rows: Rows = np.zeros(0, np.int64)
        self._wires: Rows = np.zeros(0, np.int64)
        self._moved = (0.0, 0.0)
        self._guides: Guides | None = None
        self._chain: list[str] | None = None  # what is moved, where it could be let into a wire
        self._splice: int | None = None  # the wire that it would be let into
        self._painted = QRect()  # where what is under way was last seen

    def begin(self) -> None:
        scene = self.view.scene
        self._rows = scene.rows_of(self.view.studio.selection)
        wires = set[int]().union(*(scene.wires_at[row] for row in ints(self._rows)))
        self._wires = np.array(sorted(wires), np.int64)
        self._guides = Guides(self.view, self._rows)
        self._chain = self.view.wiring.insertable(self.view.studio.selection)
        self.view.hide_rows(self._rows)

    def drag(self) -> None:
        zoom = self.view.camera.zoom
        offset = (self.at - self.start) / zoom
        assert self._guides is not None
        dx, dy = self._guides.snap(offset.x(), offset.y(), self.modifiers)
        if self._chain is not None:
            self._splice = self._wire_at_pointer(SPLICE_PIXELS / zoom)
        if (dx, dy) != self._moved:
            self.view.scene.shift(self._rows, dx - self._moved[0], dy - self._moved[1])
            self._moved = (dx, dy)
            area = self._area()
            self.view.update(area.united(self._painted))
            self._painted = area

    def _area(self) -> QRect:
        """All that `paint` may touch: to paint the whole canvas at each step takes twice as long."""
        view = self.view
        wires = self._wires if self._splice is None else np.append(self._wires, self._splice)
        boxes = [view.scene.bounds(self._rows), view.scene.around_wires(wires)]
        corners = [box for box in boxes if box is not None] + (self._guides.lines() if self._guides is not None else [])
        corners += around_ties(view.scene, self._rows)
        left, top, right, bottom = np.array(corners, np.float64).reshape(-1, 4).T
        camera, around = view.camera, MARGIN * view.camera.zoom + BESIDE_PIXELS
        first = camera.to_widget(float(min(left.min(), right.min())), float(min(top.min(), bottom.min())))
        last = camera.to_widget(float(max(left.max(), right.max())), float(max(top.max(), bottom.max())))
        whole = QRectF(QPointF(*first), QPointF(*last)).adjusted(-around, -around, around, around)
        return whole.intersected(view.rect().toRectF()).toAlignedRect()

    def _wire_at_pointer(self, reach: float) -> int | None:
        """Not one within the chain itself."""
        found = self.view.wires.at(*self.view.camera.to_plane(self.at.x(), self.at.y()), reach)
        return found if found is not None and found not in self._wires else None

    def finish(self) -> None:
        view, scene = self.view, self.view.scene
        if not self.dragging:
            if self._select_alone:
                view.studio.select([scene.node(self._row).id])
            return
        positions = {scene.node(row).id: (float(scene.x[row]), float(scene.y[row])) for row in ints(self._rows)}
        view.hide_rows(None)
        if self._splice is not None and self._chain is not None:
            view.wiring.insert(self._chain, scene.wire(self._splice), positions, scene.sizes())
        elif self._moved != (0.0, 0.0):
            view.edits.move(positions)

    def cancel(self) -> None:
        if self.dragging:
            self.view.scene.put_back(self._rows)
            self.view.hide_rows(None)

    def paint(self, painter: QPainter) -> None:
        if not self.dragging:
            return
        view = self.view
        seen = view.seen_box()
        renderer = view.renderer
        if self._splice is not None:
            view.input.hover.paint_wire(painter, self._splice, "wire_valid")
        wires = view.scene.wires_in(seen, self._wires)
        nodes = view.scene.nodes_in(seen, 16, self._rows)
        renderer.paint_wires(painter, view.camera, wires, thin=True, fresh=True)
        renderer.paint_nodes(painter, view.camera, nodes, view.devicePixelRatioF())
        if self._guides is not None:
            self._guides.paint(painter)
