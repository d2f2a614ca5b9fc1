"""What does a frame look like? A rounded box behind everything in its colour, with a bar for its title and its text below."""

import math
from collections.abc import Collection

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from nnstudio.gui.canvas.camera import BLOCKS_BELOW, TITLES_BELOW, Camera, whole_pixels
from nnstudio.gui.canvas.frames import COLORS, NEAR, TITLE_HEIGHT, Frames
from nnstudio.gui.canvas.numpy_draw import Flat, draw_rects
from nnstudio.gui.canvas.scene import ints
from nnstudio.gui.theme import theme
from nnstudio.project.boxes import Box
from nnstudio.project.graph import Frame
from nnstudio.specs import CATEGORIES

INSET = 12.0  # from the rim to the words, at 100 %
NARROWER = 4  # times, than the average, a letter may be


def paint_frames(
    painter: QPainter, frames: Frames, camera: Camera, box: Box, *, only: Collection[str] | None = None
) -> None:
    """Those that touch `box`, larger ones first; only: these, else all but those under way."""
    margin = theme.size("stroke_ring") / camera.zoom  # edges are painted on whole pixels, and beyond the box itself
    shown = [frames.ids[place] for place in ints(frames.shown(box, margin, only=only))]
    if not shown:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if camera.zoom < BLOCKS_BELOW:
        _paint_far(painter, frames, shown, camera)
        shown = []
    for id in shown:
        _paint(painter, frames.by_id[id], frames.box(id), camera, selected=id in frames.selected)
    painter.restore()


def _paint_far(painter: QPainter, frames: Frames, ids: list[str], camera: Camera) -> None:
    """From far: plain boxes, all of a colour at once."""
    ratio = painter.device().devicePixelRatio()
    places = frames.places(ids)
    corners = whole_pixels((frames.boxes[places] - np.array([camera.left, camera.top] * 2)) * camera.zoom, ratio)
    rects = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], axis=1)
    which = frames.colors[places]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    for color in set(ints(which)):
        painter.setBrush(_faded(_color(COLORS[color]), theme.alpha("frame")))
        draw_rects(painter, rects[which == color])
    flat = Flat(painter)
    inks = [theme.category_ink(name) if name else theme.color("muted") for name in COLORS]
    selected = np.zeros(len(frames), np.bool_)
    selected[frames.places(frames.selected)] = True
    selected = selected[places]
    flat.outlines(rects[~selected], inks, theme.size("stroke_hairline"), which[~selected])
    flat.outlines(rects[selected], [theme.color("node_selected")], theme.size("stroke_ring"))


def _color(name: str) -> QColor:
    return theme.category(name) if name else theme.color("muted")


def frame_rect(box: Box, camera: Camera, ratio: float = 1.0) -> QRectF:
    """In pixels of the widget, on whole ones of the device."""
    corners = (camera.to_widget(box[0], box[1]), camera.to_widget(box[2], box[3]))
    return QRectF(*(QPointF(*(whole_pixels(value, ratio) for value in corner)) for corner in corners))


def title_rect(area: QRectF, zoom: float) -> QRectF:
    """Of the title's bar in a frame that covers `area` of the widget."""
    return QRectF(area.left(), area.top(), area.width(), min(area.height(), TITLE_HEIGHT * zoom))


def text_rect(area: QRectF, zoom: float, *, titled: bool) -> QRectF:
    """Where its text stands."""
    inset = INSET * zoom
    below = (title_rect(area, zoom).bottom() if titled else area.top()) + inset / 2
    return QRectF(area.left() + inset, below, area.width() - 2 * inset, max(0.0, area.bottom() - inset / 2 - below))


def _paint(painter: QPainter, frame: Frame, box: Box, camera: Camera, *, selected: bool) -> None:
    area, zoom = frame_rect(box, camera, painter.device().devicePixelRatio()), camera.zoom
    radius = min(theme.size("radius_card") * zoom, area.height() / 2)
    colored = frame.color in CATEGORIES
    color = theme.category(frame.color) if colored else theme.color("muted")
    shape = QPainterPath()
    shape.addRoundedRect(area, radius, radius)
    painter.fillPath(shape, _faded(color, theme.alpha("frame")))
    painter.save()
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    if frame.title and zoom >= NEAR:  # from far the title stands above the frame, see frame_titles
        painter.fillRect(title_rect(area, zoom), _faded(color, theme.alpha("frame_title")))
    if frame.text and zoom >= TITLES_BELOW:
        _text(painter, frame.text, text_rect(area, zoom, titled=bool(frame.title)), zoom)
    painter.restore()
    edge = theme.color("node_selected") if selected else theme.category_ink(frame.color) if colored else color
    painter.setPen(QPen(edge, theme.size("stroke_ring" if selected else "stroke_hairline")))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area, radius, radius)
    if zoom >= NEAR:
        _title(painter, frame.title, area, zoom)


def _title(painter: QPainter, title: str, area: QRectF, zoom: float) -> None:
    """In its bar."""
    font = theme.font("control", "semibold")
    font.setPixelSize(round(font.pixelSize() * zoom))
    painter.setFont(font)
    _write(painter, title, title_rect(area, zoom).adjusted(INSET * zoom, 0, -INSET * zoom, 0))


def _write(painter: QPainter, title: str, room: QRectF) -> None:
    """In the painter's font, as much as there is room for."""
    if not title or room.width() < 2 * painter.font().pixelSize():
        return
    painter.setPen(theme.color("text"))
    words = QFontMetricsF(painter.font()).elidedText(title, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def _text(painter: QPainter, text: str, area: QRectF, zoom: float) -> None:
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    painter.translate(area.topLeft())
    painter.scale(zoom, zoom)
    painter.setFont(theme.font("body"))
    painter.setPen(theme.color("text"))
    room = QRectF(0, 0, area.width() / zoom, area.height() / zoom)
    metrics = QFontMetricsF(painter.font())
    cells = room.width() * room.height() / (metrics.averageCharWidth() * metrics.lineSpacing())
    seen = text[: NARROWER * math.ceil(cells)]  # a long text is not laid out beyond its frame
    painter.drawText(room, int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft), seen)
    painter.restore()


def _faded(color: QColor, alpha: float) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(alpha)
    return faded
