"""Who measured the test part? The app, the command line and the Data place say so."""

from pathlib import Path

import pytest

from nnstudio.events import EpochEnded, Failed, Finished, RunStarted
from nnstudio.project.project import Project
from nnstudio.runs.store import RunStore, RunWriter, record
from nnstudio.runs.tests_read import who_tested, words


def made(folder: Path, name: str, fingerprint: str, values: dict[str, float], *, fails: bool = False) -> None:
    writer = RunWriter.create(folder, Project(name), name=name)
    writer.set_fingerprint(fingerprint)
    end = Failed(()) if fails else Finished("done", 4, 0, {"train/loss": 1.0} | values)
    events = (
        RunStarted(writer.folder.name, str(writer.folder), "cpu", 1, 4),
        EpochEnded(0, 4, {"train/loss": 1.0}),
        end,
    )
    list(record(iter(events), writer))


@pytest.mark.curriculum("H1")
def test_the_runs_that_measured_this_datas_test_part_are_told(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    assert who_tested(store, "abc") == ()
    assert words(()) == ""
    made(tmp_path, "untested", "abc", {})
    made(tmp_path, "failed", "abc", {}, fails=True)
    made(tmp_path, "other data", "xyz", {"test/loss": 0.5})
    assert who_tested(store, "abc") == ()
    made(tmp_path, "lenet-3", "abc", {"test/loss": 0.4})
    once = who_tested(store, "abc")
    assert [run.name for run in once] == ["lenet-3"]
    assert "once, by 'lenet-3'" in words(once)
    made(tmp_path, "lenet-4", "abc", {"test/loss": 0.3})
    twice = who_tested(store, "abc")
    assert [run.name for run in twice] == ["lenet-3", "lenet-4"]
    assert "2 runs, first by 'lenet-3'" in words(twice)
    assert "less of a test" in words(twice)


def test_data_without_a_fingerprint_is_nobodys(tmp_path: Path) -> None:
    made(tmp_path, "old", "", {"test/loss": 0.4})
    assert who_tested(RunStore(tmp_path), "") == ()
