"""Small projects for experiments."""

import itertools
from functools import cache
from typing import Any

from nnstudio import plugins
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry

Kind = str | tuple[str, dict[str, Any]]


@cache
def bundled() -> Registry:
    return plugins.load(safe_mode=True).registry


def chain(*kinds: Kind) -> Graph:
    """Nodes one behind the other, called after their kinds: linear1, tanh1, linear2 …"""
    nodes: list[Node] = []
    for kind in kinds:
        type, params = (kind, {}) if isinstance(kind, str) else kind
        stem = type.rpartition(".")[2]
        number = sum(node.type == type for node in nodes) + 1
        nodes.append(Node(f"{stem}{number}", type, params))
    wires = {Slot(after.id): Source(before.id) for before, after in itertools.pairwise(nodes)}
    return Graph({node.id: node for node in nodes}, wires)


def classifier(*hidden: Kind, classes: int = 2) -> Graph:
    return chain("nnstudio.input", *hidden, ("torch.linear", {"out_features": classes}), "torch.cross_entropy")


def moons(*hidden: Kind, samples: int = 200, **recipe: Any) -> Project:
    """Two moons and a small network; 70 % of the samples are for training."""
    hidden = hidden or (("torch.linear", {"out_features": 16}), "torch.tanh")
    data = Data(Entry("nnstudio.moons", {"samples": samples, "noise": 0.1}))
    chosen = {"epochs": 3, "batch_size": 32, "device": "cpu", **recipe}
    return Project("Moons", classifier(*hidden), data, Recipe(**chosen))


def diabetes(**recipe: Any) -> Project:
    """A linear regression: ten features, one value."""
    graph = chain("nnstudio.input", ("torch.linear", {"out_features": 1}), "torch.mse")
    chosen = {"epochs": 3, "batch_size": 0, "device": "cpu", **recipe}
    return Project("Diabetes", graph, Data(Entry("nnstudio.diabetes")), Recipe(**chosen))
