"""A scan written out: copies of its step, what is carried wired across, the weights of the first."""

from itertools import pairwise

import pytest
from block_networks import elman, entry, leaving, network, node, scanned, wires

from nnstudio import plugins
from nnstudio.plan import BATCH, NodePlan, Plan
from nnstudio.project.block_library import ready_made
from nnstudio.project.frames import inside
from nnstudio.project.graph import Graph, Slot, Source
from nnstudio.project.project import Block, Exposed
from nnstudio.project.unrolled import MAX_STEPS, planned, size_of_step, unrolled

REGISTRY = plugins.load(safe_mode=True).registry


def cell(gives: str = "sequence") -> Block:
    graph = elman(5)
    return Block(
        "cell", "Cell", Graph({**graph.nodes, "out1": leaving("out1", "h", gives=gives)}, graph.wires), kind="scan"
    )


def test_each_step_is_fed_by_its_own_value_and_by_what_the_last_one_gave():
    graph = unrolled(cell(), REGISTRY, 3)
    assert graph.wires[Slot("cat_1", "inputs", 0)] == Source("in1_1")
    assert graph.wires[Slot("cat_3", "inputs", 0)] == Source("in1_3")
    assert graph.wires[Slot("cat_1", "inputs", 1)] == Source("in2_0")
    assert graph.wires[Slot("cat_3", "inputs", 1)] == Source("tanh_2")
    assert [graph.nodes[id].label for id in ("in1_2", "in2_0", "out1_3")] == ["x₂", "h₀", "h₃"]
    assert {frame.title for frame in graph.frames.values()} == {"t = 1", "t = 2", "t = 3"}


def test_all_weights_are_those_of_the_first_step():
    graph = unrolled(cell(), REGISTRY, 3)
    assert graph.nodes["linear_1"].options == {}
    assert graph.nodes["linear_3"].options == {"share": "linear_1"}
    assert graph.nodes["tanh_3"].options == {}, "it has none"


def test_weights_shared_within_a_step_stay_shared():
    graph = elman(5)
    nodes = {**graph.nodes, "again": node("again", "torch.linear", out_features=5).with_option("share", "linear")}
    found = unrolled(
        Block("cell", graph=Graph(nodes, {**graph.wires, **wires(again="linear", tanh="again")}), kind="scan"),
        REGISTRY,
        2,
    )
    assert found.nodes["again_1"].options == {"share": "linear_1"}
    assert found.nodes["again_2"].options == {"share": "linear_1"}


def test_one_that_gives_the_last_value_stands_at_the_last_step():
    graph = unrolled(cell("last"), REGISTRY, 3)
    assert "out1_3" in graph.nodes
    assert "out1_2" not in graph.nodes
    assert graph.wires[Slot("cat_3", "inputs", 1)] == Source("tanh_2"), "carried all the same"


def test_what_an_instance_sets_holds_in_every_step():
    block = Block("cell", graph=cell().graph, exposed=(Exposed("hidden", "linear", "out_features"),), kind="scan")
    graph = unrolled(block, REGISTRY, 2, {"hidden": 9})
    assert [graph.nodes[id].params["out_features"] for id in ("linear_1", "linear_2")] == [9, 9]


def test_a_value_that_is_only_handed_on_comes_from_the_beginning():
    nodes = (entry("in1"), entry("in2", carry="out2"), node("relu", "torch.relu"), leaving("out1"), leaving("out2"))
    graph = network(*nodes, relu="in2", out1="relu", out2="in2")
    found = unrolled(Block("b", graph=graph, kind="scan"), REGISTRY, 4)
    assert found.wires[Slot("relu_4")] == Source("in2_0")


def test_what_is_carried_and_not_wired_is_nothing():
    nodes = (entry("in1"), entry("in2", carry="out1"), node("relu", "torch.relu"), leaving("out1"))
    graph = network(*nodes, relu="in2")
    found = unrolled(Block("b", graph=graph, kind="scan"), REGISTRY, 2)
    assert Slot("relu_1") in found.wires
    assert Slot("relu_2") not in found.wires


@pytest.mark.parametrize("steps", [0, MAX_STEPS + 1])
def test_lengths_have_bounds(steps: int):
    with pytest.raises(ValueError, match="1 … 200"):
        unrolled(cell(), REGISTRY, steps)


@pytest.mark.parametrize("kept", [kept for kept in ready_made() if kept.block.kind == "scan"], ids=lambda kept: kept.id)
def test_the_copies_do_not_cover_each_other(kept):
    graph = unrolled(kept.block, REGISTRY, 5)
    assert len({each.position for each in graph}) == len(graph.nodes)
    lefts = sorted(frame.position[0] for frame in graph.frames.values())
    widths = [frame.size[0] for frame in graph.frames.values()]
    assert all(after - before >= max(widths) for before, after in pairwise(lefts))


def test_steps_stand_in_frames_of_one_size_in_rows():
    graph = unrolled(cell(), REGISTRY, 5, columns=2)
    across, down = size_of_step(cell())
    frames = [graph.frames[f"step {step}"] for step in range(1, 6)]
    assert len({frame.size for frame in frames}) == 1
    (left, top), (width, height) = frames[0].position, frames[0].size
    places = [(frame.position[0] - left, frame.position[1] - top) for frame in frames]
    assert places == [(0, 0), (across, 0), (0, down), (across, down), (0, 2 * down)]
    assert across > width
    assert down > height
    for step, frame in enumerate(frames, 1):
        held = {id.rpartition("_")[0] for id in inside(graph, frame.id)[0]}
        assert held == {"in1", "cat", "linear", "tanh", "out1"} | ({"in2"} if step == 1 else set())


def test_nodes_are_titled_as_in_the_block():
    graph = unrolled(cell(), REGISTRY, 2)
    assert graph.nodes["linear_2"].name == "", "its kind is its title"
    nodes = {**cell().graph.nodes, "linear": node("linear", "torch.linear", "W", out_features=5)}
    named = unrolled(Block("cell", graph=Graph(nodes, cell().graph.wires), kind="scan"), REGISTRY, 12)
    assert named.nodes["linear_12"].name == "W₁₂"


def test_what_is_known_of_a_step_is_said_of_each():
    """A step's shapes: of an output the value of one step, not the sequence that the scan makes of it."""
    project = scanned(elman(5), gives="sequence")
    shapes = {"rnn/cat": 8, "rnn/linear": 5, "rnn/tanh": 5}
    nodes = {id: NodePlan(id, "", id, outputs={"output": (BATCH, size)}) for id, size in shapes.items()}
    nodes["rnn/in1"] = NodePlan("rnn/in1", "", "", outputs={"output": (BATCH, 3)})
    known = planned(project.blocks["cell"], 2, Plan(nodes=nodes), project.flattened, "rnn")
    for id, size in (("in1_2", 3), ("cat_1", 8), ("linear_2", 5), ("out1_2", 5)):
        assert known.nodes[id].outputs == {"output": (BATCH, size)}, id
