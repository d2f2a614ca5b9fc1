"""Ready-made blocks compute what their formulas say, and a scan is what it is written out."""

import re
from dataclasses import replace

import pytest
import torch
from block_networks import network, node
from graphs import data

from nnstudio import plugins
from nnstudio.data import FieldInfo
from nnstudio.engine.compile import Compiled, compile_model
from nnstudio.project.block_definition import set_gives
from nnstudio.project.block_library import ready_made
from nnstudio.project.edits import apply
from nnstudio.project.graph import Node
from nnstudio.project.project import Block, Project
from nnstudio.project.unrolled import unrolled

REGISTRY = plugins.load(safe_mode=True).registry
KEPT = {kept.id: kept for kept in ready_made()}
STEPS, FEATURES, HIDDEN = 4, 3, 5
TARGET = {"y": FieldInfo("vector", (HIDDEN,), "float")}


def built(nodes: list[Node], drawn: dict[str, str], blocks: dict[str, Block], info) -> Compiled:
    return compile_model(Project("P", network(*nodes, **drawn), blocks=blocks), REGISTRY, info)


def last_state(id: str) -> dict[str, Block]:
    """The cell, giving its last h."""
    project = Project(blocks=KEPT[id].blocks)
    return dict(apply(project, set_gives(project, id, "out1", "last")).blocks)


def scan(id: str) -> Compiled:
    info = data({"x": FieldInfo("vector", (STEPS, FEATURES), "float")}, "y", **TARGET)
    nodes = [
        node("x", "nnstudio.input", field="x"),
        node("cell", f"block:{id}", hidden=HIDDEN),
        node("loss", "torch.mse"),
    ]
    return built(nodes, {"cell__in1": "x", "loss": "cell.out1"}, last_state(id), info)


def written_out(id: str) -> Compiled:
    """The same as a block of its own, with an input for each step and for what is carried at the beginning."""
    graph = unrolled(last_state(id)[id], REGISTRY, STEPS, {"hidden": HIDDEN})
    block = Block("steps", "Steps", replace(graph, frames={}))
    ports = sorted(each.id for each in graph if each.type == "nnstudio.block_input")
    fields = {port: FieldInfo("vector", (FEATURES if port.startswith("in1") else HIDDEN,), "float") for port in ports}
    nodes = [node(port, "nnstudio.input", field=port) for port in ports]
    nodes += [node("cell", "block:steps"), node("loss", "torch.mse")]
    drawn = {f"cell__{port}": port for port in ports} | {"loss": f"cell.out1_{STEPS}"}
    return built(nodes, drawn, {"steps": block}, data(fields, "y", **TARGET))


@pytest.mark.parametrize("id", ["rnn_cell", "lstm_cell"])
def test_a_scan_is_what_it_is_written_out(id: str):
    torch.manual_seed(0)
    whole, steps = scan(id), written_out(id)
    assert sum(p.numel() for p in whole.module.parameters()) == sum(p.numel() for p in steps.module.parameters())
    weights = dict(whole.module.named_parameters())
    with torch.no_grad():
        for name, parameter in steps.module.named_parameters():
            parameter.copy_(weights[re.sub(r"_?1\.(\w+)$", r".\1", name)])
    x = torch.randn(6, STEPS, FEATURES)
    given = {f"in1_{step + 1}": x[:, step] for step in range(STEPS)}
    zeros = torch.zeros(6, HIDDEN)
    mine, theirs = whole.module(x), steps.module(*(given.get(field, zeros) for field in steps.input_fields))
    assert torch.allclose(mine, theirs, atol=1e-6)
    mine.sum().backward()
    theirs.sum().backward()
    for name, parameter in steps.module.named_parameters():
        gradient = weights[re.sub(r"_?1\.(\w+)$", r".\1", name)].grad
        assert torch.allclose(gradient, parameter.grad, atol=1e-5), name


def test_the_lstm_cell_is_torchs():
    torch.manual_seed(0)
    module = scan("lstm_cell").module
    lstm = torch.nn.LSTM(FEATURES, HIDDEN, batch_first=True)
    gates = [module.get_submodule(f"cell.{name}") for name in ("input_gate", "forget_gate", "candidate", "output_gate")]
    with torch.no_grad():
        lstm.weight_ih_l0.copy_(torch.cat([gate.weight[:, :FEATURES] for gate in gates]))
        lstm.weight_hh_l0.copy_(torch.cat([gate.weight[:, FEATURES:] for gate in gates]))
        lstm.bias_ih_l0.copy_(torch.cat([gate.bias for gate in gates]))
        lstm.bias_hh_l0.zero_()
    x = torch.randn(6, STEPS, FEATURES)
    assert torch.allclose(module(x), lstm(x)[1][0][0], atol=1e-6)


@pytest.mark.parametrize(("id", "values"), [("residual", {"channels": 8}), ("bottleneck", {"channels": 8, "width": 2})])
def test_residual_blocks_keep_the_shape_and_skip(id: str, values: dict[str, int]):
    info = data({"x": FieldInfo("image", (8, 6, 6), "float")}, "y", y=FieldInfo("image", (8, 6, 6), "float"))
    nodes = [
        node("x", "nnstudio.input", field="x"),
        node("b", f"block:{id}", repeat=2, **values),
        node("loss", "torch.mse"),
    ]
    compiled = built(nodes, {"b__in1": "x", "loss": "b.out1"}, dict(KEPT[id].blocks), info)
    x = torch.rand(2, 8, 6, 6)
    with torch.no_grad():
        for name, parameter in compiled.module.named_parameters():
            if "norm" in name:
                parameter.zero_()  # what goes beside the connection is nothing then
    assert torch.equal(compiled.module(x), x)


def test_the_mlp_block_is_as_wide_as_is_said():
    info = data({"x": FieldInfo("vector", (4,), "float")}, "y", **TARGET)
    nodes = [
        node("x", "nnstudio.input", field="x"),
        node("b", "block:mlp", width=HIDDEN, repeat=3),
        node("loss", "torch.mse"),
    ]
    compiled = built(nodes, {"b__in1": "x", "loss": "b.out1"}, dict(KEPT["mlp"].blocks), info)
    assert compiled.module(torch.randn(2, 4)).shape == (2, HIDDEN)
    assert [tuple(p.shape) for p in compiled.module.parameters() if p.dim() == 2] == [(5, 4), (5, 5), (5, 5)]
