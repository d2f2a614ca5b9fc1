"""Pooling: maximum, average, adaptive and global."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import model_validator

from nnstudio.api import Field, LayerSpec, Params, Shape, Ui
from nnstudio_layers.words import differing, line, sizes

Size = Annotated[int, Field(ge=1, le=4096)]
Sizes = Size | tuple[Size, ...]
Pad = Annotated[int, Field(ge=0, le=2048)]


class MaxPool(Params):
    """Keeps the largest value of each window: small shifts of the input change nothing.

    Formula: y[p] = max over the window at p,   size out = ⌊(W + 2P − D(K − 1) − 1)/S⌋ + 1
    Source: Goodfellow, Bengio & Courville 2016, ch. 9.3
    """

    kernel_size: Sizes = 2
    """K, the window along each axis"""
    stride: Sizes | None = None
    """S, step between windows (none: as wide as the window)"""
    padding: Annotated[Pad | tuple[Pad, ...], Ui(advanced=True)] = 0
    """P, added at each border; at most half the window"""
    dilation: Annotated[Sizes, Ui(advanced=True)] = 1
    """D, distance between the window's elements"""
    ceil_mode: Annotated[bool, Ui(advanced=True)] = False
    """keep a last window that is not full"""

    @model_validator(mode="after")
    def _padding_fits(self) -> "MaxPool":
        _at_most_half(self.padding, self.kernel_size)
        return self


class AvgPool(Params):
    """Keeps the mean of each window.

    Formula: y[p] = mean over the window at p,   size out = ⌊(W + 2P − K)/S⌋ + 1
    Source: LeCun et al. 1998
    """

    kernel_size: Sizes = 2
    """K, the window along each axis"""
    stride: Sizes | None = None
    """S, step between windows (none: as wide as the window)"""
    padding: Annotated[Pad | tuple[Pad, ...], Ui(advanced=True)] = 0
    """P, zeros added at each border; at most half the window"""
    ceil_mode: Annotated[bool, Ui(advanced=True)] = False
    """keep a last window that is not full"""
    count_include_pad: Annotated[bool, Ui(advanced=True)] = True
    """the padding's zeros count in the mean"""

    @model_validator(mode="after")
    def _padding_fits(self) -> "AvgPool":
        _at_most_half(self.padding, self.kernel_size)
        return self


class AdaptivePool(Params):
    """Chooses its windows so that the output has the size you name, whatever the input's.

    Formula: window i covers ⌊iW/N⌋ … ⌈(i+1)W/N⌉ − 1 for N outputs
    Source: He et al. 2015 (spatial pyramid pooling)
    """

    output_size: Sizes = 1
    """N, size of the output along each axis"""


class GlobalPool(Params):
    """One number for each channel: everything else is pooled away.

    Formula: y[c] = mean (or maximum) of x[c] over all positions
    Source: Lin, Chen & Yan 2014
    """


def _at_most_half(padding: Any, kernel: Any) -> None:
    pads = padding if isinstance(padding, tuple) else (padding,)
    kernels = kernel if isinstance(kernel, tuple) else (kernel,)
    if max(pads) * 2 > min(kernels):
        raise ValueError(f"padding ({padding}) must be at most half of kernel_size ({kernel})")


def _window_line(axes: int):
    def summary(params: MaxPool | AvgPool) -> str:
        stride = params.kernel_size if params.stride is None else params.stride
        shown = f"stride {stride if isinstance(stride, int) else '×'.join(map(str, stride))}"
        return line(sizes(params.kernel_size, axes), shown, differing(params.padding, 0, "pad"))

    return summary


def _pool(kind: str, axes: int, params: type[Params]) -> LayerSpec:
    word = {"max": "Max pool", "avg": "Average pool"}[kind]
    return LayerSpec(
        f"torch.{kind}_pool{axes}d",
        word if axes == 2 else f"{word} {axes}d",
        "shape",
        params,
        call=f"F.{kind}_pool{axes}d({{input}}, {{kernel_size}}{{*}})",
        summary=_window_line(axes),
        stem="pool",
        ranks=(axes + 2,),
        aliases=("pooling", "subsampling", "downsample", f"{kind}pool{axes}d"),
    )


def _adaptive(kind: str, axes: int) -> LayerSpec:
    return LayerSpec(
        f"torch.adaptive_{kind}_pool{axes}d",
        f"Adaptive {'max' if kind == 'max' else 'average'} pool" + ("" if axes == 2 else f" {axes}d"),
        "shape",
        AdaptivePool,
        call=f"F.adaptive_{kind}_pool{axes}d({{input}}, {{output_size}})",
        summary=lambda params: f"to {sizes(params.output_size, axes)}",
        stem="pool",
        ranks=(axes + 2,),
        aliases=("pooling",),
    )


def _all_positions(params: Any, shapes: Sequence[Shape]) -> Mapping[str, Any]:
    return {"dim": tuple(range(2, len(shapes[0])))}


def _global(kind: str, call: str) -> LayerSpec:
    return LayerSpec(
        f"nnstudio.global_{kind}_pool",
        f"Global {'max' if kind == 'max' else 'average'} pool",
        "shape",
        GlobalPool,
        call=call,
        arguments=_all_positions,
        summary=lambda params: "one number a channel",
        stem="pool",
        ranks=(3, 4, 5),
        aliases=("pooling", "gap"),
    )


LAYERS = [
    *(_pool("max", axes, MaxPool) for axes in (2, 1, 3)),
    *(_pool("avg", axes, AvgPool) for axes in (2, 1, 3)),
    *(_adaptive(kind, axes) for kind in ("avg", "max") for axes in (2, 1, 3)),
    _global("avg", "{input}.mean(dim={dim})"),
    _global("max", "{input}.amax(dim={dim})"),
]
