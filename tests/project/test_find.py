"""What fits a query is found wherever it lies, and is changed by one edit or not at all."""

import pytest

from nnstudio import plugins
from nnstudio.problems import Problem
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT
from nnstudio.project.edits import Edit, apply
from nnstudio.project.find import Found, find, parsed, with_param, with_type
from nnstudio.project.graph import Frame, Graph, Node, Slot, Source
from nnstudio.project.project import Block, Project

REGISTRY = plugins.load(safe_mode=True).registry
INNER = Block(
    "inner",
    "Inner",
    Graph(
        {
            "in1": Node("in1", BLOCK_INPUT),
            "conv1": Node("conv1", "torch.conv2d", {"kernel_size": [5, 5]}, (100.0, 0.0)),
            "out1": Node("out1", BLOCK_OUTPUT, position=(200.0, 0.0)),
        },
        {Slot("conv1"): Source("in1"), Slot("out1"): Source("conv1")},
    ),
)
GRAPH = Graph(
    {
        "input1": Node("input1", "nnstudio.input"),
        "conv1": Node("conv1", "torch.conv2d", {"out_channels": 8}, (200.0, 0.0), name="stem", note="to do: smaller"),
        "relu1": Node("relu1", "torch.relu", position=(400.0, 0.0)),
        "b1": Node("b1", "block:inner", position=(600.0, 0.0)),
        "drop1": Node("drop1", "torch.dropout", {"p": 0.3}, (800.0, 0.0)),
        "add1": Node("add1", "nnstudio.add", position=(900.0, 100.0)),
        "odd1": Node("odd1", "strange.layer", {"x": 3}, (1000.0, 100.0)),
    },
    {
        Slot("conv1"): Source("input1"),
        Slot("relu1"): Source("conv1"),
        Slot("b1", "in1"): Source("relu1"),
        Slot("drop1"): Source("b1", "out1"),
        Slot("add1", "inputs", 0): Source("drop1"),
        Slot("add1", "inputs", 1): Source("relu1"),
    },
    {"frame1": Frame("frame1", "Head", "the decisive part", (500.0, -50.0))},
)
PROJECT = Project("Test", GRAPH, blocks={"inner": INNER, "spare": Block("spare", "Spare", INNER.graph)})
PROBLEMS = (
    Problem("shape.mismatch", "'relu1' gets the wrong shape.", node="relu1"),
    Problem("shape.odd", "'conv1' within is odd.", node="b1[2]/conv1"),
)


def ids(query: str) -> list[str]:
    return [
        "/".join([*(("?",) if found.path is None else found.path), found.id])
        for found in find(PROJECT, REGISTRY, query, PROBLEMS)
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("   ", []),
        ("stem", ["conv1"]),
        ("CONV", ["conv1", "b1/conv1", "?/conv1"]),
        ("type:conv", ["conv1", "b1/conv1", "?/conv1"]),
        ("conv -stem", ["b1/conv1", "?/conv1"]),
        ("kernel_size=3", ["conv1"]),
        ("kernel_size=5", ["b1/conv1", "?/conv1"]),
        ("Kernel_Size!=3 type:conv", ["b1/conv1", "?/conv1"]),
        ("p>0.2", ["drop1"]),
        ("p<=0.2", []),
        ("out_channels=8", ["conv1"]),
        ("x=3", []),
        ("note:smaller", ["conv1"]),
        ('"to do"', ["conv1"]),
        ("problem:", ["relu1", "b1/conv1"]),
        ("problem:odd", ["b1/conv1"]),
        ("frame:head", ["frame1"]),
        ("decisive", ["frame1"]),
        ("name:drop", ["drop1"]),
        ("strange", ["odd1"]),
        ("param:bias=true type:conv stem", ["conv1"]),
        ("nothing at all", []),
        ("such:filter", []),
    ],
)
def test_queries(query: str, expected: list[str]) -> None:
    assert ids(query) == expected


def test_what_is_found_says_where_and_why() -> None:
    (outside, *_) = find(PROJECT, REGISTRY, "kernel_size=3", ())
    assert (outside.title, outside.where, outside.why) == ("stem", "Test", "kernel_size = 3")
    inner = find(PROJECT, REGISTRY, "kernel_size=5", ())
    assert [(found.where, found.why, found.path) for found in inner] == [
        ("Inner", "kernel_size = 5×5", ("b1",)),
        ("Spare", "kernel_size = 5×5", None),
    ]


