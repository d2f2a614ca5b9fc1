"""Of pasted code nothing is lost: what is drawn computes the same as the text run by torch, and whatever cannot be drawn stands as a placeholder,
wired where it stood, and is told with its line."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from graphs import image_data, vector_data
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from nnstudio import plugins
from nnstudio.engine.codegen import module_code
from nnstudio.engine.from_code import draw
from nnstudio.engine.inspect import inspect
from nnstudio.problems import Problem
from nnstudio.project.check import check
from nnstudio.project.graph import Graph, Slot, Source
from nnstudio.replies import Drawn

REGISTRY = plugins.load(safe_mode=True).registry
WIDTH = 6
INFO = vector_data(WIDTH)


def drawn(text: str) -> Drawn:
    return draw(text, REGISTRY)


def types(graph: Graph) -> list[str]:
    return [node.type.rpartition(".")[2] for node in graph]


def chain(text: str) -> list[str]:
    """The types along the chain that ends in the last node, which is all that is drawn."""
    graph = drawn(text).project.graph
    at = list(graph)[-1].id
    found = [at]
    while wires := graph.wires_into(at):
        (wire,) = wires
        at = wire.source.node
        found.insert(0, at)
    assert set(found) == set(graph.nodes), "nothing stands apart"
    return [graph.nodes[id].type.rpartition(".")[2] for id in found]


def told(problems: tuple[Problem, ...], line: int, words: str) -> bool:
    return any(problem.message.startswith(f"Line {line}:") and words in problem.message for problem in problems)


def module(made: str, result: str, before: str = "pass") -> str:
    lines = [
        f"    {before}",
        "    def __init__(self):",
        f"        {made}",
        "    def forward(self, x):",
        f"        return {result}",
    ]
    return "\n".join(["class N(nn.Module):", *lines])


# ── any small module ──────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Written:
    """A module as text. fed: by the name of each value, those that it is made of; lacking: {value: what of its line no layer does}."""

    layers: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    fed: dict[str, list[str]] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        head = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
        layers = [f"        self.{layer}" for layer in self.layers]
        body = [f"        {line}" for line in self.lines]
        return "\n".join([*head, *layers, "    def forward(self, x):", *body])

    def line_of(self, value: str) -> int:
        place = next(place for place, line in enumerate(self.lines) if line.startswith(f"{value} "))
        return 5 + len(self.layers) + place


DRAWABLE = (
    "F.relu({0})", "torch.tanh({0})", "{0}.sigmoid()", "F.softmax({0}, dim=-1)", "{0} + {1}", "{0} - {1}", "{0} * {1}", "{0} + (-{1})",
    "-{0}", "{0} * 0.5", "{0} ** 2 / 7", "1 - {0} + {1}", "torch.abs({0})", "{0} / ({1} ** 2 + 1)", "{0}.clamp(-1, 1)",
    "{0} - {0}.mean(dim=-1, keepdim=True)", "{0} * {1}[:, -1:]", "{0} + {1}[:, 0, None]", "{0}.sin() * {1}.sum(1).unsqueeze(-1)",
    "{0} + {1} + {0}", "(lambda t: F.silu(t))({0})", "F.relu({0}) if {0} is not None else {0}", "torch.mul({0}, {1})", "sum([{0}, {1}])",
)  # fmt: skip
NARROW = (
    "torch.cat([{0}[:, 2:5], {0}[:, :3]], dim=1)",
    "torch.cat({0}.chunk(2, dim=1), 1)",
    "torch.cat({0}.split([1, 5], dim=1), -1)",
)
LACKING = (
    "{0} % 2",
    "torch.erf({0})",
    "{0}.roll(1)",
    "{0}.cumsum(dim=1)",
    "torch.where({0} > 0, {0}, {1})",
    "{0}[:, [0, 0, 1, 1, 2, 2]]",
)
"""What no layer does, with as many values in as out."""


@st.composite
def modules(draw: st.DrawFn, lacking: bool) -> Written:
    """Values of one width made of earlier ones; names in the text are those of the nodes."""
    written, values = Written(), ["x"]
    for number in range(draw(st.integers(1, 7))):
        name, made_of = f"value_{number}", [draw(st.sampled_from(values)), draw(st.sampled_from(values))]
        kind = draw(st.sampled_from(["layer", "drawable", *(["lacking"] if lacking else ["narrow"])]))
        if kind == "layer":
            layer = f"part{number}"
            written.layers.append(f"{layer} = nn.Linear({WIDTH}, {WIDTH})")
            form = f"self.{layer}({{0}})"
        else:
            form = draw(st.sampled_from({"drawable": DRAWABLE, "narrow": NARROW, "lacking": LACKING}[kind]))
        expression = form.format(*made_of)
        written.lines.append(f"{name} = {expression}")
        written.fed[name] = made_of[:1] if "{1}" not in form else made_of
        if kind == "lacking":
            written.lacking[name] = expression
        values.append(name)
    read = {value for fed in written.fed.values() for value in fed}
    written.lines.append(f"return {' + '.join(value for value in values[1:] if value not in read)}")
    return written


def run(text: str, name: str) -> nn.Module:
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": functional}
    exec(text, names)
    return names[name]()


@settings(max_examples=25, deadline=None)
@given(modules(lacking=False), st.integers(0, 100))
def test_what_is_drawn_computes_what_torch_computes(written: Written, seed: int) -> None:
    found = draw(written.text, REGISTRY, INFO)
    assert found.problems == (), (written.text, found.problems)
    graph = found.project.graph
    torch.manual_seed(seed)
    original = run(written.text, "Net")
    code = module_code(graph, inspect(graph, INFO, REGISTRY), REGISTRY).text
    again = run(code, re.findall(r"class (\w+)", code)[-1])
    again.load_state_dict(original.state_dict())
    x = torch.randn(3, WIDTH)
    assert torch.allclose(again(x), original(x), atol=1e-5), (written.text, code)


@settings(max_examples=25, deadline=None)
@given(modules(lacking=True))
def test_what_cannot_be_drawn_stands_in_its_place_and_is_told(written: Written) -> None:
    found = drawn(written.text)
    graph = found.project.graph
    lines = {int(problem.message.split()[1].rstrip(":")) for problem in found.problems}
    assert lines == {written.line_of(value) for value in written.lacking}, (written.text, found.problems)
    layers = {line.partition(" ")[0] for line in written.layers}
    node_of = {"x": "input1"} | {
        value: layer if (layer := value.replace("value_", "part")) in layers else value for value in written.fed
    }
    value_of = {node: value for value, node in node_of.items()}

    def nearest(id: str) -> set[str]:
        """The values of the text that a node is made of."""
        sources = {wire.source.node for wire in graph.wires_into(id)}
        return {value for at in sources for value in ({value_of[at]} if at in value_of else nearest(at))}

    for value, fed in written.fed.items():
        assert nearest(node_of[value]) == set(fed), (written.text, value)
    for value, text in written.lacking.items():
        assert any(text == node.note or node.note in text for node in graph if node.note), "the note keeps the text"
        assert graph.nodes[value].type.startswith("python.")


# ── how people write ──────────────────────────────────────────────────────────────────────────────────────────────────

BLOCK = """
class B(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.l = nn.Linear(i, o)
    def forward(self, x):
        return F.relu(self.l(x))
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BLOCK + "net = nn.Sequential(B(1, 8), B(8, 8), nn.Dropout(), nn.Linear(8, 2))", ["input", "linear", "relu", "linear", "relu", "dropout", "linear"]),
        (BLOCK + "enc = B(4, 4)\nhead = nn.Linear(4, 2)", ["input", "linear", "relu", "linear"]),
        (BLOCK + "net = B(4, 4).to(device)\nloss_fn = nn.CrossEntropyLoss()", ["input", "linear", "relu", "cross_entropy"]),
        (BLOCK + "opt = torch.optim.Adam(net.parameters())", ["input", "linear", "relu"]),
        ("def mlp(a, b):\n    return nn.Sequential(nn.Linear(a, b), nn.ReLU())\nnet = mlp(784, 128)", ["linear", "relu"]),
        ("def mlp(a, b=3):\n    return nn.Sequential(nn.Linear(a, b), nn.ReLU())", ["linear", "relu"]),
        ("x = self.pool(F.relu(self.conv1(x)))\nx = torch.flatten(x, 1)\nreturn x", ["conv1", "relu", "pool", "flatten"]),
        ("y1 = nn.Linear(3, 4)(x)\ny1.relu_()\nnn.Tanh()(y1)", ["linear", "relu", "tanh"]),
        ("y1 = nn.Linear(3, 4)(x)\ny1[:, 0] = 0\nnn.Tanh()(y1)", ["linear", "assign", "tanh"]),
        ("y1 = nn.Linear(3, 4)(x)\nnn.Tanh()(y1[..., 1:3])", ["linear", "slice", "tanh"]),
        ("y1 = nn.Linear(3, 4)(x)\nnn.Tanh()(y1[:, -1])", ["linear", "select", "tanh"]),
        ("y1 = nn.Linear(3, 4)(x)\nnn.Tanh()(y1[:, [0, 0]])", ["linear", "index", "tanh"]),
        ("y1 = nn.Linear(3, 4)(x)\nnn.Tanh()(y1.squeeze_())", ["linear", "squeeze_", "tanh"]),
        ("if (y1 := nn.Linear(3, 4)(x)) is not None:\n    nn.Tanh()(y1)", ["linear", "tanh"]),
        ("nn.LazyLinear(10)\nnn.Linear(3, 4).cuda()", ["linear", "linear"]),
        ("self.m = nn.ModuleDict({'a': nn.Linear(4, 5), 'b': nn.ReLU()})\nfor k in self.m:\n    x = self.m[k](x)", ["linear", "relu"]),
        ("nn.Sequential(nn.Linear(3, 4), make(), nn.ReLU())", ["linear", "part", "relu"]),
    ],
)  # fmt: skip
def test_all_of_it_is_drawn(text: str, expected: list[str]) -> None:
    assert chain(text) == expected


