"""A run's history: columns that grow together, whatever comes and in which order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nnstudio.events import EpochEnded, Failed, Finished, Paused, Resumed, RunStarted, Steps
from nnstudio.problems import Problem
from nnstudio.runs.history import Column, History


@given(st.lists(st.lists(st.floats(allow_nan=False), max_size=3000), max_size=8))
def test_a_column_holds_what_was_appended(chunks):
    column = Column()
    for chunk in chunks:
        column.extend(chunk)
    assert column.values.tolist() == [value for chunk in chunks for value in chunk]


@given(st.lists(st.tuples(st.sampled_from(["loss", "accuracy", "lr"]), st.integers(1, 50)), min_size=1, max_size=20))
def test_columns_keep_one_length_and_gaps_are_nan(batches):
    history = History()
    first = 0
    expected: dict[str, list[float]] = {}
    for name, count in batches:
        history.add(Steps(first, {name: np.arange(count) + 0.5}))
        for other in {*expected, name}:
            column = expected.setdefault(other, [np.nan] * first)
            column.extend(np.arange(count) + 0.5 if other == name else [np.nan] * count)
        first += count
    assert history.step == first
    for name, values in expected.items():
        x, y = history.steps(name)
        np.testing.assert_array_equal(x, np.arange(first))
        np.testing.assert_array_equal(y, values)
    assert np.isnan(history.steps("never measured")[1]).all()


def test_state_follows_the_events():
    history = History()
    started = RunStarted("r", "", "cpu", epochs=2, steps_per_epoch=10)
    seen = []
    for event in (started, Paused(3), Resumed(3), Finished("stopped", 5, 0)):
        history.add(event)
        seen.append(history.state)
    assert seen == ["running", "paused", "running", "stopped"]
    problem = Problem("train.nan", "The loss is NaN.")
    history.add(Failed((problem,)))
    assert (history.state, history.problems) == ("failed", (problem,))
    history.crashed(problem)
    assert history.state == "crashed"


def test_time_left_is_known_once_the_speed_is():
    history = History()
    assert history.seconds_left is None
    history.add(RunStarted("r", "", "cpu", epochs=2, steps_per_epoch=10))
    history.add(Steps(0, {"loss": np.ones(10)}, steps_per_second=5.0))
    assert history.seconds_left == 2.0


def test_last_skips_what_was_not_measured():
    history = History()
    history.add(EpochEnded(0, 10, {"train/loss": 1.0, "validation/loss": 2.0}))
    history.add(EpochEnded(1, 20, {"train/loss": 0.5}))
    assert history.last("validation/loss") == 2.0
    assert history.last("train/loss") == 0.5
    assert history.last("test/loss") is None
    assert history.epoch == 2


def test_a_resumed_run_counts_on_from_where_it_was():
    history = History()
    history.add(RunStarted("r", "", "cpu", epochs=4, steps_per_epoch=10, first_step=20, first_epoch=2))
    assert (history.step, history.epoch) == (20, 2)


@given(st.integers(0, 40), st.integers(0, 6))
def test_a_resumed_run_goes_on_from_what_was_before_its_checkpoint(step, epoch):
    before = History("run")
    before.add(Steps(0, {"loss": np.arange(30.0)}))
    for number in range(4):
        before.add(EpochEnded(number, 10 * number, {"train/loss": float(number)}))
    after = before.until(step, epoch)
    after.add(Steps(step, {"loss": np.array([-1.0])}))
    assert after.steps("loss")[1].tolist() == [*range(min(step, 30)), -1.0]
    assert after.epochs("train/loss")[1].tolist() == list(range(min(epoch, 4)))
    assert len(before.steps("loss")[1]) == 30
