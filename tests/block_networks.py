"""Projects drawn with blocks, and the same networks drawn by hand without them."""

import re
from collections.abc import Mapping
from typing import Any

from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Exposed, Project


def node(id: str, type: str, /, name: str = "", **params: Any) -> Node:
    return Node(id, type, params, name=name)


def entry(id: str, name: str = "", **params: Any) -> Node:
    return Node(id, "nnstudio.block_input", params, name=name)


def leaving(id: str, name: str = "", **params: Any) -> Node:
    return Node(id, "nnstudio.block_output", params, name=name)


def instance(id: str, block: str, /, name: str = "", **params: Any) -> Node:
    return Node(id, f"block:{block}", params, name=name)


def wires(**sources: str) -> dict[Slot, Source]:
    """`add__inputs__1="conv2"`: the second wire into port inputs of add comes from conv2; "stage.out1" names a port."""
    found: dict[Slot, Source] = {}
    for target, source in sources.items():
        id, port, order = [*target.split("__"), *(["input", "0"][target.count("__") :])][:3]
        from_id, _, from_port = source.partition(".")
        found[Slot(id, port, int(order))] = Source(from_id, from_port or "output")
    return found


def network(*nodes: Node, **sources: str) -> Graph:
    """These nodes, wired as `wires` says."""
    return Graph({each.id: each for each in nodes}, wires(**sources))


UNIT = Block(
    "unit",
    "Unit",
    network(
        entry("in1"),
        node("conv", "torch.conv2d", out_channels=4, kernel_size=3, padding=1, bias=False),
        node("bn", "torch.batch_norm2d"),
        node("relu", "torch.relu"),
        leaving("out1"),
        conv="in1", bn="conv", relu="bn", out1="relu",
    ),
    (Exposed("channels", "conv", "out_channels"), Exposed("stride", "conv", "stride")),
)  # fmt: skip

RESIDUAL = Block(
    "residual",
    "Residual",
    network(
        entry("in1"),
        instance("first", "unit", channels=4),
        instance("second", "unit", channels=4),
        node("short", "torch.conv2d", out_channels=4, kernel_size=1),
        node("add", "nnstudio.add"),
        node("relu", "torch.relu"),
        leaving("out1"),
        first__in1="in1", second__in1="first.out1", short="in1", add__inputs__0="second.out1", add__inputs__1="short",
        relu="add", out1="relu",
    ),
    (
        Exposed("channels", "first", "channels"),
        Exposed("channels_out", "second", "channels"),
        Exposed("shortcut", "short", "out_channels"),
    ),
)  # fmt: skip

BLOCKS = {"unit": UNIT, "residual": RESIDUAL}


def resnet(**more: Any) -> Project:
    """Pictures through a unit, a residual block three times, another one of other width, and a classifier."""
    stages = network(
        node("image", "nnstudio.input"),
        instance("stem", "unit", channels=4),
        instance("stage1", "residual", repeat=3),
        instance("down", "unit", channels=6, stride=2),
        instance("stage2", "residual", name="stage two", channels=5, channels_out=6, shortcut=6),
        node("pool", "torch.adaptive_avg_pool2d"),
        node("flatten", "nnstudio.flatten"),
        node("fc", "torch.linear", out_features=3),
        node("loss", "torch.cross_entropy"),
        stem__in1="image", stage1__in1="stem.out1", down__in1="stage1.out1", stage2__in1="down.out1", pool="stage2.out1",
        flatten="pool", fc="flatten", loss="fc",
    )  # fmt: skip
    return Project("Blocks", stages, blocks=BLOCKS, **more)


def by_hand(project: Project) -> Project:
    """The same network without blocks: each inner node drawn, under an id that any drawing may have."""
    flat = project.flat
    ids = {id: re.sub(r"\W+", "_", id) for id in flat.nodes}
    nodes = {
        ids[id]: Node(ids[id], each.type, each.params, options=_options(each.options, ids))
        for id, each in flat.nodes.items()
    }
    drawn = {
        slot._replace(node=ids[slot.node]): source._replace(node=ids[source.node])
        for slot, source in flat.wires.items()
    }
    return Project(project.name, Graph(nodes, drawn), project.data, project.recipe)


def _options(options: Mapping[str, Any], ids: Mapping[str, str]) -> dict[str, Any]:
    return {name: ids[value] if name == "share" else value for name, value in options.items()}


def scanned(cell: Graph, *, gives: str = "last", **more: Any) -> Project:
    """A scan over a sequence, and a score for each of three classes behind it."""
    cell = Graph({**cell.nodes, "out1": leaving("out1", "h", gives=gives)}, cell.wires)
    block = Block("cell", "Cell", cell, kind="scan")
    around = network(
        node("x", "nnstudio.input"),
        instance("rnn", "cell"),
        node("fc", "torch.linear", out_features=3),
        node("loss", "torch.cross_entropy"),
        rnn__in1="x", fc="rnn.out1", loss="fc",
    )  # fmt: skip
    return Project("Scan", around, blocks={"cell": block}, **more)


def elman(hidden: int = 5, size: int | None = None) -> Graph:
    """h ← tanh(W (x, h))"""
    return network(
        entry("in1", "x"),
        entry("in2", "h", carry="out1", size=[hidden if size is None else size]),
        node("cat", "nnstudio.concatenate"),
        node("linear", "torch.linear", out_features=hidden),
        node("tanh", "torch.tanh"),
        cat__inputs__0="in1", cat__inputs__1="in2", linear="cat", tanh="linear", out1="tanh",
    )  # fmt: skip
