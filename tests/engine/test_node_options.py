"""What any node can have: its weight in another form, or the weights of another node."""

import numpy as np
import pytest
import torch
from graphs import chain, image_data, node, vector_data, wired
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.engine.compile import compile_model
from nnstudio.engine.inspect import Inspector, inspect
from nnstudio.problems import NNStudioError
from nnstudio.project.check import check
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project

LINEAR = {"out_features": 5}


def reparametrized(form, layer=None, info=None):
    layer = layer or Node("fc1", "torch.linear", LINEAR)
    ends = node("in", "nnstudio.input"), node("flat", "nnstudio.flatten"), node("fc2", "torch.linear", out_features=1)
    return chain(ends[0], layer.with_option("reparametrize", form), *ends[1:], node("loss1", "torch.mse"))


def compiled(graph, info, registry):
    return compile_model(Project(graph=graph), registry, info)


# ── weight norm, spectral norm ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("N4")
@given(features=st.integers(1, 6), units=st.integers(1, 6), seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_weight_norm_is_g_v_over_the_norm_of_v(registry, features, units, seed):
    graph = reparametrized("weight_norm", Node("fc1", "torch.linear", {"out_features": units}))
    torch.manual_seed(seed)
    module = compiled(graph, vector_data(features), registry).module.double()
    parts = module.fc1.parametrizations.weight
    with torch.no_grad():
        parts.original0.uniform_(0.5, 2)
        parts.original1.normal_()
    g, v = parts.original0.detach().numpy(), parts.original1.detach().numpy()
    w = g * v / np.sqrt((v**2).sum(axis=1, keepdims=True))
    assert np.abs(module.fc1.weight.detach().numpy() - w).max() <= 1e-12
    assert np.allclose(np.linalg.norm(w, axis=1), g[:, 0], rtol=1e-12)  # the length is g, whatever v is
    x = np.random.default_rng(seed).normal(size=(3, features))
    out = module.fc1(torch.from_numpy(x)).detach().numpy()
    assert np.abs(out - (x @ w.T + module.fc1.bias.detach().numpy())).max() <= 1e-10


@pytest.mark.curriculum("N4")
@given(features=st.integers(2, 6), units=st.integers(2, 6), seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_spectral_norm_makes_the_largest_singular_value_one(registry, features, units, seed):
    graph = reparametrized("spectral_norm", Node("fc1", "torch.linear", {"out_features": units}))
    torch.manual_seed(seed)
    module = compiled(graph, vector_data(features), registry).module.double().train()
    generator = np.random.default_rng(seed)
    left, right = (np.linalg.qr(generator.normal(size=(n, n)))[0] for n in (units, features))
    rank = min(units, features)
    spectrum = 3.0 * 0.5 ** np.arange(rank)  # power iteration gains a factor 4 a step
    v = left[:, :rank] * spectrum @ right[:rank]
    with torch.no_grad():
        module.fc1.parametrizations.weight.original.copy_(torch.from_numpy(v))
        for _ in range(60):
            w = module.fc1.weight.numpy()
    assert np.linalg.svd(w, compute_uv=False)[0] == pytest.approx(1, abs=1e-10)
    assert np.abs(w - v / spectrum[0]).max() <= 1e-10


@pytest.mark.curriculum("N4")
@pytest.mark.parametrize("form", ["weight_norm", "spectral_norm"])
@pytest.mark.parametrize(
    ("type", "params"),
    [
        ("torch.conv2d", {"out_channels": 4, "kernel_size": 3}),
        ("torch.conv_transpose2d", {"out_channels": 4, "kernel_size": 3}),
        ("torch.linear", LINEAR),
    ],
)
def test_on_any_layer_with_a_weight(registry, form, type, params):
    graph = reparametrized(form, Node("layer1", type, params))
    info = vector_data(4) if type == "torch.linear" else image_data(2, 6)
    if type != "torch.linear":
        graph = Graph({**graph.nodes, "loss1": node("loss1", "torch.cross_entropy"),
                       "fc2": node("fc2", "torch.linear", out_features=10)}, graph.wires)  # fmt: skip
    plan = inspect(graph, info, registry)
    assert plan.problems == ()
    made = compiled(graph, info, registry)
    assert f"self.layer1 = nn.utils.parametrizations.{form}(nn." in made.code.text
    own = [parameter for name, parameter in made.module.named_parameters() if name.startswith("layer1.")]
    assert plan.nodes["layer1"].parameters == sum(parameter.numel() for parameter in own)
    assert plan.parameters == sum(parameter.numel() for parameter in made.module.parameters())


@pytest.mark.parametrize("type", ["torch.relu", "torch.batch_norm1d", "nnstudio.flatten"])
def test_a_layer_without_a_weight_matrix_says_so(registry, type):
    graph = reparametrized("weight_norm", Node("odd", type))
    with pytest.raises(NNStudioError) as raised:
        compiled(graph, vector_data(4), registry)
    (problem,) = raised.value.problems
    assert problem.code == "option.reparametrize"
    assert problem.node == "odd"
    assert "'odd' has no weight matrix" in problem.message


def test_an_unknown_form_is_named(registry):
    graph = reparametrized("batch_norm")
    (problem,) = [each for each in check(Project(graph=graph), registry) if each.node == "fc1"]
    assert "'batch_norm'" in problem.message
    assert problem.remedy == "Allowed: weight_norm, spectral_norm."
    assert "fc1" not in inspect(graph, vector_data(4), registry).nodes


def test_the_option_is_seen_by_an_inspector_that_knows_the_node_without(registry):
    inspector = Inspector(registry)
    plain = reparametrized(None)
    before = inspector.inspect(plain, vector_data(4)).parameters
    assert (
        inspector.inspect(reparametrized("weight_norm"), vector_data(4)).parameters == before + LINEAR["out_features"]
    )
    assert inspector.inspect(plain, vector_data(4)).parameters == before


# ── shared weights ────────────────────────────────────────────────────────────────────────────────────────────────────


def siamese(share="fc1", **params):
    """Two rows of features through the same layer, their difference to a value."""
    second = Node("fc2", "torch.linear", {**LINEAR, **params}, options={"share": share} if share else {})
    return wired(
        node("in", "nnstudio.input"),
        Node("fc1", "torch.linear", LINEAR),
        node("tanh", "torch.tanh"),
        node("fc0", "torch.linear", out_features=4),
        second,
        node("sum", "nnstudio.add"),
        node("out", "torch.linear", out_features=1),
        node("loss1", "torch.mse"),
        wires={"fc1": "in", "tanh": "fc1", "fc0": "in", "fc2": "fc0", Slot("sum", "inputs", 0): "tanh", Slot("sum", "inputs", 1): "fc2",
               "out": "sum", "loss1": "out"},
    )  # fmt: skip


def test_one_tensor_called_twice_counted_once(registry):
    plan = inspect(siamese(), vector_data(4), registry)
    made = compiled(siamese(), vector_data(4), registry)
    assert made.code.text.count("self.fc1(") == 2
    assert "self.fc2" not in made.code.text
    parameters = sum(parameter.numel() for parameter in made.module.parameters())
    assert plan.parameters == parameters == (4 * 5 + 5) + (4 * 4 + 4) + (5 + 1)
    assert (plan.nodes["fc1"].parameters, plan.nodes["fc2"].parameters) == (25, 0)
    assert plan.nodes["fc2"].macs == plan.nodes["fc1"].macs  # computed twice all the same
    assert f"{parameters:,} parameters" in made.code.text


@pytest.mark.curriculum("R3")
@given(seed=st.integers(0, 10**6), samples=st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_the_gradient_of_a_shared_weight_is_the_sum_of_both_uses(registry, seed, samples):
    torch.manual_seed(seed)
    shared = compiled(siamese(), vector_data(4), registry)
    shared.module.double()
    apart = compiled(siamese(share=""), vector_data(4), registry)
    apart.module.double()
    state = shared.module.state_dict()
    apart.module.load_state_dict(state | {"fc2.weight": state["fc1.weight"], "fc2.bias": state["fc1.bias"]})
    generator = np.random.default_rng(seed)
    x, y = (torch.from_numpy(generator.normal(size=(samples, n))) for n in (4, 1))
    for each in (shared, apart):
        each.loss(each.module(x), y).backward()
    theirs = apart.module.fc1.weight.grad + apart.module.fc2.weight.grad
    assert (shared.module.fc1.weight.grad - theirs).abs().max() <= 1e-12
    # … and by the definition: J = mean (a·(tanh(Wx) + W u) …)², differentiated by hand.
    w, b, u0, c0, a, c = (state[name].numpy() for name in
                          ("fc1.weight", "fc1.bias", "fc0.weight", "fc0.bias", "out.weight", "out.bias"))  # fmt: skip
    rows = x.numpy()
    u = rows @ u0.T + c0
    t = np.tanh(rows @ w.T + b)
    error = 2 * ((t + u @ w.T + b) @ a.T + c - y.numpy()) / samples
    delta = error @ a
    by_hand = (delta * (1 - t**2)).T @ rows + delta.T @ u
    assert np.abs(shared.module.fc1.weight.grad.numpy() - by_hand).max() <= 1e-10


def test_who_shares_may_come_first_and_the_owner_may_be_no_part_of_the_model(registry):
    first = chain(
        node("in", "nnstudio.input"),
        Node("fc_a", "torch.linear", {"out_features": 4}, options={"share": "fc_b"}),
        Node("fc_b", "torch.linear", {"out_features": 4}),
        node("out", "torch.linear", out_features=1),
        node("loss1", "torch.mse"),
    )
    made = compiled(first, vector_data(4), registry)
    assert [name for name, _ in made.module.named_children()] == ["fc_b", "out"]
    assert len(made.code.lines["fc_a"]) == 2
    lone = Graph(first.nodes, {**first.wires, Slot("out"): Source("fc_a")})
    alone = compiled(lone, vector_data(4), registry)
    assert "self.fc_b = nn.Linear(4, 4)" in alone.code.text
    plan = inspect(lone, vector_data(4), registry)
    assert plan.parameters == sum(parameter.numel() for parameter in alone.module.parameters()) == 20 + 5


@pytest.mark.parametrize(
    ("share", "params", "words"),
    [
        ("nobody", {}, "there is no such node"),
        ("fc2", {}, "shares its weights with itself"),
        ("tanh", {}, "of another kind"),
        ("fc1", {"bias": False}, "they differ in bias"),
        ("fc1", {"out_features": 4}, "they differ in out_features"),
    ],
)
def test_what_cannot_be_shared_says_why(registry, share, params, words):
    graph = siamese(share, **params)
    with pytest.raises(NNStudioError) as raised:
        compiled(graph, vector_data(4), registry)
    (problem,) = [each for each in raised.value.problems if each.code == "option.share"]
    assert problem.node == "fc2"
    assert words in problem.message


def test_other_shapes_chains_and_forms_cannot_be_shared(registry):
    graph = siamese()
    narrow = Graph({**graph.nodes, "fc0": node("fc0", "torch.linear", out_features=3)}, graph.wires)
    with pytest.raises(NNStudioError, match="in_features is 3, there 4"):
        compiled(narrow, vector_data(4), registry)
    chained = Graph({**graph.nodes, "fc1": graph.nodes["fc1"].with_option("share", "fc2")}, graph.wires)
    with pytest.raises(NNStudioError, match="which shares those of"):
        compiled(chained, vector_data(4), registry)
    formed = Graph({**graph.nodes, "fc2": graph.nodes["fc2"].with_option("reparametrize", "weight_norm")}, graph.wires)
    with pytest.raises(NNStudioError, match="their form is said there"):
        compiled(formed, vector_data(4), registry)
    both = Graph({**graph.nodes, "fc1": graph.nodes["fc1"].with_option("reparametrize", "weight_norm")}, graph.wires)
    assert compiled(both, vector_data(4), registry).code.text.count("weight_norm") == 1


# ── a loss without a target ───────────────────────────────────────────────────────────────────────────────────────────


def sparse(*, with_target=True):
    nodes = [
        node("in", "nnstudio.input"),
        node("fc1", "torch.linear", out_features=5),
        node("out", "torch.linear", out_features=1),
        node("a_sparse", "nnstudio.activity_l1", weight=0.1),
    ]
    wires = {"fc1": "in", "out": "fc1", "a_sparse": "fc1"}
    if with_target:
        nodes.append(node("loss1", "torch.mse"))
        wires["loss1"] = "out"
    return wired(*nodes, wires=wires)


@pytest.mark.curriculum("R4")
def test_a_loss_without_a_target_is_added_to_the_main_one(registry):
    made = compiled(sparse(), vector_data(4), registry)
    assert made.losses[0].node == "loss1"  # though the other comes first by name
    assert made.targets == ("y",)
    made.module.double()
    x, y = torch.randn(6, 4, dtype=torch.float64), torch.randn(6, 1, dtype=torch.float64)
    output, hidden = made.module(x)
    spec = made.losses[1]
    assert spec.spec.target == "none"
    alone = made.loss(output, torch.zeros_like(hidden), y)
    assert alone.item() == pytest.approx(((output - y) ** 2).mean().item(), abs=1e-12)
    assert made.loss(output, hidden, y) > alone


def test_alone_it_says_nothing_of_what_to_learn(registry):
    problems = check(Project(graph=sparse(with_target=False)), registry)
    (problem,) = [each for each in problems if each.code == "graph.no_target_loss"]
    assert "'a_sparse'" in problem.message
    assert problem.fix is not None
