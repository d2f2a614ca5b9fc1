"""A run is on disk as it happened, up to the last flush; whatever is damaged, the list of runs still opens."""

import contextlib
import errno
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nnstudio.events import (
    CheckpointSaved,
    EpochEnded,
    Event,
    Failed,
    Finished,
    Paused,
    Predictions,
    Resumed,
    RunStarted,
    Steps,
)
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.runs import record as recording
from nnstudio.runs.history import History
from nnstudio.runs.process import identity, is_alive
from nnstudio.runs.store import RunStore, RunWriter, record, runs_folder

STARTED = RunStarted("r", "", "cpu", 3, 4, metrics=("accuracy",), classes=("no", "yes"), parameters=42)


def steps(first: int, count: int, **columns: Any) -> Steps:
    values = {"loss": np.linspace(1, 0, count), **columns}
    return Steps(first, values, seconds=(first + count) / 10, steps_per_second=10.0)


def predictions(epoch: int, part: str = "validation", **more: Any) -> Predictions:
    numbers = np.arange(4)
    return Predictions(epoch, part, numbers, numbers % 2, numbers % 2, numbers / 4.0, **more)


def a_run() -> list[Event]:
    events: list[Event] = [STARTED]
    for epoch in range(3):
        events.append(steps(4 * epoch, 4, accuracy=np.full(4, 0.5)))
        values = {"train/loss": 1 / (epoch + 1), "validation/accuracy": epoch / 3}
        events.append(EpochEnded(epoch, 4 * epoch + 4, values, best=True, seconds=epoch + 1.0))
        events.append(predictions(epoch, confusion=np.eye(2), extent=(-1.0, 1.0, 0.0, 2.0), classes=("no", "yes")))
        events.append(CheckpointSaved("x", 4 * epoch + 4, epoch))
    return events


def told(events: list[Event]) -> History:
    history = History()
    for event in events:
        history.add(event)
    return history


def assert_same_numbers(one: History, other: History) -> None:
    for kind in ("step", "epoch"):
        names = getattr(one, f"{kind}_names")
        assert set(names) == set(getattr(other, f"{kind}_names"))
        for name in names:
            for mine, its in zip(getattr(one, f"{kind}s")(name), getattr(other, f"{kind}s")(name), strict=True):
                np.testing.assert_array_equal(mine, its)


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(tmp_path / "lenet.runs")


def test_runs_lie_beside_the_project() -> None:
    assert runs_folder(Path("/home/me/lenet.nns")) == Path("/home/me/lenet.runs")


def test_a_folder_that_is_not_there_has_no_runs(store: RunStore) -> None:
    assert store.runs() == []
    with pytest.raises(NNStudioError, match="no run 'x'"):
        store.history("x")


def test_a_run_that_a_rule_stopped_still_says_why_and_what_came_back(store: RunStore) -> None:
    end = Finished("early", 12, 3, {}, 3.0, why="val loss did not fall for 2 epochs", restored=1)
    list(record(iter([*a_run(), end]), RunWriter.create(store.folder, Project("P"), name="x")))
    (run,) = store.runs()
    assert (run.state, run.why, run.restored) == ("early", end.why, 1)
    finished = store.history(run.id).finished
    assert finished is not None
    assert (finished.reason, finished.why, finished.restored) == ("early", end.why, 1)


def test_a_finished_run_is_read_as_it_was_told(store: RunStore) -> None:
    events = [*a_run(), Finished("done", 12, 3, {"test/accuracy": 0.75, "validation/loss": float("nan")}, 3.0)]
    writer = RunWriter.create(store.folder, Project("LeNet"), name="first")
    assert list(record(iter(events), writer)) == events
    (run,) = store.runs()
    assert (run.name, run.state, run.epochs, run.planned, run.step) == ("first", "done", 3, 3, 12)
    assert (run.parameters, run.device, run.problem, run.going) == (42, "cpu", None, False)
    assert run.values["test/accuracy"] == 0.75
    assert np.isnan(run.values["validation/loss"])
    assert run.environment["python"]
    history = store.history(run.id)
    assert_same_numbers(history, told(events))
    assert (history.state, history.started, history.seconds) == ("done", STARTED, 3.0)
    assert history.finished is not None
    seen, expected = history.predictions["validation"], events[-3]
    assert isinstance(expected, Predictions)
    assert (seen.epoch, seen.extent, seen.classes) == (2, expected.extent, expected.classes)
    np.testing.assert_array_equal(seen.confusion, expected.confusion)
    assert seen.images is None
    assert store.project(run.id) == Project("LeNet")


