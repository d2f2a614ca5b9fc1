"""Starting the app: the engines' processes first, then a window at once, and everything heavier after the first paint."""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from nnstudio.gui.settings import Settings
    from nnstudio.gui.studio import Studio
    from nnstudio.gui.window import MainWindow
    from nnstudio.plugins import Plugins

TIMES = "NNSTUDIO_TIMES"
"""Environment variable: print when the window was visible, ready, and the engine too, in seconds since the process began."""


def main(argv: Sequence[str] | None = None) -> int:
    """Open the studio. Returns the exit code when its window is closed."""
    options = options_of(argv)
    from PySide6.QtCore import QTimer

    from nnstudio.gui.garbage import MainThreadGarbage
    from nnstudio.gui.settings import THEME, Settings
    from nnstudio.gui.theme import theme
    from nnstudio.gui.window import MainWindow

    app = make_app()
    MainThreadGarbage(app)
    settings = Settings()
    theme.set_mode(mode_of(options.theme or settings.get(THEME)))
    window = MainWindow(title=_title(options.file), settings=settings)
    window.show()
    app.processEvents()
    _tell_time("window visible")
    QTimer.singleShot(0, lambda: _fill(window, settings, options))
    return app.exec()


def mode_of(name: object) -> Literal["dark", "light", "system"]:
    """The theme called `name`; the system's, where there is no such."""
    return "dark" if name == "dark" else "light" if name == "light" else "system"


def options_of(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nnstudio", description="Open the studio.")
    parser.add_argument("file", nargs="?", help="a project (.nns), or gallery:NAME")
    parser.add_argument("--plugins-dir", action="append", default=[], type=Path, help="a folder with further plugins")
    parser.add_argument("--safe-mode", action="store_true", help="load bundled plugins only")
    parser.add_argument("--theme", choices=("dark", "light", "system"), help="for this time")
    return parser.parse_args(argv)


def plugins_of(options: argparse.Namespace) -> "Plugins":
    """All plugins that the options ask for."""
    from nnstudio import plugins

    return plugins.load(folders=options.plugins_dir, safe_mode=options.safe_mode)


def plugin_arguments(options: argparse.Namespace) -> list[str]:
    """The same plugins for the engines."""
    arguments = [part for folder in options.plugins_dir for part in ("--plugins-dir", str(folder))]
    return [*arguments, "--safe-mode"] if options.safe_mode else arguments


def make_app() -> "QApplication":
    """The one QApplication, dressed; without a display, Qt paints into memory."""
    from PySide6.QtCore import Qt
    from PySide6.QtGui import QGuiApplication
    from PySide6.QtWidgets import QApplication

    from nnstudio.gui.theme import theme

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        app = QApplication(["nnstudio"])
    app.setApplicationName("nnstudio")
    app.setApplicationDisplayName("NNStudio")
    app.setDesktopFileName("nnstudio")
    theme.install(app)
    return app


def _title(file: str | None) -> str:
    """What the skeleton shows until the project is read."""
    if not file:
        return ""
    return file.removeprefix("gallery:") if file.startswith("gallery:") else Path(file).stem


def _fill(window: "MainWindow", settings: "Settings", options: argparse.Namespace) -> None:
    """After the first paint: engines, plugins, the places, the project."""
    from nnstudio.gui.engines import Engines

    engines = Engines(plugin_arguments(options))
    engines.workbench.begin()  # it imports torch while we import the rest
    from nnstudio.gui.settings import state_folder
    from nnstudio.gui.studio import Studio

    studio = Studio(settings=settings, state=state_folder(), engines=engines)
    studio.hello_changed.connect(lambda: _tell_time("engine ready"))
    window.fill(studio)
    studio.set_plugins(plugins_of(options))
    if not open_named(studio, options.file):
        window.place = "labs"
    window.build()
    _tell_time("window ready")
    engines.trainer.begin()


def open_named(studio: "Studio", name: str | None) -> bool:
    """Open the file, or the gallery's project `gallery:NAME`. False where there is nothing to open."""
    if not name:
        return False
    if name.startswith("gallery:"):
        return studio.open_example(name.removeprefix("gallery:"))
    return studio.open(Path(name))


def _tell_time(what: str) -> None:
    if os.environ.get(TIMES):
        began = _process_start()
        print(f"{what}: {time.time() - began:.3f} s ({time.process_time():.3f} s CPU)", file=sys.stderr, flush=True)


def _process_start() -> float:
    """When this process began, in Unix seconds (Linux; elsewhere: when this module was imported)."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        uptime = float(Path("/proc/uptime").read_text().split()[0])
    except OSError:
        return _IMPORTED
    return time.time() - uptime + ticks / os.sysconf("SC_CLK_TCK")


_IMPORTED = time.time()
