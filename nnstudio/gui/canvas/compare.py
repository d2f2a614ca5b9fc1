"""With what can the open network be compared? The saved file, another project, a run: shown side by side."""

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr
from nnstudio.runs.store import RunStore

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

RUNS = 15
"""So many of the last runs are offered."""


def with_file(view: "CanvasView", path: str | Path) -> None:
    """The project in the file at `path`, or what is wrong with it."""
    from nnstudio.gui.graph_compare import compare_with_file

    compare_with_file(view.window(), view.studio, Path(path), "")


def with_run(view: "CanvasView", id: str, name: str) -> None:
    from nnstudio.gui.graph_compare import compare_with_file

    said = tr("run {name}", name=name or id)
    compare_with_file(view.window(), view.studio, view.studio.runs_folder / id / "project.nns", said)


def commands(view: "CanvasView") -> list[Command]:
    studio = view.studio

    def saved() -> None:
        path = studio.document.path
        if path is not None:
            with_file(view, path)

    def choose() -> None:
        dialog = QFileDialog(view.window(), tr("Compare with a project"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(tr("NNStudio projects ({pattern})", pattern="*.nns"))
        dialog.fileSelected.connect(partial(with_file, view))
        dialog.open()

    def run() -> None:
        runs_menu(view).popup(view.mapToGlobal(QPoint(view.width() // 3, view.height() // 4)))

    return [
        Command(
            "canvas.compare_saved",
            tr("Compare with the saved file"),
            saved,
            ("Alt+V",),
            "columns-2",
            lambda: studio.document.path is not None,
            words="difference versions changed side by side",
        ),
        Command(
            "canvas.compare_file",
            tr("Compare with another project …"),
            choose,
            ("Alt+Shift+F",),
            "columns-2",
            words="difference versions diff side by side",
        ),
        Command(
            "canvas.compare_run",
            tr("Compare with a run …"),
            run,
            ("Alt+Shift+R",),
            "columns-2",
            lambda: studio.runs_folder.is_dir(),
            words="difference versions history network",
        ),
    ]


def runs_menu(view: "CanvasView") -> QMenu:
    """The last runs; the chosen one's network is shown beside the open one."""
    from nnstudio.gui.places.run_figures import told_apart

    studio = view.studio
    menu = QMenu(view)
    menu.aboutToHide.connect(menu.deleteLater)
    for summary in RunStore(studio.runs_folder).runs()[:RUNS]:
        action = menu.addAction(told_apart(summary, datetime.now()).replace("&", "&&"))
        action.triggered.connect(partial(_chosen, view, summary.id, summary.name))
    if menu.isEmpty():
        menu.addAction(tr("There are no runs yet")).setEnabled(False)
    return menu


def _chosen(view: "CanvasView", id: str, name: str, _checked: bool = False) -> None:
    with_run(view, id, name)
