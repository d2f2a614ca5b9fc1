"""For each command of the canvas: what is there, what is typed behind its key, and what has come of it.

`SCENARIOS` is keyed by the command's id; `test_every_command.py` plays each by its real key in a real window, outside and inside a block,
and fails for a command that has none. A new command gets its scenario here.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from canvas_network import chain_graph
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMenu

from nnstudio.events import NodeStats
from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.camera import Camera
from nnstudio.gui.find_bar import FindBar, find_bar
from nnstudio.gui.graph_compare import GraphCompare
from nnstudio.gui.settings import GRID_SNAP, GUIDES, Setting
from nnstudio.gui.sheets import Sheet
from nnstudio.plan import Code
from nnstudio.project import file
from nnstudio.project.block_library import write
from nnstudio.project.bookmarks import NUMBERS, with_mark
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Bookmark, Project

Key = Qt.Key

Touches = Literal["document", "selection", "camera", "look", "elsewhere"]
"""What the command changes: the document by one step that undo takes back; or the selection, the camera, how something looks, or what is
shown elsewhere, with the document as it was."""


@dataclass(frozen=True)
class Before:
    graph: Graph
    project: Project
    selection: tuple[str, ...]
    slots: list[Slot]
    camera: Camera
    path: tuple[str, ...]  # of the instances entered
    label: str  # of what undo would take back


Act = Callable[[CanvasView], None]
Check = Callable[[CanvasView, Before], bool]


@dataclass(frozen=True)
class Scenario:
    """select, wires: what is selected. blocks: definitions besides. prepare: what else is done before. answer: what is typed after the key."""

    touches: Touches
    check: Check
    select: tuple[str, ...] = ()
    wires: tuple[Slot, ...] = ()
    graph: Callable[[], Graph] = chain_graph
    blocks: Callable[[], Mapping[str, Block]] = dict[str, Block]
    prepare: Act = lambda view: None
    answer: Act = lambda view: None


def graph_of(view: CanvasView) -> Graph:
    return view.studio.scope.graph


def type_into(*words: str | Qt.Key) -> Act:
    """Into whatever has the focus."""

    def act(view: CanvasView) -> None:
        for word in words:
            field = QApplication.focusWidget()
            assert field is not None
            if isinstance(word, str):
                assert isinstance(field, QLineEdit), f"{field} is no field"
                QTest.keyClicks(field, word)
            else:
                QTest.keyClick(field, word)

    return act


def write_comment(view: CanvasView) -> None:
    QTest.keyClicks(view.frame_editor.text, "why")
    QTest.keyClick(view.frame_editor.text, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


def point_at(view: CanvasView, at: QPointF) -> None:
    view.input.pointer = at


# ── graphs ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def with_nodes(*nodes: Node) -> Callable[[], Graph]:
    def graph() -> Graph:
        chain = chain_graph()
        return replace(chain, nodes={**chain.nodes, **{node.id: node for node in nodes}})

    return graph


def unwired() -> Graph:
    return replace(chain_graph(), wires={})


LOOSE = Node("tanh1", "torch.tanh", position=(208.0, 400.0))
ADD = Node("add1", "nnstudio.add", position=(416.0, 400.0))
RELU2 = Node("relu2", "torch.relu", position=(624.0, 400.0))


# ── what has come of it ───────────────────────────────────────────────────────────────────────────────────────────────


def position(view: CanvasView, id: str) -> tuple[float, float]:
    return graph_of(view).nodes[id].position


def moved(dx: float, dy: float) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        x, y = before.graph.nodes["conv1"].position
        return position(view, "conv1") == (x + dx, y + dy)

    return check


def selected(*ids: str) -> Check:
    return lambda view, before: set(view.studio.selection) == set(ids)


def wires(expected: dict[Slot, Source | None]) -> Check:
    return lambda view, before: all(graph_of(view).wires.get(slot) == source for slot, source in expected.items())


def panned(dx: int, dy: int) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        now, then = view.camera, before.camera
        sign = (now.left > then.left) - (now.left < then.left), (now.top > then.top) - (now.top < then.top)
        return sign == (dx, dy) and now.level == then.level

    return check


def added(type: str) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        new = [node for id, node in graph_of(view).nodes.items() if id not in before.graph.nodes]
        return [node.type for node in new] == [type]

    return check


def new_ids(view: CanvasView, before: Before) -> list[str]:
    return [id for id in graph_of(view).nodes if id not in before.graph.nodes]


def rerouted(view: CanvasView, before: Before) -> bool:
    (id,) = new_ids(view, before)
    into = graph_of(view).wires
    return into[Slot("relu1")] == Source(id) and into[Slot(id)] == Source("conv1")


def duplicated_with_inputs(view: CanvasView, before: Before) -> bool:
    (id,) = new_ids(view, before)
    return graph_of(view).wires[Slot(id)] == Source("conv1") and view.studio.selection == (id,)


def inserted(view: CanvasView, before: Before) -> bool:
    into = graph_of(view).wires
    return into[Slot("tanh1")] == Source("conv1") and into[Slot("relu1")] == Source("tanh1")


def inside(view: CanvasView, *ids: str) -> bool:
    return all(view.rect().toRectF().contains(view.node_rect(view.scene.row[id])) for id in ids)


def zoomed_far(view: CanvasView) -> None:
    view.set_zoom(2.0)


def looking_away(view: CanvasView) -> None:
    view.set_camera(Camera(-4000.0, -4000.0, 8))


def shapes_on_wires(view: CanvasView) -> None:
    """Of a network that has been trained: before that there is nothing else to show."""
    view.studio.run.history.add(NodeStats(0, {"conv1": {"weight": 1.0, "gradient": 0.1}}))
    while view.looks.values.mode:
        view.looks.values.next()


def marked(number: int) -> Act:
    """A bookmark somewhere else."""

    def act(view: CanvasView) -> None:
        studio = view.studio
        mark = Bookmark("There", "/".join(studio.scope.path), 3000.0, 2000.0, 1.0, number)
        studio.do(with_mark(studio.project, mark))

    return act


def bookmarked(number: int) -> Check:
    return lambda view, before: number in {mark.number for mark in view.studio.project.bookmarks}


def sees(x: float, y: float) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        middle = view.camera.to_plane(view.width() / 2, view.height() / 2)
        return abs(middle[0] - x) < 2 and abs(middle[1] - y) < 2

    return check


def came_from_elsewhere(view: CanvasView) -> None:
    away = Camera().centred(3000.0, 2000.0, view.width(), view.height())
    view.came_from = (view.studio.scope.path, away)


def minimap_shown(view: CanvasView) -> None:
    if not view.minimap.isVisible():
        view.toggle_minimap()


def knife_stroke(view: CanvasView) -> None:
    """Down through the first row's second wire."""
    wire = view.wire_position(Slot("relu1"))
    above, below = QPointF(wire) - QPointF(0, 30), QPointF(wire) + QPointF(0, 30)
    QTest.mousePress(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, above.toPoint())
    for part in (0.3, 0.7, 1.0):
        QTest.mouseMove(view, (above + part * (below - above)).toPoint())
    QTest.mouseRelease(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, below.toPoint())


