"""`nnstudio [PROJECT]` and `nnstudio screenshot`: what needs Qt. It is imported only here, and nothing else heavy before it."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from nnstudio.problems import NNStudioError, Problem
from nnstudio.terminal.output import OK, say


def open_window(options: Namespace) -> int:
    """Open the app, with the project in it; returns when its window is closed."""
    if options.project:
        _refuse_missing(options.project)
    if not _has_display():
        words = "There is no display here, so no window can be opened."
        remedy = f"Train in the terminal: nnstudio train {options.project or 'gallery:xor'}"
        raise NNStudioError(Problem("window.no_display", words, remedy=remedy, place="file"))
    from nnstudio.gui.app import main

    theme = ["--theme", options.theme] if options.theme else []
    return main([*([options.project] if options.project else []), *theme, *plugin_arguments(options)])


def screenshot(options: Namespace) -> int:
    """Save a picture of the window."""
    if not options.to.parent.is_dir():
        words = f"There is no folder {options.to.parent}."
        raise NNStudioError(
            Problem("file.no_folder", words, remedy="Make it, or choose another with --to.", place="file")
        )
    _refuse_missing(options.project)
    from nnstudio.gui.screenshot import take

    take(
        options.project,
        options.to,
        options.theme,
        options.train_for,
        options.place,
        options.size,
        options.scale,
        plugin_arguments=plugin_arguments(options),
    )
    say(str(options.to))
    return OK


def plugin_arguments(options: Namespace) -> list[str]:
    """The options about plugins, as the app and its engines take them."""
    folders = [part for folder in options.plugins_dir for part in ("--plugins-dir", str(folder))]
    return [*folders, *(["--safe-mode"] if options.safe_mode else [])]


def _refuse_missing(name: str) -> None:
    """A file that is not there may be a slip of a command's name."""
    if name.startswith("gallery:") or Path(name).exists():
        return
    from nnstudio.finding import near
    from nnstudio.terminal.commands import COMMANDS

    close = near(name, COMMANDS)
    remedy = f"Did you mean the command '{close[0]}'?" if close else "Is the path right?"
    raise NNStudioError(Problem("file.missing", f"There is no file '{name}'.", remedy=remedy, place="file"))


def _has_display() -> bool:
    chosen = os.environ.get("QT_QPA_PLATFORM") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(chosen) or not sys.platform.startswith("linux")
