"""What is the run on show doing, and how is it steered? The last one begun since the project was opened; an engine of its own trains it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.events import Changed, Event, Failed, RunStarted
from nnstudio.gui.engines import EngineLine
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.runs.history import History

if TYPE_CHECKING:
    from nnstudio.gui.studio import Studio

PREPARE_AFTER_MS = 400
FRAME_MS = 16

ACTIVE = frozenset({"starting", "running", "paused"})
SORTS = ("steps", "epochs", "predictions", "nodes", "state")


class Run(QObject):
    """state: "idle", "starting", "running", "paused", "done", "early", "stopped", "failed" or "crashed".

    project: what it trains by, with the changes made to it; None before the first. trainer None: nothing is trained.
    """

    state_changed = Signal()
    history_changed = Signal(set)  # sorts of news: "steps", "epochs", "predictions", "nodes", "state"
    began_or_ended = Signal()  # the project's folder of runs holds others

    def __init__(self, studio: "Studio", trainer: EngineLine | None) -> None:
        super().__init__(studio)
        self._studio = studio
        self.trainer = trainer
        self.state = "idle"
        self.history = History()
        self.project: Project | None = None
        self._seen_news: dict[str, int] = {}
        self._resumed_from: History | None = None
        self._prepare_timer = QTimer(self, singleShot=True, interval=PREPARE_AFTER_MS)
        self._frame_timer = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._prepare_timer.timeout.connect(self._prepare)
        self._frame_timer.timeout.connect(self._tell_news)
        if trainer is not None:
            trainer.on_death, trainer.on_event = self._trainer_died, self._hear

    @property
    def active(self) -> bool:
        """Is it under way (running, paused, or about to start)?"""
        return self.state in ACTIVE

    def close(self) -> None:
        """Nothing is told any more; who ends the engines ends it."""
        self._prepare_timer.stop()
        self._frame_timer.stop()

    def forget(self) -> None:
        """Another project is opened: there is none yet."""
        self.history, self._seen_news = History(), {}
        self.project = None
        self._set_state("idle")

    # ── steering ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def prepare_soon(self) -> None:
        """Once the project has not changed for a moment the trainer is told of it, so that `train` starts at once."""
        self._prepare_timer.start()

    def _prepare(self) -> None:
        project = self._studio.project
        if self.trainer is not None and not self.active and project.graph.nodes:
            self.trainer.request("prepare", {"project": project}, lambda _answer: None)

    def train(self, resume: str = "", fork: str = "", changes: Sequence[Changed] = ()) -> None:
        """Begin a run; `resume`: the folder of the run to go on with; `fork`: the checkpoint whose weights a new run begins with;
        `changes`: those of an earlier run, made again at the same steps."""
        if self.trainer is None or self.active:
            return
        self._prepare_timer.stop()
        self._resumed_from = self._history_of(resume) if resume else None
        self.project = project = self._studio.project
        self.history, self._seen_news = History(project.name), {}
        self._set_state("starting")
        self.history_changed.emit(set(SORTS))
        request: dict[str, Any] = {"project": project, "folder": str(self._studio.runs_folder)}
        if resume:
            request["resume"] = resume
        if fork:
            request["fork"] = fork
        if changes:
            request["changes"] = list(changes)
        self.trainer.request("train", request, lambda _last: None, self._could_not_train)

    @property
    def can_train_on(self) -> bool:
        """Was it stopped, or has it crashed, with a checkpoint that one can go on from?"""
        started = self.history.started
        return self.state in {"stopped", "crashed"} and started is not None and bool(started.folder)

    def train_on(self) -> None:
        """Go on where it stopped, as if it never had."""
        if self.can_train_on and self.history.started is not None:
            self.train(resume=self.history.started.folder)

    def pause(self) -> None:
        self._tell_trainer("pause")

    def resume(self) -> None:
        self._tell_trainer("resume")

    def stop(self) -> None:
        self._tell_trainer("stop")

    def step(self) -> None:
        """One optimizer step, then pause; begins a run where none is under way."""
        if not self.active:
            self.train()
        self._tell_trainer("step")

    def change(self, path: str, value: Any) -> None:
        """Change what `path` names ("recipe.optimizer.lr") while it is under way; a `Changed` event tells what became of it."""
        self._tell_trainer("change", {"path": path, "value": value})

    def _tell_trainer(self, command: str, value: Mapping[str, Any] | None = None) -> None:
        if self.trainer is not None and self.active:
            self.trainer.send(command, value)

    def _history_of(self, folder: str) -> History:
        """What is known of the run in `folder`: the one on show, or read from the disk."""
        started = self.history.started
        if started is not None and started.folder == folder:
            return self.history
        from nnstudio.runs.store import RunStore

        path = Path(folder)
        return RunStore(path.parent).history(path.name)

    # ── what becomes of it ────────────────────────────────────────────────────────────────────────────────────────────

    def _hear(self, event: Event) -> None:
        if isinstance(event, RunStarted) and self._resumed_from is not None:
            self.history = self._resumed_from.until(event.first_step, event.first_epoch)
            self._resumed_from = None
        self.history.add(event)
        if isinstance(event, Changed) and event.problem is None and self.project is not None:
            self.project = changed(self.project, self._studio.registry, event)
        if not self._frame_timer.isActive():
            self._frame_timer.start()

    def _tell_news(self) -> None:
        """At most once a frame: what is new in the history."""
        news = {sort for sort, count in self.history.changes.items() if self._seen_news.get(sort) != count}
        self._seen_news = dict(self.history.changes)
        if "state" in news:
            self._set_state(self.history.state)
            if self.history.state == "failed":
                self._studio.say_all(self.history.problems)
        if news:
            self.history_changed.emit(news)

    def _could_not_train(self, problems: tuple[Problem, ...]) -> None:
        if self.state == "starting":
            self._hear(Failed(problems))

    def _trainer_died(self, problem: Problem) -> None:
        if self.active:
            self.history.crashed(problem)
            self._set_state("crashed")
            self._seen_news = dict(self.history.changes)
            self.history_changed.emit({"state"})
        self._studio.message.emit(str(problem), "error")

    def _set_state(self, state: str) -> None:
        if state == self.state:
            return
        was_active, self.state = self.active, state
        self.state_changed.emit()
        if was_active != self.active:
            self.began_or_ended.emit()


def changed(project: Project, registry: Registry, made: Changed) -> Project:
    """`project` after a change that its run has taken."""
    from nnstudio.project.edits import apply
    from nnstudio.project.setting import setting

    try:
        return apply(project, setting(project, registry, made.path, made.after))
    except NNStudioError:
        return project  # of a plugin that this window does not have
