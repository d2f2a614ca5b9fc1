"""Nodes become a block and a block its nodes: what is computed stays the same, whatever is grouped."""

from dataclasses import replace

import pytest
from block_helpers import chain, computed, layered
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nnstudio import plugins
from nnstudio.problems import Problem
from nnstudio.project.block_edits import NO_LAYERS, group
from nnstudio.project.block_ungroup import ungroup
from nnstudio.project.edits import apply
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Bookmark, Exposed, Project, Recipe, Rule
from nnstudio.project.rules import effective
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec, Port

IN, OUT = (Port("inputs", many=True),), (Port("output"), Port("hidden"))
MADE_UP = Registry(
    {
        "layer": {
            "torch.linear": LayerSpec("torch.linear", "Linear", "weights", inputs=IN, outputs=OUT),
            "torch.relu": LayerSpec("torch.relu", "ReLU", "activation", inputs=IN, outputs=OUT),
            "torch.add": LayerSpec("torch.add", "Add", "shape", inputs=(Port("inputs", optional=True),), outputs=()),
        }
    }
)


def grouped(
    project: Project, ids, title: str = "Part", block: str = "", registry: Registry = NO_LAYERS
) -> tuple[Project, str]:
    done = group(project, ids, title, block, registry)
    assert not isinstance(done, Problem), done
    return apply(project, done[0]), done[1]


def opened(project: Project, instance: str, block: str = "") -> Project:
    done = ungroup(project, instance, block)
    assert not isinstance(done, Problem), done
    return apply(project, done[0])


NET = Project(graph=chain(["nnstudio.input", "torch.linear", "torch.relu", "torch.linear", "torch.cross_entropy"]))


# ── group ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_crossing_wires_become_ports_called_after_their_role_within():
    after, instance = grouped(NET, ["n1", "n2"], "Dense part")
    assert instance == "dense_part1"
    assert after.graph.nodes[instance].type == "block:dense_part"
    assert set(after.graph.nodes) == {"n0", "n3", "n4", instance}
    assert after.graph.wires[Slot(instance, "in1")] == Source("n0")
    assert after.graph.wires[Slot("n3")] == Source(instance, "out1")
    inner = after.blocks["dense_part"].graph
    assert inner.nodes["in1"].label == "x", "not after who feeds it here"
    assert inner.nodes["out1"].label == "y"
    assert inner.wires == {Slot("n1"): Source("in1"), Slot("n2"): Source("n1"), Slot("out1"): Source("n2")}


def test_one_input_for_each_source_and_one_output_for_each_value_read_outside():
    nodes = {id: Node(id, "torch.add") for id in "abcdef"}
    wires = {
        Slot("c", "inputs", 0): Source("a"),
        Slot("d", "inputs", 0): Source("a"),
        Slot("d", "inputs", 1): Source("b", "hidden"),
        Slot("e", "inputs", 0): Source("d"),
        Slot("f", "inputs", 0): Source("d"),
        Slot("f", "inputs", 1): Source("c"),
    }
    after, instance = grouped(Project(graph=Graph(nodes, wires)), ["c", "d"])
    block = after.blocks["part"]
    assert sorted(slot.port for slot in after.graph.wires if slot.node == instance) == ["in1", "in2"]
    assert after.graph.wires[Slot("e", "inputs", 0)] == after.graph.wires[Slot("f", "inputs", 0)]
    assert names_of(block, "nnstudio.block_input") == ["x1", "x2"]
    assert names_of(block, "nnstudio.block_output") == ["c out", "d out"], "of several each by the node that gives it"


def names_of(block: Block, type: str) -> list[str]:
    return [node.label for node in block.graph if node.type == type]


