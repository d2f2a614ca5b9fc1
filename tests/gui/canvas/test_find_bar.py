"""Find by real keys: type, Enter, F3, into blocks and back; replace in all as one step; Esc gives the canvas back."""

from canvas_network import CONTROL, SHIFT
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.find_bar import FindBar, find_bar
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

INNER = Graph(
    {"in1": Node("in1", BLOCK_INPUT), "deep": Node("deep", "torch.relu"), "out1": Node("out1", BLOCK_OUTPUT)},
    {Slot("deep"): Source("in1"), Slot("out1"): Source("deep")},
)


def opened(view: CanvasView) -> FindBar:
    """Two ReLUs outside, one within a block, a frame; the bar opened by Ctrl+F."""
    graph = Graph(
        {
            "relu1": Node("relu1", "torch.relu"),
            "relu2": Node("relu2", "torch.relu", position=(300.0, 0.0)),
            "drop1": Node("drop1", "torch.dropout", {"p": 0.2}, (600.0, 0.0)),
            "b1": Node("b1", "block:b", position=(900.0, 0.0)),
        },
        frames={"frame1": Frame("frame1", "Head", position=(2000.0, 2000.0))},
    )
    view.studio.open_project(Project("Test", graph, blocks={"b": Block("b", "B", INNER)}))
    QTest.keyClick(view, Qt.Key.Key_F, CONTROL)
    bar = find_bar(view)
    assert bar.isVisible() and bar.field.hasFocus()
    return bar


def test_typing_lists_what_fits_and_enter_walks_through_it(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClicks(bar.field, "type:relu")
    assert [found.id for found in bar.model.rows] == ["relu1", "relu2", "deep"]
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert view.studio.selection == ("relu1",)
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert view.studio.selection == ("relu2",) and bar.count.text() == "2 of 3"
    QTest.keyClick(bar.field, Qt.Key.Key_F3)
    assert view.studio.scope.path == ("b1",) and view.studio.selection == ("deep",)
    QTest.keyClick(bar.field, Qt.Key.Key_F3)
    assert view.studio.scope.path == () and view.studio.selection == ("relu1",), "round to the first"
    QTest.keyClick(bar.field, Qt.Key.Key_F3, SHIFT)
    assert view.studio.selection == ("deep",)
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert not bar.isVisible() and view.hasFocus()


def test_f3_on_the_canvas_goes_on(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClicks(bar.field, "drop")
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    QTest.keyClick(view, Qt.Key.Key_F3)
    assert view.studio.selection == ("drop1",)


def test_a_frame_is_shown_and_selected(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClicks(bar.field, "frame:head")
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert view.frames.selected == {"frame1"}


def test_a_parameter_is_replaced_in_all_as_one_step(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClicks(bar.field, "p>0.1")
    bar.what.setCurrentIndex(bar.what.findData("p"))
    QTest.keyClicks(bar.value, "3")
    assert not bar.do.isEnabled() and "p is 3" in bar.said.text()
    bar.value.clear()
    QTest.keyClicks(bar.value, "0.5")
    assert bar.said.text() == "changes 1 of 1"
    QTest.mouseClick(bar.do, Qt.MouseButton.LeftButton)
    assert view.studio.project.graph.nodes["drop1"].params == {"p": 0.5}
    view.studio.undo()
    assert view.studio.project.graph.nodes["drop1"].params == {"p": 0.2}
    assert not view.studio.document.undo_label


def test_a_type_is_replaced_inside_blocks_too(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClicks(bar.field, "type:relu")
    QTest.keyClicks(bar.value, "tanh")
    assert bar.said.text() == "changes 3 of 3, 1 of them in B", "what lies on another level is told beforehand"
    QTest.keyClick(bar.value, Qt.Key.Key_Return)
    project = view.studio.project
    assert {project.graph.nodes[id].type for id in ("relu1", "relu2")} == {"torch.tanh"}
    assert project.blocks["b"].graph.nodes["deep"].type == "torch.tanh"
    assert bar.model.rows == () or all("Tanh" not in found.why for found in bar.model.rows)
    view.studio.undo()
    assert view.studio.project.graph.nodes["relu1"].type == "torch.relu"
    assert len(bar.model.rows) == 3, "the list follows"


def test_select_all_takes_what_is_on_show(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClicks(bar.field, "relu")
    bar.select_all()
    assert set(view.studio.selection) == {"relu1", "relu2"}


def test_with_several_selected_only_these_are_found_and_changed(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    view.studio.select(["relu2", "drop1"])
    QTest.keyClick(view, Qt.Key.Key_F, CONTROL)
    assert bar.inside.isChecked() and [found.id for found in bar.model.rows] == ["relu2", "drop1"], (
        "without a query all of it"
    )
    QTest.keyClicks(bar.field, "relu")
    assert [found.id for found in bar.model.rows] == ["relu2"]
    QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert view.studio.selection == ("relu2",) and bar.inside.isChecked(), "walking does not change where it looks"
    QTest.keyClicks(bar.value, "tanh")
    QTest.keyClick(bar.value, Qt.Key.Key_Return)
    project = view.studio.project
    assert project.graph.nodes["relu2"].type == "torch.tanh"
    assert project.graph.nodes["relu1"].type == project.blocks["b"].graph.nodes["deep"].type == "torch.relu"
    view.studio.undo()
    assert project.graph.nodes["relu1"].type == "torch.relu" and not view.studio.document.undo_label


def test_what_lies_outside_of_the_selection_is_told_and_shown(view: CanvasView) -> None:
    bar = opened(view)
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    view.studio.select(["drop1", "b1"])
    QTest.keyClick(view, Qt.Key.Key_F, CONTROL)
    assert not bar.outside.isVisible()
    QTest.keyClicks(bar.field, "type:relu")
    assert bar.outside.isVisible() and bar.outside.text() == "none in the selection; 3 outside: show"
    bar.outside.setFocus()
    QTest.keyClick(bar.outside, Qt.Key.Key_Space)
    assert not bar.inside.isChecked() and [found.id for found in bar.model.rows] == ["relu1", "relu2", "deep"]
    assert not bar.outside.isVisible() and bar.field.hasFocus(), "the keyboard is not left in what is gone"
    bar.field.clear()
    QTest.keyClicks(bar.field, "nowhere")
    assert bar.count.text() == "none" and not bar.outside.isVisible()


def test_the_limit_is_switched_by_key_and_by_mouse(view: CanvasView) -> None:
    bar = opened(view)
    said: list[str] = []
    view.studio.message.connect(lambda words, _severity: said.append(words))
    QTest.keyClicks(bar.field, "relu")
    QTest.keyClick(bar.field, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    assert not bar.inside.isChecked() and "Nothing is selected" in said[-1] and len(bar.model.rows) == 3
    view.studio.select(["relu1"])
    QTest.keyClick(bar.field, Qt.Key.Key_S, Qt.KeyboardModifier.AltModifier)
    assert [found.id for found in bar.model.rows] == ["relu1"]
    QTest.mouseClick(bar.inside, Qt.MouseButton.LeftButton)
    assert not bar.inside.isChecked() and len(bar.model.rows) == 3


def test_opened_within_a_block_a_replacement_names_the_project_outside(view: CanvasView) -> None:
    bar = opened(view)
    view.studio.scope.show(("b1",))
    QTest.keyClicks(bar.field, "type:relu")
    QTest.keyClicks(bar.value, "tanh")
    assert bar.said.text() == "changes 3 of 3, 2 of them in Test"
