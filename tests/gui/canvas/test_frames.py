"""Frames by real events: selected, moved with what they hold, resized, written, deleted; each one step, and Esc leaves all as it was."""

from collections.abc import Iterator

import pytest
from canvas_network import LEFT, MIDDLE, NONE, SHIFT, drag, hover
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.frames import LABEL_PIXELS, TITLE_HEIGHT, FrameHit, Frames
from nnstudio.gui.canvas.frames_gestures import stretched
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

FRAMES = {
    "frame1": Frame("frame1", "Stem", "What comes first", (-40, -80), (480, 200), "weights"),
    "frame2": Frame("frame2", "Within", "", (-20, -40), (220, 140)),
    "frame3": Frame("frame3", "", "A comment", (0, 304), (200, 96)),
}


def network() -> Graph:
    nodes = {
        "conv1": Node("conv1", "torch.conv2d", position=(0, 0)),
        "relu1": Node("relu1", "torch.relu", position=(240, 0)),
        "fc1": Node("fc1", "torch.linear", position=(600, 0)),
    }
    return Graph(nodes, {Slot("relu1"): Source("conv1"), Slot("fc1"): Source("relu1")}, FRAMES)


@pytest.fixture
def framed(view: CanvasView) -> Iterator[CanvasView]:
    view.studio.open_project(Project("Test", network()))
    view.set_zoom(1.0)
    view.look_at(250, 150)
    view.toggle_minimap()
    yield view


@pytest.fixture
def inside(view: CanvasView) -> Iterator[CanvasView]:
    """The same network, as the inside of a block."""
    project = Project("Test", Graph({"one": Node("one", "block:b")}), blocks={"b": Block("b", "B", network())})
    view.studio.open_project(project)
    view.studio.scope.show(("one",))
    view.set_zoom(1.0)
    view.look_at(250, 150)
    yield view


def at(view: CanvasView, x: float, y: float) -> QPoint:
    return QPointF(*view.camera.to_widget(x, y)).toPoint()


def title(view: CanvasView, id: str) -> QPoint:
    _, top, right, _ = view.frames.box(id)
    return at(view, right - 30, top + TITLE_HEIGHT / 2)


def graph(view: CanvasView) -> Graph:
    return view.studio.scope.graph


def test_a_click_selects_a_frame_and_empty_ground_lets_it_go(framed: CanvasView) -> None:
    framed.studio.select(["fc1"])
    QTest.mouseClick(framed, LEFT, NONE, title(framed, "frame1"))
    assert framed.frames.selected == {"frame1"} and not framed.studio.selection
    QTest.mouseClick(framed, LEFT, SHIFT, title(framed, "frame2"))
    assert framed.frames.selected == {"frame1", "frame2"}
    QTest.mouseClick(framed, LEFT, SHIFT, title(framed, "frame1"))
    assert framed.frames.selected == {"frame2"}
    QTest.mouseClick(framed, LEFT, NONE, at(framed, 700, 350))
    assert not framed.frames.selected


@pytest.mark.parametrize("level", ["framed", "inside"])
def test_a_title_carries_all_that_lies_within_as_one_step(level: str, request: pytest.FixtureRequest) -> None:
    view: CanvasView = request.getfixturevalue(level)
    before = graph(view)
    start = title(view, "frame1")
    drag(view, start, start + QPoint(48, 80))
    after = graph(view)
    moved = {"conv1", "relu1"}
    for id, node in before.nodes.items():
        dx, dy = (48, 80) if id in moved else (0, 0)
        assert after.nodes[id].position == (node.position[0] + dx, node.position[1] + dy)
    assert after.frames["frame1"].position == (8, 0) and after.frames["frame2"].position == (28, 40)
    assert after.frames["frame3"] == before.frames["frame3"]
    view.studio.undo()
    assert graph(view) == before
    view.studio.redo()
    assert graph(view) == after


