"""The dashboard: live views in cards."""

from nnstudio.gui.dashboard.dashboard import Dashboard

__all__ = ["Dashboard"]
