"""All that a picture tells of a node or a frame is in the words for it."""

import itertools
from dataclasses import replace

from hypothesis import given
from strategies import graphs

from nnstudio import plugins
from nnstudio.gui.spoken import frame_words, node_words
from nnstudio.plan import BATCH, NodePlan
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, with_blocks
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project, Recipe, Rule

REGISTRY = plugins.load(safe_mode=True).registry


def chain(*ids: str) -> dict[Slot, Source]:
    return {Slot(after): Source(before) for before, after in itertools.pairwise(ids)}


def said(graph: Graph, id: str, project: Project | None = None, planned: NodePlan | None = None) -> str:
    project = replace(project or Project(), graph=graph)
    return node_words(project, with_blocks(REGISTRY, project), (), graph, graph.nodes[id], planned)


def test_what_it_does_gives_and_gets() -> None:
    nodes = {
        "pool1": Node("pool1", "torch.max_pool2d"),
        "conv1": Node("conv1", "torch.conv2d", {"out_channels": 16, "bias": False, "stride": [2, 1]}),
    }
    planned = NodePlan("conv1", "torch.conv2d", "conv1", outputs={"output": (BATCH, 16, 5, 5)})
    words = said(Graph(nodes, chain("pool1", "conv1")), "conv1", planned=planned)
    assert words == "Conv 2d conv1, out channels 16, stride 2 × 1, bias off, output 16×5×5, from pool1"


def test_its_states() -> None:
    node = Node(
        "conv1",
        "torch.conv2d",
        name="stem",
        options={"share": "conv2", "search": ["stride"]},
        bypassed=True,
        collapsed=True,
        color="data",
        note="as in the paper",
    )
    graph = Graph({"conv1": node, "conv2": Node("conv2", "torch.conv2d")}, {})
    recipe = Recipe(rules=(Rule("#conv1", frozen=True),))
    words = said(graph, "conv1", Project(recipe=recipe))
    assert words == (
        "Conv 2d stem, bypassed, frozen, uses the weights of conv2, searched over, collapsed, colour Data, "
        "note: as in the paper"
    )


def test_ports_are_named_where_there_are_several() -> None:
    inner = Graph(
        {
            "in1": Node("in1", BLOCK_INPUT, name="x"),
            "in2": Node("in2", BLOCK_INPUT, name="h"),
            "out1": Node("out1", BLOCK_OUTPUT, name="left"),
            "out2": Node("out2", BLOCK_OUTPUT, name="right"),
        },
        {Slot("out1"): Source("in1"), Slot("out2"): Source("in2")},
    )
    project = Project(blocks={"b": Block("b", "Pair", inner)})
    nodes = {"a": Node("a", "torch.relu"), "b1": Node("b1", "block:b", {"repeat": 3}), "z": Node("z", "torch.relu")}
    wires = {Slot("b1", "in1"): Source("a"), Slot("b1", "in2"): Source("a"), Slot("z"): Source("b1", "out2")}
    graph = Graph(nodes, wires)
    planned = NodePlan("b1", "block:b", "b1", outputs={"out1": (BATCH, 4), "out2": (BATCH, 8)})
    assert said(graph, "b1", project, planned) == (
        "Pair b1, repeat 3, output left 4, output right 8, x from a, h from a"
    )
    assert said(graph, "z", project) == "ReLU z, from right of b1"


def test_a_scan_says_so() -> None:
    inner = Graph({"in1": Node("in1", BLOCK_INPUT), "out1": Node("out1", BLOCK_OUTPUT)}, chain("in1", "out1"))
    project = Project(blocks={"s": Block("s", "Cell", inner, kind="scan")})
    assert "computed once a step" in said(Graph({"s1": Node("s1", "block:s")}, {}), "s1", project)


def test_frames_and_comments_are_read_whole() -> None:
    assert frame_words(Frame("f1", "Head", "Ten classes.", color="weights"), REGISTRY) == (
        "Frame Head: Ten classes., colour Layers"
    )
    assert frame_words(Frame("f2", text="one\ntwo"), REGISTRY) == "Comment: one\ntwo"


@given(graphs())
def test_something_is_said_of_every_node(graph: Graph) -> None:
    for node in graph:
        words = said(graph, node.id)
        assert words and node.label in words
