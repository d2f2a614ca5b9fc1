"""Each gesture, by real mouse and keyboard events, does the one edit it should; Esc leaves everything as it was."""

import pytest
from canvas_network import (
    CONTROL,
    LEFT,
    MIDDLE,
    NONE,
    SHIFT,
    chain_graph,
    drag,
    empty_spot,
    graph_of,
    hover,
    open_graph,
    steps,
)
from PySide6.QtCore import QByteArray, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QNativeGestureEvent,
    QPointingDevice,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.library.panel import LAYER_MIME
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.specs import LayerSpec

# ── selecting ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_click_selects_ctrl_and_shift_click_add_and_take_away(chain: CanvasView) -> None:
    QTest.mouseClick(chain, LEFT, NONE, chain.canvas_position_of("conv1"))
    assert chain.studio.selection == ("conv1",)
    QTest.mouseClick(chain, LEFT, CONTROL, chain.canvas_position_of("relu1"))
    assert chain.studio.selection == ("conv1", "relu1")
    QTest.mouseClick(chain, LEFT, SHIFT, chain.canvas_position_of("fc1"))
    assert chain.studio.selection == ("conv1", "relu1", "fc1")
    QTest.mouseClick(chain, LEFT, CONTROL, chain.canvas_position_of("relu1"))
    assert chain.studio.selection == ("conv1", "fc1")
    QTest.mouseClick(chain, LEFT, NONE, chain.canvas_position_of("fc1"))
    assert chain.studio.selection == ("fc1",), "a plain click on one of many leaves it alone selected"
    QTest.mouseClick(chain, LEFT, NONE, empty_spot(chain))
    assert chain.studio.selection == ()


def test_a_rubber_band_selects_what_it_touches_and_ctrl_adds(chain: CanvasView) -> None:
    first, second = chain.canvas_position_of("input1"), chain.canvas_position_of("conv1")
    above = QPoint(0, round(60 * chain.camera.zoom))
    drag(chain, first - above - QPoint(30, 0), second + QPoint(4, 4))
    assert set(chain.studio.selection) == {"input1", "conv1"}
    loss = chain.canvas_position_of("loss1")
    drag(chain, loss + above + QPoint(30, 20), loss, modifiers=CONTROL)
    assert set(chain.studio.selection) == {"input1", "conv1", "loss1"}


def test_select_all_and_escape(chain: CanvasView) -> None:
    QTest.keyClick(chain, Qt.Key.Key_A, CONTROL)
    assert set(chain.studio.selection) == set(graph_of(chain).nodes)
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    assert chain.studio.selection == ()


def test_ctrl_arrows_walk_from_node_to_node(chain: CanvasView) -> None:
    QTest.keyClick(chain, Qt.Key.Key_Right, CONTROL)
    assert chain.studio.selection == ("input1",)
    QTest.keyClick(chain, Qt.Key.Key_Right, CONTROL)
    assert chain.studio.selection == ("conv1",)
    QTest.keyClick(chain, Qt.Key.Key_Down, CONTROL)
    assert chain.studio.selection == ("loss1",)
    QTest.keyClick(chain, Qt.Key.Key_Left, CONTROL)
    assert chain.studio.selection == ("fc1",)


# ── moving ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_dragging_moves_the_selection_as_one_step_on_the_grid(chain: CanvasView) -> None:
    before = graph_of(chain)
    chain.studio.select(["conv1", "relu1"])
    start = chain.canvas_position_of("conv1")
    drag(chain, start, start + QPoint(53, 31))
    conv, relu = (graph_of(chain).nodes[id].position for id in ("conv1", "relu1"))
    zoom = chain.camera.zoom
    assert conv == (208 + 8 * round(53 / zoom / 8), 8 * round(31 / zoom / 8))
    assert (relu[0] - conv[0], relu[1] - conv[1]) == (208, 0)
    assert steps(chain) == 1
    chain.studio.undo()
    assert graph_of(chain) == before


