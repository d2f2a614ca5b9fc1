"""The list of datasets at the left of the Data place: by category, with a search."""

import re

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import clear, column, heading, label, panel, row, scroll
from nnstudio.gui.widgets.option_card import OptionCard, in_tab_order, shown_cards
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


class DatasetCard(OptionCard):
    """One dataset to choose."""

    def __init__(self, spec: DatasetSpec) -> None:
        sentence = describe(spec.params)[0]
        super().__init__(spec.title, sentence)
        self.spec = spec
        self.setToolTip(sentence)
        clause = label(brief(sentence), "caption")
        clause.setMinimumWidth(1)
        words = column(None, label(spec.title, "strong"), clause, gap="space_xxs")
        layout = row(self, Bar("category.data", "control"), words, margin="space_s", gap="space_m")
        layout.setStretch(1, 1)


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
        self.search.returnPressed.connect(self._take_first)
        self._none = label(
            tr("No dataset is called so. Your own files: “Your table” and “Your pictures”."), "muted", wrap=True
        )
        self._none.hide()
        self._content = panel()
        self._list = column(self._content, gap="space_s")
        layout = column(self, label(tr("Data"), "title"), self.search, scroll(self._content), gap="space_m")
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
                card.clicked.connect(lambda _=False, id=spec.id: self.chosen.emit(id))
                self.cards[spec.id] = card
                self._list.addWidget(card)
        self._none = label(self._none.text(), "muted", wrap=True)
        self._list.addWidget(self._none)
        self._list.addStretch(1)
        in_tab_order(self.search, self.cards.values())
        self._filter(self.search.text())

    def show_chosen(self, id: str) -> None:
        for card in self.cards.values():
            card.set_chosen(card.spec.id == id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Down from the search, which has no use for it: to the first that is shown."""
        first = next(iter(shown_cards(self._content)), None)
        if event.key() == Qt.Key.Key_Down and self.search.hasFocus() and first is not None:
            first.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)

    def _take_first(self) -> None:
        """Enter in the search: what it found, at the top."""
        if self.search.text().strip() and (first := next(iter(shown_cards(self._content)), None)) is not None:
            first.click()

    def _filter(self, text: str) -> None:
        shown = {id for id, card in self.cards.items() if matches(card.spec, text)}
        for id, card in self.cards.items():
            card.setVisible(id in shown)
            card.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # perhaps the one that Tab came to is hidden now
        for category, title in self._headings.items():
            title.setVisible(any(self.cards[id].spec.category == category for id in shown))
        self._none.setVisible(not shown)
