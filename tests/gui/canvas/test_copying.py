"""Copy, cut, paste, duplicate and drop by real keys and events; code is asked of the engine."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from canvas_network import CONTROL, SHIFT, hover
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.gui.canvas import CanvasView
from nnstudio.plan import Code
from nnstudio.problems import Problem, Severity
from nnstudio.project.block_library import write
from nnstudio.project.clipboard import from_text
from nnstudio.project.edits import add_node
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project
from nnstudio.replies import Drawn

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def put_text(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


def text() -> str:
    return QGuiApplication.clipboard().text()


class Workbench:
    """Answers at once, and keeps what it was asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers, self.asked = answers, list[tuple[str, Mapping[str, Any]]]()

    def request(self, type: str, value: Mapping[str, Any], then: Callable[[Any], None], fail: Any = None) -> None:
        self.asked.append((type, value))
        answer = self.answers.get(type)
        if isinstance(answer, tuple):
            fail(answer)
        elif answer is not None:
            then(answer)


@pytest.fixture
def messages(chain: CanvasView) -> list[str]:
    said: list[str] = []
    chain.studio.message.connect(lambda words, _severity: said.append(words))
    return said


def test_a_copy_goes_through_text_and_is_pasted_at_the_pointer(chain: CanvasView) -> None:
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Qt.Key.Key_C, CONTROL)
    piece, problems = from_text("look: " + text() + " !")
    assert piece is not None and set(piece.graph.nodes) == {"conv1", "relu1"} and problems == ()
    at = QPoint(200, chain.height() - 120)
    hover(chain, at)
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    graph = chain.studio.project.graph
    assert set(chain.studio.selection) == {"conv2", "relu2"}
    assert graph.wires[Slot("relu2")] == Source("conv2") and Slot("conv2") not in graph.wires
    x, y = chain.camera.to_plane(at.x(), at.y())
    assert abs(graph.nodes["conv2"].position[0] - x) <= 8 and abs(graph.nodes["conv2"].position[1] - y) <= 8
    chain.studio.undo()
    assert "conv2" not in chain.studio.project.graph.nodes


def test_pasting_keeps_inputs_when_asked(chain: CanvasView) -> None:
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Qt.Key.Key_C, CONTROL)
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL | SHIFT)
    graph = chain.studio.project.graph
    assert graph.wires[Slot("conv2")] == Source("input1")
    assert graph.wires[Slot("flatten1")] == Source("relu1"), "readers stay with the original"


def test_cut_takes_away_and_paste_brings_back(chain: CanvasView) -> None:
    chain.studio.select(["relu1"])
    QTest.keyClick(chain, Qt.Key.Key_X, CONTROL)
    assert "relu1" not in chain.studio.project.graph.nodes
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert "relu1" in chain.studio.project.graph.nodes


def test_pasting_ten_times_hides_nothing(chain: CanvasView) -> None:
    chain.studio.select(["conv1"])
    QTest.keyClick(chain, Qt.Key.Key_C, CONTROL)
    for _ in range(10):
        QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    spots = [node.position for node in chain.studio.project.graph if node.type == "torch.conv2d"]
    assert len(spots) == len(set(spots)) == 11


@pytest.mark.parametrize(
    ("clipboard", "words"),
    [("just words", "holds no nodes"), ('{"nnstudio_graph": {"nodes": [', "broken"), ('{"nnstudio_graph": {}, "format": 99}', "Update NNStudio")],
)  # fmt: skip
def test_what_is_no_network_is_told(chain: CanvasView, messages: list[str], clipboard: str, words: str) -> None:
    before = chain.studio.project
    put_text(clipboard)
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert words in messages[-1] and chain.studio.project is before


