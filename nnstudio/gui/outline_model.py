"""The rows of the outline, as Qt asks for them: what stands in each, what a screen reader says of it, and what a name typed there changes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from nnstudio.gui.problems_panel import SIGNS, severity_word
from nnstudio.gui.spoken import frame_words, node_words
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.problems import Severity
from nnstudio.project.edits import Change, Edit, rename
from nnstudio.project.flat import drawn
from nnstudio.project.graph import Frame, Node
from nnstudio.project.outline import Path, Row, by_drawn, graph_at, planned, rows_of, title, walk

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

    def words_changed(self, rows: Iterable[Row]) -> None:
        for row in rows:
            index = self.index_of(row)
            self.dataChanged.emit(index, index)

    def all_words_changed(self) -> None:
        for rows in [self.rows, *(row.rows for row in self._by_key.values())]:
            if rows:
                self.dataChanged.emit(self.index_of(rows[0]), self.index_of(rows[-1]))

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
