"""Where is Python's garbage collected? On the thread of the windows alone: a widget that another thread took away would tear Qt apart."""

import gc
import time

from PySide6.QtCore import QObject, QTimer

from nnstudio.gui.errands import let_go

LOOK_MS = 500
SHARE = 0.01
"""At most so much of the time is spent on looking: where it takes long, among the tables of a very large network, it is done less often."""
FULL_SHARE = 0.25
"""All objects are gone through only when so many have come since the last time, in shares of those that were left then: Python's own rule."""


class MainThreadGarbage(QObject):
    """From now on Python collects nothing by itself, whichever thread has just allocated: it is done here, generation by generation.

    Cycles of wrapped Qt objects come up wherever a callback holds a widget. Collected on the thread that saves, their destructors ran
    there and left socket notifiers and timers behind, over which the event loop then stumbled: hangs and crashes out of nowhere.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._left = len(gc.get_objects())
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look_now_and_then)
        self._timer.start()

    def _look_now_and_then(self) -> None:
        began = time.thread_time()
        self.look()
        took_ms = 1000 * (time.thread_time() - began)
        self._timer.setInterval(max(LOOK_MS, round(took_ms / SHARE)))

    def look(self) -> None:
        """Collect the oldest generation that is due; let go of what other threads were given."""
        let_go()
        young, middle, old = gc.get_count()
        most_young, most_middle, most_old = gc.get_threshold()
        if middle > most_middle:
            full = old > most_old and len(gc.get_objects()) > (1 + FULL_SHARE) * self._left
            gc.collect(2 if full else 1)
            if full:
                self._left = len(gc.get_objects())
        elif young > most_young:
            gc.collect(0)
