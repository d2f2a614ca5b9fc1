"""Pictures of the real window: a project is opened, worked out, trained if asked, and then the window is saved as an image."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.problems import NNStudioError, Problem, errors
from nnstudio.project.project import Project

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from nnstudio.gui.studio import Studio

PATIENCE = 300.0  # seconds without any news from the engines
SETTLE = 0.4  # seconds for the last events to be painted


def take(
    project: Project | Path | str,
    to: Path | str,
    theme: str = "dark",
    train_for: int = 0,
    place: str = "model",
    size: tuple[int, int] = (1600, 1000),
    scale: float = 1.0,
    *,
    select: Sequence[str] = (),
    plugin_arguments: Sequence[str] = (),
) -> None:
    """Save a picture of the window with `project` (itself, its file, or `gallery:NAME`) in it, without touching settings or runs.

    train_for: epochs to train before, for real; the run goes on while the picture is taken. size: in device-independent pixels;
    scale: pixels a unit. select: ids of the nodes to be selected. Raises NNStudioError, saying what was in the way.
    """
    os.environ.setdefault("QT_SCALE_FACTOR", str(scale))  # read when Qt starts
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from nnstudio.gui.app import make_app, options_of, plugins_of
    from nnstudio.gui.engines import Engines
    from nnstudio.gui.settings import Settings
    from nnstudio.gui.studio import Studio
    from nnstudio.gui.window import MainWindow
    from nnstudio.gui.window_commands import set_theme

    app = make_app()
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(settings=Settings(Path(folder) / "settings.json"), engines=Engines(plugin_arguments))
        problems: list[Problem] = []

        def hear(text: str, severity: str) -> None:
            if severity == "error":
                problems.append(Problem("screenshot.project", text, place="file"))

        studio.message.connect(hear)
        try:
            window = MainWindow(studio)
            set_theme(window, theme)
            window.resize(*size)
            window.show()
            studio.set_plugins(plugins_of(options_of(list(plugin_arguments))))
            _open(studio, project, problems)
            window.place = "labs" if place == "start" else place
            window.build()
            _work(app, studio, train_for)
            studio.select(select)
            _wait(app, lambda: False, SETTLE)
            if not window.grab().save(str(to)):
                remedy = "Name a .png in a folder where you may write."
                raise NNStudioError(
                    Problem(
                        "screenshot.unwritable", f"The picture '{to}' cannot be written.", remedy=remedy, place="file"
                    )
                )
        finally:
            studio.close()


def _open(studio: "Studio", project: Project | Path | str, problems: list[Problem]) -> None:
    from nnstudio.gui.app import open_named

    if isinstance(project, Project):
        studio.open_project(project)
    elif not open_named(studio, str(project)):
        raise NNStudioError(*problems)


def _work(app: "QApplication", studio: "Studio", epochs: int) -> None:
    """Wait for the plan; train so many epochs."""
    if not studio.project.graph.nodes:
        return
    if not _wait(app, lambda: bool(studio.plan.nodes) or bool(studio.problems)):
        raise NNStudioError(
            Problem("screenshot.engine", "The engine does not answer.", remedy="Try again.", place="run")
        )
    if not epochs:
        return
    if wrong := errors(studio.problems):
        raise NNStudioError(*wrong)
    studio.run.train()
    _wait(app, lambda: studio.run.history.epoch >= epochs or not studio.run.active)
    if studio.run.state in {"failed", "crashed"}:
        raise NNStudioError(*studio.run.history.problems)


def _wait(app: "QApplication", done: Callable[[], bool], seconds: float = PATIENCE) -> bool:
    """Let the app live until `done`; False where that took too long."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        app.processEvents()
        time.sleep(0.005)
    return True
