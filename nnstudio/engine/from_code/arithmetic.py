"""Which layers do arithmetic: a tensor with a number, two tensors, functions of each value by itself?"""

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnstudio.engine.from_code.drawing import Flow

Draw = Callable[..., Any]
"""(id of the layer, tensors, line, parameters) → what comes out; None where the layer does not allow these parameters."""

OPERATIONS: Mapping[str, type[ast.operator]] = {
    **dict.fromkeys(("add",), ast.Add),
    **dict.fromkeys(("sub", "subtract"), ast.Sub),
    **dict.fromkeys(("mul", "multiply"), ast.Mult),
    **dict.fromkeys(("div", "divide", "true_divide"), ast.Div),
    **dict.fromkeys(("matmul", "bmm", "mm"), ast.MatMult),
    "pow": ast.Pow,
}
POWERS = {"square": 2.0, "sqrt": 0.5, "rsqrt": -0.5, "reciprocal": -1.0}
OPPOSITES = frozenset({"neg", "negative"})
LIMITS: Mapping[str, Mapping[str, float | None]] = {
    "clamp": {"min": None, "max": None},
    "clip": {"min": None, "max": None},
    "clamp_min": {"min": None},
    "clamp_max": {"max": None},
    "hardtanh": {"min_val": -1.0, "max_val": 1.0},
}
"""{function: its arguments with their defaults}"""
_BOTH: Mapping[type[ast.operator], str] = {
    ast.Add: "nnstudio.add",
    ast.Sub: "nnstudio.subtract",
    ast.Mult: "nnstudio.multiply",
    ast.Div: "nnstudio.divide",
    ast.MatMult: "nnstudio.matmul",
}


class Arithmetic:
    def __init__(self, draw: Draw) -> None:
        self._draw = draw

    def operation(self, operation: type[ast.operator], left: Any, right: Any, line: int) -> Any | None:
        """`left` ∘ `right` of tensors and numbers; None where no layer does it."""
        if isinstance(left, Flow) and isinstance(right, Flow):
            type = _BOTH.get(operation)
            return self._draw(type, [left, right], line) if type else None
        if isinstance(left, Flow):
            return self._by(operation, left, float(right), line) if _is_number(right) else None
        return self._of(operation, float(left), right, line) if isinstance(right, Flow) and _is_number(left) else None

    def _by(self, operation: type[ast.operator], flow: Any, number: float, line: int) -> Any | None:
        """`x / 8`"""
        if operation is ast.Add:
            return self._draw("nnstudio.shift", [flow], line, {"term": number})
        if operation is ast.Sub:
            return self._draw("nnstudio.shift", [flow], line, {"term": -number})
        if operation is ast.Mult:
            return self._draw("nnstudio.scale", [flow], line, {"factor": number})
        if operation is ast.Div and number:
            return self._draw("nnstudio.scale", [flow], line, {"factor": 1 / number})
        if operation is ast.Pow:
            return self._draw("nnstudio.power", [flow], line, {"exponent": number})
        return None

    def _of(self, operation: type[ast.operator], number: float, flow: Flow, line: int) -> Any | None:
        """`1 - x`"""
        if operation in (ast.Add, ast.Mult):
            return self._by(operation, flow, number, line)
        if operation is ast.Sub:
            opposite = self.opposite(flow, line)
            return opposite if number == 0 else self._by(ast.Add, opposite, number, line)
        if operation is ast.Div:
            inverse = self._by(ast.Pow, flow, -1.0, line)
            return inverse if number == 1 else self._by(ast.Mult, inverse, number, line)
        return None

    def opposite(self, flow: Flow, line: int) -> Any:
        """`-x`"""
        return self._draw("nnstudio.scale", [flow], line, {"factor": -1.0})

    def function(self, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Any | None:
        """`torch.pow(x, 2)`, `x.sqrt()`, `x.clamp(min=0)`; None where it is none of these."""
        first, *others = arguments
        if name in OPERATIONS and len(others) == 1 and not keywords:
            return self.operation(OPERATIONS[name], first, others[0], line)
        if name in LIMITS:
            return self._limited(name, first, others, keywords, line)
        if others or keywords or not isinstance(first, Flow):
            return None
        if name in POWERS:
            return self._by(ast.Pow, first, POWERS[name], line)
        return self.opposite(first, line) if name in OPPOSITES else None

    def _limited(self, name: str, flow: Any, others: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Any:
        names = tuple(LIMITS[name])
        words = {key: value for key, value in keywords.items() if key != "inplace"}
        given = {**LIMITS[name], **dict(zip(names, others, strict=False)), **words}
        known = all(value is None or _is_number(value) for value in given.values())
        if not known or len(others) > len(names) or given.keys() - set(names):
            return None
        low, high = (given.get(name, given.get(f"{name}_val")) for name in ("min", "max"))
        return self._draw("torch.clamp", [flow], line, {"min": low, "max": high})


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
