"""A scan looked at step by step: readable when it opens, in rows where there is room, nothing across a node, copies found by a click."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.canvas.scene import ints
from nnstudio.gui.places.unrolled import LEAST, READABLE, UnrolledView, open_unrolled
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.plugins import load
from nnstudio.project.block_library import ready_made
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

SCANS = [kept for kept in ready_made() if kept.block.kind == "scan"]
Key, NONE = Qt.Key, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def studio(tmp_path: Path, qapp: QApplication) -> Iterator[Studio]:
    theme.install(qapp)
    studio = Studio(load(), settings=Settings(tmp_path / "settings.json"))
    yield studio
    studio.close()


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


Opened = Callable[..., UnrolledView]


@pytest.fixture
def opened(studio: Studio, window: QWidget, qtbot: QtBot) -> Opened:
    """The sheet of the ready-made scan `id`, in a window of that size."""
    return partial(_opened, studio, window, qtbot)


def _opened(
    studio: Studio, window: QWidget, qtbot: QtBot, id: str, size: tuple[int, int] = (1600, 1000)
) -> UnrolledView:
    kept = next(kept for kept in SCANS if kept.id == id)
    graph = Graph({"cell": Node("cell", f"block:{id}")})
    studio.open_project(Project("Scan", graph, blocks=dict(kept.blocks)))
    studio.select(["cell"])
    window.resize(*size)
    window.show()
    qtbot.waitExposed(window)
    sheet = open_unrolled(studio, window)
    assert sheet is not None
    (view,) = sheet.findChildren(UnrolledView)
    qtbot.waitUntil(lambda: view.picture.width() > size[0] / 2)
    return view


def columns(view: UnrolledView) -> int:
    return len({frame.position[0] for frame in view.picture.graph.frames.values()})


@pytest.mark.parametrize("size", [(1600, 1000), (1280, 720)])
@pytest.mark.parametrize("kept", SCANS, ids=lambda kept: kept.id)
def test_it_opens_so_large_that_titles_can_be_read(opened: Opened, kept, size) -> None:
    view = opened(kept.id, size)
    view.show_steps(7)
    camera, frame = view.picture.camera, view.picture.graph.frames["step 1"]
    assert camera.zoom > (READABLE if size[0] > 1400 else LEAST) - 0.02  # to the nearest level
    left, top = camera.to_widget(*frame.position)
    right, _ = camera.to_widget(frame.position[0] + frame.size[0], frame.position[1])
    assert left >= 0
    assert top >= 0
    assert right <= view.picture.width() + 1, "all of the first step, from side to side"


def test_steps_stand_in_several_rows_and_all_are_seen_on_request(opened: Opened) -> None:
    view = opened("rnn_cell")
    view.show_steps(12)
    assert 1 < columns(view) < 12
    picture = view.picture
    QTest.keyClick(picture, Key.Key_Home)
    box = picture.scene.bounds()
    assert box is not None
    seen = picture.camera.seen(picture.width(), picture.height())
    assert seen[0] <= box[0] and seen[1] <= box[1] and box[2] <= seen[2] and box[3] <= seen[3]


@pytest.mark.parametrize("kept", SCANS, ids=lambda kept: kept.id)
def test_no_wire_and_no_tie_runs_across_a_node(opened: Opened, kept) -> None:
    view = opened(kept.id)
    view.show_steps(4)
    picture = view.picture
    picture.grab()
    scene = picture.scene
    assert not scene.sharing
    for slot, wire in scene.wire_row.items():
        path = picture.wire_path(slot)
        ends = {scene.row[slot.node], scene.row[scene.wire(wire)[0].node]}
        points = [path.pointAtPercent(step / 200) for step in range(201)]
        for row in ints(scene.nodes_in((-1e6, -1e6, 1e6, 1e6))):
            left, top, right, bottom = scene.box(row)
            across = [p for p in points if left < p.x() < right and top < p.y() < bottom]
            assert row in ends or not across, (slot, scene.node(row).id)


def test_a_click_shows_the_copies_of_what_has_weights(opened: Opened) -> None:
    view = opened("rnn_cell")
    picture = view.picture

    def click(node: str) -> None:
        QTest.mouseClick(picture, Qt.MouseButton.LeftButton, NONE, picture.position_of(node).toPoint())

    click("wx_2")
    assert set(picture.marks) == {"wx_1", "wx_2", "wx_3"}
    assert {mark.sign for mark in picture.marks.values()} == {"="}
    click("wx_1")
    assert not picture.marks
    click("wh_1")
    click("x_1" if "x_1" in picture.graph.nodes else "in1_1")
    assert not picture.marks, "a port has none"


def test_wires_say_what_they_carry_once_it_is_known(studio: Studio, opened: Opened) -> None:
    view = opened("rnn_cell")
    (slot,) = (wire.target for wire in view.picture.graph.wires_into("wx_3"))
    assert view.picture.wire_text(slot) == ""
    known = NodePlan("cell/in1", "", "", outputs={"output": (BATCH, 8)})
    studio.plan = Plan(nodes={"cell/in1": known})
    studio.plan_changed.emit()
    assert view.picture.wire_text(slot) == "8"
