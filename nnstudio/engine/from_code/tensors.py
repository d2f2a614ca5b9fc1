"""What is done with tensors: functions and methods of PyTorch, operators, parts of a tensor. What no layer does is a placeholder, and told."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from nnstudio.engine.from_code import constants
from nnstudio.engine.from_code.arithmetic import Arithmetic
from nnstudio.engine.from_code.constants import NotConstant
from nnstudio.engine.from_code.drawing import Flow, Module, Term
from nnstudio.engine.from_code.indexing import PARTED, Indexing
from nnstudio.engine.from_code.layers import BadArguments, Layers, Meant, Unknown, unknown_in
from nnstudio.engine.from_code.shapes import Shapes
from nnstudio.engine.from_code.templates import Match, Templates
from nnstudio.engine.from_code.values import Buffer, Named, Names, Sizes, Thing, cause_of, known, plain, short
from nnstudio.engine.from_code.views import POOLS, Views
from nnstudio.project.check_graph import PASTED

if TYPE_CHECKING:
    from nnstudio.engine.from_code.reader import Reader

UNCHANGED = frozenset({"contiguous", "clone", "to", "float", "double", "half", "cuda", "cpu", "type", "type_as"})
"""Methods that hand the tensor on, as far as the network is concerned."""
JOINED = {"cat": "nnstudio.concatenate", "concat": "nnstudio.concatenate", "concatenate": "nnstudio.concatenate"}
NAMES: Mapping[type[ast.AST], str] = {ast.USub: "neg", ast.Mult: "mul", ast.MatMult: "matmul", ast.Subscript: "index"}
"""What people call an operation, where Python's grammar has another word."""
WEIGHTED = frozenset(
    {"linear", "bilinear", "embedding", "embedding_bag"}
    | {f"conv{kind}{rank}d" for kind in ("", "_transpose") for rank in (1, 2, 3)}
)
"""Functions whose weights come from elsewhere, where the layer of that name makes its own."""
AFFINE = {"layer_norm": "elementwise_affine", "group_norm": "affine"}
"""{function that has no weights unless some are given: the parameter of the layer that says so}"""
LONGEST_NOTE = 500


