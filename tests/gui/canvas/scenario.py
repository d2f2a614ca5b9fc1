"""What a scenario is, and what several families of them need: graphs to begin with, answers to type, checks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from canvas_network import chain_graph
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.camera import Camera
from nnstudio.project.graph import Graph, Node, Slot
from nnstudio.project.project import Block, Project

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


def with_nodes(*nodes: Node) -> Callable[[], Graph]:
    def graph() -> Graph:
        chain = chain_graph()
        return replace(chain, nodes={**chain.nodes, **{node.id: node for node in nodes}})

    return graph


LOOSE = Node("tanh1", "torch.tanh", position=(208.0, 400.0))


def selected(*ids: str) -> Check:
    return lambda view, before: set(view.studio.selection) == set(ids)


def added(type: str) -> Check:
    def check(view: CanvasView, before: Before) -> bool:
        new = [node for id, node in graph_of(view).nodes.items() if id not in before.graph.nodes]
        return [node.type for node in new] == [type]

    return check


def new_ids(view: CanvasView, before: Before) -> list[str]:
    return [id for id in graph_of(view).nodes if id not in before.graph.nodes]


def shared_file(view: CanvasView) -> Path:
    return view.studio.settings.path.parent / "twice.nnb"


def dialog_answered(view: CanvasView) -> None:
    """The file dialog that has opened gets `shared_file` and is accepted."""
    name_file(view, shared_file(view))


def name_file(view: CanvasView, path: Path) -> None:
    dialog = next(dialog for dialog in view.window().findChildren(QFileDialog) if dialog.isVisible())
    dialog.findChildren(QLineEdit)[0].setText(str(path))
    dialog.accept()
