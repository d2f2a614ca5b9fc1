"""What the tests of the canvas share: a small network with the plan an engine would give, and mouse events."""

import itertools

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas import CanvasView
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project

LEFT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton
CONTROL, SHIFT, NONE = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.NoModifier,
)

CHAIN = (
    ("input1", "nnstudio.input", (1, 28, 28)),
    ("conv1", "torch.conv2d", (6, 24, 24)),
    ("relu1", "torch.relu", (6, 24, 24)),
    ("flatten1", "nnstudio.flatten", (3456,)),
    ("fc1", "torch.linear", (10,)),
    ("loss1", "torch.cross_entropy", None),
)


def chain_graph() -> Graph:
    nodes = {
        id: Node(id, type, position=(208.0 * (index % 4), 160.0 * (index // 4)))
        for index, (id, type, _) in enumerate(CHAIN)
    }
    ids = list(nodes)
    wires = {Slot(after): Source(before) for before, after in itertools.pairwise(ids)}
    return Graph(nodes, wires)


def open_graph(view: CanvasView, graph: Graph) -> None:
    studio = view.studio
    studio.open_project(Project("Test", graph))
    studio.plan = Plan(
        tuple(graph.nodes),
        {
            id: NodePlan(id, type, id, outputs={"output": (BATCH, *shape)} if shape else {}, dtypes={"output": "float"})
            for id, type, shape in CHAIN
            if id in graph.nodes
        },
    )
    studio.plan_changed.emit()


def graph_of(view: CanvasView) -> Graph:
    return view.studio.project.graph


def empty_spot(view: CanvasView) -> QPoint:
    return QPoint(120, view.height() - 90)


def steps(view: CanvasView) -> int:
    """How many undo steps there are, by undoing and redoing all of them."""
    count = 0
    while view.studio.document.undo_label:
        view.studio.undo()
        count += 1
    for _ in range(count):
        view.studio.redo()
    return count


def drag(view: CanvasView, start: QPoint, end: QPoint, button=LEFT, modifiers=NONE, *, release: bool = True) -> None:
    QTest.mousePress(view, button, modifiers, start)
    for part in (0.2, 0.6, 1.0):
        at = QPointF(start) + part * (QPointF(end) - QPointF(start))
        move = QMouseEvent(
            QEvent.Type.MouseMove,
            at,
            QPointF(view.mapToGlobal(at.toPoint())),
            Qt.MouseButton.NoButton,
            button,
            modifiers,
        )
        QApplication.sendEvent(view, move)
    if release:
        QTest.mouseRelease(view, button, modifiers, end)


def hover(view: CanvasView, at: QPoint) -> None:
    where = QPointF(at)
    QApplication.sendEvent(view, QEnterEvent(where, where, QPointF(view.mapToGlobal(at))))
    QTest.mouseMove(view, at)
    move = QMouseEvent(
        QEvent.Type.MouseMove,
        where,
        QPointF(view.mapToGlobal(at)),
        Qt.MouseButton.NoButton,
        Qt.MouseButton.NoButton,
        NONE,
    )
    QApplication.sendEvent(view, move)
