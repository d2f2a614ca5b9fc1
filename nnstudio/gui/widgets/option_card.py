"""One of several things to choose from, as a card: for a screen reader a radio button, chosen or not."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from nnstudio.gui.widgets.basics import set_property

STEPS = {Qt.Key.Key_Up: -1, Qt.Key.Key_Left: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_Right: 1}


class OptionCard(QAbstractButton):
    """`clicked`: it is wanted, by click, Enter or Space; whoever made it says what is chosen.

    Tab comes to all of them as to one, where the focus was last; arrows go from one to the next, and choose nothing.
    """

    def __init__(self, title: str, sentence: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        set_property(self, "clickable", "true")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)

    def set_chosen(self, chosen: bool) -> None:
        set_property(self, "chosen", "true" if chosen else "false")
        self.setAutoExclusive(False)  # else the last one could not be taken back
        self.setChecked(chosen)
        self.setAutoExclusive(True)

    def nextCheckState(self) -> None:
        """A click asks; it does not choose."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """The stylesheet paints it."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()), 0)
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.click()
        elif step:
            self._go(step)
        else:
            super().keyPressEvent(event)

    def _go(self, step: int) -> None:
        """To the neighbour; up from the first as Shift+Tab would."""
        holder = self.parentWidget()
        cards = shown_cards(holder) if holder is not None else [self]
        to = cards.index(self) + step
        if to < 0:
            self.focusNextPrevChild(False)
        elif to < len(cards):
            cards[to].setFocus(Qt.FocusReason.TabFocusReason)


def shown_cards(holder: QWidget) -> list[OptionCard]:
    """From the top down."""
    cards = holder.findChildren(OptionCard, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return sorted((card for card in cards if card.isVisibleTo(holder)), key=lambda card: card.y())


def in_tab_order(before: QWidget, cards: Iterable[OptionCard]) -> None:
    """Tab goes from `before` to the first card, and on in this order."""
    for card in cards:
        QWidget.setTabOrder(before, card)
        before = card
