"""Small live figures of every node, from one look at a fixed batch: what its values and weights are like, and how long it takes."""

from collections.abc import Sequence
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch.nn.utils import get_total_norm

from nnstudio.events import NodeStats
from nnstudio.train.measure import Array, aside
from nnstudio.train.network import Network

BINS = 16
VALUES = 4096  # of a tensor, evenly spread, that its figures are taken from: all of them would cost more than the step
NEAR_ZERO = 1e-3


def node_statistics(network: Network, inputs: Sequence[torch.Tensor], step: int) -> NodeStats:
    """By node: "mean", "std", "low", "high" and "dead" of its output, "time" in seconds, "gradient" (norm, of the last step's),
    "weight" (root mean square) and "near_zero" (share below 0.001) of its weights.

    histograms: of the weights where the node has some, else of its output; 16 bins from the lowest to the highest value.
    "dead": share of the units (features, channels) that were 0 for every sample. Leaves weights, random numbers and statistics as they are.
    """
    nodes: dict[str, dict[str, float]] = {}
    histograms: dict[str, Array] = {}
    before = perf_counter()

    def record(node: str, port: str, value: torch.Tensor) -> None:
        nonlocal before
        seconds = perf_counter() - before
        if node not in nodes and value.is_floating_point():
            nodes[node], histograms[node] = _figures(value)
            nodes[node]["time"] = seconds
        before = perf_counter()

    with aside(network.module):
        network.compiled.recording_forward(network.module, *inputs, record)
        for node, parameters in _parameters(network).items():
            gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
            if gradients:
                nodes.setdefault(node, {})["gradient"] = get_total_norm(gradients).item()
            weights = next((parameter for parameter in parameters if parameter.dim() >= 2), None)
            if weights is not None:
                sample = _sample(weights)
                histograms[node] = _histogram(sample)
                figures = nodes.setdefault(node, {})
                figures["weight"] = float(np.sqrt(np.mean(np.square(sample))))
                figures["near_zero"] = float(np.mean(np.abs(sample) < NEAR_ZERO))
    return NodeStats(step, nodes, histograms)


def _parameters(network: Network) -> dict[str, list[torch.nn.Parameter]]:
    """node → its parameters, in their order."""
    found: dict[str, list[torch.nn.Parameter]] = {}
    for name, parameter in network.module.named_parameters():
        node = network.compiled.plan.node_of(name)
        if node is not None:
            found.setdefault(node, []).append(parameter)
    return found


def _figures(value: torch.Tensor) -> tuple[dict[str, float], Array]:
    sample = _sample(value)
    figures = {
        "mean": float(sample.mean()),
        "std": float(sample.std()),
        "low": float(sample.min()),
        "high": float(sample.max()),
    }
    if value.dim() >= 2:
        units = value.transpose(0, 1).reshape(value.shape[1], -1)
        figures["dead"] = float((units.abs().amax(1) == 0).float().mean())
    return figures, _histogram(sample)


def _sample(value: torch.Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    flat = value.detach().reshape(-1)
    stride = -(-len(flat) // VALUES)
    return flat[::stride].double().cpu().numpy()


def _histogram(values: np.ndarray[Any, np.dtype[np.float64]]) -> Array:
    finite = values[np.isfinite(values)]
    return np.histogram(finite, BINS)[0] if len(finite) else np.zeros(BINS, np.int64)
