"""What is `28*28`? Sums that people type into number fields. Parsed, never executed."""

import ast
import math
from collections.abc import Callable, Mapping
from typing import Any

LONGEST = 200  # characters
LARGEST_EXPONENT = 1000

_Number = int | float
_BINARY: Mapping[type[ast.operator], Callable[[_Number, _Number], Any]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: a**b,
}
_UNARY: Mapping[type[ast.unaryop], Callable[[_Number], _Number]] = {ast.UAdd: lambda a: a, ast.USub: lambda a: -a}
_NAMES = {"pi": math.pi, "π": math.pi, "e": math.e}
_FUNCTIONS: Mapping[str, Callable[[_Number], float]] = {
    "sqrt": math.sqrt,
    "log": math.log,
    "log2": math.log2,
    "exp": math.exp,
}


def evaluated(text: str) -> float | None:
    """The value of a sum of numbers with + − * / // % ** ( ), `pi`, `e`, sqrt, log, log2 and exp; None where it is none, or is not finite."""
    if len(text) > LONGEST:
        return None
    try:
        value = float(_value(ast.parse(_plain(text), mode="eval").body))
    except (SyntaxError, ValueError, ArithmeticError, TypeError, RecursionError, MemoryError):
        return None
    return value if math.isfinite(value) else None


def _plain(text: str) -> str:
    """Signs as people write them: − · × ÷ ^ and thin spaces."""
    signs = {"−": "-", "·": "*", "×": "*", "÷": "/", "^": "**", "\N{THIN SPACE}": "", "\N{NARROW NO-BREAK SPACE}": ""}
    for sign, plain in signs.items():
        text = text.replace(sign, plain)
    return text.strip()


def _value(node: ast.expr) -> _Number:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            first, second = _value(left), _value(right)
            if isinstance(op, ast.Pow) and abs(second) > LARGEST_EXPONENT:
                raise ValueError("too large")
            if isinstance(op, ast.Pow) and isinstance(second, int) and isinstance(first, int) and abs(first) > 1:
                first = float(first)  # whole numbers would grow without limit
            found = _BINARY[type(op)](first, second)
            if isinstance(found, complex):
                raise ValueError("not real")
            return found
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(operand))
        case ast.Name(id=name) if name in _NAMES:
            return _NAMES[name]
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in _FUNCTIONS:
            return _FUNCTIONS[name](_value(argument))
        case _:
            raise ValueError("no sum")
