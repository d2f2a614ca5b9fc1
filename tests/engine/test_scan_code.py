"""Cells drawn by hand are the recurrent layers of torch; their code is a plain loop; they train, and the exported script reaches the same."""

from typing import Any

import pytest
import torch
from block_networks import entry, instance, leaving, network, wires
from graphs import data, node
from torch import nn

from nnstudio import plugins
from nnstudio.data import FieldInfo
from nnstudio.engine.codegen import model_code
from nnstudio.engine.compile import Compiled, compile_model
from nnstudio.engine.inspect import inspect_project
from nnstudio.engine.probe import probe
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Block, Project

REGISTRY = plugins.load(safe_mode=True).registry
SIZE, HIDDEN, LENGTH = 3, 5, 7
INFO = data({"x": FieldInfo("array", (LENGTH, SIZE), "float")}, "y", y=FieldInfo("array", (LENGTH, HIDDEN), "float"))


def block(*nodes: Node, **drawn: str) -> Block:
    return Block("cell", "Cell", network(*nodes, **drawn), kind="scan")


def linear(id: str, bias: bool = True) -> Node:
    return node(id, "torch.linear", out_features=HIDDEN, bias=bias)


def state(id: str, name: str, carry: str) -> Node:
    return entry(id, name, carry=carry, size=[HIDDEN])


def rnn() -> Block:
    """h ← tanh(W x + b + U h + c)"""
    return block(
        entry("in1", "x"), state("in2", "h", "out1"), linear("wx"), linear("wh"), node("sum", "nnstudio.add"),
        node("tanh", "torch.tanh"), leaving("out1", "h"),
        wx="in1", wh="in2", sum__inputs__0="wx", sum__inputs__1="wh", tanh="sum", out1="tanh",
    )  # fmt: skip


def gru() -> Block:
    """r, z ← σ(…), n ← tanh(W x + r ⊙ U h), h ← n + z ⊙ (h − n)"""
    gates = [linear(f"{side}{gate}") for gate in "rzn" for side in ("x", "h")]
    sums = [node(f"sum_{gate}", "nnstudio.add") for gate in "rzn"]
    rest = [
        node("r", "torch.sigmoid"), node("z", "torch.sigmoid"), node("n", "torch.tanh"), node("reset", "nnstudio.multiply"),
        node("minus", "nnstudio.subtract"), node("kept", "nnstudio.multiply"), node("new", "nnstudio.add"),
    ]  # fmt: skip
    drawn = {f"x{gate}": "in1" for gate in "rzn"} | {f"h{gate}": "in2" for gate in "rzn"}
    return block(
        entry("in1", "x"), state("in2", "h", "out1"), *gates, *sums, *rest, leaving("out1", "h"), **drawn,
        sum_r__inputs__0="xr", sum_r__inputs__1="hr", r="sum_r", sum_z__inputs__0="xz", sum_z__inputs__1="hz", z="sum_z",
        reset__inputs__0="r", reset__inputs__1="hn", sum_n__inputs__0="xn", sum_n__inputs__1="reset", n="sum_n",
        minus__left="in2", minus__right="n", kept__inputs__0="z", kept__inputs__1="minus", new__inputs__0="n", new__inputs__1="kept",
        out1="new",
    )  # fmt: skip


def lstm() -> Block:
    """i, f, o ← σ(…), g ← tanh(…), c ← f ⊙ c + i ⊙ g, h ← o ⊙ tanh(c)"""
    gates = [linear(f"{side}{gate}") for gate in "ifgo" for side in ("x", "h")]
    sums = [node(f"sum_{gate}", "nnstudio.add") for gate in "ifgo"]
    rest = [
        *(node(gate, "torch.tanh" if gate == "g" else "torch.sigmoid") for gate in "ifgo"),
        node("forget", "nnstudio.multiply"), node("learn", "nnstudio.multiply"), node("cell", "nnstudio.add"),
        node("squash", "torch.tanh"), node("show", "nnstudio.multiply"),
    ]  # fmt: skip
    drawn = {f"x{gate}": "in1" for gate in "ifgo"} | {f"h{gate}": "in2" for gate in "ifgo"}
    drawn |= {f"sum_{gate}__inputs__{index}": f"{side}{gate}" for gate in "ifgo" for index, side in enumerate("xh")}
    drawn |= {gate: f"sum_{gate}" for gate in "ifgo"}
    return block(
        entry("in1", "x"), state("in2", "h", "out1"), state("in3", "c", "out2"), *gates, *sums, *rest,
        leaving("out1", "h"), leaving("out2", "c", gives="last"), **drawn,
        forget__inputs__0="f", forget__inputs__1="in3", learn__inputs__0="i", learn__inputs__1="g",
        cell__inputs__0="forget", cell__inputs__1="learn", squash="cell", show__inputs__0="o", show__inputs__1="squash",
        out1="show", out2="cell",
    )  # fmt: skip


