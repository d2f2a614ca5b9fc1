"""What does the pointer mean? Which gesture begins where one presses, what lights up under it, what can be dropped."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip

from nnstudio.gui.canvas.camera import STEPS_PER_OCTAVE, TITLES_BELOW
from nnstudio.gui.canvas.gestures import Gesture, MoveNodes, Pan, RubberBand
from nnstudio.gui.canvas.keys import key_pressed
from nnstudio.gui.canvas.menu import context_menu
from nnstudio.gui.canvas.wire_drag import WireDrag
from nnstudio.gui.library.panel import LAYER_MIME
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.plan import shape_text
from nnstudio.project.graph import Slot, Source, Wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

PORT_PIXELS = 11.0  # from here one grabs a port
WIRE_PIXELS = 7.0
LEVELS_A_NOTCH = 3  # of the wheel: 14 %
TITLE_HEIGHT = 32.0
SELECT_MORE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
KEYBOARD_REASONS = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
}


@dataclass(frozen=True)
class Under:
    """What is under the pointer: a port (row, port, order, output), a node, a wire, or nothing."""

    row: int | None = None
    port: tuple[str, int, bool] | None = None
    wire: int | None = None


NOTHING = Under()


class CanvasInput(QObject):
    """Hears the events of a view, as its event filter; at most one gesture goes on at a time."""

    def __init__(self, view: "CanvasView") -> None:
        super().__init__(view)
        self.view = view
        self.gesture: Gesture | None = None
        self.under = NOTHING
        self.space = False  # Space is held: dragging pans
        self.focus_shown = False
        self.pointer: QPointF | None = None
        self._ghost: QPointF | None = None  # where a layer of the library is being dragged
        self._ghost_wire: Wire | None = None
        self._levels = 0.0  # zoom that has not yet made a whole level
        kinds = QEvent.Type
        self._handlers: dict[QEvent.Type, Callable[[Any], bool]] = {
            kinds.MouseButtonPress: self._press,
            kinds.MouseButtonDblClick: self._double_click,
            kinds.MouseMove: self._move,
            kinds.MouseButtonRelease: self._release,
            kinds.Leave: self._leave,
            kinds.Wheel: self._wheel,
            kinds.NativeGesture: self._native,
            kinds.KeyPress: self._key,
            kinds.KeyRelease: self._key_up,
            kinds.FocusIn: self._focus,
            kinds.FocusOut: self._focus,
            kinds.ToolTip: self._tip,
            kinds.ContextMenu: self._menu,
            kinds.DragEnter: self._drag_over,
            kinds.DragMove: self._drag_over,
            kinds.DragLeave: self._drag_left,
            kinds.Drop: self._drop,
        }
        view.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        view.setMouseTracking(True)
        view.setAcceptDrops(True)
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        handler = self._handlers.get(event.type())
        return handler(event) if handler is not None and watched is self.view else False

    # ── gestures ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def cancel(self) -> bool:
        """End the gesture as if it had not begun; False where there was none."""
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return False
        gesture.cancel()
        self._show_cursor()
        self.view.update()
        return True

    def _press(self, event: QMouseEvent) -> bool:
        self.focus_shown = False
        if self.gesture is not None:
            return True
        self.pointer = event.position()
        self.gesture = self._gesture(event)
        self._show_cursor()
        return self.gesture is not None

    def _gesture(self, event: QMouseEvent) -> Gesture | None:
        view, at = self.view, event.position()
        button = event.button()
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self.space):
            return Pan(view, at)
        if button != Qt.MouseButton.LeftButton:
            return None
        under, more = self.look(at), bool(event.modifiers() & SELECT_MORE)
        if under.port is not None and under.row is not None:
            return self._wire_from_port(at, under.row, *under.port)
        if under.row is not None:
            return self._grab_node(at, under.row, more=more)
        if under.wire is not None:
            return self._grab_wire(at, under.wire, more=more)
        return RubberBand(view, at, add=more)

    def _wire_from_port(self, at: QPointF, row: int, port: str, order: int, output: bool) -> Gesture:
        view = self.view
        id = view.scene.node(row).id
        if output:
            return WireDrag(view, at, source=Source(id, port))
        slot = Slot(id, port, order)
        wired = view.scene.graph.wires.get(slot)
        return WireDrag(view, at, slot=slot) if wired is None else WireDrag(view, at, source=wired, moved=slot)

    def _grab_node(self, at: QPointF, row: int, *, more: bool) -> Gesture | None:
        view = self.view
        id, selection = view.scene.node(row).id, view.studio.selection
        view.select_wires(())
        if more:
            view.studio.select([other for other in selection if other != id] if id in selection else (*selection, id))
            if id in selection:
                return None
        elif id not in selection:
            view.studio.select([id])
        return MoveNodes(view, at, row, select_alone=not more and id in selection)

    def _grab_wire(self, at: QPointF, row: int, *, more: bool) -> Gesture:
        """A click selects the wire, a drag takes its nearer end along."""
        view = self.view
        wire = view.scene.wire(row)
        if not more:
            view.studio.select(())
        start = view.port_pixel(wire.source.node, wire.source.port, output=True)
        end = view.port_pixel(wire.target.node, wire.target.port, order=wire.target.order)
        if (start - at).manhattanLength() < (end - at).manhattanLength():
            return WireDrag(view, at, slot=wire.target, moved=wire.target)
        return WireDrag(view, at, source=wire.source, moved=wire.target)

    def _move(self, event: QMouseEvent) -> bool:
        self.pointer = event.position()
        if self.gesture is not None:
            self.gesture.move(event.position())
            return True
        self._hover(event.position())
        return False

    def _release(self, event: QMouseEvent) -> bool:
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return False
        gesture.at = event.position()
        gesture.finish()
        self._hover(event.position())
        self._show_cursor()
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        view, at = self.view, event.position()
        under = self.look(at)
        if under == NOTHING:
            view.open_search(at)
        elif under.row is not None and under.port is None:
            if at.y() - view.node_rect(under.row).top() < TITLE_HEIGHT * view.camera.zoom:
                view.rename_node(view.scene.node(under.row).id)
        else:
            return self._press(event)
        return True

    # ── what is under the pointer ─────────────────────────────────────────────────────────────────────────────────────

    def look(self, at: QPointF) -> Under:
        view = self.view
        zoom = view.camera.zoom
        x, y = view.camera.to_plane(at.x(), at.y())
        near = view.scene.anchor_near(x, y, PORT_PIXELS / zoom) if zoom >= TITLES_BELOW else None
        if near is not None:
            row, anchor, output = near
            return Under(row, (anchor.port, anchor.order, output))
        row = view.scene.node_at(x, y)
        if row is not None:
            return Under(row)
        return Under(wire=view.wires.at(x, y, WIRE_PIXELS / zoom)) if zoom >= TITLES_BELOW else NOTHING

    def _hover(self, at: QPointF) -> None:
        under = self.look(at)
        if under != self.under:
            self.under = under
            self._show_cursor()
            self.view.update()

    def forget_hover(self) -> None:
        """Rows may mean something else now."""
        self.under = NOTHING

    def _leave(self, event: QEvent) -> bool:
        self.pointer = None
        if self.under != NOTHING:
            self.under = NOTHING
            self.view.update()
        return False

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self.gesture is not None:
            shape = self.gesture.cursor
        elif self.space:
            shape = Qt.CursorShape.OpenHandCursor
        elif self.under.port is not None or self.under.wire is not None:
            shape = Qt.CursorShape.PointingHandCursor
        self.view.setCursor(shape)

    def _tip(self, event: QHelpEvent) -> bool:
        text = "" if self.gesture is not None else self.tip(self.look(QPointF(event.pos())))
        if text:
            QToolTip.showText(event.globalPos(), text, self.view)
        else:
            QToolTip.hideText()
        return True

    def tip(self, under: Under) -> str:
        """What hovering says: the node's problems, what a port carries, the shape on a wire."""
        view = self.view
        plan, scene = view.studio.plan, view.scene
        if under.port is not None and under.row is not None:
            port, _, output = under.port
            planned = plan.nodes.get(scene.node(under.row).id)
            shape = planned.outputs.get(port) if planned is not None and output else None
            problem = view.looks.message(under.row) if not output else ""
            words = tr("Output “{port}”", port=port) if output else tr("Input “{port}”", port=port)
            return "\n".join(part for part in (words, shape_text(shape, batch=True) if shape else "", problem) if part)
        if under.row is not None:
            return view.looks.message(under.row)
        if under.wire is not None:
            wire = scene.wire(under.wire)
            planned = plan.nodes.get(wire.source.node)
            shape = planned.outputs.get(wire.source.port) if planned is not None else None
            graph = scene.graph
            ends = (
                f"{view.looks.title(graph.nodes[wire.source.node])} → {view.looks.title(graph.nodes[wire.target.node])}"
            )
            return f"{ends}\n{shape_text(shape, batch=True)}" if shape else ends
        return ""

    def _menu(self, event: QContextMenuEvent) -> bool:
        self.cancel()
        view = self.view
        at = QPointF(event.pos())
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            under = self.look(at)
            if under.row is not None and not view.scene.selected[under.row]:
                view.studio.select([view.scene.node(under.row).id])
            elif under.wire is not None:
                view.select_wires([view.scene.wire(under.wire).target])
        context_menu(view, at).popup(event.globalPos())
        return True

    # ── wheel, pinch, keys, focus ─────────────────────────────────────────────────────────────────────────────────────

    def _wheel(self, event: QWheelEvent) -> bool:
        """Two fingers on a touchpad pan; a wheel, or anything with Ctrl, zooms at the pointer."""
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.phase() != Qt.ScrollPhase.NoScrollPhase and not event.pixelDelta().isNull() and not control:
            view = self.view
            view.set_camera(view.whole_pan(view.camera, QPointF(event.pixelDelta())), moving=True)
        else:
            self._zoom(event.angleDelta().y() / 120 * LEVELS_A_NOTCH, event.position())
        event.accept()
        return True

    def _native(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._zoom(STEPS_PER_OCTAVE * math.log2(max(0.1, 1 + event.value())), event.position())
        return True

    def _zoom(self, levels: float, at: QPointF) -> None:
        self._levels += levels
        whole = math.trunc(self._levels)
        self._levels -= whole
        if whole:
            self.view.zoom_to(self.view.camera.level + whole, at)

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape and self.cancel():
            return True
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self.space = True
            self._show_cursor()
            return True
        if self.gesture is not None and self.gesture.dragging:
            return True  # the network must not change under a gesture
        return key_pressed(self.view, event)

    def _key_up(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.space = False
            self._show_cursor()
        return False

    def _focus(self, event: QFocusEvent) -> bool:
        self.focus_shown = event.gotFocus() and event.reason() in KEYBOARD_REASONS
        self.space = False
        self.view.update()
        return False

    # ── from the library ──────────────────────────────────────────────────────────────────────────────────────────────

    def _drag_over(self, event: QDragMoveEvent) -> bool:
        if not event.mimeData().hasFormat(LAYER_MIME):
            event.ignore()
            return True
        self._ghost = event.position()
        self._ghost_wire = self.view.wire_under(event.position())
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.view.update()
        return True

    def _drag_left(self, event: QEvent) -> bool:
        self._ghost = self._ghost_wire = None
        self.view.update()
        return True

    def _drop(self, event: QDropEvent) -> bool:
        self._ghost = self._ghost_wire = None
        self.view.update()
        if event.mimeData().hasFormat(LAYER_MIME):
            type = bytes(event.mimeData().data(LAYER_MIME).data()).decode(errors="replace")
            self.view.drop_layer(type, event.position())
            self.view.setFocus(Qt.FocusReason.MouseFocusReason)
            event.acceptProposedAction()
        return True

    # ── painting over the scene ───────────────────────────────────────────────────────────────────────────────────────

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.gesture is not None:
            self.gesture.paint(painter)
        elif self._ghost is not None:
            self._paint_ghost(painter, self._ghost)
        else:
            self._paint_hover(painter)

    def _paint_hover(self, painter: QPainter) -> None:
        view, under = self.view, self.under
        zoom = view.camera.zoom
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if under.wire is not None and under.wire not in view.wires.selected:
            self._paint_wire(painter, under.wire, "wire_hover")
        if under.row is None:
            return
        if under.port is not None:
            port, order, output = under.port
            centre = view.port_pixel(view.scene.node(under.row).id, port, order=order, output=output)
            painter.setPen(QPen(theme.color("wire_hover"), 2))
            radius = (theme.size("port") + 3) * zoom
            painter.drawEllipse(centre, radius, radius)
        elif not view.scene.selected[under.row] and not view.scene.severity[under.row]:
            radius = theme.size("radius_node") * zoom
            painter.setPen(QPen(theme.color("node_hover_line"), 1.5))
            painter.drawRoundedRect(view.node_rect(under.row), radius, radius)

    def _paint_wire(self, painter: QPainter, row: int, token: str) -> None:
        camera = self.view.camera
        painter.save()
        painter.scale(camera.zoom, camera.zoom)
        painter.translate(-camera.left, -camera.top)
        painter.setPen(QPen(theme.color(token), theme.size("stroke_wire")))
        painter.drawPath(self.view.wires.path(row))
        painter.restore()

    def _paint_ghost(self, painter: QPainter, at: QPointF) -> None:
        view = self.view
        zoom = view.camera.zoom
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._ghost_wire is not None and self._ghost_wire.target in view.scene.wire_row:
            self._paint_wire(painter, view.scene.wire_row[self._ghost_wire.target], "wire_valid")
        size = QPointF(view.scene.width * zoom, view.scene.height * zoom)
        painter.setPen(QPen(theme.color("accent"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("node", 0.6))
        radius = theme.size("radius_node") * zoom
        painter.drawRoundedRect(QRectF(at - size / 2, at + size / 2), radius, radius)
