"""The list of datasets at the left of the Data place: by category, with a search."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QWidget

from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import clear, column, heading, label, panel, row, scroll, set_property
from nnstudio.gui.widgets.painted import Bar
from nnstudio.registry import Registry
from nnstudio.specs import DatasetSpec, describe


def matches(spec: DatasetSpec, text: str) -> bool:
    """Do all words of `text` occur in what the dataset is called or said to be?"""
    words = " ".join((spec.title, spec.category, spec.task, *spec.aliases, describe(spec.params)[0])).lower()
    return all(word in words for word in text.lower().split())


def brief(sentence: str) -> str:
    """The first clause of a sentence: what fits on a card."""
    return re.split(r"[:,(]| by | from | in ", sentence, maxsplit=1)[0].strip()


class DatasetCard(QFrame):
    """One dataset to choose."""

    chosen = Signal(str)

    def __init__(self, spec: DatasetSpec) -> None:
        super().__init__()
        self.setProperty("role", "card")
        set_property(self, "clickable", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.spec = spec
        sentence = describe(spec.params)[0]
        self.setAccessibleName(spec.title)
        self.setAccessibleDescription(sentence)
        self.setToolTip(sentence)
        clause = label(brief(sentence), "caption")
        clause.setMinimumWidth(1)
        words = column(None, label(spec.title, "strong"), clause, gap="space_xxs")
        layout = row(self, Bar("category.data", "control"), words, margin="space_s", gap="space_m")
        layout.setStretch(1, 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.spec.id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.chosen.emit(self.spec.id)
        else:
            super().keyPressEvent(event)


class DatasetList(QWidget):
    """`chosen(id)`: a dataset was clicked."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cards: dict[str, DatasetCard] = {}
        self._headings: dict[str, QLabel] = {}
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search data"))
        self.search.setAccessibleName(tr("Search data"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self._none = label(
            tr("No dataset is called so. Your own files: “Your table” and “Your pictures”."), "muted", wrap=True
        )
        self._none.hide()
        content = panel()
        self._list = column(content, gap="space_s")
        layout = column(self, label(tr("Data"), "title"), self.search, scroll(content), gap="space_m")
        layout.setContentsMargins(theme.size("space_l"), theme.size("space_l"), theme.size("space_s"), 0)

    def show_registry(self, registry: Registry) -> None:
        clear(self._list)
        self.cards, self._headings = {}, {}
        by_category: dict[str, list[DatasetSpec]] = {}
        for spec in registry.datasets.values():
            by_category.setdefault(spec.category, []).append(spec)
        for category, specs in by_category.items():
            self._headings[category] = heading(tr(category))
            self._list.addWidget(self._headings[category])
            for spec in specs:
                card = DatasetCard(spec)
                card.chosen.connect(self.chosen)
                self.cards[spec.id] = card
                self._list.addWidget(card)
        self._none = label(self._none.text(), "muted", wrap=True)
        self._list.addWidget(self._none)
        self._list.addStretch(1)
        self._filter(self.search.text())

    def show_chosen(self, id: str) -> None:
        for card in self.cards.values():
            set_property(card, "chosen", "true" if card.spec.id == id else "false")

    def _filter(self, text: str) -> None:
        shown = {id for id, card in self.cards.items() if matches(card.spec, text)}
        for id, card in self.cards.items():
            card.setVisible(id in shown)
        for category, title in self._headings.items():
            title.setVisible(any(self.cards[id].spec.category == category for id in shown))
        self._none.setVisible(not shown)
