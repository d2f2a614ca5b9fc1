"""What can be said against a project without computing anything: each fault is found, named and placed, and only once."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Annotated, Any

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio import plugins
from nnstudio.params import Field, Params
from nnstudio.problems import Problem, Severity
from nnstudio.project.check import check
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry
from nnstudio.specs import (
    DatasetSpec,
    InitializerSpec,
    LayerSpec,
    LossSpec,
    MetricSpec,
    OptimizerSpec,
    Port,
    ScheduleSpec,
)
from tests.strategies import networks, projects


class Units(Params):
    out_features: Annotated[int, Field(ge=1, le=100)] = 8


class Rate(Params):
    lr: Annotated[float, Field(gt=0, le=1)] = 0.01


def registry_of(*specs: Any) -> Registry:
    kinds = {LayerSpec: "layer", LossSpec: "layer", DatasetSpec: "dataset", OptimizerSpec: "optimizer"}
    kinds |= {ScheduleSpec: "schedule", InitializerSpec: "initializer", MetricSpec: "metric"}
    table: dict[str, dict[str, Any]] = {}
    for spec in specs:
        table.setdefault(kinds[type(spec)], {})[spec.id] = spec
    return Registry(table)


REGISTRY = registry_of(
    LayerSpec("nnstudio.input", "Input", "data", inputs=()),
    LayerSpec("torch.linear", "Linear", "weights", Units, "torch.nn:Linear"),
    LayerSpec("test.add", "Add", "shape", call="{inputs: + }", inputs=(Port("inputs", many=True),)),
    LayerSpec("test.split", "Split", "shape", call="split", outputs=(Port("left"), Port("right"))),
    LayerSpec("test.source", "Noise", "data", call="noise()", inputs=()),
    LossSpec("torch.cross_entropy", "Cross-entropy", call="F.cross_entropy({input}, {target})", target="class"),
    LossSpec("torch.mse", "Mean squared error", call="F.mse_loss({input}, {target})", target="value"),
    DatasetSpec("test.data", "Data", Units, "x:y", "classification"),
    DatasetSpec("test.values", "Values", Params, "x:y", "regression"),
    OptimizerSpec("torch.adam", "Adam", Rate, "torch.optim:Adam"),
    ScheduleSpec("nnstudio.constant", "Constant", Params, "x:y"),
    InitializerSpec("torch.default", "Default", Params, ""),
    MetricSpec("test.accuracy", "Accuracy", "x:y", targets=("class",)),
    MetricSpec("test.mae", "MAE", "x:y", targets=("value",)),
)


def graph(nodes: dict[str, str], **wires: str) -> Graph:
    """`graph({"a": type, …}, b="a")`: a → b."""
    return Graph(
        {id: Node(id, kind) for id, kind in nodes.items()}, {Slot(to): Source(start) for to, start in wires.items()}
    )


GOOD = Project(
    graph=graph({"in": "nnstudio.input", "fc": "torch.linear", "loss": "torch.cross_entropy"}, fc="in", loss="fc"),
    data=Data(Entry("test.data")),
)


def with_graph(change: Callable[[dict[str, Node], dict[Slot, Source]], Any]) -> Project:
    nodes, wires = dict(GOOD.graph.nodes), dict(GOOD.graph.wires)
    change(nodes, wires)
    return replace(GOOD, graph=Graph(nodes, wires))


def found(project: Project) -> list[tuple[str, str | None]]:
    return [(problem.code, problem.node) for problem in check(project, REGISTRY)]


def only(project: Project) -> Problem:
    problems = check(project, REGISTRY)
    assert len(problems) == 1, problems
    return problems[0]


def test_a_good_project_has_no_problems() -> None:
    assert check(GOOD, REGISTRY) == ()


def test_a_cycle_is_told_in_order() -> None:
    nodes = {"in": "nnstudio.input", "a": "test.add", "b": "torch.linear", "c": "torch.linear", "loss": "torch.mse"}
    wires = {
        Slot("a", "inputs", 0): Source("in"),
        Slot("b"): Source("a"),
        Slot("c"): Source("b"),
        Slot("loss"): Source("c"),
    }
    ring = Graph({id: Node(id, kind) for id, kind in nodes.items()}, {**wires, Slot("a", "inputs", 1): Source("c")})
    problem = only(replace(GOOD, graph=ring))
    assert problem.code == "graph.cycle"
    assert problem.node == "a"
    assert "a → b → c → a" in problem.message


def test_a_node_that_feeds_itself_and_two_separate_cycles() -> None:
    nodes = {"in": "nnstudio.input", "loss": "torch.mse", "a": "torch.linear", "b": "torch.linear", "c": "torch.linear"}
    problems = check(replace(GOOD, graph=graph(nodes, a="a", b="c", c="b", loss="in")), REGISTRY)
    messages = [problem.message for problem in problems if problem.code == "graph.cycle"]
    assert len(messages) == 2
    assert any("a → a." in message for message in messages)
    assert any("b → c → b." in message for message in messages)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=14, unique_by=lambda pair: pair[1]))
def test_cycles_are_those_that_networkx_enumerates(pairs: list[tuple[int, int]]) -> None:
    nodes = {f"n{number}": Node(f"n{number}", "torch.linear") for number in range(8)}
    wires = {Slot(f"n{to}"): Source(f"n{start}") for start, to in pairs}
    problems = [
        problem for problem in check(Project(graph=Graph(nodes, wires)), REGISTRY) if problem.code == "graph.cycle"
    ]
    # Each node has one wire in at most, so that cycles share no nodes.
    expected = {frozenset(f"n{node}" for node in cycle) for cycle in nx.simple_cycles(nx.DiGraph(pairs))}
    named = [problem.message.split(": ")[1].rstrip(".").split(" → ") for problem in problems]
    assert {frozenset(names) for names in named} == expected
    for names in named:
        assert names[0] == names[-1]
        assert all(wires[Slot(to)] == Source(start) for start, to in pairwise(names))


def test_an_unwired_port() -> None:
    def change(nodes: dict[str, Node], wires: dict[Slot, Source]) -> None:
        nodes["fc2"] = Node("fc2", "torch.linear")
        wires[Slot("loss", "target")] = Source("fc2")

    problem = only(with_graph(change))
    assert (problem.code, problem.node, problem.port) == ("graph.unwired", "fc2", "input")
    assert "Linear 'fc2' has no wire into 'input'." in problem.message


def test_an_optional_port_may_stay_unwired_and_a_many_port_takes_many() -> None:
    def change(nodes: dict[str, Node], wires: dict[Slot, Source]) -> None:
        nodes["add"] = Node("add", "test.add")
        wires.update({Slot("add", "inputs", order): Source("fc") for order in range(3)})
        wires[Slot("loss")] = Source("add")

    assert check(with_graph(change), REGISTRY) == ()


def test_a_many_port_needs_one_wire() -> None:
    def change(nodes: dict[str, Node], wires: dict[Slot, Source]) -> None:
        nodes["add"] = Node("add", "test.add")
        wires[Slot("loss", "target")] = Source("add")

    assert found(with_graph(change)) == [("graph.unwired", "add")]


def test_more_wires_than_a_port_takes() -> None:
    problem = only(with_graph(lambda nodes, wires: wires.update({Slot("fc", "input", 1): Source("in")})))
    assert (problem.code, problem.node, problem.port) == ("graph.too_many_wires", "fc", "input")
    assert "takes one wire into 'input', but there are 2" in problem.message


def test_unknown_ports_and_nodes() -> None:
    assert found(with_graph(lambda nodes, wires: wires.update({Slot("fc", "mask"): Source("in")}))) == [
        ("graph.unknown_port", "fc")
    ]
    problem = only(with_graph(lambda nodes, wires: wires.update({Slot("loss", "target"): Source("fc", "hidden")})))
    assert (problem.code, problem.node, problem.port) == ("graph.unknown_port", "fc", "hidden")
    assert "It has 'output'." in problem.remedy
    problem = only(with_graph(lambda nodes, wires: wires.update({Slot("loss", "target"): Source("gone")})))
    assert (problem.code, problem.node) == ("graph.dangling_wire", "loss")
    assert "'gone'" in problem.message
    assert found(with_graph(lambda nodes, wires: wires.update({Slot("gone"): Source("fc")}))) == [
        ("graph.dangling_wire", "fc")
    ]


def test_an_unknown_layer_is_one_problem_and_names_its_plugin() -> None:
    problem = only(with_graph(lambda nodes, wires: nodes.update(fc=Node("fc", "fourier.swish", {"beta": 1}))))
    assert (problem.code, problem.node) == ("graph.unknown_layer", "fc")
    assert "no loaded plugin brings 'fourier.swish'" in problem.message
    assert "'fourier.'" in problem.remedy


def test_a_bad_parameter_names_node_value_and_range() -> None:
    problem = only(with_graph(lambda nodes, wires: nodes.update(fc=Node("fc", "torch.linear", {"out_features": 0}))))
    assert (problem.code, problem.node, problem.param) == ("param.invalid", "fc", "out_features")
    assert "Linear 'fc'" in problem.message
    assert "0" in problem.message
    assert "1 … 100" in problem.remedy


def test_what_is_remembered_of_a_node_does_not_outlive_it() -> None:
    bad = with_graph(lambda nodes, wires: nodes.update(fc=Node("fc", "torch.linear", {"out_features": 0})))
    for project, expected in ((GOOD, 0), (bad, 1), (GOOD, 0), (bad, 1), (bad, 1)):
        assert len(check(project, REGISTRY)) == expected
    other = Registry(
        {
            **REGISTRY.specs,
            "layer": {**REGISTRY.layers, "torch.linear": LayerSpec("torch.linear", "Linear", "weights", call="x")},
        }
    )
    assert [problem.code for problem in check(bad, other)] == ["param.unknown"]


def test_no_loss_and_no_input_come_with_a_cure() -> None:
    problem = only(replace(GOOD, graph=graph({"in": "nnstudio.input", "fc": "torch.linear"}, fc="in")))
    assert problem.code == "graph.no_loss"
    assert problem.fix is not None
    assert (problem.fix.action, problem.fix.node, problem.fix.type) == ("add_node", "fc", "torch.cross_entropy")
    regression = replace(GOOD, graph=graph({"in": "nnstudio.input"}), data=Data(Entry("test.values")))
    fix = only(regression).fix
    assert fix is not None
    assert fix.type == "torch.mse"
    codes = found(replace(GOOD, graph=graph({"noise": "test.source", "loss": "torch.mse"}, loss="noise")))
    assert codes == [("graph.no_input", None)]


def test_behind_log_softmax_the_loss_that_is_made_for_it_is_offered() -> None:
    bundled = plugins.load(safe_mode=True).registry
    for last, loss in (("torch.log_softmax", "torch.nll"), ("torch.relu", "torch.cross_entropy")):
        network = graph({"in": "nnstudio.input", "last": last}, last="in")
        offered = [
            problem.fix for problem in check(replace(GOOD, graph=network), bundled) if problem.code == "graph.no_loss"
        ]
        assert [fix and fix.type for fix in offered] == [loss]


def test_an_empty_network_lacks_input_and_loss() -> None:
    assert [code for code, _ in found(replace(GOOD, graph=Graph()))] == ["graph.no_input", "graph.no_loss"]


def test_what_leads_nowhere_or_comes_from_nowhere_is_a_warning() -> None:
    def dead_end(nodes: dict[str, Node], wires: dict[Slot, Source]) -> None:
        nodes["fc2"] = Node("fc2", "torch.linear")
        wires[Slot("fc2")] = Source("fc")

    problem = only(with_graph(dead_end))
    assert (problem.code, problem.node, problem.severity) == ("graph.unused", "fc2", Severity.WARNING)

    def from_nowhere(nodes: dict[str, Node], wires: dict[Slot, Source]) -> None:
        nodes.update(noise=Node("noise", "test.source"), mse=Node("mse", "torch.mse"))
        wires[Slot("mse")] = Source("noise")

    problems = check(with_graph(from_nowhere), REGISTRY)
    assert {(problem.code, problem.node, problem.severity) for problem in problems} == {
        ("graph.unreachable", "noise", Severity.WARNING),
        ("graph.unreachable", "mse", Severity.WARNING),
    }


def test_two_nodes_of_one_name_are_a_warning() -> None:
    project = with_graph(lambda nodes, wires: nodes.update(fc=Node("fc", "torch.linear", name="loss")))
    problems = check(project, REGISTRY)
    assert {problem.node for problem in problems} == {"fc", "loss"}
    assert {(problem.code, problem.severity) for problem in problems} == {("graph.duplicate_name", Severity.WARNING)}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", 2.5),
        ("epochs", True),
        ("batch_size", -1),
        ("seed", -1),
        ("seed", 2**32),
        ("device", "gpu"),
        ("device", "cuda:-1"),
    ],
)
def test_recipe_numbers_out_of_range(name: str, value: Any) -> None:
    problem = only(replace(GOOD, recipe=replace(Recipe(), **{name: value})))
    assert (problem.code, problem.param, problem.place) == ("recipe.range", name, "recipe")
    assert repr(value) in problem.message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("validation", -0.1),
        ("validation", 0.95),
        ("test", float("nan")),
        ("test", "much"),
        ("split_seed", -1),
        ("standardize", "always"),
    ],
)
def test_data_numbers_out_of_range(name: str, value: Any) -> None:
    problem = only(replace(GOOD, data=replace(GOOD.data, **{name: value})))
    assert (problem.code, problem.param, problem.place) == ("data.range", name, "data")


def test_the_edges_of_the_ranges_are_allowed() -> None:
    recipe = Recipe(epochs=1, batch_size=0, seed=2**32 - 1, device="cuda:0")
    assert check(replace(GOOD, recipe=recipe, data=replace(GOOD.data, validation=0, test=0.9)), REGISTRY) == ()


def test_shares_that_leave_nothing() -> None:
    problem = only(replace(GOOD, data=replace(GOOD.data, validation=0.5, test=0.5)))
    assert (problem.code, problem.place) == ("data.shares", "data")


def test_recipe_and_data_entries() -> None:
    assert only(replace(GOOD, data=Data())).code == "data.none"
    unknown = only(replace(GOOD, data=Data(Entry("mine.data"))))
    assert (unknown.code, unknown.place) == ("data.unknown", "data")
    assert "'mine.data'" in unknown.message
    for name in ("optimizer", "schedule", "initializer"):
        problem = only(replace(GOOD, recipe=replace(Recipe(), **{name: Entry("mine.thing")})))
        assert (problem.code, problem.place) == ("recipe.unknown", "recipe")
        assert name in problem.message
    problem = only(replace(GOOD, recipe=Recipe(optimizer=Entry("torch.adam", {"lr": -1}))))
    assert (problem.code, problem.param, problem.place) == ("param.invalid", "lr", "recipe")
    assert "Adam" in problem.message
    problem = only(replace(GOOD, recipe=Recipe(regularizers=(Entry("mine.l3"),))))
    assert "mine.l3" in problem.message
    assert check(replace(GOOD, recipe=Recipe(regularizers=(Entry("mine.l3", enabled=False),))), REGISTRY) == ()


def test_a_metric_that_fits_no_loss() -> None:
    assert check(replace(GOOD, recipe=Recipe(metrics=(Entry("test.accuracy"),))), REGISTRY) == ()
    problem = only(replace(GOOD, recipe=Recipe(metrics=(Entry("test.mae"),))))
    assert (problem.code, problem.severity) == ("recipe.metric", Severity.WARNING)


@given(projects())
def test_any_project_can_be_checked(project: Project) -> None:
    assert all(problem.message for problem in check(project, REGISTRY))


@settings(max_examples=50)
@given(networks(REGISTRY))
def test_any_network_of_known_layers_can_be_checked(network: Graph) -> None:
    problems = check(replace(GOOD, graph=network), REGISTRY)
    assert not {problem.code for problem in problems} & {
        "graph.unknown_layer",
        "graph.unknown_port",
        "graph.dangling_wire",
    }
    assert ("graph.no_loss" in {p.code for p in problems}) == (
        not any(isinstance(REGISTRY.layers[n.type], LossSpec) for n in network)
    )
