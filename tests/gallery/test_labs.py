"""Each lab reproduces what its text says, and every link of its text does something."""

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from nnstudio.comparison.alternatives import split
from nnstudio.comparison.plan import compare_axes
from nnstudio.events import EpochEnded, Event, Failed, Finished
from nnstudio.experiments.bench import Bench
from nnstudio.experiments.perform import find_experiment, perform, read_params
from nnstudio.plugins import load
from nnstudio.project.check import check
from nnstudio.project.edits import apply
from nnstudio.project.gallery import open_example
from nnstudio.project.guide import guide_file, guide_text, read_link, settings_edit
from nnstudio.project.project import Entry, Project
from nnstudio.project.setting import setting

REGISTRY = load(safe_mode=True).registry
BENCH = Bench(REGISTRY)
LABS = [spec for spec in REGISTRY.examples.values() if spec.lab]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def lab(name: str, values: dict[str, Any] | None = None, **recipe: Any) -> Project:
    project = open_example(f"lab_{name}", REGISTRY)
    for path, value in (values or {}).items():
        project = apply(project, setting(project, REGISTRY, path, value))
    return replace(project, recipe=replace(project.recipe, **recipe))


def events_of(project: Project) -> list[Event]:
    from nnstudio.train.loop import train

    events = list(train(project, REGISTRY, threads=1))
    assert not isinstance(events[-1], Failed), events[-1]
    return events


def result(project: Project) -> dict[str, float]:
    last = events_of(project)[-1]
    assert isinstance(last, Finished)
    return dict(last.values)


def epochs(project: Project) -> list[dict[str, float]]:
    return [dict(event.values) for event in events_of(project) if isinstance(event, EpochEnded)]


# ── the texts ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_there_are_ten_labs_in_order() -> None:
    assert sorted({spec.lab for spec in LABS}) == list(range(1, 11))


@pytest.mark.parametrize("spec", LABS, ids=lambda spec: spec.id)
def test_a_lab_opens_with_its_text_and_nothing_stands_against_it(spec: Any) -> None:
    project = open_example(spec.id, REGISTRY)
    assert check(project, REGISTRY) == ()
    assert project.name == spec.title
    assert project.notes
    assert guide_text(project, REGISTRY) == guide_file(spec).read_text(encoding="utf-8")
    assert guide_text(project, REGISTRY).startswith(f"# {spec.lab} · ")
    assert "Source" in guide_text(project, REGISTRY)


@pytest.mark.parametrize("spec", LABS, ids=lambda spec: spec.id)
def test_every_link_does_what_it_says(spec: Any) -> None:

    project = open_example(spec.id, REGISTRY)
    for url in LINK.findall(guide_file(spec).read_text(encoding="utf-8")):
        link = read_link(url)
        assert link is not None, url
        values = dict(link.values or {})
        match link.verb:
            case "set":
                edit = settings_edit(project, REGISTRY, values)
                project = apply(project, edit) if edit is not None else project
                assert not [problem for problem in check(project, REGISTRY) if problem.place != "model"], url
            case "experiment":
                read_params(find_experiment(link.name), values)
            case "compare":
                seeds = int(values.pop("seeds", 3))
                compare_axes(
                    project, REGISTRY, {name: split(text) for name, text in values.items()}, seeds=seeds
                ).trials(REGISTRY)
            case "example":
                open_example(link.name, REGISTRY)
            case "place":
                assert link.name in {"model", "data", "recipe", "runs", "labs"}, url
            case _:
                assert url == "nnstudio:train"


# ── the figures ───────────────────────────────────────────────────────────────────────────────────────────────────────

STARTS = {
    "zero": Entry("nnstudio.zeros"),
    "small": Entry("nnstudio.normal", {"std": 0.001}),
    "right": Entry("nnstudio.xavier_uniform"),
    "large": Entry("nnstudio.normal", {"std": 5.0}),
}


