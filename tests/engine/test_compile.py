"""compile runs exactly the code that is shown, and an exception in it names its node."""

import traceback

import pytest
import torch
from graphs import chain, image_data, lenet, node, vector_data, with_node

from nnstudio.data import FieldInfo
from nnstudio.engine import memory
from nnstudio.engine.compile import compile_model
from nnstudio.problems import NNStudioError
from nnstudio.project.graph import Graph
from nnstudio.project.project import Project


@pytest.fixture
def compiled(registry):
    return compile_model(Project("LeNet", lenet()), registry, image_data())


def test_the_module_is_an_ordinary_one(compiled):
    assert type(compiled.module).__name__ == "LeNet"
    assert sum(weight.numel() for weight in compiled.module.parameters()) == compiled.plan.parameters == 61_706
    assert [name for name, _ in compiled.module.named_children()] == ["conv1", "conv2", "fc1", "fc2", "fc3"]
    assert compiled.input_fields == ("image",)
    assert compiled.targets == ("label",)
    assert [(term.node, term.output, term.target_field) for term in compiled.losses] == [("loss1", 0, "label")]


def test_it_computes_what_the_same_layers_by_hand_compute(compiled):
    module = compiled.module
    image, label = torch.randn(4, 1, 28, 28), torch.randint(0, 10, (4,))
    x = torch.max_pool2d(torch.relu(module.conv1(image)), 2)
    x = torch.max_pool2d(torch.relu(module.conv2(x)), 2).reshape(4, -1)
    x = module.fc3(torch.relu(module.fc2(torch.relu(module.fc1(x)))))
    assert torch.equal(module(image), x)
    assert torch.equal(compiled.loss(x, label), torch.nn.functional.cross_entropy(x, label))


def test_what_does_not_fit_into_the_machine_is_refused_before_memory_is_taken(registry, monkeypatch):
    needed = 61_706 * 8
    monkeypatch.setattr(memory, "machine", lambda: needed)
    assert compile_model(Project("LeNet", lenet()), registry, image_data()).plan.parameters == 61_706
    monkeypatch.setattr(memory, "machine", lambda: needed - 1)
    monkeypatch.setattr("nnstudio.engine.compile.model_code", lambda *_, **__: pytest.fail("memory may be taken"))
    with pytest.raises(NNStudioError, match="weights and their gradients take") as caught:
        compile_model(Project("LeNet", lenet()), registry, image_data())
    assert caught.value.problems[0].node == "fc1"


def test_the_memory_of_this_machine_is_known_or_said_not_to_be():
    there = memory.machine()
    assert there is None or 2**28 < there < 2**50


def test_no_hook_and_no_interpreter_stands_between(compiled):
    for part in compiled.module.modules():
        assert not part._forward_hooks
        assert not part._forward_pre_hooks
        assert not part._backward_hooks


def test_the_same_seed_gives_the_same_weights_whatever_was_inspected_before(registry):
    def weights():
        torch.manual_seed(5)
        return compile_model(Project("LeNet", lenet()), registry, image_data()).module.state_dict()

    first, second = weights(), weights()
    assert all(torch.equal(first[name], second[name]) for name in first)
    torch.manual_seed(5)
    reference = torch.nn.Conv2d(1, 6, 5, padding=2)
    assert torch.equal(first["conv1.weight"], reference.weight)


def test_a_traceback_shows_the_line_and_names_the_node(compiled):
    with pytest.raises(RuntimeError) as caught:
        compiled.module(torch.randn(2, 1, 20, 20))
    assert compiled.node_of(caught.value) == "fc1"
    assert "x = self.fc1(x)" in "".join(traceback.format_exception(caught.value))
    problem = compiled.problem(caught.value)
    assert problem.node == "fc1"
    assert problem.message.startswith("Linear 'fc1' failed on 400 (RuntimeError: ")


def test_an_exception_in_the_loss_names_the_loss(compiled):
    with pytest.raises(IndexError) as caught:
        compiled.loss(torch.randn(2, 10), torch.tensor([3, 99]))
    assert compiled.node_of(caught.value) == "loss1"


def test_an_exception_from_elsewhere_names_no_node(compiled):
    assert compiled.node_of(ValueError("elsewhere")) is None
    assert compiled.problem(ValueError("elsewhere")).node is None


@pytest.mark.parametrize(
    ("graph", "code"),
    [
        (Graph(), "graph.no_input"),
        (Graph({id: each for id, each in lenet().nodes.items() if id != "loss1"}, {}), "graph.unwired"),
        (with_node(lenet(), node("fc3", "torch.linear", out_features=5)), "loss.outputs"),
        (with_node(lenet(), node("fc3", "acme.unknown")), "graph.unknown_layer"),
        (with_node(lenet(), node("fc3", "torch.linear", out_features="many")), "param.invalid"),
    ],
)
def test_what_is_unsound_is_refused_with_all_its_problems(registry, graph, code):
    with pytest.raises(NNStudioError) as caught:
        compile_model(Project("Broken", graph), registry, image_data())
    assert code in {problem.code for problem in caught.value.problems}


def test_a_network_without_weights_is_a_network(registry):
    graph = chain(node("in", "nnstudio.input"), node("tanh", "torch.tanh"), node("loss1", "torch.mse"))
    made = compile_model(Project("No weights", graph), registry, vector_data(3, FieldInfo("value", (3,), "float")))
    values = torch.randn(2, 3)
    assert torch.equal(made.module(values), torch.tanh(values))
