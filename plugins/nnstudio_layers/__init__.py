"""The layers of every course: weights, pooling, shapes, activations. One file a family."""

from collections.abc import Iterable

from nnstudio.api import LayerSpec, hookimpl
from nnstudio_layers import activations, pooling, shapes, structure, weights


@hookimpl
def register_layers() -> Iterable[LayerSpec]:
    return [*shapes.SOURCES, *weights.LAYERS, *pooling.LAYERS, *shapes.LAYERS, *structure.LAYERS, *activations.LAYERS]
