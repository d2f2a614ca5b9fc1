"""A network made and walked through with keys alone: the next node has room where it belongs, and nothing deleted loses the place."""

import itertools

import pytest
from canvas_network import CONTROL, chain_graph, open_graph
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.finder import lacking
from nnstudio.project.graph import Graph, Node

Key = Qt.Key


def place(view: CanvasView, name: str) -> str:
    """Tab, a name, Enter; the node that came."""
    QTest.keyClick(view, Key.Key_Tab)
    QTest.keyClicks(view.finder.popup.field, name)
    QTest.keyClick(view.finder.popup.field, Key.Key_Return)
    return view.studio.selection[0]


def test_a_row_typed_by_tab_goes_on_and_is_followed(view: CanvasView) -> None:
    graph = Graph({"input1": Node("input1", "nnstudio.input")})
    open_graph(view, graph)
    view.set_zoom(1.0)
    view.studio.select(["input1"])
    view.input.pointer = None
    made = ["input1"]
    for name in ("conv 2d", "relu", "conv 2d", "relu", "conv 2d", "relu", "flatten", "linear"):
        made.append(place(view, name))
        row = view.scene.row[made[-1]]
        assert view.rect().toRectF().contains(view.node_rect(row)), "what was typed is seen"
    nodes = view.studio.project.graph.nodes
    for before, after in itertools.pairwise(made):
        assert nodes[after].position[0] >= nodes[before].position[0] + view.scene.width, "no wire runs backwards"
        assert nodes[after].position[1] == nodes[before].position[1]
        assert [wire.target.node for wire in view.studio.project.graph.wires_out_of(before)] == [after]


@given(*[st.floats(-500, 500)] * 2, *[st.floats(1, 99)] * 2)
def test_what_has_room_comes_into_view_by_the_least_movement(x: float, y: float, width: float, height: float) -> None:
    seen, area = QRectF(0, 0, 100, 100), QRectF(x, y, width, height)
    lack = lacking(area, seen)
    assert seen.adjusted(-1e-6, -1e-6, 1e-6, 1e-6).contains(area.translated(lack))
    assert lacking(area.translated(lack), seen).manhattanLength() < 1e-6
    if seen.contains(area):
        assert lack == QPointF()


@pytest.mark.parametrize(
    "key, modifiers", [(Key.Key_Delete, Qt.KeyboardModifier.NoModifier), (Key.Key_Delete, CONTROL)]
)
def test_after_deleting_the_keyboard_walks_on_from_what_fed_it(chain: CanvasView, key: Qt.Key, modifiers) -> None:
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, key, modifiers)
    assert chain.studio.selection == ()
    QTest.keyClick(chain, Key.Key_Right, CONTROL)
    assert chain.studio.selection == ("flatten1",), "to the right of the input, not the first of all"


def test_without_anything_upstream_it_walks_on_from_the_nearest(chain: CanvasView) -> None:
    chain.studio.select(["flatten1", "relu1", "conv1", "input1"])
    QTest.keyClick(chain, Key.Key_Delete)
    QTest.keyClick(chain, Key.Key_Right, CONTROL)
    assert chain.studio.selection == ("loss1",), "to the right of fc1, which stood nearest to the input"


def test_another_project_begins_at_its_beginning(chain: CanvasView) -> None:
    chain.studio.select(["fc1"])
    QTest.keyClick(chain, Key.Key_Delete)
    open_graph(chain, chain_graph())
    QTest.keyClick(chain, Key.Key_Right, CONTROL)
    assert chain.studio.selection == ("input1",)


def test_what_is_selected_no_more_is_not_walked_on_from(chain: CanvasView) -> None:
    chain.studio.select(["relu1"])
    chain.clear_selection()
    QTest.keyClick(chain, Key.Key_Right, CONTROL)
    assert chain.studio.selection == ("input1",)
