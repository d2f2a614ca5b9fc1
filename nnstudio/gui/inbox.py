"""Where other threads leave work for the interface's thread. No Qt here: engines are started before Qt is imported."""

from collections import deque
from collections.abc import Callable

Job = Callable[[], None]


class Inbox:
    """Any thread may `put`; one thread calls `take_all`. `wake` is called (on the putting thread) when the first job lies there."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()
        self._wake: Job | None = None

    def put(self, job: Job) -> None:
        self._jobs.append(job)
        wake = self._wake
        if wake is not None:
            wake()

    def on_news(self, wake: Job) -> None:
        """Whom to wake from now on; told at once if something is waiting already."""
        self._wake = wake
        if self._jobs:
            wake()

    def close(self) -> None:
        """Nobody takes anything out any more: what lies there is let go, and nobody is woken."""
        self._wake = None
        self._jobs.clear()

    def take_all(self) -> list[Job]:
        jobs: list[Job] = []
        while self._jobs:
            jobs.append(self._jobs.popleft())
        return jobs
