"""What a recipe says is what a run does: each part against the definition, worked out from what the run itself went through."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from train_helpers import chain, mlp, moons, of, serve, table, with_specs

from nnstudio.data import DataField, Dataset
from nnstudio.events import EpochEnded, Event, Failed, Finished, RunStarted, Steps
from nnstudio.params import Params
from nnstudio.project.project import Entry, Project, Recipe, Rule
from nnstudio.registry import Registry
from nnstudio.specs import AugmentationSpec, BatchScheduleSpec, GradientSpec, RegularizerSpec, ScheduleSpec, StopSpec
from nnstudio.train import checkpoint, loop
from nnstudio.train.loop import train
from nnstudio.train.run import Run, prepare

SGD = Entry("torch.sgd", {"lr": 0.1, "momentum": 0.0})


@pytest.fixture
def steps_of(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """Train, and keep what `look(run)` gives after every step."""

    def trained(look: Callable[[Run], Any], *arguments: Any, **options: Any) -> list[Any]:
        seen: list[Any] = []
        take = loop._step

        def noted(run: Run, *batch: Any) -> None:
            take(run, *batch)
            seen.append(look(run))

        with monkeypatch.context() as patch:
            patch.setattr(loop, "_step", noted)
            last = list(train(*arguments, **options))[-1]
        assert isinstance(last, Finished), last
        return seen

    return trained


def weights_of(run: Run) -> dict[str, np.ndarray]:
    return {name: value.detach().double().numpy().copy() for name, value in run.network.module.named_parameters()}


def learnt(
    project: Project, registry: Registry, folder: Path, which: str = "last", **options: Any
) -> dict[str, np.ndarray]:
    last = list(train(project, registry, folder=folder, **options))[-1]
    assert isinstance(last, Finished), last
    found = checkpoint.load_weights(checkpoint.file_in(folder, which))
    return {name: value.double().numpy() for name, value in found.items()}


def column(events: list[Event], name: str) -> np.ndarray:
    return np.concatenate([steps.values[name] for steps in of(Steps, events)])


# ── batches ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O16")
@pytest.mark.parametrize("parts", [2, 3, 5, 32])
@pytest.mark.parametrize("optimizer", [SGD, Entry("torch.sgd", {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01})])
def test_accumulation_is_the_large_batch(registry: Registry, tmp_path: Path, parts: int, optimizer: Entry) -> None:
    recipe = {
        "optimizer": optimizer,
        "regularizers": (Entry("nnstudio.l2", {"strength": 0.01}),),
        "gradients": (Entry("nnstudio.clip_norm", {"max_norm": 0.5}),),
    }
    whole = learnt(moons(**recipe), registry, tmp_path / "whole")
    cut = learnt(moons(**recipe, accumulate=parts), registry, tmp_path / "cut")
    for name, value in whole.items():
        np.testing.assert_allclose(cut[name], value, rtol=0, atol=1e-6)


@pytest.mark.curriculum("O16")
def test_accumulation_tells_the_same_numbers(registry: Registry) -> None:
    whole, cut = (list(train(moons(optimizer=SGD, accumulate=parts), registry)) for parts in (1, 4))
    np.testing.assert_allclose(column(cut, "loss"), column(whole, "loss"), atol=1e-6)
    np.testing.assert_array_equal(column(cut, "accuracy"), column(whole, "accuracy"))


def growing(epoch: int, epochs: int, batch_size: int, *, factor: int) -> int:
    return batch_size * factor**epoch


class Factor(Params):
    factor: int = 2


@pytest.mark.curriculum("S10")
def test_a_batch_schedule_decides_each_epochs_steps(registry: Registry, steps_of: Callable[..., list[Any]]) -> None:
    grows = with_specs(
        registry, batch_schedule=BatchScheduleSpec("test.grow", "Grow", Factor, "test_recipe_in_a_run:growing")
    )
    project = moons(epochs=3, batch_size=20, batch_schedule=Entry("test.grow", {"factor": 3}))
    seen = steps_of(lambda run: (run.epoch, run.row, run.total_steps), project, grows)
    assert [row for epoch, row, _ in seen if epoch == 0] == [*range(20, 210, 20), 210]
    assert [row for epoch, row, _ in seen if epoch == 1] == [60, 120, 180, 210]
    assert [row for epoch, row, _ in seen if epoch == 2] == [180, 210]
    assert {total for _, _, total in seen} == {11 + 4 + 2}
    started = next(iter(train(project, grows)))
    assert isinstance(started, RunStarted)
    assert started.total_steps == 17


def test_the_permutation_of_the_first_epoch_serves_all_without_reshuffling(
    registry: Registry, steps_of: Callable[..., list[Any]]
) -> None:
    still = moons(epochs=3, reshuffle=False, batch_size=0, optimizer=SGD)
    orders = steps_of(lambda run: run._order.clone(), still, registry)
    again = steps_of(lambda run: run._order.clone(), moons(epochs=3, batch_size=0, optimizer=SGD), registry)
    assert torch.equal(orders[0], orders[1])
    assert torch.equal(orders[0], orders[2])
    assert torch.equal(orders[0], again[0])
    assert not torch.equal(again[0], again[1])


# ── augmentation ──────────────────────────────────────────────────────────────────────────────────────────────────────

SEEN: list[torch.Tensor] = []


def note(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    SEEN.append(batch.clone())
    return batch


def halves(batch: torch.Tensor, target: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Mixup with λ = ½ and a partner drawn from the generator."""
    other = torch.randperm(len(batch), generator=generator)
    return (batch + batch[other]) / 2, (target + target[other]) / 2


