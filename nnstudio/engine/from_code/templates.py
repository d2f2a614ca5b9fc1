"""Is this expression what codegen would write for a layer without weights? The layers' own templates, read backwards."""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec

_PLACEHOLDER = re.compile(r"\{(\*|\w+)(?::([^{}]*))?\}")
_JOINS: Mapping[str, type[ast.operator]] = {"+": ast.Add, "*": ast.Mult}
EDGES = frozenset({"nnstudio.reroute", "nnstudio.identity"})

Dotted = Callable[[ast.expr], str]
"""The full name that an expression means ("torch.nn.functional.relu"), "" where it is none."""


@dataclass
class Match:
    """ports: what is wired, by port (several for one that takes many); arguments: by name, several for `{shape:, }`; rest: `{*}`."""

    spec: LayerSpec
    ports: dict[str, list[ast.expr]] = field(default_factory=dict[str, list[ast.expr]])
    arguments: dict[str, list[ast.expr]] = field(default_factory=dict[str, list[ast.expr]])
    several: set[str] = field(default_factory=set[str])
    rest: dict[str, ast.expr] = field(default_factory=dict[str, ast.expr])


class Templates:
    """The call templates of all layers, as syntax trees; those that ask for more come first."""

    def __init__(self, registry: Registry) -> None:
        self._patterns: list[tuple[LayerSpec, ast.expr, Mapping[str, str]]] = []
        for spec in registry.layers.values():
            if spec.call and not spec.hidden and spec.call.strip() not in {"{input}"} and spec.id not in EDGES:
                found = _pattern(spec)
                if found is not None:
                    self._patterns.append((spec, *found))
        self._patterns.sort(key=lambda item: -sum(1 for _ in ast.walk(item[1])))

    def matches(self, expression: ast.expr, dotted: Dotted) -> Iterator[Match]:
        """Every layer whose template `expression` fits, as far as its form tells."""
        for spec, pattern, joins in self._patterns:
            match = Match(spec)
            if _Matcher(match, joins, dotted).fits(pattern, expression):
                yield match


def _pattern(spec: LayerSpec) -> tuple[ast.expr, Mapping[str, str]] | None:
    """The template with names in place of its holes; {name of the hole: what joins its values}."""
    ports = {port.name for port in spec.inputs} | {"inputs"}
    joins: dict[str, str] = {}

    def hole(found: re.Match[str]) -> str:
        name, joint = found[1], found[2]
        if name == "*":
            return ", **hole_rest"
        kind = "port" if name in ports else "argument"
        if joint is None:
            return f"hole_{kind}_{name}"
        joins[name] = joint.strip()
        return f"*hole_{kind}_{name}" if joint.strip() == "," else f"hole_{kind}_{name}"

    try:
        return ast.parse(_PLACEHOLDER.sub(hole, spec.call.strip()), mode="eval").body, joins
    except SyntaxError:  # a plugin's template that is no expression by itself: it cannot be read backwards
        return None


class _Matcher:
    def __init__(self, match: Match, joins: Mapping[str, str], dotted: Dotted) -> None:
        self._match, self._joins, self._dotted = match, joins, dotted

    def fits(self, pattern: ast.expr, found: ast.expr) -> bool:
        match pattern:
            case ast.Name(id=name) if name.startswith("hole_"):
                return self._hole(name, found)
            case ast.Call():
                return isinstance(found, ast.Call) and self._call(pattern, found)
            case ast.Attribute() | ast.Name():
                full = self._dotted(pattern)
                if full and full.partition(".")[0] in {"torch", "F", "nn"}:
                    return self._dotted(found) == full
                return (
                    isinstance(pattern, ast.Attribute)
                    and isinstance(found, ast.Attribute)
                    and pattern.attr == found.attr
                    and self.fits(pattern.value, found.value)
                )
            case ast.List(elts=wanted) | ast.Tuple(elts=wanted):
                return isinstance(found, ast.List | ast.Tuple) and self._all(wanted, found.elts)
            case ast.Constant(value=value):
                return isinstance(found, ast.Constant) and found.value == value
            case ast.BinOp():
                return (
                    isinstance(found, ast.BinOp)
                    and type(found.op) is type(pattern.op)
                    and self.fits(pattern.left, found.left)
                    and self.fits(pattern.right, found.right)
                )
            case ast.Subscript():
                return (
                    isinstance(found, ast.Subscript)
                    and self.fits(pattern.value, found.value)
                    and self.fits(pattern.slice, found.slice)
                )
            case _:
                return ast.dump(pattern) == ast.dump(found)

    def _hole(self, name: str, found: ast.expr) -> bool:
        _, kind, key = name.split("_", 2)
        table = self._match.ports if kind == "port" else self._match.arguments
        joint = self._joins.get(key, "")
        if joint in _JOINS:
            operands = _operands(found, _JOINS[joint])
            if len(operands) < 2 or key in table:
                return False
            table[key] = operands
            return True
        if key in table:
            return [ast.dump(item) for item in table[key]] == [ast.dump(found)]
        table[key] = [found]
        return True

    def _call(self, pattern: ast.Call, found: ast.Call) -> bool:
        if not self.fits(pattern.func, found.func) or not self._all(pattern.args, found.args):
            return False
        given = {word.arg: word.value for word in found.keywords}
        if None in given:
            return False
        for word in pattern.keywords:
            if word.arg is None:
                self._match.rest |= {key: value for key, value in given.items() if key is not None}
                return True
            value = given.pop(word.arg, None)
            if value is None or not self.fits(word.value, value):
                return False
        return not given

    def _all(self, wanted: Sequence[ast.expr], found: Sequence[ast.expr]) -> bool:
        """Item by item; a starred hole at the end takes all that is left."""
        for index, pattern in enumerate(wanted):
            if isinstance(pattern, ast.Starred) and isinstance(pattern.value, ast.Name):
                _, kind, key = pattern.value.id.split("_", 2)
                table = self._match.ports if kind == "port" else self._match.arguments
                table[key] = list(found[index:])
                self._match.several.add(key)
                return bool(table[key]) and index == len(wanted) - 1
            if index >= len(found) or not self.fits(pattern, found[index]):
                return False
        return len(found) == len(wanted)


def _operands(found: ast.expr, operation: type[ast.operator]) -> list[ast.expr]:
    """a + b + c → a, b, c"""
    operands: list[ast.expr] = []
    while isinstance(found, ast.BinOp) and type(found.op) is operation:
        operands.insert(0, found.right)
        found = found.left
    return [found, *operands]
