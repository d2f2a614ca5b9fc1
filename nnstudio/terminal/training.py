"""`nnstudio train`: a project trained in this terminal."""

import contextlib
import signal
from argparse import Namespace
from collections.abc import Generator
from pathlib import Path
from types import FrameType

from nnstudio.engine.threads import settle_threads
from nnstudio.events import Finished, RunStarted
from nnstudio.problems import NNStudioError, Problem
from nnstudio.runs.store import RunStore, runs_folder
from nnstudio.runs.tests_read import who_tested, words
from nnstudio.terminal.opening import changed, load_plugins, named, open_project
from nnstudio.terminal.output import FAILED, INTERRUPTED, OK, say, tell
from nnstudio.terminal.reports import report
from nnstudio.train.control import Control


def train(options: Namespace) -> int:
    registry = load_plugins(options).registry
    project, path = open_project(options.project, registry)
    runs = options.runs or default_folder(options.project, path)
    resume = run_folder(RunStore(runs), options.resume) if options.resume else None
    if resume is not None:
        project, _ = open_project(str(resume / "project.nns"), registry)
    project = changed(named(project, path), registry, options)
    settle_threads(options.threads)
    from nnstudio.engine.training import run  # brings torch

    control = Control()
    last = kept = None
    with _interrupts(control) as interrupted, report(registry, json=options.json) as told:
        for last in run(
            project,
            registry,
            folder=None if options.no_save else runs,
            name=options.name,
            resume=resume,
            control=control,
        ):
            told.add(last)
            if isinstance(last, RunStarted):
                kept = last.folder
    if kept and not options.json:
        if said := _tested(Path(kept)):
            say(said)
        say(f"Run: {kept}")
    if interrupted:
        tell("Interrupted; the last checkpoint is kept." if kept else "Interrupted.")
        return INTERRUPTED
    return OK if isinstance(last, Finished) else FAILED


def _tested(run: Path) -> str:
    """Whether the test part that this run measured had been looked at before."""
    store = RunStore(run.parent)
    found = who_tested(store, store.get(run.name).data_fingerprint)
    return words(found) if any(each.id == run.name for each in found) else ""


def default_folder(name: str, path: Path | None) -> Path:
    """Where the runs of a project are kept: beside its file; those of the gallery in the user's data folder."""
    if path is not None:
        return runs_folder(path)
    import platformdirs

    return Path(platformdirs.user_data_dir("nnstudio")) / "runs" / f"{name.partition(':')[2]}.runs"


def run_folder(store: RunStore, name: str) -> Path:
    """The folder of the run that `name` means: "last", an id, or a folder."""
    if (Path(name) / "run.json").is_file():
        return Path(name)
    if name != "last":
        return store.get(name).folder
    runs = store.runs()
    if not runs:
        message = f"There is no run in {store.folder}."
        raise NNStudioError(Problem("run.none", message, remedy="Train the project first.", place="run"))
    return runs[0].folder


@contextlib.contextmanager
def _interrupts(control: Control) -> Generator[list[bool], None, None]:
    """Ctrl+C stops at the next step's edge, and the checkpoint is kept; a second one ends at once. The list is not empty after one."""
    pressed: list[bool] = []

    def stop(_signal: int, _frame: FrameType | None) -> None:
        if pressed:
            raise KeyboardInterrupt
        pressed.append(True)
        tell("\nStopping at the next step (Ctrl+C again: at once) …")
        control.stop()

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)
