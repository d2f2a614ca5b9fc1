"""New samples from old ones: each batch of the training part goes through the recipe's augmentations, all of it at once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F

from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Recipe
from nnstudio.registry import Registry
from nnstudio.specs import AugmentationSpec
from nnstudio.train.data import Column, LoadedData
from nnstudio.train.entries import ready
from nnstudio.train.network import Network, Tensors


@dataclass(frozen=True)
class _Field:
    """What one input goes through. steps: (function, does it mix targets too); scaler: of a picture, what standardises it afterwards."""

    steps: list[tuple[Callable[..., Any], bool]]
    scaler: Column | None


class Augmentation:
    """`augmentation(inputs, targets)`: the same batch, made anew. Draws from a generator of its own."""

    def __init__(self, fields: list[_Field], target: int | None, classes: int, generator: torch.Generator) -> None:
        self._fields = fields
        self._target = target
        self._classes = classes
        self._generator = generator

    def __call__(self, inputs: Tensors, targets: Tensors) -> tuple[Tensors, Tensors]:
        if self._target is not None:
            target = targets[self._target]
            if self._classes:
                target = F.one_hot(target, self._classes).float()
        else:
            target = torch.empty(0)  # nothing mixes
        made: list[torch.Tensor] = []
        for values, field in zip(inputs, self._fields, strict=True):
            if field.scaler is not None:
                values = field.scaler.in_units(values)
            for function, mixes in field.steps:
                if mixes:
                    values, target = function(values, target, self._generator)
                else:
                    values = function(values, self._generator)
            made.append(values if field.scaler is None else field.scaler.standardized(values))
        if self._target is not None:
            targets = (*targets[: self._target], target, *targets[self._target + 1 :])
        return tuple(made), targets


def augmentation(
    recipe: Recipe,
    registry: Registry,
    network: Network,
    data: LoadedData,
    device: torch.device,
    generator: torch.Generator,
) -> tuple[Augmentation | None, tuple[Column, ...]]:
    """(what the recipe does to a batch, None where that is nothing; the inputs' columns as they go into it).

    Raises NNStudioError for what mixes targets where that cannot be.
    """
    names = network.compiled.input_fields
    columns = list(data.columns(names, device))
    fields = [_Field([], None) for _ in names]
    mixing: AugmentationSpec | None = None
    for entry in recipe.augmentations:
        if not entry.enabled:
            continue
        spec: AugmentationSpec | None = registry.augmentations.get(entry.type)
        function = ready("augmentation", entry, registry)  # says what is unknown
        assert spec is not None
        for index, name in enumerate(names):
            kind = data.dataset.fields[name].kind
            if kind not in spec.kinds:
                continue
            if kind == "image" and fields[index].scaler is None and (raw := data.raw(name, device)) is not None:
                fields[index] = _Field(fields[index].steps, raw)
                columns[index] = Column(raw.values)
            fields[index].steps.append((function, spec.targets))
            mixing = mixing or (spec if spec.targets else None)
    if not any(field.steps for field in fields):
        return None, tuple(columns)
    target, classes = (None, 0) if mixing is None else mixed_target(mixing, network, data)
    return Augmentation(fields, target, classes, generator), tuple(columns)


def mixed_target(mixing: AugmentationSpec, network: Network, data: LoadedData) -> tuple[int, int]:
    """(which of the targets is mixed, its number of classes: 0 where it has none)"""
    name, loss = network.main.target_field, network.main.spec
    reason = ""
    if len(network.compiled.input_fields) != 1 or len(network.compiled.targets) != 1 or not name:
        reason = "it needs a network of one input field and one target"
    elif loss.target == "class" and data.dataset.fields[name].values.ndim != 1:
        reason = "it needs one class a sample"
    if reason:
        message = f"{mixing.title} mixes targets, and {reason}."
        remedy = "Use cross-entropy, or an augmentation that leaves the targets alone."
        problem = Problem("recipe.mixing", message, remedy=remedy, param="augmentations", place="recipe")
        raise NNStudioError(problem)
    return 0, len(data.info.fields[name].classes) if loss.target == "class" else 0
