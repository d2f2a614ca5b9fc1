"""Alt+drag: copies of the selected nodes, fed by what feeds the originals, are put down where they are let go."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.gestures import Gesture
from nnstudio.gui.canvas.scene import ints
from nnstudio.gui.theme import theme
from nnstudio.project.boxes import snapped

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

SHOWN = 200  # nodes that are painted while they are dragged; of the others the box alone


class DuplicateNodes(Gesture):
    cursor = Qt.CursorShape.DragCopyCursor

    def __init__(self, view: "CanvasView", start: QPointF) -> None:
        super().__init__(view, start)
        self._rows = view.scene.rows_of(view.studio.selection)
        box = view.scene.bounds(self._rows)
        self._home = (box[0], box[1]) if box is not None else (0.0, 0.0)

    def _offset(self) -> tuple[float, float]:
        """In the plane, on the grid."""
        way, zoom = self.at - self.start, self.view.camera.zoom
        x, y = self._home
        return snapped(x + way.x() / zoom) - x, snapped(y + way.y() / zoom) - y

    def drag(self) -> None:
        self.view.update()

    def finish(self) -> None:
        view = self.view
        view.update()
        offset = self._offset()
        if self.dragging and offset != (0.0, 0.0):
            at = (self._home[0] + offset[0], self._home[1] + offset[1])
            view.wiring.duplicate_keeping_inputs(view.studio.selection, at)

    def cancel(self) -> None:
        self.view.update()

    def paint(self, painter: QPainter) -> None:
        if not self.dragging:
            return
        view, (dx, dy) = self.view, self._offset()
        zoom = view.camera.zoom
        shifted = view.camera.panned(dx * zoom, dy * zoom)
        painter.setOpacity(0.75)
        view.renderer.paint_nodes(painter, shifted, self._rows[:SHOWN], view.devicePixelRatioF())
        painter.setOpacity(1.0)
        painter.setPen(QPen(theme.color("accent"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = theme.size("radius_node") * zoom
        for row in ints(self._rows[:SHOWN]):
            painter.drawRoundedRect(view.node_rect(row).translated(dx * zoom, dy * zoom), radius, radius)
