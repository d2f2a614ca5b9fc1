"""Presets: kept, found again, applied as one step, compared in words; and the lines of a recipe as text."""

import json
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnstudio.plugins import load
from nnstudio.problems import errors
from nnstudio.project import presets
from nnstudio.project import recipe_entries as entries
from nnstudio.project.check import check
from nnstudio.project.difference import Difference, recipes
from nnstudio.project.document import Document
from nnstudio.project.edits import apply
from nnstudio.project.file import from_json
from nnstudio.project.project import NOTHING, Entry, Project, Recipe, Rule

REGISTRY = load(safe_mode=True).registry


def ids(kind: str) -> st.SearchStrategy[Entry]:
    return st.builds(Entry, st.sampled_from(sorted(REGISTRY.of(kind))), enabled=st.booleans())


def lists(kind: str) -> st.SearchStrategy[tuple[Entry, ...]]:
    return st.lists(ids(kind), max_size=4).map(tuple)


RULE = st.builds(
    Rule,
    st.sampled_from(["fc*", "#conv1", "type:torch.*", "*"]),
    st.booleans(),
    initializer=st.none() | ids("initializer"),
    regularizers=st.none() | lists("regularizer"),
    lr_factor=st.none() | st.sampled_from([0.0, 0.1, 2.0]),
    frozen=st.none() | st.booleans(),
)
RECIPES = st.builds(
    Recipe,
    epochs=st.integers(1, 50),
    batch_size=st.integers(0, 128),
    shuffle=st.booleans(),
    seed=st.integers(0, 9),
    augmentations=lists("augmentation"),
    initializer=ids("initializer"),
    regularizers=lists("regularizer"),
    gradients=lists("gradient"),
    optimizer=ids("optimizer"),
    schedule=ids("schedule"),
    average=st.just(NOTHING) | ids("average"),
    stops=lists("stop"),
    rules=st.lists(RULE, max_size=3).map(tuple),
)


@pytest.mark.parametrize("preset", presets.bundled(), ids=lambda preset: preset.name)
def test_a_bundled_preset_names_plugins_that_there_are_with_parameters_that_fit(preset: presets.Preset) -> None:
    project = Project(recipe=preset.applied(Recipe()))
    wrong = [problem for problem in errors(check(project, REGISTRY)) if problem.place == "recipe"]
    assert not wrong


@pytest.mark.curriculum("O1")
def test_online_is_one_pass_of_batches_of_one_and_full_batch_takes_all() -> None:
    by_name = {preset.name: preset.applied(Recipe(epochs=10)) for preset in presets.bundled()}
    online, full = by_name["online: one pass, batch 1"], by_name["full batch"]
    assert (online.epochs, online.batch_size) == (1, 1)
    assert (full.epochs, full.batch_size) == (10, 0)


@given(RECIPES)
@settings(max_examples=25, deadline=None)
def test_a_recipe_kept_as_a_preset_comes_back(tmp_path_factory: pytest.TempPathFactory, recipe: Recipe) -> None:
    folder = tmp_path_factory.mktemp("recipes")
    assert presets.save(presets.of_recipe("mine", recipe), folder) == ()
    (preset,), problems = presets.own(folder)
    assert not problems
    there = Recipe(seed=77, device="cpu")
    applied = preset.applied(there)
    assert (applied.seed, applied.device) == (77, "cpu")  # what belongs to the project stays
    general = tuple(rule for rule in recipe.rules if not rule.match.startswith("#"))
    assert replace(applied, seed=recipe.seed, device=recipe.device) == replace(recipe, rules=general)


@given(RECIPES, st.sampled_from(presets.bundled()))
@settings(max_examples=25, deadline=None)
def test_applying_is_one_step_that_undo_takes_back(recipe: Recipe, preset: presets.Preset) -> None:
    document = Document(Project(recipe=recipe))
    document.do(presets.apply(document.project, preset))
    assert all(getattr(document.project.recipe, name) == value for name, value in preset.values.items())
    assert document.project.data == Project().data
    found = presets.nearest(document.project.recipe, presets.bundled(), REGISTRY)
    assert found is not None
    assert found[1] == ()
    while document.undo():
        pass
    assert document.project.recipe == recipe


