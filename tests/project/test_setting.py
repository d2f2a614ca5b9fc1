"""Anything in a project set by a dotted name, and read by it."""

from dataclasses import replace
from typing import Any

import pytest

from nnstudio import plugins
from nnstudio.problems import NNStudioError
from nnstudio.project.edits import apply
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import NOTHING, Entry, Project, Recipe, Rule
from nnstudio.project.setting import setting, value_of

REGISTRY = plugins.load(safe_mode=True).registry
L2, L1 = Entry("nnstudio.l2", {"strength": 0.1}), Entry("nnstudio.l1", {"strength": 0.2}, enabled=False)
PROJECT = Project(
    graph=Graph({"drop1": Node("drop1", "torch.dropout")}),
    recipe=Recipe(regularizers=(L2, L1), rules=(Rule("fc*", frozen=True, regularizers=(L2,)),)),
)


def after(name: str, value: Any) -> Recipe:
    return apply(PROJECT, setting(PROJECT, REGISTRY, name, value)).recipe


@pytest.mark.parametrize(
    ("name", "value", "changed"),
    [
        ("recipe.regularizers.0.strength", "1e-3", {"regularizers": (Entry("nnstudio.l2", {"strength": 0.001}), L1)}),
        ("recipe.regularizers.l1.enabled", "true", {"regularizers": (L2, replace(L1, enabled=True))}),
        ("recipe.regularizers.nnstudio.l1.strength", 5, {"regularizers": (L2, replace(L1, params={"strength": 5}))}),
        ("recipe.regularizers.1", "l2", {"regularizers": (L2, Entry("nnstudio.l2"))}),
        ("recipe.regularizers", [L1, {"type": "l2", "params": {"strength": 0.1}}], {"regularizers": (L1, L2)}),
        ("recipe.regularizers", "", {"regularizers": ()}),
        ("recipe.schedule.enabled", False, {"schedule": Entry("nnstudio.constant", {}, enabled=False)}),
        ("recipe.optimizer", {"type": "sgd", "params": {"lr": "0.5"}}, {"optimizer": Entry("torch.sgd", {"lr": 0.5})}),
        ("recipe.average", "ema", {"average": Entry("nnstudio.ema")}),
        ("recipe.average", "none", {"average": NOTHING}),
        ("recipe.rules.fc*.frozen", "no", {"rules": (Rule("fc*", frozen=False, regularizers=(L2,)),)}),
        ("recipe.rules.0.frozen", None, {"rules": (Rule("fc*", regularizers=(L2,)),)}),
        ("recipe.rules.#a.lr_factor", 2, {"rules": (*PROJECT.recipe.rules, Rule("#a", lr_factor=2.0))}),
        (
            "recipe.rules.type:torch.conv*.initializer",
            "zeros",
            {"rules": (*PROJECT.recipe.rules, Rule("type:torch.conv*", initializer=Entry("nnstudio.zeros")))},
        ),
        (
            "recipe.rules.fc*.regularizers.l2.strength",
            0.5,
            {"rules": (Rule("fc*", frozen=True, regularizers=(Entry("nnstudio.l2", {"strength": 0.5}),)),)},
        ),
        ("recipe.rules", [{"match": "a", "weight_decay": 1}], {"rules": (Rule("a", weight_decay=1.0),)}),
        ("recipe.rules", (Rule("b", constraints=()),), {"rules": (Rule("b", constraints=()),)}),
    ],
)
def test_set_and_read_again(name: str, value: Any, changed: dict[str, Any]) -> None:
    recipe = after(name, value)
    assert recipe == replace(PROJECT.recipe, **changed)
    read = value_of(replace(PROJECT, recipe=recipe), REGISTRY, name)
    again = apply(replace(PROJECT, recipe=recipe), setting(replace(PROJECT, recipe=recipe), REGISTRY, name, read))
    assert again.recipe == recipe  # what is read sets the same


def test_what_was_never_set_reads_as_its_default() -> None:
    assert value_of(PROJECT, REGISTRY, "recipe.optimizer.lr") == 0.001
    assert value_of(PROJECT, REGISTRY, "recipe.epochs") == 10
    assert value_of(PROJECT, REGISTRY, "drop1.p") == 0.5
    assert value_of(PROJECT, REGISTRY, "recipe.rules.#nobody.frozen") is None
    assert value_of(PROJECT, REGISTRY, "recipe.rules.fc*.frozen") is True


@pytest.mark.parametrize(
    ("name", "value", "word"),
    [
        ("recipe.regularizers.4.strength", 1, "'4'"),
        ("recipe.regularizers.l3.strength", 1, "l3"),
        ("recipe.regularizers.l2.strength", -1, "strength"),
        ("recipe.regularizers.l2.nothing", 1, "nothing"),
        ("recipe.rules.fc*", 1, "fc*"),
        ("recipe.rules", [5], "5"),
        ("recipe.rules.fc*.frozen", "perhaps", "frozen"),
        ("recipe.average.decay", 0.5, "average"),
        ("recipe.schedule.enabled", "perhaps", "enabled"),
        ("recipe.epochs.more", 1, "epochs"),
    ],
)
def test_what_cannot_be_set_is_named(name: str, value: Any, word: str) -> None:
    with pytest.raises(NNStudioError) as raised:
        after(name, value)
    problem = raised.value.problems[0]
    assert word in f"{problem.message} {problem.param}"
