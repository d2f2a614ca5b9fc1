"""Calls in the text: layers constructed and used, containers of them, functions and methods of the text's own."""

import ast
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from torch import nn

from nnstudio.engine.from_code import constants
from nnstudio.engine.from_code.constants import NotConstant
from nnstudio.engine.from_code.drawing import Flow, Module
from nnstudio.engine.from_code.layers import BadArguments, Layers, Unknown
from nnstudio.engine.from_code.values import (
    Bound,
    Buffer,
    Chain,
    Named,
    Names,
    Pieces,
    Sizes,
    Thing,
    known,
    listed,
    short,
)
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.check_graph import INPUT, PASTED
from nnstudio.project.check_options import REPARAMETRIZATIONS, REPARAMETRIZE

if TYPE_CHECKING:
    from nnstudio.engine.from_code.reader import Reader

CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict"})
TORCH = ("torch.nn.functional.", "torch.nn.", "torch.special.", "torch.")
PARAMETER = "torch.nn.Parameter"
NO_LAYERS = ("torch.optim.", "torch.utils.data.", "torchvision.datasets.", "torchvision.transforms.")
OTHER_PACKAGES = frozenset({"numpy", "matplotlib", "pandas", "sklearn", "tqdm", "PIL", "torchmetrics", "wandb"})
"""What their classes make is no part of a network."""
MOST_MEMBERS = 10_000
QUIET = frozenset({"super", "print", "isinstance", "hasattr", "getattr", "setattr", "type", "callable", "id", "repr"})
PARTS = "()"
"""Where an instance of a subclass of nn.Sequential keeps its parts."""


