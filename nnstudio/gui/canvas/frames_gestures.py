"""What does the pointer do to frames? Its title carries it with all that lies within, an edge or a corner changes its size."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter

from nnstudio.gui.canvas.frame_paint import paint_frames
from nnstudio.gui.canvas.frame_titles import paint_far_titles
from nnstudio.gui.canvas.frames import FrameHit
from nnstudio.gui.canvas.gestures import SELECT_MORE, Gesture
from nnstudio.gui.canvas.guides import Guides
from nnstudio.gui.canvas.node_paint import MARGIN
from nnstudio.gui.canvas.scene import Rows
from nnstudio.project.boxes import Box, around, snapped
from nnstudio.project.frames import SMALLEST, moved, resized

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

CURSORS = {
    (1, 0): Qt.CursorShape.SizeHorCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
}


def frame_gesture(view: "CanvasView", at: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture | None:
    """What pressing on a frame begins; None where there is none to be held: frames that were selected then are no longer."""
    hit = view.input.hover.frame_at(at)
    more = bool(modifiers & SELECT_MORE)
    if hit is None:
        if not more:
            view.select_frames(())
        return None
    if hit.sides != (0, 0):
        return ResizeFrame(view, at, hit)
    selected = view.frames.selected
    if more and hit.id in selected:
        view.select_frames(selected - {hit.id})
        return None
    view.select_wires(())
    if more:
        view.select_frames(selected | {hit.id})
    elif hit.id not in selected:
        view.studio.select(())
        view.select_frames([hit.id])
    return MoveFrames(view, at, view.frames.selected, view.studio.selection, clicked="" if more else hit.id)


def frame_cursor(hit: FrameHit) -> Qt.CursorShape:
    across, along = hit.sides
    if (across, along) == (0, 0):
        return Qt.CursorShape.SizeAllCursor
    return CURSORS[(across, along) if across > 0 or (across == 0 and along > 0) else (-across, -along)]


class MoveFrames(Gesture):
    """Drags frames with all that they hold, and nodes that are selected beside them; one edit when let go."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(
        self, view: "CanvasView", start: QPointF, frames: Iterable[str], nodes: Iterable[str], *, clicked: str = ""
    ) -> None:
        """clicked: the frame or node that alone is selected if it turns out to be a click."""
        super().__init__(view, start)
        self._ids = [*frames, *nodes]
        self._clicked = clicked
        self._rows: Rows = np.zeros(0, np.int64)
        self._wires: Rows = np.zeros(0, np.int64)
        self._boxes: dict[str, Box] = {}
        self._guides: Guides | None = None
        self._moved = (0.0, 0.0)

    def begin(self) -> None:
        view, scene = self.view, self.view.scene
        self._rows, inner = scene.carried(self._ids)
        self._boxes = {id: scene.frames.box(id) for id in inner}
        self._wires = scene.wires_of(self._rows)
        scene.frames.under_way = set(inner)
        nodes = [box] if (box := scene.bounds(self._rows)) is not None and len(self._rows) else []
        self._guides = Guides(view, self._rows, around((*self._boxes.values(), *nodes)))
        view.hide_rows(self._rows)

    def drag(self) -> None:
        view, zoom = self.view, self.view.camera.zoom
        offset = (self.at - self.start) / zoom
        assert self._guides is not None
        dx, dy = self._guides.snap(offset.x(), offset.y(), self.modifiers)
        if (dx, dy) != self._moved:
            view.scene.shift(self._rows, dx - self._moved[0], dy - self._moved[1])
            self._moved = (dx, dy)
            view.frames.place({id: _shifted(box, dx, dy) for id, box in self._boxes.items()})
            view.update()

    def finish(self) -> None:
        view = self.view
        if not self.dragging:
            if self._clicked:
                view.select_frames([self._clicked])
                view.studio.select([self._clicked])
            return
        dx, dy = self._moved
        self._leave()
        if (dx, dy) != (0.0, 0.0):
            view.studio.scope.do(moved(view.studio.scope.here, self._ids, dx, dy, sizes=view.scene.sizes()))

    def cancel(self) -> None:
        if self.dragging:
            self._leave()

    def _leave(self) -> None:
        """All is shown where the project has it."""
        view = self.view
        view.scene.put_back(self._rows)
        view.frames.under_way = set()
        view.frames.place({})
        view.hide_rows(None)

    def paint(self, painter: QPainter) -> None:
        if not self.dragging:
            return
        view, renderer = self.view, self.view.renderer
        seen = view.seen_box()
        paint_frames(painter, view.frames, view.camera, seen, only=view.frames.under_way)
        wires = view.scene.wires_in(seen, self._wires)
        nodes = view.scene.nodes_in(seen, MARGIN, self._rows)
        renderer.paint_wires(painter, view.camera, wires, thin=True, fresh=True)
        renderer.paint_nodes(painter, view.camera, nodes, view.devicePixelRatioF())
        paint_far_titles(painter, view.frames, view.camera, seen, only=view.frames.under_way)
        if self._guides is not None:
            self._guides.paint(painter)


class ResizeFrame(Gesture):
    """Drags an edge or a corner; what the frame holds stays where it is."""

    def __init__(self, view: "CanvasView", start: QPointF, hit: FrameHit) -> None:
        super().__init__(view, start)
        self._hit = hit
        self._home = self._box = view.frames.box(hit.id)
        self.cursor = frame_cursor(hit)

    def begin(self) -> None:
        self.view.frames.under_way = {self._hit.id}
        self.view.scene_moved()

    def drag(self) -> None:
        offset = (self.at - self.start) / self.view.camera.zoom
        self._box = stretched(self._home, self._hit.sides, offset.x(), offset.y())
        self.view.frames.place({self._hit.id: self._box})
        self.view.update()

    def finish(self) -> None:
        view = self.view
        if not self.dragging:
            view.studio.select(())
            view.select_frames([self._hit.id])
            return
        self.cancel()
        if self._box != self._home:
            view.studio.scope.do(resized(view.studio.scope.here, self._hit.id, self._box))

    def cancel(self) -> None:
        self.view.frames.under_way = set()
        self.view.frames.place({})
        self.view.scene_moved()

    def paint(self, painter: QPainter) -> None:
        if self.dragging:
            frames, camera, seen = self.view.frames, self.view.camera, self.view.seen_box()
            paint_frames(painter, frames, camera, seen, only=frames.under_way)
            paint_far_titles(painter, frames, camera, seen, only=frames.under_way)


def stretched(box: Box, sides: tuple[int, int], dx: float, dy: float) -> Box:
    """`box` with the edges of these sides moved, on the grid, never smaller than a frame can be."""
    left, top, right, bottom = box
    across, along = sides
    if across < 0:
        left = min(snapped(left + dx), right - SMALLEST[0])
    elif across > 0:
        right = max(snapped(right + dx), left + SMALLEST[0])
    if along < 0:
        top = min(snapped(top + dy), bottom - SMALLEST[1])
    elif along > 0:
        bottom = max(snapped(bottom + dy), top + SMALLEST[1])
    return left, top, right, bottom


def _shifted(box: Box, dx: float, dy: float) -> Box:
    return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy
