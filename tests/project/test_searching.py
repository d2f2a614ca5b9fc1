"""What is marked to be searched over: of nodes, of instances, of nodes within definitions, each once; where nothing would follow, it is refused."""

from dataclasses import replace

import pytest

from nnstudio import plugins
from nnstudio.comparison.alternatives import applied, title
from nnstudio.comparison.candidates import candidates
from nnstudio.problems import NNStudioError
from nnstudio.project.block_exposed import rename_exposed
from nnstudio.project.edits import Edit, apply, set_option, set_param
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Block, Exposed, Project
from nnstudio.project.searching import all_searched, refusal
from nnstudio.project.setting import setting
from nnstudio.project.several import SEARCH, searched, set_searched

REGISTRY = plugins.load(safe_mode=True).registry
CELL = Block(
    "cell",
    "Cell",
    Graph(
        {
            "fc": Node("fc", "torch.linear", {"out_features": 32}, name="gate"),
            "fc2": Node("fc2", "torch.linear", {"out_features": 32}),
            "drop": Node("drop", "torch.dropout"),
        }
    ),
    (Exposed("hidden", "fc", "out_features"), Exposed("hidden", "fc2", "out_features")),
)
STAGE = Block("stage", "Stage", Graph({"inner": Node("inner", "block:cell"), "again": Node("again", "block:cell")}))
PROJECT = Project(
    graph=Graph(
        {
            "one": Node("one", "block:stage", name="first"),
            "two": Node("two", "block:stage"),
            "out": Node("out", "torch.linear"),
        }
    ),
    blocks={"cell": CELL, "stage": STAGE, "unused": replace(CELL, id="unused")},
)


def marked(project: Project, block: str, node: str, *params: str) -> Project:
    for param in params:
        project = apply(project, set_searched(project.inside(block), node, param, True).inside(block))
    return project


def test_a_definition_is_searched_once_whatever_stands_for_it() -> None:
    project = marked(PROJECT, "", "out", "out_features")
    project = marked(project, "cell", "drop", "p")
    project = marked(project, "stage", "inner", "hidden", "repeat")
    project = marked(project, "unused", "drop", "p")
    found = all_searched(project, REGISTRY)
    assert found == ("out.out_features", "one/inner.hidden", "one/inner.repeat", "one/inner/drop.p")
    project = applied(project, REGISTRY, "one/inner/drop.p", "0.125")
    instances = ("one", "two")
    assert {
        project.flat.nodes[f"{way}/{inner}/drop"].params["p"] for way in instances for inner in ("inner", "again")
    } == {0.125}
    project = applied(project, REGISTRY, "one/inner.hidden", "4")
    assert [project.flat.nodes[f"two/{inner}/fc"].params["out_features"] for inner in ("inner", "again")] == [4, 32]


def test_what_one_parameter_sets_together_is_searched_together() -> None:
    project = marked(marked(PROJECT, "cell", "fc2", "out_features"), "cell", "fc", "out_features")
    assert all_searched(project, REGISTRY) == ("one/inner/fc.out_features",)
    for changed in (
        applied(project, REGISTRY, "one/inner/fc.out_features", "8"),
        apply(project, setting(project, REGISTRY, "one/inner/fc.out_features", 8)),
    ):
        nodes = changed.blocks["cell"].graph.nodes
        assert [nodes[id].params["out_features"] for id in ("fc", "fc2")] == [8, 8]


def test_a_value_that_every_instance_sets_is_refused_with_whose_it_is() -> None:
    assert refusal(PROJECT, "cell", "fc", "out_features") is None
    project = apply(PROJECT, set_param(PROJECT.inside("stage"), "inner", "hidden", 4).inside("stage"))
    assert refusal(project, "cell", "fc", "out_features") is None  # 'again' still follows
    project = apply(project, set_param(project.inside("stage"), "again", "hidden", 8).inside("stage"))
    problem = refusal(project, "cell", "fc", "out_features")
    assert problem is not None
    assert (
        problem.message
        == "'out_features' of 'gate' is set by hidden in every instance of 'Cell': inner = 4, again = 8."
    )
    assert refusal(project, "cell", "drop", "p") is None
    assert refusal(project, "stage", "inner", "hidden") is None
    with pytest.raises(NNStudioError, match="every instance"):
        applied(project, REGISTRY, "one/inner/fc.out_features", "8")


def test_the_mark_goes_with_a_renamed_parameter_and_without_one_that_is_gone() -> None:
    project = marked(PROJECT, "stage", "inner", "hidden")
    edit = rename_exposed(project, REGISTRY, "cell", "hidden", "width")
    assert isinstance(edit, Edit)
    project = apply(project, edit)
    assert searched(project.blocks["stage"].graph.nodes["inner"]) == ("width",)
    assert all_searched(project, REGISTRY) == ("one/inner.width",)
    stale = apply(project, set_option(project, "out", SEARCH, ["nothing"]))
    assert all_searched(stale, REGISTRY) == ("one/inner.width",)


def test_nodes_within_blocks_are_offered_once_by_the_definitions_title() -> None:
    offered = {each.name: each for each in candidates(marked(PROJECT, "cell", "drop", "p"), REGISTRY)}
    assert offered["one/inner/fc.out_features"].title == "Cell/gate: out_features"
    assert offered["one/inner/fc.out_features"].begin == ("16", "32", "64")
    assert offered["one/inner.hidden"].title == "Stage/inner: hidden"
    assert offered["one.repeat"].title == "first: repeat"
    assert not any(name.startswith(("two/", "one/again/")) for name in offered)
    assert title(PROJECT, REGISTRY, "one/inner/fc.out_features", "8") == "Cell/gate out features 8"
    assert title(PROJECT, REGISTRY, "one.repeat", "2") == "first repeat 2"
