"""Within an instance: the values that hold there, what is set from outside and by which name, what is wrong there, and what is not known."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.looks import EXPOSED, Look
from nnstudio.gui.inspector import Inspector
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.inspector.port_choice import PortChoice
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.problems import Problem
from nnstudio.project.flat import SCAN_START
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Exposed, Project

CELL = Block(
    "cell",
    "Cell",
    Graph(
        {
            "in1": Node("in1", "nnstudio.block_input", name="x"),
            "in2": Node("in2", "nnstudio.block_input", {"carry": "out1", "size": 32}, (0, 120), "h"),
            "cat": Node("cat", "torch.concatenate", position=(240, 0)),
            "fc": Node("fc", "torch.linear", {"out_features": 32}, (480, 0)),
            "drop": Node("drop", "torch.dropout", {"p": 0.25}, (720, 0)),
            "out1": Node("out1", "nnstudio.block_output", position=(960, 0), name="h_new"),
        },
        {
            Slot("cat", "inputs", 0): Source("in1"),
            Slot("cat", "inputs", 1): Source("in2"),
            Slot("fc"): Source("cat"),
            Slot("drop"): Source("fc"),
            Slot("out1"): Source("drop"),
        },
    ),
    (Exposed("hidden", "fc", "out_features"), Exposed("hidden", "in2", "size"), Exposed("p", "drop", "p")),
    "scan",
)
MAIN = Graph(
    {
        "input1": Node("input1", "nnstudio.input"),
        "rnn1": Node("rnn1", "block:cell", {"hidden": 48}, (240, 0)),
        "rnn2": Node("rnn2", "block:cell", position=(480, 0)),
    },
    {Slot("rnn1", "in1"): Source("input1"), Slot("rnn2", "in1"): Source("rnn1", "out1")},
)


@pytest.fixture
def cells(view: CanvasView) -> CanvasView:
    """Two instances of one cell, of which the first sets the size that both its map and its memory have."""
    view.studio.open_project(Project("Test", MAIN, blocks={"cell": CELL}))
    return view


@pytest.fixture
def inspector(cells: CanvasView, qtbot: QtBot) -> Inspector:
    panel = Inspector(cells.studio)
    qtbot.addWidget(panel)
    panel.resize(330, 1200)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


def look(view: CanvasView, node: str) -> Look:
    return view.looks.of(view.scene.row[node])


def page_of(inspector: Inspector, view: CanvasView, node: str) -> NodePage:
    view.studio.select([node])
    QApplication.processEvents()
    page = inspector.page
    assert isinstance(page, NodePage)
    page.refresh()
    return page


def words(page: NodePage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if not label.isHidden())


def test_a_card_says_what_holds_in_the_instance_that_was_entered(cells: CanvasView) -> None:
    for instance, units in (("rnn1", "48"), ("rnn2", "32")):
        cells.studio.scope.show((instance,))
        assert units in look(cells, "fc").line
        assert EXPOSED in look(cells, "fc").signs
        assert EXPOSED not in look(cells, "cat").signs
    assert cells.looks.exposed(cells.studio.scope.graph.nodes["fc"]) == ["out_features ← hidden"]
    cells.studio.scope.show(("rnn1",))
    assert cells.looks.exposed(cells.studio.scope.graph.nodes["fc"]) == ["out_features ← hidden = 48"]


def test_the_inspector_says_what_is_edited_and_what_holds(
    cells: CanvasView, inspector: Inspector, qtbot: QtBot
) -> None:
    studio = cells.studio
    studio.scope.show(("rnn1",))
    page = page_of(inspector, cells, "fc")
    assert "hidden = 48 in 'rnn1'. Edited here is the default of the block." in words(page)
    assert page.form is not None
    line = page.form.rows["out_features"].line
    assert line is not None
    assert line.text() == "32"
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "20")
    qtbot.keyClick(line, Qt.Key.Key_Return)
    block = studio.project.blocks["cell"].graph
    assert block.nodes["fc"].params["out_features"] == 20
    assert block.nodes["in2"].params["size"] == 20, "what one parameter sets has one default"
    assert studio.project.flat.nodes["rnn1/fc"].params["out_features"] == 48
    assert "48" in look(cells, "fc").line
    studio.undo()
    assert studio.project.blocks["cell"] == CELL
    studio.scope.show(("rnn2",))
    page = page_of(inspector, cells, "drop")
    assert "'rnn2' does not set p, so this holds: the default of the block." in words(page)


def test_what_is_carried_is_called_by_its_label_and_chosen_among_what_there_is(
    cells: CanvasView, inspector: Inspector, qtbot: QtBot
) -> None:
    studio = cells.studio
    studio.scope.show(("rnn1",))
    assert look(cells, "in2").line == "← h_new"
    page = page_of(inspector, cells, "in2")
    assert page.form is not None
    assert list(page.form.rows) == ["size"]
    assert isinstance(page.port, PortChoice)
    assert page.port.currentText() == "h_new of the step before"
    assert "`" not in words(page)
    page.port.setFocus()
    qtbot.keyClick(page.port, Qt.Key.Key_Up)
    page.port.activated.emit(page.port.currentIndex())
    assert "carry" not in studio.project.blocks["cell"].graph.nodes["in2"].params
    QApplication.processEvents()
    page = page_of(inspector, cells, "in2")
    assert page.form is not None
    assert list(page.form.rows) == [], "a sequence's value begins in no size"
    studio.undo()
    assert studio.project.blocks["cell"] == CELL


def test_a_carried_value_has_no_input(cells: CanvasView, inspector: Inspector) -> None:
    studio = cells.studio
    studio.plan = Plan(
        nodes={
            "rnn1/in2": NodePlan("rnn1/in2", SCAN_START, "", inputs=((BATCH, 8),), outputs={"output": (BATCH, 48)}),
        }
    )
    studio.plan_changed.emit()
    studio.scope.show(("rnn1",))
    said = words(page_of(inspector, cells, "in2"))
    assert "B × 48" in said
    assert "B × 8" not in said


def test_a_fault_is_marked_in_every_instance_it_is_in(cells: CanvasView, inspector: Inspector) -> None:
    studio = cells.studio
    studio.problems = (Problem("x", "Wrong.", node="rnn1/fc", also=("rnn2/fc",)),)
    studio.problems_changed.emit()
    assert {id for id in ("rnn1", "rnn2") if look(cells, id).severity} == {"rnn1", "rnn2"}
    for instance in ("rnn1", "rnn2"):
        studio.scope.show((instance,))
        assert look(cells, "fc").severity == 3
        assert not look(cells, "drop").severity
        assert "Wrong." in words(page_of(inspector, cells, "fc"))


def test_a_fault_is_marked_where_nothing_says_that_it_is_not_so(cells: CanvasView) -> None:
    """What comes behind the faulty instance could not be worked out: who looks for the fault there finds it."""
    studio = cells.studio
    studio.problems = (Problem("x", "Wrong in 'rnn1'.", node="rnn1/fc"),)
    studio.problems_changed.emit()
    studio.scope.show(("rnn2",))
    assert look(cells, "fc").severity == 3
    assert not look(cells, "drop").severity
    studio.scope.leave()
    assert not look(cells, "rnn2").severity
    studio.plan = Plan(nodes={"rnn2/fc": NodePlan("rnn2/fc", "torch.linear", "")})
    studio.scope.show(("rnn2",))
    assert not look(cells, "fc").severity, "here it could be worked out"


def test_what_could_not_be_worked_out_is_not_shown_as_nothing(cells: CanvasView, inspector: Inspector) -> None:
    studio = cells.studio
    torn = {
        "rnn1": NodePlan("rnn1", "block:cell", "rnn1", whole=False),
        "rnn2": NodePlan("rnn2", "block:cell", "rnn2", parameters=120, whole=False),
    }
    studio.plan = Plan(("rnn1/fc",), blocks=torn)
    studio.plan_changed.emit()
    assert cells.looks.of(cells.scene.row["rnn2"]).figure == ""
    assert "not known" in words(page_of(inspector, cells, "rnn1"))
    assert "≥ 120" in words(page_of(inspector, cells, "rnn2"))
    studio.scope.show(("rnn1",))
    assert cells.status.text == "6 nodes"
    studio.scope.show(("rnn2",))
    assert cells.status.text == "6 nodes · ≥ 120 params"