def test_pytorch_code_is_read_by_the_engine_and_pasted_as_one_step(chain: CanvasView, messages: list[str]) -> None:
    drawn = Graph(
        {"a": Node("a", "torch.linear"), "b": Node("b", "torch.relu", position=(300.0, 0.0))}, {Slot("b"): Source("a")}
    )
    problem = Problem("code.unknown", "Line 3: no plugin brings 'nn.LSTM'.", Severity.WARNING)
    bench = Workbench({"from_code": Drawn(Project(graph=drawn), (problem,))})
    chain.studio.workbench = bench  # type: ignore[assignment]
    put_text("nn.Sequential(nn.Linear(3, 4), nn.ReLU())")
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    kind, value = next(asked for asked in bench.asked if asked[0] == "from_code")
    assert (kind, value["text"], value["data"]) == ("from_code", text(), chain.studio.project.data)
    assert set(chain.studio.selection) == {"a", "b"}
    assert "Line 3" in messages[-1]
    chain.studio.undo()
    assert "a" not in chain.studio.project.graph.nodes
    assert not chain.studio.document.undo_label


class SlowWorkbench(Workbench):
    """Keeps the questions until `answer` is called; `pid` says which process it is."""

    def __init__(self, answers: Mapping[str, Any], pid: int = 1) -> None:
        super().__init__(answers)
        self.pid = pid
        self.waiting: list[Callable[[], None]] = []

    def request(self, type: str, value: Mapping[str, Any], then: Callable[[Any], None], fail: Any = None) -> None:
        if type == "from_code":
            ask = super().request
            self.waiting.append(lambda: ask(type, value, then, fail))

    def answer(self) -> None:
        waiting, self.waiting = self.waiting, []
        for ask in waiting:
            ask()


def one_layer(*problems: Problem) -> Drawn:
    return Drawn(Project(graph=Graph({"conv1": Node("conv1", "torch.conv2d")})), problems)


def test_code_that_is_still_being_read_is_not_pasted_twice(chain: CanvasView, messages: list[str]) -> None:
    bench = SlowWorkbench({"from_code": one_layer()})
    chain.studio.workbench = bench  # type: ignore[assignment]
    before = len(chain.studio.project.graph.nodes)
    put_text("nn.Conv2d(1, 8, 3)")
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert "still starting" in messages[-1]
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert len(bench.waiting) == 1 and "still starting" in messages[-1]
    bench.answer()
    assert len(chain.studio.project.graph.nodes) == before + 1 and messages[-1] == "The code is drawn."
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    bench.answer()
    assert len(chain.studio.project.graph.nodes) == before + 2, "when it has been read it can be pasted again"


def test_code_that_a_dead_engine_was_asked_for_is_asked_again(chain: CanvasView) -> None:
    bench = SlowWorkbench({"from_code": one_layer()})
    chain.studio.workbench = bench  # type: ignore[assignment]
    put_text("nn.Conv2d(1, 8, 3)")
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    bench.pid = 2
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert len(bench.waiting) == 2


def test_code_read_too_late_is_told_and_put_nowhere(chain: CanvasView, messages: list[str]) -> None:
    bench = SlowWorkbench({"from_code": one_layer()})
    chain.studio.workbench = bench  # type: ignore[assignment]
    put_text("nn.Conv2d(1, 8, 3)")
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    chain.studio.open_project(Project("Another"))
    bench.answer()
    assert not chain.studio.project.graph.nodes and "paste the code again" in messages[-1]


def test_messages_about_pasted_code_name_the_node_as_it_arrives(chain: CanvasView, messages: list[str]) -> None:
    wrong = Problem("code.disagrees", "Line 4: in_channels is 16 in the text.", Severity.WARNING, node="conv1")
    chain.studio.workbench = Workbench({"from_code": one_layer(wrong)})  # type: ignore[assignment]
    put_text("nn.Conv2d(16, 8, 3)")
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert chain.studio.selection == ("conv2",)
    assert messages[-1] == "'conv2': Line 4: in_channels is 16 in the text."


def test_code_that_cannot_be_read_is_told(chain: CanvasView, messages: list[str]) -> None:
    chain.studio.workbench = Workbench({"from_code": (Problem("code.unreadable", "Line 1: no."),)})  # type: ignore[assignment]
    put_text("nn.Linear(3,")
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert messages[-1] == "Line 1: no."
    chain.studio.workbench = None
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    assert "engine" in messages[-1]


