"""The text read statement by statement, as Python would run it, with constants worked out and tensors followed; nothing of it is executed."""

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nnstudio.engine.from_code import constants
from nnstudio.engine.from_code.constants import NotConstant
from nnstudio.engine.from_code.drawing import Drawing, Flow, Module, Term
from nnstudio.engine.from_code.layers import Layers, Unknown
from nnstudio.engine.from_code.templates import Templates
from nnstudio.problems import NNStudioError, Problem

MOST_STEPS = 200_000
"""Statements and expressions looked at: a loop in the text cannot hold the engine up."""
MOST_DEPTH = 40

TENSORS = frozenset({"x", "X", "h", "input", "inputs", "img", "image", "images", "features", "data", "batch"})
"""Names that stand for a tensor from outside where the text does not define them."""
PLAIN_NAMES = TENSORS | {
    "out",
    "output",
    "outputs",
    "y",
    "z",
    "a",
    "b",
    "c",
    "logits",
    "identity",
    "residual",
    "shortcut",
    "_",
}
"""Names of values that are no names for a node."""
QUIET_LOOPS = ("modules()", "parameters()")
"""Loops that set weights: no concern of the drawing."""

ALIASES = {"nn": "torch.nn", "F": "torch.nn.functional", "np": "numpy"}


@dataclass
class Chain:
    """nn.Sequential, nn.ModuleList, nn.ModuleDict, or a list of the text's that holds layers: parts by name."""

    parts: dict[str, Any]
    calls: bool = True  # can be called, as nn.Sequential can


@dataclass
class Thing:
    """An instance of a class of the text."""

    kind: ast.ClassDef
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    name: str = ""


@dataclass(frozen=True)
class Sizes:
    """The shape of a tensor, one axis of it (axis is a number), or something worked out of these (axis None)."""

    flow: Flow
    axis: int | None = None
    whole: bool = False


@dataclass(frozen=True)
class Named:
    """A dotted name of a library: "torch.nn.Conv2d"."""

    name: str


@dataclass(frozen=True)
class Bound:
    """A function of the text; with the instance that it is a method of."""

    function: ast.FunctionDef
    thing: Thing | None = None


