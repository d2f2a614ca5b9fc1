"""How are a frame's title and text written? In place, where they stand."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from nnstudio.gui.canvas.frame_paint import frame_rect, text_rect, title_rect
from nnstudio.gui.canvas.frames import FrameHit
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.name_field import NameField
from nnstudio.project.frames import changed

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

SMALLEST = (160, 28)  # of a field, however small the frame is shown
TEXT_HEIGHT = 72


class FrameEditor:
    """Two fields over the canvas, one of them shown at a time."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self.title = NameField(view)
        self.title.setAccessibleName(tr("Title of the frame"))
        self.title.named.connect(self._set_title)
        self.text = TextField(view)
        self.text.written.connect(self._set_text)

    def edit(self, hit: FrameHit) -> None:
        """What was double-clicked: the text where there is no title, else the title."""
        frame = self._view.frames.by_id[hit.id]
        if hit.part == "body" or (frame.text and not frame.title):
            self.edit_text(hit.id)
        else:
            self.edit_title(hit.id)

    def edit_title(self, id: str) -> None:
        view = self._view
        area = title_rect(frame_rect(view.frames.box(id), view.camera), view.camera.zoom)
        area.setWidth(max(SMALLEST[0], min(area.width(), view.width() - area.left())))
        area.setHeight(max(SMALLEST[1], area.height()))
        self.title.edit(id, view.frames.by_id[id].title, tr("Title"), area)

    def edit_text(self, id: str) -> None:
        view, frame = self._view, self._view.frames.by_id[id]
        whole = frame_rect(view.frames.box(id), view.camera)
        area = text_rect(whole, view.camera.zoom, titled=bool(frame.title))
        area.setSize(area.size().expandedTo(QSizeF(SMALLEST[0], TEXT_HEIGHT)))
        self.text.setGeometry(area.toRect())
        self.text.edit(id, frame.text)

    def _set_title(self, id: str, title: str) -> None:
        self._change(id, title=title)

    def _set_text(self, id: str, text: str) -> None:
        self._change(id, text=text)

    def _change(self, id: str, **fields: Any) -> None:
        view = self._view
        if id in view.frames.by_id:
            view.studio.scope.do(changed(view.studio.scope.here, id, **fields))
            view.studio.document.end_merge()


class TextField(QPlainTextEdit):
    """Ctrl+Enter or leaving takes the text, Esc leaves all as it was."""

    written = Signal(str, str)  # frame, text

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._id = ""
        self.setAccessibleName(tr("Text of the frame"))
        self.setPlaceholderText(tr("What is to be known of this part"))
        self.hide()

    def edit(self, id: str, text: str) -> None:
        self._id = id
        self.setFont(theme.font("body"))
        self.setPlainText(text)
        self.show()
        self.selectAll()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Escape:
            self._id = ""
            self._close()
        elif control and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._take()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._take()

    def _take(self) -> None:
        id, self._id = self._id, ""
        if id:
            self.written.emit(id, self.toPlainText())
        self._close()

    def _close(self) -> None:
        if self.isVisible():
            self.hide()
            parent = self.parentWidget()
            if parent is not None:
                parent.setFocus(Qt.FocusReason.OtherFocusReason)
