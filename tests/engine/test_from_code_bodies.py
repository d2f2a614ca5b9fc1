"""What people write into `forward` becomes a whole network: no placeholder, no remark, and the numbers that torch gives for the text itself."""

import math
import re
from typing import Any

import pytest
import torch
from graphs import data, image_data, vector_data
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from nnstudio import plugins
from nnstudio.data import DataInfo, FieldInfo
from nnstudio.engine.codegen import module_code
from nnstudio.engine.from_code import draw, shapes
from nnstudio.engine.inspect import Inspector, inspect
from nnstudio.plan import Plan
from nnstudio.project.graph import Graph

REGISTRY = plugins.load(safe_mode=True).registry
VALUE = FieldInfo("value", (1,), "float")
SEQUENCE = data({"x": FieldInfo("array", (5, 6), "float")}, "y", y=VALUE)
MAPS = data({"x": FieldInfo("array", (4, 3, 5), "float")}, "y", y=VALUE)
IMAGE, VECTOR = image_data(3, 8), vector_data(6)
BATCH = 3


def network(made: str, *body: str) -> str:
    """A class whose __init__ and forward have these lines."""
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    lines += [f"        {line}" for line in made.split("\n") if line]
    return "\n".join([*lines, "    def forward(self, x):", *(f"        {line}" for line in body)])


def run(text: str, name: str) -> nn.Module:
    """The text itself; only tests run it."""
    names: dict[str, Any] = {"torch": torch, "nn": nn, "F": functional, "math": math}
    exec(text, names)
    return names[name]()


def as_drawn(graph: Graph, info: DataInfo, like: nn.Module) -> nn.Module:
    """The drawn network with the weights of `like`, which it has in the same order."""
    plan = inspect(graph, info, REGISTRY)
    assert plan.problems == ()
    code = module_code(graph, plan, REGISTRY).text
    made = run(code, re.findall(r"class (\w+)", code)[-1])
    weights = like.state_dict().values()
    made.load_state_dict(dict(zip(made.state_dict(), weights, strict=True)))
    return made.eval()


def agrees(text: str, info: DataInfo, seen: DataInfo | None) -> list[str]:
    """The drawing's types, once its numbers are those of the text. seen: the data that the reader of the text is told of."""
    found = draw(text, REGISTRY, seen)
    assert found.problems == ()
    graph = found.project.graph
    torch.manual_seed(0)
    original = run(text, "Net").eval()
    x = torch.randn(BATCH, *info.fields[info.inputs[0]].shape)
    ours, theirs = as_drawn(graph, info, original)(x), original(x)
    assert ours.shape == theirs.shape and torch.allclose(ours, theirs, atol=1e-6, rtol=1e-5), text
    return [node.type.rpartition(".")[2] for node in graph]


SQUEEZE_AND_EXCITATION = """
class SELayer(nn.Module):
    def __init__(self, channel, reduction=2):
        super(SELayer, self).__init__()
        self.avg_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(
            nn.Linear(channel, channel // reduction, bias=False), nn.ReLU(inplace=True),
            nn.Linear(channel // reduction, channel, bias=False), nn.Sigmoid())
    def forward(self, x):
        b, c, _, _ = x.size()
        y = self.avg_pool(x).view(b, c)
        y = self.fc(y).view(b, c, 1, 1)
        return x * y.expand_as(x)
""" + network(
    "self.conv, self.se, self.fc = nn.Conv2d(3, 8, 3, padding=1), SELayer(8), nn.Linear(8, 4)",
    "x = self.se(F.relu(self.conv(x)))",
    "return self.fc(x.mean([2, 3]))",
)
SCALED_RESIDUAL = """
class Block(nn.Module):
    def __init__(self, c, scale=0.1):
        super().__init__()
        self.conv1, self.conv2, self.scale = nn.Conv2d(c, c, 3, padding=1), nn.Conv2d(c, c, 3, padding=1), scale
    def forward(self, x):
        return x + self.scale * self.conv2(F.relu(self.conv1(x)))
""" + network("self.body = nn.Sequential(*[Block(3, 0.2) for _ in range(2)])", "return self.body((x - 0.5) / 0.25)")
ATTENTION = """
class SelfAttention(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.d = d
        self.q, self.k, self.v = nn.Linear(d, d), nn.Linear(d, d), nn.Linear(d, d)
    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        scores = q @ k.transpose(-2, -1) / math.sqrt(self.d)
        return torch.softmax(scores, dim=-1) @ v
""" + network(
    "self.att, self.out = SelfAttention(6), nn.Linear(6, 3)", "x = x + self.att(x)", "return self.out(x[:, -1])"
)
GATE_ON_CHANNELS = network(
    "self.conv, self.a, self.b = nn.Conv2d(3, 8, 3), nn.Linear(8, 4), nn.Linear(4, 8)",
    "x = self.conv(x)",
    "s = torch.sigmoid(self.b(F.relu(self.a(x.mean(dim=(2, 3))))))",
    "x = x * s[:, :, None, None]",
    "return x * x.mean(dim=(-2, -1), keepdim=True).sigmoid() + x / (1 + x ** 2)",
)
HIGHWAY = network(
    "self.h, self.t = nn.Linear(6, 6), nn.Linear(6, 6)",
    "t = torch.sigmoid(self.t(x))",
    "return self.h(x).tanh() * t + x * (1 - t)",
)
FUNCTIONS = network(
    "self.l = nn.Linear(6, 8)",
    "y = torch.sin(3 * self.l(x)).abs() + 1e-2",
    "y = torch.log(y) + torch.exp(-y) + y.sqrt() + torch.cos(y).clamp(min=0.1)",
    "y = torch.pow(y, 2).mul(0.5).add(1).div(3.0).sub(0.2) / math.pi",
    "y = y / y.sum(dim=1, keepdim=True)",
    "y = F.relu6(y) + torch.clamp(y, -1, 1) + y.square() + 1 / (y ** 2 + 1) + (2 - y)",
    "return F.log_softmax(y, dim=1)",
)
MAXIMA = network(
    "self.c = nn.Conv2d(3, 4, 1)",
    "x = self.c(x)",
    "x = x * F.relu6(x + 3) / 6",
    "best, _ = torch.max(x, dim=1, keepdim=True)",
    "x = torch.cat([torch.amax(x, dim=1, keepdim=True), torch.mean(x, dim=1, keepdim=True), best], dim=1)",
    "return x.max(dim=2)[0].flatten(1)",
)
GATES = network(
    "self.l = nn.Linear(6, 8)",
    "a, b = self.l(x).chunk(2, dim=-1)",
    "return torch.cat([a * torch.sigmoid(b), x[:, :1].squeeze(1).unsqueeze(-1)], dim=-1)",
)
SQUARES = network(
    "pass", "both = torch.sum(x, dim=1) ** 2 - torch.sum(x ** 2, dim=1)", "return 0.5 * both.sum(1, keepdim=True)"
)


