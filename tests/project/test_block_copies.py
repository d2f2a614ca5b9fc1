"""Definitions that come into another project: used where they are there already, under a new id where that is another one's."""

from dataclasses import replace
from itertools import pairwise

from nnstudio.plugins import load
from nnstudio.project.block_copies import free_block_id, imported, with_definitions
from nnstudio.project.blocks import inner_first, specs_of
from nnstudio.project.edits import apply
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project


def block(id: str, *types: str, title: str = "") -> Block:
    """A block whose inner nodes stand in a row."""
    chain = ["nnstudio.block_input", *types, "nnstudio.block_output"]
    names = ["in1", *(f"n{index}" for index in range(len(types))), "out1"]
    nodes = {name: Node(name, type) for name, type in zip(names, chain, strict=True)}
    wires = {Slot(after): Source(before) for before, after in pairwise(names)}
    return Block(id, title, Graph(nodes, wires))


def project(*blocks: Block, uses: str = "") -> Project:
    graph = Graph({"b": Node("b", uses)}) if uses else Graph()
    return Project(graph=graph, blocks={block.id: block for block in blocks})


INNER, OUTER = block("inner", "torch.relu"), block("outer", "block:inner", "torch.tanh")


def test_what_a_graph_needs_is_found_through_all_depths():
    whole = project(INNER, OUTER, block("other"), uses="block:outer")
    assert with_definitions(whole, whole.graph) == {"inner": INNER, "outer": OUTER}


def test_a_missing_definition_is_left_out():
    whole = project(OUTER, uses="block:outer")
    assert with_definitions(whole, whole.graph) == {"outer": OUTER}


def test_definitions_come_into_an_empty_project_as_they_are():
    edit, renames = imported(project(), {"outer": OUTER, "inner": INNER})
    assert apply(project(), edit).blocks == {"inner": INNER, "outer": OUTER}
    assert renames == {"inner": "inner", "outer": "outer"}


def test_the_same_definition_is_not_brought_twice_wherever_its_nodes_stand():
    moved = replace(INNER, graph=replace(INNER.graph, nodes=dict(INNER.graph.nodes)))
    moved.graph.nodes["n0"] = replace(moved.graph.nodes["n0"], position=(80.0, 8.0), note="here")  # type: ignore[index]
    edit, renames = imported(project(moved), {"inner": INNER})
    assert not edit
    assert renames == {"inner": "inner"}


def test_lists_and_tuples_are_the_same_value():
    """A file holds lists where a form gave tuples."""
    a, b = (block("p", "torch.pool") for _ in range(2))
    for one, value in ((a, (3, 5)), (b, [3, 5])):
        one.graph.nodes["n0"] = one.graph.nodes["n0"].with_param("kernel_size", value)  # type: ignore[index]
    assert not imported(project(a), {"p": b})[0]


def test_another_definition_of_the_same_id_comes_under_a_new_one_and_those_that_hold_it_follow():
    there = project(block("inner", "torch.gelu"))
    edit, renames = imported(there, {"outer": OUTER, "inner": INNER})
    after = apply(there, edit)
    assert renames == {"inner": "inner2", "outer": "outer"}
    assert after.blocks["inner"] == there.blocks["inner"]
    assert after.blocks["outer"].graph.nodes["n0"].type == "block:inner2"


def test_what_was_brought_under_a_new_id_is_found_again():
    there = project(block("inner", "torch.gelu"))
    there = apply(there, imported(there, {"inner": INNER})[0])
    edit, renames = imported(there, {"inner": INNER})
    assert not edit
    assert renames == {"inner": "inner2"}


def test_a_new_id_is_none_of_those_that_come_along():
    there = project(block("inner", "torch.gelu"))
    edit, renames = imported(there, {"inner": INNER, "inner2": block("inner2", "torch.silu")})
    assert renames == {"inner": "inner3", "inner2": "inner2"}
    assert len(apply(there, edit).blocks) == 3


def test_a_free_id_counts_on():
    assert free_block_id("res", {"net"}) == "res"
    assert free_block_id("res", {"res", "res2"}) == "res3"
    assert free_block_id("res7", {"res7"}) == "res2"


def test_layers_of_definitions_are_the_same_objects_until_they_look_different():
    """A form and the shapes that are known go by them: an edit within one block must not make all others new."""
    registry = load(safe_mode=True).registry
    before = {spec.id: spec for spec in specs_of(registry, {"outer": OUTER, "inner": INNER})}
    changed = replace(INNER, title="Other")
    after = {spec.id: spec for spec in specs_of(registry, {"outer": OUTER, "inner": changed})}
    assert list(after) == ["block:inner", "block:outer"]
    assert after["block:outer"] is before["block:outer"]
    assert (before["block:inner"].title, after["block:inner"].title) == ("inner", "Other")


def test_definitions_that_hold_each_other_are_all_there():
    ring = {"a": block("a", "block:b"), "b": block("b", "block:a"), "c": block("c", "block:a")}
    assert sorted(each.id for each in inner_first(ring)) == ["a", "b", "c"]
    assert [each.id for each in inner_first(ring)][-1] == "c"