NOTE = AugmentationSpec("test.note", "Note", Params, "test_recipe_in_a_run:note", ("image", "vector"))
HALVES = AugmentationSpec(
    "test.halves", "Halves", Params, "test_recipe_in_a_run:halves", ("image", "vector"), targets=True
)


def pictures(dtype: type, count: int = 60) -> Dataset:
    """Pictures of one value, which is their number."""
    values = np.ones((count, 1, 2, 2), dtype) * np.arange(count, dtype=dtype)[:, None, None, None]
    return Dataset(
        {"x": DataField(values, "image"), "y": DataField(np.arange(count) % 2, "label", ("a", "b"))}, ("x",), "y"
    )


@pytest.mark.curriculum("A1", "A2", "A4")
@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_augmentation_touches_the_training_part_only_and_sees_unscaled_pictures(
    registry: Registry, dtype: type
) -> None:
    data, registry = serve(pictures(dtype), registry, validation=0.25, test=0.25)
    registry = with_specs(registry, augmentation=NOTE)
    graph = chain("nnstudio.input", "nnstudio.flatten", ("torch.linear", {"out_features": 2}), "torch.cross_entropy")
    chosen = Recipe(epochs=2, batch_size=8, device="cpu", augmentations=(Entry("test.note"),))
    events = train(Project("P", graph, data, chosen), registry)
    assert isinstance(next(events), RunStarted)
    SEEN.clear()  # it was tried out before
    assert isinstance(list(events)[-1], Finished)
    numbers = np.concatenate([batch[:, 0, 0, 0].numpy() for batch in SEEN]) * (255 if dtype is np.uint8 else 1)
    run = prepare(Project("P", graph, data, chosen), registry)
    trained = sorted(run.data.split.train.tolist())
    assert sorted(np.round(numbers[: len(trained)]).astype(int).tolist()) == trained
    assert sorted(np.round(numbers[len(trained) :]).astype(int).tolist()) == trained


def test_an_augmentation_that_does_nothing_changes_no_bit(registry: Registry) -> None:
    data, registry = serve(pictures(np.uint8), registry)
    registry = with_specs(registry, augmentation=NOTE)
    graph = chain("nnstudio.input", "nnstudio.flatten", ("torch.linear", {"out_features": 2}), "torch.cross_entropy")
    bare, noted = (
        list(
            train(
                Project("P", graph, data, Recipe(epochs=2, batch_size=8, device="cpu", augmentations=entries)), registry
            )
        )
        for entries in ((), (Entry("test.note"),))
    )
    np.testing.assert_array_equal(column(bare, "loss"), column(noted, "loss"))
    assert bare[-1].values == noted[-1].values


