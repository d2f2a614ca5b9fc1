"""What does a node look like from far? A block of its colour; signs on it where there is room, a ring about it where it is to be noticed.

Most are a rectangle of one colour. Of the others each sort is painted once, and copied from then on.
"""

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from nnstudio.gui.canvas.builds import UNKNOWN, category_name
from nnstudio.gui.canvas.node_paint import severity_token
from nnstudio.gui.canvas.numpy_draw import FORMAT, Flat, Ints, mixed
from nnstudio.gui.canvas.scene import BYPASSED, FROZEN, INSTANCE, NO_TAG, SEARCHED, Rows, Scene
from nnstudio.gui.theme import theme

SIGNS_FROM = 12.0  # pixels: narrower blocks have no signs
SIGNS = BYPASSED | INSTANCE | SEARCHED | FROZEN
WARNING = 2  # the scene's number of the least severity that has a ring
RINGS = (severity_token(WARNING), severity_token(WARNING + 1), "node_selected")
RING = 2  # pixels, half of it without
COLOR_BITS = 6
FEW_SORTS = 4000

Sort = tuple[int, int, int, float]
"""Of a block: what there is to it (bits: signs, colour), its width and height in device pixels, and those of a pixel."""


class Blocks:
    """Paints blocks; keeps what is needed again."""

    def __init__(self) -> None:
        self._colors: list[QColor] = []
        self._pictures: dict[Sort, QImage] = {}

    def clear(self) -> None:
        """The theme is another."""
        self._colors = []
        self._pictures.clear()

    def colors(self) -> list[QColor]:
        """Of each kind as it is, and bypassed."""
        if not self._colors:
            canvas, faded = theme.color("canvas"), 1 - theme.alpha("bypassed")
            kinds = [
                theme.color("faint") if kind == UNKNOWN else theme.category(category_name(kind))
                for kind in range(UNKNOWN + 1)
            ]
            self._colors = [shade for color in kinds for shade in (color, mixed(color, canvas, faded))]
        return self._colors

    def paint(self, flat: Flat, scene: Scene, rows: Rows, rects: Ints) -> None:
        """rects: 4 × n (x, y, width, height), in device pixels."""
        flags, tags = scene.flags[rows], scene.tag[rows]
        colors = 2 * np.where(tags == NO_TAG, scene.kind[rows], tags) + ((flags & BYPASSED) != 0)
        flat.pixel_rects(rects, self.colors(), colors)
        signs = np.where(rects[2] >= SIGNS_FROM * flat.ratio, flags & SIGNS, 0)
        signed = np.flatnonzero(signs)
        if len(signed):
            self._paint_signed(flat, rects[:, signed], (signs[signed] << COLOR_BITS) | colors[signed])
        rings = np.where(scene.selected[rows], RINGS.index("node_selected"), scene.severity[rows] - WARNING)
        noted = np.flatnonzero(rings >= 0)
        if len(noted):
            flat.outlines(rects[:, noted].T / flat.ratio, [theme.color(token) for token in RINGS], RING, rings[noted])

    def _paint_signed(self, flat: Flat, rects: Ints, parts: Ints) -> None:
        sorts = np.concatenate([rects[2:], parts[None]])
        order = np.lexsort(sorts[::-1])  # the same, whichever part of the canvas is painted
        sorts, (x, y) = sorts[:, order], rects[:2, order]
        ends = [*(np.flatnonzero((sorts[:, 1:] != sorts[:, :-1]).any(axis=0)) + 1).tolist(), len(order)]
        for begin, end in zip([0, *ends], ends, strict=False):
            width, height, what = sorts[:, begin].tolist()
            flat.pictures(self._picture((what, width, height, flat.ratio)), x[begin:end], y[begin:end])

    def _picture(self, sort: Sort) -> QImage:
        found = self._pictures.get(sort)
        if found is None:
            if len(self._pictures) >= FEW_SORTS:
                self._pictures.clear()
            found = self._pictures[sort] = _painted(sort, self.colors())
        return found


def _painted(sort: Sort, colors: list[QColor]) -> QImage:
    parts, width, height, ratio = sort
    signs, color = divmod(parts, 1 << COLOR_BITS)
    picture = QImage(width, height, FORMAT)
    picture.fill(colors[color])
    painter = QPainter(picture)
    try:
        painter.scale(ratio, ratio)
        _paint_signs(painter, QRectF(0, 0, width / ratio, height / ratio), signs)
    finally:
        painter.end()
    return picture


def _paint_signs(painter: QPainter, block: QRectF, signs: int) -> None:
    """What is bypassed is struck through, instances have an inner edge, a square stands where weights are frozen, the outline of one where
    something is searched over."""
    ink = theme.color("canvas")
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(ink, 1))
    if signs & BYPASSED:
        painter.drawLine(QLineF(block.bottomLeft(), block.topRight()))
    if signs & INSTANCE:
        painter.drawRect(block.adjusted(1.5, 1.5, -1.5, -1.5))
    side = max(3.0, block.height() // 2)
    square = QRectF(block.width() - side - 3, (block.height() - side) // 2, side, side)
    if signs & SEARCHED:
        painter.drawRect(square.translated(0.5, 0.5))
    if signs & FROZEN:
        painter.fillRect(square.adjusted(0, 0, 1, 1), ink)
