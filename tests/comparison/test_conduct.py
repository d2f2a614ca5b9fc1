"""Comparisons really trained, in real engines: nothing twice, a killed engine fails its run alone, cancel and go on."""

from dataclasses import replace

import pytest

from nnstudio.comparison.conduct import Conductor, Pool, ensembles
from nnstudio.comparison.plan import compare_axes, load
from nnstudio.comparison.results import read_results
from nnstudio.runs.store import RunStore


@pytest.fixture(scope="module")
def pool():
    with Pool(2, ("--safe-mode",)) as pool:
        yield pool


def test_every_run_is_trained_once(registry, iris, pool, tmp_path):
    plan = compare_axes(iris, registry, {"recipe.optimizer": ["torch.sgd(momentum=0.9)", "torch.adam"]}, seeds=2)
    news = list(Conductor(plan, registry, tmp_path, pool).run())
    assert [item.done for item in news if item.ended] == [1, 2, 3, 4]
    assert {(item.outcome.arm, item.outcome.replicate) for item in news if item.ended} == {
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    }
    runs = RunStore(tmp_path).runs()
    assert sorted(run.name for run in runs) == [
        "Adam · seed 0", "Adam · seed 1", "SGD (momentum 0.9) · seed 0", "SGD (momentum 0.9) · seed 1",
    ]  # fmt: skip

    again = Conductor(load(tmp_path), registry, tmp_path, pool)
    assert all(item.ended for item in again.run())
    assert len(RunStore(tmp_path).runs()) == 4
    more = compare_axes(iris, registry, {"recipe.optimizer": ["torch.sgd(momentum=0.9)", "torch.adam"]}, seeds=3)
    list(Conductor(more, registry, tmp_path, pool).run())
    assert len(RunStore(tmp_path).runs()) == 6

    found = read_results(more, registry, tmp_path)
    assert all(outcome.complete and len(outcome.epochs) == 2 for outcome in found.outcomes)
    assert found.main == "validation/loss"
    joined = ensembles(found, pool)
    assert set(joined) == {0, 1}
    assert all(len(answer.single) == 3 for answer in joined.values())


def test_the_same_seed_gives_the_same_numbers_in_whichever_engine(registry, iris, pool, tmp_path):
    plan = compare_axes(iris, registry, {"recipe.batch_size": [16, 16]}, seeds=1)
    first, second = (list(Conductor(plan, registry, tmp_path / name, pool).run())[-1] for name in "ab")
    assert first.outcome.epochs[-1].values == second.outcome.epochs[-1].values


def test_a_killed_engine_fails_its_run_alone(registry, iris, tmp_path):
    plan = compare_axes(
        replace(iris, recipe=replace(iris.recipe, epochs=3)), registry, {"recipe.epochs": [1_000_000, 2, 3]}, seeds=1
    )
    with Pool(1, ("--safe-mode",)) as pool:
        killed = False
        conductor = Conductor(plan, registry, tmp_path, pool)
        for news in conductor.run():
            if not killed and news.outcome.epochs:
                pool.workers[0]._engine._process.kill()
                killed = True
        states = [outcome.state for outcome in conductor.results.outcomes]
        assert states == ["crashed", "done", "done"]
        assert "killed" in conductor.results.outcomes[0].problem.message


def test_cancel_keeps_what_is_done_and_goes_on_later(registry, iris, pool, tmp_path):
    long = replace(iris, recipe=replace(iris.recipe, epochs=3000))
    plan = compare_axes(long, registry, {"recipe.optimizer": ["torch.sgd", "torch.adam"]}, seeds=2)
    conductor = Conductor(plan, registry, tmp_path, pool)
    for news in conductor.run():
        if news.outcome.epochs:
            conductor.cancel()
    assert conductor.cancelled
    states = sorted(outcome.state for outcome in conductor.results.outcomes)
    assert states.count("waiting") == 2
    stopped = [outcome for outcome in conductor.results.outcomes if outcome.state == "stopped"]
    assert stopped
    assert all(run.resumable for run in RunStore(tmp_path).runs() if run.state == "stopped")

    again = Conductor(plan, registry, tmp_path, pool)
    before = {outcome.folder for outcome in stopped}
    for news in again.run():
        if news.outcome.state == "running" and news.outcome.epochs:
            again.cancel()
    assert before <= {outcome.folder for outcome in again.results.outcomes}  # gone on with, not begun anew


def test_a_run_that_cannot_begin_fails_alone(registry, iris, pool, tmp_path):
    plan = compare_axes(iris, registry, {"data.dataset": ["on", f"nnstudio.csv(path={tmp_path}/missing.csv)"]}, seeds=1)
    conductor = Conductor(plan, registry, tmp_path / "runs", pool)
    list(conductor.run())
    good, bad = conductor.results.outcomes
    assert (good.state, bad.state) == ("done", "failed")
    assert "missing.csv" in str(bad.problem)
