"""Pasted code becomes the network that it describes; nothing of it runs; what is not understood is told with its line."""

import itertools
import sys
from collections import Counter
from typing import Any

import pytest
from graphs import image_data, lenet, vector_data
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import networks

from nnstudio import plugins
from nnstudio.data import DataInfo
from nnstudio.engine.codegen import module_code
from nnstudio.engine.expression import literal
from nnstudio.engine.from_code import draw
from nnstudio.engine.inspect import inspect
from nnstudio.engine.interface import interface
from nnstudio.plan import NodePlan, Plan
from nnstudio.problems import NNStudioError
from nnstudio.project.check import check
from nnstudio.project.graph import Graph
from nnstudio.registry import Registry
from nnstudio.replies import Drawn

REGISTRY = plugins.load(safe_mode=True).registry
EDGES = {"nnstudio.block_input", "nnstudio.block_output"}  # within a block alone
SAME = {"nnstudio.identity", "nnstudio.reroute"}
JOINTS = {"nnstudio.add", "nnstudio.multiply"}
COMMON = Registry(
    {
        **REGISTRY.specs,
        "layer": {id: spec for id, spec in REGISTRY.layers.items() if not spec.hidden and id not in EDGES},
    }
)


def drawn(text: str, info: DataInfo | None = None) -> Drawn:
    return draw(text, REGISTRY, info)


def kinds(text: str) -> list[str]:
    """The types along the only chain."""
    graph = drawn(text).project.graph
    order = list(graph)
    for before, after in itertools.pairwise(order):
        assert [wire.source.node for wire in graph.wires_into(after.id)] == [before.id]
    return [node.type.rpartition(".")[2] for node in order]


def params(text: str) -> dict:
    (node,) = drawn(text).project.graph
    return dict(node.params)


def refused(text: str) -> str:
    with pytest.raises(NNStudioError) as error:
        drawn(text)
    return str(error.value)


# ── what our own code comes back as ───────────────────────────────────────────────────────────────────────────────────


def hands_on(graph: Graph, id: str) -> bool:
    """Is its output its input: nothing that code would have to say?"""
    type = graph.nodes[id].type
    return type in SAME or (type in JOINTS and len(graph.wires_into(id)) == 1)


def arguments_of(graph: Graph, each: NodePlan) -> dict[str, Any]:
    """With its share in the sum of losses; a penalty's strength and its share are one number in code."""
    arguments = dict(each.arguments)
    weight = graph.nodes[each.id].params.get("weight", 1)
    if "strength" in arguments:
        return arguments | {"strength": f"{arguments['strength'] * weight:.12g}"}
    return arguments | ({"share": float(weight)} if weight != 1 else {})


def meaning(graph: Graph, plan: Plan) -> Counter:
    """Every computation with all that it is computed from; ids, names and positions do not count."""
    face = interface(graph, plan, REGISTRY)
    known: dict[str, str] = {}

    def of(id: str) -> str:
        if id not in known:
            each = plan.nodes[id]
            if each.type == "nnstudio.input":
                known[id] = f"field {each.fields['output']}"
            elif hands_on(graph, id):
                known[id] = of(graph.wires_into(id)[0].source.node)
            else:
                wires = [
                    (wire.target.port, of(wire.source.node), wire.source.port)
                    for wire in graph.wires_into(id)
                    if wire.target.port not in each.fields  # a target wired to an input is read as that field
                ]
                shared = of(each.shares) if each.shares else ""
                parts = (each.type, literal(arguments_of(graph, each)), *wires, *each.fields.values(), shared)
                known[id] = str(hash(parts))
        return known[id]

    body = [id for id in (*face.body, *(term.node for term in face.losses)) if not hands_on(graph, id)]
    return Counter(of(id) for id in body)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(networks(COMMON, max_nodes=10), st.sampled_from([image_data(3, 12, classes=4), vector_data(6)]))
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_generated_code_pasted_back_means_the_same(graph: Graph, info: DataInfo) -> None:
    plan = inspect(graph, info, REGISTRY)
    face = interface(graph, plan, REGISTRY)
    if all(hands_on(graph, id) for id in face.body):
        return
    text = module_code(graph, plan, REGISTRY).text
    found = drawn(text, info)
    assert found.problems == (), (text, found.problems)
    again = inspect(found.project.graph, info, REGISTRY)
    assert meaning(found.project.graph, again) == meaning(graph, plan), text