class Tensors:
    def __init__(self, reader: "Reader", layers: Layers, templates: Templates, shapes: Shapes) -> None:
        self._reader, self._layers, self._templates, self._shapes = reader, layers, templates, shapes
        self._drawing = reader.drawing
        self._arithmetic, self._views = Arithmetic(self.made), Views(self.made, shapes, self._drawing.say)
        self._indexing = Indexing(self.made, shapes)
        self.pieces, self.piece = self._indexing.pieces, self._indexing.piece

    # ── nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def drawn(self, module: Module, values: Sequence[Any], line: int) -> Any:
        """A node for one use of a layer, wired to the tensors among `values`. A placeholder is told, as are wires that no one knows."""
        first = not module.node
        made = self._drawing.called(module, self.flows(values))
        unknown = [value for value in unknown_in(values) if value.words]
        if module.meant is not None:
            for value in unknown:
                self._unwired(value, line)
        elif first:
            cause = next((value.cause for value in unknown if value.cause), "")
            if cause:
                words = f"a placeholder stands for what needs it, '{module.note or module.type}'"
                self._drawing.unexplained(module.line, cause, words, module.node)
            else:
                words = f"{module.lack}; a placeholder stands for it"
                self._drawing.say(module.line, words, module.remedy, code=module.code, node=module.node)
        return made

    def _unwired(self, value: Unknown, line: int) -> None:
        if value.cause:
            self._drawing.unexplained(line, value.cause, f"nothing is wired where '{value.words}' belongs")
        else:
            words = f"no layer gives '{value.words}'; nothing is wired there"
            self._drawing.say(line, words, "Draw that wire.", code="code.open")

    def used(self, module: Module, values: Sequence[Any], line: int) -> Any:
        """A layer called; what goes in besides tensors is told."""
        for value in _opened(values):
            if isinstance(value, int | float | str | Sizes) and not isinstance(value, bool):
                said = "a size of another tensor" if isinstance(value, Sizes) else repr(value)
                words = f"{said}, which '{module.name or module.type}' is called with, is left out"
                self._drawing.say(line, words, code="code.argument")
        return self.drawn(module, values, line)

    def flows(self, values: Sequence[Any]) -> list[Flow]:
        """The tensors among what is handed over; a name that the text does not define is one from outside."""
        found = (Flow(None, value.words) if isinstance(value, Unknown) else value for value in _opened(values))
        return [value for value in found if isinstance(value, Flow)]

    def lost(self, expression: ast.expr, names: Names, values: Sequence[Any] | None = None) -> Any:
        """No layer does this: a placeholder where a tensor goes through, else something unknown."""
        if values is None:
            values = [self._reader.value(operand, names) for operand in _operands(expression)]
        known_ones = [value for value in _opened(values) if not isinstance(value, Unknown)]
        if not self.flows(known_ones):
            return Unknown(short(expression), cause_of(values))
        return self.drawn(self._lacking(expression, values, names), values, expression.lineno)

    def _lacking(self, expression: ast.expr, values: Sequence[Any], names: Names) -> Module:
        """The placeholder for an expression that no layer does, with the reason."""
        found = _placeholder(_kind(expression), expression)
        thing = names.get("self", self._reader.globals.get("self"))
        if found.name and isinstance(thing, Thing) and not self._reader.has(thing, found.name):
            found.lack = f"'{_said(expression)}' is called, and the text never makes 'self.{found.name}'"
            found.remedy = "Paste the line that makes it as well, or put the layer in its place."
        elif not self._shapes.start and any(isinstance(value, Sizes) for value in _opened(values)):
            found.lack += ", as the sizes of its input are not known"
            found.remedy = "Choose the data first and paste again: sizes follow from them. Or put layers that do the same in its place."
        return found

    def buffer(self, buffer: Buffer, name: str) -> Any:
        """A tensor of the text's own that is not trained: a placeholder."""
        lack = f"no layer holds the fixed numbers '{name}'"
        return self.drawn(
            Module(f"{PASTED}buffer", buffer.line, name=name, note=buffer.text, lack=lack), [], buffer.line
        )

    def unpacked(self, flow: Flow, count: int, line: int) -> list[Flow]:
        """`a, b = x`: of a placeholder its outputs; any other tensor is taken apart by a placeholder."""
        if flow.source is None:
            return [Flow(None, f"{flow.name}[{index}]") for index in range(count)]
        if not self._layers.has(self._drawing.nodes[flow.source.node].type):
            return self._drawing.outputs(flow.source, count)
        apart = Module(
            f"{PASTED}unbind", line, lack=f"a tensor is taken apart into {count}", code="code.unknown_function"
        )
        return self.unpacked(self.drawn(apart, [flow], line), count, line)

    def overwritten(self, target: ast.Subscript, whole: Flow, value: Any) -> Any:
        """`x[:, 0] = value` → what x is from then on."""
        return self.drawn(_placeholder("assign", target, " = …"), [whole, value], target.lineno)

    def made(self, type: str, flows: Sequence[Any], line: int, params: Mapping[str, Any] | None = None) -> Any | None:
        """The layer `type` on these tensors; None where it does not allow these parameters."""
        meant = self._layers.set(type, params or {})
        return self.drawn(Module(type, line, meant), flows, line) if meant is not None else None

    def constant(self, value: Any) -> Any:
        """`value` where it is one of Python's own, or a size that is known. Raises NotConstant."""
        if isinstance(value, Named) and value.name in constants.NUMBERS:
            return constants.NUMBERS[value.name]
        size = self._shapes.of(value)
        return size if size is not None else plain(value)

    def numbered(self, value: Any) -> Any:
        """A size that is known, or pi, as its number; anything else as it is."""
        try:
            return value if isinstance(value, Flow) else self.constant(value)
        except NotConstant:
            return value

    # ── functions and methods ─────────────────────────────────────────────────────────────────────────────────────────

    def method(
        self, call: ast.Call, name: str, owner: Flow, arguments: list[Any], keywords: dict[str, Any], names: Names
    ) -> Any:
        if name in ("size", "dim"):
            first: Any = arguments[0] if arguments else keywords.get("dim")
            return Sizes(owner, first if isinstance(first, int) else None, whole=first is None and name == "size")
        if name in UNCHANGED:
            return owner
        if name != "view":
            found = self.matched(call, names)
            if found is not None:
                return found
        return self.function(call, name, [owner, *arguments], keywords, names)

    def function(self, call: ast.Call, name: str, arguments: list[Any], keywords: dict[str, Any], names: Names) -> Any:
        """A function of one tensor or more, given by place, and its settings."""
        line, plain_name = call.lineno, name.rstrip("_")
        if name in JOINED or name == "stack":
            return self._joined(call, name, arguments, keywords, names)
        values = [self.numbered(value) for value in (arguments or [keywords.get("input")])]
        first, found = values[0], None
        words = {key: value for key, value in keywords.items() if key != "input"}
        if any(isinstance(value, Flow) for value in values):
            found = self._arithmetic.function(plain_name, values, words, line)
        if found is None and isinstance(first, Flow):
            found = (
                self._indexing.parted(name, first, values[1:], words, line)
                if name in PARTED
                else self._views.function(plain_name, first, arguments[1:], words, line)
            )
        return found if found is not None else self._applied(call, name, arguments, keywords, names)

    def _applied(self, call: ast.Call, name: str, arguments: list[Any], keywords: dict[str, Any], names: Names) -> Any:
        """The layer of that name; its function has no weights of its own."""
        spec, first = self._layers.of_function(name), arguments[0] if arguments else keywords.get("input")
        if spec is None or name in WEIGHTED or not isinstance(first, Flow | Unknown):
            return self.lost(call, names)
        tensors = arguments[: len(spec.inputs)]
        rest = [] if spec.inputs and spec.inputs[-1].many else arguments[len(spec.inputs) :]
        words = {key: value for key, value in keywords.items() if key not in ("input", "target")}
        if self.flows([item for item in (*rest, *words.values()) if not isinstance(item, Unknown)]):
            return self.lost(call, names)  # weights of classes that come from elsewhere
        try:
            meant = self._layers.applied(spec, name, [known(item) for item in rest], _known_words(words))
        except BadArguments:
            return self.lost(call, names)
        if name in AFFINE and len(rest) <= 1 and "weight" not in words:
            meant = replace(meant, params={**meant.params, AFFINE[name]: False})
        self.remark(call, meant)
        targets = [keywords[key] for key in ("input", "target") if key in keywords]
        return self.drawn(Module(spec.id, call.lineno, meant), [*tensors, *targets], call.lineno)

    def remark(self, call: ast.Call, meant: Meant) -> None:
        """What of the arguments has no counterpart, or is not known."""
        for remark in meant.remarks:
            self._drawing.say(call.lineno, remark, code="code.argument")
        for name, cause in meant.unknown.items():
            words = f"'{name}' of {meant.spec.title} is left at its default"
            self._drawing.unexplained(call.lineno, cause, words)

    def _joined(self, call: ast.Call, name: str, arguments: list[Any], keywords: dict[str, Any], names: Names) -> Any:
        parts: Any = arguments[0] if arguments else keywords.get("tensors", [])
        dim = arguments[1] if len(arguments) > 1 else keywords.get("dim", keywords.get("axis", 0))
        joined: Any = list(cast("Sequence[Any]", parts)) if isinstance(parts, list | tuple) else [parts]
        found = None
        if isinstance(dim, int) and dim != 0 and self.flows(joined):
            stack = name == "stack"
            found = (
                self._views.stacked(self.flows(joined), dim, call.lineno)
                if stack
                else self.made(JOINED[name], joined, call.lineno, {"dim": dim})
            )
        return found if found is not None else self.lost(call, names)

    # ── parts of a tensor ─────────────────────────────────────────────────────────────────────────────────────────────

    def part(self, expression: ast.Subscript, flow: Flow, key: Any, names: Names) -> Any:
        """`x[:, 2:5]`, `x[:, -1]`"""
        found = self.matched(expression, names)
        if found is None:
            keys = [*cast("tuple[Any, ...]", key)] if isinstance(key, tuple) else [key]
            found = self._indexing.part(flow, [self._end(each) for each in keys], expression.lineno)
        return found if found is not None else self.lost(expression, names)

    def _end(self, key: Any) -> Any:
        """Sizes in a slice as numbers."""
        if isinstance(key, slice):
            ends = cast("slice[Any, Any, Any]", key)
            return slice(*(self.numbered(end) for end in (ends.start, ends.stop, ends.step)))
        return self.numbered(key)

    # ── templates and operators ───────────────────────────────────────────────────────────────────────────────────────

    def matched(self, expression: ast.expr, names: Names) -> Any | None:
        """The layer for which codegen would write this very expression; None where there is none."""
        for match in self._templates.matches(expression, lambda part: self._reader.dotted(part, names)):
            if match.spec.id in POOLS.values():
                continue  # whether these axes are all there are, its text does not say
            given: dict[str, Any] = {}
            for name, parts in match.arguments.items():
                values = [self._reader.value(part, names) for part in parts]
                given[name] = values if name in match.several else values[0]
            given |= {name: self._reader.value(part, names) for name, part in match.rest.items()}
            meant = self._layers.from_template(match.spec, _known_words(given))
            wired = self._ports(match, names) if meant is not None else None  # last: it draws what they are made of
            if meant is not None and wired is not None:
                return self.drawn(Module(match.spec.id, expression.lineno, meant), wired, expression.lineno)
        return None

    def _ports(self, match: Match, names: Names) -> list[Any] | None:
        """What is wired, by port in order; None where one of them is no tensor."""
        wired: list[Any] = []
        for port in match.spec.inputs:
            parts = match.ports.get(port.name, match.ports.get("inputs", []) if port.many else [])
            values = [self._reader.value(part, names) for part in parts]
            tensors = self.flows(values)
            if len(tensors) != len(values) or (
                not any(isinstance(value, Flow) for value in values) and not port.optional
            ):
                return None
            wired += values
        return wired

    def operation(self, expression: ast.BinOp, names: Names) -> Any:
        """Constants are worked out; sums, differences and products of tensors are layers."""
        expression = _without_expansion(_as_difference(expression))
        found = self.matched(expression, names)  # the whole before its parts: a + b + c is one sum
        if found is not None:
            return found
        left, right = self._reader.value(expression.left, names), self._reader.value(expression.right, names)
        if isinstance(left, Term) or isinstance(right, Term):
            return self._weighed(expression, left, right)
        if isinstance(left, Flow) or isinstance(right, Flow):
            values = (self.numbered(left), self.numbered(right))
            found = self._arithmetic.operation(type(expression.op), *values, expression.lineno)
            return found if found is not None else self.lost(expression, names, [left, right])
        try:
            return constants.binary(expression.op, self.constant(left), self.constant(right))
        except NotConstant:
            sizes = next((side for side in (left, right) if isinstance(side, Sizes)), None)
            return Sizes(sizes.flow) if sizes is not None else Unknown(short(expression), cause_of((left, right)))

    def opposite(self, expression: ast.UnaryOp, flow: Flow) -> Any:
        """`-x`"""
        return self._arithmetic.opposite(flow, expression.lineno)

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


