"""Some training samples before and after a recipe's augmentations: what the network will see of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from nnstudio.data import DataField
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Entry
from nnstudio.registry import Registry
from nnstudio.replies import Preview
from nnstudio.train import recipe
from nnstudio.train.data import LoadedData
from nnstudio.train.tensors import tensor_of

Array = npt.NDArray[np.generic]

SHOWN = 16


def with_augmented(
    preview: Preview, loaded: LoadedData, entries: Sequence[Entry], registry: Registry, seed: int
) -> Preview:
    """`preview` with its fields `before`, `augmented`, `augmented_field` and `augmented_rows`; as it is where no entry fits the data.

    Entries that are unknown or have a wrong parameter are left out: the check says what is wrong with them.
    """
    found = [known for entry in entries if entry.enabled and (known := _found(entry, registry)) is not None]
    fields = loaded.dataset.fields
    kinds = {kind for spec, _ in found for kind in spec.kinds}
    name = next((name for name in loaded.dataset.inputs if fields[name].kind in kinds), "")
    rows = loaded.split.train[:SHOWN]
    if not name or not len(rows):
        return preview
    before = _as_seen(loaded, name, rows)
    target = _shares(fields.get(loaded.dataset.target), rows)
    generator = torch.Generator().manual_seed(seed + 1)
    batch = before.clone()
    for spec, params in found:
        if fields[name].kind not in spec.kinds:
            continue
        function = recipe.named("augmentation", spec.function)
        if spec.targets:
            batch, target = function(batch, target, generator, **dict(params))
        else:
            batch = function(batch, generator, **dict(params))
    shown = _pictures if fields[name].kind == "image" else _values
    return replace(preview, before=shown(before), augmented=shown(batch), augmented_field=name, augmented_rows=rows)


def _found(entry: Entry, registry: Registry) -> tuple[Any, Any] | None:
    try:
        return recipe.find("augmentation", entry, registry)
    except NNStudioError:
        return None


def _as_seen(loaded: LoadedData, name: str, rows: npt.NDArray[np.int64]) -> torch.Tensor:
    """Images as 0 … 1; vectors after standardisation; whole numbers as they are."""
    field = loaded.dataset.fields[name]
    if field.kind != "image":
        return loaded.columns([name])[0].select(tensor_of(rows))
    values = tensor_of(np.ascontiguousarray(field.values[rows])).float()
    return values / 255 if field.values.dtype == np.uint8 else values


def _shares(target: DataField | None, rows: npt.NDArray[np.int64]) -> torch.Tensor:
    """The target of the samples, a class as shares; where there is none, zeros."""
    if target is None:
        return torch.zeros(len(rows), 1)
    values = tensor_of(np.ascontiguousarray(target.values[rows]))
    if target.kind != "label":
        return values.float().reshape(len(rows), -1)
    return torch.nn.functional.one_hot(values.long(), int(target.values.max()) + 1).float()


def _pictures(batch: torch.Tensor) -> Array:
    """N × H × W [× 3] uint8."""
    bytes_ = (batch.clamp(0, 1) * 255).round().to(torch.uint8)
    return (bytes_[:, :3].permute(0, 2, 3, 1) if bytes_.shape[1] >= 3 else bytes_[:, 0]).contiguous().numpy()


def _values(batch: torch.Tensor) -> Array:
    return batch.numpy()
