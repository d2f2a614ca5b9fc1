"""What was painted already? A picture of the scene that a pan scrolls, an edit mends in places, and a drag draws over."""

import ctypes
import math
from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QRegion

from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.numpy_draw import FORMAT, memory_of
from nnstudio.gui.canvas.render import Renderer

FEW_PARTS = 3
"""More parts than that are mended in one go: each costs the looking up of what it touches."""


class BackBuffer:
    """Holds the scene as seen by `camera`, without what lies over it (drags, drafts, hover)."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._picture = QImage()
        self._camera: Camera | None = None  # of what is in the picture; None: nothing is
        self._damage = QRegion()  # in device pixels

    def invalidate(self) -> None:
        """All of it is old."""
        self._camera = None

    def damage(self, area: QRectF) -> None:
        """This part (of the widget) is old."""
        self._damage = self._damage.united(self._device_rect(area))

    def picture(self, size: QSize, ratio: float, camera: Camera, *, moving: bool) -> QImage:
        """The scene as `camera` sees it, painting only what is not there yet. moving: thin wires will do."""
        device = QSize(math.ceil(size.width() * ratio), math.ceil(size.height() * ratio))
        if self._picture.size() != device or self._picture.devicePixelRatio() != ratio:
            self._picture = QImage(device, FORMAT)
            self._picture.setDevicePixelRatio(ratio)
            self._camera = None
        if self._camera is None or self._camera.level != camera.level:
            self._damage = QRegion(self._picture.rect())
        elif self._camera != camera:
            self._scroll(camera, ratio)
        self._camera = None  # should painting fail, nothing of it is kept
        if not self._damage.isEmpty():
            self._mend(camera, ratio, thin=moving)
        self._camera = camera
        return self._picture

    def _scroll(self, camera: Camera, ratio: float) -> None:
        assert self._camera is not None
        dx = (self._camera.left - camera.left) * camera.zoom * ratio
        dy = (self._camera.top - camera.top) * camera.zoom * ratio
        whole = QPoint(round(dx), round(dy))
        rect = self._picture.rect()
        if abs(dx - whole.x()) > 0.01 or abs(dy - whole.y()) > 0.01 or not rect.intersects(rect.translated(whole)):
            self._damage = QRegion(rect)
            return
        memory = memory_of(self._picture)
        by = 4 * (whole.y() * rect.width() + whole.x())  # bytes; what comes round at the sides is exposed too
        begin, size = memory.ctypes.data, memory.nbytes - abs(by)
        ctypes.memmove(begin + max(0, by), begin - min(0, by), size)
        exposed = QRegion(rect).subtracted(QRegion(rect.translated(whole)))
        self._damage = self._damage.translated(whole).united(exposed)

    def _mend(self, camera: Camera, ratio: float, *, thin: bool) -> None:
        whole = self._damage.intersected(QRegion(self._picture.rect()))
        self._damage = QRegion()
        painter = QPainter(self._picture)
        try:
            few = whole.rectCount() <= FEW_PARTS
            for rect in cast(Iterable[QRect], whole) if few else (whole.boundingRect(),):
                area = QRectF(rect.x() / ratio, rect.y() / ratio, rect.width() / ratio, rect.height() / ratio)
                painter.save()
                painter.setClipRect(area)
                self._renderer.paint(painter, camera, area, ratio, thin=thin)
                painter.restore()
        finally:
            painter.end()

    def _device_rect(self, area: QRectF) -> QRect:
        ratio = self._picture.devicePixelRatio()
        scaled = QRectF(area.x() * ratio, area.y() * ratio, area.width() * ratio, area.height() * ratio)
        return scaled.toAlignedRect()
