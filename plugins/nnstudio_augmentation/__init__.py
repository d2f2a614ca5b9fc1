"""Augmentation: new training samples from old ones. The order in the recipe is the order in which a batch goes through them."""

from collections.abc import Iterable

from nnstudio.api import AugmentationSpec, hookimpl
from nnstudio_augmentation.mixing import MIXING
from nnstudio_augmentation.pixel import PIXEL
from nnstudio_augmentation.spatial import SPATIAL
from nnstudio_augmentation.text import TEXT


@hookimpl
def register_augmentations() -> Iterable[AugmentationSpec]:
    return (*PIXEL, *SPATIAL, *MIXING, *TEXT)
