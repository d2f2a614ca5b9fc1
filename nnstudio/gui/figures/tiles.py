"""The painter of pictures in a grid: one mosaic image, framed blue or red, sharp at every size."""

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPen

from nnstudio.figures import Tiles
from nnstudio.gui.figures.painter import Painter
from nnstudio.gui.theme import theme

_SMALLEST_TILE = 30
_LARGEST_TILE = 96

Bytes = npt.NDArray[np.uint8]


class Grid(NamedTuple):
    """Where tiles lie: how many fit, and how large they are."""

    columns: int
    rows: int
    side: int
    gap: int

    @property
    def width(self) -> int:
        return self.columns * (self.side + self.gap) - self.gap

    def place(self, index: int) -> QRect:
        """Tile number `index`, in pixels."""
        row, column = divmod(index, self.columns)
        step = self.side + self.gap
        return QRect(column * step, row * step, self.side, self.side)

    def index_at(self, x: float, y: float) -> int | None:
        """The tile under a point, None in a gap or outside."""
        step = self.side + self.gap
        column, row = int(x // step), int(y // step)
        inside = 0 <= column < self.columns and 0 <= row < self.rows and x % step < self.side and y % step < self.side
        return row * self.columns + column if inside else None


def fit_grid(width: int, height: int, count: int, gap: int) -> Grid:
    """The largest tiles with which all `count` fit into width × height; where they would be too small to read, as many as fit of the smallest."""
    best = Grid(1, 1, 1, gap)
    for columns in range(1, max(1, count) + 1):
        rows = math.ceil(max(1, count) / columns)
        side = min((width - (columns - 1) * gap) // columns, (height - (rows - 1) * gap) // rows, _LARGEST_TILE)
        if side > best.side:
            best = Grid(columns, rows, side, gap)
    if best.side >= _SMALLEST_TILE:
        return best
    columns = max(1, (width + gap) // (_SMALLEST_TILE + gap))
    side = max(1, (width - (columns - 1) * gap) // columns)
    return Grid(columns, max(1, (height + gap) // (side + gap)), side, gap)


def mosaic(images: Bytes, grid: Grid, ratio: float, radius: float) -> Bytes:
    """The tiles as one RGBA image (rows × columns × 4), each enlarged by nearest neighbour and rounded at its corners."""
    side, step = round(grid.side * ratio), (grid.side + grid.gap) * ratio
    count = min(len(images), grid.columns * grid.rows)
    colored = images if images.ndim == 4 else np.repeat(images[..., None], 3, axis=3)
    height, width = colored.shape[1:3]
    scale = side / max(height, width)
    shown_rows, shown_columns = max(1, round(height * scale)), max(1, round(width * scale))
    rows = np.minimum((np.arange(shown_rows) / scale).astype(int), height - 1)
    columns = np.minimum((np.arange(shown_columns) / scale).astype(int), width - 1)
    top, left = (side - shown_rows) // 2, (side - shown_columns) // 2
    canvas = np.zeros((round(grid.rows * step), round(grid.columns * step), 4), np.uint8)
    tile = np.zeros((side, side, 4), np.uint8)
    tile[..., 3] = _rounded(side, radius * ratio)
    for index in range(count):
        tile[top : top + shown_rows, left : left + shown_columns, :3] = colored[index][rows[:, None], columns]
        place = grid.place(index)
        y, x = round(place.y() * ratio), round(place.x() * ratio)
        canvas[y : y + side, x : x + side] = tile
    return canvas


def _rounded(side: int, radius: float) -> Bytes:
    """How opaque each pixel of a square with round corners is."""
    middle = np.abs(np.arange(side) + 0.5 - side / 2) - (side / 2 - radius)
    outside = np.hypot(np.maximum(middle[:, None], 0), np.maximum(middle, 0)) - radius
    return (np.clip(0.5 - outside, 0, 1) * 255).astype(np.uint8)


class TilesPainter(Painter[Tiles]):
    """Pictures in order; what does not fit is left out at the end, so the figure's order says what matters (worst first)."""

    _grid = Grid(1, 1, 1, 0)
    _left = 0

    def draw(self, painter: QPainter) -> None:
        figure = self.figure
        assert figure is not None
        if not len(figure.images):
            return
        self._grid = fit_grid(self.width(), self.height(), len(figure.images), theme.size("space_s"))
        radius, ratio = theme.size("radius_field") - 1, self.devicePixelRatioF()
        pixels = mosaic(np.ascontiguousarray(figure.images, np.uint8), self._grid, ratio, radius)
        self._left = max(0, self.width() - self._grid.width) // 2
        image = QImage(
            pixels.data, pixels.shape[1], pixels.shape[0], pixels.shape[1] * 4, QImage.Format.Format_RGBA8888
        )
        painter.translate(self._left, 0)
        painter.drawImage(QRectF(0, 0, image.width() / ratio, image.height() / ratio), image)
        if figure.good is not None:
            self._draw_frames(painter, figure.good.astype(bool), radius)

    def _draw_frames(self, painter: QPainter, good: npt.NDArray[np.bool_], radius: int) -> None:
        """Blue or red; the wrong ones also have a corner mark, so that the colour is not the only sign."""
        ring = theme.size("stroke_ring")
        for index in range(min(len(good), self._grid.columns * self._grid.rows)):
            token = "right" if good[index] else "wrong"
            rect = QRectF(self._grid.place(index)).adjusted(ring / 2, ring / 2, -ring / 2, -ring / 2)
            painter.setPen(QPen(theme.color(token), ring))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, radius, radius)
            if not good[index]:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color(token))
                corner = rect.topRight()
                painter.drawPolygon(
                    [corner + QPointF(-2.5 * ring - radius, 0), corner + QPointF(0, 2.5 * ring + radius), corner]
                )

    def words_at(self, at: QPointF) -> str:
        index = self._grid.index_at(at.x() - self._left, at.y())
        labels = self.figure.labels if self.figure is not None else ()
        return labels[index] if index is not None and index < len(labels) else ""

    def draw_over(self, painter: QPainter) -> None:
        assert self.pointer is not None
        assert self.figure is not None
        index = self._grid.index_at(self.pointer.x() - self._left, self.pointer.y())
        if index is not None and index < len(self.figure.images):
            painter.translate(self._left, 0)
            painter.setPen(QPen(theme.color("text"), theme.size("stroke_hairline")))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(
                QRectF(self._grid.place(index)).adjusted(-1.5, -1.5, 1.5, 1.5),
                theme.size("radius_field"),
                theme.size("radius_field"),
            )