def test_a_nodes_own_rules_stay_with_the_project() -> None:
    mine = presets.of_recipe("mine", Recipe(rules=(Rule("fc*", frozen=True), Rule("#conv1", lr_factor=0.1))))
    assert mine.values["rules"] == (Rule("fc*", frozen=True),)
    here = Recipe(rules=(Rule("#out", frozen=True), Rule("conv*", lr_factor=2.0)))
    assert mine.applied(here).rules == (Rule("fc*", frozen=True), Rule("#out", frozen=True))


def test_names_are_given_taken_and_refused(tmp_path: Path) -> None:
    assert presets.save(presets.of_recipe("one", Recipe(epochs=3)), tmp_path) == ()
    assert presets.save(presets.of_recipe("one", Recipe(epochs=4)), tmp_path) == ()  # replaced
    assert presets.save(presets.of_recipe("two", Recipe()), tmp_path) == ()
    one, two = presets.own(tmp_path)[0]
    assert one.values["epochs"] == 4
    assert presets.rename(two, "one", tmp_path)[0].code == "preset.taken"
    assert presets.rename(one, "three", tmp_path) == ()
    assert [preset.name for preset in presets.own(tmp_path)[0]] == ["three", "two"]
    assert presets.delete(two) == ()
    assert [preset.name for preset in presets.own(tmp_path)[0]] == ["three"]
    assert presets.delete(presets.bundled()[0])[0].code == "preset.bundled"
    for name in ("", "  ", "x" * 200, "a\nb", presets.bundled()[0].name):
        assert presets.save(presets.of_recipe(name, Recipe()), tmp_path)


def test_a_spoilt_file_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    presets.save(presets.of_recipe("good", Recipe()), tmp_path)
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "partial.json").write_text(json.dumps({"format": 1, "name": "partial", "recipe": {"batch_size": 7}}))
    found, problems = presets.own(tmp_path)
    assert [preset.name for preset in found] == ["good", "partial"]
    assert found[1].values == {"batch_size": 7}
    assert found[1].applied(Recipe(epochs=3)) == Recipe(epochs=3, batch_size=7)
    assert any("bad.json" in problem.message for problem in problems)


# ── differences ───────────────────────────────────────────────────────────────────────────────────────────────────────


def said(before: Recipe, after: Recipe) -> list[str]:
    return [str(difference) for difference in recipes(before, after, REGISTRY)]


def test_what_differs_is_said_with_its_values() -> None:
    before = Recipe(regularizers=(Entry("nnstudio.l2", {"strength": 0.01}), Entry("nnstudio.l1")))
    after = Recipe(
        batch_size=32,
        regularizers=(Entry("nnstudio.l2", {"strength": 0.1}),),
        gradients=(Entry("nnstudio.clip_norm", enabled=False),),
        optimizer=Entry("torch.adam", {"lr": 0.01}),
        rules=(Rule("fc*", frozen=True),),
    )
    assert said(before, after) == [
        "batch size: 64 → 32",
        "penalty L2 strength: 0.01 → 0.1",
        "penalty: L1 removed",
        "gradient rule: added Clip by norm, off",
        "optimizer lr: 0.001 → 0.01",
        "rule for fc*: added frozen yes",
    ]


def test_another_order_is_told_as_such() -> None:
    shift, cutout = Entry("nnstudio.shift"), Entry("nnstudio.cutout")
    (difference,) = recipes(Recipe(augmentations=(shift, cutout)), Recipe(augmentations=(cutout, shift)), REGISTRY)
    assert difference == Difference("order of augmentations", "Shift, Cutout", "Cutout, Shift")


def test_the_default_typed_out_is_no_difference() -> None:
    assert said(Recipe(), Recipe(optimizer=Entry("torch.adam", {"lr": 0.001}))) == []


