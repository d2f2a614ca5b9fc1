"""Wires by the mouse: cut, bundled, snapped, rerouted, let into; nodes copied with their inputs; selecting by band. Each one step."""

import pytest
from canvas_network import CONTROL, LEFT, NONE, SHIFT, chain_graph, drag, empty_spot, graph_of, hover, open_graph, steps
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from nnstudio.gui.canvas import CanvasView
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.specs import LayerSpec

ALT, RIGHT = Qt.KeyboardModifier.AltModifier, Qt.MouseButton.RightButton


def with_nodes(view: CanvasView, *nodes: Node, wires: dict[Slot, Source] | None = None) -> None:
    graph = chain_graph()
    open_graph(view, Graph({**graph.nodes, **{node.id: node for node in nodes}}, {**graph.wires, **(wires or {})}))


def undone(view: CanvasView, before: Graph) -> bool:
    view.studio.undo()
    return graph_of(view) == before


# ── cutting ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_knife_cuts_all_it_crosses_as_one_step(chain: CanvasView) -> None:
    before = graph_of(chain)
    second, last = chain.wire_position(Slot("relu1")), chain.wire_position(Slot("loss1"))
    drag(chain, second - QPoint(0, 40), second + QPoint(0, 40), RIGHT, CONTROL, release=False)
    crossed = chain.input.gesture.crossed  # type: ignore[union-attr]
    assert [chain.scene.wire(row).target for row in crossed] == [Slot("relu1")]
    chain.grab()
    QTest.mouseRelease(chain, RIGHT, CONTROL, second + QPoint(0, 40))
    assert set(before.wires) - set(graph_of(chain).wires) == {Slot("relu1")} and steps(chain) == 1
    assert undone(chain, before)
    drag(chain, last - QPoint(0, 40), last + QPoint(0, 40), RIGHT, CONTROL)
    assert Slot("loss1") not in graph_of(chain).wires


def test_the_knife_opens_no_menu_and_escape_lays_it_down(chain: CanvasView) -> None:
    before = graph_of(chain)
    second = chain.wire_position(Slot("relu1"))
    at = second - QPoint(0, 40)
    QTest.mousePress(chain, RIGHT, CONTROL, at)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, chain.mapToGlobal(at), CONTROL)
    QApplication.sendEvent(chain, event)
    assert chain.findChild(QMenu) is None
    QTest.mouseRelease(chain, RIGHT, CONTROL, at)
    drag(chain, at, second + QPoint(0, 40), RIGHT, CONTROL, release=False)
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    QTest.mouseRelease(chain, RIGHT, CONTROL, second + QPoint(0, 40))
    QTest.keyClick(chain, Qt.Key.Key_K)
    assert chain.input.knife
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    assert not chain.input.knife and graph_of(chain) == before and steps(chain) == 0


def test_alt_click_on_a_wire_cuts_it(chain: CanvasView) -> None:
    QTest.mouseClick(chain, LEFT, ALT, chain.wire_position(Slot("relu1")))
    assert Slot("relu1") not in graph_of(chain).wires and steps(chain) == 1


# ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_end_snaps_to_the_nearest_port_that_fits_from_forty_pixels(chain: CanvasView) -> None:
    with_nodes(chain, Node("tanh1", "torch.tanh", position=(416.0, 320.0)))
    port = chain.port_position("tanh1", "input")
    drag(chain, chain.port_position("conv1", "output"), port - QPoint(35, 0))
    assert graph_of(chain).wires[Slot("tanh1")] == Source("conv1")
    chain.studio.undo()
    drag(chain, chain.port_position("conv1", "output"), port - QPoint(55, 0))
    assert chain.finder.popup.isVisible() and Slot("tanh1") not in graph_of(chain).wires


