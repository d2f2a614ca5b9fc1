"""Ties between nodes that share weights: where they lead, that their dashes join, and that a drag leaves nothing of them behind."""

from collections.abc import Iterator

import numpy as np
import pytest
from canvas_network import LEFT, NONE, open_graph
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.back_buffer import BackBuffer
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.routing import Route
from nnstudio.gui.canvas.ties import DASH, GAP, SAG, around_ties, dashes, tie
from nnstudio.project.graph import Graph, Node

LINEAR = "torch.linear"


def open_pair(view: CanvasView, second: tuple[float, float]) -> Route:
    """Two nodes that share weights, the first at (0, 0); the tie between them."""
    nodes = {
        "a": Node("a", LINEAR, position=(0, 0)),
        "b": Node("b", LINEAR, position=second, options={"share": "a"}),
    }
    open_graph(view, Graph(nodes, {}))
    return tie(view.scene, view.scene.row["b"], view.scene.row["a"])


@pytest.mark.parametrize("second", [(0, 160), (-40, 400), (100, -300), (0, 2000)])
def test_a_tie_of_nodes_above_each_other_leads_beside_them(view: CanvasView, second: tuple[float, float]) -> None:
    way = open_pair(view, second)
    x, y = way.samples(100).T
    for id in ("a", "b"):
        left, top, right, bottom = view.scene.box(view.scene.row[id])
        assert not ((x > left) & (x < right) & (y > top) & (y < bottom)).any()
        assert ((x == right) & (y > top) & (y < bottom)).any(), "it begins at the side"


@pytest.mark.parametrize("second", [(240, 0), (600, 160), (-300, -100)])
def test_a_tie_of_nodes_beside_each_other_hangs_below_them(view: CanvasView, second: tuple[float, float]) -> None:
    way = open_pair(view, second)
    lowest = max(view.scene.box(view.scene.row[id])[3] for id in ("a", "b"))
    assert lowest < way.samples(100)[:, 1].max() <= lowest + 2 * SAG


def test_dashes_are_of_one_length_and_lie_on_the_tie(view: CanvasView) -> None:
    way = open_pair(view, (900, 300))
    lines = dashes(way, 2.0)
    lengths = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    gaps = np.hypot(lines[1:, 0] - lines[:-1, 2], lines[1:, 1] - lines[:-1, 3])
    assert lengths[:-1] == pytest.approx(2 * DASH, abs=0.1) and gaps == pytest.approx(2 * GAP, abs=0.1)
    assert max(way.distance(x, y) for x, y in lines[:, :2].tolist()) < 3


@pytest.mark.parametrize("level", [0, -12, -30])
def test_dashes_join_where_a_pan_has_exposed_a_strip(view: CanvasView, level: int) -> None:
    open_pair(view, (700, 260))
    size, buffer, camera = QSize(500, 400), BackBuffer(view.renderer), Camera(-300.0, -200.0, level)
    for step in ((-13, 0), (-20, -11), (0, -17), (9, 5)):
        camera = camera.panned(*step)
        scrolled = buffer.picture(size, 1.0, camera, moving=False)
    assert scrolled == BackBuffer(view.renderer).picture(size, 1.0, camera, moving=False)


class Painted(QObject):
    """The parts of a widget that are painted from now on."""

    def __init__(self, widget: CanvasView) -> None:
        super().__init__()
        self.parts: list[QRect] = []
        self._widget = widget
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.parts.append(event.rect())
        return False


@pytest.fixture
def painted(view: CanvasView) -> Iterator[Painted]:
    watch = Painted(view)
    yield watch
    view.removeEventFilter(watch)


def test_a_step_of_a_drag_paints_all_of_the_tie(view: CanvasView, painted: Painted) -> None:
    open_pair(view, (600, 100))
    view.set_zoom(1.0)
    view.look_at(380, 150)

    def move(at: QPoint) -> None:
        where = QPointF(view.mapToGlobal(at))
        event = QMouseEvent(QEvent.Type.MouseMove, QPointF(at), where, Qt.MouseButton.NoButton, LEFT, NONE)
        QApplication.sendEvent(view, event)
        QApplication.processEvents()

    start = view.canvas_position_of("a")
    QTest.mousePress(view, LEFT, NONE, start)
    move(start + QPoint(8, 8))
    painted.parts.clear()
    move(start + QPoint(24, 16))
    (box,) = around_ties(view.scene, view.scene.rows_of(["a"]))
    corners = view.camera.to_widget(box[0], box[1]), view.camera.to_widget(box[2], box[3])
    whole = QRectF(*(QPointF(*corner) for corner in corners)).toRect()
    assert any(part.contains(whole) for part in painted.parts)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view, LEFT, NONE, start)
