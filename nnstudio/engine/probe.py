"""What does every node make of some samples, and how do its weights lie? Looks that leave training exactly as it was."""

import math
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from nnstudio.engine.compile import Compiled
from nnstudio.replies import NodeOutput, WeightStats

Floats = npt.NDArray[np.float64]

OUTPUT_BINS = 16
WEIGHT_BINS = 24
_COUNTED = 65_536  # values of an output that its histogram is made of
_WEIGHED = 4096  # weights of a node that its histogram is made of: this one is taken while training
_CHANNELS, _PIXELS = 16, 64  # of a mosaic: tiles, and the longest side of one
_ROWS, _COLUMNS = 64, 256  # of a strip


def probe(
    compiled: Compiled, inputs: Mapping[str, Tensor], targets: Mapping[str, Tensor] | None = None
) -> dict[str, NodeOutput]:
    """Every node's output for a batch, by node id (further outputs of a node by `id:port`).

    inputs, targets: by the data's field, the samples' axis first. With targets, the gradient of the loss at each output is
    measured too. The network runs in evaluation mode; its mode, buffers, gradients and all random generators stay as they were.
    """
    device = next(compiled.module.parameters(), torch.empty(0)).device
    seen: dict[str, Tensor] = {}
    first = {id: plan.outputs for id, plan in compiled.plan.nodes.items()}

    def record(node: str, port: str, value: Tensor) -> None:
        seen[node if port == next(iter(first[node])) else f"{node}:{port}"] = value

    with _undisturbed(compiled.module, device), torch.set_grad_enabled(targets is not None):
        batch = [_leaf(inputs[name].to(device), targets is not None) for name in compiled.input_fields]
        outputs = compiled.recording_forward(compiled.module, *batch, record)
        gradients = _gradients(compiled, outputs, targets, seen, device) if targets is not None else {}
    return {key: described(value.detach(), gradients.get(key)) for key, value in seen.items()}


def weight_stats(compiled: Compiled) -> dict[str, WeightStats]:
    """By node id, how its weights lie (of nodes without matrices: how all its parameters lie). Cheap enough for every few steps."""
    stats: dict[str, WeightStats] = {}
    for id, plan in compiled.plan.nodes.items():
        parameters = parameters_of(compiled.module, plan.name) if plan.parameters else []
        if parameters:
            weights = [parameter for parameter in parameters if parameter.dim() >= 2] or parameters
            stats[id] = weighed(weights)
    return stats


def parameters_of(network: nn.Module, name: str) -> list[nn.Parameter]:
    """Those of the node called `name` in the network's code; none where it has no module of its own."""
    try:
        return list(network.get_submodule(name).parameters())
    except AttributeError:
        return []


@contextmanager
def _undisturbed(module: nn.Module, device: torch.device) -> Generator[None]:
    training = [part for part in module.modules() if part.training]
    module.eval()
    try:
        with torch.random.fork_rng([device] if device.type == "cuda" else []):  # pyright: ignore[reportUnknownMemberType]
            yield
    finally:
        for part in training:
            part.training = True


def _leaf(values: Tensor, wants_gradient: bool) -> Tensor:
    return values.detach().requires_grad_() if wants_gradient and values.is_floating_point() else values


def _gradients(
    compiled: Compiled,
    outputs: Tensor | tuple[Tensor, ...],
    targets: Mapping[str, Tensor],
    seen: Mapping[str, Tensor],
    device: torch.device,
) -> dict[str, Tensor]:
    """The loss's gradient at each value that it reaches; nothing is added to the parameters' own gradients."""
    results = outputs if isinstance(outputs, tuple) else (outputs,)
    loss = compiled.loss(*results, *(targets[name].to(device) for name in compiled.targets))
    reached = {key: value for key, value in seen.items() if value.requires_grad}
    if not loss.requires_grad:
        return {}
    found = torch.autograd.grad(loss, list(reached.values()), allow_unused=True)
    found = cast(Sequence[Tensor | None], found)  # None where the loss does not depend on a value
    return {key: gradient for key, gradient in zip(reached, found, strict=True) if gradient is not None}


