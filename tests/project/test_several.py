"""Several nodes changed alike, in one step."""

from nnstudio.plugins import load
from nnstudio.project.document import Document
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project
from nnstudio.project.searching import all_searched
from nnstudio.project.several import (
    common,
    refused,
    reset_params,
    searched,
    set_fields,
    set_params,
    set_searched,
)

REGISTRY = load(safe_mode=True).registry


def project() -> Project:
    nodes = [
        Node("conv1", "torch.conv2d", {"out_channels": 16}),
        Node("conv2", "torch.conv2d", {"out_channels": 32, "bias": False}),
        Node("fc1", "torch.linear", {"out_features": 10}),
        Node("gone", "nobody.knows"),
    ]
    return Project(graph=Graph({node.id: node for node in nodes}))


def of(*ids: str) -> list[Node]:
    return [project().graph.nodes[id] for id in ids]


def test_what_nodes_of_a_kind_have_in_common_and_where_they_differ():
    found = {item.field.name: item for item in common(of("conv1", "conv2"), REGISTRY)}
    assert found["out_channels"].values == (16, 32)
    assert found["out_channels"].mixed
    assert found["bias"].values == (True, False)
    assert found["kernel_size"].values == (3,)
    assert not found["kernel_size"].set_somewhere


def test_nodes_of_several_kinds_share_what_is_called_and_typed_alike():
    assert [item.field.name for item in common(of("conv1", "fc1"), REGISTRY)] == ["bias"]
    assert common(of("conv1", "gone"), REGISTRY) == []
    assert common([], REGISTRY) == []


def test_one_edit_for_all_of_them():
    document = Document(project())
    document.do(set_params(document.project, ["conv1", "conv2"], "out_channels", 8))
    document.do(set_params(document.project, ["conv1", "conv2"], "out_channels", 80))
    assert [document.project.graph.nodes[id].params["out_channels"] for id in ("conv1", "conv2")] == [80, 80]
    document.undo()
    assert document.project == project()
    document.do(reset_params(document.project, ["conv1", "conv2", "fc1"], "bias"))
    assert "bias" not in document.project.graph.nodes["conv2"].params
    document.do(set_fields(document.project, ["conv1", "fc1"], "Bypass", bypassed=True))
    assert [node.id for node in document.project.graph if node.bypassed] == ["conv1", "fc1"]
    while document.undo():
        pass
    assert document.project == project()


def test_a_value_that_one_of_them_refuses_is_said_with_its_name():
    assert refused(of("conv1", "conv2"), REGISTRY, "out_channels", 8) == ""
    said = refused(of("conv1", "conv2"), REGISTRY, "out_channels", 0)
    assert "conv1" in said
    assert "0" in said


def test_parameters_to_be_searched_over_are_marked_and_unmarked():
    document = Document(project())
    document.do(set_searched(document.project, "conv1", "out_channels", True))
    document.do(set_searched(document.project, "conv1", "kernel_size", True))
    assert searched(document.project.graph.nodes["conv1"]) == ("out_channels", "kernel_size")
    assert all_searched(document.project, REGISTRY) == ("conv1.out_channels", "conv1.kernel_size")
    document.do(set_searched(document.project, "conv1", "out_channels", False))
    document.do(set_searched(document.project, "conv1", "kernel_size", False))
    assert document.project == project()
