"""Which commands the window has: names, keys, and what they do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nnstudio.gui.commands import Command
from nnstudio.gui.messages_sheet import show_messages
from nnstudio.gui.settings import THEME
from nnstudio.gui.sheets import show_about, show_plugins, show_shortcuts
from nnstudio.gui.skeleton import PLACES, place_title
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

if TYPE_CHECKING:
    from nnstudio.gui.places.model import ModelPlace
    from nnstudio.gui.window import MainWindow


def add_commands(window: MainWindow) -> None:
    """All of them, in the order of a menu."""
    for commands in (_file, _edit, _view, _places, _run, _help):
        window.commands.add(*commands(window))


def _file(window: MainWindow) -> list[Command]:
    studio = window.studio
    return [
        Command("file.new", tr("New project"), window.new_project, ("Ctrl+N",), "file-plus"),
        Command("file.open", tr("Open …"), window.choose_file, ("Ctrl+O",), "folder-open"),
        Command(
            "file.recent",
            tr("Recent projects and examples"),
            lambda: window.show_place("labs"),
            ("Ctrl+Shift+O",),
            "clock",
        ),
        Command("file.save", tr("Save"), window.save, ("Ctrl+S",), "save"),
        Command("file.save_as", tr("Save as …"), window.save_as, ("Ctrl+Shift+S",), "save"),
        Command(
            "file.export_python",
            tr("Export Python code …"),
            window.export_python,
            ("Ctrl+E",),
            "code",
            lambda: studio.plan.ready and bool(studio.project.graph.nodes),
            words="pytorch script",
        ),
        Command("file.quit", tr("Quit"), window.close, ("Ctrl+Q",), "power"),
    ]


def _edit(window: MainWindow) -> list[Command]:
    studio = window.studio

    return [
        Command("edit.undo", tr("Undo"), studio.undo, ("Ctrl+Z",), "undo-2", lambda: bool(studio.document.undo_label)),
        Command(
            "edit.redo",
            tr("Redo"),
            studio.redo,
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "redo-2",
            lambda: bool(studio.document.redo_label),
        ),
    ]


def _view(window: MainWindow) -> list[Command]:
    def on_model() -> bool:
        return window.place == "model"

    def toggle(panel: str) -> Callable[[], None]:
        return lambda: _model(window).toggle(panel)

    def shown(panel: str) -> Callable[[], bool]:
        return lambda: "model" in window.places and _model(window).shown(panel)

    panels = (
        ("library", tr("Library"), "L", "panel-left"),
        ("inspector", tr("Inspector"), "I", "panel-right"),
        ("dashboard", tr("Dashboard"), "D", "panel-bottom"),
        ("code", tr("Code"), "C", "code"),
        ("problems", tr("Problems"), "P", "circle-alert"),
        ("guide", tr("Guide"), "G", "graduation-cap"),
        ("outline", tr("Outline"), "O", "list"),
    )
    return [
        *(
            Command(f"view.{name}", title, toggle(name), (key,), icon, on_model, shown(name), words="panel hide show")
            for name, title, key, icon in panels
        ),
        Command(
            "view.next_panel", tr("Go to the next panel"), lambda: _walk(window, 1), ("F6",), "chevrons-right",
            words="focus keyboard pane",
        ),
        Command(
            "view.previous_panel", tr("Go to the panel before"), lambda: _walk(window, -1), ("Shift+F6",), "chevrons-left",
            words="focus keyboard pane previous",
        ),
        Command("view.theme", tr("Dark or light"), lambda: switch_theme(window), ("Ctrl+T",), "sun-moon", words="theme"),
        Command(
            "view.theme_system", tr("Theme as the system says"), lambda: set_theme(window, "system"), ("Ctrl+Shift+T",), "monitor",
            checked=lambda: theme.mode == "system",
        ),
        Command("view.full_screen", tr("Full screen"), window.toggle_full_screen, ("F11",), "expand"),
    ]  # fmt: skip


def _places(window: MainWindow) -> list[Command]:
    icons = {
        "model": "network",
        "data": "database",
        "recipe": "sliders-horizontal",
        "runs": "chart-line",
        "labs": "flask-conical",
    }
    return [
        Command(
            f"place.{place}",
            place_title(place),
            lambda place=place: window.show_place(place),
            (f"Ctrl+{number}",),
            icons[place],
        )
        for number, place in enumerate(PLACES, 1)
    ] + [
        Command(
            "place.experiments",
            tr("Experiments"),
            lambda: _show_experiments(window),
            (f"Ctrl+{len(PLACES) + 1}",),
            "flask-conical",
            words="range test race landscape noise ravine queries",
        )
    ]


def _show_experiments(window: MainWindow) -> None:
    from nnstudio.gui.places.start import StartPlace

    window.show_place("labs")
    place = window.place_widget("labs")
    if isinstance(place, StartPlace):
        place.show_experiments()


def _run(window: MainWindow) -> list[Command]:
    studio = window.studio

    def can_train() -> bool:
        return not studio.run.active and bool(studio.project.graph.nodes)

    def pause_or_resume() -> None:
        if studio.run.state == "paused":
            studio.run.resume()
        else:
            studio.run.pause()

    def compare() -> None:
        from nnstudio.gui.places.compare import show_compare

        show_compare(window, studio)

    return [
        Command(
            "run.train",
            tr("Train"),
            studio.run.train,
            ("Ctrl+R", "F5"),
            "play:filled",
            can_train,
            words="start run learn",
        ),
        Command(
            "run.pause",
            tr("Pause or resume"),
            pause_or_resume,
            ("F8",),
            "pause:filled",
            lambda: studio.run.state in {"running", "paused"},
        ),
        Command("run.stop", tr("Stop"), studio.run.stop, ("Shift+F5",), "square:filled", lambda: studio.run.active),
        Command(
            "run.step",
            tr("One step"),
            studio.run.step,
            ("F7",),
            "step-forward",
            lambda: can_train() or studio.run.state == "paused",
        ),
        Command(
            "run.continue",
            tr("Continue the last run"),
            studio.run.train_on,
            ("Ctrl+F5",),
            "rotate-ccw",
            lambda: studio.run.can_train_on,
        ),
        Command(
            "run.compare",
            tr("Compare …"),
            compare,
            ("Ctrl+Shift+R",),
            "chart-line",
            lambda: bool(studio.project.graph.nodes),
            words="seeds alternatives sweep cross-validation restarts spread",
        ),
    ]


def _help(window: MainWindow) -> list[Command]:
    return [
        Command("help.palette", tr("All commands …"), window.open_palette, ("Ctrl+K",), "command"),
        Command("help.shortcuts", tr("Shortcuts"), lambda: show_shortcuts(window, window.commands), ("?",), "keyboard"),
        Command("help.plugins", tr("Plugins"), lambda: show_plugins(window, window.studio), ("Ctrl+Shift+P",), "plug"),
        Command(
            "help.messages", tr("Messages"), lambda: show_messages(window, window.messages.said), ("Ctrl+Shift+M",), "message-square",
            words="errors warnings said history read again",
        ),
        Command("help.about", tr("About NNStudio"), lambda: show_about(window, window.studio), ("Ctrl+F1",), "info"),
    ]  # fmt: skip


def _walk(window: MainWindow, by: int) -> None:
    """The keyboard to the next part of the window, or to the one before."""
    from nnstudio.gui.panel_focus import walk
    from nnstudio.gui.places.model import ModelPlace

    place = window.place_widget(window.place)
    parts = place.parts if isinstance(place, ModelPlace) else (place,)
    walk((window.top_bar, window.messages, *parts), by)


def _model(window: MainWindow) -> ModelPlace:
    from nnstudio.gui.places.model import ModelPlace

    place = window.place_widget("model")
    assert isinstance(place, ModelPlace)
    return place


def switch_theme(window: MainWindow) -> None:
    set_theme(window, "light" if theme.dark else "dark")


def set_theme(window: MainWindow, mode: str) -> None:
    """Switch, and remember it."""
    match mode:
        case "dark" | "light" | "system":
            theme.set_mode(mode)
            window.studio.settings.set(THEME, mode)
        case _:
            raise ValueError(f"There is no theme {mode!r}.")
