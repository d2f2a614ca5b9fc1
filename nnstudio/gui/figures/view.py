"""The widget that shows any figure: it chooses the painter, and saves what it shows as picture or table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QPixmap, QRegion
from PySide6.QtWidgets import QFileDialog, QMenu, QStackedLayout, QWidget

from nnstudio.figures import Bars, Contour, Curves, Figure, Matrix, Note, Points, Tiles
from nnstudio.gui.figures.bars import BarsPainter
from nnstudio.gui.figures.check import fault
from nnstudio.gui.figures.contour import ContourPainter
from nnstudio.gui.figures.curves import CurvesPainter
from nnstudio.gui.figures.matrix import MatrixPainter
from nnstudio.gui.figures.note import NotePainter
from nnstudio.gui.figures.painter import Painter
from nnstudio.gui.figures.points import PointsPainter
from nnstudio.gui.figures.table import table, write_csv
from nnstudio.gui.figures.tiles import TilesPainter
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

PAINTERS: dict[type, Callable[[], Painter[Any]]] = {
    Curves: CurvesPainter,
    Tiles: TilesPainter,
    Matrix: MatrixPainter,
    Points: PointsPainter,
    Contour: ContourPainter,
    Bars: BarsPainter,
    Note: NotePainter,
}


class FigureView(QWidget):
    """Shows one figure at a time. `on_error` is told what could not be saved."""

    def __init__(self, parent: QWidget | None = None, on_error: Callable[[str], None] = lambda message: None) -> None:
        super().__init__(parent)
        self.on_error = on_error
        self.figure: Figure | None = None
        self._painters: dict[type, Painter[Any]] = {}
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)

    def show_figure(self, figure: Figure) -> None:
        """Raises ValueError, saying what is wrong, for what cannot be painted."""
        if wrong := fault(figure):
            raise ValueError(wrong)
        kind = type(figure)
        painter = self._painters.get(kind)
        if painter is None:
            painter = self._painters[kind] = PAINTERS[kind]()
            painter.setAccessibleName(self.accessibleName())
            self._stack.addWidget(painter)
        self.figure = figure
        painter.show_figure(figure)
        self._stack.setCurrentWidget(painter)

    @property
    def caption(self) -> str:
        """What stands at the right of the card's title."""
        return str(getattr(self.figure, "caption", ""))

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        for painter in self._painters.values():
            painter.setAccessibleName(name)

    def picture(self) -> QPixmap:
        """What is shown, on the card's ground."""
        picture = QPixmap(self.size() * self.devicePixelRatioF())
        picture.setDevicePixelRatio(self.devicePixelRatioF())
        picture.fill(theme.color("raised"))
        self.render(picture, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
        return picture

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.figure is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        menu.popup(event.globalPos())

    def fill_menu(self, menu: QMenu) -> None:
        """The commands of a figure: copy, save as picture, save its values."""
        if self.figure is None:
            return
        menu.addAction(
            theme.icon("copy"), tr("Copy picture"), lambda: QGuiApplication.clipboard().setPixmap(self.picture())
        )
        menu.addAction(theme.icon("image"), tr("Save picture…"), self._ask_picture)
        if table(self.figure) is not None:
            menu.addAction(theme.icon("table"), tr("Save values…"), self._ask_values)

    def _ask_picture(self) -> None:
        self._ask(tr("Save picture"), tr("Pictures"), "png", self.save_picture)

    def _ask_values(self) -> None:
        self._ask(tr("Save values"), tr("Tables"), "csv", self.save_values)

    def _ask(self, title: str, kind: str, suffix: str, save: Callable[[Path], None]) -> None:
        """In a dialog that blocks nothing: what waited here for the answer could be gone when it comes."""
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(f"{kind} (*.{suffix})")
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(f"figure.{suffix}")

        def chosen(path: str) -> None:
            save(Path(path))

        dialog.fileSelected.connect(chosen)
        dialog.open()

    def save_picture(self, path: Path) -> None:
        if not self.picture().save(str(path), "PNG"):
            self.on_error(tr("{path} could not be written. Choose another folder.", path=path))

    def save_values(self, path: Path) -> None:
        assert self.figure is not None
        try:
            write_csv(self.figure, path)
        except OSError as error:
            self.on_error(
                tr("{path} could not be written: {reason}. Choose another folder.", path=path, reason=error.strerror)
            )
