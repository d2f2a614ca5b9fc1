"""A name that is taken when one leaves its field."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from nnstudio.gui.inspector.points_edit import ValueEdit


class NameEdit(ValueEdit):
    """`take(text)` once typing is over, where something was typed."""

    def __init__(self, words: str, take: Callable[[str], object]) -> None:
        super().__init__()
        self.setAccessibleName(words)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self._take, self._typed = take, False
        self.textEdited.connect(self._touched)
        self.editingFinished.connect(self._done)

    def show_text(self, text: str) -> None:
        if not self.typing:
            self.setText(text)

    def _touched(self, text: str) -> None:
        self._typed = text != self.before

    def _done(self) -> None:
        if self._typed:
            self._typed = False
            self._take(self.text().strip())
