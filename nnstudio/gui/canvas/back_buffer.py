"""What was painted already? A picture of the scene that a pan scrolls, an edit mends in places, and a drag draws over."""

import ctypes
import math
from collections.abc import Iterable
from typing import cast

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter, QRegion

from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.numpy_draw import FORMAT, Pixels
from nnstudio.gui.canvas.render import Renderer
from nnstudio.gui.canvas.scene import Box

FEW_PARTS = 3
"""More parts than that are mended in one go: each costs the looking up of what it touches."""


SLACK = 0.25
"""Of the picture's size there is free memory before and behind it: a pan moves where the picture begins, and nothing is copied as long as there
is room."""


class BackBuffer:
    """Holds the scene as seen by `camera`, without what lies over it (drags, drafts, hover)."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._memory: Pixels = np.zeros(0, np.uint32)
        self._begin = 0  # of the picture in it
        self._picture = QImage()
        self._camera: Camera | None = None  # of what is in the picture; None: nothing is
        self._damage = QRegion()  # in device pixels

    @property
    def camera(self) -> Camera | None:
        """What is in the picture was seen by it; None: nothing of it is right."""
        return self._camera

    def invalidate(self) -> None:
        """All of it is old."""
        self._camera = None

    def damage(self, box: Box) -> None:
        """This part (of the plane) is old."""
        if self._camera is not None:
            left, top, right, bottom = box
            corners = self._camera.to_widget(left, top), self._camera.to_widget(right, bottom)
            self._damage = self._damage.united(self._device_rect(QRectF(*(QPointF(*corner) for corner in corners))))

    def picture(self, size: QSize, ratio: float, camera: Camera, *, moving: bool) -> QImage:
        """The scene as `camera` sees it, painting only what is not there yet. moving: thin wires will do."""
        device = QSize(math.ceil(size.width() * ratio), math.ceil(size.height() * ratio))
        if self._picture.size() != device or self._picture.devicePixelRatio() != ratio:
            slack = int(SLACK * device.width() * device.height())
            self._memory = np.empty(device.width() * device.height() + 2 * slack, np.uint32)
            self._show(slack, device, ratio)
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

    def _show(self, begin: int, device: QSize, ratio: float) -> None:
        """The picture is what begins there in the memory."""
        self._begin = begin
        pixels = self._memory[begin : begin + device.width() * device.height()].data
        self._picture = QImage(pixels, device.width(), device.height(), 4 * device.width(), FORMAT)
        self._picture.setDevicePixelRatio(ratio)

    def _scroll(self, camera: Camera, ratio: float) -> None:
        assert self._camera is not None
        dx = (self._camera.left - camera.left) * camera.zoom * ratio
        dy = (self._camera.top - camera.top) * camera.zoom * ratio
        whole = QPoint(round(dx), round(dy))
        rect = self._picture.rect()
        if abs(dx - whole.x()) > 0.01 or abs(dy - whole.y()) > 0.01 or not rect.intersects(rect.translated(whole)):
            self._damage = QRegion(rect)
            return
        size = rect.width() * rect.height()
        by = whole.y() * rect.width() + whole.x()  # what comes round at the sides is exposed too
        begin = self._begin - by
        if not 0 <= begin <= len(self._memory) - size:  # no room: back to the middle
            begin = (len(self._memory) - size) // 2
            first = self._memory.ctypes.data
            target, source = begin + max(0, by), self._begin - min(0, by)
            ctypes.memmove(first + 4 * target, first + 4 * source, 4 * (size - abs(by)))
        self._show(begin, rect.size(), ratio)
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