def test_escape_during_a_drag_puts_all_back(chain: CanvasView) -> None:
    before, shown = graph_of(chain), chain.canvas_position_of("conv1")
    drag(chain, shown, shown + QPoint(80, 60), release=False)
    assert chain.canvas_position_of("conv1") != shown
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    assert chain.canvas_position_of("conv1") == shown
    QTest.mouseRelease(chain, LEFT, NONE, shown + QPoint(80, 60))
    assert graph_of(chain) == before and steps(chain) == 0


def test_a_node_without_wires_is_let_into_the_wire_it_is_dropped_on(chain: CanvasView) -> None:
    graph = chain_graph()
    nodes = {**graph.nodes, "norm1": Node("norm1", "torch.batch_norm2d", position=(416.0, 160.0))}
    open_graph(chain, Graph(nodes, graph.wires))
    drag(chain, chain.canvas_position_of("norm1"), chain.wire_position(Slot("relu1")), release=False)
    chain.grab()
    QTest.mouseRelease(chain, LEFT, NONE, chain.wire_position(Slot("relu1")))
    assert graph_of(chain).wires[Slot("norm1")] == Source("conv1")
    assert graph_of(chain).wires[Slot("relu1")] == Source("norm1")
    assert steps(chain) == 1


def test_dragging_to_the_rim_scrolls_and_the_node_stays_under_the_pointer(chain: CanvasView, qtbot) -> None:
    before = chain.camera
    edge = QPoint(chain.width() - 2, chain.height() // 2)
    drag(chain, chain.canvas_position_of("relu1"), edge, release=False)
    qtbot.waitUntil(lambda: chain.camera.left > before.left + 60)
    QTest.mouseRelease(chain, LEFT, NONE, edge)
    assert (chain.canvas_position_of("relu1") - edge).manhattanLength() <= 16
    assert steps(chain) == 1


def test_arrow_keys_nudge_as_one_step(chain: CanvasView) -> None:
    chain.studio.select(["conv1"])
    for _ in range(3):
        QTest.keyClick(chain, Qt.Key.Key_Right)
    QTest.keyClick(chain, Qt.Key.Key_Down, SHIFT)
    assert graph_of(chain).nodes["conv1"].position == (208 + 24, 32)
    assert steps(chain) == 1


def test_arranging_is_one_step_and_leaves_no_two_nodes_on_each_other(chain: CanvasView) -> None:
    piled = Graph({id: Node(id, node.type) for id, node in chain_graph().nodes.items()}, chain_graph().wires)
    open_graph(chain, piled)
    QTest.keyClick(chain, Qt.Key.Key_L, CONTROL)
    assert len({node.position for node in graph_of(chain)}) == len(piled.nodes)
    assert steps(chain) == 1


# ── wiring ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def loose(view: CanvasView) -> None:
    """The chain without its wires, and an Add below."""
    graph = chain_graph()
    nodes = {**graph.nodes, "add1": Node("add1", "nnstudio.add", position=(624.0, 160.0))}
    open_graph(view, Graph(nodes, {}))


def test_a_wire_is_drawn_from_output_to_input_and_from_input_to_output(chain: CanvasView) -> None:
    loose(chain)
    drag(chain, chain.port_position("input1", "output"), chain.port_position("conv1", "input"))
    assert graph_of(chain).wires == {Slot("conv1"): Source("input1")}
    drag(chain, chain.port_position("relu1", "input"), chain.port_position("conv1", "output"))
    assert graph_of(chain).wires == {Slot("conv1"): Source("input1"), Slot("relu1"): Source("conv1")}
    assert steps(chain) == 2


def test_a_wire_let_go_on_a_node_takes_its_best_port(chain: CanvasView) -> None:
    loose(chain)
    drag(chain, chain.port_position("fc1", "output"), chain.canvas_position_of("loss1"))
    assert graph_of(chain).wires == {Slot("loss1"): Source("fc1")}


def test_a_port_for_many_wires_always_offers_one_more(chain: CanvasView) -> None:
    loose(chain)
    for order, id in enumerate(("input1", "conv1", "relu1")):
        drag(chain, chain.port_position(id, "output"), chain.port_position("add1", "inputs", order))
    assert graph_of(chain).wires == {
        Slot("add1", "inputs", order): Source(id) for order, id in enumerate(("input1", "conv1", "relu1"))
    }


def test_replacing_the_wire_of_an_occupied_input_is_one_step(chain: CanvasView) -> None:
    before = graph_of(chain)
    drag(chain, chain.port_position("input1", "output"), chain.port_position("relu1", "input"))
    assert graph_of(chain).wires[Slot("relu1")] == Source("input1")
    assert steps(chain) == 1
    chain.studio.undo()
    assert graph_of(chain) == before


def test_the_end_of_a_wire_is_plugged_elsewhere_as_one_step(chain: CanvasView) -> None:
    drag(chain, chain.port_position("loss1", "input"), chain.port_position("loss1", "target"))
    assert Slot("loss1") not in graph_of(chain).wires
    assert graph_of(chain).wires[Slot("loss1", "target")] == Source("fc1")
    assert steps(chain) == 1


def test_the_beginning_of_a_wire_is_plugged_elsewhere(chain: CanvasView) -> None:
    output = chain.port_position("conv1", "output")
    drag(chain, output + QPoint(17, 0), chain.port_position("input1", "output"))
    assert graph_of(chain).wires[Slot("relu1")] == Source("input1")
    assert steps(chain) == 1


def test_an_end_dropped_on_empty_canvas_unplugs_the_wire(chain: CanvasView) -> None:
    drag(chain, chain.port_position("relu1", "input"), empty_spot(chain))
    assert Slot("relu1") not in graph_of(chain).wires and len(graph_of(chain).wires) == 4
    assert not chain.finder.popup.isVisible()


def test_a_circle_is_refused_and_says_why(chain: CanvasView, qtbot) -> None:
    before = graph_of(chain)
    with qtbot.waitSignal(chain.studio.message) as told:
        drag(chain, chain.port_position("fc1", "output"), chain.port_position("conv1", "input"))
    assert "circle" in told.args[0] and graph_of(chain) == before


def test_a_shape_that_does_not_fit_is_told_while_hovering_but_may_be_wired(chain: CanvasView) -> None:
    loose(chain)
    drag(chain, chain.port_position("flatten1", "output"), chain.port_position("conv1", "input"), release=False)
    reason = chain.input.gesture._aim.misfit.reason  # type: ignore[union-attr]
    assert "Conv 2d expects an image" in reason and "3456" in reason
    chain.grab()
    QTest.mouseRelease(chain, LEFT, NONE, chain.port_position("conv1", "input"))
    assert graph_of(chain).wires == {Slot("conv1"): Source("flatten1")}


def test_escape_cancels_a_wire(chain: CanvasView) -> None:
    before = graph_of(chain)
    drag(chain, chain.port_position("input1", "output"), chain.port_position("relu1", "input"), release=False)
    QTest.keyClick(chain, Qt.Key.Key_Escape)
    QTest.mouseRelease(chain, LEFT, NONE, chain.port_position("relu1", "input"))
    assert graph_of(chain) == before and steps(chain) == 0


def test_a_clicked_wire_is_selected_and_deleted(chain: CanvasView) -> None:
    QTest.mouseClick(chain, LEFT, NONE, chain.wire_position(Slot("relu1")))
    QTest.keyClick(chain, Qt.Key.Key_Delete)
    assert Slot("relu1") not in graph_of(chain).wires and len(graph_of(chain).nodes) == 6


# ── placing ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def drop(view: CanvasView, type: str, at: QPoint) -> None:
    data = QMimeData()
    data.setData(LAYER_MIME, QByteArray(type.encode()))
    actions = Qt.DropAction.CopyAction
    enter, move = QDragEnterEvent(at, actions, data, LEFT, NONE), QDragMoveEvent(at, actions, data, LEFT, NONE)
    QApplication.sendEvent(view, enter)
    QApplication.sendEvent(view, move)
    assert enter.isAccepted() and move.isAccepted()
    view.grab()
    QApplication.sendEvent(view, QDropEvent(QPointF(at), actions, data, LEFT, NONE))


def test_a_layer_dropped_from_the_library_stands_there_and_is_selected(chain: CanvasView) -> None:
    at = empty_spot(chain)
    drop(chain, "torch.tanh", at)
    (id,) = chain.studio.selection
    assert graph_of(chain).nodes[id].type == "torch.tanh"
    assert (chain.canvas_position_of(id) - at).manhattanLength() <= 8
    assert steps(chain) == 1


def test_a_layer_dropped_onto_a_wire_is_inserted_into_it(chain: CanvasView) -> None:
    drop(chain, "torch.batch_norm2d", chain.wire_position(Slot("relu1")))
    (id,) = chain.studio.selection
    assert graph_of(chain).wires[Slot(id)] == Source("conv1")
    assert graph_of(chain).wires[Slot("relu1")] == Source(id)
    assert steps(chain) == 1


def test_a_layer_dropped_onto_a_short_wire_makes_what_follows_move_aside(chain: CanvasView) -> None:
    drop(chain, "torch.batch_norm2d", chain.wire_position(Slot("relu1")))
    places = [node.position for node in graph_of(chain)]
    for index, (x, y) in enumerate(places):
        assert all(abs(x - left) >= 160 or abs(y - top) >= 68 for left, top in places[:index])
    chain.studio.undo()
    assert graph_of(chain) == chain_graph()


def test_something_else_cannot_be_dropped(chain: CanvasView) -> None:
    data = QMimeData()
    data.setText("torch.tanh")
    enter = QDragEnterEvent(empty_spot(chain), Qt.DropAction.CopyAction, data, LEFT, NONE)
    QApplication.sendEvent(chain, enter)
    assert not enter.isAccepted()


def test_double_click_on_empty_canvas_searches_there(chain: CanvasView) -> None:
    at = empty_spot(chain)
    QTest.mouseDClick(chain, LEFT, NONE, at)
    assert chain.finder.popup.isVisible()
    QTest.keyClicks(chain.finder.popup.field, "tanh")
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    assert not chain.finder.popup.isVisible() and chain.hasFocus()
    (id,) = chain.studio.selection
    assert graph_of(chain).nodes[id].type == "torch.tanh"
    assert (chain.canvas_position_of(id) - at).manhattanLength() <= 8


def test_tab_searches_at_the_pointer_and_wires_to_the_selected_node(chain: CanvasView) -> None:
    chain.studio.select(["fc1"])
    hover(chain, empty_spot(chain))
    QTest.keyClick(chain, Qt.Key.Key_Tab)
    assert chain.finder.popup.isVisible() and chain.finder.popup.field.hasFocus()
    QTest.keyClicks(chain.finder.popup.field, "dropout")
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    (id,) = chain.studio.selection
    assert graph_of(chain).nodes[id].type == "torch.dropout"
    assert graph_of(chain).wires[Slot(id)] == Source("fc1")
    assert steps(chain) == 1


def test_a_found_node_that_does_not_fit_the_selected_one_stays_unwired(chain: CanvasView) -> None:
    chain.studio.select(["fc1"])
    QTest.keyClick(chain, Qt.Key.Key_Tab)
    QTest.keyClicks(chain.finder.popup.field, "conv 2d")
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    (id,) = chain.studio.selection
    assert graph_of(chain).nodes[id].type == "torch.conv2d" and not graph_of(chain).wires_into(id)


def test_arrows_choose_in_the_search_and_escape_leaves_it(chain: CanvasView) -> None:
    QTest.keyClick(chain, Qt.Key.Key_Tab)
    rows = chain.finder.popup.model.rows
    first = chain.finder.popup.list.currentIndex().row()
    assert not isinstance(rows[first], str)
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Down)
    second = chain.finder.popup.list.currentIndex().row()
    assert second > first and not isinstance(rows[second], str)
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Up)
    assert chain.finder.popup.list.currentIndex().row() == first
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Escape)
    assert not chain.finder.popup.isVisible() and chain.hasFocus() and steps(chain) == 0