@pytest.mark.curriculum("I1")
@pytest.mark.parametrize(
    "data", [{}, {"data.dataset": "nnstudio.digits", "fc3.out_features": 10}], ids=["2-D", "digits"]
)
def test_lab_1_only_one_start_learns_well(data: dict[str, Any]) -> None:
    reached = {
        name: result(lab("initialization", data, initializer=entry, epochs=10 if data else 30))
        for name, entry in STARTS.items()
    }
    accuracy = {name: values["validation/accuracy"] for name, values in reached.items()}
    chance = 0.1 if data else 0.5
    assert accuracy["right"] > (0.92 if data else 0.84)
    assert accuracy["zero"] < chance + 0.1
    assert reached["zero"]["train/loss"] == pytest.approx(np.log(1 / chance), abs=0.02)
    assert reached["small"]["train/loss"] > reached["right"]["train/loss"]
    assert reached["large"]["validation/loss"] > 1.5 * reached["right"]["validation/loss"]


@pytest.mark.curriculum("I9")
def test_lab_2_xavier_keeps_the_signal_alive() -> None:
    outcome = perform("depth", lab("depth"), {"initializers": "xavier"}, BENCH)
    stds = np.asarray(outcome.numbers["stds xavier"]).ravel()[-6:]
    assert stds == pytest.approx([0.63, 0.49, 0.41, 0.36, 0.32, 0.30], abs=0.015)


@pytest.mark.curriculum("O13")
def test_lab_3_adam_is_through_where_sgd_has_not_turned_the_first_corner() -> None:
    reached = {
        name: result(lab("optimizer_race", optimizer=Entry(name, {"lr": 0.01})))["train/accuracy"]
        for name in ("torch.sgd", "torch.adagrad", "torch.rmsprop", "torch.adam")
    }
    assert reached["torch.adam"] > 0.98
    assert reached["torch.rmsprop"] > 0.98
    assert reached["torch.sgd"] < 0.75
    assert reached["torch.sgd"] < reached["torch.adagrad"] < reached["torch.adam"]


@pytest.mark.curriculum("O18", "O1")
def test_lab_4_the_noise_falls_as_the_root_of_the_batch() -> None:
    outcome = perform("gradient_noise", lab("batches"), {}, BENCH)
    assert outcome.numbers["slope"] == pytest.approx(-0.5, abs=0.1)


@pytest.mark.curriculum("O1")
def test_lab_4_few_long_steps_get_less_far_than_many_short_ones() -> None:
    full, mini = (result(lab("batches", batch_size=size))["validation/loss"] for size in (0, 32))
    assert mini < full / 4


@pytest.mark.curriculum("S6")
def test_lab_5_a_rate_that_ends_small_ends_low() -> None:
    constant, cosine = (
        result(lab("schedules", schedule=Entry(name)))["train/loss"]
        for name in ("nnstudio.constant", "nnstudio.cosine")
    )
    assert cosine < constant / 3


@pytest.mark.curriculum("N2")
def test_lab_6_batch_norm_bears_a_learning_rate_of_two() -> None:
    rate = Entry("torch.sgd", {"lr": 2.0})
    assert result(lab("batch_norm", optimizer=rate))["validation/accuracy"] > 0.94
    assert result(lab("batch_norm_without", optimizer=rate, epochs=5))["validation/accuracy"] < 0.5


KEPT_FROM_IT: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "bare": ({}, {}),
    "L1": ({}, {"regularizers": (Entry("nnstudio.l1", {"strength": 1e-3}),)}),
    "L2": ({}, {"regularizers": (Entry("nnstudio.l2", {"strength": 0.05}),)}),
    "dropout": ({"dropout1.p": 0.5, "dropout2.p": 0.5}, {}),
    "early stopping": ({}, {"stops": (Entry("nnstudio.early_stopping", {"patience": 3}),)}),
    "augmentation": ({}, {"augmentations": (Entry("nnstudio.shift"),)}),
}


