"""Typing in fields with real keys: Enter stays, Escape and what is refused give back what was there, and leave no step behind."""

from typing import Annotated

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.gui.inspector.field_row import FieldRow
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.inspector.points_edit import ValueEdit
from nnstudio.gui.inspector.several_page import SeveralPage
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.studio import Studio
from nnstudio.gui.window import MainWindow
from nnstudio.params import Field, Params
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

Key = Qt.Key


def network() -> Project:
    nodes = [
        Node("conv1", "torch.conv2d", {"out_channels": 16, "stride": 1}),
        Node("conv2", "torch.conv2d", {"out_channels": 32}),
        Node("fc1", "torch.linear", {"out_features": 120}),
        Node("fc2", "torch.linear"),
    ]
    return Project("Typed", graph=Graph({node.id: node for node in nodes}))


@pytest.fixture
def model(window: MainWindow, qtbot: QtBot) -> ModelPlace:
    window.studio.open_project(network())
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    model = window.place_widget("model")
    assert isinstance(model, ModelPlace)
    return model


def row_of(model: ModelPlace, name: str, *nodes: str) -> FieldRow:
    model.canvas.studio.select(nodes)
    page = model.inspector.page
    assert isinstance(page, NodePage | SeveralPage)
    assert page.form is not None
    QApplication.processEvents()  # it is laid out and shown
    return page.form.rows[name]


def go_to(row: FieldRow) -> ValueEdit:
    assert row.line is not None
    row.line.setFocus(Qt.FocusReason.TabFocusReason)
    row.line.selectAll()
    return row.line


def press(key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """To whoever has the keyboard, as a person does."""
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, key, modifier)


def write(text: str) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClicks(focused, text)


def steps(studio: Studio) -> int:
    return len(studio.document._past)


def test_enter_takes_the_value_and_stays_with_all_of_it_selected(model: ModelPlace, studio: Studio) -> None:
    line = go_to(row_of(model, "out_features", "fc1"))
    write("2*4")
    press(Key.Key_Return)
    assert studio.project.graph.nodes["fc1"].params["out_features"] == 8
    assert QApplication.focusWidget() is line
    assert line.selectedText() == "8"
    write("9")
    press(Key.Key_Return)
    assert steps(studio) == 2, "each is a step of its own"


@pytest.mark.parametrize("name, node", [("out_features", "fc1"), ("out_features", "fc2"), ("stride", "conv1")])
def test_escape_gives_back_what_was_there_and_goes_to_the_canvas(
    model: ModelPlace, studio: Studio, name: str, node: str
) -> None:
    """Set, as it comes, or set to what it comes with: exactly as it was, without a step."""
    before = studio.project
    line = go_to(row_of(model, name, node))
    shown = line.text()
    write("10*")
    assert studio.project != before, "it is live"
    press(Key.Key_Escape)
    assert studio.project == before
    assert steps(studio) == 0
    assert line.text() == shown
    assert model.canvas.hasFocus()


def test_escape_takes_back_what_the_arrows_did(model: ModelPlace, studio: Studio) -> None:
    before = studio.project
    go_to(row_of(model, "out_features", "fc1"))
    for key in (Key.Key_Up, Key.Key_Up, Key.Key_Down, Key.Key_Up):
        press(key)
    assert studio.project.graph.nodes["fc1"].params["out_features"] == 122
    press(Key.Key_Escape)
    assert studio.project == before


@pytest.mark.parametrize("text", ["64/0", "10/4", "10*", "-", "abc", ""])
@pytest.mark.parametrize("ending", [Key.Key_Return, Key.Key_Tab])
def test_what_is_refused_at_the_end_gives_way_and_says_why(
    model: ModelPlace, studio: Studio, text: str, ending: Qt.Key
) -> None:
    before = studio.project
    row = row_of(model, "out_features", "fc1")
    line = go_to(row)
    write(text)
    if not text:
        press(Key.Key_Delete)
    press(ending)
    model.inspector._refresh()
    assert studio.project == before
    assert steps(studio) == 0
    assert line.text() == "120"
    assert line.property("invalid") == "false"
    assert row._reason.isVisible()
    assert f"“{text}”" in row._reason.text()
    assert "whole number" in row._reason.text()
    assert line.hasFocus() == (ending == Key.Key_Return)
    go_to(row)
    write("7")
    assert not row._reason.isVisible()