def test_a_found_node_can_be_clicked_and_a_click_elsewhere_leaves_the_search(chain: CanvasView) -> None:
    popup = chain.finder.popup
    QTest.mouseDClick(chain, LEFT, NONE, empty_spot(chain))
    QTest.keyClicks(popup.field, "tanh")
    QTest.mouseClick(popup.list.viewport(), LEFT, NONE, popup.list.visualRect(popup.model.index(0, 0)).center())
    assert not popup.isVisible() and graph_of(chain).nodes[chain.studio.selection[0]].type == "torch.tanh"
    QTest.keyClick(chain, Qt.Key.Key_Tab)
    assert popup.isVisible()
    chain.setFocus()
    assert not popup.isVisible() and steps(chain) == 1


def test_a_wire_dropped_in_empty_space_searches_what_fits_and_connects(chain: CanvasView) -> None:
    drag(chain, chain.port_position("fc1", "output"), empty_spot(chain))
    assert chain.finder.popup.isVisible()
    offered = {item.id for item in chain.finder.popup.model.rows if isinstance(item, LayerSpec)}
    assert "torch.relu" in offered
    assert "torch.conv2d" not in offered, "a vector does not fit there"
    assert "nnstudio.input" not in offered, "it has no input"
    QTest.keyClicks(chain.finder.popup.field, "relu")
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    (id,) = chain.studio.selection
    assert graph_of(chain).wires[Slot(id)] == Source("fc1")
    assert steps(chain) == 1


