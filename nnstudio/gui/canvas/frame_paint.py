"""What does a frame look like? A rounded box behind everything in its colour, with a bar for its title and its text below."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from nnstudio.gui.canvas.camera import BLOCKS_BELOW, TITLES_BELOW, Camera, whole_pixels
from nnstudio.gui.canvas.frames import SHOWN_FROM, Frames, title_height
from nnstudio.gui.theme import theme
from nnstudio.project.boxes import Box
from nnstudio.project.graph import Frame
from nnstudio.specs import CATEGORIES

INSET = 12.0  # from the rim to the words, at 100 %
SMALLEST_TITLE = 10  # pixels on the screen


def paint_frames(painter: QPainter, frames: Frames, camera: Camera, box: Box) -> None:
    """Those that touch `box`, larger ones first."""
    if not frames.ids:
        return
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for id in frames.within(box):
        _paint(painter, frames.by_id[id], frames.box(id), camera, selected=id in frames.selected)
    painter.restore()


def frame_rect(box: Box, camera: Camera, ratio: float = 1.0) -> QRectF:
    """In pixels of the widget, on whole ones of the device."""
    corners = (camera.to_widget(box[0], box[1]), camera.to_widget(box[2], box[3]))
    return QRectF(*(QPointF(*(whole_pixels(value, ratio) for value in corner)) for corner in corners))


def title_rect(box: Box, camera: Camera, ratio: float = 1.0) -> QRectF:
    area = frame_rect(box, camera, ratio)
    return QRectF(area.left(), area.top(), area.width(), title_height(box, camera.zoom) * camera.zoom)


def text_rect(box: Box, camera: Camera, ratio: float = 1.0) -> QRectF:
    """Where the text of the frame stands."""
    inset = INSET * camera.zoom
    below = title_rect(box, camera, ratio).bottom() + inset / 2
    area = frame_rect(box, camera, ratio)
    return QRectF(area.left() + inset, below, area.width() - 2 * inset, max(0.0, area.bottom() - inset / 2 - below))


def _paint(painter: QPainter, frame: Frame, box: Box, camera: Camera, *, selected: bool) -> None:
    ratio, zoom = painter.device().devicePixelRatio(), camera.zoom
    area = frame_rect(box, camera, ratio)
    radius = min(theme.size("radius_card") * zoom, area.height() / 2)
    colored = frame.color in CATEGORIES
    color = theme.category(frame.color) if colored else theme.color("muted")
    shape = QPainterPath()
    shape.addRoundedRect(area, radius, radius)
    painter.fillPath(shape, _faded(color, theme.alpha("frame")))
    bar = title_rect(box, camera, ratio)
    painter.save()
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    painter.fillRect(bar, _faded(color, theme.alpha("frame_title")))
    if area.height() >= SHOWN_FROM or zoom >= BLOCKS_BELOW:
        _title(painter, frame, bar, zoom)
    if frame.text and zoom >= TITLES_BELOW:
        _text(painter, frame, text_rect(box, camera, ratio), zoom)
    painter.restore()
    edge = theme.color("node_selected") if selected else theme.category_ink(frame.color) if colored else color
    painter.setPen(QPen(edge, theme.size("stroke_ring" if selected else "stroke_hairline")))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(area, radius, radius)


def _title(painter: QPainter, frame: Frame, bar: QRectF, zoom: float) -> None:
    font = theme.font("control", "semibold")
    size = round(font.pixelSize() * zoom)
    font.setPixelSize(max(min(SMALLEST_TITLE, round(bar.height() * 0.7)), size))
    room = bar.adjusted(INSET * min(1.0, zoom), 0, -4, 0)
    if not frame.title or font.pixelSize() < SMALLEST_TITLE or room.width() < 2 * SMALLEST_TITLE:
        return
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    words = QFontMetricsF(font).elidedText(frame.title, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


def _text(painter: QPainter, frame: Frame, area: QRectF, zoom: float) -> None:
    painter.save()
    painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
    painter.translate(area.topLeft())
    painter.scale(zoom, zoom)
    painter.setFont(theme.font("body"))
    painter.setPen(theme.color("text"))
    room = QRectF(0, 0, area.width() / zoom, area.height() / zoom)
    painter.drawText(room, int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft), frame.text)
    painter.restore()


def _faded(color: QColor, alpha: float) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(alpha)
    return faded
