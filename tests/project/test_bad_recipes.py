"""A recipe that cannot be, or is probably not meant, says what, where and what to do, before training starts."""

import math
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

from nnstudio import plugins
from nnstudio.data import DataInfo
from nnstudio.plan import NodePlan, Plan
from nnstudio.problems import Problem, Severity
from nnstudio.project.check import check
from nnstudio.project.check_with_data import check_with_data
from nnstudio.project.gallery import open_example
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Data, Entry, Project, Recipe, Rule
from nnstudio.registry import Registry


@cache
def registry() -> Registry:
    return plugins.load(safe_mode=True).registry


@cache
def xor() -> Project:
    return open_example("xor", registry())


def problems(**recipe: Any) -> list[Problem]:
    return list(check(replace(xor(), recipe=replace(xor().recipe, **recipe)), registry()))


def the_one(found: list[Problem]) -> Problem:
    assert len(found) == 1, found
    (problem,) = found
    assert problem.remedy or "leave it out" in problem.message
    return problem


def test_the_good_recipe_is_good() -> None:
    assert not problems()


def entry(type: str, **params: Any) -> Entry:
    return Entry(type, params)


@pytest.mark.parametrize(
    ("recipe", "says"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": 10**9}, "epochs is 1000000000"),
        ({"batch_size": -1}, "batch size is -1"),
        ({"accumulate": 0}, "cut into is 0"),
        ({"batch_size": 2, "accumulate": 3}, "batch of 2 cannot be cut into 3"),
        ({"warmup_steps": -1}, "warm-up is -1"),
        ({"precision": "float8"}, "'float8'"),
        ({"device": "gpu"}, "'gpu'"),
        ({"seed": -5}, "seed is -5"),
        ({"optimizer": entry("torch.adam", lr=math.nan)}, "lr is nan"),
        ({"optimizer": entry("torch.adam", lr=math.inf)}, "lr is inf"),
        ({"optimizer": entry("torch.adam", lr=0)}, "lr is 0"),
        ({"optimizer": entry("torch.sgd", momentum=1.5)}, "momentum is 1.5"),
        ({"optimizer": entry("torch.lbfgs", momentum=0.9)}, "momentum"),
        ({"regularizers": (entry("nnstudio.l2", strength=-1),)}, "strength is -1"),
        ({"schedule": entry("nnstudio.cosine", floor=2)}, "floor is 2"),
        ({"average": entry("nnstudio.ema", decay=1.5)}, "decay is 1.5"),
        ({"stops": (entry("nnstudio.early_stopping", patience=-1),)}, "patience is -1"),
        ({"stops": (entry("nnstudio.no_such"),)}, "nnstudio.no_such"),
        ({"rules": (Rule("#hidden1", lr_factor=-1.0),)}, "factor of the rule '#hidden1' is -1"),
        ({"rules": (Rule("nowhere*", frozen=True),)}, "'nowhere*' meets no node"),
    ],
)
def test_a_bad_number_is_named_with_what_is_allowed(recipe: dict[str, Any], says: str) -> None:
    found = [problem for problem in problems(**recipe) if says in problem.message]
    assert the_one(found).place == "recipe"


def test_what_is_switched_off_may_be_anything() -> None:
    assert not problems(regularizers=(Entry("nnstudio.l2", {"strength": -1}, enabled=False),))
    assert not problems(rules=(Rule("nowhere*", enabled=False, frozen=True),))


@pytest.mark.parametrize(("optimizer", "means"), [("torch.adam", "λ = 0.03"), ("torch.adamw", "shrink twice")])
def test_weight_decay_beside_an_l2_penalty_is_a_warning_with_what_it_means(optimizer: str, means: str) -> None:
    found = problems(optimizer=entry(optimizer, weight_decay=0.02), regularizers=(entry("nnstudio.l2", strength=0.01),))
    problem = the_one(found)
    assert problem.severity is Severity.WARNING
    assert means in problem.message


def test_label_smoothing_does_not_go_with_a_regression_loss() -> None:
    graph = xor().graph
    (loss,) = [node for node in graph if (spec := registry().layer(node.type)) is not None and not spec.outputs]
    mse = replace(loss, type="torch.mse", params={"label_smoothing": 0.1})
    found = check(replace(xor(), graph=replace(graph, nodes={**graph.nodes, loss.id: mse})), registry())
    problem = next(problem for problem in found if problem.node == loss.id and problem.param == "label_smoothing")
    assert "no parameter 'label_smoothing'" in problem.message


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"split_by": "mood"}, "'mood'"),
        ({"split_by": "group"}, "no field says what the groups are"),
        ({"folds": 1}, "folds is 1"),
        ({"folds": 5, "fold": 5}, "fold is 5"),
        ({"bootstrap": -1}, "bootstrap is -1"),
        ({"standardize": "maybe"}, "'maybe'"),
        ({"validation": math.nan}, "share is nan"),
    ],
)
def test_a_bad_division_of_the_data_is_named(data: dict[str, Any], says: str) -> None:
    found = list(check(replace(xor(), data=replace(xor().data, **data)), registry()))
    assert says in the_one([problem for problem in found if problem.place == "data"]).message


# ── with data and shapes ──────────────────────────────────────────────────────────────────────────────────────────────

INFO = DataInfo({}, ("x",), "y", 33, 33, 0, 0)


def against_data(recipe: Recipe, plan: Plan | None = None) -> list[Problem]:
    graph = Graph({"bn": Node("bn", "torch.batch_norm1d")})
    return list(check_with_data(Project("P", graph, Data(), recipe), INFO, plan or Plan()))


def test_a_warm_up_as_long_as_the_run_leaves_the_schedule_no_steps() -> None:
    assert not against_data(Recipe(epochs=2, batch_size=11, warmup_steps=5))
    problem = the_one(against_data(Recipe(epochs=2, batch_size=11, warmup_steps=6)))
    assert "6 steps" in problem.message
    assert problem.severity is Severity.ERROR


def test_a_batch_larger_than_the_data_is_a_warning() -> None:
    assert the_one(against_data(Recipe(batch_size=34))).severity is Severity.WARNING


@pytest.mark.parametrize(
    ("batch_size", "places", "severity"),
    [
        (1, (), Severity.ERROR),
        (32, (), Severity.ERROR),
        (16, (), Severity.ERROR),
        (11, (), None),
        (1, (5,), Severity.WARNING),
        (32, (5,), None),
    ],
)
def test_batch_norm_needs_two_values(batch_size: int, places: tuple[int, ...], severity: Severity | None) -> None:
    plan = Plan(nodes={"bn": NodePlan("bn", "torch.batch_norm1d", "bn", inputs=((-1, 4, *places),))})
    found = against_data(Recipe(batch_size=batch_size), plan)
    assert [problem.severity for problem in found] == ([] if severity is None else [severity])
    assert all(problem.node == "bn" for problem in found)