def test_a_selection_is_copied_as_code(chain: CanvasView) -> None:
    bench = Workbench({"code_of": Code("class Piece(nn.Module):\n    ...\n")})
    chain.studio.workbench = bench  # type: ignore[assignment]
    chain.studio.select(["conv1", "relu1"])
    QTest.keyClick(chain, Qt.Key.Key_C, CONTROL | SHIFT)
    assert bench.asked[-1] == ("code_of", {"project": chain.studio.project, "nodes": ["conv1", "relu1"]})
    assert text().startswith("class Piece")


def drop(view: CanvasView, mime: QMimeData, at: QPoint) -> bool:
    copy, move = Qt.DropAction.CopyAction, Qt.DropAction.MoveAction
    enter = QDragEnterEvent(at, copy | move, mime, LEFT, NONE)
    QApplication.sendEvent(view, enter)
    if enter.isAccepted():
        QApplication.sendEvent(view, QDropEvent(QPointF(at), copy, mime, LEFT, NONE))
    return enter.isAccepted()


def test_text_and_files_with_nodes_are_dropped(chain: CanvasView, messages: list[str], tmp_path: Path) -> None:
    chain.studio.select(["conv1"])
    QTest.keyClick(chain, Qt.Key.Key_C, CONTROL)
    mime, at = QMimeData(), QPoint(150, 400)
    mime.setText(text())
    assert drop(chain, mime, at)
    assert "conv2" in chain.studio.project.graph.nodes
    path = tmp_path / "piece.json"
    path.write_text(text(), encoding="utf-8")
    files = QMimeData()
    files.setUrls([QUrl.fromLocalFile(str(path))])
    assert drop(chain, files, at)
    assert "conv3" in chain.studio.project.graph.nodes
    path.write_text("nothing in it", encoding="utf-8")
    assert drop(chain, files, at)
    assert "piece.json" in messages[-1]
    words = QMimeData()
    words.setText("just words")
    assert not drop(chain, words, at)


def test_the_text_of_a_shared_block_is_pasted_as_an_instance_that_is_seen(
    chain: CanvasView, messages: list[str], tmp_path: Path
) -> None:
    """Twice, the second time where its definition is known by another id: no plugin is missed."""
    parts = {"in1": Node("in1", "nnstudio.block_input"), "out1": Node("out1", "nnstudio.block_output")}
    whole = Block("stage", "Stage", Graph(parts, {Slot("out1"): Source("in1")}))
    assert write(Project(blocks={"stage": whole}), "stage", tmp_path / "stage.nnb") == ()
    put_text((tmp_path / "stage.nnb").read_text("utf-8"))
    before = chain.studio.project
    chain.look_at(9000, 9000)
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    (placed,) = chain.studio.selection
    assert chain.studio.project.graph.nodes[placed].type == "block:stage"
    assert chain.studio.project.blocks == {"stage": whole}
    assert chain.rect().contains(chain.canvas_position_of(placed))
    chain.studio.undo()
    assert chain.studio.project == before
    chain.studio.open_project(replace(before, blocks={"other": replace(whole, id="other")}))
    QTest.keyClick(chain, Qt.Key.Key_V, CONTROL)
    (placed,) = chain.studio.selection
    assert chain.studio.project.graph.nodes[placed].type == "block:other"
    assert not messages


def test_what_no_layer_does_says_what_it_stands_for(chain: CanvasView) -> None:
    """Not that a plugin is missing: there is none to install."""
    code, lost = Node("n1", "python.neg", note="-x\nin forward"), Node("n2", "elsewhere.thing", note="mine")
    assert chain.looks.of(chain.scene.row["relu1"]).line
    for node, said in ((code, "-x"), (lost, "No plugin brings this")):
        chain.studio.do(add_node(chain.studio.project, node))
        assert chain.looks.of(chain.scene.row[node.id]).line == said


def test_what_code_leaves_out_is_told(chain: CanvasView, messages: list[str]) -> None:
    names = tuple(f"view{number}" for number in range(1, 9))
    chain.studio.workbench = Workbench({"code_of": Code("class Piece: ...\n", left_out=names)})  # type: ignore[assignment]
    chain.studio.select(["conv1"])
    QTest.keyClick(chain, Qt.Key.Key_C, CONTROL | SHIFT)
    assert "view1, view2" in messages[-1] and messages[-1].endswith("view6, ….") and "view7" not in messages[-1]