def _opened(values: Sequence[Any]) -> list[Any]:
    """Lists within lists as one."""
    found: list[Any] = []
    for value in values:
        found += _opened(cast("Sequence[Any]", value)) if isinstance(value, list | tuple) else [value]
    return found


def _known_words(words: Mapping[str, Any]) -> dict[str, Any]:
    return {name: known(value) for name, value in words.items()}


def _placeholder(kind: str, expression: ast.expr, more: str = "") -> Module:
    text = (ast.unparse(expression) + more)[:LONGEST_NOTE]
    lack = f"no layer does '{_said(expression)}{more}'"
    name = kind if _is_of_self(expression) else ""
    return Module(f"{PASTED}{kind}", expression.lineno, name=name, note=text, lack=lack, code="code.unknown_function")


def _said(expression: ast.expr) -> str:
    """Of a long chain of calls the last."""
    match expression:
        case ast.Call(func=ast.Attribute(value=ast.Call(), attr=name), args=arguments, keywords=keywords):
            return short(ast.Call(ast.Attribute(ast.Name("…"), name), arguments, keywords))
        case _:
            return short(expression)


def _is_of_self(expression: ast.expr) -> bool:
    """`self.conv1(x)`"""
    match expression:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self"))):
            return True
        case _:
            return False


def _kind(expression: ast.expr) -> str:
    """What the placeholder is called."""
    match expression:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)) | ast.Attribute(attr=name):
            return name
        case ast.BinOp(op=operation) | ast.UnaryOp(op=operation):
            return NAMES.get(type(operation), type(operation).__name__.lower())
        case _:
            return NAMES.get(type(expression), type(expression).__name__.lower())


