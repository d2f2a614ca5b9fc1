"""The network as a tree that keyboard and screen reader can walk: nodes in the order of flow, frames and blocks as branches."""

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QMenu, QTreeView, QWidget

from nnstudio.gui.outline_model import Index, OutlineModel
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, heading, icon_button, row
from nnstudio.project.edits import Edit
from nnstudio.project.graph import Frame, Node
from nnstudio.project.outline import Path, Row, walk

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView


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
        self.setFocusProxy(self.tree)
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
        theme.changed.connect(self.model.all_words_changed)

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
            if change.place[0] in ("project", "data", "recipe"):
                continue
            before, after = change.before, change.after
            if (
                not isinstance(before, Node)
                or not isinstance(after, Node)
                or self._other_rows(change.block, before, after)
            ):
                self._whole()
                return
            if replace(before, position=after.position) != after:
                changed += self.model.known(change.block, after.id)
        self.model.words_changed(changed)

    def _other_rows(self, block: str, before: Node, after: Node) -> bool:
        """Another type may be a block; another place may lie in another frame."""
        if before.type != after.type:
            return True
        blocks = self._studio.project.blocks
        graph = blocks[block].graph if block in blocks else self._studio.project.graph
        return before.position != after.position and bool(graph.frames)

    def _planned(self) -> None:
        if self.isVisible():
            self.model.take_plan()
        else:
            self._outdated = True

    def _judged(self) -> None:
        if self.isVisible():
            self.model.take_problems()
            self.model.all_words_changed()
        else:
            self._outdated = True

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
        lead = current if current in rows else next(iter(rows), None)
        path = lead.path if lead is not None else self._studio.scope.path
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
