"""Figures as files without a window: PNG, or SVG for print."""

import os
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from nnstudio.figures import Figure
from nnstudio.gui.figures.card import FigureCard
from nnstudio.gui.theme import theme
from nnstudio.problems import NNStudioError, Problem

SIZE = QSize(900, 540)
SCALE = 2.0
"""Pixels a unit of a PNG."""


def save_figures(figures: Sequence[Figure], paths: Sequence[Path]) -> None:
    """Each figure in its card, as the ending of its path says. Raises NNStudioError where one cannot be written."""
    app = _application()
    for figure, path in zip(figures, paths, strict=True):
        card = FigureCard(figure.title)
        card.show_figure(figure)
        card.resize(SIZE)
        card.ensurePolished()
        card.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        card.show()
        app.processEvents()
        written = _as_svg(card, path) if path.suffix.lower() == ".svg" else _as_png(card, path)
        card.close()
        card.deleteLater()
        if not written:
            words = f"{path} cannot be written."
            raise NNStudioError(Problem("file.unwritable", words, remedy="Choose another folder.", place="file"))


def _application() -> QApplication:
    """The one there is, else one that needs no screen, in the light theme: pictures are for paper."""
    running = QApplication.instance()
    if isinstance(running, QApplication):
        return running
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    app = QApplication([])
    theme.install(app)
    theme.set_mode("light")
    return app


def _as_png(card: QWidget, path: Path) -> bool:
    picture = QPixmap(card.size() * SCALE)
    picture.setDevicePixelRatio(SCALE)
    picture.fill(theme.color("raised"))
    card.render(picture, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return picture.save(str(path), "PNG")


def _as_svg(card: QWidget, path: Path) -> bool:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setSize(card.size())
    generator.setViewBox(QRect(QPoint(0, 0), card.size()))
    painter = QPainter()
    if not painter.begin(generator):
        return False
    try:
        card.render(painter, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    finally:
        painter.end()
    return True
