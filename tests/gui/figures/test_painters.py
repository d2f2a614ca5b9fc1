"""Painters: what is drawn, what the pointer is told, zoom and pan, and what is saved."""

import csv
import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QImage, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from nnstudio.figures import Bars, Curves, Line, Matrix, Note, Points, Tiles
from nnstudio.gui.figures import FigureView
from nnstudio.gui.figures.curves import clamped_window, line_color, spread
from nnstudio.gui.figures.matrix import contrast, readable_on, strengths
from nnstudio.gui.figures.note import fit_widths
from nnstudio.gui.figures.points import field_pixels
from nnstudio.gui.figures.tiles import Grid, fit_grid, mosaic
from nnstudio.gui.theme import theme

X = np.arange(100.0)


@pytest.fixture
def view(qtbot, qapp):
    theme.install(qapp)
    theme.set_mode("dark")
    view = FigureView()
    qtbot.addWidget(view)
    view.resize(400, 260)
    view.show()
    yield view
    theme.set_mode("system")


def shown(view: FigureView, figure) -> QImage:
    view.show_figure(figure)
    return view.grab().toImage()


def painter_of(view: FigureView):
    return view.layout().currentWidget()


def has_color(image: QImage, color, near: int = 40) -> bool:
    pixels = (
        np.frombuffer(image.convertToFormat(QImage.Format.Format_RGB32).constBits(), np.uint8)
        .reshape(-1, 4)[:, :3]
        .astype(int)
    )
    wanted = np.array([color.blue(), color.green(), color.red()])
    return bool((np.abs(pixels - wanted).max(axis=1) < near).any())


FIGURES = [
    Curves(
        [Line(X, np.sin(X), "val", "validation"), Line(X, np.cos(X), faint=True)], "steps", marks=[(30.0, "η × 0.1")]
    ),
    Curves([]),
    Curves([Line(np.zeros(1), np.full(1, 3.0), "one point", "train")]),
    Curves([Line(X, np.full(100, np.nan), "nothing", "train")], log_y=True),
    Curves([Line(X, np.where(X % 7 == 0, np.nan, X - 50), "gaps", "series:6")], log_y=True, percent=True),
    Tiles(np.zeros((30, 8, 8), np.uint8), np.arange(30) % 3 == 0),
    Tiles(np.zeros((0, 8, 8), np.uint8)),
    Tiles(np.zeros((3, 9, 4, 3), np.uint8)),
    Matrix(
        np.eye(12), [f"class {i}" for i in range(12)], [f"class {i}" for i in range(12)], "x", "y", diagonal_good=True
    ),
    Matrix(np.array([[1.0, np.nan], [-2.0, np.inf]])),
    Matrix(np.zeros((0, 0))),
    Points(X, X, (X % 4).astype(int), ("a", "b"), (np.add.outer(X, X) % 3).astype(int), (0, 99, 0, 99), "x₁", "x₂"),
    Points(X, np.where(X > 50, np.nan, X), field=np.random.default_rng(0).normal(size=(5, 7)), extent=(0, 99, 0, 99)),
    Points(np.empty(0), np.empty(0)),
    Bars(np.arange(40), [f"name {i}" for i in range(40)]),
    Bars(np.ones((3, 2)), ("a", "b", "c"), parts=("train", "test")),
    Bars(np.arange(5), edges=np.linspace(-1, 1, 6), x_label="weight"),
    Bars(np.zeros(0)),
    Note("Press Train."),
    Note(rows=[("a", "b"), ("1", "2"), ("3",)]),
]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: type(figure).__name__)
@pytest.mark.parametrize("size", [(400, 260), (60, 40), (1, 1)])
def test_every_figure_is_painted_at_every_size_and_under_the_pointer(view, qtbot, figure, size):
    view.resize(*size)
    shown(view, figure)
    painter = painter_of(view)
    for x in range(0, size[0], 37):
        for y in range(0, size[1], 37):
            at = QPointF(x, y)
            painter.mouseMoveEvent(
                QMouseEvent(
                    QMouseEvent.Type.MouseMove,
                    at,
                    at,
                    Qt.MouseButton.NoButton,
                    Qt.MouseButton.NoButton,
                    Qt.KeyboardModifier.NoModifier,
                )
            )
            view.grab()


def test_lines_have_the_colours_of_their_roles(view):
    for role in ("train", "validation", "series:3"):
        line = Line(X, np.sin(X / 20), "", role)
        assert has_color(shown(view, Curves([line])), line_color(line))


def test_a_switch_of_the_theme_repaints(view):
    dark = shown(view, Curves([Line(X, X, "val", "validation")]))
    theme.set_mode("light")
    light = view.grab().toImage()
    assert dark != light
    assert has_color(light, theme.series(1))


def test_one_view_shows_one_figure_after_the_other(view):
    for figure in FIGURES:
        view.show_figure(figure)
        assert view.caption == figure.caption
    with pytest.raises(ValueError, match="one of Curves"):
        view.show_figure("no figure")


