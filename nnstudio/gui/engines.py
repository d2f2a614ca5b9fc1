"""The two engine processes behind the window: one that answers questions, one that trains. No Qt here."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from itertools import count
from typing import Any, Protocol

from nnstudio.gui.errands import Worker
from nnstudio.gui.inbox import Inbox
from nnstudio.problems import NNStudioError, Problem

Then = Callable[[Any], None]
Fail = Callable[[tuple[Problem, ...]], None]


class EngineProcess(Protocol):
    """What `nnstudio.client.Engine` offers."""

    hello: "Future[Any]"

    @property
    def alive(self) -> bool: ...
    @property
    def pid(self) -> int: ...
    def request(self, type: str, value: Mapping[str, Any] | None = None) -> "Future[Any]": ...
    def send(self, type: str, value: Mapping[str, Any] | None = None) -> None: ...
    def kill(self) -> None: ...
    def close(self, timeout: float = 5.0) -> None: ...


Start = Callable[[Sequence[str], Callable[[Any], None], Callable[[Problem | None], None]], EngineProcess]
"""(plugin arguments, on_event, on_exit) → a running engine; both callbacks come on its reader thread."""


def start_process(
    plugin_arguments: Sequence[str], on_event: Callable[[Any], None], on_exit: Callable[[Problem | None], None]
) -> EngineProcess:
    from nnstudio.client import Engine

    return Engine(plugin_arguments, on_event=on_event, on_exit=on_exit)


def _ignore(_value: Any) -> None:
    """Nobody listens."""


class EngineLine:
    """One engine and its replacement when it dies. Answers, events and the death come as jobs in the inbox, in order.

    Requests are written by a thread of their own: a large project takes longer to write than a frame lasts.
    """

    def __init__(
        self,
        inbox: Inbox,
        plugin_arguments: Sequence[str] = (),
        *,
        start: Start = start_process,
    ) -> None:
        self._inbox = inbox
        self._arguments = plugin_arguments
        self.on_event: Callable[[Any], None] = _ignore
        self.on_death: Callable[[Problem], None] = _ignore
        self.on_hello: Callable[[Any], None] = _ignore
        self._greeted = False
        self._start = start
        self._generation = 0
        self._closed = False
        self._writer = Worker("nnstudio-writer")
        self._numbers = count(1)
        # Other threads know a request by its number alone: `then` and `fail` belong to windows (see errands.py).
        self._waiting: dict[int, tuple[Then, Fail | None]] = {}
        self._engine: EngineProcess | None = None

    @property
    def alive(self) -> bool:
        return self._engine is not None and self._engine.alive

    @property
    def pid(self) -> int | None:
        """Of the process, None where there is none."""
        return self._engine.pid if self._engine is not None else None

    def begin(self) -> None:
        """Start a process if none is running."""
        if self._closed or self.alive:
            return
        self._generation += 1
        self._waiting.clear()
        generation = self._generation
        self._engine = self._start(
            self._arguments,
            lambda event: self._inbox.put(lambda: self.on_event(event) if generation == self._generation else None),
            lambda problem: self._inbox.put(lambda: self._died(generation, problem)),
        )
        self._engine.hello.add_done_callback(
            lambda future: self._inbox.put(lambda: self._hear_hello(generation, future))
        )

    def _hear_hello(self, generation: int, hello: "Future[Any]") -> None:
        if generation == self._generation and hello.exception() is None:
            self._greeted = True
            self.on_hello(hello.result())

    def _died(self, generation: int, problem: Problem | None) -> None:
        if self._closed or generation != self._generation:
            return
        self._engine = None
        self._waiting.clear()
        self._generation += 1  # whatever the dead one still had to say is not heard
        if self._greeted:  # one that could not even start would fail again, and again
            self._greeted = False
            self.begin()
        self.on_death(problem or Problem("engine.killed", "The engine was ended.", place="run"))

    def request(self, type: str, value: Mapping[str, Any], then: Then, fail: Fail | None = None) -> None:
        """Ask; `then(answer)` or `fail(problems)` is called on the interface's thread. No answer comes after the engine's death."""
        if self._closed:
            return
        self.begin()
        engine, number = self._engine, next(self._numbers)
        self._waiting[number] = (then, fail)

        def answered(future: "Future[Any]") -> None:
            self._inbox.put(lambda: self._deliver(number, future))

        def write() -> None:
            if engine is None or not engine.alive:
                return
            try:
                engine.request(type, value).add_done_callback(answered)
            except Exception as error:  # what cannot be written is an answer too
                future: Future[Any] = Future()
                future.set_exception(error)
                answered(future)

        self._writer.do(write)

    def _deliver(self, number: int, future: "Future[Any]") -> None:
        then, fail = self._waiting.pop(number, (_ignore, None))
        if future.cancelled():
            return
        error = future.exception()
        if error is None:
            then(future.result())
        elif fail is not None:
            problems = error.problems if isinstance(error, NNStudioError) else ()
            fail(problems or (Problem("engine.failed", str(error) or type(error).__name__, place="run"),))

    def send(self, type: str, value: Mapping[str, Any] | None = None) -> None:
        engine = self._engine
        if engine is not None and not self._closed:
            self._writer.do(lambda: engine.send(type, value) if engine.alive else None)

    def kill(self) -> None:
        if self._engine is not None:
            self._engine.kill()

    def close(self) -> None:
        self._closed = True
        self._writer.close(wait=False)
        if self._engine is not None:
            self._engine.close()
            self._engine = None
        self._waiting.clear()
        self.on_event = self.on_death = self.on_hello = _ignore


class Engines:
    """The pair: `workbench` works out, previews, probes and exports; `trainer` trains, kept warm."""

    def __init__(self, plugin_arguments: Sequence[str] = (), *, start: Start = start_process) -> None:
        self.inbox = Inbox()
        self.plugin_arguments = tuple(plugin_arguments)
        self.workbench = EngineLine(self.inbox, plugin_arguments, start=start)
        self.trainer = EngineLine(self.inbox, plugin_arguments, start=start)
        self.laboratory = EngineLine(self.inbox, plugin_arguments, start=start)
        """Does experiments, which take long and are ended by ending it; its process begins with the first of them."""

    def begin(self) -> None:
        self.workbench.begin()
        self.trainer.begin()

    def close(self) -> None:
        self.workbench.close()
        self.trainer.close()
        self.laboratory.close()
        self.inbox.close()
