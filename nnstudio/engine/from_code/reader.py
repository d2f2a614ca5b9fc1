"""The text read statement by statement, as Python would run it, with constants worked out and tensors followed; nothing of it is executed."""

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from nnstudio.engine.from_code.calls import Calls
from nnstudio.engine.from_code.drawing import Drawing, Flow, Module, Term
from nnstudio.engine.from_code.expressions import TENSORS, Expressions
from nnstudio.engine.from_code.layers import Layers, Unknown
from nnstudio.engine.from_code.shapes import Shapes
from nnstudio.engine.from_code.templates import Templates
from nnstudio.engine.from_code.tensors import Tensors
from nnstudio.engine.from_code.values import Bound, Chain, Named, Names, Pieces, Sizes, Thing, named, short
from nnstudio.problems import NNStudioError, Problem

MOST_STEPS = 200_000
"""Statements and expressions looked at: a loop in the text cannot hold the engine up."""
MOST_DEPTH = 40

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


class Returned(Exception):
    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Reader:
    """Holds what the text defines and runs its statements; `Expressions` says what their expressions are."""

    def __init__(self, layers: Layers, templates: Templates, drawing: Drawing, shapes: Shapes) -> None:
        self.drawing = drawing
        self.globals: Names = {}
        self.classes: dict[str, ast.ClassDef] = {}
        self.functions: dict[str, Bound] = {}
        self.made: list[Any] = []  # what statements outside of functions make: layers, chains of them, objects
        self.lists: list[list[Any]] = []  # lists that they make
        self.expressions = Expressions(self)
        self.tensors = Tensors(self, layers, templates, shapes)
        self.calls = Calls(self, layers)
        self.value, self.items, self.dotted = self.expressions.value, self.expressions.items, self.expressions.dotted
        self._steps = 0
        self._depth = 0

    # ── statements ────────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self, statements: Sequence[ast.stmt], names: Names) -> None:
        for statement in statements:
            self.step(statement)
            self.expressions.forget()
            self._statement(statement, names)

    def step(self, node: ast.AST) -> None:
        """One more thing looked at. Raises NNStudioError where there are too many."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            words = f"Line {getattr(node, 'lineno', 0)}: this loops too often to be drawn."
            raise NNStudioError(Problem("code.too_big", words, remedy="Paste a smaller part."))

    def _statement(self, statement: ast.stmt, names: Names) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                self._assigned(targets, self.value(value, names), names)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._assigned([target], self.value(value, names), names)
            case ast.AugAssign(target=target, op=operation, value=value):
                whole = ast.copy_location(ast.BinOp(_as_value(target), operation, value), statement)
                self._assigned([target], self.value(whole, names), names)
            case ast.Expr(value=value):
                self._bare(value, names)
            case ast.Return(value=value):
                raise Returned(self.value(value, names) if value is not None else None)
            case ast.For():
                self._for(statement, names)
            case ast.If(test=test, body=body, orelse=otherwise):
                self._if(test, body, otherwise, names)
            case ast.With(body=body) | ast.Try(body=body):
                self.run(body, names)
            case ast.ClassDef() | ast.FunctionDef() | ast.Import() | ast.ImportFrom():
                self._define(statement, names)
            case ast.Pass() | ast.Assert() | ast.Global() | ast.AnnAssign() | ast.Delete() | ast.Raise():
                pass
            case _:
                self.drawing.say(statement.lineno, f"'{short(statement)}' is not understood and left out")

    def _define(self, statement: ast.ClassDef | ast.FunctionDef | ast.Import | ast.ImportFrom, names: Names) -> None:
        match statement:
            case ast.ClassDef(name=name):
                self.classes[name] = statement
                names[name] = statement
            case ast.FunctionDef(name=name):
                names[name] = Bound(statement, outer=None if self.outermost else names)
                self.functions.setdefault(name, names[name])
            case ast.Import(names=imports):
                names |= _imported(imports)
            case ast.ImportFrom(module=module, names=imports):
                names |= {item.asname or item.name: Named(f"{module}.{item.name}") for item in imports}

    def _assigned(self, targets: Sequence[ast.expr], value: Any, names: Names) -> None:
        for target in targets:
            self.assign(target, value, names)
        self._note(value)

    def _bare(self, value: ast.expr, names: Names) -> None:
        """A line that is an expression: a layer by itself, several with commas, a call for its effect."""
        for item in value.elts if isinstance(value, ast.Tuple | ast.List) else [value]:
            if self.outermost and isinstance(item, ast.Call) and self._gives_nothing(item.func, names):
                continue  # `main()`: what it does, such as training, is no part of a network
            found = self.value(item, names)
            self._note(found)
            match item:
                case ast.Call(func=ast.Attribute(value=owner, attr=method)) if _in_place(method):
                    if isinstance(found, Flow) and isinstance(self.value(owner, names), Flow):
                        self.assign(owner, found, names)
                case _:
                    pass

    def _gives_nothing(self, callee: ast.expr, names: Names) -> bool:
        function = self.value(callee, names) if isinstance(callee, ast.Name) else None
        return isinstance(function, Bound) and not gives(function)

    def _note(self, value: Any) -> None:
        """What a statement outside of functions makes."""
        if not self.outermost:
            return
        if isinstance(value, Module | Chain | Thing):
            self.made.append(value)
        elif isinstance(value, tuple):
            for item in value:  # pyright: ignore[reportUnknownVariableType]
                self._note(item)
        elif isinstance(value, list):
            self.lists.append(value)  # pyright: ignore[reportUnknownArgumentType]

    def _for(self, loop: ast.For, names: Names) -> None:
        items = self.expressions.looped(self.value(loop.iter, names))
        if items is None:
            if not ast.unparse(loop.iter).endswith(QUIET_LOOPS):
                words = f"what '{short(loop.iter)}' runs over is not known; the loop is left out"
                self.drawing.say(loop.lineno, words)
            return
        for item in items:
            self.expressions.forget()
            self.assign(loop.target, item, names)
            self.run(loop.body, names)

    def _if(self, test: ast.expr, body: list[ast.stmt], otherwise: list[ast.stmt], names: Names) -> None:
        guard = all(isinstance(statement, ast.Raise) for statement in body)
        if not guard or otherwise:
            self.run(body if self.holds(test, names, "the branch for 'yes'") else otherwise, names)

    def holds(self, test: ast.expr, names: Names, drawn: str) -> bool:
        """Is `test` true? What is not known is taken for true, and told."""
        found = self.value(test, names)
        if isinstance(found, Unknown | Flow | Sizes):
            self.drawing.say(test.lineno, f"whether '{short(test)}' holds is not known; {drawn} is drawn")
            return True
        return bool(found)

    def assign(self, target: ast.expr, value: Any, names: Names) -> None:
        match target:
            case ast.Name(id=name):
                names[name] = value
                named(value, name)
                if isinstance(value, Flow | Term) and name not in PLAIN_NAMES:
                    self.drawing.name(value, name)
            case ast.Attribute(value=owner, attr=name):
                thing = self.value(owner, names)
                if isinstance(thing, Thing):
                    thing.attributes[name] = value
                    if isinstance(value, Flow):
                        self.drawing.name_parameter(value, name)
                    named(value, f"{thing.name}_{name}" if thing.name else name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self._unpack(parts, value, names)
            case ast.Subscript(value=owner, slice=key):
                self._put_in(target, self.value(owner, names), self.value(key, names), value, names)
            case _:
                self.drawing.say(target.lineno, f"'{short(target)}' is not understood")

    def _unpack(self, parts: Sequence[ast.expr], value: Any, names: Names) -> None:
        if isinstance(value, Flow):
            items = self.tensors.unpacked(value, len(parts), parts[0].lineno)
        elif isinstance(value, Pieces):
            items = self.tensors.pieces(value, len(parts)) or []
        elif isinstance(value, Sizes) and value.whole:
            items = [Sizes(value.flow, axis) for axis in range(len(parts))]
        else:
            items = self.expressions.looped(value) or []
        for index, part in enumerate(parts):
            if isinstance(part, ast.Starred):
                self.assign(part.value, items[index : len(items) - len(parts) + index + 1], names)
                items = [*items[: index + 1], *items[len(items) - len(parts) + index + 1 :]]
            else:
                self.assign(part, items[index] if index < len(items) else Unknown(short(part)), names)

    def _put_in(self, target: ast.Subscript, whole: Any, at: Any, value: Any, names: Names) -> None:
        """`whole[at] = value`"""
        if isinstance(whole, Chain):
            whole.parts[str(at)] = value
        elif isinstance(whole, dict) and isinstance(at, str | int):
            whole[at] = value
        elif isinstance(whole, Flow):
            self.assign(target.value, self.tensors.overwritten(target, whole, value), names)

    # ── functions and classes of the text ─────────────────────────────────────────────────────────────────────────────

    def run_function(self, bound: Bound, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Any:
        """What a call of a function of the text returns; arguments that are not given and have no default are Unknown."""
        if self._depth >= MOST_DEPTH:
            self.drawing.say(line, f"'{bound.function.name}' calls itself too deeply")
            return Unknown(bound.function.name)
        names = self._arguments(bound, arguments, keywords)
        self._depth += 1
        try:
            with self.expressions.apart():
                self.run(bound.function.body, names)
        except Returned as returned:
            return returned.value
        finally:
            self._depth -= 1
        return None

    def _arguments(self, bound: Bound, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Names:
        given = bound.function.args
        places = [item.arg for item in (*given.posonlyargs, *given.args)]
        names: Names = dict(bound.outer or {})
        defaults = dict(zip(reversed(places), reversed(given.defaults), strict=False))
        if bound.thing is not None and places:
            names[places.pop(0)] = bound.thing
        pairs = zip(given.kwonlyargs, given.kw_defaults, strict=True)
        only = {item.arg: default for item, default in pairs if default is not None}
        known = [*places, *(item.arg for item in given.kwonlyargs)]
        for name in known:
            default = defaults.get(name, only.get(name))
            names[name] = self.value(default, self.globals) if default is not None else Unknown(name, name)
        names |= dict(zip(places, arguments, strict=False))
        names |= {name: value for name, value in keywords.items() if name in known}
        if given.vararg is not None:
            names[given.vararg.arg] = list(arguments[len(places) :])
        if given.kwarg is not None:
            names[given.kwarg.arg] = {name: value for name, value in keywords.items() if name not in known}
        return names

    def instance(self, kind: ast.ClassDef, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Thing:
        """An object of a class of the text, its __init__ read."""
        thing = Thing(kind)
        init = self.member(kind, "__init__")
        if isinstance(init, ast.FunctionDef):
            self.run_function(Bound(init, thing), arguments, keywords, line)
        self._note(thing)
        return thing

    def has(self, thing: Thing, name: str) -> bool:
        """Does the text make `self.name`?"""
        return name in thing.attributes or self.member(thing.kind, name) is not None

    def member(self, kind: ast.ClassDef, name: str) -> ast.FunctionDef | ast.expr | None:
        """A method or a class's own value, its own or inherited from a class of the text."""
        found = _member(kind, name)
        if found is not None:
            return found
        for base in kind.bases:
            parent = self.classes.get(base.id) if isinstance(base, ast.Name) else None
            if parent is not None and parent is not kind:
                found = self.member(parent, name)
                if found is not None:
                    return found
        return None

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


