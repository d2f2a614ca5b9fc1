"""Where may this wire go? Dragging a wire from a port, or an end of one that is there, with the answer shown on every node."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from nnstudio.gui.canvas.anchors import Anchor
from nnstudio.gui.canvas.camera import TITLES_BELOW
from nnstudio.gui.canvas.fits import Misfit, circle, port_misfit, reach
from nnstudio.gui.canvas.gestures import Gesture
from nnstudio.gui.canvas.routing import route
from nnstudio.gui.canvas.scene import ints
from nnstudio.gui.canvas.wire_paint import path_of
from nnstudio.gui.theme import theme
from nnstudio.project.edits import apply, disconnect
from nnstudio.project.graph import Slot, Source

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

SNAP_PIXELS = 22.0  # a port that fits draws the end to itself from here
DIRECT_PIXELS = 10.0  # one that does not must be hit


@dataclass(frozen=True)
class Aim:
    """Where the loose end would be plugged in."""

    row: int
    anchor: Anchor
    misfit: Misfit | None


class WireDrag(Gesture):
    """One end is fixed (a source, or a slot), the other follows the pointer. moved: the slot of the wire that is being re-plugged."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self,
        view: "CanvasView",
        start: QPointF,
        *,
        source: Source | None = None,
        slot: Slot | None = None,
        moved: Slot | None = None,
    ) -> None:
        super().__init__(view, start)
        if (source is None) == (slot is None):
            raise ValueError("One end is fixed: give a source or a slot.")
        self._source, self._slot, self._moved = source, slot, moved
        self._graph = view.scene.graph
        if moved is not None:
            project = view.studio.scope.here
            self._graph = apply(project, disconnect(project, [moved])).graph
        fixed = source.node if source is not None else slot.node if slot is not None else ""
        self._barred = {fixed, *reach(self._graph, fixed, upstream=source is not None)}
        self._verdicts: dict[tuple[str, str], Misfit | None] = {}
        self._aim: Aim | None = None

    # ── what fits ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _verdict(self, row: int, port: str) -> Misfit | None:
        id = self.view.scene.node(row).id
        key = (id, port)
        if key not in self._verdicts:
            self._verdicts[key] = self._judge(id, port)
        return self._verdicts[key]

    def _judge(self, id: str, port: str) -> Misfit | None:
        if id in self._barred:
            return circle()
        source = self._source or Source(id, port)
        slot = self._slot or Slot(id, port)
        return port_misfit(self._graph, self.view.studio.registry, self.view.studio.plan, source, slot)

    def _anchors(self, row: int) -> tuple[Anchor, ...]:
        anchors = self.view.scene.anchors[row]
        return anchors.inputs if self._source is not None else anchors.outputs

    def _look_for_aim(self) -> Aim | None:
        """The fitting port nearby, else the port that is hit, else the best port of the node that is hit."""
        scene, zoom = self.view.scene, self.view.camera.zoom
        x, y = self.view.camera.to_plane(self.at.x(), self.at.y())
        wanted = {"inputs": self._source is not None, "outputs": self._source is None}
        near = scene.anchor_near(x, y, SNAP_PIXELS / zoom, **wanted)
        if near is not None:
            row, anchor, output = near
            verdict = self._verdict(row, anchor.port)
            ax, ay = scene.anchor_point(row, anchor, output=output)
            if verdict is None or max(abs(ax - x), abs(ay - y)) * zoom <= DIRECT_PIXELS:
                return Aim(row, anchor, verdict)
        row = scene.node_at(x, y)
        if row is None or not self._anchors(row) or self._is_fixed(row):
            return None
        taken = scene.graph.wires
        anchors = sorted(
            self._anchors(row),
            key=lambda anchor: (
                self._verdict(row, anchor.port) is not None,
                self._source is not None and Slot(scene.node(row).id, anchor.port, anchor.order) in taken,
            ),
        )
        return Aim(row, anchors[0], self._verdict(row, anchors[0].port))

    def _is_fixed(self, row: int) -> bool:
        id = self.view.scene.node(row).id
        return id == (self._source.node if self._source is not None else self._slot.node if self._slot else "")

    # ── the gesture ───────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        if self._moved is not None:
            self.view.hide_wire(self._moved)

    def drag(self) -> None:
        self._aim = self._look_for_aim()
        self.view.update()

    def finish(self) -> None:
        view = self.view
        view.hide_wire(None)
        view.update()
        if not self.dragging:
            if self._moved is not None:
                view.select_wires([self._moved])
            return
        if self._aim is not None:
            self._plug(self._aim)
        elif self._moved is not None:
            view.edits.disconnect([self._moved])
        else:
            view.open_search(self.at, source=self._source, target=self._slot)

    def _plug(self, aim: Aim) -> None:
        id = self.view.scene.node(aim.row).id
        source = self._source or Source(id, aim.anchor.port)
        slot = self._slot or Slot(id, aim.anchor.port, aim.anchor.order)
        if self.view.scene.graph.wires.get(slot) != source:
            self.view.edits.connect(source, slot, instead_of=self._moved)

    def cancel(self) -> None:
        self.view.hide_wire(None)
        self.view.update()

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

    def paint(self, painter: QPainter) -> None:
        if not self.dragging:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.view.camera.zoom >= TITLES_BELOW:
            self._paint_verdicts(painter)
        self._paint_draft(painter)
        if self._aim is not None and self._aim.misfit is not None:
            paint_note(painter, self.view.rect().toRectF(), self.at, self._aim.misfit.reason)

    def _paint_verdicts(self, painter: QPainter) -> None:
        view, zoom = self.view, self.view.camera.zoom
        radius = theme.size("radius_node") * zoom
        for row in ints(view.scene.nodes_in(view.seen_box())):
            fitting = [anchor for anchor in self._anchors(row) if self._verdict(row, anchor.port) is None]
            if not fitting and not self._is_fixed(row):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("canvas", 0.62))
                painter.drawRoundedRect(view.node_rect(row).adjusted(-6, -9, 8, 4), radius, radius)
            painter.setPen(QPen(theme.color("wire_valid"), 2))
            painter.setBrush(theme.color("wire_valid", 0.25))
            for anchor in fitting:
                size = (theme.size("port") + 3) * zoom
                painter.drawEllipse(view.anchor_pixel(row, anchor, output=self._source is None), size, size)

    def _paint_draft(self, painter: QPainter) -> None:
        view, aim = self.view, self._aim
        loose = self.at if aim is None else view.anchor_pixel(aim.row, aim.anchor, output=self._source is None)
        fixed = self._fixed_pixel()
        start, end = (fixed, loose) if self._source is not None else (loose, fixed)
        token = "wire_selected" if aim is None else "wire_valid" if aim.misfit is None else "wire_invalid"
        camera = view.camera
        way = route(camera.to_plane(*start.toTuple()), camera.to_plane(*end.toTuple()), np.zeros((0, 4)))
        painter.save()
        painter.scale(camera.zoom, camera.zoom)
        painter.translate(-camera.left, -camera.top)
        painter.setPen(QPen(theme.color(token), theme.size("stroke_wire")))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(path_of(way))
        painter.restore()

    def _fixed_pixel(self) -> QPointF:
        view = self.view
        if self._source is not None:
            return view.port_pixel(self._source.node, self._source.port, output=True)
        assert self._slot is not None
        return view.port_pixel(self._slot.node, self._slot.port, order=self._slot.order)


def paint_note(painter: QPainter, within: QRectF, at: QPointF, text: str) -> None:
    """A few words beside the pointer, kept inside the widget."""
    font = theme.font("body")
    painter.setFont(font)
    flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
    box = QFontMetricsF(font).boundingRect(QRectF(0, 0, 300, 400), int(flags), text).adjusted(-9, -6, 9, 6)
    box.moveTopLeft(at + QPointF(16, 18))
    box.moveRight(min(box.right(), within.right() - 6))
    box.moveBottom(min(box.bottom(), within.bottom() - 6))
    painter.setPen(QPen(theme.color("tooltip_line"), 1))
    painter.setBrush(theme.color("tooltip"))
    painter.drawRoundedRect(box, theme.size("radius_field"), theme.size("radius_field"))
    painter.setPen(theme.color("text"))
    painter.drawText(box.adjusted(9, 6, -9, -6), int(flags), text)
