"""A run, from its first event to its last: what it says, that it can be steered, and that it is the same each time."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from train_helpers import chain, classifier, mlp, moons, numbers, of, serve, stopping_after, table

from nnstudio.data import DataField, Dataset
from nnstudio.events import (
    CheckpointSaved,
    EpochEnded,
    Event,
    Failed,
    Finished,
    NodeStats,
    Paused,
    Predictions,
    Resumed,
    RunStarted,
    Steps,
)
from nnstudio.plan import Plan
from nnstudio.problems import errors
from nnstudio.project.check_with_data import check_with_data
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry
from nnstudio.runs.history import History
from nnstudio.train import checkpoint, loop, run, watch
from nnstudio.train.control import Control
from nnstudio.train.data import load_data
from nnstudio.train.loop import train

BUSY = {  # all that has a state: dropout, momentum, a schedule, a penalty
    "graph": mlp(dropout=0.3),
    "epochs": 4,
    "optimizer": Entry("torch.adam", {"lr": 0.01}),
    "schedule": Entry("nnstudio.cosine"),
    "regularizers": (Entry("nnstudio.l2", {"strength": 0.001}),),
}


# ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_tells_its_story(registry: Registry, tmp_path: Path) -> None:
    events = list(train(moons(), registry, folder=tmp_path))
    started, finished = events[0], events[-1]
    assert isinstance(started, RunStarted)
    assert (started.device, started.epochs, started.steps_per_epoch, started.metrics) == ("cpu", 3, 7, ("accuracy",))
    assert started.parameters == 2 * 16 + 16 + 16 * 2 + 2
    assert isinstance(finished, Finished)
    assert (finished.reason, finished.step, finished.epoch) == ("done", 21, 3)
    assert {"train/loss", "validation/loss", "validation/accuracy", "test/loss", "test/accuracy"} <= set(
        finished.values
    )
    assert [event.epoch for event in of(EpochEnded, events)] == [0, 1, 2]
    firsts = [(steps.first, len(steps.values["loss"])) for steps in of(Steps, events)]
    assert sum(count for _, count in firsts) == 21
    assert all(after[0] == before[0] + before[1] for before, after in pairwise(firsts))
    assert set(of(Steps, events)[0].values) == {"loss", "accuracy", "lr"}
    assert of(Predictions, events)
    assert of(NodeStats, events)
    assert {Path(event.path).name for event in of(CheckpointSaved, events)} == {"last.safetensors", "best.safetensors"}
    history = History()
    for event in events:
        history.add(event)
    assert (history.state, history.step, history.epoch) == ("done", 21, 3)


def test_the_last_batch_is_short_and_every_sample_is_seen_once_an_epoch(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, ...]] = []
    rows = np.arange(50.0).reshape(50, 1)
    data, registry = serve(table(rows, np.arange(50) % 2), standardize="none", validation=0.0, test=0.0)
    take = loop._step

    def noted(run: Any, inputs: Any, targets: Any) -> None:
        seen.append(tuple(inputs[0].flatten().int().tolist()))
        assert [value % 2 for value in seen[-1]] == targets[0].tolist()
        take(run, inputs, targets)

    monkeypatch.setattr(loop, "_step", noted)
    list(train(Project("P", mlp(), data, Recipe(epochs=2, batch_size=20)), registry))
    assert [len(batch) for batch in seen] == [20, 20, 10, 20, 20, 10]
    first, second = sum(seen[:3], ()), sum(seen[3:], ())
    assert sorted(first) == sorted(second) == list(range(50))
    assert first != second


@pytest.mark.curriculum("O1")
@pytest.mark.parametrize(("batch_size", "steps"), [(0, 1), (1, 210), (30, 7)])
def test_batch_online_and_mini_batch(registry: Registry, batch_size: int, steps: int) -> None:
    events = list(train(moons(epochs=1, batch_size=batch_size), registry))
    assert events[0].steps_per_epoch == events[-1].step == steps


def test_without_shuffling_the_order_is_the_datas(registry: Registry) -> None:
    fixed, again = (
        list(train(moons(epochs=2, shuffle=False, optimizer=Entry("torch.sgd", {"lr": 1e-9})), registry))
        for _ in range(2)
    )
    losses = np.concatenate([steps.values["loss"] for steps in of(Steps, fixed)])
    np.testing.assert_allclose(losses[:7], losses[7:], rtol=1e-5)
    assert numbers(fixed) == numbers(again)


def test_epoch_values_are_what_numpy_finds_over_the_part(registry: Registry, tmp_path: Path) -> None:
    """Validation and test, worked out from the saved weights in float64."""
    project = moons(epochs=2)
    finished = list(train(project, registry, folder=tmp_path))[-1]
    weights = {name: value.double().numpy() for name, value in checkpoint.load_weights(tmp_path).items()}
    w1, b1, w2, b2 = (weights[name] for name in ("linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias"))
    data = load_data(project.data, registry)
    scale = data.scales[data.info.inputs[0]]
    field = data.dataset.fields[data.info.inputs[0]].values
    labels = data.dataset.fields[data.info.target].values
    for part in ("validation", "test"):
        rows = data.split.part(part)
        x = (field[rows] - scale.mean) / scale.std
        scores = np.maximum(x @ w1.T + b1, 0) @ w2.T + b2
        logs = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        assert finished.values[f"{part}/loss"] == pytest.approx(
            -logs[np.arange(len(rows)), labels[rows]].mean(), rel=1e-5
        )
        assert finished.values[f"{part}/accuracy"] == pytest.approx((scores.argmax(axis=1) == labels[rows]).mean())


def test_train_values_are_means_over_the_samples(registry: Registry) -> None:
    events = list(train(moons(epochs=1), registry))
    sizes = np.array([32] * 6 + [18])
    for name in ("loss", "accuracy"):
        each = np.concatenate([steps.values[name] for steps in of(Steps, events)])
        assert of(EpochEnded, events)[0].values[f"train/{name}"] == pytest.approx((each * sizes).sum() / 210, rel=1e-12)


def test_without_validation_the_best_is_the_lowest_training_loss(registry: Registry) -> None:
    project = moons()
    project = replace(project, data=replace(project.data, validation=0.0, test=0.0))
    events = list(train(project, registry))
    epochs = of(EpochEnded, events)
    assert set(epochs[0].values) == {"train/loss", "train/accuracy"}
    losses = [epoch.values["train/loss"] for epoch in epochs]
    assert [epoch.best for epoch in epochs] == [
        loss < min(losses[:index], default=np.inf) for index, loss in enumerate(losses)
    ]
    assert of(Predictions, events)[-1].part == "train"


def test_the_learning_rate_follows_the_schedule(registry: Registry) -> None:
    events = list(train(moons(**{**BUSY, "optimizer": Entry("torch.sgd", {"lr": 0.4})}), registry))
    rates = np.concatenate([steps.values["lr"] for steps in of(Steps, events)])
    np.testing.assert_allclose(rates, 0.4 * (1 + np.cos(np.pi * np.arange(28) / 28)) / 2, rtol=1e-12)


@pytest.mark.curriculum("R1")
def test_a_penalty_is_added_to_the_gradient_not_to_the_loss_shown(registry: Registry) -> None:
    """With L2, plain SGD does exactly what weight decay on the weights (not the biases) does."""
    strength, rate = 0.5, 0.1
    plain = {"epochs": 1, "batch_size": 0, "optimizer": Entry("torch.sgd", {"lr": rate})}
    torch.manual_seed(0)
    before = run.prepare(moons(**plain), registry, folder=None, resume=None, data=None)
    weights = [parameter.detach().clone() for parameter in before.network.module.parameters()]
    (bare,) = of(Steps, list(train(moons(**plain), registry)))
    (penalized,) = of(
        Steps, list(train(moons(**plain, regularizers=(Entry("nnstudio.l2", {"strength": strength}),)), registry))
    )
    assert penalized.values["loss"][0] == bare.values["loss"][0]
    expected = strength / 2 * sum((weight.double() ** 2).sum().item() for weight in weights if weight.dim() > 1)
    assert penalized.values["penalty"][0] == pytest.approx(expected, rel=1e-5)


# ── predictions ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_predictions_are_worst_first_and_the_confusion_counts_the_part(registry: Registry) -> None:
    events = list(train(moons(), registry))
    shown = of(Predictions, events)[-1]
    values = of(EpochEnded, events)[-1].values
    assert (np.diff(shown.loss) <= 0).all()
    assert shown.loss.mean() == pytest.approx(values["validation/loss"], rel=1e-5)
    assert shown.confusion.sum() == 45
    assert np.trace(shown.confusion) / 45 == pytest.approx(values["validation/accuracy"])
    data = load_data(moons().data, registry)
    assert set(shown.indices) == set(data.split.validation)
    assert (shown.target == data.dataset.fields[data.info.target].values[shown.indices]).all()
    assert (shown.inputs == data.dataset.fields[data.info.inputs[0]].values[shown.indices]).all()
    assert ((shown.confidence >= 0.5) & (shown.confidence <= 1)).all()


def test_the_grid_agrees_with_the_samples(registry: Registry) -> None:
    """The lattice's prediction nearest to a sample is the sample's own, but at the boundary."""
    shown = of(Predictions, list(train(moons(epochs=20), registry)))[-1]
    x0, x1, y0, y1 = shown.extent
    rows, columns = shown.grid.shape
    column = np.rint((shown.inputs[:, 0] - x0) / (x1 - x0) * (columns - 1)).astype(int)
    row = np.rint((shown.inputs[:, 1] - y0) / (y1 - y0) * (rows - 1)).astype(int)
    assert (shown.grid[row, column] == shown.predicted).mean() > 0.9
    assert set(np.unique(shown.grid)) == {0, 1}


def test_pictures_are_shown_as_bytes_at_most_36(registry: Registry) -> None:
    data = Data(Entry("nnstudio.digits"))
    graph = classifier("nnstudio.flatten", classes=10)
    shown = of(Predictions, list(train(Project("P", graph, data, Recipe(epochs=1)), registry)))[-1]
    assert shown.images.dtype == np.uint8
    assert shown.images.shape == (36, 8, 8)
    assert shown.confusion.shape == (10, 10)
    assert len(shown.classes) == 10


def test_a_regression_shows_values(registry: Registry) -> None:
    graph = chain("nnstudio.input", ("torch.linear", {"out_features": 1}), "torch.mse")
    events = list(train(Project("P", graph, Data(Entry("nnstudio.diabetes")), Recipe(epochs=1)), registry))
    shown = of(Predictions, events)[-1]
    assert shown.confusion is None
    np.testing.assert_allclose(shown.loss, (shown.predicted - shown.target) ** 2, rtol=1e-4)
    assert "validation/mae" in events[-1].values


def test_a_binary_target(registry: Registry) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(200, 2))
    data, more = serve(table(x, (x[:, :1] > 0).astype(float), kind="binary"))
    graph = chain("nnstudio.input", ("torch.linear", {"out_features": 1}), "torch.bce_with_logits")
    events = list(train(Project("P", graph, data, Recipe(epochs=20, optimizer=Entry("torch.adam", {"lr": 0.1}))), more))
    assert events[-1].values["test/binary_accuracy"] > 0.95
    shown = of(Predictions, events)[-1]
    assert shown.confusion.shape == (2, 2)
    assert set(np.unique(shown.grid)) == {0, 1}


# ── nodes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_node_statistics_tell_dead_units_and_count_values(registry: Registry) -> None:
    graph = classifier(("torch.linear", {"out_features": 8}), "torch.relu", "torch.dropout")
    project = moons(graph, epochs=1, initializer=Entry("nnstudio.zeros", {"bias": -1.0}))
    stats = of(NodeStats, list(train(project, registry)))[-1]
    assert stats.nodes["relu1"]["dead"] == 1.0
    assert stats.nodes["linear1"]["dead"] == 0.0
    assert stats.nodes["linear1"]["mean"] == pytest.approx(-1.0, abs=0.1)
    assert all(len(counts) == 16 for counts in stats.histograms.values())
    assert stats.histograms["linear1"].sum() == 16  # its weights
    assert stats.histograms["relu1"].sum() == 64 * 8  # its values
    assert {"linear1", "linear2"} <= {node for node, figures in stats.nodes.items() if "gradient" in figures}


def test_looks_leave_no_trace(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """With looks after every step, and with none, dropout, batch norm and weights go the same way."""
    graph = classifier(
        ("torch.linear", {"out_features": 8}), "torch.batch_norm1d", "torch.relu", ("torch.dropout", {"p": 0.5})
    )
    project = moons(graph, epochs=2)

    def run_with(interval: float) -> tuple[list[Event], int]:
        with monkeypatch.context() as patch:
            patch.setattr(watch, "INTERVAL", interval)
            patch.setattr(watch, "SHARE", 1e9 if interval == 0 else 1e-9)
            patch.setattr("nnstudio.train.steps.INTERVAL", interval)
            events = list(train(project, registry))
        return events, len(of(NodeStats, events)) + len(of(Predictions, events))

    often, many = run_with(0.0)
    seldom, few = run_with(1e9)
    assert many > 20 > few
    assert numbers(often) == numbers(seldom)


# ── the same each time ────────────────────────────────────────────────────────────────────────────────────────────────


def test_same_seed_same_numbers_to_the_bit(registry: Registry) -> None:
    first, second = (numbers(list(train(moons(**BUSY), registry))) for _ in range(2))
    other = numbers(list(train(moons(**BUSY, seed=1), registry)))
    assert first == second
    assert first != other


@pytest.mark.parametrize("stop_at", [1, 6, 7, 10, 20, 27])
def test_stopped_and_resumed_is_as_if_never_stopped(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_at: int
) -> None:
    """Adam, dropout, cosine and a penalty; stopped within an epoch and at its edge; weights and every number to the bit."""
    whole = list(train(moons(**BUSY), registry, folder=tmp_path / "whole"))

    def events(**options: Any) -> Iterator[Event]:
        return train(moons(**BUSY), registry, folder=tmp_path / "parts", **options)

    first = stopping_after(events, stop_at, monkeypatch)
    assert isinstance(first[-1], Finished)
    assert (first[-1].reason, first[-1].step) == ("stopped", stop_at)
    torch.manual_seed(12345)  # whatever another program does in between
    torch.rand(7)
    second = list(events(resume=tmp_path / "parts"))
    assert isinstance(second[0], RunStarted)
    assert second[0].first_step == stop_at
    assert numbers([*first, *second]) == numbers(whole)
    for name in ("last", "best"):
        ours, theirs = (
            checkpoint.load_weights(checkpoint.file_in(tmp_path / folder, name)) for folder in ("parts", "whole")
        )
        assert all(torch.equal(ours[key], theirs[key]) for key in theirs)


def test_a_finished_run_can_be_given_more_epochs(registry: Registry, tmp_path: Path) -> None:
    constant = {**BUSY, "schedule": Entry("nnstudio.constant")}
    list(train(moons(**{**constant, "epochs": 2}), registry, folder=tmp_path))
    longer = list(train(moons(**constant), registry, folder=tmp_path, resume=tmp_path))
    whole = numbers(list(train(moons(**constant), registry)))
    assert longer[0].first_epoch == 2
    assert numbers(longer).items() <= whole.items()


def test_a_checkpoint_of_another_network_is_refused(registry: Registry, tmp_path: Path) -> None:
    list(train(moons(epochs=1), registry, folder=tmp_path))
    (failed,) = list(train(moons(mlp(units=5), epochs=2), registry, resume=tmp_path))
    assert failed.problems[0].code == "checkpoint.misfit"


def test_the_best_checkpoint_alone_cannot_be_gone_on_from(registry: Registry, tmp_path: Path) -> None:
    list(train(moons(epochs=1), registry, folder=tmp_path))
    (failed,) = list(train(moons(epochs=2), registry, resume=checkpoint.file_in(tmp_path, "best")))
    assert "weights alone" in failed.problems[0].message


def test_the_best_checkpoint_is_of_the_lowest_validation_loss(registry: Registry, tmp_path: Path) -> None:
    events = list(train(moons(epochs=30, optimizer=Entry("torch.adam", {"lr": 0.3})), registry, folder=tmp_path))
    losses = [epoch.values["validation/loss"] for epoch in of(EpochEnded, events)]
    best = checkpoint.load(checkpoint.file_in(tmp_path, "best")).position
    assert best.best == min(losses)
    assert best.epoch == int(np.argmin(losses)) + 1


# ── steering ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def in_thread(
    project: Project, registry: Registry, control: Control
) -> tuple[list[Event], threading.Condition, threading.Thread]:
    events: list[Event] = []
    news = threading.Condition()

    def work() -> None:
        for event in train(project, registry, control=control):
            with news:
                events.append(event)
                news.notify_all()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return events, news, thread


def test_pause_step_resume_stop(registry: Registry) -> None:
    control = Control()
    control.pause()
    events, news, thread = in_thread(moons(epochs=1000), registry, control)

    def wait_for(condition: Callable[[], bool]) -> None:
        with news:
            assert news.wait_for(condition, 60)

    wait_for(lambda: len(of(Paused, events)) == 1)
    assert not of(Steps, events)
    control.step()
    wait_for(lambda: len(of(Paused, events)) == 2)
    assert [len(steps.values["loss"]) for steps in of(Steps, events)] == [1]
    control.step()
    wait_for(lambda: len(of(Paused, events)) == 3)
    assert [paused.step for paused in of(Paused, events)] == [0, 1, 2]
    assert not of(Resumed, events)
    control.resume()
    wait_for(lambda: len(of(EpochEnded, events)) >= 1)
    assert [resumed.step for resumed in of(Resumed, events)] == [2]
    control.stop()
    thread.join(60)
    assert not thread.is_alive()
    assert events[-1].reason == "stopped"
    assert events[-1].step == sum(len(steps.values["loss"]) for steps in of(Steps, events))


def test_what_is_shown_after_a_stop_is_of_the_stop(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within an epoch or at its edge, however long ago the last look was."""
    monkeypatch.setattr("nnstudio.train.watch.INTERVAL", 3600.0)
    for stop_at in (14, 17):
        events = stopping_after(lambda **options: train(moons(), registry, **options), stop_at, monkeypatch)
        assert isinstance(events[-1], Finished) and events[-1].step == stop_at
        assert of(Predictions, events)[-1].epoch == of(EpochEnded, events)[-1].epoch + 1
        assert of(NodeStats, events)[-1].step == stop_at