metric_names = st.sampled_from(["loss", "train/loss", 'a "quoted" name', "LOSS 2", "drop table steps; --", "η"])
step_events = st.lists(
    st.tuples(st.integers(1, 5), st.sets(metric_names, min_size=1, max_size=3), st.booleans()), min_size=1, max_size=6
)


@given(step_events, st.data())
@settings(max_examples=30, deadline=None)
def test_whatever_columns_come_and_go_the_numbers_are_kept_to_the_bit(
    tmp_path_factory: pytest.TempPathFactory, plan: list[tuple[int, set[str], bool]], data: st.DataObject
) -> None:
    """Columns that appear late or vanish, any names, infinities and NaN; flushed now and then."""
    store = RunStore(tmp_path_factory.mktemp("runs"))
    writer = RunWriter.create(store.folder, Project())
    writer.add(STARTED)
    events: list[Event] = [STARTED]
    first = 0
    for count, names, flushed in plan:
        values = {name: data.draw(hnp.arrays(np.float64, count)) for name in sorted(names)}
        events += [
            Steps(first, values),
            EpochEnded(len(events), first + count, {name: v[0] for name, v in values.items()}),
        ]
        first += count
        for event in events[-2:]:
            writer.add(event)
        if flushed:
            writer.flush()
    writer.close()
    assert_same_numbers(store.history(store.runs()[0].id), told(events))


def test_a_column_that_was_never_a_number_is_still_a_column(store: RunStore) -> None:
    writer = RunWriter.create(store.folder, Project())
    events: list[Event] = [STARTED, Steps(0, {"loss": np.array([np.nan])}), EpochEnded(0, 1, {"loss": np.nan})]
    for event in events:
        writer.add(event)
    writer.close()
    assert_same_numbers(store.history(store.runs()[0].id), told(events))


def test_others_can_read_the_numbers_with_sqlite_alone(store: RunStore) -> None:
    list(record(iter(a_run()), RunWriter.create(store.folder, Project())))
    with contextlib.closing(sqlite3.connect(store.runs()[0].folder / "metrics.sqlite")) as db:
        assert db.execute("select count(*), max(loss) from steps").fetchone() == (12, 1.0)
        assert db.execute('select step, "validation/accuracy" from epochs order by epoch').fetchall()[1] == (8, 1 / 3)


def test_what_was_flushed_is_seen_while_the_run_goes_on(store: RunStore) -> None:
    writer = RunWriter.create(store.folder, Project())
    writer.add(STARTED)
    writer.add(steps(0, 4))
    writer.flush()
    writer.add(steps(4, 4))
    (run,) = store.runs()
    assert (run.state, run.going, run.resumable) == ("running", True, False)
    assert store.history(run.id).step == 4
    for event, state in ((Paused(8), "paused"), (Resumed(8), "running")):
        writer.add(event)  # a change of state is flushed at once
        assert store.runs()[0].state == store.history(run.id).state == state
    assert store.history(run.id).step == 8
    with pytest.raises(NNStudioError, match="Stop it first"):
        store.delete(run.id)
    writer.close()
    assert store.runs()[0].state == "stopped"


