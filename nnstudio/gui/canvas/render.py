"""What stands in a rectangle of the canvas? Grid, wires, shapes and nodes, in as much detail as the zoom allows."""

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter

from nnstudio.gui.canvas.block_paint import Blocks
from nnstudio.gui.canvas.camera import BLOCKS_BELOW, TITLES_BELOW, Camera, whole_pixels
from nnstudio.gui.canvas.frame_paint import paint_frames
from nnstudio.gui.canvas.frame_titles import paint_far_titles
from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.node_paint import MARGIN, Sprites, margin_pixels, paint_node
from nnstudio.gui.canvas.numpy_draw import Flat
from nnstudio.gui.canvas.scene import Box, Rows, Scene, ints
from nnstudio.gui.canvas.ties import paint_ties
from nnstudio.gui.canvas.wire_paint import EVERYWHERE, Wires
from nnstudio.gui.theme import theme

ROUTED_WIRES = 300  # a network with more is painted with plain lines below TITLES_BELOW
FEW_WIRES = 40  # so many are painted in full even while the picture moves
GRID_PIXELS = 28.0  # dots never stand closer than this
PICTURE_SCALE = 4.0  # of icons in pictures for files


class Renderer:
    """Paints parts of the scene. `hidden`, `hidden_wires`: rows that are under way and painted by whoever moves them.

    skimped: thin wires were painted where there should be thicker ones.
    """

    def __init__(self, scene: Scene, looks: Looks, wires: Wires) -> None:
        self.scene, self.looks, self.wires = scene, looks, wires
        self.sprites, self.blocks = Sprites(), Blocks()
        self.hidden: Rows = np.zeros(0, np.int64)
        self.hidden_wires: Rows = np.zeros(0, np.int64)
        self.skimped = False

    def restyle(self) -> None:
        """The theme is another."""
        self.sprites.clear()
        self.blocks.clear()

    def paint(self, painter: QPainter, camera: Camera, area: QRectF, ratio: float, *, thin: bool = False) -> None:
        """All that is seen of `area` (of the widget); ratio: device pixels per pixel."""
        painter.fillRect(area, theme.color("canvas"))
        self._paint_grid(painter, camera, area, ratio)
        left, top = camera.to_plane(area.left(), area.top())
        right, bottom = camera.to_plane(area.right(), area.bottom())
        box = (left, top, right, bottom)
        paint_frames(painter, self.scene.frames, camera, box)
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
        self.paint_wires(painter, camera, wires, thin=thin, box=box)
        paint_ties(painter, self.scene, camera, box, hidden=self.hidden)
        self.paint_nodes(painter, camera, nodes, ratio)
        paint_far_titles(painter, self.scene.frames, camera, box)

    def paint_picture(self, painter: QPainter, box: Box, *, ground: bool = True) -> None:
        """What stands in `box` of the plane at 100 %, its top left at (0, 0), with words as words: for any paint device, files of vectors too.

        ground: with the canvas's colour behind it (no grid).
        """
        camera = Camera(box[0], box[1])
        if ground:
            painter.fillRect(QRectF(0, 0, box[2] - box[0], box[3] - box[1]), theme.color("canvas"))
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        paint_frames(painter, self.scene.frames, camera, box)
        wires = self.scene.wires_in(box)
        self.wires.paint(painter, camera, wires, thin=False)
        self.wires.paint_labels(painter, camera, wires, box)
        paint_ties(painter, self.scene, camera, box, hidden=self.hidden)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        for row in ints(self.scene.nodes_in(box, MARGIN)):
            painter.save()
            painter.translate(float(self.scene.x[row]) - box[0], float(self.scene.y[row]) - box[1])
            paint_node(painter, self.looks.of(row), PICTURE_SCALE)
            painter.restore()

    def paint_wires(
        self,
        painter: QPainter,
        camera: Camera,
        rows: Rows,
        *,
        thin: bool,
        fresh: bool = False,
        box: Box = EVERYWHERE,
    ) -> None:
        """Wires with the shapes they carry; fresh: as things stand at this moment, without shapes; box: nothing is needed beyond it."""
        if fresh:
            paint_ties(painter, self.scene, camera, box, hidden=self.hidden, fresh=True)
        if camera.zoom < TITLES_BELOW and len(self.scene.wire_row) > ROUTED_WIRES:
            self.wires.paint_far(painter, camera, rows, curves=camera.zoom >= BLOCKS_BELOW)
            return
        self.wires.paint(painter, camera, rows, thin=thin, fresh=fresh, box=box)
        if not fresh and camera.zoom >= TITLES_BELOW:
            self.wires.paint_labels(painter, camera, rows, box)

    def paint_nodes(self, painter: QPainter, camera: Camera, rows: Rows, ratio: float) -> None:
        if camera.zoom < BLOCKS_BELOW:
            if len(rows):
                self.blocks.paint(Flat(painter), self.scene, rows, self._block_rects(camera, rows, ratio))
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

    def _block_rects(self, camera: Camera, rows: Rows, ratio: float) -> Rows:
        """4 × n, in whole device pixels: sharper, and a third faster to fill."""
        x, y = self.device_corners(camera, rows, ratio)
        sizes = np.stack([self.scene.widths[rows], self.scene.heights[rows]]) * (camera.zoom * ratio)
        return np.stack([x, y, *np.maximum(1, np.rint(sizes).astype(np.int64))])

    def _paint_grid(self, painter: QPainter, camera: Camera, area: QRectF, ratio: float) -> None:
        step = 2.0 * theme.size("grid")
        while step * camera.zoom < GRID_PIXELS:
            step *= 2
        left, top = camera.to_plane(area.left(), area.top())
        right, bottom = camera.to_plane(area.right(), area.bottom())
        x = np.arange(math.floor(left / step), math.ceil(right / step) + 1) * step
        y = np.arange(math.floor(top / step), math.ceil(bottom / step) + 1) * step
        x, y = whole_pixels((x - camera.left) * camera.zoom, ratio), whole_pixels((y - camera.top) * camera.zoom, ratio)
        Flat(painter).dots(x, y, theme.color("grid_dot"), 2)
