"""All commands, layers, examples and settings in one searchable overlay (Ctrl+K). Not modal: a click beside it closes it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)
from shiboken6 import isValid

from nnstudio.gui.announce import tell_current
from nnstudio.gui.fuzzy import rank
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column

Index = QModelIndex | QPersistentModelIndex
ROWS = 12


@dataclass(frozen=True)
class Choice:
    """One line: what it is called, a word at the right (group or shortcut), and what choosing it does."""

    title: str
    hint: str
    run: Callable[[], object]
    words: tuple[str, ...] = ()
    icon: str = ""
    enabled: bool = True


class ChoiceModel(QAbstractListModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.rows: Sequence[Choice] = ()

    def show(self, rows: Sequence[Choice]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        choice = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return choice.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            possible = "" if choice.enabled else tr("not possible now")
            return ", ".join(part for part in (choice.title, choice.hint, possible) if part)
        return choice if role == Qt.ItemDataRole.UserRole else None


def paint_chosen(painter: QPainter, area: QRectF) -> None:
    """The ground of the chosen row of a list."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("accent_soft"))
    painter.drawRoundedRect(area, theme.size("radius_field"), theme.size("radius_field"))


class ChoiceDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.size("control"), theme.size("control") + theme.size("space_xs"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        choice: Choice = index.data(Qt.ItemDataRole.UserRole)
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        gap, side = theme.size("space_s"), theme.size("icon_size")
        if state & QStyle.StateFlag.State_Selected:
            paint_chosen(painter, area)
        if choice.icon:
            spot = area.topLeft()
            spot.setX(spot.x() + gap)
            spot.setY(area.center().y() - side / 2)
            painter.drawPixmap(spot, theme.pixmap(choice.icon, "muted"))
        painter.setPen(theme.color("text" if choice.enabled else "disabled"))
        painter.setFont(theme.font("control"))
        inner = area.adjusted(2 * gap + side, 0, -gap, 0)
        hint = QFontMetricsF(theme.font("caption")).horizontalAdvance(choice.hint)
        room = inner.width() - (hint + gap if hint else 0)
        title = QFontMetricsF(theme.font("control")).elidedText(choice.title, Qt.TextElideMode.ElideRight, room)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, title)
        painter.setPen(theme.color("muted"))
        painter.setFont(theme.font("caption"))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, choice.hint)
        painter.restore()


class Palette(QFrame):
    """An overlay on `window`. `choices()` is asked each time it opens."""

    def __init__(self, window: QWidget, choices: Callable[[], Sequence[Choice]]) -> None:
        super().__init__(window)
        self.setProperty("role", "overlay")
        self._window = window
        self._choices = choices
        self._all: Sequence[Choice] = ()
        self._before: QWidget | None = None  # to whom the focus goes back
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Type a command, a layer, an example …"))
        self.search.setAccessibleName(tr("Search commands"))
        self.search.setMinimumHeight(theme.size("control") + theme.size("space_s"))
        self.model = ChoiceModel(self)
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(ChoiceDelegate(self.view))
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.view.clicked.connect(self._run)
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        tell_current(self.view, self.search, tr("Nothing of that name"))
        column(self, self.search, self.view, margin="space_s")
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(theme.size("space_xl"))
        shadow.setOffset(0, theme.size("space_xs"))
        shadow.setColor(theme.color("shadow", theme.alpha("shadow")))
        self.setGraphicsEffect(shadow)
        self.hide()

    def open(self, text: str = "") -> None:
        """Show it in the upper middle of the window, ready to be typed into."""
        self._before = self._window.focusWidget()
        self._all = self._choices()
        self.search.setText(text)
        self._filter(text)
        self._place()
        self.show()
        self.raise_()
        self.search.setFocus()

    def _filter(self, text: str) -> None:
        self.model.show(rank(text, self._all, lambda choice: (choice.title, *choice.words)))
        self.view.setCurrentIndex(self.model.index(0, 0))
        self._place()

    def _place(self) -> None:
        """As high as its lines, in the upper middle of the window."""
        window = self._window
        gap, line = theme.size("space_s"), theme.size("control") + theme.size("space_xs")
        width = min(2 * theme.size("inspector"), window.width() - 2 * theme.size("space_xl"))
        rows = max(1, min(ROWS, self.model.rowCount()))
        height = min(rows * line + self.search.minimumHeight() + 3 * gap + 4, window.height() - theme.size("top_bar"))
        self.setGeometry((window.width() - width) // 2, theme.size("top_bar"), width, height)

    def _run(self, index: QModelIndex) -> None:
        if not index.isValid():
            return
        choice: Choice = index.data(Qt.ItemDataRole.UserRole)
        self.close_()
        if choice.enabled:
            choice.run()

    def close_(self) -> None:
        self.hide()
        before = self._before if self._before is not None and isValid(self._before) else self._window
        before.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key(event)
        return super().eventFilter(watched, event)

    def _step(self, by: int) -> None:
        rows = self.model.rowCount()
        if rows:
            self.view.setCurrentIndex(self.model.index((self.view.currentIndex().row() + by) % rows, 0))

    def _key(self, event: QKeyEvent) -> bool:
        match event.key():
            case Qt.Key.Key_Down | Qt.Key.Key_Tab:
                self._step(1)
            case Qt.Key.Key_Up | Qt.Key.Key_Backtab:
                self._step(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._run(self.view.currentIndex())
            case Qt.Key.Key_Escape:
                self.close_()
            case _:
                return False
        return True