@pytest.mark.curriculum("R1", "R2", "R6", "R8", "A2")
def test_lab_7_what_keeps_a_network_from_learning_by_heart() -> None:
    seeds = range(2)
    losses = {
        name: np.mean([result(lab("overfitting", values, seed=seed, **recipe))["validation/loss"] for seed in seeds])
        for name, (values, recipe) in KEPT_FROM_IT.items()
    }
    bare = losses.pop("bare")
    assert all(loss < 0.8 * bare for loss in losses.values()), (bare, losses)


@pytest.mark.curriculum("R1", "R2")
def test_lab_7_l1_empties_and_l2_shrinks() -> None:
    weights: dict[str, np.ndarray[Any, Any]] = {}
    for name in ("bare", "L1", "L2"):
        values, recipe = KEPT_FROM_IT[name]
        weights[name] = final_weights(lab("overfitting", values, **recipe))
    small = {name: float(np.mean(np.abs(value) < 1e-3)) for name, value in weights.items()}
    size = {name: float(np.sqrt(np.mean(value**2))) for name, value in weights.items()}
    assert small["L1"] > 0.6
    assert small["L1"] > 10 * small["bare"]
    assert size["L2"] < 0.5 * size["bare"]


def final_weights(project: Project) -> np.ndarray[Any, Any]:
    """All weights of the first layer at the end, by way of its checkpoint."""
    import tempfile
    from pathlib import Path

    from nnstudio.train.checkpoint import file_in, load_weights
    from nnstudio.train.loop import train

    with tempfile.TemporaryDirectory() as folder:
        list(train(project, REGISTRY, folder=Path(folder), threads=1))
        return load_weights(file_in(Path(folder), "last"))["fc1.weight"].numpy()


@pytest.mark.curriculum("N1")
def test_lab_8_normalized_inputs_reach_the_noise() -> None:
    raw = result(lab("ravine"))["test/loss"]
    normalized = result(lab("ravine", {"data.standardize": "feature"}, optimizer=Entry("torch.sgd", {"lr": 0.3})))[
        "test/loss"
    ]
    momentum = result(lab("ravine", optimizer=Entry("torch.sgd", {"lr": 0.01, "momentum": 0.9})))["test/loss"]
    assert normalized < 0.013  # the noise's variance is 0.01
    assert normalized < momentum < raw


@pytest.mark.curriculum("O11")
def test_lab_9_both_ways_lead_to_the_same_weights() -> None:
    outcome = perform("normal_equations", lab("linear_regression", {"data.dataset.degree": 3}), {}, BENCH)
    solution, end = (np.asarray(outcome.numbers[name]) for name in ("solution", "path_end"))
    assert end == pytest.approx(solution, abs=1e-3)


@pytest.mark.curriculum("O11")
def test_lab_9_validation_data_choose_the_degree() -> None:
    losses = {degree: result(lab("linear_regression", {"data.dataset.degree": degree})) for degree in (1, 3, 9, 15)}
    train = [losses[degree]["train/loss"] for degree in (1, 3, 9, 15)]
    assert train == sorted(train, reverse=True)
    best = min(losses, key=lambda degree: losses[degree]["validation/loss"])
    assert best in (3, 9)


@pytest.mark.curriculum("R8")
def test_lab_10_stops_where_keras_would() -> None:
    whole = [values["validation/loss"] for values in epochs(lab("early_stopping", stops=(), epochs=40))]
    best, wait = np.inf, 0
    for last, loss in enumerate(whole):  # noqa: B007, Keras' rule, written out
        wait += 1
        if loss < best:
            best, wait = loss, 0
        if wait >= 3:
            break
    events = events_of(lab("early_stopping"))
    ended = [event for event in events if isinstance(event, EpochEnded)]
    assert len(ended) == last + 1
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.reason == "early"
    assert finished.restored == int(np.argmin(whole[: last + 1]))
