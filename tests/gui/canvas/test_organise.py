"""A drawing put in order by keys: layout, lines, gaps, frames, and the marks of nodes; each one step, inside blocks too."""

import itertools
from collections.abc import Callable

import pytest
from canvas_network import chain_graph, hover, open_graph
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.marks import tag_menu
from nnstudio.gui.settings import REDUCED_MOTION
from nnstudio.project import frames
from nnstudio.project.boxes import GRID, frame_box, holds, node_box, overlap
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project
from nnstudio.project.rules import effective

Key, Modifier = Qt.Key, Qt.KeyboardModifier
SHIFT, CONTROL, ALT, NONE = Modifier.ShiftModifier, Modifier.ControlModifier, Modifier.AltModifier, Modifier.NoModifier


def one_step(view: CanvasView, act: Callable[[], object]) -> Project:
    """What `act` makes of the project; it is one step, which undo takes back and redo brings again."""
    before = view.studio.project
    act()
    after = view.studio.project
    assert after != before
    view.studio.undo()
    assert view.studio.project == before
    view.studio.redo()
    assert view.studio.project == after
    return after


@pytest.fixture
def scattered(view: CanvasView) -> CanvasView:
    """The chain with its nodes on a heap."""
    graph = chain_graph()
    nodes = {
        id: Node(id, node.type, position=(37.0 * index % 90, 55.0 * index % 130))
        for index, (id, node) in enumerate(graph.nodes.items())
    }
    open_graph(view, Graph(nodes, graph.wires))
    return view


def test_ctrl_l_arranges_all_to_the_right_and_alt_l_downwards(scattered: CanvasView) -> None:
    view = scattered
    right = one_step(view, lambda: QTest.keyClick(view, Key.Key_L, CONTROL)).graph
    boxes = [node_box(node, view.scene.sizes()) for node in right]
    assert not any(overlap(a, b) for a, b in itertools.combinations(boxes, 2))
    assert right.nodes["conv1"].position[0] > right.nodes["input1"].position[0]
    down = one_step(view, lambda: QTest.keyClick(view, Key.Key_L, ALT)).graph
    tops = [down.nodes[id].position[1] for id in chain_graph().nodes]
    assert tops == sorted(tops)
    assert len(set(tops)) == len(tops)


def test_nodes_glide_and_are_at_once_where_the_project_has_them_for_the_next_gesture(scattered: CanvasView) -> None:
    view = scattered
    view.studio.settings.set(REDUCED_MOTION, False)
    QTest.keyClick(view, Key.Key_L, CONTROL)
    row = view.scene.row["loss1"]
    there = view.studio.project.graph.nodes["loss1"].position
    assert (view.scene.x[row], view.scene.y[row]) != there, "still on its way"
    QTest.keyClick(view, Key.Key_Shift)
    assert (view.scene.x[row], view.scene.y[row]) == there


def test_frames_glide_around_their_nodes_to_where_all_is_then_seen(scattered: CanvasView) -> None:
    view = scattered
    box = frames.around(view.studio.project.graph, ["conv1", "relu1"], view.scene.sizes())
    assert box is not None
    view.studio.do(frames.add(view.studio.project, box, "Stage")[0])
    view.studio.settings.set(REDUCED_MOTION, False)
    before = view.frames.box("frame1")
    after = one_step(view, lambda: QTest.keyClick(view, Key.Key_L, CONTROL)).graph  # it undoes that, and makes it again
    QTest.keyClick(view, Key.Key_L, ALT)
    down = view.studio.project.graph.frames["frame1"]
    assert view.frames.box("frame1") == frame_box(after.frames["frame1"]) != before, "where it was, at first"
    view._gliding._run.setCurrentTime(75)
    on_the_way = view.frames.box("frame1")
    assert on_the_way not in (frame_box(after.frames["frame1"]), frame_box(down)) and not view.grab().isNull()
    QTest.keyClick(view, Key.Key_Shift)
    assert view.frames.box("frame1") == frame_box(down) and not view.frames.moved
    view._flight.finish()
    assert view.camera == view.camera_for_all()


