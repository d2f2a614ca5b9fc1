"""How are a frame's title and text written? In place, where they stand."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from nnstudio.gui.canvas.finder import lacking
from nnstudio.gui.canvas.frame_paint import frame_rect, text_rect, title_rect
from nnstudio.gui.canvas.frames import FrameHit
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import label
from nnstudio.gui.widgets.name_field import NameField
from nnstudio.project.boxes import Box
from nnstudio.project.frames import add, changed

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

NEW = "\0"  # in place of the id of a comment that is not there yet
SMALLEST = (160, 28)  # of a field, however small the frame is shown
SMALLEST_TEXT = (232, 96)
ROUND = 16.0  # pixels that are seen around the field


class FrameEditor:
    """Two fields over the canvas, one of them shown at a time."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self.title = NameField(view)
        self.title.setAccessibleName(tr("Title of the frame"))
        self.title.named.connect(self._set_title)
        self._new: Box = (0.0, 0.0, 0.0, 0.0)  # of the comment that is being written
        self.text = TextField(view)
        self.text.written.connect(self._set_text)

    def edit(self, hit: FrameHit) -> None:
        """What was double-clicked: the text where there is no title, else the title."""
        frame = self._view.frames.by_id[hit.id]
        if hit.part == "body" or (frame.text and not frame.title):
            self.edit_text(hit.id)
        else:
            self.edit_title(hit.id)

    def edit_title(self, id: str, *, new: bool = False) -> None:
        """new: the frame was made just now, and its title is of the same step."""
        view = self._view
        if not new:
            view.studio.document.end_merge()
        area = title_rect(frame_rect(view.frames.box(id), view.camera), view.camera.zoom)
        area.setWidth(max(SMALLEST[0], min(area.width(), view.width() - area.left())))
        area.setHeight(max(SMALLEST[1], area.height()))
        self.title.edit(id, view.frames.by_id[id].title, tr("Title"), area)

    def edit_text(self, id: str) -> None:
        frame = self._view.frames.by_id[id]
        self._write(id, frame.text, self._view.frames.box(id), titled=bool(frame.title))

    def write_comment(self, box: Box) -> None:
        """A frame with this box is made of the text, once there is one: one step, and none where nothing is written."""
        self._new = box
        self._write(NEW, "", box, titled=False)

    def _write(self, id: str, text: str, box: Box, *, titled: bool) -> None:
        """The view is panned as far as the field needs to be seen."""
        view = self._view
        area = self._text_area(box, titled=titled)
        lack = lacking(area.adjusted(-ROUND, -ROUND, ROUND, ROUND), view.rect().toRectF())
        if not lack.isNull():
            view.set_camera(view.whole_pan(view.camera, lack))
            area = self._text_area(box, titled=titled)
        self.text.setGeometry(area.toRect())
        self.text.edit(id, text)

    def _text_area(self, box: Box, *, titled: bool) -> QRectF:
        camera = self._view.camera
        area = text_rect(frame_rect(box, camera), camera.zoom, titled=titled)
        area.setSize(area.size().expandedTo(QSizeF(*SMALLEST_TEXT)))
        return area

    def _set_title(self, id: str, title: str) -> None:
        self._change(id, title=title)

    def _set_text(self, id: str, text: str) -> None:
        if id != NEW:
            self._change(id, text=text)
        elif text.strip():
            view = self._view
            edit, made = add(view.studio.scope.here, self._new, text=text)
            view.studio.select(())
            view.studio.scope.do(edit)
            view.studio.document.end_merge()
            view.select_frames([made])

    def _change(self, id: str, **fields: Any) -> None:
        view = self._view
        if id in view.frames.by_id:
            view.studio.scope.do(changed(view.studio.scope.here, id, **fields))
            view.studio.document.end_merge()


class TextField(QPlainTextEdit):
    """Ctrl+Enter or leaving takes the text, Esc leaves all as it was; a line below the text says so."""

    written = Signal(str, str)  # frame, text

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._id = ""
        self.setAccessibleName(tr("Text of the frame"))
        self.setTabChangesFocus(True)
        self.setPlaceholderText(tr("What is to be known of this part"))
        self._keys = label(tr("Ctrl+Enter: done · Esc: as it was"), "caption")
        self._keys.setParent(self)
        self.setAccessibleDescription(self._keys.text())
        self.hide()

    def edit(self, id: str, text: str) -> None:
        self._id = id
        self.setFont(theme.font("body"))
        self.setPlainText(text)
        self.show()
        self.selectAll()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = self._keys.sizeHint().height()
        self.setViewportMargins(0, 0, 0, height)
        line = self.contentsRect()
        self._keys.setGeometry(line.adjusted(theme.size("space_xs"), line.height() - height, 0, 0))

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
