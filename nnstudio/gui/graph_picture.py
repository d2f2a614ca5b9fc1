"""A graph to be looked at and not changed: pan, zoom, click, and signs on what is to be noticed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from nnstudio.gui.canvas.camera import Camera, fitted, level_of
from nnstudio.gui.canvas.looks import Looks
from nnstudio.gui.canvas.render import Renderer
from nnstudio.gui.canvas.scene import Scene, ints
from nnstudio.gui.canvas.wire_paint import Wires
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.plan import Plan
from nnstudio.project.graph import Graph, Slot
from nnstudio.project.project import Project

LEVELS_A_NOTCH = 3  # of the wheel
CLICK_REACH = 4.0  # pixels: what moves further is a drag
KEYS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
STEP = 48.0  # pixels, of an arrow key


@dataclass(frozen=True)
class Mark:
    """What is to be noticed about a node or a wire. sign: one character; token: a colour of the theme; words: why."""

    sign: str
    token: str
    words: str = ""


class GraphPicture(QWidget):
    """Shows the graph of a project, or the inside of one of its instances of blocks; `close_picture` when it is no longer needed."""

    clicked = Signal(str)  # id of the node; "": beside all nodes
    camera_moved = Signal(object)  # Camera: by the person, not by `set_camera`
    resized = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        """studio: whose plugins and settings it uses; nothing is done to it."""
        super().__init__(parent)
        self._studio = Studio(studio.plugins, settings=studio.settings, state=studio.state_folder)
        self.camera = Camera()
        self.scene = Scene(studio.registry, theme.size("node_width"), theme.size("node_height"))
        self._looks = Looks(self._studio, self.scene)
        self._wires = Wires(self.scene, self._looks)
        self._renderer = Renderer(self.scene, self._looks, self._wires)
        self._marks: Mapping[str, Mark] = {}
        self._wire_marks: Mapping[Slot, Mark] = {}
        self._chosen = ""
        self._pressed: QPointF | None = None
        self._at = QPointF()
        self._dragged = False
        self._fitted = True
        self.least = 0.0  # zoom to open with: of what is too large for it, the beginning is seen
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 140)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName(tr("Picture of a network"))
        theme.changed.connect(self._restyle)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def graph(self) -> Graph:
        return self.scene.graph

    def show_project(self, project: Project, plan: Plan | None = None, path: tuple[str, ...] = ()) -> None:
        """The graph of `project`, or of what is found by entering the instances `path`; plan: gives the shapes on the wires."""
        self._studio.open_project(project)
        self._studio.scope.show(path)
        self._studio.plan = plan or Plan()
        self._marks, self._wire_marks, self._chosen = {}, {}, ""
        self.scene.registry = self._studio.registry
        self.scene.load(self._studio.scope.graph)
        self._looks.forget()
        self._looks.take_problems(())
        self._wires.forget()
        self.setAccessibleDescription(tr("{count} nodes", count=len(self.scene)))
        self._open()
        self.update()

    def set_plan(self, plan: Plan) -> None:
        self._studio.plan = plan
        self._looks.forget()
        self.update()

    def mark(self, nodes: Mapping[str, Mark], wires: Mapping[Slot, Mark] | None = None) -> None:
        """Signs on nodes, colours on wires."""
        self._marks, self._wire_marks = nodes, wires or {}
        self.update()

    @property
    def marks(self) -> Mapping[str, Mark]:
        return self._marks

    def wire_text(self, slot: Slot) -> str:
        """The shape that stands on a wire; "" where it is not known."""
        return self._looks.wire_text(self.scene.wire_row[slot])

    def wire_path(self, slot: Slot) -> QPainterPath:
        return self._wires.path(self.scene.wire_row[slot])

    def choose(self, node: str) -> None:
        """Ring the node ("": none) and bring it into view."""
        self._chosen = node if node in self.scene.row else ""
        if self._chosen and not self.rect().toRectF().contains(self._card(self.scene.row[node])):
            left, top, right, bottom = self.scene.box(self.scene.row[node])
            self._fitted = False
            self.set_camera(self.camera.centred((left + right) / 2, (top + bottom) / 2, self.width(), self.height()))
        self.update()

    def close_picture(self) -> None:
        self._studio.close()

    # ── the camera ────────────────────────────────────────────────────────────────────────────────────────────────────

    def set_camera(self, camera: Camera) -> None:
        self.camera = camera
        self.update()

    def fit(self) -> None:
        """All of it, at most at 100 %."""
        box = self.scene.bounds()
        if box is not None:
            self.set_camera(fitted(box, self.width(), self.height(), margin=theme.size("space_xl")))
        self._fitted = True

    def _open(self) -> None:
        """As it is seen until a person moves the camera."""
        box = self.scene.bounds()
        if not self._fitted or box is None:
            return
        self.fit()
        if self.camera.zoom < self.least:
            camera = Camera(level=level_of(self.least))
            margin = theme.size("space_xl") / camera.zoom
            beside = (self.width() / camera.zoom - (box[2] - box[0])) / 2
            self.set_camera(replace(camera, left=box[0] - max(margin, beside), top=box[1] - margin))

    def zoom_by(self, levels: int) -> None:
        """About the middle."""
        self._move_camera(self.camera.zoomed(self.camera.level + levels, self.width() / 2, self.height() / 2))

    def _move_camera(self, camera: Camera) -> None:
        self._fitted = False
        self.set_camera(camera)
        self.camera_moved.emit(camera)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._open()
        self.resized.emit()

    # ── painting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            area = QRectF(event.rect())
            painter.setClipRect(area)
            self._renderer.paint(painter, self.camera, area, self.devicePixelRatioF())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_wire_marks(painter)
            self._paint_marks(painter)
            if self.hasFocus():
                painter.setPen(QPen(theme.color("focus"), theme.size("stroke_ring")))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        finally:
            painter.end()  # an exception must not leave a painter open: Qt would abort

    def _card(self, row: int) -> QRectF:
        left, top, right, bottom = self.scene.box(row)
        return QRectF(QPointF(*self.camera.to_widget(left, top)), QPointF(*self.camera.to_widget(right, bottom)))

    def _paint_wire_marks(self, painter: QPainter) -> None:
        zoom = self.camera.zoom
        painter.save()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.scale(zoom, zoom)
        painter.translate(-self.camera.left, -self.camera.top)
        for slot, mark in self._wire_marks.items():
            row = self.scene.wire_row.get(slot)
            if row is not None:
                style = Qt.PenStyle.DashLine if mark.sign == "−" else Qt.PenStyle.SolidLine
                painter.setPen(QPen(theme.color(mark.token), 2 * theme.size("stroke_wire"), style))
                painter.drawPath(self._wires.path(row))
        painter.restore()

    def _paint_marks(self, painter: QPainter) -> None:
        box = self.camera.seen(self.width(), self.height())
        for row in ints(self.scene.nodes_in(box)):
            id = self.scene.node(row).id
            mark = self._marks.get(id)
            if mark is not None:
                self._paint_mark(painter, self._card(row), mark)
            if id == self._chosen:
                ring = self._card(row).adjusted(-5, -5, 5, 5)
                painter.setPen(QPen(theme.color("focus"), theme.size("stroke_ring")))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(ring, theme.size("radius_card"), theme.size("radius_card"))

    def _paint_mark(self, painter: QPainter, card: QRectF, mark: Mark) -> None:
        """A frame in the colour, and the sign in a disc at its corner: colour never says it alone."""
        radius = theme.size("radius_node") * self.camera.zoom
        painter.setPen(QPen(theme.color(mark.token), theme.size("stroke_ring")))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(card.adjusted(-1, -1, 1, 1), radius, radius)
        side = theme.size("icon_size")
        disc = QRectF(card.left() - side / 2, card.top() - side / 2, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(mark.token))
        painter.drawEllipse(disc)
        painter.setPen(theme.color(f"on_{mark.token}"))
        painter.setFont(theme.font("control", "bold"))
        painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, mark.sign)

    def _restyle(self) -> None:
        self._renderer.restyle()
        self.update()

    # ── the pointer and the keys ──────────────────────────────────────────────────────────────────────────────────────

    def node_at(self, at: QPointF) -> str:
        row = self.scene.node_at(*self.camera.to_plane(at.x(), at.y()))
        return self.scene.node(row).id if row is not None else ""

    def position_of(self, node: str) -> QPointF:
        """The middle of the node, in pixels of the widget."""
        return self._card(self.scene.row[node]).center()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed, self._at, self._dragged = event.position(), event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        self._dragged |= (event.position() - self._pressed).manhattanLength() > CLICK_REACH
        if self._dragged:
            step, self._at = event.position() - self._at, event.position()
            self._move_camera(self.camera.panned(step.x(), step.y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and not self._dragged:
            self.clicked.emit(self.node_at(event.position()))
        self._pressed = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.accept()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not event.pixelDelta().isNull() and event.phase() != Qt.ScrollPhase.NoScrollPhase and not control:
            self._move_camera(self.camera.panned(event.pixelDelta().x(), event.pixelDelta().y()))
            return
        levels = math.trunc(event.angleDelta().y() / 120 * LEVELS_A_NOTCH)
        if levels:
            self._move_camera(
                self.camera.zoomed(self.camera.level + levels, event.position().x(), event.position().y())
            )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in KEYS:
            dx, dy = KEYS[key]
            self._move_camera(self.camera.panned(dx * STEP, dy * STEP))
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus):
            self.zoom_by(LEVELS_A_NOTCH if key == Qt.Key.Key_Plus else -LEVELS_A_NOTCH)
        elif key == Qt.Key.Key_Home:
            self.fit()
            self.camera_moved.emit(self.camera)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            mark = self._marks.get(self.node_at(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), mark.words if mark else "", self)
            return True
        return super().event(event)
