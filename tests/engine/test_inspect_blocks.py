"""A project with blocks is worked out as the same network drawn without them; what stands for others is worked out too."""

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from block_networks import BLOCKS, UNIT, by_hand, elman, entry, instance, leaving, network, node, resnet, scanned, wires
from graphs import data, image_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import networks

from nnstudio import plugins
from nnstudio.data import FieldInfo
from nnstudio.engine.compile import compile_model
from nnstudio.engine.inspect import Inspector, inspect, inspect_project
from nnstudio.plan import NodePlan, Plan
from nnstudio.problems import Problem
from nnstudio.project.block_edits import group
from nnstudio.project.check_graph import check_graph
from nnstudio.project.edits import apply
from nnstudio.project.graph import Graph, Node
from nnstudio.project.placing import fix_edit
from nnstudio.project.project import Block, Exposed, Project

REGISTRY = plugins.load(safe_mode=True).registry
PICTURES = image_data(1, 8, 3)
LABEL = FieldInfo("label", (), "int", ("a", "b", "c"))
SEQUENCES = data({"x": FieldInfo("array", (7, 3), "float")}, "label", label=LABEL)
TOKENS = data({"x": FieldInfo("tokens", (7,), "int", vocabulary=9)}, "label", label=LABEL)


def worked_out(plan: NodePlan) -> tuple:
    """All that does not depend on what things are called."""
    return plan.type, plan.inputs, plan.outputs, plan.dtypes, plan.arguments, plan.parameters, plan.macs, plan.memory


def totals(plan: Plan) -> tuple[int, int, int]:
    return plan.parameters, plan.macs, plan.memory


def test_a_resnet_of_blocks_is_the_one_drawn_by_hand():
    project = resnet()
    mine, theirs = inspect_project(project, PICTURES, REGISTRY), inspect(by_hand(project).graph, PICTURES, REGISTRY)
    assert mine.problems == theirs.problems == ()
    assert [worked_out(mine.nodes[id]) for id in mine.order] == [worked_out(theirs.nodes[id]) for id in theirs.order]
    assert totals(mine) == totals(theirs)


def test_names_are_those_of_the_modules():
    project = resnet()
    compiled = compile_model(project, REGISTRY, PICTURES)
    assert compiled.plan.nodes["stage1[2]/second/conv"].name == "stage1.2.second.conv"
    assert compiled.plan.blocks["stage2/first"].name == "stage_two.first"
    owners = {name: compiled.plan.node_of(name) for name, _ in compiled.module.named_parameters()}
    assert owners["stage1.2.second.conv.weight"] == "stage1[2]/second/conv"
    assert owners["fc.bias"] == "fc"
    assert None not in owners.values()
    for id, plan in compiled.plan.nodes.items():
        if plan.parameters:
            part = compiled.module.get_submodule(plan.name)
            assert sum(parameter.numel() for parameter in part.parameters()) == plan.parameters, id
    for id, plan in compiled.plan.blocks.items():
        if plan.type.startswith("block:") and plan.name:
            part = compiled.module.get_submodule(plan.name)
            assert sum(parameter.numel() for parameter in part.parameters()) == plan.parameters, id


def test_what_stands_for_others_has_shapes_and_the_cost_of_all_within():
    project = resnet()
    graph = project.graph
    reroute, bypassed = node("point", "nnstudio.reroute"), replace(node("tanh", "torch.tanh"), bypassed=True)
    nodes = {**graph.nodes, "point": reroute, "tanh": bypassed}
    drawn = {**graph.wires, **wires(point="pool", tanh="point", flatten="tanh")}
    plan = inspect_project(replace(project, graph=Graph(nodes, drawn)), PICTURES, REGISTRY)
    assert plan.blocks["point"].outputs == plan.blocks["tanh"].outputs == {"output": (-1, 6, 1, 1)}
    stage = plan.blocks["stage1"]
    assert (stage.inputs, stage.outputs) == (((-1, 4, 8, 8),), {"out1": (-1, 4, 8, 8)})
    inner = [each for id, each in plan.nodes.items() if id.startswith("stage1[")]
    assert stage.parameters == sum(each.parameters for each in inner) == 3 * 324
    assert (stage.macs, stage.memory) == (sum(each.macs for each in inner), sum(each.memory for each in inner))
    assert plan.blocks["stage1[1]/first"].parameters == 152
    assert plan.blocks["stage1[0]/in1"].outputs == {"output": (-1, 4, 8, 8)}
    assert plan.blocks["stem/out1"].inputs == ((-1, 4, 8, 8),)


