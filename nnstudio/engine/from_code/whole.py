"""Which networks does the text make, once it is read, and from where do they start? Each is drawn, and what is made for nothing is told."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from nnstudio.data import DataInfo
from nnstudio.engine import naming
from nnstudio.engine.from_code.calls import PARTS
from nnstudio.engine.from_code.drawing import Flow, Module, Term
from nnstudio.engine.from_code.layers import unknown_in
from nnstudio.engine.from_code.reader import Reader, gives, needs_nothing
from nnstudio.engine.from_code.values import Bound, Chain, Thing, short, unnamed

INPUT = "nnstudio.input"
OUTSIDE = Flow(None, "x")
LOSS = "loss"
"""A function of this name beside the class gives the losses of what the class returns, as codegen writes it."""


class Whole:
    def __init__(self, reader: Reader, info: DataInfo | None, tree: ast.Module) -> None:
        self._reader, self._drawing, self._info, self._tree = reader, reader.drawing, info, tree
        self._fields = naming.fields((*info.inputs, *info.fields)) if info is not None else {}

    def draw(self, loose: Thing, result: Any) -> None:
        """loose: what `self` is outside of classes; result: what the text returns there."""
        reader = self._reader
        networks = self._networks()
        if not networks and "forward" in reader.functions:
            result = self._methods(loose)
        elif networks:
            result = self._side_by_side(networks, result)
        elif not self._drawing.nodes:
            self._side_by_side(_unique([*(item for items in reader.lists for item in items), *_parts(loose)]), None)
        if LOSS in reader.functions and result is not None:
            self._losses(result)
        self._tell_unused()

    # ── what there is ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _networks(self) -> list[Any]:
        """What statements make and nothing else uses; else what a function gives, else the classes that nothing uses."""
        reader = self._reader
        made = _unique(reader.made)
        inner = {id(part) for item in made for part in _all_parts(item)}
        used = reader.calls.used.keys()
        made = [item for item in made if id(item) not in inner]
        made = [item for item in made if used.isdisjoint(map(id, (item, *_all_parts(item))))]
        ready = [item for item in made if not isinstance(item, Thing) or self._is_network(item.kind) or _parts(item)]
        several = any(isinstance(item, Thing | Chain) for item in ready) or bool(self._drawing.nodes)
        return ready if several else [*self._given_or_defined(bool(ready)), *ready]

    def _given_or_defined(self, layers: bool) -> list[Any]:
        """layers: there are some that stand for themselves, so that no function need give any."""
        given = self._by_function(layers)
        if given is not None:
            return [given]
        reader = self._reader
        kinds = [kind for kind in reader.classes.values() if self._is_network(kind)]
        alone = [kind for kind in kinds if not any(self._is_named(kind.name, other) for other in kinds)]
        trained = [kind for kind in alone if not kind.name.endswith("Loss")]
        made = [thing for kind in trained if (thing := self._made_in_function(kind)) is not None]
        if made:
            return made
        free = [kind for kind in kinds if not self._is_named(kind.name, self._tree)]
        return [reader.instance(kind, [], {}, kind.lineno) for kind in free or alone[-1:]]

    def _made_in_function(self, kind: ast.ClassDef) -> Thing | None:
        """The instance that a function such as `main` makes first; of the function nothing is read but what that takes."""
        for bound in self._reader.functions.values():
            call = next((part for part in ast.walk(bound.function) if _is_call_of(part, kind.name)), None)
            if isinstance(call, ast.Call):
                return self._with_arguments_of(call, bound, kind)
        return None

    def _with_arguments_of(self, call: ast.Call, bound: Bound, kind: ast.ClassDef) -> Thing:
        """Without them, where the text does not say what they are, which is told."""
        reader, function = self._reader, bound.function
        places: list[ast.expr] = [*call.args, *(word.value for word in call.keywords)]
        read = ast.copy_location(ast.Return(ast.copy_location(ast.List(places, ast.Load()), call)), call)
        only = ast.FunctionDef(function.name, function.args, [*_needed(call, function.body), read], [])
        values: list[Any] = reader.run_function(
            replace(bound, function=ast.copy_location(only, function)), [], {}, call.lineno
        )
        opened = any(isinstance(arg, ast.Starred) for arg in call.args) or None in (word.arg for word in call.keywords)
        if opened or any(unknown_in(values)):
            words = f"what '{short(call)}' is made with, the text does not say; '{kind.name}' is drawn with its own defaults"
            self._drawing.say(
                call.lineno, words, "Paste the lines that make these values as well.", code="code.argument"
            )
            return reader.instance(kind, [], {}, kind.lineno)
        keywords = {
            word.arg: value for word, value in zip(call.keywords, values[len(call.args) :], strict=True) if word.arg
        }
        return reader.instance(kind, values[: len(call.args)], keywords, call.lineno)

    def _by_function(self, layers: bool) -> Any:
        """What the last function gives, best one without arguments: `def resnet18(): return ResNet(Block, [2, 2])`."""
        reader = self._reader
        functions = [
            function
            for name, function in reader.functions.items()
            if name not in (LOSS, "forward", "__init__") and gives(function)
        ]
        ready = [function for function in functions if needs_nothing(function)]
        if not ready and (layers or reader.classes or "forward" in reader.functions):
            return None
        for function in (ready or functions)[-1:]:
            found = reader.run_function(function, [], {}, function.function.lineno)
            return found if isinstance(found, Module | Chain | Thing) else None
        return None

    def _is_network(self, kind: ast.ClassDef) -> bool:
        named = any("Module" in ast.unparse(base) or "Sequential" in ast.unparse(base) for base in kind.bases)
        return named or self._reader.member(kind, "forward") is not None

    def _is_named(self, name: str, where: ast.AST) -> bool:
        """Does `where` speak of the class `name`, elsewhere than within itself?"""
        if isinstance(where, ast.ClassDef) and where.name == name:
            return False
        if isinstance(where, ast.Name) and where.id == name:
            return True
        return any(self._is_named(name, part) for part in ast.iter_child_nodes(where))

    # ── drawing it ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _side_by_side(self, items: Sequence[Any], before: Any) -> Any:
        """Networks of classes from their own inputs on; layers one a line: each gets what the one before gives."""
        inner = {id(part) for item in items for part in _all_parts(item)}
        if len(items) == 1 and isinstance(items[0], Thing):
            unnamed(items[0])
        value: Any = before if before is not None else OUTSIDE
        for item in items:
            if id(item) in inner:
                continue
            if isinstance(item, Thing):
                value = self._from_inputs(item)
            elif isinstance(item, Chain) and not item.calls:
                value = self._side_by_side(_parts(item), value)
            elif value == OUTSIDE and any(isinstance(part, Thing) for part in _all_parts(item)):
                value = self._reader.calls.use(item, [self._input("x", 0, 1)], {}, 1)
            else:
                value = self._reader.calls.use(item, [value], {}, getattr(item, "line", 1))
            if value is None or isinstance(value, Term):
                value = OUTSIDE
        return value

    def _from_inputs(self, thing: Thing) -> Any:
        """`forward` from the data's inputs on; of a class without one its layers, in order."""
        reader = self._reader
        names = reader.forward_arguments(thing.kind)
        if not names and PARTS not in thing.attributes and reader.member(thing.kind, "forward") is None:
            return self._side_by_side(_parts(thing), None) if _parts(thing) else None
        before = set(self._drawing.nodes)
        flows = [self._input(name, index, thing.kind.lineno) for index, name in enumerate(names or ["x"])]
        result = reader.calls.use(thing, flows, {}, thing.kind.lineno)
        self._drop_unread_inputs(before)
        return result

    def _methods(self, loose: Thing) -> Any:
        """`__init__` and `forward` without the line of their class."""
        reader = self._reader
        init, forward = reader.functions.get("__init__"), reader.functions["forward"]
        if init is not None:
            reader.run_function(Bound(init.function, loose), [], {}, init.function.lineno)
        places = [item.arg for item in forward.function.args.args if item.arg != "self"]
        flows = [Flow(None, name) for name in places]
        return reader.run_function(Bound(forward.function, loose), flows, {}, forward.function.lineno)

    def _input(self, name: str, index: int, line: int) -> Flow:
        """A node for an argument of `forward`: the field of the data of that name, else the data's own order."""
        info = self._info
        field = next((field for field, called in self._fields.items() if called == name), "")
        first = info.inputs[0] if info is not None and info.inputs else ""
        named = field if field and field != first else name if index and info is None else ""
        return self._drawing.input(INPUT, line, {"field": named} if named else {})

    def _drop_unread_inputs(self, before: set[str]) -> None:
        """Of a network that has drawn something."""
        read = {source.node for source in self._drawing.wires.values()}
        if set(self._drawing.nodes) - self._drawing.inputs - before:
            for id in self._drawing.inputs - read - before:
                self._drawing.drop(id)

    def _losses(self, result: Any) -> None:
        several = isinstance(result, tuple | list)
        given = list(cast("Sequence[Any]", result)) if several else [result]
        outputs = [flow for flow in given if isinstance(flow, Flow)]
        function = self._reader.functions[LOSS]
        places = [item.arg for item in function.function.args.args][len(outputs) :]
        before = set(self._drawing.nodes)
        targets = [Flow(None, name) for name in places]
        self._reader.run_function(function, [*outputs, *targets], {}, function.function.lineno)
        self._drawing.name_targets(before, self._target_names(places))

    def _target_names(self, places: Iterable[str]) -> Mapping[str, str]:
        """{name in the text: the data's field}, for those that are not the data's own target."""
        own = self._info.target if self._info is not None else ""
        fields = {called: field for field, called in self._fields.items() if field != own}
        return {name: fields[name] for name in places if name in fields}

    def _tell_unused(self) -> None:
        for module in self._reader.calls.constructed:
            if not module.node:
                name = module.name or module.type.rpartition(".")[2]
                self._drawing.say(
                    module.line, f"'{name}' is made and never used, so it is not drawn", code="code.unused"
                )


