"""What is under the pointer, what does it say, and how does it light up?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.anchors import form_of
from nnstudio.gui.canvas.camera import TITLES_BELOW
from nnstudio.gui.canvas.frames import FrameHit
from nnstudio.gui.canvas.node_paint import corner
from nnstudio.gui.canvas.scene import BYPASSED, FROZEN, SEARCHED
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.plan import shape_text
from nnstudio.project.graph import Slot, Source

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

PORT_PIXELS = 11.0  # from here one grabs a port
WIRE_PIXELS = 7.0


@dataclass(frozen=True)
class Under:
    """What is under the pointer: a port (row, port, order, output), a node, a wire, the part of a frame that one can hold, or nothing."""

    row: int | None = None
    port: tuple[str, int, bool] | None = None
    wire: int | None = None
    frame: FrameHit | None = None


NOTHING = Under()


class Hover:
    """`under`: what the pointer was last seen over."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self.under = NOTHING

    def look(self, at: QPointF) -> Under:
        view = self._view
        zoom = view.camera.zoom
        x, y = view.camera.to_plane(at.x(), at.y())
        row = view.scene.node_at(x, y)
        if row is not None and form_of(view.scene.node(row)) == "dot":
            return Under(row)  # it is held by its middle, and wired from beside it
        near = view.scene.anchor_near(x, y, PORT_PIXELS / zoom) if zoom >= TITLES_BELOW else None
        if near is not None:
            row, anchor, output = near
            return Under(row, (anchor.port, anchor.order, output))
        if row is not None:
            return Under(row)
        wire = view.wires.at(x, y, WIRE_PIXELS / zoom) if zoom >= TITLES_BELOW else None
        return Under(wire=wire) if wire is not None else Under(frame=self.frame_at(at))

    def frame_at(self, at: QPointF) -> FrameHit | None:
        """The part of a frame that one can hold: a title, an edge, a corner; the body only where nothing lies in it."""
        view = self._view
        if not len(view.frames):
            return None
        hit = view.frames.at(*view.camera.to_plane(at.x(), at.y()), view.camera.zoom)
        if hit is not None and hit.part == "body" and len(view.scene.rows_within(view.frames.box(hit.id))):
            return None
        return hit

    def tip(self, under: Under) -> str:
        """What hovering says: the node's problems, what a port carries, the shape on a wire."""
        if under.port is not None and under.row is not None:
            return "\n".join(part for part in self._port_words(under.row, *under.port) if part)
        if under.row is not None:
            return "\n".join(part for part in self._node_words(under.row) if part)
        if under.wire is not None:
            looks, nodes = self._view.looks, self._view.scene.graph.nodes
            source, target = self._view.scene.wire(under.wire)
            ends = f"{looks.title(nodes[source.node])} → {looks.title(nodes[target.node])}"
            return "\n".join(part for part in (ends, self._carried(source)) if part)
        return ""

    def _port_words(self, row: int, port: str, order: int, output: bool) -> Iterator[str]:
        view = self._view
        node, spec = view.scene.node(row), view.scene.spec(row)
        ports = (spec.outputs if output else spec.inputs) if spec is not None else ()
        title = next((found.title for found in ports if found.name == port and found.title), port)
        yield tr("Output “{port}”", port=title) if output else tr("Input “{port}”", port=title)
        source = Source(node.id, port) if output else view.scene.graph.wires.get(Slot(node.id, port, order))
        yield self._carried(source) if source is not None else ""
        yield "" if output else view.looks.message(row)

    def _node_words(self, row: int) -> Iterator[str]:
        """What its signs stand for, its note, and what is wrong with it."""
        scene = self._view.scene
        node, flags = scene.node(row), int(scene.flags[row])
        yield tr("Bypassed: what comes in goes on as it is.") if flags & BYPASSED else ""
        yield tr("Its weights stay as they are.") if flags & FROZEN else ""
        searched: Any = node.options.get("search", ())
        yield tr("To be searched over: {names}", names=", ".join(map(str, searched))) if flags & SEARCHED else ""
        exposed = self._view.looks.exposed(node)
        yield tr("Set from outside of the block: {fields}", fields=", ".join(exposed)) if exposed else ""
        owner = scene.graph.nodes.get(scene.sharing.get(row, ""))
        yield tr("Uses the weights of {name}.", name=self._view.looks.title(owner)) if owner is not None else ""
        yield node.note
        yield self._view.looks.message(row)

    def _carried(self, source: Source) -> str:
        """`B × 6 × 14 × 14 · real numbers`"""
        shape, kind = self._view.studio.scope.carried(source)
        kinds = {"int": tr("whole numbers"), "float": tr("real numbers"), "bool": tr("truth values")}
        return " · ".join(
            part for part in (shape_text(shape, batch=True) if shape else "", kinds.get(kind, kind)) if part
        )

    def paint(self, painter: QPainter) -> None:
        view, under = self._view, self.under
        zoom = view.camera.zoom
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if under.wire is not None and under.wire not in view.wires.selected:
            self.paint_wire(painter, under.wire, "wire_hover")
        if under.row is None:
            return
        if under.port is not None:
            port, order, output = under.port
            centre = view.port_pixel(view.scene.node(under.row).id, port, order=order, output=output)
            painter.setPen(QPen(theme.color("wire_hover"), 2))
            radius = (theme.size("port") + 3) * zoom
            painter.drawEllipse(centre, radius, radius)
        elif not view.scene.selected[under.row] and not view.scene.severity[under.row]:
            radius = corner(view.looks.of(under.row)) * zoom
            painter.setPen(QPen(theme.color("node_hover_line"), 1.5))
            painter.drawRoundedRect(view.node_rect(under.row), radius, radius)

    def paint_wire(self, painter: QPainter, row: int, token: str) -> None:
        camera = self._view.camera
        painter.save()
        painter.scale(camera.zoom, camera.zoom)
        painter.translate(-camera.left, -camera.top)
        painter.setPen(QPen(theme.color(token), theme.size("stroke_wire")))
        painter.drawPath(self._view.wires.path(row))
        painter.restore()
