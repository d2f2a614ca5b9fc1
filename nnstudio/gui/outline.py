"""The network as a tree that keyboard and screen reader can walk: nodes in the order of flow, frames and blocks as branches."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    QTimer,
)
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QMenu, QTreeView, QWidget

from nnstudio.gui.problems_panel import SIGNS, severity_word
from nnstudio.gui.spoken import frame_words, node_words
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, heading, icon_button, row
from nnstudio.problems import Severity
from nnstudio.project.edits import Change, Edit, rename
from nnstudio.project.flat import drawn
from nnstudio.project.graph import Frame, Node
from nnstudio.project.outline import Path, Row, by_drawn, graph_at, planned, rows_of, title, walk

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class OutlineModel(QAbstractItemModel):
    """Rows of the project's graph; those of a block are made when it is opened. An edit that neither adds nor removes changes words alone."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.rows: list[Row] = []
        self._by_key: dict[tuple[Path, str], Row] = {}
        self._severities: dict[str, Severity] = {}
        self._problems: dict[str, str] = {}
        self._flat_ids: dict[str, str] = {}
        self.rebuild()

    def rebuild(self) -> None:
        """All from the beginning."""
        self.beginResetModel()
        self.rows = rows_of(self._studio.project, ())
        self._by_key = {row.key: row for row in walk(self.rows)}
        self.take_problems()
        self.take_plan()
        self.endResetModel()

    def take_plan(self) -> None:
        self._flat_ids = by_drawn(self._studio.plan)

    def take_problems(self) -> None:
        """By the way to each node; what is within a block is told at its instance too."""
        self._severities, self._problems = {}, {}
        order = list(Severity)
        for problem in self._studio.problems:
            if problem.node is None:
                continue
            way = drawn(problem.node)
            self._problems[way] = f"{self._problems[way]} {problem}" if way in self._problems else str(problem)
            while way:
                known = self._severities.get(way)
                if known is None or order.index(problem.severity) < order.index(known):
                    self._severities[way] = problem.severity
                way = way.rpartition("/")[0]

    def words_changed(self, rows: Iterable[Row] | None = None) -> None:
        """Of these rows; of all that are known."""
        if rows is None:
            if self.rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, 0))
            rows = [row for row in self._by_key.values() if row.rows]
            for row in rows:
                if row.rows:
                    self.dataChanged.emit(self.index_of(row.rows[0]), self.index_of(row.rows[-1]))
            return
        for row in rows:
            index = self.index_of(row)
            self.dataChanged.emit(index, index)

    def found(self, path: Path, id: str) -> Row | None:
        """The row, its blocks opened on the way."""
        for depth in range(len(path)):
            owner = self._by_key.get((path[:depth], path[depth]))
            if owner is None:
                return None
            if owner.rows is None:
                self.fetchMore(self.index_of(owner))
        return self._by_key.get((path, id))

    def known(self, block: str, id: str) -> list[Row]:
        """The rows of a node of this definition, as often as they are shown."""
        return [row for row in self._by_key.values() if row.id == id and row.block == block]

    def row_at(self, index: Index) -> Row | None:
        found: Any = index.internalPointer() if index.isValid() else None
        return found

    def index_of(self, row: Row) -> QModelIndex:
        return self.createIndex(row.place, 0, row)

    def item(self, row: Row) -> Node | Frame | None:
        """The node or frame of a row as it now is."""
        found = graph_at(self._studio.project, row.path)
        if found is None:
            return None
        return found[0].frames.get(row.id) if row.frame else found[0].nodes.get(row.id)

    # ── as Qt asks ────────────────────────────────────────────────────────────────────────────────────────────────────

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008 - Qt's own signature
        owner = self.row_at(parent)
        rows = self.rows if owner is None else owner.rows or []
        return self.createIndex(row, column, rows[row]) if 0 <= row < len(rows) and column == 0 else QModelIndex()

    def parent(self, index: Index = QModelIndex()) -> Any:  # noqa: B008
        found = self.row_at(index)
        return self.index_of(found.parent) if found is not None and found.parent is not None else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        owner = self.row_at(parent)
        return len(self.rows if owner is None else owner.rows or [])

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 1

    def hasChildren(self, parent: Index = QModelIndex()) -> bool:  # noqa: B008
        owner = self.row_at(parent)
        return bool(self.rows) if owner is None else owner.rows is None or bool(owner.rows)

    def canFetchMore(self, parent: Index) -> bool:
        owner = self.row_at(parent)
        return owner is not None and owner.rows is None

    def fetchMore(self, parent: Index) -> None:
        """A block is opened: the rows of its definition."""
        owner = self.row_at(parent)
        if owner is None or owner.rows is not None:
            return
        rows = rows_of(self._studio.project, (*owner.path, owner.id), owner)
        if rows:
            self.beginInsertRows(self.index_of(owner), 0, len(rows) - 1)
        owner.rows = rows
        self._by_key |= {row.key: row for row in walk(rows)}
        if rows:
            self.endInsertRows()

    def flags(self, index: Index) -> Qt.ItemFlag:
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        found = self.row_at(index)
        item = self.item(found) if found is not None else None
        if found is None or item is None:
            return None
        registry = self._studio.registry
        match role:
            case Role.DisplayRole:
                return title(item, registry)
            case Role.EditRole:
                return item.title if isinstance(item, Frame) else item.label
            case Role.DecorationRole:
                return self._icon(found, item)
            case Role.AccessibleTextRole | Role.ToolTipRole:
                return self._described(found, item)
            case Role.ForegroundRole if isinstance(item, Node) and item.bypassed:
                return theme.color("muted")
            case _:
                return None

    def _icon(self, row: Row, item: Node | Frame) -> Any:
        severity = self._severities.get("/".join((*row.path, row.id)))
        if severity is not None:
            return theme.icon(*SIGNS[severity])
        if isinstance(item, Frame):
            return theme.icon("square")
        spec = self._studio.registry.layer(item.type)
        category = spec.category if spec is not None else "shape"
        return theme.icon("boxes" if item.type.startswith("block:") else "box", f"category_ink.{category}")

    def _described(self, row: Row, item: Node | Frame) -> str:
        project, registry = self._studio.project, self._studio.registry
        if isinstance(item, Frame):
            return frame_words(item, registry)
        found = graph_at(project, row.path)
        assert found is not None
        known = planned(self._studio.plan, row, self._flat_ids)
        said = node_words(project, registry, row.path, found[0], item, known)
        way = "/".join((*row.path, row.id))
        severity = self._severities.get(way)
        return f"{said}, {severity_word(severity)}: {self._problems.get(way, tr('within'))}" if severity else said

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:
        """Another name, as one undoable step."""
        found = self.row_at(index)
        item = self.item(found) if found is not None else None
        if found is None or item is None or role != Role.EditRole:
            return False
        name = str(value).strip()
        if isinstance(item, Frame):
            edit = Edit(tr("Rename"), (Change(("frame", item.id), item, replace(item, title=name)),))
        else:
            edit = rename(self._studio.project.inside(found.block), item.id, "" if name == item.id else name)
        self._studio.document.end_merge()
        self._studio.do(edit.inside(found.block))
        return True


