"""Small graphs and data to test the engine with."""

import itertools
from collections.abc import Mapping
from typing import Any

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.project.graph import Graph, Node, Slot, Source

LETTERS = tuple("abcdefghij")


def data(inputs: Mapping[str, FieldInfo], target: str = "", **targets: FieldInfo) -> DataInfo:
    return DataInfo({**inputs, **targets}, tuple(inputs), target, 100, 70, 15, 15)


def image_data(channels: int = 1, size: int = 28, classes: int = 10) -> DataInfo:
    """Pictures in `classes` classes, as Fashion-MNIST is."""
    label = FieldInfo("label", (), "int", LETTERS[:classes])
    return data({"image": FieldInfo("image", (channels, size, size), "float")}, "label", label=label)


def vector_data(size: int = 4, target: FieldInfo | None = None) -> DataInfo:
    """Vectors of `size` numbers and one value to predict."""
    return data({"x": FieldInfo("vector", (size,), "float")}, "y", y=target or FieldInfo("value", (1,), "float"))


def node(id: str, type: str, /, name: str = "", **params: Any) -> Node:
    return Node(id, type, params, name=name)


def chain(*nodes: Node) -> Graph:
    """Each node fed by the one before."""
    return Graph({each.id: each for each in nodes}, {Slot(b.id): Source(a.id) for a, b in itertools.pairwise(nodes)})


def wired(*nodes: Node, wires: Mapping[Slot | str, Source | str]) -> Graph:
    """`wires`: target → source, either as the name of a node where the ports have their usual names."""
    full = {
        (Slot(slot) if isinstance(slot, str) else slot): (Source(source) if isinstance(source, str) else source)
        for slot, source in wires.items()
    }
    return Graph({each.id: each for each in nodes}, full)


def lenet() -> Graph:
    """LeCun et al. 1998 with max pooling: 61 706 parameters on 28×28 pictures."""
    return chain(
        node("image", "nnstudio.input"),
        node("conv1", "torch.conv2d", out_channels=6, kernel_size=5, padding=2),
        node("relu1", "torch.relu"),
        node("pool1", "torch.max_pool2d"),
        node("conv2", "torch.conv2d", out_channels=16, kernel_size=5),
        node("relu2", "torch.relu"),
        node("pool2", "torch.max_pool2d"),
        node("flatten", "nnstudio.flatten"),
        node("fc1", "torch.linear", out_features=120),
        node("relu3", "torch.relu"),
        node("fc2", "torch.linear", out_features=84),
        node("relu4", "torch.relu"),
        node("fc3", "torch.linear", out_features=10),
        node("loss1", "torch.cross_entropy"),
    )


def with_node(graph: Graph, changed: Node) -> Graph:
    return Graph({**graph.nodes, changed.id: changed}, graph.wires)