# ── blocks, frames, clipboard ─────────────────────────────────────────────────────────────────────────────────────────


def with_block() -> Graph:
    """The chain with an instance of `twice` behind it."""
    return with_nodes(Node("twice1", "block:twice", position=(208.0, 400.0)))()


def twice() -> dict[str, Block]:
    nodes = (
        Node("in1", "nnstudio.block_input"),
        Node("relu1", "torch.relu", position=(208.0, 0.0)),
        Node("out1", "nnstudio.block_output", position=(416.0, 0.0)),
    )
    ways = {Slot("relu1"): Source("in1"), Slot("out1"): Source("relu1")}
    return {"twice": Block("twice", "Twice", Graph({node.id: node for node in nodes}, ways))}


def with_scan() -> Graph:
    return with_nodes(Node("cell1", "block:cell", position=(208.0, 400.0)))()


def cell() -> dict[str, Block]:
    """Each step adds its value to what was carried."""
    nodes = (
        Node("in1", "nnstudio.block_input"),
        Node("in2", "nnstudio.block_input", {"carry": "out1"}, (0.0, 100.0)),
        Node("add1", "nnstudio.add", position=(208.0, 0.0)),
        Node("out1", "nnstudio.block_output", position=(416.0, 0.0)),
    )
    ways = {
        Slot("add1", "inputs", 0): Source("in1"),
        Slot("add1", "inputs", 1): Source("in2"),
        Slot("out1"): Source("add1"),
    }
    return {"cell": Block("cell", "Cell", Graph({node.id: node for node in nodes}, ways), kind="scan")}


