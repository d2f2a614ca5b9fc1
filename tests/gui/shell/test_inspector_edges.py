"""The pages of the inspector share their edges and their words."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from nnstudio.gui.inspector import Inspector
from nnstudio.gui.inspector.points_edit import ValueEdit
from nnstudio.gui.theme import theme
from nnstudio.gui.window import MainWindow


def fields_of(inspector: Inspector) -> list[ValueEdit]:
    return [field for field in inspector.findChildren(ValueEdit) if field.isVisible()]


def test_fields_end_at_one_edge_with_a_scroll_bar_and_without(window: MainWindow, qtbot: QtBot) -> None:
    studio = window.studio
    studio.open_example("fashion_mnist_resnet")
    window.resize(1400, 900)
    window.commands.run("view.dashboard")
    inspector = window.findChild(Inspector)
    assert isinstance(inspector, Inspector)
    inspector.setFixedWidth(theme.size("inspector"))
    edges: set[int] = set()
    for node, scrolls in (("stage1", False), ("conv1", True)):
        studio.select([node])
        qtbot.waitUntil(lambda scrolls=scrolls: inspector.scrolls == scrolls and bool(fields_of(inspector)))
        edges |= {field.mapTo(inspector, QPoint(field.width(), 0)).x() for field in fields_of(inspector)}
    assert len(edges) == 1


def test_how_often_a_block_is_used_is_said_once(window: MainWindow) -> None:
    window.studio.open_example("fashion_mnist_resnet")
    window.studio.select(["stage1"])
    QApplication.processEvents()
    said = [shown.text() for shown in window.findChildren(QLabel) if shown.isVisible()]
    assert said[said.index("used") + 1] == "3 times"


@pytest.mark.parametrize("which", ["name", "Title of the block"])
def test_names_stand_at_the_left_numbers_at_the_right(window: MainWindow, which: str) -> None:
    window.studio.open_example("fashion_mnist_resnet")
    window.studio.select(["stage1"])
    QApplication.processEvents()
    fields = [field for field in window.findChildren(ValueEdit) if field.isVisible()]
    name = next(field for field in fields if field.accessibleName() == which)
    assert name.alignment() & Qt.AlignmentFlag.AlignLeft
    number = next(field for field in fields if field.text() == "16")
    assert number.alignment() & Qt.AlignmentFlag.AlignRight
