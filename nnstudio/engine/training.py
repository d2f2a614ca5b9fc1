"""A run as the app, the command line and Python start it: checked, trained, recorded, every mishap an event."""

import traceback
from collections.abc import Iterator
from pathlib import Path

from nnstudio.data import DataError
from nnstudio.events import Event, Failed
from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project.check import check
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.runs.store import RunWriter, record
from nnstudio.train.control import Control


def run(
    project: Project,
    registry: Registry,
    *,
    folder: Path | None = None,
    name: str = "",
    resume: Path | None = None,
    control: Control | None = None,
) -> Iterator[Event]:
    """Train `project`, event by event; the last one is `Finished` or `Failed`. Nothing but an interrupt is raised.

    folder: where runs are kept, a new folder is made in it (None: nothing is kept). resume: the folder of a run to go on with, from its
    last checkpoint; its record goes on too.
    """
    try:
        problems = check(project, registry)
        if errors(problems):
            yield Failed(tuple(errors(problems)))
            return
        if resume is not None:
            writer = RunWriter.open(resume)
        else:
            writer = RunWriter.create(folder, project, name=name) if folder is not None else None
    except OSError as error:
        yield Failed((_unwritable(folder or resume, error),))
        return
    events = _mishaps_as_events(_train(project, registry, writer, resume, control))
    yield from events if writer is None else record(events, writer)


def _train(
    project: Project, registry: Registry, writer: RunWriter | None, resume: Path | None, control: Control | None
) -> Iterator[Event]:
    from nnstudio.train.loop import train  # here, so that its import's failure is an event as well

    yield from train(project, registry, folder=writer.folder if writer else None, resume=resume, control=control)


def _mishaps_as_events(events: Iterator[Event]) -> Iterator[Event]:
    step = 0
    try:
        for event in events:
            step = getattr(event, "step", step)
            yield event
    except NNStudioError as error:
        yield Failed(error.problems, step)
    except DataError as error:
        yield Failed((Problem("data.unusable", str(error), place="data"),), step)
    except MemoryError:
        remedy = "Try a smaller batch, a smaller network or less data."
        yield Failed((Problem("train.memory", "Memory ran out.", remedy=remedy, place="run"),), step)
    except Exception as error:
        traceback.print_exc()
        words = f"Training failed: {type(error).__name__}: {error}"
        yield Failed((Problem("train.failed", words, remedy="The engine's log says where.", place="run"),), step)


def _unwritable(folder: Path | None, error: OSError) -> Problem:
    words = f"The run's folder {error.filename or folder} cannot be written: {error.strerror or error}."
    return Problem(
        "run.unwritable",
        words,
        remedy="Save the project where you may write, or train without keeping the run.",
        place="run",
    )