# ── curves ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def wheel(painter, at: QPoint, notches: int) -> None:
    place, none = QPointF(at), Qt.MouseButton.NoButton
    turned = QPoint(0, 120 * notches)
    keys, phase = Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase
    painter.wheelEvent(QWheelEvent(place, place, QPoint(), turned, none, keys, phase, False))


def test_the_wheel_zooms_along_x_and_a_double_click_ends_it(view, qtbot):
    shown(view, Curves([Line(X, X)]))
    painter = painter_of(view)
    wheel(painter, painter.rect().center(), 3)
    assert painter.zoomed
    low, high = painter._window
    assert high - low == pytest.approx(100 * 0.8**3, rel=0.1)
    zoomed = view.grab().toImage()
    qtbot.mousePress(painter, Qt.MouseButton.LeftButton, pos=painter.rect().center())
    qtbot.mouseMove(painter, painter.rect().center() + QPoint(50, 0))
    qtbot.mouseRelease(painter, Qt.MouseButton.LeftButton, pos=painter.rect().center() + QPoint(50, 0))
    assert painter._window[0] < low
    assert painter._window[1] - painter._window[0] == pytest.approx(high - low)
    assert view.grab().toImage() != zoomed
    qtbot.mouseDClick(painter, Qt.MouseButton.LeftButton, pos=painter.rect().center())
    assert not painter.zoomed


def test_zooming_out_of_all_is_no_zoom(view):
    shown(view, Curves([Line(X, X)]))
    wheel(painter_of(view), painter_of(view).rect().center(), -2)
    assert not painter_of(view).zoomed


def test_growing_keeps_the_zoom_and_what_is_known_of_the_curve(view):
    shown(view, Curves([Line(X[:50], X[:50], "a", "train", key="k")]))
    painter = painter_of(view)
    wheel(painter, painter.rect().center(), 2)
    pyramid = painter._pyramids[0][1]
    window = painter._window
    shown(view, Curves([Line(X, X, "a", "train", key="k")]))
    assert painter._pyramids[0][1] is pyramid
    assert len(pyramid) == 100
    assert painter._window == window


def test_a_spike_of_the_raw_values_does_not_flatten_the_smoothed_curve(view):
    raw = np.ones(100)
    raw[3] = 1e6
    shown(view, Curves([Line(X, raw, faint=True), Line(X, np.linspace(2, 1, 100), "mean", "train")]))
    assert painter_of(view)._y_axis.high <= 3


def test_percent_axes_count_to_a_hundred(view):
    shown(view, Curves([Line(X, X / 99, "acc", "train")], percent=True))
    assert painter_of(view)._y_axis.texts[-1] == "100"


@given(st.floats(-50, 150), st.floats(0.1, 300))
def test_a_window_stays_within_the_data(low, width):
    found = clamped_window(low, low + width, 0.0, 100.0)
    if width >= 100:
        assert found is None
    else:
        assert found[0] >= 0
        assert found[1] <= 100 + 1e-9
        assert found[1] - found[0] == pytest.approx(width)


@given(st.lists(st.floats(0, 100), max_size=7).map(sorted))
def test_names_are_moved_apart(tops):
    placed = spread(tops, 12.0, 0.0, 200.0)
    assert len(placed) == len(tops)
    assert all(b - a >= 12 - 1e-9 for a, b in itertools.pairwise(placed))
    assert all(0 <= top <= 200 for top in placed)


# ── tiles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(40, 900), st.integers(40, 700), st.integers(1, 200))
def test_tiles_fit_and_are_readable(width, height, count):
    grid = fit_grid(width, height, count, 8)
    assert grid.width <= width
    assert grid.rows * (grid.side + grid.gap) - grid.gap <= max(height, grid.side)
    if grid.columns * grid.rows < count:
        assert grid.side >= 30  # left out, rather than too small to see
    assert grid.place(grid.columns * grid.rows - 1).right() < width


@given(st.integers(0, 35), st.integers(0, 29), st.integers(0, 29))
def test_the_tile_under_the_pointer(index, dx, dy):
    grid = Grid(6, 6, 30, 8)
    place = grid.place(index)
    assert grid.index_at(place.x() + dx, place.y() + dy) == index
    assert grid.index_at(place.x() + 30 + dx % 8, place.y()) is None or dx % 8 >= 8


def test_a_mosaic_enlarges_by_nearest_neighbour():
    image = np.array([[[0, 255], [128, 64]]], np.uint8)
    pixels = mosaic(image, Grid(1, 1, 40, 8), 1.0, 0.0)
    assert set(np.unique(pixels[:40, :40, 0])) == {0, 64, 128, 255}
    assert (pixels[:20, :20, 0] == 0).all()
    assert (pixels[20:40, :20, 0] == 128).all()
    assert (pixels[..., 3][40:] == 0).all()


def test_right_is_blue_and_wrong_is_red(view):
    images = np.zeros((2, 8, 8), np.uint8)
    good = shown(view, Tiles(images, np.array([True, True])))
    assert has_color(good, theme.color("right"))
    assert not has_color(good, theme.color("wrong"))
    assert has_color(shown(view, Tiles(images, np.array([True, False]))), theme.color("wrong"))


