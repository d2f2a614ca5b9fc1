"""Activations and gradients through many equal layers, for several ways to initialize them.

Source: CS231n, Training Neural Networks I (tanh, 6 × 4096); Glorot & Bengio 2010; He et al. 2015.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.forms import Depth
from nnstudio.experiments.words import line, short
from nnstudio.figures import Bars, Curves, Note
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.project.setting import entry
from nnstudio.registry import Registry
from nnstudio.replies_experiments import Outcome
from nnstudio.train.recipe import arguments, find, named

BINS = 40

ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "tanh": torch.tanh,
    "relu": torch.relu,
    "sigmoid": torch.sigmoid,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "identity": torch.clone,
}

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Layers:
    """means, stds: of the activations, layer by layer; slopes: std of the gradients where N(0, 1) comes in at the last layer."""

    means: Floats
    stds: Floats
    slopes: Floats
    histograms: tuple[tuple[Counts, Floats], ...]


def depth(project: Project | None, params: Depth, bench: Bench) -> Outcome:
    """Means, spreads and histograms of each layer, for each initializer."""
    del project  # the layers are its own
    names = [name.strip() for name in params.initializers.split(";") if name.strip()]
    found = {name: through(params, name, bench.registry) for name in names}
    if not found:
        message = "No initializer is named."
        raise NNStudioError(Problem("experiment.initializers", message, remedy="Write 0.01; xavier; he.", place="run"))
    layers = np.arange(1, params.layers + 1)
    spreads, slopes = (
        Curves(
            tuple(
                line(layers, np.maximum(getattr(one, part), 1e-30), _title(name), f"series:{index}")
                for index, (name, one) in enumerate(found.items())
            ),
            x_label="layer",
            y_label="standard deviation",
            log_y=True,
            title=title,
        )
        for part, title in (("stds", "Activations"), ("slopes", "Gradients"))
    )
    rows = (
        ("initializer", *(f"layer {layer}" for layer in layers[:12])),
        *((_title(name), *(short(value, 2) for value in one.stds[:12].tolist())) for name, one in found.items()),
    )
    histograms = tuple(
        Bars(
            counts,
            edges=edges,
            title=f"{_title(name)}, layer {layer}",
            caption=f"mean {short(mean, 2)}, std {short(std, 2)}",
        )
        for name, one in found.items()
        for layer, (counts, edges), mean, std in zip(layers, one.histograms, one.means, one.stds, strict=True)
    )
    numbers = {
        f"{part} {name}": getattr(one, part) for name, one in found.items() for part in ("means", "stds", "slopes")
    }
    figures = (spreads, slopes, Note(rows=rows, title="Standard deviations of the activations"), *histograms)
    return Outcome("Activations through depth", _verdict(found, params), figures, numbers=numbers)


def through(params: Depth, initializer: str, registry: Registry) -> Layers:
    """Random inputs through the layers, and random gradients back. The same seed gives every initializer the same draws."""
    with torch.random.fork_rng(devices=[]):  # pyright: ignore[reportUnknownMemberType]
        torch.manual_seed(params.seed)  # pyright: ignore[reportUnknownMemberType]
        value = torch.randn(params.samples, params.width, requires_grad=True)
        kept: list[Tensor] = []
        for _ in range(params.layers):
            weight = weights(initializer, params.width, registry)
            value = ACTIVATIONS[params.activation](value @ weight.T)
            kept.append(value)
        gradients = [found.double() for found in torch.autograd.grad(value, kept, torch.randn_like(value))]
    outputs = [layer.detach().double() for layer in kept]
    return Layers(
        np.array([float(layer.mean()) for layer in outputs]),
        np.array([float(layer.std(correction=0)) for layer in outputs]),
        np.array([float(gradient.std(correction=0)) for gradient in gradients]),
        tuple(_histogram(layer.numpy()) for layer in outputs),
    )


def weights(initializer: str, width: int, registry: Registry) -> Tensor:
    """width × width, from a standard deviation, `xavier` (1/√D), `he` (√(2/D)) or an installed initializer. Raises NNStudioError."""
    spreads = {"xavier": 1 / math.sqrt(width), "he": math.sqrt(2 / width)}
    spread = spreads.get(initializer)
    if spread is None:
        try:
            spread = float(initializer)
        except ValueError:
            return _installed(initializer, width, registry)
    if not (math.isfinite(spread) and spread >= 0):
        message = f"The standard deviation is {initializer}."
        raise NNStudioError(
            Problem("experiment.initializers", message, remedy="Give a number, 0 or more.", place="run")
        )
    return torch.randn(width, width) * spread


def _installed(name: str, width: int, registry: Registry) -> Tensor:
    chosen = entry(registry, "initializer", name, {}, place="run")
    spec, params = find("initializer", chosen, registry)
    if spec.scope != "weight" or not spec.function:
        message = f"{spec.title} does not set a weight by itself."
        raise NNStudioError(Problem("experiment.initializers", message, remedy="Choose another one.", place="run"))
    weight = torch.empty(width, width)
    with torch.no_grad():
        named("initializer", spec.function)(weight, **arguments(spec, params))
    return weight


def _histogram(values: Floats) -> tuple[Counts, Floats]:
    low, high = float(values.min()), float(values.max())
    if not (math.isfinite(low) and math.isfinite(high)):
        return np.zeros(BINS, np.int64), np.linspace(-1, 1, BINS + 1)
    return np.histogram(values, BINS, (low, high) if high > low else (low - 1e-6, high + 1e-6))


def _title(name: str) -> str:
    try:
        return f"std {float(name):g}"
    except ValueError:
        return name


def _verdict(found: dict[str, Layers], params: Depth) -> str:
    """For each initializer, what becomes of the activations."""
    words: list[str] = []
    for name, one in found.items():
        first, last = float(one.stds[0]), float(one.stds[-1])
        if not math.isfinite(last) or last > 10 * first:
            fate = "explode"
        elif last < 0.1 * first:
            fate = "vanish"
        elif params.activation in {"tanh", "sigmoid"} and saturated(one, params.activation):
            fate = "saturate"
        else:
            fate = "keep their size"
        words.append(f"{_title(name)}: activations {fate} ({short(first, 2)} → {short(last, 2)}).")
    return " ".join(words)


def saturated(one: Layers, activation: str) -> bool:
    """Do more than half of the last layer's values lie within 0.05 of the ends that tanh or sigmoid has?"""
    counts, edges = one.histograms[-1]
    middle = (edges[1:] + edges[:-1]) / 2
    low, high = (-1.0, 1.0) if activation == "tanh" else (0.0, 1.0)
    return float(counts[(middle < low + 0.05) | (middle > high - 0.05)].sum()) > 0.5 * float(counts.sum())
