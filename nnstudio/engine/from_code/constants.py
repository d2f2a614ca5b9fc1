"""What does a constant expression of the pasted text come to? Worked out by hand: nothing of the text is ever executed."""

import ast
import builtins
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

LARGEST_POWER = 64
MOST_BITS = 1024
LONGEST = 10_000
"""Of a list or a text that is made: a snippet cannot fill the memory."""

Operation = Callable[..., Any]

_OPERATIONS: Any = operator  # its stubs leave types open
BINARY: Mapping[type[ast.operator], Operation] = {
    ast.Add: _OPERATIONS.add,
    ast.Sub: _OPERATIONS.sub,
    ast.Mult: _OPERATIONS.mul,
    ast.Div: _OPERATIONS.truediv,
    ast.FloorDiv: _OPERATIONS.floordiv,
    ast.Mod: _OPERATIONS.mod,
    ast.Pow: _OPERATIONS.pow,
}
UNARY: Mapping[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
}
COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda item, items: item in items,
    ast.NotIn: lambda item, items: item not in items,
}


def _reversed(items: Any) -> list[Any]:
    backwards: list[Any] = [*items]
    backwards.reverse()
    return backwards


def _enumerated(items: Any, start: int = 0) -> list[Any]:
    listed: list[Any] = [*items]
    return list(enumerate(listed, start))


def _zipped(*items: Any) -> list[Any]:
    return list(zip(*items, strict=False))


def _counted(*ends: Any) -> list[int]:
    return list(_range(*ends))


_OWN: Any = builtins  # the same of these
_PLAIN = ("int", "float", "bool", "str", "list", "tuple", "len", "abs", "min", "max", "sum", "round", "sorted")
FUNCTIONS: Mapping[str, Operation] = {
    **{name: getattr(_OWN, name) for name in _PLAIN},
    "reversed": _reversed,
    "enumerate": _enumerated,
    "zip": _zipped,
    "range": _counted,
}
"""Of Python's own, on constants (and lists of layers)."""


_MATH: Any = math
_MATHEMATICS = ("sqrt", "log", "log2", "exp", "ceil", "floor", "pow", "prod", "sin", "cos")
MATH: Mapping[str, Operation] = {name: getattr(_MATH, name) for name in _MATHEMATICS} | {"tensor": operator.pos}
"""Of the modules math, numpy and torch, on numbers."""
NUMBERS: Mapping[str, float] = {
    f"{module}.{name}": getattr(_MATH, name) for module in ("math", "numpy", "torch") for name in ("pi", "e")
}


class NotConstant(Exception):
    """It is no constant, or a monstrous one."""


def binary(operation: ast.operator, left: Any, right: Any) -> Any:
    """`left` ∘ `right`. Raises NotConstant."""
    if isinstance(operation, ast.Pow) and not _small_power(left, right):
        raise NotConstant
    if isinstance(operation, ast.Mult) and _length(left, right) > LONGEST:
        raise NotConstant
    return _guarded(BINARY.get(type(operation)), left, right)


def unary(operation: ast.unaryop, value: Any) -> Any:
    return _guarded(UNARY.get(type(operation)), value)


def compare(operation: ast.cmpop, left: Any, right: Any) -> Any:
    return _guarded(COMPARE.get(type(operation)), left, right)


def call(name: str, arguments: list[Any], keywords: Mapping[str, Any]) -> Any:
    """One of FUNCTIONS on constants. Raises NotConstant."""
    return _guarded(lambda: FUNCTIONS[name](*arguments, **keywords))


def mathematics(name: str, arguments: list[Any]) -> Any:
    """One of MATH on numbers. Raises NotConstant."""
    if not all(isinstance(value, int | float) for value in arguments) and name != "prod":
        raise NotConstant
    return _guarded(MATH[name], *arguments)


def _guarded(function: Callable[..., Any] | None, *values: Any) -> Any:
    if function is None:
        raise NotConstant
    try:
        result = function(*values)
    except Exception as error:  # 1 / 0, "a" - 1: whatever Python says to it
        raise NotConstant from error
    if isinstance(result, int) and result.bit_length() > MOST_BITS:
        raise NotConstant
    return result


def _range(*ends: Any) -> range:
    found = range(*ends)
    if len(found) > LONGEST:
        raise NotConstant
    return found


def _small_power(base: Any, exponent: Any) -> bool:
    if isinstance(base, float) or isinstance(exponent, float):
        return True
    return (
        isinstance(base, int) and isinstance(exponent, int) and abs(exponent) <= LARGEST_POWER and abs(base) < 1 << 32
    )


def _length(left: Any, right: Any) -> int:
    for items, times in ((left, right), (right, left)):
        if isinstance(items, str | list | tuple) and isinstance(times, int):
            return len(items) * max(0, times)  # pyright: ignore[reportUnknownArgumentType]
    return 0
