"""Every layer there is: its generated code runs, gives the shapes that the module gives, and its gradient is right in float64."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch
from graphs import LETTERS, data

from nnstudio import plugins
from nnstudio.data import FieldInfo
from nnstudio.engine.compile import compile_model
from nnstudio.engine.expression import signature
from nnstudio.engine.inspect import inspect
from nnstudio.plan import BATCH
from nnstudio.plugins import resolve
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Project
from nnstudio.specs import LossSpec

REGISTRY = plugins.load(safe_mode=True).registry
LAYERS = [spec for spec in REGISTRY.layers.values() if (spec.module or spec.call) and not isinstance(spec, LossSpec)]
LOSSES = [spec for spec in REGISTRY.layers.values() if isinstance(spec, LossSpec)]
SAMPLES = 3
SIZES = {2: (6,), 3: (4, 6), 4: (4, 6, 6), 5: (2, 3, 3, 3)}


@dataclass(frozen=True)
class Case:
    """What a layer is fed and set to, where the usual (the smallest rank it takes) will not do."""

    shape: tuple[int, ...] | None = None
    params: dict[str, Any] = field(default_factory=dict)
    positive: bool = False  # is defined for values above 0 alone


SPECIAL = {
    "torch.embedding": Case((5,), {"num_embeddings": 9, "embedding_dim": 3}),
    "nnstudio.permute": Case((4, 6)),
    "nnstudio.slice": Case((4, 6), {"dim": -1, "start": 2, "length": 3}),
    "nnstudio.select": Case((4, 6), {"dim": -2, "index": 1}),
    "nnstudio.chunk": Case((5, 6), {"chunks": 3, "index": 2}),
    "nnstudio.squeeze": Case((1, 6), {"dim": 1}),
    "nnstudio.transpose": Case((4, 6, 3), {"dim0": -1, "dim1": 1}),
    "nnstudio.matmul": Case((2, 4, 4)),
    "nnstudio.mean": Case((4, 6, 3), {"dim": [1, -1], "keepdim": True}),
    "nnstudio.sum": Case((4, 6), {"dim": -1}),
    "nnstudio.amax": Case((4, 6), {"dim": 1}),
    "nnstudio.scale": Case(params={"factor": -0.5}),
    "nnstudio.shift": Case(params={"term": -2.5}),
    "nnstudio.power": Case(params={"exponent": 0.5}, positive=True),
    "nnstudio.divide": Case(positive=True),
    "torch.log": Case(positive=True),
    "torch.clamp": Case(params={"min": -0.5, "max": None}),
    "nnstudio.reshape": Case((4, 6), {"shape": [6, 4]}),
    "nnstudio.flatten": Case((4, 6, 6)),
    "torch.group_norm": Case((4, 6, 6)),
    "torch.layer_norm": Case((4, 6), {"axes": 2}),
}


def graph_for(spec) -> tuple[Graph, Any]:
    """The layer, fed by as many inputs as it has ports (two for a port that takes many), with parameters small enough to check."""
    case = SPECIAL.get(spec.id, Case())
    shape = case.shape or SIZES[min(spec.ranks) if spec.ranks else 2]
    kind = "tokens" if spec.dtype == "int" else "array"
    fields: dict[str, FieldInfo] = {}
    nodes = {"it": Node("it", spec.id, {**small(spec), **case.params})}
    wires: dict[Slot, Source] = {}
    for port in spec.inputs:
        for order in range(2 if port.many else 1):
            name = f"given{len(fields)}"
            fields[name] = FieldInfo(kind, shape, spec.dtype or "float", vocabulary=9 if kind == "tokens" else 0)
            nodes[name] = Node(name, "nnstudio.input", {"field": name})
            wires[Slot("it", port.name, order)] = Source(name)
    return Graph(nodes, wires), data(fields)


def small(spec) -> dict[str, Any]:
    """Few weights, so that every one can be checked by differences."""
    return {name: 2 for name in ("out_channels", "out_features") if name in spec.params.model_fields}


def compiled(graph, info):
    """The module of a graph that has no loss yet: its code runs all the same."""
    from nnstudio.engine.codegen import module_code

    plan = inspect(graph, info, REGISTRY)
    assert not plan.problems, [str(problem) for problem in plan.problems]
    code = module_code(graph, plan, REGISTRY)
    namespace: dict[str, Any] = {}
    exec(code.text, namespace)
    return namespace[code.class_name](), plan


def inputs_for(plan, dtype=torch.float64):
    positive = SPECIAL.get(plan.nodes["it"].type, Case()).positive
    generator = torch.Generator().manual_seed(1)
    given = [plan.nodes[id] for id in plan.order if id.startswith("given")]
    values = []
    for each in given:
        shape = (SAMPLES, *each.outputs["output"][1:])
        if each.dtypes["output"] == "int":
            values.append(torch.randint(0, 9, shape, generator=generator))
        else:
            value = torch.randn(shape, generator=generator, dtype=dtype)
            values.append(value.abs() + 0.1 if positive else value)
    return values


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.id)
def test_the_generated_code_runs_and_has_the_planned_shapes(spec):
    graph, info = graph_for(spec)
    model, plan = compiled(graph, info)
    result = model.float()(*inputs_for(plan, torch.float32))
    results = result if isinstance(result, tuple) else (result,)
    planned = list(plan.nodes["it"].outputs.values())[: len(results)]
    assert [(BATCH, *each.shape[1:]) for each in results] == planned
    assert all(len(each) == SAMPLES for each in results)


@pytest.mark.parametrize("spec", [spec for spec in LAYERS if spec.module], ids=lambda spec: spec.id)
def test_the_generated_code_gives_what_the_module_gives(spec):
    """The constructor as written is the constructor as planned: the same weights from the same seed, the same result."""
    graph, info = graph_for(spec)
    torch.manual_seed(3)
    model, plan = compiled(graph, info)
    torch.manual_seed(3)
    reference = resolve(spec.module)(**plan.nodes["it"].arguments)
    inputs = inputs_for(plan, torch.float32)
    torch.manual_seed(4)
    result = model(*inputs)
    torch.manual_seed(4)
    assert torch.equal(result, reference(*inputs))
    assert plan.nodes["it"].parameters == sum(each.numel() for each in reference.parameters())
    assert set(plan.nodes["it"].arguments) <= set(signature(spec.module))


@pytest.mark.parametrize("spec", LAYERS, ids=lambda spec: spec.id)
def test_the_gradient_is_right_in_float64(spec):
    graph, info = graph_for(spec)
    model, plan = compiled(graph, info)
    model = model.double().eval() if spec.category == "regularization" else model.double()  # no noise between two looks
    if "norm" in spec.id:  # running statistics would change between two evaluations
        for part in model.modules():
            if hasattr(part, "track_running_stats"):
                part.momentum = 0.0
    inputs = inputs_for(plan)
    leaves = [each.requires_grad_() for each in inputs if each.is_floating_point()]
    weights = dict(model.named_parameters())

    def run(*values):
        mine = iter(values)
        given = [next(mine) if each.is_floating_point() else each for each in inputs]
        return torch.func.functional_call(model, dict(zip(weights, mine, strict=True)), tuple(given))

    assert torch.autograd.gradcheck(run, (*leaves, *weights.values()), eps=1e-6, atol=1e-5)


CUBE = (2, 3, 4)  # of one sample


@pytest.mark.parametrize(
    ("id", "params", "wanted"),
    [
        ("nnstudio.scale", {"factor": -2}, lambda x: x + x - 4 * x),
        ("nnstudio.shift", {"term": -3}, lambda x: x - 3),
        ("nnstudio.power", {"exponent": 3}, lambda x: x * x * x),
        ("nnstudio.power", {"exponent": 0.5}, lambda x: np.sqrt(x)),
        ("nnstudio.power", {"exponent": -1}, lambda x: 1 / x),
        ("torch.exp", {}, np.exp),
        ("torch.log", {}, np.log),
        ("torch.abs", {}, np.abs),
        ("torch.sin", {}, np.sin),
        ("torch.cos", {}, np.cos),
        ("torch.clamp", {}, lambda x: np.clip(x, 0, 1)),
        ("torch.clamp", {"min": None, "max": 0.7}, lambda x: np.minimum(x, 0.7)),
        ("torch.relu6", {}, lambda x: np.clip(x, 0, 6)),
        ("torch.selu", {}, lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1))),
        ("torch.mish", {}, lambda x: x * np.tanh(np.log(1 + np.exp(x)))),
        ("torch.hardswish", {}, lambda x: x * np.clip(x + 3, 0, 6) / 6),
        ("torch.log_softmax", {"dim": -1}, lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True))),
        ("nnstudio.select", {}, lambda x: x[:, -1]),
        ("nnstudio.select", {"dim": -2, "index": 1}, lambda x: x[:, :, 1]),
        ("nnstudio.slice", {"start": -2, "length": None, "dim": 3}, lambda x: x[..., 2:]),
        ("nnstudio.slice", {"start": 1, "length": None, "dim": -2}, lambda x: x[:, :, 1:]),
        ("nnstudio.slice", {"start": -3, "length": 2, "dim": 3}, lambda x: x[..., 1:3]),
        ("nnstudio.chunk", {"chunks": 2, "index": 1, "dim": 2}, lambda x: x[:, :, 2:]),
        ("nnstudio.unsqueeze", {"dim": -2}, lambda x: x[..., None, :]),
        ("nnstudio.squeeze", {"dim": 2}, lambda x: x),
        ("nnstudio.transpose", {"dim0": -1, "dim1": 1}, lambda x: np.swapaxes(x, 3, 1)),
        ("nnstudio.mean", {"dim": [2, -1], "keepdim": True}, lambda x: x.mean((2, 3), keepdims=True)),
        ("nnstudio.sum", {"dim": 2}, lambda x: x.sum(2)),
        ("nnstudio.amax", {"dim": (1, 2)}, lambda x: x.max((1, 2))),
    ],
)  # fmt: skip
def test_what_changes_values_and_axes_does_what_numpy_does(id, params, wanted):
    fields = {"x": FieldInfo("array", CUBE, "float")}
    nodes = {"in": Node("in", "nnstudio.input"), "it": Node("it", id, params)}
    model, plan = compiled(Graph(nodes, {Slot("it"): Source("in")}), data(fields))
    x = np.random.default_rng(0).uniform(0.2, 2, (SAMPLES, *CUBE))
    found = model(torch.tensor(x)).numpy()
    assert found.shape == wanted(x).shape and np.allclose(found, wanted(x), atol=1e-12)
    assert plan.nodes["it"].outputs["output"] == (BATCH, *found.shape[1:])


@pytest.mark.parametrize(
    ("id", "wanted"),
    [("nnstudio.matmul", lambda a, b: np.einsum("nij,njk->nik", a, b)), ("nnstudio.divide", lambda a, b: a / b)],
)
def test_two_values_are_joined_as_numpy_joins_them(id, wanted):
    fields = {name: FieldInfo("array", (3, 3), "float") for name in "ab"}
    nodes = {name: Node(name, "nnstudio.input", {"field": name}) for name in "ab"} | {"it": Node("it", id)}
    wires = {Slot("it", "left"): Source("a"), Slot("it", "right"): Source("b")}
    model, _ = compiled(Graph(nodes, wires), data(fields))
    a, b = np.random.default_rng(0).uniform(0.2, 2, (2, SAMPLES, 3, 3))
    assert np.allclose(model(torch.tensor(a), torch.tensor(b)).numpy(), wanted(a, b), atol=1e-12)


TARGETS = {
    "class": FieldInfo("label", (), "int", LETTERS[:4]),
    "value": FieldInfo("value", (4,), "float"),
    "binary": FieldInfo("binary", (4,), "float"),
}


@pytest.mark.parametrize("spec", LOSSES, ids=lambda spec: spec.id)
def test_every_loss_is_one_number_with_the_right_gradient(spec):
    fields = {"scores": FieldInfo("vector", (4,), "float")}
    compares = spec.target != "none"
    info = data(fields, "wanted", wanted=TARGETS[spec.target if compares else "value"])
    nodes = {"in": Node("in", "nnstudio.input"), "same": Node("same", "torch.sigmoid"), "end": Node("end", spec.id)}
    wires = {Slot("same"): Source("in"), Slot("end"): Source("same")}
    if not compares:  # it stands beside a loss that does
        nodes["main"], wires[Slot("main")] = Node("main", "torch.mse"), Source("same")
    graph = Graph(nodes, wires)
    made = compile_model(Project("A loss", graph), REGISTRY, info)
    generator = torch.Generator().manual_seed(1)
    scores = torch.randn(SAMPLES, 4, generator=generator, dtype=torch.float64, requires_grad=True)
    if spec.target == "class":
        wanted = torch.randint(0, 4, (SAMPLES,), generator=generator)
    else:
        wanted = torch.rand(SAMPLES, 4, generator=generator, dtype=torch.float64)
    assert made.loss(made.module(scores), wanted).shape == ()
    assert torch.autograd.gradcheck(lambda values: made.loss(made.module(values), wanted), (scores,))
