"""Blocks by real keys and mouse: grouped, entered, edited, left, ungrouped; each one undo step."""

import pytest
from canvas_network import LEFT, NONE, chain_graph
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.file_watch import Question
from nnstudio.project.edits import set_param
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project

Key, Mod = Qt.Key, Qt.KeyboardModifier


def typed(view: CanvasView, text: str, *, then: Qt.Key = Key.Key_Return) -> None:
    """Into the field that asks."""
    field = view.window().focusWidget()
    assert isinstance(field, QLineEdit)
    QTest.keyClicks(field, text)
    QTest.keyClick(field, then)


@pytest.fixture(autouse=True)
def active(chain: CanvasView, qtbot: QtBot) -> None:
    """Shortcuts are heard in the active window."""
    chain.activateWindow()
    qtbot.waitUntil(chain.isActiveWindow)
    chain.setFocus()


@pytest.fixture
def grouped(chain: CanvasView) -> CanvasView:
    """conv1 and relu1 as a block "Stage"."""
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Key.Key_G, Mod.ControlModifier)
    typed(chain, "Stage")
    return chain


def body(view: CanvasView, node: str) -> QPoint:
    """Below the title, where a double-click enters."""
    rect = view.node_rect(view.scene.row[node])
    return QPoint(round(rect.center().x()), round(rect.bottom() - 8 * view.camera.zoom))


def test_ctrl_g_asks_for_the_name_and_groups(grouped: CanvasView) -> None:
    studio = grouped.studio
    assert set(studio.project.graph.nodes) == {"input1", "stage1", "flatten1", "fc1", "loss1"}
    assert studio.selection == ("stage1",)
    assert studio.project.blocks["stage"].title == "Stage"
    assert grouped.window().focusWidget() is grouped
    assert set(grouped.scene.row) == set(studio.project.graph.nodes)
    studio.undo()
    assert studio.project.graph == chain_graph()
    assert studio.project.blocks == {}
    assert studio.document.undo_label == ""


def test_escape_groups_nothing(chain: CanvasView) -> None:
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Key.Key_G, Mod.ControlModifier)
    typed(chain, "Stage", then=Key.Key_Escape)
    assert chain.studio.project.graph == chain_graph()
    assert chain.window().focusWidget() is chain


def test_what_cannot_be_grouped_says_why(chain: CanvasView) -> None:
    said: list[str] = []
    chain.studio.message.connect(lambda text, _severity: said.append(text))
    chain.studio.select(["conv1", "flatten1"])
    QTest.keyClick(chain, Key.Key_G, Mod.ControlModifier)
    typed(chain, "")
    assert "'relu1'" in said[0]
    assert chain.studio.project.graph == chain_graph()


def test_double_click_enters_and_shift_return_leaves(grouped: CanvasView) -> None:
    scope = grouped.studio.scope
    QTest.mouseDClick(grouped, LEFT, NONE, body(grouped, "stage1"))
    assert scope.path == ("stage1",)
    assert set(grouped.scene.row) == {"in1", "conv1", "relu1", "out1"}
    QTest.keyClick(grouped, Key.Key_Return, Mod.ShiftModifier)
    assert scope.path == ()
    assert grouped.studio.selection == ("stage1",), "what was left is where one is"
    QTest.keyClick(grouped, Key.Key_Return)
    assert scope.path == ("stage1",)


def test_a_node_deleted_inside_and_its_port(grouped: CanvasView) -> None:
    """A port that goes takes the wire outside along, in the same step."""
    studio = grouped.studio
    QTest.keyClick(grouped, Key.Key_Return)
    studio.select(["out1"])
    QTest.keyClick(grouped, Key.Key_Delete)
    assert Slot("flatten1") not in studio.project.graph.wires
    studio.undo()
    assert studio.project.graph.wires[Slot("flatten1")] == Source("stage1", "out1")


def test_a_block_is_not_put_into_itself(grouped: CanvasView) -> None:
    said: list[str] = []
    grouped.studio.message.connect(lambda text, _severity: said.append(text))
    QTest.keyClick(grouped, Key.Key_Return)
    before = grouped.studio.project
    assert grouped.add_layer("block:stage") is None or grouped.studio.project is before
    assert "Stage → Stage" in said[0]


def test_ungroup_by_key(grouped: CanvasView) -> None:
    QTest.keyClick(grouped, Key.Key_G, Mod.ControlModifier | Mod.ShiftModifier)
    assert grouped.studio.project.graph == chain_graph()
    assert grouped.studio.selection == ("conv1", "relu1")
    grouped.studio.undo()
    assert "stage1" in grouped.studio.project.graph.nodes


