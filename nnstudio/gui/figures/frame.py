"""The frame of a chart: where the plot lies, its grid lines, and the numbers beside them."""

import math

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter

from nnstudio.gui.figures.painter import caption_metrics, draw_text, hairline, snapped
from nnstudio.gui.figures.ticks import Axis
from nnstudio.gui.theme import theme


def plot_area(whole: QRectF, y_axis: Axis, right: float = 0.0) -> QRectF:
    """What is left of `whole` for the plot, beside the numbers of the y axis and above those of the x axis; `right`: kept free there."""
    metrics = caption_metrics()
    left = math.ceil(max((metrics.horizontalAdvance(text) for text in y_axis.texts), default=0)) + theme.size("space_s")
    bottom = math.ceil(metrics.height()) + theme.size("space_xs")
    top = math.ceil(metrics.height() / 2)
    return whole.adjusted(left, top, -max(right, theme.size("space_s")), -bottom)


def draw_frame(painter: QPainter, plot: QRectF, x_axis: Axis, y_axis: Axis, x_label: str, y_label: str = "") -> None:
    """Grid lines and numbers; the x axis's unit stands behind its last number, the y axis's above its first line."""
    metrics = caption_metrics()
    painter.setFont(theme.font("caption"))
    _draw_y(painter, plot, y_axis, metrics.height())
    _draw_x(painter, plot, x_axis, x_label)
    if y_label:
        place = QRectF(plot.left() + theme.size("space_xs"), plot.top() + 1, plot.width() / 2, metrics.height())
        draw_text(painter, place, y_label, Qt.AlignmentFlag.AlignLeft)


def _draw_y(painter: QPainter, plot: QRectF, axis: Axis, height: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    places = [axis.place_one(tick, plot.bottom(), plot.top()) for tick in axis.ticks]
    painter.setPen(hairline("chart_grid"))
    painter.drawLines([QLineF(plot.left(), snapped(place), plot.right(), snapped(place)) for place in places])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    gap = theme.size("space_s")
    for place, text in zip(places, axis.texts, strict=True):
        rect = QRectF(0, place - height / 2, plot.left() - gap, height)
        draw_text(painter, rect, text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


def _draw_x(painter: QPainter, plot: QRectF, axis: Axis, label: str) -> None:
    metrics = caption_metrics()
    top = plot.bottom() + theme.size("space_xs")
    right = painter.viewport().width() / painter.device().devicePixelRatio()
    free_from = -math.inf
    last = len(axis.ticks) - 1
    for index, (tick, text) in enumerate(zip(axis.ticks, axis.texts, strict=True)):
        shown = f"{text} {label}".strip() if index == last else text
        width = math.ceil(metrics.horizontalAdvance(shown)) + 1
        left = axis.place_one(tick, plot.left(), plot.right()) - metrics.horizontalAdvance(text) / 2
        left = min(left, right - width)
        if left < free_from:
            continue
        free_from = left + width + theme.size("space_xs")
        draw_text(painter, QRectF(left, top, width, metrics.height()), shown, Qt.AlignmentFlag.AlignLeft)
