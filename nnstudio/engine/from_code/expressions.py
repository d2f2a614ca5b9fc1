"""What an expression of the text is: a constant, a layer, a tensor on its way, or Unknown. Nothing of the text is executed."""

import ast
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from nnstudio.engine.from_code import constants
from nnstudio.engine.from_code.constants import NotConstant
from nnstudio.engine.from_code.drawing import Flow, Module
from nnstudio.engine.from_code.layers import Unknown
from nnstudio.engine.from_code.values import Bound, Buffer, Chain, Named, Names, Pieces, Sizes, Thing, cause_of, short

if TYPE_CHECKING:
    from nnstudio.engine.from_code.reader import Reader

TENSORS = frozenset({"x", "X", "h", "input", "inputs", "img", "image", "images", "features", "data", "batch"})
"""Names that stand for a tensor from outside where the text does not define them."""
ALIASES = {"nn": "torch.nn", "F": "torch.nn.functional", "np": "numpy", "math": "math"}
OTHER_VIEWS = frozenset({"T", "mT", "H", "mH", "real", "imag"})
"""Attributes of a tensor that are other tensors."""


class Expressions:
    """`value` works out an expression, each once a statement."""

    def __init__(self, reader: "Reader") -> None:
        self._reader = reader
        self._known: dict[int, tuple[ast.expr, Any]] = {}  # of the present statement; kept so that no id is used again

    def forget(self) -> None:
        """Another statement begins."""
        self._known = {}

    @contextmanager
    def apart(self) -> Generator[None]:
        """Within: the statements of something else; then on with the present one."""
        known, self._known = self._known, {}
        try:
            yield
        finally:
            self._known = known

    def value(self, expression: ast.expr, names: Names) -> Any:
        known = self._known.get(id(expression))
        if known is not None:
            return known[1]
        self._reader.step(expression)
        found = self._value(expression, names)
        if not isinstance(expression, ast.Name | ast.Constant):
            self._known[id(expression)] = (expression, found)
        return found

    def _value(self, expression: ast.expr, names: Names) -> Any:
        match expression:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._of_name(name, names)
            case ast.Attribute():
                return self._attribute(expression, names)
            case ast.Call():
                return self._reader.calls.call(expression, names)
            case ast.BinOp():
                return self._reader.tensors.operation(expression, names)
            case ast.UnaryOp(op=operation, operand=operand):
                flow = self.value(operand, names) if isinstance(operation, ast.USub) else None
                if isinstance(flow, Flow):
                    return self._reader.tensors.opposite(expression, flow)
                return self._worked_out(expression, names, [operand], partial(constants.unary, operation))
            case ast.Compare(left=left, ops=operations, comparators=others):
                return self._compared(expression, operations, [left, *others], names)
            case ast.BoolOp(op=operation, values=values):
                return self._either(expression, operation, values, names)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return self._one_of(expression, test, body, otherwise, names)
            case ast.NamedExpr(target=target, value=value):
                self._reader.assign(target, self.value(value, names), names)
                return self.value(value, names)
            case ast.Lambda(args=arguments, body=body):
                returned = ast.copy_location(ast.Return(body), expression)
                function = ast.FunctionDef("lambda", arguments, [returned], [])
                return Bound(ast.copy_location(function, expression), outer=names)
            case ast.Subscript():
                return self._subscript(expression, names)
            case ast.Slice(lower=lower, upper=upper, step=step):
                return slice(*(self.value(end, names) if end is not None else None for end in (lower, upper, step)))
            case ast.Starred(value=value) | ast.FormattedValue(value=value) | ast.Await(value=value):
                return self.value(value, names)
            case ast.JoinedStr(values=parts):
                return "".join(str(self.value(part, names)) for part in parts)
            case _:
                return self._collection(expression, names)

    def _collection(self, expression: ast.expr, names: Names) -> Any:
        match expression:
            case ast.List(elts=parts) | ast.Set(elts=parts):
                return self.items(parts, names)
            case ast.Tuple(elts=parts):
                return tuple(self.items(parts, names))
            case ast.Dict(keys=keys, values=values):
                pairs = zip(keys, values, strict=True)
                return {
                    self._key(self.value(key, names)): self.value(value, names)
                    for key, value in pairs
                    if key is not None
                }
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                found = self._comprehension(expression, expression.generators, [expression.elt], names)
                return [item for (item,) in found]
            case ast.DictComp(key=key, value=value):
                found = self._comprehension(expression, expression.generators, [key, value], names)
                return {self._key(name): item for name, item in found}
            case _:
                return self._reader.tensors.lost(expression, names)

    def _key(self, value: Any) -> Any:
        """Of a dictionary: lists and what is not known as text."""
        return value if isinstance(value, str | int | float | None) else str(value)

    def items(self, parts: Sequence[ast.expr], names: Names) -> list[Any]:
        """The values of a list of expressions, starred ones opened."""
        found: list[Any] = []
        for part in parts:
            value = self.value(part, names)
            opened = self.looped(value) if isinstance(part, ast.Starred) else None
            found += opened if opened is not None else [value]
        return found

    def looped(self, value: Any) -> list[Any] | None:
        """What a loop over `value` meets; None where that is not known."""
        match value:
            case list() | tuple() | dict() | str() | range():
                return list(cast("Sequence[Any]", value))
            case Pieces():
                return cast("list[Any] | None", self._reader.tensors.pieces(value))
            case Chain(parts=parts, keyed=keyed):
                return list(parts) if keyed else list(parts.values())
            case _:
                return None

    # ── constants ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _worked_out(
        self, expression: ast.expr, names: Names, operands: Sequence[ast.expr], work: Callable[..., Any]
    ) -> Any:
        """What Python's own operators give; a placeholder where they work on a tensor."""
        values = [self.value(operand, names) for operand in operands]
        try:
            return work(*map(self._reader.tensors.constant, values))
        except NotConstant:
            return self._reader.tensors.lost(expression, names, values)

    def _one_of(self, expression: ast.expr, test: ast.expr, body: ast.expr, otherwise: ast.expr, names: Names) -> Any:
        """`a if test else b`; one of two constants is not known, and told where it is used."""
        constant = isinstance(body, ast.Constant) and isinstance(otherwise, ast.Constant)
        if constant and isinstance(self.value(test, names), Unknown):
            return Unknown(short(expression))
        return self.value(body if self._reader.holds(test, names, "the value for 'yes'") else otherwise, names)

    def _compared(
        self, expression: ast.expr, operations: Sequence[ast.cmpop], operands: Sequence[ast.expr], names: Names
    ) -> Any:
        values = [self.value(operand, names) for operand in operands]
        if len(operations) == 1:
            found = _same(operations[0], *values)
            if found is not None:
                return found

        def work(*values: Any) -> bool:
            pairs = zip(operations, values, values[1:], strict=False)
            return all(constants.compare(operation, left, right) for operation, left, right in pairs)

        return self._worked_out(expression, names, operands, work)

    def _either(self, expression: ast.expr, operation: ast.boolop, values: list[ast.expr], names: Names) -> Any:
        found: Any = Unknown(short(expression))
        for value in values:
            found = self.value(value, names)
            if isinstance(found, Unknown) or bool(found) is isinstance(operation, ast.Or):
                return found
        return found

    def _comprehension(
        self,
        expression: ast.expr,
        generators: Sequence[ast.comprehension],
        elements: Sequence[ast.expr],
        names: Names,
    ) -> list[tuple[Any, ...]]:
        """`elements` for each round."""
        inner, found = dict(names), list[tuple[Any, ...]]()

        def run(loops: Sequence[ast.comprehension]) -> bool:
            if not loops:
                self.forget()
                found.append(tuple(self.value(element, inner) for element in elements))
                return True
            items = self.looped(self.value(loops[0].iter, inner))
            if items is None:
                return False
            for item in items:
                self._reader.step(expression)
                self.forget()
                self._reader.assign(loops[0].target, item, inner)
                if all(self.value(test, inner) for test in loops[0].ifs) and not run(loops[1:]):
                    return False
            return True

        with self.apart():
            complete = run(generators)
        if not complete:
            self._reader.drawing.say(expression.lineno, f"what '{short(expression)}' runs over is not known")
            return []
        return found

    # ── names, attributes, indices ────────────────────────────────────────────────────────────────────────────────────

    def _of_name(self, name: str, names: Names) -> Any:
        for table in (names, self._reader.globals):
            if name in table:
                return table[name]
        if name in ALIASES or name == "torch":
            return Named(ALIASES.get(name, name))
        if name == "__name__":
            return "__main__"
        return Flow(None, name) if name in TENSORS else Unknown(name, name)

    def dotted(self, expression: ast.expr, names: Names | None = None) -> str:
        """The full name that an expression means, aliases seen through; "" where it is none."""
        match expression:
            case ast.Name(id=name):
                found = self._of_name(name, names if names is not None else self._reader.globals)
                return found.name if isinstance(found, Named) else ""
            case ast.Attribute(value=value, attr=name):
                owner = self.dotted(value, names)
                return f"{owner}.{name}" if owner else ""
            case _:
                return ""

    def _attribute(self, expression: ast.Attribute, names: Names) -> Any:
        name, owner = expression.attr, self.value(expression.value, names)
        unknown = Unknown(short(expression), cause_of([owner]))
        match owner:
            case Named():
                return Named(f"{owner.name}.{name}")
            case Thing():
                return self._of_thing(owner, name)
            case Flow():
                return self._of_tensor(expression, owner, names)
            case Chain(parts=parts) if name in parts:
                return parts[name]
            case Module(meant=meant) if meant is not None:
                return {**meant.params, **meant.stated}.get(name, unknown)
            case ast.ClassDef():
                found = self._reader.member(owner, name)
                return self.value(found, self._reader.globals) if isinstance(found, ast.expr) else unknown
            case _:
                return unknown

    def _of_tensor(self, expression: ast.Attribute, owner: Flow, names: Names) -> Any:
        match expression.attr:
            case "shape":
                return Sizes(owner, whole=True)
            case "ndim":
                return Sizes(owner)
            case "data":
                return owner
            case name if name in OTHER_VIEWS:
                return self._reader.tensors.lost(expression, names)
            case _:
                return Unknown(short(expression))

    def _of_thing(self, thing: Thing, name: str) -> Any:
        if name in thing.attributes:
            found = thing.attributes[name]
            if isinstance(found, Buffer):
                found = thing.attributes[name] = self._reader.tensors.buffer(found, name)
            return found
        found = self._reader.member(thing.kind, name)
        if isinstance(found, ast.FunctionDef):
            return Bound(found, thing)
        if found is not None:
            return self.value(found, self._reader.globals)
        return Unknown(f"self.{name}", f"self.{name}")

    def _subscript(self, expression: ast.Subscript, names: Names) -> Any:
        owner, key = self.value(expression.value, names), self.value(expression.slice, names)
        try:
            match owner:
                case Flow():
                    return self._reader.tensors.part(expression, owner, key, names)
                case Pieces() if isinstance(key, int):
                    return self._reader.tensors.piece(owner, key)
                case Sizes(whole=True) if isinstance(key, int):
                    return Sizes(owner.flow, key)
                case Chain(parts=parts) if isinstance(key, slice):
                    return Chain(dict(list(parts.items())[key]), owner.calls)
                case Chain(parts=parts) if isinstance(key, int) and not owner.keyed:
                    return list(parts.values())[key]
                case Chain(parts=parts):
                    return parts[str(key)]
                case list() | tuple() | dict() | str():
                    return owner[key]  # pyright: ignore[reportUnknownVariableType]
                case _:
                    return Unknown(short(expression), cause_of([owner]))
        except (LookupError, TypeError, ValueError):
            return Unknown(short(expression))


def _same(operation: ast.cmpop, left: Any, right: Any) -> bool | None:
    """Of things that are no constants: is one of them None, are both the same class? None: another question."""
    if not isinstance(operation, ast.Is | ast.IsNot | ast.Eq | ast.NotEq):
        return None
    things = Flow | Sizes | Module | Chain | Thing | Named | Bound | ast.ClassDef
    wanted = isinstance(operation, ast.Is | ast.Eq)
    if (left is None and isinstance(right, things)) or (right is None and isinstance(left, things)):
        return not wanted
    classes = Named | ast.ClassDef
    return (left == right) is wanted if isinstance(left, classes) and isinstance(right, classes) else None
