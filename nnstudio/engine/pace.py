"""How often a run's events go out: at once while they are few, together when they are many."""

import time
from collections.abc import Callable, Sequence

from nnstudio.events import CheckpointSaved, EpochEnded, Event, NodeStats, Predictions, Steps

PER_SECOND = 25.0
BURST = 8.0

_MAY_WAIT = (Steps, EpochEnded, Predictions, NodeStats, CheckpointSaved)
_ONLY_THE_LAST = (Predictions, NodeStats)


class Pace:
    """Sends events on, at most `PER_SECOND` messages a second but for short bursts; what must wait goes with the next that may go.

    A tiny network ends a thousand epochs a second: one message each would cost more than the training.
    """

    def __init__(self, send: Callable[[Sequence[Event]], None], now: Callable[[], float] = time.monotonic) -> None:
        self._send = send
        self._now = now
        self._waiting: list[Event] = []
        self._allowance = BURST
        self._counted = now()

    def add(self, event: Event) -> None:
        self._waiting.append(event)
        now = self._now()
        self._allowance = min(BURST, self._allowance + (now - self._counted) * PER_SECOND)
        self._counted = now
        if self._allowance >= 1 or not isinstance(event, _MAY_WAIT):
            self.flush()

    def flush(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            self._allowance -= 1
            self._send(_without_outdated(waiting))


def _without_outdated(events: Sequence[Event]) -> list[Event]:
    """All of them, but of those that replace each other (by part) the last alone."""
    last = {_key(event): index for index, event in enumerate(events) if isinstance(event, _ONLY_THE_LAST)}
    return [event for index, event in enumerate(events) if last.get(_key(event), index) == index]


def _key(event: Event) -> tuple[type, str]:
    return type(event), event.part if isinstance(event, Predictions) else ""
