"""The network, or what is selected of it, as a picture: SVG and PNG, on the clipboard and as a file, in the colours of either theme."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QBuffer, QByteArray, QMimeData, QRectF, QSizeF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog

from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.render import Renderer
from nnstudio.gui.canvas.scene import Box, Scene
from nnstudio.gui.canvas.wire_paint import Wires
from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project.clipboard import piece_of
from nnstudio.project.graph import Graph

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

SCALE = 2.0
"""Pixels a unit of a PNG …"""
MOST_PIXELS = 16_000
"""… but no side longer than this."""
SVG = "image/svg+xml"
DPI = 96
"""A unit is a pixel of the web."""

Mode = Literal["dark", "light"]


class Picture:
    """What is to be painted: the selected nodes and frames, all where nothing is selected; nothing of it looks selected."""

    def __init__(self, view: "CanvasView") -> None:
        studio = view.studio
        chosen = {*studio.selection, *view.frames.selected}
        graph = studio.scope.graph
        piece = piece_of(studio.scope.here, chosen).graph if chosen else graph
        self._scene = Scene(studio.registry, theme.size("node_width"), theme.size("node_height"))
        self._scene.load(piece)
        looks = Looks(studio, self._scene)
        looks.take_problems(studio.problems)
        self._renderer = Renderer(self._scene, looks, Wires(self._scene, looks))
        self.name = studio.project.name
        self.box = self._bounds(piece)

    def _bounds(self, graph: Graph) -> Box | None:
        """Around nodes, frames and the wires that swing out beside them; None where there is nothing."""
        boxes = [found] if (found := self._scene.bounds()) is not None else []
        boxes += [
            (*frame.position, frame.position[0] + frame.size[0], frame.position[1] + frame.size[1])
            for frame in graph.frames.values()
        ]
        if not boxes:
            return None
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        gap = 2 * theme.size("space_xl")
        return min(lefts) - gap, min(tops) - gap, max(rights) + gap, max(bottoms) + gap

    @property
    def size(self) -> QSizeF:
        left, top, right, bottom = self.box or (0.0, 0.0, 1.0, 1.0)
        return QSizeF(right - left, bottom - top)

    def paint(self, painter: QPainter) -> None:
        if self.box is not None:
            self._renderer.paint_picture(painter, self.box)

    def svg(self) -> QByteArray:
        """With words as words."""
        content = QByteArray()
        buffer = QBuffer(content)
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        generator.setResolution(DPI)
        generator.setSize(self.size.toSize())
        generator.setViewBox(QRectF(0, 0, self.size.width(), self.size.height()))
        generator.setTitle(self.name)
        self._on(generator, self.paint)
        buffer.close()
        return content

    def image(self) -> QImage:
        """Sharp at SCALE, smaller where it would be too large."""
        size = self.size
        scale = min(SCALE, MOST_PIXELS / max(size.width(), size.height()))
        image = QImage(
            (size * scale).toSize().expandedTo(QSizeF(1, 1).toSize()), QImage.Format.Format_ARGB32_Premultiplied
        )
        image.fill(theme.color("canvas"))

        def paint(painter: QPainter) -> None:
            painter.scale(scale, scale)
            self.paint(painter)

        self._on(image, paint)
        return image

    def _on(self, device: QSvgGenerator | QImage, paint: Callable[[QPainter], None]) -> None:
        painter = QPainter(device)
        try:
            paint(painter)
        finally:
            painter.end()  # an exception must not leave a painter open: Qt would abort


@contextmanager
def colours(mode: Mode | None) -> Generator[None]:
    """The theme of the picture, whatever the window's is; None: the window's."""
    before = theme.mode
    if mode is not None:
        theme.set_mode(mode)
    try:
        yield
    finally:
        if mode is not None:
            theme.set_mode(before)


def copy_picture(view: "CanvasView") -> None:
    """As SVG and as pixels on the clipboard: each program takes what it can."""
    picture = Picture(view)
    mime = QMimeData()
    mime.setImageData(picture.image())
    mime.setData(SVG, picture.svg())
    QGuiApplication.clipboard().setMimeData(mime)
    view.studio.message.emit(tr("The picture is on the clipboard."), "info")


def save_picture(view: "CanvasView", path: Path, mode: Mode | None = None) -> bool:
    """Into `path`, as its ending says (.svg or .png); False, and told, where it cannot be written."""
    with colours(mode):
        picture = Picture(view)
        if path.suffix.lower() == ".svg":
            content = picture.svg()
        else:
            content = QByteArray()
            buffer = QBuffer(content)
            buffer.open(QBuffer.OpenModeFlag.WriteOnly)
            picture.image().save(buffer, "PNG")  # pyright: ignore[reportArgumentType, reportCallIssue]
    try:
        path.write_bytes(content.data())
    except OSError as error:
        words = tr("'{file}' cannot be written: {reason}.", file=path.name, reason=error.strerror or str(error))
        view.studio.message.emit(words, "error")
        return False
    view.studio.message.emit(tr("Written to {file}.", file=str(path)), "info")
    return True


def choose_file(view: "CanvasView", mode: Mode | None = None) -> QFileDialog:
    """Where the picture is saved: a dialog that blocks nothing."""
    dialog = QFileDialog(view.window(), tr("Save a picture of the network"))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters([tr("Vectors ({pattern})", pattern="*.svg"), tr("Pixels ({pattern})", pattern="*.png")])
    dialog.setDefaultSuffix("svg")
    dialog.filterSelected.connect(partial(_follow_filter, dialog))
    dialog.fileSelected.connect(partial(_save_chosen, view, mode))
    dialog.open()
    return dialog


def _follow_filter(dialog: QFileDialog, chosen: str) -> None:
    dialog.setDefaultSuffix("png" if "*.png" in chosen else "svg")


def _save_chosen(view: "CanvasView", mode: Mode | None, name: str) -> None:
    save_picture(view, Path(name), mode)


def commands(view: "CanvasView") -> list[Command]:
    def some() -> bool:
        return len(view.scene) > 0

    return [
        Command(
            "canvas.copy_picture",
            tr("Copy as picture"),
            lambda: copy_picture(view),
            ("Ctrl+Alt+C",),
            "image",
            some,
            words="svg png screenshot selection",
        ),
        Command(
            "canvas.save_picture",
            tr("Save as picture …"),
            lambda: choose_file(view),
            ("Ctrl+Alt+P",),
            "image",
            some,
            words="svg png export",
        ),
        Command(
            "canvas.save_picture_light",
            tr("Save as picture for paper …"),
            lambda: choose_file(view, "light"),
            ("Ctrl+Alt+Shift+P",),
            "image",
            some,
            words="svg png export light print",
        ),
    ]
