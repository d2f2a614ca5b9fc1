"""The keyboard stays where one works: after an undo in a field, after a list was made anew, and Tab goes as things are drawn."""

from dataclasses import replace
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.gui.graph_compare import GraphCompare, compare
from nnstudio.gui.inspector.block_page import DefinitionPage
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.inspector.several_page import SeveralPage
from nnstudio.gui.panel_focus import holds_focus, stops
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.widgets.painted import Choice
from nnstudio.gui.window import MainWindow
from nnstudio.problems import Problem
from nnstudio.project.block_definition import set_kind
from nnstudio.project.block_edits import group
from nnstudio.project.block_exposed import expose
from nnstudio.project.gallery import open_example
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project

Key = Qt.Key
NONE, CONTROL, SHIFT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def model(window: MainWindow, qtbot: QtBot) -> ModelPlace:
    window.studio.open_project(open_example("nnstudio.fashion_mnist_lenet", window.studio.registry))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    model = window.place_widget("model")
    assert isinstance(model, ModelPlace)
    QApplication.processEvents()
    return model


@pytest.fixture
def definition(model: ModelPlace, window: MainWindow) -> DefinitionPage:
    """Of a scan of two layers, which exposes three of their parameters."""
    nodes = {"a": Node("a", "nnstudio.input"), "fc": Node("fc", "torch.linear"), "act": Node("act", "torch.linear")}
    wires = {Slot("fc"): Source("a"), Slot("act"): Source("fc"), Slot("z"): Source("act")}
    nodes["z"] = Node("z", "torch.relu")
    studio = window.studio
    studio.open_project(Project("P", Graph(nodes, wires)))
    made = group(studio.project, ["fc", "act"], "Cell")
    assert isinstance(made, tuple)
    studio.do(made[0])
    studio.do(set_kind(studio.project, "cell", "scan"))
    for node, param in (("fc", "out_features"), ("fc", "bias"), ("act", "bias")):
        edit = expose(studio.project, studio.registry, "cell", node, param)
        assert not isinstance(edit, Problem)
        studio.do(edit)
    studio.scope.enter("cell1")
    QApplication.processEvents()
    assert isinstance(model.inspector.page, DefinitionPage)
    return model.inspector.page


def focused() -> QWidget:
    widget = QApplication.focusWidget()
    assert widget is not None
    return widget


