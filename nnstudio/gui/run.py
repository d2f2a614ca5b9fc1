"""What is the run on show doing, and how is it steered? The last one begun since the project was opened; an engine of its own trains it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.events import Changed, Event, Failed, RunStarted
from nnstudio.gui.engines import EngineLine
from nnstudio.gui.text import tr
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.difference import recipes
from nnstudio.project.only_shown import same_network
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.runs.history import History

if TYPE_CHECKING:
    from nnstudio.gui.studio import Studio

PREPARE_AFTER_MS = 400
FRAME_MS = 16

ACTIVE = frozenset({"starting", "running", "paused"})
SORTS = ("steps", "epochs", "predictions", "nodes", "state")


@dataclass(frozen=True)
class _Shown:
    """A run, to come back to."""

    history: History
    project: Project | None
    state: str


class Run(QObject):
    """state: "idle", "starting", "running", "paused", "done", "early", "stopped", "failed" or "crashed".

    project: what it trains by, with the changes made to it; None before the first. trainer None: nothing is trained.

    The trainer has one run at a time, and answers `train` when it has ended. While that is a run of a project that is open no more, its events
    are not heard, and what the trainer is to be told waits for the answer.
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
        self._before: _Shown | None = None  # comes back where the run that is asked for cannot begin
        self._resumed: Project | None = None  # what the run began with that is to go on
        self._unanswered = 0  # `train` requests
        self._foreign = False  # the run in the trainer is of another project
        self._waiting: list[Callable[[], None]] = []  # to be told to the trainer once it is free
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

    def forget(self) -> bool:
        """Another project is opened: there is none yet. One that is under way is stopped, and kept: True."""
        stopped = self.active and not self._waiting
        if stopped:
            self.stop()
        self._waiting.clear()
        self._foreign = self._unanswered > 0
        self._show_none()
        return stopped

    def _show_none(self) -> None:
        self.history, self._seen_news = History(), {}
        self.project = self._before = None
        self._set_state("idle")

    # ── steering ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def prepare_soon(self) -> None:
        """Once the project has not changed for a moment the trainer is told of it, so that `train` starts at once."""
        self._prepare_timer.start()

    def _prepare(self) -> None:
        project = self._studio.project
        if self.trainer is not None and not self.active and not self._foreign and project.graph.nodes:
            self.trainer.request("prepare", {"project": project}, lambda _answer: None)

    def train(self, resume: str = "", fork: str = "", changes: Sequence[Changed] = ()) -> None:
        """Begin a run; `resume`: the folder of the run to go on with, by the project that it began with, whatever was edited since; `fork`: the
        checkpoint whose weights a new run begins with; `changes`: those of an earlier run, made again at the same steps."""
        if self.trainer is None or self.active:
            return
        project, history = self._studio.project, History(self._studio.project.name)
        if resume:
            try:
                project, history = self._kept(Path(resume))
            except NNStudioError as error:
                self._studio.say_all(error.problems)
                return
        self._prepare_timer.stop()
        self._before = _Shown(self.history, self.project, self.state)
        self._resumed = project if resume else None
        self.project = self._with_changes(project, history.changed)
        self.history, self._seen_news = history, dict(history.changes)
        self._set_state("starting")
        self.history_changed.emit(set(SORTS))
        if resume and not self._trained_alike(self.project, self._studio.project):
            words = tr(
                "The run goes on with its own network, data and recipe, not with those on show. Train begins a new one with these."
            )
            self._studio.message.emit(words, "info")
        request: dict[str, Any] = {"project": project, "folder": str(self._studio.runs_folder)}
        if resume:
            request["resume"] = resume
        if fork:
            request["fork"] = fork
        if changes:
            request["changes"] = list(changes)
        self._when_free(lambda: self._ask(request))

    def _ask(self, request: Mapping[str, Any]) -> None:
        if self.trainer is not None:
            self._unanswered += 1
            self.trainer.request("train", request, lambda _last: self._answered(), self._refused)

    @property
    def can_train_on(self) -> bool:
        """Was it stopped, or has it crashed, with a checkpoint that one can go on from?"""
        return self.state in {"stopped", "crashed"} and self._has_checkpoint

    @property
    def _has_checkpoint(self) -> bool:
        from nnstudio.runs.store import has_checkpoint

        started = self.history.started
        return started is not None and bool(started.folder) and has_checkpoint(Path(started.folder))

    def train_on(self) -> None:
        """Go on where it stopped, as if it never had."""
        if self.can_train_on and self.history.started is not None:
            self.train(resume=self.history.started.folder)

    def pause(self) -> None:
        self._tell_trainer("pause")

    def resume(self) -> None:
        self._tell_trainer("resume")

    def stop(self) -> None:
        if not self._waiting:
            self._tell_trainer("stop")
            return
        self._waiting.clear()  # it was not even asked for
        if not self._bring_back():
            self._show_none()

    def step(self) -> None:
        """One optimizer step, then pause; begins a run where none is under way."""
        if not self.active:
            self.train()
        self._tell_trainer("step")

    def change(self, path: str, value: Any) -> None:
        """Change what `path` names ("recipe.optimizer.lr") while it is under way; a `Changed` event tells what became of it."""
        self._tell_trainer("change", {"path": path, "value": value})

    def _tell_trainer(self, command: str, value: Mapping[str, Any] | None = None) -> None:
        trainer = self.trainer
        if trainer is not None and self.active:
            self._when_free(lambda: trainer.send(command, value))

    def _when_free(self, tell: Callable[[], None]) -> None:
        if self._foreign:
            self._waiting.append(tell)
        else:
            tell()

    def _answered(self) -> None:
        """A run has ended. Where it was the other project's, the trainer is free for this one."""
        self._unanswered = max(0, self._unanswered - 1)
        if self._foreign and not self._unanswered:
            self._be_free()

    def _be_free(self) -> None:
        self._foreign, waiting, self._waiting = False, self._waiting, []
        for tell in waiting:
            tell()
        if not waiting:
            self.prepare_soon()

    def _kept(self, folder: Path) -> tuple[Project, History]:
        """The project that the run in `folder` began with, and what is known of it: the run on show, or read from the disk. Raises NNStudioError."""
        from nnstudio.runs.store import RunStore

        store, started = RunStore(folder.parent), self.history.started
        shown = started is not None and started.folder == str(folder)
        return store.project(folder.name), self.history if shown else store.history(folder.name)

    def _with_changes(self, project: Project, made: Iterable[Changed]) -> Project:
        for change in made:
            project = changed(project, self._studio.registry, change)
        return project

    def _trained_alike(self, one: Project, other: Project) -> bool:
        differing = recipes(one.recipe, other.recipe, self._studio.registry, (one, other))
        return one.data == other.data and same_network(one, other) and not differing

    # ── what becomes of it ────────────────────────────────────────────────────────────────────────────────────────────

    def _hear(self, event: Event) -> None:
        if self._foreign:
            return
        if isinstance(event, RunStarted):
            self._begun(event)
        if isinstance(event, Failed) and self._bring_back():
            self._studio.say_all(event.problems)
            return
        self.history.add(event)
        if isinstance(event, Changed) and event.problem is None and self.project is not None:
            self.project = changed(self.project, self._studio.registry, event)
        if not self._frame_timer.isActive():
            self._frame_timer.start()

    def _begun(self, event: RunStarted) -> None:
        """What it had done after its checkpoint, and what was changed then, is done again, or is not."""
        self._before, self._seen_news = None, {}
        if self._resumed is not None:
            self.history = self.history.until(event.first_step, event.first_epoch)
            self.project = self._with_changes(self._resumed, self.history.changed)
            self._resumed = None

    def _bring_back(self) -> bool:
        """The run that is asked for does not begin: the one before it is on show again. False where there was none, or where it has begun."""
        before, self._before = self._before, None
        if before is None or before.history.started is None:
            return False
        self.history, self.project = before.history, before.project
        self._seen_news = dict(self.history.changes)
        self._set_state(before.state)
        self.history_changed.emit(set(SORTS))
        return True

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

    def _refused(self, problems: tuple[Problem, ...]) -> None:
        if self.state == "starting":
            self._hear(Failed(problems))
        self._answered()

    def _trainer_died(self, problem: Problem) -> None:
        self._unanswered = 0
        if self._foreign:  # a fresh one is there
            self._be_free()
        elif self.active and not self._bring_back():
            if self._has_checkpoint:
                problem = replace(
                    problem, remedy=f"{problem.remedy} {tr('The run is kept up to its last checkpoint.')}".strip()
                )
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
