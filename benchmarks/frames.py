"""Frame intervals of the real window while an engine trains LeNet at full speed, with the dashboard open. Offscreen.

Each frame asks for the next one by a 16 ms timer, as a 60 Hz screen does, and repaints a strip of the window: the interval between two
such paints is what a person sees of everything else the window does meanwhile (events, curves, pictures).
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SECONDS = 12.0
FRAME_MS = 16
PATIENCE = 120.0
PROJECT = "fashion_mnist_lenet"


def measure() -> list[tuple[str, str, str, bool]]:
    """Rows of (what, measured, to reach, reached)."""
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QWidget

    from nnstudio import plugins
    from nnstudio.gui.app import make_app
    from nnstudio.gui.engines import Engines
    from nnstudio.gui.settings import Settings
    from nnstudio.gui.studio import Studio
    from nnstudio.gui.window import MainWindow
    from nnstudio.project import edits

    class Pulse(QWidget):
        """One pixel that is painted each frame, and remembers when."""

        def __init__(self, window: QWidget) -> None:
            super().__init__(window)
            self.times: list[float] = []
            self.worked: list[float] = []  # CPU seconds of this thread
            self.resize(1, 1)
            self._timer = QTimer(self)
            self._timer.setTimerType(self._timer.timerType().PreciseTimer)
            self._timer.timeout.connect(self.update)
            self._timer.start(FRAME_MS)

        def paintEvent(self, event: QPaintEvent) -> None:
            self.times.append(time.perf_counter())
            self.worked.append(time.thread_time())

    app = make_app()

    def wait(done: Callable[[], bool], seconds: float) -> bool:
        """Let the window live until `done()`, at most so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not done():
            app.processEvents()
            time.sleep(0.0005)
        return done()

    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(settings=Settings(Path(folder) / "settings.json"), engines=Engines())
        window = MainWindow(studio)
        try:
            window.resize(1600, 1000)
            window.show()
            studio.set_plugins(plugins.load(safe_mode=True))
            studio.open_example(f"nnstudio.{PROJECT}")
            window.build()
            studio.do(edits.set_field(studio.project, "recipe", "epochs", 1000))
            if not wait(lambda: studio.plan.ready and bool(studio.plan.nodes), PATIENCE):
                return [("frame interval while training", "no plan from the engine", "", False)]
            studio.run.train()
            if not wait(lambda: studio.run.history.epoch >= 1, PATIENCE):
                return [("frame interval while training", f"no epoch ended ({studio.run.state})", "", False)]
            pulse = Pulse(window)
            pulse.show()
            steps, began = studio.run.history.step, time.perf_counter()
            wait(lambda: False, SECONDS)
            per_second = (studio.run.history.step - steps) / (time.perf_counter() - began)
            drawn = studio.run.history.epoch
        finally:
            studio.close()
            window.close()
    intervals, worked = (sorted(1e3 * (b - a) for a, b in pairwise(times)) for times in (pulse.times, pulse.worked))
    late_place = int(0.99 * len(intervals))
    middle, late = statistics.median(intervals), intervals[late_place]
    own = f"{worked[late_place]:.1f} ms of it the window's own work"
    what = f"frame interval while training LeNet ({per_second:.0f} steps/s, {drawn} epochs, {len(intervals)} frames)"
    return [
        (f"{what}: p50", f"{middle:.1f} ms", "≤ 17 ms", middle <= 17),
        ("the same: p99", f"{late:.1f} ms (longest {intervals[-1]:.0f}); {own}", "≤ 24 ms", late <= 24),
    ]
