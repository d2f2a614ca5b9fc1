"""An engine must not outlive who started it: how it notices."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

POLL_SECONDS = 1.0


def end_with_parent() -> None:
    """End this process when the one that started it is gone.

    On Linux the kernel does it, whatever this process is busy with (a plugin that never gives the interpreter back);
    elsewhere, and where the kernel cannot, a thread looks once a second whether the parent is still the same.
    """
    parent = os.getppid()
    if sys.platform == "linux":
        _ask_kernel()
    if os.getppid() != parent:  # it died before the kernel knew of our wish
        os._exit(1)
    watch(lambda: os.getppid() != parent, lambda: os._exit(1))


def watch(happened: Callable[[], bool], then: Callable[[], object], every: float = POLL_SECONDS) -> threading.Thread:
    """Call `then` once `happened`, from a thread that keeps nothing alive."""

    def look() -> None:
        while not happened():
            time.sleep(every)
        then()

    thread = threading.Thread(target=look, name="parent watch", daemon=True)
    thread.start()
    return thread


def _ask_kernel() -> None:
    pr_set_pdeathsig = 1
    with contextlib.suppress(OSError, AttributeError):  # another C library: the thread sees to it
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL, 0, 0, 0)
