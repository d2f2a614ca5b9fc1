"""A project with blocks trains as the same network drawn without them; rules, figures, faults and changes reach the nodes within."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from block_networks import by_hand, elman, instance, resnet, scanned, wires
from train_helpers import of, serve

from nnstudio.data import DataField, Dataset
from nnstudio.engine.compile import compile_model
from nnstudio.engine.probe import probe, weight_stats
from nnstudio.events import EpochEnded, Event, Failed, Finished, Steps
from nnstudio.experiments.bench import Bench
from nnstudio.experiments.initial import initial
from nnstudio.project.graph import Graph
from nnstudio.project.project import Entry, Project, Recipe, Rule
from nnstudio.project.rules import effective, matches
from nnstudio.registry import Registry
from nnstudio.runs.record import RunWriter, record
from nnstudio.runs.store import RunStore
from nnstudio.train.changes import change
from nnstudio.train.data import load_data
from nnstudio.train.groups import Settings
from nnstudio.train.loop import train
from nnstudio.train.mishap import not_finite
from nnstudio.train.run import prepare
from nnstudio.train.statistics import node_statistics

CLASSES = ("a", "b", "c")
RECIPE = Recipe(
    epochs=2,
    batch_size=16,
    seed=3,
    device="cpu",
    initializer=Entry("nnstudio.xavier_normal"),
    regularizers=(Entry("nnstudio.l2", {"strength": 0.01}),),
    optimizer=Entry("torch.sgd", {"lr": 0.05, "momentum": 0.9}),
)


def pictures(project: Project, **recipe: Any) -> tuple[Project, Registry]:
    random = np.random.default_rng(0)
    labels = random.integers(0, 3, 60)
    values = random.integers(0, 80, (60, 1, 8, 8)) + 80 * (
        labels[:, None, None, None] == np.arange(3).repeat([3, 3, 2])
    )
    dataset = Dataset(
        {"image": DataField(values.astype(np.uint8), "image"), "y": DataField(labels, "label", CLASSES)},
        ("image",),
        "y",
    )
    data, registry = serve(dataset)
    return replace(project, data=data, recipe=replace(RECIPE, **recipe)), registry


def sequences(project: Project, **recipe: Any) -> tuple[Project, Registry]:
    """The class says in which third of the sequence the first number is largest."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 120)
    values = random.normal(size=(120, 6, 3)).astype(np.float32)
    for row, label in zip(values, labels, strict=True):
        row[2 * label : 2 * label + 2, 0] += 4
    dataset = Dataset({"x": DataField(values, "array"), "y": DataField(labels, "label", CLASSES)}, ("x",), "y")
    data, registry = serve(dataset)
    chosen = {"epochs": 25, "optimizer": Entry("torch.adam", {"lr": 0.02}), "regularizers": (), **recipe}
    return replace(project, data=data, recipe=replace(RECIPE, **chosen)), registry


def losses(events: list[Event]) -> list[float]:
    assert not of(Failed, events), [str(each) for failed in of(Failed, events) for each in failed.problems]
    return [value for steps in of(Steps, events) for value in steps.values["loss"].tolist()]


def means(events: list[Event]) -> list[dict[str, float]]:
    return [dict(each.values) for each in of(EpochEnded, events)]


def test_a_resnet_of_blocks_trains_to_the_same_numbers_as_the_one_drawn_by_hand():
    project, registry = pictures(resnet())
    mine, theirs = (list(train(each, registry)) for each in (project, replace(by_hand(project), name="Blocks")))
    assert losses(mine) == losses(theirs)
    assert means(mine) == means(theirs)
    assert of(Finished, mine)[0].values == of(Finished, theirs)[0].values


@pytest.mark.parametrize(
    "setting",
    [
        {"frozen": True},
        {"lr_factor": 0.1},
        {"weight_decay": 0.1},
        {"initializer": Entry("nnstudio.zeros")},
        {"regularizers": (Entry("nnstudio.l1", {"strength": 0.1}),)},
    ],
)
def test_a_rule_for_nodes_within_is_the_rule_for_the_nodes_by_hand(setting: dict[str, Any]):
    project, registry = pictures(resnet(), epochs=1)
    by_blocks = (Rule("#stage1", **setting), Rule("#stage2/first/conv", **setting))
    whole = (Rule("stage1_*", **setting), Rule("#stage2_first_conv", **setting))
    hand = by_hand(project)
    nodes = {id: replace(each, name=id) for id, each in hand.graph.nodes.items()}
    hand = replace(hand, graph=replace(hand.graph, nodes=nodes))
    mine = list(train(replace(project, recipe=replace(project.recipe, rules=by_blocks)), registry))
    theirs = list(train(replace(hand, recipe=replace(project.recipe, rules=whole)), registry))
    plain = list(train(project, registry))
    assert losses(mine) == losses(theirs) != losses(plain)


