"""Two versions compared: nothing where they are equal, exactly what was done where something was; ids do not matter where the place is the same."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import graphs as any_graphs

from nnstudio import plugins
from nnstudio.project.block_definition import set_carry, set_gives
from nnstudio.project.block_exposed import take_apart
from nnstudio.project.block_library import ready_made
from nnstudio.project.difference import recipes
from nnstudio.project.difference_graph import ADDED, CHANGED, MOVED, REMOVED, REWIRED, graphs, matched, projects
from nnstudio.project.difference_names import LONGEST, texts
from nnstudio.project.edits import add_node, apply, connect, move, remove_nodes, rename, set_option, set_param
from nnstudio.project.frames import changed as change_frame
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Exposed, Project, Recipe, Rule
from nnstudio.project.several import set_searched

REGISTRY = plugins.load(safe_mode=True).registry
GRAPH = Graph(
    {
        "input1": Node("input1", "nnstudio.input"),
        "conv1": Node("conv1", "torch.conv2d", {"out_channels": 8}, (200.0, 0.0)),
        "relu1": Node("relu1", "torch.relu", position=(400.0, 0.0)),
        "conv2": Node("conv2", "torch.conv2d", {"out_channels": 8}, (600.0, 0.0)),
        "relu2": Node("relu2", "torch.relu", position=(800.0, 0.0)),
        "fc1": Node("fc1", "torch.linear", position=(1000.0, 0.0)),
    },
    {
        Slot("conv1"): Source("input1"),
        Slot("relu1"): Source("conv1"),
        Slot("conv2"): Source("relu1"),
        Slot("relu2"): Source("conv2"),
        Slot("fc1"): Source("relu2"),
    },
    {"frame1": Frame("frame1", "Head")},
)
PROJECT = Project(graph=GRAPH)


def said(after: Project, before: Project = PROJECT) -> list[str]:
    return [str(difference) for difference in projects(before, after, REGISTRY)]


@settings(max_examples=40, deadline=None)
@given(any_graphs())
def test_a_graph_does_not_differ_from_itself(graph: Graph) -> None:
    assert projects(Project(graph=graph), Project(graph=graph), REGISTRY) == ()


@settings(max_examples=40, deadline=None)
@given(any_graphs(), any_graphs())
def test_the_other_way_round_is_the_mirror_image(one: Graph, other: Graph) -> None:
    there, back = graphs(one, other, REGISTRY), graphs(other, one, REGISTRY)
    if set(one.nodes) <= set(other.nodes) or set(other.nodes) <= set(one.nodes):
        assert {(b, a) for a, b in there.same.items()} == set(back.same.items())
    counts = [
        sum(item.kind == kind and item.thing == "node" for item in found.differences)
        for found, kind in ((there, ADDED), (back, REMOVED))
    ]
    if there.same.keys() == set(back.same.values()):
        assert counts[0] == counts[1]
    assert len(set(there.same.values())) == len(there.same)


def test_each_edit_is_told_as_what_it_is() -> None:
    assert said(apply(PROJECT, set_param(PROJECT, "conv1", "kernel_size", 5))) == [
        "~ node Conv 2d 'conv1' changed: kernel_size 3 → 5"
    ]
    assert said(apply(PROJECT, rename(PROJECT, "fc1", "head"))) == ["~ node Linear 'head' changed: name fc1 → head"]
    assert said(apply(PROJECT, move(PROJECT, {"fc1": (0.0, 90.0)}))) == ["→ node Linear 'fc1' moved"]
    assert said(apply(PROJECT, connect(PROJECT, Source("relu1"), Slot("fc1")))) == [
        "⤳ node Linear 'fc1' rewired: input relu2 → relu1"
    ]
    new = add_node(PROJECT, Node("drop1", "torch.dropout"))
    wired = connect(PROJECT, Source("relu2"), Slot("drop1")).then(connect(PROJECT, Source("drop1"), Slot("fc1")))
    assert said(apply(PROJECT, new.then(wired))) == [
        "+ node Dropout 'drop1' added: behind relu2",
        "⤳ node Linear 'fc1' rewired: input relu2 → drop1",
    ]
    assert said(apply(PROJECT, remove_nodes(PROJECT, ["fc1"]))) == ["− node Linear 'fc1' removed"]
    other = replace(GRAPH, nodes={**GRAPH.nodes, "relu1": Node("relu1", "torch.tanh", position=(400.0, 0.0))})
    assert said(Project(graph=other)) == ["~ node Tanh 'relu1' changed: type ReLU → Tanh"]


def test_a_default_written_out_is_no_difference() -> None:
    assert said(apply(PROJECT, set_param(PROJECT, "conv1", "kernel_size", 3))) == []
    wide = replace(
        PROJECT,
        graph=replace(GRAPH, nodes={**GRAPH.nodes, "conv1": GRAPH.nodes["conv1"].with_param("kernel_size", (3, 5))}),
    )
    listed = replace(
        PROJECT,
        graph=replace(GRAPH, nodes={**GRAPH.nodes, "conv1": GRAPH.nodes["conv1"].with_param("kernel_size", [3, 5])}),
    )
    assert said(wide, listed) == []


def renamed(graph: Graph, ids: dict[str, str]) -> Graph:
    return Graph(
        {ids.get(id, id): replace(node, id=ids.get(id, id)) for id, node in graph.nodes.items()},
        {
            slot._replace(node=ids.get(slot.node, slot.node)): source._replace(node=ids.get(source.node, source.node))
            for slot, source in graph.wires.items()
        },
        graph.frames,
    )


@pytest.mark.parametrize("gone", [["relu2"], ["conv1", "relu1"], ["conv1", "relu1", "conv2", "relu2"], ["fc1"]])
def test_other_ids_in_the_same_places_are_the_same_nodes(gone: list[str]) -> None:
    ids = {id: f"other_{id}" for id in gone}
    other = renamed(GRAPH, ids)
    assert matched(GRAPH, other) == {id: ids.get(id, id) for id in GRAPH.nodes}
    assert [item for item in graphs(GRAPH, other, REGISTRY).differences if item.kind in (ADDED, REMOVED, REWIRED)] == []


@settings(max_examples=40, deadline=None)
@given(st.permutations(sorted(GRAPH.nodes)), st.integers(1, 5))
def test_matching_holds_for_any_share_of_other_ids(order: list[str], count: int) -> None:
    ids = {id: f"z{place}" for place, id in enumerate(order[:count])}
    assert matched(GRAPH, renamed(GRAPH, ids)) == {id: ids.get(id, id) for id in GRAPH.nodes}


def test_frames_blocks_and_their_insides_are_compared() -> None:
    block = Block("b", "B", GRAPH, (Exposed("width", "conv1", "out_channels"),))
    before = Project(graph=GRAPH, blocks={"b": block})
    inner = apply(before.inside("b"), set_param(before.inside("b"), "conv1", "stride", 2)).graph
    changed = replace(before, blocks={"b": replace(block, title="C", exposed=(), graph=inner)})
    assert said(changed, before) == [
        "~ block 'C' changed: title B → C; exposed width out_channels of 'conv1' → nothing",
        "~ C: node Conv 2d 'conv1' changed: stride 1 → 2",
    ]
    assert said(before) == ["+ block 'B' added"]
    assert said(PROJECT, before) == ["− block 'B' removed"]
    framed = replace(
        PROJECT, graph=replace(GRAPH, frames={"frame1": Frame("frame1", "Tail"), "frame2": Frame("frame2", "New")})
    )
    assert said(framed) == ["+ frame 'New' added", "~ frame 'Tail' changed: title Head → Tail"]


def test_everything_is_called_as_people_call_it() -> None:
    """A scan's ports and what they carry, exposed parameters, shared weights, comments: not one internal id is said."""
    lstm = next(kept for kept in ready_made() if kept.id == "lstm_cell")
    nodes = [
        Node("n1", "nnstudio.input", name="words"),
        Node("n2", "block:lstm_cell", {"hidden": 8}, name="memory"),
        Node("n3", "torch.linear", name="head"),
        Node("n4", "torch.linear", name="other"),
    ]
    wires = {Slot("n2", "in1"): Source("n1"), Slot("n3"): Source("n2", "out1")}
    frames = {"frame1": Frame("frame1", text="look here\nand there")}
    before = Project(graph=Graph({node.id: node for node in nodes}, wires, frames), blocks=lstm.blocks)
    after = before
    for make in (
        lambda project: set_carry(project, "lstm_cell", "in2", "out2"),
        lambda project: set_gives(project, "lstm_cell", "out1", "last"),
        lambda project: take_apart(project, "lstm_cell", "in3", "size"),
        lambda project: connect(project, Source("n2", "out2"), Slot("n3")),
        lambda project: connect(project, Source("n1"), Slot("n2", "in2")),
        lambda project: set_option(project, "n4", "share", "n3"),
        lambda project: set_searched(project, "n3", "out_features", True),
        lambda project: change_frame(project, "frame1", color="data"),
    ):
        after = apply(after, make(after))
    gates = [f"out_features of '{name}'" for name in ("forget_gate", "input_gate", "candidate", "output_gate")]
    sizes = ["size of 'h'", "size of 'c'"]
    assert said(after, before) == [
        "~ node LSTM cell 'memory' changed: size 8",
        "~ node Linear 'head' changed: searched over out_features",
        "~ node Linear 'other' changed: share head",
        "~ frame 'look here' changed: color data",
        "⤳ node LSTM cell 'memory' rewired: h words",
        "⤳ node Linear 'head' rewired: input h new of memory → c new of memory",
        f"~ block 'LSTM cell' changed: exposed hidden {', '.join(gates + sizes)} → {', '.join(gates + sizes[:1])}; "
        "exposed size size of 'c'",
        "~ LSTM cell: node Block input 'h' changed: carry h new → c new",
        "~ LSTM cell: node Block output 'h new' changed: gives sequence → last",
    ]


