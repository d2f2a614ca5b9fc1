"""What names and expressions of the text can stand for, besides Python's own constants and tensors on their way."""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from nnstudio.engine.from_code.constants import NotConstant
from nnstudio.engine.from_code.drawing import Flow, Module, Term
from nnstudio.engine.from_code.layers import Unknown

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
    if isinstance(value, Unknown | Flow | Sizes | Pieces | Term | Module | Chain | Thing | Named | Bound | ast.AST):
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


def listed(value: Any) -> Any:
    """A chain of layers as the list of them."""
    return list(value.parts.values()) if isinstance(value, Chain) else value


def named(value: Any, name: str) -> None:
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
        named(value, name)


def short(node: ast.AST) -> str:
    """The expression as one line of text."""
    text = ast.unparse(node).splitlines()[0]
    return text if len(text) <= 60 else text[:57] + "…"