def test_the_problem_of_a_placeholder_says_what_it_stands_for() -> None:
    project = drawn("y1 = nn.Linear(3, 4)(x)\nnn.Tanh()(~y1)").project
    (problem,) = [problem for problem in check(project, REGISTRY) if problem.node == "invert1"]
    assert "'~y1'" in problem.message and "plugin" not in str(problem)


def test_networks_that_the_text_makes_stand_side_by_side() -> None:
    graph = drawn(BLOCK + "one = B(4, 4)\ntwo = B(4, 3)").project.graph
    assert types(graph) == ["input", "linear", "relu"] * 2
    inputs = [node.id for node in graph if node.type == "nnstudio.input"]
    assert [graph.wires[Slot(id)] for id in ("one_l", "two_l")] == [Source(id) for id in inputs]


def test_a_script_that_trains_gives_its_network_and_no_false_words() -> None:
    text = f"""
import torch, argparse
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.lr_scheduler import StepLR
{BLOCK}
def train(model, loader):
    model.train()
    for data, target in loader:
        F.cross_entropy(model(data), target).backward()

def main():
    parser = argparse.ArgumentParser()
    model = B(4, 2).to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))
    train(model, StepLR(model))

if __name__ == "__main__":
    main()
"""
    found = drawn(text)
    assert types(found.project.graph) == ["input", "linear", "relu"]
    assert found.problems == () and found.project.graph.nodes["l"].params == {"out_features": 2}, "as main() makes it"