def test_what_a_block_changes_in_its_instances_is_told_once() -> None:
    block = Block("b", "B", GRAPH, (Exposed("width", "conv1", "out_channels"),))
    before = Project(graph=Graph({"b1": Node("b1", "block:b"), "b2": Node("b2", "block:b")}), blocks={"b": block})
    wider = set_param(before.inside("b"), "conv1", "out_channels", 16).inside("b")
    assert said(apply(before, wider), before) == ["~ B: node Conv 2d 'conv1' changed: out_channels 8 → 16"]
    own = apply(before, set_param(before, "b1", "width", 4))
    assert said(own, before) == ["~ node B 'b1' changed: width 8 → 4"]


def test_shared_weights_are_the_same_by_whichever_id() -> None:
    ids = {"conv1": "other"}
    tied = replace(GRAPH, nodes={**GRAPH.nodes, "conv2": GRAPH.nodes["conv2"].with_option("share", "conv1")})
    moved = renamed(tied, ids)
    moved = replace(moved, nodes={**moved.nodes, "conv2": moved.nodes["conv2"].with_option("share", "other")})
    assert all("share" not in str(item) for item in graphs(tied, moved, REGISTRY).differences)


def test_rules_are_told_by_the_names_of_their_nodes() -> None:
    block = Block("b", "B", GRAPH)
    project = Project(graph=Graph({"n1": Node("n1", "block:b", name="stage")}), blocks={"b": block})
    rules = (Rule("#n1[2]/conv1", frozen=True), Rule("#n1", lr_factor=2.0), Rule("#gone", frozen=True))
    found = recipes(Recipe(), Recipe(rules=rules), REGISTRY, (project,))
    assert [each.place for each in found] == ["rule for stage[2]/conv1", "rule for stage", "rule for #gone"]