def test_a_wire_pulled_backwards_into_empty_space_connects_the_found_node_before(chain: CanvasView) -> None:
    loose(chain)
    drag(chain, chain.port_position("conv1", "input"), empty_spot(chain))
    offered = {item.id for item in chain.finder.popup.model.rows if isinstance(item, LayerSpec)}
    assert "nnstudio.input" in offered and "torch.cross_entropy" not in offered
    QTest.keyClicks(chain.finder.popup.field, "input")
    QTest.keyClick(chain.finder.popup.field, Qt.Key.Key_Return)
    (id,) = chain.studio.selection
    assert graph_of(chain).wires == {Slot("conv1"): Source(id)}


# ── whole nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("key", [Qt.Key.Key_Delete, Qt.Key.Key_Backspace])
def test_delete_takes_the_nodes_and_their_wires_as_one_step(chain: CanvasView, key: Qt.Key) -> None:
    before = graph_of(chain)
    chain.studio.select(["relu1", "fc1"])
    QTest.keyClick(chain, key)
    assert set(graph_of(chain).nodes) == {"input1", "conv1", "flatten1", "loss1"}
    assert graph_of(chain).wires == {Slot("conv1"): Source("input1")}
    QTest.keyClick(chain, Qt.Key.Key_Z, CONTROL)
    assert graph_of(chain) == before
    QTest.keyClick(chain, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert "relu1" not in graph_of(chain).nodes


def test_duplicate_copies_the_wires_among_the_copies(chain: CanvasView) -> None:
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Qt.Key.Key_D, CONTROL)
    conv, relu = chain.studio.selection
    assert graph_of(chain).nodes[conv].type == "torch.conv2d"
    assert graph_of(chain).wires_out_of(conv)[0].target == Slot(relu)
    assert graph_of(chain).nodes[conv].position != graph_of(chain).nodes["conv1"].position
    assert steps(chain) == 1


