"""A note on a node: words for whoever reads the network, kept in its file."""

from PySide6.QtGui import QFocusEvent

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.text_edit import TextEdit
from nnstudio.project.several import set_fields


class NoteEdit(TextEdit):
    """Typing in a row is one step."""

    def __init__(self, studio: Studio, node: str) -> None:
        super().__init__()
        self._studio, self._node = studio, node
        self.setAccessibleName(tr("Note"))
        self.setPlaceholderText(tr("Why is it here? Shown on the node when the pointer rests on it."))
        self.setFixedHeight(2 * theme.size("control"))
        self.textChanged.connect(self._write)

    def show_note(self, note: str) -> None:
        if self.toPlainText() != note and (self.untouched or not self.hasFocus()):
            self.setPlainText(note)

    def _write(self) -> None:
        nodes = self._studio.scope.graph.nodes
        if self._node in nodes and nodes[self._node].note != self.toPlainText():
            here = self._studio.scope.here
            edit = set_fields(here, [self._node], tr("Note"), merge=f"note:{self._node}", note=self.toPlainText())
            self._studio.scope.do(edit)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._studio.document.end_merge()