def test_flushes_come_at_most_once_a_second(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(recording.time, "monotonic", lambda: now[0])
    writer = RunWriter.create(store.folder, Project())
    writer.add(STARTED)
    flushes: list[float] = []
    flush = writer.flush
    monkeypatch.setattr(writer, "flush", lambda: (flushes.append(now[0]), flush()))
    for tick in range(100):
        now[0] = tick / 20
        writer.add(steps(tick, 1))
    assert flushes == [1.0, 2.0, 3.0, 4.0]
    writer.close()


def test_an_epoch_and_a_checkpoint_are_written_when_they_are_told(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Epochs as far as writing them costs no more than 1 % of the time, checkpoints always: whoever goes on from one has what came before."""
    now = [0.0]
    monkeypatch.setattr(recording.time, "monotonic", lambda: now[0])
    writer = RunWriter.create(store.folder, Project())
    id = writer.folder.name
    writer.add(STARTED)
    writer.add(steps(0, 4))
    assert store.history(id).step == 0
    writer.add(EpochEnded(0, 4, {"train/loss": 1.0}))
    assert (store.history(id).step, store.history(id).epoch, store.get(id).step) == (4, 1, 4)
    writer._cost = 0.005
    writer.add(steps(4, 4))
    writer.add(EpochEnded(1, 8, {"train/loss": 0.5}))
    assert store.history(id).epoch == 1
    writer.add(CheckpointSaved("x", 8, 1))
    assert (store.history(id).step, store.history(id).epoch, store.get(id).epochs) == (8, 2, 2)
    writer.close()


def test_only_a_run_that_is_not_done_can_be_resumed(store: RunStore) -> None:
    for end in ("done", "early", "stopped"):
        writer = RunWriter.create(store.folder, Project(), name=end)
        (writer.folder / "checkpoints" / "best.safetensors").touch()
        list(record(iter([STARTED, Finished(end, 12, 3)]), writer))
        assert not store.get(writer.folder.name).resumable  # the best one has weights alone
        (writer.folder / "checkpoints" / "last.safetensors").touch()
    assert {run.name: run.resumable for run in store.runs()} == {"done": False, "early": False, "stopped": True}


def test_a_failed_run_keeps_its_reason(store: RunStore) -> None:
    problem = Problem("run.nan", "The loss became NaN at step 7.", remedy="Lower the learning rate.", node="fc1")
    list(record(iter([*a_run(), Failed((problem,), 7)]), RunWriter.create(store.folder, Project())))
    (run,) = store.runs()
    assert (run.state, run.problem) == ("failed", problem)
    assert store.history(run.id).problems == (problem,)


def test_a_run_gone_on_with_forgets_what_is_done_again(store: RunStore) -> None:
    writer = RunWriter.create(store.folder, Project())
    list(record(iter(a_run()), writer))
    again = RunStarted("r", "", "cpu", 3, 4, first_step=6, first_epoch=1)
    more = [again, steps(6, 6, accuracy=np.full(6, 0.9)), EpochEnded(1, 8, {"train/loss": 9.0}), EpochEnded(2, 12, {})]
    list(record(iter([*more, Finished("done", 12, 3)]), RunWriter.open(writer.folder)))
    history = store.history(writer.folder.name)
    assert history.steps("loss")[0].tolist() == list(range(12))
    np.testing.assert_array_equal(history.steps("accuracy")[1], [0.5] * 6 + [0.9] * 6)
    assert history.epochs("train/loss")[1][:2].tolist() == [1.0, 9.0]
    assert (history.state, len(store.runs())) == ("done", 1)


def test_the_newest_run_stands_first_and_can_be_renamed_and_deleted(store: RunStore) -> None:
    for name in ("one", "two", "three"):
        RunWriter.create(store.folder, Project(), name=name).close()
    assert [run.name for run in store.runs()] == ["three", "two", "one"]
    middle = store.runs()[1]
    store.rename(middle.id, "Zwei ✓")
    assert store.get(middle.id).name == "Zwei ✓"
    store.delete(middle.id)
    assert [run.name for run in store.runs()] == ["three", "one"]


@pytest.mark.parametrize("id", ["", ".", "..", "../other.runs", "/etc", "a/b"])
def test_only_runs_can_be_deleted(store: RunStore, id: str) -> None:
    RunWriter.create(store.folder, Project()).close()
    (store.folder / "precious").mkdir()
    for name in (id, "precious"):
        with pytest.raises(NNStudioError, match="no run"):
            store.delete(name)
    assert (store.folder / "precious").is_dir()


def test_a_link_is_no_run(store: RunStore, tmp_path: Path) -> None:
    elsewhere = RunWriter.create(tmp_path / "elsewhere", Project())
    elsewhere.close()
    store.folder.mkdir()
    (store.folder / "link").symlink_to(elsewhere.folder, target_is_directory=True)
    assert store.runs() == []


# ── what can go wrong ─────────────────────────────────────────────────────────────────────────────────────────────────


def damage(folder: Path) -> Iterator[str]:
    """Each file of the run in turn: gone, empty, noise, and of another form."""
    hostile = {
        "run.json": [b"", b"{", b"[]", b"[" * 100_000, b'{"state": 7, "run": {"$": "Popen"}, "values": {"$float": 1}}'],
        "metrics.sqlite": [b"", b"no database at all, " * 100],
        "predictions.npz": [b"", b"PK\x03\x04 and nothing", b"\x80\x04N."],
        "project.nns": [b"", b"{}"],
    }
    for name, contents in hostile.items():
        path = folder / name
        sound = path.read_bytes()
        for content in (None, *contents):
            path.unlink(missing_ok=True)
            if content is not None:
                path.write_bytes(content)
            yield f"{name}: {content!r:.30}"
        path.write_bytes(sound)


def test_a_damaged_run_never_spoils_the_list(store: RunStore) -> None:
    for _ in range(2):
        list(record(iter([*a_run(), Finished("done", 12, 3)]), RunWriter.create(store.folder, Project("P"), name="x")))
    newest, other = store.runs()
    for case in damage(newest.folder):
        listed = {run.id: run for run in store.runs()}
        assert listed[other.id].state == "done", case
        assert newest.id in listed, case
        assert store.history(newest.id) is not None
        if case.startswith("run.json"):
            assert listed[newest.id].state == "crashed" or listed[newest.id].problem is None, case
        if case.startswith("project.nns"):
            with pytest.raises(NNStudioError):
                store.project(newest.id)
    (store.folder / "empty").mkdir()
    (store.folder / "a file").write_text("")
    assert len(store.runs()) == 2
    assert store.get(newest.id).state == "done"


def test_an_object_hidden_in_the_predictions_is_not_loaded(store: RunStore, tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (tmp_path / "sprung",))

    list(record(iter(a_run()), RunWriter.create(store.folder, Project())))
    (run,) = store.runs()
    np.savez(run.folder / "predictions.npz", **{"validation.epoch": np.array([Trap()], dtype=object)})
    assert store.history(run.id).predictions == {}
    assert not (tmp_path / "sprung").exists()


def test_a_run_whose_process_is_gone_has_crashed(store: RunStore) -> None:
    code = (
        "import os, sys; from pathlib import Path; from nnstudio.events import *; import numpy as np\n"
        "from nnstudio.project.project import Project; from nnstudio.runs.store import RunWriter\n"
        "writer = RunWriter.create(Path(sys.argv[1]), Project())\n"
        "writer.add(RunStarted('r', '', 'cpu', 3, 4)); writer.add(Steps(0, {'loss': np.ones(4)})); writer.flush()\n"
        "writer.add(Steps(4, {'loss': np.ones(4)})); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(store.folder)], check=False).returncode == 9
    (run,) = store.runs()
    assert (run.state, run.going) == ("crashed", False)
    assert run.problem is not None
    assert run.problem.code == "run.crashed"
    history = store.history(run.id)
    assert (history.state, history.step) == ("crashed", 4)
    store.delete(run.id)
    assert store.runs() == []


def test_a_process_is_known_by_more_than_its_number() -> None:
    me = identity()
    assert is_alive(me) is True
    assert is_alive({**me, "started": "long ago"}) is False
    assert is_alive({**me, "host": "another machine"}) is None
    for pid in (0, -1, None, "7", 2**40):
        assert is_alive({**me, "pid": pid}) is False
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        from nnstudio.runs.process import _started

        its = {**me, "pid": other.pid, "started": _started(other.pid)}
        assert is_alive(its) is True
        other.kill()
        other.wait()
        assert is_alive(its) is False


def test_a_run_elsewhere_is_dead_when_it_was_long_silent(store: RunStore) -> None:
    writer = RunWriter.create(store.folder, Project())
    path = writer.folder / "run.json"
    facts = json.loads(path.read_bytes())
    facts["process"]["host"] = "another machine"
    path.write_text(json.dumps(facts))
    assert store.runs()[0].state == "running"
    os.utime(path, (0, 0))
    assert store.runs()[0].state == "crashed"


def test_a_full_disk_ends_the_run_in_words_and_keeps_what_was_written(
    store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter.create(store.folder, Project())
    ended: list[bool] = []

    def events() -> Iterator[Event]:
        try:
            yield STARTED
            yield steps(0, 4)
            writer.flush()
            full = OSError(errno.ENOSPC, "No space left on device")
            monkeypatch.setattr(recording.MetricsWriter, "flush", lambda self: (_ for _ in ()).throw(full))
            yield steps(4, 4)
            yield Paused(8)
            raise AssertionError("the run goes on")
        finally:
            ended.append(True)

    *_, last = record(events(), writer)
    assert isinstance(last, Failed)
    assert "No space left" in last.problems[0].message
    assert str(writer.folder) in last.problems[0].message
    assert ended == [True]
    (run,) = store.runs()
    assert (run.state, run.problem) == ("failed", last.problems[0])
    assert store.history(run.id).step == 4


def test_who_stops_listening_leaves_a_run_that_reads_as_stopped(store: RunStore) -> None:
    going = record(iter(a_run()), RunWriter.create(store.folder, Project()))
    next(going)
    next(going)
    going.close()
    (run,) = store.runs()
    assert run.state == "stopped"
    assert store.history(run.id).step == 4
