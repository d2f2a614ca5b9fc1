"""What is drawn is the network that the text means, by the names that it has there; and what is said of it is true, and said once."""

import pytest
from graphs import image_data

from nnstudio import plugins
from nnstudio.engine.codegen import module_code
from nnstudio.engine.from_code import draw
from nnstudio.engine.from_code.drawing import says_more
from nnstudio.engine.inspect import inspect
from nnstudio.project.check import check
from nnstudio.project.graph import Graph
from nnstudio.replies import Drawn

REGISTRY = plugins.load(safe_mode=True).registry
INFO = image_data(1, 28)

MLP = """\
class MLP(nn.Module):
    def __init__(self, hidden=256):
        super().__init__()
        self.first, self.head = nn.Linear(784, hidden), nn.Linear(hidden, 10)
    def forward(self, x):
        return self.head(torch.relu(self.first(x.flatten(1))))
"""


def drawn(text: str) -> Drawn:
    return draw(text, REGISTRY, INFO)


def network(made: str, result: str) -> str:
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {line}" for line in made.split("\n") if line]
    return "\n".join([*lines, "    def forward(self, x):", f"        return {result}"])


def kinds(graph: Graph) -> list[str]:
    return [node.type for node in graph]


# ── fixed weights ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("made", "result"),
    [
        ("self.register_buffer('w', torch.ones(1, 1, 3, 3) / 9)", "F.conv2d(x, self.w, padding=1)"),
        ("self.register_buffer('w', torch.randn(10, 28))", "F.linear(x, self.w)"),
        ("self.w = torch.ones(1, 1, 3, 3)", "F.conv2d(x, weight=self.w)"),
        ("self.fc = nn.Linear(784, 10)", "F.linear(x.flatten(1), self.fc.weight.t())"),
        ("", "F.embedding(x, table)"),
    ],
)
def test_weights_from_elsewhere_never_become_a_layer_that_learns(made: str, result: str) -> None:
    found = drawn(network(made, result))
    (lacking,) = [node for node in found.project.graph if node.type.startswith("python.") and "F." in node.note]
    assert not [
        node for node in found.project.graph if node.type in ("torch.linear", "torch.conv2d", "torch.embedding")
    ]
    assert any(problem.node == lacking.id for problem in found.problems)


def test_a_buffer_is_a_placeholder_wired_where_it_is_used() -> None:
    text = network(
        "self.register_buffer('mean', torch.zeros(3, 1, 1))\nself.register_buffer('idle', torch.zeros(3))",
        "x - self.mean",
    )
    found = drawn(text)
    assert kinds(found.project.graph) == ["nnstudio.input", "python.buffer", "nnstudio.subtract"]
    assert {wire.source.node for wire in found.project.graph.wires_into("subtract1")} == {"input1", "mean"}
    (problem,) = found.problems
    assert problem.node == "mean" and "does not say" not in problem.message


def test_a_buffer_that_is_a_number_is_that_number() -> None:
    found = drawn(network("self.register_buffer('mean', torch.tensor(0.5))", "x - self.mean"))
    assert found.project.graph.nodes["shift1"].params == {"term": -0.5} and found.problems == ()


def test_a_norm_without_weights_gets_none() -> None:
    (norm,) = [node for node in drawn(network("", "F.layer_norm(x, (28,))")).project.graph if "norm" in node.type]
    assert norm.params["elementwise_affine"] is False


# ── the network that is meant ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "use",
    [
        "model = MLP(hidden=32).to(device)",
        "device = torch.device('cuda')\nmodel = MLP(32).to(device, non_blocking=fast).eval()",
        "model = torch.compile(MLP(hidden=32))",
        "model = nn.DataParallel(MLP(hidden=32))",
        "model = prepared(MLP(hidden=32))",
        "def main():\n    model = MLP(hidden=32)\n    model(data).backward()\nmain()",
        "SIZE = 8\ndef main(times=4):\n    train, loader = None, load()\n    hidden = SIZE * times\n    net = MLP(hidden).to(device)\n"
        "    for x, y in loader:\n        net(x)\nif __name__ == '__main__':\n    main()",
        "class OwnLoss(nn.Module):\n    def forward(self, x, y):\n        return (x - y).abs()\ndef main():\n    loss, net = OwnLoss(), MLP(32)",
        "model = MLP(32)\nx = torch.randn(1, 1, 28, 28)\ny = model(x)",
    ],
)
def test_the_model_is_drawn_as_the_text_makes_it(use: str) -> None:
    found = drawn(MLP + use)
    assert [node.params.get("out_features") for node in found.project.graph if node.type == "torch.linear"] == [32, 10]
    assert kinds(found.project.graph)[0] == "nnstudio.input" and found.problems == ()


@pytest.mark.parametrize("arguments", ["args.hidden", "*sizes", "**settings", "hidden=args.hidden"])
def test_a_model_made_of_what_the_text_does_not_say_has_its_defaults_and_that_is_told(arguments: str) -> None:
    found = drawn(MLP + f"def main(args):\n    model = MLP({arguments})")
    assert found.project.graph.nodes["first"].params == {"out_features": 256}
    (problem,) = found.problems
    assert problem.message.startswith("Line 8:") and "own defaults" in problem.message


