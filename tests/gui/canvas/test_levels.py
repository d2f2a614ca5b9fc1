"""Inside blocks: the way there and back, where each level was seen from, what is told at which level, and how one gets there."""

import pytest
from canvas_network import LEFT, NONE, hover
from PySide6.QtCore import QAbstractAnimation, QBuffer, QByteArray, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtSvg import QSvgGenerator, QSvgRenderer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.anchors import form_of
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.canvas.gliding import between
from nnstudio.gui.canvas.scene import FROZEN
from nnstudio.gui.problems_panel import show_problem
from nnstudio.gui.settings import REDUCED_MOTION
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.problems import Problem
from nnstudio.project.edits import Change, Edit, move
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project, Recipe, Rule

CELL = Graph(
    {
        "in1": Node("in1", "nnstudio.block_input", name="x"),
        "conv1": Node("conv1", "torch.conv2d", position=(240, 0)),
        "out1": Node("out1", "nnstudio.block_output", position=(480, 0)),
    },
    {Slot("conv1"): Source("in1"), Slot("out1"): Source("conv1")},
)
OUTER = Graph(
    {"in1": Node("in1", "nnstudio.block_input"), "inner": Node("inner", "block:cell", position=(300, 0))},
    {Slot("inner", "in1"): Source("in1")},
)
MAIN = Graph(
    {
        "input1": Node("input1", "nnstudio.input"),
        "res1": Node("res1", "block:cell", {"repeat": 3}, position=(240, 0)),
        "drop1": Node("drop1", "torch.dropout", position=(480, 0), bypassed=True),
        "dot1": Node("dot1", "nnstudio.reroute", position=(720, 26)),
        "fc1": Node("fc1", "torch.linear", position=(800, 0)),
        "deep": Node("deep", "block:outer", position=(0, 200)),
    },
    {
        Slot("res1", "in1"): Source("input1"),
        Slot("drop1"): Source("res1", "out1"),
        Slot("dot1"): Source("drop1"),
        Slot("fc1"): Source("dot1"),
    },
)
BLOCKS = {"cell": Block("cell", "Cell", CELL), "outer": Block("outer", "Outer", OUTER)}


def planned(id: str, *shape: int) -> NodePlan:
    return NodePlan(id, "", id, outputs={"output": (BATCH, *shape)}, dtypes={"output": "float"}, parameters=7)


@pytest.fixture
def nested(view: CanvasView) -> CanvasView:
    studio = view.studio
    studio.open_project(Project("Test", MAIN, blocks=BLOCKS, recipe=Recipe(rules=(Rule("#fc1", frozen=True),))))
    ids = {
        "res1[0]/conv1": (8, 5, 5),
        "res1[2]/conv1": (32, 5, 5),
        "deep/inner/conv1": (4, 3, 3),
        "input1": (1, 28, 28),
    }
    nodes = {id: planned(id, *shape) for id, shape in ids.items()}
    studio.plan = Plan(tuple(nodes), nodes, parameters=21, blocks={"res1": planned("res1", 32, 5, 5)})
    studio.plan_changed.emit()
    return view


def say(view: CanvasView, *problems: Problem) -> None:
    view.studio.problems = problems
    view.studio.problems_changed.emit()


def test_each_level_is_seen_again_as_it_was_left(nested: CanvasView) -> None:
    scope = nested.studio.scope
    nested.set_zoom(0.5)
    nested.look_at(100, 100)
    outside = nested.camera
    assert scope.enter("res1") and set(nested.scene.row) == set(CELL.nodes)
    left, top, right, bottom = nested.scene.bounds() or (0, 0, 0, 0)
    seen = nested.seen_box()
    assert seen[0] < left and seen[1] < top and seen[2] > right and seen[3] > bottom
    nested.set_zoom(2.0)
    inside = nested.camera
    scope.leave()
    assert nested.camera == outside and set(nested.scene.row) == set(MAIN.nodes)
    scope.enter("res1")
    assert nested.camera == inside


