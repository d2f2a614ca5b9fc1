"""What does a constant expression of the pasted text come to? Worked out by hand: nothing of the text is ever executed."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

LARGEST_POWER = 64
MOST_BITS = 1024
LONGEST = 10_000
"""Of a list or a text that is made: a snippet cannot fill the memory."""

Operation = Callable[..., Any]
BINARY: Mapping[type[ast.operator], Operation] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
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
FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "int": int,
    "float": float,
    "bool": bool,
    "str": str,
    "len": len,
    "abs": abs,
    "min": min,
    "max": max,
    "sum": sum,
    "round": round,
    "list": list,
    "tuple": tuple,
    "reversed": lambda items: list(reversed(items)),
    "sorted": sorted,
    "enumerate": lambda items, start=0: list(enumerate(items, start)),
    "zip": lambda *items: list(zip(*items, strict=False)),
    "range": lambda *ends: list(_range(*ends)),
}
"""Of Python's own, on constants (and lists of layers)."""


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
