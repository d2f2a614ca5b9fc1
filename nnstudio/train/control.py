"""How a run is paused, resumed, stopped and stepped from another thread. Torch-free.

The training loop reads one attribute, `asks`, at each step's edge; only when it is true does it look further.
"""

import threading


class Control:
    """Hand one to `train`, keep it, and call its methods from any thread. Every method may be called at any time, in any order."""

    def __init__(self) -> None:
        self.asks = False  # read without a lock at each step's edge: is there anything to heed?
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False
        self._single_steps = 0

    def pause(self) -> None:
        """Wait at the next step's edge."""
        with self._changed:
            self._paused = True
            self._tell()

    def resume(self) -> None:
        """Go on."""
        with self._changed:
            self._paused = False
            self._single_steps = 0
            self._tell()

    def step(self) -> None:
        """Pause, where the run is not paused already, and take exactly one step more."""
        with self._changed:
            self._paused = True
            self._single_steps += 1
            self._tell()

    def stop(self) -> None:
        """End at the next step's edge, with a checkpoint. There is no way back."""
        with self._changed:
            self._stopped = True
            self._tell()

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def paused(self) -> bool:
        """Would the run wait at the next step's edge?"""
        return self._paused and not self._single_steps and not self._stopped

    def wait(self) -> None:
        """Block while paused: until a resume, a stop, or a single step, which is taken from the count."""
        with self._changed:
            self._changed.wait_for(lambda: not self.paused)
            if self._paused and not self._stopped:
                self._single_steps -= 1

    def _tell(self) -> None:
        self.asks = self._paused or self._stopped
        self._changed.notify_all()
