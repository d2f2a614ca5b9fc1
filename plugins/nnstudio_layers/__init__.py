"""The layers of every course: weights, pooling, shapes, arithmetic, activations. One file a family."""

from collections.abc import Iterable

from nnstudio.api import LayerSpec, hookimpl
from nnstudio_layers import activations, arithmetic, pooling, shapes, structure, views, weights


@hookimpl
def register_layers() -> Iterable[LayerSpec]:
    moving = [*pooling.LAYERS, *shapes.LAYERS, *views.LAYERS]
    return [*shapes.SOURCES, *weights.LAYERS, *moving, *structure.LAYERS, *activations.LAYERS, *arithmetic.LAYERS]
