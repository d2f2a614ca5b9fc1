"""The runs of a project: the list, what happened in each, and the project as it was."""

import json
import shutil
import sqlite3
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np

from nnstudio.events import Changed, Finished, Predictions, RunStarted
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project import file
from nnstudio.project.project import Project
from nnstudio.protocol import ProtocolError, decode
from nnstudio.runs.history import History
from nnstudio.runs.metrics import read_metrics
from nnstudio.runs.process import is_alive
from nnstudio.runs.record import RunWriter, record, replace_quickly

__all__ = ["RunStore", "RunSummary", "RunWriter", "has_checkpoint", "record", "runs_folder"]

ELSEWHERE_SECONDS = 120.0
"""A run on another machine that wrote nothing for so long is taken for dead."""


@dataclass(frozen=True)
class RunSummary:
    """One line of the list. state: as `History.state`. epochs: completed, of `planned`. values: of the last epoch. problem: why it failed.

    why, restored: of a run that a rule stopped early, as in `Finished`.
    """

    id: str
    folder: Path
    name: str
    state: str
    started: datetime | None = None
    epochs: int = 0
    planned: int = 0
    step: int = 0
    seconds: float = 0.0
    seed: int = 0
    parameters: int = 0
    device: str = ""
    values: Mapping[str, float] = field(default_factory=dict[str, float])
    problem: Problem | None = None
    data_fingerprint: str = ""
    environment: Mapping[str, Any] = field(default_factory=dict[str, Any])
    why: str = ""
    restored: int | None = None

    @property
    def began(self) -> float:
        """To sort by: in seconds; 0 where nobody knows."""
        return self.started.timestamp() if self.started else 0.0

    @property
    def going(self) -> bool:
        return self.state in ("running", "paused")

    @property
    def resumable(self) -> bool:
        """Did it end before it was done, with a checkpoint to go on from?"""
        return self.state in ("stopped", "failed", "crashed") and has_checkpoint(self.folder)


def has_checkpoint(run: Path) -> bool:
    """Can the run in folder `run` go on?"""
    return (run / "checkpoints" / "last.safetensors").is_file()


def runs_folder(project: Path) -> Path:
    """Where the runs of the project file `project` are: `lenet.nns` → `lenet.runs`."""
    return project.with_suffix(".runs")