def described(value: Tensor, gradient: Tensor | None) -> NodeOutput:
    """One output's values as figures; the gradient, where there is one, as its root mean square."""
    array = value.to("cpu", torch.float64).numpy()
    finite = array[np.isfinite(array)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    counts, edges = np.histogram(_thinned(finite, _COUNTED), OUTPUT_BINS, _span(low, high))
    return NodeOutput(
        tuple(value.shape),
        mean=float(finite.mean()) if finite.size else math.nan,
        std=float(finite.std()) if finite.size else math.nan,
        low=low,
        high=high,
        zeros=float((array == 0).mean()) if array.size else 0.0,
        histogram=counts,
        edges=edges,
        picture=picture(array, low, high),
        bad=1 - finite.size / array.size if array.size else 0.0,
        gradient=None if gradient is None else float(gradient.double().square().mean().sqrt()),
    )


def weighed(weights: Sequence[Tensor]) -> WeightStats:
    """How the numbers of some tensors lie; of many, a subsample."""
    count = sum(weight.numel() for weight in weights)
    step = max(1, -(-count // _WEIGHED))
    with torch.no_grad():
        sample = torch.cat([weight.reshape(-1)[::step] for weight in weights]).to("cpu", torch.float32).numpy()
    finite = sample[np.isfinite(sample)]
    if not finite.size:
        return WeightStats(
            count, math.nan, math.nan, 0.0, 0.0, np.zeros(WEIGHT_BINS, np.int64), np.linspace(-1, 1, WEIGHT_BINS + 1)
        )
    low, high = float(finite.min()), float(finite.max())
    begin, end = _span(low, high)
    places = ((finite - begin) * (WEIGHT_BINS / (end - begin))).astype(np.int64)  # np.histogram is five times slower
    counts = np.bincount(np.clip(places, 0, WEIGHT_BINS - 1), minlength=WEIGHT_BINS)
    edges = np.linspace(begin, end, WEIGHT_BINS + 1)
    return WeightStats(count, float(finite.mean()), float(finite.std()), low, high, counts, edges)


def _thinned(values: Floats, most: int) -> Floats:
    return values[:: max(1, -(-values.size // most))]


def _span(low: float, high: float) -> tuple[float, float]:
    """A range that is never empty; one value alone gets room around it."""
    if high > low and math.isfinite(high - low) and high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    room = max(1e-6, abs(low) * 1e-6)
    return low - room, high + room


def picture(array: Floats, low: float, high: float) -> npt.NDArray[np.uint8]:
    """A batch of outputs as a small grey picture; `low` is black, `high` white, what is not finite black."""
    if array.size == 0:
        return np.zeros((1, 1), np.uint8)
    if array.ndim >= 4:
        plane = _mosaic(array[0].reshape(array.shape[1], *_plane(array.shape[2:])))
    elif array.ndim == 3:
        plane = _shrunk(array[0], _ROWS, _COLUMNS)
    else:
        plane = _shrunk(array.reshape(len(array), -1), _ROWS, _COLUMNS)
    scaled = (plane - low) / (high - low) if high > low else np.zeros_like(plane)
    return np.nan_to_num(np.clip(scaled, 0, 1) * 255, posinf=0, neginf=0).round().astype(np.uint8)


def _plane(axes: tuple[int, ...]) -> tuple[int, int]:
    """Two axes of all that lie behind the channels: depth is laid out downwards."""
    return math.prod(axes[:-1]), axes[-1]


def _mosaic(channels: Floats) -> Floats:
    """Tiles in a grid as square as may be, one dark line between them."""
    tiles = [_shrunk(channel, _PIXELS, _PIXELS) for channel in channels[:_CHANNELS]]
    height, width = tiles[0].shape
    across = math.ceil(math.sqrt(len(tiles)))
    down = -(-len(tiles) // across)
    canvas = np.full((down * (height + 1) - 1, across * (width + 1) - 1), -np.inf)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, across)
        canvas[row * (height + 1) :, column * (width + 1) :][:height, :width] = tile
    return canvas


def _shrunk(plane: Floats, rows: int, columns: int) -> Floats:
    """At most `rows` × `columns`, by leaving out lines at equal distances."""
    height, width = plane.shape
    return plane[:: max(1, -(-height // rows)), :: max(1, -(-width // columns))]
