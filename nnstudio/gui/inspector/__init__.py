"""The panel on the right: what is selected, and its parameters as a form."""

from nnstudio.gui.inspector.panel import Inspector

__all__ = ["Inspector"]