def test_lenet_comes_back_with_its_names() -> None:
    info = image_data()
    graph = lenet()
    text = module_code(graph, inspect(graph, info, REGISTRY), REGISTRY).text
    found = drawn(text, info).project.graph
    assert {"conv1", "conv2", "fc1", "fc2"} <= set(found.nodes)
    assert module_code(found, inspect(found, info, REGISTRY), REGISTRY).text.count("nn.Linear") == text.count(
        "nn.Linear"
    )


# ── how people write ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_sequential() -> None:
    text = "nn.Sequential(nn.Conv2d(1, 6, 5, padding='same'), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(1176, 10))"
    assert kinds(text) == ["conv2d", "relu", "max_pool2d", "flatten", "linear"]


@pytest.mark.parametrize(
    "text",
    [
        "nn.Linear(3, 4)\nnn.ReLU()\nnn.Linear(4, 2)",
        "nn.Linear(3, 4),\nnn.ReLU(),\nnn.Linear(4, 2),",
        "    self.a = nn.Linear(3, 4)\n    self.act = nn.ReLU()\n    self.b = nn.Linear(4, 2)",
        "self.a = nn.Linear(3, 4)\n        self.act = nn.ReLU()\n        self.b = nn.Linear(4, 2)",
        "Linear(3, 4)\nReLU()\nLinear(4, 2)",
        "```python\nlayers = [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)]\nnet = nn.Sequential(*layers)\n```",
        "I use\n```\nnet = nn.Sequential(OrderedDict([('a', nn.Linear(3, 4)), ('r', nn.ReLU()), ('b', nn.Linear(4, 2))]))\n```\nok?",
        ">>> import torch.nn as nn\n>>> net = nn.Sequential(nn.Linear(3, 4), nn.Sequential(nn.ReLU()), nn.Linear(4, 2))",
        "from torch.nn import Linear, ReLU as R\nx = Linear(3, 4)(x)\nx = R()(x)\nx = Linear(4, 2)(x)",
        "x = F.linear1\nx = nn.Linear(3, 4)(inputs)\nreturn nn.Linear(4, 2)(F.relu(x))",
    ],
)
def test_three_layers_however_they_are_written(text: str) -> None:
    assert kinds(text) == ["linear", "relu", "linear"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("nn.Sequential(*[nn.Linear(8, 8) for _ in range(5)])", 5),
        ("layers = []\nfor i in range(3):\n    layers += [nn.Linear(8, 8), nn.ReLU()]\nnn.Sequential(*layers)", 6),
        ("nn.Sequential(*(nn.Linear(a, b) for a, b in zip([1, 2], [2, 3])))", 2),
        ("nn.Sequential(*([nn.ReLU()] * 3))", 3),
        ("sizes = [4, 3, 2]\nfor a, b in zip(sizes[:-1], sizes[1:]):\n    nn.Linear(a, b)", 2),
    ],
)
def test_repeats(text: str, count: int) -> None:
    assert len(drawn(text).project.graph.nodes) == count


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nn.Conv2d(3, 8, (3, 5), stride=2, bias=False)", {"out_channels": 8, "kernel_size": [3, 5], "stride": 2, "bias": False}),
        ("nn.ConvTranspose2d(3, 8, 4)", {"out_channels": 8, "kernel_size": 4, "stride": 1}),
        ("nn.MaxPool2d(2)", {}),
        ("nn.MaxPool2d(3, 2, padding=1)", {"kernel_size": 3, "stride": 2, "padding": 1}),
        ("F.max_pool2d(x, 3, 2, 1)", {"kernel_size": 3, "stride": 2, "padding": 1}),
        ("F.avg_pool2d(x, (2, 2))", {"kernel_size": [2, 2]}),
        ("nn.LayerNorm([6, 12, 12], eps=1e-6)", {"axes": 3, "eps": 1e-6}),
        ("nn.LayerNorm(64)", {}),
        ("nn.GroupNorm(4, 16)", {"num_groups": 4}),
        ("nn.Dropout()", {}),
        ("F.dropout(x, 0.2, training=self.training)", {"p": 0.2}),
        ("nn.LeakyReLU(0.2, inplace=True)", {"negative_slope": 0.2}),
        ("F.leaky_relu(x, negative_slope=0.2)", {"negative_slope": 0.2}),
        ("torch.softmax(x, dim=2)", {"dim": 2}),
        ("x.softmax(-1 + 2)", {}),
        ("torch.flatten(x, 2)", {"start_dim": 2}),
        ("x.view(x.size(0), -1)", {}),
        ("x.view(-1, 16 * 5 * 5)", {}),
        ("x.view(len(x), 16, 5, 5)", {"shape": [16, 5, 5]}),
        ("x.permute(0, 2, 1)", {}),
        ("nn.Embedding(100, 16)", {"num_embeddings": 100, "embedding_dim": 16}),
        ("nn.AdaptiveAvgPool2d((1, 1))", {"output_size": [1, 1]}),
        ("x.mean(dim=(2, 3))", {}),
        ("x.mean([-2, -1])", {}),
        ("nn.CrossEntropyLoss(label_smoothing=0.1)", {"label_smoothing": 0.1}),
        ("nn.utils.parametrizations.weight_norm(nn.Linear(3, 5))", {"out_features": 5}),
    ],
)  # fmt: skip
def test_arguments_become_parameters(text: str, expected: dict) -> None:
    found = drawn(text)
    assert params(text) == expected
    assert found.problems == ()


