"""Where the cards of the dashboard lie, and where a dragged one would be put."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from nnstudio.gui.dashboard.arrangement import Place, drop_index, places
from nnstudio.gui.dashboard.card import ViewCard
from nnstudio.gui.theme import theme


class CardArea(QWidget):
    """Lays `cards()` out in rows that fill `room()`; grows downwards where they need more."""

    def __init__(self, cards: Callable[[], list[ViewCard]], room: Callable[[], tuple[int, int]]) -> None:
        super().__init__()
        self._cards = cards
        self._room = room
        self._drop: QRect | None = None

    def lay_out(self) -> None:
        cards, room = self._cards(), self._room()
        smallest = theme.size("library") - theme.size("space_xl"), theme.size("dashboard") // 2
        widths = [card.spec.width if card.spec else 1 for card in cards]
        found = places(widths, room, smallest=smallest, gap=theme.size("space_m"))
        for card, place in zip(cards, found, strict=True):
            card.setGeometry(QRect(*place))
        self.resize(room[0], max([room[1], *(place.y + place.height for place in found)]))

    def _index_at(self, at: QPoint) -> int:
        return drop_index([_place(card) for card in self._cards()], at.x(), at.y())

    def card_at(self, at: QPoint) -> ViewCard | None:
        """Before which card one that is let go at `at` is put; None: behind all."""
        cards, index = self._cards(), self._index_at(at)
        return cards[index] if index < len(cards) else None

    def show_drop(self, at: QPoint | None) -> None:
        """Mark where a card that is let go at the screen's `at` would be put; None: no longer."""
        self._drop = None
        cards = self._cards()
        local = self.mapFromGlobal(at) if at is not None else QPoint(-1, -1)
        if cards and self.rect().contains(local):
            index, gap = self._index_at(local), theme.size("space_m")
            rect = cards[min(index, len(cards) - 1)].geometry()
            x = rect.right() + 1 if index == len(cards) else rect.left() - gap
            self._drop = QRect(x, rect.top(), gap, rect.height())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._drop is None:
            return
        with QPainter(self) as painter:
            x = self._drop.center().x()
            painter.setPen(QPen(theme.color("accent"), theme.size("stroke_ring")))
            painter.drawLine(x, self._drop.top(), x, self._drop.bottom())


class CardScroll(QScrollArea):
    """Scrolls the area up and down where the cards need more than there is."""

    resized = Signal()

    def __init__(self, area: CardArea) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its cards are stops of the keyboard
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(area)
        self.viewport().setAutoFillBackground(False)
        area.setAutoFillBackground(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


def _place(card: ViewCard) -> Place:
    return Place(card.x(), card.y(), card.width(), card.height())
