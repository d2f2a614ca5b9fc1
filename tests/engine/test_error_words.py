"""Errors in a layer name the node, both shapes and what to do; where one click cures them, they bring it."""

import pytest
import torch
from graphs import LETTERS, chain, data, image_data, node, vector_data, wired

from nnstudio.data import FieldInfo
from nnstudio.engine.inspect import inspect
from nnstudio.params import Params
from nnstudio.problems import Fix, Problem
from nnstudio.project.edits import apply
from nnstudio.project.graph import Slot
from nnstudio.project.placing import fix_edit
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import LayerSpec

TOKENS = data({"text": FieldInfo("tokens", (9,), "int", vocabulary=50)})
SERIES = data({"series": FieldInfo("array", (9, 5), "float")})
LABEL = FieldInfo("label", (), "int", LETTERS)
YES_NO = FieldInfo("binary", (1,), "float")


def problem_of(registry, info, *nodes) -> Problem:
    (problem,) = inspect(chain(node("in", "nnstudio.input"), *nodes), info, registry).problems
    assert problem.node == nodes[-1].id
    assert problem.remedy
    return problem


def conv(id="conv2", **params):
    return node(id, "torch.conv2d", **params)


def test_a_linear_layer_behind_an_image_offers_flatten(registry):
    problem = problem_of(registry, image_data(3), conv(out_channels=16, kernel_size=5), node("fc1", "torch.linear"))
    assert problem.message == "Linear 'fc1' expects a vector, but Conv 2d 'conv2' gives 16×24×24."
    assert problem.fix == Fix("Insert Flatten", "insert_before", node="fc1", port="input", type="nnstudio.flatten")


@pytest.mark.parametrize(
    ("info", "nodes", "message"),
    [
        (vector_data(), [conv()], "Conv 2d 'conv2' expects an image (3 axes), but Input 'in' gives 4."),
        (
            image_data(3, 4),
            [conv("conv1"), conv(kernel_size=5)],
            "Conv 2d 'conv2' has a window of 5×5, but Conv 2d 'conv1' gives 16×2×2.",
        ),
        (
            image_data(3, 4),
            [conv(kernel_size=7, padding=1)],
            "Conv 2d 'conv2' has a window of 7×7, but Input 'in' gives 3×4×4 (6×6 with its padding).",
        ),
        (
            image_data(3, 1),
            [node("pool", "torch.max_pool2d")],
            "Max pool 'pool' would leave nothing of what it gets: Input 'in' gives 3×1×1.",
        ),
        (
            SERIES,
            [node("pool", "torch.max_pool1d", kernel_size=7)],
            "Max pool 1d 'pool' would leave nothing of what it gets: Input 'in' gives 9×5.",
        ),
        (
            image_data(3),
            [node("pool", "torch.max_pool2d", kernel_size=(1, 2, 3))],
            "Max pool 'pool' has sizes for another number of axes than it gets: Input 'in' gives 3×28×28.",
        ),
        (
            vector_data(10),
            [node("r", "nnstudio.reshape", shape=(3, -1))],
            "Reshape 'r' cannot make 3×? of the 10 values that Input 'in' gives (10).",
        ),
        (
            vector_data(10),
            [node("p", "nnstudio.permute", dims=(2, 1))],
            "Permute 'p' orders another number of axes than it gets: Input 'in' gives 10.",
        ),
        (
            vector_data(10),
            [node("s", "torch.softmax", dim=3)],
            "Softmax 's' names axis 3, but Input 'in' gives 10: behind the batch, which is axis 0, there are 1 … 1.",
        ),
        (
            vector_data(10),
            [node("s", "nnstudio.slice", start=8, length=4)],
            "Slice 's' reaches beyond what it gets: Input 'in' gives 10.",
        ),
        (
            vector_data(10),
            [node("s", "nnstudio.slice", start=12)],
            "Slice 's' reaches beyond what it gets: Input 'in' gives 10.",
        ),
        (
            vector_data(10),
            [node("s", "nnstudio.slice", start=12, length=None)],
            "Slice 's' reaches beyond what it gets: Input 'in' gives 10.",
        ),
        (SERIES, [node("s", "nnstudio.select", index=9)], "Select 's' reaches beyond what it gets: Input 'in' gives 9×5."),
        (
            SERIES,
            [node("c", "nnstudio.chunk", chunks=4, index=3, dim=-1)],
            "Chunk 'c' reaches beyond what it gets: Input 'in' gives 9×5.",
        ),
        (
            vector_data(10),
            [node("s", "nnstudio.select", dim=-2)],
            "Select 's' does not keep the batch axis in front (Input 'in' gives 10): samples would be mixed up.",
        ),
        (
            vector_data(10),
            [node("g", "torch.group_norm", num_groups=3)],
            "Group norm 'g': channels must be divisible by num_groups, but Input 'in' gives 10.",
        ),
        (
            image_data(3),
            [conv("a", kernel_size=28), node("n", "torch.instance_norm2d")],
            "Instance norm 'n' needs more than one position to take a mean over, but Conv 2d 'a' gives 16×1×1.",
        ),
        (
            image_data(3),
            [node("t", "torch.conv_transpose2d", padding=200)],
            "Transposed conv 't' would leave nothing of what it gets: Input 'in' gives 3×28×28.",
        ),
        (
            image_data(3),
            [conv(padding=40, padding_mode="reflect")],
            "Conv 2d 'conv2' has more padding than there is to copy from: Input 'in' gives 3×28×28.",
        ),
        (
            image_data(3),
            [node("e", "torch.embedding")],
            "Embedding 'e' expects whole numbers, but Input 'in' gives decimal numbers.",
        ),
        (TOKENS, [node("fc", "torch.linear")], "Linear 'fc' expects decimal numbers, but Input 'in' gives whole numbers."),
    ],
)  # fmt: skip
def test_the_sentence_names_node_and_shapes(registry, info, nodes, message):
    assert problem_of(registry, info, *nodes).message == message