def _operands(expression: ast.expr) -> list[ast.expr]:
    match expression:
        case ast.Call(func=function, args=arguments, keywords=keywords):
            owner = [function.value] if isinstance(function, ast.Attribute) else []
            return [*owner, *arguments, *(word.value for word in keywords)]
        case _:
            return [part for part in ast.iter_child_nodes(expression) if isinstance(part, ast.expr)]


def _without_expansion(expression: ast.BinOp) -> ast.BinOp:
    """x * s.expand_as(x) → x * s, which is stretched by itself"""

    def inner(part: ast.expr, other: ast.expr) -> ast.expr:
        match part:
            case ast.Call(func=ast.Attribute(value=value, attr="expand_as"), args=[like]):
                return value if ast.dump(like) == ast.dump(other) else part
            case _:
                return part

    left, right = expression.left, expression.right
    if inner(left, right) is left and inner(right, left) is right:
        return expression
    return ast.copy_location(ast.BinOp(inner(left, right), expression.op, inner(right, left)), expression)


def _as_difference(expression: ast.BinOp) -> ast.BinOp:
    """a + (-b) → a - b"""
    match expression:
        case ast.BinOp(left=left, op=ast.Add(), right=ast.UnaryOp(op=ast.USub(), operand=operand)):
            return ast.copy_location(ast.BinOp(left, ast.Sub(), operand), expression)
        case _:
            return expression
