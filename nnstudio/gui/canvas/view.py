"""The canvas as a widget: shows the project's graph, keeps step with it, and hands what the pointer and the keys do to gestures and actions."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from nnstudio.gui.announce import announce
from nnstudio.gui.canvas import clipboard
from nnstudio.gui.canvas.actions import Actions
from nnstudio.gui.canvas.back_buffer import BackBuffer
from nnstudio.gui.canvas.breadcrumb import Breadcrumb
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.commands import canvas_commands
from nnstudio.gui.canvas.finder import Finder
from nnstudio.gui.canvas.frame_editor import FrameEditor
from nnstudio.gui.canvas.frames import Frames
from nnstudio.gui.canvas.in_words import in_words, selected_in_words
from nnstudio.gui.canvas.input import CanvasInput
from nnstudio.gui.canvas.minimap import Minimap
from nnstudio.gui.canvas.node_paint import MARGIN
from nnstudio.gui.canvas.overlays import EmptyCanvas, StatusStrip
from nnstudio.gui.canvas.render import Renderer
from nnstudio.gui.canvas.scene import Rows, ints
from nnstudio.gui.canvas.viewport import Viewport
from nnstudio.gui.canvas.walking import left_behind
from nnstudio.gui.canvas.wiring import Wiring
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.name_field import NameField
from nnstudio.project.edits import IN_GRAPH, Edit
from nnstudio.project.graph import Slot, Source, Wire
from nnstudio.specs import CATEGORIES

LIVE_MS = (
    50  # live figures on nodes are brought up to date so often, a few nodes at a time: a frame must not pay for all
)
LIVE_TURNS = 20  # all nodes have had their turn after so many times
NO_ROWS: Rows = np.zeros(0, np.int64)


class CanvasView(Viewport):
    """The network, to be looked at and changed. Everything it does to the project goes through `studio.do`."""

    problems_requested = Signal()  # the status strip was clicked: show the list of problems

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(studio, parent)
        studio.node_sizes = self.scene.sizes
        self.edits = Actions(studio)
        self.wiring = Wiring(studio)
        self.renderer = Renderer(self.scene, self.looks, self.wires)
        self._buffer = BackBuffer(self.renderer)
        self._minimap_off = False
        self._path: tuple[str, ...] = ()  # of the block on show
        self._walks_from = ""  # the node where the keyboard is, when nothing is selected
        self._left_at: dict[tuple[str, ...], Camera] = {}  # where each level was seen from when it was left
        self._live_timer = self._timer(LIVE_MS, self._show_live)
        self._outdated: dict[str, None] = {}  # nodes whose live figures changed, the longest waiting first

        self.minimap = Minimap(self)
        self.status = StatusStrip(studio, self)
        self.empty = EmptyCanvas(self)
        self.name_field = NameField(self)
        self.breadcrumb = Breadcrumb(studio, self)
        self.frame_editor = FrameEditor(self)
        self.finder = Finder(self)
        self.input = CanvasInput(self)
        self.commands = canvas_commands(self)
        self.status.clicked.connect(self.problems_requested)
        self.empty.chosen.connect(self._begin_with)
        self.name_field.named.connect(self.edits.rename)

        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(tr("Network"))
        self.setMinimumSize(240, 160)
        studio.registry_changed.connect(self._reload)
        studio.project_opened.connect(self._opened)
        studio.scope.changed.connect(self._entered)
        studio.scope.revealed.connect(self.show_node)
        studio.project_changed.connect(self._changed)
        studio.plan_changed.connect(self._planned)
        studio.problems_changed.connect(self._take_problems)
        studio.selection_changed.connect(self._selected)
        studio.run.history_changed.connect(self._heard)
        theme.changed.connect(self._restyle)
        self._reload()

    def _timer(self, milliseconds: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    # ── keeping step ──────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def frames(self) -> Frames:
        return self.scene.frames

    def _opened(self) -> None:
        self._path = ()
        self._walks_from = ""
        self._left_at.clear()
        self._reload()
        self.fit_at_once()

    def _entered(self) -> None:
        """Another level is on show: as it was left, all of it when it is entered for the first time."""
        self._left_at.pop(self._path, None)
        if not self.fits:
            self._left_at[self._path] = self.camera
        self._path = self.studio.scope.path
        self._walks_from = ""
        self._reload()
        kept = self._left_at.get(self._path)
        if kept is None:
            self.fit_at_once()
        else:
            self.set_camera(kept)

    def _reload(self) -> None:
        """All from the beginning: another project, another level, or other plugins."""
        self.input.cancel()
        self.end_glide()
        self.scene.registry = self.studio.registry
        self.scene.load(self.studio.scope.graph)
        self.frames.select(())
        self.wires.selected.clear()
        self._mark_selected(self.studio.selection)
        self.looks.take_rules()
        self._take_problems()
        self.repaint_all(geometry=True)

    def _changed(self, edit: Edit) -> None:
        if any(change.place == ("recipe", "rules") for change in edit.changes):  # which nodes wear a lock
            self._planned()
        if any(change.place == ("block", self.studio.scope.block) for change in edit.changes):  # what it exposes
            self._planned()
        here = tuple(c for c in edit.changes if c.place[0] in IN_GRAPH and c.block == self.studio.scope.block)
        if not here:
            return
        self.input.cancel()
        self.end_glide()
        self.scene.registry = self.studio.registry
        touched = self.scene.update(self.studio.scope.graph, replace(edit, changes=here))
        self.looks.forget(touched)
        if self.wires.selected:
            self.wires.selected &= set(self.scene.wire_row.values())
        self.input.forget_hover()
        self.repaint_all(geometry=True)

    def _planned(self) -> None:
        self.looks.take_rules()
        self.looks.forget()
        self.repaint_all()

    def _take_problems(self) -> None:
        self.looks.take_problems(self.studio.problems)
        self.looks.forget()
        self.repaint_all()

    def _selected(self, selection: tuple[str, ...]) -> None:
        before = np.flatnonzero(self.scene.selected)
        self._walks_from = self._left_behind(before) if not selection else ""
        self._mark_selected(selection)
        changed = np.setxor1d(before, np.flatnonzero(self.scene.selected))
        self.looks.forget(ints(changed))
        self._damage(changed)
        self._describe()
        if self.hasFocus():
            announce(self, selected_in_words(self))

    def _left_behind(self, before: Rows) -> str:
        """Where the keyboard walks on from when the nodes that were selected `before` are gone; "" where they only are selected no more."""
        graph = self.studio.scope.graph
        if len(graph.nodes) >= len(self.scene):
            return ""
        gone = [id for row in ints(before) if (id := self.scene.node(row).id) not in graph.nodes]
        return left_behind(self.scene, gone, graph)

    def _mark_selected(self, selection: Iterable[str]) -> None:
        self.scene.selected[:] = False
        self.scene.selected[self.scene.rows_of(selection)] = True

    def _heard(self, sorts: set[str]) -> None:
        if "state" in sorts:  # perhaps another run: nothing of the last one may stay
            self.looks.forget()
            self.repaint_all()
            return
        stats = self.studio.run.history.node_stats
        if "nodes" in sorts and self.looks.values.mode:
            self.repaint_all()
        if "nodes" in sorts and stats is not None:
            here = map(self.studio.scope.node_here, (*stats.nodes, *stats.histograms))
            self._outdated |= dict.fromkeys(id for id in here if id is not None)
        if "steps" in sorts:
            there = ~np.isnan(self.scene.x)  # a row whose node is gone keeps its kind
            losses = np.flatnonzero((self.scene.kind == CATEGORIES.index("output")) & there)
            self._outdated |= dict.fromkeys(self.scene.node(row).id for row in ints(losses))
        if self._outdated and not self._live_timer.isActive():
            self._live_timer.start()

    def _show_live(self) -> None:
        """The figures that a run keeps changing, of the next few nodes."""
        due = list(self._outdated)[: math.ceil(len(self._outdated) / LIVE_TURNS)]
        for id in due:
            del self._outdated[id]
        rows = self.scene.rows_of(due)
        self.looks.forget(ints(rows))
        self._damage(rows)
        if self._outdated:
            self._live_timer.start()

    def _restyle(self) -> None:
        self.renderer.restyle()
        self.minimap.forget()
        self.repaint_all()

    def repaint_all(self, *, geometry: bool = False) -> None:
        """What is painted is old. geometry: nodes or wires came, went or moved."""
        if geometry:
            self.wires.forget()
            self.minimap.take()
            self.empty.setVisible(not len(self.scene) and not len(self.frames) and not self.studio.scope.path)
            self._show_minimap()
            self._describe()
        self._buffer.invalidate()
        self.update()

    def _damage(self, rows: Rows) -> None:
        """These nodes look different."""
        camera = self._buffer.camera
        if camera != self.camera:  # all of the widget is due already; what is kept of it is what that camera saw
            self.update()
        if camera is None:
            return
        around = MARGIN + 2 / camera.zoom
        for row in ints(np.intersect1d(rows, self.scene.nodes_in(camera.seen(self.width(), self.height()), MARGIN))):
            left, top, right, bottom = self.scene.box(row)
            self._buffer.damage((left - around, top - around, right + around, bottom + around))
            margin = around * camera.zoom
            self.update(self.node_rect(row).adjusted(-margin, -margin, margin, margin).toAlignedRect())

    def _describe(self) -> None:
        """For those who hear the screen."""
        words = in_words(self)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            ratio = self.devicePixelRatioF()
            picture = self._buffer.picture(self.size(), ratio, self.camera, moving=self.moving)
            area = event.rect()
            source = QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
            painter.drawImage(QRectF(area), picture, source)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            self.input.paint(painter)
            if self.hasFocus() and self.input.focus_shown:
                painter.setPen(QPen(theme.color("focus"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        finally:
            painter.end()  # an exception must not leave a painter open: Qt would abort

    def hide_rows(self, rows: Rows | None) -> None:
        """Nodes under way are painted by their gesture, over the scene without them."""
        self.renderer.hidden = NO_ROWS if rows is None else rows
        self.wires.forget()
        self._buffer.invalidate()
        self.update()

    def hide_wires(self, slots: Iterable[Slot]) -> None:
        rows = [self.scene.wire_row[slot] for slot in slots if slot in self.scene.wire_row]
        hidden = np.array(rows, np.int64)
        if len(hidden) or len(self.renderer.hidden_wires):
            self.renderer.hidden_wires = hidden
            self._buffer.invalidate()

    # ── the camera ────────────────────────────────────────────────────────────────────────────────────────────────────

    def camera_moved(self) -> None:
        self.input.forget_hover()
        self.minimap.update()

    def scene_moved(self) -> None:
        self.wires.forget()
        self._buffer.invalidate()
        self.update()

    def settled(self) -> None:
        if self.renderer.skimped:
            self.renderer.skimped = False
            self._buffer.invalidate()
            self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        gap = theme.size("space_m")
        self._show_minimap()
        self.minimap.move(self.width() - self.minimap.width() - gap, self.height() - self.minimap.height() - gap)
        self.status.settle()
        self.empty.move((self.width() - self.empty.width()) // 2, (self.height() - self.empty.height()) // 2)
        self.finder.popup.close_search()
        self.breadcrumb.settle()
        if self.fits:
            self.fit_at_once()

    # ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def select_wires(self, slots: Iterable[Slot]) -> None:
        chosen = {self.scene.wire_row[slot] for slot in slots if slot in self.scene.wire_row}
        if chosen != self.wires.selected:
            self.wires.selected = chosen
            self._buffer.invalidate()
            self.update()
            self._describe()

    def select_all(self) -> None:
        self.studio.select(self.scene.graph.nodes)

    def select_frames(self, ids: Iterable[str]) -> None:
        before = set(self.frames.selected)
        self.frames.select(ids)
        if before != self.frames.selected:
            self._buffer.invalidate()
            self.update()
            self._describe()

    def clear_selection(self) -> None:
        self.select_wires(())
        self.select_frames(())
        self.studio.select(())

    def selected_slots(self) -> list[Slot]:
        """Where the selected wires end."""
        return sorted(self.scene.wire(row).target for row in self.wires.selected)

    def select_neighbour(self, dx: int, dy: int, *, add: bool = False) -> None:
        """The nearest node in that direction from the selected one becomes the selected one, or (add) comes to the selection.

        Where it was deleted: from the one that fed it.
        """
        rows = self.scene.rows_of(self.studio.selection[-1:] or (self._walks_from,))
        found = self.scene.neighbour(int(rows[0]) if len(rows) else None, dx, dy)
        if found is not None:
            id = self.scene.node(found).id
            others = [other for other in self.studio.selection if other != id] if add else []
            self.studio.select([*others, id])
            self.show_node(id)

    def delete_selection(self) -> None:
        """The selected nodes with their wires, the selected wires, and the selected frames without what they hold."""
        self.edits.remove(self.studio.selection, self.selected_slots(), self.frames.selected)

    def duplicate(self) -> None:
        clipboard.duplicate(self)

    def copy(self) -> None:
        clipboard.copy(self)

    def cut(self) -> None:
        self.copy()
        self.delete_selection()

    def paste(self) -> None:
        """What was copied: at the pointer, when it is over the canvas, else beside the original."""
        self.paste_at(self.input.pointer)

    def paste_at(self, at: QPointF | None) -> None:
        clipboard.paste(self, at)

    def _show_minimap(self) -> None:
        """Where it would cover much of a small canvas, it stays away."""
        room = self.width() >= 5 * self.minimap.width() and self.height() >= 5 * self.minimap.height()
        self.minimap.setVisible(len(self.scene) > 0 and room and not self._minimap_off)

    def toggle_minimap(self) -> None:
        self._minimap_off = not self._minimap_off
        self._show_minimap()

    def next_wire_values(self) -> None:
        """Shapes, weights, gradients: what wires show."""
        self.studio.message.emit(self.looks.values.next(), "info")
        self.repaint_all()

    def rename_selected(self) -> None:
        if len(self.frames.selected) == 1 and not self.studio.selection:
            self.frame_editor.edit_title(next(iter(self.frames.selected)))
        if len(self.studio.selection) == 1:
            self.rename_node(self.studio.selection[0])

    def rename_node(self, node: str) -> None:
        row = self.scene.row[node]
        spec = self.scene.spec(row)
        rect = self.node_rect(row)
        area = QRectF(rect.left() + 16 * self.camera.zoom, rect.top() + 4, max(120, rect.width() - 24), 26)
        self.name_field.edit(node, self.scene.node(row).name, spec.title if spec else node, area)

    def add_layer(self, type: str, at: QPointF | None = None) -> str | None:
        """A node of this type at `at` (of the widget; its middle), or in the middle of what is seen; returns its id."""
        return self.edits.add(type, self._corner(at or self.rect().toRectF().center()))

    def drop_layer(self, type: str, at: QPointF) -> str | None:
        """A layer from the library: into the wire under the pointer, if there is one."""
        wire = self.wire_under(at)
        if wire is not None:
            return self.wiring.insert_new(type, wire, self._corner(at), self.scene.sizes())
        return self.add_layer(type, at)

    def wire_under(self, at: QPointF) -> Wire | None:
        x, y = self.camera.to_plane(at.x(), at.y())
        if self.scene.node_at(x, y) is not None:
            return None
        row = self.wires.at(x, y, 12 / self.camera.zoom)
        return self.scene.wire(row) if row is not None else None

    def _corner(self, middle: QPointF) -> tuple[float, float]:
        x, y = self.camera.to_plane(middle.x(), middle.y())
        return x - self.scene.width / 2, y - self.scene.height / 2

    def open_search(
        self, at: QPointF | None = None, *, source: Source | None = None, target: Slot | None = None
    ) -> None:
        """Search for a node at `at` (None: at the pointer); source, target: the loose wire that it takes up."""
        self.finder.open(at, source=source, target=target)

    def _begin_with(self, what: str) -> None:
        inputs = [spec for spec in self.studio.registry.layers.values() if not spec.inputs]
        if what == "input" and inputs:
            self.add_layer(inputs[0].id)
        else:
            self.studio.show_place.emit(what)