def test_weight_norm_is_an_option() -> None:
    (node,) = drawn("nn.utils.parametrizations.weight_norm(nn.Linear(3, 5))").project.graph
    assert node.options == {"reparametrize": "weight_norm"}


RESNET = """
import torch.nn as nn
import torch.nn.functional as F

class BasicBlock(nn.Module):
    expansion = 1
    def __init__(self, in_planes, planes, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, self.expansion * planes, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion * planes),
            )
    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)

class ResNet(nn.Module):
    def __init__(self, block, num_blocks, num_classes=10):
        super(ResNet, self).__init__()
        self.in_planes = 16
        self.conv1 = nn.Conv2d(3, 16, kernel_size=3, padding=1, bias=False)
        self.layer1 = self._make_layer(block, 16, num_blocks[0], stride=1)
        self.layer2 = self._make_layer(block, 32, num_blocks[1], stride=2)
        self.linear = nn.Linear(32 * block.expansion, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight)
    def _make_layer(self, block, planes, num_blocks, stride):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)
    def forward(self, x):
        out = self.layer2(self.layer1(self.conv1(x)))
        out = F.adaptive_avg_pool2d(out, 1)
        return self.linear(out.view(out.size(0), -1))

def small():
    return ResNet(BasicBlock, [2, 2])
"""


def test_a_resnet_as_it_is_found_in_the_wild_is_drawn_and_works() -> None:
    info = image_data(3, 32)
    found = drawn(RESNET, info)
    assert found.problems == ()
    graph = found.project.graph
    plan = inspect(graph, info, REGISTRY)
    assert len(plan.nodes) == len(graph.nodes) and plan.ready
    count = Counter(node.type for node in graph)
    assert (count["torch.conv2d"], count["nnstudio.add"], count["torch.batch_norm2d"]) == (10, 4, 9)
    assert {"conv1", "linear", "layer1_0_conv1", "layer2_1_bn2"} <= set(graph.nodes)
    assert plan.parameters == 43_194
    positions = [node.position for node in graph]
    assert len(set(positions)) == len(positions), "laid out"


def test_a_module_called_twice_shares_its_weights() -> None:
    graph = drawn("c = nn.Conv2d(3, 8, 3, padding=1)\ny1 = c(x)\nz = torch.cat([y1, c(x)], dim=1)").project.graph
    (second,) = [node for node in graph if node.options]
    assert second.options == {"share": "y1"} or second.options == {"share": "c"}
    assert [wire.target.order for wire in graph.wires_into("concat1")] == [0, 1]


def test_a_class_with_two_inputs_and_residuals() -> None:
    text = """
class Two(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.left, self.right = nn.Linear(4, width), nn.Linear(3, width)
        self.out = nn.Linear(width, 1)
    def forward(self, a, b, verbose=False):
        a, b = self.left(a), self.right(b)
        h = a * b
        h = h + a
        if verbose:
            print(h.shape)
        return self.out(torch.relu(h))
"""
    found = drawn(text)
    assert found.problems == ()
    types = Counter(node.type for node in found.project.graph)
    assert types["nnstudio.input"] == 2 and types["nnstudio.add"] == types["nnstudio.multiply"] == 1
    fields = {node.params.get("field", "") for node in found.project.graph if node.type == "nnstudio.input"}
    assert fields == {"", "b"}, "the data's first field, and the one of that name"


def test_a_forward_without_its_class() -> None:
    assert kinds("def forward(self, x):\n    x = F.relu(self.fc(x))\n    return x")[-1] == "relu"


