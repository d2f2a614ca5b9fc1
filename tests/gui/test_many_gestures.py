"""Whatever one does through the real window: the document is the one that replaying its edits gives, the canvas shows it, undo goes back to the start."""

from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QInputDialog, QMenu, QMessageBox
from pytestqt.qtbot import QtBot
from random_hands import Hands

from nnstudio.gui.canvas.scene import FROZEN, Scene
from nnstudio.gui.window import MainWindow
from nnstudio.project.document import Document
from nnstudio.project.edits import Edit
from nnstudio.project.file import from_json, to_json

LOOK_AFTER = 25  # gestures: then canvas and document are held against each other


@pytest.fixture(autouse=True)
def nothing_from_elsewhere(monkeypatch: pytest.MonkeyPatch, qapp: QApplication) -> None:
    """Who asks for a file and waits gets none, and the clipboard is empty."""
    for dialog in (QDialog, QFileDialog, QMessageBox, QMenu):
        monkeypatch.setattr(dialog, "exec", lambda *_: 0)
    for question in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, question, lambda *_, **__: ("", ""))
    monkeypatch.setattr(QInputDialog, "getText", lambda *_, **__: ("", False))
    qapp.clipboard().clear()


@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_gestures(window: MainWindow, qtbot: QtBot, seed: int) -> None:
    try_gestures(window, qtbot, seed, 100)


@pytest.mark.long_gestures
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 110))
def test_ten_thousand_gestures(window: MainWindow, qtbot: QtBot, seed: int) -> None:
    try_gestures(window, qtbot, seed, 1000)


def try_gestures(window: MainWindow, qtbot: QtBot, seed: int, count: int) -> None:
    studio, hands = window.studio, Hands(window, seed)
    document = studio.document
    start, edits = document.project, list[Edit]()
    document.listen(lambda _project, edit: edits.append(edit))

    for number in range(1, count + 1):
        with qtbot.captureExceptions() as raised:
            hands.act()
            if number % LOOK_AFTER == 0:
                QApplication.processEvents()  # what is due is painted, too
        assert not raised, f"gesture {number} of seed {seed}: {hands.said[-3:]}\n{raised}"
        assert hands.view.input.gesture is None, f"gesture {number} of seed {seed} goes on: {hands.said[-3:]}"
        if number % LOOK_AFTER == 0 or number == count:
            assert differences(hands.view.scene, fresh(window)) == [], (
                f"gesture {number} of seed {seed}: {hands.said[-LOOK_AFTER:]}"
            )
    assert studio.document is document

    replayed = Document(start)
    for edit in edits:
        replayed.do(edit)
    assert replayed.project == document.project, "the edits, done through the API, lead to the same project"

    while document.redo():
        pass
    end = document.project
    assert from_json(to_json(end)) == (end, ()), "it can be saved and opened"
    undone = 0
    while document.undo():
        undone += 1
    assert undone >= count // 20, "the gestures changed something"
    assert document.project == start, "undone to the start"
    assert differences(hands.view.scene, fresh(window)) == []
    while document.redo():
        pass
    assert document.project == end, "and redone to the end"
    assert differences(hands.view.scene, fresh(window)) == []


def fresh(window: MainWindow) -> Scene:
    """The canvas as it would be, had the project just been opened."""
    hands_scene = Hands(window, 0).view.scene
    scene = Scene(window.studio.registry, hands_scene.width, hands_scene.height)
    scene.load(window.studio.scope.graph)
    return scene


def differences(scene: Scene, expected: Scene) -> list[str]:
    """Where two scenes show something else, whatever rows they keep it in."""
    found: list[str] = []
    for what, one, other in zip(("node", "wire", "wires at", "frames"), shown(scene), shown(expected), strict=True):
        keys = [key for key in {**one, **other} if one.get(key) != other.get(key)]
        found += [f"{what} {key}: {_unlike(one.get(key), other.get(key))}" for key in keys[:3]]
    return found


def _unlike(one: Any, other: Any) -> str:
    """Of two entries the parts that differ."""
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return ", ".join(f"{a} instead of {b}" for a, b in zip(one, other, strict=True) if a != b)
    return f"{one} instead of {other}"


def shown(scene: Scene) -> tuple[dict[Any, Any], ...]:
    """Nodes with their cards, anchors, kinds and signs (but the lock: rules give it), wires with their ends, frames with their boxes."""
    ends = scene.wire_ends()
    nodes = {
        id: (scene.node(row), scene.box(row), scene.anchors[row], int(scene.kind[row]), int(scene.flags[row]) & ~FROZEN)
        for id, row in scene.row.items()
    }
    wires = {slot: (scene.wire(row), *(float(end[row]) for end in ends)) for slot, row in scene.wire_row.items()}
    meeting = {id: {scene.wire(at) for at in scene.wires_at[row]} for id, row in scene.row.items()}
    frames = {id: (scene.frames.by_id[id], scene.frames.box(id)) for id in scene.frames.ids}
    return nodes, wires, meeting, frames
