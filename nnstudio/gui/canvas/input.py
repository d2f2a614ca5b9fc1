"""What does an event mean to the canvas? Pointer, keys and focus are heard here; at most one gesture goes on at a time."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QApplication, QToolTip

from nnstudio.gui.canvas.dropping import Dropping
from nnstudio.gui.canvas.edge_scroll import EdgeScroll
from nnstudio.gui.canvas.frames_gestures import frame_cursor
from nnstudio.gui.canvas.gestures import Gesture
from nnstudio.gui.canvas.hover import NOTHING, Hover
from nnstudio.gui.canvas.knife import Knife
from nnstudio.gui.canvas.menu import context_menu, select_for_menu
from nnstudio.gui.canvas.pressing import double_clicked, pressed
from nnstudio.gui.canvas.wheel import Wheel
from nnstudio.gui.canvas.wire_drag import end_pixel, paint_draft, paint_note
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project.graph import Wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

KEYBOARD_REASONS = {
    Qt.FocusReason.TabFocusReason,
    Qt.FocusReason.BacktabFocusReason,
    Qt.FocusReason.ShortcutFocusReason,
}


class CanvasInput(QObject):
    """The event filter of a view."""

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
        self._dropping = Dropping(view)
        self._scrolling = EdgeScroll(view)
        wheel = Wheel(view)
        kinds = QEvent.Type
        self._handlers: dict[QEvent.Type, Callable[[Any], bool]] = {
            kinds.MouseButtonPress: self._press,
            kinds.MouseButtonDblClick: self._double_click,
            kinds.MouseMove: self._move,
            kinds.MouseButtonRelease: self._release,
            kinds.Leave: self._leave,
            kinds.Wheel: wheel.turned,
            kinds.NativeGesture: wheel.pinched,
            kinds.ShortcutOverride: self._claim_key,
            kinds.KeyPress: self._key,
            kinds.KeyRelease: self._key_up,
            kinds.FocusIn: self._focus,
            kinds.FocusOut: self._focus,
            kinds.ToolTip: self._tip,
            kinds.ContextMenu: self._menu,
            kinds.DragEnter: self._dropping.over,
            kinds.DragMove: self._dropping.over,
            kinds.DragLeave: self._dropping.left,
            kinds.Drop: self._dropping.dropped,
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
        self.gesture = pressed(self.view, event)
        self._show_cursor()
        return self.gesture is not None

    def _move(self, event: QMouseEvent) -> bool:
        self.pointer = event.position()
        if self.gesture is not None:
            self.gesture.modifiers = event.modifiers()
            self.gesture.move(event.position())
            self._scrolling.moved()
            return True
        self._look_at(event.position())
        return False

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
        return double_clicked(self.view, event.position()) or self._press(event)

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
            select_for_menu(view, under)
        context_menu(view, under).popup(event.globalPos())
        return True

    # ── the knife, and choices by keyboard ────────────────────────────────────────────────────────────────────────────

    def take_knife(self) -> None:
        """The next drag cuts the wires that it crosses; taken twice, it is laid down."""
        self.knife = not self.knife
        self._show_cursor()
        self.view.update()

    def show_preview(self, wire: Wire | None) -> None:
        self.preview = wire
        self.view.update()

    # ── keys and focus ────────────────────────────────────────────────────────────────────────────────────────────────

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

    # ── painting over the scene ───────────────────────────────────────────────────────────────────────────────────────

    def paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.gesture is not None:
            self.gesture.paint(painter)
        elif self._dropping.ghost is not None:
            self._dropping.paint(painter)
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
