"""Arranged networks can be read: no wire on another's or behind a node, no shape on anything; borders and ports stand where they should."""

import pytest
from drawn_networks import NETWORKS, Faults, faults, lstm_cell, random_network, residual_chain, u_net, worked_out
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.organise import lay_out
from nnstudio.gui.studio import Studio
from nnstudio.project.graph import Graph, Slot
from nnstudio.project.project import Project
from nnstudio.project.room import DOWN, RIGHT

CONTROL = Qt.KeyboardModifier.ControlModifier


def arranged(view: CanvasView, graph: Graph, axis: int = RIGHT) -> Faults:
    show(view, graph)
    lay_out(view, axis=axis)
    view.end_glide()
    return faults(view)


def show(view: CanvasView, graph: Graph) -> None:
    view.studio.open_project(Project(graph=graph))
    view.studio.plan = worked_out(graph)
    view.studio.plan_changed.emit()


@pytest.mark.parametrize("axis", [RIGHT, DOWN], ids=["right", "down"])
@pytest.mark.parametrize("name", NETWORKS)
def test_an_arranged_network_can_be_read(view: CanvasView, name: str, axis: int) -> None:
    found = arranged(view, NETWORKS[name], axis)
    assert (found.behind, found.on_top, found.labels) == (0, 0, 0)
    assert found.shown >= 0.8 * found.of, "shapes are not left out to keep them apart"


def test_the_lstm_cell_from_left_to_right_has_no_crossing(view: CanvasView) -> None:
    assert arranged(view, lstm_cell()).crossings == 0


def test_what_skips_nodes_downwards_crosses_little(view: CanvasView) -> None:
    """It leads to the left at once, beside those of its source, and stays outside of the others: 8 and 34 when it turned half way."""
    assert arranged(view, residual_chain(), DOWN).crossings == 0
    assert arranged(view, u_net(), DOWN).crossings <= 8


def test_no_shape_takes_the_place_that_the_very_first_wire_wishes_for(view: CanvasView) -> None:
    assert arranged(view, random_network(33), DOWN).labels == 0


def test_it_does_not_matter_which_wire_is_asked_first(view: CanvasView) -> None:
    arranged(view, lstm_cell(), DOWN)
    rows = sorted(view.scene.wire_row.values())
    first = {row: (view.wires.route(row), view.wires.label_box(row)) for row in rows}
    view.wires.forget()
    assert {row: (view.wires.route(row), view.wires.label_box(row)) for row in reversed(rows)} == first


def test_a_frame_about_two_neighbours_strikes_no_shape_and_no_card(chain: CanvasView) -> None:
    view = chain
    for ids in (
        ["conv1", "relu1"],
        ["relu1"],
    ):  # about two of a chain, and one about that frame, which is still selected
        view.studio.select(ids)
        QTest.keyClick(view, Qt.Key.Key_J, CONTROL)
        QTest.keyClick(view.frame_editor.title, Qt.Key.Key_Return)
        view.end_glide()
    assert len(view.frames) == 2
    assert faults(view).labels == 0
    assert view.wires.label_box(view.scene.wire_row[Slot("conv1")]) is not None
    boxes = [view.frames.box(id) for id in view.frames.ids]
    for row in view.scene.row.values():
        left, top, right, bottom = view.scene.box(row)
        for box in boxes:
            within = box[0] <= left and right <= box[2] and box[1] <= top and bottom <= box[3]
            assert within or right <= box[0] or left >= box[2] or bottom <= box[1] or top >= box[3]


def test_framing_and_the_room_it_takes_are_one_step(chain: CanvasView, studio: Studio) -> None:
    before = studio.project
    studio.select(["conv1"])
    QTest.keyClick(chain, Qt.Key.Key_J, CONTROL)
    QTest.keyClick(chain.frame_editor.title, Qt.Key.Key_Return)
    assert studio.project.graph.nodes["relu1"].position[0] > before.graph.nodes["relu1"].position[0]
    assert studio.project.graph.nodes["fc1"].position == before.graph.nodes["fc1"].position
    studio.undo()
    assert studio.project == before


def test_a_shape_on_a_wire_stands_in_a_gap_of_it(view: CanvasView) -> None:
    """So the ground behind it is what is there, the colour of a frame too."""
    arranged(view, lstm_cell())
    row = view.scene.wire_row[Slot("wi")]
    label, way = view.wires.label_box(row), view.wires.route(row)
    assert label is not None and way.curve
    drawn = view.wires.drawn(row)
    assert drawn.elementCount() > view.wires.path(row).elementCount()
    x, y = (label[0] + label[2]) / 2, (label[1] + label[3]) / 2
    points = [drawn.pointAtPercent(share / 200) for share in range(201)]
    assert not any(abs(point.x() - x) < 3 and abs(point.y() - y) < 3 for point in points)