def test_a_port_that_does_not_fit_draws_nothing_to_itself(chain: CanvasView) -> None:
    with_nodes(chain, Node("conv2", "torch.conv2d", position=(416.0, 320.0)))
    port = chain.port_position("conv2", "input")
    drag(chain, chain.port_position("fc1", "output"), port - QPoint(30, 0), release=False)
    assert chain.input.gesture._aim is None  # type: ignore[union-attr]
    chain.grab()
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    QTest.mouseRelease(chain, LEFT, NONE, port - QPoint(30, 0))


def test_ctrl_drag_moves_all_wires_of_an_output(chain: CanvasView) -> None:
    tanh = Node("tanh1", "torch.tanh", position=(416.0, 320.0))
    with_nodes(chain, tanh, wires={Slot("tanh1"): Source("conv1")})
    before = graph_of(chain)
    drag(chain, chain.port_position("conv1", "output"), chain.port_position("input1", "output"), modifiers=CONTROL)
    wires = graph_of(chain).wires
    assert wires[Slot("relu1")] == wires[Slot("tanh1")] == Source("input1") and steps(chain) == 1
    assert undone(chain, before)


def test_ctrl_drag_moves_all_wires_of_an_input_for_many(chain: CanvasView) -> None:
    adds = (
        Node("add1", "nnstudio.add", position=(416.0, 320.0)),
        Node("add2", "nnstudio.add", position=(624.0, 320.0)),
    )
    many = {Slot("add1", "inputs", order): Source(id) for order, id in enumerate(("input1", "conv1", "relu1"))}
    with_nodes(chain, *adds, wires=many)
    before = graph_of(chain)
    drag(chain, chain.port_position("add1", "inputs", 1), chain.canvas_position_of("add2"), modifiers=CONTROL)
    after = graph_of(chain)
    assert not after.wires_into("add1")
    assert [wire.source for wire in after.wires_into("add2")] == list(many.values()) and steps(chain) == 1
    assert undone(chain, before)


def test_many_wires_do_not_go_into_an_input_for_one(chain: CanvasView, qtbot) -> None:
    add = Node("add1", "nnstudio.add", position=(416.0, 320.0))
    many = {Slot("add1", "inputs", order): Source(id) for order, id in enumerate(("input1", "conv1"))}
    with_nodes(chain, add, Node("tanh1", "torch.tanh", position=(624.0, 320.0)), wires=many)
    before = graph_of(chain)
    drag(
        chain,
        chain.port_position("add1", "inputs", 0),
        chain.canvas_position_of("tanh1"),
        modifiers=CONTROL,
        release=False,
    )
    assert "takes one wire" in chain.input.gesture._aim.misfit.reason  # type: ignore[union-attr]
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    QTest.mouseRelease(chain, LEFT, CONTROL, chain.canvas_position_of("tanh1"))
    assert graph_of(chain) == before


def test_a_double_click_on_a_wire_puts_a_reroute_point_there(chain: CanvasView) -> None:
    before = graph_of(chain)
    at = chain.wire_position(Slot("relu1"))
    QTest.mouseDClick(chain, LEFT, NONE, at)
    (id,) = chain.studio.selection
    assert graph_of(chain).wires[Slot("relu1")] == Source(id) and graph_of(chain).wires[Slot(id)] == Source("conv1")
    assert (chain.canvas_position_of(id) - at).manhattanLength() <= 4
    assert steps(chain) == 1 and undone(chain, before)


def test_r_reroutes_the_wire_under_the_pointer(chain: CanvasView) -> None:
    at = chain.wire_position(Slot("relu1"))
    hover(chain, at)
    QTest.keyClick(chain, Qt.Key.Key_R)
    (id,) = chain.studio.selection
    assert graph_of(chain).wires[Slot("relu1")] == Source(id)


# ── nodes on wires, copies ────────────────────────────────────────────────────────────────────────────────────────────


