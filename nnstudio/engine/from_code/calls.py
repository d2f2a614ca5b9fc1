"""Calls and operators of the text: layers constructed and called, functions of PyTorch, methods of tensors, residual sums."""

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from nnstudio.engine.from_code import constants
from nnstudio.engine.from_code.constants import NotConstant
from nnstudio.engine.from_code.drawing import Flow, Module, Term
from nnstudio.engine.from_code.layers import BadArguments, Layers, Meant, Unknown
from nnstudio.engine.from_code.reader import Bound, Chain, Named, Names, Reader, Sizes, Thing, plain, short
from nnstudio.engine.from_code.templates import Match, Templates
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.check_options import REPARAMETRIZATIONS, REPARAMETRIZE

CONTAINERS = frozenset({"Sequential", "ModuleList", "ModuleDict"})
TORCH = ("torch.nn.functional.", "torch.nn.", "torch.special.", "torch.")
UNCHANGED = frozenset(
    {"contiguous", "clone", "to", "float", "double", "half", "cuda", "cpu", "type", "type_as", "squeeze_"}
)
"""Methods that hand the tensor on, as far as the network is concerned."""
JOINED = {"cat": "nnstudio.concatenate", "concat": "nnstudio.concatenate", "concatenate": "nnstudio.concatenate"}
OPERATORS: Mapping[type[ast.operator], str] = {ast.Add: "nnstudio.add", ast.Mult: "nnstudio.multiply"}
OPERATIONS = {"add": ast.Add, "mul": ast.Mult, "multiply": ast.Mult}
MOST_MEMBERS = 10_000
QUIET = frozenset({"super", "print"})
PARTS = "()"
"""Where an instance of a subclass of nn.Sequential keeps its parts."""


