"""Sums typed into number fields."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.arithmetic import evaluated
from nnstudio.params import FormField, coerce


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("28*28", 784),
        ("28 × 28", 784),
        ("(3+4)·2", 14),
        ("2**10", 1024),
        ("2^-1", 0.5),
        ("−3", -3),
        ("1e-3 / 2", 5e-4),
        ("sqrt(2/784)", math.sqrt(2 / 784)),
        ("2*pi", 2 * math.pi),
        ("7 // 2 % 2", 1),
    ],
)
def test_a_sum_is_worked_out(text: str, value: float):
    assert evaluated(text) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "28*",
        "a",
        "__import__('os')",
        "1/0",
        "9**9**9",
        "(-1)**0.5",
        "1e308*10",
        "True",
        "[1]",
        "f(1)",
        "1" * 300,
        "(" * 190,
        "sqrt(-1)",
        "'a'*3",
    ],
)
def test_what_is_no_sum_is_none(text: str):
    assert evaluated(text) is None


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.sampled_from(["+", "-", "*"]))
def test_whole_numbers_stay_exact(first: int, second: int, sign: str):
    assert evaluated(f"({first}){sign}({second})") == eval(f"({first}){sign}({second})")


@given(st.text(max_size=30))
def test_no_text_raises(text: str):
    evaluated(text)


def test_number_fields_take_sums():
    whole, real, sizes = FormField("n", "int", 1), FormField("x", "float", 1.0), FormField("s", "ints", 1)
    assert coerce(whole, "28*28") == 784
    assert coerce(whole, "1/3") == "1/3"  # not whole: named by validation
    assert coerce(real, "1/4") == 0.25
    assert coerce(sizes, "2*3, 5") == (6, 5)
    assert coerce(sizes, "3 × 5") == (3, 5)
