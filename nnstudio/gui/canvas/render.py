"""What stands in a rectangle of the canvas? Grid, wires, shapes and nodes, in as much detail as the zoom allows."""

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from nnstudio.gui.canvas.camera import BLOCKS_BELOW, TITLES_BELOW, Camera, whole_pixels
from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.node_paint import MARGIN, Sprites, margin_pixels, severity_token
from nnstudio.gui.canvas.numpy_draw import draw_points, draw_rects
from nnstudio.gui.canvas.scene import UNKNOWN, Floats, Rows, Scene, category_name, ints
from nnstudio.gui.canvas.wire_paint import Wires
from nnstudio.gui.theme import theme

ROUTED_WIRES = 300  # a network with more is painted with plain lines below TITLES_BELOW
FEW_WIRES = 40  # so many are painted in full even while the picture moves
GRID_PIXELS = 28.0  # dots never stand closer than this


class Renderer:
    """Paints parts of the scene. `hidden`, `hidden_wires`: rows that are under way and painted by whoever moves them.

    skimped: thin wires were painted where there should be thicker ones.
    """

    def __init__(self, scene: Scene, looks: Looks, wires: Wires) -> None:
        self.scene, self.looks, self.wires = scene, looks, wires
        self.sprites = Sprites()
        self.hidden: Rows = np.zeros(0, np.int64)
        self.hidden_wires: Rows = np.zeros(0, np.int64)
        self.skimped = False

    def paint(self, painter: QPainter, camera: Camera, area: QRectF, ratio: float, *, thin: bool = False) -> None:
        """All that is seen of `area` (of the widget); ratio: device pixels per pixel."""
        painter.fillRect(area, theme.color("canvas"))
        self._paint_grid(painter, camera, area, ratio)
        left, top = camera.to_plane(area.left(), area.top())
        right, bottom = camera.to_plane(area.right(), area.bottom())
        box = (left, top, right, bottom)
        nodes, wires = self.scene.nodes_in(box, MARGIN), self.scene.wires_in(box)
        if len(self.hidden):
            hidden = np.zeros(len(self.scene.x), np.bool_)
            hidden[self.hidden] = True
            nodes = nodes[~hidden[nodes]]
            wires = wires[~(hidden[self.scene.start[wires]] | hidden[self.scene.end[wires]])]
        if len(self.hidden_wires):
            wires = np.setdiff1d(wires, self.hidden_wires, assume_unique=True)
        thin = thin and len(wires) > FEW_WIRES and camera.zoom >= TITLES_BELOW
        self.skimped |= thin
        self.paint_wires(painter, camera, wires, thin=thin)
        self.paint_nodes(painter, camera, nodes, ratio)

    def paint_wires(self, painter: QPainter, camera: Camera, rows: Rows, *, thin: bool, fresh: bool = False) -> None:
        if camera.zoom < TITLES_BELOW and len(self.scene.wire_row) > ROUTED_WIRES:
            self.wires.paint_far(painter, camera, rows, curves=camera.zoom >= BLOCKS_BELOW)
            return
        self.wires.paint(painter, camera, rows, thin=thin, fresh=fresh)
        if not fresh and camera.zoom >= TITLES_BELOW:
            self.wires.paint_labels(painter, camera, rows)

    def paint_nodes(self, painter: QPainter, camera: Camera, rows: Rows, ratio: float) -> None:
        if camera.zoom < BLOCKS_BELOW:
            self._paint_blocks(painter, camera, rows, ratio)
            return
        scale = camera.zoom * ratio
        margin, brief = margin_pixels(scale), camera.zoom < TITLES_BELOW
        x, y = self.device_corners(camera, rows, ratio)
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        for row, left, top in zip(ints(rows), x.tolist(), y.tolist(), strict=True):
            painter.drawPixmap(left - margin, top - margin, self.sprites.of(self.looks.of(row), scale, brief=brief))
        painter.restore()

    def device_corners(
        self, camera: Camera, rows: Rows, ratio: float
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where the cards' top left corners fall, in whole device pixels: so the pictures stay sharp."""
        x = whole_pixels((self.scene.x[rows] - camera.left) * camera.zoom, ratio) * ratio
        y = whole_pixels((self.scene.y[rows] - camera.top) * camera.zoom, ratio) * ratio
        return np.rint(x).astype(np.int64), np.rint(y).astype(np.int64)

    def _paint_blocks(self, painter: QPainter, camera: Camera, rows: Rows, ratio: float) -> None:
        scene = self.scene
        rects = self._widget_rects(camera, rows, ratio)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        kinds = scene.kind[rows]
        for kind in ints(np.flatnonzero(np.bincount(kinds))):
            painter.setBrush(theme.color("faint") if kind == UNKNOWN else theme.category(category_name(kind)))
            draw_rects(painter, rects[kinds == kind])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        marked = [(scene.severity[rows] == level, severity_token(level)) for level in (2, 3)]
        for mask, token in (*marked, (scene.selected[rows], "node_selected")):
            if mask.any():
                painter.setPen(QPen(theme.color(token), 2))
                draw_rects(painter, rects[mask])

    def _widget_rects(self, camera: Camera, rows: Rows, ratio: float) -> Floats:
        """In whole device pixels: sharper, and a third faster to fill."""
        x, y = self.device_corners(camera, rows, ratio)
        width = np.maximum(1.0, np.rint(self.scene.widths[rows] * camera.zoom * ratio))
        height = np.maximum(1.0, np.rint(self.scene.heights[rows] * camera.zoom * ratio))
        return np.stack([x, y, width, height], axis=1) / ratio

    def _paint_grid(self, painter: QPainter, camera: Camera, area: QRectF, ratio: float) -> None:
        step = 2.0 * theme.size("grid")
        while step * camera.zoom < GRID_PIXELS:
            step *= 2
        left, top = camera.to_plane(area.left(), area.top())
        right, bottom = camera.to_plane(area.right(), area.bottom())
        x = np.arange(math.floor(left / step), math.ceil(right / step) + 1) * step
        y = np.arange(math.floor(top / step), math.ceil(bottom / step) + 1) * step
        grid = np.stack(np.meshgrid((x - camera.left) * camera.zoom, (y - camera.top) * camera.zoom), axis=2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(theme.color("grid_dot"), 2))
        draw_points(painter, whole_pixels(grid.reshape(-1, 2), ratio))
