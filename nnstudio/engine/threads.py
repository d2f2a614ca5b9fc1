"""How many threads torch gets. Torch-free: the settings must stand before torch is imported.

The same number in the app, on the command line and in Python, because sums in another order give other last digits.
"""

import os
import sys


def cores() -> int:
    """The cores that this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def settle_threads(threads: int | None = None) -> int:
    """Give torch `threads` of them, by default one less than there are cores: an engine that takes all stalls the window and itself.

    Call it before torch is imported; OMP_NUM_THREADS, where a person has set it, wins over the default. Returns the number.
    """
    if threads is None:
        chosen = os.environ.get("OMP_NUM_THREADS", "")
        threads = int(chosen) if chosen.isdecimal() and int(chosen) > 0 else max(1, cores() - 1)
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["MKL_NUM_THREADS"] = str(threads)
    # Waiting threads that spin take the core that the window paints on.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(threads)
    return threads
