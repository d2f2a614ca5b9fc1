"""The minimap: click, drag and wheel move the view; what is selected, what is wrong and frames are seen on it."""

from canvas_network import LEFT, NONE, drag, open_graph
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.node_paint import severity_token
from nnstudio.gui.theme import theme
from nnstudio.problems import Problem, Severity
from nnstudio.project.graph import Frame, Graph, Node
from nnstudio.project.project import Block, Project


def wide(view: CanvasView) -> None:
    """A row far longer than the view."""
    nodes = {f"n{i}": Node(f"n{i}", "torch.relu", position=(400.0 * i, 1000.0 * (i % 3))) for i in range(40)}
    open_graph(
        view,
        Graph(nodes, {}, {"frame1": Frame("frame1", "Part", position=(-100, -100), size=(4000, 2400), color="data")}),
    )
    view.set_camera(Camera(left=2000, top=0))


def middle(view: CanvasView) -> tuple[float, float]:
    return view.camera.to_plane(view.width() / 2, view.height() / 2)


def move(view: CanvasView, at: QPointF) -> None:
    map = view.minimap
    where = QPointF(map.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(map, QMouseEvent(QEvent.Type.MouseMove, at, where, Qt.MouseButton.NoButton, LEFT, NONE))


def test_a_click_beside_the_frame_centres_there(view: CanvasView) -> None:
    wide(view)
    before = middle(view)
    QTest.mouseClick(view.minimap, LEFT, NONE, QPoint(view.minimap.width() - 10, view.minimap.height() // 2))
    assert middle(view)[0] > before[0] + 5000


def test_dragging_the_frame_moves_it_by_as_much_as_the_pointer(view: CanvasView) -> None:
    wide(view)
    frame, before = view.minimap.frame(), middle(view)
    start = frame.topLeft() + QPointF(1, 1)
    QTest.mousePress(view.minimap, LEFT, NONE, start.toPoint())
    held = middle(view)
    assert abs(held[0] - before[0]) < 400, "taking hold of it does not make it jump"
    move(view, start + QPointF(10, 0))
    move(view, start + QPointF(20, 0))
    QTest.mouseRelease(view.minimap, LEFT, NONE, (start + QPointF(20, 0)).toPoint())
    moved = view.minimap.frame().center().x() - frame.center().x()
    assert abs(moved - 20) < 1


def test_the_wheel_zooms(view: CanvasView) -> None:
    wide(view)
    before = view.camera.level
    at = QPointF(view.minimap.rect().center())
    event = QWheelEvent(
        at, view.minimap.mapToGlobal(at), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton, NONE,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.minimap, event)
    assert view.camera.level > before


def colors(view: CanvasView) -> set[int]:
    picture = view.minimap.grab().toImage()
    return {picture.pixel(x, y) for x in range(picture.width()) for y in range(picture.height())}


def test_selection_problems_and_frames_are_seen(view: CanvasView) -> None:
    wide(view)
    assert theme.category("data").rgb() in colors(view)
    assert theme.color(severity_token(3)).rgb() not in colors(view)
    view.studio.select(["n20"])
    assert theme.color("node_selected").rgb() in colors(view)
    view.studio.problems = (Problem("cycle", "Round and round.", severity=Severity.ERROR, node="n30"),)
    view.studio.problems_changed.emit()
    assert theme.color(severity_token(3)).rgb() in colors(view)
    view.studio.select(())
    view.studio.problems = ()
    view.studio.problems_changed.emit()
    assert theme.color(severity_token(3)).rgb() not in colors(view)


def test_what_is_dragged_stays_where_it_was_until_it_is_let_go(chain: CanvasView) -> None:
    chain.resize(1300, 800)
    chain.minimap.grab()
    start = chain.canvas_position_of("conv1")
    drag(chain, start, start + QPoint(150, 180), release=False)  # selects it, and moves it before that is painted
    meanwhile = chain.minimap.grab().toImage()
    chain.studio.problems = (Problem("cycle", "Round and round.", severity=Severity.ERROR, node="conv1"),)
    chain.studio.problems_changed.emit()
    wrong = chain.minimap.grab().toImage()
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    QTest.mouseRelease(chain, LEFT, NONE, start)
    assert chain.minimap.grab().toImage() == wrong != meanwhile
    chain.repaint_all(geometry=True)
    assert chain.minimap.grab().toImage() == wrong


def test_in_a_block_it_shows_the_block_and_says_which(view: CanvasView) -> None:
    inner = {f"n{i}": Node(f"n{i}", "torch.relu", position=(400.0 * i, 0.0)) for i in range(5)}
    project = Project(
        graph=Graph({"cell1": Node("cell1", "block:cell")}), blocks={"cell": Block("cell", "Cell", Graph(inner))}
    )
    view.studio.open_project(project)
    outside = view.minimap.grab().toImage()
    view.studio.scope.enter("cell1")
    inside = view.minimap.grab().toImage()
    assert outside != inside
    assert view.minimap.frame().top() > view.minimap.head() > 0, "the name is not struck through"
    QTest.mouseClick(view.minimap, LEFT, NONE, QPoint(view.minimap.width() - 12, view.minimap.height() // 2))
    assert middle(view)[0] > 800