def test_annotated_class_attributes_are_read() -> None:
    found = drawn(module("self.c = nn.Conv2d(1, 8, self.k)", "self.c(x)", before="k: int = 7"))
    assert found.project.graph.nodes["c"].params["kernel_size"] == 7 and found.problems == ()


def test_the_outputs_of_a_placeholder_are_told_apart() -> None:
    found = drawn("out, (h, c) = self.rnn(x)\ntorch.cat([out, c], 1)")
    wires = found.project.graph.wires
    assert [wires[Slot("concat1", "inputs", order)].port for order in range(2)] == ["output", "output22"]
    assert told(found.problems, 1, "self.rnn(x)")


def test_gates_of_an_lstm_are_parts_of_one_layer() -> None:
    text = "y1 = nn.Linear(8, 24)(x)\ni, f, g = y1.chunk(3, dim=-1)\ni * f * torch.tanh(g)"
    graph = drawn(text).project.graph
    chunks = [dict(node.params) for node in graph if node.type == "nnstudio.chunk"]
    assert chunks == [{"chunks": 3, "dim": -1}, *({"chunks": 3, "index": place, "dim": -1} for place in (1, 2))]


def test_a_split_into_parts_of_one_size_is_slices_of_one_layer() -> None:
    text = "y1 = nn.Linear(8, 24)(x)\ni, f, g = y1.split(8, dim=-1)\ni * f * torch.tanh(g)"
    graph = drawn(text).project.graph
    slices = [dict(node.params) for node in graph if node.type == "nnstudio.slice"]
    assert slices == [
        {"dim": -1, "length": 8},
        {"dim": -1, "start": 8, "length": 8},
        {"dim": -1, "start": 16, "length": 8},
    ]


def test_what_is_made_for_nothing_and_what_comes_from_nowhere_are_told() -> None:
    found = drawn(module("self.a, self.drop = nn.Linear(3, 4), nn.Dropout()", "self.a(x) + bias"))
    assert told(found.problems, 4, "'drop'") and told(found.problems, 6, "'bias'")
    found = drawn(module("self.a = nn.ConvTranspose2d(3, 4, 2)", "self.a(x, output_size=x.size())"))
    assert told(found.problems, 6, "a size of another tensor")


def test_very_many_remarks_end_with_how_many_more_there_are() -> None:
    found = drawn("y1 = nn.Linear(3, 4)(x)\n" + "\n".join(f"y{n + 1} = y{n} % {n}" for n in range(1, 31)))
    assert found.problems[-1].message.startswith("10 more") and len(found.problems) == 21
    assert sum(bool(node.note) for node in found.project.graph) == 30


def test_each_node_has_a_name_of_its_own() -> None:
    graph = drawn("feat = nn.Linear(3, 4)(x)\nfeat = F.relu(feat)\nfeat = F.relu(feat)").project.graph
    labels = [node.label for node in graph]
    assert len(labels) == len(set(labels)) and "feat" in labels


def test_numbers_of_the_input_are_compared_with_the_data() -> None:
    text = module("self.fc = nn.Linear(400, 10)", "self.fc(x.flatten(1))")
    (problem,) = draw(text, REGISTRY, image_data(1, 28)).problems
    assert problem.node == "fc" and "'fc'" not in problem.message, "who shows it knows what the node is called there"
