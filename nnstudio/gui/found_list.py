"""The rows of what was found: the name, why it fits, and where it lies."""

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from nnstudio.gui.palette import paint_chosen
from nnstudio.gui.theme import theme
from nnstudio.project.find import Found

Index = QModelIndex | QPersistentModelIndex
MOST = 2000
"""So many are listed; the count says how many there are."""


class FoundModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.rows: tuple[Found, ...] = ()

    def show(self, rows: tuple[Found, ...]) -> None:
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return min(len(self.rows), MOST)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        found = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return found.title
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return ", ".join(part for part in (found.title, found.where, found.why) if part)
        return found if role == Qt.ItemDataRole.UserRole else None


class FoundDelegate(QStyledItemDelegate):
    """The name, why it fits, and at the right where it lies."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(theme.size("control"), theme.size("row"))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        found: Found = index.data(Qt.ItemDataRole.UserRole)
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        gap, side = theme.size("space_s"), theme.size("icon_size")
        if state & QStyle.StateFlag.State_Selected:
            paint_chosen(painter, area)
        icon = theme.pixmap("square" if found.frame else "box", "muted")
        painter.drawPixmap(area.topLeft().toPoint().x() + gap, round(area.center().y() - side / 2), icon)
        inner = area.adjusted(2 * gap + side, 0, -gap, 0)
        painter.setFont(theme.font("control"))
        painter.setPen(theme.color("text"))
        metrics = painter.fontMetrics()
        title = metrics.elidedText(found.title, Qt.TextElideMode.ElideRight, round(inner.width() * 0.4))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, title)
        painter.setFont(theme.font("caption"))
        painter.setPen(theme.color("muted"))
        small = painter.fontMetrics()
        where = small.elidedText(found.where, Qt.TextElideMode.ElideMiddle, round(inner.width() * 0.25))
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, where)
        left = metrics.horizontalAdvance(title) + gap
        room = inner.adjusted(left, 0, -small.horizontalAdvance(where) - gap, 0)
        why = small.elidedText(found.why, Qt.TextElideMode.ElideRight, round(max(0.0, room.width())))
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, why)
        painter.restore()
