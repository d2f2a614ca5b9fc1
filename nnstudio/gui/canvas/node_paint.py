"""What does a node look like? Each look is painted once per zoom level and screen, and copied from then on."""

import math
from collections import OrderedDict

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from nnstudio.gui.canvas.looks import LEVELS, SEVERITIES, Look
from nnstudio.gui.canvas.numpy_draw import draw_lines
from nnstudio.gui.canvas.scene import NO_TAG
from nnstudio.gui.theme import theme
from nnstudio.project.lengths import MAX_NAME

MARGIN = 16.0  # around the card, for ports, ring, badge and shadow
KEPT_PIXELS = 24_000_000  # ≈ 96 MB of pictures
BAND = 32.0  # the title's part of a card
INSET = 3.5  # between the two edges of a block
HATCH = 9.0  # between the lines over a bypassed node
BRIEF = 1.6  # how much larger title and signs are when only they are left
SIGN_PITCH = 17.0

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
    picture = QPixmap(math.ceil(look.width * scale) + 2 * margin, math.ceil(look.height * scale) + 2 * margin)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    try:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        painter.translate(margin, margin)
        painter.scale(scale, scale)
        paint_node(painter, look, scale, brief=brief)
    finally:
        painter.end()
    return picture


def paint_node(painter: QPainter, look: Look, scale: float, *, brief: bool = False) -> None:
    """The node with its top left at (0, 0), in pixels at 100 %; scale: device pixels to one of those, for what is to be sharp."""
    card = QRectF(0, 0, round(look.width * scale) / scale, round(look.height * scale) / scale)
    _shadow(painter, look, card)
    if look.bypassed:
        painter.setOpacity(theme.alpha("bypassed"))
    _card(painter, look, card, scale)
    if look.form == "dot":
        _knot(painter, look, card)
        return
    if look.bypassed:
        _hatch(painter, look, card, scale, brief=brief)
        painter.setOpacity(theme.alpha("bypassed_text"))
    if brief:
        _brief(painter, look, card, scale)
    else:
        _words(painter, look, card, scale)
        _ports(painter, look, card)
    painter.setOpacity(1.0)
    if look.severity:
        _badge(painter, look.severity, card, 1.0 if not brief else 1.8)


# ── ground ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def corner(look: Look) -> float:
    """How round the card is."""
    return look.height / 2 if look.form in ("pill", "dot") else theme.size("radius_node")


def _shadow(painter: QPainter, look: Look, card: QRectF) -> None:
    """Soft, a little below."""
    radius = corner(look)
    painter.setPen(Qt.PenStyle.NoPen)
    for spread in (3.0, 2.0, 1.0):
        painter.setBrush(theme.color("shadow", theme.alpha("shadow") * 0.14))
        painter.drawRoundedRect(card.adjusted(-spread, 0, spread, spread + 1), radius + spread, radius + spread)


def _card(painter: QPainter, look: Look, card: QRectF, scale: float) -> None:
    radius = corner(look)
    ring = look.selected or look.severity > 1
    width = max(1.0, round((theme.size("stroke_ring") if ring else 1) * scale)) / scale
    half = width / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("panel" if look.unknown else "node"))
    painter.drawRoundedRect(card.adjusted(half, half, -half, -half), radius - half, radius - half)
    if look.tag != NO_TAG and look.form != "dot":
        _tint(painter, look, card, radius)
    pen = QPen(_edge(look), width)
    if look.unknown:
        pen.setStyle(Qt.PenStyle.DashLine)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(card.adjusted(half, half, -half, -half), radius - half, radius - half)
    if look.instance:
        thin = max(1.0, round(1.25 * scale)) / scale
        inset = max(INSET, 3.0 / scale)
        painter.setPen(QPen(theme.category_ink(look.category), thin))
        painter.drawRoundedRect(card.adjusted(inset, inset, -inset, -inset), radius - inset, radius - inset)


def _tint(painter: QPainter, look: Look, card: QRectF, radius: float) -> None:
    """The title in the colour of its tag."""
    shape = QPainterPath()
    shape.addRoundedRect(card, radius, radius)
    painter.save()
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    band = QRectF(0, 0, card.width(), min(BAND, card.height()))
    painter.fillRect(band, _with_alpha(theme.category(look.color_name), theme.alpha("tag")))
    painter.restore()