def test_a_port_that_serves_a_named_one_within_has_its_name():
    """Of a layer, and of a block within; one that feeds several is `x` again, and nothing is called as a node is."""
    types = {"a": "torch.relu", "b": "torch.relu", "att": "torch.multihead_attention", "end": "torch.relu"}
    nodes = {id: Node(id, type, position=(0.0, 100.0 * row)) for row, (id, type) in enumerate(types.items())}
    wires = {
        Slot("att", "query"): Source("a"),
        Slot("att", "key"): Source("b"),
        Slot("att", "value"): Source("b"),
        Slot("end"): Source("att", "weights"),
    }
    first, inner = grouped(Project(graph=Graph(nodes, wires)), ["att"], "Inner")
    assert names_of(first.blocks["inner"], "nnstudio.block_input") == ["query", "x"]
    assert names_of(first.blocks["inner"], "nnstudio.block_output") == ["weights"]
    named = {**first.graph.nodes, inner: replace(first.graph.nodes[inner], name="query")}
    second, _ = grouped(replace(first, graph=replace(first.graph, nodes=named)), [inner], "Outer")
    assert names_of(second.blocks["outer"], "nnstudio.block_input") == ["query1", "x"]


def test_open_ends_become_ports():
    """Nodes that nothing feeds or reads as yet: an input and an output each, once there are layers that have them."""
    graph = chain(["torch.linear", "torch.relu"])
    after, instance = grouped(Project(graph=graph), ["n0", "n1"], registry=plugins.load(safe_mode=True).registry)
    block = after.blocks["part"]
    assert block.graph.wires == {Slot("n0"): Source("in1"), Slot("n1"): Source("n0"), Slot("out1"): Source("n1")}
    assert (names_of(block, "nnstudio.block_input"), names_of(block, "nnstudio.block_output")) == (["x"], ["y"])
    assert not after.graph.wires
    assert opened(after, instance).graph == graph


@settings(max_examples=60, deadline=None)
@given(layered(), st.data())
def test_what_is_open_is_reached_through_ports_and_comes_back(graph: Graph, data: st.DataObject):
    ids = data.draw(st.sets(st.sampled_from(sorted(graph.nodes)), min_size=1))
    project = Project(graph=graph)
    done = group(project, ids, "Part", registry=MADE_UP)
    assume(not isinstance(done, Problem))
    edit, instance = done
    after = apply(project, edit)
    inner = after.blocks["part"].graph
    for id in ids:
        spec = MADE_UP.layer(graph.nodes[id].type)
        assert spec is not None
        assert inner.wires_into(id) or all(port.optional for port in spec.inputs)
        assert inner.wires_out_of(id) or not spec.outputs
    labels = [node.label for node in inner if node.type.startswith("nnstudio.block")]
    assert len({*labels, *(inner.nodes[id].label for id in ids)}) == len(labels) + len(
        {inner.nodes[id].label for id in ids}
    )
    assert computed(after, labels=True) == computed(project, labels=True)
    assert opened(after, instance).graph == graph
    assert apply(after, edit.inverse) == project


def test_nodes_keep_their_places_among_themselves_between_the_ports():
    after, instance = grouped(NET, ["n1", "n2"])
    inner = after.blocks["part"].graph.nodes
    assert [inner[id].position for id in ("in1", "n1", "n2", "out1")] == [(0, 17), (208, 0), (416, 0), (624, 17)]
    assert after.graph.nodes[instance].position == (312.0, 0.0)


def test_frames_with_nothing_else_in_them_come_along():
    frames = {
        "f1": Frame("f1", "both", position=(200, -40), size=(420, 160)),
        "f2": Frame("f2", "more", position=(-8, -80), size=(1200, 240)),
    }
    project = replace(NET, graph=replace(NET.graph, frames=frames))
    after, instance = grouped(project, ["n1", "n2"])
    assert set(after.graph.frames) == {"f2"}
    assert after.blocks["part"].graph.frames["f1"].position == (200.0, -40.0)
    assert set(opened(after, instance).graph.frames) == {"f1", "f2"}


def test_rules_and_bookmarks_follow_into_the_block():
    rules = (Rule("#n1", frozen=True), Rule("#n3", lr_factor=0.5), Rule("n*", weight_decay=0.1))
    project = replace(NET, recipe=Recipe(rules=rules))
    after, instance = grouped(project, ["n1", "n2"])
    assert [rule.match for rule in after.recipe.rules] == [f"#{instance}/n1", "#n3", "n*"]
    back = opened(after, instance)
    assert back.recipe.rules == rules


