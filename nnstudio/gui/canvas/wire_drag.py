"""Where may this wire go? Dragging wires from a port, or ends of those that are there, with the answer shown on every port."""

from collections.abc import Sequence
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
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project.cutting import without
from nnstudio.project.graph import Slot, Source, Wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

SNAP_PIXELS = 40.0  # a port that fits draws the end to itself from here
DIRECT_PIXELS = 10.0  # one that does not must be hit
SHOWN_WIRES = 50  # of a bundle, while it is dragged


@dataclass(frozen=True)
class Aim:
    """Where the loose end would be plugged in."""

    row: int
    anchor: Anchor
    misfit: Misfit | None


class WireDrag(Gesture):
    """The other ends of the wires are fixed (all of them outputs, or all of them inputs), the loose one follows the pointer.

    moved: the slots whose wires are being re-plugged; they stay where they are until the end is let go.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self,
        view: "CanvasView",
        start: QPointF,
        *,
        sources: Sequence[Source] = (),
        slots: Sequence[Slot] = (),
        moved: Sequence[Slot] = (),
    ) -> None:
        super().__init__(view, start)
        if bool(sources) == bool(slots):
            raise ValueError("One end is fixed: give sources or slots.")
        self._sources, self._slots, self._moved = tuple(sources), tuple(slots), tuple(moved)
        self._graph = without(view.studio.scope.here, moved).graph
        self._fixed = frozenset(end.node for end in (*self._sources, *self._slots))
        upstream = bool(self._sources)
        self._barred = self._fixed.union(*(reach(self._graph, node, upstream=upstream) for node in self._fixed))
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
        if len(self._sources) > 1 and not self._takes_many(id, port):
            return Misfit(tr("This input takes one wire; here are {count}.", count=len(self._sources)), never=True)
        studio = self.view.studio
        pairs = [(source, Slot(id, port)) for source in self._sources] or [
            (Source(id, port), slot) for slot in self._slots
        ]
        found = (port_misfit(self._graph, studio.registry, studio.scope.carried, *pair) for pair in pairs)
        return next((misfit for misfit in found if misfit is not None), None)

    def _takes_many(self, id: str, port: str) -> bool:
        spec = self.view.studio.registry.layer(self._graph.nodes[id].type)
        return spec is None or any(one.many for one in spec.inputs if one.name == port)

    def _anchors(self, row: int) -> tuple[Anchor, ...]:
        anchors = self.view.scene.anchors[row]
        return anchors.inputs if self._sources else anchors.outputs

    def _pixel(self, row: int, anchor: Anchor) -> QPointF:
        return self.view.anchor_pixel(row, anchor, output=not self._sources)

    def _distance(self, row: int, anchor: Anchor) -> float:
        way = self._pixel(row, anchor) - self.at
        return float(np.hypot(way.x(), way.y()))

    def _look_for_aim(self) -> Aim | None:
        """On a node the nearest port that fits, else the one that is hit, else the best; off any node the nearest that fits."""
        view, zoom = self.view, self.view.camera.zoom
        x, y = view.camera.to_plane(self.at.x(), self.at.y())
        row = view.scene.node_at(x, y)
        near = [row] if row is not None else ints(view.scene.nodes_in((x, y, x, y), SNAP_PIXELS / zoom))
        ports = [(self._distance(at, anchor), at, anchor) for at in near for anchor in self._anchors(at)]
        ports.sort(key=lambda port: port[0])
        for distance, at, anchor in ports:
            misfit = self._verdict(at, anchor.port)
            if distance <= (SNAP_PIXELS if misfit is None else DIRECT_PIXELS) and not self._is_fixed(at):
                return Aim(at, anchor, misfit)
        return self._best_of(row) if row is not None else None

    def _best_of(self, row: int) -> Aim | None:
        """The port of a node that fits and is free."""
        anchors = self._anchors(row)
        if not anchors or self._is_fixed(row):
            return None
        id, taken = self.view.scene.node(row).id, self._graph.wires

        def order(anchor: Anchor) -> tuple[bool, bool]:
            occupied = bool(self._sources) and Slot(id, anchor.port, anchor.order) in taken
            return self._verdict(row, anchor.port) is not None, occupied

        best = min(anchors, key=order)
        return Aim(row, best, self._verdict(row, best.port))

    def _is_fixed(self, row: int) -> bool:
        return self.view.scene.node(row).id in self._fixed

    # ── the gesture ───────────────────────────────────────────────────────────────────────────────────────────────────

    def begin(self) -> None:
        self.view.hide_wires(self._moved)

    def drag(self) -> None:
        self._aim = self._look_for_aim()
        self.view.update()

    def finish(self) -> None:
        view = self.view
        view.hide_wires(())
        view.update()
        if not self.dragging:
            if self._moved:
                view.select_wires(self._moved)
            return
        if self._aim is not None:
            self._plug(self._aim)
        elif self._moved:
            view.wiring.cut(self._moved)
        elif self._sources:
            view.open_search(self.at, source=self._sources[0])
        else:
            view.open_search(self.at, target=self._slots[0])

    def _plug(self, aim: Aim) -> None:
        wires = self._wires_to(self.view.scene.node(aim.row).id, aim.anchor)
        now = self.view.scene.graph.wires
        if any(now.get(wire.target) != wire.source for wire in wires):
            self.view.wiring.plug(wires, [slot for slot in self._moved if slot not in {wire.target for wire in wires}])

    def _wires_to(self, id: str, anchor: Anchor) -> list[Wire]:
        """What there would be after letting go."""
        if self._slots:
            return [Wire(Source(id, anchor.port), slot) for slot in self._slots]
        if len(self._sources) == 1:
            return [Wire(self._sources[0], Slot(id, anchor.port, anchor.order))]
        there = self._graph.wires_into(id, anchor.port)
        first = there[-1].target.order + 1 if there else 0
        return [Wire(source, Slot(id, anchor.port, first + index)) for index, source in enumerate(self._sources)]

    def cancel(self) -> None:
        self.view.hide_wires(())
        self.view.update()

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

    def paint(self, painter: QPainter) -> None:
        if not self.dragging:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.view.camera.zoom >= TITLES_BELOW:
            self._paint_verdicts(painter)
        self._paint_drafts(painter)
        if self._aim is not None and self._aim.misfit is not None:
            paint_note(painter, self.view.rect().toRectF(), self.at, self._aim.misfit.reason)

    def _paint_verdicts(self, painter: QPainter) -> None:
        """Nodes without a port that fits are dimmed, and so is each port that does not; those that do light up."""
        view, zoom = self.view, self.view.camera.zoom
        corner, radius = theme.size("radius_node") * zoom, (theme.size("port") + 3) * zoom
        for row in ints(view.scene.nodes_in(view.seen_box())):
            anchors = self._anchors(row)
            fitting = [anchor for anchor in anchors if self._verdict(row, anchor.port) is None]
            if not fitting and not self._is_fixed(row):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("canvas", 0.62))
                painter.drawRoundedRect(view.node_rect(row).adjusted(-6, -9, 8, 4), corner, corner)
                continue
            for anchor in anchors:
                fits = anchor in fitting
                painter.setPen(QPen(theme.color("wire_valid"), 2) if fits else Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("wire_valid", 0.25) if fits else theme.color("canvas", 0.62))
                painter.drawEllipse(self._pixel(row, anchor), radius, radius)

    def _paint_drafts(self, painter: QPainter) -> None:
        aim = self._aim
        loose = self.at if aim is None else self._pixel(aim.row, aim.anchor)
        token = "wire_selected" if aim is None else "wire_valid" if aim.misfit is None else "wire_invalid"
        for end in (*self._sources, *self._slots)[:SHOWN_WIRES]:
            fixed = end_pixel(self.view, end)
            start, stop = (fixed, loose) if self._sources else (loose, fixed)
            paint_draft(painter, self.view, start, stop, token)


def end_pixel(view: "CanvasView", end: Source | Slot) -> QPointF:
    """Where an end of a wire is on the widget."""
    if isinstance(end, Source):
        return view.port_pixel(end.node, end.port, output=True)
    return view.port_pixel(end.node, end.port, order=end.order)


def paint_draft(painter: QPainter, view: "CanvasView", start: QPointF, end: QPointF, token: str) -> None:
    """A wire that is not there yet."""
    camera = view.camera
    way = route(camera.to_plane(*start.toTuple()), camera.to_plane(*end.toTuple()), np.zeros((0, 4)))
    painter.save()
    painter.scale(camera.zoom, camera.zoom)
    painter.translate(-camera.left, -camera.top)
    painter.setPen(QPen(theme.color(token), theme.size("stroke_wire")))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPath(path_of(way))
    painter.restore()


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