@pytest.mark.parametrize(
    ("type", "message"),
    [
        ("nnstudio.add", "Add 'j' needs inputs of equal shape, but Conv 2d 'a' gives 3×26×26 and Conv 2d 'b' gives 16×24×24."),
        (
            "nnstudio.concatenate",
            "Concatenate 'j' joins along axis 1, so all other sizes must agree, "
            "but Conv 2d 'a' gives 3×26×26 and Conv 2d 'b' gives 16×24×24.",
        ),
    ],
)  # fmt: skip
def test_branches_that_do_not_fit_are_both_named(registry, type, message):
    graph = wired(
        node("in", "nnstudio.input"),
        conv("a", out_channels=3),
        conv("b", kernel_size=5),
        node("j", type),
        wires={"a": "in", "b": "in", Slot("j", "inputs", 0): "a", Slot("j", "inputs", 1): "b"},
    )
    (problem,) = inspect(graph, image_data(1), registry).problems
    assert problem.message == message


def test_matrices_that_cannot_be_multiplied_are_both_named(registry):
    graph = wired(
        node("in", "nnstudio.input"),
        node("m", "nnstudio.matmul"),
        wires={Slot("m", "left"): "in", Slot("m", "right"): "in"},
    )
    (problem,) = inspect(graph, SERIES, registry).problems
    words = "Matrix product 'm' needs as many columns on the left as there are rows on the right, but "
    assert problem.message == f"{words}Input 'in' gives 9×5 and Input 'in' gives 9×5."


# ── losses ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def ending(size, type, **params):
    return node("fc3", "torch.linear", out_features=size), node("loss1", type, **params)