def test_cut_and_paste_through_the_clipboard_as_text(chain: CanvasView) -> None:
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Qt.Key.Key_X, CONTROL)
    assert "torch.conv2d" in QGuiApplication.clipboard().text()
    assert "conv1" not in graph_of(chain).nodes
    at = empty_spot(chain)
    hover(chain, at)
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    pasted = [graph_of(chain).nodes[id] for id in chain.studio.selection]
    assert sorted(node.type for node in pasted) == ["torch.conv2d", "torch.relu"]
    corner = chain.node_rect(chain.scene.row[min(pasted, key=lambda node: node.position).id]).topLeft()
    assert (corner - QPointF(at)).manhattanLength() <= 8
    assert steps(chain) == 2


def test_pasting_twice_hides_nothing_and_foreign_text_is_said_not_to_fit(chain: CanvasView, qtbot) -> None:
    chain.studio.select(["conv1"])
    chain.copy()
    chain.input.pointer = None
    chain.paste()
    chain.paste()
    assert len({node.position for node in graph_of(chain)}) == len(graph_of(chain).nodes) == 8
    for text in ("hello", "[]", '{"nnstudio_graph": 3}', "[" * 100_000):
        QGuiApplication.clipboard().setText(text)
        with qtbot.waitSignal(chain.studio.message):
            chain.paste()
    assert len(graph_of(chain).nodes) == 8


