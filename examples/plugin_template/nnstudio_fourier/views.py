"""The view's code: a pure function from a run's history to a figure. The app paints it."""

import numpy as np

from nnstudio.api import Bars, Figure, History, Note

BARS = 32


def spectrum(history: History) -> Figure:
    loss = history.steps("loss")[1]
    if len(loss) < 2 * BARS:
        return Note(f"The spectrum of the loss appears after {2 * BARS} steps.")
    strength = np.abs(np.fft.rfft(loss - loss.mean()))[1:]
    bars = np.array([part.mean() for part in np.array_split(strength, BARS)])
    edges = np.linspace(0, 0.5, BARS + 1)
    return Bars(bars, edges=edges, x_label="cycles per step", y_label="strength", caption=f"{len(loss)} steps")
