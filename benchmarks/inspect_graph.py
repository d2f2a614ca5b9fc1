"""How long `inspect` takes: a graph of 1 000 nodes in full, and again after one edit at its end. CPU time, because a machine is seldom quiet.

Two graphs: residual blocks that are alike, as real networks are, and convolutions that all differ, so that nothing can be remembered.
The first time is the very first `inspect` of a process, with all that torch imports on the way; edits are the median of many.
"""

import os
import statistics
import time
from collections.abc import Callable

os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = "1"

from nnstudio import plugins
from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine.codegen import module_code
from nnstudio.engine.inspect import Inspector
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.registry import Registry

NODES = 1_000
EDITS = 31
FULL, EDIT = 1.0, 0.030  # seconds: what is to be reached
DATA = DataInfo(
    {"image": FieldInfo("image", (3, 64, 64), "float"), "label": FieldInfo("label", (), "int", tuple("abcdefghij"))},
    ("image",), "label", 10, 8, 1, 1,
)  # fmt: skip


def network(*, alike: bool) -> Graph:
    """Convolution, normalization, ReLU and, where they are `alike`, a residual sum; then pooling, a linear layer and a loss."""
    nodes = {"input": Node("input", "nnstudio.input")}
    wires: dict[Slot, Source] = {}

    def add(id: str, type: str, *sources: str, port: str = "input", **params: object) -> str:
        nodes[id] = Node(id, type, params)
        wires.update({Slot(id, port, order): Source(source) for order, source in enumerate(sources)})
        return id

    last = add("stem", "torch.conv2d", "input", out_channels=16, kernel_size=3, padding="same")
    block = 0
    while len(nodes) < NODES - 7:
        block += 1
        channels = 16 if alike else 16 + block
        x = add(f"conv{block}", "torch.conv2d", last, out_channels=channels, kernel_size=3, padding="same")
        x = add(f"norm{block}", "torch.batch_norm2d", x)
        x = add(f"relu{block}", "torch.relu", x)
        last = add(f"add{block}", "nnstudio.add", x, last, port="inputs") if alike else x
    last = add("pool", "nnstudio.global_avg_pool", last)
    while len(nodes) < NODES - 2:
        last = add(f"tanh{len(nodes)}", "torch.tanh", last)
    last = add("fc", "torch.linear", last, out_features=10)
    add("loss", "torch.cross_entropy", last)
    return Graph(nodes, wires)


def seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def edited(graph: Graph, size: int) -> Graph:
    """Another number of outputs in the last layer."""
    return Graph({**graph.nodes, "fc": graph.nodes["fc"].with_param("out_features", size)}, graph.wires)


def rewired(graph: Graph, size: int) -> Graph:
    """One more layer before the loss."""
    more = Node(f"more{size}", "torch.linear", {"out_features": 10})
    return Graph(
        {**graph.nodes, more.id: more}, {**graph.wires, Slot(more.id): Source("fc"), Slot("loss"): Source(more.id)}
    )


def measure() -> list[tuple[str, str, str, bool]]:
    registry = plugins.load(safe_mode=True).registry
    first = seconds(lambda: Inspector(registry).inspect(network(alike=True), DATA))
    reached = first <= FULL
    rows = [(f"inspect {NODES} nodes, the first time in a process", _ms(first), f"≤ {_ms(FULL)}", reached)]
    for kind, graph in (("blocks alike", network(alike=True)), ("layers all different", network(alike=False))):
        rows += _of_graph(kind, graph, registry)
    return rows


def _of_graph(kind: str, graph: Graph, registry: Registry) -> list[tuple[str, str, str, bool]]:
    inspector = Inspector(registry)
    plan = inspector.inspect(graph, DATA)
    assert len(graph.nodes) == len(plan.nodes) == NODES
    assert plan.ready
    full = statistics.median(seconds(lambda: Inspector(registry).inspect(graph, DATA)) for _ in range(3))
    rows = [(f"inspect {NODES} nodes, {kind}", _ms(full), f"≤ {_ms(FULL)}", full <= FULL)]
    for what, edit in (("one parameter at the end", edited), ("one node more at the end", rewired)):
        versions = [edit(graph, size) for size in range(11, 11 + EDITS)]
        times = [seconds(lambda version=version: inspector.inspect(version, DATA)) for version in versions]
        took = statistics.median(times)
        rows.append((f"… after {what}", _ms(took), f"≤ {_ms(EDIT)}", took <= EDIT))
    took = statistics.median(seconds(lambda: module_code(graph, plan, registry)) for _ in range(3))
    rows.append(("… its code written", _ms(took), "–", True))
    return rows


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.{0 if seconds >= 0.02 else 1}f} ms"
