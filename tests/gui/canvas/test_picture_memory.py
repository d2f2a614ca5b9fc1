"""What is written into a picture's memory is what Qt would have painted there."""

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas.numpy_draw import FORMAT, Flat, Floats, memory_of

COLORS = [QColor("#cc3311"), QColor("#0077bb"), QColor("#ee7733")]
SIDE = 120


def painted(
    paint: Callable[[Flat], None], form: QImage.Format, clip: QRectF | None = None, ratio: float = 1.0
) -> np.ndarray:
    image = QImage(SIDE, SIDE, form)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("#101010"))
    painter = QPainter(image)
    if clip is not None:
        painter.setClipRect(clip)
    paint(Flat(painter))
    painter.end()
    return memory_of(image).copy()


def scattered(count: int) -> Floats:
    """Of few sizes and of many, some beyond the picture, covering each other."""
    chance = np.random.default_rng(0)
    sizes = np.where(chance.random((count, 1)) < 0.7, np.array([[4.0, 2.0]]), chance.integers(0, 40, (count, 2)))
    return np.concatenate([chance.integers(-20, SIDE, (count, 2)).astype(np.float64), sizes], axis=1)


@pytest.mark.parametrize("count", [0, 1, 40, 1000])
@pytest.mark.parametrize("clip", [None, QRectF(30, 20, 12, 70)])
def test_rectangles_are_those_of_qt(qapp: QApplication, count: int, clip: QRectF | None) -> None:
    rects = scattered(count)
    which = np.arange(count) % 3

    def paint(flat: Flat) -> None:
        flat.rects(rects, COLORS, which)

    assert np.array_equal(painted(paint, FORMAT, clip), painted(paint, QImage.Format.Format_RGB32, clip))


@pytest.mark.parametrize("count", [1, 40])
@pytest.mark.parametrize("clip", [None, QRectF(30, 20, 12, 70)])
def test_pictures_are_those_of_qt(qapp: QApplication, count: int, clip: QRectF | None) -> None:
    picture = QImage(7, 5, FORMAT)
    picture.fill(COLORS[0])
    picture.setPixelColor(6, 4, COLORS[1])
    x, y = np.random.default_rng(2).integers(-10, SIDE, (2, count))

    def paint(flat: Flat) -> None:
        flat.pictures(picture, x, y)

    assert np.array_equal(painted(paint, FORMAT, clip), painted(paint, QImage.Format.Format_RGB32, clip))


@pytest.mark.parametrize("form", [FORMAT, QImage.Format.Format_RGB32])
def test_a_smaller_rectangle_is_not_hidden_by_a_larger_one(qapp: QApplication, form: QImage.Format) -> None:
    rects = np.array([[14.0, 14.0, 4.0, 4.0], [10.0, 10.0, 40.0, 20.0]])
    found = painted(lambda flat: flat.rects(rects, COLORS, np.array([0, 1])), form)
    assert found[15, 15] == COLORS[0].rgba()
    assert found[12, 12] == COLORS[1].rgba()


def test_the_dots_of_a_grid_are_whole_and_end_at_the_clip(qapp: QApplication) -> None:
    x = np.array([-1.0, 10.0, 31.0, 119.0])

    def paint(flat: Flat) -> None:
        flat.dots(x, x, COLORS[0], 2)

    for clip in (None, QRectF(10, 0, 21, 40)):
        assert np.array_equal(painted(paint, FORMAT, clip), painted(paint, QImage.Format.Format_RGB32, clip))


def test_outlines_surround_their_rectangles(qapp: QApplication) -> None:
    rects = np.array([[10.0, 10.0, 30.0, 20.0], [60.0, 50.0, 9.0, 9.0]])
    found = painted(lambda flat: flat.outlines(rects, COLORS, 2, np.array([0, 1])), FORMAT)
    ink = found != found[0, 0]
    assert ink[9:31, 9:41].sum() == 22 * 32 - 18 * 28
    assert found[10, 10] == COLORS[0].rgba()
    assert found[50, 60] == COLORS[1].rgba()
    assert not ink[12:28, 12:38].any()


def beside(ink: np.ndarray) -> np.ndarray:
    """It, and the pixels around it."""
    wide = np.pad(ink, 1)
    shifts = [(row, column) for row in range(3) for column in range(3)]
    return np.any([wide[row : row + SIDE, column : column + SIDE] for row, column in shifts], axis=0)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_lines_run_where_qt_has_them_and_part_by_part_as_in_one(qapp: QApplication, ratio: float) -> None:
    chance = np.random.default_rng(1)
    lines = chance.random((60, 4)) * (SIDE + 40) - 20
    lines[:20, 3] = lines[:20, 1]
    lines[20:40, 2] = lines[20:40, 0]

    def paint(flat: Flat) -> None:
        flat.lines(lines / ratio, COLORS[0])

    whole = painted(paint, FORMAT, ratio=ratio)
    ink = whole != 0xFF101010
    if ratio == 1.0:
        theirs = painted(paint, QImage.Format.Format_RGB32) != 0xFF101010
        assert not (ink & ~beside(theirs)).any()
        assert not (theirs & ~beside(ink)).any()
    part = painted(paint, FORMAT, QRectF(30 / ratio, 20 / ratio, 12 / ratio, 70 / ratio), ratio)
    assert np.array_equal(part[20:90, 30:42], whole[20:90, 30:42])
    part[20:90, 30:42] = 0xFF101010
    assert (part == 0xFF101010).all()