def test_f2_and_double_click_on_the_title_rename(chain: CanvasView) -> None:
    chain.studio.select(["conv1"])
    QTest.keyClick(chain, Qt.Key.Key_F2)
    assert chain.name_field.isVisible()
    QTest.keyClicks(chain.name_field, "edges")
    QTest.keyClick(chain.name_field, Qt.Key.Key_Return)
    assert graph_of(chain).nodes["conv1"].name == "edges" and not chain.name_field.isVisible()
    title = chain.node_rect(chain.scene.row["relu1"]).topLeft().toPoint() + QPoint(40, 14)
    QTest.mouseDClick(chain, LEFT, NONE, title)
    QTest.keyClicks(chain.name_field, "x")
    QTest.keyClick(chain.name_field, Qt.Key.Key_Escape)
    assert graph_of(chain).nodes["relu1"].name == "" and chain.hasFocus()
    assert steps(chain) == 1


def test_the_menu_of_the_right_button_offers_what_can_be_done(chain: CanvasView, qtbot) -> None:
    at = chain.canvas_position_of("conv1")
    QApplication.sendEvent(chain, QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, chain.mapToGlobal(at)))
    menu = chain.findChild(QMenu)
    assert menu is not None and chain.studio.selection == ("conv1",)
    actions = {action.text(): action for action in menu.actions()}
    assert actions["Duplicate"].isEnabled() and not actions["Duplicate"].icon().isNull()
    actions["Delete"].trigger()
    assert "conv1" not in graph_of(chain).nodes
    menu.close()


# ── looking around ────────────────────────────────────────────────────────────────────────────────────────────────────


def wheel(view: CanvasView, at: QPoint, angle: int, modifiers=NONE, *, pixels: QPoint | None = None) -> None:
    phase = Qt.ScrollPhase.ScrollUpdate if pixels else Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(
        QPointF(at), QPointF(view.mapToGlobal(at)), pixels or QPoint(), QPoint(0, angle), Qt.MouseButton.NoButton, modifiers,
        phase, False,
    )  # fmt: skip
    QApplication.sendEvent(view, event)


@pytest.mark.parametrize("modifiers", [NONE, CONTROL])
def test_the_wheel_zooms_at_the_pointer(chain: CanvasView, modifiers) -> None:
    at = chain.canvas_position_of("relu1")
    before = chain.camera.zoom
    wheel(chain, at, 240, modifiers)
    assert chain.camera.zoom > before * 1.2
    assert (chain.canvas_position_of("relu1") - at).manhattanLength() <= 2
    wheel(chain, at, -240, modifiers)
    assert chain.camera.zoom == before


def test_a_pinch_zooms_at_the_fingers(chain: CanvasView) -> None:
    at = QPointF(chain.canvas_position_of("relu1"))
    before = chain.camera.zoom
    for _ in range(8):
        event = QNativeGestureEvent(
            Qt.NativeGestureType.ZoomNativeGesture,
            QPointingDevice.primaryPointingDevice(),
            2,
            at,
            at,
            at,
            0.05,
            QPointF(),
        )
        QApplication.sendEvent(chain, event)
    assert chain.camera.zoom == pytest.approx(before * 1.05**8, rel=0.05)
    assert (chain.canvas_position_of("relu1") - at.toPoint()).manhattanLength() <= 2


