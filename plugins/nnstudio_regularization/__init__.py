"""Regularization: layers that disturb what they pass on (dropout), and penalties on the weights (L1, L2)."""

from collections.abc import Iterable

from nnstudio.api import LayerSpec, RegularizerSpec, hookimpl
from nnstudio_regularization.layers import LAYERS
from nnstudio_regularization.penalties import REGULARIZERS


@hookimpl
def register_layers() -> Iterable[LayerSpec]:
    return LAYERS


@hookimpl
def register_regularizers() -> Iterable[RegularizerSpec]:
    return REGULARIZERS
