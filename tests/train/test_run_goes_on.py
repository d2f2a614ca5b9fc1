"""The record of a run that is gone on with: written on where the run could go on, untouched where it could not."""

import json
from dataclasses import replace
from pathlib import Path

from train_helpers import mlp, moons

from nnstudio.engine.training import run
from nnstudio.events import Failed, Finished, RunStarted
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.runs.record import RunWriter
from nnstudio.runs.store import RunStore
from nnstudio.train.checkpoint import file_in


def crashed_in_its_first_epoch(project: Project, folder: Path) -> Path:
    """The process that wrote the record is gone: it had no time to write a checkpoint."""
    writer = RunWriter.create(folder, project)
    writer.add(RunStarted(writer.folder.name, str(writer.folder), "cpu", 3, 4))
    record = writer.folder / "run.json"
    left = json.loads(record.read_bytes())
    writer.close()
    record.write_text(json.dumps({**left, "process": {**left["process"], "pid": 0}}))
    return writer.folder


def test_a_run_without_a_checkpoint_stays_crashed_where_it_is_gone_on_with(registry: Registry, tmp_path: Path) -> None:
    folder = crashed_in_its_first_epoch(moons(epochs=3), tmp_path)
    (before,) = RunStore(tmp_path).runs()
    assert (before.state, before.resumable) == ("crashed", False)
    assert before.problem is not None
    assert "no checkpoint" in str(before.problem)
    kept = (folder / "run.json").read_bytes()
    (failed,) = run(moons(epochs=3), registry, resume=folder)
    assert isinstance(failed, Failed)
    assert failed.problems[0].code == "checkpoint.unusable"
    assert (folder / "run.json").read_bytes() == kept
    assert RunStore(tmp_path).runs() == [before]


def test_a_run_of_another_network_stays_stopped_where_it_is_gone_on_with(registry: Registry, tmp_path: Path) -> None:
    project = moons(epochs=3)
    list(run(replace(project, recipe=replace(project.recipe, epochs=1)), registry, folder=tmp_path))
    (before,) = RunStore(tmp_path).runs()
    (failed,) = run(moons(mlp(units=5), epochs=3), registry, resume=before.folder)
    assert isinstance(failed, Failed)
    assert failed.problems[0].code == "checkpoint.misfit"
    assert RunStore(tmp_path).runs() == [before]


def test_the_record_of_a_run_that_can_go_on_goes_on(registry: Registry, tmp_path: Path) -> None:
    project = moons(epochs=3)
    list(run(replace(project, recipe=replace(project.recipe, epochs=1)), registry, folder=tmp_path))
    (before,) = RunStore(tmp_path).runs()
    first, *_, last = run(project, registry, resume=before.folder)
    assert isinstance(first, RunStarted)
    assert isinstance(last, Finished)
    assert (first.folder, first.first_epoch) == (str(before.folder), 1)
    (after,) = RunStore(tmp_path).runs()
    assert (after.id, after.state, after.epochs, after.step) == (before.id, "done", 3, last.step)
    assert after.data_fingerprint == before.data_fingerprint


def test_what_a_checkpoint_knows_the_record_knows(registry: Registry, tmp_path: Path) -> None:
    """Whatever moment the process is killed at: what lies before the checkpoint is in the record when it is told."""
    for event in run(moons(epochs=2), registry, folder=tmp_path):
        (made,) = RunStore(tmp_path).runs()
        if not isinstance(event, RunStarted | Finished) and file_in(made.folder).is_file():
            history = RunStore(tmp_path).history(made.id)
            assert history.epoch == made.epochs > 0
            assert history.step == made.step > 0