def test_esc_while_a_frame_is_dragged_leaves_all_as_it_was(framed: CanvasView) -> None:
    before, boxes = graph(framed), framed.frames.boxes.copy()
    start = title(framed, "frame1")
    drag(framed, start, start + QPoint(48, 80), release=False)
    framed.grab()
    assert (framed.frames.boxes != boxes).any()
    QTest.keyClick(framed, Qt.Key.Key_Escape)
    QTest.mouseRelease(framed, LEFT, NONE, start + QPoint(48, 80))
    assert graph(framed) is before and (framed.frames.boxes == boxes).all()
    assert framed.scene.box(framed.scene.row["conv1"])[:2] == (0, 0)
    assert not framed.studio.document.undo_label


@pytest.mark.parametrize(
    ("corner", "by", "box"),
    [
        ((440, 120), (40, 24), (-40, -80, 480, 144)),
        ((-40, 20), (-32, 99), (-72, -80, 440, 120)),
        ((200, -80), (99, 24), (-40, -56, 440, 120)),
        ((440, 120), (-900, -900), (-40, -80, 56, -32)),
    ],
)
def test_edges_and_corners_change_the_size_in_one_step(framed: CanvasView, corner, by, box) -> None:
    before = graph(framed)
    inner = -1 if corner[0] > 400 else 1 if corner[0] < 0 else 0
    start = at(framed, corner[0] + inner, corner[1] + (-1 if corner[1] > 100 else 1 if corner[1] < 0 else 0))
    drag(framed, start, start + QPoint(*by))
    assert framed.frames.box("frame1") == box
    assert graph(framed).nodes == before.nodes
    framed.studio.undo()
    assert graph(framed) == before


def test_what_holds_nothing_is_moved_by_its_body(framed: CanvasView) -> None:
    start = at(framed, 120, 370)
    drag(framed, start, start + QPoint(16, 8))
    assert graph(framed).frames["frame3"].position == (16, 312)


def test_the_body_of_a_full_frame_is_ground_for_a_rubber_band_that_catches_frames(framed: CanvasView) -> None:
    drag(framed, at(framed, 225, 90), at(framed, 410, 10))
    assert framed.studio.selection == ("relu1",) and not framed.frames.selected
    drag(framed, at(framed, -60, 430), at(framed, 430, 250))
    assert framed.frames.selected == {"frame3"} and not framed.studio.selection
    drag(framed, at(framed, -90, 430), at(framed, 470, -100))
    assert framed.frames.selected == set(FRAMES) and set(framed.studio.selection) == {"conv1", "relu1"}


def test_selected_frames_come_along_with_a_selected_node(framed: CanvasView) -> None:
    framed.studio.select(["fc1"])
    QTest.mouseClick(framed, LEFT, SHIFT, title(framed, "frame1"))
    start = framed.canvas_position_of("fc1")
    drag(framed, start, start + QPoint(0, 80))
    assert graph(framed).nodes["fc1"].position == (600, 80) and graph(framed).nodes["conv1"].position == (0, 80)
    QTest.mouseClick(framed, LEFT, NONE, framed.canvas_position_of("fc1"))
    assert framed.studio.selection == ("fc1",) and not framed.frames.selected


