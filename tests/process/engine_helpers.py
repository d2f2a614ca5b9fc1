"""Engines for tests: always ended, and awaited instead of slept for."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

from nnstudio.client import Engine
from nnstudio.events import Event
from nnstudio.problems import Problem

PATIENCE = 120.0
"""Seconds that anything may take before a test gives up: two cores, and torch to import."""


class Listener:
    """Events and the end of an engine, to be waited for."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.problem: Problem | None = None
        self.gone = threading.Event()
        self._news = threading.Condition()

    def on_event(self, event: Event) -> None:
        with self._news:
            self.events.append(event)
            self._news.notify_all()

    def on_exit(self, problem: Problem | None) -> None:
        self.problem = problem
        self.gone.set()

    def wait_for(self, holds: Callable[[list[Event]], Any]) -> Any:
        """What `holds(events)` gives, once it is true."""
        with self._news:
            assert self._news.wait_for(lambda: holds(self.events), PATIENCE), self.events[-5:]
            return holds(self.events)

    def last(self, kind: type) -> Any:
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)


@contextlib.contextmanager
def running_engine(*plugin_arguments: str, **options: Any) -> Iterator[tuple[Engine, Listener]]:
    listener = Listener()
    arguments = plugin_arguments or ("--safe-mode",)
    engine = Engine(arguments, on_event=listener.on_event, on_exit=listener.on_exit, warm=False, **options)
    try:
        yield engine, listener
    finally:
        engine.kill()
        listener.gone.wait(PATIENCE)
