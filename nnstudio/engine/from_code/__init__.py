"""A snippet of PyTorch → a network: layers one a line, nn.Sequential, whole classes. The text is read, and nothing of it is executed."""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from nnstudio.data import DataInfo
from nnstudio.engine import naming
from nnstudio.engine.from_code.calls import PARTS, Calls
from nnstudio.engine.from_code.drawing import Drawing, Flow, Module
from nnstudio.engine.from_code.layers import Layers
from nnstudio.engine.from_code.reader import Bound, Chain, Reader, Returned, Thing
from nnstudio.engine.from_code.templates import Templates
from nnstudio.engine.from_code.text import parsed
from nnstudio.engine.inspect import inspect
from nnstudio.problems import NNStudioError, Problem, Severity
from nnstudio.project.graph import Graph
from nnstudio.project.layout import layout
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.replies import Drawn

INPUT = "nnstudio.input"
LOSS = "loss"
"""A function of this name beside the class gives the losses of what the class returns, as codegen writes it."""


def draw(text: str, registry: Registry, info: DataInfo | None = None) -> Drawn:
    """The network that `text` describes. info: of the data it shall learn from, whose fields its inputs are named after, and with whose shapes the
    numbers in the text are compared. Raises NNStudioError where there is nothing to draw or the text is no Python."""
    tree = parsed(text)
    drawing = Drawing()
    reader = Reader(Layers(registry), Templates(registry), drawing)
    try:
        _Draft(reader, drawing, info).draw(tree)
    except RecursionError as error:
        raise NNStudioError(
            Problem("code.too_big", "The code is nested too deeply.", remedy="Paste a part.")
        ) from error
    if not drawing.nodes:
        why = drawing.problems or [Problem("code.nothing", "The text holds no layers of PyTorch.", remedy=EXAMPLE)]
        raise NNStudioError(*why)
    graph = drawing.with_names()
    graph = replace(graph, nodes=_placed(graph))
    problems = (*drawing.problems, *_disagreements(drawing, graph, registry, info))
    return Drawn(Project("Pasted code", graph), problems)


EXAMPLE = "Paste an nn.Sequential(…), layers one a line, or a class with __init__ and forward."


def _placed(graph: Graph) -> dict[str, Any]:
    spots = layout(graph)
    return {id: replace(node, position=spots[id]) for id, node in graph.nodes.items()}


def _disagreements(drawing: Drawing, graph: Graph, registry: Registry, info: DataInfo | None) -> Iterable[Problem]:
    """Numbers that follow from the input, such as in_features, which with this data are others than in the text."""
    if info is None or not any(node.type == INPUT for node in graph):
        return
    plan = inspect(graph, info, registry)
    for id, stated in drawing.stated.items():
        found = dict(plan.nodes[id].arguments) if id in plan.nodes else dict[str, Any]()
        for name, value in stated.items():
            if type(value) is int and found.get(name, value) != value:
                words = f"Line {drawing.lines[id]}: '{id}' has {name} {value} in the text; with this data it is {found[name]}."
                yield Problem("code.disagrees", words, Severity.WARNING, node=id, param=name)


class _Draft:
    def __init__(self, reader: Reader, drawing: Drawing, info: DataInfo | None) -> None:
        self._reader, self._drawing, self._info = reader, drawing, info
        self._fields = naming.fields((*info.inputs, *info.fields)) if info is not None else {}

    def draw(self, tree: ast.Module) -> None:
        reader = self._reader
        loose = Thing(ast.ClassDef("self", [], [], [], []))
        reader.globals["self"] = loose
        result: Any = None
        try:
            reader.run(tree.body, reader.globals)
        except Returned as returned:  # the body of a forward, without its head
            result = returned.value
        main = self._main()
        if main is not None:
            result = self._whole(main)
        elif "forward" in reader.functions:
            result = self._methods(loose)
        if not self._drawing.nodes:
            owner = main or loose
            result = self._in_a_row([*reader.made, *owner.attributes.values()])
        if LOSS in reader.functions and result is not None:
            self._losses(result)

    def _main(self) -> Thing | None:
        """The instance that is made outside of classes, else one of the last class that no other uses."""
        reader = self._reader
        made = [item for item in (*reader.made, self._by_function()) if isinstance(item, Thing)]
        if made:
            return made[-1]
        used = {
            name.id
            for kind in reader.classes.values()
            for name in ast.walk(kind)
            if isinstance(name, ast.Name) and name.id != kind.name
        }
        kinds = [kind for name, kind in reader.classes.items() if name not in used and _is_network(kind)]
        return reader.instance(kinds[-1], [], {}, kinds[-1].lineno) if kinds else None

    def _by_function(self) -> Any:
        """What the last function gives that needs no arguments: `def resnet18(): return ResNet(Block, [2, 2])`."""
        reader = self._reader
        ready = [
            function
            for name, function in reader.functions.items()
            if name not in (LOSS, "forward", "__init__") and reader.needs_nothing(function)
        ]
        return reader.run_function(ready[-1], [], {}, ready[-1].function.lineno) if ready and reader.classes else None

    def _whole(self, thing: Thing) -> Any:
        """`forward` from the data's inputs on."""
        reader = self._reader
        names = reader.forward_arguments(thing.kind)
        if not names and PARTS not in thing.attributes:
            return None
        flows = [self._input(name, index, thing.kind.lineno) for index, name in enumerate(names or ["x"])]
        result = self._calls.use(thing, flows, {}, thing.kind.lineno)
        self._drop_unread_inputs()
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

    def _in_a_row(self, made: Iterable[Any]) -> Any:
        """Layers one a line: each gets what the one before gives."""
        items = list({id(item): item for item in made if isinstance(item, Module | Chain | Thing)}.values())
        inner = {id(part) for item in items if isinstance(item, Chain) for part in _all_parts(item)}
        value: Any = Flow(None, "x")
        for item in items:
            if id(item) not in inner and not (isinstance(item, Thing) and not item.attributes):
                value = self._calls.use(item, [value], {}, getattr(item, "line", 1))
        return value

    def _input(self, name: str, index: int, line: int) -> Flow:
        """A node for an argument of `forward`: the field of the data of that name, else the data's own order."""
        info = self._info
        field = next((field for field, called in self._fields.items() if called == name), "")
        first = info.inputs[0] if info is not None and info.inputs else ""
        named = field if field and field != first else name if index and info is None else ""
        return self._drawing.input(INPUT, line, {"field": named} if named else {})

    def _drop_unread_inputs(self) -> None:
        read = {source.node for source in self._drawing.wires.values()}
        if len(self._drawing.nodes) > len(self._drawing.inputs):
            for id in self._drawing.inputs - read:
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

    @property
    def _calls(self) -> Calls:
        return self._reader.calls


def _is_network(kind: ast.ClassDef) -> bool:
    named = any("Module" in ast.unparse(base) or "Sequential" in ast.unparse(base) for base in kind.bases)
    return named or any(isinstance(part, ast.FunctionDef) and part.name == "forward" for part in kind.body)


def _all_parts(chain: Chain) -> Iterable[Any]:
    for part in chain.parts.values():
        yield part
        if isinstance(part, Chain):
            yield from _all_parts(part)


__all__ = ["draw"]
