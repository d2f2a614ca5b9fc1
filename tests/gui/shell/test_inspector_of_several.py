"""The inspector for several nodes at once, for sums, steps, notes, and parameters to be searched over."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from nnstudio.gui.inspector import Inspector
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.inspector.several_page import SeveralPage
from nnstudio.gui.studio import Studio
from nnstudio.project.edits import set_param
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Block, Exposed, Project
from nnstudio.project.rules import effective


def network() -> Project:
    nodes = [
        Node("conv1", "torch.conv2d", {"out_channels": 16}),
        Node("conv2", "torch.conv2d", {"out_channels": 32, "bias": False}),
        Node("relu1", "torch.relu"),
    ]
    return Project(graph=Graph({node.id: node for node in nodes}))


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> Inspector:
    studio.open_project(network())
    inspector = Inspector(studio)
    qtbot.addWidget(inspector)
    inspector.resize(340, 900)
    inspector.show()
    return inspector


def several(panel: Inspector, studio: Studio, *ids: str) -> SeveralPage:
    studio.select(ids)
    assert isinstance(panel.page, SeveralPage)
    return panel.page


def typed(page: Any, name: str, text: str, qtbot: QtBot) -> Any:
    line = page.form.rows[name].line
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    return line


def params(studio: Studio, name: str) -> list[Any]:
    return [studio.project.graph.nodes[id].params.get(name) for id in ("conv1", "conv2")]


def test_mixed_values_are_shown_as_mixed_and_set_for_all_in_one_step(panel: Inspector, studio: Studio, qtbot: QtBot):
    before = studio.project
    page = several(panel, studio, "conv1", "conv2")
    line = page.form.rows["out_channels"].line
    assert line is not None
    assert (line.text(), line.placeholderText()) == ("", "mixed")
    assert page.form.rows["kernel_size"].line.text() == "3"  # pyright: ignore[reportOptionalMemberAccess]
    typed(page, "out_channels", "4*16", qtbot)
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert params(studio, "out_channels") == [64, 64]
    page.refresh()
    assert line.text() == "64"
    studio.undo()
    assert studio.project == before


def test_what_one_of_them_refuses_is_not_set(panel: Inspector, studio: Studio, qtbot: QtBot):
    page = several(panel, studio, "conv1", "conv2")
    typed(page, "out_channels", "0", qtbot)
    assert params(studio, "out_channels") == [16, 32]


def test_nodes_without_a_common_parameter_can_still_be_bypassed_and_frozen(
    panel: Inspector, studio: Studio, qtbot: QtBot
):
    page = several(panel, studio, "conv1", "conv2", "relu1")
    qtbot.mouseClick(page.bypassed.editor, Qt.MouseButton.LeftButton)
    assert all(node.bypassed for node in studio.project.graph)
    studio.undo()
    assert not any(node.bypassed for node in studio.project.graph)
    page.refresh()
    qtbot.mouseClick(page.frozen.editor, Qt.MouseButton.LeftButton)
    assert all(effective(studio.project.recipe, node).frozen for node in studio.project.graph)
    studio.undo()
    assert studio.project.recipe.rules == ()


def test_a_sum_stands_as_its_value_when_the_typing_is_over(panel: Inspector, studio: Studio, qtbot: QtBot):
    studio.select(["conv1"])
    line = typed(panel.page, "out_channels", "2^3 + 1", qtbot)
    assert studio.project.graph.nodes["conv1"].params["out_channels"] == 9
    qtbot.keyClick(line, Qt.Key.Key_Return)
    assert line.text() == "9"


def test_arrow_keys_step_and_shift_steps_further(panel: Inspector, studio: Studio, qtbot: QtBot):
    studio.select(["conv1"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    line = panel.page.form.rows["out_channels"].line
    qtbot.keyClick(line, Qt.Key.Key_Up)
    qtbot.keyClick(line, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(line, Qt.Key.Key_Down)
    assert studio.project.graph.nodes["conv1"].params["out_channels"] == 26


def test_a_note_is_kept_as_one_step(panel: Inspector, studio: Studio, qtbot: QtBot):
    before = studio.project
    studio.select(["conv1"])
    assert isinstance(panel.page, NodePage)
    note = panel.page.note
    note.setFocus()
    qtbot.keyClicks(note, "first look")
    assert studio.project.graph.nodes["conv1"].note == "first look"
    studio.undo()
    assert studio.project == before


def test_a_parameter_is_marked_to_be_searched_over_and_compared(panel: Inspector, studio: Studio, qtbot: QtBot):
    studio.select(["conv1"])
    assert isinstance(panel.page, NodePage)
    form = panel.page.form
    assert form is not None
    menu = form.menu_of("out_channels")
    by_title = {action.text(): action for action in menu.actions()}
    asked: list[Any] = []
    studio.asked.connect(asked.append)
    by_title["Compare values of it …"].trigger()
    assert studio.project.graph.nodes["conv1"].options == {"search": ["out_channels"]}
    assert asked[0].values == {"conv1.out_channels": ""}
    studio.undo()
    assert studio.project == network()


def test_the_right_button_opens_the_menu_of_a_field(panel: Inspector, studio: Studio, qtbot: QtBot):
    studio.select(["conv1"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    row = panel.page.form.rows["out_channels"]
    at = row.mapToGlobal(QPoint(4, 4))
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(4, 4), at))
    menu = QApplication.activePopupWidget()
    assert menu is not None
    menu.close()


def test_within_a_block_its_own_nodes_are_edited(panel: Inspector, studio: Studio, qtbot: QtBot):
    block = Block("b", "B", Graph({"fc": Node("fc", "torch.linear", {"out_features": 2})}))
    project = Project(graph=Graph({"b1": Node("b1", "block:b")}), blocks={"b": block})
    studio.open_project(project)
    assert studio.scope.enter("b1")
    studio.select(["fc"])
    typed(panel.page, "out_features", "7", qtbot)
    assert studio.project.blocks["b"].graph.nodes["fc"].params == {"out_features": 7}
    studio.undo()
    assert studio.project == project


def choose(panel: Inspector, name: str, title: str) -> None:
    """The right button on a field, and a click on an entry of its menu."""
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    row = panel.page.form.rows[name]
    at = row.mapToGlobal(QPoint(4, 4))
    QApplication.sendEvent(row, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, QPoint(4, 4), at))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    entry = next(action for action in menu.actions() if action.text() == title)
    QTest.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry).center())


def sign(panel: Inspector, name: str) -> str:
    """What the sign at a field says; "" where there is none."""
    assert isinstance(panel.page, NodePage)
    panel.page.refresh()
    assert panel.page.form is not None
    row = panel.page.form.rows[name]
    return "" if row.isHidden() or row._sign.isHidden() else row._sign.accessibleName()


def test_a_field_within_a_block_is_searched_over_for_all_instances(panel: Inspector, studio: Studio):
    """In the definition it is one step that shows there and leads to the comparison; on an instance it is that one's; in vain it is refused."""
    inner = Graph({"conv": Node("conv", "torch.conv2d"), "fc": Node("fc", "torch.linear", {"out_features": 2})})
    block = Block("b", "Stage", inner, (Exposed("width", "fc", "out_features"),))
    project = Project(graph=Graph({"b1": Node("b1", "block:b"), "b2": Node("b2", "block:b")}), blocks={"b": block})
    studio.open_project(project)
    asked: list[Any] = []
    studio.asked.connect(asked.append)
    assert studio.scope.enter("b2")
    studio.select(["conv"])
    choose(panel, "stride", "Search over this")
    assert studio.project.blocks["b"].graph.nodes["conv"].options == {"search": ["stride"]}
    assert sign(panel, "stride") == "Searched over, in every 'Stage'"
    studio.select(["fc"])
    choose(panel, "out_features", "Compare values of it …")
    assert list(asked[0].values) == ["b1/conv.stride", "b1/fc.out_features"]
    assert sign(panel, "out_features") == "Searched over, in every 'Stage'"
    assert "'b2' does not set width" in panel.page.form.rows["out_features"]._exposed.text()
    studio.undo()
    studio.undo()
    assert studio.project == project

    studio.scope.leave()
    for id in ("b1", "b2"):
        studio.select([id])
        studio.do(set_param(studio.project, id, "width", 7))
    choose(panel, "width", "Compare values of it …")
    assert asked[1].values == {"b2.width": ""}
    assert sign(panel, "width") == "Searched over"
    assert studio.scope.enter("b1")
    studio.select(["fc"])
    told: list[str] = []
    studio.message.connect(lambda text, _severity: told.append(text))
    before = studio.project
    choose(panel, "out_features", "Compare values of it …")
    assert studio.project is before and len(asked) == 2
    assert "b1 = 7, b2 = 7" in told[0] and "Search over width of an instance" in told[0]