def test_bookmarks_and_rules_within_an_instance_that_is_grouped():
    first, inner = grouped(NET, ["n1", "n2"], "Inner")
    first = replace(
        first,
        bookmarks=(Bookmark("here", inner), Bookmark("out")),
        recipe=Recipe(rules=(Rule(f"#{inner}/n1", frozen=True),)),
    )
    after, outer = grouped(first, [inner, "n3"], "Outer")
    assert after.bookmarks == (Bookmark("here", f"{outer}/{inner}"), Bookmark("out"))
    assert after.recipe.rules[0].match == f"#{outer}/{inner}/n1"
    assert after.flattened.instances.keys() == {outer, f"{outer}/{inner}"}
    assert opened(after, outer).bookmarks == first.bookmarks


def test_what_the_block_around_exposes_stays_exposed():
    first, outer = grouped(NET, ["n1", "n2", "n3"], "Outer")
    block = replace(first.blocks["outer"], exposed=(Exposed("width", "n1", "out_features"),))
    nodes = {**first.graph.nodes, outer: first.graph.nodes[outer].with_param("width", 7)}
    first = replace(first, graph=replace(first.graph, nodes=nodes), blocks={"outer": block})
    after, inner = grouped(first, ["n1", "n2"], "Inner", "outer")
    assert after.blocks["outer"].exposed == (Exposed("width", inner, "width"),)
    assert after.flat.nodes[f"{outer}/{inner}/n1"].params == {"out_features": 7}
    back = opened(after, inner, "outer")
    assert back.blocks["outer"].exposed == block.exposed
    assert computed(back) == computed(first)


def test_nodes_that_share_weights_go_together():
    nodes = {**NET.graph.nodes, "n3": NET.graph.nodes["n3"].with_option("share", "n1")}
    project = replace(NET, graph=replace(NET.graph, nodes=nodes))
    wrong = group(project, ["n1", "n2"], "Part")
    assert isinstance(wrong, Problem) and "'n3' uses the weights of 'n1'" in wrong.message
    after, instance = grouped(project, ["n1", "n2", "n3"])
    assert after.flat.nodes[f"{instance}/n3"].options == {"share": f"{instance}/n1"}
    assert opened(after, instance).graph == project.graph


def test_a_way_out_and_back_in_is_refused():
    wrong = group(NET, ["n1", "n3"], "Part")
    assert isinstance(wrong, Problem) and "'n2'" in wrong.message


def test_nothing_and_ports_alone_make_no_block():
    assert isinstance(group(NET, [], "Part"), Problem)
    first, _ = grouped(NET, ["n1"])
    assert isinstance(group(first, ["in1", "out1"], "Ports", "part"), Problem)


@pytest.mark.parametrize(
    ("title", "id"), [("Residual block", "residual_block"), ("", "block"), ("3×3", "block_3_3"), ("Größe", "gr_e")]
)
def test_the_id_is_made_of_the_title(title: str, id: str):
    after, _ = grouped(NET, ["n1"], title)
    assert list(after.blocks) == [id]
    assert list(grouped(after, ["n2"], title)[0].blocks) == [id, f"{id.rstrip('0123456789')}2"]


@settings(max_examples=40, deadline=None)
@given(layered(), st.data())
def test_grouping_changes_nothing_of_what_is_computed(graph: Graph, data: st.DataObject):
    ids = data.draw(st.sets(st.sampled_from(sorted(graph.nodes)), min_size=1))
    project = Project(graph=graph)
    done = group(project, ids, "Part")
    assume(not isinstance(done, Problem))
    edit, instance = done
    after = apply(project, edit)
    assert computed(after, labels=True) == computed(project, labels=True)
    assert apply(after, edit.inverse) == project
    back = opened(after, instance)
    assert back.graph == graph


