"""Work that takes longer than a frame and needs no engine (reading runs from the disk): on another thread, its result on this one."""

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal

Result = TypeVar("Result")


class _Herald(QObject):
    """Lives on the interface's thread; brings the result over."""

    done = Signal(object, object)  # result, exception


class _Job(QRunnable):
    def __init__(self, work: Callable[[], Any], herald: _Herald) -> None:
        super().__init__()
        self._work = work
        self._herald = herald

    def run(self) -> None:
        try:
            outcome: tuple[Any, Exception | None] = (self._work(), None)
        except Exception as error:
            outcome = (None, error)
        try:
            self._herald.done.emit(*outcome)
        except RuntimeError:  # its owner is gone: nobody waits for it
            return


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
        if error is None:
            then(result)
        elif fail is not None:
            fail(error)
        else:
            raise error

    herald.done.connect(done)
    QThreadPool.globalInstance().start(_Job(work, herald))
