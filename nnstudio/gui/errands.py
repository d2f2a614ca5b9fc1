"""What other threads do for the thread of the windows, and how all that it took is let go *here*. No Qt in this file.

Whoever holds the last reference to an object takes it away. Of whatever Qt knows of, that may be the thread of the windows alone: PySide watches
each receiver of a signal, and when one goes it asks for Qt's lock while it holds Python's. A second thread, with the locks the other way
round, then waits for the first, and the first for it, for ever.
"""

import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class Errand(Generic[Result]):
    """`work`, to be called once, by another thread. It is kept until that is over, and let go by `let_go`."""

    def __init__(self, work: Callable[[], Result]) -> None:
        let_go()
        self._work = [work]
        self._over = False
        _errands.append(self)

    def __call__(self) -> Result:
        try:
            return self._work[0]()
        except BaseException as error:
            traceback.clear_frames(error.__traceback__)  # they hold what the work held
            raise
        finally:
            self._over = True

    def forget(self, _future: object = None) -> None:
        """It is over, or will never be done."""
        self._over = True

    def empty(self) -> bool:
        """Let go of the work if it is over; was it?"""
        if self._over:
            self._work.clear()
        return self._over


_errands: list[Errand[Any]] = []


def let_go() -> None:
    """Of the errands that are over. Called now and then, and only by the thread of the windows."""
    _errands[:] = [errand for errand in _errands if not errand.empty()]


class Worker:
    """A thread that does errands in turn. name: as debuggers show it."""

    def __init__(self, name: str, threads: int = 1) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)

    def do(self, work: Callable[[], Result]) -> "Future[Result]":
        """Soon; the future brings what it returned or raised."""
        errand = Errand(work)
        future = self._threads.submit(errand)
        future.add_done_callback(errand.forget)  # when it was cancelled
        return future

    def close(self, *, wait: bool = True) -> None:
        """wait: until all is done; else what has not begun is dropped."""
        self._threads.shutdown(wait=wait, cancel_futures=not wait)
        let_go()
