"""The window: places, panels, commands, palette, messages; every change of look or state without an exception."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from nnstudio.events import Finished, RunStarted, Steps
from nnstudio.gui.fuzzy import rank, score
from nnstudio.gui.places.model import PANELS, ModelPlace
from nnstudio.gui.places.start import ProjectCard, StartPlace
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.run_progress import progress_text
from nnstudio.gui.settings import SHOWN_PANELS
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.skeleton import PLACES
from nnstudio.gui.theme import theme
from nnstudio.gui.top_bar import NameField
from nnstudio.gui.window import MainWindow
from nnstudio.plan import Code
from nnstudio.problems import Fix, Problem
from nnstudio.project.autosave import Autosave
from nnstudio.project.document import Document
from nnstudio.project.edits import set_field
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project


def model(window: MainWindow) -> ModelPlace:
    place = window.place_widget("model")
    assert isinstance(place, ModelPlace)
    return place


def small() -> Project:
    return Project("Small", Graph({"linear1": Node("linear1", "torch.linear"), "relu1": Node("relu1", "torch.relu")}))


# ── commands ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_two_commands_share_a_key(window: MainWindow) -> None:
    keys = [key for command in window.commands for key in command.shortcuts]
    assert len(keys) == len(set(keys))


def test_each_command_stands_in_the_menu(window: MainWindow) -> None:
    menu = window.commands.menu(window)
    titles = [action.text() for submenu in menu.actions() for action in submenu.menu().actions()]  # pyright: ignore
    assert sorted(titles) == sorted(command.title for command in window.commands)


@pytest.mark.parametrize("place", PLACES)
def test_every_place_opens_by_its_key(window: MainWindow, qtbot: QtBot, place: str) -> None:
    window.studio.open_example("xor")
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key(Qt.Key.Key_1 + PLACES.index(place)), Qt.KeyboardModifier.ControlModifier)
    assert window.place == place
    assert window.places[place].isVisible()


@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_is_hidden_and_shown_by_its_key_and_remembered(window: MainWindow, qtbot: QtBot, panel: str) -> None:
    place = model(window)
    window.activateWindow()
    before = place.shown(panel)
    key = window.commands[f"view.{panel}"].shortcuts[0]
    qtbot.keyClick(window, Qt.Key(ord(key)))
    assert place.shown(panel) is not before
    assert (panel in window.studio.settings.get(SHOWN_PANELS)) is not before
    qtbot.keyClick(window, Qt.Key(ord(key)))
    assert place.shown(panel) is before


def test_a_letter_typed_into_a_field_is_no_command(window: MainWindow, qtbot: QtBot) -> None:
    place = model(window)
    window.activateWindow()
    place.library.search.setFocus()
    qtbot.keyClicks(place.library.search, "di")
    assert place.library.search.text() == "di"
    assert place.shown("dashboard")
    assert place.shown("inspector")


def test_undo_and_redo_by_keys(window: MainWindow, qtbot: QtBot) -> None:
    studio = window.studio
    studio.open_project(small())
    studio.do(set_field(studio.project, "recipe", "epochs", 33))
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert studio.project.recipe.epochs == 10
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert studio.project.recipe.epochs == 33


def test_commands_know_when_they_can_be_used(window: MainWindow) -> None:
    commands = window.commands
    window.studio.open_project(Project())
    assert not commands.action("run.train").isEnabled()
    assert not commands.action("edit.undo").isEnabled()
    window.studio.open_project(small())
    assert commands.action("run.train").isEnabled()
    assert not commands.action("run.stop").isEnabled()


def test_the_palette_finds_and_runs(window: MainWindow, qtbot: QtBot) -> None:
    studio = window.studio
    studio.open_project(small())
    window.activateWindow()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert window._palette is not None
    search = window._palette.search
    qtbot.keyClicks(search, "add batch norm")
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert not window._palette.isVisible()
    assert len(studio.project.graph.nodes) == 3


def test_the_palette_closes_without_doing_anything(window: MainWindow, qtbot: QtBot) -> None:
    window.open_palette("train")
    assert window._palette is not None
    qtbot.keyClick(window._palette.search, Qt.Key.Key_Escape)
    assert not window._palette.isVisible()
    assert window.studio.run.state == "idle"


@pytest.mark.parametrize("sheet", ["help.shortcuts", "help.plugins", "help.messages", "help.about"])
def test_sheets_open_and_close(window: MainWindow, qtbot: QtBot, sheet: str) -> None:
    window.commands.run(sheet)
    found = window.findChildren(Sheet)
    assert len(found) == 1
    qtbot.keyClick(found[0], Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not window.findChildren(Sheet))


def test_theme_switches_live(window: MainWindow) -> None:
    window.studio.open_example("xor")
    for place in PLACES:
        window.show_place(place)
    before = theme.dark
    window.commands.run("view.theme")
    assert theme.dark is not before
    window.grab()
    window.commands.run("view.theme")
    assert theme.dark is before


class Windows(QObject):
    """Notes every widget that is shown as a window."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self.shown: list[QObject] = []
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def test_no_part_is_a_window_of_its_own_not_even_for_a_moment(
    window: MainWindow, qapp: QApplication, qtbot: QtBot
) -> None:
    """A widget shown before it has a parent flashes, and takes the keyboard away."""
    windows = Windows(qapp)
    studio = window.studio
    studio.open_example("fashion_mnist_lenet")
    for place in PLACES:
        window.show_place(place)
    window.show_place("model")
    for id in studio.project.graph.nodes:
        studio.select([id])
        qapp.processEvents()
    studio.select(list(studio.project.graph.nodes))
    studio.problems = (Problem("x", "Wrong.", node="conv1", fix=Fix("Mend", "set_param")),)
    studio.problems_changed.emit()
    for panel in PANELS:
        model(window).toggle(panel)
    qapp.processEvents()
    qapp.removeEventFilter(windows)
    assert windows.shown == []


