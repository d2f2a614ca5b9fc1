"""A person's ways with blocks: drawn, grouped, entered, changed, repeated, trained, undone; a cell of one's own, looked at step by step."""

import itertools

import pytest
from journeys import LEFT, canvas, model, place_by_search, type_value, until, wire
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.gui.inspector.block_page import DefinitionPage
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.places.unrolled import UnrolledView
from nnstudio.gui.studio import Studio
from nnstudio.gui.window import MainWindow
from nnstudio.problems import errors
from nnstudio.project.blocks import exits
from nnstudio.project.edits import set_field
from nnstudio.project.project import Entry, Project

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture(scope="module")
def window(app: MainWindow) -> MainWindow:
    return app


def chain(qtbot: QtBot, window: MainWindow, *words: str) -> list[str]:
    """Placed by search, one beside the other, and wired by dragging."""
    view = canvas(window)
    spots = [QPoint(90 + 195 * column, view.height() // 2) for column in range(len(words))]
    ids = [place_by_search(qtbot, window, word, spot) for word, spot in zip(words, spots, strict=True)]
    for first, second in itertools.pairwise(ids):
        wire(window, first, "output", second)
    return ids


def group(qtbot: QtBot, window: MainWindow, first: str, second: str, title: str) -> str:
    """Two nodes clicked, Ctrl+G, a name; the id of the instance."""
    view = canvas(window)
    view.setFocus()
    QTest.mouseClick(view, LEFT, Mod.NoModifier, view.canvas_position_of(first))
    QTest.mouseClick(view, LEFT, Mod.ShiftModifier, view.canvas_position_of(second))
    qtbot.keyClick(view, Key.Key_G, Mod.ControlModifier)
    field = window.focusWidget()
    assert isinstance(field, QLineEdit)
    qtbot.keyClicks(field, title)
    qtbot.keyClick(field, Key.Key_Return)
    return window.studio.selection[0]


def double_click_body(window: MainWindow, node: str) -> None:
    view = canvas(window)
    rect = view.node_rect(view.scene.row[node])
    QTest.mouseDClick(view, LEFT, Mod.NoModifier, QPoint(round(rect.center().x()), round(rect.bottom() - 6)))


def learn_xor(studio: Studio, epochs: int) -> None:
    studio.do(set_field(studio.project, "data", "dataset", Entry("nnstudio.xor")))
    studio.do(set_field(studio.project, "recipe", "epochs", epochs))


def test_a_block_drawn_repeated_and_trained(window: MainWindow, qtbot: QtBot) -> None:
    studio = window.studio
    window.new_project()
    start = studio.project
    view = canvas(window)
    input, linear, tanh, last, loss = chain(qtbot, window, "input", "linear", "tanh", "linear", "cross")
    type_value(qtbot, window, linear, "out_features", "8")
    type_value(qtbot, window, last, "out_features", "2")

    layer = group(qtbot, window, linear, tanh, "Dense layer")
    assert set(studio.project.graph.nodes) == {input, layer, last, loss}
    double_click_body(window, layer)
    assert studio.scope.path == (layer,)
    assert isinstance(model(window).inspector.page, DefinitionPage)
    qtbot.mouseClick(view, LEFT, pos=view.canvas_position_of(linear))
    page = model(window).inspector.page
    assert isinstance(page, NodePage)
    assert page.form is not None
    next(a for a in page.form.menu_of("out_features").actions() if a.text() == "Expose on the block").trigger()
    view.setFocus()
    qtbot.keyClick(view, Key.Key_Return, Mod.ShiftModifier)
    assert studio.scope.path == ()

    type_value(qtbot, window, layer, "out_features", "6")
    type_value(qtbot, window, layer, "repeat", "3")
    learn_xor(studio, 2)
    until(qtbot, lambda: studio.plan.ready and f"{layer}[2]/{linear}" in studio.plan.nodes)
    assert errors(studio.problems) == []
    assert studio.code.text.count("class DenseLayer") == 1
    qtbot.keyClick(window, Key.Key_F5)
    until(qtbot, lambda: not studio.run.active)
    assert studio.run.state == "done"

    while studio.document.undo_label:
        qtbot.keyClick(window, Key.Key_Z, Mod.ControlModifier)
    assert studio.project == start
    while studio.document.redo_label:
        qtbot.keyClick(window, Key.Key_Y, Mod.ControlModifier)
    assert studio.project.graph.nodes[layer].params == {"out_features": 6, "repeat": 3}


def test_a_cell_of_ones_own_is_looked_at_step_by_step(window: MainWindow, qtbot: QtBot) -> None:
    """From the library: the ready-made cell; entered, its output gives the last value; its sheet for five steps; ungrouping is refused."""
    studio = window.studio
    studio.open_project(Project())
    said: list[str] = []
    studio.message.connect(lambda text, _severity: said.append(text))
    cell = place_by_search(qtbot, window, "simple rnn", QPoint(500, 300))
    assert studio.project.blocks["rnn_cell"].kind == "scan"
    type_value(qtbot, window, cell, "hidden", "9")
    assert {studio.project.flat.nodes[f"{cell}/{id}"].params["out_features"] for id in ("wx", "wh")} == {9}

    view = canvas(window)
    view.setFocus()
    qtbot.keyClick(view, Key.Key_G, Mod.ControlModifier | Mod.ShiftModifier)
    assert "step of a sequence" in said[-1]
    QApplication.processEvents()
    show = [
        b for b in model(window).inspector.findChildren(QPushButton) if "step by step" in b.text() and b.isVisible()
    ]
    qtbot.mouseClick(show[-1], LEFT)
    sheet = window.findChildren(UnrolledView)[-1]
    line = sheet.form.rows["steps"].line
    assert line is not None
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, "5")
    assert {"wx_1", "wx_5"} <= set(sheet.picture.graph.nodes)
    assert sheet.picture.graph.nodes["wx_5"].params["out_features"] == 9
    qtbot.keyClick(sheet.picture, Key.Key_Escape)

    view.setFocus()
    qtbot.keyClick(view, Key.Key_Return)
    page = model(window).inspector.page
    assert isinstance(page, DefinitionPage)
    gives = page.findChildren(type(page.kind))[-1]
    gives.setFocus()
    qtbot.keyClick(gives, Key.Key_Down)
    assert exits(studio.project.blocks["rnn_cell"])[0].params == {"gives": "last"}
    while studio.document.undo_label:
        studio.undo()
    assert studio.project == Project()
    assert studio.scope.path == ()
