"""Dragging with guides: nodes stop where they line up, on the grid or freely with Ctrl; and the grid by Shift+G."""

import numpy as np
import pytest
from canvas_network import CONTROL, LEFT, NONE, chain_graph, drag, open_graph
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.guides import Guides
from nnstudio.gui.settings import GRID_SNAP
from nnstudio.gui.theme import theme
from nnstudio.project.edits import Edit
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.several import set_fields


def plane(view: CanvasView, *places: tuple[float, float], wires: dict[Slot, Source] | None = None) -> None:
    """ReLUs at these places, seen at 100 %."""
    nodes = {f"n{i}": Node(f"n{i}", "torch.relu", position=place) for i, place in enumerate(places)}
    open_graph(view, Graph(nodes, wires or {}))
    view.set_camera(Camera(left=-100, top=-100))


def dragged(view: CanvasView, node: str, dx: float, dy: float, *, ctrl: bool = False) -> None:
    """By the mouse; Ctrl, if held, only after the press."""
    start = view.canvas_position_of(node)
    QTest.mousePress(view, LEFT, NONE, start)
    for share in (0.5, 1.0):
        at = QPointF(start) + QPointF(dx, dy) * share
        where = QPointF(view.mapToGlobal(at.toPoint()))
        held = CONTROL if ctrl else NONE
        QApplication.sendEvent(view, QMouseEvent(QEvent.Type.MouseMove, at, where, Qt.MouseButton.NoButton, LEFT, held))
    QTest.mouseRelease(view, LEFT, NONE, start + QPoint(round(dx), round(dy)))


def at(view: CanvasView, node: str) -> tuple[float, float]:
    return view.studio.project.graph.nodes[node].position


def test_edges_line_up_with_a_neighbour_though_the_grid_says_otherwise(view: CanvasView) -> None:
    plane(view, (3, 5), (400, 200))
    dragged(view, "n1", -395, 40)
    assert at(view, "n1") == (3, 240)


def test_middles_line_up(view: CanvasView) -> None:
    plane(view, (0, 0), (400, 300))
    view.studio.do(_collapsed(view, "n1"))
    height = float(view.scene.heights[view.scene.row["n1"]])
    dragged(view, "n1", 0, 34 - height / 2 - 300 + 3)
    assert at(view, "n1")[1] == 34 - height / 2


def _collapsed(view: CanvasView, node: str) -> Edit:
    return set_fields(view.studio.project, [node], "Collapse", collapsed=True)


def test_a_wire_becomes_level(view: CanvasView) -> None:
    plane(view, (0, 0), (300, 100), wires={Slot("n1"): Source("n0")})
    dragged(view, "n1", 20, -96)
    assert at(view, "n1") == (320, 0)


def test_equal_gaps(view: CanvasView) -> None:
    plane(view, (0, 0), (213, 20), (600, 300))
    dragged(view, "n2", 213 * 2 - 600 + 4, 40 - 300)
    assert at(view, "n2")[0] == 426
    gestures = Guides(view, view.scene.rows_of(["n2"]))
    gestures.snap(4, 0, NONE)
    assert any(catch.gap for catch in gestures.caught)


def test_in_the_middle_between_two(view: CanvasView) -> None:
    plane(view, (0, 0), (501, 0), (250, 300))
    dragged(view, "n2", -2, 30 - 300)
    assert at(view, "n2")[0] == 250.5


def test_ctrl_while_dragging_is_free_of_guides_and_grid(view: CanvasView) -> None:
    plane(view, (0, 0), (400, 200))
    dragged(view, "n1", -397, 1, ctrl=True)
    assert at(view, "n1") == (3, 201)


def test_shift_g_switches_the_grid_and_ctrl_inverts(view: CanvasView) -> None:
    plane(view, (0, 0), (400, 200))
    QTest.keyClick(view, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    assert view.studio.settings.get(GRID_SNAP) is False
    dragged(view, "n1", 13, 101)
    assert at(view, "n1") == (413, 301)
    dragged(view, "n1", 13, 101, ctrl=True)
    assert at(view, "n1") == (424, 400)
    QTest.keyClick(view, Qt.Key.Key_G, Qt.KeyboardModifier.ShiftModifier)
    dragged(view, "n1", 13, 37)
    assert at(view, "n1") == (440, 440)


def test_what_is_dragged_never_lines_up_with_itself_and_a_cancelled_drag_leaves_no_lines(view: CanvasView) -> None:
    open_graph(view, chain_graph())
    view.select_all()
    guides = Guides(view, view.scene.rows_of(view.scene.graph.nodes))
    assert guides.snap(3, 3, NONE) == (0, 0)
    assert guides.caught == []
    start = view.canvas_position_of("conv1")
    drag(view, start, start + QPoint(40, 50), release=False)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.input.gesture is None
    assert view.studio.project.graph == chain_graph()


def test_lines_are_painted_while_it_is_dragged(view: CanvasView) -> None:
    plane(view, (0, 0), (400, 200))
    start = view.canvas_position_of("n1")
    drag(view, start, start + QPoint(-398, 0), release=False)
    picture = view.grab().toImage()
    wanted = theme.color("guide").rgb()
    between = view.camera.to_widget(0, 150)
    ratio = picture.devicePixelRatio()
    near = {picture.pixel(round(between[0] * ratio) + dx, round(between[1] * ratio)) for dx in (-1, 0, 1)}
    assert wanted in near
    QTest.keyClick(view, Qt.Key.Key_Escape)


@pytest.mark.parametrize("count", [0, 1, 300])
def test_among_any_number_of_neighbours_it_never_moves_further_than_its_reach(view: CanvasView, count: int) -> None:
    random = np.random.default_rng(count)
    plane(view, (0, 0), *((float(x), float(y)) for x, y in random.uniform(-90, 900, (count, 2))))
    guides = Guides(view, view.scene.rows_of(["n0"]))
    for dx, dy in random.uniform(-200, 800, (50, 2)).tolist():
        x, y = guides.snap(dx, dy, NONE)
        assert abs(x - dx) <= 6.001
        assert abs(y - dy) <= 6.001
