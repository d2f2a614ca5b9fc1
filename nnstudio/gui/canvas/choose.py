"""Which of these? A field and a list on the canvas, for choices by keyboard: type, arrows, Enter; what is meant is shown meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPointF, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QWidget

from nnstudio.gui.announce import tell_current
from nnstudio.gui.canvas.search import ROWS, SearchField, placed_within
from nnstudio.gui.fuzzy import rank
from nnstudio.gui.palette import Choice, ChoiceDelegate, ChoiceModel
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label

WIDTH = 320


@dataclass(frozen=True)
class Pointed(Choice):
    """A choice that can be shown on the canvas while it is the current one."""

    show: Callable[[], object] = lambda: None


class ChoosePopup(QFrame):
    """Opened with some choices; the one that is taken runs."""

    def __init__(self, home: QWidget) -> None:
        super().__init__(home)
        self._home = home  # where it is opened, and where the focus goes back to
        self.setProperty("role", "overlay")
        self._all: Sequence[Pointed] = ()
        self._closed: Callable[[], object] = lambda: None
        self.field = SearchField(self, tr("Type to narrow down"))
        self.hint = label("", "caption", wrap=True)
        self.nothing = label(tr("Nothing of that name"), "muted")
        self.model = ChoiceModel(self)
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(ChoiceDelegate(self.list))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column(self, self.field, self.hint, self.list, self.nothing, margin="space_s", gap="space_xs")
        self.field.textChanged.connect(self._fill)
        self.list.clicked.connect(self._choose)
        tell_current(self.list, self.field, self.nothing.text())
        self.hide()

    def open(
        self, at: QPointF, hint: str, choices: Sequence[Pointed], closed: Callable[[], object] = lambda: None
    ) -> None:
        """Show `choices` at `at` (of its home). closed: called when it closes, whichever way."""
        self.close_search()
        self._all, self._closed = choices, closed
        self.hint.setText(hint)
        self.list.setAccessibleName(hint)
        self.field.clear()
        self.setFixedWidth(WIDTH)
        line = theme.size("control") + theme.size("space_xs")
        self.list.setFixedHeight(min(ROWS, max(1, len(choices))) * line + 2)
        self._fill()
        placed_within(self, self._home, at)
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self) -> None:
        self.model.show(rank(self.field.text(), self._all, lambda choice: (choice.title, *choice.words)))
        found = bool(self.model.rows)
        self.list.setVisible(found)
        self.nothing.setVisible(not found)
        if found:
            self._go_to(0)

    def step(self, by: int) -> None:
        if self.model.rows:
            self._go_to((self.list.currentIndex().row() + by) % len(self.model.rows))

    def _go_to(self, row: int) -> None:
        self.list.setCurrentIndex(self.model.index(row, 0))
        choice = self.model.rows[row]
        if isinstance(choice, Pointed):
            choice.show()

    def choose_current(self) -> None:
        self._choose(self.list.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self.model.rows):
            choice = self.model.rows[index.row()]
            self.close_search()
            choice.run()

    def close_search(self) -> None:
        if self.isVisible():
            self.hide()
            self._closed()
            self._home.setFocus(Qt.FocusReason.OtherFocusReason)