def needs_nothing(bound: Bound) -> bool:
    """Can it be called without arguments?"""
    given = bound.function.args
    places = [*given.posonlyargs, *given.args]
    return len(places) == len(given.defaults) and None not in given.kw_defaults


def gives(bound: Bound) -> bool:
    """Does it return something?"""
    return any(isinstance(part, ast.Return) and part.value is not None for part in ast.walk(bound.function))


def _imported(imports: Sequence[ast.alias]) -> Names:
    """`import torch.nn as nn` → nn; `import torch.nn` → torch"""
    return {
        item.asname or item.name.partition(".")[0]: Named(item.name if item.asname else item.name.partition(".")[0])
        for item in imports
    }


def _member(kind: ast.ClassDef, name: str) -> ast.FunctionDef | ast.expr | None:
    for statement in kind.body:
        match statement:
            case ast.FunctionDef(name=found) if found == name:
                return statement
            case ast.Assign(targets=[ast.Name(id=found)], value=value) if found == name:
                return value
            case ast.AnnAssign(target=ast.Name(id=found), value=value) if found == name:
                return value
            case _:
                continue
    return None


def _as_value(target: ast.expr) -> ast.expr:
    """The target of an augmented assignment, read."""
    copied = ast.parse(ast.unparse(target), mode="eval").body
    for node in ast.walk(copied):
        if isinstance(node, ast.expr):
            ast.copy_location(node, target)
    return copied


def _in_place(method: str) -> bool:
    return method.endswith("_") and not method.endswith("__")