def _edge(look: Look) -> QColor:
    if look.selected:
        return theme.color("node_selected")
    if look.severity > 1:
        return theme.color(BADGES[look.severity][0])
    if look.form == "pill" or look.instance:
        return theme.category_ink(look.category)
    if look.form == "dot":
        return theme.color("wire")
    return theme.color("muted" if look.unknown else "node_line")


def _hatch(painter: QPainter, look: Look, card: QRectF, scale: float, *, brief: bool) -> None:
    """Slanted lines over all of it."""
    step = HATCH * (BRIEF if brief else 1.0)
    starts = np.arange(-card.height(), card.width(), step)
    lines = np.stack([starts, np.full_like(starts, card.height()), starts + card.height(), 0 * starts], axis=1)
    shape = QPainterPath()
    shape.addRoundedRect(card, corner(look), corner(look))
    painter.save()
    painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
    painter.setPen(QPen(theme.color("wire"), max(0.75, 1 / scale)))
    draw_lines(painter, lines)
    painter.restore()


# ── what stands on it ─────────────────────────────────────────────────────────────────────────────────────────────────


def _words(painter: QPainter, look: Look, card: QRectF, scale: float) -> None:
    if look.form == "pill":
        _pill(painter, look, card, scale)
        return
    low = look.form == "collapsed"
    top = (card.height() - 19) / 2 if low else 12.0
    _bar(painter, look, QRectF(10, top, theme.size("category_bar"), 19))
    if look.bars and not low:
        _histogram(painter, look, card)
    left, right = 22.0, card.width() - 10
    taken = _times(painter, look, right, top + 9.5, scale)
    signs = len(look.signs) * SIGN_PITCH
    title_right = right - max(38.0 if look.bars and not low else 4.0, taken) - (signs if low else 0.0)
    _text(painter, look.title, left, top + 14, title_right - left, "control", "semibold", "text")
    _signs(painter, look, right - (taken if low else 0.0), card.height() / 2 if low else 54.0, 13, scale)
    if not low:
        line, figure = (
            ("text", "text") if look.bypassed else ("muted", "placeholder")
        )  # fainter would be lost in the hatch
        _text(painter, look.line, left, 43, right - left, "body", "", line)
        _text(painter, look.figure, left, 58.5, right - left - signs, "caption", "", figure)


def _pill(painter: QPainter, look: Look, card: QRectF, scale: float, size: float = 1.0) -> None:
    """The edge of a block: the name of the port, and an arrow at the side that lies without."""
    side, middle, rim = round(13 * size), card.height() / 2, 12.0
    arrow = card.width() - rim - side / 2 if look.leaving else rim + side / 2
    _icon(painter, "arrow-right", QPointF(arrow, middle), side, scale)
    left = rim + 2 if look.leaving else rim + side + 5
    right = card.width() - rim - (side + 5 if look.leaving else 0)
    _signs(painter, look, right, middle, side, scale)
    right -= len(look.signs) * SIGN_PITCH * size
    drawn = _text(painter, look.title, left, middle + 4.5 * size, right - left, "control", "semibold", "text", size)
    beside = left + drawn + 6
    _text(painter, look.line, beside, middle + 4.5 * size, right - beside, "caption", "", "muted", size)


def _brief(painter: QPainter, look: Look, card: QRectF, scale: float) -> None:
    """What can still be seen when small."""
    if look.form == "pill":
        _pill(painter, look, card, scale, BRIEF)
        return
    side = round(13 * BRIEF)
    left, right = 26.0, card.width() - (44 if look.severity else 10)
    _bar(painter, look, QRectF(8, 10, 10, card.height() - 20))
    taken = _times(painter, look, right, card.height() / 2, scale, size=BRIEF)
    _signs(painter, look, right - taken, card.height() / 2, side, scale)
    room = right - left - taken - len(look.signs) * SIGN_PITCH * BRIEF
    baseline = card.height() / 2 + 7.5
    _text(painter, look.title, left, baseline, room, "control", "semibold", "text", size=BRIEF)


