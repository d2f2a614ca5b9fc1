"""The comparison by real events: marked on both sides, the list jumps, clicks answer, cameras are linked, Esc closes."""

from canvas_network import CONTROL, LEFT, NONE
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.graph_compare import GraphCompare, compare
from nnstudio.project.edits import remove_nodes, set_param


def compared(view: CanvasView, qtbot: QtBot) -> GraphCompare:
    before = view.studio.project
    view.studio.do(set_param(before, "conv1", "kernel_size", 5))
    view.studio.do(remove_nodes(view.studio.project, ["relu1"]))
    sheet = compare(view.window(), view.studio, before, "before")
    qtbot.waitExposed(sheet)
    return sheet


def test_differences_are_listed_marked_and_jumped_to(chain: CanvasView, qtbot: QtBot) -> None:
    sheet = compared(chain, qtbot)
    lines = [sheet.list.item(place).text() for place in range(sheet.list.count())]
    assert lines[0].startswith("− node ReLU") and any("kernel_size 3 → 5" in line for line in lines)
    left, right = sheet.pictures
    assert left._marks["relu1"].sign == "−" and right._marks["conv1"].sign == "~" and "relu1" not in right._marks
    sheet.list.setCurrentRow(1)
    assert left._chosen == right._chosen == "conv1"
    QTest.mouseClick(left, LEFT, NONE, left.position_of("relu1").toPoint())
    assert left._chosen == "relu1" and right._chosen == "" and sheet.list.currentRow() == 0
    QTest.keyClick(left, Qt.Key.Key_Plus)
    assert left.camera == right.camera
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_nothing_of_the_project_changes_by_looking(chain: CanvasView, qtbot: QtBot) -> None:
    sheet = compared(chain, qtbot)
    after = chain.studio.project
    QTest.keyClick(sheet.pictures[1], Qt.Key.Key_Delete)
    QTest.keyClick(sheet.pictures[1], Qt.Key.Key_A, CONTROL)
    assert chain.studio.project is after
    sheet.close()


def test_few_differences_take_little_and_names_stay_as_they_are(chain: CanvasView, qtbot: QtBot) -> None:
    before = chain.studio.project
    chain.studio.do(set_param(before, "conv1", "kernel_size", 5))
    sheet = compare(chain.window(), chain.studio, before, "my_Net.nns")
    qtbot.waitExposed(sheet)
    assert any(shown.text() == "my_Net.nns" for shown in sheet.findChildren(QLabel))
    line = sheet.list.sizeHintForRow(0)
    assert line <= sheet.list.height() < sheet.height() / 6
    sheet.close()
