"""What is under the pointer, what does it say, and how does it light up?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.camera import TITLES_BELOW
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.plan import shape_text

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

PORT_PIXELS = 11.0  # from here one grabs a port
WIRE_PIXELS = 7.0


@dataclass(frozen=True)
class Under:
    """What is under the pointer: a port (row, port, order, output), a node, a wire, or nothing."""

    row: int | None = None
    port: tuple[str, int, bool] | None = None
    wire: int | None = None


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
        near = view.scene.anchor_near(x, y, PORT_PIXELS / zoom) if zoom >= TITLES_BELOW else None
        if near is not None:
            row, anchor, output = near
            return Under(row, (anchor.port, anchor.order, output))
        row = view.scene.node_at(x, y)
        if row is not None:
            return Under(row)
        return Under(wire=view.wires.at(x, y, WIRE_PIXELS / zoom)) if zoom >= TITLES_BELOW else NOTHING

    def tip(self, under: Under) -> str:
        """What hovering says: the node's problems, what a port carries, the shape on a wire."""
        view = self._view
        plan, scene = view.studio.plan, view.scene
        if under.port is not None and under.row is not None:
            port, _, output = under.port
            planned = plan.nodes.get(scene.node(under.row).id)
            shape = planned.outputs.get(port) if planned is not None and output else None
            problem = view.looks.message(under.row) if not output else ""
            words = tr("Output “{port}”", port=port) if output else tr("Input “{port}”", port=port)
            return "\n".join(part for part in (words, shape_text(shape, batch=True) if shape else "", problem) if part)
        if under.row is not None:
            return view.looks.message(under.row)
        if under.wire is not None:
            wire = scene.wire(under.wire)
            planned = plan.nodes.get(wire.source.node)
            shape = planned.outputs.get(wire.source.port) if planned is not None else None
            graph = scene.graph
            ends = (
                f"{view.looks.title(graph.nodes[wire.source.node])} → {view.looks.title(graph.nodes[wire.target.node])}"
            )
            return f"{ends}\n{shape_text(shape, batch=True)}" if shape else ends
        return ""

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
            radius = theme.size("radius_node") * zoom
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
