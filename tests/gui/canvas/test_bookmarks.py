"""Bookmarks: set and gone to by keys, in blocks too; renamed, deleted, undone, kept in the file; and back to where one was."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.bookmarks import Bookmarks
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.settings import REDUCED_MOTION
from nnstudio.project.file import from_json, to_json
from nnstudio.project.graph import Frame, Graph, Node
from nnstudio.project.project import Block, Bookmark, Project

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
FAR = Camera(left=4000, top=2000, level=-8)


@pytest.fixture(autouse=True)
def still(view: CanvasView) -> None:
    view.studio.settings.set(REDUCED_MOTION, True)


def entry(menu: QMenu, mark: int, which: int) -> QAction:
    """Of a bookmark's own menu."""
    inner = menu.findChildren(QMenu)[mark]
    return inner.actions()[which]


def middle(view: CanvasView) -> tuple[float, float]:
    x, y = view.camera.to_plane(view.width() / 2, view.height() / 2)
    return round(x), round(y)


def test_ctrl_shift_3_sets_and_shift_3_comes_back(chain: CanvasView) -> None:
    view = chain
    view.set_camera(FAR)
    QTest.keyClick(view, Qt.Key.Key_3, CONTROL | SHIFT)
    assert [(mark.number, mark.name) for mark in view.studio.project.bookmarks] == [(3, "Bookmark 3")]
    where = middle(view)
    view.fit_at_once()
    QTest.keyClick(view, Qt.Key.Key_3, SHIFT)
    assert middle(view) == where
    assert view.camera.level == FAR.level
    view.studio.undo()
    assert view.studio.project.bookmarks == ()


def test_setting_it_again_moves_it_and_keeps_its_name(chain: CanvasView) -> None:
    view = chain
    QTest.keyClick(view, Qt.Key.Key_1, CONTROL | SHIFT)
    marks = Bookmarks(view)
    marks.rename(view.studio.project.bookmarks[0])
    QTest.keyClicks(marks.field, "Encoder")
    QTest.keyClick(marks.field, Qt.Key.Key_Return)
    view.set_camera(FAR)
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_1, CONTROL | SHIFT)
    (mark,) = view.studio.project.bookmarks
    assert mark.name == "Encoder"
    assert (round(mark.x), round(mark.y)) == middle(view)


def test_it_leads_into_the_block_it_was_set_in_and_back_out(view: CanvasView) -> None:
    cell = Block("cell", "Cell", Graph({"relu1": Node("relu1", "torch.relu", position=(900, 700))}))
    project = Project(graph=Graph({"cell1": Node("cell1", "block:cell")}), blocks={"cell": cell})
    view.studio.open_project(project)
    outside = view.camera
    view.studio.scope.enter("cell1")
    view.set_camera(FAR)
    where = middle(view)
    QTest.keyClick(view, Qt.Key.Key_2, CONTROL | SHIFT)
    assert view.studio.project.bookmarks[0].block == "cell1"
    assert view.studio.project.bookmarks[0].name == "Cell"
    view.studio.scope.leave()
    QTest.keyClick(view, Qt.Key.Key_2, SHIFT)
    assert view.studio.scope.path == ("cell1",)
    assert middle(view) == where
    QTest.keyClick(view, Qt.Key.Key_Home, SHIFT)
    assert view.studio.scope.path == ()
    assert view.camera == outside
    QTest.keyClick(view, Qt.Key.Key_Home, SHIFT)
    assert view.studio.scope.path == ("cell1",)
    assert middle(view) == where


def test_a_block_that_is_gone_is_said(view: CanvasView) -> None:
    view.studio.open_project(Project(bookmarks=(Bookmark("Old", "gone1", number=1),)))
    said: list[str] = []
    view.studio.message.connect(lambda text, _severity: said.append(text))
    QTest.keyClick(view, Qt.Key.Key_1, SHIFT)
    assert said == ["The block of the bookmark 'Old' is not there any more."]


def test_back_leads_to_where_one_looked_before_all_was_fitted(chain: CanvasView) -> None:
    view = chain
    view.set_camera(FAR)
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert view.camera != FAR
    QTest.keyClick(view, Qt.Key.Key_Home, SHIFT)
    assert view.camera == FAR


def test_it_takes_its_name_from_the_frame_in_the_middle(chain: CanvasView) -> None:
    view = chain
    graph = view.studio.project.graph
    frames = {"frame1": Frame("frame1", "Encoder", position=(3900, 1900), size=(2000, 2000))}
    view.studio.open_project(Project(graph=Graph(graph.nodes, graph.wires, frames)))
    view.set_camera(Camera(left=4000, top=2000))
    QTest.keyClick(view, Qt.Key.Key_5, CONTROL | SHIFT)
    assert view.studio.project.bookmarks[0].name == "Encoder"


def test_the_list_goes_renames_deletes_and_sets(chain: CanvasView) -> None:
    view, marks = chain, Bookmarks(chain)
    view.set_camera(FAR)
    marks.menu().actions()[-1].trigger()
    view.set_camera(Camera())
    (mark,) = view.studio.project.bookmarks
    assert mark.number == 1
    assert marks.menu().actions()[0].text() == "&1  Bookmark 1"
    menu = marks.menu()
    entry(menu, 0, 0).trigger()
    assert view.camera.level == FAR.level
    menu = marks.menu()
    entry(menu, 0, 2).trigger()
    assert view.studio.project.bookmarks == ()


def test_they_are_kept_in_the_file() -> None:
    project = Project(bookmarks=(Bookmark("Encoder", "res1/inner", 12.5, -3.0, 0.5, 4), Bookmark("Loose")))
    assert from_json(to_json(project))[0] == project
