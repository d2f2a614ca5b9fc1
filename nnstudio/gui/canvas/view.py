"""The canvas as a widget: shows the project's graph, keeps step with it, and hands what the pointer and the keys do to gestures and actions."""

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from nnstudio.gui.canvas import clipboard
from nnstudio.gui.canvas.actions import Actions
from nnstudio.gui.canvas.anchors import Anchor
from nnstudio.gui.canvas.back_buffer import BackBuffer
from nnstudio.gui.canvas.camera import Camera, fitted, level_of
from nnstudio.gui.canvas.commands import canvas_commands
from nnstudio.gui.canvas.finder import Finder
from nnstudio.gui.canvas.input import CanvasInput
from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.minimap import Minimap
from nnstudio.gui.canvas.node_paint import MARGIN
from nnstudio.gui.canvas.overlays import EmptyCanvas, NameField, StatusStrip
from nnstudio.gui.canvas.render import Renderer
from nnstudio.gui.canvas.scene import Box, Rows, Scene, ints
from nnstudio.gui.canvas.wire_paint import Wires
from nnstudio.gui.canvas.wiring import Wiring
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project.edits import IN_GRAPH, Edit
from nnstudio.project.graph import Slot, Source, Wire
from nnstudio.specs import CATEGORIES

FIT_MARGIN = 22.0
SETTLE_MS = 150  # after the last movement all is painted in full
LIVE_MS = (
    50  # live figures on nodes are brought up to date so often, a few nodes at a time: a frame must not pay for all
)
LIVE_TURNS = 20  # all nodes have had their turn after so many times
NO_ROWS: Rows = np.zeros(0, np.int64)