def lstm_of_slices() -> Block:
    """The same as it is usually written: one map for all gates, cut into i, f, g, o."""
    gates = {gate: "torch.tanh" if gate == "g" else "torch.sigmoid" for gate in "ifgo"}
    cut = [
        node(f"cut_{gate}", "nnstudio.slice", dim=-1, start=place * HIDDEN, length=HIDDEN)
        for place, gate in enumerate(gates)
    ]
    maps = [node(id, "torch.linear", out_features=4 * HIDDEN) for id in ("wx", "wh")]
    rest = [
        node("sum", "nnstudio.add"), *(node(gate, type) for gate, type in gates.items()),
        node("forget", "nnstudio.multiply"), node("learn", "nnstudio.multiply"), node("cell", "nnstudio.add"),
        node("squash", "torch.tanh"), node("show", "nnstudio.multiply"),
    ]  # fmt: skip
    drawn = {f"cut_{gate}": "sum" for gate in gates} | {gate: f"cut_{gate}" for gate in gates}
    return block(
        entry("in1", "x"), state("in2", "h", "out1"), state("in3", "c", "out2"), *maps, *cut, *rest,
        leaving("out1", "h"), leaving("out2", "c", gives="last"), wx="in1", wh="in2", sum__inputs__0="wx", sum__inputs__1="wh", **drawn,
        forget__inputs__0="f", forget__inputs__1="in3", learn__inputs__0="i", learn__inputs__1="g",
        cell__inputs__0="forget", cell__inputs__1="learn", squash="cell", show__inputs__0="o", show__inputs__1="squash",
        out1="show", out2="cell",
    )  # fmt: skip


def project(cell: Block, **more: Any) -> Project:
    x, rnn, loss = node("x", "nnstudio.input"), instance("rnn", "cell"), node("loss", "torch.mse")
    return Project("Recurrent", network(x, rnn, loss, rnn__in1="x", loss="rnn.out1"), blocks={"cell": cell}, **more)


CELLS = {
    "rnn": (rnn, nn.RNN, ("",)),
    "gru": (gru, nn.GRU, ("r", "z", "n")),
    "lstm": (lstm, nn.LSTM, ("i", "f", "g", "o")),
    "lstm of slices": (lstm_of_slices, nn.LSTM, ("",)),
}


def copied(made: Compiled, its: nn.Module, gates: tuple[str, ...]) -> None:
    """The cell's weights, gate by gate, from torch's layer."""
    part = made.module.get_submodule("rnn")
    with torch.no_grad():
        for side, words in (("x", "ih"), ("h", "hh")):
            for gate, weight, bias in zip(
                gates,
                getattr(its, f"weight_{words}_l0").chunk(len(gates)),
                getattr(its, f"bias_{words}_l0").chunk(len(gates)),
                strict=True,
            ):
                own = part.get_submodule(f"{side}{gate}" if gate else f"w{side}")
                own.weight.copy_(weight)
                own.bias.copy_(bias)


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-6), (torch.float64, 1e-10)])
def test_a_cell_drawn_by_hand_is_torchs_layer(name: str, dtype: torch.dtype, most: float) -> None:
    torch.manual_seed(0)
    draw, layer, gates = CELLS[name]
    made, its = compile_model(project(draw()), REGISTRY, INFO), layer(SIZE, HIDDEN, batch_first=True).to(dtype)
    made.module.to(dtype)
    copied(made, its, gates)
    x = torch.randn(4, LENGTH, SIZE, dtype=dtype, requires_grad=True)
    mine, theirs = made.module(x), its(x)[0]
    assert mine.shape == theirs.shape == (4, LENGTH, HIDDEN)
    assert (mine - theirs).abs().max() < most
    (mine_gradient,) = torch.autograd.grad(mine.square().sum(), x)
    (its_gradient,) = torch.autograd.grad(theirs.square().sum(), x)
    assert (mine_gradient - its_gradient).abs().max() < 50 * most


def code_of(given: Project) -> str:
    return model_code(given, inspect_project(given, INFO, REGISTRY), REGISTRY).text


def test_the_code_is_a_plain_loop() -> None:
    text = code_of(project(lstm()))
    forward = text.split("def forward(self, x):\n")[1].split("\n\n\n")[0]
    assert (
        forward
        == """\
        h = x.new_zeros(x.shape[0], 5)
        c = x.new_zeros(x.shape[0], 5)
        outputs = []
        for x_t in x.unbind(dim=1):
            out = self.xo(x_t)
            ho = self.ho(h)
            out = out + ho
            o = torch.sigmoid(out)
            out = self.xf(x_t)
            hf = self.hf(h)
            out = out + hf
            out = torch.sigmoid(out)
            forget = out * c
            out = self.xi(x_t)
            hi = self.hi(h)
            out = out + hi
            i = torch.sigmoid(out)
            out = self.xg(x_t)
            hg = self.hg(h)
            out = out + hg
            out = torch.tanh(out)
            out = i * out
            c = forget + out
            out = torch.tanh(c)
            h = o * out
            outputs.append(h)
        return torch.stack(outputs, dim=1)\
"""
    )


