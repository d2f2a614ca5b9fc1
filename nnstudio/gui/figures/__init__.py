"""Painters: one for each class of `nnstudio.figures`."""

from nnstudio.gui.figures.view import FigureView

__all__ = ["FigureView"]