@settings(max_examples=40, deadline=None)
@given(layered((3, 9)), st.data())
def test_groups_within_groups(graph: Graph, data: st.DataObject):
    """Inside a definition, what is computed stays the same as well, and the inner one opens again."""
    project = Project(graph=graph)
    outer = group(project, data.draw(st.sets(st.sampled_from(sorted(graph.nodes)), min_size=2)), "Outer")
    assume(not isinstance(outer, Problem))
    first = apply(project, outer[0])
    within = sorted(set(first.blocks["outer"].graph.nodes) & set(graph.nodes))
    inner = group(first, data.draw(st.sets(st.sampled_from(within), min_size=1)), "Inner", "outer")
    assume(not isinstance(inner, Problem))
    second = apply(first, inner[0])
    assert computed(second, labels=True) == computed(project, labels=True)
    assert apply(second, inner[0].inverse) == first
    assert computed(opened(second, outer[1])) == computed(project)
    assert opened(second, inner[1], "outer").blocks["outer"] == first.blocks["outer"]


# ── ungroup ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@st.composite
def definitions(draw: st.DrawFn) -> Block:
    """A block with one to three inputs and outputs, some passed straight through, some not wired; all sizes exposed."""
    graph = draw(layered((1, 5)))
    nodes, wires = dict(graph.nodes), dict(graph.wires)
    inputs = [f"in{n}" for n in range(1, draw(st.integers(1, 3)) + 1)]
    outputs = [f"out{n}" for n in range(1, draw(st.integers(1, 3)) + 1)]
    for id in nodes:
        if draw(st.booleans()):
            wires[Slot(id, "inputs", 2)] = Source(draw(st.sampled_from(inputs)))
    for id in outputs:
        source = draw(st.none() | st.sampled_from([*graph.nodes, *inputs]))
        if source:
            wires[Slot(id)] = Source(source)
    nodes |= {id: Node(id, "nnstudio.block_input") for id in inputs}
    nodes |= {id: Node(id, "nnstudio.block_output") for id in outputs}
    names = draw(st.lists(st.sampled_from(["size", "width"]), min_size=len(graph.nodes), max_size=len(graph.nodes)))
    exposed = tuple(Exposed(name, id, "size") for name, id in zip(names, graph.nodes, strict=True))
    return Block("part", "Part", Graph(nodes, wires), exposed)


@settings(max_examples=40, deadline=None)
@given(definitions(), st.integers(1, 3), st.data())
def test_ungrouping_writes_what_was_computed(block: Block, repeat: int, data: st.DataObject):
    params = {"repeat": repeat} if repeat > 1 else {}
    if data.draw(st.booleans()):
        params["width"] = 99
    nodes = {
        "x": Node("x", "torch.relu"),
        "a1": Node("a1", "torch.relu"),
        "b": Node("b", "block:part", params),
        "y": Node("y", "torch.add"),
    }
    wires: dict[Slot, Source] = {}
    for node in block.graph:
        if node.type == "nnstudio.block_input" and data.draw(st.booleans()):
            wires[Slot("b", node.id)] = Source(data.draw(st.sampled_from(["x", "a1"])))
        if node.type == "nnstudio.block_output":
            wires[Slot("y", "inputs", len(wires))] = Source("b", node.id)
    project = Project(graph=Graph(nodes, wires), blocks={"part": block})
    done = ungroup(project, "b")
    assert not isinstance(done, Problem)
    after = apply(project, done[0])
    assert computed(after) == computed(project)
    assert after.flat is after.graph
    assert apply(after, done[0].inverse) == project
    corners = [node.position for node in after.graph if node.id in done[1]]
    assert len(set(corners)) == len(corners) or len(
        {n.position for n in block.graph if n.type.startswith("torch")}
    ) < len([n for n in block.graph if n.type.startswith("torch")])