@pytest.mark.curriculum("A5")
def test_mixed_targets_are_shares_and_metrics_ask_for_the_largest(
    registry: Registry, steps_of: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = with_specs(registry, augmentation=HALVES)
    project = moons(epochs=1, batch_size=30, augmentations=(Entry("test.halves"),), optimizer=SGD)
    seen: list[tuple[torch.Tensor, ...]] = []
    loss = prepare(project, registry).network.__class__.loss

    def noted(self: Any, outputs: Any, targets: Any) -> torch.Tensor:
        if self.module.training:
            seen.append((outputs[0].detach(), targets[0]))
        return loss(self, outputs, targets)

    monkeypatch.setattr("nnstudio.train.network.Network.loss", noted)
    events = list(train(project, registry))
    for (output, target), said, right in zip(seen, column(events, "loss"), column(events, "accuracy"), strict=True):
        assert target.shape == (len(target), 2)
        np.testing.assert_allclose(target.sum(1), 1)
        log_p = np.log(np.exp(output.double().numpy()) / np.exp(output.double().numpy()).sum(1, keepdims=True))
        np.testing.assert_allclose(said, -(target.double().numpy() * log_p).sum(1).mean(), atol=1e-6)
        assert right == pytest.approx(np.mean(output.numpy().argmax(1) == target.numpy().argmax(1)))


def test_what_mixes_targets_needs_a_loss_that_takes_them(registry: Registry) -> None:
    data, registry = serve(table(np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2), registry)
    registry = with_specs(registry, augmentation=HALVES)
    hard = replace(registry.layers["torch.cross_entropy"], soft=False)
    project = Project("P", mlp(), data, Recipe(epochs=1, augmentations=(Entry("test.halves"),)))
    (failed,) = train(project, with_specs(registry, layer=hard))
    assert isinstance(failed, Failed)
    assert "Halves" in failed.problems[0].message
    assert "Cross-entropy" in failed.problems[0].message


# ── averages ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O17")
@pytest.mark.parametrize(("start", "every", "decay"), [(0.0, "step", 0.9), (0.5, "step", 0.995), (0.3, "epoch", 0.5)])
def test_ema_against_numpy(
    registry: Registry, steps_of: Callable[..., list[Any]], tmp_path: Path, start: float, every: str, decay: float
) -> None:
    average = Entry("nnstudio.ema", {"start": start, "every": every, "decay": decay})
    expected = averaged(
        registry, steps_of, average, start, every, lambda mean, weight, _: decay * mean + (1 - decay) * weight
    )
    kept = learnt(moons(epochs=4, average=average), registry, tmp_path)
    for name, value in expected.items():
        np.testing.assert_allclose(kept[name], value, atol=2e-6)


@pytest.mark.curriculum("O17")
def test_swa_against_numpy(registry: Registry, steps_of: Callable[..., list[Any]], tmp_path: Path) -> None:
    average = Entry("nnstudio.swa", {"start": 0.5, "every": "epoch"})
    project = moons(epochs=6, average=average)
    seen = steps_of(lambda run: (run.epoch, run.row, weights_of(run)), project, registry)
    begun = next(index for index, (epoch, _, _) in enumerate(seen) if epoch == 3)
    entered = [seen[begun - 1][2], *(weights for epoch, row, weights in seen if epoch >= 3 and row == 210)]
    kept = learnt(project, registry, tmp_path)
    for name, value in kept.items():
        np.testing.assert_allclose(value, np.mean([weights[name] for weights in entered], axis=0), atol=1e-6)


def averaged(
    registry: Registry,
    steps_of: Callable[..., list[Any]],
    average: Entry,
    start: float,
    every: str,
    move: Callable[[np.ndarray, np.ndarray, int], np.ndarray],
) -> dict[str, np.ndarray]:
    """The average in float64, of the weights that training went through."""
    project = moons(epochs=4, average=average)
    first = weights_of(prepare(project, registry))
    seen = steps_of(lambda run: (run.epoch, run.row, weights_of(run)), project, registry)
    mean: dict[str, np.ndarray] | None = None
    for index, (epoch, row, weights) in enumerate(seen):
        if mean is None and epoch == int(start * 4):
            mean = dict(seen[index - 1][2] if index else first)
        if mean is not None and (every == "step" or row == 210):
            mean = {name: move(value, weights[name], index) for name, value in mean.items()}
    assert mean is not None
    return mean


@pytest.mark.curriculum("O17")
def test_an_average_learns_nothing_otherwise_and_is_what_is_measured(registry: Registry, tmp_path: Path) -> None:
    bare = list(train(moons(epochs=4), registry))
    average = Entry("nnstudio.ema", {"decay": 0.9})
    with_it = list(train(moons(epochs=4, average=average), registry, folder=tmp_path))
    np.testing.assert_array_equal(column(bare, "loss"), column(with_it, "loss"))
    assert bare[-1].values["validation/loss"] != with_it[-1].values["validation/loss"]
    run = prepare(moons(epochs=4), registry)
    run.network.module.load_state_dict(checkpoint.load_weights(tmp_path))
    measured = run.measure("validation")
    assert measured is not None
    assert measured.values["loss"] == with_it[-1].values["validation/loss"]


# ── rules for nodes ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O22")
def test_parameter_groups_learn_each_by_its_own_rule(registry: Registry, steps_of: Callable[..., list[Any]]) -> None:
    """Each step of SGD: w ← w − η·f·(g + λ·w), with f and λ of the weight's node."""
    rules = (
        Rule("linear*", lr_factor=0.5),
        Rule("#linear1", weight_decay=0.1),
        Rule("#linear2", frozen=True),
        Rule("linear3", lr_factor=2.0),
    )
    graph = mlp()
    three = chain(
        "nnstudio.input",
        ("torch.linear", {"out_features": 8}),
        "torch.relu",
        ("torch.linear", {"out_features": 8}),
        "torch.relu",
        ("torch.linear", {"out_features": 2}),
        "torch.cross_entropy",
    )
    assert len(graph.nodes) < len(three.nodes)
    project = moons(three, epochs=1, rules=rules, optimizer=Entry("torch.sgd", {"lr": 0.1, "weight_decay": 0.01}))
    before = weights_of(prepare(project, registry))

    def look(run: Run) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        named = run.network.module.named_parameters()
        return weights_of(run), {name: p.grad.double().numpy().copy() for name, p in named if p.grad is not None}

    by_node = {"linear1": (0.5, 0.1), "linear2": (0.0, 0.0), "linear3": (2.0, 0.01)}
    for weights, gradients in steps_of(look, project, registry):
        assert not any(name.startswith("linear2") for name in gradients)
        for name, old in before.items():
            factor, decay = by_node[name.partition(".")[0]]
            gradient = gradients.get(name, np.zeros_like(old))
            np.testing.assert_allclose(weights[name], old - 0.1 * factor * (gradient + decay * old), atol=1e-7)
        before = weights


def test_each_node_may_have_its_own_initializer_penalty_and_constraint(
    registry: Registry, steps_of: Callable[..., list[Any]]
) -> None:
    rules = (
        Rule(
            "#linear1",
            initializer=Entry("nnstudio.constant", {"value": 0.25}),
            regularizers=(Entry("nnstudio.l1", {"strength": 0.1}),),
            constraints=(),
        ),
    )
    recipe = {
        "initializer": Entry("nnstudio.zeros"),
        "regularizers": (Entry("nnstudio.l2", {"strength": 0.5}),),
        "constraints": (Entry("nnstudio.non_negative"),),
        "rules": rules,
        "optimizer": SGD,
        "batch_size": 0,
        "epochs": 3,
    }
    start = weights_of(prepare(moons(**recipe), registry))
    assert (start["linear1.weight"] == 0.25).all()
    assert not start["linear2.weight"].any()
    events = list(train(moons(**recipe), registry))
    seen = [start, *steps_of(weights_of, moons(**recipe), registry)]
    for before, penalty in zip(seen, column(events, "penalty"), strict=False):
        expected = 0.1 * np.abs(before["linear1.weight"]).sum() + 0.25 * (before["linear2.weight"] ** 2).sum()
        assert penalty == pytest.approx(expected, rel=1e-6)
    assert all((weights["linear2.weight"] >= 0).all() for weights in seen)


# ── noise, clipping, closures ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("R5")
def test_weight_noise_is_there_for_forward_and_backward_alone(
    registry: Registry, steps_of: Callable[..., list[Any]]
) -> None:
    """With η = 0 the weights stay as they were to the bit, and the loss is another each time."""
    noise = (Entry("nnstudio.weight_noise", {"std": 0.5}),)
    recipe = {"noise": noise, "batch_size": 0, "optimizer": Entry("torch.sgd", {"lr": 1e-30}), "epochs": 4}
    start = weights_of(prepare(moons(**recipe), registry))
    for weights in steps_of(weights_of, moons(**recipe), registry):
        assert all(np.array_equal(value, weights[name]) for name, value in start.items())
    losses = column(list(train(moons(**recipe), registry)), "loss")
    assert len(set(losses)) == 4


@pytest.mark.curriculum("O15")
def test_gradients_are_clipped_before_the_step(registry: Registry, steps_of: Callable[..., list[Any]]) -> None:
    recipe = {"gradients": (Entry("nnstudio.clip_norm", {"max_norm": 0.01}),), "optimizer": SGD}
    before = weights_of(prepare(moons(**recipe), registry))
    for weights in steps_of(weights_of, moons(**recipe), registry):
        moved = np.sqrt(sum(((weights[name] - before[name]) ** 2).sum() for name in weights))
        assert moved == pytest.approx(0.1 * 0.01, rel=1e-3)
        before = weights


@pytest.mark.curriculum("O9")
def test_an_optimizer_may_evaluate_the_loss_itself(registry: Registry) -> None:
    recipe = {
        "optimizer": Entry("torch.lbfgs"),
        "batch_size": 0,
        "epochs": 15,
        "regularizers": (Entry("nnstudio.l2", {"strength": 0.001}),),
    }
    events = list(train(moons(**recipe), registry))
    assert isinstance(events[-1], Finished), events[-1]
    losses = column(events, "loss")
    assert losses[-1] < 0.5 * losses[0]
    assert len(losses) == 15


# ── η ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_warm_up_comes_before_the_schedule_which_has_the_rest(registry: Registry) -> None:
    recipe = {"warmup_steps": 5, "schedule": Entry("nnstudio.linear", {"floor": 0.0}), "optimizer": SGD}
    rates = column(list(train(moons(**recipe), registry)), "lr")
    assert len(rates) == 21
    expected = [*(0.1 * (t + 1) / 5 for t in range(5)), *(0.1 * (1 - t / 16) for t in range(16))]
    np.testing.assert_allclose(rates, expected, rtol=1e-12)


def test_a_schedule_that_is_switched_off_leaves_the_rate(registry: Registry) -> None:
    recipe = {"schedule": Entry("nnstudio.cosine", {}, enabled=False), "optimizer": SGD}
    assert (column(list(train(moons(**recipe), registry)), "lr") == 0.1).all()


def test_an_initializer_that_is_switched_off_leaves_torchs_weights(registry: Registry) -> None:
    off = weights_of(prepare(moons(initializer=Entry("nnstudio.zeros", {}, enabled=False)), registry))
    own = weights_of(prepare(moons(), registry))
    assert all(np.array_equal(value, off[name]) for name, value in own.items())


class Halving:
    def __init__(self) -> None:
        self.factor = 1.0

    def ended(self, epoch: int, values: dict[str, float]) -> None:
        assert "train/loss" in values
        assert "validation/accuracy" in values
        self.factor /= 2


@pytest.mark.curriculum("S8")
def test_a_schedule_may_answer_to_what_is_measured(registry: Registry) -> None:
    registry = with_specs(
        registry, schedule=ScheduleSpec("test.halving", "Halving", Params, watcher="test_recipe_in_a_run:Halving")
    )
    rates = column(list(train(moons(schedule=Entry("test.halving"), optimizer=SGD), registry)), "lr")
    np.testing.assert_array_equal(rates, np.repeat([0.1, 0.05, 0.025], 7))


# ── stopping ──────────────────────────────────────────────────────────────────────────────────────────────────────────

FALLS_THEN_RISES = [3.0, 2.0, 1.0, 1.5, 2.0, 2.5, 3.0]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validation says what the list says, epoch by epoch."""
    ask = Run.measure

    def said(run: Run, part: str) -> Any:
        found = ask(run, part)
        if part == "validation" and found is not None:
            found.values["loss"] = FALLS_THEN_RISES[run.epoch]  # type: ignore[index]
        return found

    monkeypatch.setattr(Run, "measure", said)


@pytest.mark.curriculum("R8")
@pytest.mark.parametrize("restores", [True, False])
def test_early_stopping_ends_the_run_and_brings_the_best_weights_back(
    registry: Registry, scripted: None, tmp_path: Path, steps_of: Callable[..., list[Any]], restores: bool
) -> None:
    rule = Entry("nnstudio.early_stopping", {"patience": 3, "restore_best": restores})
    events = list(train(moons(epochs=7, stops=(rule,)), registry, folder=tmp_path))
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.reason, last.epoch, last.restored) == ("early", 6, 2 if restores else None)
    assert "validation/loss" in last.why
    assert "test/loss" in last.values
    assert len(of(EpochEnded, events)) == 6
    seen = steps_of(lambda run: (run.epoch, run.row, weights_of(run)), moons(epochs=7, stops=(rule,)), registry)
    expected = next(weights for epoch, row, weights in seen if (epoch, row) == (2 if restores else 5, 210))
    for name, value in checkpoint.load_weights(tmp_path).items():
        np.testing.assert_array_equal(value.double().numpy(), expected[name])


def test_the_test_part_is_measured_with_the_weights_that_came_back(
    registry: Registry, scripted: None, tmp_path: Path
) -> None:
    rule = Entry("nnstudio.early_stopping", {"patience": 3})
    average = Entry("nnstudio.ema", {"decay": 0.9})
    project = moons(epochs=7, stops=(rule,), average=average)
    last = list(train(project, registry, folder=tmp_path))[-1]
    run = prepare(moons(epochs=7), registry)
    run.network.module.load_state_dict(checkpoint.load_weights(tmp_path))
    measured = run.measure("test")
    assert measured is not None
    assert isinstance(last, Finished)
    assert measured.values["loss"] == last.values["test/loss"]


# ── plugins that fail ─────────────────────────────────────────────────────────────────────────────────────────────────


def breaks(*values: Any, **params: Any) -> Any:
    raise KeyError("the plug is out")


def breaks_later(batch: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    if len(batch) > 8:
        raise KeyError("the plug is out")
    return batch


def nonsense(*values: Any, **params: Any) -> Any:
    return "nonsense"


class Breaking:
    factor = 1.0

    def ended(self, epoch: int, values: dict[str, float]) -> str:
        raise RuntimeError("the plug is out")


HERE = "test_recipe_in_a_run"


def failing() -> Iterator[Any]:
    for name in ("breaks", "nonsense"):
        target = f"{HERE}:{name}"
        yield pytest.param(
            "schedule", ScheduleSpec("test.bad", "Bad", Params, target), {"schedule": Entry("test.bad")}, name
        )
        yield pytest.param(
            "regularizer",
            RegularizerSpec("test.bad", "Bad", Params, target),
            {"regularizers": (Entry("test.bad"),)},
            name,
        )
        yield pytest.param(
            "batch_schedule",
            BatchScheduleSpec("test.bad", "Bad", Params, target),
            {"batch_schedule": Entry("test.bad")},
            name,
        )
    yield pytest.param(
        "gradient",
        GradientSpec("test.bad", "Bad", Params, f"{HERE}:breaks"),
        {"gradients": (Entry("test.bad"),)},
        "breaks",
    )
    yield pytest.param(
        "augmentation",
        AugmentationSpec("test.bad", "Bad", Params, f"{HERE}:breaks_later", ("vector",)),
        {"augmentations": (Entry("test.bad"),)},
        "breaks_later",
    )
    yield pytest.param(
        "stop", StopSpec("test.bad", "Bad", Params, f"{HERE}:Breaking"), {"stops": (Entry("test.bad"),)}, "Breaking"
    )


@pytest.mark.parametrize(("kind", "spec", "recipe", "function"), list(failing()))
def test_a_plugin_that_fails_ends_the_run_and_is_named(
    registry: Registry, kind: str, spec: Any, recipe: dict[str, Any], function: str
) -> None:
    last = list(train(moons(**recipe), with_specs(registry, **{kind: spec})))[-1]
    assert isinstance(last, Failed)
    (problem,) = last.problems
    assert problem.message.startswith("Bad failed: ")
    assert f"{HERE}:{function}" in problem.message
    assert problem.param == kind


# ── precision ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O16")
def test_bfloat16_is_near_float32_and_learns(registry: Registry) -> None:
    whole, half = (list(train(moons(epochs=3, precision=name), registry)) for name in ("float32", "bfloat16"))
    assert isinstance(half[-1], Finished), half[-1]
    losses = column(whole, "loss"), column(half, "loss")
    assert not np.array_equal(*losses)
    np.testing.assert_allclose(*losses, rtol=0.05)


@pytest.mark.curriculum("O16")
def test_compiled_is_the_training_pass_alone_and_names_stay(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With torch.compile's door taken by a wrapper: building real kernels takes half a minute."""
    modes: list[bool] = []

    def wrapped(module: torch.nn.Module) -> Any:
        def forward(*inputs: torch.Tensor) -> Any:
            modes.append(module.training)
            return module(*inputs)

        return forward

    plain = list(train(moons(), registry))
    monkeypatch.setattr(torch, "compile", wrapped)
    compiled = list(train(moons(compile=True), registry, folder=tmp_path))
    assert modes == [True] * 21
    np.testing.assert_array_equal(column(plain, "loss"), column(compiled, "loss"))
    assert compiled[-1].values == plain[-1].values
    assert set(checkpoint.load_weights(tmp_path)) == {
        "linear1.weight", "linear1.bias", "linear2.weight", "linear2.bias",
    }  # fmt: skip


def test_a_compiler_that_fails_is_told(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(module: torch.nn.Module) -> Any:
        namespace = {"__name__": "torch._inductor.cpp_builder"}
        exec("def forward(*inputs):\n    raise RuntimeError('no C++ compiler found')", namespace)
        return namespace["forward"]

    monkeypatch.setattr(torch, "compile", fails)
    last = list(train(moons(compile=True), registry))[-1]
    assert isinstance(last, Failed)
    assert "no C++ compiler" in last.problems[0].message
    assert last.problems[0].param == "compile"


def test_two_stop_rules_that_are_alike_count_for_themselves(registry):
    """Each is asked once an epoch: one watcher for both would count twice."""
    stop = Entry("nnstudio.early_stopping", {"patience": 1, "restore_best": True})
    ended = [
        [dict(each.values) for each in of(EpochEnded, list(train(moons(epochs=6, stops=stops), registry)))]
        for stops in ((stop,), (stop, stop))
    ]
    assert ended[0] == ended[1]