@pytest.mark.parametrize("told", [True, False], ids=["with data", "without data"])
@pytest.mark.parametrize(
    ("text", "info"),
    [
        (SQUEEZE_AND_EXCITATION, IMAGE),
        (SCALED_RESIDUAL, IMAGE),
        (ATTENTION, SEQUENCE),
        (GATE_ON_CHANNELS, IMAGE),
        (HIGHWAY, VECTOR),
        (FUNCTIONS, VECTOR),
        (MAXIMA, IMAGE),
        (GATES, VECTOR),
        (SQUARES, SEQUENCE),
    ],
)
def test_a_usual_forward_is_a_whole_network(text: str, info: DataInfo, told: bool) -> None:
    agrees(text, info, info if told else None)


HEADS = network(
    "self.heads, self.qkv, self.proj = 2, nn.Linear(6, 18), nn.Linear(6, 6)",
    "B, T, C = x.shape",
    "q, k, v = self.qkv(x).split(C, dim=2)",
    "q = q.view(B, T, self.heads, C // self.heads).transpose(1, 2)",
    "k = k.view(B, T, self.heads, C // self.heads).transpose(1, 2)",
    "v = v.view(B, T, self.heads, C // self.heads).transpose(1, 2)",
    "att = F.softmax(torch.matmul(q, k.transpose(-2, -1)) * (1.0 / math.sqrt(k.size(-1))), dim=-1)",
    "return self.proj((att @ v).transpose(1, 2).contiguous().view(B, T, C))",
)
JOINT = network(
    "self.qkv = nn.Linear(6, 18)",
    "B, N, C = x.shape",
    "q, k, v = self.qkv(x).reshape(B, N, 3, C).unbind(2)",
    "w = (torch.bmm(q, k.permute(0, 2, 1)) * C ** -0.5).softmax(dim=-1)",
    "return torch.bmm(w, v).reshape(B, -1)",
)
PATCHES = network(
    "self.patch, self.norm, self.head = nn.Conv2d(3, 6, 4, stride=4), nn.LayerNorm(6), nn.Linear(6, 3)",
    "x = self.patch(x)",
    "b, c, h, w = x.shape",
    "x = x.flatten(2).transpose(1, 2)",
    "y = x.transpose(1, 2).view(b, c, h, w)",
    "x = self.norm(x)",
    "return self.head(x[:, 0]) + self.head(x.mean(dim=1)) + y.view(b, c, -1)[..., :3].mean(1)",
)
SHUFFLED = network(
    "self.c = nn.Conv2d(3, 4, 1)",
    "x1, x2 = self.c(x).chunk(2, dim=1)",
    "x = torch.cat((x1, -x2), dim=1)",
    "b, c, h, w = x.size()",
    "x = torch.transpose(x.view(b, 2, c // 2, h, w), 1, 2).contiguous()",
    "return x.view(b, -1, h, w)[:, :, 1:-1, 1:-1]",
)
BY_HAND = network(
    "self.cell = nn.Linear(12, 6)",
    "h, outs = x[:, 0] * 0, []",
    "for t in range(x.size(1)):",
    "    h = torch.tanh(self.cell(torch.cat([x[:, t, :], h], dim=1)))",
    "    outs.append(h)",
    "out = torch.stack(outs, dim=1)",
    "return out[:, -1, :] + out.mean(dim=1)",
)
CHOMP = network("self.c = nn.Conv1d(5, 4, 3, padding=2)", "return self.c(x)[:, :, :-2].squeeze()")


