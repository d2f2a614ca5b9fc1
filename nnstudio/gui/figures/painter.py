"""What all painters share: a picture made once for a figure, a size and a theme, and light marks over it that follow the pointer."""

import math
from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from nnstudio.figures import Bars, Contour, Curves, Matrix, Note, Points, Tiles
from nnstudio.gui.figures.words import figure_words
from nnstudio.gui.theme import follow_theme, theme

AnyFigure = TypeVar("AnyFigure", Curves, Tiles, Matrix, Points, Contour, Bars, Note)


class Painter(QWidget, Generic[AnyFigure]):
    """Base of the painters. A subclass draws `self.figure` in `draw`, and what follows the pointer in `draw_over`.

    `words_at` is what is said of the place under the pointer, "" for nothing.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure: AnyFigure | None = None
        self.pointer: QPointF | None = None
        self._picture: QPixmap | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        follow_theme(self, self.refresh)

    def show_figure(self, figure: AnyFigure) -> None:
        self.figure = figure
        self.setAccessibleDescription(figure_words(figure))
        self.refresh()

    def words_at(self, at: QPointF) -> str:
        return ""

    def draw(self, painter: QPainter) -> None:
        raise NotImplementedError

    def draw_over(self, painter: QPainter) -> None:
        """Drawn at every move of the pointer, on top."""

    def refresh(self) -> None:
        """The picture is out of date."""
        self._picture = None
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.size("dashboard"), theme.size("dashboard") // 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * theme.size("control"), 3 * theme.size("control"))

    def picture(self) -> QPixmap:
        """The figure as a picture of the widget's size, sharp on its screen."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio:
            picture = self.blank()
            if self.figure is not None and not picture.isNull():
                with_painter(picture, self.draw)
            self._picture = picture
        return self._picture

    def blank(self) -> QPixmap:
        """A clear picture of the widget's size."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        return picture

    def paintEvent(self, event: QPaintEvent) -> None:
        picture = self.picture()
        painter = QPainter(self)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.drawPixmap(QPoint(0, 0), picture)
            if self.pointer is not None and self.figure is not None:
                self.draw_over(painter)
        finally:
            painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
        super().resizeEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.pointer = event.position()
        words = self.words_at(self.pointer) if self.figure is not None else ""
        if words:
            QToolTip.showText(event.globalPosition().toPoint(), words, self)
        else:
            QToolTip.hideText()
        self.update()
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self.pointer = None
        self.update()
        super().leaveEvent(event)


def with_painter(picture: QPixmap, draw: Callable[[QPainter], None]) -> None:
    """`draw(painter)` onto `picture`; the painter ends whatever happens, as Qt aborts otherwise."""
    painter = QPainter(picture)
    try:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter)
    finally:
        painter.end()


# ── small things that several painters draw ───────────────────────────────────────────────────────────────────────────


def caption_metrics() -> QFontMetricsF:
    return QFontMetricsF(theme.font("caption"))


def hairline(token: str) -> QPen:
    pen = QPen(theme.color(token), theme.size("stroke_hairline"))
    pen.setCosmetic(True)
    return pen


def snapped(value: float) -> float:
    """The middle of the pixel that holds `value`: where a hairline is sharp."""
    return math.floor(value) + 0.5


def draw_text(painter: QPainter, rect: QRectF, text: str, align: Qt.AlignmentFlag, token: str = "chart_axis") -> None:
    """One line of text; what does not fit ends with an ellipsis."""
    painter.setPen(theme.color(token))
    shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, math.ceil(rect.width()) + 1)
    painter.drawText(rect, int(align | Qt.TextFlag.TextSingleLine), shown)


def draw_bubble(painter: QPainter, at: QPointF, lines: list[tuple[str, str, str]], bounds: QRectF) -> None:
    """A small box beside `at` with rows of (colour token or "#rrggbb" or "", name, value), kept inside `bounds`."""
    font, metrics = theme.font("caption"), caption_metrics()
    pad, row = theme.size("space_s"), math.ceil(metrics.height())
    swatch = pad if any(color for color, _, _ in lines) else 0
    names = max(metrics.horizontalAdvance(name) for _, name, _ in lines)
    values = max(metrics.horizontalAdvance(value) for _, _, value in lines)
    width = math.ceil(swatch * 1.5 + names + (pad * 1.5 if values else 0) + values + 2 * pad)
    height = row * len(lines) + pad
    left = at.x() + pad * 1.5
    if left + width > bounds.right():
        left = max(bounds.left(), at.x() - pad * 1.5 - width)
    top = min(max(bounds.top(), at.y() - height / 2), max(bounds.top(), bounds.bottom() - height))
    box = QRectF(snapped(left), snapped(top), width, height)
    painter.setPen(hairline("tooltip_line"))
    painter.setBrush(theme.color("tooltip", 0.94))
    painter.drawRoundedRect(box, theme.size("radius_field"), theme.size("radius_field"))
    painter.setFont(font)
    for index, (color, name, value) in enumerate(lines):
        line = QRectF(box.left() + pad, box.top() + pad / 2 + index * row, box.width() - 2 * pad, row)
        if color:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(color) if color.startswith("#") else theme.color(color))
            painter.drawEllipse(QPointF(line.left() + swatch / 2 - 1, line.center().y()), swatch * 0.4, swatch * 0.4)
        painter.setPen(theme.color("muted"))
        painter.drawText(line.adjusted(swatch * 1.5, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), name)
        painter.setPen(theme.color("text"))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), value)