@given(st.text(st.characters(categories=["L", "Z"]), max_size=200), st.text(max_size=200))
def test_of_long_texts_that_differ_different_parts_are_shown(before: str, after: str) -> None:
    shown = texts(before, after)
    assert all(len(part) <= LONGEST + 2 and "\n" not in part for part in shown)
    assert (shown[0] == shown[1]) == (before.split() == after.split())


def test_the_wires_that_only_one_has_are_named() -> None:
    compared = graphs(GRAPH, apply(PROJECT, connect(PROJECT, Source("relu1"), Slot("fc1"))).graph, REGISTRY)
    assert compared.cut == (Slot("fc1"),) and compared.drawn == (Slot("fc1"),)
    assert {difference.kind for difference in compared.differences} == {REWIRED}


def test_five_thousand_nodes_with_other_ids_are_matched() -> None:
    nodes = {
        f"n{i}": Node(f"n{i}", "torch.relu" if i % 2 else "torch.linear", position=(i * 200.0, 0.0))
        for i in range(5000)
    }
    graph = Graph(nodes, {Slot(f"n{i + 1}"): Source(f"n{i}") for i in range(4999)})
    other = renamed(graph, {f"n{i}": f"m{i}" for i in range(1, 5000, 100)})
    found = graphs(graph, other, REGISTRY)
    assert found.differences == ()


def test_kinds_come_in_order() -> None:
    after = apply(PROJECT, move(PROJECT, {"conv1": (0.0, 1.0)}))
    after = apply(after, set_param(after, "fc1", "out_features", 3))
    after = apply(after, remove_nodes(after, ["input1"]))
    assert [item.kind for item in projects(PROJECT, after, REGISTRY)] == [REMOVED, CHANGED, REWIRED, MOVED] or [
        item.kind for item in projects(PROJECT, after, REGISTRY)
    ] == [REMOVED, CHANGED, MOVED, REWIRED]
