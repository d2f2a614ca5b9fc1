"""How do the camera, the nodes and the frames get from one place to another? In a moment's movement, unless none is wished for."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEasingCurve, QEvent, QObject, Qt, QVariantAnimation
from PySide6.QtWidgets import QApplication, QWidget

from nnstudio.gui.canvas.camera import MAX_LEVEL, MIN_LEVEL, Camera
from nnstudio.gui.settings import REDUCED_MOTION, Settings
from nnstudio.project.boxes import Box, Position, frame_box
from nnstudio.project.graph import Graph

TAKES_OVER = {QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.NativeGesture}
HURRIES = {QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride, QEvent.Type.DragEnter}


def motion_allowed(settings: Settings) -> bool:
    reduced = settings.get(REDUCED_MOTION)
    return QApplication.isEffectEnabled(Qt.UIEffect.UI_General) if reduced is None else not reduced


class Motion(QObject):
    """One movement of a widget at a time: `step(share)` with shares from above 0 to 1. What the pointer does ends it where it is, a key at its end."""

    def __init__(self, widget: QWidget, milliseconds: int, *, stops: bool) -> None:
        """stops: the pointer stops it where it is; else it is hurried to its end by that too."""
        super().__init__(widget)
        self._widget, self._stops = widget, stops
        self._step: Callable[[float], None] | None = None
        self._run = QVariantAnimation(self)
        self._run.setDuration(milliseconds)
        self._run.setStartValue(0.0)
        self._run.setEndValue(1.0)
        self._run.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._run.valueChanged.connect(self._moved)
        self._run.finished.connect(self.finish)

    @property
    def active(self) -> bool:
        return self._step is not None

    def begin(self, step: Callable[[float], None]) -> None:
        self.finish()
        self._step = step
        self._widget.installEventFilter(self)  # anew: before all others
        self._run.start()

    def stop(self) -> None:
        """Here and now."""
        self._step = None
        self._run.stop()
        self._widget.removeEventFilter(self)

    def finish(self) -> None:
        """At its end, at once."""
        step = self._step
        if step is not None:
            self.stop()
            step(1.0)

    def _moved(self, share: float) -> None:
        if self._step is not None and 0 < share < 1:
            self._step(share)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in HURRIES or (event.type() in TAKES_OVER and not self._stops):
            self.finish()
        elif event.type() in TAKES_OVER:
            self.stop()
        return False


def between(start: Camera, end: Camera, share: float, width: float, height: float) -> Camera:
    """A camera on the way, for a widget of that size: the middle goes straight, the zoom by equal factors, at whole levels."""
    if share >= 1:
        return end
    level = round(start.level + (end.level - start.level) * share)
    (x0, y0), (x1, y1) = (camera.to_plane(width / 2, height / 2) for camera in (start, end))
    middle = (x0 + (x1 - x0) * share, y0 + (y1 - y0) * share)
    return Camera(level=min(MAX_LEVEL, max(MIN_LEVEL, level))).centred(*middle, width, height)


Ways = Mapping[str, tuple[Box, Box]]
"""Where frames come from and where they go, by id."""


def moved(before: Graph, now: Graph) -> tuple[dict[str, Position], Ways]:
    """(where the nodes were that are elsewhere now, the ways of frames that are elsewhere now or of another size)."""
    nodes = {
        id: node.position
        for id, node in before.nodes.items()
        if (there := now.nodes.get(id)) is not None and there is not node and there.position != node.position
    }
    frames = {
        id: (frame_box(frame), frame_box(there))
        for id, frame in before.frames.items()
        if (there := now.frames.get(id)) is not None and frame_box(there) != frame_box(frame)
    }
    return nodes, frames


def frames_between(ways: Ways, share: float) -> dict[str, Box]:
    """Where frames are shown on their way; none once they are there."""
    if share >= 1:
        return {}
    return {id: _box_between(start, end, share) for id, (start, end) in ways.items()}


def _box_between(start: Box, end: Box, share: float) -> Box:
    left, top, right, bottom = (a + (b - a) * share for a, b in zip(start, end, strict=True))
    return left, top, right, bottom