def test_the_last_value_and_the_whole_sequence_may_both_be_given() -> None:
    cell = lstm()
    both = project(cell)
    nodes = {**both.graph.nodes, "other": node("other", "torch.mse")}
    small = {
        **wires(
            rnn__in1="x", loss="rnn.out1", joined__inputs__0="rnn.out2", joined__inputs__1="rnn.out2", other="joined"
        )
    }
    nodes |= {"joined": node("joined", "nnstudio.add"), "other": node("other", "torch.mse", target="c")}
    info = data({"x": INFO.fields["x"]}, "y", y=INFO.fields["y"], c=FieldInfo("vector", (HIDDEN,), "float"))
    drawn = Project("Both", Graph(nodes, small), blocks=both.blocks)
    made = compile_model(drawn, REGISTRY, info)
    assert "        return torch.stack(outputs, dim=1), c\n" in made.code.text
    its = nn.LSTM(SIZE, HIDDEN, batch_first=True)
    copied(made, its, CELLS["lstm"][2])
    x = torch.randn(2, LENGTH, SIZE)
    sequence, last = made.module(x)
    theirs, (_, cell_state) = its(x)
    assert (sequence - theirs).abs().max() < 1e-6
    assert (last - 2 * cell_state[0]).abs().max() < 1e-6


def test_a_wired_start_is_an_argument() -> None:
    cell = rnn()
    info = data({"x": INFO.fields["x"], "s": FieldInfo("vector", (HIDDEN,), "float")}, "y", y=INFO.fields["y"])
    drawn = network(
        node("x", "nnstudio.input"), node("s", "nnstudio.input", field="s"), instance("rnn", "cell"), node("loss", "torch.mse"),
        rnn__in1="x", rnn__in2="s", loss="rnn.out1",
    )  # fmt: skip
    made = compile_model(Project("Started", drawn, blocks={"cell": cell}), REGISTRY, info)
    assert "    def forward(self, x, h):\n        outputs = []\n        for x_t in" in made.code.text
    its = nn.RNN(SIZE, HIDDEN, batch_first=True)
    copied(made, its, CELLS["rnn"][2])
    x, start = torch.randn(2, LENGTH, SIZE), torch.randn(2, HIDDEN)
    values = dict(zip(made.input_fields, (x, start), strict=True))
    mine = made.module(*(values[field] for field in made.input_fields))
    assert (mine - its(x, start[None])[0]).abs().max() < 1e-6


def test_what_comes_back_changed_at_once_is_not_mixed_up() -> None:
    """Two carried values that change places, and one that waits a step: nothing is overwritten before it was read."""
    cell = block(
        entry("in1", "x"), entry("in2", "a", carry="out1", size=[SIZE]), entry("in3", "b", carry="out2", size=[SIZE]),
        node("sum", "nnstudio.add"), leaving("out1", "a"), leaving("out2", "b", gives="last"), leaving("out3", "old"),
        sum__inputs__0="in2", sum__inputs__1="in1", out1="in3", out2="sum", out3="in2",
    )  # fmt: skip
    drawn = network(node("x", "nnstudio.input"), instance("rnn", "cell"), rnn__in1="x")
    made = Project("Swap", drawn, blocks={"cell": cell})
    plan = inspect_project(made, INFO, REGISTRY)
    code = model_code(made, plan, REGISTRY)
    namespace: dict[str, Any] = {}
    exec(compile(code.text, "<test>", "exec"), namespace)
    x = torch.randn(2, LENGTH, SIZE)
    first, last, old = namespace["Swap"]()(x)
    a = b = torch.zeros(2, SIZE)
    for step in range(LENGTH):
        assert torch.equal(old[:, step], a)
        assert torch.equal(first[:, step], b)
        a, b = b, a + x[:, step]
    assert torch.equal(last, b)


def test_the_values_of_the_last_step_are_what_is_recorded() -> None:
    made = compile_model(project(rnn()), REGISTRY, INFO)
    x = torch.randn(2, LENGTH, SIZE)
    seen = probe(made, {"x": x})
    values = made.module(x)
    assert seen["rnn/out1"].shape == (2, LENGTH, HIDDEN)
    assert seen["rnn/tanh"].mean == pytest.approx(values[:, -1].double().mean().item())
    assert seen["rnn/in1"].mean == pytest.approx(x[:, -1].double().mean().item())
    assert set(seen) == {"x", *(f"rnn/{id}" for id in ("in1", "in2", "wx", "wh", "sum", "tanh", "out1"))}
