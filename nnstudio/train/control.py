"""How a run is paused, resumed, stopped, stepped and changed from another thread. Torch-free.

The training loop reads one attribute, `asks`, at each step's edge; only when it is true does it look further.
"""

import threading
from typing import Any


class Control:
    """Hand one to `train`, keep it, and call its methods from any thread. Every method may be called at any time, in any order."""

    def __init__(self) -> None:
        self.asks = False  # read without a lock at each step's edge: is there anything to heed?
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False
        self._single_steps = 0
        self._changes: list[tuple[str, Any]] = []

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

    def change(self, path: str, value: Any) -> None:
        """Set what `path` names ("recipe.optimizer.lr", "dropout1.p"; see `project.setting`) to `value` at the next step's edge, paused or not.

        The run tells by a `Changed` event what became of it.
        """
        with self._changed:
            self._changes.append((path, value))
            self._tell()

    def take_changes(self) -> list[tuple[str, Any]]:
        """The changes asked for since the last time, in their order, as (path, value)."""
        with self._changed:
            taken, self._changes = self._changes, []
            self._tell()
            return taken

    @property
    def stopped(self) -> bool:
        return self._stopped

    @property
    def paused(self) -> bool:
        """Would the run wait at the next step's edge?"""
        return self._paused and not self._single_steps and not self._stopped

    @property
    def going(self) -> bool:
        """Neither paused nor stopped, nor taking single steps."""
        return not self._paused and not self._stopped

    def wait(self) -> bool:
        """Block while paused. True: go on (a single step is then taken from the count); False: still paused, but there are changes to take."""
        with self._changed:
            self._changed.wait_for(lambda: self._changes or not self.paused)
            if self.paused:
                return False
            if self._paused and not self._stopped:
                self._single_steps -= 1
            return True

    def _tell(self) -> None:
        self.asks = self._paused or self._stopped or bool(self._changes)
        self._changed.notify_all()
