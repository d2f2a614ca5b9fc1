"""Search field and list of layers by category."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QAction, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QLineEdit,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from nnstudio.gui.fuzzy import rank
from nnstudio.gui.library.block_menu import block_menu
from nnstudio.gui.library.kept import rename_kept
from nnstudio.gui.library.offered import SECTIONS, offered, section, section_title
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import column, label, row
from nnstudio.gui.widgets.name_field import NameField
from nnstudio.project.block_definition import set_field
from nnstudio.project.block_library import KEPT
from nnstudio.project.blocks import PREFIX
from nnstudio.project.placing import place
from nnstudio.specs import LayerSpec, describe

LAYER_MIME = "application/x-nnstudio-layer"
Index = QModelIndex | QPersistentModelIndex


def layer_words(spec: LayerSpec) -> tuple[str, ...]:
    """What a layer is found by: its title, then its other names."""
    return (spec.title, *spec.aliases, spec.id.rpartition(".")[2], section_title(section(spec)))


@dataclass(frozen=True)
class More:
    """A row that unfolds the rarer layers of a section."""

    section: str
    count: int


Row = str | LayerSpec | More


def is_folded(spec: LayerSpec, titles: set[str]) -> bool:
    """Is it rare, the 1-D or 3-D form of another layer, or an adaptive one of it? These are folded away until asked for."""
    if spec.rare:
        return True
    base = spec.title.removesuffix(" 1d").removesuffix(" 3d")
    return (base != spec.title and (base in titles or f"{base} 2d" in titles)) or spec.title.startswith("Adaptive ")


class LayerModel(QAbstractListModel):
    """Headings (texts), layers (specs) and, where `folds`, unfolding rows, in the order they are shown."""

    def __init__(self, parent: QObject | None = None, *, folds: bool = False) -> None:
        super().__init__(parent)
        self.folds = folds
        self.rows: list[Row] = []
        self.unfolded: set[str] = set()

    def show(self, specs: Sequence[LayerSpec], *, grouped: bool) -> None:
        self.beginResetModel()
        self.rows = []
        self.rows += self.sections(specs) if grouped else specs
        self.endResetModel()

    def sections(self, specs: Sequence[LayerSpec]) -> list[Row]:
        """Under their headings, in the order of the library."""
        members: dict[str, list[LayerSpec]] = {}
        for spec in specs:
            members.setdefault(section(spec), []).append(spec)
        return [row for name in SECTIONS if name in members for row in self._section(name, members[name])]

    def _section(self, name: str, members: list[LayerSpec]) -> list[Row]:
        titles = {spec.title for spec in members}
        folds = self.folds and name not in self.unfolded
        folded = [spec for spec in members if is_folded(spec, titles)] if folds else []
        rows: list[Row] = [section_title(name), *(spec for spec in members if spec not in folded)]
        return [*rows, More(name, len(folded))] if folded else rows

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        item = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return item if isinstance(item, str) else item.title if isinstance(item, LayerSpec) else more_title(item)
        if role == Qt.ItemDataRole.ToolTipRole and isinstance(item, LayerSpec):
            return describe(item.params)[0] or item.title
        if role == Qt.ItemDataRole.UserRole:
            return item
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        usable = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usable | Qt.ItemFlag.ItemIsDragEnabled if isinstance(self.rows[index.row()], LayerSpec) else usable

    def mimeTypes(self) -> list[str]:
        return [LAYER_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        for index in indexes:
            item = self.rows[index.row()]
            if isinstance(item, LayerSpec):
                data.setData(LAYER_MIME, QByteArray(item.id.encode()))
                data.setText(item.title)
        return data


def more_title(more: More) -> str:
    return tr("{count} more …", count=more.count)


class LayerDelegate(QStyledItemDelegate):
    """A heading in small capitals, or a square in the category's colour and the title."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.marked = ""  # the id of the selected node's kind

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = isinstance(index.data(Qt.ItemDataRole.UserRole), str)
        extra = theme.size("space_xs") if heading and index.row() else 0
        return QSize(theme.size("row"), theme.size("row") + extra)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        item = index.data(Qt.ItemDataRole.UserRole)
        area = QRectF(option.rect)  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        margin = theme.size("space_s")
        if isinstance(item, str):
            painter.setFont(theme.font("caption", "semibold"))
            painter.setPen(theme.color("muted"))
            bottom = area.adjusted(margin, area.height() - theme.size("row"), 0, 0)
            painter.drawText(bottom, middle, item.upper())
        else:
            marked = isinstance(item, LayerSpec) and item.id == self.marked
            if marked or state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_Selected):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("selected" if marked else "hover"))
                radius = theme.size("radius_field")
                painter.drawRoundedRect(area.adjusted(2, 1, -2, -1), radius, radius)
            inner = area.adjusted(margin + 2, 0, 0, 0)
            if isinstance(item, LayerSpec):
                headed = isinstance(index.sibling(0, 0).data(Qt.ItemDataRole.UserRole), str)
                kept = "" if headed or not item.id.startswith(KEPT) else section_title(section(item))
                self._paint_layer(painter, inner, item, middle, kept)
            else:
                painter.setFont(theme.font("body"))
                painter.setPen(theme.color("muted"))
                painter.drawText(inner.adjusted(2 * margin + 1, 0, 0, 0), middle, more_title(item))
        painter.restore()

    def _paint_layer(
        self, painter: QPainter, area: QRectF, spec: LayerSpec, flags: Qt.AlignmentFlag, kept: str
    ) -> None:
        side = theme.size("space_s") + 1
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.category(spec.category))
        corner = QPointF(area.left(), area.center().y() - side / 2)
        painter.drawRoundedRect(QRectF(corner.x(), corner.y(), side, side), 2.5, 2.5)
        painter.setPen(theme.color("text"))
        painter.setFont(theme.font("control"))
        words = area.adjusted(side + theme.size("space_s"), 0, -theme.size("space_s"), 0)
        painter.drawText(words, flags, spec.title)
        if kept:
            painter.setFont(theme.font("caption"))
            painter.setPen(theme.color("muted"))
            painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, kept)