def test_an_edit_of_a_definition_is_worked_out_anew_and_the_rest_is_remembered():
    inspector = Inspector(REGISTRY)
    project = resnet()
    assert inspector.inspect_project(project, PICTURES) == inspect_project(project, PICTURES, REGISTRY)
    nodes = {**UNIT.graph.nodes, "relu": node("relu", "torch.max_pool2d", kernel_size=3, stride=1, padding=1)}
    changed = replace(project, blocks={**BLOCKS, "unit": replace(UNIT, graph=replace(UNIT.graph, nodes=nodes))})
    assert inspector.inspect_project(changed, PICTURES) == inspect_project(changed, PICTURES, REGISTRY)
    named = {**project.graph.nodes, "stem": replace(project.graph.nodes["stem"], name="start")}
    renamed = replace(project, graph=replace(project.graph, nodes=named))
    assert inspector.inspect_project(renamed, PICTURES) == inspect_project(renamed, PICTURES, REGISTRY)
    assert inspector.inspect_project(project, PICTURES) == inspect_project(project, PICTURES, REGISTRY)


# ── faults ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def only(plan: Plan) -> Problem:
    assert len(plan.problems) == 1, [str(each) for each in plan.problems]
    return plan.problems[0]


def test_an_unfit_shape_within_ten_instances_is_said_once():
    nodes = {
        **UNIT.graph.nodes,
        "relu": node("relu", "torch.linear", out_features=2, name="late"),
        "bn": node("bn", "nnstudio.flatten"),
    }
    unit = replace(
        UNIT,
        graph=replace(UNIT.graph, nodes={**nodes, "conv": node("conv", "torch.conv2d", out_channels=4, kernel_size=9)}),
    )
    units = [instance(f"u{number}", "unit") for number in range(10)]
    wired = {f"{each.id}__in1": "image" for each in units}
    graph = network(node("image", "nnstudio.input"), *units, **wired)
    problem = only(inspect_project(Project(graph=graph, blocks={"unit": unit}), PICTURES, REGISTRY))
    assert problem.node == "u0/conv"
    assert problem.message.startswith("Conv 2d 'conv' in 'u0' has a window of 9×9")
    assert problem.message.endswith("So it is in 9 more places where its block stands.")


def test_a_block_that_cannot_take_what_it_gives_cannot_be_repeated():
    project = resnet()
    wider = {**project.graph.nodes, "stage1": instance("stage1", "residual", repeat=3, channels_out=5, shortcut=5)}
    fits = replace(project, graph=replace(project.graph, nodes=wider))
    assert inspect_project(
        fits, PICTURES, REGISTRY
    ).ready  # what follows from the input may differ from one time to the next
    cut = replace(UNIT, graph=replace(UNIT.graph, nodes={**UNIT.graph.nodes, "relu": node("relu", "nnstudio.flatten")}))
    repeated = {**project.graph.nodes, "stem": instance("stem", "unit", channels=4, repeat=2)}
    plan = inspect_project(
        replace(project, graph=replace(project.graph, nodes=repeated), blocks={**BLOCKS, "unit": cut}),
        PICTURES,
        REGISTRY,
    )
    (problem,) = [each for each in plan.problems if each.node == "stem"]
    assert (problem.code, problem.param) == ("block.repeat", "repeat")
    assert problem.message.startswith(
        "Unit 'stem' is repeated 2 times, but cannot take what it gives itself: Conv 2d 'conv' in 'stem #2'"
    )