class Returned(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


Names = dict[str, Any]


class Reader:
    """Holds what the text defines. `values` works out expressions, `run` statements."""

    def __init__(self, layers: Layers, templates: Templates, drawing: Drawing) -> None:
        from nnstudio.engine.from_code.calls import Calls

        self.drawing = drawing
        self.globals: Names = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.functions: dict[str, Bound] = {}
        self.made: list[Any] = []  # layers constructed outside of classes, in order
        self.calls = Calls(self, layers, templates)
        self._steps = 0
        self._depth = 0
        self._known: dict[int, Any] = {}  # expressions of the present statement that were worked out already

    # ── statements ────────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, statements: Sequence[ast.stmt], names: Names) -> None:
        for statement in statements:
            self._step(statement)
            self._known = {}
            self._statement(statement, names)

    def _step(self, node: ast.AST) -> None:
        self._steps += 1
        if self._steps > MOST_STEPS:
            words = f"Line {getattr(node, 'lineno', 0)}: this loops too often to be drawn."
            raise NNStudioError(Problem("code.too_big", words, remedy="Paste a smaller part."))

    def _statement(self, statement: ast.stmt, names: Names) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                found = self.value(value, names)
                for target in targets:
                    self._assign(target, found, names)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assign(target, self.value(value, names), names)
            case ast.AugAssign(target=target, op=operation, value=value):
                whole = ast.copy_location(ast.BinOp(_as_value(target), operation, value), statement)
                self._assign(target, self.value(whole, names), names)
            case ast.Expr(value=value):
                self._bare(value, names)
            case ast.Return(value=value):
                raise Returned(self.value(value, names) if value is not None else None)
            case ast.For():
                self._for(statement, names)
            case ast.If(test=test, body=body, orelse=otherwise):
                self._if(test, body, otherwise, names)
            case ast.With(body=body):
                self.run(body, names)
            case ast.ClassDef(name=name):
                self.classes[name] = statement
                names[name] = statement
            case ast.FunctionDef(name=name):
                names[name] = Bound(statement)
                self.functions.setdefault(name, Bound(statement))
            case ast.Import(names=imports):
                for item in imports:
                    names[item.asname or item.name.partition(".")[0]] = Named(
                        item.name if item.asname else item.name.partition(".")[0]
                    )
            case ast.ImportFrom(module=module, names=imports):
                for item in imports:
                    names[item.asname or item.name] = Named(f"{module}.{item.name}")
            case ast.Pass() | ast.Assert() | ast.Global() | ast.AnnAssign() | ast.Delete() | ast.Raise():
                pass
            case _:
                self.drawing.say(statement.lineno, f"'{_short(statement)}' is not understood and left out")

    def _bare(self, value: ast.expr, names: Names) -> None:
        """A line that is an expression: a layer by itself, several with commas, a call for its effect."""
        for item in value.elts if isinstance(value, ast.Tuple | ast.List) else [value]:
            self.value(item, names)

    def _for(self, loop: ast.For, names: Names) -> None:
        items = self._items(self.value(loop.iter, names))
        if items is None:
            if not ast.unparse(loop.iter).endswith(QUIET_LOOPS):
                words = f"what '{_short(loop.iter)}' runs over is not known; the loop is left out"
                self.drawing.say(loop.lineno, words)
            return
        for item in items:
            self._assign(loop.target, item, names)
            self.run(loop.body, names)

    def _if(self, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt], names: Names) -> None:
        found = self.value(test, names)
        if isinstance(found, Unknown | Flow | Sizes):
            said = "the branch for 'yes' is drawn" if body else "it is left out"
            self.drawing.say(test.lineno, f"whether '{_short(test)}' holds is not known; {said}")
            found = True
        self.run(body if found else otherwise, names)

    def _assign(self, target: ast.expr, value: Any, names: Names) -> None:
        match target:
            case ast.Name(id=name):
                names[name] = value
                _name(value, name)
                if isinstance(value, Flow | Term) and name not in PLAIN_NAMES:
                    self.drawing.name(value, name)
            case ast.Attribute(value=owner, attr=name):
                thing = self.value(owner, names)
                if isinstance(thing, Thing):
                    thing.attributes[name] = value
                    _name(value, f"{thing.name}_{name}" if thing.name else name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                items = self._items(value) or []
                if isinstance(value, Sizes) and value.whole:
                    items = [Sizes(value.flow, axis) for axis in range(len(parts))]
                for index, part in enumerate(parts):
                    self._assign(part, items[index] if index < len(items) else Unknown(_short(part)), names)
            case ast.Subscript(value=owner, slice=key):
                parts_of, at = self.value(owner, names), self.value(key, names)
                if isinstance(parts_of, Chain):
                    parts_of.parts[str(at)] = value
                elif isinstance(parts_of, dict) and isinstance(at, str | int):
                    parts_of[at] = value
            case _:
                self.drawing.say(target.lineno, f"'{_short(target)}' is not understood")

    # ── expressions ───────────────────────────────────────────────────────────────────────────────────────────────────

    def value(self, expression: ast.expr, names: Names) -> Any:
        """What `expression` is: a constant, a layer, a tensor on its way, or Unknown. Each is worked out once a statement."""
        key = id(expression)
        if key not in self._known:
            self._step(expression)
            found = self._value(expression, names)
            if not isinstance(expression, ast.Name | ast.Constant):
                self._known[key] = found
            return found
        return self._known[key]

    def _value(self, expression: ast.expr, names: Names) -> Any:
        match expression:
            case ast.Constant(value=value):
                return value
            case ast.Name(id=name):
                return self._name_value(name, names)
            case ast.Attribute():
                return self._attribute(expression, names)
            case ast.Call():
                return self.calls.call(expression, names)
            case ast.BinOp():
                return self.calls.operation(expression, names)
            case ast.UnaryOp(op=operation, operand=operand):
                return self._constant(expression, lambda: constants.unary(operation, self._plain(operand, names)))
            case ast.Compare(left=left, ops=[operation], comparators=[right]):
                return self._constant(
                    expression,
                    lambda: constants.compare(operation, self._plain(left, names), self._plain(right, names)),
                )
            case ast.BoolOp(op=operation, values=values):
                return self._either(expression, operation, values, names)
            case ast.IfExp(test=test, body=body, orelse=otherwise):
                return self.value(body if self.value(test, names) else otherwise, names)
            case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
                found = self.items(parts, names)
                return tuple(found) if isinstance(expression, ast.Tuple) else found
            case ast.Dict(keys=keys, values=values):
                return {
                    self.value(key, names): self.value(value, names)
                    for key, value in zip(keys, values, strict=True)
                    if key is not None
                }
            case ast.ListComp() | ast.GeneratorExp():
                return self._comprehension(expression, names)
            case ast.JoinedStr(values=parts):
                return "".join(str(self.value(part, names)) for part in parts)
            case ast.FormattedValue(value=value):
                return self.value(value, names)
            case ast.Subscript():
                return self._subscript(expression, names)
            case ast.Starred(value=value):
                return self.value(value, names)
            case _:
                return Unknown(_short(expression))

    def items(self, parts: Sequence[ast.expr], names: Names) -> list[Any]:
        """The values of a list of expressions, starred ones opened."""
        found: list[Any] = []
        for part in parts:
            value = self.value(part, names)
            opened = self._items(value) if isinstance(part, ast.Starred) else None
            found += opened if opened is not None else [value]
        return found

    def _items(self, value: Any) -> list[Any] | None:
        """What a loop over `value` meets; None where that is not known."""
        match value:
            case list() | tuple():
                return list(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            case dict():
                return list(value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            case str() | range():
                return list(value)
            case Chain(parts=parts):
                return list(parts.values())
            case _:
                return None

    def _constant(self, expression: ast.expr, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except NotConstant:
            return Unknown(_short(expression))

    def _plain(self, expression: ast.expr, names: Names) -> Any:
        """A value that Python's own operators work on. Raises NotConstant."""
        return plain(self.value(expression, names))

    def _either(self, expression: ast.expr, operation: ast.boolop, values: list[ast.expr], names: Names) -> Any:
        found: Any = Unknown(_short(expression))
        for value in values:
            found = self.value(value, names)
            if isinstance(found, Unknown) or bool(found) is isinstance(operation, ast.Or):
                return found
        return found

    def _comprehension(self, expression: ast.ListComp | ast.GeneratorExp, names: Names) -> Any:
        inner, found, known = dict(names), list[Any](), self._known

        def run(loops: Sequence[ast.comprehension]) -> bool:
            if not loops:
                self._known = {}
                found.append(self.value(expression.elt, inner))
                return True
            items = self._items(self.value(loops[0].iter, inner))
            if items is None:
                return False
            for item in items:
                self._step(expression)
                self._known = {}
                self._assign(loops[0].target, item, inner)
                if all(self.value(test, inner) for test in loops[0].ifs) and not run(loops[1:]):
                    return False
            return True

        complete = run(expression.generators)
        self._known = known
        if not complete:
            self.drawing.say(expression.lineno, f"what '{_short(expression)}' runs over is not known")
            return []
        return found

    def _name_value(self, name: str, names: Names) -> Any:
        if name in names:
            return names[name]
        if name in self.globals:
            return self.globals[name]
        if name in ALIASES or name == "torch":
            return Named(ALIASES.get(name, name))
        return Flow(None, name) if name in TENSORS else Unknown(name)

    def dotted(self, expression: ast.expr, names: Names | None = None) -> str:
        """The full name that an expression means, aliases seen through; "" where it is none."""
        match expression:
            case ast.Name(id=name):
                found = self._name_value(name, names if names is not None else self.globals)
                return found.name if isinstance(found, Named) else ""
            case ast.Attribute(value=value, attr=name):
                owner = self.dotted(value, names)
                return f"{owner}.{name}" if owner else ""
            case _:
                return ""

    def _attribute(self, expression: ast.Attribute, names: Names) -> Any:
        name = expression.attr
        owner = self.value(expression.value, names)
        match owner:
            case Named():
                return Named(f"{owner.name}.{name}")
            case Thing():
                return self._of_thing(owner, name)
            case Flow() if name == "shape":
                return Sizes(owner, whole=True)
            case Chain(parts=parts) if name in parts:
                return parts[name]
            case ast.ClassDef():
                found = self.member(owner, name)
                return self.value(found, self.globals) if isinstance(found, ast.expr) else Unknown(_short(expression))
            case _:
                return Unknown(_short(expression))

    def _of_thing(self, thing: Thing, name: str) -> Any:
        if name in thing.attributes:
            return thing.attributes[name]
        found = self.member(thing.kind, name)
        if isinstance(found, ast.FunctionDef):
            return Bound(found, thing)
        if found is not None:
            return self.value(found, self.globals)
        return Unknown(f"self.{name}")

    def member(self, kind: ast.ClassDef, name: str) -> ast.FunctionDef | ast.expr | None:
        """A method or a class's own value, its own or inherited from a class of the text."""
        found = _member(kind, name, None)
        if found is not None:
            return found
        for base in kind.bases:
            parent = self.classes.get(base.id) if isinstance(base, ast.Name) else None
            if parent is not None and parent is not kind:
                found = self.member(parent, name)
                if found is not None:
                    return found
        return None

    def _subscript(self, expression: ast.Subscript, names: Names) -> Any:
        owner = self.value(expression.value, names)
        if isinstance(expression.slice, ast.Slice):
            bounds = [
                self.value(end, names) if end is not None else None
                for end in (expression.slice.lower, expression.slice.upper, expression.slice.step)
            ]
            if isinstance(owner, list | tuple | str) and all(isinstance(end, int | None) for end in bounds):
                return owner[slice(*bounds)]  # pyright: ignore[reportUnknownVariableType]
            if isinstance(owner, Chain) and all(isinstance(end, int | None) for end in bounds):
                kept = list(owner.parts.items())[slice(*bounds)]
                return Chain(dict(kept), owner.calls)
            return self.calls.matched(expression, names) or Unknown(_short(expression))
        key = self.value(expression.slice, names)
        match owner:
            case Chain(parts=parts):
                place = list(parts)[key] if isinstance(key, int) and -len(parts) <= key < len(parts) else str(key)
                return parts.get(place, Unknown(_short(expression)))
            case Sizes(whole=True) if isinstance(key, int):
                return Sizes(owner.flow, key)
            case list() | tuple() | dict() | str():
                try:
                    return owner[key]  # pyright: ignore[reportUnknownVariableType]
                except (LookupError, TypeError):
                    return Unknown(_short(expression))
            case Flow():
                return self.calls.matched(expression, names) or Unknown(_short(expression))
            case _:
                return Unknown(_short(expression))

    # ── functions of the text ─────────────────────────────────────────────────────────────────────────────────────────

    def run_function(self, bound: Bound, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Any:
        """What a call of a function of the text returns; arguments that are not given and have no default are Unknown."""
        if self._depth >= MOST_DEPTH:
            self.drawing.say(line, f"'{bound.function.name}' calls itself too deeply")
            return Unknown(bound.function.name)
        names = self._arguments(bound, arguments, keywords)
        self._depth += 1
        known, self._known = self._known, {}
        try:
            self.run(bound.function.body, names)
        except Returned as returned:
            return returned.value
        finally:
            self._depth -= 1
            self._known = known
        return None

    def _arguments(self, bound: Bound, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Names:
        given = bound.function.args
        places = [item.arg for item in (*given.posonlyargs, *given.args)]
        names: Names = {}
        defaults = dict(zip(reversed(places), reversed(given.defaults), strict=False))
        if bound.thing is not None and places:
            names[places.pop(0)] = bound.thing
        only = {
            item.arg: default
            for item, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
            if default is not None
        }
        for name in (*places, *(item.arg for item in given.kwonlyargs)):
            default = defaults.get(name, only.get(name))
            names[name] = self.value(default, self.globals) if default is not None else Unknown(name)
        names |= dict(zip(places, arguments, strict=False)) | {
            name: value for name, value in keywords.items() if name in names
        }
        if given.vararg is not None:
            names[given.vararg.arg] = list(arguments[len(places) :])
        if given.kwarg is not None:
            names[given.kwarg.arg] = {name: value for name, value in keywords.items() if name not in names}
        return names

    def instance(self, kind: ast.ClassDef, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Thing:
        """An object of a class of the text, its __init__ read."""
        thing = Thing(kind)
        init = self.member(kind, "__init__")
        if isinstance(init, ast.FunctionDef):
            self.run_function(Bound(init, thing), arguments, keywords, line)
        return thing

    def needs_nothing(self, bound: Bound) -> bool:
        given = bound.function.args
        places = [*given.posonlyargs, *given.args]
        return len(places) == len(given.defaults) and None not in given.kw_defaults

    @property
    def outermost(self) -> bool:
        """Is it outside of all functions of the text?"""
        return self._depth == 0

    def forward_arguments(self, kind: ast.ClassDef) -> list[str]:
        """The names of what goes into `forward`; those with a default are left out."""
        forward = self.member(kind, "forward")
        if not isinstance(forward, ast.FunctionDef):
            return []
        places = [item.arg for item in (*forward.args.posonlyargs, *forward.args.args)][1:]
        return places[: len(places) - len(forward.args.defaults)] if forward.args.defaults else places


def plain(value: Any) -> Any:
    """`value` where it is one of Python's own. Raises NotConstant."""
    if isinstance(value, Unknown | Flow | Sizes | Term | Module | Chain | Thing | Named | Bound | ast.AST):
        raise NotConstant
    return value


def _name(value: Any, name: str) -> None:
    """What the text calls a layer is what its node will be called; the first name holds."""
    match value:
        case Module() | Thing() if not value.name:
            value.name = name
            if isinstance(value, Thing):
                for attribute, inner in value.attributes.items():
                    _rename(inner, attribute, f"{name}_{attribute}")
        case Chain(parts=parts):
            for part, inner in parts.items():
                _rename(inner, part, f"{name}_{part}" if part.isdigit() else part)
        case _:
            pass


def _rename(value: Any, old: str, name: str) -> None:
    """A layer within something that has just got a name."""
    if isinstance(value, Module) and value.name in ("", old):
        value.name = name
    elif isinstance(value, Thing | Chain):
        if isinstance(value, Thing) and value.name in ("", old):
            value.name = ""
        _name(value, name)


def _member(kind: ast.ClassDef, name: str, otherwise: Any) -> Any:
    for statement in kind.body:
        match statement:
            case ast.FunctionDef(name=found) if found == name:
                return statement
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return value
            case _:
                continue
    return otherwise


def _as_value(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment, read."""
    copied = ast.parse(ast.unparse(target), mode="eval").body
    return ast.copy_location(copied, target)


def _short(node: ast.AST) -> str:
    text = ast.unparse(node).splitlines()[0]
    return text if len(text) <= 60 else text[:57] + "…"


short = _short