def test_freezing_an_instance_freezes_all_within_it():
    project, registry = pictures(resnet(), rules=(Rule("#stage1", frozen=True), Rule("#stage1[1]/first", frozen=False)))
    info = load_data(project.data, registry).info
    settings = Settings(project.recipe, compile_model(project, registry, info))
    trained = [name for name in settings.trainable if name.startswith("stage1.")]
    assert trained == ["stage1.1.first.conv.weight", "stage1.1.first.bn.weight", "stage1.1.first.bn.bias"]
    assert "stem.conv.weight" in settings.trainable


@pytest.mark.parametrize(
    ("match", "begin"),
    [
        ("#stage1", ("stage1[0]/", "stage1[1]/", "stage1[2]/")),
        ("#stage1[2]", ("stage1[2]/",)),
        ("#stage1/first", ("stage1[0]/first/", "stage1[1]/first/", "stage1[2]/first/")),
        ("#stage1/first/conv", ("stage1[0]/first/conv", "stage1[1]/first/conv", "stage1[2]/first/conv")),
        ("#stage1[0]/first/conv", ("stage1[0]/first/conv",)),
        ("#stage", ()),
        ("#stage1/first/con", ()),
        ("stage1/*", ("stage1[0]/", "stage1[1]/", "stage1[2]/")),
        ("stage2/*conv", ("stage2/first/conv", "stage2/second/conv")),
        ("fc", ("fc",)),
    ],
)
def test_what_a_rule_meets(match: str, begin: tuple[str, ...]):
    flat = resnet().flat
    assert {each.id for each in flat if matches(match, each)} == {
        id for id in flat.nodes if begin and id.startswith(begin)
    }


def test_patterns_meet_labels_and_types_wherever_they_are():
    flat = resnet().flat
    assert {each.label for each in flat if matches("conv", each)} == {"conv"}
    assert sum(matches("conv", each) for each in flat) == sum(id.endswith("conv") for id in flat.nodes)
    assert {each.type for each in flat if matches("type:torch.conv*", each)} == {"torch.conv2d"}


def test_the_nearest_rule_holds():
    rules = (
        Rule("#stage1[0]/first/conv", lr_factor=5.0),
        Rule("#stage1/first/conv", lr_factor=4.0),
        Rule("#stage1/first", lr_factor=3.0),
        Rule("#stage1", lr_factor=2.0),
        Rule("*", lr_factor=1.5),
    )
    nodes = resnet().flat.nodes
    found = {id: effective(Recipe(rules=rules), nodes[id]).lr_factor for id in nodes}
    assert found["stage1[0]/first/conv"] == 5.0
    assert found["stage1[1]/first/conv"] == 4.0
    assert found["stage1[1]/first/bn"] == 3.0
    assert found["stage1[1]/second/bn"] == 2.0
    assert found["fc"] == 1.5


def test_figures_of_nodes_within():
    project, registry = pictures(resnet(), epochs=1)
    flat = project.flat.nodes.keys()
    compiled = compile_model(project, registry, load_data(project.data, registry).info)
    assert weight_stats(compiled).keys() >= {"stem/conv", "stage1[2]/short", "fc"}
    images = torch.rand(2, 1, 8, 8)
    seen = probe(compiled, {"image": images}, {"y": torch.tensor([0, 1])})
    assert seen.keys() >= flat - {"loss", "flatten"}
    assert seen["stage1[1]/add"].gradient is not None
    begun = initial(project, Bench(registry))
    assert begun.nodes["stage1[1]/first/conv"].weights is not None


def test_live_figures_of_nodes_within():
    project, registry = pictures(resnet(), epochs=1)
    run = prepare(project, registry)
    inputs, _ = run.next_batch()
    found = node_statistics(run.network, inputs, 0)
    assert found.nodes["stage1[2]/first/conv"].keys() >= {"mean", "weight"}


def test_a_layer_within_that_is_not_finite_is_named_with_where_it_is():
    project, registry = pictures(resnet())
    run = prepare(project, registry)
    weight = run.network.module.get_parameter("stage1.1.second.conv.weight")
    with torch.no_grad():
        weight.fill_(1e38)
    inputs, _ = run.next_batch()
    problem = not_finite(run, inputs, math.inf)
    assert problem.node == "stage1[1]/second/conv"
    assert "Conv 2d 'conv' in 'stage1 #2/second' is the first node whose output is not finite" in problem.message
    with torch.no_grad():
        weight.fill_(math.nan)
    assert not_finite(run, inputs, math.nan).node == "stage1[1]/second/conv"