@given(RECIPES, RECIPES)
@settings(max_examples=25, deadline=None)
def test_nothing_is_said_where_nothing_differs_and_something_where_anything_does(a: Recipe, b: Recipe) -> None:
    assert recipes(a, a, REGISTRY) == ()
    assert bool(recipes(a, b, REGISTRY)) == (a != b)


# ── lines as text, added, moved, taken away ───────────────────────────────────────────────────────────────────────────


def keys_of(recipe: Recipe) -> list[str]:
    listed = [
        f"{field}.{index}" for field in (*entries.SEVERAL, "rules") for index in range(len(getattr(recipe, field)))
    ]
    return [*listed, *(field for field in entries.SINGLE if getattr(recipe, field).type)]


@given(RECIPES)
@settings(max_examples=25, deadline=None)
def test_all_lines_copied_into_another_project_make_the_same_recipe(recipe: Recipe) -> None:
    items, problems = entries.from_text(entries.to_text(recipe, keys_of(recipe)))
    assert not problems
    there = Project(recipe=Recipe(optimizer=Entry("torch.sgd")))
    edit, keys = entries.paste(there, items)
    pasted = apply(there, edit)
    for item in fields(Recipe):
        if item.name in {*entries.SEVERAL, *entries.SINGLE, "rules"}:
            assert getattr(pasted.recipe, item.name) == getattr(recipe, item.name)
    assert [entries.item_at(pasted.recipe, key) for key in keys] == [item for _, item in items]
    assert apply(pasted, edit.inverse) == there


@pytest.mark.parametrize("text", ["", "hello", "[]", '{"nnstudio": "graph"}', '{"nnstudio": "recipe"}'])
def test_another_text_is_no_recipe(text: str) -> None:
    items, _ = entries.from_text(text)
    assert items == ()


def test_spoilt_entries_say_what_is_wrong() -> None:
    items, problems = entries.from_text('{"nnstudio": "recipe", "recipe": {"regularizers": [{"type": 3}]}}')
    assert items == ()
    assert "regularizers" in problems[0].message


@given(st.lists(st.sampled_from(["a.b", "c.d", "e.f"]), min_size=1, max_size=5), st.data())
@settings(max_examples=25, deadline=None)
def test_moving_keeps_all_and_removing_takes_one(types: list[str], data: st.DataObject) -> None:
    project = Project(recipe=Recipe(stops=tuple(Entry(type) for type in types)))
    index = data.draw(st.integers(0, len(types) - 1))
    to = data.draw(st.integers(-2, len(types) + 2))
    edit, key = entries.move(project, f"stops.{index}", to)
    moved = apply(project, edit).recipe.stops
    assert sorted(entry.type for entry in moved) == sorted(types)
    assert entries.item_at(apply(project, edit).recipe, key) == project.recipe.stops[index]
    left = apply(project, entries.remove(project, [f"stops.{index}"])).recipe.stops
    assert left == project.recipe.stops[:index] + project.recipe.stops[index + 1 :]


def test_an_entry_is_added_behind_the_chosen_one() -> None:
    project = Project(recipe=Recipe(stops=(Entry("a"), Entry("b"))))
    edit, key = entries.add(project, "stops", Entry("c"), "stops.0")
    assert key == "stops.1"
    assert [entry.type for entry in apply(project, edit).recipe.stops] == ["a", "c", "b"]
    edit, key = entries.add(project, "average", Entry("nnstudio.ema"), "stops.0")
    assert key == "average"
    assert apply(apply(project, edit), entries.remove(apply(project, edit), ["average"])).recipe == project.recipe


def test_a_preset_file_is_a_project_document(tmp_path: Path) -> None:
    presets.save(presets.of_recipe("mine", Recipe(epochs=3)), tmp_path)
    value = json.loads(next(tmp_path.glob("*.json")).read_text())
    project, problems = from_json(value)
    assert not problems
    assert project is not None
    assert project.recipe.epochs == 3
    assert "data" not in value
