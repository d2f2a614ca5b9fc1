"""Each command of the canvas has a key, stands in palette and cheat sheet, and does by its real key what it should: one step, outside and inside blocks."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from scenario import Before, Scenario
from scenarios import SCENARIOS

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.settings import REDUCED_MOTION, Settings
from nnstudio.gui.sheets import Overlay
from nnstudio.gui.shortcuts_sheet import Shortcuts
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.gui.window import MainWindow
from nnstudio.plugins import Plugins
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Block, Project


@pytest.fixture(scope="module")
def window(plugins: Plugins, tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Iterator[MainWindow]:
    theme.install(qapp)
    folder: Path = tmp_path_factory.mktemp("every")
    studio = Studio(plugins, settings=Settings(folder / "settings.json"))
    studio.settings.set(REDUCED_MOTION, True)
    window = MainWindow(studio)
    window.resize(1600, 1000)
    window.show()
    window.build()
    QTest.qWaitForWindowActive(window)
    yield window
    window.close()


def canvas_of(window: MainWindow) -> CanvasView:
    place = window.place_widget("model")
    assert isinstance(place, ModelPlace)
    return place.canvas


def opened(window: MainWindow, scenario: Scenario, *, within: bool) -> CanvasView:
    """The canvas with the scenario's graph on show: the project's own, or a block's, entered."""
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
    for sheet in window.findChildren(Overlay):
        sheet.close()
        QApplication.sendPostedEvents(sheet, QEvent.Type.DeferredDelete)
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    studio, graph, blocks = window.studio, scenario.graph(), dict(scenario.blocks())
    if within:
        around = Graph({"it1": Node("it1", "block:it")})
        studio.open_project(Project("Test", around, blocks={**blocks, "it": Block("it", "It", graph)}))
        assert studio.scope.enter("it1")
    else:
        studio.open_project(Project("Test", graph, blocks=blocks))
    view = canvas_of(window)
    QGuiApplication.clipboard().clear()
    view.input.pointer = None
    view.select_frames(())
    view.fit()
    view.setFocus()
    return view


def prepared(view: CanvasView, scenario: Scenario) -> Before:
    view.studio.select(scenario.select)
    view.select_wires(scenario.wires)
    scenario.prepare(view)
    view.setFocus()
    studio = view.studio
    here = studio.scope
    return Before(
        here.graph,
        studio.project,
        studio.selection,
        view.selected_slots(),
        view.camera,
        here.path,
        studio.document.undo_label,
    )


def press(view: CanvasView, keys: str) -> None:
    assert QApplication.focusWidget() is view
    QTest.keySequence(view, QKeySequence(keys))


def test_every_command_has_a_key_a_palette_entry_and_a_scenario(window: MainWindow) -> None:
    commands = list(canvas_of(window).commands)
    assert not [command.id for command in commands if not command.shortcuts], "without a key"
    offered = {choice.title for choice in window._choices()}
    assert not [command.id for command in commands if command.title not in offered], "not in the palette"
    sheet = Shortcuts(window.commands)
    assert not [command.id for command in commands if command.id not in sheet.rows], "not on the cheat sheet"
    assert {command.id for command in commands} == set(SCENARIOS), (
        "each command has its scenario, in the file of its family"
    )


def test_no_two_commands_share_a_key_and_none_a_title(window: MainWindow) -> None:
    keys = [QKeySequence(key).toString() for command in window.commands for key in command.shortcuts]
    assert len(keys) == len(set(keys)), sorted(key for key in keys if keys.count(key) > 1)
    titles = [command.title for command in canvas_of(window).commands]
    assert len(titles) == len(set(titles)), sorted(title for title in titles if titles.count(title) > 1)


@pytest.mark.parametrize("within", [False, True], ids=["outside", "within a block"])
@pytest.mark.parametrize("id", SCENARIOS)
def test_the_key_does_it(window: MainWindow, id: str, within: bool) -> None:
    scenario = SCENARIOS[id]
    view = opened(window, scenario, within=within)
    before = prepared(view, scenario)
    command = view.commands[id]
    assert command.enabled(), "it cannot be used here"
    with contextlib.suppress(ValueError, LookupError):  # of checks that look for what is not there yet
        assert not scenario.check(view, before), "it is so already"
    press(view, command.shortcuts[0])
    scenario.answer(view)
    assert scenario.check(view, before)
    if scenario.touches == "document":
        assert_one_step(window, view, before)
    else:
        assert view.studio.project == before.project and view.studio.document.undo_label == before.label
    if scenario.touches == "selection":
        assert (view.studio.selection, view.selected_slots()) != (before.selection, before.slots)
    if scenario.touches == "camera":
        assert view.camera != before.camera


def assert_one_step(window: MainWindow, view: CanvasView, before: Before) -> None:
    """Changed by one step: undone by its key to the very same project, redone to what it was."""
    after = view.studio.project
    assert after != before.project
    if view.studio.scope.block:
        assert after.graph == before.project.graph, "what is done inside a block is done there"
    view.setFocus()
    press(view, "Ctrl+Z")
    assert view.studio.project == before.project and view.studio.document.undo_label == before.label
    press(view, "Ctrl+Shift+Z")
    assert view.studio.project == after
    view.studio.undo()


def test_keys_of_the_canvas_do_not_fire_while_one_types(window: MainWindow) -> None:
    view = opened(window, SCENARIOS["canvas.delete"], within=False)
    view.studio.select(["relu1"])
    before = view.studio.project
    window.open_palette()
    assert window._palette is not None
    for letter in "xfrkmhzyw":
        QTest.keyClicks(window._palette.search, letter)
    assert window._palette.search.text() == "xfrkmhzyw" and view.studio.project == before
    window._palette.close_()
    assert QApplication.focusWidget() is view, "the focus comes back to the canvas"