def test_queries_are_read_term_by_term() -> None:
    assert [(t.field, t.value, t.comparison, t.absent) for t in parsed('-type:relu "a b" p>=0.5 problem:')] == [
        ("type", "relu", "", True),
        ("", "a b", "", False),
        ("p", "0.5", ">=", False),
        ("problem", "", "", False),
    ]


def found(query: str) -> tuple[Found, ...]:
    return find(PROJECT, REGISTRY, query, PROBLEMS)


def edit_of(result: tuple[Edit, int] | Problem) -> tuple[Edit, int]:
    assert not isinstance(result, Problem), result
    return result


def test_a_parameter_is_set_in_all_of_them_as_one_edit() -> None:
    edit, count = edit_of(with_param(PROJECT, REGISTRY, found("type:conv"), "kernel_size", "7"))
    after = apply(PROJECT, edit)
    assert count == 3
    assert after.graph.nodes["conv1"].params == {"out_channels": 8, "kernel_size": 7}
    assert after.blocks["inner"].graph.nodes["conv1"].params == {"kernel_size": 7}
    assert apply(after, edit.inverse) == PROJECT
    _, none = edit_of(with_param(after, REGISTRY, found("type:conv"), "kernel_size", "7"))
    assert none == 0, "nothing is left to change"


@pytest.mark.parametrize(
    ("query", "name", "text", "words"),
    [
        ("type:conv", "wings", "2", "None of these has a parameter 'wings'"),
        ("type:conv", "kernel_size", "0", "kernel_size is 0"),
        ("type:conv", "kernel_size", "blue", "'blue'"),
        ("drop1", "p", "1.5", "p is 1.5"),
    ],
)
def test_values_that_are_not_allowed_are_refused_for_all(query: str, name: str, text: str, words: str) -> None:
    result = with_param(PROJECT, REGISTRY, found(query), name, text)
    assert isinstance(result, Problem) and words in str(result)


def test_a_type_is_replaced_and_keeps_parameters_and_wires() -> None:
    edit, count = edit_of(with_type(PROJECT, REGISTRY, found("relu1"), "torch.elu"))
    after = apply(PROJECT, edit)
    assert count == 1 and after.graph.nodes["relu1"].type == "torch.elu" and after.graph.wires == GRAPH.wires
    edit, _ = edit_of(with_type(PROJECT, REGISTRY, found("type:conv"), "torch.conv1d"))
    after = apply(PROJECT, edit)
    assert after.graph.nodes["conv1"].params == {"out_channels": 8}
    assert after.blocks["inner"].graph.nodes["conv1"].params == {}, "5×5 is nothing for one axis"
    assert apply(after, edit.inverse) == PROJECT


def test_ports_of_another_name_take_over_the_wires() -> None:
    edit, _ = edit_of(with_type(PROJECT, REGISTRY, found("name:drop1"), "nnstudio.add"))
    after = apply(PROJECT, edit).graph
    assert after.wires[Slot("drop1", "inputs", 0)] == Source("b1", "out1")
    assert Slot("drop1") not in after.wires


@pytest.mark.parametrize(
    ("query", "type", "words"),
    [
        ("relu1", "no.such", "no layer 'no.such'"),
        ("name:add1", "torch.relu", "has a wire at an input for which ReLU has none"),
        ("relu1", "torch.cross_entropy", "output"),
    ],
)
def test_types_that_cannot_take_the_wires_are_refused(query: str, type: str, words: str) -> None:
    result = with_type(PROJECT, REGISTRY, found(query), type)
    assert isinstance(result, Problem) and words in str(result)


def test_within_a_selection_nothing_else_is_found() -> None:
    chosen = {("", "conv1"), ("", "b1"), ("", "frame1")}
    found = find(PROJECT, REGISTRY, "", within=chosen)
    assert {(item.block, item.id) for item in found} == chosen
    assert [item.id for item in find(PROJECT, REGISTRY, "type:conv", within=chosen)] == ["conv1"], (
        "not within the block"
    )
    assert find(PROJECT, REGISTRY, "relu", within=chosen) == ()