class RunStore:
    """The runs in one folder (see `runs_folder`; it need not exist)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def runs(self) -> list[RunSummary]:
        """All runs, newest first. A damaged one is listed as crashed, with the reason; it never spoils the list."""
        try:
            folders = [path for path in self.folder.iterdir() if _is_run(path)]
        except OSError:
            return []
        return sorted((_summary(path) for path in folders), key=lambda run: (run.began, run.id), reverse=True)

    def get(self, id: str) -> RunSummary:
        """The run `id`. Raises NNStudioError where there is none."""
        folder = self.folder / id
        if folder.parent != self.folder or id in ("", ".", "..") or not _is_run(folder):
            known = ", ".join(run.id for run in self.runs()[:3])
            remedy = f"The newest are {known}." if known else "There are none yet: train the project."
            raise NNStudioError(
                Problem("run.unknown", f"There is no run '{id}' in {self.folder}.", remedy=remedy, place="run")
            )
        return _summary(folder)

    def history(self, id: str) -> History:
        """What happened in the run `id`, up to its last flush."""
        run = self.get(id)
        history = History(name=run.name)
        facts = _facts(run.folder)[0]
        started = _decoded(facts.get("run"))
        if isinstance(started, RunStarted):
            history.add(started)
        try:
            steps, epochs = read_metrics(run.folder / "metrics.sqlite")
        except sqlite3.Error:
            steps, epochs = [], []
        for event in (*steps, *epochs, *_predictions(run.folder / "predictions.npz")):
            history.add(event)
        for made in self.changes(id):
            history.add(made)
        history.seconds = run.seconds
        _add_end(history, run)
        return history

    def project(self, id: str) -> Project:
        """The project as it was when the run `id` began. Raises NNStudioError where it cannot be read."""
        project, problems = file.read(self.get(id).folder / "project.nns")
        if project is None:
            raise NNStudioError(*problems)
        return project

    def changes(self, id: str) -> tuple[Changed, ...]:
        """What was changed while the run `id` trained: with its project they repeat it exactly (`train(project, changes=…)`)."""
        found = _decoded(_facts(self.get(id).folder)[0].get("changes"))
        known = cast("tuple[Any, ...]", found) if isinstance(found, tuple) else ()
        return tuple(made for made in known if isinstance(made, Changed))

    def rename(self, id: str, name: str) -> None:
        """Give the run `id` another name for people. In a file of its own: run.json belongs to the process that trains."""
        replace_quickly(self.get(id).folder / "name.txt", name.encode("utf-8"))

    def delete(self, id: str) -> None:
        """Remove the run `id` with its checkpoints. Raises NNStudioError while it is going on, OSError where files cannot be removed."""
        run = self.get(id)
        if run.going:
            raise NNStudioError(
                Problem("run.going", f"The run '{run.name}' is {run.state}.", remedy="Stop it first.", place="run")
            )
        shutil.rmtree(run.folder)


def _is_run(folder: Path) -> bool:
    return (
        folder.is_dir()
        and not folder.is_symlink()
        and any((folder / name).is_file() for name in ("run.json", "project.nns"))
    )


def _summary(folder: Path) -> RunSummary:
    facts, problem = _facts(folder)
    state = _text(facts, "state") or "crashed"
    if state in ("running", "paused") and not _goes_on(folder, facts):
        state = "crashed"
        words = "The process that trained ended without a word."
        can = has_checkpoint(folder)
        remedy = "Resume it from its last checkpoint, or train again." if can else "Train again: it has no checkpoint."
        problem = Problem("run.crashed", words, remedy=remedy, place="run")
    started = _decoded(facts.get("run"))
    problems = _decoded(facts.get("problems"))
    if problem is None and isinstance(problems, list) and problems and isinstance(problems[0], Problem):
        problem = problems[0]
    values = _decoded(facts.get("values"))
    return RunSummary(
        folder.name,
        folder,
        _given_name(folder) or _text(facts, "name") or folder.name,
        state,
        _time(_text(facts, "started")),
        int(_number(facts, "epochs")),
        started.epochs if isinstance(started, RunStarted) else 0,
        int(_number(facts, "step")),
        _number(facts, "seconds"),
        int(_number(facts, "seed")),
        started.parameters if isinstance(started, RunStarted) else 0,
        _text(facts, "device"),
        cast("dict[str, float]", values) if isinstance(values, dict) else {},
        problem,
        _text(facts, "data_fingerprint"),
        _mapping(facts.get("environment")),
        _text(facts, "why"),
        epoch if type(epoch := facts.get("restored")) is int else None,
    )


def _facts(folder: Path) -> tuple[dict[str, Any], Problem | None]:
    """What run.json says; nothing, and the reason, where it is missing or damaged."""
    path = folder / "run.json"
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        return {}, Problem(
            "run.damaged", f"{path} cannot be read: {error}.", remedy="The run can be deleted.", place="run"
        )
    return _mapping(value), None


def _goes_on(folder: Path, facts: Mapping[str, Any]) -> bool:
    alive = is_alive(_mapping(facts.get("process")))
    if alive is None:
        try:
            return time.time() - (folder / "run.json").stat().st_mtime < ELSEWHERE_SECONDS
        except OSError:
            return False
    return alive


def _given_name(folder: Path) -> str:
    try:
        return (folder / "name.txt").read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _add_end(history: History, run: RunSummary) -> None:
    if run.state in ("done", "stopped", "early"):
        epoch = max(0, run.epochs - 1)
        history.add(Finished(run.state, run.step, epoch, run.values, run.seconds, run.why, run.restored))
    elif run.state == "crashed" and run.problem:
        history.crashed(run.problem)
    elif run.problem:
        history.problems, history.state = (run.problem,), run.state
    else:
        history.state = run.state


def _predictions(path: Path) -> list[Predictions]:
    try:
        with np.load(path, allow_pickle=False) as saved:
            by_part: dict[str, dict[str, Any]] = {}
            for key in saved.files:
                part, _, name = key.rpartition(".")
                by_part.setdefault(part, {})[name] = saved[key]
        return [_prediction(values) for values in by_part.values()]
    except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile):
        return []  # not there, or damaged: the curves still tell the story


def _prediction(values: dict[str, Any]) -> Predictions:
    plain: dict[str, Any] = {"epoch": int(values["epoch"]), "part": str(values["part"])}
    if "extent" in values:
        plain["extent"] = tuple(values["extent"].tolist())
    if "classes" in values:
        plain["classes"] = tuple(values["classes"].tolist())
    return Predictions(**{**values, **plain})


def _decoded(value: Any) -> Any:
    try:
        return decode(value)
    except ProtocolError:
        return None


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _number(facts: Mapping[str, Any], name: str) -> float:
    value = facts.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