def test_grouping_within_a_block(grouped: CanvasView) -> None:
    studio = grouped.studio
    QTest.keyClick(grouped, Key.Key_Return)
    studio.select(["relu1"])
    QTest.keyClick(grouped, Key.Key_G, Mod.ControlModifier)
    typed(grouped, "Act")
    assert set(studio.project.flat.nodes) == {"input1", "stage1/conv1", "stage1/act1/relu1", "flatten1", "fc1", "loss1"}
    QTest.keyClick(grouped, Key.Key_Return)
    assert studio.scope.path == ("stage1", "act1")
    for _ in range(2):
        studio.undo()
    assert studio.scope.path == (), "what was entered is gone"
    assert studio.project.graph == chain_graph()


def test_make_unique(grouped: CanvasView) -> None:
    studio = grouped.studio
    grouped.duplicate()
    assert len([node for node in studio.project.graph if node.type == "block:stage"]) == 2
    grouped.commands.run("canvas.make_unique")
    types = sorted(node.type for node in studio.project.graph if node.type.startswith("block:"))
    assert types == ["block:stage", "block:stage2"]
    assert studio.project.blocks["stage2"].title == "Stage 2"


@pytest.mark.parametrize("within", [False, True])
def test_a_block_is_run_over_time_and_back(grouped: CanvasView, *, within: bool) -> None:
    """From an instance, and inside, where the definition on show is meant."""
    studio = grouped.studio
    studio.do(set_param(studio.project, "stage1", "repeat", 3))
    if within:
        QTest.keyClick(grouped, Key.Key_Return)
        assert studio.scope.block == "stage"
    before = studio.project
    QTest.keyClick(grouped, Key.Key_U, Mod.ShiftModifier)
    assert studio.project.blocks["stage"].kind == "scan"
    assert "repeat" not in studio.project.graph.nodes["stage1"].params
    scan = studio.project
    studio.undo()
    assert studio.project == before, "one step"
    studio.redo()
    assert grouped.commands["canvas.scan"].checked is not None and grouped.commands["canvas.scan"].checked()
    QTest.keyClick(grouped, Key.Key_U, Mod.ShiftModifier)
    assert studio.project.blocks == before.blocks
    studio.undo()
    assert studio.project == scan


def test_undo_of_what_is_not_on_show_says_where_and_leads_there(grouped: CanvasView) -> None:
    studio, asked = grouped.studio, list[Question]()
    studio.asks.connect(asked.append)
    QTest.keyClick(grouped, Key.Key_Return)
    studio.select(["relu1"])
    QTest.keyClick(grouped, Key.Key_M)
    QTest.keyClick(grouped, Key.Key_Z, Mod.ControlModifier)
    assert not asked, "it was seen"
    QTest.keyClick(grouped, Key.Key_M)
    QTest.keyClick(grouped, Key.Key_Return, Mod.ShiftModifier)
    QTest.keyClick(grouped, Key.Key_Z, Mod.ControlModifier)
    assert asked[-1].text == "Undone in 'Stage': Bypass"
    QTest.keyClick(grouped, Key.Key_Z, Mod.ControlModifier | Mod.ShiftModifier)
    assert asked[-1].text == "Redone in 'Stage': Bypass"
    (show,) = asked[-1].choices
    asked[-1].answer(show)
    assert studio.scope.path == ("stage1",)
    assert studio.selection == ("relu1",)


def test_undo_of_what_is_outside_says_so_within(grouped: CanvasView) -> None:
    studio, asked = grouped.studio, list[Question]()
    studio.select(["fc1"])
    QTest.keyClick(grouped, Key.Key_M)
    studio.asks.connect(asked.append)
    studio.scope.show(("stage1",))
    QTest.keyClick(grouped, Key.Key_Z, Mod.ControlModifier)
    assert asked[-1].text == "Undone outside this block: Bypass"
    asked[-1].answer(asked[-1].choices[0])
    assert (studio.scope.path, studio.selection) == ((), ("fc1",))
    QTest.keyClick(grouped, Key.Key_Z, Mod.ControlModifier)
    assert len(asked) == 1, "the block goes, on the very graph on show"


def test_nodes_that_nothing_feeds_or_reads_get_ports(chain: CanvasView) -> None:
    studio = chain.studio
    loose = Graph(
        {"conv1": Node("conv1", "torch.conv2d"), "relu1": Node("relu1", "torch.relu", position=(240.0, 0.0))},
        {Slot("relu1"): Source("conv1")},
    )
    studio.open_project(Project(graph=loose))
    chain.select_all()
    QTest.keyClick(chain, Key.Key_G, Mod.ControlModifier)
    typed(chain, "Stage")
    spec = studio.registry.layer("block:stage")
    assert spec is not None
    assert [port.title for port in spec.inputs] == ["x"]
    assert [port.title for port in spec.outputs] == ["y"]
    QTest.keyClick(chain, Key.Key_G, Mod.ControlModifier | Mod.ShiftModifier)
    assert studio.project.graph == loose
