"""Library: found, added behind the selection, dragged. Inspector: what is selected can be read and changed."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from nnstudio import plugins
from nnstudio.events import NodeStats
from nnstudio.gui.inspector import Inspector
from nnstudio.gui.inspector.field_row import show_value
from nnstudio.gui.inspector.node_facts import facts
from nnstudio.gui.inspector.node_page import NodePage, histogram_rows
from nnstudio.gui.inspector.pages import ProjectPage
from nnstudio.gui.inspector.several_page import SeveralPage
from nnstudio.gui.library import LAYER_MIME, Library
from nnstudio.gui.library.offered import offered
from nnstudio.gui.library.panel import More
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.settings import REDUCED_MOTION
from nnstudio.gui.studio import Studio
from nnstudio.gui.window import MainWindow
from nnstudio.params import form_fields
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project
from nnstudio.replies import Inspected
from nnstudio.runs.history import History
from nnstudio.specs import LayerSpec

REGISTRY = plugins.load(safe_mode=True).registry


def library(studio: Studio, qtbot: QtBot) -> Library:
    panel = Library(studio)
    qtbot.addWidget(panel)
    panel.resize(240, 900)
    panel.show()
    return panel


def titles(panel: Library) -> list[str]:
    return [row.title for row in panel.model.rows if isinstance(row, LayerSpec)]


def test_all_layers_are_there_the_rare_ones_unfold(studio: Studio, qtbot: QtBot) -> None:
    panel = library(studio, qtbot)
    folded = [index for index, row in enumerate(panel.model.rows) if isinstance(row, More)]
    for _ in folded:
        index = next(index for index, row in enumerate(panel.model.rows) if isinstance(row, More))
        panel.view.clicked.emit(panel.model.index(index, 0))
    assert sorted(titles(panel)) == sorted(spec.title for spec in offered(studio))


def test_search_finds_by_other_names_and_enter_adds(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project())
    panel = library(studio, qtbot)
    for spec in offered(studio):
        for alias in spec.aliases:
            panel.search.setText(alias)
            assert spec.title in titles(panel)
    panel.search.setText("conv 2d")
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert [node.type for node in studio.project.graph] == ["torch.conv2d"]
    assert studio.selection == tuple(studio.project.graph.nodes)
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.search.text() == ""


def test_what_enter_adds_comes_into_view(window: MainWindow, qtbot: QtBot) -> None:
    """Each stands further right, in the end outside of what was seen."""
    window.studio.settings.set(REDUCED_MOTION, True)
    window.studio.open_project(Project())
    place = window.place_widget("model")
    assert isinstance(place, ModelPlace)
    view = place.canvas
    view.set_camera(view.camera)  # from now on it is not fitted to what is there
    panel = place.library
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    panel.search.setFocus()
    qtbot.keyClicks(panel.search, "relu")
    for _ in range(8):
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
        (new,) = window.studio.selection
        assert view.rect().toRectF().contains(view.node_rect(view.scene.row[new]))


def test_double_click_adds_behind_the_selected_node(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project(graph=Graph({"input1": Node("input1", "nnstudio.input")})))
    studio.select(["input1"])
    panel = library(studio, qtbot)
    row = next(
        i for i, item in enumerate(panel.model.rows) if isinstance(item, LayerSpec) and item.id == "torch.linear"
    )
    spot = panel.view.visualRect(panel.model.index(row, 0)).center()
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot))
    qtbot.mouseDClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(spot))
    wires = list(studio.project.graph.all_wires())
    assert [wire.source.node for wire in wires] == ["input1"]
    studio.undo()
    assert list(studio.project.graph.nodes) == ["input1"]


def test_a_dragged_layer_carries_its_id(studio: Studio, qtbot: QtBot) -> None:
    panel = library(studio, qtbot)
    row = next(i for i, item in enumerate(panel.model.rows) if isinstance(item, LayerSpec))
    item = panel.model.rows[row]
    assert isinstance(item, LayerSpec)
    data = panel.model.mimeData([panel.model.index(row, 0)])
    assert bytes(data.data(LAYER_MIME).data()).decode() == item.id


# ── inspector ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def inspector(studio: Studio, qtbot: QtBot) -> Inspector:
    panel = Inspector(studio)
    qtbot.addWidget(panel)
    panel.resize(330, 900)
    panel.show()
    return panel


def texts(panel: Inspector) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel))


def test_one_several_none(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project("P", Graph({"a": Node("a", "torch.linear"), "b": Node("b", "torch.relu")})))
    panel = inspector(studio, qtbot)
    assert isinstance(panel.page, ProjectPage)
    studio.select(["a"])
    assert isinstance(panel.page, NodePage)
    studio.select(["a", "b"])
    assert isinstance(panel.page, SeveralPage)
    studio.select([])
    assert isinstance(panel.page, ProjectPage)


def test_every_layer_has_a_page(studio: Studio, qtbot: QtBot) -> None:
    nodes = {f"n{index}": Node(f"n{index}", id) for index, id in enumerate(studio.registry.layers)}
    nodes["unknown"] = Node("unknown", "nobody.nothing", {"kept": 1})
    studio.open_project(Project(graph=Graph(nodes)))
    panel = inspector(studio, qtbot)
    for id in nodes:
        studio.select([id])
        panel.grab()
    assert "nobody.nothing" in texts(panel)


def test_typing_changes_the_node_as_one_step(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project(graph=Graph({"a": Node("a", "torch.linear")})))
    panel = inspector(studio, qtbot)
    studio.select(["a"])
    assert isinstance(panel.page, NodePage)
    assert panel.page.form is not None
    line = panel.page.form.rows["out_features"].line
    assert line is not None
    panel.activateWindow()
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "250")
    assert studio.project.graph.nodes["a"].params == {"out_features": 250}
    panel.page.form.rows["out_features"].to_default()
    assert studio.project.graph.nodes["a"].params == {}
    studio.undo()
    assert studio.project.graph.nodes["a"].params == {"out_features": 250}
    assert line.text() == "250" or line.hasFocus()
    studio.undo()
    assert studio.project.graph.nodes["a"].params == {}
    assert not studio.document.undo_label


def test_shapes_and_cost_are_shown(studio: Studio, bench: Any, qtbot: QtBot) -> None:
    plan = NodePlan(
        "a",
        "torch.linear",
        "fc1",
        inputs=((BATCH, 400),),
        outputs={"output": (BATCH, 120)},
        parameters=48120,
        macs=48000,
        memory=480,
    )
    bench.answers["inspect"] = Inspected(Plan(("a",), {"a": plan}), studio.code)
    studio.open_project(Project(graph=Graph({"a": Node("a", "torch.linear")})))
    panel = inspector(studio, qtbot)
    studio.select(["a"])
    qtbot.waitUntil(lambda: "B × 400" in texts(panel))
    shown = texts(panel)
    for wanted in ("B × 120", "48\N{THIN SPACE}120", "48 k", "480 B"):
        assert wanted in shown


def test_live_histograms_become_a_ridge(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project(graph=Graph({"a": Node("a", "torch.linear")})))
    panel = inspector(studio, qtbot)
    studio.select(["a"])
    history = studio.run.history
    for epoch in range(1, 31):
        history.epoch_stats[epoch] = history.node_stats = NodeStats(epoch, {"a": {"dead": 0.25}}, {"a": np.arange(16)})
    studio.run.history_changed.emit({"nodes"})
    qtbot.waitUntil(lambda: "25 %" in texts(panel))
    assert isinstance(panel.page, NodePage)
    assert panel.page._ridge.isVisible()
    panel.grab()


def test_histograms_are_thinned_keeping_first_and_last() -> None:
    history = History()
    for epoch in range(100):
        history.epoch_stats[epoch] = history.node_stats = NodeStats(epoch, {}, {"a": np.full(4, epoch)})
    rows, first, last = histogram_rows(history, "a")
    assert (first, last) == (1, 100)
    assert len(rows) == 10
    assert (rows[0][0], rows[-1][0]) == (0, 99)
    assert histogram_rows(history, "b") == ([], 0, 0)


def test_limits_that_do_not_go_together_are_taken_in_either_order_and_told(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project(graph=Graph({"a": Node("a", "torch.clamp")})))
    panel = inspector(studio, qtbot)
    studio.select(["a"])
    assert isinstance(panel.page, NodePage) and panel.page.form is not None
    rows = panel.page.form.rows
    rows["max"].type_text("-3")
    assert studio.project.graph.nodes["a"].params == {"max": -3.0}
    qtbot.waitUntil(lambda: "min (0) must not be above max (-3)" in texts(panel))
    rows["min"].type_text("-6")
    assert studio.project.graph.nodes["a"].params == {"max": -3.0, "min": -6.0}


def test_a_vector_can_be_typed_where_there_was_an_image(studio: Studio, qtbot: QtBot) -> None:
    studio.open_project(Project(graph=Graph({"a": Node("a", "nnstudio.reshape", {"shape": [7, 7]})})))
    panel = inspector(studio, qtbot)
    studio.select(["a"])
    assert isinstance(panel.page, NodePage) and panel.page.form is not None
    panel.page.form.rows["shape"].type_text("28*28")
    assert tuple(studio.project.graph.nodes["a"].params["shape"]) == (784,)


def test_axes_are_no_sizes_and_two_inputs_have_two_names() -> None:
    fields = {field.name: field for field in form_fields(REGISTRY.layers["nnstudio.mean"].params)}
    assert show_value(fields["dim"], (2, 3)) == "2, 3"
    divide = REGISTRY.layers["nnstudio.divide"]
    plan = NodePlan("d", divide.id, "d", inputs=((-1, 3), (-1, 1)), outputs={"output": (-1, 3)})
    assert [name for name, *_ in facts(plan, divide.inputs)][:3] == ["x₁", "x₂", "output"]


@pytest.mark.parametrize("name", ["square root", "sqrt", "reciprocal", "negative"])
def test_no_other_name_promises_a_value_that_is_not_set(name: str) -> None:
    assert not [spec.title for spec in REGISTRY.layers.values() if name in spec.aliases]
