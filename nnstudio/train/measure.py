"""What the network makes of a whole part: its loss and metrics, and the predictions that a person looks at."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from nnstudio.data import DataField
from nnstudio.events import Predictions
from nnstudio.train.data import LoadedData
from nnstudio.train.network import Network, Tensors
from nnstudio.train.recipe import Metric
from nnstudio.train.tensors import in_parts

BATCH = 1000  # samples that are measured at once; the exported script measures in the same batches
SHOWN_IMAGES = 36
SHOWN_POINTS = 500  # of samples with few features, which are drawn as points
GRID = 64  # rows and columns of the lattice over two features

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Measured:
    """A part, measured. values: "loss" and the metrics, means over the samples; outputs and targets: of all its samples, in order."""

    values: Mapping[str, float]
    outputs: Tensors
    targets: Tensors


@contextmanager
def aside(module: nn.Module) -> Generator[None]:
    """A look at the network that leaves no trace: evaluation mode, no gradients, random numbers and statistics as they were."""
    device = next((parameter.device for parameter in module.parameters()), torch.device("cpu"))
    training = [part for part in module.modules() if part.training]
    module.eval()
    try:
        gpus = [device] if device.type == "cuda" else []
        with torch.random.fork_rng(gpus), torch.inference_mode():  # pyright: ignore[reportUnknownMemberType]
            yield
    finally:
        for part in training:
            part.training = True


def measure(network: Network, data: LoadedData, indices: torch.Tensor, metrics: Sequence[Metric]) -> Measured:
    """The samples `indices` in evaluation mode, `BATCH` at a time, in their order."""
    inputs = data.columns(network.compiled.input_fields, indices.device)
    targets = data.columns(network.compiled.targets, indices.device)
    total = 0.0
    seen: list[tuple[Tensors, Tensors]] = []
    with aside(network.module):
        for chosen in in_parts(indices, BATCH):
            outputs = network.outputs([column.select(chosen) for column in inputs])
            wanted = tuple(column.select(chosen) for column in targets)
            total += network.loss(outputs, wanted).item() * len(chosen)
            seen.append((outputs, wanted))
        outputs, wanted = (
            tuple(torch.cat(parts) for parts in zip(*column, strict=True)) for column in zip(*seen, strict=True)
        )
        values = {"loss": total / len(indices)}
        for metric in metrics:
            values[metric.name] = metric.per_sample(*network.compared(outputs, wanted)).mean(dtype=torch.float64).item()
    return Measured(values, outputs, wanted)


def predictions(
    network: Network, data: LoadedData, part: str, indices: torch.Tensor, measured: Measured, epoch: int
) -> Predictions:
    """Samples of the part, the worst first, with what the network says of them; the confusion counts all of its samples."""
    with aside(network.module):
        losses = network.losses(measured.outputs, measured.targets)
        output, target = network.compared(measured.outputs, measured.targets)
        predicted, confidence = network.predicted(output)
        points = _plane(data, network)
        ranked = torch.argsort(losses, descending=True, stable=True)
        shown = worst_and_others(ranked, SHOWN_IMAGES if points is None else SHOWN_POINTS)
        grid, extent = _grid(network, data, points, indices.device)
    classes = class_names(network, data)
    chosen = indices[shown].cpu().numpy()
    return Predictions(
        epoch,
        part,
        chosen,
        _numbers(target[shown]),
        _numbers(predicted[shown]),
        _numbers(losses[shown]),
        images=_images(data, network, chosen),
        inputs=None if points is None else points.values[chosen],
        confidence=None if confidence is None else _numbers(confidence[shown]),
        confusion=_confusion(network, classes, target, predicted),
        grid=grid,
        extent=extent,
        classes=classes,
    )


def worst_and_others(ranked: torch.Tensor, count: int) -> torch.Tensor:
    """`count` of `ranked` (worst first), in its order: the worst, and as many evenly from the rest, so that what is right is seen too."""
    if len(ranked) <= count:
        return ranked
    worst = count // 2
    others = torch.linspace(len(ranked) - 1, worst, count - worst, device=ranked.device).round().long()
    return torch.cat((ranked[:worst], ranked[others.flip(0)]))


def class_names(network: Network, data: LoadedData) -> tuple[str, ...]:
    """Of the main loss's target; () where it is none of classes."""
    name = network.main.target_field
    return data.info.fields[name].classes if name else ()


def _numbers(values: torch.Tensor) -> Array:
    """N values, or N × D where each is a vector of several."""
    array = values.cpu().numpy()
    return array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array


def _confusion(
    network: Network, classes: tuple[str, ...], target: torch.Tensor, predicted: torch.Tensor
) -> Array | None:
    """K × K counts, rows the truth; None where there are no classes or several answers a sample."""
    if network.main.spec.decode not in {"argmax", "sigmoid"} or predicted.numel() != len(predicted):
        return None
    size = 2 if network.main.spec.decode == "sigmoid" else max(len(classes), int(predicted.max()) + 1)
    cells = target.reshape(-1).long() * size + predicted.reshape(-1)
    return torch.bincount(cells, minlength=size * size).reshape(size, size).cpu().numpy()


def _images(data: LoadedData, network: Network, chosen: Array) -> Array | None:
    """N × H × W or N × H × W × 3, uint8, of the first input that is a picture."""
    field = next(
        (
            data.dataset.fields[name]
            for name in network.compiled.input_fields
            if data.dataset.fields[name].kind == "image"
        ),
        None,
    )
    if field is None:
        return None
    values: Array = field.values[chosen]
    if values.dtype != np.uint8:
        low, high = float(values.min()), float(values.max())
        values = ((values - low) * (255.0 / (high - low or 1.0))).astype(np.uint8)  # type: ignore[operator]
    return values.transpose(0, 2, 3, 1)[..., :3] if values.shape[1] >= 3 else values[:, 0]


def _plane(data: LoadedData, network: Network) -> DataField | None:
    """The input, where it is one table of one or two features: what can be drawn as points."""
    fields = [data.dataset.fields[name] for name in network.compiled.input_fields]
    if len(fields) != 1 or fields[0].kind not in {"vector", "value"} or fields[0].values.ndim != 2:
        return None
    return fields[0] if fields[0].values.shape[1] <= 2 else None


def _grid(
    network: Network, data: LoadedData, points: DataField | None, device: torch.device
) -> tuple[Array | None, tuple[float, float, float, float]]:
    """(prediction at each place of a lattice over two features, row 0 at the lowest y; its extent x0, x1, y0, y1)."""
    if points is None or points.values.shape[1] != 2:
        return None, (0.0, 1.0, 0.0, 1.0)
    low, high = points.values.min(axis=0).astype(float), points.values.max(axis=0).astype(float)
    margin = 0.08 * np.where(high > low, high - low, 1.0)
    x0, y0, x1, y1 = (float(bound) for bound in (*(low - margin), *(high + margin)))
    lattice = torch.cartesian_prod(torch.linspace(y0, y1, GRID), torch.linspace(x0, x1, GRID)).flip(1)  # rows of (x, y)
    name = network.compiled.input_fields[0]
    outputs = network.outputs([data.scaled(name, lattice.to(device))])
    predicted = network.predicted(outputs[network.main.output])[0]
    if predicted.numel() != len(lattice):  # several answers a sample
        return None, (0.0, 1.0, 0.0, 1.0)
    return predicted.reshape(GRID, GRID).cpu().numpy(), (x0, x1, y0, y1)
