"""Alternatives as texts: read, written, and applied to a project."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnstudio import Project
from nnstudio.comparison.alternatives import applied, read_entry, split, title, written
from nnstudio.comparison.candidates import candidates
from nnstudio.problems import NNStudioError
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Entry
from nnstudio.project.project import Project as Drawn


def test_commas_in_brackets_do_not_separate():
    assert split("torch.sgd(lr=0.1, momentum=0.9), torch.adam,, off") == [
        "torch.sgd(lr=0.1, momentum=0.9)",
        "torch.adam",
        "off",
    ]


def test_an_entry_with_parameters(iris, registry):
    project = applied(iris, registry, "recipe.optimizer", "torch.sgd(momentum=0.9, nesterov=true)")
    assert project.recipe.optimizer == Entry("torch.sgd", {"momentum": 0.9, "nesterov": True})


@given(
    st.dictionaries(
        st.sampled_from(["lr", "momentum", "weight_decay"]), st.floats(0, 1, exclude_min=True), min_size=1, max_size=3
    )
)
def test_what_is_written_is_read_again(params):
    assert read_entry(written(Entry("torch.sgd", params))) == Entry("torch.sgd", {k: str(v) for k, v in params.items()})


def test_off_keeps_an_entry_without_using_it(iris, registry):
    with_l2 = applied(iris, registry, "recipe.regularizers", "nnstudio.l1 + nnstudio.l2")
    assert [entry.type for entry in with_l2.recipe.regularizers] == ["nnstudio.l1", "nnstudio.l2"]
    off = applied(with_l2, registry, "recipe.regularizers", "off")
    assert [entry.enabled for entry in off.recipe.regularizers] == [False, False]
    assert applied(with_l2, registry, "recipe.regularizers", "on") == with_l2


def test_a_node_switched_off_hands_through(registry):
    handle = Project.new(dataset="iris", registry=registry)
    hidden = handle.add("linear", out_features=8, after="input")
    dropout = handle.add("dropout", after=hidden)
    scores = handle.add("linear", out_features=3, after=dropout)
    handle.add("cross_entropy", after=scores)
    off = applied(handle.content, registry, dropout, "off")
    assert dropout not in off.flat.nodes
    assert [wire.source.node for wire in off.flat.wires_into(scores)] == [hidden]
    assert applied(handle.content, registry, f"{dropout}.p", "0.25").graph.nodes[dropout].params["p"] == 0.25


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("recipe.optimizer", "off"),
        ("recipe.optimizer", "torch.sgd(0.9)"),
        ("recipe.optimizer", "torch.sgd(lr=nan)"),
        ("recipe.optimizer", "nothing_like_it"),
        ("recipe.batch_size", "many"),
        ("recipe.nothing", "1"),
        ("no_such_node", "off"),
        ("input", "off"),
    ],
)
def test_what_cannot_be_set_is_said(iris, registry, name, text):
    with pytest.raises(NNStudioError) as caught:
        applied(iris, registry, name, text)
    assert all(problem.message for problem in caught.value.problems)


def test_titles_are_what_people_say(iris, registry):
    assert title(iris, registry, "recipe.optimizer", "torch.sgd(momentum=0.9)") == "SGD (momentum 0.9)"
    assert title(iris, registry, "recipe.batch_size", "32") == "batch size 32"
    assert title(iris, registry, "drop1", "off") == "without drop1"


def test_every_candidate_begins_with_alternatives_that_can_be_set(iris, registry):
    found = candidates(iris, registry)
    assert {"recipe.optimizer", "recipe.initializer", "recipe.batch_size"} <= {item.name for item in found}
    for candidate in found:
        for text in candidate.begin:
            applied(iris, registry, candidate.name, text)


@pytest.mark.parametrize(
    ("present", "begin"), [(1, ("1", "3")), (3, ("1", "3", "5")), (7, ("5", "7", "9")), (2, ("1", "2", "4"))]
)
def test_odd_kernel_sizes_are_offered_around_an_odd_one(registry, present, begin):
    node = Node(
        "conv1", "torch.conv2d", {"kernel_size": present, "padding": "same"}, options={"search": ["kernel_size"]}
    )
    found = candidates(Drawn(graph=Graph({"conv1": node})), registry)
    assert next(each for each in found if each.name == "conv1.kernel_size").begin == begin