def test_instances_that_share_their_weights():
    project = resnet()
    tied = replace(instance("down", "unit", channels=4), options={"share": "stem"})
    drawn = replace(project, graph=replace(project.graph, nodes={**project.graph.nodes, "down": tied}))
    problem = only(inspect_project(drawn, PICTURES, REGISTRY))
    assert (problem.code, problem.node, problem.param) == ("option.share", "down", "share")
    assert "in_channels is 4, there 1" in problem.message
    stages = network(
        node("image", "nnstudio.input"),
        instance("stem", "unit", channels=4),
        instance("a", "residual", repeat=2),
        replace(instance("b", "residual", repeat=2), options={"share": "a"}),
        stem__in1="image", a__in1="stem.out1", b__in1="a.out1",
    )  # fmt: skip
    plan = inspect_project(Project(graph=stages, blocks=BLOCKS), PICTURES, REGISTRY)
    assert plan.problems == ()
    assert plan.nodes["b[1]/first/conv"].shares == "a[1]/first/conv"
    assert (plan.blocks["b"].parameters, plan.blocks["b"].shares) == (0, "a")
    assert plan.parameters == plan.blocks["stem"].parameters + plan.blocks["a"].parameters


def test_sharing_within_a_block_stays_within_each_instance():
    fc = {"out_features": 4}
    inner = (
        entry("in1"),
        node("one", "torch.linear", **fc),
        replace(node("two", "torch.linear", **fc), options={"share": "one"}),
        leaving("out1"),
    )
    block = Block("b", "B", network(*inner, one="in1", two="one", out1="two"))
    again = replace(instance("q", "b"), options={"share": "p"})
    wired = {"p__in1": "x", "q__in1": "p.out1", "r__in1": "q.out1"}
    graph = network(node("x", "nnstudio.input"), instance("p", "b"), again, instance("r", "b"), **wired)
    plan = inspect_project(
        Project(graph=graph, blocks={"b": block}), data({"x": FieldInfo("vector", (4,), "float")}), REGISTRY
    )
    assert {id: each.shares for id, each in plan.nodes.items() if each.shares} == {
        "p/two": "p/one",
        "q/one": "p/one",
        "q/two": "p/one",
        "r/two": "r/one",
    }


# ── scans ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_scan_costs_a_step_as_often_as_there_are_steps():
    plan = inspect_project(scanned(elman(5)), SEQUENCES, REGISTRY)
    assert plan.problems == ()
    assert plan.nodes["rnn/linear"].macs == 7 * 8 * 5
    assert plan.nodes["rnn/tanh"].memory == 7 * 5 * 4
    assert plan.nodes["rnn/out1"].memory == 5 * 4  # the last value alone
    assert plan.nodes["rnn/linear"].parameters == 8 * 5 + 5
    whole = inspect_project(scanned(elman(5), gives="sequence"), SEQUENCES, REGISTRY)
    assert whole.nodes["rnn/out1"].outputs == {"output": (-1, 7, 5)}
    assert whole.nodes["rnn/out1"].memory == 7 * 5 * 4


@pytest.mark.parametrize("gives", ["last", "sequence"])
def test_the_shapes_of_a_scan_are_those_that_torch_finds(gives: str):
    project = scanned(elman(5), gives=gives)
    if gives == "sequence":
        nodes = {**project.graph.nodes, "flat": node("flat", "nnstudio.flatten")}
        drawn = {**project.graph.wires, **wires(flat="rnn.out1", fc="flat")}
        project = replace(project, graph=Graph(nodes, drawn))
    compiled = compile_model(project, REGISTRY, SEQUENCES)
    shapes: dict[str, tuple[int, ...]] = {}
    compiled.recording_forward(
        compiled.module, torch.randn(2, 7, 3), lambda id, port, value: shapes.update({id: tuple(value.shape)})
    )
    for id, plan in compiled.plan.nodes.items():
        if id in shapes:
            assert shapes[id] == (2, *next(iter(plan.outputs.values()))[1:]), id
    assert "rnn/linear" in shapes


