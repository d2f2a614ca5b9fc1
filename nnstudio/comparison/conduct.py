"""Train all runs of a comparison, several engines side by side. What is trained already is kept; what broke off is gone on with."""

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self, cast

from nnstudio.client import Engine
from nnstudio.comparison.plan import Comparison, Trial, save
from nnstudio.comparison.results import Outcome, Results, found_runs, goals_of, outcome_of
from nnstudio.events import EpochEnded, Event, Failed, RunStarted
from nnstudio.problems import NNStudioError, Problem
from nnstudio.registry import Registry
from nnstudio.runs.store import RunStore, RunSummary


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@dataclass(frozen=True)
class News:
    """One trial has moved on. state: of its run; epochs: those done. done, planned: trials of the whole comparison that have ended."""

    outcome: Outcome
    trial: Trial
    done: int
    planned: int

    @property
    def ended(self) -> bool:
        return self.outcome.state not in ("running", "waiting")


class Worker:
    """An engine with one thread, kept warm from run to run, and replaced when it dies."""

    def __init__(self, plugin_arguments: Sequence[str] = ()) -> None:
        self._arguments = plugin_arguments
        self._engine: Engine | None = None
        self._hear: Callable[[Event], None] = lambda event: None

    def begin(self) -> Engine:
        """Start it where it is not alive. Raises EngineError."""
        if self._engine is None or not self._engine.alive:
            self._engine = Engine(self._arguments, on_event=lambda event: self._hear(event), threads=1)
        return self._engine

    def train(self, value: dict[str, Any], hear: Callable[[Event], None]) -> "Future[Any]":
        self._hear = hear
        return self.begin().request("train", value)

    def ask(self, type: str, value: dict[str, Any]) -> "Future[Any]":
        return self.begin().request(type, value)

    def stop(self) -> None:
        if self._engine is not None:
            self._engine.send("stop")

    def close(self) -> None:
        if self._engine is not None:
            self._engine.close()

    @property
    def pid(self) -> int | None:
        return self._engine.pid if self._engine is not None and self._engine.alive else None

    @property
    def greeted(self) -> bool:
        """Did its engine ever come up? One that could not would fail again, and again."""
        hello = self._engine.hello if self._engine is not None else None
        return hello is not None and hello.done() and hello.exception() is None


