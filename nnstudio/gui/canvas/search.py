"""Which node do you want here? A field and a list at the pointer: type, arrows, Enter."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QModelIndex, QPointF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QLineEdit, QListView, QWidget

from nnstudio.gui.announce import tell_current
from nnstudio.gui.fuzzy import rank
from nnstudio.gui.library.offered import SECTIONS
from nnstudio.gui.library.panel import LayerDelegate, LayerModel, layer_words
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label
from nnstudio.project.graph import Slot, Source, Wire
from nnstudio.specs import LayerSpec

WIDTH, ROWS = 248, 9


@dataclass(frozen=True)
class Place:
    """Where the chosen node goes: its top left in the plane, and what it is wired to."""

    at: tuple[float, float]
    source: Source | None = None
    target: Slot | None = None
    wire: Wire | None = None  # that it is let into


class FoundModel(LayerModel):
    """Layers by category, those placed last before all others."""

    def show_all(self, recent: Sequence[LayerSpec], specs: Sequence[LayerSpec]) -> None:
        self.beginResetModel()
        self.rows = [tr("Recent"), *recent] if recent else []
        self.rows += self.sections(specs)
        self.endResetModel()


class SearchPopup(QFrame):
    """Opened for a place; `chosen` says which layer goes there."""

    chosen = Signal(str, object)  # a layer's id, Place

    def __init__(self, home: QWidget) -> None:
        super().__init__(home)
        self._home = home  # where it is opened, and where the focus goes back to
        self.setProperty("role", "overlay")
        self._specs: Sequence[LayerSpec] = ()
        self._recent: Sequence[LayerSpec] = ()
        self._place = Place((0.0, 0.0))
        self.field = SearchField(self, tr("Search nodes"))
        self.model = FoundModel(self)
        self.model.unfolded.update(SECTIONS)  # one searches for what is rare, too
        self.list = QListView()
        self.list.setModel(self.model)
        self.list.setItemDelegate(LayerDelegate(self.list))
        self.list.setMouseTracking(True)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName(tr("Nodes found"))
        self.nothing = label(tr("No node of that name"), "muted")
        self.hint = label("", "caption", wrap=True)
        column(self, self.field, self.hint, self.list, self.nothing, margin="space_s", gap="space_xs")
        self.field.textChanged.connect(self._fill)
        self.list.clicked.connect(self._choose)
        tell_current(self.list, self.field, self.nothing.text())
        self.hide()

    def open(
        self, at: QPointF, place: Place, specs: Sequence[LayerSpec], recent: Sequence[LayerSpec], hint: str
    ) -> None:
        """Show the search at `at` (of its home), offering `specs`, those of `recent` first."""
        self._specs, self._recent, self._place = specs, recent, place
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.field.clear()
        self.setFixedWidth(WIDTH)
        self._fill()
        placed_within(self, self._home, at)
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def _fill(self) -> None:
        query = self.field.text()
        if query.strip():
            first = [*self._recent, *(spec for spec in self._specs if spec not in self._recent)]
            self.model.show(rank(query, first, layer_words), grouped=False)  # of two that fit as well, the recent one
        else:
            self.model.show_all(self._recent, self._specs)
        self.list.setVisible(bool(self.model.rows))
        self.nothing.setVisible(not self.model.rows)
        self.list.setFixedHeight(min(ROWS, len(self.model.rows)) * theme.size("row"))
        self.adjustSize()
        self._select_from(0, 1)

    def step(self, by: int) -> None:
        """To the next layer, headings left out."""
        self._select_from(self.list.currentIndex().row() + by, by)

    def _select_from(self, row: int, by: int) -> None:
        while 0 <= row < len(self.model.rows) and isinstance(self.model.rows[row], str):
            row += by
        if 0 <= row < len(self.model.rows):
            self.list.setCurrentIndex(self.model.index(row, 0))

    def choose_current(self) -> None:
        self._choose(self.list.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        spec = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        if isinstance(spec, LayerSpec):
            self.close_search()
            self.chosen.emit(spec.id, self._place)

    def close_search(self) -> None:
        if self.isVisible():
            self.hide()
            self._home.setFocus(Qt.FocusReason.OtherFocusReason)


class Narrowed(Protocol):
    """A popup with a list that a `SearchField` narrows down."""

    def step(self, by: int) -> None: ...
    def choose_current(self) -> None: ...
    def close_search(self) -> None: ...


class SearchField(QLineEdit):
    """Arrows and Tab move in the popup's list, Enter takes, Esc or leaving closes it."""

    def __init__(self, popup: Narrowed, hint: str) -> None:
        super().__init__()
        self._popup = popup
        self.setPlaceholderText(hint)
        self.setAccessibleName(hint)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            self._popup.step(1 if key == Qt.Key.Key_Down else -1)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._popup.choose_current()
        elif key == Qt.Key.Key_Escape:
            self._popup.close_search()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        self._popup.step(1 if next else -1)
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.ActiveWindowFocusReason:
            self._popup.close_search()


def placed_within(popup: QWidget, home: QWidget, at: QPointF) -> None:
    """Show `popup` at `at` of `home`, moved so far that all of it is within the window; it may be larger than `home`."""
    window, gap = home.window(), theme.size("space_xs")
    if popup.parentWidget() is not window:
        popup.setParent(window)
    popup.adjustSize()
    spot = home.mapTo(window, at.toPoint())
    x = max(gap, min(spot.x(), window.width() - popup.width() - gap))
    y = max(gap, min(spot.y(), window.height() - popup.height() - gap))
    popup.move(x, y)
    popup.show()
    popup.raise_()
