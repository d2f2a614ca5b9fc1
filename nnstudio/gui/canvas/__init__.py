"""The canvas: the network as nodes and wires. `view.CanvasView(studio)` is the widget; the other modules each answer one question."""

from nnstudio.gui.canvas.view import CanvasView

__all__ = ["CanvasView"]
