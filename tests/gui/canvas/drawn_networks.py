"""Networks to be arranged, and what a reader would stumble over in their drawing: wires on each other or behind nodes, shapes struck out."""

import itertools
import random
from typing import NamedTuple

import numpy as np

from nnstudio.gui.canvas.plane import Box, Floats
from nnstudio.gui.canvas.viewport import Viewport
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT
from nnstudio.project.graph import Graph, Node, Slot, Source

STEP = 4.0  # pixels between the samples of a wire
ON_TOP = 3.0  # nearer than that, side by side, two wires are one line
MANY = {"nnstudio.add", "nnstudio.multiply", "nnstudio.concatenate"}


def network(kinds: dict[str, str], *links: str) -> Graph:
    """kinds: types by id; links: "a b c": a feeds b, b feeds c."""
    nodes = {id: Node(id, type, position=(0.0, 0.0)) for id, type in kinds.items()}
    wires: dict[Slot, Source] = {}
    for link in links:
        for source, target in itertools.pairwise(link.split()):
            port = "inputs" if kinds[target] in MANY else "input"
            order = sum(slot.node == target for slot in wires)
            wires[Slot(target, port, order if port == "inputs" else 0)] = Source(source)
    return Graph(nodes, wires)


def lstm_cell() -> Graph:
    linear, sigmoid, times = "torch.linear", "torch.sigmoid", "nnstudio.multiply"
    kinds = {
        "x": BLOCK_INPUT, "h": BLOCK_INPUT, "c": BLOCK_INPUT, "cat": "nnstudio.concatenate",
        "wi": linear, "wf": linear, "wo": linear, "wg": linear,
        "i": sigmoid, "f": sigmoid, "o": sigmoid, "g": "torch.tanh",
        "keep": times, "write": times, "sum": "nnstudio.add", "tanh": "torch.tanh", "read": times,
        "h_new": BLOCK_OUTPUT, "c_new": BLOCK_OUTPUT,
    }  # fmt: skip
    return network(
        kinds, "x cat", "h cat", *(f"cat w{gate} {gate}" for gate in "ifog"), "f keep sum", "c keep", "i write sum",
        "g write", "sum tanh read h_new", "o read", "sum c_new",
    )  # fmt: skip


def gru_cell() -> Graph:
    linear, times, plus = "torch.linear", "nnstudio.multiply", "nnstudio.add"
    kinds = {
        "x": BLOCK_INPUT, "h": BLOCK_INPUT, "cat": "nnstudio.concatenate", "wr": linear, "wz": linear,
        "r": "torch.sigmoid", "z": "torch.sigmoid", "reset": times, "cat2": "nnstudio.concatenate", "wn": linear,
        "n": "torch.tanh", "new": times, "old": times, "sum": plus, "h_new": BLOCK_OUTPUT,
    }  # fmt: skip
    return network(
        kinds, "x cat", "h cat wr r reset cat2 wn n new sum h_new", "cat wz z old sum", "h reset", "x cat2", "z new",
        "h old",
    )  # fmt: skip


def inception() -> Graph:
    conv = "torch.conv2d"
    kinds = {"in": BLOCK_INPUT, "pool": "torch.max_pool2d", "cat": "nnstudio.concatenate", "out": BLOCK_OUTPUT}
    kinds |= dict.fromkeys(("a", "b1", "b2", "c1", "c2", "c3", "p"), conv)
    return network(kinds, "in a cat out", "in b1 b2 cat", "in c1 c2 c3 cat", "in pool p cat")


def u_net(depth: int = 4) -> Graph:
    kinds = {"in": BLOCK_INPUT, "out": BLOCK_OUTPUT, "deep": "torch.conv2d", "head": "torch.conv2d"}
    down: list[str] = ["in"]
    up: list[str] = []
    skips: list[str] = []
    for level in range(depth):
        kinds |= {f"d{level}": "torch.conv2d", f"r{level}": "torch.relu", f"p{level}": "torch.max_pool2d"}
        kinds |= {f"u{level}": "nnstudio.upsample", f"k{level}": "nnstudio.concatenate", f"e{level}": "torch.conv2d"}
        down += [f"d{level}", f"r{level}", f"p{level}"]
        up = [f"u{level}", f"k{level}", f"e{level}", *up]
        skips.append(f"r{level} k{level}")
    return network(kinds, " ".join([*down, "deep", *up, "head", "out"]), *skips)


def residual_chain(blocks: int = 6) -> Graph:
    kinds, links, last = {"in": BLOCK_INPUT}, list[str](), "in"
    for number in range(blocks):
        a, r, b, plus = (f"{kind}{number}" for kind in ("conv", "relu", "norm", "add"))
        kinds |= {a: "torch.conv2d", r: "torch.relu", b: "torch.conv2d", plus: "nnstudio.add"}
        links += [f"{last} {a} {r} {b} {plus}", f"{last} {plus}"]
        last = plus
    return network(kinds, *links)