@pytest.mark.parametrize("target", ["class", "value"])
def test_a_loss_behind_all_steps_of_a_scan_offers_the_last_one_first(target: str):
    project, fields = scanned(elman(5), gives="sequence"), SEQUENCES
    if target == "value":
        nodes = {**project.graph.nodes, "loss": node("loss", "torch.mse")}
        project = replace(project, graph=replace(project.graph, nodes=nodes))
        fields = data({"x": FieldInfo("array", (7, 3), "float")}, "label", label=FieldInfo("vector", (3,), "float"))
    problem = only(inspect_project(project, fields, REGISTRY))
    assert (problem.code, problem.node) == ("loss.outputs", "loss")
    assert problem.remedy.startswith("Let 'h' in 'rnn' give the value of the last step")
    assert problem.fix is not None
    edit = fix_edit(project, REGISTRY, problem.fix)
    assert edit is not None
    assert inspect_project(apply(project, edit), fields, REGISTRY).problems == ()


def test_the_whole_of_a_scan_is_the_loop_that_one_would_write():
    compiled = compile_model(scanned(elman(5)), REGISTRY, SEQUENCES)
    x, h = torch.randn(4, 7, 3), torch.zeros(4, 5)
    linear = compiled.module.get_submodule("rnn.linear")
    for step in range(7):
        h = torch.tanh(linear(torch.cat([x[:, step], h], dim=1)))
    assert torch.equal(compiled.module(x), compiled.module.get_submodule("fc")(h))


def test_a_scan_over_whole_numbers_begins_with_decimal_ones():
    cell = elman(5)
    nodes = {**cell.nodes, "embed": node("embed", "torch.embedding", num_embeddings=9, embedding_dim=3)}
    project = scanned(Graph(nodes, {**cell.wires, **wires(embed="in1", cat__inputs__0="embed")}))
    assert [each for each in check_graph(project, REGISTRY) if each.severity == "error"] == []
    compiled = compile_model(project, REGISTRY, TOKENS)
    assert compiled.module(torch.randint(0, 9, (4, 7))).shape == (4, 3)


def test_a_carried_value_that_comes_back_in_another_shape():
    problem = only(inspect_project(scanned(elman(5, size=6)), SEQUENCES, REGISTRY))
    assert (problem.code, problem.node, problem.param) == ("scan.carry", "rnn/in2", "size")
    assert "begins as 6, but Tanh 'tanh' in 'rnn' gives 5" in problem.message
    assert problem.fix is not None
    assert (problem.fix.node, problem.fix.param, problem.fix.value) == ("rnn/in2", "size", 5)
    assert problem.remedy == "Set size of 'h' to 5 in block 'Cell'."


def two_cells(first: int, second: int, *exposed: Exposed) -> Project:
    """An Elman cell of 6 whose units are exposed, twice in a row."""
    project = scanned(elman(6, size=6), gives="sequence")
    units = Exposed("hidden", "linear", "out_features")
    block = replace(project.blocks["cell"], exposed=(units, *exposed))
    nodes = {**project.graph.nodes, "flat": node("flat", "nnstudio.flatten")}
    nodes |= {id: instance(id, "cell", hidden=units) for id, units in (("rnn", first), ("again", second))}
    drawn = {**project.graph.wires, **wires(again__in1="rnn.out1", flat="again.out1", fc="flat")}
    return replace(project, graph=Graph(nodes, drawn), blocks={"cell": block})


def with_cell(project: Project, inner: Node) -> Project:
    """With `inner` in the cell, and nothing exposed or set."""
    block = project.blocks["cell"]
    block = replace(block, exposed=(), graph=replace(block.graph, nodes={**block.graph.nodes, inner.id: inner}))
    nodes = {
        id: replace(each, params={}) if each.type == "block:cell" else each for id, each in project.graph.nodes.items()
    }
    return replace(project, graph=replace(project.graph, nodes=nodes), blocks={"cell": block})


def cured(project: Project) -> tuple[Project, list[str]]:
    """After each cure that is offered, one after another; and how these were called."""
    labels: list[str] = []
    for _ in range(6):
        problems = inspect_project(project, SEQUENCES, REGISTRY).problems
        fix = next((problem.fix for problem in problems if problem.fix is not None), None)
        if fix is None:
            assert not problems
            return project, labels
        edit = fix_edit(project, REGISTRY, fix)
        assert edit is not None
        project = apply(project, edit)
        labels.append(fix.label)
    raise AssertionError(f"in a circle: {labels}")


