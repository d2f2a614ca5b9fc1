"""Parameters: one declaration gives the form, the validation and the words of an error."""

import math
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AfterValidator, model_validator

from nnstudio.params import Field, Ints, Params, Ui, coerce, form_fields, validate


class Example(Params):
    """Does a thing."""

    count: Annotated[int, Field(ge=1, le=100)] = 3
    """how many"""
    rate: Annotated[float, Field(gt=0, lt=1), Ui(scale="log", symbol="β", unit="s")] = 0.9
    size: Ints = 5
    mode: Literal["zeros", "reflect"] = "zeros"
    stride: Annotated[int, Field(ge=1)] | None = None
    on: bool = True
    name: str = ""
    sizes: Annotated[int, Field(ge=1, le=9)] | tuple[Annotated[int, Field(ge=1, le=9)], ...] | None = None


class Needy(Params):
    path: Annotated[str, Ui(widget="file")]
    low: float = 0.0
    high: float = 1.0

    @model_validator(mode="after")
    def _ordered(self) -> "Needy":
        if self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be below high ({self.high:g})")
        return self


def _not_the_batch(dim: int) -> int:
    if dim == 0:
        raise ValueError("axis 0 is the batch: give 1 or more")
    return dim


FIELDS = {field.name: field for field in form_fields(Example)}


class Listed(Params):
    shape: tuple[Annotated[int, Field(ge=-1, le=1_000_000)], ...] = (-1,)
    dims: Annotated[tuple[int, ...], Ui(axes=True)] = (1,)
    dim: (
        Annotated[int, Field(ge=-8, le=8), AfterValidator(_not_the_batch)]
        | tuple[Annotated[int, AfterValidator(_not_the_batch)], ...]
    ) = 1
    term: Annotated[float, Field(ge=-1e12, le=1e12)] = 0.0
    many: Annotated[int, Field(ge=1, le=65_536)] = 1


LISTED = {field.name: field for field in form_fields(Listed)}


@pytest.mark.parametrize(
    ("text", "value"), [("784", (784,)), ("-1", (-1,)), ("28*28", (784,)), ("784,", (784,)), ("7, 7", (7, 7))]
)
def test_one_number_is_a_list_where_only_a_list_will_do(text: str, value: tuple[int, ...]) -> None:
    assert coerce(LISTED["shape"], text) == value
    assert validate(Listed, {"shape": coerce(LISTED["shape"], text)}, owner="Reshape")[0] == Listed(shape=value)


@pytest.mark.parametrize("value", [0, [0, 2]])
def test_a_value_within_the_range_is_refused_with_the_reason_not_with_the_range(value: object) -> None:
    _, (problem,) = validate(Listed, {"dim": value}, owner="Mean")
    assert problem.remedy == "Axis 0 is the batch: give 1 or more."
    assert "…" not in problem.message


def test_ranges_are_set_as_people_write_numbers_and_bounds_that_only_keep_from_harm_are_told_to_those_beyond() -> None:
    assert LISTED["dim"].range_text == "−8 … 8"
    assert LISTED["many"].range_text == "1 … 65\N{THIN SPACE}536"
    assert LISTED["term"].range_text == "" and LISTED["shape"].range_text == "≥ −1"
    refused = {value: validate(Listed, {"term": value}, owner="Shift")[1][0].remedy for value in ("abc", 1e13)}
    assert refused == {"abc": "Allowed: a number.", 1e13: "Allowed: a number −1e12 … 1e12."}


def test_a_form_knows_kinds_ranges_and_help():
    kinds = {name: field.kind for name, field in FIELDS.items()}
    assert kinds == {
        "count": "int",
        "rate": "float",
        "size": "ints",
        "mode": "choice",
        "stride": "int",
        "on": "bool",
        "name": "text",
        "sizes": "ints",
    }
    assert FIELDS["count"].ui.help == "how many"
    assert FIELDS["count"].range_text == "1 … 100"
    assert FIELDS["rate"].range_text == "> 0 and < 1"
    assert FIELDS["rate"].ui.scale == "log"
    assert FIELDS["mode"].range_text == "one of zeros, reflect"
    assert FIELDS["stride"].optional
    assert FIELDS["stride"].range_text == "≥ 1"
    assert FIELDS["sizes"].range_text == "1 … 9"
    assert form_fields(Needy)[0].kind == "file"
    assert form_fields(Needy)[0].required


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"count": 0}, ("Conv 2d 'conv1'", "count", "is 0", "1 … 100")),
        ({"count": 2.5}, ("count", "2.5", "a whole number")),
        ({"rate": math.nan}, ("rate", "nan", "a number > 0 and < 1")),
        ({"rate": math.inf}, ("rate", "inf")),
        ({"rate": 1.0}, ("rate", "1.0", "< 1")),
        ({"sizes": [0, 3]}, ("sizes", "[0, 3]", "1 … 9")),
        ({"size": "x"}, ("size", "'x'", "whole numbers")),
        ({"mode": "wrap"}, ("mode", "'wrap'", "zeros, reflect")),
        ({"unheard": 1}, ("no parameter 'unheard'", "count, rate")),
        ({"name": "x" * 500 + "\x00", "count": "__import__('os')"}, ("count", "__import__")),
    ],
)
def test_bad_values_are_named_with_their_range(values, parts):
    params, problems = validate(Example, values, owner="Conv 2d 'conv1'", node="conv1")
    assert params is None
    text = " ".join(str(problem) for problem in problems)
    for part in parts:
        assert part in text
    assert {problem.node for problem in problems} == {"conv1"}


def test_each_bad_field_gives_one_problem():
    _, problems = validate(Example, {"count": 0, "size": [1.5, "x"], "stride": "no"}, owner="X")
    assert [problem.param for problem in problems] == ["count", "size", "stride"]


def test_a_rule_over_several_fields_speaks_its_own_words():
    _, problems = validate(Needy, {"path": "a", "low": 2.0}, owner="Range")
    assert str(problems[0]) == "Range: low (2) must be below high (1)."


def test_a_missing_value_is_asked_for():
    _, problems = validate(Needy, {}, owner="Table")
    assert problems[0].code == "param.missing"
    assert "needs a value for 'path'" in problems[0].message


@given(st.integers(1, 100), st.floats(1e-6, 1 - 1e-6), st.booleans(), st.sampled_from(["zeros", "reflect"]))
def test_what_a_field_shows_is_read_back(count, rate, on, mode):
    for name, value in {"count": count, "rate": rate, "on": on, "mode": mode}.items():
        assert coerce(FIELDS[name], str(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("size", "3", 3),
        ("size", "3×5", (3, 5)),
        ("size", "(3, 5)", (3, 5)),
        ("size", "3 x 5", (3, 5)),
        ("size", "same", "same"),
        ("count", "1e2", 100),
        ("count", "2.5", "2.5"),
        ("rate", "−0,5", "−0,5"),
        ("rate", "−0.5", -0.5),
        ("rate", "nan", "nan"),
        ("stride", "none", None),
        ("stride", "", None),
        ("on", "off", False),
        ("mode", "wrap", "wrap"),
    ],
)
def test_typed_text_becomes_a_value_or_stays_for_validation_to_name(name, text, value):
    assert coerce(FIELDS[name], text) == value


@given(
    st.dictionaries(st.text(max_size=8), st.recursive(st.none() | st.integers() | st.floats() | st.text(), st.lists))
)
def test_no_value_breaks_validation(values):
    params, problems = validate(Example, values, owner="X")
    assert (params is None) == bool(problems)