def test_without_motion_they_are_there_at_once(scattered: CanvasView) -> None:
    view = scattered
    view.studio.settings.set(REDUCED_MOTION, True)
    QTest.keyClick(view, Key.Key_L, CONTROL)
    row = view.scene.row["loss1"]
    assert (view.scene.x[row], view.scene.y[row]) == view.studio.project.graph.nodes["loss1"].position


def test_ctrl_shift_l_arranges_the_selection_alone(chain: CanvasView) -> None:
    view = chain
    view.studio.select(["flatten1", "fc1", "loss1"])
    after = one_step(view, lambda: QTest.keyClick(view, Key.Key_L, CONTROL | SHIFT)).graph
    for id in ("input1", "conv1", "relu1"):
        assert after.nodes[id] == chain_graph().nodes[id]
    assert len({after.nodes[id].position[1] for id in ("flatten1", "fc1", "loss1")}) == 1


@pytest.mark.parametrize(
    ("key", "axis", "side"), [(Key.Key_Left, 0, 0), (Key.Key_Right, 0, 2), (Key.Key_Up, 1, 1), (Key.Key_Down, 1, 3)]
)
def test_alt_and_arrows_align(chain: CanvasView, key: Qt.Key, axis: int, side: int) -> None:
    view = chain
    view.studio.select(["input1", "conv1", "fc1"])
    after = one_step(view, lambda: QTest.keyClick(view, key, ALT)).graph
    assert len({node_box(after.nodes[id])[side] for id in ("input1", "conv1", "fc1")}) == 1
    assert all(after.nodes[id].position[1 - axis] == chain_graph().nodes[id].position[1 - axis] for id in after.nodes)


def test_alt_shift_h_and_v_make_gaps_equal(view: CanvasView) -> None:
    at = {"n0": (0.0, 0.0), "n1": (200.0, 90.0), "n2": (900.0, 600.0)}
    open_graph(view, Graph({id: Node(id, "torch.relu", position=place) for id, place in at.items()}))
    view.select_all()
    across = one_step(view, lambda: QTest.keyClick(view, Key.Key_H, ALT | SHIFT)).graph
    assert across.nodes["n1"].position == (450, 90)
    along = one_step(view, lambda: QTest.keyClick(view, Key.Key_V, ALT | SHIFT)).graph
    assert along.nodes["n1"].position == (450, 300)


def test_ctrl_j_frames_the_selection_and_its_title_is_typed(chain: CanvasView) -> None:
    view = chain
    view.studio.select(["conv1", "relu1"])
    one_step(view, lambda: QTest.keyClick(view, Key.Key_J, CONTROL))
    (frame,) = view.studio.project.graph.frames.values()
    graph = view.studio.project.graph
    assert [id for id, node in graph.nodes.items() if holds(frame_box(frame), node_box(node))] == ["conv1", "relu1"]
    assert frame.title == "Frame"


def test_a_frame_and_its_title_are_one_step(chain: CanvasView) -> None:
    view = chain
    before = view.studio.project
    view.studio.select(["conv1"])
    QTest.keyClick(view, Key.Key_J, CONTROL)
    QTest.keyClicks(view.frame_editor.title, "Stem")
    QTest.keyClick(view.frame_editor.title, Key.Key_Return)
    assert [frame.title for frame in view.studio.project.graph.frames.values()] == ["Stem"]
    after = view.studio.project
    view.studio.undo()
    assert view.studio.project == before
    view.studio.redo()
    assert view.studio.project == after


def test_a_frame_renamed_later_is_another_step(chain: CanvasView) -> None:
    view = chain
    view.studio.select(["conv1"])
    QTest.keyClick(view, Key.Key_J, CONTROL)
    QTest.keyClick(view.frame_editor.title, Key.Key_Escape)
    QTest.keyClick(view, Key.Key_F2)
    QTest.keyClicks(view.frame_editor.title, "Stem")
    QTest.keyClick(view.frame_editor.title, Key.Key_Return)
    view.studio.undo()
    assert [frame.title for frame in view.studio.project.graph.frames.values()] == ["Frame"]


