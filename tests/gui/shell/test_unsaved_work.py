"""A file is opened for which unsaved work is kept: a person is asked which to go on with, and nothing is lost before."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.gui.app import open_named
from nnstudio.gui.window import MainWindow
from nnstudio.project.autosave import recoverable
from nnstudio.project.edits import set_field
from nnstudio.project.file import read, write
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

START = Project("mine", Graph({"a": Node("a", "nnstudio.input")}))

EDIT_AND_WAIT = """
import sys
from pathlib import Path
from nnstudio.project.autosave import Autosave
from nnstudio.project.document import Document
from nnstudio.project.edits import set_field
from nnstudio.project.file import read

folder, path, notes = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
document = Document(read(path)[0], path)
document.do(set_field(document.project, "project", "notes", notes))
assert Autosave(document, folder).save() == ()
print("kept", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "r.nns"
    path.parent.mkdir()
    assert write(START, path) == ()
    return path


def killed(window: MainWindow, file: Path, notes: str) -> None:
    """A program that was killed after `notes` were written into the project, and before it was saved."""
    folder = window.studio.state_folder / "recovery"
    command = [sys.executable, "-c", EDIT_AND_WAIT, str(folder), str(file), notes]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "kept\n"
        child.kill()


def asked(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: bool(choices(window)), timeout=10_000)


def choices(window: MainWindow) -> list[str]:
    """What can be answered to the question that is asked."""
    bar = window.messages
    titles = [item.text() for item in bar.findChildren(QPushButton) if item.isVisibleTo(bar)]
    return [title for title in titles if title in {"Recover", "Keep the saved one"}] if bar.isVisible() else []


def answer(window: MainWindow, qtbot: QtBot, title: str) -> None:
    choice = [item for item in window.messages.findChildren(QPushButton) if item.text() == title][
        -1
    ]  # of this question
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)


def kept(window: MainWindow) -> list[str]:
    """The notes of what can be recovered, the newest first."""
    return [recovery.project.notes for recovery in recoverable(window.studio.state_folder / "recovery")]


def test_opening_the_file_of_a_killed_program_asks_and_recovers(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    killed(window, file, "not lost")
    window.open_file(file)
    asked(window, qtbot)
    assert "r.nns" in window.messages.text
    assert choices(window) == ["Recover", "Keep the saved one"]
    assert window.studio.project == START, "nothing was chosen yet"
    assert kept(window) == ["not lost"]
    answer(window, qtbot, "Recover")
    assert window.studio.project.notes == "not lost"
    assert window.studio.document.path == file
    assert window.studio.document.changed
    assert read(file)[0] == START, "the file is another matter"
    assert window.studio.save()
    window.studio.autosaving.wait()
    assert kept(window) == []


def test_the_saved_one_is_kept_when_that_is_chosen(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    killed(window, file, "older")
    killed(window, file, "newer")
    window.open_file(file)
    asked(window, qtbot)
    answer(window, qtbot, "Keep the saved one")
    assert kept(window) == ["older"], "of several each is asked about"
    answer(window, qtbot, "Keep the saved one")
    assert window.studio.project == START
    assert kept(window) == []


def by_argument(window: MainWindow, file: Path) -> None:
    assert open_named(window.studio, str(file))


def by_drop(window: MainWindow, file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(file))])
    buttons, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, buttons, none))


def by_recent(window: MainWindow, file: Path) -> None:
    window.studio.settings.add_recent(file)
    window.show_place("labs")
    lines = window.place_widget("labs").findChildren(QPushButton)
    next(line for line in lines if line.toolTip() == str(file)).click()


@pytest.mark.parametrize("way", [by_argument, by_drop, by_recent])
def test_however_it_is_opened_it_is_asked(
    window: MainWindow, file: Path, qtbot: QtBot, way: Callable[[MainWindow, Path], None]
) -> None:
    killed(window, file, "not lost")
    way(window, file)
    asked(window, qtbot)
    window.messages.hide()
    assert kept(window) == ["not lost"], "closing the question is no answer"


def test_what_this_very_window_left_unsaved_is_asked_about_too(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    window.open_file(file)
    window.studio.do(set_field(window.studio.project, "project", "notes", "left"))
    window.open_file(file)
    asked(window, qtbot)
    window.studio.do(set_field(window.studio.project, "project", "notes", "meanwhile"))
    answer(window, qtbot, "Recover")
    assert window.studio.project.notes == "left"
    window.studio.autosaving.wait()
    assert kept(window) == ["meanwhile"], "what was done before the answer is not lost either"


def test_a_spoilt_file_has_its_unsaved_work_offered(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    killed(window, file, "not lost")
    file.write_text("{")
    window.open_file(file)
    asked(window, qtbot)
    assert choices(window) == ["Recover"]
    answer(window, qtbot, "Recover")
    assert window.studio.project.notes == "not lost"
    assert window.place == "model"


def test_the_card_says_which_file(window: MainWindow, file: Path, qtbot: QtBot) -> None:
    killed(window, file, "not lost")
    window.show_place("labs")
    words = [item.text() for item in window.place_widget("labs").findChildren(QLabel)]
    assert any("r.nns" in text and "Kept" in text for text in words)