def test_a_change_in_a_definition_while_it_trains():
    project, registry = pictures(resnet())
    run = prepare(project, registry)
    made = change(run, "stem/bn.momentum", 0.3)
    assert made.problem is None
    assert run.network.module.get_submodule("stage1.2.first.bn").momentum == 0.3
    refused = change(run, "stem/conv.bias", True)
    assert refused.problem is not None
    assert refused.problem.code == "change.weights"
    frozen = change(run, "recipe.rules.#stage1.frozen", True)
    assert frozen.problem is None
    assert not run.network.module.get_parameter("stage1.0.first.conv.weight").requires_grad


def test_a_run_keeps_its_blocks_and_goes_on_to_the_same_numbers(tmp_path: Path):
    project, registry = pictures(resnet())
    whole = list(record(train(project, registry), RunWriter.create(tmp_path, project)))
    (summary,) = RunStore(tmp_path).runs()
    assert RunStore(tmp_path).project(summary.id) == project
    again = list(train(RunStore(tmp_path).project(summary.id), registry))
    assert losses(again) == losses(whole)


def test_a_cell_drawn_by_hand_learns():
    project, registry = sequences(scanned(elman(12)))
    events = list(train(project, registry))
    found = losses(events)
    assert np.mean(found[-5:]) < 0.3 * np.mean(found[:5])
    assert of(Finished, events)[0].values["test/accuracy"] > 0.8


def test_a_cell_learns_as_torchs_own():
    """An Elman cell scanned over the sequence, and nn.RNN with the same weights: the same gradients."""
    project, registry = sequences(scanned(elman(5)))
    compiled = compile_model(project, registry, load_data(project.data, registry).info)
    linear, fc = (compiled.module.get_submodule(name) for name in ("rnn.linear", "fc"))
    rnn = torch.nn.RNN(3, 5, batch_first=True)
    with torch.no_grad():
        rnn.weight_ih_l0.copy_(linear.weight[:, :3])
        rnn.weight_hh_l0.copy_(linear.weight[:, 3:])
        rnn.bias_ih_l0.copy_(linear.bias)
        rnn.bias_hh_l0.zero_()
    x, y = torch.randn(8, 6, 3), torch.randint(0, 3, (8,))
    mine = torch.nn.functional.cross_entropy(compiled.module(x), y)
    theirs = torch.nn.functional.cross_entropy(fc(rnn(x)[1][0]), y)
    assert torch.allclose(mine, theirs, atol=1e-6)
    mine.backward()
    gradient = linear.weight.grad.clone()
    theirs.backward()
    assert torch.allclose(gradient, torch.cat([rnn.weight_ih_l0.grad, rnn.weight_hh_l0.grad], 1), atol=1e-6)


def test_two_instances_with_the_same_weights_learn_them_together():
    drawn = resnet()
    stem, tied = (
        instance("stem", "unit", channels=4),
        replace(instance("down", "residual"), options={"share": "stage1"}),
    )
    nodes = {**drawn.graph.nodes, "stem": stem, "stage1": instance("stage1", "residual"), "down": tied}
    kept = {slot: source for slot, source in drawn.graph.wires.items() if "stage2" not in (slot.node, source.node)}
    del nodes["stage2"]
    project, registry = pictures(replace(drawn, graph=Graph(nodes, {**kept, **wires(pool="down.out1")})))
    hand = by_hand(project)
    options = {
        id: replace(each, options={"share": id.replace("down", "stage1")})
        for id, each in hand.graph.nodes.items()
        if id.startswith("down_") and registry.layers[each.type].module
    }
    hand = replace(hand, graph=replace(hand.graph, nodes={**hand.graph.nodes, **options}))
    mine, theirs = list(train(project, registry)), list(train(hand, registry))
    assert losses(mine) == losses(theirs)
    names = [name for name, _ in prepare(project, registry).network.module.named_parameters()]
    assert not [name for name in names if name.startswith("down")]


def test_a_bypassed_node_is_not_there():
    project, registry = pictures(resnet(), epochs=1)
    hand = by_hand(project)
    off = replace(hand.graph.nodes["stage2_relu"], bypassed=True)
    without = replace(hand, graph=replace(hand.graph, nodes={**hand.graph.nodes, "stage2_relu": off}))
    shorter = {id: each for id, each in hand.graph.nodes.items() if id != "stage2_relu"}
    drawn = {**hand.graph.wires, **wires(pool="stage2_add")}
    drawn = {slot: source for slot, source in drawn.items() if slot.node in shorter}
    removed = replace(hand, graph=Graph(shorter, drawn))
    assert losses(list(train(without, registry))) == losses(list(train(removed, registry)))