class CanvasView(QWidget):
    """The network, to be looked at and changed. Everything it does to the project goes through `studio.do`."""

    problems_requested = Signal()  # the status strip was clicked: show the list of problems

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.edits = Actions(studio)
        self.wiring = Wiring(studio)
        self.camera = Camera()
        self.scene = Scene(studio.registry, theme.size("node_width"), theme.size("node_height"))
        self.looks = Looks(studio, self.scene)
        self.wires = Wires(self.scene, self.looks)
        self.renderer = Renderer(self.scene, self.looks, self.wires)
        self._buffer = BackBuffer(self.renderer)
        self._minimap_off = False
        self._moving = False
        self._fitted = True  # shows all, and goes on to when resized, until the camera is moved by hand
        self._settle_timer = self._timer(SETTLE_MS, self._settle)
        self._live_timer = self._timer(LIVE_MS, self._show_live)
        self._outdated: dict[str, None] = {}  # nodes whose live figures changed, the longest waiting first

        self.minimap = Minimap(self)
        self.status = StatusStrip(studio, self)
        self.empty = EmptyCanvas(self)
        self.name_field = NameField(self)
        self.finder = Finder(self)
        self.input = CanvasInput(self)
        self.commands = canvas_commands(self)
        self.status.clicked.connect(self.problems_requested)
        self.empty.chosen.connect(self._begin_with)
        self.name_field.named.connect(self.edits.rename)

        self.setAccessibleName(tr("Network"))
        self.setMinimumSize(240, 160)
        studio.registry_changed.connect(self._reload)
        studio.project_opened.connect(self._opened)
        studio.scope.changed.connect(self._opened)
        studio.project_changed.connect(self._changed)
        studio.plan_changed.connect(self._planned)
        studio.problems_changed.connect(self._take_problems)
        studio.selection_changed.connect(self._selected)
        studio.history_changed.connect(self._heard)
        theme.changed.connect(self._restyle)
        self._reload()

    def _timer(self, milliseconds: int, then: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(then)
        return timer

    # ── keeping step ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _opened(self) -> None:
        self._reload()
        self.fit()

    def _reload(self) -> None:
        """All from the beginning: another project, or other plugins."""
        self.input.cancel()
        self.scene.registry = self.studio.registry
        self.scene.load(self.studio.scope.graph)
        self.wires.selected.clear()
        self._mark_selected(self.studio.selection)
        self._take_problems()
        self.repaint_all(geometry=True)

    def _changed(self, edit: Edit) -> None:
        if any(change.place == ("recipe", "rules") for change in edit.changes):  # which nodes wear a lock
            self._planned()
        here = tuple(c for c in edit.changes if c.place[0] in IN_GRAPH and c.block == self.studio.scope.block)
        if not here:
            return
        self.input.cancel()
        self.scene.registry = self.studio.registry
        touched = self.scene.update(self.studio.scope.graph, replace(edit, changes=here))
        self.looks.forget(touched)
        self.wires.selected &= set(self.scene.wire_row.values())
        self.input.forget_hover()
        self.repaint_all(geometry=True)

    def _planned(self) -> None:
        self.looks.forget()
        self.repaint_all()

    def _take_problems(self) -> None:
        self.looks.take_problems(self.studio.problems)
        self.looks.forget()
        self.repaint_all()

    def _selected(self, selection: tuple[str, ...]) -> None:
        before = np.flatnonzero(self.scene.selected)
        self._mark_selected(selection)
        changed = np.setxor1d(before, np.flatnonzero(self.scene.selected))
        self.looks.forget(ints(changed))
        self._damage(changed)
        self._describe()

    def _mark_selected(self, selection: Iterable[str]) -> None:
        self.scene.selected[:] = False
        self.scene.selected[self.scene.rows_of(selection)] = True

    def _heard(self, sorts: set[str]) -> None:
        if "state" in sorts:  # perhaps another run: nothing of the last one may stay
            self.looks.forget()
            self.repaint_all()
            return
        stats = self.studio.history.node_stats
        if "nodes" in sorts and self.looks.values.mode:
            self.repaint_all()
        if "nodes" in sorts and stats is not None:
            self._outdated |= dict.fromkeys((*stats.nodes, *stats.histograms))
        if "steps" in sorts:
            losses = np.flatnonzero(self.scene.kind == CATEGORIES.index("output"))
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
        self.renderer.sprites.clear()
        self.minimap.forget()
        self.repaint_all()

    def repaint_all(self, *, geometry: bool = False) -> None:
        """What is painted is old. geometry: nodes or wires came, went or moved."""
        if geometry:
            self.wires.forget()
            self.minimap.forget()
            self.empty.setVisible(len(self.scene) == 0)
            self._show_minimap()
            self._describe()
        self._buffer.invalidate()
        self.update()

    def _damage(self, rows: Rows) -> None:
        """These nodes look different."""
        for row in ints(np.intersect1d(rows, self.scene.nodes_in(self.seen_box(), MARGIN))):
            margin = MARGIN * self.camera.zoom + 2
            area = self.node_rect(row).adjusted(-margin, -margin, margin, margin)
            self._buffer.damage(area)
            self.update(area.toAlignedRect())

    def _describe(self) -> None:
        """For those who hear the screen."""
        nodes = self.scene.graph.nodes
        chosen = [self.looks.title(nodes[id]) for id in self.studio.selection[:5] if id in nodes]
        words = tr("Selected: {names}", names=", ".join(chosen)) if chosen else tr("Nothing is selected")
        self.setAccessibleDescription(tr("{count} nodes. {words}.", count=len(self.scene), words=words))

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            ratio = self.devicePixelRatioF()
            picture = self._buffer.picture(self.size(), ratio, self.camera, moving=self._moving)
            area = event.rect()
            source = QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
            painter.drawPixmap(QRectF(area), picture, source)
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

    def set_camera(self, camera: Camera, *, moving: bool = False) -> None:
        self._fitted = False
        if camera == self.camera:
            return
        self.camera = camera
        self._moving = moving
        if moving:
            self._settle_timer.start()
        self.input.forget_hover()
        self.minimap.update()
        self.update()

    def _settle(self) -> None:
        """The movement is over: what was skimped on is painted again."""
        self._moving = False
        if self.renderer.skimped:
            self.renderer.skimped = False
            self._buffer.invalidate()
            self.update()

    def whole_pan(self, camera: Camera, offset: QPointF) -> Camera:
        """`camera` panned by whole device pixels, so that what is painted can be shifted."""
        ratio = self.devicePixelRatioF()
        return camera.panned(round(offset.x() * ratio) / ratio, round(offset.y() * ratio) / ratio)

    def zoom_to(self, level: int, at: QPointF | None = None) -> None:
        point = at or self.rect().toRectF().center()
        self.set_camera(self.camera.zoomed(level, point.x(), point.y()), moving=True)

    def zoom_by(self, factor: float) -> None:
        """About the middle; at least one level."""
        steps = level_of(factor)
        self.zoom_to(self.camera.level + (steps or (1 if factor > 1 else -1)))

    def set_zoom(self, zoom: float) -> None:
        self.zoom_to(level_of(zoom))

    def fit(self) -> None:
        """Show all of the network, at most at 100 %."""
        self._fit_box(self.scene.bounds())
        self._fitted = True

    def fit_selection(self) -> None:
        """Show what is selected; all, where nothing is."""
        rows = self.scene.rows_of(self.studio.selection)
        self._fit_box(self.scene.bounds(rows if len(rows) else None))

    def _fit_box(self, box: Box | None) -> None:
        if box is None:
            self.set_camera(Camera().centred(0, 0, self.width(), self.height()))
        else:
            self.set_camera(fitted(box, self.width(), self.height(), margin=FIT_MARGIN))

    def look_at(self, x: float, y: float) -> None:
        """Bring this point of the plane into the middle."""
        wanted = self.camera.centred(x, y, self.width(), self.height())
        zoom = self.camera.zoom
        offset = QPointF((self.camera.left - wanted.left) * zoom, (self.camera.top - wanted.top) * zoom)
        self.set_camera(self.whole_pan(self.camera, offset), moving=True)

    def show_node(self, node: str) -> None:
        """Bring the node into view, if it is not."""
        row = self.scene.row.get(node)
        if row is not None and not self.rect().toRectF().contains(self.node_rect(row)):
            left, top, right, bottom = self.scene.box(row)
            self.look_at((left + right) / 2, (top + bottom) / 2)

    def seen_box(self) -> Box:
        return self.camera.seen(self.width(), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        gap = theme.size("space_m")
        self._show_minimap()
        self.minimap.move(self.width() - self.minimap.width() - gap, self.height() - self.minimap.height() - gap)
        self.status.move(gap, self.height() - self.status.height() - gap)
        self.empty.move((self.width() - self.empty.width()) // 2, (self.height() - self.empty.height()) // 2)
        self.finder.popup.close_search()
        if self._fitted:
            self.fit()

    # ── where things are, in pixels of the widget ─────────────────────────────────────────────────────────────────────

    def node_rect(self, row: int) -> QRectF:
        left, top, right, bottom = self.scene.box(row)
        return QRectF(QPointF(*self.camera.to_widget(left, top)), QPointF(*self.camera.to_widget(right, bottom)))

    def anchor_pixel(self, row: int, anchor: Anchor, *, output: bool) -> QPointF:
        return QPointF(*self.camera.to_widget(*self.scene.anchor_point(row, anchor, output=output)))

    def port_pixel(self, node: str, port: str, *, order: int = 0, output: bool = False) -> QPointF:
        row = self.scene.row[node]
        anchors = self.scene.anchors[row]
        y = anchors.output_y(port) if output else anchors.input_y(port, order)
        x = float(self.scene.x[row]) + (self.scene.width if output else 0.0)
        return QPointF(*self.camera.to_widget(x, float(self.scene.y[row]) + y))

    def canvas_position_of(self, node: str) -> QPoint:
        """The middle of the node."""
        return self.node_rect(self.scene.row[node]).center().toPoint()

    def port_position(self, node: str, port: str, order: int = 0) -> QPoint:
        """The middle of an input or output of the node."""
        outputs = {anchor.port for anchor in self.scene.anchors[self.scene.row[node]].outputs}
        return self.port_pixel(node, port, order=order, output=port in outputs).toPoint()

    def wire_position(self, slot: Slot) -> QPoint:
        """A point in the middle of the wire that ends in `slot`."""
        way = self.wires.route(self.scene.wire_row[slot])
        points = way.samples(3)
        x, y = points[1] if way.curve else (points[len(points) // 2 - 1] + points[len(points) // 2]) / 2
        return QPointF(*self.camera.to_widget(float(x), float(y))).toPoint()

    # ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def select_wires(self, slots: Iterable[Slot]) -> None:
        chosen = {self.scene.wire_row[slot] for slot in slots if slot in self.scene.wire_row}
        if chosen != self.wires.selected:
            self.wires.selected = chosen
            self._buffer.invalidate()
            self.update()

    def select_all(self) -> None:
        self.studio.select(self.scene.graph.nodes)

    def clear_selection(self) -> None:
        self.select_wires(())
        self.studio.select(())

    def selected_slots(self) -> list[Slot]:
        """Where the selected wires end."""
        return sorted(self.scene.wire(row).target for row in self.wires.selected)

    def select_neighbour(self, dx: int, dy: int, *, add: bool = False) -> None:
        """The nearest node in that direction from the selected one becomes the selected one, or (add) comes to the selection."""
        rows = self.scene.rows_of(self.studio.selection[-1:])
        found = self.scene.neighbour(int(rows[0]) if len(rows) else None, dx, dy)
        if found is not None:
            id = self.scene.node(found).id
            others = [other for other in self.studio.selection if other != id] if add else []
            self.studio.select([*others, id])
            self.show_node(id)

    def delete_selection(self) -> None:
        """The selected nodes with their wires, and the selected wires."""
        self.edits.remove(self.studio.selection, self.selected_slots())

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

    def auto_layout(self) -> None:
        """Arrange all nodes from left to right, in rows that are not wider than the view at 100 %."""
        self.edits.auto_layout(max(480.0, self.width() * 1.05), self.scene.sizes())
        self.fit()

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
