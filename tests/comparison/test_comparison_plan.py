"""Plans: arms times replicates, the same seeds in every arm, ready-made ones, and the file."""

from dataclasses import replace

import pytest

from nnstudio.comparison import ready
from nnstudio.comparison.plan import Variant, compare_axes, comparison, key_of, load, replicates_of, save
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Entry


def test_every_arm_has_the_same_seeds_and_data(iris, registry):
    plan = compare_axes(
        iris, registry, {"recipe.optimizer": ["torch.sgd", Entry("torch.adam", {"lr": 0.01})]}, seeds=[3, 7]
    )
    trials = plan.trials(registry)
    assert len(trials) == 4
    for replicate, seed in enumerate((3, 7)):
        own = [trial.project for trial in trials if trial.replicate == replicate]
        assert {project.recipe.seed for project in own} == {seed}
        assert all(project.data == iris.data for project in own)
    assert trials[1].project.recipe.optimizer.params == {"lr": 0.01}


def test_several_axes_are_every_combination(iris, registry):
    plan = compare_axes(
        iris, registry, {"recipe.optimizer": ["torch.sgd", "torch.adam"], "recipe.batch_size": [8, 16, 32]}
    )
    assert [arm.name for arm in plan.arms][:2] == ["SGD · batch size 8", "SGD · batch size 16"]
    assert len(plan.arms) == 6
    assert len(plan.replicates) == 3


def test_seeds_as_an_axis_are_replicates(iris, registry):
    plan = compare_axes(iris, registry, {"recipe.seed": [1, 2, 3]})
    assert len(plan.arms) == 1
    assert [replicate.settings for replicate in plan.replicates] == [
        (("recipe.seed", str(seed)),) for seed in (1, 2, 3)
    ]


def test_names_are_told_apart(iris, registry):
    arms = [Variant("a", (("recipe.batch_size", "8"),)), Variant("a", (("recipe.batch_size", "16"),))]
    assert [arm.name for arm in comparison(iris, registry, arms, replicates_of(iris)).arms] == ["a 1", "a 2"]


def test_a_plan_survives_the_disk(iris, registry, tmp_path):
    plan = ready.optimizers(iris, registry, 2)
    save(plan, tmp_path / "race")
    assert load(tmp_path / "race") == plan


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"name": 1, "sort": "seeds", "arms": 3, "replicates": []}'])
def test_a_damaged_file_is_said(iris, registry, tmp_path, content):
    save(ready.batch_sizes(iris, registry, 1), tmp_path)
    (tmp_path / "comparison.json").write_bytes(content)
    with pytest.raises(NNStudioError):
        load(tmp_path)


def test_the_key_is_of_what_numbers_depend_on(iris):
    moved = {id: replace(node, position=(9.0, 9.0)) for id, node in iris.graph.nodes.items()}
    same = replace(iris, name="other", notes="n", graph=replace(iris.graph, nodes=moved))
    assert key_of(same) == key_of(iris)
    assert key_of(replace(iris, recipe=replace(iris.recipe, seed=99))) != key_of(iris)


@pytest.mark.parametrize("id", [id for id in ready.READY if id != "dropout"])
def test_each_ready_made_comparison_can_be_set_up(iris, registry, id):
    plan = ready.READY[id].make(iris, registry, 2)
    assert plan.trials(registry)
    assert plan.command.startswith("nnstudio compare")


@pytest.mark.curriculum("H2")
def test_folds_are_replicates_of_one_division(iris, registry):
    plan = ready.crossvalidation(iris, registry, 4)
    data = [trial.project.data for trial in plan.trials(registry)]
    assert [item.fold for item in data] == [0, 1, 2, 3]
    assert {item.folds for item in data} == {4}
    assert plan.sort == "folds"
    assert len(ready.crossvalidation(iris, registry, -1, samples=12).replicates) == 12


@pytest.mark.parametrize(
    ("axes", "seeds"),
    [
        ({"recipe.optimizer": []}, 3),
        ({"recipe.batch_size": [8]}, 0),
        ({"recipe.batch_size": [-8]}, 2),
        ({"x.y": [1]}, 2),
    ],
)
def test_bad_plans_are_refused_before_anything_trains(iris, registry, axes, seeds):
    with pytest.raises(NNStudioError):
        compare_axes(iris, registry, axes, seeds=seeds)


@pytest.mark.parametrize(("folds", "samples"), [(1, 0), (0, 0), (-1, 1), (-1, 10**6)])
def test_bad_folds_are_refused(iris, registry, folds, samples):
    with pytest.raises(NNStudioError):
        ready.crossvalidation(iris, registry, folds, samples=samples)


def test_no_dropout_is_said(iris, registry):
    with pytest.raises(NNStudioError, match="no dropout"):
        ready.dropout(iris, registry)