def test_title_and_text_are_written_in_place(framed: CanvasView) -> None:
    QTest.mouseDClick(framed, LEFT, NONE, title(framed, "frame1"))
    field = framed.frame_editor.title
    assert field.isVisible() and field.text() == "Stem"
    QTest.keyClicks(field, "Trunk")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert graph(framed).frames["frame1"].title == "Trunk" and not field.isVisible()
    QTest.mouseDClick(framed, LEFT, NONE, at(framed, 120, 370))
    text = framed.frame_editor.text
    assert text.isVisible() and text.toPlainText() == "A comment"
    QTest.keyClicks(text, "Two")
    QTest.keyClick(text, Qt.Key.Key_Return)
    QTest.keyClicks(text, "lines")
    QTest.keyClick(text, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert graph(framed).frames["frame3"].text == "Two\nlines" and not text.isVisible()
    framed.frame_editor.edit_text("frame3")
    QTest.keyClicks(text, "gone")
    QTest.keyClick(text, Qt.Key.Key_Escape)
    assert graph(framed).frames["frame3"].text == "Two\nlines"
    framed.studio.undo()
    framed.studio.undo()
    assert graph(framed) == network()


def test_f2_renames_the_selected_frame_and_delete_takes_it_without_its_nodes(framed: CanvasView) -> None:
    QTest.mouseClick(framed, LEFT, NONE, title(framed, "frame1"))
    framed.rename_selected()
    assert QApplication.focusWidget() is framed.frame_editor.title
    QTest.keyClick(framed.frame_editor.title, Qt.Key.Key_Escape)
    framed.delete_selection()
    assert set(graph(framed).frames) == {"frame2", "frame3"} and set(graph(framed).nodes) == set(network().nodes)
    assert not framed.frames.selected
    framed.studio.undo()
    assert graph(framed) == network()


def test_the_pointer_shows_what_can_be_held(framed: CanvasView) -> None:
    shapes = Qt.CursorShape
    for place, shape in (
        (title(framed, "frame1"), shapes.SizeAllCursor),
        (at(framed, 439, 80), shapes.SizeHorCursor),
        (at(framed, 439, 119), shapes.SizeFDiagCursor),
        (at(framed, 300, 110), shapes.ArrowCursor),
    ):
        hover(framed, place)
        assert framed.cursor().shape() is shape


def test_frames_are_painted_at_every_zoom_and_behind_nodes(framed: CanvasView) -> None:
    for zoom in (2.0, 1.0, 0.4, 0.1, 0.01):
        framed.set_zoom(zoom)
        framed.select_frames(["frame1"])
        framed.grab()
        framed.select_frames([])
        framed.grab()


def test_the_parts_of_a_frame() -> None:
    frames = Frames()
    frames.load(network())
    parts = {
        (-39, -79): FrameHit("frame1", "top left"),
        (100, -79): FrameHit("frame1", "top"),
        (300, -60): FrameHit("frame1", "title"),
        (300, 60): FrameHit("frame1", "body"),
        (300, 119): FrameHit("frame1", "bottom"),
        (100, -20): FrameHit("frame2", "title"),
        (100, 60): FrameHit("frame2", "body"),
        (500, 60): None,
    }
    assert {point: frames.at(*point, 1.0) for point in parts} == parts
    far = 0.25
    assert frames.at(100, -80 - 0.6 * LABEL_PIXELS / far, far) == FrameHit("frame1", "title")
    assert frames.at(100, -80 - 0.6 * LABEL_PIXELS / far, 1.0) is None


def test_a_frame_is_never_stretched_too_small() -> None:
    assert stretched((0, 0, 200, 200), (-1, -1), 900, 900) == (104, 152, 200, 200)
    assert stretched((0, 0, 200, 200), (1, 0), 13, 900) == (0, 0, 216, 200)


def test_the_middle_button_pans_on_frames_too(framed: CanvasView) -> None:
    before = framed.camera
    start = title(framed, "frame1")
    drag(framed, start, start + QPoint(30, 10), MIDDLE)
    assert framed.camera != before and graph(framed) == network()


@pytest.mark.parametrize(("zoom", "barred"), [(1.0, True), (0.4, False)])
def test_there_is_no_empty_bar_where_the_title_stands_above(framed: CanvasView, zoom: float, barred: bool) -> None:
    framed.set_zoom(zoom)
    framed.look_at(250, 150)
    shot = framed.grab().toImage()
    left, top, _, bottom = framed.frames.box("frame1")
    bar, body = (shot.pixelColor(at(framed, left + 8, y)) for y in (top + TITLE_HEIGHT / 2, bottom - 8))
    assert (bar != body) is barred