# ── top bar and messages ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_top_bar_tells_the_run(window: MainWindow, bench: Any, qtbot: QtBot) -> None:
    studio = window.studio
    studio.open_project(small())
    assert progress_text(studio).startswith("10 epochs")
    qtbot.mouseClick(window.top_bar.train_button, Qt.MouseButton.LeftButton)
    assert studio.run.state == "starting"
    bench.trainer.event(RunStarted("r", "", "cpu", 10, 50))
    bench.trainer.event(Steps(0, {"loss": np.ones(60)}, 0.1, 1234.0))
    qtbot.waitUntil(lambda: studio.run.state == "running" and studio.run.history.step == 60)
    text = progress_text(studio)
    assert "epoch 1 / 10" in text
    assert "1\N{THIN SPACE}234 step/s" in text
    bench.trainer.event(Finished("done", 500, 9, {}, 2.0))
    qtbot.waitUntil(lambda: studio.run.state == "done")
    assert window.top_bar.train_button.isEnabled()


@pytest.mark.parametrize(
    ("reason", "words"), [("done", "done in"), ("early", "stopped early"), ("stopped", "stopped at step")]
)
def test_however_a_run_ends_the_top_bar_has_words_for_it(
    window: MainWindow, bench: Any, qtbot: QtBot, reason: Any, words: str
) -> None:
    studio = window.studio
    studio.open_project(small())
    qtbot.mouseClick(window.top_bar.train_button, Qt.MouseButton.LeftButton)
    bench.trainer.event(RunStarted("r", "", "cpu", 10, 50))
    bench.trainer.event(Finished(reason, 500, 9, {}, 2.0))
    qtbot.waitUntil(lambda: studio.run.state == reason)
    assert words in progress_text(studio)
    assert window.top_bar.train_button.isEnabled()


def test_the_project_is_renamed_where_its_name_stands(window: MainWindow, qtbot: QtBot) -> None:
    window.studio.open_project(small())
    field = window.top_bar.findChild(NameField)
    assert isinstance(field, QLineEdit)
    window.activateWindow()
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "Renamed")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert window.studio.project.name == "Renamed"
    assert window.windowTitle().startswith("Renamed*")
    window.studio.undo()
    assert field.text() == "Small"