@pytest.mark.parametrize("outputs", [5, 12])
def test_as_many_outputs_as_classes_are_asked_for_with_the_cure(registry, outputs):
    info = vector_data(4, FieldInfo("label", (), "int", LETTERS))
    problem = problem_of(registry, info, *ending(outputs, "torch.cross_entropy"))
    assert problem.message == f"Cross-entropy 'loss1' gets {outputs} outputs, but 'y' has 10 classes."
    assert problem.remedy == "Set out_features of 'fc3' to 10."
    assert problem.fix == Fix(
        "Set out_features of 'fc3' to 10", "set_param", node="fc3", param="out_features", value=10
    )


def test_the_cure_reaches_back_over_what_keeps_the_shape(registry):
    info = vector_data(4, FieldInfo("label", (), "int", LETTERS))
    fc, loss = ending(3, "torch.cross_entropy")
    problem = problem_of(registry, info, fc, node("drop", "torch.dropout"), loss)
    assert problem.fix is not None
    assert (problem.fix.node, problem.fix.value) == ("fc3", 10)


@pytest.mark.parametrize(
    ("field", "size", "type", "message"),
    [
        (LABEL, 10, "torch.mse", "Mean squared error 'loss1' compares with values, but 'y' has 10 classes."),
        (FieldInfo("value", (1,), "float"), 3, "torch.cross_entropy", "Cross-entropy 'loss1' compares with class labels, but 'y' has values to predict."),
        (FieldInfo("value", (1,), "float"), 3, "torch.mse", "Mean squared error 'loss1' gets 3 outputs, but 'y' has 1 value."),
        (YES_NO, 2, "torch.bce_with_logits", "Binary cross-entropy 'loss1' gets 2 outputs, but 'y' has 1 value."),
        (LABEL, 1, "torch.bce_with_logits", "Binary cross-entropy 'loss1' compares with targets of 0 or 1, but 'y' has 10 classes."),
    ],
)  # fmt: skip
def test_targets_that_do_not_fit_the_loss(registry, field, size, type, message):
    assert problem_of(registry, vector_data(4, field), *ending(size, type)).message == message


@pytest.mark.parametrize(
    ("field", "wrong", "right"),
    [
        (FieldInfo("label", (), "int", ("no", "yes")), "torch.bce_with_logits", "torch.cross_entropy"),
        (YES_NO, "torch.cross_entropy", "torch.bce_with_logits"),
        (FieldInfo("value", (1,), "float"), "torch.cross_entropy", "torch.mse"),
    ],
)
def test_a_loss_for_other_targets_is_replaced_by_one_click_and_the_next_cures_the_outputs(
    registry, field, wrong, right
):
    """XOR with binary cross-entropy: what the loss's own sentence offers is refused, so the way out is shown."""
    project = Project("P", chain(node("in", "nnstudio.input"), *ending(3, wrong)))
    for _ in range(2):
        problem = inspect(project.graph, vector_data(4, field), registry).problems[0]
        assert problem.fix is not None, problem
        edit = fix_edit(project, registry, problem.fix)
        assert edit is not None
        project = apply(project, edit)
    assert project.graph.nodes["loss1"].type == right
    assert not inspect(project.graph, vector_data(4, field), registry).problems


def test_an_image_is_no_set_of_scores(registry):
    problem = problem_of(registry, image_data(3), conv(), node("loss1", "torch.cross_entropy"))
    assert problem.message == "Cross-entropy 'loss1' gets 16×26×26 from Conv 2d 'conv2', but 'label' needs 10."


def test_fields_that_are_not_there_are_told_with_those_that_are(registry):
    problem = problem_of(registry, vector_data(), *ending(1, "torch.mse", target="z"))
    assert problem.message == "Mean squared error 'loss1' compares with the field 'z', which the data does not have."
    assert problem.remedy == "Fields: x, y."
    plan = inspect(chain(node("in", "nnstudio.input", field="zz")), vector_data(), registry)
    assert plan.problems[0].message == "Input 'in' reads the field 'zz', which the data does not have."