def test_a_part_that_knows_its_whole_is_no_endless_loop() -> None:
    text = network("self.part = Part(self)\nself.fc = nn.Linear(28, 3)", "self.part(self.fc(x))")
    part = "class Part(nn.Module):\n    def __init__(self, whole):\n        self.whole = whole\n    def forward(self, x):\n        return F.relu(x)\n"
    assert kinds(drawn(part + text).project.graph) == ["nnstudio.input", "torch.linear", "torch.relu"]


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

SE = """\
class SE(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(c, 2), nn.Linear(2, c)
    def forward(self, x):
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean([2, 3]))))).unsqueeze(-1).unsqueeze(-1)
class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(c, c, 3, padding=1)
        self.se = SE(c)
    def forward(self, x):
        return self.se(self.conv(x))
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.q_proj = nn.Conv2d(1, 4, 1), nn.Conv2d(4, 4, 1)
        self.scale = nn.Parameter(torch.ones(1))
        self.layer1 = nn.Sequential(*[Block(4) for _ in range(2)])
    def forward(self, x):
        return self.q_proj(self.layer1(self.conv1(x))) * self.scale
model = Net()
"""


def test_nodes_show_the_names_that_say_more_than_their_type() -> None:
    graph = drawn(SE).project.graph
    parts = [f"layer1_{block}_{part}" for block in range(2) for part in ("conv", "se_fc1", "se_fc2")]
    assert [node.name for node in graph if node.name] == ["scale", *parts, "q_proj"]
    assert graph.nodes["conv1"].name == "" and all(node.name in ("", node.id) for node in graph)


def test_names_survive_code_generated_and_pasted_back() -> None:
    graph = drawn(
        "\n".join(line.replace(" * self.scale", "") for line in SE.splitlines() if "Parameter" not in line)
    ).project.graph
    text = module_code(graph, inspect(graph, INFO, REGISTRY), REGISTRY).text
    compile(text, "generated", "exec")
    again = drawn(text).project.graph
    assert {node.name for node in graph if "se_fc" in node.name} <= {node.name for node in again}
    assert again.nodes["q_proj"].name == "q_proj"


@pytest.mark.parametrize(
    "name", ["conv1", "fc2", "layers_0", "relu", "max_pool2", "bn1", "layer_norm", "gelu", "BatchNorm_3", "net_4"]
)
def test_a_word_for_the_type_is_no_name(name: str) -> None:
    assert not says_more(name, "gelu1", "max_pool2d")


@pytest.mark.parametrize("name", ["q_proj", "head", "encoder", "layer1_0_conv1", "fc_out", "stem"])
def test_a_name_is_more(name: str) -> None:
    assert says_more(name, "fc", "linear")


# ── what is said ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_unknown_name_is_told_once_with_all_its_lines() -> None:
    made = "self.a = nn.Linear(28, config.wide)\nself.b = nn.Linear(4, 2 * config.wide)\nself.n = config.heads"
    (problem,) = drawn(network(made, "self.b(self.a(x)).view(x.size(0), self.n, -1, config.wide)")).problems
    assert problem.message.startswith("Line 4: what 'config' is, the text does not say; 'out_features' of Linear")
    assert "lines 5 and 8" in problem.message and "wire" not in str(problem) and "config" in problem.remedy


def test_a_layer_that_is_never_made_is_named() -> None:
    (problem,) = drawn(network("", "self.fc3(x)")).problems
    assert problem.node == "fc3" and "never makes 'self.fc3'" in problem.message


def test_placeholders_are_told_by_words_that_agree() -> None:
    found = drawn(network("self.rnn = nn.GRU(28, 3)\nself.own = Mine(3)", "self.own(self.rnn(x)) % 2"))
    assert [kind for kind in kinds(found.project.graph) if "python" in kind] == [
        "python.GRU",
        "python.Mine",
        "python.mod",
    ]
    later = [problem for problem in check(found.project, REGISTRY) if problem.code == "graph.unknown_layer"]
    assert len(later) == len(found.problems) == 3
    assert all("plugin" not in str(problem) for problem in (*later, *found.problems))
    own = next(problem for problem in found.problems if problem.node == "own")
    assert "what 'Mine' is" in own.message and "torch" not in str(own) and "class 'Mine'" in own.remedy
    assert next(problem for problem in later if problem.node == "rnn").remedy == found.problems[0].remedy


@pytest.mark.parametrize(
    "call", ["x.flatten()", "torch.flatten(x)", "x.flatten(start_dim=0)", "torch.flatten(x, 0, -1)"]
)
def test_a_batch_made_one_row_is_told(call: str) -> None:
    found = drawn(network("", call))
    assert kinds(found.project.graph) == ["nnstudio.input", "nnstudio.flatten"]
    (problem,) = found.problems
    assert "whole batch" in problem.message
    assert (
        drawn(network("", "x.flatten(1)")).problems
        == drawn(network("", "torch.flatten(x, start_dim=1)")).problems
        == ()
    )


def test_sizes_that_only_data_tell_ask_for_data() -> None:
    text = "class N(nn.Module):\n    def forward(self, x):\n        B, T, C = x.size()\n        return torch.relu(x).view(B, C, T)"
    (problem,) = draw(text, REGISTRY).problems
    assert "Choose the data first" in problem.remedy
