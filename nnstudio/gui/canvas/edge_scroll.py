"""How does one drag beyond what is seen? While something is held at the rim the picture moves the other way, faster further out."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QTimer

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

RIM = 20.0  # so near to the edge a drag scrolls
SCROLL_MS = 16
SCROLL_SLOWNESS = 3.0  # pixels beyond the rim for one pixel of scrolling a frame


class EdgeScroll(QObject):
    def __init__(self, view: "CanvasView") -> None:
        super().__init__(view)
        self._view = view
        self._timer = QTimer(self)
        self._timer.setInterval(SCROLL_MS)
        self._timer.timeout.connect(self._scroll)

    def moved(self) -> None:
        """The pointer is elsewhere."""
        gesture = self._view.input.gesture
        scrolls = gesture is not None and gesture.scrolls and gesture.dragging and not self._beyond().isNull()
        if scrolls and not self._timer.isActive():  # not put off by each further movement
            self._timer.start()

    def _beyond(self) -> QPointF:
        """How far the pointer is into the rim of the canvas, or out of it."""
        pointer = self._view.input.pointer
        if pointer is None:
            return QPointF()
        inner = self._view.rect().toRectF().adjusted(RIM, RIM, -RIM, -RIM)
        x, y = pointer.x(), pointer.y()
        return QPointF(
            min(0.0, x - inner.left()) + max(0.0, x - inner.right()),
            min(0.0, y - inner.top()) + max(0.0, y - inner.bottom()),
        )

    def _scroll(self) -> None:
        view, gesture, beyond = self._view, self._view.input.gesture, self._beyond()
        if gesture is None or not gesture.dragging or beyond.isNull():
            self._timer.stop()
            return
        before = view.camera
        view.set_camera(view.whole_pan(before, -beyond / SCROLL_SLOWNESS), moving=True)
        gesture.shift_start(QPointF(before.left - view.camera.left, before.top - view.camera.top) * before.zoom)
