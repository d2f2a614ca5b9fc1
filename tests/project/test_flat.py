"""What is computed of a drawn graph: blocks opened, bypassed nodes and reroute points taken out."""

from nnstudio.project.flat import drawn, flattened
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Exposed, Project


def chain(*types: str) -> Graph:
    nodes = {f"n{index}": Node(f"n{index}", type) for index, type in enumerate(types)}
    return Graph(nodes, {Slot(f"n{index + 1}"): Source(f"n{index}") for index in range(len(types) - 1)})


BLOCK = Block(
    "res",
    "Residual",
    Graph(
        {
            "in1": Node("in1", "nnstudio.block_input"),
            "fc": Node("fc", "torch.linear", {"out_features": 4}),
            "add": Node("add", "torch.add"),
            "out1": Node("out1", "nnstudio.block_output"),
        },
        {
            Slot("fc"): Source("in1"),
            Slot("add", "inputs", 0): Source("fc"),
            Slot("add", "inputs", 1): Source("in1"),
            Slot("out1"): Source("add"),
        },
    ),
    (Exposed("width", "fc", "out_features"),),
)


def instance(**params) -> Project:
    nodes = {"a": Node("a", "nnstudio.input"), "r": Node("r", "block:res", params), "z": Node("z", "torch.relu")}
    return Project(
        graph=Graph(nodes, {Slot("r", "in1"): Source("a"), Slot("z"): Source("r", "out1")}), blocks={"res": BLOCK}
    )


def test_a_plain_graph_is_its_own_flat_form():
    graph = chain("nnstudio.input", "torch.relu")
    assert flattened(graph, {}).graph is graph


def test_bypassed_nodes_and_reroute_points_hand_on_what_they_get():
    graph = chain("nnstudio.input", "nnstudio.reroute", "torch.relu", "torch.tanh")
    nodes = {**graph.nodes, "n2": Node("n2", "torch.relu", bypassed=True)}
    flat = flattened(Graph(nodes, graph.wires), {})
    assert set(flat.graph.nodes) == {"n0", "n3"}
    assert flat.graph.wires == {Slot("n3"): Source("n0")}
    assert flat.seen(Source("n2")) == Source("n0")


def test_an_instance_is_opened_with_the_values_it_sets():
    flat = instance(width=9).flat
    assert set(flat.nodes) == {"a", "r/fc", "r/add", "z"}
    assert flat.nodes["r/fc"].params == {"out_features": 9}
    assert flat.nodes["r/fc"].label == "fc"
    assert flat.wires[Slot("r/add", "inputs", 1)] == Source("a")
    assert flat.wires[Slot("z")] == Source("r/add")


def test_a_repeated_block_feeds_itself():
    project = instance(repeat=3)
    flat = project.flattened
    assert list(flat.instances) == ["r[0]", "r[1]", "r[2]"]
    assert flat.graph.wires[Slot("r[1]/fc")] == Source("r[0]/add")
    assert flat.graph.wires[Slot("z")] == Source("r[2]/add")
    assert flat.seen(Source("r", "out1")) == Source("r[2]/add")
    assert drawn("r[2]/fc") == "r/fc"


def test_a_block_within_itself_stays_closed():
    inner = {**BLOCK.graph.nodes, "fc": Node("fc", "block:res")}
    block = Block("res", graph=Graph(inner, BLOCK.graph.wires))
    project = Project(graph=instance().graph, blocks={"res": block})
    assert project.flattened.closed == ("r/fc",)