def test_the_breadcrumb_leads_back_by_click_and_by_keys(nested: CanvasView) -> None:
    scope, crumb = nested.studio.scope, nested.breadcrumb
    assert not crumb.isVisible()
    scope.show(("deep", "inner"))
    assert crumb.isVisible() and [part.text() for part in crumb.parts] == ["Test", "Outer", "Cell"]
    QTest.mouseClick(crumb.parts[1], LEFT)
    assert scope.path == ("deep",) and QApplication.focusWidget() is nested
    crumb.parts[-1].setFocus(Qt.FocusReason.BacktabFocusReason)
    QTest.keyClick(crumb.parts[-1], Qt.Key.Key_Left)
    assert crumb.parts[0].hasFocus()
    QTest.keyClick(crumb.parts[0], Qt.Key.Key_Return)
    assert scope.path == () and not crumb.isVisible()


def test_a_long_way_folds_its_middle_into_a_menu(nested: CanvasView) -> None:
    scope, crumb = nested.studio.scope, nested.breadcrumb
    deepest = Graph({"relu1": Node("relu1", "torch.relu")})
    titles = [f"A block with a name {depth}" for depth in range(20)]
    blocks = {"b20": Block("b20", "Last", deepest)}
    for depth in reversed(range(20)):
        blocks[f"b{depth}"] = Block(f"b{depth}", titles[depth], Graph({"n1": Node("n1", f"block:b{depth + 1}")}))
    nested.studio.open_project(Project("Test", Graph({"n1": Node("n1", "block:b0")}), blocks=blocks))
    scope.show(("n1",) * 20)
    words = [part.text() for part in crumb.parts]
    assert words[:2] == ["Test", "…"]
    assert words[-1] == titles[19], "titles, not ids"
    assert len(words) > 3
    assert nested.rect().contains(crumb.geometry())
    assert all(part.width() >= part.sizeHint().width() for part in crumb.parts), "no part is cut"
    assert "A block with a name 5" in crumb.parts[1].toolTip()
    nested.resize(400, 400)
    assert nested.rect().contains(crumb.geometry())
    assert len(crumb.parts) < len(words)
    crumb.parts[0].setFocus(Qt.FocusReason.BacktabFocusReason)
    QTest.keyClick(crumb.parts[0], Qt.Key.Key_Right)
    assert crumb.parts[1].hasFocus()
    QTest.keyClick(crumb.parts[1], Qt.Key.Key_Return)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    next(action for action in menu.actions() if action.text() == titles[4]).trigger()
    menu.close()
    assert len(scope.path) == 5
    scope.show(("n1",))
    assert [part.text() for part in crumb.parts] == ["Test", titles[0]]


def test_the_name_of_the_block_stands_above_its_nodes_on_the_minimap(nested: CanvasView) -> None:
    minimap = nested.minimap
    assert minimap.head() == 0
    nested.studio.scope.enter("res1")
    assert minimap.head() > 0
    rects = minimap.node_rects()
    assert len(rects) == len(CELL.nodes)
    assert all(top >= minimap.head() and top + high <= minimap.height() for _, top, _, high in rects.tolist())


def test_an_edit_inside_is_shown_and_undone_inside(nested: CanvasView) -> None:
    scope = nested.studio.scope
    scope.enter("res1")
    scope.do(move(scope.here, {"conv1": (300.0, 80.0)}))
    assert nested.scene.box(nested.scene.row["conv1"])[:2] == (300, 80)
    nested.studio.undo()
    assert nested.scene.box(nested.scene.row["conv1"])[:2] == (240, 0)


def test_leaving_because_the_instance_is_gone(nested: CanvasView) -> None:
    nested.studio.scope.enter("res1")
    node, wires = MAIN.nodes["res1"], [slot for slot in MAIN.wires if "res1" in (slot.node, MAIN.wires[slot].node)]
    changes = [Change(("wire", slot), MAIN.wires[slot], None) for slot in wires]
    nested.studio.do(Edit("Delete", (*changes, Change(("node", "res1"), node, None))))
    assert nested.studio.scope.path == () and "res1" not in nested.scene.row and not nested.breadcrumb.isVisible()


