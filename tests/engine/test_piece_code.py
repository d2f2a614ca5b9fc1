"""A selection as code: only what is selected, what came from outside as arguments; pasted back it is the same piece."""

import pytest
from graphs import image_data, lenet

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


def test_nothing_to_write_and_nothing_known_are_told() -> None:
    for nodes in ((), ("nowhere",), ("a/b",)):
        with pytest.raises(NNStudioError, match="no nodes"):
            code(Project(graph=lenet()), *nodes)
    loose = Graph(
        {"conv1": Node("conv1", "torch.conv2d"), "relu1": Node("relu1", "torch.relu")}, {Slot("relu1"): Source("conv1")}
    )
    with pytest.raises(NNStudioError, match="'conv1' gives is not worked out"):
        code(Project(graph=loose), "relu1")