class OutlineTree(QTreeView):
    """Arrows walk without selecting; Space selects, Enter shows, F2 renames."""

    def __init__(self, outline: "Outline") -> None:
        super().__init__()
        self._outline = outline
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setAccessibleName(tr("Outline of the network"))

    def selectionCommand(self, index: Index, event: QEvent | None = None) -> QItemSelectionModel.SelectionFlag:
        if isinstance(event, QKeyEvent):
            return QItemSelectionModel.SelectionFlag.NoUpdate
        return super().selectionCommand(index, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space:
            self._outline.toggle_selected()
        elif (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            and self.state() != QAbstractItemView.State.EditingState
        ):
            self._outline.show_current()
        else:
            super().keyPressEvent(event)


class Outline(QFrame):
    """The panel."""

    def __init__(self, studio: Studio, canvas: "CanvasView", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._studio, self._canvas = studio, canvas
        self.model = OutlineModel(studio, self)
        self.tree = OutlineTree(self)
        self.tree.setModel(self.model)
        self._outdated = False
        self._following = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self.refresh)
        head = row(None, heading(tr("Outline")), None, icon_button("x", tr("Hide the outline"), self.hide, role="bare"))
        column(self, head, self.tree, margin="space_s", gap="space_xs")
        self.tree.selectionModel().selectionChanged.connect(self._chosen)
        self.tree.doubleClicked.connect(self.show_current)
        self.tree.customContextMenuRequested.connect(self._menu)
        studio.project_opened.connect(self._whole)
        studio.registry_changed.connect(self._whole)
        studio.project_changed.connect(self._edited)
        studio.plan_changed.connect(self._planned)
        studio.problems_changed.connect(self._judged)
        studio.selection_changed.connect(self._follow)
        studio.scope.changed.connect(self._follow)
        theme.changed.connect(self.model.words_changed)

    # ── keeping step ──────────────────────────────────────────────────────────────────────────────────────────────────

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._outdated:
            self.refresh()

    def _whole(self) -> None:
        self._outdated = True
        if self.isVisible():
            self._timer.start()

    def _edited(self, edit: Edit) -> None:
        """Words alone, where nothing came, went or was wired otherwise, and nothing moved while there are frames."""
        if self._outdated or not self.isVisible():
            self._outdated = True
            return
        changed: list[Row] = []
        for change in edit.changes:
            kind, before, after = change.place[0], change.before, change.after
            if kind in ("project", "data", "recipe"):
                continue
            if kind == "node" and isinstance(before, Node) and isinstance(after, Node) and before.type == after.type:
                moved = before.position != after.position
                graph = (
                    self._studio.project.inside(change.block).graph
                    if not change.block or change.block in self._studio.project.blocks
                    else None
                )
                if not moved or graph is None or not graph.frames:
                    if replace(before, position=after.position) != after:
                        changed += self.model.known(change.block, after.id)
                    continue
            self._whole()
            return
        self.model.words_changed(changed)

    def _planned(self) -> None:
        self.model.take_plan()

    def _judged(self) -> None:
        self.model.take_problems()
        if self.isVisible():
            self.model.words_changed()

    def refresh(self) -> None:
        """Build anew, with what was open left open and the current row current."""
        self._outdated = False
        open_rows = [row.key for row in walk(self.model.rows) if self.tree.isExpanded(self.model.index_of(row))]
        current = self.model.row_at(self.tree.currentIndex())
        self.model.rebuild()
        for path, id in open_rows:
            row = self.model.found(path, id)
            if row is not None:
                self.tree.setExpanded(self.model.index_of(row), True)
        if current is not None and (row := self.model.found(*current.key)) is not None:
            flag = QItemSelectionModel.SelectionFlag.NoUpdate
            self.tree.selectionModel().setCurrentIndex(self.model.index_of(row), flag)
        self._follow()

    # ── selection, both ways ──────────────────────────────────────────────────────────────────────────────────────────

    def _follow(self) -> None:
        """What is selected on the canvas is selected here."""
        if self._outdated or not self.isVisible() or self._following:
            return
        self._following = True
        try:
            model, path = self.tree.selectionModel(), self._studio.scope.path
            rows = [found for id in self._studio.selection if (found := self.model.found(path, id)) is not None]
            model.clearSelection()
            for found in rows:
                model.select(self.model.index_of(found), QItemSelectionModel.SelectionFlag.Select)
            if len(rows) == 1:
                index = self.model.index_of(rows[0])
                model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
                self.tree.scrollTo(index)
        finally:
            self._following = False

    def _chosen(self) -> None:
        """What is selected here is selected on the canvas, in the block it lies in."""
        if self._following:
            return
        rows = [
            row for index in self.tree.selectionModel().selectedRows() if (row := self.model.row_at(index)) is not None
        ]
        current = self.model.row_at(self.tree.currentIndex())
        path = (
            current.path
            if current is not None and current in rows
            else rows[0].path
            if rows
            else self._studio.scope.path
        )
        self._select(path, [row for row in rows if row.path == path])

    def _select(self, path: Path, rows: list[Row]) -> None:
        self._following = True
        try:
            self._studio.scope.show(path)
            self._studio.select([row.id for row in rows if not row.frame])
            self._canvas.select_frames([row.id for row in rows if row.frame])
        finally:
            self._following = False

    def toggle_selected(self) -> None:
        index = self.tree.currentIndex()
        if index.isValid():
            self.tree.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Toggle)

    def show_current(self) -> None:
        """Select the current row alone and bring it into view on the canvas."""
        row = self.model.row_at(self.tree.currentIndex())
        if row is None:
            return
        self._select(row.path, [row])
        self._follow()
        item = self.model.item(row)
        if isinstance(item, Frame):
            self._canvas.look_at(item.position[0] + item.size[0] / 2, item.position[1] + item.size[1] / 2)
        else:
            self._canvas.show_node(row.id)

    def _menu(self, at: QPoint) -> None:
        self.menu().popup(self.tree.viewport().mapToGlobal(at))

    def menu(self) -> QMenu:
        """What can be done with the current row."""
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        row = self.model.row_at(self.tree.currentIndex())
        item = self.model.item(row) if row is not None else None
        menu.addAction(tr("Show")).triggered.connect(self.show_current)
        menu.addAction(tr("Rename")).triggered.connect(lambda: self.tree.edit(self.tree.currentIndex()))
        enter = menu.addAction(tr("Enter the block"))
        enter.triggered.connect(self._enter)
        enter.setEnabled(isinstance(item, Node) and item.type.startswith("block:"))
        for action in menu.actions()[:2]:
            action.setEnabled(item is not None)
        return menu

    def _enter(self) -> None:
        row = self.model.row_at(self.tree.currentIndex())
        if row is not None:
            self._studio.scope.show((*row.path, row.id))