# ── what is not understood ────────────────────────────────────────────────────────────────────────────────────────────


def test_unknown_layers_are_placeholders_that_name_their_line() -> None:
    found = drawn("nn.Linear(3, 4)\nnn.LSTM(4, 8)\nnn.Linear(8, 2)")
    assert [node.type for node in found.project.graph] == ["torch.linear", "python.LSTM", "torch.linear"]
    (problem,) = found.problems
    assert "Line 2" in problem.message and "nn.LSTM" in problem.message
    codes = {problem.code for problem in check(found.project, REGISTRY)}
    assert "graph.unknown_type" in codes or any("unknown" in code for code in codes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nn.MaxPool2d(2, return_indices=True)", "return_indices"),
        ("nn.Linear(3, n)", "out_features"),
        ("nn.Linear(3, -4)", "out_features"),
        ("y1 = nn.Linear(3, 4)(x)\ny1 % 3", "Line 2"),
        ("y1 = nn.Linear(3, 4)(x)\nfor i in range(n):\n    y1 = F.relu(y1)", "Line 2"),
        ("y1 = nn.Linear(3, 4)(x)\nif n > 3:\n    y1 = F.relu(y1)", "n > 3"),
        ("y1 = nn.Linear(3, 4)(x)\nwhile True:\n    pass", "while True"),
        ("y1 = nn.Linear(3, 4)(x)\nF.normalize(y1, dim=1)", "normalize"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_the_rest_is_drawn(text: str, words: str) -> None:
    found = drawn(text)
    assert found.project.graph.nodes
    assert any(words in problem.message and problem.message.startswith("Line ") for problem in found.problems)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no layers"),
        ("just = 3", "no layers"),
        ("hello world, how are you", "Line 1"),
        ("class Net(nn.Module):\n    def forward(self x):\n        return x", "Line 2"),
        ("nn.Linear(1, 2, 3, 4, 5, 6, 7)", "at most 5"),
        ("nn.Linear(3, 4, wings=2)", "wings"),
        ("for i in range(10**9):\n    nn.ReLU()", "the loop is left out"),
        ("a" * (1 << 21), "million"),
        ("(" * 5000, "no Python"),
        ("x = 1\n" * 300_000, "million"),
        ("nn.Sequential(*[nn.ReLU() for _ in range(9999) for _ in range(9999)])", "loops too often"),
        ("\0nn.Linear(3, 4)", "no Python"),
    ],
)
def test_what_gives_nothing_is_refused_with_words(text: str, words: str) -> None:
    assert words in refused(text)


def test_nothing_of_the_text_is_executed() -> None:
    evil = """
import os, sys
sys.from_code_was_here = True
os.environ["FROM_CODE"] = "1"
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        exec("import sys; sys.from_code_was_here = True")
        __import__("sys").from_code_was_here = True
        self.fc = nn.Linear(3, [setattr(sys, "from_code_was_here", True), 4][1])
        eval("sys.exit()")
    def forward(self, x):
        return self.fc(x)
"""
    found = drawn(evil)
    assert [node.type for node in found.project.graph][-1] == "torch.linear"
    assert not hasattr(sys, "from_code_was_here")


def test_monstrous_constants_are_not_worked_out() -> None:
    assert params("nn.Linear(9**9**9**9, 3)") == {"out_features": 3}
    assert params("nn.Linear('a' * 10**12, 3)") == {"out_features": 3}
    assert params("nn.Linear([0] * 10**12, 3)") == {"out_features": 3}


def test_functions_that_call_themselves_end() -> None:
    text = "def f(x):\n    return f(F.relu(x))\ny1 = f(x)"
    found = drawn(text)
    assert any("too deeply" in problem.message for problem in found.problems)


def test_numbers_that_disagree_with_the_data_are_told() -> None:
    text = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(400, 10)
    def forward(self, image):
        return self.fc(image.flatten(1))
"""
    (problem,) = drawn(text, image_data(1, 28)).problems
    assert "400" in problem.message and "784" in problem.message and problem.node == "fc"
    assert drawn(text.replace("400", "784"), image_data(1, 28)).problems == ()


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60), st.integers(0, 1500), st.integers(0, 1500))
def test_torn_code_gives_a_drawing_or_words(noise: str, start: int, end: int) -> None:
    try:
        assert drawn(RESNET[:start] + noise + RESNET[end:]).project.graph.nodes
    except NNStudioError as error:
        assert str(error)
