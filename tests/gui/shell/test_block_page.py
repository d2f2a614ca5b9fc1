"""The pages of an instance and of a definition: what stands there is true, and what is typed there is done, one step each."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from nnstudio.gui.inspector import Inspector
from nnstudio.gui.inspector.block_page import DefinitionPage
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.studio import Studio
from nnstudio.gui.widgets.painted import Choice
from nnstudio.project.block_definition import set_kind
from nnstudio.project.block_edits import group
from nnstudio.project.blocks import entries, exits
from nnstudio.project.edits import add_node
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Exposed, Project


@pytest.fixture
def panel(studio: Studio, qtbot: QtBot) -> Inspector:
    """A block "Cell" of two nodes with the inspector beside it."""
    nodes = {"a": Node("a", "nnstudio.input"), "fc": Node("fc", "torch.linear"), "act": Node("act", "torch.tanh")}
    wires = {Slot("fc"): Source("a"), Slot("act"): Source("fc"), Slot("z"): Source("act")}
    nodes["z"] = Node("z", "torch.relu")
    studio.open_project(Project("P", Graph(nodes, wires)))
    made = group(studio.project, ["fc", "act"], "Cell")
    assert isinstance(made, tuple)
    studio.do(made[0])
    panel = Inspector(studio)
    qtbot.addWidget(panel)
    panel.resize(330, 1200)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def definition(panel: Inspector, studio: Studio) -> DefinitionPage:
    studio.scope.enter("cell1")
    assert isinstance(panel.page, DefinitionPage)
    return panel.page


def field(panel: Inspector, text: str) -> QLineEdit:
    QApplication.processEvents()
    return next(edit for edit in panel.findChildren(QLineEdit) if edit.isVisible() and edit.text() == text)


def typed(qtbot: QtBot, edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    edit.editingFinished.emit()  # as when the focus leaves a window that is active


def press(panel: Inspector, qtbot: QtBot, name: str, number: int = 0) -> None:
    QApplication.processEvents()
    found = [b for b in panel.findChildren(QToolButton) if b.accessibleName().startswith(name) and b.isEnabled()]
    qtbot.mouseClick(found[number], Qt.MouseButton.LeftButton)


def texts(panel: Inspector) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel))


def test_an_instance_shows_its_definition(panel: Inspector, studio: Studio, qtbot: QtBot) -> None:
    studio.select(["cell1"])
    page = panel.page
    assert isinstance(page, NodePage)
    assert page.block is not None
    assert page.form is not None
    assert list(page.form.rows) == ["repeat"]
    typed(qtbot, page.block.title, "Elman")
    assert studio.project.blocks["cell"].title == "Elman"
    enter = next(b for b in panel.findChildren(QPushButton) if b.text().strip() == "Enter")
    qtbot.mouseClick(enter, Qt.MouseButton.LeftButton)
    assert studio.scope.path == ("cell1",)
    studio.scope.leave()
    studio.select(["z"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.block is None


def test_repeat_is_typed_into_the_form(panel: Inspector, studio: Studio) -> None:
    studio.select(["cell1"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    panel.page.form.rows["repeat"].type_text("3")
    assert studio.project.graph.nodes["cell1"].params == {"repeat": 3}
    assert len(studio.project.flattened.instances) == 3


def test_ports_are_added_named_moved_and_deleted(panel: Inspector, studio: Studio, qtbot: QtBot) -> None:
    page = definition(panel, studio)
    press(panel, qtbot, "Add output")
    page.refresh()
    block = studio.project.blocks["cell"]
    assert [node.id for node in exits(block)] == ["out1", "out2"]
    typed(qtbot, field(panel, "y"), "scores")
    assert exits(studio.project.blocks["cell"])[0].label == "scores"
    page.refresh()
    press(panel, qtbot, "Later")
    assert exits(studio.project.blocks["cell"])[1].label == "scores"
    assert studio.project.graph.wires[Slot("z")] == Source("cell1", "out2")
    page.refresh()
    QApplication.processEvents()
    buttons = [b for b in panel.findChildren(QToolButton) if "cell1 → z" in b.toolTip() and b.isVisible()]
    assert len(buttons) == 1, "the port says which wire goes with it"
    qtbot.mouseClick(buttons[0], Qt.MouseButton.LeftButton)
    assert Slot("z") not in studio.project.graph.wires
    for _ in range(4):
        studio.undo()
    assert [node.label for node in exits(studio.project.blocks["cell"])] == ["y"]
    assert studio.project.graph.wires[Slot("z")] == Source("cell1", "out1")


def test_a_parameter_is_exposed_renamed_and_exposed_no_longer(panel: Inspector, studio: Studio, qtbot: QtBot) -> None:
    definition(panel, studio)
    studio.select(["fc"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    menu = panel.page.form.menu_of("out_features")
    next(action for action in menu.actions() if action.text() == "Expose on the block").trigger()
    assert studio.project.blocks["cell"].exposed == (Exposed("out_features", "fc", "out_features"),)
    studio.select([])
    typed(qtbot, field(panel, "out_features"), "2 wrong")
    assert studio.project.blocks["cell"].exposed[0].name == "out_features"
    typed(qtbot, field(panel, "out_features"), "width")
    assert studio.project.blocks["cell"].exposed[0].name == "width"
    studio.scope.leave()
    studio.select(["cell1"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    assert list(panel.page.form.rows) == ["repeat", "width"]
    panel.page.form.rows["width"].type_text("9")
    assert studio.project.flat.nodes["cell1/fc"].params["out_features"] == 9
    page = definition(panel, studio)
    page.refresh()
    QApplication.processEvents()
    gone = next(b for b in panel.findChildren(QToolButton) if "cell1 = 9" in b.toolTip() and b.isVisible())
    qtbot.mouseClick(gone, Qt.MouseButton.LeftButton)
    assert studio.project.graph.nodes["cell1"].params == {}


def test_a_scan_says_what_it_carries(panel: Inspector, studio: Studio, qtbot: QtBot) -> None:
    page = definition(panel, studio)
    page.kind.setCurrentIndex(1)
    page.kind.activated.emit(1)
    assert studio.project.blocks["cell"].kind == "scan"
    page.refresh()
    carry, gives = [choice for choice in panel.findChildren(Choice) if choice is not page.kind]
    carry.setCurrentIndex(1)
    carry.activated.emit(1)
    assert entries(studio.project.blocks["cell"])[0].params == {"carry": "out1", "size": [128]}
    gives.setCurrentIndex(1)
    gives.activated.emit(1)
    assert exits(studio.project.blocks["cell"])[0].params == {"gives": "last"}
    for _ in range(3):
        studio.undo()
    assert studio.project.blocks["cell"].kind == "block"


def test_the_page_stays_while_the_definition_changes(panel: Inspector, studio: Studio, qtbot: QtBot) -> None:
    """What is typed into must not be taken away by what the typing changes."""
    page = definition(panel, studio)
    typed(qtbot, page.title, "Better")
    assert panel.page is page
    page.refresh()
    assert "Better" in texts(panel)
    page.note.setFocus()
    qtbot.keyClicks(page.note, "why")
    page.title.setFocus()
    assert studio.project.blocks["cell"].note == "why"


def test_an_instance_is_run_over_time_and_back(panel: Inspector, studio: Studio, qtbot: QtBot) -> None:
    studio.select(["cell1"])
    assert isinstance(panel.page, NodePage) and panel.page.block is not None
    shown = panel.page.block
    before = studio.project
    qtbot.mouseClick(shown.kind, Qt.MouseButton.LeftButton)
    assert studio.project.blocks["cell"].kind == "scan"
    studio.undo()
    assert studio.project == before
    studio.redo()
    shown.refresh()
    assert shown.kind.text() == "Compute it once"
    qtbot.mouseClick(shown.kind, Qt.MouseButton.LeftButton)
    assert studio.project.blocks["cell"].kind == "block"


def test_what_cannot_be_ungrouped_says_why_before_it_is_tried(panel: Inspector, studio: Studio) -> None:
    def shown() -> QPushButton:
        QApplication.processEvents()
        page = panel.page
        assert isinstance(page, NodePage)
        page.refresh()
        assert page.block is not None
        return page.block.ungroup

    studio.select(["cell1"])
    assert shown().isEnabled()
    studio.do(set_kind(studio.project, "cell", "scan"))
    assert not shown().isEnabled()
    assert "once for each step of a sequence" in shown().toolTip()
    studio.undo()
    assert shown().isEnabled()
    assert shown().toolTip() == ""


def test_one_parameter_sets_several_fields(panel: Inspector, studio: Studio, qtbot: QtBot) -> None:
    """Renamed to a name that is there: what that does is said while it is typed, done in one step, and taken apart again."""
    second = Node("fc2", "torch.linear", {"out_features": 7}, (0.0, 200.0))
    definition(panel, studio)
    studio.scope.do(add_node(studio.scope.here, second))
    for node in ("fc", "fc2"):
        studio.select([node])
        assert isinstance(panel.page, NodePage)
        assert panel.page.form is not None
        menu = panel.page.form.menu_of("out_features")
        next(action for action in menu.actions() if action.text() == "Expose on the block").trigger()
    studio.select([])
    typed(qtbot, field(panel, "out_features"), "hidden")
    page = panel.page
    assert isinstance(page, DefinitionPage)
    page.refresh()
    edit = field(panel, "fc2_out_features")
    edit.setFocus()
    edit.selectAll()
    qtbot.keyClicks(edit, "hidden")
    words = "sets out_features of 'fc', out_features of 'fc2' together; in the definition all are 128."
    assert words in texts(panel)
    assert len(studio.project.blocks["cell"].exposed) == 2, "nothing is done yet"
    before = studio.project
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    edit.editingFinished.emit()
    assert {item.name for item in studio.project.blocks["cell"].exposed} == {"hidden"}
    studio.undo()
    assert studio.project == before
    studio.redo()
    page.refresh()
    press(panel, qtbot, "Expose it apart from 'hidden'", 1)
    assert [item.name for item in studio.project.blocks["cell"].exposed] == ["hidden", "out_features"]
    studio.select(["fc2"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    menu = panel.page.form.menu_of("out_features")
    next(action for action in menu.actions() if action.text().startswith("Let 'hidden' set it")).trigger()
    assert {item.name for item in studio.project.blocks["cell"].exposed} == {"hidden"}