@pytest.mark.parametrize(
    ("text", "info"),
    [(HEADS, SEQUENCE), (JOINT, SEQUENCE), (PATCHES, IMAGE), (SHUFFLED, IMAGE), (BY_HAND, SEQUENCE), (CHOMP, SEQUENCE)],
)
def test_where_sizes_are_needed_the_data_tells_them(text: str, info: DataInfo) -> None:
    agrees(text, info, info)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x[:, -1]", ["select"]),
        ("x[:, 1:]", ["slice"]),
        ("x[:, -3:]", ["slice"]),
        ("x[..., None]", ["unsqueeze"]),
        ("-x", ["scale"]),
        ("x / 8", ["scale"]),
        ("3 - x", ["scale", "shift"]),
        ("x ** 2", ["power"]),
        ("torch.mean(x, 2)", ["mean"]),
        ("x.mean((2, 3))", ["global_avg_pool"]),
        ("x.chunk(2, 1)[1]", ["chunk"]),
        ("x.split(2, 1)[1]", ["slice"]),
        ("torch.stack([x, x], 1)", ["unsqueeze", "unsqueeze", "concatenate"]),
    ],
)
def test_each_is_the_layer_that_one_would_draw(line: str, expected: list[str]) -> None:
    assert agrees(network("pass", f"return {line}"), MAPS, None)[1:] == expected


@pytest.mark.parametrize(
    "line",
    [
        "x[0]", "x[:, ::2]", "x.mean()", "x.sum(0)", "x.squeeze()", "x.softmax(dim=0)", "x.unsqueeze(0)", "x / 0", "x * float('inf')",
        "x.view(x.size(0) * 4, -1)", "x.view(-1, 7)", "x[:, :-1]", "x.chunk(2)", "2 ** x", "x.clamp()", "x.transpose(0, 1)", "x ** 99",
    ],
)  # fmt: skip
def test_what_no_layer_does_stays_a_placeholder(line: str) -> None:
    found = draw(network("pass", f"return {line}"), REGISTRY, MAPS if "7" in line else None)
    assert found.problems and any(node.type.startswith("python.") for node in found.project.graph), line


# ── any index ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def slices(size: int) -> st.SearchStrategy[str]:
    end = st.none() | st.integers(-size, size + 2)
    return st.builds(lambda a, b: f"{'' if a is None else a}:{'' if b is None else b}", end, end)


@st.composite
def keys(draw: st.DrawFn) -> str:
    """What may stand behind the batch in x[…] of a value of MAPS."""
    sizes = MAPS.fields["x"].shape
    front = draw(st.integers(0, 3))
    back = draw(st.integers(0, 3 - front)) if draw(st.booleans()) else None
    axes = [*range(front), *([...] if back is not None else []), *(range(3 - back, 3) if back else [])]
    said: list[str] = []
    for axis in axes:
        said += ["None"] * draw(st.integers(0, 1))
        said.append(
            "..." if axis is ... else draw(st.integers(-sizes[axis], sizes[axis] - 1).map(str) | slices(sizes[axis]))
        )
    return ", ".join([":", *said])


@settings(max_examples=40, deadline=None)
@given(keys(), st.booleans())
def test_any_index_is_the_part_that_torch_takes(key: str, told: bool) -> None:
    """Where layers can say it, and there is something left of it, which sizes may have to tell."""
    text = network("pass", f"return x[{key}] * 2")
    found = draw(text, REGISTRY, MAPS if told else None)
    x = torch.randn(BATCH, *MAPS.fields["x"].shape)
    wanted = run(text, "Net")(x)
    if found.problems:
        assert wanted.numel() == 0 or not told, key
        return
    plan = inspect(found.project.graph, MAPS, REGISTRY)
    if plan.problems:
        assert not told, "sizes that are known are heeded"
        return
    assert torch.equal(as_drawn(found.project.graph, MAPS, nn.Identity())(x), wanted), key


def test_a_size_is_worked_out_from_what_is_known_already(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long the text, each line asks for the layers of its own alone."""
    asked: list[int] = []
    plain = Inspector.inspect

    def counting(self: Inspector, graph: Graph, info: DataInfo | None) -> Plan:
        asked.append(len(graph.nodes))
        return plain(self, graph, info)

    monkeypatch.setattr(shapes.Inspector, "inspect", counting)
    text = network("self.l = nn.Linear(6, 6)", *["x = torch.tanh(self.l(x[:, 1:]))"] * 4, "return x")
    found = draw(text, REGISTRY, SEQUENCE)
    assert len(found.project.graph.nodes) == 13
    assert asked == [1, 4, 4, 4, 13], "the last one is the whole, to compare the numbers in the text with it"