def ungrouped(view: CanvasView, before: Before) -> bool:
    return "twice1" not in graph_of(view).nodes and [graph_of(view).nodes[id].type for id in new_ids(view, before)] == [
        "torch.relu"
    ]


def made_unique(view: CanvasView, before: Before) -> bool:
    type = graph_of(view).nodes["twice1"].type
    return type != "block:twice" and type.removeprefix("block:") in view.studio.project.blocks


def grouped(view: CanvasView, before: Before) -> bool:
    (id,) = new_ids(view, before)
    block = view.studio.project.blocks[graph_of(view).nodes[id].type.removeprefix("block:")]
    return block.title == "pair" and "conv1" not in graph_of(view).nodes


def scattered() -> Graph:
    """The chain with nothing in line."""
    chain = chain_graph()
    nodes = {
        node.id: replace(node, position=(260.0 * index + 24 * index**2, 200.0 + 90 * (index % 3) + 12 * index**2))
        for index, node in enumerate(chain)
    }
    return replace(chain, nodes=nodes)


def aligned(axis: int, at: float) -> Check:
    """at: which edge is in line: 0 the left or top one, 1 the right or bottom one, 0.5 the middle."""

    def check(view: CanvasView, before: Before) -> bool:
        boxes = [view.scene.box(view.scene.row[id]) for id in before.selection]
        edges = [box[axis] + at * (box[axis + 2] - box[axis]) for box in boxes]
        return max(edges) - min(edges) < 1

    return check


def evenly(axis: int) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        boxes = sorted((view.scene.box(view.scene.row[id]) for id in before.selection), key=lambda box: box[axis])
        gaps = [after[axis] - box[axis + 2] for box, after in itertools.pairwise(boxes)]
        return max(gaps) - min(gaps) <= 1

    return check


def rearranged(view: CanvasView, before: Before) -> bool:
    places = [node.position for node in graph_of(view)]
    return len(set(places)) == len(places) and {node.id: node.position for node in before.graph} != {
        node.id: node.position for node in graph_of(view)
    }


def frames_of(view: CanvasView) -> list[Frame]:
    return list(graph_of(view).frames.values())


def framed() -> Graph:
    return replace(
        chain_graph(), frames={"frame1": Frame("frame1", "Some", position=(200.0, -60.0), size=(400.0, 160.0))}
    )


def setting(which: Setting[bool], value: bool) -> Check:
    return lambda view, before: view.studio.settings.get(which) is value


def node_is(**fields: object) -> Check:
    return lambda view, before: all(
        getattr(graph_of(view).nodes["conv1"], name) == value for name, value in fields.items()
    )


def choose_in_menu(title: str) -> Act:
    """By keyboard, as far down as the entry is."""

    def act(view: CanvasView) -> None:
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        titles = [action.text() for action in menu.actions()]
        for _ in range(titles.index(title)):
            QTest.keyClick(menu, Key.Key_Down)
        QTest.keyClick(menu, Key.Key_Return)

    return act


def clipboard_text() -> str:
    return QGuiApplication.clipboard().text()


def relu_copied(view: CanvasView) -> None:
    view.studio.select(["relu1"])
    view.copy()
    view.studio.select(())


def shared_file(view: CanvasView) -> Path:
    return view.studio.settings.path.parent / "twice.nnb"


def kept_titles(view: CanvasView) -> list[str]:
    return [kept.title for kept in view.studio.library.kept if kept.own]


def nothing_kept(view: CanvasView) -> None:
    for kept in [kept for kept in view.studio.library.kept if kept.own]:
        view.studio.library.delete(kept)


def dialog_answered(view: CanvasView) -> None:
    """The file dialog that has opened gets `shared_file` and is accepted."""
    name_file(view, shared_file(view))


def name_file(view: CanvasView, path: Path) -> None:
    dialog = next(dialog for dialog in view.window().findChildren(QFileDialog) if dialog.isVisible())
    dialog.findChildren(QLineEdit)[0].setText(str(path))
    dialog.accept()


def picture(view: CanvasView) -> Path:
    return view.studio.settings.path.parent / "network.svg"


def no_picture(view: CanvasView) -> None:
    picture(view).unlink(missing_ok=True)


