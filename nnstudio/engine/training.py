"""A run as the app, the command line and Python start it: checked, trained, recorded, every mishap an event."""

import sqlite3
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.events import Changed, Event, Failed
from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project.check import check
from nnstudio.project.project import Data, Project
from nnstudio.registry import Registry
from nnstudio.runs.store import RunStore, RunWriter, record
from nnstudio.train.control import Control

if TYPE_CHECKING:
    from nnstudio.train.data import LoadedData


def run(
    project: Project,
    registry: Registry,
    *,
    folder: Path | None = None,
    name: str = "",
    resume: Path | None = None,
    fork: Path | None = None,
    changes: Sequence[Changed] = (),
    control: Control | None = None,
    load: "Callable[[Data], LoadedData] | None" = None,
) -> Iterator[Event]:
    """Train `project`, event by event; the last one is `Finished` or `Failed`. Nothing but an interrupt is raised.

    folder: where runs are kept, a new folder is made in it (None: nothing is kept). resume: the folder of a run to go on with, from its
    last checkpoint; its record goes on too, once it is known that the run can. fork: a checkpoint, or the folder of a run whose last one is
    meant: a new run begins with its weights. changes: made while it trains, at the steps they name: those of an earlier run repeat it exactly.
    load: gives the data where it is in memory already.
    """
    try:
        if problems := errors(check(project, registry)):
            raise NNStudioError(*problems)
        from nnstudio.train.data import load_data  # brings torch: a failing import is told like any other mishap

        data = load(project.data) if load is not None else load_data(project.data, registry)
        writer = None
        if resume is not None:
            _refuse_going(resume)
        elif folder is not None:
            writer = RunWriter.create(folder, project, name=name, fork=fork)
    except Exception as error:
        yield _failed(error)
        return
    where = writer.folder if writer is not None else resume
    events = _train(
        project, registry, folder=where, resume=resume, fork=fork, changes=changes, control=control, data=data
    )
    if writer is not None:
        writer.set_fingerprint(data.info.fingerprint)
        yield from record(events, writer)
    elif resume is not None:
        yield from _go_on(events, resume, data.info.fingerprint)
    else:
        yield from events


def _refuse_going(run: Path) -> None:
    before = RunStore(run.parent).get(run.name)
    if before.going:
        message = f"The run '{before.name}' is {before.state} in another process."
        raise NNStudioError(Problem("run.going", message, remedy="Stop it there first.", place="run"))


def _go_on(events: Generator[Event], folder: Path, fingerprint: str) -> Iterator[Event]:
    """The record in `folder` is written on from the first event of the run; of one that cannot go on it stays as it was."""
    first = next(events)
    if isinstance(first, Failed):
        yield first
        return
    try:
        _refuse_going(folder)  # once more: data and checkpoint took their time
        writer = RunWriter.open(folder)
    except Exception as error:
        yield _failed(error)
        return
    writer.set_fingerprint(fingerprint)
    yield from record(_after(first, events), writer)


def _after(first: Event, events: Generator[Event]) -> Generator[Event]:
    yield first
    yield from events


def _train(project: Project, registry: Registry, **how: Any) -> Generator[Event]:
    step = 0
    try:
        from nnstudio.train.loop import train

        for event in train(project, registry, **how):
            step = getattr(event, "step", step)
            yield event
    except Exception as error:
        yield _failed(error, step)


def _failed(error: Exception, step: int = 0) -> Failed:
    """The mishap as the run's last event."""
    match error:
        case NNStudioError():
            return Failed(error.problems, step)
        case MemoryError():
            remedy = "Try a smaller batch, a smaller network or less data."
            return Failed((Problem("run.memory", "Memory ran out.", remedy=remedy, place="run"),), step)
        case OSError() | sqlite3.Error():
            where = f" {error.filename}" if isinstance(error, OSError) and error.filename else ""
            words = f"The run's folder cannot be written:{where} {getattr(error, 'strerror', None) or error}."
            remedy = "Save the project where you may write, or train without keeping the run."
            return Failed((Problem("run.unwritable", words, remedy=remedy, place="run"),), step)
        case _:
            traceback.print_exception(error)  # into the engine's log
            words = f"Training failed: {type(error).__name__}: {error}"
            return Failed((Problem("run.failed", words, remedy="The engine's log says where.", place="run"),), step)