class Pool:
    """As many workers as cores, or as `size` says; close it, or use it as a context."""

    def __init__(self, size: int | None = None, plugin_arguments: Sequence[str] = ()) -> None:
        self.workers = [Worker(plugin_arguments) for _ in range(max(1, cores() if size is None else size))]

    def warm(self) -> None:
        """Start all and wait until their first step will be quick."""
        engines = [worker.begin() for worker in self.workers]
        for engine in engines:
            engine.ready.result()

    def close(self) -> None:
        threads = [threading.Thread(target=worker.close) for worker in self.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_Job = tuple[Worker | None, Any]  # (who, Event | its future); (None, None): cancel


class Conductor:
    """One comparison under way. `run` yields the news; `cancel`, from any thread, stops what trains (it can be gone on with) and begins no more."""

    def __init__(self, comparison: Comparison, registry: Registry, folder: Path, pool: Pool) -> None:
        """Raises NNStudioError where a trial cannot be set up, or one of them is being trained by another process."""
        self.comparison = comparison
        self.folder = folder
        self._pool = pool
        self._goals = goals_of(registry)
        self._trials = comparison.trials(registry)
        runs = found_runs(folder)
        self._runs = {trial.key: runs[trial.key] for trial in self._trials if trial.key in runs}
        if any(run.going for run in self._runs.values()):
            words = f"'{comparison.name}' is being trained in another process."
            raise NNStudioError(Problem("compare.going", words, remedy="Wait for it, or stop it there.", place="run"))
        self._outcomes = [outcome_of(trial, self._runs.get(trial.key)) for trial in self._trials]
        self._news: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._waiting = deque(index for index, outcome in enumerate(self._outcomes) if not outcome.complete)
        self._at_work: dict[Worker, int] = {}
        self._cancelled = False

    @property
    def results(self) -> Results:
        """As far as it is known; may be asked from any thread."""
        return Results(self.comparison, tuple(self._outcomes), self._goals)

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def cancel(self) -> None:
        self._news.put((None, None))

    def run(self) -> Generator[News, None, None]:
        """Train what is not trained yet, and say how it goes on. Raises OSError, NNStudioError where the folder cannot be written."""
        save(self.comparison, self.folder)
        for index, outcome in enumerate(self._outcomes):
            if outcome.complete:
                yield self._said(index)
        try:
            for worker in self._pool.workers:
                yield from self._begin(worker)
            while self._at_work:
                worker, news = self._news.get()
                if worker is None:
                    self._stop()
                elif isinstance(news, Future):
                    yield from self._ended(worker, cast("Future[Any]", news))
                elif worker in self._at_work:
                    yield from self._heard(self._at_work[worker], news)
        finally:
            if self._at_work:  # whoever listened has gone
                self._stop()

    def _stop(self) -> None:
        self._cancelled = True
        self._waiting.clear()
        for worker in self._at_work:
            worker.stop()

    def _begin(self, worker: Worker) -> Iterator[News]:
        """The next trial that waits; one that cannot even begin has failed, and the one after it is tried."""
        while self._waiting:
            index = self._waiting.popleft()
            trial = self._trials[index]
            before: RunSummary | None = self._runs.get(trial.key)
            resumed = before is not None and before.resumable and before.state != "failed"
            value: dict[str, Any] = {"project": trial.project, "folder": str(self.folder), "name": trial.name}
            if resumed and before is not None:
                value["resume"] = str(before.folder)
            else:
                self._outcomes[index] = Outcome(trial.arm, trial.replicate)
            try:
                future = worker.train(value, lambda event: self._news.put((worker, event)))
            except NNStudioError as error:
                yield self._failed(index, error.problems)
                continue
            self._at_work[worker] = index
            future.add_done_callback(lambda done: self._news.put((worker, done)))
            yield self._now(index, state="running", problem=None)
            return

    def _heard(self, index: int, event: Event) -> Iterator[News]:
        outcome = self._outcomes[index]
        match event:
            case RunStarted(folder=folder, device=device, first_epoch=first):
                kept = tuple(epoch for epoch in outcome.epochs if epoch.epoch < first)
                yield self._now(index, folder=Path(folder), device=device, epochs=kept)
            case EpochEnded():
                yield self._now(index, epochs=(*outcome.epochs, event))
            case _:
                return

    def _ended(self, worker: Worker, future: "Future[Any]") -> Iterator[News]:
        index = self._at_work.pop(worker)
        error = future.exception()
        if isinstance(error, NNStudioError):
            yield self._failed(index, error.problems)
            while not worker.greeted and self._waiting:
                yield self._failed(self._waiting.popleft(), error.problems)
        elif error is not None:
            yield self._failed(index, (Problem("compare.failed", f"{type(error).__name__}: {error}", place="run"),))
        elif isinstance(last := future.result(), Failed):
            yield self._failed(index, last.problems)
        else:
            yield self._written(index)
        yield from self._begin(worker)

    def _written(self, index: int) -> News:
        """As it stands on the disk: a resumed run has its earlier epochs there."""
        folder = self._outcomes[index].folder
        if folder is not None:
            with contextlib.suppress(NNStudioError):
                self._outcomes[index] = outcome_of(self._trials[index], RunStore(self.folder).get(folder.name))
        return self._said(index)

    def _failed(self, index: int, problems: Sequence[Problem]) -> News:
        self._written(index)
        problem = problems[0] if problems else Problem("compare.failed", "The run failed.", place="run")
        state = "crashed" if problem.code.startswith("engine.") else "failed"
        return self._now(index, state=state, problem=problem)

    def _now(self, index: int, **changed: Any) -> News:
        self._outcomes[index] = replace(self._outcomes[index], **changed)
        return self._said(index)

    def _said(self, index: int) -> News:
        ended = sum(outcome.state not in ("running", "waiting") for outcome in self._outcomes)
        return News(self._outcomes[index], self._trials[index], ended, len(self._trials))


def ensembles(results: Results, pool: Pool, part: str = "validation") -> dict[int, Any]:
    """For each arm with at least two complete runs under different seeds: what their averaged prediction reaches (`replies.Ensembled`).

    Folds have different validation parts: their predictions cannot be averaged, and there is none. A refusal is that arm's value.
    """
    if results.comparison.sort == "folds":
        return {}
    asked: dict[int, Future[Any]] = {}
    for arm in range(len(results.comparison.arms)):
        runs = [str(outcome.folder) for outcome in results.of(arm) if outcome.complete and outcome.folder]
        if len(runs) > 1:
            worker = pool.workers[arm % len(pool.workers)]
            asked[arm] = worker.ask("ensemble", {"runs": runs, "part": part})
    answers: dict[int, Any] = {}
    for arm, future in asked.items():
        try:
            answers[arm] = future.result()
        except NNStudioError as error:
            answers[arm] = error.problems[0]
    return answers
