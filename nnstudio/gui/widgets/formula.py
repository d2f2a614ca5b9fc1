"""Formulas, typeset: `x_i`, `n_{in}`, `γ^{t/b}` have their indices below and their exponents above the line."""

import html
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nnstudio.gui.theme import follow_theme, theme

_RAISED = re.compile(r"([_^])(?:\{([^{}]*)\}|\(([^()]*)\)|(⌊[^⌋]*⌋|[A-Za-zΑ-Ωα-ω]+|\d+))")
_SMALLER = 0.72
_HIGHER, _LOWER = 0.38, -0.18  # of the letters' size


class Part(NamedTuple):
    """place: "^" above the line, "_" below it, "" on it."""

    text: str
    place: str = ""


def parts(line: str) -> list[Part]:
    """The line, cut where something stands higher or lower."""
    found: list[Part] = []
    end = 0
    for match in _RAISED.finditer(line):
        found += [Part(line[end : match.start()]), Part(match[2] or match[3] or match[4], match[1])]
        end = match.end()
    return [part for part in [*found, Part(line[end:])] if part.text]


class Formula(QWidget):
    """Lines in the formula's face, centred; where a line is too long, all are set smaller, never broken."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = [parts(line) for line in lines]
        self._font = theme.font("formula")
        self.setAccessibleName("; ".join(lines))
        self.setToolTip("<br>".join(_rich(line) for line in self._lines))
        self.setFixedHeight(len(lines) * round(1.6 * self._font.pixelSize()))
        follow_theme(self, self.update)

    def least_width(self) -> int:
        """In what room all of it can be read."""
        return int(self._widest(theme.text_size("caption"))) + 1

    def _widest(self, size: int) -> float:
        return max(sum(step for *_, step in self._set(line, size)) for line in self._lines)

    def _set(self, line: Sequence[Part], size: int) -> Iterator[tuple[str, QFont, float, float]]:
        """(text, its font, how high above the line, how far to what follows)"""
        for text, place in line:
            font = QFont(self._font)
            font.setPixelSize(round(size * _SMALLER) if place else size)
            raised = {"^": _HIGHER, "_": _LOWER}.get(place, 0.0) * size
            yield text, font, raised, QFontMetricsF(font).horizontalAdvance(text)

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            size, widest = self._font.pixelSize(), self._widest(self._font.pixelSize())
            if widest > self.width():
                size = max(theme.text_size("caption"), int(self.width() * size / widest))
            painter.setPen(theme.color("text"))
            step = self.height() / len(self._lines)
            for index, line in enumerate(self._lines):
                placed = list(self._set(line, size))
                x = (self.width() - sum(width for *_, width in placed)) / 2
                base = (index + 0.5) * step + 0.35 * size
                for text, font, raised, width in placed:
                    painter.setFont(font)
                    painter.drawText(QPointF(x, base - raised), text)
                    x += width


def _rich(line: Sequence[Part]) -> str:
    tags = {"^": "sup", "_": "sub"}
    return "".join(
        f"<{tags[place]}>{html.escape(text)}</{tags[place]}>" if place else html.escape(text) for text, place in line
    )