def _is_call_of(part: ast.AST, name: str) -> bool:
    return isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == name


def _needed(call: ast.Call, body: Sequence[ast.stmt]) -> list[ast.stmt]:
    """The assignments before `call` that its arguments depend on."""
    names = _names(*call.args, *(word.value for word in call.keywords))
    found: list[ast.stmt] = []
    for statement in reversed(body):
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if statement.lineno < call.lineno and not names.isdisjoint(_names(*targets)):
            found.insert(0, statement)
            names |= _names(statement)
    return found


def _names(*parts: ast.AST) -> set[str]:
    return {node.id for part in parts for node in ast.walk(part) if isinstance(node, ast.Name)}


def _unique(items: Iterable[Any]) -> list[Any]:
    """Layers, chains and objects, each once."""
    return list({id(item): item for item in items if isinstance(item, Module | Chain | Thing)}.values())


def _parts(item: Any) -> list[Any]:
    """What a chain or an object holds."""
    held = item.parts if isinstance(item, Chain) else item.attributes if isinstance(item, Thing) else {}
    return _unique(_opened(held.values()))


def _opened(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list | tuple):
            yield from _opened(cast("Sequence[Any]", value))
        elif isinstance(value, dict):
            yield from _opened(cast("dict[Any, Any]", value).values())
        else:
            yield value


def _all_parts(item: Any) -> Iterator[Any]:
    """Each once, also where a part knows what it is part of."""
    seen = {id(item)}
    waiting = [item]
    while waiting:
        for part in _parts(waiting.pop()):
            if id(part) not in seen:
                seen.add(id(part))
                waiting.append(part)
                yield part
