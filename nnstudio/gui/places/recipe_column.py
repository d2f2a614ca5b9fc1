"""The column of cards: chosen by click and keys, several with Ctrl or Shift; moved within their list by drag or Alt+Up/Down."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from nnstudio.gui.places.recipe_cards import RecipeCard
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import column, label, row, set_property
from nnstudio.gui.widgets.painted import Bar, Elided, Toggle
from nnstudio.project.recipe_entries import field_of, in_list, index_of

DOTS = 3


class Grip(QWidget):
    """Three dots at the left edge: here a card can be taken and moved. Empty where it cannot."""

    def __init__(self) -> None:
        super().__init__()
        self.active = False
        self.setFixedWidth(theme.size("space_xs"))
        follow_theme(self, self.update)

    def set_active(self, active: bool) -> None:
        self.active = active
        self.setToolTip(tr("Drag to move it, or Alt+Up and Alt+Down") if active else "")
        self.setCursor(Qt.CursorShape.OpenHandCursor if active else Qt.CursorShape.PointingHandCursor)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.size("space_xs"), theme.size("control"))

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.active:
            return
        side, step = theme.size("space_xxs"), theme.size("space_s")
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("muted"))
            top = (self.height() - (DOTS - 1) * step - side) / 2
            for index in range(DOTS):
                painter.drawEllipse(QRectF((self.width() - side) / 2, top + index * step, side, side))


class CardView(QFrame):
    """One line of the recipe."""

    chosen = Signal(str, object)  # key, keyboard modifiers
    switched = Signal(str, bool)
    dragged = Signal(str, QPointF)  # key, where the pointer is on the screen
    dropped = Signal(str)
    menu_wanted = Signal(str, QPoint)

    def __init__(self, card: RecipeCard, on_key: Callable[["CardView", QKeyEvent], bool]) -> None:
        super().__init__()
        self._on_key = on_key
        self.setProperty("role", "card")
        set_property(self, "clickable", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.card = card
        self._pressed: QPointF | None = None
        self._dragging = False
        self.grip = Grip()
        self._bar = Bar(card.token, "control")
        self._label = label("", "caption")
        self._label.setFont(theme.font("caption", "semibold"))
        self._label.setFixedWidth(3 * theme.size("control") - theme.size("space_s"))
        self._title = Elided("control", "text", "semibold")
        self._detail = Elided("body")
        self.toggle = Toggle()
        self.toggle.clicked.connect(lambda: self.switched.emit(self.card.key, self.toggle.isChecked()))
        words = column(None, self._title, self._detail, gap="space_xs")
        layout = row(self, self.grip, self._bar, self._label, words, self.toggle, gap="space_m")
        side, top = theme.size("space_m"), theme.size("space_s") + theme.size("space_xxs")
        layout.setContentsMargins(theme.size("space_xs"), top, side, top)
        layout.setStretch(3, 1)
        layout.setAlignment(self._label, Qt.AlignmentFlag.AlignTop)
        self.show_card(card)

    def show_card(self, card: RecipeCard) -> None:
        self.card = card
        off = card.enabled is False
        self.grip.set_active(in_list(card.key))
        self._bar.set_token(card.token)
        self._label.setText(card.label)
        self._title.set_text(card.title, "muted" if off else "text")
        self._detail.set_text(card.detail)
        self.toggle.setVisible(card.enabled is not None)
        self.toggle.setChecked(bool(card.enabled))
        for widget in (self.toggle, self):
            widget.setAccessibleName(f"{card.label}: {card.title}")

    # ── mouse ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() is Qt.MouseButton.LeftButton:
            self._pressed = event.position() if in_list(self.card.key) else None
            self.chosen.emit(self.card.key, event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        moved = (event.position() - self._pressed).manhattanLength()
        if self._dragging or moved >= QApplication.startDragDistance():
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.dragged.emit(self.card.key, event.globalPosition())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        was_dragging, self._pressed, self._dragging = self._dragging, None, False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        if was_dragging:
            self.dropped.emit(self.card.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._on_key(self, event):
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_wanted.emit(self.card.key, event.globalPos())


class CardColumn(QWidget):
    """The cards, one below the other.

    `chosen(keys)`: the main one last; `switched(key, on)`; `moved(key, index in its list)`; `menu_wanted(point on the screen)`.
    keys: is offered every key that is not the column's own.
    """

    chosen = Signal(tuple)
    switched = Signal(str, bool)
    moved = Signal(str, int)
    menu_wanted = Signal(QPoint)

    def __init__(self, keys: Callable[[QKeyEvent], bool]) -> None:
        super().__init__()
        self._keys = keys
        self.views: list[CardView] = []
        self.selection: tuple[str, ...] = ()
        self._drop_to: int | None = None
        self._marker = QFrame(self)
        self._marker.setProperty("role", "marker")
        self._marker.hide()
        self._layout: QVBoxLayout = column(self)

    def show_cards(self, cards: Sequence[RecipeCard], selection: tuple[str, ...]) -> None:
        """These cards, those of `selection` framed."""
        if [view.card.key for view in self.views] != [card.key for card in cards]:
            self._rebuild(cards)
        self.selection = selection
        for view, card in zip(self.views, cards, strict=True):
            view.show_card(card)
            set_property(view, "chosen", "true" if card.key in selection else "false")

    def _rebuild(self, cards: Sequence[RecipeCard]) -> None:
        focused = next((view.card.key for view in self.views if view.hasFocus()), None)
        kept = {view.card.key: view for view in self.views}
        wanted = {card.key for card in cards}
        for key, view in kept.items():
            if key not in wanted:
                self._layout.removeWidget(view)
                view.hide()
                view.deleteLater()
        self.views = [kept.get(card.key) or self._make(card) for card in cards]
        for index, view in enumerate(self.views):
            if self._layout.indexOf(view) != index:
                self._layout.insertWidget(index, view)
        if focused is not None and focused not in wanted and self.views:
            self.views[0].setFocus()

    def _make(self, card: RecipeCard) -> CardView:
        view = CardView(card, self._key)
        view.chosen.connect(self._choose)
        view.switched.connect(self.switched)
        view.dragged.connect(self._drag)
        view.dropped.connect(self._drop)
        view.menu_wanted.connect(self._want_menu)
        return view

    def view(self, key: str) -> CardView | None:
        return next((view for view in self.views if view.card.key == key), None)

    # ── choosing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _choose(self, key: str, modifiers: Qt.KeyboardModifier) -> None:
        keys = [view.card.key for view in self.views]
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            rest = tuple(other for other in self.selection if other != key)
            self.chosen.emit(rest if key in self.selection and rest else (*rest, key))
        elif modifiers & Qt.KeyboardModifier.ShiftModifier and self.selection and self.selection[-1] in keys:
            first, last = sorted((keys.index(self.selection[-1]), keys.index(key)))
            span = [other for other in keys[first : last + 1] if other != key]
            self.chosen.emit((*span, key))
        elif key not in self.selection or len(self.selection) > 1:
            self.chosen.emit((key,))

    def _want_menu(self, key: str, at: QPoint) -> None:
        if key not in self.selection:
            self.chosen.emit((key,))
        self.menu_wanted.emit(at)

    def _key(self, view: CardView, event: QKeyEvent) -> bool:
        """Up and Down: another card; Alt with them: move it; Space and Enter: choose, or switch what is chosen."""
        alt = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
        if step and alt:
            self._move_by(view.card.key, step)
        elif step:
            to = self.views[min(max(self.views.index(view) + step, 0), len(self.views) - 1)]
            to.setFocus(Qt.FocusReason.TabFocusReason)
            self._choose(to.card.key, event.modifiers())
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            if view.card.key in self.selection and view.card.enabled is not None:
                self.switched.emit(view.card.key, not view.card.enabled)
            self._choose(view.card.key, event.modifiers())
        else:
            return self._keys(event)
        return True

    # ── moving ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _siblings(self, key: str) -> list[CardView]:
        return [view for view in self.views if in_list(view.card.key) and field_of(view.card.key) == field_of(key)]

    def _move_by(self, key: str, step: int) -> None:
        index, count = index_of(key), len(self._siblings(key))
        if index is not None and 0 <= index + step < count:
            self.moved.emit(key, index + step)
            if (view := self.view(f"{field_of(key)}.{index + step}")) is not None:
                view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _drag(self, key: str, at: QPointF) -> None:
        """A line shows between which cards of its list the card would come to stand."""
        y = self.mapFromGlobal(at).y()
        siblings = self._siblings(key)
        before = sum(view.geometry().center().y() < y for view in siblings)
        index = index_of(key) or 0
        self._drop_to = before - 1 if before > index else before
        edge = siblings[before].geometry().top() if before < len(siblings) else siblings[-1].geometry().bottom()
        gap, thick = theme.size("space_s") // 2, theme.size("stroke_ring")
        top = edge - gap - thick // 2 if before < len(siblings) else edge + gap
        self._marker.setGeometry(0, top, self.width(), thick)
        self._marker.setVisible(self._drop_to != index)
        self._marker.raise_()

    def _drop(self, key: str) -> None:
        self._marker.hide()
        if self._drop_to is not None and self._drop_to != index_of(key):
            self.moved.emit(key, self._drop_to)
        self._drop_to = None