def test_a_problem_within_shows_at_the_instance_and_at_the_node(nested: CanvasView) -> None:
    problem = Problem("x", "Conv is wrong.", node="res1[1]/conv1", port="input")
    say(nested, problem, Problem("x", "Conv is wrong.", node="res1[2]/conv1"))
    row = nested.scene.row["res1"]
    assert nested.looks.of(row).severity == 3 and nested.looks.message(row) == "Conv is wrong."
    assert not nested.looks.bad_slots
    show_problem(nested.studio, problem)
    assert nested.studio.scope.path == ("res1",) and nested.studio.selection == ("conv1",)
    assert nested.looks.of(nested.scene.row["conv1"]).severity == 3
    assert nested.looks.bad_slots == {("conv1", "input")}


def test_any_node_is_shown_by_its_flat_id(nested: CanvasView) -> None:
    nested.show_node("deep/inner/conv1")
    assert nested.studio.scope.path == ("deep", "inner") and nested.studio.selection == ("conv1",)
    assert nested.rect().contains(nested.canvas_position_of("conv1"))
    nested.look_at(90_000, 0)
    nested.show_node("conv1")
    assert nested.rect().contains(nested.canvas_position_of("conv1"))


def test_wires_carry_shapes_through_instances_bypassed_nodes_and_reroute_points(nested: CanvasView) -> None:
    text = {slot: nested.looks.wire_text(row) for slot, row in nested.scene.wire_row.items()}
    assert text == {
        Slot("res1", "in1"): "1×28×28",
        Slot("drop1"): "32×5×5",
        Slot("dot1"): "32×5×5",
        Slot("fc1"): "32×5×5",
    }
    nested.studio.scope.enter("res1")
    assert nested.looks.wire_text(nested.scene.wire_row[Slot("out1")]) == "8×5×5"


def test_the_strip_tells_of_the_level_on_show(nested: CanvasView) -> None:
    assert nested.status.text.startswith("6 nodes · 21 params")
    nested.studio.scope.enter("res1")
    assert nested.status.text.startswith("3 nodes · 7 params")


def test_looks_tell_all_that_is_to_be_known(nested: CanvasView) -> None:
    def look(id: str):
        return nested.looks.of(nested.scene.row[id])

    assert look("res1").instance and look("res1").times == 3 and look("drop1").bypassed
    assert look("drop1").figure == "bypassed" and look("fc1").signs == ("lock",)
    assert nested.scene.flags[nested.scene.row["fc1"]] & FROZEN
    nested.studio.scope.enter("res1")
    assert look("in1").title == "x" and look("in1").form == "pill" and not look("in1").leaving and look("out1").leaving
    for zoom in (2.0, 1.0, 0.4, 0.15, 0.05):
        nested.set_zoom(zoom)
        assert not nested.grab().isNull()


@pytest.mark.parametrize("field", [{"bypassed": True}, {"collapsed": True}, {"color": "output"}, {"note": "why"}])
@pytest.mark.parametrize("zoom", [1.0, 0.4, 0.15])
def test_every_state_of_a_node_can_be_seen_at_each_level_of_detail(nested: CanvasView, field, zoom: float) -> None:
    if "note" in field and zoom < 0.2:
        return  # from far a note is in the tooltip alone
    from dataclasses import replace

    nested.set_zoom(zoom)
    nested.look_at(800, 0)
    before = nested.grab().toImage()
    node = MAIN.nodes["fc1"]
    nested.studio.do(Edit("Look", (Change(("node", "fc1"), node, replace(node, **field)),)))
    assert nested.grab().toImage() != before
    nested.studio.undo()
    assert nested.grab().toImage() == before


def test_what_hovering_says(nested: CanvasView) -> None:
    from dataclasses import replace

    node = MAIN.nodes["fc1"]
    more = replace(node, note="The head", options={"search": ["out_features"], "share": "fc2"})
    twin = replace(node, id="fc2", position=(800, 200))
    nested.studio.do(Edit("More", (Change(("node", "fc1"), node, more), Change(("node", "fc2"), None, twin))))
    hover_ = nested.input.hover
    assert hover_.tip(hover_.look(QPointF(nested.canvas_position_of("fc1")))).splitlines() == [
        "Its weights stay as they are.",
        "To be searched over: out_features",
        "Uses the weights of Linear.",
        "The head",
    ]
    port = QPointF(nested.port_position("fc1", "input"))
    assert hover_.tip(hover_.look(port)) == "Input “input”\nB × 32 × 5 × 5 · real numbers"
    assert hover_.look(QPointF(nested.canvas_position_of("dot1"))).port is None
    hover(nested, nested.canvas_position_of("dot1"))
    nested.grab()
    assert not nested.grab().isNull()


