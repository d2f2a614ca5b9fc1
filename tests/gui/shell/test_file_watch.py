"""Two windows on one file, and other programs that write it: a person is asked, and nothing is overwritten unseen."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.window import MainWindow
from nnstudio.project.edits import set_field
from nnstudio.project.file import read, write
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

START = Project("mine", Graph({"a": Node("a", "nnstudio.input")}))
THEIRS = replace(START, notes="theirs")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "project" / "mine.nns"
    path.parent.mkdir()
    assert write(START, path) == ()
    return path


@pytest.fixture
def opened(window: MainWindow, file: Path) -> MainWindow:
    window.open_file(file)
    return window


@pytest.fixture
def other(studio: Studio, tmp_path: Path) -> Iterator[Studio]:
    """Another window, as far as files go."""
    other = Studio(studio.plugins, settings=Settings(tmp_path / "other" / "settings.json"))
    yield other
    other.close()


def asked(window: MainWindow, qtbot: QtBot, *words: str) -> None:
    def seen() -> bool:
        return window.messages.isVisible() and all(word in window.messages.text for word in words)

    qtbot.waitUntil(seen, timeout=10_000)


def answer(window: MainWindow, qtbot: QtBot, title: str) -> None:
    choice = next(one for one in window.messages.findChildren(QPushButton) if one.text() == title)
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)
    assert not window.messages.isVisible()


def note(window: MainWindow, text: str) -> None:
    window.studio.do(set_field(window.studio.project, "project", "notes", text))


def test_both_windows_say_that_the_other_is_there(opened: MainWindow, other: Studio, file: Path, qtbot: QtBot) -> None:
    assert not opened.messages.isVisible()
    questions: list[object] = []
    other.asks.connect(questions.append)
    other.open(file)
    asked(opened, qtbot, "mine.nns", "another window")
    qtbot.waitUntil(lambda: len(questions) == 1, timeout=10_000)
    opened.messages.hide()
    opened.studio.file_watch.look()
    assert not opened.messages.isVisible(), "once is enough"


def test_one_window_alone_is_asked_nothing(opened: MainWindow, file: Path) -> None:
    note(opened, "mine")
    opened.save()
    opened.studio.file_watch.look()
    assert not opened.messages.isVisible()
    assert not opened.studio.document.changed
    opened.studio.close()
    assert list(file.parent.iterdir()) == [file], "no mark is left"


def test_a_change_from_outside_is_told_and_read_when_wanted(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    assert write(THEIRS, file) == ()
    asked(opened, qtbot, "mine.nns", "changed")
    assert opened.studio.project == START
    answer(opened, qtbot, "Reload")
    assert opened.studio.project == THEIRS
    assert not opened.studio.document.changed


def test_keeping_mine_is_something_to_save(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    assert write(THEIRS, file) == ()
    asked(opened, qtbot, "changed")
    answer(opened, qtbot, "Keep mine")
    assert opened.studio.document.changed
    opened.save()
    assert read(file)[0] == START
    assert not opened.studio.document.changed


def test_saving_over_what_others_wrote_asks_first(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    note(opened, "mine")
    assert write(THEIRS, file) == ()
    opened.save()  # before anyone could notice
    assert opened.messages.isVisible()
    assert "not saved" in opened.messages.text
    assert read(file)[0] == THEIRS
    assert opened.studio.document.changed
    opened.save()
    assert read(file)[0] == THEIRS, "asking twice is no consent"
    answer(opened, qtbot, "Overwrite it")
    saved = read(file)[0]
    assert saved is not None
    assert saved.notes == "mine"
    assert not opened.studio.document.changed
    note(opened, "later")
    opened.save()
    assert not opened.messages.isVisible()


def test_two_versions_can_be_compared(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    note(opened, "mine")
    assert write(THEIRS, file) == ()
    asked(opened, qtbot, "changed")
    choice = next(one for one in opened.messages.findChildren(QPushButton) if one.text() == "Compare")
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton)
    asked(opened, qtbot, "notes differs")
    answer(opened, qtbot, "Reload")
    assert opened.studio.project == THEIRS


def test_a_deleted_file_is_written_again(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    file.unlink()
    asked(opened, qtbot, "deleted")
    assert opened.studio.document.changed
    opened.save()
    assert read(file)[0] == START


@pytest.fixture
def another(file: Path) -> Path:
    path = file.with_name("another.nns")
    assert write(replace(START, name="another"), path) == ()
    return path


def buttons(window: MainWindow) -> list[QPushButton]:
    return [one for one in window.messages.findChildren(QPushButton) if one.text()]


@pytest.mark.parametrize("saving", [False, True])
def test_a_question_about_a_file_goes_with_it(
    opened: MainWindow, file: Path, another: Path, saving: bool, qtbot: QtBot
) -> None:
    """And none of its buttons, were it pressed all the same, touches what is open by then, or the file it was about."""
    note(opened, "mine")
    assert write(THEIRS, file) == ()
    if saving:
        opened.save()
    asked(opened, qtbot, "mine.nns", "changed")
    pressed = buttons(opened)
    assert len(pressed) >= 3
    opened.open_file(another)
    assert not opened.messages.isVisible()
    project, theirs = opened.studio.project, another.read_bytes()
    for button in pressed:
        button.click()
        assert opened.studio.project == project and opened.studio.document.path == another
        assert not opened.studio.document.changed and not opened.messages.isVisible()
    assert another.read_bytes() == theirs and read(file)[0] == THEIRS


def test_a_new_project_is_asked_nothing_of_the_old_file(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    assert write(THEIRS, file) == ()
    asked(opened, qtbot, "changed")
    (reload,) = [button for button in buttons(opened) if button.text() == "Reload"]
    opened.new_project()
    note(opened, "a day's work")
    assert not opened.messages.isVisible()
    reload.click()
    assert opened.studio.project.notes == "a day's work" and opened.studio.document.path is None


def test_saving_elsewhere_settles_the_question(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    assert write(THEIRS, file) == ()
    asked(opened, qtbot, "changed")
    assert opened.studio.save(file.with_name("third.nns"))
    assert not opened.messages.isVisible()
    assert read(file)[0] == THEIRS


def test_a_deleted_file_that_was_saved_again_is_deleted_no_more(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    file.unlink()
    asked(opened, qtbot, "deleted")
    opened.save()
    assert not opened.messages.isVisible()


def test_warnings_go_with_their_project(opened: MainWindow, another: Path) -> None:
    opened.studio.message.emit("Block 'cell' cannot hold itself.", "warning")
    assert opened.messages.isVisible()
    opened.open_file(another)
    assert not opened.messages.isVisible()
    opened.studio.message.emit("The graph has a cycle.", "error")
    opened.open_file(another.with_name("missing.nns"))
    assert "missing" in opened.messages.text and opened.messages.isVisible(), "what could not be opened is said"


def test_touching_is_not_changing(opened: MainWindow, file: Path, qtbot: QtBot) -> None:
    file.write_bytes(file.read_bytes() + b"\n")
    qtbot.wait(600)
    assert not opened.messages.isVisible()
    note(opened, "mine")
    opened.save()
    assert not opened.studio.document.changed


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="no folder is read-only there")
def test_a_read_only_folder_is_no_reason_to_complain(window: MainWindow, file: Path) -> None:
    file.parent.chmod(0o500)
    try:
        window.open_file(file)
        window.studio.file_watch.look()
        assert not window.messages.isVisible()
        assert list(file.parent.iterdir()) == [file]
    finally:
        file.parent.chmod(0o700)


def test_without_a_place_for_a_mark_all_goes_on(
    window: MainWindow, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a read-only folder, for whoever may write everywhere."""
    write_bytes: Callable[[Path, bytes], int] = Path.write_bytes

    def refuse(path: Path, content: bytes) -> int:
        if path.suffix == ".open":
            raise PermissionError(13, "Permission denied")
        return write_bytes(path, content)

    monkeypatch.setattr(Path, "write_bytes", refuse)
    window.open_file(file)
    window.studio.file_watch.look()
    assert not window.messages.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert list(file.parent.iterdir()) == [file]