def test_a_tile_says_its_label(view):
    shown(view, Tiles(np.zeros((4, 8, 8), np.uint8), labels=["a", "b", "c", "d"]))
    painter = painter_of(view)
    assert painter.words_at(QPointF(painter._left + 5, 5)) == "a"
    assert painter.words_at(QPointF(0, view.height() - 1)) == ""


# ── the others ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_matrix_names_the_cell_under_the_pointer(view):
    shown(view, Matrix(np.array([[3, 1], [0, 4]]), ("ant", "bee"), ("ant", "bee"), diagonal_good=True))
    painter = painter_of(view)
    corner = painter._cell(0, 1).center()
    assert painter.words_at(corner) == "ant taken for bee: 1 (25.0 % of the row)"


def test_confusions_are_shares_of_their_row():
    shares = strengths(np.array([[3.0, 1.0], [0.0, 0.0]]), diagonal_good=True)
    np.testing.assert_allclose(shares, [[0.75, 0.25], [0, 0]])
    np.testing.assert_allclose(strengths(np.array([[2.0, 4.0]]), diagonal_good=False), [[0, 1]])


def test_numbers_can_be_read_on_every_cell(qapp):
    from PySide6.QtGui import QColor

    for mode in ("dark", "light"):
        theme.set_mode(mode)
        for level in range(0, 256, 15):
            color = QColor(level, level, level)
            assert contrast(readable_on(color), color) >= 4
    theme.set_mode("system")


def test_a_field_has_its_first_row_at_the_bottom():
    pixels = field_pixels(np.array([[0, 0], [1, 1]]))
    assert np.allclose(pixels[1, 0, :3], [255 * part for part in theme.series(0).getRgbF()[:3]], atol=1)
    assert not (pixels[0, 0] == pixels[1, 0]).all()


@given(st.lists(st.floats(1, 300), min_size=1, max_size=9), st.floats(20, 900))
def test_columns_share_the_room_and_the_widest_give_way(needed, room):
    widths = fit_widths(needed, room)
    assert sum(widths) == pytest.approx(room, rel=1e-6)
    if sum(needed) > room:
        assert all(width <= need + 1e-9 for width, need in zip(widths, needed, strict=True))
        given_way = [width for width, need in zip(widths, needed, strict=True) if width < need - 1e-9]
        assert all(width >= max(widths) - 1e-6 for width in given_way)


# ── saving ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "figure", [figure for figure in FIGURES if not isinstance(figure, Tiles)], ids=lambda f: type(f).__name__
)
def test_values_are_saved_as_a_table(view, tmp_path, figure):
    from nnstudio.gui.figures.table import table

    view.show_figure(figure)
    if table(figure) is None:
        assert isinstance(figure, Note)
        return
    view.save_values(tmp_path / "figure.csv")
    rows = list(csv.reader((tmp_path / "figure.csv").open(encoding="utf-8")))
    if isinstance(figure, Curves):
        assert len(rows) == 1 + sum(len(line.x) for line in figure.lines)
    elif isinstance(figure, Matrix):
        assert len(rows) == 1 + len(figure.values)


def test_a_curve_saves_its_own_numbers(view, tmp_path):
    view.show_figure(Curves([Line(np.array([1.0, 2.0]), np.array([0.1, math.nan]), "val")], "epochs", "loss"))
    view.save_values(tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text().split() == ["curve,epochs,loss", "val,1.0,0.1", "val,2.0,nan"]


def test_a_picture_is_saved_and_what_cannot_be_is_said(view, tmp_path):
    said: list[str] = []
    view.on_error = said.append
    view.show_figure(Note("words"))
    view.save_picture(tmp_path / "a.png")
    assert QImage(str(tmp_path / "a.png")).width() == view.width() * view.devicePixelRatioF()
    view.show_figure(FIGURES[0])
    view.save_values(tmp_path / "no folder" / "a.csv")
    view.save_picture(tmp_path / "no folder" / "a.png")
    assert len(said) == 2
    assert all("no folder" in words for words in said)


def test_menu_and_question_for_a_file_wait_for_nothing_and_go_with_the_figure(view, tmp_path, qtbot, monkeypatch):
    """A loop of events within the menu's own event would go on over a figure that was taken away in it."""
    for waits in (QMenu, QFileDialog):
        monkeypatch.setattr(waits, "exec", lambda *_: pytest.fail("it waits"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: pytest.fail("it waits"))
    view.show_figure(FIGURES[0])
    at = QPoint(20, 20)
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    menu.close()
    next(action for action in menu.actions() if action.text() == "Save values…").trigger()
    dialog = view.findChild(QFileDialog)
    assert dialog is not None
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "figure"))
    dialog.accept()
    assert (tmp_path / "figure.csv").exists()
    qtbot.waitUntil(lambda: not view.findChildren(QMenu) and not view.findChildren(QFileDialog))
