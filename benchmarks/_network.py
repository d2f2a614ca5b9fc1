"""The networks that the canvas is measured with: any number of nodes, 1.2 wires a node, and some of all that a drawing can have."""

import random

from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.problems import Problem, Severity
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

TYPES = ("torch.conv2d", "torch.relu", "torch.batch_norm2d", "torch.max_pool2d", "nnstudio.add", "torch.linear")
COLUMN, ROW = 208.0, 160.0
TAGS = ("activation", "linear", "output")
BLOCKS = 4
FRAMED = 5  # nodes in a row that share a frame


def drawing(count: int) -> Project:
    """`count` nodes in a square of rows: a chain with 0.2 more wires a node over a short distance; every feature is there many times."""
    blocks = {f"unit{number}": _block(f"unit{number}") for number in range(BLOCKS)}
    return Project(graph=graph(count), blocks=blocks)


def graph(count: int) -> Graph:
    """1 in 3 nodes has something: a tag of colour, a note, collapsed, bypassed, an instance of a block, a frame around it."""
    chance = random.Random(0)
    columns = max(1, round((count * 0.75) ** 0.5))
    nodes: dict[str, Node] = {}
    wires: dict[Slot, Source] = {}
    frames: dict[str, Frame] = {}
    for index in range(count):
        row, column = divmod(index, columns)
        id, at = f"node{index}", (column * COLUMN, row * ROW)
        nodes[id] = _node(id, index, at)
        if index:
            wires[_slot(nodes[id])] = Source(f"node{index - 1}", _output(nodes[f"node{index - 1}"]))
        if index % (10 * FRAMED) == 0 and column + FRAMED <= columns:
            size = (FRAMED * COLUMN - 16, ROW - 16)
            frames[f"frame{index}"] = Frame(
                f"frame{index}", f"Stage {index}", "", (at[0] - 16, at[1] - 48), size, TAGS[row % 3]
            )
    adds = [index for index in range(count) if nodes[f"node{index}"].type == "nnstudio.add"]
    for number in range(round(0.2 * count)):
        index = adds[number % len(adds)]
        source = f"node{max(0, index - chance.randint(2, 12))}"
        wires[Slot(f"node{index}", "inputs", 1 + number // len(adds))] = Source(source, _output(nodes[source]))
    return Graph(nodes, wires, frames)


def _node(id: str, index: int, at: tuple[float, float]) -> Node:
    type = TYPES[index % len(TYPES)]
    if index % 101 == 7:
        type = f"block:unit{index % BLOCKS}"
    return Node(
        id,
        type,
        position=at,
        bypassed=index % 23 == 5 and type == "torch.relu",
        collapsed=index % 17 == 4,
        color=TAGS[index % 3] if index % 5 == 2 else "",
        note="what it is for" if index % 19 == 3 else "",
    )


def _slot(node: Node) -> Slot:
    return Slot(
        node.id, "inputs" if node.type == "nnstudio.add" else "in1" if node.type.startswith("block:") else "input"
    )


def _output(node: Node) -> str:
    return "out1" if node.type.startswith("block:") else "output"


def _block(id: str) -> Block:
    nodes = (
        Node("in1", BLOCK_INPUT),
        Node("relu1", "torch.relu", position=(COLUMN, 0)),
        Node("out1", BLOCK_OUTPUT, position=(2 * COLUMN, 0)),
    )
    wires = {Slot("relu1"): Source("in1"), Slot("out1"): Source("relu1")}
    return Block(id, id.title(), Graph({node.id: node for node in nodes}, wires))


def worked_out(project: Project) -> Plan:
    """What an engine could say of it: shapes everywhere, and a problem at one node in fifty."""
    nodes = {
        node.id: NodePlan(
            node.id,
            node.type,
            node.id,
            outputs={_output(node): (BATCH, 16, 24, 24)},
            dtypes={_output(node): "float"},
            parameters=416,
        )
        for node in project.graph
    }
    severities = (Severity.ERROR, Severity.WARNING, Severity.INFO)
    problems = tuple(
        Problem("bench.problem", f"'{id}' is an example of a problem.", severities[index % 3], node=id)
        for index, id in enumerate(nodes)
        if index % 50 == 11
    )
    return Plan(tuple(nodes), nodes, problems)