class Calls:
    def __init__(self, reader: Reader, layers: Layers, templates: Templates) -> None:
        self._reader, self._layers, self._templates = reader, layers, templates
        self._drawing = reader.drawing

    # ── which kind of call ────────────────────────────────────────────────────────────────────────────────────────────

    def call(self, call: ast.Call, names: Names) -> Any:
        """What a call gives."""
        reader = self._reader
        if isinstance(call.func, ast.Name) and call.func.id in QUIET:
            return Unknown(call.func.id)
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
                return self._lost(call, names)

    def _super_init(self, call: ast.Call, names: Names) -> Any:
        """`super().__init__(nn.Linear(…), …)` of a class that is an nn.Sequential; of any other it does nothing."""
        thing = names.get("self")
        if isinstance(thing, Thing) and call.args:
            thing.attributes[PARTS] = self._container(call, "Sequential", names)
        return None

    def use(self, callee: Any, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Any:
        """A layer, a chain of layers, an object or a function of the text, called."""
        reader = self._reader
        match callee:
            case Module():
                flows = self._flows([*arguments, *keywords.values()])
                return self._drawing.called(callee, flows)
            case Chain(parts=parts, calls=True) if arguments:
                value: Any = arguments[0]
                for part in parts.values():
                    value = self.use(part, [value], {}, line)
                return value
            case Thing():
                forward = reader.member(callee.kind, "forward")
                if isinstance(forward, ast.FunctionDef):
                    return reader.run_function(Bound(forward, callee), arguments, keywords, line)
                if PARTS in callee.attributes:
                    return self.use(callee.attributes[PARTS], arguments, keywords, line)
            case Bound():
                return reader.run_function(callee, arguments, keywords, line)
            case ast.ClassDef():
                made = reader.instance(callee, arguments, keywords, line)
                self._note(made)
                return made
            case _:
                pass
        self._drawing.say(line, "something is called that is no layer known here")
        return arguments[0] if arguments and isinstance(arguments[0], Flow) else Unknown()

    def _given(self, call: ast.Call, names: Names) -> tuple[list[Any], dict[str, Any]]:
        keywords: dict[str, Any] = {}
        for word in call.keywords:
            value = self._reader.value(word.value, names)
            if word.arg is not None:
                keywords[word.arg] = value
            elif isinstance(value, dict):
                keywords |= cast("dict[str, Any]", value)
        return self._reader.items(call.args, names), keywords

    def _flows(self, values: Sequence[Any]) -> list[Flow]:
        """The tensors among what is handed over; a name that the text does not define is one from outside."""
        found: list[Flow] = []
        for value in values:
            if isinstance(value, Flow):
                found.append(value)
            elif isinstance(value, Unknown):
                found.append(Flow(None, value.words))
            elif isinstance(value, list | tuple):
                found += self._flows(cast("Sequence[Any]", value))
        return found

    def _note(self, made: Any) -> None:
        """A layer or a chain of layers that stands by itself in the text."""
        if self._reader.outermost:
            self._reader.made.append(made)

    # ── of the library ────────────────────────────────────────────────────────────────────────────────────────────────

    def _bare_name(self, call: ast.Call, name: str, names: Names) -> Any:
        """A function of Python's; else a layer whose import was not pasted: `Conv2d(1, 6, 5)`."""
        if name in constants.FUNCTIONS:
            arguments, keywords = self._given(call, names)
            try:
                return constants.call(name, [_listed(item) for item in arguments], keywords)
            except NotConstant:
                return Unknown(short(call))
        if name in ("OrderedDict", "dict"):
            return self._dictionary(call, names)
        if name[:1].isupper():
            return self._library(call, f"torch.nn.{name}", names)
        return self._library(call, f"torch.{name}", names)

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
        if last in CONTAINERS and name.startswith("torch.nn."):
            return self._container(call, last, names)
        form = next((key for key, text in REPARAMETRIZATIONS.items() if name.endswith(text.rpartition(".")[2])), None)
        if form is not None:
            return self._reparametrized(call, form, names)
        if last[:1].isupper():
            return self._constructed(call, name, names)
        return self._function(call, name, names)

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
                self._drawing.say(call.lineno, f"'{name}' of the nn.{kind} is no layer and is left out")
        chain = Chain(
            {name: part for name, part in parts.items() if isinstance(part, Module | Chain | Thing)},
            kind == "Sequential",
        )
        self._note(chain)
        return chain

    def _reparametrized(self, call: ast.Call, form: str, names: Names) -> Any:
        arguments, _ = self._given(call, names)
        if arguments and isinstance(arguments[0], Module):
            arguments[0].options = {**arguments[0].options, REPARAMETRIZE: form}
            return arguments[0]
        return self._lost(call, names)

    def _constructed(self, call: ast.Call, name: str, names: Names) -> Any:
        """A layer of its class; one that no plugin brings is a placeholder."""
        module, _, last = name.rpartition(".")
        target = f"{module}:{last}"
        arguments, keywords = self._given(call, names)
        spec = self._layers.of_class(target)
        made = Module(spec.id if spec else name, call.lineno)
        if spec is None:
            words = f"no plugin brings '{short(call.func)}'; a placeholder stands for it"
            self._drawing.say(call.lineno, words, "Replace it by layers that do the same.", code="code.unknown_layer")
        else:
            made.meant = self._meant(
                call, lambda given, named: self._layers.made(spec, target, given, named), arguments, keywords
            )
        self._note(made)
        return made

    def _meant(
        self,
        call: ast.Call,
        work: Callable[[list[Any], dict[str, Any]], Meant],
        arguments: list[Any],
        keywords: dict[str, Any],
    ) -> Meant:
        """The parameters; what of the arguments is not known or has no counterpart is told."""
        try:
            meant = work([_known(value) for value in arguments], {key: _known(item) for key, item in keywords.items()})
        except BadArguments as error:
            raise NNStudioError(Problem("code.bad_call", f"Line {call.lineno}: '{short(call)}': {error}.")) from error
        for remark in meant.remarks:
            self._drawing.say(call.lineno, remark, code="code.argument")
        return meant

    # ── functions of tensors ──────────────────────────────────────────────────────────────────────────────────────────

    def _function(self, call: ast.Call, name: str, names: Names) -> Any:
        found = self.matched(call, names)
        if found is not None:
            return found
        last = name.rpartition(".")[2]
        arguments, keywords = self._given(call, names)
        if name.startswith(TORCH):
            return self._tensor_function(call, last, arguments, keywords, names)
        return self._lost(call, names)

    def _method(self, call: ast.Call, func: ast.Attribute, names: Names) -> Any:
        """A method: of a list of layers, of a tensor, of something unknown."""
        owner = self._reader.value(func.value, names)
        arguments, keywords = self._given(call, names)
        if isinstance(owner, list):
            return _list_method(cast("list[Any]", owner), func.attr, arguments)
        if isinstance(owner, dict):
            table = cast("dict[Any, Any]", owner)
            return {
                "items": lambda: list(table.items()),
                "keys": lambda: list(table),
                "values": lambda: list(table.values()),
            }.get(func.attr, lambda: Unknown(short(call)))()
        if isinstance(owner, Chain):
            return _chain_method(owner, func.attr, arguments)
        if isinstance(owner, Flow):
            return self._of_tensor(call, func.attr, owner, arguments, keywords, names)
        if isinstance(owner, Sizes) and func.attr == "numel":
            return Sizes(owner.flow)
        return Unknown(short(call))

    def _of_tensor(
        self, call: ast.Call, name: str, owner: Flow, arguments: list[Any], keywords: dict[str, Any], names: Names
    ) -> Any:
        if name == "size" or name == "dim":
            first: Any = arguments[0] if arguments else None
            return Sizes(owner, first if isinstance(first, int) else None, whole=not arguments)
        if name in UNCHANGED:
            return owner
        if name not in ("view",):
            found = self.matched(call, names)
            if found is not None:
                return found
        return self._tensor_function(call, name, [owner, *arguments], keywords, names)

    def _tensor_function(
        self, call: ast.Call, name: str, arguments: list[Any], keywords: dict[str, Any], names: Names
    ) -> Any:
        """A function of one tensor or more, given by place, and its settings."""
        line, first = call.lineno, arguments[0] if arguments else keywords.get("input")
        if name in JOINED:
            parts: Any = arguments[0] if arguments else keywords.get("tensors", [])
            parts = list(cast("Sequence[Any]", parts)) if isinstance(parts, list | tuple) else [parts]
            dim = arguments[1] if len(arguments) > 1 else keywords.get("dim", keywords.get("axis", 0))
            return self._many(JOINED[name], self._flows(parts), line, _at("dim", dim, 1))
        if name in OPERATIONS and len(arguments) == 2 and isinstance(arguments[1], Flow):
            return self._many(OPERATORS[OPERATIONS[name]], self._flows(arguments), line)
        if name in ("view", "reshape") and isinstance(first, Flow):
            return self._reshaped(call, first, arguments[1:], names)
        if name == "unflatten" and isinstance(first, Flow) and arguments[1:2] == [1]:
            return self._reshaped(call, first, [Sizes(first, 0), *_listed(arguments[2])], names)
        if name in ("mean", "amax") and isinstance(first, Flow):
            pooled = self._pooled(
                name, first, [*arguments[1:], *(keywords[key] for key in ("dim", "axis") if key in keywords)], line
            )
            if pooled is not None:
                return pooled
        spec = self._layers.of_function(name)
        if spec is None or not isinstance(first, Flow | Unknown):
            return self._lost(call, names)
        tensors = arguments[: len(spec.inputs)]
        rest = [] if spec.inputs and spec.inputs[-1].many else arguments[len(spec.inputs) :]
        words = {key: value for key, value in keywords.items() if key not in ("input", "target")}
        meant = self._meant(call, lambda given, named: self._layers.applied(spec, name, given, named), rest, words)
        return self._drawing.called(
            Module(spec.id, line, meant),
            self._flows([*tensors, *(keywords[key] for key in ("input", "target") if key in keywords)]),
        )

    def _many(self, type: str, flows: Sequence[Flow], line: int, params: Mapping[str, Any] | None = None) -> Any:
        spec = self._layers.of_id(type)
        return self._drawing.called(Module(type, line, Meant(spec, params or {})), flows)

    def _reshaped(self, call: ast.Call, flow: Flow, sizes: Sequence[Any], names: Names) -> Any:
        """`view(x.size(0), -1)` and `view(-1, 400)` make vectors; `view(-1, 16, 5, 5)` gives another shape."""
        wanted = list(_listed(sizes[0])) if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else list(sizes)
        batch = bool(wanted) and (wanted[0] == -1 or isinstance(wanted[0], Sizes | Unknown))
        inner = wanted[1:]
        if not batch or not inner or not all(type(size) is int or isinstance(size, Sizes | Unknown) for size in inner):
            return self._lost(call, names)
        if len(inner) == 1:
            return self._many("nnstudio.flatten", [flow], call.lineno)
        if any(type(size) is not int for size in inner):
            return self._lost(call, names)
        return self._many("nnstudio.reshape", [flow], call.lineno, {"shape": inner})

    def _pooled(self, name: str, flow: Flow, dims: Sequence[Any], line: int) -> Any:
        given = [*_listed(dims[0])] if dims and isinstance(dims[0], list | tuple) else [*dims]
        ranks = [
            sorted(size + rank if isinstance(size, int) and size < 0 else size for size in given)
            == list(range(2, rank))
            for rank in (3, 4, 5)
        ]
        if not given or not all(isinstance(size, int) for size in given) or not any(ranks):
            return None
        return self._many({"mean": "nnstudio.global_avg_pool", "amax": "nnstudio.global_max_pool"}[name], [flow], line)

    # ── templates and operators ───────────────────────────────────────────────────────────────────────────────────────

    def matched(self, expression: ast.expr, names: Names) -> Any | None:
        """The layer for which codegen would write this very expression; None where there is none."""
        for match in self._templates.matches(expression, lambda part: self._reader.dotted(part, names)):
            flows = self._ports(match, names)
            if flows is None:
                continue
            given: dict[str, Any] = {}
            for name, parts in match.arguments.items():
                values = [self._reader.value(part, names) for part in parts]
                given[name] = values if name in match.several else values[0]
            given |= {name: self._reader.value(part, names) for name, part in match.rest.items()}
            meant = self._layers.from_template(match.spec, {name: _known(value) for name, value in given.items()})
            if meant is not None:
                return self._drawing.called(Module(match.spec.id, expression.lineno, meant), flows)
        return None

    def _ports(self, match: Match, names: Names) -> list[Flow] | None:
        """What is wired, by port in order; None where one of them is no tensor."""
        flows: list[Flow] = []
        for port in match.spec.inputs:
            parts = match.ports.get(port.name, match.ports.get("inputs", []) if port.many else [])
            values = [self._reader.value(part, names) for part in parts]
            tensors = self._flows(values)
            if len(tensors) != len(values) or (
                not any(isinstance(value, Flow) for value in values) and not port.optional
            ):
                return None
            flows += tensors
        return flows

    def operation(self, expression: ast.BinOp, names: Names) -> Any:
        """Constants are worked out; sums and products of tensors are layers."""
        found = self.matched(expression, names)  # the whole before its parts: a + b + c is one sum
        if found is not None:
            return found
        left, right = self._reader.value(expression.left, names), self._reader.value(expression.right, names)
        if isinstance(left, Term) or isinstance(right, Term):
            return self._weighed(expression, left, right)
        if isinstance(left, Flow) or isinstance(right, Flow):
            return self._lost(expression, names, [left, right])
        try:
            return constants.binary(expression.op, plain(left), plain(right))
        except NotConstant:
            sizes = next((side for side in (left, right) if isinstance(side, Sizes)), None)
            return Sizes(sizes.flow) if sizes is not None else Unknown(short(expression))

    def _weighed(self, expression: ast.BinOp, left: Any, right: Any) -> Any:
        """Losses added, or taken so many times."""
        if isinstance(left, Term) and isinstance(right, Term) and isinstance(expression.op, ast.Add):
            return Term((*left.nodes, *right.nodes))
        factor, term = (right, left) if isinstance(left, Term) else (left, right)
        if isinstance(expression.op, ast.Mult) and isinstance(factor, int | float):
            self._drawing.weigh(term, factor)
        else:
            self._drawing.say(expression.lineno, f"'{short(expression)}' is no sum of losses that can be drawn")
        return term

    def _lost(self, expression: ast.expr, names: Names, values: Sequence[Any] = ()) -> Any:
        """No layer does this: a placeholder where a tensor goes through, else something unknown."""
        if isinstance(expression, ast.Call) and not values:
            arguments, keywords = self._given(expression, names)
            owner = (
                self._reader.value(expression.func.value, names) if isinstance(expression.func, ast.Attribute) else None
            )
            values = [*([owner] if isinstance(owner, Flow) else []), *arguments, *keywords.values()]
        flows = self._flows([value for value in values if not isinstance(value, Unknown)])
        if not flows:
            return Unknown(short(expression))
        words = f"no layer does '{short(expression)}'; a placeholder stands for it"
        self._drawing.say(
            expression.lineno, words, "Replace it by layers that do the same.", code="code.unknown_function"
        )
        name = (
            short(expression.func)
            if isinstance(expression, ast.Call)
            else type(getattr(expression, "op", expression)).__name__.lower()
        )
        return self._drawing.called(Module(f"python.{name.rpartition('.')[2]}", expression.lineno), flows)


def _known(value: Any) -> Any:
    """A constant, or Unknown where it is none."""
    if isinstance(value, list | tuple):
        return [_known(item) for item in cast("Sequence[Any]", value)]
    try:
        return plain(value)
    except NotConstant:
        return value if isinstance(value, Unknown) else Unknown()


def _is_super_init(func: ast.expr) -> bool:
    match func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"):
            return True
        case _:
            return False


def _at(name: str, value: Any, default: int) -> dict[str, Any]:
    """One parameter where it is not its default."""
    return {} if value == default or not isinstance(value, int) else {name: value}


def _listed(value: Any) -> Any:
    if isinstance(value, Chain):
        return list(value.parts.values())
    return value


def _list_method(items: list[Any], name: str, arguments: Sequence[Any]) -> Any:
    more: Any = _listed(arguments[0]) if arguments else None
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


def _chain_method(chain: Chain, name: str, arguments: Sequence[Any]) -> Any:
    if name in ("append", "add_module") and arguments:
        key = str(arguments[0]) if name == "add_module" else str(len(chain.parts))
        chain.parts[key] = arguments[-1]
    elif name == "extend" and arguments and isinstance(arguments[0], list):
        for item in cast("list[Any]", arguments[0]):
            chain.parts[str(len(chain.parts))] = item
    elif name in ("children", "values", "modules"):
        return list(chain.parts.values())
    elif name == "items":
        return list(chain.parts.items())
    return chain
