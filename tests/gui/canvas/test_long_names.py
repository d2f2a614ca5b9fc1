"""Texts longer than anyone needs: they are not typed, not measured where they cannot be seen; and a name whose node is gone."""

from typing import Any

import pytest
from canvas_network import open_graph
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QPainter
from PySide6.QtTest import QTest

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.camera import Camera
from nnstudio.project.edits import remove_nodes
from nnstudio.project.graph import Frame, Graph, Node
from nnstudio.project.lengths import MAX_NAME, MAX_TEXT, most

Key, CONTROL = Qt.Key, Qt.KeyboardModifier.ControlModifier


def test_a_name_pasted_in_place_is_cut_where_a_file_would_refuse_it(chain: CanvasView) -> None:
    chain.studio.select(["relu1"])
    QTest.keyClick(chain, Key.Key_F2)
    QGuiApplication.clipboard().setText("a" * 5000)
    QTest.keyClick(chain.name_field, Key.Key_V, CONTROL)
    QTest.keyClick(chain.name_field, Key.Key_Return)
    assert chain.studio.project.graph.nodes["relu1"].name == "a" * most("name")


def test_a_name_for_a_node_that_is_gone_changes_nothing(chain: CanvasView) -> None:
    chain.studio.select(["relu1"])
    QTest.keyClick(chain, Key.Key_F2)
    QTest.keyClicks(chain.name_field, "late")
    chain.studio.do(remove_nodes(chain.studio.project, ["relu1"]))
    before = chain.studio.project
    QTest.keyClick(chain.name_field, Key.Key_Return)
    chain.edits.rename("relu1", "later")
    assert chain.studio.project == before


def test_no_text_is_measured_beyond_what_can_be_seen(view: CanvasView, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    elide, draw = QFontMetricsF.elidedText, QPainter.drawText

    def elided(metrics: QFontMetricsF, text: str, *rest: Any) -> str:
        asked.append(len(text))
        return elide(metrics, text, *rest)

    def drawn(painter: QPainter, *rest: Any) -> Any:
        asked.extend(len(each) for each in rest if isinstance(each, str))
        return draw(painter, *rest)

    monkeypatch.setattr(QFontMetricsF, "elidedText", elided)
    monkeypatch.setattr(QPainter, "drawText", drawn)
    name = "n" * 10**6  # by hand: no file holds it
    node = Node("a", "torch.linear", {"out_features": 3}, (0.0, 0.0), name=name)
    frame = Frame("f", "Frame", "t" * MAX_TEXT, (0.0, 120.0), (240.0, 96.0))
    open_graph(view, Graph({"a": node}, frames={"f": frame}))
    view.set_camera(Camera(left=-100, top=-100))
    view.grab()
    assert asked and max(asked) <= 4 * MAX_NAME
