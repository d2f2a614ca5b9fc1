"""Write down a run while it goes: a folder beside the project, whole at every moment.

<project>.runs/20260214-093012-4f1a/
    project.nns       as it was when the run began
    run.json          name, state, seed, environment, which process, the latest values
    metrics.sqlite    see `metrics`
    predictions.npz   the latest of each part
    checkpoints/      the trainer's
"""

import contextlib
import importlib.metadata
import io
import json
import os
import platform
import secrets
import sqlite3
import time
from collections.abc import Generator, Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

import nnstudio
from nnstudio.events import (
    Changed,
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
from nnstudio.project import file
from nnstudio.project.project import Project
from nnstudio.project.safe_json import is_table
from nnstudio.protocol import encode
from nnstudio.runs.metrics import MetricsWriter
from nnstudio.runs.process import identity

FORMAT = 1
FLUSH_SECONDS = 1.0


class RunWriter:
    """One run being written. `folder` is its own. What it knows is on disk at most a second later, with every checkpoint, so that whoever goes on
    from there has all that came before, and at the end of the run."""

    def __init__(self, folder: Path, facts: dict[str, Any]) -> None:
        self.folder = folder
        self._facts = facts
        self._metrics = MetricsWriter(folder / "metrics.sqlite")
        self._predictions: dict[str, Predictions] = {}
        self._new_predictions = False
        self._flushed = time.monotonic()
        self._cost = 0.0  # seconds that writing took
        self._write_facts()

    @classmethod
    def create(cls, runs: Path, project: Project, *, name: str = "", fork: Path | None = None) -> Self:
        """A new run of `project` in the folder `runs`, which is made where it is not there. fork: the checkpoint it begins from.

        Raises OSError, NNStudioError.
        """
        now = datetime.now(UTC)
        id = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
        folder = runs / id
        (folder / "checkpoints").mkdir(parents=True)
        if problems := file.write(project, folder / "project.nns"):
            raise NNStudioError(*problems)
        facts = {
            "format": FORMAT,
            "id": id,
            "name": name or project.name,
            "seed": project.recipe.seed,
            "state": "running",
            **({"fork": str(fork)} if fork is not None else {}),
        }
        return cls(folder, {**facts, "started": now.isoformat(), "process": identity(), "environment": environment()})

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The run in `folder`, to go on with. Raises OSError, or ValueError where its run.json is damaged."""
        facts = json.loads((folder / "run.json").read_bytes())
        if not isinstance(facts, dict):
            raise ValueError(f"{folder / 'run.json'} is damaged.")
        changed: dict[str, Any] = {"state": "running", "ended": None, "problems": [], "process": identity()}
        return cls(folder, {**facts, **changed, "environment": environment()})

    def set_fingerprint(self, fingerprint: str) -> None:
        """Of the data it learns from: whoever compares runs sees whether it changed."""
        self._facts["data_fingerprint"] = fingerprint

    def add(self, event: Event) -> None:
        """Take in `event`. Raises OSError or sqlite3.Error where it cannot be kept."""
        match event:
            case RunStarted():
                self._facts |= {"device": event.device, "run": encode(event)[0], "state": "running"}
                self._facts |= {"step": event.first_step, "epochs": event.first_epoch}
                self._metrics.forget_from(event.first_step, event.first_epoch)
                self._facts["changes"] = [made for made in self._changes() if made["step"] < event.first_step]
            case Steps():
                self._metrics.add(event)
                done = event.first + max(map(len, event.values.values()), default=0)
                self._facts |= {"step": done, "seconds": event.seconds}
            case EpochEnded():
                self._metrics.add(event)
                self._facts |= {
                    "epochs": event.epoch + 1,
                    "step": event.step,
                    "seconds": event.seconds,
                    "values": encode(dict(event.values))[0],
                }
            case Predictions():
                self._predictions[event.part] = event
                self._new_predictions = True
            case CheckpointSaved():
                self._facts["checkpoint"] = {"step": event.step, "epoch": event.epoch}
            case Paused() | Resumed():
                self._facts["state"] = "paused" if isinstance(event, Paused) else "running"
            case Changed():
                if event.problem is None:
                    self._facts["changes"] = [*self._changes(), encode(event)[0]]
            case Finished():
                self._end(event.reason)
                self._facts |= {"step": event.step, "seconds": event.seconds, "values": encode(dict(event.values))[0]}
                self._facts |= {"why": event.why, "restored": event.restored}
            case Failed():
                self._end("failed")
                self._facts["problems"] = encode(list(event.problems))[0]
            case _:
                return
        if isinstance(event, (RunStarted, CheckpointSaved, Changed, Paused, Resumed, Finished, Failed)) or self._due(
            event
        ):
            self.flush()

    def _due(self, event: Event) -> bool:
        """Each epoch is written at its end; of short ones several together, where writing each would cost more than 1 % of the time."""
        wait = min(FLUSH_SECONDS, 100 * self._cost) if isinstance(event, EpochEnded) else FLUSH_SECONDS
        return time.monotonic() - self._flushed >= wait

    def _changes(self) -> list[dict[str, Any]]:
        """Made while it trained, as events; what a damaged record holds beside them is left out."""
        known = self._facts.get("changes")
        found: list[Any] = cast("list[Any]", known) if isinstance(known, list) else []
        return [made for made in found if is_table(made) and isinstance(made.get("step"), int)]

    def flush(self) -> None:
        """Put all that is known on disk now."""
        began = time.monotonic()
        self._metrics.flush()
        if self._new_predictions:
            write_predictions(self.folder / "predictions.npz", self._predictions)
            self._new_predictions = False
        self._write_facts()
        self._flushed = time.monotonic()
        self._cost = self._flushed - began

    def give_up(self, failed: Failed) -> None:
        """Writing does not work any more: leave the numbers, but say so in run.json if that much is possible."""
        self._metrics.forget_unwritten()
        self._new_predictions = False
        self._end("failed")
        self._facts["problems"] = encode(list(failed.problems))[0]
        with contextlib.suppress(OSError):
            self._write_facts()

    def close(self) -> None:
        """Flush and let go of the files. A run that is neither done nor failed reads as stopped."""
        if self._facts["state"] in ("running", "paused"):
            self._end("stopped")
        try:
            self.flush()
        finally:
            self._metrics.close()

    def _end(self, state: str) -> None:
        self._facts |= {"state": state, "ended": datetime.now(UTC).isoformat()}

    def _write_facts(self) -> None:
        replace_quickly(
            self.folder / "run.json", json.dumps(self._facts, indent=1, sort_keys=True, allow_nan=False).encode()
        )


def record(events: Iterator[Event], writer: RunWriter) -> Generator[Event, None, None]:
    """The events as they come, each written down first. Where that fails (a full disk) the run ends as `Failed`; what was written stays."""
    try:
        for event in events:
            writer.add(event)
            yield event
    except (OSError, sqlite3.Error) as error:
        words = f"The run in {writer.folder} cannot be written any more: {error}."
        remedy = "Is the disk full? Make room and resume the run."
        failed = Failed((Problem("run.unwritable", words, remedy=remedy, place="run"),))
        writer.give_up(failed)
        yield failed
    finally:
        if isinstance(events, Generator):
            events.close()  # let the trainer tidy up before its record is closed
        with contextlib.suppress(OSError, sqlite3.Error):
            writer.close()


def environment() -> dict[str, Any]:
    """Where it ran, as far as numbers may depend on it."""
    return {
        "nnstudio": nnstudio.__version__,
        "python": platform.python_version(),
        "torch": _version("torch"),
        "numpy": np.__version__,
        "system": platform.platform(),
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count() or 1,
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
    }


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def write_predictions(path: Path, predictions: dict[str, Predictions]) -> None:
    """All parts in one .npz, each value under "part.field": `numpy.load(path)["validation.confusion"]`."""
    values = {
        f"{part}.{field.name}": np.asarray(getattr(event, field.name))
        for part, event in predictions.items()
        for field in fields(event)
        if getattr(event, field.name) is not None
    }
    content = io.BytesIO()
    np.savez(content, allow_pickle=False, **values)
    replace_quickly(path, content.getvalue())


def replace_quickly(path: Path, content: bytes) -> None:
    """Put `content` at `path` whole, without waiting for the disk as `file.replace_file` does: that would stall training each second."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
