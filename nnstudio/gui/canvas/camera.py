"""Which part of the plane is seen, and how large? Qt-free arithmetic."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

STEPS_PER_OCTAVE = 16
MIN_LEVEL, MAX_LEVEL = -7 * STEPS_PER_OCTAVE, 2 * STEPS_PER_OCTAVE

TITLES_BELOW = 0.45
BLOCKS_BELOW = 0.20


@dataclass(frozen=True)
class Camera:
    """left, top: the plane's point at the widget's top left; level: zoom = 2^(level/16).

    Zoom goes in levels so that a node painted once at a level is sharp whenever that level is seen again.
    """

    left: float = 0.0
    top: float = 0.0
    level: int = 0

    @property
    def zoom(self) -> float:
        return 2.0 ** (self.level / STEPS_PER_OCTAVE)

    def to_plane(self, x: float, y: float) -> tuple[float, float]:
        return self.left + x / self.zoom, self.top + y / self.zoom

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        return (x - self.left) * self.zoom, (y - self.top) * self.zoom

    def panned(self, dx: float, dy: float) -> "Camera":
        """The picture moves by (dx, dy) pixels."""
        return replace(self, left=self.left - dx / self.zoom, top=self.top - dy / self.zoom)

    def zoomed(self, level: int, x: float, y: float) -> "Camera":
        """At `level`, with the same point of the plane under the widget's (x, y)."""
        plane_x, plane_y = self.to_plane(x, y)
        moved = replace(self, level=min(MAX_LEVEL, max(MIN_LEVEL, level)))
        return replace(moved, left=plane_x - x / moved.zoom, top=plane_y - y / moved.zoom)

    def centred(self, x: float, y: float, width: float, height: float) -> "Camera":
        """With (x, y) of the plane in the middle of a widget of that size."""
        return replace(self, left=x - width / self.zoom / 2, top=y - height / self.zoom / 2)

    def seen(self, width: float, height: float) -> tuple[float, float, float, float]:
        """left, top, right, bottom of the plane in a widget of that size."""
        return self.left, self.top, self.left + width / self.zoom, self.top + height / self.zoom


def whole_pixels(value: Any, ratio: float) -> Any:
    """Pixels (a number or an array) moved to whole device pixels, `ratio` of them a pixel, so that what is painted there is sharp.

    What lies half way falls to the same side wherever the camera stands: else scrolled and newly painted parts would not match.
    """
    return np.floor(value * ratio + 0.5 + 1e-6) / ratio


def level_of(zoom: float) -> int:
    """The nearest level."""
    return min(MAX_LEVEL, max(MIN_LEVEL, round(STEPS_PER_OCTAVE * math.log2(max(zoom, 1e-6)))))


def fitted(
    box: tuple[float, float, float, float], width: float, height: float, *, margin: float, most: float = 1.0
) -> Camera:
    """The camera that shows all of `box` (left, top, right, bottom), at most `most` times enlarged."""
    left, top, right, bottom = box
    zoom = min(
        most,
        max(1.0, width - 2 * margin) / max(1.0, right - left),
        max(1.0, height - 2 * margin) / max(1.0, bottom - top),
    )
    level = min(MAX_LEVEL, max(MIN_LEVEL, math.floor(STEPS_PER_OCTAVE * math.log2(zoom) + 1e-9)))
    return Camera(level=level).centred((left + right) / 2, (top + bottom) / 2, width, height)
