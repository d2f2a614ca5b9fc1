"""Changed while it trains, repeated exactly, gone on with, and forked."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from train_helpers import mlp, moons, numbers, of, stopping_after

from nnstudio.engine.training import run as recorded
from nnstudio.events import Changed, Event, Failed, Finished, RunStarted, Steps
from nnstudio.project.project import Entry, Project, Rule
from nnstudio.registry import Registry
from nnstudio.runs.history import History
from nnstudio.runs.store import RunStore
from nnstudio.train import checkpoint, loop
from nnstudio.train.control import Control
from nnstudio.train.loop import train
from nnstudio.train.run import prepare

EVERYTHING = {
    "graph": mlp(dropout=0.2),
    "epochs": 5,
    "batch_size": 24,
    "accumulate": 2,
    "augmentations": (Entry("nnstudio.input_noise", {"std": 0.1}), Entry("nnstudio.mixup")),
    "noise": (Entry("nnstudio.weight_noise", {"std": 0.05}),),
    "regularizers": (Entry("nnstudio.l2", {"strength": 0.001}), Entry("nnstudio.l1", {"strength": 0.0001})),
    "gradients": (Entry("nnstudio.clip_norm", {"max_norm": 0.5}),),
    "constraints": (Entry("nnstudio.max_norm", {"max_value": 2.0}),),
    "optimizer": Entry("torch.adam", {"lr": 0.01}),
    "warmup_steps": 3,
    "schedule": Entry("nnstudio.plateau", {"patience": 0, "gamma": 0.5}),
    "batch_schedule": Entry("nnstudio.grow", {"at": [2, 3], "factor": 2.0}),
    "average": Entry("nnstudio.ema", {"decay": 0.9, "start": 0.2}),
    "stops": (Entry("nnstudio.early_stopping", {"patience": 4, "restore_best": True}),),
    "rules": (Rule("#linear1", lr_factor=0.5),),
}

BATCHES = [9, 9, 5, 3, 3]  # of 24, 24, 48, 96, 96 samples out of 210


def changing(
    wanted: dict[int, list[tuple[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    project: Project,
    *more: Any,
    **options: Any,
) -> list[Event]:
    """The events of a run in which, before step t, the changes wanted[t] are asked for."""
    control = options.pop("control", None) or Control()
    take = loop._step

    def ask(step: int) -> None:
        for path, value in wanted.get(step, []):
            control.change(path, value)

    def stepped(run: Any, *batch: Any) -> None:
        take(run, *batch)
        ask(run.step)

    ask(0)
    with monkeypatch.context() as patch:
        patch.setattr(loop, "_step", stepped)
        return list(options.pop("by", train)(project, *more, control=control, **options))


def finished(events: list[Event]) -> Finished:
    assert isinstance(events[-1], Finished), events[-1]
    return events[-1]


# ── stop and resume ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("step", [1, 9, 13, 20, 25])
def test_stopped_and_resumed_with_everything_on_is_as_if_never_stopped(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    project = moons(**EVERYTHING)
    whole = list(train(project, registry, folder=tmp_path / "whole"))
    assert finished(whole).step == sum(BATCHES)

    def run(**options: Any) -> Any:
        return train(project, registry, folder=tmp_path / "cut", **options)

    first = stopping_after(run, step, monkeypatch)
    torch.manual_seed(12345)
    second = list(run(resume=tmp_path / "cut"))
    assert finished(second).step == sum(BATCHES)
    assert numbers(first + second) == numbers(whole)
    for which in ("last", "best"):
        expected, found = (
            checkpoint.load_weights(checkpoint.file_in(tmp_path / part, which)) for part in ("whole", "cut")
        )
        assert all(torch.equal(value, found[name]) for name, value in expected.items())


def test_an_early_end_after_a_resume_brings_the_same_weights_back(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = (Entry("nnstudio.early_stopping", {"monitor": "train/accuracy", "mode": "min", "patience": 3}),)
    project = moons(**{**EVERYTHING, "epochs": 9, "stops": stop})
    whole = finished(list(train(project, registry, folder=tmp_path / "whole")))
    assert whole.reason == "early"
    assert whole.restored is not None

    def run(**options: Any) -> Any:
        return train(project, registry, folder=tmp_path / "cut", **options)

    stopping_after(run, 20, monkeypatch)
    again = finished(list(run(resume=tmp_path / "cut")))
    assert (again.reason, again.why, again.restored, again.values) == (
        whole.reason,
        whole.why,
        whole.restored,
        whole.values,
    )


# ── changes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

CHANGES: dict[int, list[tuple[str, Any]]] = {
    0: [("recipe.optimizer.lr", 0.02)],
    4: [("recipe.optimizer.beta1", 0.8), ("recipe.regularizers.0.strength", 0.01)],
    7: [("recipe.batch_size", 50), ("dropout1.p", 0.5)],
    9: [("recipe.rules.#linear2.frozen", True), ("recipe.regularizers.l1.enabled", False)],
    12: [("recipe.epochs", 6), ("recipe.schedule", {"type": "nnstudio.cosine"})],
    14: [("recipe.rules.#linear2.frozen", False), ("recipe.stops", [])],
    15: [("recipe.gradients.0.max_norm", 0.1), ("recipe.noise", [])],
}


def test_a_run_with_changes_is_repeated_exactly(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = moons(**EVERYTHING)
    live = changing(CHANGES, monkeypatch, project, registry, folder=tmp_path, by=recorded)
    made = of(Changed, live)
    assert [change.problem for change in made if change.problem] == []
    assert [(change.step, change.path) for change in made] == [
        (step, path) for step, asked in CHANGES.items() for path, _ in asked
    ]
    assert numbers(live) != numbers(list(train(project, registry)))
    store = RunStore(tmp_path)
    (run,) = store.runs()
    assert store.changes(run.id) == tuple(made)
    again = list(train(store.project(run.id), registry, changes=store.changes(run.id)))
    assert numbers(again) == numbers(live)
    assert of(Changed, again) == made
    assert store.history(run.id).changed == tuple(made)
    assert finished(live).step == store.history(run.id).total_steps


@pytest.mark.parametrize("step", [5, 7, 10, 13])
def test_a_changed_run_goes_on_as_if_never_stopped(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    project = moons(**EVERYTHING)
    whole = changing(CHANGES, monkeypatch, project, registry)
    control = Control()
    stop = {**CHANGES, step: [*CHANGES.get(step, [])]}
    take = loop._step

    def stopping(run: Any, *batch: Any) -> None:
        take(run, *batch)
        if run.step == step:
            control.stop()

    with monkeypatch.context() as patch:
        patch.setattr(loop, "_step", stopping)
        first = changing(stop, monkeypatch, project, registry, folder=tmp_path, control=control)
    assert finished(first).reason == "stopped"
    rest = {when: asked for when, asked in CHANGES.items() if when > step}
    second = changing(rest, monkeypatch, project, registry, folder=tmp_path, resume=tmp_path)
    assert numbers(first + second) == numbers(whole)


def rates(events: list[Event]) -> np.ndarray:
    return np.concatenate([steps.values["lr"] for steps in of(Steps, events)])


def test_a_change_holds_from_its_step_on(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    project = moons(optimizer=Entry("torch.sgd", {"lr": 0.1}))
    events = changing({5: [("recipe.optimizer.lr", "0.03")]}, monkeypatch, project, registry)
    assert rates(events).tolist() == [0.1] * 5 + [0.03] * 16
    (change,) = of(Changed, events)
    assert (change.step, change.before, change.after, change.total_steps) == (5, 0.1, 0.03, 21)


def test_a_new_batch_size_cuts_what_is_left_of_the_epoch(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    events = changing({2: [("recipe.batch_size", 100)]}, monkeypatch, moons(), registry)
    # 2 · 32, then the other 146 in two, then 2 epochs of 3 steps
    assert finished(events).step == 2 + 2 + 6
    (change,) = of(Changed, events)
    assert change.total_steps == 10


def test_changes_are_made_while_paused(registry: Registry) -> None:
    control = Control()
    control.pause()
    events = train(moons(optimizer=Entry("torch.sgd", {"lr": 0.1})), registry, control=control)
    next(events)
    assert type(next(events)).__name__ == "Paused"
    control.change("recipe.optimizer.lr", 0.5)
    change = next(events)
    assert isinstance(change, Changed)
    assert change.after == 0.5
    control.resume()
    assert set(rates(list(events))) == {0.5}


@pytest.mark.parametrize(
    ("path", "value", "word"),
    [
        ("recipe.seed", 3, "seed"),
        ("recipe.optimizer.lr", -1, "lr"),
        ("recipe.optimizer.lr", float("nan"), "lr"),
        ("recipe.optimizer", "torch.sgd", "optimizer"),
        ("recipe.epochs", 0, "epoch"),
        ("recipe.regularizers.7.strength", 1, "7"),
        ("recipe.stops", "nonsense", "nonsense"),
        ("recipe.batch_size", -4, "batch"),
        ("data.validation", 0.3, "data"),
        ("linear1.out_features", 32, "weights"),
        ("linear1.bias", False, "weights"),
        ("nobody.p", 1, "nobody"),
        ("", 1, ""),
    ],
)
def test_what_cannot_be_changed_is_refused_and_nothing_changes(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, path: str, value: Any, word: str
) -> None:
    project = moons(**{**EVERYTHING, "epochs": 2})
    events = changing({3: [(path, value)]}, monkeypatch, project, registry)
    (change,) = of(Changed, events)
    assert change.problem is not None
    assert word in f"{change.problem.message} {change.problem.param}"
    assert numbers(events) == numbers(list(train(project, registry)))


def test_frozen_weights_stay_and_learn_again(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []
    take = loop._step

    def noted(run: Any, *batch: Any) -> None:
        take(run, *batch)
        seen.append(run.network.module.linear1.weight.detach().clone())

    monkeypatch.setattr(loop, "_step", noted)
    wanted = {4: [("recipe.rules.#linear1.frozen", True)], 9: [("recipe.rules.#linear1.frozen", "none")]}
    changing(wanted, monkeypatch, moons(), registry)
    moved = [not torch.equal(before, after) for before, after in pairwise(seen)]
    assert moved == [True] * 3 + [False] * 5 + [True] * (len(seen) - 9)


def test_a_history_knows_what_was_changed(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    history = History()
    events = changing({2: [("recipe.epochs", 4), ("recipe.seed", 1)]}, monkeypatch, moons(), registry)
    for event in events:
        history.add(event)
    assert [change.path for change in history.changed] == ["recipe.epochs"]
    assert history.refused is not None
    assert (history.total_steps, history.step) == (28, 28)


# ── forks ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("which", ["last", "best"])
def test_a_fork_begins_with_the_weights_of_a_checkpoint(registry: Registry, tmp_path: Path, which: str) -> None:
    list(train(moons(epochs=2), registry, folder=tmp_path))
    path = checkpoint.file_in(tmp_path, which)
    other = moons(epochs=3, optimizer=Entry("torch.sgd", {"lr": 0.01}), seed=7)
    run = prepare(other, registry, fork=path)
    assert all(
        torch.equal(value, run.network.module.state_dict()[name])
        for name, value in checkpoint.load_weights(path).items()
    )
    assert (run.epoch, run.step) == (0, 0)
    events = list(train(other, registry, fork=path))
    assert isinstance(events[0], RunStarted)
    assert events[0].first_step == 0
    assert finished(events).epoch == 3


def test_a_fork_keeps_what_the_optimizer_knows_where_it_is_the_same(registry: Registry, tmp_path: Path) -> None:
    list(train(moons(epochs=2, optimizer=Entry("torch.adam", {"lr": 0.01})), registry, folder=tmp_path))
    same = prepare(moons(optimizer=Entry("torch.adam", {"lr": 0.5})), registry, fork=tmp_path)
    assert {int(state["step"]) for state in same.optimizer.state.values()} == {14}
    assert {group["lr"] for group in same.optimizer.param_groups} == {0.5}
    other = prepare(moons(optimizer=Entry("torch.sgd")), registry, fork=tmp_path)
    assert not other.optimizer.state


def test_a_fork_of_another_network_is_refused(registry: Registry, tmp_path: Path) -> None:
    list(train(moons(epochs=1), registry, folder=tmp_path))
    (failed,) = train(moons(mlp(units=5)), registry, fork=tmp_path)
    assert isinstance(failed, Failed)
    assert str(tmp_path) in failed.problems[0].message


def test_a_fork_is_a_run_of_its_own_in_the_record(registry: Registry, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    list(recorded(moons(epochs=1), registry, folder=runs))
    (parent,) = RunStore(runs).runs()
    list(recorded(moons(epochs=1), registry, folder=runs, fork=parent.folder))
    assert len(RunStore(runs).runs()) == 2