def test_the_cure_of_a_carried_size_does_no_harm_to_other_instances():
    """What sets the units of each sets the size as well: one cure mends both."""
    mended, labels = cured(two_cells(48, 32))
    assert labels == ["Let 'hidden' set size of 'h' as well"]
    assert [mended.flat.nodes[f"{id}/in2"].params["size"] for id in ("rnn", "again")] == [48, 32]


def test_an_exposed_size_is_cured_at_the_instance():
    mended, labels = cured(two_cells(48, 32, Exposed("memory", "in2", "size")))
    assert labels == ["Set memory of 'rnn' to 48", "Set memory of 'again' to 32"]
    assert mended.graph.nodes["rnn"].params == {"hidden": 48, "memory": 48}
    assert mended.blocks["cell"].graph.nodes["in2"].params["size"] == [6]


def test_the_cure_that_changes_the_definition_says_for_how_many():
    project = with_cell(two_cells(48, 48), node("linear", "torch.linear", out_features=9))
    problem = only(inspect_project(project, SEQUENCES, REGISTRY))
    assert (problem.node, problem.also) == ("rnn/in2", ("again/in2",))
    assert cured(project)[1] == ["Set size of 'h' to 9 in block 'Cell', for all 2 that stand for it"]


def test_where_each_place_needs_another_size_it_is_exposed_first():
    """The size follows from the input here, so the definition cannot say one for both."""
    project = with_cell(two_cells(48, 32), node("linear", "torch.relu"))
    problems = inspect_project(project, SEQUENCES, REGISTRY).problems
    assert {problem.node for problem in problems} == {"rnn/in2", "again/in2"}
    assert all("so that each place has its own" in problem.remedy for problem in problems)
    fix = problems[1].fix
    assert fix is not None
    edit = fix_edit(project, REGISTRY, fix)
    assert edit is not None
    after = apply(project, edit)
    assert after.blocks["cell"].exposed == (Exposed("size", "in2", "size"),)
    second = inspect_project(after, SEQUENCES, REGISTRY).problems[1].fix
    assert second is not None
    assert second.label == "Set size of 'again' to 15"


def test_a_value_wired_to_a_carried_input_is_what_it_begins_with():
    project = scanned(elman(5))
    nodes = {
        **project.graph.nodes,
        "flat": node("flat", "nnstudio.flatten"),
        "h0": node("h0", "torch.linear", out_features=6),
    }
    drawn = {**project.graph.wires, **wires(flat="x", h0="flat", rnn__in2="h0")}
    wrong = only(inspect_project(replace(project, graph=Graph(nodes, drawn)), SEQUENCES, REGISTRY))
    assert (wrong.code, wrong.node, wrong.fix) == ("scan.carry", "rnn/in2", None)
    nodes["h0"] = node("h0", "torch.linear", out_features=5)
    compiled = compile_model(replace(project, graph=Graph(nodes, drawn)), REGISTRY, SEQUENCES)
    x = torch.randn(2, 7, 3)
    h = compiled.module.get_submodule("h0")(x.flatten(1))
    linear = compiled.module.get_submodule("rnn.linear")
    for step in range(7):
        h = torch.tanh(linear(torch.cat([x[:, step], h], dim=1)))
    assert torch.equal(compiled.module(x), compiled.module.get_submodule("fc")(h))


def test_what_only_comes_back_is_part_of_the_model():
    """The output reads the old value alone; the new one is needed for the next step."""
    cell = network(
        entry("in1", "x"),
        entry("in2", "h", carry="out2", size=[3]),
        node("add", "nnstudio.add"),
        node("linear", "torch.linear", out_features=3),
        leaving("out2", "state", gives="last"),
        add__inputs__0="in1", add__inputs__1="in2", linear="add", out2="linear", out1="in2",
    )  # fmt: skip
    plan = inspect_project(scanned(cell), SEQUENCES, REGISTRY)
    assert plan.problems == ()
    assert plan.parameters == (3 * 3 + 3) + (3 * 3 + 3)
    compiled = compile_model(scanned(cell), REGISTRY, SEQUENCES)
    assert sum(each.numel() for each in compiled.module.parameters()) == plan.parameters