def test_a_chain_of_selected_nodes_is_let_into_a_wire_and_the_others_make_room(chain: CanvasView) -> None:
    nodes = (Node("a1", "torch.tanh", position=(208.0, 360.0)), Node("b1", "torch.dropout", position=(392.0, 360.0)))
    with_nodes(chain, *nodes, wires={Slot("b1"): Source("a1")})
    chain.fit()
    before = graph_of(chain)
    chain.studio.select(["a1", "b1"])
    drag(chain, chain.canvas_position_of("a1"), chain.wire_position(Slot("relu1")))
    wires = graph_of(chain).wires
    assert (wires[Slot("a1")], wires[Slot("b1")], wires[Slot("relu1")]) == (Source("conv1"), Source("a1"), Source("b1"))
    boxes = [chain.scene.box(row) for row in chain.scene.row.values()]
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]
    assert steps(chain) == 1 and undone(chain, before)


def test_alt_drag_duplicates_keeping_inputs(chain: CanvasView) -> None:
    before = graph_of(chain)
    start = chain.canvas_position_of("relu1")
    down = QPoint(0, round(320 * chain.camera.zoom))
    drag(chain, start, start + down, modifiers=ALT, release=False)
    chain.grab()
    QTest.mouseRelease(chain, LEFT, ALT, start + down)
    (id,) = chain.studio.selection
    after = graph_of(chain)
    assert after.wires[Slot(id)] == Source("conv1") and after.nodes["relu1"] == before.nodes["relu1"]
    assert after.nodes[id].position == (416.0, 320.0)
    assert steps(chain) == 1 and undone(chain, before)


def test_alt_drag_that_is_cancelled_copies_nothing(chain: CanvasView) -> None:
    before, start = graph_of(chain), chain.canvas_position_of("relu1")
    drag(chain, start, start + QPoint(0, 200), modifiers=ALT, release=False)
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    QTest.mouseRelease(chain, LEFT, ALT, start + QPoint(0, 200))
    assert graph_of(chain) == before and steps(chain) == 0


# ── selecting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def band(view: CanvasView, modifiers) -> None:
    """Over the upper row's second and third node."""
    above = QPoint(0, round(60 * view.camera.zoom))
    first, last = view.canvas_position_of("conv1"), view.canvas_position_of("relu1")
    drag(view, first - above - QPoint(10, 0), last + QPoint(4, 4), modifiers=modifiers)


@pytest.mark.parametrize(
    ("modifiers", "left"),
    [
        (NONE, {"conv1", "relu1"}),
        (SHIFT, {"input1", "conv1", "relu1"}),
        (CONTROL, {"input1", "relu1"}),
        (CONTROL | SHIFT, {"input1"}),
        (ALT, {"input1"}),
    ],
)
def test_a_band_replaces_adds_turns_over_or_takes_away(chain: CanvasView, modifiers, left: set[str]) -> None:
    chain.studio.select(["input1", "conv1"])
    band(chain, modifiers)
    assert set(chain.studio.selection) == left and steps(chain) == 0


# ── the search ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_placed_last_is_offered_first(chain: CanvasView) -> None:
    for word in ("tanh", "dropout"):
        chain.studio.select(())
        QTest.keyClick(chain, Qt.Key.Key_Tab)
        QTest.keyClicks(chain.finder.popup.field, word)
        QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    chain.studio.select(())
    QTest.keyClick(chain, Qt.Key.Key_Tab)
    rows = chain.finder.popup.model.rows
    assert rows[0] == "Recent"
    assert [row.id for row in rows[1:3] if isinstance(row, LayerSpec)] == ["torch.dropout", "torch.tanh"]
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    assert graph_of(chain).nodes[chain.studio.selection[0]].type == "torch.dropout"


