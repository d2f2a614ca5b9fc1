"""What a person does in the real window, with real mouse and keyboard events."""

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.window import MainWindow
from nnstudio.project.graph import Slot

LEFT = Qt.MouseButton.LeftButton
PATIENCE = 120_000


def model(app: MainWindow) -> ModelPlace:
    app.show_place("model")
    place = app.place_widget("model")
    assert isinstance(place, ModelPlace)
    return place


def canvas(app: MainWindow) -> CanvasView:
    return model(app).canvas


def until(qtbot: QtBot, condition: Callable[[], bool]) -> None:
    qtbot.waitUntil(condition, timeout=PATIENCE)


def drag(widget: CanvasView, start: QPoint, end: QPoint) -> None:
    QTest.mousePress(widget, LEFT, pos=start)
    for share in (0.1, 0.5, 1.0):
        QTest.mouseMove(widget, start + (QPointF(end - start) * share).toPoint())
    QTest.mouseRelease(widget, LEFT, pos=end)


def place_by_search(qtbot: QtBot, app: MainWindow, words: str, at: QPoint) -> str:
    """Tab where the pointer is, a few letters, Enter; the id of the new node."""
    view = canvas(app)
    before = set(app.studio.project.graph.nodes)
    QTest.mouseMove(view, at)
    view.setFocus()
    qtbot.keyClick(view, Qt.Key.Key_Tab)
    field = view.finder.popup.field
    assert field.isVisible()
    qtbot.keyClicks(field, words)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    new = set(app.studio.project.graph.nodes) - before
    assert len(new) == 1
    return new.pop()


def wire(app: MainWindow, source: str, output: str, target: str, port: str = "input") -> None:
    view = canvas(app)
    drag(view, view.port_position(source, output), view.port_position(target, port))
    assert app.studio.project.graph.wires[Slot(target, port)].node == source


def click_command(qtbot: QtBot, app: MainWindow, id: str) -> None:
    """The tool button of the top bar that shows the command."""
    action = app.commands.action(id)
    tool = next(tool for tool in app.top_bar.findChildren(QToolButton) if tool.defaultAction() is action)
    until(qtbot, action.isEnabled)
    qtbot.mouseClick(tool, LEFT)


def type_value(qtbot: QtBot, app: MainWindow, node: str, field: str, text: str) -> None:
    """Select the node with a click, and type into its form."""
    view = canvas(app)
    qtbot.mouseClick(view, LEFT, pos=view.canvas_position_of(node))
    assert app.studio.selection == (node,)
    page = model(app).inspector.page
    assert isinstance(page, NodePage)
    assert page.form is not None
    line = page.form.rows[field].line
    assert line is not None
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)
