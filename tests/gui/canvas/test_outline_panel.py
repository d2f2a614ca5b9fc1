"""The outline by keyboard: arrows walk, Space selects, Enter shows, F2 renames; selection goes both ways; edits are followed."""

import pytest
from canvas_network import CONTROL, LEFT, NONE
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.outline import Outline
from nnstudio.problems import Problem, Severity
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT
from nnstudio.project.edits import add_node, move, remove_nodes
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

TEXT = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture
def outline(view: CanvasView, qtbot: QtBot) -> Outline:
    inner = Graph(
        {"in1": Node("in1", BLOCK_INPUT), "deep": Node("deep", "torch.relu"), "out1": Node("out1", BLOCK_OUTPUT)},
        {Slot("deep"): Source("in1"), Slot("out1"): Source("deep")},
    )
    graph = Graph(
        {
            "input1": Node("input1", "nnstudio.input"),
            "fc1": Node("fc1", "torch.linear", position=(200.0, 0.0)),
            "b1": Node("b1", "block:b", position=(600.0, 0.0)),
        },
        {Slot("fc1"): Source("input1"), Slot("b1", "in1"): Source("fc1")},
        {"frame1": Frame("frame1", "Head", position=(590.0, -10.0), size=(300.0, 150.0))},
    )
    view.studio.open_project(Project("Test", graph, blocks={"b": Block("b", "B", inner)}))
    panel = Outline(view.studio, view)
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    panel.show()
    qtbot.waitExposed(panel)
    panel.tree.setFocus()
    return panel


def current(outline: Outline) -> str:
    row = outline.model.row_at(outline.tree.currentIndex())
    return row.id if row else ""


def press(outline: Outline, *keys: Qt.Key) -> None:
    for key in keys:
        QTest.keyClick(outline.tree, key)


def test_the_tree_stands_in_the_order_of_flow(outline: Outline) -> None:
    model = outline.model
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Input input1", "Linear fc1", "Head"]
    assert model.index(1, 0).data(TEXT) == "Linear fc1, from input1"


def test_arrows_walk_without_selecting_and_open_blocks(outline: Outline) -> None:
    studio = outline._studio
    outline.tree.setCurrentIndex(outline.model.index(0, 0))
    studio.select(())
    press(outline, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert current(outline) == "frame1" and studio.selection == ()
    press(outline, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Down)
    assert current(outline) == "deep", "through the frame and into the block"
    press(outline, Qt.Key.Key_Return)
    assert studio.scope.path == ("b1",) and studio.selection == ("deep",)
    press(outline, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Space)
    assert studio.scope.path == () and studio.selection == ("b1",)


def test_space_adds_and_takes_away(outline: Outline) -> None:
    studio = outline._studio
    outline.tree.setCurrentIndex(outline.model.index(0, 0))
    studio.select(())
    press(outline, Qt.Key.Key_Space, Qt.Key.Key_Down, Qt.Key.Key_Space)
    assert set(studio.selection) == {"input1", "fc1"}
    press(outline, Qt.Key.Key_Space)
    assert studio.selection == ("input1",)


def test_clicks_select_on_the_canvas_and_the_canvas_selects_here(outline: Outline) -> None:
    tree, studio = outline.tree, outline._studio
    QTest.mouseClick(tree.viewport(), LEFT, NONE, tree.visualRect(outline.model.index(1, 0)).center())
    assert studio.selection == ("fc1",)
    QTest.mouseClick(tree.viewport(), LEFT, CONTROL, tree.visualRect(outline.model.index(0, 0)).center())
    assert set(studio.selection) == {"fc1", "input1"}
    studio.select(["fc1"])
    assert [index.data() for index in tree.selectionModel().selectedRows()] == ["Linear fc1"]
    studio.scope.show(("b1",))
    studio.select(["deep"])
    assert current(outline) == "deep"


def test_f2_renames_as_one_step(outline: Outline, qtbot: QtBot) -> None:
    studio = outline._studio
    outline.tree.setCurrentIndex(outline.model.index(1, 0))
    press(outline, Qt.Key.Key_F2)
    editor = outline.tree.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "head")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: studio.project.graph.nodes["fc1"].name == "head")
    assert outline.model.index(1, 0).data() == "Linear head"
    studio.undo()
    assert studio.project.graph.nodes["fc1"].name == "" and outline.model.index(1, 0).data() == "Linear fc1"


def test_edits_are_followed_and_what_was_open_stays_open(outline: Outline, qtbot: QtBot) -> None:
    studio, model = outline._studio, outline.model
    frame = model.found((), "frame1")
    assert frame is not None
    outline.tree.expand(model.index_of(frame))
    studio.do(add_node(studio.project, Node("relu9", "torch.relu", position=(0.0, 900.0))))
    qtbot.waitUntil(lambda: model.found((), "relu9") is not None)
    frame = model.found((), "frame1")
    assert frame is not None and outline.tree.isExpanded(model.index_of(frame))
    studio.do(remove_nodes(studio.project, ["relu9"]))
    qtbot.waitUntil(lambda: model.found((), "relu9") is None)
    studio.do(move(studio.project, {"b1": (0.0, 900.0)}))
    qtbot.waitUntil(lambda: [model.index(row, 0).data() for row in range(model.rowCount())][-1] == "Head")


def test_problems_are_a_sign_and_words_on_the_block_too(outline: Outline) -> None:
    studio, model = outline._studio, outline.model
    studio.problems = (Problem("x.y", "It is wrong.", Severity.ERROR, node="b1/deep"),)
    studio.problems_changed.emit()
    deep, block = model.found(("b1",), "deep"), model.found((), "b1")
    assert deep is not None and block is not None
    assert model.index_of(deep).data(TEXT).endswith("Error: It is wrong.")
    assert "Error: within" in model.index_of(block).data(TEXT)


def test_ten_thousand_nodes_are_shown(outline: Outline) -> None:
    nodes = {f"n{i}": Node(f"n{i}", "torch.relu", position=(200.0 * i, 0.0)) for i in range(10_000)}
    graph = Graph(nodes, {Slot(f"n{i + 1}"): Source(f"n{i}") for i in range(9_999)})
    outline._studio.open_project(Project("Big", graph))
    outline.refresh()
    assert outline.model.rowCount() == 10_000
    outline.tree.setCurrentIndex(outline.model.index(0, 0))
    press(outline, Qt.Key.Key_End)
    assert current(outline) == "n9999"