def picture_named(view: CanvasView) -> None:
    name_file(view, picture(view))


def picture_written(view: CanvasView, before: Before) -> bool:
    return picture(view).is_file() and "<svg" in picture(view).read_text(encoding="utf-8")


def nothing_shared(view: CanvasView) -> None:
    shared_file(view).unlink(missing_ok=True)


def twice_shared(view: CanvasView) -> None:
    assert not write(Project(blocks=twice()), "twice", shared_file(view))


def nothing_sought(view: CanvasView) -> None:
    for bar in view.findChildren(FindBar):
        bar.field.clear()
        bar.close_bar()


def sought(text: str) -> Act:
    """The bar was used and closed."""

    def act(view: CanvasView) -> None:
        bar = find_bar(view)
        bar.open()
        bar.field.setText(text)
        bar.close_bar()

    return act


def comparison_of(view: CanvasView) -> GraphCompare | None:
    return next((shown for shown in view.window().findChildren(GraphCompare) if shown.isVisible()), None)


def comparing(view: CanvasView, before: Before) -> bool:
    return comparison_of(view) is not None


def file_to_compare(view: CanvasView) -> None:
    """In place of what else the dialog is answered with: another project."""
    for shown in view.window().findChildren(GraphCompare):
        shown.close()
    shared_file(view).unlink(missing_ok=True)
    assert not file.write(Project("Other"), shared_file(view))


def saved_before(view: CanvasView) -> None:
    file_to_compare(view)
    view.studio.document.path = shared_file(view)


def runs_are_kept(view: CanvasView) -> None:
    view.studio.runs_folder.mkdir(parents=True, exist_ok=True)


class AnsweringEngine:
    """Gives code for any nodes."""

    def request(self, type: str, value: Mapping[str, Any], then: Callable[[Any], None], fail: object = None) -> None:
        then(Code(f"# {type} of {', '.join(value['nodes'])}\n"))


def with_engine(view: CanvasView) -> None:
    QGuiApplication.clipboard().clear()
    view.studio.workbench = AnsweringEngine()  # type: ignore[assignment]


def without_engine(view: CanvasView) -> None:
    view.studio.workbench = None


