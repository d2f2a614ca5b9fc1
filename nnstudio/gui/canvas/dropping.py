"""What is dropped here? A layer of the library, into the wire it lies on; nodes or PyTorch code, as text or in a file."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QMimeData, QPointF, QRectF, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QPainter, QPen

from nnstudio.gui.canvas.clipboard import can_paste, paste_text
from nnstudio.gui.library.panel import LAYER_MIME
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project.graph import Wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

DROPPED = frozenset({".json", ".txt", ".py", ".md"})
"""Files whose text is pasted when they are dropped; projects (.nns) are opened by the window."""
LARGEST = 64 << 20  # bytes of a dropped file


class Dropping:
    """Hears what is dragged over the canvas from elsewhere. `ghost`: where a layer of the library is, if it is one."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self.ghost: QPointF | None = None
        self._wire: Wire | None = None  # the wire that the layer would be let into

    def over(self, event: QDragMoveEvent) -> bool:
        if event.mimeData().hasFormat(LAYER_MIME):
            self.ghost = event.position()
            self._wire = self._view.wire_under(event.position())
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._view.update()
        elif _takes(event.mimeData()):
            event.acceptProposedAction()
        else:
            event.ignore()
        return True

    def left(self, event: QEvent) -> bool:
        self._forget()
        return True

    def dropped(self, event: QDropEvent) -> bool:
        self._forget()
        view, mime, at = self._view, event.mimeData(), event.position()
        if mime.hasFormat(LAYER_MIME):
            view.drop_layer(bytes(mime.data(LAYER_MIME).data()).decode(errors="replace"), at)
        elif not _drop(view, mime, at):
            return True
        view.setFocus(Qt.FocusReason.MouseFocusReason)
        event.acceptProposedAction()
        return True

    def _forget(self) -> None:
        self.ghost = self._wire = None
        self._view.update()

    def paint(self, painter: QPainter) -> None:
        """Where the layer would lie, and the wire that would take it in."""
        if self.ghost is None:
            return
        view, zoom = self._view, self._view.camera.zoom
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._wire is not None and self._wire.target in view.scene.wire_row:
            view.input.hover.paint_wire(painter, view.scene.wire_row[self._wire.target], "wire_valid")
        half = QPointF(view.scene.width, view.scene.height) * zoom / 2
        painter.setPen(QPen(theme.color("accent"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("node", 0.6))
        radius = theme.size("radius_node") * zoom
        painter.drawRoundedRect(QRectF(self.ghost - half, self.ghost + half), radius, radius)


def _takes(mime: QMimeData) -> bool:
    """Can what is dragged be dropped on the canvas? Text with nodes or code, or a file of such text."""
    return bool(_files(mime)) or (mime.hasText() and not mime.hasUrls() and can_paste(mime.text()))


def _drop(view: "CanvasView", mime: QMimeData, at: QPointF) -> bool:
    """Paste what is dropped at `at`; False where it cannot be."""
    files = _files(mime)
    if not files:
        return paste_text(view, mime.text(), at)
    try:
        if files[0].stat().st_size > LARGEST:
            raise OSError(tr("it is larger than {size} MB", size=LARGEST >> 20))
        text = files[0].read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        words = tr("'{file}' cannot be read: {reason}.", file=files[0].name, reason=error.strerror or str(error))
        view.studio.message.emit(words, "warning")
        return False
    if not can_paste(text):
        view.studio.message.emit(tr("'{file}' holds neither nodes nor PyTorch code.", file=files[0].name), "warning")
        return False
    return paste_text(view, text, at)


def _files(mime: QMimeData) -> list[Path]:
    paths = [Path(url.toLocalFile()) for url in mime.urls() if url.isLocalFile()]
    return [path for path in paths if path.suffix.lower() in DROPPED]