def test_a_frame_that_takes_in_what_was_not_selected_says_so(chain: CanvasView) -> None:
    view, said = chain, list[str]()
    view.studio.message.connect(lambda words, _severity: said.append(words))
    open_graph(view, Graph({id: Node(id, "torch.relu", position=(300.0 * place, 0)) for place, id in enumerate("abc")}))
    view.studio.select(["a", "c"])
    QTest.keyClick(view, Key.Key_J, CONTROL)
    assert "'b'" in said[-1]
    QTest.keyClick(view.frame_editor.title, Key.Key_Escape)
    said.clear()
    view.studio.select(["a", "b"])
    QTest.keyClick(view, Key.Key_J, CONTROL)
    assert not said


def test_a_comment_and_its_text_are_one_step_and_cover_no_node(chain: CanvasView) -> None:
    view = chain
    before = view.studio.project
    below = view.scene.box(view.scene.row["conv1"])[3]
    view.look_at(view.scene.box(view.scene.row["conv1"])[0], below - view.height() / 2 + 40)
    hover(view, view.node_rect(view.scene.row["conv1"]).center().toPoint())
    QTest.keyClick(view, Key.Key_C, SHIFT)
    assert "Ctrl+Enter" in view.frame_editor.text.accessibleDescription()
    assert view.rect().contains(view.frame_editor.text.geometry())
    QTest.keyClicks(view.frame_editor.text, "why")
    QTest.keyClick(view.frame_editor.text, Key.Key_Return, CONTROL)
    (frame,) = view.studio.project.graph.frames.values()
    assert (frame.title, frame.text) == ("", "why")
    assert view.frames.selected == {frame.id}
    assert not any(overlap(frame_box(frame), node_box(node)) for node in view.studio.project.graph)
    after = view.studio.project
    view.studio.undo()
    assert view.studio.project == before
    view.studio.redo()
    assert view.studio.project == after


@pytest.mark.parametrize("words", ["", "not after all"])
def test_a_comment_given_up_leaves_nothing(chain: CanvasView, words: str) -> None:
    view = chain
    before = view.studio.project
    QTest.keyClick(view, Key.Key_C, SHIFT)
    QTest.keyClicks(view.frame_editor.text, words)
    QTest.keyClick(view.frame_editor.text, Key.Key_Escape)
    assert view.studio.project is before
    assert not view.studio.document.undo_label
    QTest.keyClick(view, Key.Key_C, SHIFT)
    QTest.keyClick(view.frame_editor.text, Key.Key_Return, CONTROL)
    assert view.studio.project is before, "one without a word is none"


def test_ctrl_shift_j_dissolves_frames(chain: CanvasView) -> None:
    view = chain
    view.studio.scope.do(frames.add(view.studio.scope.here, (0, 400, 240, 496), text="why")[0])
    view.select_frames(view.studio.project.graph.frames)
    after = one_step(view, lambda: QTest.keyClick(view, Key.Key_J, CONTROL | SHIFT))
    assert after.graph.frames == {}
    assert set(after.graph.nodes) == set(chain_graph().nodes)


@pytest.mark.parametrize(("key", "field"), [(Key.Key_M, "bypassed"), (Key.Key_H, "collapsed")])
def test_m_bypasses_and_h_collapses_all_that_are_selected(chain: CanvasView, key: Qt.Key, field: str) -> None:
    view = chain
    view.studio.select(["relu1"])
    QTest.keyClick(view, key)
    view.studio.select(["conv1", "relu1"])
    both = one_step(view, lambda: QTest.keyClick(view, key))
    assert [getattr(both.graph.nodes[id], field) for id in ("conv1", "relu1", "fc1")] == [True, True, False]
    none = one_step(view, lambda: QTest.keyClick(view, key))
    assert not any(getattr(node, field) for node in none.graph)


