"""A name typed in place: on a node, a frame, a row of a list."""

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project.lengths import MAX_NAME


class NameField(QLineEdit):
    """Enter or leaving takes the name, Esc leaves all as it was."""

    named = Signal(str, str)  # what is named, name

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._node = ""
        self.setMaxLength(MAX_NAME)
        self.setAccessibleName(tr("Name of the node"))
        self.returnPressed.connect(self._take)
        self.hide()

    def edit(self, node: str, name: str, hint: str, area: QRectF) -> None:
        self._node = node
        self.setText(name)
        self.setPlaceholderText(hint)
        self.setFont(theme.font("control", "semibold"))
        self.setGeometry(area.toRect())
        self.show()
        self.selectAll()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take(self) -> None:
        node, self._node = self._node, ""
        if node:
            self.named.emit(node, self.text().strip())
        self._close()

    def _close(self) -> None:
        self._node = ""
        if self.isVisible():
            self.hide()
            parent = self.parentWidget()
            if parent is not None:
                parent.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._close()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._take()