def test_rules_for_all_copies_and_for_one_of_them():
    first, instance = grouped(NET, ["n1", "n2"])
    nodes = {**first.graph.nodes, instance: first.graph.nodes[instance].with_param("repeat", 3)}
    rules = (Rule(f"#{instance}/n1", frozen=True), Rule(f"#{instance}[2]/n2", lr_factor=0.5))
    first = replace(first, graph=replace(first.graph, nodes=nodes), recipe=Recipe(rules=rules))
    after = opened(first, instance)
    assert [rule.match for rule in after.recipe.rules] == ["#n1", "#n5", "#n7", "#n8"]
    assert after.graph.wires[Slot("n5")] == Source("n2")


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_what_holds_for_a_node_holds_for_it_still(data: st.DataObject):
    """Rules for a whole instance, for one node in all repetitions, for one repetition, and patterns, in any order."""
    first, instance = grouped(NET, ["n1", "n2"])
    matches = [
        f"#{instance}",
        f"#{instance}[1]",
        f"#{instance}/n1",
        f"#{instance}[2]/n2",
        "#n3",
        "n*",
        "type:torch.relu",
    ]
    rules = tuple(
        Rule(match, lr_factor=0.1 * number)
        for number, match in enumerate(data.draw(st.lists(st.sampled_from(matches), max_size=6)), 1)
    )
    nodes = {**first.graph.nodes, instance: first.graph.nodes[instance].with_param("repeat", 3)}
    before = replace(first, graph=replace(first.graph, nodes=nodes), recipe=Recipe(rules=rules))
    done = ungroup(before, instance)
    assert not isinstance(done, Problem)
    after = apply(before, done[0])
    old = [f"{instance}[{copy}]/{id}" for copy in range(3) for id in ("n1", "n2")]
    for old_id, new_id in zip([*old, "n3"], [*done[1], "n3"], strict=True):
        held = effective(before.recipe, replace(before.flat.nodes[old_id], name="n"))
        assert effective(after.recipe, replace(after.flat.nodes[new_id], name="n")).lr_factor == held.lr_factor, old_id
    again = group(after, done[1], "Again")
    assert not isinstance(again, Problem)
    final = apply(after, again[0])
    for old_id, new_id in zip(old, done[1], strict=True):
        held = effective(before.recipe, replace(before.flat.nodes[old_id], name="n"))
        node = replace(final.flat.nodes[f"{again[1]}/{new_id}"], name="n")
        assert effective(final.recipe, node).lr_factor == held.lr_factor, old_id


def test_a_bookmark_within_what_is_ungrouped_is_outside():
    first, instance = grouped(NET, ["n1", "n2"])
    first = replace(first, bookmarks=(Bookmark("in", instance), Bookmark("out")))
    assert opened(first, instance).bookmarks == (Bookmark("in"), Bookmark("out"))


def test_what_is_to_the_right_makes_room():
    first, instance = grouped(NET, ["n1", "n2"])
    tight = {
        id: replace(node, position=(208.0 * i, 0.0))
        for i, (id, node) in enumerate(sorted(first.graph.nodes.items(), key=lambda item: item[1].position))
    }
    first = replace(first, graph=replace(first.graph, nodes=tight))
    after = opened(first, instance)
    assert [node.position[0] for node in sorted(after.graph, key=lambda node: node.id)] == [0, 208, 416, 624, 832]


def test_what_cannot_be_ungrouped_says_why():
    first, instance = grouped(NET, ["n1", "n2"])
    scan = replace(first, blocks={"part": replace(first.blocks["part"], kind="scan")})
    assert "step of a sequence" in str(ungroup(scan, instance))
    asleep = {**first.graph.nodes, instance: replace(first.graph.nodes[instance], bypassed=True)}
    assert "bypassed" in str(ungroup(replace(first, graph=replace(first.graph, nodes=asleep)), instance))
    twin = replace(first.graph.nodes[instance], id="twin", options={"share": instance})
    tied = replace(first, graph=replace(first.graph, nodes={**first.graph.nodes, "twin": twin}))
    assert f"'twin' uses the weights of '{instance}'" in str(ungroup(tied, "twin"))
    assert f"'twin' uses the weights of '{instance}'" in str(ungroup(tied, instance))
    assert "no block" in str(ungroup(first, "n0"))
    second, outer = grouped(first, [instance], "Outer")
    exposing = replace(second.blocks["outer"], exposed=(Exposed("depth", instance, "repeat"),))
    held = replace(second, blocks={**second.blocks, "outer": exposing})
    assert "How often" in str(ungroup(held, instance, "outer"))
    assert outer in held.graph.nodes