def test_z_freezes_weights_and_lets_them_learn_again(chain: CanvasView) -> None:
    view = chain
    view.studio.plan = type(view.studio.plan)()
    view.studio.select(["conv1", "relu1", "fc1"])
    once = one_step(view, lambda: QTest.keyClick(view, Key.Key_Z))
    assert [rule.match for rule in once.recipe.rules] == ["#conv1", "#fc1"]
    assert effective(once.recipe, once.graph.nodes["conv1"]).frozen
    again = one_step(view, lambda: QTest.keyClick(view, Key.Key_Z))
    assert again.recipe.rules == ()


def test_what_has_no_weights_is_not_frozen(chain: CanvasView) -> None:
    view = chain
    said: list[str] = []
    view.studio.message.connect(lambda text, _severity: said.append(text))
    view.studio.select(["relu1"])
    QTest.keyClick(view, Key.Key_Z)
    assert view.studio.project.recipe.rules == ()
    assert said == ["None of the selected nodes has weights to freeze."]


def test_colours_of_nodes_and_frames(chain: CanvasView) -> None:
    view = chain
    graph = view.studio.project.graph
    open_graph(view, Graph(graph.nodes, graph.wires, {"frame1": Frame("frame1", "Part")}))
    view.studio.select(["conv1", "fc1"])
    view.select_frames(["frame1"])
    menu = tag_menu(view)
    action = next(action for action in menu.actions() if action.text() == "Sequence")
    after = one_step(view, action.trigger).graph
    assert {after.nodes["conv1"].color, after.nodes["fc1"].color, after.frames["frame1"].color} == {"sequence"}
    assert [action.text() for action in tag_menu(view).actions() if action.isChecked()] == ["Sequence"]


def test_shift_k_opens_the_colours(chain: CanvasView) -> None:
    view = chain
    view.studio.select(["conv1"])
    QTest.keyClick(view, Key.Key_K, SHIFT)
    menu = next(child for child in view.findChildren(type(tag_menu(view))) if child.isVisible())
    QTest.keyClick(menu, Key.Key_Down)
    QTest.keyClick(menu, Key.Key_Return)
    assert view.studio.project.graph.nodes["conv1"].color == "data"


def test_inside_a_block_it_is_the_definition_that_changes(view: CanvasView) -> None:
    nodes = {id: Node(id, "torch.linear", position=(10.0 * i, 10.0 * i)) for i, id in enumerate(("fc1", "fc2"))}
    cell = Block("cell", "Cell", Graph(nodes, {Slot("fc2"): Source("fc1")}))
    view.studio.open_project(Project(graph=Graph({"cell1": Node("cell1", "block:cell")}), blocks={"cell": cell}))
    view.studio.scope.enter("cell1")
    view.setFocus()
    view.studio.select(["fc1", "fc2"])
    inner = one_step(view, lambda: QTest.keyClick(view, Key.Key_L, CONTROL)).blocks["cell"].graph
    assert inner.nodes["fc2"].position[0] > inner.nodes["fc1"].position[0] + 160
    assert one_step(view, lambda: QTest.keyClick(view, Key.Key_M)).blocks["cell"].graph.nodes["fc1"].bypassed
    assert len(one_step(view, lambda: QTest.keyClick(view, Key.Key_J, CONTROL)).blocks["cell"].graph.frames) == 1
    view.setFocus()
    view.studio.select(["fc1"])
    frozen = one_step(view, lambda: QTest.keyClick(view, Key.Key_Z))
    assert [rule.match for rule in frozen.recipe.rules] == ["#cell1/fc1"]


def test_a_chain_stays_straight_when_nodes_of_it_collapse_and_expand(chain: CanvasView) -> None:
    before = chain.studio.project
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Qt.Key.Key_H)
    rows = [chain.scene.wire_row[Slot(id)] for id in ("conv1", "relu1", "flatten1")]
    assert all(chain.wires.route(row).straight for row in rows)
    collapsed = chain.studio.project.graph.nodes["conv1"]
    assert collapsed.collapsed and collapsed.position[1] % GRID == 0
    QTest.keyClick(chain, Qt.Key.Key_H)
    assert chain.studio.project.graph == before.graph
    chain.studio.undo()
    assert chain.studio.project.graph.nodes["conv1"] == collapsed
    chain.studio.undo()
    assert chain.studio.project == before
