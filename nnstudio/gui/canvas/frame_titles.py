"""Which titles of frames are read from far, and where? Above their frames and over the nodes there, no title on another or on an edge."""

import math
from collections.abc import Collection
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QStaticText

from nnstudio.gui.canvas.camera import Camera, whole_pixels
from nnstudio.gui.canvas.frames import LABEL_PIXELS, NEAR, Frames
from nnstudio.gui.canvas.scene import Floats, Rows, ints
from nnstudio.gui.theme import theme
from nnstudio.project.boxes import Box


def paint_far_titles(
    painter: QPainter, frames: Frames, camera: Camera, box: Box, *, only: Collection[str] | None = None
) -> None:
    """Of the frames around `box`; only: of these, else of all but those under way. From near a title stands in its frame."""
    if camera.zoom >= NEAR:
        return
    shown = readable(frames, camera.zoom, box, only=only)
    if not len(shown):
        return
    font, ratio = theme.font("caption", "semibold"), painter.device().devicePixelRatio()
    painter.save()
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    corners = whole_pixels((frames.boxes[shown, :2] - np.array([camera.left, camera.top])) * camera.zoom, ratio)
    edge = theme.size("stroke_hairline")
    for place, (left, top) in zip(ints(shown), corners.tolist(), strict=True):
        label = _label_of(frames, place, camera.zoom, font.key())
        height = math.ceil(label.size().height())
        corner = QPointF(left, top - height)
        painter.fillRect(QRectF(corner, QSizeF(math.ceil(label.size().width()), height - edge)), theme.color("canvas"))
        painter.drawStaticText(corner, label)
    painter.restore()


def readable(frames: Frames, zoom: float, box: Box, *, only: Collection[str] | None = None) -> Rows:
    """Indices of frames around `box` that are large enough for a title, which strikes neither an edge nor the title of a larger frame."""
    asked = _titled(frames, frames.shown(box, LABEL_PIXELS / zoom, only=only), zoom)
    if not len(asked):
        return asked
    left, top, right, _ = frames.boxes[asked].T
    reach = (float(left.min()), float(top.min()) - LABEL_PIXELS / zoom, float(right.max()), float(top.max()))
    around = frames.shown(reach, LABEL_PIXELS / zoom, only=only)  # what is not asked for may be in the way
    others = _titled(frames, around, zoom)
    other_labels = _labels(frames, others, zoom)
    labels = other_labels[np.searchsorted(others, asked)]
    edges = frames.boxes[around] * zoom
    struck = _overlap(labels, edges) & ~_within(labels, edges) & (asked[:, None] != around)
    struck_titles = _overlap(labels, other_labels) & (asked[:, None] > others)  # larger frames come first
    return asked[~struck.any(axis=1) & ~struck_titles.any(axis=1)]


def _titled(frames: Frames, places: Rows, zoom: float) -> Rows:
    """Those that are as large as a title has them."""
    sides = (frames.boxes[places, 2:] - frames.boxes[places, :2]) * zoom
    large = places[(sides[:, 0] >= 2 * LABEL_PIXELS) & (sides[:, 1] >= LABEL_PIXELS)]
    return np.array([place for place in ints(large) if frames.by_id[frames.ids[place]].title], np.int64)


def _labels(frames: Frames, places: Rows, zoom: float) -> Floats:
    """n × 4: the boxes of their titles, in pixels from the middle of the plane."""
    font = theme.font("caption", "semibold").key()
    sizes = [_label_of(frames, place, zoom, font).size() for place in ints(places)]
    wide = np.array([size.width() for size in sizes])
    high = np.array([size.height() for size in sizes])
    left, top = frames.boxes[places, :2].T * zoom
    return np.stack([left, top - high, left + wide, top], axis=1)


def _overlap(a: Floats, b: Floats) -> npt.NDArray[np.bool_]:
    """Which of n × 4 boxes touches which of m × 4?"""
    return np.all((a[:, None, :2] < b[:, 2:]) & (a[:, None, 2:] > b[:, :2]), axis=2)


def _within(a: Floats, b: Floats) -> npt.NDArray[np.bool_]:
    return np.all((a[:, None, :2] >= b[:, :2]) & (a[:, None, 2:] <= b[:, 2:]), axis=2)


def _label_of(frames: Frames, place: int, zoom: float, font: str) -> QStaticText:
    left, _, right, _ = frames.boxes[place].tolist()
    title, room = frames.by_id[frames.ids[place]].title, math.floor((right - left) * zoom)
    whole = _label(title, None, font)
    return whole if whole.size().width() <= room else _label(title, room, font)


@lru_cache(maxsize=10_000)
def _label(title: str, room: int | None, font: str) -> QStaticText:
    """All of it, or as much as there is room for, in the font of that key, laid out once."""
    found = theme.font("caption", "semibold")
    assert found.key() == font
    words = title if room is None else QFontMetricsF(found).elidedText(title, Qt.TextElideMode.ElideRight, room)
    label = QStaticText(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.prepare(font=found)
    return label
