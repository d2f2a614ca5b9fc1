"""Arranging, frames and comments: a scenario for each command of the family."""

import itertools
from dataclasses import replace

from canvas_network import chain_graph
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from scenario import Before, Check, Key, Scenario, graph_of, type_into

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.settings import GRID_SNAP, GUIDES, Setting
from nnstudio.project.graph import Frame, Graph


def write_comment(view: CanvasView) -> None:
    QTest.keyClicks(view.frame_editor.text, "why")
    QTest.keyClick(view.frame_editor.text, Key.Key_Return, Qt.KeyboardModifier.ControlModifier)


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


ORDER: dict[str, Scenario] = {
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
}
