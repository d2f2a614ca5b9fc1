"""Widgets that paint themselves: the toggle switch, a colour chip, a choice with its arrow, small histograms."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QSizePolicy, QWidget

from nnstudio.gui.theme import follow_theme, theme

Counts = npt.NDArray[np.generic]


class Toggle(QAbstractButton):
    """On or off, as a switch."""

    def __init__(self, on: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setChecked(on)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        follow_theme(self, self.update)

    def sizeHint(self) -> QSize:
        height = theme.size("icon_size") + theme.size("space_xxs")
        return QSize(2 * height, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            area = QRectF(self.rect())
            radius = area.height() / 2
            track = theme.color("accent" if self.isChecked() else "track")
            if not self.isEnabled():
                track.setAlphaF(theme.alpha("bypassed"))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(track)
            painter.drawRoundedRect(area, radius, radius)
            inset = theme.size("space_xxs")
            side = area.height() - 2 * inset
            left = area.right() - inset - side if self.isChecked() else area.left() + inset
            painter.setBrush(theme.color("knob"))
            painter.drawEllipse(QRectF(left, area.top() + inset, side, side))
            if self.hasFocus():
                painter.setPen(QPen(theme.color("text"), theme.size("stroke_hairline")))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


class Bar(QWidget):
    """The upright bar in a category's colour that stands before a title."""

    def __init__(self, token: str = "accent", height: str = "icon_size_large") -> None:
        super().__init__()
        self._token = token
        self.setFixedSize(theme.size("category_bar"), theme.size(height))
        follow_theme(self, self.update)

    def set_token(self, token: str) -> None:
        self._token = token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(self._token))
            radius = self.width() / 2
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)


class Choice(QComboBox):
    """A combo box with our arrow, that a scrolling wheel does not change by accident."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumHeight(theme.size("field"))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        follow_theme(self, self.update)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        with QPainter(self) as painter:
            side = theme.size("icon_size")
            spot = QPointF(self.width() - side - theme.size("space_xs"), (self.height() - side) / 2)
            painter.drawPixmap(spot, theme.pixmap("chevron-down", "muted", side, self.devicePixelRatioF()))


class Elided(QWidget):
    """One line of text that ends in … where there is no room; the whole is the tool tip."""

    def __init__(self, role: str = "caption", token: str = "muted", weight: str = "") -> None:
        super().__init__()
        self._role, self._token, self._weight, self._text = role, token, weight, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow_theme(self, self.update)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str, token: str = "") -> None:
        self._text, self._token = text, token or self._token
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(theme.font(self._role, self._weight))
        return QSize(metrics.horizontalAdvance(self._text), metrics.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.size("control"), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.setFont(theme.font(self._role, self._weight))
            painter.setPen(theme.color(self._token))
            text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter, text)


class CutLabel(QLabel):
    """A label of one line, as narrow as it must be: words that do not fit end in …"""

    def __init__(self, role: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)
        self.setMinimumWidth(1)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            shown = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
            painter.setPen(self.palette().color(self.foregroundRole()))
            painter.drawText(self.rect(), self.alignment(), shown)


class Histogram(QWidget):
    """Counts as small bars in a category's colour."""

    def __init__(self, category: str = "weights", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: npt.NDArray[np.float64] = np.empty(0)
        self._category = category
        self.setMinimumHeight(theme.size("control"))
        follow_theme(self, self.update)

    def set_counts(self, counts: Counts, category: str = "") -> None:
        self._counts = np.asarray(counts, dtype=np.float64)
        self._category = category or self._category
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        top = float(self._counts.max(initial=0.0))
        if top <= 0:
            return
        with QPainter(self) as painter:
            color = theme.category_ink(self._category)
            color.setAlphaF(theme.alpha("histogram"))
            step = self.width() / len(self._counts)
            gap = min(1.0, step / 4)
            for index, count in enumerate(self._counts):
                height = self.height() * count / top
                painter.fillRect(QRectF(index * step, self.height() - height, step - gap, height), color)


class Ridge(QWidget):
    """Histograms one behind the other, the oldest at the back: how a distribution moved over the epochs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[npt.NDArray[np.float64]] = []
        self._category = "weights"
        self.setMinimumHeight(3 * theme.size("control"))
        follow_theme(self, self.update)

    def set_rows(self, rows: Sequence[Counts], category: str) -> None:
        floats = (np.asarray(counts, dtype=np.float64) for counts in rows)
        self._rows = [counts for counts in floats if counts.max(initial=0.0) > 0]
        self._category = category
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rows:
            return
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            ink = theme.category_ink(self._category)
            height = self.height() - theme.size("space_xs")
            step = min(theme.size("space_s"), height * 0.5 / max(1, len(self._rows)))
            hill = height - step * (len(self._rows) - 1)
            for index, counts in enumerate(self._rows):
                self._paint_row(painter, counts, ink, height - step * (len(self._rows) - 1 - index), hill, index)

    def _paint_row(
        self, painter: QPainter, counts: npt.NDArray[np.float64], ink: QColor, base: float, hill: float, index: int
    ) -> None:
        age = (index + 1) / len(self._rows)
        smooth = np.convolve(np.pad(counts, 1, mode="edge"), (0.25, 0.5, 0.25), mode="valid")
        x = np.linspace(0, self.width(), 4 * len(smooth))
        known = np.linspace(0, self.width(), len(smooth))
        shares = cast(npt.NDArray[np.float64], np.interp(x, known, smooth / smooth.max()))
        outline = QPolygonF([QPointF(float(x[i]), base - hill * float(shares[i])) for i in range(len(x))])
        ground = QPolygonF(outline)
        ground.append(QPointF(self.width(), base))
        ground.append(QPointF(0, base))
        fill, pen = QColor(ink), QColor(ink)
        fill.setAlphaF(0.10 + 0.15 * age)
        pen.setAlphaF(0.35 + 0.65 * age)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawPolygon(ground)
        painter.setPen(QPen(pen, theme.size("stroke_hairline")))
        painter.drawPolyline(outline)