def _knot(painter: QPainter, look: Look, card: QRectF) -> None:
    """A reroute point: what goes in comes out."""
    radius = card.width() / 5
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.category(look.color_name) if look.tag != NO_TAG else theme.color("wire"))
    painter.drawEllipse(card.center(), radius, radius)


def _bar(painter: QPainter, look: Look, area: QRectF) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("faint") if look.unknown else theme.category(look.color_name))
    radius = area.width() / 2
    painter.drawRoundedRect(area, radius, radius)


def _text(
    painter: QPainter,
    text: str,
    x: float,
    baseline: float,
    room: float,
    role: str,
    weight: str,
    token: str,
    size: float = 1.0,
) -> float:
    """Writes what there is room for; returns how wide that is."""
    if not text or room <= 0:
        return 0.0
    font = theme.font(role, weight)
    if size != 1.0:
        font.setPixelSize(round(size * font.pixelSize()))
    painter.setFont(font)
    painter.setPen(theme.color(token))
    metrics = QFontMetricsF(font)
    shown = metrics.elidedText(text[:MAX_NAME], Qt.TextElideMode.ElideRight, room)
    painter.drawText(QPointF(x, baseline), shown)
    return metrics.horizontalAdvance(shown)


def _times(painter: QPainter, look: Look, right: float, middle: float, scale: float, size: float = 1.0) -> float:
    """How often a block is computed: `× 3`, or the sign of a scan; returns how much room that takes."""
    if look.scan:
        side = round(14 * size)
        _icon(painter, "repeat", QPointF(right - side / 2, middle), side, scale)
        return side + 6.0
    if look.times == 1:
        return 0.0
    font = theme.font("caption", "bold")
    font.setPixelSize(round(size * font.pixelSize()))
    text = f"× {look.times}"
    width = QFontMetricsF(font).horizontalAdvance(text)
    painter.setFont(font)
    painter.setPen(theme.color("text"))
    painter.drawText(QPointF(right - width, middle + 4 * size), text)
    return width + 6.0


def _signs(painter: QPainter, look: Look, right: float, middle: float, side: int, scale: float) -> None:
    pitch = SIGN_PITCH * side / 13
    for index, name in enumerate(look.signs):
        _icon(painter, name, QPointF(right - side / 2 - index * pitch, middle), side, scale)


def _icon(painter: QPainter, name: str, centre: QPointF, side: int, scale: float) -> None:
    painter.drawPixmap(centre - QPointF(side / 2, side / 2), theme.pixmap(name, "text", side, scale))


def _histogram(painter: QPainter, look: Look, card: QRectF) -> None:
    pitch, high, bottom = 4.0, 15.0, 30.0
    left = card.width() - 12 - pitch * len(look.bars)
    painter.setBrush(_with_alpha(_category(look), theme.alpha("histogram")))
    painter.setPen(Qt.PenStyle.NoPen)
    for index, value in enumerate(look.bars):
        height = max(1.2, high * value / LEVELS)
        painter.drawRect(QRectF(left + index * pitch, bottom - height, pitch - 1, height))


def _ports(painter: QPainter, look: Look, card: QRectF) -> None:
    radius = theme.size("port")
    for y, spare in _apart(look.inputs):
        ring = radius - (1.5 if spare else 0.75)
        painter.setPen(QPen(theme.color("wire") if spare else _category(look), 1.2 if spare else 1.8))
        painter.setBrush(theme.color("port_fill"))
        painter.drawEllipse(QPointF(0, y), ring, ring)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_category(look))
    for y, _ in _apart(look.outputs):
        painter.drawEllipse(QPointF(card.width(), y), radius, radius)


def _apart(ports: tuple[tuple[float, bool], ...]) -> list[tuple[float, bool]]:
    """Of ports in one place the first."""
    return list({y: (y, spare) for y, spare in reversed(ports)}.values())


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


def _category(look: Look) -> QColor:
    """Of its kind: what its ports carry."""
    return theme.color("faint") if look.unknown else theme.category(look.category)


def _with_alpha(color: QColor, alpha: float) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(alpha)
    return faded


def severity_token(severity: int) -> str:
    """The colour of a severity by the scene's number."""
    return BADGES[severity][0] if 0 < severity < len(SEVERITIES) else "node_line"