def test_two_fingers_middle_button_and_space_pan(chain: CanvasView) -> None:
    at = chain.canvas_position_of("relu1")
    wheel(chain, at, 40, pixels=QPoint(15, -25))
    assert chain.canvas_position_of("relu1") == at + QPoint(15, -25)
    drag(chain, empty_spot(chain), empty_spot(chain) + QPoint(30, 10), MIDDLE)
    assert chain.canvas_position_of("relu1") == at + QPoint(45, -15)
    QTest.keyPress(chain, Qt.Key.Key_Space)
    drag(chain, chain.canvas_position_of("conv1"), chain.canvas_position_of("conv1") + QPoint(-45, 15))
    QTest.keyRelease(chain, Qt.Key.Key_Space)
    assert chain.canvas_position_of("relu1") == at
    assert steps(chain) == 0


def test_fit_shows_all_and_fit_selection_the_selected(chain: CanvasView) -> None:
    chain.set_zoom(2.0)
    QTest.keyClick(chain, Qt.Key.Key_Home)
    inside = chain.rect().toRectF()
    assert all(inside.contains(chain.node_rect(row)) for row in chain.scene.row.values())
    chain.set_zoom(0.1)
    chain.studio.select(["loss1"])
    QTest.keyClick(chain, Qt.Key.Key_Period)
    assert chain.camera.zoom == 1.0
    assert (chain.canvas_position_of("loss1") - chain.rect().center()).manhattanLength() <= 2


def test_resizing_keeps_all_in_view_until_the_camera_is_moved_by_hand(chain: CanvasView, qtbot) -> None:
    chain.resize(500, 400)
    inside = chain.rect().toRectF()
    assert all(inside.contains(chain.node_rect(row)) for row in chain.scene.row.values())
    chain.set_zoom(1.0)
    camera = chain.camera
    chain.resize(800, 500)
    assert chain.camera == camera


def test_the_minimap_goes_where_one_clicks(chain: CanvasView) -> None:
    chain.set_zoom(2.0)
    minimap = chain.minimap
    QTest.mouseClick(minimap, LEFT, NONE, minimap.rect().center())
    x, y = chain.camera.to_plane(chain.width() / 2, chain.height() / 2)
    left, top, right, bottom = chain.scene.bounds()
    assert abs(x - (left + right) / 2) < 16 and abs(y - (top + bottom) / 2) < 16
    QTest.keyClick(chain, Qt.Key.Key_M, SHIFT)
    assert not minimap.isVisible()


def test_hovering_a_port_and_a_wire_says_the_shape(chain: CanvasView) -> None:
    tip = chain.input.hover.tip(chain.input.hover.look(QPointF(chain.port_position("conv1", "output"))))
    assert "B × 6 × 24 × 24" in tip
    tip = chain.input.hover.tip(chain.input.hover.look(QPointF(chain.wire_position(Slot("relu1")))))
    assert "Conv 2d → ReLU" in tip and "B × 6 × 24 × 24" in tip


# ── the empty canvas ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_canvas_offers_three_beginnings(view: CanvasView, qtbot) -> None:
    assert view.empty.isVisible() and not view.minimap.isVisible() and not view.status.isVisible()
    for start in ("labs", "data"):
        with qtbot.waitSignal(view.studio.show_place) as told:
            QTest.mouseClick(view.empty.buttons[start], LEFT)
        assert told.args == [start]
    QTest.mouseClick(view.empty.buttons["input"], LEFT)
    assert [node.type for node in graph_of(view)] == ["nnstudio.input"]
    assert not view.empty.isVisible() and view.status.isVisible()


def test_a_drag_paints_all_that_it_changes(chain: CanvasView) -> None:
    """Only where the node was and is gets painted: as when all is."""

    def seen() -> object:
        QApplication.processEvents()
        return chain.screen().grabWindow(chain.winId()).toImage()

    start = chain.canvas_position_of("relu1")
    drag(chain, start, start + QPoint(0, 60), release=False)
    for dx, dy in ((40, 90), (-60, 30), (3, 2), (80, -70)):
        before = seen()
        QTest.mouseMove(chain, start + QPoint(dx, dy))
        painted = seen()
        chain.update()
        assert painted == seen() != before
