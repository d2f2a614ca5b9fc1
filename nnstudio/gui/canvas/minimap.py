"""Where am I in the whole? All nodes as small blocks, the part that is seen framed; click or drag to go there."""

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from nnstudio.gui.canvas.numpy_draw import draw_rects
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

PADDING = 7.0


class Minimap(QWidget):
    """Ground and blocks are painted once and kept until the network changes; a pan only moves the frame."""

    def __init__(self, view: "CanvasView") -> None:
        super().__init__(view)
        self._view = view
        self._blocks: QPixmap | None = None
        self.setFixedSize(theme.size("minimap_width"), theme.size("minimap_height"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Overview of the network"))
        self.setToolTip(tr("Click or drag to see another part"))

    def forget(self) -> None:
        """The network changed."""
        self._blocks = None
        self.update()

    def _scale(self) -> tuple[float, float, float]:
        """(left, top, pixels per unit) so that all nodes and what is seen fit."""
        view = self._view
        left, top, right, bottom = view.scene.bounds() or (0.0, 0.0, 1.0, 1.0)
        width, height = self.width() - 2 * PADDING, self.height() - 2 * PADDING
        scale = min(width / max(1.0, right - left), height / max(1.0, bottom - top), 0.2)
        x = (left + right) / 2 - self.width() / 2 / scale
        y = (top + bottom) / 2 - self.height() / 2 / scale
        return x, y, scale

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if self._blocks is None:
                self._blocks = self._paint_blocks()
            painter.drawPixmap(0, 0, self._blocks)
            painter.setPen(QPen(theme.color("minimap_view"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self._frame(), 3, 3)
        finally:
            painter.end()

    def _paint_blocks(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        blocks = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        blocks.setDevicePixelRatio(ratio)
        blocks.fill(Qt.GlobalColor.transparent)
        scene = self._view.scene
        rows = np.flatnonzero(~np.isnan(scene.x))
        left, top, scale = self._scale()
        painter = QPainter(blocks)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            radius = theme.size("radius_field")
            painter.setPen(QPen(theme.color("line"), 1))
            painter.setBrush(theme.color("minimap", 0.92))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("minimap_node"))
            size = np.full(len(rows), max(1.0, scene.width * scale))
            high = np.maximum(1.0, scene.heights[rows] * scale)
            draw_rects(
                painter,
                np.stack([(scene.x[rows] - left) * scale, (scene.y[rows] - top) * scale, size, high], axis=1),
            )
        finally:
            painter.end()
        return blocks

    def _frame(self) -> QRectF:
        left, top, scale = self._scale()
        x0, y0, x1, y1 = self._view.seen_box()
        frame = QRectF((x0 - left) * scale, (y0 - top) * scale, (x1 - x0) * scale, (y1 - y0) * scale)
        return frame.intersected(self.rect().toRectF().adjusted(2, 2, -2, -2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def _go(self, at: QPointF) -> None:
        left, top, scale = self._scale()
        self._view.look_at(left + at.x() / scale, top + at.y() / scale)