def test_a_pause_changes_no_number(registry: Registry) -> None:
    control = Control()
    control.step()  # one step, then a pause
    events, news, thread = in_thread(moons(**BUSY), registry, control)
    with news:
        assert news.wait_for(lambda: bool(of(Paused, events)), 60)
    control.resume()
    thread.join(60)
    assert numbers(events) == numbers(list(train(moons(**BUSY), registry)))


def test_a_stop_before_the_first_step(registry: Registry, tmp_path: Path) -> None:
    control = Control()
    control.stop()
    events = list(train(moons(**BUSY), registry, folder=tmp_path, control=control))
    assert (events[-1].reason, events[-1].step) == ("stopped", 0)
    resumed = list(train(moons(**BUSY), registry, resume=tmp_path))
    assert numbers(resumed) == numbers(list(train(moons(**BUSY), registry)))


# ── what goes wrong ───────────────────────────────────────────────────────────────────────────────────────────────────


def failure_of(project: Project, registry: Registry, **options: Any) -> Failed:
    last = list(train(project, registry, **options))[-1]
    assert isinstance(last, Failed)
    return last


@pytest.mark.curriculum("D5")
def test_a_learning_rate_that_explodes_names_step_and_node(registry: Registry) -> None:
    graph = chain(
        "nnstudio.input", ("torch.linear", {"out_features": 16}), ("torch.linear", {"out_features": 1}), "torch.mse"
    )
    exploding = Recipe(epochs=50, optimizer=Entry("torch.sgd", {"lr": 10.0}))
    failed = failure_of(Project("P", graph, Data(Entry("nnstudio.diabetes")), exploding), registry)
    (problem,) = failed.problems
    assert problem.code == "train.not_finite"
    assert f"at step {failed.step}" in problem.message
    assert problem.node in {"linear1", "linear2", "mse1"}
    assert failed.step > 0


