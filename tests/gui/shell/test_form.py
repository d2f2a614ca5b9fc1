"""Forms: what is typed is validated at once, what is refused says why, everything can be reset."""

from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.gui.inspector.field_row import ScrubLabel, scrub, show_value
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.painted import Choice, Toggle
from nnstudio.params import Field, FormField, Ints, Params, Ui, coerce, form_fields


class Sample(Params):
    """A bit of everything."""

    size: Annotated[int, Field(ge=1, le=100)] = 8
    rate: Annotated[float, Field(gt=0, le=1), Ui(scale="log", unit="1/s")] = 1e-5
    kernel: Ints = 3
    mode: Literal["zeros", "reflect"] = "zeros"
    bias: bool = True
    limit: float | None = None
    rare: Annotated[int, Ui(advanced=True)] = 1


@pytest.fixture
def form(qapp: QApplication, qtbot: QtBot) -> Form:
    theme.install(qapp)
    form = Form.of(Sample, {}, "Sample")
    qtbot.addWidget(form)
    form.show()
    return form


def replace_text(form: Form, name: str, text: str, qtbot: QtBot) -> None:
    line = form.rows[name].line
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(line, text)


def test_typing_gives_values(form: Form, qtbot: QtBot) -> None:
    given_values: dict[str, Any] = {}
    form.changed.connect(given_values.__setitem__)
    replace_text(form, "size", "42", qtbot)
    replace_text(form, "rate", "3e-4", qtbot)
    replace_text(form, "kernel", "3 x 5", qtbot)
    replace_text(form, "limit", "0.5", qtbot)
    assert given_values == {"size": 42, "rate": 3e-4, "kernel": (3, 5), "limit": 0.5}


def test_out_of_range_is_refused_with_the_reason_below(form: Form, qtbot: QtBot) -> None:
    changed: list[Any] = []
    form.changed.connect(lambda name, value: changed.append((name, value)))
    replace_text(form, "size", "0", qtbot)
    assert changed == []
    row = form.rows["size"]
    assert row._reason.isVisible()
    assert "1 … 100" in row._reason.text()
    assert row.line is not None
    assert row.line.property("invalid") == "true"
    replace_text(form, "size", "10", qtbot)
    assert not row._reason.isVisible()
    assert changed[-1] == ("size", 10)


def test_text_that_is_no_number_is_refused(form: Form, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(form.changed):
        replace_text(form, "rate", "fast", qtbot)
    assert form.rows["rate"]._reason.isVisible()


def test_toggle_and_choice(form: Form, qtbot: QtBot) -> None:
    given_values: dict[str, Any] = {}
    form.changed.connect(given_values.__setitem__)
    toggle, choice = form.rows["bias"].editor, form.rows["mode"].editor
    assert isinstance(toggle, Toggle)
    assert isinstance(choice, Choice)
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton)
    choice.setFocus()
    qtbot.keyClick(choice, Qt.Key.Key_Down)
    assert given_values == {"bias": False, "mode": "reflect"}


def test_reset_is_offered_only_where_a_value_differs(form: Form, qtbot: QtBot) -> None:
    reset = form.rows["size"]._reset
    assert not reset.isVisible()
    form.set_values({"size": 20})
    assert reset.isVisible()
    with qtbot.waitSignal(form.reset) as signal:
        qtbot.mouseClick(reset, Qt.MouseButton.LeftButton)
    assert signal.args == ["size"]


def test_advanced_fields_are_folded_until_asked_for_or_set(qapp: QApplication, qtbot: QtBot) -> None:
    theme.install(qapp)
    folded, unfolded = Form.of(Sample, {}, "Sample"), Form.of(Sample, {"rare": 5}, "Sample")
    for form in (folded, unfolded):
        qtbot.addWidget(form)
        form.show()
    assert not folded.rows["rare"].isVisible()
    assert unfolded.rows["rare"].isVisible()


def test_a_field_being_typed_in_keeps_its_text(form: Form, qtbot: QtBot) -> None:
    line = form.rows["rate"].line
    assert line is not None
    form.activateWindow()
    line.setFocus()
    qtbot.waitUntil(line.hasFocus)
    replace_text(form, "rate", "0.10", qtbot)
    form.set_values({"rate": 0.1})  # what the project says after the edit
    assert line.text() == "0.10"


def test_a_value_that_the_project_refuses_is_shown_red(form: Form) -> None:
    form.set_values({"size": 1000})
    assert form.rows["size"]._reason.isVisible()


def test_dragging_a_name_scrubs_its_number(form: Form, qtbot: QtBot) -> None:
    given_values: dict[str, Any] = {}
    form.changed.connect(given_values.__setitem__)
    name = form.rows["size"]._name
    assert isinstance(name, ScrubLabel)
    qtbot.mousePress(name, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    qtbot.mouseMove(name, QPoint(45, 5))
    qtbot.mouseRelease(name, Qt.MouseButton.LeftButton, pos=QPoint(45, 5))
    assert given_values == {"size": 18}


FIELDS = {field.name: field for field in form_fields(Sample)}


@given(st.one_of(st.integers(1, 10**6), st.tuples(st.integers(1, 99), st.integers(1, 99))))
def test_shown_whole_numbers_read_back(value: Any) -> None:
    field = FIELDS["kernel"]
    assert coerce(field, show_value(field, value)) == value


@given(st.floats(1e-9, 1e9))
def test_shown_numbers_read_back(value: float) -> None:
    read = coerce(FIELDS["rate"], show_value(FIELDS["rate"], value))
    assert read == pytest.approx(value, rel=1e-11)


@given(st.floats(-3000, 3000), st.sampled_from(["size", "rate"]))
def test_scrubbing_stays_in_the_range(pixels: float, name: str) -> None:
    field = FIELDS[name]
    value = scrub(field, float(field.default), pixels)
    assert Sample.model_validate({name: value})


def test_small_numbers_are_written_short() -> None:
    assert show_value(FIELDS["rate"], 1e-5) == "1e-5"
    assert show_value(FIELDS["limit"], None) == "none"
    assert show_value(FormField("x", "float", 0.0), 1e8) == "100000000"
