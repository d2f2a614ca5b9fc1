"""Normalization layers: batch, layer, instance, group and RMS norm, local response normalization."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

from nnstudio.api import Field, LayerSpec, Params, Shape, Ui, axis, hookimpl

Eps = Annotated[float, Field(gt=0, le=0.1), Ui(scale="log", symbol="ε")]


class BatchNorm(Params):
    """Centres and scales each channel with the statistics of the mini-batch, then rescales by γ and shifts by β.

    At inference the running averages stand for the batch: E ← (1 − m) E + m μ,  V ← (1 − m) V + m σ² · n/(n − 1).

    Formula: x̂ = (x − μ) / √(σ² + ε)   y = γ x̂ + β
    Source: Ioffe & Szegedy 2015
    """

    eps: Eps = 1e-5
    """added to the variance"""
    momentum: Annotated[float | None, Field(ge=0, le=1), Ui(symbol="m")] = 0.1
    """weight of the newest batch in the running statistics; empty: the plain mean over all batches, as published"""
    affine: bool = True
    """learn γ and β"""
    track_running_stats: bool = True
    """used at inference"""


class LayerNorm(Params):
    """Centres and scales each sample over its last axes; the batch plays no part.

    Formula: x̂ = (x − μ) / √(σ² + ε)   y = γ x̂ + β
    Source: Ba, Kiros & Hinton 2016
    """

    axes: Annotated[int, Field(ge=1, le=7)] = 1
    """how many of the last axes are normalized together"""
    eps: Eps = 1e-5
    """added to the variance"""
    elementwise_affine: bool = True
    """learn γ and β"""


class InstanceNorm(Params):
    """Centres and scales each channel of each sample on its own.

    Formula: x̂ = (x − μ) / √(σ² + ε),   μ and σ over the positions of one channel
    Source: Ulyanov, Vedaldi & Lempitsky 2016
    """

    eps: Eps = 1e-5
    """added to the variance"""
    momentum: Annotated[float, Field(ge=0, le=1), Ui(advanced=True)] = 0.1
    """weight of the newest batch, where running statistics are kept"""
    affine: bool = False
    """learn γ and β"""
    track_running_stats: Annotated[bool, Ui(advanced=True)] = False
    """keep running statistics for inference"""


class GroupNorm(Params):
    """Centres and scales groups of channels of each sample: as steady with one sample as with a hundred.

    Formula: x̂ = (x − μ) / √(σ² + ε),   μ and σ over one group of channels
    Source: Wu & He 2018
    """

    num_groups: Annotated[int, Field(ge=1, le=65_536)] = 2
    """groups that the channels are divided into; must divide their number"""
    eps: Eps = 1e-5
    """added to the variance"""
    affine: bool = True
    """learn γ and β for each channel"""


class RMSNorm(Params):
    """Scales each sample by its root mean square over its last axes, without centring: cheaper than layer norm, often as good.

    Formula: y = γ x / √(mean x² + ε)
    Source: Zhang & Sennrich 2019
    """

    axes: Annotated[int, Field(ge=1, le=7)] = 1
    """how many of the last axes are normalized together"""
    eps: Eps = 1e-6
    """added to the mean square"""
    elementwise_affine: bool = True
    """learn γ"""


class LocalResponseNorm(Params):
    """Divides each value by what neighbouring channels say at the same place: strong responses damp those beside them. AlexNet's.

    Formula: y_c = x_c / (k + (α/n) Σ x_j²)^β,   j over the n channels around c
    Source: Krizhevsky, Sutskever & Hinton 2012 (there α stands for α/n)
    """

    size: Annotated[int, Field(ge=1, le=65_536), Ui(symbol="n")] = 5
    """channels in a neighbourhood"""
    alpha: Annotated[float, Field(ge=0, le=1e3), Ui(scale="log", symbol="α")] = 1e-4
    """strength"""
    beta: Annotated[float, Field(ge=0, le=10), Ui(symbol="β")] = 0.75
    """exponent"""
    k: Annotated[float, Field(gt=0, le=1e3)] = 2.0
    """keeps the divisor away from 0"""


def _over_last_axes(name: str, title: str, params: type[LayerNorm | RMSNorm], module: str, *aliases: str) -> LayerSpec:
    def arguments(chosen: Any, shapes: Sequence[Shape]) -> Mapping[str, Any]:
        return {
            "normalized_shape": _last_axes(shapes, chosen),
            "eps": chosen.eps,
            "elementwise_affine": chosen.elementwise_affine,
        }

    return LayerSpec(
        f"torch.{name}",
        title,
        "normalization",
        params,
        f"torch.nn:{module}",
        arguments=arguments,
        summary=lambda chosen: "per sample, last axis" if chosen.axes == 1 else f"per sample, last {chosen.axes} axes",
        stem="norm",
        aliases=aliases,
    )


def _last_axes(shapes: Sequence[Shape], params: LayerNorm | RMSNorm) -> Any:
    sizes = shapes[0][1:][-params.axes :]
    return sizes[0] if len(sizes) == 1 else sizes


def _batch_norm(dimension: int, ranks: tuple[int, ...]) -> LayerSpec:
    return LayerSpec(
        f"torch.batch_norm{dimension}d",
        "Batch norm" if dimension == 2 else f"Batch norm {dimension}d",
        "normalization",
        BatchNorm,
        f"torch.nn:BatchNorm{dimension}d",
        infer={"num_features": axis(1)},
        summary=lambda params: f"per channel · m {'mean' if params.momentum is None else f'{params.momentum:g}'}",
        stem="norm",
        ranks=ranks,
        aliases=("bn", f"batchnorm{dimension}d"),
    )


def _instance_norm(dimension: int) -> LayerSpec:
    return LayerSpec(
        f"torch.instance_norm{dimension}d",
        "Instance norm" if dimension == 2 else f"Instance norm {dimension}d",
        "normalization",
        InstanceNorm,
        f"torch.nn:InstanceNorm{dimension}d",
        infer={"num_features": axis(1)},
        summary=lambda params: "per sample, channel",
        stem="norm",
        ranks=(dimension + 2,),
        aliases=("in", f"instancenorm{dimension}d"),
    )


@hookimpl
def register_layers() -> Iterable[LayerSpec]:
    return [
        _batch_norm(2, (4,)),
        _batch_norm(1, (2, 3)),
        _batch_norm(3, (5,)),
        _over_last_axes("layer_norm", "Layer norm", LayerNorm, "LayerNorm", "ln", "layernorm"),
        _instance_norm(2),
        _instance_norm(1),
        _instance_norm(3),
        LayerSpec(
            "torch.group_norm",
            "Group norm",
            "normalization",
            GroupNorm,
            "torch.nn:GroupNorm",
            infer={"num_channels": axis(1)},
            summary=lambda params: f"per sample, {params.num_groups} groups",
            stem="norm",
            aliases=("gn", "groupnorm"),
        ),
        _over_last_axes("rms_norm", "RMS norm", RMSNorm, "RMSNorm", "rms", "rmsnorm"),
        LayerSpec(
            "torch.local_response_norm",
            "Local response norm",
            "normalization",
            LocalResponseNorm,
            "torch.nn:LocalResponseNorm",
            summary=lambda params: f"{params.size} channels",
            stem="norm",
            ranks=(3, 4, 5),
            aliases=("lrn", "alexnet"),
        ),
    ]
