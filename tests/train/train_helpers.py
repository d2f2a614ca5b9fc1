"""Small projects and datasets for the tests of training, and what their runs measured."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from nnstudio import plugins
from nnstudio.data import DataField, Dataset
from nnstudio.events import EpochEnded, Event, Finished, Steps
from nnstudio.params import Params
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry
from nnstudio.specs import DatasetSpec
from nnstudio.train import loop
from nnstudio.train.control import Control
from nnstudio.train.data import load_data


@cache
def bundled() -> Registry:
    return plugins.load(safe_mode=True).registry


def with_specs(registry: Registry, **specs: Any) -> Registry:
    """`registry` and, by kind, one more spec."""
    more = {kind: {**registry.of(kind), spec.id: spec} for kind, spec in specs.items()}
    return replace(registry, specs={**registry.specs, **more})


# ── data ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Numbered(Params):
    number: int = 0


_datasets: dict[int, Dataset] = {}
_numbers = itertools.count(1)


def load_numbered(params: Numbered) -> Dataset:
    return _datasets[params.number]


def serve(dataset: Dataset, registry: Registry | None = None, **data: Any) -> tuple[Data, Registry]:
    """`dataset` as if a plugin had brought it."""
    number = next(_numbers)
    _datasets[number] = dataset
    spec = DatasetSpec("test.numbered", "Numbered", Numbered, "train_helpers:load_numbered")
    return Data(Entry(spec.id, {"number": number}), **data), with_specs(registry or bundled(), dataset=spec)


def table(x: Any, y: Any, *, kind: str = "label", classes: tuple[str, ...] = (), **more: Any) -> Dataset:
    """Rows `x` with the target `y`."""
    fields = {"x": DataField(np.asarray(x), "vector"), "y": DataField(np.asarray(y), kind, classes)}
    return Dataset(fields, ("x",), "y", **more)


def problems_of(dataset: Dataset, **data: Any) -> tuple[Problem, ...]:
    """What `load_data` says against it: its errors, else its warnings."""
    chosen, registry = serve(dataset, **data)
    try:
        return load_data(chosen, registry).problems
    except NNStudioError as error:
        return error.problems


# ── projects ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def chain(*kinds: tuple[str, dict[str, Any]] | str) -> Graph:
    """Nodes one behind the other, called after their kinds: linear1, relu1, linear2 …"""
    nodes: list[Node] = []
    for kind in kinds:
        type, params = (kind, {}) if isinstance(kind, str) else kind
        stem = type.rpartition(".")[2]
        number = sum(node.type == type for node in nodes) + 1
        nodes.append(Node(f"{stem}{number}", type, params))
    wires = {Slot(after.id): Source(before.id) for before, after in itertools.pairwise(nodes)}
    return Graph({node.id: node for node in nodes}, wires)


def classifier(*hidden: tuple[str, dict[str, Any]] | str, classes: int = 2) -> Graph:
    return chain("nnstudio.input", *hidden, ("torch.linear", {"out_features": classes}), "torch.cross_entropy")


def mlp(units: int = 16, classes: int = 2, *, dropout: float = 0.0) -> Graph:
    drop = [("torch.dropout", {"p": dropout})] if dropout else []
    return classifier(("torch.linear", {"out_features": units}), "torch.relu", *drop, classes=classes)


def moons(graph: Graph | None = None, **recipe: Any) -> Project:
    """Two moons: 300 samples, of which 210 are for training, 45 each for validation and test."""
    chosen = {"epochs": 3, "batch_size": 32, "device": "cpu", **recipe}
    data = Data(Entry("nnstudio.moons", {"samples": 300, "noise": 0.2}))
    return Project("Moons", graph or mlp(), data, Recipe(**chosen))


def of(kind: type, events: Sequence[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


# ── runs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def numbers(events: list[Event]) -> dict[str, Any]:
    """All that was measured, by name; the last part of a run that went on overwrites nothing."""
    found: dict[str, Any] = {}
    for steps in of(Steps, events):
        for name, values in steps.values.items():
            found.update({f"{name} {steps.first + index}": value for index, value in enumerate(values)})
    for epoch in of(EpochEnded, events):
        found.update({f"epoch {epoch.epoch} {name}": value for name, value in epoch.values.items()})
        found[f"epoch {epoch.epoch} best"] = epoch.best
    for finished in of(Finished, events):
        if finished.reason == "done":
            found.update({f"end {name}": value for name, value in finished.values.items()})
    return found


def stopping_after(
    events: Callable[..., Iterator[Event]], step: int, monkeypatch: pytest.MonkeyPatch, **options: Any
) -> list[Event]:
    """The events of a run that is stopped at the edge behind `step` steps."""
    control = Control()
    take = loop._step

    def counted(run: Any, *batch: Any) -> None:
        take(run, *batch)
        if run.step == step:
            control.stop()

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_step", counted)
        return list(events(control=control, **options))