@pytest.mark.curriculum("D5")
def test_the_first_node_whose_output_is_not_finite_is_named(registry: Registry) -> None:
    """Weights so large that the second layer overflows: the first, though large, is finite."""
    graph = chain(
        "nnstudio.input",
        ("torch.linear", {"out_features": 4}),
        ("torch.linear", {"out_features": 4}),
        ("torch.linear", {"out_features": 2}),
        "torch.cross_entropy",
    )
    huge = torch.finfo(torch.float32).max ** 0.7
    project = moons(graph)

    def blow_up(tensor: torch.Tensor, **_: float) -> None:
        tensor.fill_(huge)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.init, "normal_", blow_up)
        failed = failure_of(
            replace(project, recipe=replace(project.recipe, initializer=Entry("nnstudio.normal"))), registry
        )
    assert failed.problems[0].node == "linear2"
    assert failed.step == 0
    assert "first node whose output is not finite" in failed.problems[0].message


@pytest.mark.curriculum("D5")
def test_a_gradient_that_is_not_finite_is_found_one_step_later(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = loop._step

    def poisoned(run: Any, inputs: Any, targets: Any) -> None:
        if run.step == 3:
            weight = dict(run.network.module.named_parameters())["linear1.weight"]
            weight.register_hook(lambda gradient: gradient * float("nan"))
        take(run, inputs, targets)

    monkeypatch.setattr(loop, "_step", poisoned)
    failed = failure_of(moons(), registry)
    assert failed.step == 4
    assert failed.problems[0].node == "linear1"
    assert "gradient" in failed.problems[0].message


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": -1}, "batch_size is -1"),
        ({"device": "cuda:7"}, "no device 'cuda:7'"),
        ({"optimizer": Entry("nobody.knows")}, "no optimizer 'nobody.knows'"),
        ({"optimizer": Entry("torch.adam", {"lr": 0})}, "lr is 0"),
        ({"schedule": Entry("nnstudio.cosine", {"floor": 2})}, "floor is 2"),
        ({"metrics": (Entry("nnstudio.mae"),)}, "MAE"),
        ({"initializer": Entry("nnstudio.uniform", {"low": 1, "high": 0})}, "low (1) must not be above high (0)"),
        ({"regularizers": (Entry("nnstudio.l1", {"strength": -1}),)}, "strength is -1"),
    ],
)
def test_a_recipe_that_cannot_be_is_named(registry: Registry, chosen: dict[str, Any], says: str) -> None:
    failed = failure_of(moons(**chosen), registry)
    assert says in str(failed.problems[0])


