"""What names and expressions of the text can stand for, besides Python's own constants and tensors on their way."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from nnstudio.engine.from_code.constants import NotConstant
from nnstudio.engine.from_code.drawing import Flow, Module, Term
from nnstudio.engine.from_code.layers import Unknown, unknown_in

Names = dict[str, Any]


@dataclass
class Chain:
    """nn.Sequential, nn.ModuleList, nn.ModuleDict, or a list of the text's that holds layers: parts by name."""

    parts: dict[str, Any]
    calls: bool = True  # can be called, as nn.Sequential can
    keyed: bool = False  # a loop over it meets its names, as over nn.ModuleDict


@dataclass
class Thing:
    """An instance of a class of the text."""

    kind: ast.ClassDef
    attributes: dict[str, Any] = field(default_factory=dict[str, Any])
    name: str = ""


@dataclass(frozen=True)
class Buffer:
    """`self.register_buffer(…)` of more than a number: drawn as soon as it is used."""

    text: str
    line: int


@dataclass(frozen=True)
class Sizes:
    """The shape of a tensor, one axis of it (axis is a number), or something worked out of these (axis None)."""

    flow: Flow
    axis: int | None = None
    whole: bool = False


@dataclass(frozen=True)
class Pieces:
    """A tensor taken apart along an axis; a piece is drawn when it is used. count None: nobody knows how many there are.

    spans: (start, length) of each; without them each is one of so many `chunks`, `each` long, or else a single place.
    """

    flow: Flow
    axis: int
    line: int
    count: int | None = None
    spans: tuple[tuple[int, int], ...] = ()
    chunks: int = 0
    each: int = 0


@dataclass(frozen=True)
class Named:
    """A dotted name of a library: "torch.nn.Conv2d"."""

    name: str


@dataclass(frozen=True)
class Bound:
    """A function of the text; with the instance that it is a method of."""

    function: ast.FunctionDef
    thing: Thing | None = None
    outer: Names | None = field(default=None, compare=False)  # the names of the function that it stands in


def plain(value: Any) -> Any:
    """`value` where it is one of Python's own. Raises NotConstant."""
    if isinstance(
        value, Unknown | Flow | Sizes | Pieces | Buffer | Term | Module | Chain | Thing | Named | Bound | ast.AST
    ):
        raise NotConstant
    return value


def known(value: Any) -> Any:
    """A constant, or Unknown where it is none."""
    if isinstance(value, list | tuple):
        return [known(item) for item in cast("Sequence[Any]", value)]
    try:
        return plain(value)
    except NotConstant:
        return value if isinstance(value, Unknown) else Unknown()


def cause_of(values: Sequence[Any]) -> str:
    """The first name that the text never explains, among those on which these depend; "" where there is none."""
    return next((each.cause for each in unknown_in(values) if each.cause), "")


def listed(value: Any) -> Any:
    """A chain of layers as the list of them."""
    return list(value.parts.values()) if isinstance(value, Chain) else value


def named(value: Any, name: str, old: str = "", within: frozenset[int] = frozenset()) -> None:
    """What the text calls a layer is what its node will be called, after all that it is part of; the first name holds, but for `old`."""
    match value:
        case Module() if value.name in ("", old):
            value.name = name
        case Thing() if value.name in ("", old) and id(value) not in within:  # parts may know what they are part of
            before, value.name = value.name, name
            for attribute, inner in value.attributes.items():
                named(inner, _within(name, attribute), _within(before, attribute), within | {id(value)})
        case Chain(parts=parts):
            for part, inner in parts.items():
                names = (f"{name}_{part}", _within(old, part)) if part.isdigit() else (part, part)
                named(inner, *names, within)
        case _:
            pass


def unnamed(thing: Thing) -> None:
    """The only network there is: its layers need not say whose they are."""
    before, thing.name = thing.name, ""
    for attribute, inner in thing.attributes.items():
        named(inner, attribute, _within(before, attribute))


def _within(owner: str, name: str) -> str:
    return f"{owner}_{name}" if owner else name


def short(node: ast.AST) -> str:
    """The expression as one line of text."""
    text = ast.unparse(node).splitlines()[0]
    return text if len(text) <= 60 else text[:57] + "…"
