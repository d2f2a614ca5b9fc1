"""Parts of a value, its axes added, taken away and exchanged, and what is left of an axis: mean, sum, maximum."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import model_validator

from nnstudio.api import Field, LayerSpec, Params
from nnstudio_layers.axes import AnyAxis, Axes

Index = Annotated[int, Field(ge=-1_000_000, le=1_000_000)]


class Select(Params):
    """One place along an axis, which is gone then: the last step of a sequence, the first token.

    Formula: y = x[…, i, …]
    """

    dim: AnyAxis = 1
    """axis to choose along (0 is the batch; 1 the steps of a sequence or the channels; −1 the last)"""
    index: Index = -1
    """i, which place, counted from 0; −1 is the last one"""


class Chunk(Params):
    """One of so many equal parts, whatever the size: half the channels, a third of a joint map of queries, keys and values.

    Formula: y = part i of n along dim,   each ⌈size / n⌉ long
    """

    chunks: Annotated[int, Field(ge=1, le=4096)] = 2
    """n, into how many parts the axis is cut"""
    index: Annotated[int, Field(ge=0, le=4095)] = 0
    """i, which of them is taken, counted from 0"""
    dim: AnyAxis = 1
    """axis to cut along (0 is the batch; 1 the channels or features; −1 the last)"""

    @model_validator(mode="after")
    def _is_one_of_them(self) -> "Chunk":
        if self.index >= self.chunks:
            raise ValueError(
                f"of {self.chunks} parts the last has the index {self.chunks - 1}, and {self.index} is given"
            )
        return self


class Unsqueeze(Params):
    """Puts in an axis of size 1, along which another value can be stretched.

    Formula: B × C → B × 1 × C for dim 1,   B × C × 1 for dim −1
    """

    dim: AnyAxis = 1
    """where the new axis stands in what comes out (1 is behind the batch; −1 the end)"""


class Squeeze(Params):
    """Takes out an axis of size 1; one of another size stays.

    Formula: B × 1 × C → B × C
    """

    dim: AnyAxis = -1
    """axis that goes (−1 is the last)"""


class Transpose(Params):
    """Exchanges two axes.

    Formula: y[…, j, …, i, …] = x[…, i, …, j, …]
    """

    dim0: AnyAxis = 1
    """one of them (0 is the batch, and stays; −1 is the last)"""
    dim1: AnyAxis = 2
    """the other"""


class Mean(Params):
    """The mean along axes, which are gone then.

    Formula: y = (1/n) Σ x along dim
    """

    dim: Axes = 1
    """axis or axes that it is taken over (0 is the batch; 1 the steps of a sequence or the channels; −1 the last)"""
    keepdim: bool = False
    """the axes stay, with size 1"""


class Sum(Params):
    """The sum along axes, which are gone then.

    Formula: y = Σ x along dim
    """

    dim: Axes = 1
    """axis or axes that are added up (0 is the batch; 1 the steps of a sequence or the channels; −1 the last)"""
    keepdim: bool = False
    """the axes stay, with size 1"""


class Maximum(Params):
    """The largest value along axes, which are gone then.

    Formula: y = max x along dim
    """

    dim: Axes = 1
    """axis or axes that it is taken over (0 is the batch; 1 the steps of a sequence or the channels; −1 the last)"""
    keepdim: bool = False
    """the axes stay, with size 1"""


def _view(
    id: str, title: str, params: type[Params], call: str, summary: Callable[[Any], str], *aliases: str
) -> LayerSpec:
    rare = id != "select"
    return LayerSpec(
        f"nnstudio.{id}",
        title,
        "shape",
        params,
        call=call,
        summary=summary,
        stem=id,
        dtype="",
        aliases=aliases,
        rare=rare,
    )


def _along(id: str, title: str, params: type[Params], call: str, *aliases: str) -> LayerSpec:
    def summary(params: Mean | Sum | Maximum) -> str:
        if isinstance(params.dim, int):
            return f"over axis {params.dim}"
        return f"over axes {', '.join(map(str, params.dim))}"

    rare = id != "mean"
    return LayerSpec(
        f"nnstudio.{id}", title, "shape", params, call=call, summary=summary, stem=id, aliases=aliases, rare=rare
    )


LAYERS = [
    _view("select", "Select", Select, "{input}.select({dim}, {index})", "{0.index} of axis {0.dim}".format, "index", "last step", "pick"),
    _view(
        "chunk", "Chunk", Chunk, "{input}.chunk({chunks}, dim={dim})[{index}]",
        lambda params: f"{params.index + 1} of {params.chunks} of axis {params.dim}", "split", "part", "half",
    ),
    _view("unsqueeze", "Unsqueeze", Unsqueeze, "{input}.unsqueeze({dim})", "axis {0.dim}".format, "new axis", "expand"),
    _view("squeeze", "Squeeze", Squeeze, "{input}.squeeze({dim})", "axis {0.dim}".format, "remove axis"),
    _view("transpose", "Transpose", Transpose, "{input}.transpose({dim0}, {dim1})", "{0.dim0} ⇄ {0.dim1}".format, "swap axes", "permute"),
    _along("mean", "Mean", Mean, "torch.mean({input}, dim={dim}{*})", "average"),
    _along("sum", "Sum", Sum, "torch.sum({input}, dim={dim}{*})", "total", "add up"),
    _along("amax", "Max over axes", Maximum, "torch.amax({input}, dim={dim}{*})", "amax", "largest"),
]  # fmt: skip