def test_half_a_sum_is_left_alone_by_news_of_the_engine(model: ModelPlace, studio: Studio) -> None:
    row = row_of(model, "out_features", "fc1")
    line = go_to(row)
    write("10*")
    model.inspector._refresh()
    assert line.text() == "10*"
    assert row._reason.isVisible()
    write("5")
    assert studio.project.graph.nodes["fc1"].params["out_features"] == 50


def test_several_nodes_get_back_each_its_own(model: ModelPlace, studio: Studio) -> None:
    before = studio.project
    for name, shown in (("out_channels", ""), ("stride", "1")):
        for ending in (Key.Key_Escape, Key.Key_Return):
            line = go_to(row_of(model, name, "conv1", "conv2"))
            write("5/0")
            assert studio.project.graph.nodes["conv2"].params[name] == 5
            press(ending)
            assert studio.project == before, (name, ending)
            assert steps(studio) == 0
            model.inspector._refresh()
            assert line.text() == shown


def test_a_value_typed_once_more_is_no_step(model: ModelPlace, studio: Studio) -> None:
    go_to(row_of(model, "out_features", "fc1"))
    write("64")
    press(Key.Key_Return)
    write("65")
    press(Key.Key_Backspace)
    write("4")
    press(Key.Key_Return)
    assert steps(studio) == 1
    studio.undo()
    assert studio.project == network()


def test_the_default_comes_back_as_a_step_of_its_own_while_one_types(model: ModelPlace, studio: Studio) -> None:
    row = row_of(model, "out_features", "fc1")
    go_to(row)
    write("7")
    row.to_default()
    assert studio.project.graph.nodes["fc1"].params == {}
    studio.undo()
    assert studio.project.graph.nodes["fc1"].params == {"out_features": 7}


def test_a_name_is_given_back(model: ModelPlace, studio: Studio) -> None:
    before = studio.project
    studio.select(["fc1"])
    page = model.inspector.page
    assert isinstance(page, NodePage)
    page._name.setFocus()
    write("head")
    assert studio.project.graph.nodes["fc1"].name == "head"
    press(Key.Key_Escape)
    assert studio.project == before
    assert steps(studio) == 0


def test_the_projects_name_is_taken_by_enter_and_left_by_escape(window: MainWindow, model: ModelPlace) -> None:
    studio, field = window.studio, window.top_bar._name
    field.setFocus()
    field.selectAll()
    write("Other")
    press(Key.Key_Return)
    assert studio.project.name == "Other"
    assert field.hasFocus()
    assert field.selectedText() == "Other"
    write("Third")
    press(Key.Key_Escape)
    assert (studio.project.name, field.text()) == ("Other", "Other")
    assert model.canvas.hasFocus()
    studio.undo()
    assert field.text() == "Typed"


class Numbers(Params):
    size: Annotated[int, Field(ge=1, le=100)] = 8


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(st.none(), st.integers(1, 100)),
    st.lists(st.sampled_from("0123456789*/x-"), max_size=5),
    st.booleans(),
)
def test_escape_leads_back_from_anywhere(qapp: QApplication, held: int | None, keys: list[str], leave: bool) -> None:
    """The form's values, as its owner keeps them, are what they were, whatever was typed; refused or valid, the field shows what holds."""
    values = {} if held is None else {"size": held}
    form = Form.of(Numbers, values, "Numbers")
    kept = dict(values)
    form.changed.connect(kept.__setitem__)
    form.reset.connect(lambda name: kept.pop(name, None))
    line = form.rows["size"].line
    assert line is not None
    form.show()
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, "".join(keys))
    if leave:
        QTest.keyClick(line, Key.Key_Return)
        assert kept.get("size", 8) == int(line.text())
    else:
        QTest.keyClick(line, Key.Key_Escape)
        assert kept == values
        assert line.text() == str(held or 8)
    form.deleteLater()
