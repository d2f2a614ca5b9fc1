"""A canvas on a real studio without engines, with the bundled plugins."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from canvas_network import chain_graph, open_graph
from PySide6.QtCore import QEvent
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plugins import Plugins
from nnstudio.project.project import Project


@pytest.fixture
def studio(plugins: Plugins, tmp_path: Path, qapp: QApplication) -> Iterator[Studio]:
    QApplication.sendPostedEvents(
        None, QEvent.Type.DeferredDelete.value
    )  # windows of earlier tests go one by one, not all in the middle of one
    theme.install(qapp)
    studio = Studio(plugins, settings=Settings(tmp_path / "settings.json"))
    yield studio
    studio.close()


@pytest.fixture
def view(studio: Studio, qtbot: QtBot) -> CanvasView:
    studio.open_project(Project())
    view = CanvasView(studio)
    qtbot.addWidget(view)
    view.resize(1040, 590)
    view.show()
    qtbot.waitExposed(view)
    view.setFocus()
    QShortcut(QKeySequence("Ctrl+Z"), view, studio.undo)  # the window's own two keys
    QShortcut(QKeySequence("Ctrl+Shift+Z"), view, studio.redo)
    return view


@pytest.fixture
def chain(view: CanvasView) -> CanvasView:
    """Six nodes in two rows: input, conv, ReLU, flatten, linear, loss; with the plan an engine would give."""
    open_graph(view, chain_graph())
    return view
