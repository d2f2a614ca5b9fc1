"""What do wheel, touchpad and pinch do? Two fingers on a touchpad pan; a wheel, a pinch, or anything with Ctrl, zooms at the pointer."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QNativeGestureEvent, QWheelEvent

from nnstudio.gui.canvas.camera import STEPS_PER_OCTAVE

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

LEVELS_A_NOTCH = 3  # of the wheel: 14 %


class Wheel:
    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self._levels = 0.0  # zoom that has not yet made a whole level

    def turned(self, event: QWheelEvent) -> bool:
        event.accept()
        view, gesture = self._view, self._view.input.gesture
        if gesture is not None and gesture.dragging:
            return True  # what is held would jump
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.phase() != Qt.ScrollPhase.NoScrollPhase and not event.pixelDelta().isNull() and not control:
            view.set_camera(view.whole_pan(view.camera, QPointF(event.pixelDelta())), moving=True)
        else:
            self._zoom(event.angleDelta().y() / 120 * LEVELS_A_NOTCH, event.position())
        return True

    def pinched(self, event: QNativeGestureEvent) -> bool:
        if event.gestureType() != Qt.NativeGestureType.ZoomNativeGesture:
            return False
        self._zoom(STEPS_PER_OCTAVE * math.log2(max(0.1, 1 + event.value())), event.position())
        return True

    def _zoom(self, levels: float, at: QPointF) -> None:
        self._levels += levels
        whole = math.trunc(self._levels)
        self._levels -= whole
        if whole:
            self._view.zoom_to(self._view.camera.level + whole, at)
