"""The code of blocks beside the canvas: the line of an inner node is marked, and a line leads to its node wherever that is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.gui.code_panel import CodePanel
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plan import Code
from nnstudio.plugins import load
from nnstudio.project.gallery import open_example

TEXT = """\
class Residual:
    conv1 = 1
    x = conv1(x)

class Model:
    stage1 = 2
    x = stage1(x)
    x = fc(x)
"""
LINES = {
    "stage1[0]/conv1": (2, 3),
    "stage1[1]/conv1": (2, 3),
    "stage2/conv1": (2, 3),
    "stage1": (6, 7),
    "stage2": (7,),
    "fc1": (8,),
}


@pytest.fixture
def panel(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[CodePanel]:
    theme.install(qapp)
    studio = Studio(load(safe_mode=True), settings=Settings(tmp_path / "settings.json"))
    studio.open_project(open_example("fashion_mnist_resnet", studio.registry))
    panel = CodePanel(studio)
    qtbot.addWidget(panel)
    panel.resize(600, 500)
    panel.show()
    QTest.qWaitForWindowExposed(panel)
    studio.code = Code(TEXT, LINES)
    studio.plan_changed.emit()
    yield panel


def marked(panel: CodePanel) -> list[int]:
    return [mark.cursor.blockNumber() + 1 for mark in panel.view.extraSelections()]  # pyright: ignore


def click(panel: CodePanel, qtbot: QtBot, line: int) -> None:
    panel.activateWindow()
    panel.view.setFocus()
    qtbot.waitUntil(panel.view.hasFocus)
    block = panel.view.document().findBlockByNumber(line - 1)
    place = panel.view.blockBoundingGeometry(block).translated(panel.view.contentOffset()).toRect()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=place.topLeft() + QPoint(20, 5))


def test_within_a_block_the_lines_are_those_of_its_class(panel: CodePanel) -> None:
    studio = panel._studio  # pyright: ignore[reportPrivateUsage]
    studio.select(["stage1"])
    assert marked(panel) == [6, 7]
    assert studio.scope.enter("stage1")
    assert marked(panel) == []
    studio.select(["conv1"])
    assert marked(panel) == [2, 3]


def test_a_line_leads_to_its_node(panel: CodePanel, qtbot: QtBot) -> None:
    studio = panel._studio  # pyright: ignore[reportPrivateUsage]
    click(panel, qtbot, 8)
    assert studio.selection == ("fc1",)
    click(panel, qtbot, 2)
    assert (studio.scope.path, studio.selection) == ((), ("stage1",)), "the block that the line is of"
    assert studio.scope.enter("stage2")
    click(panel, qtbot, 3)
    assert (studio.scope.path, studio.selection) == (("stage2",), ("conv1",))
    click(panel, qtbot, 8)
    assert (studio.scope.path, studio.selection) == ((), ("fc1",)), "a line from without leads out"