class Calls:
    def __init__(self, reader: "Reader", layers: Layers) -> None:
        self._reader, self._layers = reader, layers
        self._drawing, self._tensors = reader.drawing, reader.tensors
        self.constructed: list[Module] = []
        self.used: dict[int, Any] = {}  # by identity: what has been called

    # ── which kind of call ────────────────────────────────────────────────────────────────────────────────────────────

    def call(self, call: ast.Call, names: Names) -> Any:
        """What a call gives."""
        reader = self._reader
        if isinstance(call.func, ast.Name) and call.func.id in QUIET:
            return Unknown(short(call))
        if _is_super_init(call.func):
            return self._super_init(call, names)
        callee = reader.value(call.func, names)
        match callee:
            case Named(name=name):
                return self._library(call, name, names)
            case Bound() | Thing() | Chain() | Module() | ast.ClassDef():
                arguments, keywords = self._given(call, names)
                return self.use(callee, arguments, keywords, call.lineno)
            case _ if isinstance(call.func, ast.Attribute):
                return self._method(call, call.func, names)
            case _ if isinstance(call.func, ast.Name):
                return self._bare_name(call, call.func.id, names)
            case _:
                return self._tensors.lost(call, names)

    def _super_init(self, call: ast.Call, names: Names) -> Any:
        """`super().__init__(nn.Linear(…), …)` of a class that is an nn.Sequential; of any other it does nothing."""
        thing = names.get("self")
        if isinstance(thing, Thing) and call.args:
            thing.attributes[PARTS] = self._container(call, "Sequential", names)
        return None

    def use(self, callee: Any, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Any:
        """A layer, a chain of layers, an object or a function of the text, called."""
        reader = self._reader
        self.used[id(callee)] = callee
        match callee:
            case Module():
                return self._tensors.used(callee, [*arguments, *keywords.values()], line)
            case Chain(parts=parts, calls=True) if arguments:
                value: Any = arguments[0]
                for part in parts.values():
                    value = self.use(part, [value], {}, line)
                return value
            case Thing():
                arguments = self._fed(arguments, line) if reader.outermost else arguments
                forward = reader.member(callee.kind, "forward")
                if isinstance(forward, ast.FunctionDef):
                    return reader.run_function(Bound(forward, callee), arguments, keywords, line)
                if PARTS in callee.attributes:
                    return self.use(callee.attributes[PARTS], arguments, keywords, line)
            case Bound():
                return reader.run_function(callee, arguments, keywords, line)
            case ast.ClassDef():
                return reader.instance(callee, arguments, keywords, line)
            case _:
                pass
        values = [*arguments, *keywords.values()]
        unknown = Module(f"{PASTED}call", line, lack="something is called that is no layer known here")
        return self._tensors.drawn(unknown, values, line) if self._tensors.flows(values) else Unknown()

    def _fed(self, arguments: Sequence[Any], line: int) -> Sequence[Any]:
        """`model(torch.randn(1, 784))`, a trial: the data come in there."""
        match arguments:
            case [Unknown(cause="")]:
                return [self._drawing.input(INPUT, line, {})]
            case _:
                return arguments

    def _given(self, call: ast.Call, names: Names) -> tuple[list[Any], dict[str, Any]]:
        keywords: dict[str, Any] = {}
        for word in call.keywords:
            value = self._reader.value(word.value, names)
            if word.arg is not None:
                keywords[word.arg] = value
            elif isinstance(value, dict):
                keywords |= cast("dict[str, Any]", value)
        return [self._whole(value) for value in self._reader.items(call.args, names)], keywords

    def _whole(self, value: Any) -> Any:
        """What is taken apart, handed over as all of its pieces."""
        pieces = self._tensors.pieces(value) if isinstance(value, Pieces) else None
        return tuple(pieces) if pieces is not None else value

    # ── of the library ────────────────────────────────────────────────────────────────────────────────────────────────

    def _bare_name(self, call: ast.Call, name: str, names: Names) -> Any:
        """A function of Python's; else a layer whose import was not pasted: `Conv2d(1, 6, 5)`."""
        if name in constants.FUNCTIONS:
            return self._python(call, name, names)
        if name in ("OrderedDict", "dict"):
            return self._dictionary(call, names)
        return self._library(call, f"torch.nn.{name}" if name[:1].isupper() else f"torch.{name}", names)

    def _python(self, call: ast.Call, name: str, names: Names) -> Any:
        """`range(3)`, `len(sizes)`, `sum(branches)`."""
        arguments, keywords = self._given(call, names)
        arguments = [self._tensors.numbered(listed(item)) for item in arguments]
        tensors: Any = arguments[0] if name == "sum" and arguments else None
        if isinstance(tensors, list) and tensors and all(isinstance(item, Flow) for item in cast("list[Any]", tensors)):
            return self._tensors.made("nnstudio.add", cast("list[Any]", tensors), call.lineno)
        try:
            return constants.call(name, arguments, keywords)
        except NotConstant:
            return Unknown(short(call)) if name == "len" else self._tensors.lost(call, names, arguments)

    def _dictionary(self, call: ast.Call, names: Names) -> Any:
        arguments, keywords = self._given(call, names)
        first: Any = arguments[0] if arguments else {}
        if isinstance(first, dict):
            return {**cast("dict[str, Any]", first), **keywords}
        pairs = cast("Sequence[Any]", first if isinstance(first, list | tuple) else ())
        items = [cast("Sequence[Any]", pair) for pair in pairs if isinstance(pair, list | tuple)]
        return {str(pair[0]): pair[1] for pair in items if len(pair) == 2} | keywords

    def _library(self, call: ast.Call, name: str, names: Names) -> Any:
        """A class or a function under its full name."""
        last = name.rpartition(".")[2]
        if name.endswith("OrderedDict"):
            return self._dictionary(call, names)
        if last in WRAPPERS and call.args:
            return self._reader.value(call.args[0], names)
        if last in CONTAINERS and name.startswith("torch.nn."):
            return self._container(call, last, names)
        form = next((key for key, text in REPARAMETRIZATIONS.items() if name.endswith(text.rpartition(".")[2])), None)
        if form is not None:
            return self._reparametrized(call, form, names)
        if last[:1].isupper():
            return self._constructed(call, name, names)
        return self._function(call, name, names)

    def _function(self, call: ast.Call, name: str, names: Names) -> Any:
        worked_out = self._mathematics(call, name, names)
        if worked_out is not None:
            return worked_out
        found = self._tensors.matched(call, names)
        if found is not None:
            return found
        arguments, keywords = self._given(call, names)
        if name.startswith(TORCH):
            return self._tensors.function(call, name.rpartition(".")[2], arguments, keywords, names)
        return self._tensors.lost(call, names)

    def _mathematics(self, call: ast.Call, name: str, names: Names) -> Any | None:
        """`math.sqrt(64)`; None where it is not worked out."""
        module, _, last = name.rpartition(".")
        if module not in ("math", "numpy", "torch") or last not in constants.MATH or call.keywords:
            return None
        values = self._reader.items(call.args, names)
        try:
            return constants.mathematics(last, [*map(self._tensors.constant, values)])
        except NotConstant:
            return next((Sizes(value.flow) for value in values if isinstance(value, Sizes)), None)

    def _container(self, call: ast.Call, kind: str, names: Names) -> Chain:
        arguments, keywords = self._given(call, names)
        parts: dict[str, Any] = {}
        for item in arguments:
            if isinstance(item, dict):
                parts |= {str(key): value for key, value in cast("dict[Any, Any]", item).items()}
            elif isinstance(item, list | tuple) and kind != "Sequential":
                parts |= {str(index): value for index, value in enumerate(cast("Sequence[Any]", item))}
            else:
                parts[str(len(parts))] = item
        parts |= keywords
        for name, part in parts.items():
            if isinstance(part, Module) and not part.name and not name.isdigit():
                part.name = name
            if not isinstance(part, Module | Chain | Thing):
                parts[name] = self._no_layer(call, kind, name, part)
        return Chain(parts, kind == "Sequential", kind == "ModuleDict")

    def _no_layer(self, call: ast.Call, kind: str, name: str, part: Any) -> Module:
        """A part that is not known: a placeholder where it stands."""
        text = part.words if isinstance(part, Unknown) and part.words else type(part).__name__
        lack = f"'{text}', part {name} of the nn.{kind}, is no layer known here"
        return Module(f"{PASTED}part", call.lineno, note=text, lack=lack)

    def _reparametrized(self, call: ast.Call, form: str, names: Names) -> Any:
        arguments, _ = self._given(call, names)
        if arguments and isinstance(arguments[0], Module):
            arguments[0].options = {**arguments[0].options, REPARAMETRIZE: form}
            return arguments[0]
        return self._tensors.lost(call, names)

    def _constructed(self, call: ast.Call, name: str, names: Names) -> Any:
        """A layer of its class; one that no plugin brings is a placeholder."""
        if _is_no_layer(name):
            return Unknown(short(call))
        module, _, last = name.rpartition(".")
        target = f"{module}:{last}"
        arguments, keywords = self._given(call, names)
        spec = self._layers.of_class(target)
        if spec is None:
            made = self._unknown_layer(call, last)
        else:
            made = Module(spec.id, call.lineno)
            given, words = [known(value) for value in arguments], {key: known(item) for key, item in keywords.items()}
            try:
                made.meant = self._layers.made(spec, target, given, words)
            except BadArguments as error:
                problem = Problem("code.bad_call", f"Line {call.lineno}: '{short(call)}': {error}.")
                raise NNStudioError(problem) from error
            self._tensors.remark(call, made.meant)
        if name == PARAMETER:
            return self._tensors.drawn(made, [], call.lineno)
        self.constructed.append(made)
        return made

    def _unknown_layer(self, call: ast.Call, kind: str) -> Module:
        """A placeholder for what a class of PyTorch, or one that was not pasted, makes."""
        made = Module(f"{PASTED}{kind}", call.lineno, note=ast.unparse(call), lack=f"no layer does '{short(call)}'")
        made.code = "code.unknown_layer"
        if isinstance(call.func, ast.Name) and not hasattr(nn, kind):
            made.lack = f"what '{kind}' is, the text does not say"
            made.remedy = f"Paste the class '{kind}' as well, or put layers that do the same in its place."
        return made

    # ── methods ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _method(self, call: ast.Call, func: ast.Attribute, names: Names) -> Any:
        """A method: of a list of layers, of a tensor, of something unknown."""
        owner = self._reader.value(func.value, names)
        arguments, keywords = self._given(call, names)
        match owner:
            case list():
                return _list_method(cast("list[Any]", owner), func.attr, arguments)
            case dict():
                return _dict_method(cast("dict[Any, Any]", owner), func.attr, arguments, short(call))
            case Chain():
                return _chain_method(owner, func.attr, arguments)
            case Flow():
                return self._tensors.method(call, func.attr, owner, arguments, keywords, names)
            case Sizes() if func.attr == "numel":
                return Sizes(owner.flow)
            case Module() | Thing() if func.attr in KEPT:
                return owner
            case Thing() if func.attr == "register_buffer" and arguments:
                self._register(call, owner, [*arguments, *keywords.values()])
                return None
            case Module() | Thing() if not self._tensors.flows([*arguments, *keywords.values()]):
                return Unknown(short(call))
            case Module() if func.attr == "forward":
                return self.use(owner, arguments, keywords, call.lineno)
            case _:
                return self._tensors.lost(call, names)

    def _register(self, call: ast.Call, owner: Thing, given: Sequence[Any]) -> None:
        """`self.register_buffer("mean", torch.tensor(0.5))`: numbers stay numbers, all else is a tensor that no layer holds."""
        name, value = str(given[0]), given[1] if len(given) > 1 else None
        number = value is None or isinstance(value, int | float)
        owner.attributes[name] = value if number else Buffer(ast.unparse(call), call.lineno)


WRAPPERS = frozenset({"compile", "script", "DataParallel", "DistributedDataParallel"})
"""Functions and classes that hand a network on, as far as the drawing is concerned."""
KEPT = frozenset({"to", "cuda", "cpu", "float", "double", "half", "train", "eval", "apply", "requires_grad_"})
"""Methods of a layer or a network that return it."""


def _is_no_layer(name: str) -> bool:
    package = name.partition(".")[0]
    foreign = package in OTHER_PACKAGES or package in sys.stdlib_module_names
    return foreign or name.startswith(NO_LAYERS) or (package == "torch" and not name.startswith("torch.nn."))


def _is_super_init(func: ast.expr) -> bool:
    match func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
            return True
        case _:
            return False


def _list_method(items: list[Any], name: str, arguments: Sequence[Any]) -> Any:
    more: Any = listed(arguments[0]) if arguments else None
    if name == "append" and arguments:
        items.append(arguments[0])
    elif name in ("extend", "__iadd__") and isinstance(more, list | tuple) and len(items) < MOST_MEMBERS:
        items.extend(cast("Sequence[Any]", more))
    elif name == "insert" and len(arguments) == 2 and isinstance(arguments[0], int):
        items.insert(arguments[0], arguments[1])
    elif name == "pop" and items:
        return items.pop(*[place for place in arguments if isinstance(place, int)])
    elif name == "index":
        return items.index(arguments[0]) if arguments and arguments[0] in items else Unknown()
    return None


def _dict_method(table: dict[Any, Any], name: str, arguments: Sequence[Any], text: str) -> Any:
    match name:
        case "items":
            return list(table.items())
        case "keys":
            return list(table)
        case "values":
            return list(table.values())
        case "get" if arguments and isinstance(arguments[0], str | int):
            return table.get(arguments[0], arguments[1] if len(arguments) > 1 else None)
        case _:
            return Unknown(text)


def _chain_method(chain: Chain, name: str, arguments: Sequence[Any]) -> Any:
    if name in ("append", "add_module") and arguments:
        key = str(arguments[0]) if name == "add_module" else str(len(chain.parts))
        chain.parts[key] = arguments[-1]
    elif name == "extend" and arguments and isinstance(arguments[0], list):
        for item in cast("list[Any]", arguments[0]):
            chain.parts[str(len(chain.parts))] = item
    elif name in ("children", "values", "modules"):
        return list(chain.parts.values())
    elif name == "keys":
        return list(chain.parts)
    elif name == "items":
        return list(chain.parts.items())
    return chain
