"""Where data comes in, and layers that move numbers about without changing them, or join branches."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import model_validator

from nnstudio.api import Field, LayerSpec, Params, Port, Shape, Ui
from nnstudio_layers.axes import AnyAxis


class Input(Params):
    """Where a field of the data enters the network, one mini-batch at a time."""

    field: str = ""
    """name of the field (empty: the data's first input)"""


class Flatten(Params):
    """Makes one vector of all axes behind the batch.

    Formula: B × C × H × W → B × (C·H·W)
    """

    start_dim: Annotated[int, Field(ge=1, le=8)] = 1
    """first axis that is merged (0 is the batch, and stays)"""


class Reshape(Params):
    """Gives each sample another shape with the same number of values.

    Formula: B × 12 → B × 3 × 4 for 3 × 4, or 3 × −1
    """

    shape: tuple[Annotated[int, Field(ge=-1, le=1_000_000)], ...] = (-1,)
    """sizes of one sample, without the batch axis"""

    @model_validator(mode="after")
    def _makes_sense(self) -> "Reshape":
        if not self.shape or 0 in self.shape or self.shape.count(-1) > 1:
            raise ValueError("give at least one size, none of them 0, at most one −1")
        return self


class Permute(Params):
    """Reorders the axes of each sample.

    Formula: B × T × C → B × C × T for dims 2, 1
    """

    dims: Annotated[tuple[Annotated[int, Field(ge=1, le=8)], ...], Ui(axes=True)] = (2, 1)
    """the new order of axes 1, 2, … (0 is the batch, and stays first)"""

    @model_validator(mode="after")
    def _is_an_order(self) -> "Permute":
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"dims must hold each of 1 … {len(self.dims)} once")
        return self


class Concatenate(Params):
    """Puts its inputs behind one another along one axis; all other sizes must agree.

    Formula: y = [x₁, x₂, …] along dim
    """

    dim: AnyAxis = 1
    """axis to join along (0 is the batch; 1 the channels or features; −1 the last)"""


class Slice(Params):
    """A part of its input along one axis. Several of them split a value: the four gates of an LSTM out of one linear map.

    Formula: y = x[…, start : start + length, …]
    """

    dim: AnyAxis = 1
    """axis to cut along (0 is the batch; 1 the channels or features; −1 the last)"""
    start: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0
    """first index that is taken, counted from 0; below 0 from the end: −3 is the last but two"""
    length: Annotated[int, Field(ge=1, le=1_000_000)] | None = 1
    """how many are taken (empty: all to the end)"""


class Add(Params):
    """Adds its inputs, as a residual connection does; shapes must agree.

    Formula: y = x₁ + x₂ + …
    Source: He et al. 2016
    """


class Subtract(Params):
    """The difference of two values, element by element.   Formula: y = x₁ − x₂"""


class Multiply(Params):
    """Multiplies its inputs element by element, as a gate does; shapes must agree, but for sizes of 1, which are stretched.

    Formula: y = x₁ ⊙ x₂ ⊙ …
    """


class Identity(Params):
    """Hands its input on unchanged: a named place to look at or to branch from.

    Formula: y = x
    """


def _cut(params: Slice, shapes: Sequence[Shape]) -> Mapping[str, Any]:
    """Where it goes on to the end, how long that is; of what lies beyond the end 1, which torch refuses in words."""
    left = shapes[0][params.dim] - params.start if params.start >= 0 else -params.start
    return {"dim": params.dim, "start": params.start, "length": params.length or max(1, left)}


def _part(params: Slice) -> str:
    last = "end" if params.length is None else str(params.start + params.length - 1)
    return f"{params.start} … {last} of axis {params.dim}"


MANY = (Port("inputs", many=True),)

SOURCES = [
    LayerSpec(
        "nnstudio.input",
        "Input",
        "data",
        Input,
        inputs=(),
        summary=lambda params: params.field,
        stem="input",
        dtype="",
        aliases=("data", "image", "source", "features"),
    )
]

LAYERS = [
    LayerSpec(
        "nnstudio.flatten",
        "Flatten",
        "shape",
        Flatten,
        call="{input}.flatten({start_dim})",
        stem="flatten",
        dtype="",
        ranks=(2, 3, 4, 5, 6, 7, 8),
        aliases=("vector", "ravel"),
    ),
    LayerSpec(
        "nnstudio.reshape",
        "Reshape",
        "shape",
        Reshape,
        call="{input}.reshape({input}.shape[0], {shape:, })",
        summary=lambda params: "×".join(str(size) for size in params.shape),
        stem="reshape",
        dtype="",
        aliases=("view", "unflatten"),
    ),
    LayerSpec(
        "nnstudio.permute",
        "Permute",
        "shape",
        Permute,
        call="{input}.permute(0, {dims:, })",
        summary=lambda params: ", ".join(str(dim) for dim in params.dims),
        stem="permute",
        dtype="",
        aliases=("transpose", "swap axes"),
    ),
    LayerSpec(
        "nnstudio.concatenate",
        "Concatenate",
        "shape",
        Concatenate,
        call="torch.cat([{inputs:, }], dim={dim})",
        inputs=MANY,
        summary=lambda params: f"along axis {params.dim}",
        stem="concat",
        dtype="",
        aliases=("cat", "join", "skip connection"),
    ),
    LayerSpec(
        "nnstudio.slice",
        "Slice",
        "shape",
        Slice,
        call="{input}.narrow({dim}, {start}, {length})",
        arguments=_cut,
        summary=_part,
        stem="slice",
        dtype="",
        aliases=("split", "chunk", "narrow", "index", "crop"),
    ),
    LayerSpec(
        "nnstudio.add",
        "Add",
        "shape",
        Add,
        call="{inputs: + }",
        inputs=MANY,
        summary=lambda params: "x₁ + x₂ + …",
        stem="add",
        dtype="",
        aliases=("plus", "residual", "skip connection", "sum"),
    ),
    LayerSpec(
        "nnstudio.subtract",
        "Subtract",
        "shape",
        Subtract,
        call="{left} - {right}",
        inputs=(Port("left", title="x₁"), Port("right", title="x₂")),
        summary=lambda params: "x₁ − x₂",
        stem="subtract",
        dtype="",
        aliases=("minus", "difference"),
    ),
    LayerSpec(
        "nnstudio.multiply",
        "Multiply",
        "shape",
        Multiply,
        call="{inputs: * }",
        inputs=MANY,
        summary=lambda params: "x₁ ⊙ x₂ ⊙ …",
        stem="multiply",
        dtype="",
        aliases=("times", "gate", "product"),
    ),
    LayerSpec(
        "nnstudio.identity",
        "Identity",
        "shape",
        Identity,
        call="{input}",
        stem="identity",
        dtype="",
        summary=lambda params: "y = x",
        aliases=("pass", "noop", "reroute"),
    ),
]
