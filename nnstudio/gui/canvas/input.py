"""What does the pointer mean? Which gesture begins where one presses, what lights up under it, what can be dropped."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
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
from PySide6.QtWidgets import QApplication, QToolTip

from nnstudio.gui.canvas import clipboard
from nnstudio.gui.canvas.camera import STEPS_PER_OCTAVE
from nnstudio.gui.canvas.duplicate_drag import DuplicateNodes
from nnstudio.gui.canvas.frames_gestures import MoveFrames, frame_cursor, frame_gesture
from nnstudio.gui.canvas.gestures import Gesture, MoveNodes, Pan, RubberBand, selecting
from nnstudio.gui.canvas.hover import NOTHING, Hover, Under
from nnstudio.gui.canvas.knife import Knife
from nnstudio.gui.canvas.menu import context_menu
from nnstudio.gui.canvas.rerouting import reroute_at
from nnstudio.gui.canvas.wire_drag import WireDrag, end_pixel, paint_draft, paint_note
from nnstudio.gui.library.panel import LAYER_MIME
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project.graph import Slot, Source, Wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

LEVELS_A_NOTCH = 3  # of the wheel: 14 %
TITLE_HEIGHT = 32.0
RIM = 20.0  # so near to the edge a drag scrolls
SCROLL_MS = 16
SCROLL_SLOWNESS = 3.0  # pixels beyond the rim for one pixel of scrolling a frame
SELECT_MORE = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
KEYBOARD_REASONS = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
}


class CanvasInput(QObject):
    """Hears the events of a view, as its event filter; at most one gesture goes on at a time."""

    def __init__(self, view: "CanvasView") -> None:
        super().__init__(view)
        self.view = view
        self.gesture: Gesture | None = None
        self.hover = Hover(view)
        self.space = False  # Space is held: dragging pans
        self.knife = False  # the knife is in the hand: the next drag cuts
        self.preview: Wire | None = None  # what would come of the choice that is made by keyboard
        self.focus_shown = False
        self.pointer: QPointF | None = None
        self._ghost: QPointF | None = None  # where a layer of the library is being dragged
        self._ghost_wire: Wire | None = None
        self._levels = 0.0  # zoom that has not yet made a whole level
        self._scroll_timer = QTimer(self)
        self._scroll_timer.setInterval(SCROLL_MS)
        self._scroll_timer.timeout.connect(self._scroll)
        kinds = QEvent.Type
        self._handlers: dict[QEvent.Type, Callable[[Any], bool]] = {
            kinds.MouseButtonPress: self._press,
            kinds.MouseButtonDblClick: self._double_click,
            kinds.MouseMove: self._move,
            kinds.MouseButtonRelease: self._release,
            kinds.Leave: self._leave,
            kinds.Wheel: self._wheel,
            kinds.NativeGesture: self._native,
            kinds.ShortcutOverride: self._claim_key,
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
        modifiers = event.modifiers()
        control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        if (button == Qt.MouseButton.RightButton and control) or (button == Qt.MouseButton.LeftButton and self.knife):
            return Knife(view, at)
        if button != Qt.MouseButton.LeftButton:
            return None
        under = self.hover.look(at)
        more, alt = bool(modifiers & SELECT_MORE), bool(modifiers & Qt.KeyboardModifier.AltModifier)
        if under.port is not None and under.row is not None:
            return self._wire_from_port(at, under.row, *under.port, bundle=control)
        if under.row is not None:
            return self._copy_node(at, under.row) if alt else self._grab_node(at, under.row, more=more)
        if under.wire is not None:
            if alt:
                view.wiring.cut([view.scene.wire(under.wire).target])
                return None
            return self._grab_wire(at, under.wire, more=more)
        return frame_gesture(view, at, modifiers) or RubberBand(view, at, selecting(modifiers))

    def _wire_from_port(self, at: QPointF, row: int, port: str, order: int, output: bool, *, bundle: bool) -> Gesture:
        """A new wire from an output or a free input, the end of the wire in an occupied one; bundle: all wires of the port."""
        view = self.view
        id, graph = view.scene.node(row).id, view.scene.graph
        if bundle:
            wires = graph.wires_out_of(id, port) if output else graph.wires_into(id, port)
            slots = [wire.target for wire in wires]
            if slots and output:
                return WireDrag(view, at, slots=slots, moved=slots)
            if slots:
                return WireDrag(view, at, sources=[wire.source for wire in wires], moved=slots)
        if output:
            return WireDrag(view, at, sources=[Source(id, port)])
        slot = Slot(id, port, order)
        wired = graph.wires.get(slot)
        return WireDrag(view, at, slots=[slot]) if wired is None else WireDrag(view, at, sources=[wired], moved=[slot])

    def _copy_node(self, at: QPointF, row: int) -> Gesture:
        view = self.view
        id = view.scene.node(row).id
        view.select_wires(())
        if id not in view.studio.selection:
            view.studio.select([id])
        return DuplicateNodes(view, at)

    def _grab_node(self, at: QPointF, row: int, *, more: bool) -> Gesture | None:
        view = self.view
        id, selection = view.scene.node(row).id, view.studio.selection
        view.select_wires(())
        if more:
            view.studio.select([other for other in selection if other != id] if id in selection else (*selection, id))
            if id in selection:
                return None
        elif id not in selection:
            view.select_frames(())
            view.studio.select([id])
        if view.frames.selected:
            return MoveFrames(view, at, view.frames.selected, view.studio.selection, clicked="" if more else id)
        return MoveNodes(view, at, row, select_alone=not more and id in selection)

    def _grab_wire(self, at: QPointF, row: int, *, more: bool) -> Gesture:
        """A click selects the wire, a drag takes its nearer end along."""
        view = self.view
        wire = view.scene.wire(row)
        if not more:
            view.select_frames(())
            view.studio.select(())
        start = view.port_pixel(wire.source.node, wire.source.port, output=True)
        end = view.port_pixel(wire.target.node, wire.target.port, order=wire.target.order)
        if (start - at).manhattanLength() < (end - at).manhattanLength():
            return WireDrag(view, at, slots=[wire.target], moved=[wire.target])
        return WireDrag(view, at, sources=[wire.source], moved=[wire.target])

    def _move(self, event: QMouseEvent) -> bool:
        self.pointer = event.position()
        if self.gesture is not None:
            self.gesture.modifiers = event.modifiers()
            self.gesture.move(event.position())
            scrolls = self.gesture.scrolls and self.gesture.dragging and not self._beyond().isNull()
            if scrolls and not self._scroll_timer.isActive():  # not put off by each further movement
                self._scroll_timer.start()
            return True
        self._look_at(event.position())
        return False

    def _beyond(self) -> QPointF:
        """How far the pointer is into the rim of the canvas, or out of it."""
        if self.pointer is None:
            return QPointF()
        inner = self.view.rect().toRectF().adjusted(RIM, RIM, -RIM, -RIM)
        x, y = self.pointer.x(), self.pointer.y()
        return QPointF(
            min(0.0, x - inner.left()) + max(0.0, x - inner.right()),
            min(0.0, y - inner.top()) + max(0.0, y - inner.bottom()),
        )

    def _scroll(self) -> None:
        """While something is dragged at the rim the picture moves the other way, faster further out."""
        beyond, gesture = self._beyond(), self.gesture
        if gesture is None or not gesture.dragging or beyond.isNull():
            self._scroll_timer.stop()
            return
        before = self.view.camera
        self.view.set_camera(self.view.whole_pan(before, -beyond / SCROLL_SLOWNESS), moving=True)
        moved = QPointF(before.left - self.view.camera.left, before.top - self.view.camera.top) * before.zoom
        gesture.shift_start(moved)

    def _release(self, event: QMouseEvent) -> bool:
        gesture, self.gesture = self.gesture, None
        if gesture is None:
            return False
        self.knife = False
        gesture.at = event.position()
        gesture.finish()
        self._look_at(event.position())
        self._show_cursor()
        return True

    def _double_click(self, event: QMouseEvent) -> bool:
        if event.button() != Qt.MouseButton.LeftButton:
            return False
        view, at = self.view, event.position()
        under = self.hover.look(at)
        if under == NOTHING:
            view.open_search(at)
        elif under.frame is not None:
            view.frame_editor.edit(under.frame)
        elif under.wire is not None:
            reroute_at(view, {view.scene.wire(under.wire).target: at})
        elif under.row is not None and under.port is None:
            if at.y() - view.node_rect(under.row).top() < TITLE_HEIGHT * view.camera.zoom:
                view.rename_node(view.scene.node(under.row).id)
            else:
                view.studio.scope.enter(view.scene.node(under.row).id)
        else:
            return self._press(event)
        return True

    # ── what is under the pointer ─────────────────────────────────────────────────────────────────────────────────────

    def _look_at(self, at: QPointF) -> None:
        under = self.hover.look(at)
        if under != self.hover.under:
            self.hover.under = under
            self._show_cursor()
            self.view.update()

    def forget_hover(self) -> None:
        """Rows may mean something else now."""
        self.hover.under = NOTHING

    def _leave(self, event: QEvent) -> bool:
        if QApplication.activePopupWidget() is None:  # what is chosen in a menu is meant for where it was opened
            self.pointer = None
        if self.hover.under != NOTHING:
            self.hover.under = NOTHING
            self.view.update()
        return False

    def _show_cursor(self) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self.gesture is not None:
            shape = self.gesture.cursor
        elif self.space:
            shape = Qt.CursorShape.OpenHandCursor
        elif self.knife:
            shape = Qt.CursorShape.CrossCursor
        elif self.hover.under.port is not None or self.hover.under.wire is not None:
            shape = Qt.CursorShape.PointingHandCursor
        elif self.hover.under.frame is not None:
            shape = frame_cursor(self.hover.under.frame)
        self.view.setCursor(shape)

    def _tip(self, event: QHelpEvent) -> bool:
        text = "" if self.gesture is not None else self.hover.tip(self.hover.look(QPointF(event.pos())))
        if text:
            QToolTip.showText(event.globalPos(), text, self.view)
        else:
            QToolTip.hideText()
        return True

    def _menu(self, event: QContextMenuEvent) -> bool:
        mouse = event.reason() == QContextMenuEvent.Reason.Mouse
        if mouse and (isinstance(self.gesture, Knife) or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            return True  # the right button holds the knife
        self.cancel()
        view, at = self.view, QPointF(event.pos())
        under = self.hover.look(at) if mouse else None
        if under is not None:
            self.pointer = at
            self._select_for_menu(under)
        context_menu(view, under).popup(event.globalPos())
        return True

    def _select_for_menu(self, under: Under) -> None:
        view = self.view
        if under.row is not None and not view.scene.selected[under.row]:
            view.studio.select([view.scene.node(under.row).id])
        elif under.wire is not None:
            view.studio.select(())
            view.select_wires([view.scene.wire(under.wire).target])
        elif under.frame is not None and under.frame.id not in view.frames.selected:
            view.studio.select(())
            view.select_frames([under.frame.id])

    # ── the knife, and choices by keyboard ────────────────────────────────────────────────────────────────────────────

    def take_knife(self) -> None:
        """The next drag cuts the wires that it crosses; taken twice, it is laid down."""
        self.knife = not self.knife
        self._show_cursor()
        self.view.update()

    def show_preview(self, wire: Wire | None) -> None:
        self.preview = wire
        self.view.update()

    # ── wheel, pinch, keys, focus ─────────────────────────────────────────────────────────────────────────────────────

    def _wheel(self, event: QWheelEvent) -> bool:
        """Two fingers on a touchpad pan; a wheel, or anything with Ctrl, zooms at the pointer."""
        event.accept()
        if self.gesture is not None and self.gesture.dragging:
            return True  # what is held would jump
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.phase() != Qt.ScrollPhase.NoScrollPhase and not event.pixelDelta().isNull() and not control:
            view = self.view
            view.set_camera(view.whole_pan(view.camera, QPointF(event.pixelDelta())), moving=True)
        else:
            self._zoom(event.angleDelta().y() / 120 * LEVELS_A_NOTCH, event.position())
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
        if event.key() == Qt.Key.Key_Escape and (self.cancel() or self.knife):
            self.knife = False
            self._show_cursor()
            self.view.update()
            return True
        if event.key() == Qt.Key.Key_Space and not event.modifiers():
            self.space = True
            self._show_cursor()
            return True
        return self.gesture is not None and self.gesture.dragging  # the network must not change under a gesture

    def _claim_key(self, event: QKeyEvent) -> bool:
        """Before a shortcut is looked for: during a gesture no command may be run."""
        held = self.gesture is not None and self.gesture.dragging
        if held or (event.key() == Qt.Key.Key_Escape and (self.gesture is not None or self.knife)):
            event.accept()
            return True
        return False

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
            if clipboard.takes(event.mimeData()):
                event.acceptProposedAction()
            else:
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
        elif clipboard.drop(self.view, event.mimeData(), event.position()):
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
            self.hover.paint(painter)
            self._paint_preview(painter)
            if self.knife and self.pointer is not None:
                paint_note(painter, self.view.rect().toRectF(), self.pointer, tr("Drag across the wires to cut"))

    def _paint_preview(self, painter: QPainter) -> None:
        view, wire = self.view, self.preview
        if wire is None or wire.source.node not in view.scene.row or wire.target.node not in view.scene.row:
            return
        paint_draft(painter, view, end_pixel(view, wire.source), end_pixel(view, wire.target), "wire_valid")
        painter.setPen(QPen(theme.color("wire_valid"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        radius = theme.size("radius_node") * view.camera.zoom
        for id in (wire.source.node, wire.target.node):
            painter.drawRoundedRect(view.node_rect(view.scene.row[id]), radius, radius)

    def _paint_ghost(self, painter: QPainter, at: QPointF) -> None:
        view = self.view
        zoom = view.camera.zoom
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._ghost_wire is not None and self._ghost_wire.target in view.scene.wire_row:
            self.hover.paint_wire(painter, view.scene.wire_row[self._ghost_wire.target], "wire_valid")
        size = QPointF(view.scene.width * zoom, view.scene.height * zoom)
        painter.setPen(QPen(theme.color("accent"), 1.5, Qt.PenStyle.DashLine))
        painter.setBrush(theme.color("node", 0.6))
        radius = theme.size("radius_node") * zoom
        painter.drawRoundedRect(QRectF(at - size / 2, at + size / 2), radius, radius)
