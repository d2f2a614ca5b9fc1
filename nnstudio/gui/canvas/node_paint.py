"""What does a node look like? Each look is painted once per zoom level and screen, and copied from then on."""

import math
from collections import OrderedDict

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QPainter, QPen, QPixmap

from nnstudio.gui.canvas.looks import LEVELS, SEVERITIES, Look
from nnstudio.gui.canvas.scene import category_name
from nnstudio.gui.theme import theme

MARGIN = 16.0  # around the card, for ports, ring, badge and shadow
KEPT_PIXELS = 24_000_000  # ≈ 96 MB of pictures

BADGES = {1: ("accent", "on_accent", "i"), 2: ("warning", "on_warning", "!"), 3: ("bad", "on_bad", "!")}


class Sprites:
    """Pictures of looks at one scale (zoom × device pixels); those used last are kept."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Look, float, bool], QPixmap] = OrderedDict()
        self._pixels = 0

    def clear(self) -> None:
        self._kept.clear()
        self._pixels = 0

    def of(self, look: Look, scale: float, *, brief: bool) -> QPixmap:
        """The picture; its top left lies `margin_pixels(scale)` left of and above the card's."""
        key = (look.brief if brief else look, scale, brief)
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = _picture(key[0], scale, brief=brief)
            self._pixels += found.width() * found.height()
            while self._pixels > KEPT_PIXELS and len(self._kept) > 1:
                _, old = self._kept.popitem(last=False)
                self._pixels -= old.width() * old.height()
        else:
            self._kept.move_to_end(key)
        return found


def margin_pixels(scale: float) -> int:
    return math.ceil(MARGIN * scale)


def _picture(look: Look, scale: float, *, brief: bool) -> QPixmap:
    margin = margin_pixels(scale)
    width = theme.size("node_width")
    picture = QPixmap(math.ceil(width * scale) + 2 * margin, math.ceil(look.height * scale) + 2 * margin)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    try:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.translate(margin, margin)
        painter.scale(scale, scale)
        card = QRectF(0, 0, round(width * scale) / scale, round(look.height * scale) / scale)
        _card(painter, look, card, scale)
        if brief:
            _brief(painter, look, card)
        else:
            _words(painter, look, card)
            _ports(painter, look, card)
        if look.frozen:
            _lock(painter, card, scale, brief=brief)
        if look.severity:
            _badge(painter, look.severity, card, 1.0 if not brief else 1.8)
    finally:
        painter.end()
    return picture


def _card(painter: QPainter, look: Look, card: QRectF, scale: float) -> None:
    radius = theme.size("radius_node")
    painter.setPen(Qt.PenStyle.NoPen)
    for spread in (3.0, 2.0, 1.0):  # a soft shadow, a little below
        painter.setBrush(theme.color("shadow", theme.alpha("shadow") * 0.14))
        painter.drawRoundedRect(card.adjusted(-spread, 0, spread, spread + 1), radius + spread, radius + spread)
    ring = look.selected or look.severity > 1
    width = max(1.0, round((theme.size("stroke_ring") if ring else 1) * scale)) / scale
    half = width / 2
    pen = QPen(_edge(look), width)
    if look.unknown:
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setBrush(theme.color("panel"))
    else:
        painter.setBrush(theme.color("node"))
    painter.setPen(pen)
    painter.drawRoundedRect(card.adjusted(half, half, -half, -half), radius - half, radius - half)


def _edge(look: Look) -> QColor:
    if look.selected:
        return theme.color("node_selected")
    if look.severity > 1:
        return theme.color(BADGES[look.severity][0])
    return theme.color("muted" if look.unknown else "node_line")


def _words(painter: QPainter, look: Look, card: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_category(look))
    bar = theme.size("category_bar")
    painter.drawRoundedRect(QRectF(10, 12, bar, 19), bar / 2, bar / 2)
    if look.bars:
        _histogram(painter, look, card)
    left, right = 22.0, card.width() - 10
    title_right = right - (38 if look.bars else 4)
    _text(painter, look.title, left, 26, title_right - left, "control", "semibold", "text")
    _text(painter, look.line, left, 43, right - left, "body", "", "muted")
    _text(painter, look.figure, left, 58.5, right - left, "caption", "", "placeholder")


def _text(
    painter: QPainter, text: str, x: float, baseline: float, room: float, role: str, weight: str, token: str
) -> None:
    if not text:
        return
    font = theme.font(role, weight)
    painter.setFont(font)
    painter.setPen(theme.color(token))
    painter.drawText(QPointF(x, baseline), QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, room))


def _histogram(painter: QPainter, look: Look, card: QRectF) -> None:
    pitch, high, bottom = 4.0, 15.0, 30.0
    left = card.width() - 12 - pitch * len(look.bars)
    color = _category(look)
    color.setAlphaF(theme.alpha("histogram"))
    painter.setBrush(color)
    painter.setPen(Qt.PenStyle.NoPen)
    for index, value in enumerate(look.bars):
        height = max(1.2, high * value / LEVELS)
        painter.drawRect(QRectF(left + index * pitch, bottom - height, pitch - 1, height))


def _ports(painter: QPainter, look: Look, card: QRectF) -> None:
    radius = theme.size("port")
    for y, spare in look.inputs:
        ring = radius - (1.5 if spare else 0.75)
        painter.setPen(QPen(theme.color("wire") if spare else _category(look), 1.2 if spare else 1.8))
        painter.setBrush(theme.color("port_fill"))
        painter.drawEllipse(QPointF(0, y), ring, ring)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_category(look))
    for y, _ in look.outputs:
        painter.drawEllipse(QPointF(card.width(), y), radius, radius)


def _lock(painter: QPainter, card: QRectF, scale: float, *, brief: bool) -> None:
    """Its weights are frozen: a lock at the lower right, sharp at the canvas's scale."""
    side = theme.size("icon_size_large" if brief else "icon_size") - (0 if brief else 3)
    place = QPointF(card.width() - side - 8, card.height() - side - (8 if not brief else 12))
    painter.drawPixmap(place, theme.pixmap("lock", "text", side, scale))


def _badge(painter: QPainter, severity: int, card: QRectF, size: float) -> None:
    fill, ink, sign = BADGES[severity]
    radius = 9.5 * size
    centre = QPointF(card.width() - 5, 2.0) if size <= 1 else QPointF(card.width() - radius - 4, radius + 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color(fill))
    painter.drawEllipse(centre, radius, radius)
    font = theme.font("control", "bold")
    font.setPixelSize(round(font.pixelSize() * size))
    painter.setFont(font)
    painter.setPen(theme.color(ink))
    box = QRectF(centre.x() - radius, centre.y() - radius, 2 * radius, 2 * radius)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, sign)


def _brief(painter: QPainter, look: Look, card: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(_category(look)))
    painter.drawRoundedRect(QRectF(8, 10, 10, card.height() - 20), 5, 5)
    font = theme.font("control", "semibold")
    font.setPixelSize(round(1.6 * font.pixelSize()))
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    room = QRectF(26, 0, card.width() - 32 - (40 if look.severity else 0), card.height())
    title = QFontMetricsF(font).elidedText(look.title, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)


def _category(look: Look) -> QColor:
    return theme.color("faint") if look.unknown else theme.category(category_name(look.kind))


def severity_token(severity: int) -> str:
    """The colour of a severity by the scene's number."""
    return BADGES[severity][0] if 0 < severity < len(SEVERITIES) else "node_line"
