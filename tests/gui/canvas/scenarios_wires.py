"""Placing nodes and wiring them: a scenario for each command of the family."""

from dataclasses import replace

from canvas_network import chain_graph
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from scenario import LOOSE, Before, Check, Key, Scenario, added, graph_of, new_ids, type_into, with_nodes

from nnstudio.gui.canvas import CanvasView
from nnstudio.project.graph import Graph, Slot, Source


def unwired() -> Graph:
    return replace(chain_graph(), wires={})


def wires(expected: dict[Slot, Source | None]) -> Check:
    return lambda view, before: all(graph_of(view).wires.get(slot) == source for slot, source in expected.items())


def rerouted(view: CanvasView, before: Before) -> bool:
    (id,) = new_ids(view, before)
    into = graph_of(view).wires
    return into[Slot("relu1")] == Source(id) and into[Slot(id)] == Source("conv1")


def inserted(view: CanvasView, before: Before) -> bool:
    into = graph_of(view).wires
    return into[Slot("tanh1")] == Source("conv1") and into[Slot("relu1")] == Source("tanh1")


def knife_stroke(view: CanvasView) -> None:
    """Down through the first row's second wire."""
    wire = view.wire_position(Slot("relu1"))
    above, below = QPointF(wire) - QPointF(0, 30), QPointF(wire) + QPointF(0, 30)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, above.toPoint())
    for part in (0.3, 0.7, 1.0):
        QTest.mouseMove(view, (above + part * (below - above)).toPoint())
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, below.toPoint())


WIRES: dict[str, Scenario] = {
    # placing
    "canvas.search": Scenario("document", added("torch.tanh"), answer=type_into("tanh", Key.Key_Return)),
    # wires
    "canvas.connect": Scenario(
        "document",
        wires({Slot("conv1"): Source("input1"), Slot("relu1"): Source("conv1")}),
        ("input1", "relu1", "conv1"),
        graph=unwired,
    ),
    "canvas.wire_to": Scenario(
        "document",
        wires({Slot("tanh1"): Source("conv1")}),
        ("conv1",),
        graph=with_nodes(LOOSE),
        answer=type_into("tanh1", Key.Key_Return),
    ),
    "canvas.wire_from": Scenario(
        "document",
        wires({Slot("tanh1"): Source("relu1")}),
        ("tanh1",),
        graph=with_nodes(LOOSE),
        answer=type_into("relu1", Key.Key_Return),
    ),
    "canvas.move_wires": Scenario(
        "document",
        wires({Slot("relu1"): Source("input1"), Slot("conv1"): Source("input1")}),
        ("conv1",),
        answer=type_into("input1", Key.Key_Return),
    ),
    "canvas.insert_into_wire": Scenario(
        "document", inserted, ("tanh1",), graph=with_nodes(LOOSE), answer=type_into("relu1", Key.Key_Return)
    ),
    "canvas.reroute": Scenario("document", rerouted, wires=(Slot("relu1"),)),
    "canvas.knife": Scenario(
        "document", wires({Slot("relu1"): None, Slot("conv1"): Source("input1")}), answer=knife_stroke
    ),
    "canvas.cut_wires": Scenario(
        "document", wires({Slot("relu1"): None, Slot("conv1"): None, Slot("fc1"): Source("flatten1")}), ("conv1",)
    ),
    "canvas.delete_reconnect": Scenario("document", wires({Slot("flatten1"): Source("conv1")}), ("relu1",)),
}
