"""What changed between two runs, and the way back to one."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.gui.places.run_changes import code_diff
from nnstudio.gui.places.run_diff import NOTHING, Difference, as_it_was, differences
from nnstudio.plugins import load
from nnstudio.project.edits import apply
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Data, Entry, Exposed, Project, Recipe, Rule

REGISTRY = load(safe_mode=True).registry


def chain(*nodes: Node) -> Graph:
    wires = {Slot(b.id): Source(a.id) for a, b in itertools.pairwise(nodes)}
    return Graph({node.id: node for node in nodes}, wires)


IMAGE, CONV, FLAT = Node("image", "nnstudio.input"), Node("conv1", "torch.conv2d"), Node("flat", "torch.flatten")
BEFORE = Project("a", chain(IMAGE, CONV, FLAT), Data(Entry("nnstudio.moons")), Recipe())


def found(after: Project) -> list[Difference]:
    return differences(BEFORE, after, REGISTRY)


def test_the_same_project_has_no_differences_whatever_it_is_called():
    moved = replace(CONV, position=(500.0, 3.0))
    assert found(replace(BEFORE, name="b", notes="x", graph=chain(IMAGE, moved, FLAT))) == []


def test_another_optimizer_and_the_parameters_both_have():
    recipe = Recipe(optimizer=Entry("torch.sgd", {"lr": 0.1}))
    assert found(replace(BEFORE, recipe=recipe)) == [
        Difference("optimizer", "Adam", "SGD"),
        Difference("lr", "0.001", "0.1"),
    ]


def test_a_parameter_that_was_the_default_is_told_by_its_value():
    data = Data(Entry("nnstudio.moons", {"noise": 0.3}))
    assert found(replace(BEFORE, data=data)) == [Difference("noise", "0.15", "0.3")]


def test_plain_fields_of_the_recipe():
    assert found(replace(BEFORE, recipe=Recipe(epochs=20, shuffle=False))) == [
        Difference("epochs", "10", "20"),
        Difference("shuffle", "yes", "no"),
    ]


def test_penalties_are_listed():
    recipe = Recipe(regularizers=(Entry("nnstudio.l2", {"strength": 0.01}), Entry("nnstudio.l1", enabled=False)))
    (difference,) = found(replace(BEFORE, recipe=recipe))
    assert difference.before == NOTHING
    assert "L2" in difference.after
    assert difference.after.endswith("off")


def test_an_inserted_node_is_named_with_its_place():
    norm = Node("norm1", "torch.batch_norm2d")
    (difference,) = found(replace(BEFORE, graph=chain(IMAGE, CONV, norm, FLAT)))
    assert difference.before == NOTHING
    assert difference.after.startswith("+ ")
    assert difference.after.endswith("after conv1")


def test_a_removed_node_and_a_changed_one():
    conv = CONV.with_param("out_channels", 99)
    named = [difference.name for difference in found(replace(BEFORE, graph=chain(IMAGE, conv)))]
    assert named == ["graph", "conv1: out_channels"]


def test_only_wires_changed():
    graph = Graph(BEFORE.graph.nodes, {Slot("conv1"): Source("image"), Slot("flat"): Source("image")})
    assert [difference.name for difference in found(replace(BEFORE, graph=graph))] == ["wires"]


def test_plugins_that_are_gone_are_compared_by_what_is_written():
    data = Data(Entry("stranger.data", {"depth": 3}))
    after = replace(BEFORE, data=data)
    assert found(after) == [Difference("dataset", "Two moons", "stranger.data")]
    assert differences(after, replace(after, data=Data(Entry("stranger.data", {"depth": 4}))), REGISTRY) == [
        Difference("depth", "3", "4")
    ]


CELL = Block(
    "b1",
    "Cell",
    chain(Node("n1", "torch.linear", {"out_features": 4}, name="gate")),
    (Exposed("w", "n1", "out_features"),),
)
WITH = replace(BEFORE, graph=chain(IMAGE, CONV, Node("n2", "block:b1", name="memory")), blocks={"b1": CELL})


def test_what_changed_within_blocks_is_told_by_names():
    inner = chain(Node("n1", "torch.linear", {"out_features": 8}, name="gate"))
    after = replace(
        WITH,
        graph=chain(IMAGE, CONV, Node("n2", "block:b1", {"w": 2}, name="memory"), Node("n3", "torch.relu")),
        blocks={"b1": replace(CELL, graph=inner)},
        recipe=Recipe(rules=(Rule("#n2/n1", frozen=True),)),
    )
    assert differences(WITH, after, REGISTRY) == [
        Difference("rule for memory/gate", NOTHING, "frozen yes"),
        Difference("graph", NOTHING, "+ ReLU after memory"),
        Difference("memory: w", "4", "2"),
        Difference("Cell: gate: out_features", "4", "8"),
    ]
    assert differences(WITH, replace(BEFORE, graph=chain(IMAGE, CONV)), REGISTRY) == [
        Difference("graph", "Cell 'memory'", NOTHING)
    ]


def test_the_way_back_brings_the_blocks_as_they_were():
    other = Block("other", "Other", chain(FLAT))
    present = replace(WITH, blocks={"b1": replace(CELL, graph=chain(Node("n1", "torch.relu"))), "other": other})
    result = apply(present, as_it_was(present, WITH, "back"))
    assert result.flat == WITH.flat
    assert result.blocks == {"b1": CELL, "other": other}
    assert apply(BEFORE, as_it_was(BEFORE, WITH, "back")).flat == WITH.flat


ids = st.lists(st.sampled_from("abcdef"), unique=True, max_size=5)


@given(ids, ids, st.integers(1, 5), st.integers(1, 5))
def test_as_it_was_gives_back_what_the_numbers_depend_on_and_undoes(first, second, epochs, width):
    present = Project(
        "now",
        chain(*(Node(id, "torch.relu") for id in first)),
        recipe=Recipe(epochs=epochs),
        notes="mine",
        dashboard=("x",),
    )
    wanted = Project("then", chain(*(Node(id, "torch.linear", {"out_features": width}) for id in second)))
    edit = as_it_was(present, wanted, "back")
    result = apply(present, edit)
    assert (result.graph, result.data, result.recipe) == (wanted.graph, wanted.data, wanted.recipe)
    assert (result.name, result.notes, result.dashboard) == ("now", "mine", ("x",))
    assert apply(result, edit.inverse) == present


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\nb\nc", "a\nb\nc", []),
        ("a\nb\nc\nd", "a\nx\nc\nd", ["  a", "- b", "+ x", "  c"]),
        ("a\nb\nc\nd\ne\nf\ng\nh", "A\nb\nc\nd\ne\nf\ng\nH", ["- a", "+ A", "  b", "…", "  g", "- h", "+ H"]),
        ("", "new", ["+ new"]),
    ],
)
def test_lines_of_code_that_differ(before, after, lines):
    assert code_diff(before, after) == lines