def test_a_batch_larger_than_the_training_part_is_a_warning(registry: Registry) -> None:
    project = moons()
    info = load_data(project.data, registry).info
    assert not check_with_data(replace(project, recipe=Recipe(batch_size=210)), info, Plan())
    (problem,) = check_with_data(replace(project, recipe=Recipe(batch_size=211)), info, Plan())
    assert "211" in problem.message
    assert "210" in problem.message
    assert not errors([problem])


def test_a_layer_that_fails_is_named(registry: Registry) -> None:
    rows = np.ones((33, 2))  # batches of 32 and 1: batch norm cannot take a single sample
    data, more = serve(table(rows * np.arange(33)[:, None], np.arange(33) % 2), validation=0.0, test=0.0)
    graph = classifier(("torch.linear", {"out_features": 4}), "torch.batch_norm1d")
    failed = failure_of(Project("P", graph, data, Recipe(epochs=1, batch_size=32)), more)
    assert failed.problems[0].node == "batch_norm1d1"
    assert "a single sample" in failed.problems[0].message
    assert failed.step == 0  # it is told before training starts


def test_a_checkpoint_that_cannot_be_written_ends_the_run(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file where a folder should be")
    failed = failure_of(moons(), registry, folder=tmp_path)
    assert failed.problems[0].code == "checkpoint.unwritable"
    assert str(tmp_path) in failed.problems[0].message


def test_a_network_without_weights_is_refused(registry: Registry) -> None:
    failed = failure_of(moons(chain("nnstudio.input", "torch.relu", "torch.cross_entropy")), registry)
    assert "no weights to train" in failed.problems[0].message


def test_an_autoencoder_has_no_target_field(registry: Registry) -> None:
    """A loss whose target is wired: what is compared comes out of the network."""
    from nnstudio.project.graph import Slot, Source

    graph = chain("nnstudio.input", ("torch.linear", {"out_features": 2}), "torch.mse")
    graph = replace(graph, wires={**graph.wires, Slot("mse1", "target"): Source("input1")})
    values = DataField(np.random.default_rng(0).normal(size=(80, 2)), "vector")
    data, more = serve(Dataset({"x": values, "y": DataField(np.arange(80) % 2, "label")}, ("x",), "y"))
    events = list(train(Project("P", graph, data, Recipe(epochs=2)), more))
    assert isinstance(events[-1], Finished), events[-1]
    assert events[-1].step == 2  # 56 samples, one batch an epoch
