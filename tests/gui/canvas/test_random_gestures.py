"""Whatever one does with mouse and keys: undone to the start it is the project one began with, redone the one one ended with."""

import random

import networkx
import pytest
from canvas_network import CONTROL, LEFT, NONE, SHIFT, chain_graph, drag
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.scene import Scene

KEYS = (
    (Qt.Key.Key_Delete, NONE),
    (Qt.Key.Key_D, CONTROL),
    (Qt.Key.Key_A, CONTROL),
    (Qt.Key.Key_X, CONTROL),
    (Qt.Key.Key_V, CONTROL),
    (Qt.Key.Key_L, CONTROL),
    (Qt.Key.Key_Z, CONTROL),
    (Qt.Key.Key_Z, CONTROL | SHIFT),
    (Qt.Key.Key_Left, NONE),
    (Qt.Key.Key_Right, CONTROL),
    (Qt.Key.Key_Escape, NONE),
    (Qt.Key.Key_Home, NONE),
)


def somewhere(view: CanvasView, chance: random.Random) -> QPoint:
    """A port, a node, a wire, or anywhere."""
    scene = view.scene
    ids = list(scene.row)
    kind = chance.choice(["port", "port", "node", "wire", "anywhere"])
    if kind == "wire" and scene.wire_row:
        return view.wire_position(chance.choice(list(scene.wire_row)))
    if kind == "anywhere" or not ids:
        return QPoint(chance.randrange(view.width()), chance.randrange(view.height()))
    id = chance.choice(ids)
    if kind == "node":
        return view.canvas_position_of(id)
    anchors = scene.anchors[scene.row[id]]
    anchor = chance.choice([*anchors.inputs, *anchors.outputs])
    return view.port_position(id, anchor.port, anchor.order)


def act(view: CanvasView, chance: random.Random) -> None:
    what = chance.random()
    if what < 0.5:
        modifiers = chance.choice([NONE, NONE, CONTROL])
        end = somewhere(view, chance)
        drag(view, somewhere(view, chance), end, modifiers=modifiers, release=False)
        if chance.random() < 0.15:
            QTest.keyClick(view, Qt.Key.Key_Escape)
        QTest.mouseRelease(view, LEFT, modifiers, end)
    elif what < 0.6:
        QTest.mouseClick(view, LEFT, chance.choice([NONE, CONTROL]), somewhere(view, chance))
    elif what < 0.7:
        view.drop_layer(chance.choice(["torch.relu", "nnstudio.add", "torch.mse"]), somewhere(view, chance).toPointF())
    else:
        key, modifiers = chance.choice(KEYS)
        QTest.keyClick(view, key, modifiers)
    if view.finder.popup.isVisible():
        QTest.keyClicks(view.finder.popup.field, chance.choice(["relu", "add", "cross", "zzz"]))
        QTest.keyClick(view.finder.popup.field, chance.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
        view.finder.popup.close_search()


@pytest.mark.parametrize("seed", range(6))
def test_undone_to_the_start_and_redone_to_the_end(chain: CanvasView, seed: int) -> None:
    chance = random.Random(seed)
    document = chain.studio.document
    for _ in range(60):
        act(chain, chance)
        assert chain.input.gesture is None
        assert set(chain.scene.row) == set(document.project.graph.nodes)
        assert set(chain.scene.wire_row) == set(document.project.graph.wires)
        assert_acyclic(chain)
    chain.grab()
    while document.redo():
        pass
    end = document.project
    undone = 0
    while document.undo():
        undone += 1
    assert undone >= 5, "the gestures changed something"
    assert document.project.graph == chain_graph()
    assert shown(chain.scene) == shown(fresh(chain))
    while document.redo():
        pass
    assert document.project == end
    assert shown(chain.scene) == shown(fresh(chain))


def assert_acyclic(view: CanvasView) -> None:
    graph = view.studio.project.graph
    links = networkx.DiGraph([(source.node, slot.node) for slot, source in graph.wires.items()])
    assert networkx.is_directed_acyclic_graph(links)


def fresh(view: CanvasView) -> Scene:
    scene = Scene(view.studio.registry, view.scene.width, view.scene.height)
    scene.load(view.studio.project.graph)
    return scene


def shown(scene: Scene) -> tuple[dict, dict]:
    ends = scene.wire_ends()
    nodes = {id: (scene.node(row), scene.box(row)) for id, row in scene.row.items()}
    return nodes, {slot: tuple(float(end[row]) for end in ends) for slot, row in scene.wire_row.items()}