def random_network(seed: int, count: int = 16, more: int = 10) -> Graph:
    """Each node is fed by an earlier one, some by several."""
    chance = random.Random(seed)
    kinds = {"n0": BLOCK_INPUT}
    links: dict[str, list[str]] = {}
    for index in range(1, count):
        kinds[f"n{index}"] = "torch.relu"
        links[f"n{index}"] = [f"n{chance.randrange(max(0, index - 5), index)}"]
    for _ in range(more):
        target = chance.randrange(2, count)
        source = f"n{chance.randrange(0, target)}"
        if source not in links[f"n{target}"]:
            kinds[f"n{target}"] = "nnstudio.add"
            links[f"n{target}"].append(source)
    return network(kinds, *(f"{source} {target}" for target, sources in links.items() for source in sources))


NETWORKS = {
    "lstm": lstm_cell(), "gru": gru_cell(), "inception": inception(), "u-net": u_net(), "residual": residual_chain(),
    **{f"random {seed}": random_network(seed) for seed in range(3)},
}  # fmt: skip


def worked_out(graph: Graph) -> Plan:
    """As an engine might: short shapes in small networks, long ones in others."""
    shape = (BATCH, 32) if len(graph.nodes) < 22 else (BATCH, 16, 24, 24)
    nodes = {
        node.id: NodePlan(node.id, node.type, node.id, outputs={"output": shape}, dtypes={"output": "float"})
        for node in graph
    }
    return Plan(tuple(nodes), nodes)


class Faults(NamedTuple):
    """behind: wires that run behind a node; on_top: pixels that wires of different sources run on each other; crossings: of such wires;
    labels: that lie on a node, another label, a frame's border or another wire; shown, of: labels."""

    behind: int
    on_top: float
    crossings: int
    labels: int
    shown: int
    of: int


def faults(view: Viewport) -> Faults:
    scene, wires = view.scene, view.wires
    rows = sorted(scene.wire_row.values())
    samples = {row: _sampled(wires.route(row).samples(60)) for row in rows}
    source = {row: scene.wire(row).source for row in rows}
    boxes = [scene.box(row) for row in scene.row.values()]
    behind = sum(any(_inside(samples[row], box, -2.0).any() for box in boxes) for row in rows)
    strangers = [(a, b) for a, b in itertools.combinations(rows, 2) if source[a] != source[b]]
    on_top = sum(_on_top(samples[a], samples[b]) for a, b in strangers)
    crossings = sum(_crossings(samples[a], samples[b]) for a, b in strangers)
    labels = {row: box for row in rows if (box := wires.label_box(row)) is not None}
    edges = [edge for id in scene.frames.ids for edge in _edges(scene.frames.box(id))]
    struck = {
        row
        for row, box in labels.items()
        if any(_overlap(box, other) for other in (*boxes, *edges))
        or any(other != row and _overlap(box, labels[other]) for other in labels)
        or any(_inside(samples[other], box, 0.0).any() for other in rows if source[other] != source[row])
    }
    of = sum(bool(view.looks.wire_text(row)) for row in rows)
    return Faults(behind, on_top, crossings, len(struck), len(labels), of)


def _sampled(points: Floats) -> Floats:
    pieces = [
        np.linspace(a, b, 1 + max(1, int(np.hypot(*(b - a)) / STEP)), endpoint=False)
        for a, b in itertools.pairwise(points)
    ]
    return np.concatenate([*pieces, points[-1:]])


def _inside(points: Floats, box: Box, margin: float) -> np.ndarray:
    x, y = points.T
    left, top, right, bottom = box
    return (x > left - margin) & (x < right + margin) & (y > top - margin) & (y < bottom + margin)


def _on_top(one: Floats, other: Floats) -> float:
    """How long they run on each other, as two wires do that are not only crossing."""
    way, its_way = np.gradient(one, axis=0), np.gradient(other, axis=0)
    apart = np.abs(one[:, None] - other[None]).max(axis=2)
    cross = np.abs(way[:, None, 0] * its_way[None, :, 1] - way[:, None, 1] * its_way[None, :, 0])
    lengths = np.hypot(*way.T)[:, None] * np.hypot(*its_way.T)[None]
    return STEP * float(((apart < ON_TOP) & (cross < 0.1 * lengths)).any(axis=1).sum())


def _crossings(one: Floats, other: Floats) -> int:
    a, b = one[:-1, None], one[1:, None]
    c, d = other[None, :-1], other[None, 1:]

    def side(p: Floats, q: Floats, r: Floats) -> Floats:
        return (q[..., 0] - p[..., 0]) * (r[..., 1] - p[..., 1]) - (q[..., 1] - p[..., 1]) * (r[..., 0] - p[..., 0])

    return int(((side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)).sum())


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _edges(box: Box) -> list[Box]:
    left, top, right, bottom = box
    return [
        (left, top, left + 1, bottom),
        (right - 1, top, right, bottom),
        (left, top, right, top + 1),
        (left, bottom - 1, right, bottom),
    ]
