"""Work that takes longer than a frame and needs no engine (reading runs from the disk): on another thread, its result on this one."""

import contextlib
from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from nnstudio.gui.errands import Worker, let_go

THREADS = 4

Result = TypeVar("Result")


class _Herald(QObject):
    """Lives on the interface's thread; brings the result over."""

    done = Signal(object, object)  # result, exception


@cache
def _worker() -> Worker:
    return Worker("nnstudio-aside", THREADS)


def aside(
    owner: QObject,
    work: Callable[[], Result],
    then: Callable[[Result], None],
    fail: Callable[[Exception], None] | None = None,
) -> None:
    """`then(work())` with `work` on another thread; nothing comes once `owner` is gone. What `work` raises goes to `fail`, or is raised here."""
    herald = _Herald(owner)

    def done(result: Any, error: Exception | None) -> None:
        herald.deleteLater()
        let_go()
        if error is None:
            then(result)
        elif fail is not None:
            fail(error)
        else:
            raise error

    def errand() -> None:
        outcome: tuple[Any, Exception | None]
        try:
            outcome = (work(), None)
        except Exception as error:
            outcome = (None, error)
        with contextlib.suppress(RuntimeError):  # its owner is gone: nobody waits for it
            herald.done.emit(*outcome)

    herald.done.connect(done)
    _worker().do(errand)
