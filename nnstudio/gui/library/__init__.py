"""The panel on the left: every kind of node, to be found, dragged onto the canvas or added behind the selected one."""

from nnstudio.gui.library.panel import LAYER_MIME, Library

__all__ = ["LAYER_MIME", "Library"]
