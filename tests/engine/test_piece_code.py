"""A selection as code: only what is selected, what came from outside as arguments; pasted back it is the same piece."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from graphs import chain, image_data, lenet, node, wired

from nnstudio import plugins
from nnstudio.engine.from_code import draw
from nnstudio.engine.inspect import inspect_project
from nnstudio.engine.piece_code import code_of
from nnstudio.plan import Code
from nnstudio.problems import NNStudioError
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

REGISTRY = plugins.load(safe_mode=True).registry
INFO = image_data()


def code(project: Project, *nodes: str) -> Code:
    return code_of(project, inspect_project(project, INFO, REGISTRY), REGISTRY, nodes, INFO)


def test_only_the_selection_is_written_with_what_feeds_it_as_argument() -> None:
    text = code(Project(graph=lenet()), "conv2", "relu2").text
    assert "class Piece(nn.Module)" in text
    assert "def forward(self, pool1):" in text
    assert "self.conv2 = nn.Conv2d(6, 16, kernel_size=5)" in text
    assert "conv1" not in text and "def loss" not in text
    again = draw(text, REGISTRY).project.graph
    assert [node.type for node in again] == ["nnstudio.input", "torch.conv2d", "torch.relu"]


def test_the_loss_is_a_function_beside_it() -> None:
    graph = lenet()
    (loss,) = [node.id for node in graph if node.type == "torch.cross_entropy"]
    text = code(Project(graph=graph), "relu4", loss, *[wire.source.node for wire in graph.wires_into(loss)]).text
    assert "def loss(output, label)" in text and "def forward(self, fc2)" in text


def test_within_a_block_shapes_are_those_of_the_instance() -> None:
    inner = Graph(
        {
            "in1": Node("in1", BLOCK_INPUT),
            "conv1": Node("conv1", "torch.conv2d", {"out_channels": 4}),
            "relu1": Node("relu1", "torch.relu"),
            "out1": Node("out1", BLOCK_OUTPUT),
        },
        {Slot("conv1"): Source("in1"), Slot("relu1"): Source("conv1"), Slot("out1"): Source("relu1")},
    )
    graph = Graph(
        {"input1": Node("input1", "nnstudio.input"), "b1": Node("b1", "block:b")},
        {Slot("b1", "in1"): Source("input1")},
    )
    project = Project(graph=graph, blocks={"b": Block("b", "B", inner)})
    text = code(project, "b1/conv1", "b1/relu1", "b1/in1").text
    assert "nn.Conv2d(1, 4, kernel_size=3)" in text and "def forward(self, in1):" in text
    assert "class B(" in code(project, "b1").text, "an instance brings its class"


def test_nothing_to_write_is_told() -> None:
    for nodes in ((), ("nowhere",), ("a/b",)):
        with pytest.raises(NNStudioError, match="no nodes"):
            code(Project(graph=lenet()), *nodes)


def runs(code: Code, *values: torch.Tensor, **sizes: object) -> torch.Tensor:
    names: dict[str, Any] = {}
    exec(code.text, names)
    with torch.no_grad():
        return names["Piece"](**sizes)(*values)


def test_without_data_what_is_open_is_an_argument_and_lazy_modules_find_the_sizes() -> None:
    graph = chain(
        node("conv1", "torch.conv2d", out_channels=6),
        node("norm1", "torch.batch_norm2d"),
        node("relu1", "torch.relu"),
        node("pool1", "nnstudio.global_avg_pool"),
        node("fc1", "torch.linear", out_features=3),
    )
    found = code(Project(graph=graph), *graph.nodes)
    assert "nn.LazyConv2d(6, 3)" in found.text
    assert "nn.BatchNorm2d(6)" in found.text and "nn.Linear(6, 3)" in found.text, (
        "what follows from the rest is written"
    )
    assert "def forward(self, inputs):" in found.text and not found.left_out
    assert runs(found, torch.zeros(2, 5, 12, 12)).shape == (2, 3)
    half = code(Project(graph=graph), "norm1", "relu1")
    assert "nn.LazyBatchNorm2d()" in half.text and "def forward(self, conv1):" in half.text
    assert [each.type for each in draw(found.text, REGISTRY).project.graph][1:] == [each.type for each in graph]


def test_sizes_that_no_lazy_module_finds_are_arguments_of_the_class_in_blocks_too() -> None:
    inner = wired(
        Node("in1", BLOCK_INPUT), node("norm1", "torch.layer_norm"), Node("out1", BLOCK_OUTPUT),
        wires={"norm1": "in1", "out1": "norm1"},
    )  # fmt: skip
    graph = chain(Node("b1", "block:b"), Node("relu1", "torch.relu"), Node("b2", "block:b", {"repeat": 2}))
    graph = Graph(graph.nodes, {Slot("relu1"): Source("b1", "out1"), Slot("b2", "in1"): Source("relu1")})
    found = code(Project(graph=graph, blocks={"b": Block("b", "B", inner)}), *graph.nodes)
    wanted = ["b1_norm1_normalized_shape", "b2_0_norm1_normalized_shape", "b2_1_norm1_normalized_shape"]
    assert all(name in found.text for name in wanted), found.text
    assert runs(found, torch.zeros(2, 7), **dict.fromkeys(wanted, 7)).shape == (2, 7)


def test_behind_a_placeholder_the_code_goes_on_and_it_is_told() -> None:
    graph = chain(
        node("image", "nnstudio.input"),
        node("conv1", "torch.conv2d"),
        replace(node("view1", "python.view"), note="x.view(B,\n  -1)"),
        node("fc1", "torch.linear", out_features=3),
        node("relu1", "torch.relu"),
        node("fc2", "torch.linear", out_features=2),
    )
    graph = Graph(graph.nodes, {**graph.wires, Slot("fc1"): Source("view1", "output2")})
    found = code(Project(graph=graph), *graph.nodes)
    assert "nn.Conv2d(1, 16, kernel_size=3)" in found.text, "the data's sizes, as far as they reach"
    assert '_, x = placeholder("x.view(B, -1)", x)' in found.text
    assert "nn.LazyLinear(3)" in found.text and "nn.Linear(3, 2)" in found.text
    assert found.left_out == ("view1",)
    with pytest.raises(NotImplementedError, match="B, -1"):
        runs(found, torch.zeros(2, 1, 28, 28))


def test_what_needs_sizes_that_are_not_known_is_a_placeholder_and_two_open_inputs_are_two_arguments() -> None:
    graph = wired(
        node("slice1", "nnstudio.slice", dim=1, start=1, length=None),
        node("bad", "torch.linear", out_features=-1),
        node("sub1", "nnstudio.subtract"),
        node("emb1", "torch.embedding"),
        wires={Slot("sub1", "left"): "slice1"},
    )
    found = code(Project(graph=graph), *graph.nodes)
    assert set(found.left_out) == {"slice1", "bad"}, found.text
    assert "def forward(self, x1, x2, x3, x4):" in found.text
    assert 'placeholder("slice1: nnstudio.slice", ' in found.text


@pytest.mark.parametrize("ring", [True, False])
def test_what_cannot_be_written_in_any_way_is_refused(ring: bool) -> None:
    loop = wired(node("a", "torch.relu"), node("b", "torch.relu"), wires={"a": "b", "b": "a"})
    loss = Graph({"loss1": Node("loss1", "torch.mse")})
    project = Project(graph=loop if ring else loss)
    with pytest.raises(NNStudioError):
        code_of(project, inspect_project(project, None, REGISTRY), REGISTRY, [*project.graph.nodes], None)
