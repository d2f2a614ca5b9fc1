"""The main window: a skeleton that is visible at once (Qt alone), filled by what takes longer to import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QIcon, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QMainWindow, QStackedWidget, QWidget

from nnstudio.gui.panel_focus import go_on
from nnstudio.gui.settings import WINDOW, Settings
from nnstudio.gui.skeleton import PLACES, Skeleton
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import column, line, panel
from nnstudio.resources import resource

if TYPE_CHECKING:
    from nnstudio.gui.palette import Choice, Palette
    from nnstudio.gui.studio import Studio

FILE_FILTER = "*.nns"
BLOCK_SUFFIX = ".nnb"  # as in `project.block_library`, which the first paint does not wait for


class MainWindow(QMainWindow):
    """With a studio it is whole; without, it shows the skeleton under `title` until `fill` is called."""

    def __init__(self, studio: Studio | None = None, *, title: str = "", settings: Settings | None = None) -> None:
        super().__init__()
        self.setObjectName("nnstudio")
        self.setWindowTitle(f"{title} – NNStudio" if title else "NNStudio")
        self.setWindowIcon(QIcon(str(resource("icons/nnstudio.svg"))))
        self.setMinimumSize(QSize(800, 520))
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.place = "model"
        self.places: dict[str, QWidget] = {}
        self._makers: dict[str, Callable[[], QWidget]] = {}
        self._palette: Palette | None = None
        self._restore_geometry(studio.settings if studio else settings)
        if studio is None:
            self.setCentralWidget(Skeleton(title))
        else:
            self.fill(studio)

    def fill(self, studio: Studio) -> None:
        """Commands, top bar, messages; the places come by `build`."""
        from nnstudio.gui.announce import WindowNews
        from nnstudio.gui.commands import Commands
        from nnstudio.gui.message_bar import MessageBar
        from nnstudio.gui.top_bar import TopBar
        from nnstudio.gui.window_commands import add_commands

        self.studio = studio
        self.commands = Commands(self, studio.keymap)
        add_commands(self)
        self.top_bar = TopBar(studio, self.commands)
        self._stack = QStackedWidget()
        center = panel("background")
        strip = QWidget()
        column(center, self.top_bar, line(), strip, self._stack, gap="").setStretch(3, 1)
        self.setCentralWidget(center)
        self.messages = MessageBar(center, self._main_area, strip)
        studio.message.connect(self.messages.say)
        studio.asks.connect(self.messages.ask)
        studio.project_opened.connect(self.messages.hide)  # what was said of the one before
        studio.saved_changed.connect(self.messages.settle)
        studio.problems_changed.connect(self.messages.settle)
        studio.run.state_changed.connect(self._run_changed)
        studio.save_as_wanted.connect(self.save_as)
        studio.show_place.connect(self.show_place)
        WindowNews(self, studio)
        studio.saved_changed.connect(self._show_title)
        studio.project_opened.connect(self._show_title)
        for changed in (
            studio.run.state_changed,
            studio.saved_changed,
            studio.project_opened,
            studio.selection_changed,
            studio.plan_changed,
        ):
            changed.connect(self.commands.refresh)
        self._show_title()

    # ── places ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def build(self) -> None:
        """Make the places, after the first paint: the shown one now, the others when they are first asked for."""
        from nnstudio.gui.places import makers

        self._makers = makers(self)
        self.show_place(self.place)

    def show_place(self, name: str) -> None:
        """Show one of `PLACES`."""
        self.place = name if name in PLACES else "model"
        self.top_bar.show_place(self.place)
        if self._makers:
            self._stack.setCurrentWidget(self.place_widget(self.place))
            self.messages.lie_over()
        self.commands.refresh()

    def _main_area(self) -> QWidget:
        """What one looks at: the canvas, or the whole of any other place."""
        from nnstudio.gui.places.model import ModelPlace

        place = self._stack.currentWidget()
        return place.canvas if isinstance(place, ModelPlace) else self._stack

    def place_widget(self, name: str) -> QWidget:
        """The widget of a place, made now if it was not yet."""
        if name not in self.places:
            self.places[name] = self._makers[name]()
            self._stack.addWidget(self.places[name])
            if name == "model":
                self._include_canvas()
        return self.places[name]

    def _include_canvas(self) -> None:
        """Menu, palette and cheat sheet list the canvas's commands too."""
        from nnstudio.gui.places.model import ModelPlace

        model = self.places["model"]
        if isinstance(model, ModelPlace):
            self.commands.include(model.canvas.commands, lambda: self.place == "model")

    # ── palette ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_palette(self, text: str = "") -> None:
        from nnstudio.gui.palette import Palette

        if self._palette is None:
            self._palette = Palette(self, self._choices)
        self._palette.open(text)

    def _choices(self) -> list[Choice]:
        from nnstudio.gui.library.offered import offered, section, section_title
        from nnstudio.gui.library.panel import add_layer, layer_words
        from nnstudio.gui.palette import Choice
        from nnstudio.gui.places.start import open_example

        self.commands.refresh()
        choices = [
            Choice(
                command.title,
                command.shortcut,
                lambda id=command.id: self.commands.run(id),
                (command.words, command.id),
                command.icon,
                command.enabled(),
            )
            for command in self.commands
            if command.id != "help.palette"
        ]
        if self.place == "recipe":
            choices = [*self._recipe_choices(), *choices]
        for spec in offered(self.studio):
            title, words = tr("Add {layer}", layer=spec.title), layer_words(spec)
            choices.append(
                Choice(
                    title, section_title(section(spec)), lambda id=spec.id: add_layer(self.studio, id), words, "plus"
                )
            )
        for example in self.studio.registry.examples.values():
            title = tr("Open example {title}", title=example.title)
            choices.append(
                Choice(
                    title,
                    tr("Gallery"),
                    lambda id=example.id: open_example(self.studio, id),
                    (example.title,),
                    "graduation-cap",
                )
            )
        return choices

    def _recipe_choices(self) -> list[Choice]:
        """What the recipe can have more of."""
        from nnstudio.gui.places.recipe import RecipePlace

        place = self.places.get("recipe")
        return place.addable() if isinstance(place, RecipePlace) else []

    # ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def new_project(self) -> None:
        from nnstudio.project.project import Project

        self.studio.open_project(Project())
        self.show_place("model")

    def choose_file(self) -> None:
        """Qt's own file dialog, not blocking anything."""
        dialog = self._file_dialog(tr("Open a project"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._open_chosen)
        dialog.open()

    def open_file(self, path: Path) -> None:
        if self.studio.open(path):
            self.show_place("model")

    def _open_chosen(self, path: str) -> None:
        self.open_file(Path(path))

    def _save_chosen(self, path: str) -> None:
        self.studio.save(Path(path))

    def save(self) -> None:
        if self.studio.document.path is None:
            self.save_as()
        else:
            self.studio.save()

    def save_as(self) -> None:
        from nnstudio.gui.studio import file_name

        dialog = self._file_dialog(tr("Save the project"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("nns")
        dialog.selectFile(str(self.studio.document.path or f"{file_name(self.studio.project.name)}.nns"))
        dialog.fileSelected.connect(self._save_chosen)
        dialog.open()

    def export_python(self) -> None:
        """Model and training script, written by the engine into a folder."""
        dialog = QFileDialog(self, tr("Export Python code to a folder"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._export)
        dialog.open()

    def _export(self, folder: str) -> None:
        self.studio.export_python(Path(folder))

    def _file_dialog(self, title: str) -> QFileDialog:
        path = self.studio.document.path
        dialog = QFileDialog(self, title, str(path.parent if path else Path.cwd()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setNameFilter(tr("NNStudio projects ({pattern})", pattern=FILE_FILTER))
        return dialog

    # ── the window itself ─────────────────────────────────────────────────────────────────────────────────────────────

    def _run_changed(self) -> None:
        if self.studio.run.state == "starting":
            self.messages.outlive()

    def _show_title(self) -> None:
        document = self.studio.document
        mark = "*" if document.changed else ""
        self.setWindowTitle(f"{document.project.name}{mark} – NNStudio")

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _restore_geometry(self, settings: Settings | None) -> None:
        self.resize(1440, 900)
        if settings is not None and (kept := settings.get(WINDOW)):
            self.restoreGeometry(QByteArray.fromBase64(kept.encode()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._palette is not None:
            self._palette.hide()

    def focusNextPrevChild(self, next: bool) -> bool:
        return go_on(self, 1 if next else -1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc that nobody else wanted goes back to the canvas."""
        from nnstudio.gui.places.model import ModelPlace

        model = self.places.get(self.place)
        if event.key() == Qt.Key.Key_Escape and isinstance(model, ModelPlace):
            model.canvas.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.toLocalFile().endswith((".nns", BLOCK_SUFFIX)) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls()]
        for path in [path for path in paths if path.suffix == ".nns"][:1]:
            self.open_file(path)
        for path in [path for path in paths if path.suffix == BLOCK_SUFFIX]:
            from nnstudio.gui.library.kept import take_in

            take_in(self.studio, path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks nothing: what is not saved is in the autosave, and offered again at the next start."""
        from nnstudio.gui.places.model import ModelPlace

        self.studio.settings.set(WINDOW, bytes(self.saveGeometry().toBase64().data()).decode())
        model = self.places.get("model")
        if isinstance(model, ModelPlace):
            model.remember()
        self.hide()
        self.studio.close()
        event.accept()