def test_tab_on_a_selected_wire_lets_the_found_node_into_it(chain: CanvasView) -> None:
    before = graph_of(chain)
    QTest.mouseClick(chain, LEFT, NONE, chain.wire_position(Slot("fc1")))
    QTest.keyClick(chain, Qt.Key.Key_Tab)
    offered = {row.id for row in chain.finder.popup.model.rows if isinstance(row, LayerSpec)}
    assert "torch.conv2d" not in offered and "nnstudio.input" not in offered
    QTest.keyClicks(chain.finder.popup.field, "dropout")
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    (id,) = chain.studio.selection
    assert graph_of(chain).wires[Slot("fc1")] == Source(id) and steps(chain) == 1 and undone(chain, before)


def test_the_edges_of_a_block_are_offered_only_within_one(chain: CanvasView) -> None:
    QTest.keyClick(chain, Qt.Key.Key_Tab)
    offered = {row.id for row in chain.finder.popup.model.rows if isinstance(row, LayerSpec)}
    assert "nnstudio.block_input" not in offered and "torch.relu" in offered
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Escape)


# ── wires by keyboard ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_selected_wire_is_replugged_by_keyboard(chain: CanvasView) -> None:
    with_nodes(chain, Node("tanh1", "torch.tanh", position=(416.0, 320.0)))
    before = graph_of(chain)
    chain.studio.select(["relu1"])
    QTest.keyClick(chain, Qt.Key.Key_BracketRight)
    assert chain.selected_slots() == [Slot("relu1")]
    QTest.keyClick(chain, Qt.Key.Key_Y)
    field = QApplication.focusWidget()
    QTest.keyClicks(field, "tanh1")
    assert chain.input.preview is not None and chain.input.preview.target == Slot("tanh1")
    chain.grab()
    QTest.keyClick(field, Qt.Key.Key_Return)
    wires = graph_of(chain).wires
    assert wires[Slot("tanh1")] == Source("conv1") and Slot("relu1") not in wires
    assert chain.input.preview is None and chain.hasFocus()
    assert steps(chain) == 1 and undone(chain, before)


def test_escape_leaves_the_list_without_a_wire(chain: CanvasView) -> None:
    before = graph_of(chain)
    chain.studio.select(["conv1"])
    QTest.keyClick(chain, Qt.Key.Key_Y)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert chain.hasFocus() and chain.input.preview is None and graph_of(chain) == before


# ── the menu ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def menu_at(view: CanvasView, at: QPoint) -> list[str]:
    QApplication.sendEvent(view, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    said = [action.text() for one in (menu, *menu.findChildren(QMenu)) for action in one.actions() if action.text()]
    menu.close()
    return said


def test_each_thing_has_a_menu_of_what_can_be_done_to_it(chain: CanvasView) -> None:
    on_node = menu_at(chain, chain.canvas_position_of("conv1"))
    assert {"Rename", "Delete", "Duplicate", "Copy", "Wire"} <= set(on_node) and "Reroute point" not in on_node
    on_wire = menu_at(chain, chain.wire_position(Slot("relu1")))
    assert {"Reroute point", "Cut all wires of the selection", "Delete"} <= set(on_wire) and "Rename" not in on_wire
    on_port = menu_at(chain, chain.port_position("relu1", "output"))
    assert {"Wire to …", "Wire from …"} <= set(on_port)
    chain.clear_selection()
    on_canvas = menu_at(chain, empty_spot(chain))
    assert {"Add node …", "Select", "Arrange", "Look around"} <= set(on_canvas) and "Delete" not in on_canvas


def test_a_node_added_from_the_menu_stands_where_the_menu_was_opened(chain: CanvasView) -> None:
    at = empty_spot(chain)
    QApplication.sendEvent(chain, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, chain.mapToGlobal(at)))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    add = next(action for action in menu.actions() if action.text() == "Add node …")
    menu.close()
    add.trigger()
    QTest.keyClicks(chain.finder.popup.field, "tanh")
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    middle = QPointF(chain.canvas_position_of(chain.studio.selection[0]))
    assert (middle - QPointF(at)).manhattanLength() <= 8
