"""Where am I in the whole? Frames, nodes, what is selected and what is wrong, the part that is seen framed; click or drag to go there."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from nnstudio.gui.canvas.frames import COLORS
from nnstudio.gui.canvas.node_paint import severity_token
from nnstudio.gui.canvas.numpy_draw import draw_rects
from nnstudio.gui.canvas.scene import Box, Floats, Rows, Scene, ints
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

PADDING = 7.0
LARGEST_SCALE = 0.2  # a small network does not fill the map
MANY = 2000  # from so many nodes on those that fall on one pixel are painted once
SMALLEST_MARK = 3.0  # pixels: what is selected or wrong is seen from far
SMALLEST_VIEW = 6.0  # of the frame that is dragged


class Minimap(QWidget):
    """The ground is painted once and kept until the network changes, the marks until the selection or the problems do; a pan only moves the frame."""

    def __init__(self, view: "CanvasView") -> None:
        super().__init__(view)
        self._view = view
        self._plan = _plan(view.scene)
        self._ground: QPixmap | None = None
        self._marked: QPixmap | None = None  # with the ground below
        self._grip = QPointF()  # from the middle of the frame to where it is held
        self.setFixedSize(theme.size("minimap_width"), theme.size("minimap_height"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(tr("Overview of the network"))
        self.setToolTip(tr("Click or drag to see another part, turn the wheel to zoom"))
        view.studio.selection_changed.connect(self.forget_marks)
        view.studio.problems_changed.connect(self.forget_marks)

    def take(self) -> None:
        """The network changed."""
        self._plan = _plan(self._view.scene)
        self.forget()

    def forget(self) -> None:
        """All looks different."""
        self._ground = None
        self.forget_marks()

    def forget_marks(self) -> None:
        """Other nodes are selected, or something else is wrong."""
        self._marked = None
        self.update()

    def _scale(self) -> tuple[float, float, float]:
        """(left, top, pixels per unit) so that all nodes and frames fit below the block's name."""
        left, top, right, bottom = self._plan.bounds
        head = self.head()
        width, height = self.width() - 2 * PADDING, self.height() - head - 2 * PADDING
        scale = min(width / max(1.0, right - left), height / max(1.0, bottom - top), LARGEST_SCALE)
        x = (left + right) / 2 - self.width() / 2 / scale
        y = (top + bottom) / 2 - (self.height() + head) / 2 / scale
        return x, y, scale

    def head(self) -> float:
        """Pixels that the name of the block on show takes."""
        return QFontMetricsF(theme.font("caption")).height() if self._view.studio.scope.path else 0.0

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            if self._ground is None:
                self._ground = self._paint_ground()
            if self._marked is None:
                self._marked = self._paint_marks(self._ground)
            painter.drawPixmap(0, 0, self._marked)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("minimap_view"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.frame(), 3, 3)
        finally:
            painter.end()

    def _layer(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        layer = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        layer.setDevicePixelRatio(ratio)
        layer.fill(Qt.GlobalColor.transparent)
        return layer

    def _paint_ground(self) -> QPixmap:
        layer = self._layer()
        painter = QPainter(layer)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            radius = theme.size("radius_field")
            painter.setPen(QPen(theme.color("line"), 1))
            painter.setBrush(theme.color("minimap", 0.92))
            painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            self._paint_frames(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("minimap_node"))
            rects = self.node_rects()
            if len(rects) > MANY:
                rects = _one_a_pixel(rects, self.devicePixelRatioF())
            draw_rects(painter, rects)
            self._paint_block(painter)
        finally:
            painter.end()
        return layer

    def _paint_frames(self, painter: QPainter) -> None:
        left, top, scale = self._scale()
        boxes = (self._plan.frames - np.array([left, top, left, top])) * scale
        rects = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
        colors = self._plan.colors
        for color in ints(np.unique(colors)):  # one by one, hundreds of frames take longer than all else here
            shade = QColor(theme.category(COLORS[color]) if COLORS[color] else theme.color("muted"))
            painter.setPen(QPen(shade, theme.size("stroke_hairline")))
            shade.setAlphaF(theme.alpha("frame"))
            painter.setBrush(shade)
            draw_rects(painter, rects[colors == color])

    def _paint_block(self, painter: QPainter) -> None:
        """The name of the block on show: what is seen here is not the whole project."""
        scope = self._view.studio.scope
        if scope.path:
            font = theme.font("caption")
            metrics = QFontMetricsF(font)
            words = metrics.elidedText(scope.titles()[-1], Qt.TextElideMode.ElideRight, self.width() - 2 * PADDING)
            painter.setFont(font)
            painter.setPen(theme.color("muted"))
            painter.drawText(QPointF(PADDING, PADDING / 2 + metrics.ascent()), words)

    def _paint_marks(self, ground: QPixmap) -> QPixmap:
        """The ground with the marks on it."""
        layer = QPixmap(ground)
        scene = self._view.scene
        painter = QPainter(layer)
        try:
            painter.setPen(Qt.PenStyle.NoPen)
            wrong = ((scene.severity == level, severity_token(level)) for level in (2, 3))
            marks = ((scene.selected, "node_selected"), *wrong)
            for chosen, token in marks:
                rows = np.flatnonzero(chosen & ~np.isnan(scene.x))
                painter.setBrush(theme.color(token))
                draw_rects(painter, self._rects(rows, smallest=SMALLEST_MARK))
        finally:
            painter.end()
        return layer

    def node_rects(self) -> Floats:
        """Left, top, width and height of each node, in pixels of the map."""
        return self._rects(np.flatnonzero(~np.isnan(self._plan.x)), smallest=1.0)

    def _rects(self, rows: Rows, *, smallest: float) -> Floats:
        scene = self._view.scene
        left, top, scale = self._scale()
        width, height = scene.widths[rows] * scale, scene.heights[rows] * scale
        x, y = (self._plan.x[rows] - left) * scale, (self._plan.y[rows] - top) * scale
        wide, high = np.maximum(smallest, width), np.maximum(smallest, height)
        return np.stack([x - (wide - width) / 2, y - (high - height) / 2, wide, high], axis=1)

    # ── going there ───────────────────────────────────────────────────────────────────────────────────────────────────

    def frame(self) -> QRectF:
        """What is seen, in pixels of the map; never so small that it could not be held."""
        left, above, scale = self._scale()
        x0, y0, x1, y1 = self._view.seen_box()
        frame = QRectF((x0 - left) * scale, (y0 - above) * scale, (x1 - x0) * scale, (y1 - y0) * scale)
        dx, dy = max(0.0, SMALLEST_VIEW - frame.width()) / 2, max(0.0, SMALLEST_VIEW - frame.height()) / 2
        top = max(2.0, self.head() + PADDING / 2)  # the name of a block is not struck through
        return frame.adjusted(-dx, -dy, dx, dy).intersected(self.rect().toRectF().adjusted(2, top, -2, -2))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Within the frame it is taken where it is held; beside it its middle comes to the pointer."""
        if event.button() == Qt.MouseButton.LeftButton:
            held = self.frame().contains(event.position())
            self._grip = event.position() - self._middle() if held else QPointF()
            self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.angleDelta().y():
            self._view.zoom_by(1.25 if event.angleDelta().y() > 0 else 0.8)

    def _middle(self) -> QPointF:
        left, top, scale = self._scale()
        x0, y0, x1, y1 = self._view.seen_box()
        return QPointF(((x0 + x1) / 2 - left) * scale, ((y0 + y1) / 2 - top) * scale)

    def _go(self, at: QPointF) -> None:
        left, top, scale = self._scale()
        middle = at - self._grip
        self._view.look_at(left + middle.x() / scale, top + middle.y() / scale)


class _Plan(NamedTuple):
    """Where the project has all of it: x, y of nodes by row, boxes of frames and their colours. What is dragged or glides is elsewhere meanwhile."""

    x: Floats
    y: Floats
    frames: Floats
    colors: Rows
    bounds: Box


def _plan(scene: Scene) -> _Plan:
    frames = scene.frames
    bounds = scene.bounds() or (0.0, 0.0, 1.0, 1.0)
    return _Plan(scene.x.copy(), scene.y.copy(), frames.boxes.copy(), frames.colors.copy(), bounds)


def _one_a_pixel(rects: Floats, ratio: float) -> Floats:
    """Of the rectangles that begin on one pixel of the device, the first."""
    cells = np.floor(rects[:, :2] * ratio).astype(np.int64)
    _, first = np.unique(cells[:, 0] * 100_000 + cells[:, 1], return_index=True)
    return rects[first]
