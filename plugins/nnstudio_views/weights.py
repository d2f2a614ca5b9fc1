"""The weights of each node over the run: how large, how many nearly zero, how far a step turns them."""

import numpy as np
import numpy.typing as npt

from nnstudio.api import Curves, Figure, History, Line, Note
from nnstudio_views.curves import per_epoch

Floats = npt.NDArray[np.float64]

QUANTITIES: dict[str, tuple[str, str]] = {
    "size": ("weight", "Weight size (root mean square)"),
    "near zero": ("near_zero", "Weights near zero"),
    "effective learning rate": ("weight", "Effective learning rate η / mean w²"),
}
"""What is shown → (the figure of the node that it is worked out from, title)."""


def weights(history: History, show: str = "size", axis: str = "epochs", log_y: bool = False) -> Figure:
    """A curve for each node with weights, a point for the last look of each epoch."""
    figure, title = QUANTITIES[show]
    found: dict[str, list[tuple[int, float]]] = {}
    for stats in history.epoch_stats.values():
        for node, figures in stats.nodes.items():
            if figure in figures:
                found.setdefault(node, []).append((stats.step, figures[figure]))
    if not found:
        return Note(
            "Press Train. The weights of each node appear here after each epoch: under L2 they shrink, under L1 many "
            "come near zero, and before batch norm they grow, which makes the learning rate smaller in effect."
        )
    lines: list[Line] = []
    for index, (node, points) in enumerate(found.items()):
        steps, values = np.array(points, np.float64).T
        x = steps if axis == "steps" else steps / per_epoch(history)
        y = _effective_rate(history, steps, values) if show == "effective learning rate" else values
        lines.append(Line(x, y, node, f"series:{index}"))
    return Curves(lines, x_label=axis, log_y=log_y, percent=show == "near zero", title=title)


def _effective_rate(history: History, steps: Floats, sizes: Floats) -> Floats:
    """η / mean w² at the steps where weights of that root mean square were seen: what counts where a normalization follows."""
    at, rates = history.steps("lr")
    if not len(at):
        return np.full(len(steps), np.nan)
    now = rates[np.clip(np.searchsorted(at, steps), 0, len(at) - 1)]
    return now / np.where(sizes > 0, np.square(sizes), np.nan)