def test_errors_are_said_in_the_window_not_in_a_dialog(window: MainWindow, tmp_path: Path) -> None:
    file = tmp_path / "broken.nns"
    file.write_text("no json")
    window.open_file(file)
    assert window.messages.isVisible()
    assert "broken.nns" in window.messages.text


# ── start ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def start(window: MainWindow) -> StartPlace:
    window.show_place("labs")
    place = window.place_widget("labs")
    assert isinstance(place, StartPlace)
    return place


def test_a_card_of_the_gallery_opens_its_project(window: MainWindow, qtbot: QtBot) -> None:
    cards = start(window).findChildren(ProjectCard)
    assert len(cards) == len(window.studio.registry.examples)
    xor = next(card for card in cards if card.accessibleName() == "XOR")
    qtbot.mouseClick(xor, Qt.MouseButton.LeftButton)
    assert window.studio.project.name == "XOR"
    assert window.place == "model"


def test_unsaved_work_of_a_dead_program_is_offered(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = Document(Project("Lost"))
    autosave = Autosave(document, window.studio.state_folder / "recovery")
    document.do(set_field(document.project, "project", "notes", "not lost"))
    assert autosave.save() == ()
    monkeypatch.setattr("nnstudio.project.autosave.is_alive", lambda process: False)
    recover = [item for item in start(window).findChildren(QPushButton) if item.text() == "Recover"]
    qtbot.mouseClick(recover[0], Qt.MouseButton.LeftButton)
    assert window.studio.project.notes == "not lost"
    assert window.studio.document.changed
    assert window.place == "model"


# ── code and problems ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_code_marks_the_selected_node_and_a_line_selects_its_node(window: MainWindow, qtbot: QtBot) -> None:
    studio, place = window.studio, model(window)
    studio.open_project(small())
    place.toggle("code")
    studio.code = Code("import torch\n\nfc = Linear(3)\nx = relu(x)\n", {"linear1": (3,), "relu1": (4,)})
    studio.plan_changed.emit()
    view = place.code.view
    assert "Linear(3)" in view.toPlainText()
    studio.select(["linear1"])
    assert [mark.cursor.blockNumber() for mark in view.extraSelections()] == [2]  # pyright: ignore
    window.activateWindow()
    view.setFocus()
    block = view.document().findBlockByNumber(3)
    line = view.blockBoundingGeometry(block).translated(view.contentOffset()).toRect()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=line.topLeft() + QPoint(20, 5))
    qtbot.waitUntil(lambda: studio.selection == ("relu1",))


def test_a_problem_leads_to_its_node_and_its_cure(window: MainWindow, qtbot: QtBot) -> None:
    studio, place = window.studio, model(window)
    studio.open_project(small())
    place.toggle("problems")
    fix = Fix("Use 10", "set_param", node="linear1", param="out_features", value=10)
    studio.problems = (Problem("param.invalid", "It is wrong.", remedy="Use 10.", node="linear1", fix=fix),)
    studio.problems_changed.emit()
    cure = next(item for item in place.problems.findChildren(QPushButton) if item.text() == "Use 10")
    window.show_place("recipe")
    card = place.problems.findChildren(ProblemCard)[0]
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    assert window.place == "model"
    assert studio.selection == ("linear1",)
    qtbot.mouseClick(cure, Qt.MouseButton.LeftButton)
    assert studio.project.graph.nodes["linear1"].params == {"out_features": 10}


# ── fuzzy search ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_search_prefers_beginnings_and_words() -> None:
    names = ["Transposed conv", "Conv 2d", "Convolution of everything", "Batch norm", "Flatten"]
    assert rank("conv", names, lambda name: (name,))[0] == "Conv 2d"
    assert rank("bn", names, lambda name: (name,))[0] == "Batch norm"
    assert rank("zzz", names, lambda name: (name,)) == []
    assert rank("", names, lambda name: (name,)) == names
    assert score("flt", "Flatten") is not None
