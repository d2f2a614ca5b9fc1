"""What do wires show? The shapes they carry, or how large the weights, or the gradients, of the node they lead to are."""

import math

from PySide6.QtGui import QColor

from nnstudio.events import NodeStats
from nnstudio.gui.canvas.numpy_draw import mixed
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

MODES = ("", "weight", "gradient")
"""Shapes; root mean square of the weights; norm of the gradient: figures of `NodeStats`."""

WIDEST = 3.0  # times a usual wire


class WireValues:
    """The value of each node, set against those of the others on a logarithmic scale."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.mode = ""
        self._known: tuple[NodeStats, str, tuple[float, float]] | None = None

    def next(self) -> str:
        """Go on to the next of `MODES`; returns it in words. Before there are figures, wires go on to show shapes."""
        if not self.mode and self._studio.run.history.node_stats is None:
            return tr("Wires show shapes. Train, and they can show the size of the weights or gradients they lead to.")
        self.mode = MODES[(MODES.index(self.mode) + 1) % len(MODES)]
        return {
            "": tr("Wires show shapes"),
            "weight": tr(
                "Wires show the size of the weights they lead to (root mean square); wide and bright is large"
            ),
            "gradient": tr("Wires show the size of the gradients they lead to (norm); wide and bright is large"),
        }[self.mode]

    def of(self, node: str) -> float | None:
        """The value at `node`; None where there is none, or shapes are shown."""
        stats = self._studio.run.history.node_stats
        if not self.mode or stats is None:
            return None
        return stats.nodes.get(self._studio.scope.flat_id(node), {}).get(self.mode)

    def text(self, node: str) -> str | None:
        """What stands at a wire into `node`, in place of the shape; None: the shape."""
        value = self.of(node)
        return None if value is None else f"{value:.1e}" if value and not 0.01 <= value < 1000 else f"{value:.3g}"

    def share(self, node: str) -> float | None:
        """0 for the smallest value of all nodes, 1 for the largest."""
        value = self.of(node)
        if value is None:
            return None
        low, high = self._range()
        if value <= 0 or low <= 0:
            return 0.0
        return math.log(value / low) / math.log(high / low) if high > low else 1.0

    def _range(self) -> tuple[float, float]:
        """The smallest and the largest value above 0 of all nodes; (0, 0) where there is none."""
        stats = self._studio.run.history.node_stats
        assert stats is not None
        if self._known is None or self._known[0] is not stats or self._known[1] != self.mode:
            found = [value for figures in stats.nodes.values() if (value := figures.get(self.mode, 0.0)) > 0]
            self._known = (stats, self.mode, (min(found), max(found)) if found else (0.0, 0.0))
        return self._known[2]

    def style(self, node: str) -> tuple[QColor, float] | None:
        """(colour, width as a multiple of the usual) of a wire into `node`; None: as usual."""
        share = self.share(node)
        if share is None:
            return None
        return mixed(theme.category("shape"), theme.category("weights"), share), 1.0 + share * (WIDEST - 1.0)
