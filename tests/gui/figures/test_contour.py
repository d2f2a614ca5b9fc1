"""Lines of equal height against the surface, and the painter that draws them and plays paths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.figures import Contour, Curves, Line
from nnstudio.gui.figures.check import fault
from nnstudio.gui.figures.contour import ContourPainter
from nnstudio.gui.figures.curves import CurvesPainter
from nnstudio.gui.figures.isolines import levels, segments
from nnstudio.gui.figures.table import table
from nnstudio.gui.figures.view import FigureView
from nnstudio.gui.theme import theme


@given(st.integers(0, 2**31), st.integers(2, 9), st.integers(2, 9), st.floats(-1, 1))
@settings(max_examples=25)
def test_every_piece_ends_where_the_surface_has_that_height(seed: int, rows: int, columns: int, level: float):
    values = np.random.default_rng(seed).normal(size=(rows, columns))
    pieces = segments(values, level)
    for x, y in np.concatenate((pieces[:, :2], pieces[:, 2:])).tolist():
        i, j = min(int(y), rows - 2), min(int(x), columns - 2)
        u, v = x - j, y - i
        assert min(abs(u), abs(1 - u), abs(v), abs(1 - v)) < 1e-9  # on an edge of its cell
        corner = values[i : i + 2, j : j + 2]
        height = (1 - v) * ((1 - u) * corner[0, 0] + u * corner[0, 1]) + v * ((1 - u) * corner[1, 0] + u * corner[1, 1])
        assert height == pytest.approx(level, abs=1e-8)


@given(st.integers(0, 2**31), st.floats(-1, 1))
@settings(max_examples=25)
def test_each_edge_that_the_line_crosses_is_met_once_by_each_cell_at_it(seed: int, level: float):
    values = np.random.default_rng(seed).normal(size=(6, 7))
    above = values > level
    across = (above[:, 1:] != above[:, :-1]) * np.array([1, 2, 2, 2, 2, 1])[:, None]  # cells at each horizontal edge
    along = (above[1:] != above[:-1]) * np.array([1, 2, 2, 2, 2, 2, 1])
    assert 2 * len(segments(values, level)) == across.sum() + along.sum()


def test_a_circle_is_a_circle():
    side = np.linspace(-2, 2, 81)
    pieces = segments(side[None, :] ** 2 + side[:, None] ** 2, 1.0)
    x, y = -2 + pieces[:, [0, 2]] * 0.05, -2 + pieces[:, [1, 3]] * 0.05
    np.testing.assert_allclose(np.hypot(x, y), 1, atol=2e-3)
    assert np.hypot(x[:, 0] - x[:, 1], y[:, 0] - y[:, 1]).sum() == pytest.approx(2 * np.pi, rel=1e-2)


def test_what_is_not_finite_has_no_line():
    values = np.array([[0.0, 1.0, 0.0], [0.0, np.nan, 1.0], [1.0, 0.0, 0.0]])
    assert np.isfinite(segments(values, 0.5)).all()
    assert not len(levels(np.full((3, 3), np.nan), 5, log=False))
    assert not len(levels(np.ones((3, 3)), 5, log=True))
    heights = levels(np.arange(12.0).reshape(3, 4), 5, log=True)
    np.testing.assert_allclose(np.diff(np.log(heights)), np.log(heights[1] / heights[0]))


def bowl(**more) -> Contour:
    side = np.linspace(-1, 1, 21)
    path = Line(np.linspace(-1, 0, 11), np.linspace(1, 0, 11), "descent", "series:0")
    return Contour(side[None, :] ** 2 + side[:, None] ** 2, (-1, 1, -1, 1), (path,), ((0, 0, "minimum"),), **more)


@pytest.fixture
def painter(qtbot, qapp) -> ContourPainter:
    theme.install(qapp)
    painter = ContourPainter()
    qtbot.addWidget(painter)
    painter.resize(400, 300)
    painter.show()
    painter.show_figure(bowl(title="Bowl"))
    return painter


def test_surface_lines_path_and_names_are_drawn(painter: ContourPainter):
    whole = painter.grab().toImage()
    painter.show_figure(Contour(np.zeros((2, 2)), (-1, 1, -1, 1)))
    assert whole != painter.grab().toImage()
    assert len({whole.pixel(x, y) for x in range(60, 300, 3) for y in range(20, 260, 3)}) > 20


def test_paths_play_from_their_start_to_their_end(painter: ContourPainter, qtbot):
    whole = painter.grab().toImage()
    painter.play()
    assert painter.shown == 0
    assert painter.grab().toImage() != whole
    for _ in range(200):
        painter._advance()
    assert painter.shown == 1
    assert painter.grab().toImage() == whole


def test_the_place_under_the_pointer_is_told(painter: ContourPainter):
    painter.grab()
    assert "0" in painter.words_at(painter._plot.center())
    assert painter.accessibleDescription() == "Bowl. descent"


@pytest.mark.parametrize(
    "figure",
    [
        Contour(np.zeros(3)),
        Contour(np.zeros((1, 5))),
        Contour(np.zeros((3, 3)), (1, 0, 0, 1)),
        Contour(np.zeros((3, 3)), paths=(Line(np.zeros(3), np.zeros(2)),)),
    ],
)
def test_what_cannot_be_painted_is_said(figure: Contour):
    assert fault(figure)


def test_paths_far_away_and_not_finite_are_no_trouble(painter: ContourPainter):
    far = Line(np.array([0.0, 1e300, np.inf]), np.array([0.0, -1e300, 1.0]), "lost", "series:1")
    painter.show_figure(Contour(bowl().values, (-1, 1, -1, 1), (far,)))
    painter.grab()


def test_a_contour_is_saved_as_its_places(qtbot):
    found = table(bowl(x_label="α"))
    assert found is not None
    head, rows = found
    assert list(head) == ["α", "y", "height"]
    assert next(iter(rows)) == (-1.0, -1.0, 2.0)
    view = FigureView()
    qtbot.addWidget(view)
    view.show_figure(bowl())


def test_curves_over_powers_of_ten(qtbot, qapp):
    theme.install(qapp)
    painter = CurvesPainter()
    qtbot.addWidget(painter)
    painter.resize(500, 300)
    rates = np.logspace(-6, 1, 50)
    painter.show_figure(
        Curves((Line(rates, np.sin(np.log(rates)), "loss", "train"),), "η", log_x=True, marks=((1e-3, "here"),))
    )
    painter.grab()
    assert painter._x_axis.low == pytest.approx(-6)
    assert painter._x_axis.high == pytest.approx(1)
    assert "1e−5" in painter._x_axis.texts or "1e−6" in painter._x_axis.texts
    middle = painter._x_axis.place_one(-3.0, 0.0, 700.0)
    assert middle == pytest.approx(300)