def press(*keys: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    for key in keys:
        QTest.keyClick(focused(), key, modifier)


def called(part: QWidget, name: str) -> QWidget:
    return next(stop for stop in stops(part) if stop.accessibleName().startswith(name))


# ── undo in a field ───────────────────────────────────────────────────────────────────────────────────────────────────


def units(window: MainWindow, *nodes: str) -> list[object]:
    return [window.studio.project.graph.nodes[node].params["out_features"] for node in nodes or ("fc1",)]


def into_field(window: MainWindow, model: ModelPlace, *nodes: str, name: str = "out_features") -> QLineEdit:
    """The field of these nodes, with the keyboard and all of it selected."""
    window.studio.select(list(nodes))
    QApplication.processEvents()
    page = model.inspector.page
    assert isinstance(page, NodePage | SeveralPage)
    line = page.form.rows[name].line if page.form is not None else None
    assert line is not None
    line.setFocus()
    line.selectAll()
    return line


def test_in_a_field_whose_value_was_taken_undo_and_redo_are_the_projects(
    window: MainWindow, model: ModelPlace, qtbot: QtBot
) -> None:
    line = into_field(window, model, "fc1")
    QTest.keyClicks(line, "5*5")
    press(Key.Key_Return)
    assert units(window) == [25]
    press(Key.Key_Z, modifier=CONTROL)
    assert units(window) == [120]
    qtbot.waitUntil(lambda: line.text() == "120")
    press(Key.Key_Y, modifier=CONTROL)
    assert units(window) == [25]
    press(Key.Key_Z, modifier=CONTROL)
    press(Key.Key_Z, modifier=CONTROL | SHIFT)
    assert units(window) == [25]
    qtbot.waitUntil(lambda: line.text() == "25")
    assert line.hasFocus()


def test_in_a_field_that_is_typed_in_undo_is_its_own_first(window: MainWindow, model: ModelPlace) -> None:
    before = window.studio.project
    line = into_field(window, model, "fc1")
    QTest.keyClicks(line, "7")
    assert units(window) == [7]
    press(Key.Key_Z, modifier=CONTROL)
    assert line.text() == "120"
    assert units(window) == [120]
    window.studio.undo()
    assert window.studio.project == before


def test_what_was_stepped_to_is_undone_in_the_field(window: MainWindow, model: ModelPlace, qtbot: QtBot) -> None:
    line = into_field(window, model, "fc1")
    press(Key.Key_Up, Key.Key_Up)
    assert units(window) == [122]
    press(Key.Key_Z, modifier=CONTROL)
    assert units(window) == [120]
    qtbot.waitUntil(lambda: line.text() == "120")


def test_a_mixed_field_steps_from_the_first_value_and_is_undone(
    window: MainWindow, model: ModelPlace, qtbot: QtBot
) -> None:
    line = into_field(window, model, "fc1", "fc2")
    assert line.text() == ""
    press(Key.Key_Up)
    assert units(window, "fc1", "fc2") == [121, 121]
    press(Key.Key_Return)
    press(Key.Key_Z, modifier=CONTROL)
    assert units(window, "fc1", "fc2") == [120, 10]
    qtbot.waitUntil(lambda: line.text() == "")


def test_notes_are_undone_in_words_and_then_in_the_project(window: MainWindow, model: ModelPlace, qtbot: QtBot) -> None:
    studio = window.studio
    studio.select(["fc1"])
    studio.undo()
    line = into_field(window, model, "fc1")
    QTest.keyClicks(line, "64")
    press(Key.Key_Return)
    page = model.inspector.page
    assert isinstance(page, NodePage)
    page.note.setFocus()
    QTest.keyClicks(page.note, "why")
    assert studio.project.graph.nodes["fc1"].note == "why"
    press(Key.Key_Z, modifier=CONTROL)
    assert page.note.toPlainText() == ""
    for _ in range(2):
        press(Key.Key_Z, modifier=CONTROL)
    assert units(window) == [120]
    assert page.note.hasFocus()


def test_tab_leaves_the_notes_of_the_project(window: MainWindow, model: ModelPlace) -> None:
    notes = called(model.inspector, "Notes")
    notes.setFocus()
    press(Key.Key_Tab)
    assert not notes.hasFocus()
    press(Key.Key_Tab, modifier=SHIFT)
    assert notes.hasFocus()
    assert isinstance(notes, QPlainTextEdit)
    assert "\t" not in notes.toPlainText()


# ── a list made anew ──────────────────────────────────────────────────────────────────────────────────────────────────


def kept(window: MainWindow, qtbot: QtBot, name: str) -> None:
    qtbot.waitUntil(lambda: (now := QApplication.focusWidget()) is not None and now.accessibleName().startswith(name))
    assert holds_focus(window.place_widget("model"))


def test_a_port_deleted_leaves_the_keyboard_at_the_next(
    window: MainWindow, definition: DefinitionPage, qtbot: QtBot
) -> None:
    called(definition, "Add input").setFocus()
    press(Key.Key_Space)
    qtbot.waitUntil(lambda: any(stop.accessibleName() == "Earlier: in2" for stop in stops(definition)))
    kept(window, qtbot, "Add input")
    gone = [stop for stop in stops(definition) if stop.accessibleName().startswith("Delete")]
    gone[1].setFocus()
    press(Key.Key_Space)
    qtbot.waitUntil(lambda: len(window.studio.project.blocks["cell"].graph.nodes) == 4)
    qtbot.waitUntil(lambda: not any(stop.accessibleName() == "Earlier: in2" for stop in stops(definition)))
    qtbot.waitUntil(lambda: holds_focus(definition))


def test_a_parameter_exposed_no_longer_leaves_the_keyboard_at_the_next(
    window: MainWindow, definition: DefinitionPage, qtbot: QtBot
) -> None:
    names = [stop.accessibleName() for stop in stops(definition) if stop.accessibleName().startswith("Expose it no")]
    assert len(set(names)) == len(names) == 3, "each says of which field"
    called(definition, names[0]).setFocus()
    press(Key.Key_Space)
    kept(window, qtbot, names[1])


def test_a_renamed_parameter_keeps_the_keyboard(
    window: MainWindow, model: ModelPlace, definition: DefinitionPage, qtbot: QtBot
) -> None:
    field = called(definition, "Name of the parameter out_features")
    field.setFocus()
    assert isinstance(field, QLineEdit)
    field.selectAll()
    QTest.keyClicks(field, "stride")
    press(Key.Key_Return)
    kept(window, qtbot, "Name of the parameter stride")
    field = focused()
    QTest.keyClicks(field, "di")
    assert isinstance(field, QLineEdit)
    assert field.text() == "stridedi"
    assert model.inspector.isVisible() and model.dashboard.isVisible(), "no letter was a command"


def test_a_port_that_becomes_a_carry_keeps_the_keyboard(
    window: MainWindow, model: ModelPlace, definition: DefinitionPage, qtbot: QtBot
) -> None:
    entry = next(node for node in window.studio.scope.graph if node.type == "nnstudio.block_input")
    window.studio.select([entry.id])
    QApplication.processEvents()
    page = model.inspector.page
    assert isinstance(page, NodePage) and page.port is not None
    page.port.setFocus()
    press(Key.Key_Down)
    qtbot.waitUntil(lambda: model.inspector.page is not page)
    kept(window, qtbot, "What enters")
    assert isinstance(focused(), Choice)


def test_who_gives_the_keyboard_elsewhere_is_not_overruled(
    window: MainWindow, model: ModelPlace, definition: DefinitionPage
) -> None:
    called(definition, "Expose it no longer").setFocus()
    press(Key.Key_Space)
    window.studio.select(["fc"])
    model.canvas.setFocus()
    QApplication.processEvents()
    assert model.canvas.hasFocus()


# ── Tab goes as things are drawn ──────────────────────────────────────────────────────────────────────────────────────


def told(window: MainWindow, *nodes: str) -> None:
    """Each of these nodes has a problem."""
    problems = tuple(Problem("x.wrong", f"{node} is wrong.", node=node) for node in nodes)
    window.studio.problems = problems
    window.studio.problems_changed.emit()


def way(part: QWidget) -> list[QWidget]:
    """Where Tab comes to in `part` from its first stop on, until it leaves it or has been everywhere."""
    came = [next(stops(part))]
    came[0].setFocus(Qt.FocusReason.TabFocusReason)
    while True:
        press(Key.Key_Tab)
        if not holds_focus(part) or focused() in came:
            return came
        came.append(focused())


def below(part: QWidget, upper: QWidget, lower: QWidget) -> bool:
    """Does `lower` begin below the top of `upper`, or beside it?"""
    top, other = (widget.mapTo(part, QPoint(0, 0)).y() for widget in (upper, lower))
    return other > top or abs(other - top) < upper.height()


@pytest.mark.parametrize("name", ["problems", "inspector", "definition", "dashboard"])
def test_tab_goes_from_the_top_down_also_to_what_was_made_later(
    window: MainWindow, model: ModelPlace, qtbot: QtBot, name: str, request: pytest.FixtureRequest
) -> None:
    if name == "definition":
        request.getfixturevalue("definition")
    part = model.panels.get(name, model.inspector)
    if not part.isVisible():
        model.toggle(name)
    window.studio.select([] if name == "definition" else ["conv1"])
    told(window, "conv1", "conv1", "fc1")
    cards = 0 if name in {"definition", "dashboard"} else 2
    qtbot.waitUntil(lambda: sum(card.isVisible() for card in part.findChildren(ProblemCard)) >= cards)
    model.canvas.setFocus()
    came = way(part)
    assert len(came) == len(list(stops(part))) > 1
    assert sum(isinstance(stop, ProblemCard) for stop in came) >= cards
    assert all(below(part, upper, lower) for upper, lower in pairwise(came))


def test_the_first_problem_has_the_keyboard_where_there_is_one(
    window: MainWindow, model: ModelPlace, qtbot: QtBot
) -> None:
    told(window, "conv1", "fc1")
    window.commands.run("view.problems")
    qtbot.waitUntil(lambda: isinstance(QApplication.focusWidget(), ProblemCard))
    assert focused() is model.problems.cards[0]


@pytest.mark.parametrize("name", ["outline", "code"])
def test_a_panel_that_is_shown_is_entered_at_what_it_is_for(window: MainWindow, model: ModelPlace, name: str) -> None:
    main = {"outline": model.outline.tree, "code": model.code.view}[name]
    for _ in range(2):
        window.commands.run(f"view.{name}")
        assert main.hasFocus()
        press(Key.Key_Tab, modifier=SHIFT)
        assert not main.hasFocus()
        window.commands.run(f"view.{name}")


def test_the_code_does_not_cover_the_node_that_is_selected(window: MainWindow, model: ModelPlace, qtbot: QtBot) -> None:
    view = model.canvas
    window.studio.select(["fc2"])
    x, y = view.scene.box(view.scene.row["fc2"])[:2]
    view.look_at(x - view.width() / view.camera.zoom / 3, y)  # so it lies at the right
    assert view.sees("fc2")
    window.commands.run("view.code")
    qtbot.waitUntil(lambda: view.width() < 700)
    qtbot.waitUntil(lambda: view.sees("fc2"))


def test_the_comparison_holds_the_keyboard_until_escape(window: MainWindow, model: ModelPlace) -> None:
    studio = window.studio
    model.canvas.setFocus()
    before = replace(studio.project, name="Before")
    sheet = compare(window, studio, before, "before")
    for _ in range(6):
        press(Key.Key_Tab)
        assert holds_focus(sheet)
    press(Key.Key_V, modifier=Qt.KeyboardModifier.AltModifier)
    press(Key.Key_L)
    assert window.findChildren(GraphCompare) == [sheet]
    assert model.library.isVisible()
    window.resize(1200, 800)
    assert sheet.size() == window.size()
    press(Key.Key_Escape)
    assert not sheet.isVisible()
    assert model.canvas.hasFocus()
