"""Normalization layers: batch, layer, instance and group norm."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

from nnstudio.api import Field, LayerSpec, Params, Shape, Ui, axis, hookimpl

Eps = Annotated[float, Field(gt=0, le=0.1), Ui(scale="log", symbol="ε")]


class BatchNorm(Params):
    """Centres and scales each channel with the statistics of the mini-batch, then rescales by γ and shifts by β.

    Formula: x̂ = (x − μ) / √(σ² + ε)   y = γ x̂ + β
    Source: Ioffe & Szegedy 2015
    """

    eps: Eps = 1e-5
    """added to the variance"""
    momentum: Annotated[float, Field(ge=0, le=1)] = 0.1
    """weight of the newest batch in the running statistics"""
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

    Formula: x̂ = (x − μ) / √(σ² + ε), μ and σ over the positions of one channel
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

    Formula: x̂ = (x − μ) / √(σ² + ε), μ and σ over one group of channels
    Source: Wu & He 2018
    """

    num_groups: Annotated[int, Field(ge=1, le=65_536)] = 2
    """groups that the channels are divided into; must divide their number"""
    eps: Eps = 1e-5
    """added to the variance"""
    affine: bool = True
    """learn γ and β for each channel"""


def _last_axes(shapes: Sequence[Shape], params: LayerNorm) -> Any:
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
        summary=lambda params: f"ε {_short(params.eps)} · m {params.momentum:g}",
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
        summary=lambda params: f"ε {_short(params.eps)}",
        stem="norm",
        ranks=(dimension + 2,),
        aliases=("in", f"instancenorm{dimension}d"),
    )


def _short(value: float) -> str:
    """1e-5, not 1e-05."""
    return f"{value:g}".replace("e-0", "e-")


@hookimpl
def register_layers() -> Iterable[LayerSpec]:
    return [
        _batch_norm(2, (4,)),
        _batch_norm(1, (2, 3)),
        LayerSpec(
            "torch.layer_norm",
            "Layer norm",
            "normalization",
            LayerNorm,
            "torch.nn:LayerNorm",
            arguments=lambda params, shapes: {
                "normalized_shape": _last_axes(shapes, params),
                "eps": params.eps,
                "elementwise_affine": params.elementwise_affine,
            },
            summary=lambda params: "last axis" if params.axes == 1 else f"last {params.axes} axes",
            stem="norm",
            aliases=("ln", "layernorm"),
        ),
        _instance_norm(2),
        _instance_norm(1),
        LayerSpec(
            "torch.group_norm",
            "Group norm",
            "normalization",
            GroupNorm,
            "torch.nn:GroupNorm",
            infer={"num_channels": axis(1)},
            summary=lambda params: f"{params.num_groups} groups",
            stem="norm",
            aliases=("gn", "groupnorm"),
        ),
    ]