SCENARIOS: dict[str, Scenario] = {
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
    # selecting
    "canvas.select_all": Scenario(
        "selection", lambda view, before: set(view.studio.selection) == set(before.graph.nodes)
    ),
    "canvas.select_none": Scenario("selection", selected(), ("conv1", "relu1")),
    "canvas.select_upstream": Scenario("selection", selected("input1", "conv1", "relu1"), ("relu1",)),
    "canvas.select_downstream": Scenario("selection", selected("relu1", "flatten1", "fc1", "loss1"), ("relu1",)),
    "canvas.select_similar": Scenario("selection", selected("relu1", "relu2"), ("relu1",), graph=with_nodes(RELU2)),
    "canvas.select_inverse": Scenario("selection", selected("flatten1", "fc1", "loss1"), ("input1", "conv1", "relu1")),
    "canvas.next_wire": Scenario(
        "selection", lambda view, before: view.selected_slots() == [Slot("conv1")], ("conv1",)
    ),
    "canvas.previous_wire": Scenario(
        "selection", lambda view, before: view.selected_slots() == [Slot("relu1")], ("conv1",)
    ),
    "canvas.go_left": Scenario("selection", selected("conv1"), ("relu1",)),
    "canvas.go_right": Scenario("selection", selected("flatten1"), ("relu1",)),
    "canvas.go_up": Scenario("selection", selected("conv1"), ("loss1",)),
    "canvas.go_down": Scenario("selection", selected("loss1"), ("conv1",)),
    "canvas.add_left": Scenario("selection", selected("conv1", "relu1"), ("relu1",)),
    "canvas.add_right": Scenario("selection", selected("relu1", "flatten1"), ("relu1",)),
    "canvas.add_up": Scenario("selection", selected("loss1", "conv1"), ("loss1",)),
    "canvas.add_down": Scenario("selection", selected("conv1", "loss1"), ("conv1",)),
    "canvas.nudge_left": Scenario("document", moved(-8, 0), ("conv1",)),
    "canvas.nudge_right": Scenario("document", moved(8, 0), ("conv1",)),
    "canvas.nudge_up": Scenario("document", moved(0, -8), ("conv1",)),
    "canvas.nudge_down": Scenario("document", moved(0, 8), ("conv1",)),
    "canvas.nudge_left_far": Scenario("document", moved(-32, 0), ("conv1",)),
    "canvas.nudge_right_far": Scenario("document", moved(32, 0), ("conv1",)),
    "canvas.nudge_up_far": Scenario("document", moved(0, -32), ("conv1",)),
    "canvas.nudge_down_far": Scenario("document", moved(0, 32), ("conv1",)),
    # nodes
    "canvas.rename": Scenario(
        "document",
        lambda view, before: graph_of(view).nodes["conv1"].name == "edges",
        ("conv1",),
        answer=type_into("edges", Key.Key_Return),
    ),
    "canvas.duplicate": Scenario("document", added("torch.relu"), ("relu1",)),
    "canvas.duplicate_wired": Scenario("document", duplicated_with_inputs, ("relu1",)),
    "canvas.delete": Scenario("document", lambda view, before: "relu1" not in graph_of(view).nodes, ("relu1",)),
    "canvas.bypass": Scenario("document", node_is(bypassed=True), ("conv1",)),
    "canvas.collapse": Scenario("document", node_is(collapsed=True), ("conv1",)),
    "canvas.freeze": Scenario(
        "document", lambda view, before: bool(view.studio.project.recipe.rules[-1].frozen), ("conv1",)
    ),
    "canvas.colour": Scenario("document", node_is(color="data"), ("conv1",), answer=choose_in_menu("Data")),
    # clipboard
    "canvas.cut": Scenario(
        "document",
        lambda view, before: "relu1" not in graph_of(view).nodes and "torch.relu" in clipboard_text(),
        ("relu1",),
    ),
    "canvas.copy": Scenario("elsewhere", lambda view, before: "torch.linear" in clipboard_text(), ("fc1",)),
    "canvas.paste": Scenario("document", added("torch.relu"), prepare=relu_copied),
    "canvas.paste_keeping_inputs": Scenario("document", duplicated_with_inputs, prepare=relu_copied),
    "canvas.copy_code": Scenario(
        "elsewhere",
        lambda view, before: "conv1" in clipboard_text(),
        ("conv1",),
        prepare=with_engine,
        answer=without_engine,
    ),
    "canvas.copy_picture": Scenario(
        "elsewhere", lambda view, before: not QGuiApplication.clipboard().image().isNull(), ("conv1",)
    ),
    "canvas.save_picture": Scenario("elsewhere", picture_written, prepare=no_picture, answer=picture_named),
    "canvas.save_picture_light": Scenario("elsewhere", picture_written, prepare=no_picture, answer=picture_named),
    # blocks
    "canvas.group": Scenario("document", grouped, ("conv1", "relu1"), answer=type_into("pair", Key.Key_Return)),
    "canvas.ungroup": Scenario("document", ungrouped, ("twice1",), graph=with_block, blocks=twice),
    "canvas.make_unique": Scenario("document", made_unique, ("twice1",), graph=with_block, blocks=twice),
    "canvas.enter": Scenario(
        "elsewhere",
        lambda view, before: view.studio.scope.path == (*before.path, "twice1"),
        ("twice1",),
        graph=with_block,
        blocks=twice,
    ),
    "canvas.leave": Scenario(
        "elsewhere",
        lambda view, before: (*view.studio.scope.path, "twice1") == before.path,
        graph=with_block,
        blocks=twice,
        prepare=lambda view: view.studio.scope.enter("twice1"),
    ),
    "canvas.save_block": Scenario(
        "elsewhere",
        lambda view, before: kept_titles(view) == ["Twice"],
        ("twice1",),
        graph=with_block,
        blocks=twice,
        prepare=nothing_kept,
    ),
    "canvas.share_block": Scenario(
        "elsewhere",
        lambda view, before: shared_file(view).is_file(),
        ("twice1",),
        graph=with_block,
        blocks=twice,
        prepare=nothing_shared,
        answer=dialog_answered,
    ),
    "canvas.take_in_block": Scenario(
        "document",
        lambda view, before: "twice" in view.studio.project.blocks,
        prepare=twice_shared,
        answer=dialog_answered,
    ),
    "canvas.unroll": Scenario(
        "elsewhere",
        lambda view, before: view.window().findChild(Sheet) is not None,
        ("cell1",),
        graph=with_scan,
        blocks=cell,
    ),
    # order
    "canvas.layout": Scenario("document", rearranged, graph=scattered),
    "canvas.layout_selection": Scenario("document", rearranged, ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.layout_down": Scenario("document", rearranged, graph=scattered),
    "canvas.align_left": Scenario("document", aligned(0, 0), ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.align_right": Scenario("document", aligned(0, 1), ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.align_centre": Scenario("document", aligned(0, 0.5), ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.align_top": Scenario("document", aligned(1, 0), ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.align_bottom": Scenario("document", aligned(1, 1), ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.align_middle": Scenario("document", aligned(1, 0.5), ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.distribute_horizontally": Scenario(
        "document", evenly(0), ("input1", "conv1", "relu1", "flatten1"), graph=scattered
    ),
    "canvas.distribute_vertically": Scenario("document", evenly(1), ("input1", "conv1", "relu1"), graph=scattered),
    "canvas.grid_snap": Scenario(
        "look", setting(GRID_SNAP, False), prepare=lambda view: view.studio.settings.set(GRID_SNAP, True)
    ),
    "canvas.guides": Scenario(
        "look", setting(GUIDES, False), prepare=lambda view: view.studio.settings.set(GUIDES, True)
    ),
    "canvas.frame": Scenario(
        "document", lambda view, before: len(frames_of(view)) == 1, ("conv1", "relu1"), answer=type_into(Key.Key_Escape)
    ),
    "canvas.comment": Scenario("document", lambda view, before: len(frames_of(view)) == 1, answer=write_comment),
    "canvas.dissolve": Scenario(
        "document",
        lambda view, before: not frames_of(view),
        graph=framed,
        prepare=lambda view: view.select_frames(["frame1"]),
    ),
    # finding and comparing
    "canvas.find": Scenario(
        "selection", selected("relu1"), prepare=nothing_sought, answer=type_into("relu1", Key.Key_Return)
    ),
    "canvas.find_next": Scenario(
        "selection", selected("conv1"), ("relu1",), prepare=sought("type:conv"), graph=with_nodes(LOOSE)
    ),
    "canvas.find_previous": Scenario(
        "selection", selected("conv1"), ("relu1",), prepare=sought("type:conv"), graph=with_nodes(LOOSE)
    ),
    "canvas.compare_saved": Scenario("elsewhere", comparing, prepare=saved_before),
    "canvas.compare_file": Scenario("elsewhere", comparing, prepare=file_to_compare, answer=dialog_answered),
    "canvas.compare_run": Scenario(
        "elsewhere", lambda view, before: isinstance(QApplication.activePopupWidget(), QMenu), prepare=runs_are_kept
    ),
    # looking
    "canvas.fit": Scenario("camera", lambda view, before: inside(view, *before.graph.nodes), prepare=zoomed_far),
    "canvas.fit_selection": Scenario(
        "camera", lambda view, before: inside(view, "loss1"), ("loss1",), prepare=looking_away
    ),
    "canvas.bookmarks": Scenario("elsewhere", lambda view, before: isinstance(QApplication.activePopupWidget(), QMenu)),
    "canvas.back": Scenario("camera", sees(3000, 2000), prepare=came_from_elsewhere),
    **{f"canvas.go_{number}": Scenario("camera", sees(3000, 2000), prepare=marked(number)) for number in NUMBERS},
    **{f"canvas.set_{number}": Scenario("document", bookmarked(number)) for number in NUMBERS},
    "canvas.zoom_in": Scenario("camera", lambda view, before: view.camera.zoom > before.camera.zoom),
    "canvas.zoom_out": Scenario("camera", lambda view, before: view.camera.zoom < before.camera.zoom),
    "canvas.zoom_reset": Scenario("camera", lambda view, before: view.camera.zoom == 1.0, prepare=zoomed_far),
    "canvas.pan_up": Scenario("camera", panned(0, -1)),
    "canvas.pan_down": Scenario("camera", panned(0, 1)),
    "canvas.pan_left": Scenario("camera", panned(-1, 0)),
    "canvas.pan_right": Scenario("camera", panned(1, 0)),
    "canvas.minimap": Scenario("look", lambda view, before: not view.minimap.isVisible(), prepare=minimap_shown),
    "canvas.wire_values": Scenario("look", lambda view, before: bool(view.looks.values.mode), prepare=shapes_on_wires),
}
