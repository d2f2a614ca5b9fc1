"""A field for words of several lines, and whose is Ctrl+Z while one is in a field?"""

from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QPlainTextEdit

REDO = QKeySequence("Ctrl+Y"), QKeySequence("Ctrl+Shift+Z")


def left_to_project(event: QEvent, undo: bool, redo: bool) -> bool:
    """Is it the key of Undo or Redo, and the field has nothing of its own to take back (undo) or to do again (redo)?

    Qt's fields claim these keys even then, and the window would never hear of them. The event is then refused.
    """
    if event.type() not in {QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress} or not isinstance(event, QKeyEvent):
        return False
    pressed = QKeySequence(event.keyCombination())
    left = (event.matches(QKeySequence.StandardKey.Undo) and not undo) or (pressed in REDO and not redo)
    if left:
        event.ignore()
    return left


class TextEdit(QPlainTextEdit):
    """Tab leaves it. Ctrl+Z undoes what was typed here, and then what was done to the project."""

    def __init__(self) -> None:
        super().__init__()
        self.setTabChangesFocus(True)

    def event(self, event: QEvent) -> bool:
        own = self.document()
        if left_to_project(event, own.isUndoAvailable(), own.isRedoAvailable()):
            return False
        return super().event(event)

    @property
    def untouched(self) -> bool:
        """Nothing was typed here that could be taken back: what it shows may be replaced."""
        return not self.document().isUndoAvailable()
