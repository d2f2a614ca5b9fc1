"""Blocks in the library: what is offered where, kept, renamed, deleted with what that breaks, taken in from a file."""

from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from nnstudio.gui.library import Library
from nnstudio.gui.library.block_menu import block_menu
from nnstudio.gui.library.kept import save_block
from nnstudio.gui.library.offered import offered
from nnstudio.gui.library.panel import add_layer
from nnstudio.gui.studio import Studio
from nnstudio.gui.window import MainWindow
from nnstudio.project.block_edits import group
from nnstudio.project.block_library import write
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.specs import LayerSpec


def grouped(studio: Studio) -> None:
    nodes = {"a": Node("a", "nnstudio.input"), "b": Node("b", "torch.relu"), "c": Node("c", "torch.tanh")}
    studio.open_project(Project(graph=Graph(nodes, {Slot("b"): Source("a"), Slot("c"): Source("b")})))
    made = group(studio.project, ["b"], "Stage")
    assert isinstance(made, tuple)
    studio.do(made[0])


def sections(panel: Library) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    heading = ""
    for row in panel.model.rows:
        if isinstance(row, str):
            heading = row
        elif isinstance(row, LayerSpec):
            found.setdefault(heading, []).append(row.title)
    return found


def entries(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if action.text()]


def test_sections_for_this_project_mine_and_what_ships(studio: Studio, qtbot: QtBot) -> None:
    grouped(studio)
    panel = Library(studio)
    qtbot.addWidget(panel)
    found = sections(panel)
    assert found["Blocks of this project"] == ["Stage"]
    assert "LSTM cell" in found["Ready-made blocks"]
    assert "My blocks" not in found
    assert "Edges of this block" not in found
    assert save_block(studio, "stage")
    assert sections(panel)["My blocks"] == ["Stage"]
    studio.scope.enter("stage1")
    found = sections(panel)
    assert found["Edges of this block"] == ["Block input", "Block output"]
    assert "Blocks of this project" not in found, "a block is not placed in itself"


def test_a_ready_made_block_is_placed_with_its_definition(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project())
    add_layer(studio, "kept:ready/mlp")
    assert list(studio.project.blocks) == ["mlp"]
    assert [node.type for node in studio.project.graph] == ["block:mlp"]
    add_layer(studio, "kept:ready/mlp")
    assert list(studio.project.blocks) == ["mlp"]
    studio.undo()
    studio.undo()
    assert studio.project == Project()


def test_added_into_the_block_on_show(studio: Studio) -> None:
    grouped(studio)
    studio.scope.enter("stage1")
    add_layer(studio, "torch.sigmoid")
    assert "sigmoid1" in studio.scope.graph.nodes
    assert "sigmoid1" not in studio.project.graph.nodes


def test_the_menu_says_what_deleting_breaks(studio: Studio, qtbot: QtBot) -> None:
    grouped(studio)
    panel = Library(studio)
    qtbot.addWidget(panel)
    spec = studio.registry.layer("block:stage")
    assert spec is not None
    menu = block_menu(studio, spec, panel, lambda: None)
    assert menu is not None
    assert "In the network: stage1" in entries(menu)
    next(action for action in menu.actions() if "leave its contents" in action.text()).trigger()
    assert studio.project.blocks == {}
    assert set(studio.project.graph.nodes) == {"a", "b", "c"}
    studio.undo()
    menu = block_menu(studio, spec, panel, lambda: None)
    assert menu is not None
    next(action for action in menu.actions() if "with these nodes" in action.text()).trigger()
    assert set(studio.project.graph.nodes) == {"a", "c"}
    relu = studio.registry.layer("torch.relu")
    assert relu is not None
    assert block_menu(studio, relu, panel, lambda: None) is None


def test_renamed_in_place(studio: Studio, qtbot: QtBot) -> None:
    grouped(studio)
    panel = Library(studio)
    qtbot.addWidget(panel)
    panel.resize(240, 2000)
    panel.show()
    qtbot.waitExposed(panel)
    save_block(studio, "stage")
    for type, section in (("block:stage", "Blocks of this project"), ("kept:own/stage", "My blocks")):
        spec = studio.registry.layer(type)
        assert spec is not None
        row = next(i for i, item in enumerate(panel.model.rows) if isinstance(item, LayerSpec) and item.id == type)
        panel.view.scrollTo(panel.model.index(row, 0))
        spot = panel.view.visualRect(panel.model.index(row, 0)).center()
        menu = panel.menu_at(spot)
        assert menu is not None
        menu.actions()[0].trigger()
        field = panel.window().focusWidget()
        assert field is not None
        qtbot.keyClicks(field, "Better")
        qtbot.keyClick(field, Qt.Key.Key_Return)
        assert sections(panel)[section] == ["Better"]


def test_a_dropped_file_is_taken_in(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    grouped(studio)
    path = tmp_path / "stage.nnb"
    assert write(studio.project, "stage", path) == ()
    studio.open_project(Project())
    window = MainWindow(studio)
    qtbot.addWidget(window)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(9, 9), copy, mime, left, none))
    assert list(studio.project.blocks) == ["stage"]
    assert "block:stage" in {spec.id for spec in offered(studio)}
    window.dropEvent(QDropEvent(QPointF(9, 9), copy, mime, left, none))
    assert list(studio.project.blocks) == ["stage"]