class SearchField(QLineEdit):
    """Up, down and Enter go to the list while one types; Escape empties it."""

    def __init__(self, list_view: QListView) -> None:
        super().__init__()
        self._list = list_view
        self.setPlaceholderText(tr("Search nodes"))
        self.setAccessibleName(tr("Search nodes"))
        self.setClearButtonEnabled(False)
        self.setMinimumHeight(theme.size("control") + theme.size("space_xs"))
        self._glass = QAction(self)  # made here: of one that Qt makes, Python loses hold when its address is used again
        self.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        follow_theme(self, lambda: self._glass.setIcon(theme.icon("search")))
        self._hint = label(tr("Tab"), "caption")
        self._hint.setToolTip(tr("Tab on the canvas searches right where you are"))
        row(self, None, self._hint, gap="")
        self.layout().setContentsMargins(0, 0, theme.size("space_s"), 0)  # pyright: ignore[reportOptionalMemberAccess]
        self.textChanged.connect(self._show_hint)

    def _show_hint(self, text: str) -> None:
        self._hint.setVisible(not text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Down, Qt.Key.Key_Up}:
            step = 1 if event.key() == Qt.Key.Key_Down else -1
            target = self._list.currentIndex().row() + step
            self._list.setCurrentIndex(self._list.model().index(max(0, target), 0))
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._list.activated.emit(self._list.currentIndex())
        elif event.key() == Qt.Key.Key_Escape:
            self.clear()
        else:
            super().keyPressEvent(event)


class Library(QFrame):
    """Search, drag, double-click or Enter: a layer comes onto the canvas."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._studio = studio
        self._told = False
        self.model = LayerModel(self, folds=True)
        self.view = QListView()
        self._delegate = LayerDelegate(self.view)
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.view.setMouseTracking(True)
        self.view.setDragEnabled(True)
        self.view.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setAccessibleName(tr("Nodes"))
        self.view.activated.connect(self._add)  # by double-click or Enter
        self.view.clicked.connect(self._unfold)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._open_menu)
        self._title = NameField(self.view.viewport())
        self._title.setAccessibleName(tr("Name of the block"))
        self._title.named.connect(self._rename)
        self.search = SearchField(self.view)
        self.search.textChanged.connect(self._fill)
        column(self, self.search, self.view, margin="space_m")
        studio.registry_changed.connect(self._fill)
        studio.scope.changed.connect(self._fill)
        studio.project_opened.connect(self._fill)
        studio.selection_changed.connect(self._mark)
        theme.changed.connect(self.view.viewport().update)
        self._fill()

    def showEvent(self, event: QShowEvent) -> None:
        """What is wrong with files of kept blocks is said once, when it can be seen."""
        if not self._told:
            self._told = True
            self._studio.say_all(self._studio.library.problems)

    def _fill(self) -> None:
        query = self.search.text()
        self.model.show(rank(query, offered(self._studio), layer_words), grouped=not query.strip())
        if query.strip() and self.model.rows:
            self.view.setCurrentIndex(self.model.index(0, 0))

    def _mark(self, selection: tuple[str, ...]) -> None:
        nodes = self._studio.scope.graph.nodes
        self._delegate.marked = nodes[selection[0]].type if len(selection) == 1 else ""
        self.view.viewport().update()

    def _add(self, index: QModelIndex) -> None:
        spec = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        if isinstance(spec, LayerSpec):
            add_layer(self._studio, spec.id)
        else:
            self._unfold(index)

    def _open_menu(self, at: QPoint) -> None:
        menu = self.menu_at(at)
        if menu is not None:
            menu.popup(self.view.viewport().mapToGlobal(at))

    def menu_at(self, at: QPoint) -> QMenu | None:
        """What can be done with the block at `at` of the list: rename, keep, share, delete; None for any other layer."""
        index = self.view.indexAt(at)
        spec = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        if not isinstance(spec, LayerSpec):
            return None
        area = QRectF(self.view.visualRect(index))
        return block_menu(self._studio, spec, self, lambda: self._title.edit(spec.id, spec.title, spec.title, area))

    def _rename(self, type: str, title: str) -> None:
        kept, block = self._studio.library.get(type), type.removeprefix(PREFIX)
        if kept is not None:
            rename_kept(self._studio, kept, title)
        elif title and block in self._studio.project.blocks:
            self._studio.do(set_field(self._studio.project, block, "title", title))
            self._studio.document.end_merge()

    def _unfold(self, index: QModelIndex) -> None:
        more = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        if isinstance(more, More):
            self.model.unfolded.add(more.section)
            self._fill()


def add_layer(studio: Studio, type: str) -> None:
    """Behind the selected node, wired where that is possible; then it is the selected one, and in view."""
    found = place(studio.scope.here, studio.registry, type, after=studio.selection, sizes=studio.node_sizes())
    if found is not None:
        edit, id = found
        studio.scope.do(edit, [id])
        studio.scope.revealed.emit(id)
