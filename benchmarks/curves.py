"""A curve of a million points: what one frame of it costs while it grows by a few points."""

import os
import statistics
import time

import numpy as np

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

POINTS = 1_000_000
NEW_A_FRAME = 40  # at 1 200 steps a second and 30 frames
FRAMES = 60
SIZE = (420, 280)


def measure() -> list[tuple[str, str, str, bool]]:
    """Rows of (what, measured, to reach, reached)."""
    from PySide6.QtWidgets import QApplication

    from nnstudio.figures import Curves, Line
    from nnstudio.gui.figures import FigureView
    from nnstudio.gui.theme import theme

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    theme.install(app)
    random = np.random.default_rng(0)
    steps = np.arange(POINTS + NEW_A_FRAME * FRAMES, dtype=np.float64)
    trend = 0.3 + np.exp(-steps / 2e5)
    noisy = trend + 0.05 * random.normal(size=len(steps))
    view = FigureView()
    view.resize(*SIZE)
    view.show()
    app.processEvents()

    def frame(count: int) -> tuple[float, float]:
        """(seconds, CPU seconds) from a new figure to its pixels: one raw and one smooth curve of `count` points each."""
        start, worked = time.perf_counter(), time.thread_time()
        raw = Line(steps[:count], noisy[:count], "train", "train", key="raw", faint=True)
        smooth = Line(steps[:count], trend[:count], "train", "train", key="smooth")
        view.show_figure(Curves((raw, smooth), x_label="steps"))
        app.processEvents()
        return time.perf_counter() - start, time.thread_time() - worked

    _, first = frame(POINTS)
    frames = [frame(POINTS + NEW_A_FRAME * index) for index in range(1, FRAMES + 1)]
    middle, worked = (1e3 * statistics.median(times) for times in zip(*frames, strict=True))
    view.close()
    return [
        (
            "curve of 10⁶ points, update per frame (two curves)",
            f"{middle:.1f} ms ({worked:.1f} ms CPU)",
            "≤ 5 ms",
            middle <= 5,
        ),
        (
            "the same, first time",
            f"{1e3 * first:.0f} ms ({1e6 * first / POINTS / 2:.2f} µs a point)",
            "≤ 1 µs a point",
            first <= 2.0,
        ),
    ]
