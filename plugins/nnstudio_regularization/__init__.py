"""Regularization: layers that disturb what they pass on (dropout), penalties, constraints and noise on the weights."""

from collections.abc import Iterable

from nnstudio.api import ConstraintSpec, LayerSpec, NoiseSpec, RegularizerSpec, hookimpl
from nnstudio_regularization.constraints import CONSTRAINTS
from nnstudio_regularization.layers import LAYERS
from nnstudio_regularization.noise import NOISE
from nnstudio_regularization.penalties import REGULARIZERS


@hookimpl
def register_layers() -> Iterable[LayerSpec]:
    return LAYERS


@hookimpl
def register_regularizers() -> Iterable[RegularizerSpec]:
    return REGULARIZERS


@hookimpl
def register_constraints() -> Iterable[ConstraintSpec]:
    return CONSTRAINTS


@hookimpl
def register_noise() -> Iterable[NoiseSpec]:
    return NOISE