def test_a_collapsed_node_and_a_reroute_point_have_their_ports_at_their_sides(nested: CanvasView) -> None:
    scene = nested.scene
    row = scene.row["dot1"]
    left, top, right, bottom = scene.box(row)
    assert right - left == bottom - top < 24
    assert nested.port_pixel("dot1", "input").x() == pytest.approx(nested.node_rect(row).left())
    assert nested.port_pixel("dot1", "output", output=True).x() == pytest.approx(nested.node_rect(row).right())
    assert form_of(MAIN.nodes["dot1"]) == "dot" and scene.sizes()["dot1"] == (right - left, bottom - top)
    assert (
        scene.near((left, top, right, bottom)).tolist() == scene.nodes_in((left, top, right, bottom)).tolist() == [row]
    )


def test_a_flight_ends_where_it_should_and_any_input_ends_it(nested: CanvasView) -> None:
    nested.studio.settings.set(REDUCED_MOTION, False)
    nested.set_zoom(2.0)
    nested.look_at(4000, 4000)
    start, end = nested.camera, nested.camera_for_all()
    nested.fit()
    assert nested._flight.active and nested.camera == start
    QTest.keyClick(nested, Qt.Key.Key_Shift)
    assert nested.camera == end and not nested._flight.active and nested.fits
    nested.look_at(4000, 4000)
    nested.fit()
    nested._flight._run.setCurrentTime(60)
    way = nested.camera
    QTest.mousePress(nested, LEFT, NONE, nested.rect().center())
    QTest.mouseRelease(nested, LEFT, NONE, nested.rect().center())
    assert not nested._flight.active and nested.camera == way and way not in (start, end)
    nested.studio.settings.set(REDUCED_MOTION, True)
    nested.fit()
    assert nested.camera == end


def test_nodes_glide_to_where_the_project_has_them(nested: CanvasView) -> None:
    nested.studio.settings.set(REDUCED_MOTION, False)
    nested.studio.do(move(nested.studio.project, {"fc1": (800.0, 0.0)}))
    before = nested.studio.project.graph
    nested.studio.do(move(nested.studio.project, {"fc1": (0.0, 400.0)}))
    nested.glide(before)
    row = nested.scene.row["fc1"]
    assert nested.scene.box(row)[:2] == (800, 0)
    nested._gliding._run.setCurrentTime(75)
    assert 0 < nested.scene.box(row)[0] < 800 and not nested.grab().isNull()
    nested.studio.do(move(nested.studio.project, {"deep": (0.0, 600.0)}))
    assert nested.scene.box(row)[:2] == (0, 400)
    assert nested._gliding._run.state() is QAbstractAnimation.State.Stopped


def test_the_way_of_a_camera() -> None:
    start, end = Camera(0, 0, 0), Camera(500, -200, -32)
    assert between(start, end, 1.0, 800, 600) == end
    half = between(start, end, 0.5, 800, 600)
    assert half.level == -16
    middles = [camera.to_plane(400, 300) for camera in (start, half, end)]
    assert middles[1] == pytest.approx(((middles[0][0] + middles[2][0]) / 2, (middles[0][1] + middles[2][1]) / 2))


def test_a_picture_has_words_as_words(nested: CanvasView) -> None:
    data = QByteArray()
    buffer = QBuffer(data)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    box = nested.scene.bounds()
    assert box is not None
    generator.setViewBox(QRectF(0, 0, box[2] - box[0], box[3] - box[1]))
    painter = QPainter(generator)
    nested.renderer.paint_picture(painter, box)
    painter.end()
    text = bytes(data.data()).decode()
    assert ">Linear<" in text.replace("\n", "") and "32×5×5" in text
    assert QSvgRenderer(data).isValid()
