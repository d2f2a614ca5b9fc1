"""Layers with weights: linear, convolutions, transposed convolutions, embedding."""

from typing import Annotated, Literal

from pydantic import model_validator

from nnstudio.api import Field, LayerSpec, Params, Ui, axis
from nnstudio_layers.words import differing, line, sizes

Size = Annotated[int, Field(ge=1, le=4096)]
Sizes = Size | tuple[Size, ...]
Pad = Annotated[int, Field(ge=0, le=4096)]
Pads = Pad | tuple[Pad, ...]


class Linear(Params):
    """Multiplies the last axis by a learnt matrix and adds a bias.

    Formula: y = x Wᵀ + b
    Source: Goodfellow, Bengio & Courville 2016, ch. 6.1
    """

    out_features: Annotated[int, Field(ge=1, le=1_000_000)] = 128
    """size of each output vector"""
    bias: bool = True
    """learn an offset b"""


def _one_size_per_axis(params: "Conv | ConvTranspose", axes: int) -> None:
    for name in ("kernel_size", "stride", "padding", "dilation", "output_padding"):
        value = getattr(params, name, None)
        if isinstance(value, tuple) and len(value) != axes:
            raise ValueError(f"{name} has {len(value)} sizes; give one number or {axes}")


class Conv(Params):
    """Slides learnt kernels over the input; each output channel is one kernel's response everywhere.

    Formula: y[o] = b[o] + Σ_i w[o, i] ⋆ x[i],   size out = ⌊(W + 2P − D(K − 1) − 1)/S⌋ + 1
    Source: LeCun et al. 1989; Dumoulin & Visin 2016
    """

    out_channels: Annotated[int, Field(ge=1, le=65_536)] = 16
    """number of kernels"""
    kernel_size: Sizes = 3
    """K, along each axis"""
    stride: Sizes = 1
    """S, step between two positions of the kernel"""
    padding: (
        Literal["valid", "same"]
        | Annotated[int, Field(ge=0, le=4096)]
        | tuple[Annotated[int, Field(ge=0, le=4096)], ...]
    ) = 0
    """P, zeros around the input: a number, one for each axis, valid (none) or same (size kept)"""
    dilation: Sizes = 1
    """D, distance between the kernel's elements"""
    groups: Annotated[int, Field(ge=1, le=65_536), Ui(advanced=True)] = 1
    """channels are divided into this many groups that do not mix"""
    bias: bool = True
    """learn an offset for each kernel"""
    padding_mode: Annotated[Literal["zeros", "reflect", "replicate", "circular"], Ui(advanced=True)] = "zeros"
    """what the padding is filled with"""

    @model_validator(mode="after")
    def _same_has_stride_one(self) -> "Conv":
        strides = self.stride if isinstance(self.stride, tuple) else (self.stride,)
        if self.padding == "same" and any(stride != 1 for stride in strides):
            raise ValueError("padding 'same' works with stride 1 only; set stride to 1 or give the padding as a number")
        if self.out_channels % self.groups:
            raise ValueError(f"out_channels ({self.out_channels}) must be a multiple of groups ({self.groups})")
        return self


class Conv1d(Conv):
    __doc__ = Conv.__doc__

    @model_validator(mode="after")
    def _sizes_fit(self) -> "Conv1d":
        _one_size_per_axis(self, 1)
        return self


class Conv2d(Conv):
    __doc__ = Conv.__doc__

    @model_validator(mode="after")
    def _sizes_fit(self) -> "Conv2d":
        _one_size_per_axis(self, 2)
        return self


class Conv3d(Conv):
    __doc__ = Conv.__doc__

    @model_validator(mode="after")
    def _sizes_fit(self) -> "Conv3d":
        _one_size_per_axis(self, 3)
        return self


class ConvTranspose(Params):
    """The transpose of a convolution: each input value paints a learnt kernel onto a larger output.

    Formula: size out = (W − 1)S − 2P + D(K − 1) + P_out + 1
    Source: Zeiler et al. 2010; Dumoulin & Visin 2016
    """

    out_channels: Annotated[int, Field(ge=1, le=65_536)] = 16
    """number of kernels"""
    kernel_size: Sizes = 2
    """K, along each axis"""
    stride: Sizes = 2
    """S, distance between two paintings"""
    padding: Pads = 0
    """P, cut off at each border"""
    output_padding: Pads = 0
    """P_out, added at one border; below the stride or the dilation"""
    groups: Annotated[int, Field(ge=1, le=65_536), Ui(advanced=True)] = 1
    """channels are divided into this many groups that do not mix"""
    bias: bool = True
    """learn an offset for each kernel"""
    dilation: Sizes = 1
    """D, distance between the kernel's elements"""


