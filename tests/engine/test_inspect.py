"""inspect works out shapes, cost and arguments, and remembers; an edit costs no more than it reaches."""

import math

import pytest
from graphs import chain, data, image_data, lenet, node, vector_data, wired, with_node

from nnstudio.data import FieldInfo
from nnstudio.engine import trial
from nnstudio.engine.inspect import Inspector, inspect
from nnstudio.project.graph import Graph, Node, Slot, Source


def shapes(plan, *ids):
    return [plan.nodes[id].outputs["output"][1:] for id in ids]


def test_lenet_has_the_shapes_and_costs_of_the_paper(registry):
    plan = inspect(lenet(), image_data(), registry)
    assert plan.ready
    assert not plan.problems
    assert shapes(plan, "conv1", "pool1", "conv2", "pool2", "flatten", "fc1", "fc3") == [
        (6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (10,),
    ]  # fmt: skip
    assert plan.parameters == 61_706
    assert plan.macs == 6 * 28 * 28 * 25 + 16 * 100 * 6 * 25 + 400 * 120 + 120 * 84 + 84 * 10
    values = 784 + 2 * 6 * 784 + 6 * 196 + 2 * 1600 + 400 + 400 + 2 * 120 + 2 * 84 + 10
    assert plan.memory == 4 * values


def test_arguments_that_follow_from_the_input_are_filled_in(registry):
    plan = inspect(lenet(), image_data(), registry)
    assert plan.nodes["conv1"].arguments["in_channels"] == 1
    assert plan.nodes["conv2"].arguments["in_channels"] == 6
    assert plan.nodes["fc1"].arguments["in_features"] == 400


def test_every_node_comes_after_what_feeds_it(registry):
    graph = lenet()
    plan = inspect(graph, image_data(), registry)
    place = {id: index for index, id in enumerate(plan.order)}
    assert all(place[wire.source.node] < place[wire.target.node] for wire in graph.all_wires())


def test_the_plan_does_not_depend_on_the_order_nodes_were_added_in(registry):
    graph = lenet()
    turned = Graph(dict(reversed(graph.nodes.items())), dict(reversed(graph.wires.items())))
    assert inspect(graph, image_data(), registry) == inspect(turned, image_data(), registry)


def test_inputs_and_losses_know_the_fields_they_read(registry):
    plan = inspect(lenet(), image_data(), registry)
    assert plan.nodes["image"].fields == {"output": "image"}
    assert plan.nodes["loss1"].fields == {"target": "label"}


def test_a_branch_joins_again(registry):
    graph = wired(
        node("in", "nnstudio.input"),
        node("conv1", "torch.conv2d", out_channels=3, kernel_size=3, padding="same"),
        node("sum", "nnstudio.add"),
        node("both", "nnstudio.concatenate"),
        wires={
            "conv1": "in",
            Slot("sum", "inputs", 0): "in",
            Slot("sum", "inputs", 1): "conv1",
            Slot("both", "inputs", 0): "sum",
            Slot("both", "inputs", 1): "conv1",
        },
    )
    plan = inspect(graph, image_data(3, 8), registry)
    assert shapes(plan, "sum", "both") == [(3, 8, 8), (6, 8, 8)]


def test_what_leads_to_no_loss_is_not_counted(registry):
    graph = lenet()
    extra = Graph(
        {**graph.nodes, "side": node("side", "torch.linear", out_features=50)},
        {**graph.wires, Slot("side"): Source("flatten")},
    )
    plan = inspect(extra, image_data(), registry)
    assert plan.nodes["side"].parameters == 401 * 50
    assert plan.parameters == 61_706


# ── what cannot be worked out ─────────────────────────────────────────────────────────────────────────────────────────


def test_without_data_nothing_is_known_and_nothing_is_wrong(registry):
    plan = inspect(lenet(), None, registry)
    assert plan.nodes == {}
    assert plan.problems == ()


def test_behind_a_placeholder_everything_is_skipped_silently(registry):
    graph = with_node(lenet(), Node("conv2", "acme.unknown"))
    plan = inspect(graph, image_data(), registry)
    assert set(plan.nodes) == {"image", "conv1", "relu1", "pool1"}
    assert plan.problems == ()


def test_bad_parameters_stop_their_branch_alone(registry):
    graph = wired(
        node("in", "nnstudio.input"),
        node("bad", "torch.linear", out_features=-3),
        node("after", "torch.relu"),
        node("good", "torch.linear", out_features=3),
        wires={"bad": "in", "after": "bad", "good": "in"},
    )
    assert set(inspect(graph, vector_data(), registry).nodes) == {"in", "good"}


def test_a_cycle_is_told_and_the_rest_worked_out(registry):
    graph = wired(
        node("in", "nnstudio.input"),
        node("fc", "torch.linear", out_features=3),
        node("a", "nnstudio.add"),
        node("b", "torch.relu"),
        node("after", "torch.tanh"),
        wires={
            "fc": "in",
            Slot("a", "inputs", 0): "fc",
            Slot("a", "inputs", 1): "b",
            "b": "a",
            "after": "b",
        },
    )
    plan = inspect(graph, vector_data(), registry)
    assert set(plan.nodes) == set(plan.order) == {"in", "fc"}
    assert [problem.code for problem in plan.problems] == ["graph.cycle"]
    assert not plan.ready


@pytest.mark.parametrize("wires", [{"a": "a"}, {"a": "b", "b": "a"}], ids=["itself", "pair"])
def test_a_graph_that_is_nothing_but_a_cycle(registry, wires):
    graph = wired(node("a", "torch.relu"), node("b", "torch.relu"), wires=wires)
    plan = inspect(graph, vector_data(), registry)
    assert any(problem.code == "graph.cycle" for problem in plan.problems)


def test_wires_to_nowhere_do_no_harm(registry):
    graph = lenet()
    lost = Graph(
        graph.nodes, {**graph.wires, Slot("ghost"): Source("fc3"), Slot("relu1", "no such port"): Source("ghost")}
    )
    assert inspect(lost, image_data(), registry).parameters == 61_706


def test_a_chain_of_ten_thousand_needs_no_deep_stack(registry):
    nodes = [node("in", "nnstudio.input"), *(node(f"relu{index}", "torch.relu") for index in range(10_000))]
    plan = inspect(chain(*nodes), vector_data(), registry)
    assert len(plan.nodes) == 10_001


# ── memory ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def attempts(monkeypatch):
    """The ids of the layers that were really tried out."""
    tried: list[str] = []
    attempt = trial.attempt

    def counted(spec, params, inputs, *form):
        tried.append(spec.id)
        return attempt(spec, params, inputs)

    monkeypatch.setattr(trial, "attempt", counted)
    return tried


def test_the_same_block_is_tried_out_once(registry, attempts):
    nodes = [node("in", "nnstudio.input"), *(node(f"fc{index}", "torch.linear", out_features=4) for index in range(50))]
    inspect(chain(*nodes), vector_data(4), registry)
    assert attempts == ["torch.linear"]


def test_an_edit_costs_no_more_than_it_reaches(registry, attempts):
    inspector, graph = Inspector(registry), lenet()
    inspector.inspect(graph, image_data())
    attempts.clear()
    plan = inspector.inspect(with_node(graph, graph.nodes["fc2"].with_param("out_features", 50)), image_data())
    assert attempts == ["torch.linear", "torch.relu", "torch.linear"]
    assert plan.nodes["fc3"].arguments["in_features"] == 50


def test_nothing_is_worked_out_for_a_move(registry, monkeypatch):
    inspector, graph = Inspector(registry), lenet()
    first = inspector.inspect(graph, image_data())
    monkeypatch.setattr(Inspector, "_outcome", lambda *_: pytest.fail("worked out again"))
    moved = Node("conv1", "torch.conv2d", graph.nodes["conv1"].params, position=(500.0, 80.0))
    assert inspector.inspect(with_node(graph, moved), image_data()) == first


@pytest.mark.parametrize("edit", ["param", "unwire", "remove", "rename", "data", "retype"])
def test_with_memory_the_plan_is_the_same_as_without(registry, edit):
    inspector, graph, info = Inspector(registry), lenet(), image_data()
    inspector.inspect(graph, info)
    match edit:
        case "param":
            graph = with_node(graph, graph.nodes["fc3"].with_param("out_features", 5))
        case "unwire":
            graph = Graph(graph.nodes, {slot: source for slot, source in graph.wires.items() if slot.node != "conv2"})
        case "remove":
            graph = Graph({id: each for id, each in graph.nodes.items() if id != "pool1"}, graph.wires)
        case "rename":
            graph = with_node(graph, Node("fc3", "torch.linear", {"out_features": 10}, name="scores"))
        case "data":
            info = image_data(3, 32, classes=7)
        case "retype":
            graph = with_node(graph, Node("relu1", "torch.tanh"))
    assert inspector.inspect(graph, info) == inspect(graph, info, registry)


def test_a_loss_advises_by_the_name_that_a_node_has_now(registry):
    inspector, info = Inspector(registry), image_data()
    graph = with_node(lenet(), node("fc3", "torch.linear", out_features=5))
    assert "'fc3'" in inspector.inspect(graph, info).problems[0].remedy
    renamed = with_node(graph, Node("fc3", "torch.linear", {"out_features": 5}, name="scores"))
    assert "'scores'" in inspector.inspect(renamed, info).problems[0].remedy


# ── names in code ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_names_in_code_are_valid_and_unique(registry):
    names = [
        "fc",
        "fc",
        "my layer!",
        "3x3",
        "class",
        "forward",
        "__init__",
        "parameters",
        "x",
        "σ1",
        "",
        "a\nimport os",
        "label",
    ]
    nodes = {f"n{index}": node(f"n{index}", "torch.relu", name) for index, name in enumerate(names)}
    graph = Graph({"in": node("in", "nnstudio.input"), **nodes}, {Slot(id): Source("in") for id in nodes})
    plan = inspect(graph, image_data(), registry)
    given = [plan.nodes[id].name for id in nodes]
    assert all(name.isidentifier() for name in given)
    assert len(set(given)) == len(given)
    assert given[0] == "fc"
    assert given[2:6] == ["my_layer", "n3x3", "class_", "forward_"]
    assert "label" not in given  # a field of the data: `forward` or `loss` has an argument of that name


def test_huge_layers_are_refused_before_memory_is_taken(registry):
    graph = chain(
        node("in", "nnstudio.input"),
        node("a", "torch.linear", out_features=1_000_000),
        node("b", "torch.linear", out_features=1_000_000),
    )
    (problem,) = inspect(graph, vector_data(), registry).problems
    assert (problem.code, problem.node) == ("layer.too_large", "b")
    assert problem.message == (
        "Linear 'b' would have 1\N{THIN SPACE}000\N{THIN SPACE}001\N{THIN SPACE}000\N{THIN SPACE}000 weights; "
        "the limit is 10\N{THIN SPACE}000\N{THIN SPACE}000\N{THIN SPACE}000."
    )


def test_many_large_layers_are_refused_together(registry):
    layers = [node(f"fc{index}", "torch.linear", out_features=90_000) for index in range(4)]
    plan = inspect(chain(node("in", "nnstudio.input"), *layers), vector_data(), registry)
    (problem,) = plan.problems
    assert problem.code == "layer.too_large"
    assert "network" in problem.message


@pytest.mark.parametrize(
    ("type", "params", "info"),
    [
        ("torch.conv2d", {"out_channels": 65_536, "kernel_size": 1, "padding": 200}, image_data()),
        ("torch.conv2d", {"out_channels": 65_536, "kernel_size": 4096, "padding": 4096}, image_data(3)),
        ("torch.conv_transpose2d", {"stride": 4096, "kernel_size": 2}, image_data()),
        ("torch.adaptive_avg_pool2d", {"output_size": 4096}, image_data(100)),
        ("torch.embedding", {"num_embeddings": 10_000_000, "embedding_dim": 65_536}, data({"t": FieldInfo("tokens", (9,), "int", vocabulary=9)})),
    ],
)  # fmt: skip
def test_large_outputs_and_hostile_sizes_are_refused(registry, type, params, info):
    plan = inspect(chain(node("in", "nnstudio.input"), node("big", type, **params)), info, registry)
    assert len(plan.problems) <= 1
    if plan.problems:
        assert plan.problems[0].code in {"layer.too_large"}
    else:  # the params' own range has refused it: `check` says so
        assert "big" not in plan.nodes


def test_costs_follow_from_the_sizes(registry):
    """Multiply-adds of a grouped, strided, dilated convolution, by hand."""
    layer = node("c", "torch.conv2d", out_channels=8, kernel_size=3, stride=2, dilation=2, groups=2, padding=1)
    plan = inspect(chain(node("in", "nnstudio.input"), layer), image_data(4, 20), registry)
    size = (20 + 2 - 2 * 2 - 1) // 2 + 1
    assert shapes(plan, "c") == [(8, size, size)]
    assert plan.nodes["c"].macs == math.prod((8, size, size, 4 // 2, 3, 3))
    assert plan.nodes["c"].parameters == 8 * 2 * 9 + 8