def test_data_without_a_target_needs_a_wire(registry):
    info = data({"x": FieldInfo("vector", (4,), "float")})
    assert problem_of(registry, info, *ending(1, "torch.mse")).code == "loss.no_target"


# ── plugins that fail ─────────────────────────────────────────────────────────────────────────────────────────────────


def registry_with(registry: Registry, spec: LayerSpec) -> Registry:
    layers = {**registry.layers, spec.id: spec}
    return Registry({**registry.specs, "layer": layers}, {**registry.origins, ("layer", spec.id): "acme"})


def broken(*_):
    raise ZeroDivisionError("in my own code")


@pytest.mark.parametrize(
    "spec",
    [
        LayerSpec("acme.l", "Swish", "activation", Params, call="F.relu({input})", arguments=broken),
        LayerSpec("acme.l", "Swish", "activation", Params, call="F.relu({input})", infer={"size": broken}),
        LayerSpec("acme.l", "Swish", "activation", Params, call="F.relu({input})", arguments=lambda *_: {"a": object()}),
        LayerSpec("acme.l", "Swish", "activation", Params, call="F.relu({nothing})"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="F.relu({input}"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="no_such_name({input})"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="F.no_such_function({input})"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="{input}.sum()"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="{input}.sum(0)"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="{input}.transpose(0, 1)"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="'text'"),
        LayerSpec("acme.l", "Swish", "activation", Params, call="({input}, {input})"),
        LayerSpec("acme.l", "Swish", "activation", Params, module="no_such_package.at_all:Swish"),
        LayerSpec("acme.l", "Swish", "activation", Params, module="torch.nn:NoSuchLayer"),
        LayerSpec("acme.l", "Swish", "activation", Params, module="torch.nn:Linear"),
        LayerSpec("acme.l", "Swish", "activation", Params, module="builtins:dict"),
    ],
)  # fmt: skip
def test_a_failing_plugin_is_named_with_its_node_and_takes_nothing_down(registry, spec):
    graph = wired(
        node("in", "nnstudio.input"), node("s", "acme.l"), node("ok", "torch.relu"), wires={"s": "in", "ok": "in"}
    )
    plan = inspect(graph, vector_data(), registry_with(registry, spec))
    (problem,) = plan.problems
    assert problem.node == "s"
    assert "Swish 's'" in problem.message
    assert "acme" in problem.message or problem.code == "shape.batch"
    assert "ok" in plan.nodes


class LooksAtValues(torch.nn.Module):
    """What the meta device cannot run: a layer that branches on its input."""

    def __init__(self, features: int, repeat: int = 2) -> None:
        super().__init__()
        self.scale = torch.nn.Parameter(torch.full((features,), torch.linspace(0, 1, 5).mean().item()))
        self.repeat = repeat

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.scale if x.sum().item() > 0 else torch.cat([x] * self.repeat, dim=1)


def looking(**arguments):
    module = f"{__name__}:LooksAtValues"
    return LayerSpec(
        "acme.l",
        "Look",
        "weights",
        Params,
        module=module,
        arguments=lambda params, shapes: {"features": shapes[0][1], **arguments},
    )


def test_a_layer_that_looks_at_values_is_tried_out_with_zeros(registry):
    graph = chain(node("in", "nnstudio.input"), node("l", "acme.l"))
    state = torch.get_rng_state()
    plan = inspect(graph, vector_data(6), registry_with(registry, looking()))
    assert plan.ready
    assert plan.nodes["l"].outputs == {"output": (-1, 12)}
    assert plan.nodes["l"].parameters == 6
    assert torch.equal(torch.get_rng_state(), state)


def test_but_not_where_that_would_take_much_memory(registry):
    graph = chain(node("in", "nnstudio.input"), node("l", "acme.l"))
    (problem,) = inspect(graph, vector_data(6), registry_with(registry, looking(repeat=10**12))).problems
    assert problem.code == "plugin.failed"
    assert "Look 'l'" in problem.message