# ── whatever is drawn ─────────────────────────────────────────────────────────────────────────────────────────────────


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_random_nestings_are_worked_out_as_the_original(drawing: st.DataObject):
    graph = drawing.draw(networks(REGISTRY, 7))
    graph = Graph({id: each for id, each in graph.nodes.items() if each.type not in _STRUCTURE}, graph.wires)
    kept = {
        slot: source for slot, source in graph.wires.items() if slot.node in graph.nodes and source.node in graph.nodes
    }
    project = Project(graph=Graph(graph.nodes, kept))
    before = inspect_project(project, SEQUENCES, REGISTRY)
    for number in range(3):
        inside = drawing.draw(st.sampled_from(["", *project.blocks]))
        ids = sorted(id for id, each in project.inside(inside).graph.nodes.items() if not _stays(each))
        chosen = drawing.draw(st.lists(st.sampled_from(ids), unique=True)) if ids else []
        made = group(project, chosen, f"Group {number}", inside)
        if not isinstance(made, Problem):
            project = apply(project, made[0])
    after = inspect_project(project, SEQUENCES, REGISTRY)
    own = {id.rpartition("/")[2]: plan for id, plan in after.nodes.items()}
    assert {id: worked_out(plan) for id, plan in own.items()} == {
        id: worked_out(plan) for id, plan in before.nodes.items()
    }
    assert totals(after) == totals(before)
    assert all(math.isfinite(each.macs) for each in after.blocks.values())


_STRUCTURE = {"nnstudio.block_input", "nnstudio.block_output", "nnstudio.reroute"}


def _stays(each: Node) -> bool:
    """Inputs and losses stay outside of blocks."""
    spec = REGISTRY.layer(each.type)
    return each.type == "nnstudio.input" or (spec is not None and not spec.outputs)


def scan_within(kind: str, **more: Any) -> Project:
    """A cell that is a scan, within a block of that kind."""
    inner = scanned(elman(5))
    parts = (entry("in1"), instance("r", "cell"), leaving("out1", gives="last"))
    outer = Block("outer", "Outer", network(*parts, r__in1="in1", out1="r.out1"), kind=kind)
    nodes = {**inner.graph.nodes, "rnn": instance("rnn", "outer", **more)}
    return replace(inner, graph=replace(inner.graph, nodes=nodes), blocks={**inner.blocks, "outer": outer})


def test_a_scan_that_a_scan_leaves_no_axis_names_the_cause():
    (problem,) = inspect_project(scan_within("scan"), SEQUENCES, REGISTRY).problems
    assert (problem.code, problem.node) == ("scan.no_axis", "rnn/r/in1")
    assert "Cell 'r' in 'rnn' takes its steps along axis 1 of what it is given, B × 3" in problem.message
    assert "Outer 'rnn' has taken one step of the sequence already" in problem.message
    assert "out of the scan around it" in problem.remedy
    assert inspect_project(scan_within("block"), SEQUENCES, REGISTRY).problems == ()


def test_a_scan_repeated_that_gives_no_sequence_says_both():
    (problem,) = inspect_project(scan_within("block", repeat=2), SEQUENCES, REGISTRY).problems
    assert (problem.code, problem.node) == ("block.repeat", "rnn")
    assert "cannot take what it gives itself: Cell 'r' in 'rnn #2' takes its steps along axis 1" in problem.message


def test_tokens_that_become_vectors_within_a_step_are_no_fault():
    cell = elman(5)
    nodes = {**cell.nodes, "embed": node("embed", "torch.embedding", embedding_dim=3)}
    drawn = {**cell.wires, **wires(embed="in1", cat__inputs__0="embed")}
    assert inspect_project(scanned(Graph(nodes, drawn)), TOKENS, REGISTRY).problems == ()