class ConvTranspose1d(ConvTranspose):
    __doc__ = ConvTranspose.__doc__

    @model_validator(mode="after")
    def _sizes_fit(self) -> "ConvTranspose1d":
        _one_size_per_axis(self, 1)
        return self


class ConvTranspose2d(ConvTranspose):
    __doc__ = ConvTranspose.__doc__

    @model_validator(mode="after")
    def _sizes_fit(self) -> "ConvTranspose2d":
        _one_size_per_axis(self, 2)
        return self


class ConvTranspose3d(ConvTranspose):
    __doc__ = ConvTranspose.__doc__

    @model_validator(mode="after")
    def _sizes_fit(self) -> "ConvTranspose3d":
        _one_size_per_axis(self, 3)
        return self


class Embedding(Params):
    """Looks up a learnt vector for each whole number (word, category).

    Formula: y = row x of the matrix E
    Source: Bengio et al. 2003
    """

    num_embeddings: Annotated[int, Field(ge=1, le=10_000_000)] = 1000
    """size of the vocabulary: inputs are 0 … num_embeddings − 1"""
    embedding_dim: Annotated[int, Field(ge=1, le=65_536)] = 64
    """length of each vector"""


def _conv_line(axes: int):
    def summary(params: Conv) -> str:
        return line(
            sizes(params.kernel_size, axes),
            str(params.out_channels),
            differing(params.stride, 1, "stride"),
            params.padding if isinstance(params.padding, str) else differing(params.padding, 0, "pad"),
            differing(params.dilation, 1, "dilation"),
            differing(params.groups, 1, "groups"),
        )

    return summary


def _transposed_line(axes: int):
    def summary(params: ConvTranspose) -> str:
        return line(sizes(params.kernel_size, axes), str(params.out_channels), differing(params.stride, 1, "stride"))

    return summary


def _conv(axes: int, params: type[Conv]) -> LayerSpec:
    return LayerSpec(
        f"torch.conv{axes}d",
        f"Conv {axes}d",
        "weights",
        params,
        f"torch.nn:Conv{axes}d",
        infer={"in_channels": axis(1)},
        summary=_conv_line(axes),
        stem="conv",
        ranks=(axes + 2,),
        aliases=("convolution", "conv", "kernel", "filter"),
    )


def _transposed(axes: int, params: type[ConvTranspose]) -> LayerSpec:
    return LayerSpec(
        f"torch.conv_transpose{axes}d",
        "Transposed conv" if axes == 2 else f"Transposed conv {axes}d",
        "weights",
        params,
        f"torch.nn:ConvTranspose{axes}d",
        infer={"in_channels": axis(1)},
        summary=_transposed_line(axes),
        stem="deconv",
        ranks=(axes + 2,),
        aliases=("deconvolution", "upsampling", "fractionally strided", f"convtranspose{axes}d"),
    )


LAYERS = [
    LayerSpec(
        "torch.linear",
        "Linear",
        "weights",
        Linear,
        "torch.nn:Linear",
        infer={"in_features": axis(-1)},
        summary=lambda params: line(str(params.out_features), "" if params.bias else "no bias"),
        stem="fc",
        ranks=(2, 3),
        aliases=("dense", "fully connected", "affine", "perceptron"),
    ),
    _conv(2, Conv2d),
    _conv(1, Conv1d),
    _conv(3, Conv3d),
    _transposed(2, ConvTranspose2d),
    _transposed(1, ConvTranspose1d),
    _transposed(3, ConvTranspose3d),
    LayerSpec(
        "torch.embedding",
        "Embedding",
        "weights",
        Embedding,
        "torch.nn:Embedding",
        summary=lambda params: f"{params.num_embeddings} → {params.embedding_dim}",
        stem="embedding",
        dtype="int",
        aliases=("lookup", "word vectors"),
    ),
]
