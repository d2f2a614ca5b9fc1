"""What was not saved is found again after a crash, and only then."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from nnstudio.project import edits
from nnstudio.project.autosave import Autosave, recoverable, recovery_folder
from nnstudio.project.document import Document
from nnstudio.project.file import read, write
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Project

START = Project("mine", Graph({"a": Node("a", "nnstudio.input")}))

WORKER = """
import sys
from pathlib import Path
from nnstudio.project import edits
from nnstudio.project.autosave import Autosave
from nnstudio.project.document import Document
from nnstudio.project.file import read

folder, path = Path(sys.argv[1]), Path(sys.argv[2])
document = Document(read(path)[0], path)
autosave = Autosave(document, folder)
for number in range(3):
    document.do(edits.rename(document.project, "a", f"name {number}"))
    document.end_merge()
    assert autosave.save() == ()
print("ready", flush=True)
sys.stdin.readline()
autosave.discard()
"""


def worker(folder: Path, path: Path) -> subprocess.Popen[str]:
    """A program that has edited the project at `path` and not saved it; a line to it closes it in good order."""
    command = [sys.executable, "-c", WORKER, str(folder), str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "mine.nns"
    assert write(START, path) == ()
    return path


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_a_killed_program_loses_nothing(tmp_path: Path, saved: Path) -> None:
    folder = tmp_path / "recovery"
    with worker(folder, saved) as process:
        assert recoverable(folder) == [], "it still runs"
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=30)
        assert process.returncode == -signal.SIGKILL
    (recovery,) = recoverable(folder)
    assert recovery.name == "mine"
    assert recovery.path == saved
    assert recovery.project.graph.nodes["a"].name == "name 2"
    assert read(saved)[0] == START, "the file itself is as it was saved"
    document = recovery.document()
    assert document.changed
    assert document.path == saved
    recovery.discard()
    assert recoverable(folder) == []


def test_a_program_that_closed_leaves_nothing(tmp_path: Path, saved: Path) -> None:
    folder = tmp_path / "recovery"
    with worker(folder, saved) as process:
        process.communicate("close\n", timeout=60)
    assert process.returncode == 0
    assert list(folder.iterdir()) == []


def test_a_number_given_to_another_program_does_not_hide_a_recovery(tmp_path: Path) -> None:
    document = Document(START)
    document.do(edits.rename(START, "a", "new"))
    autosave = Autosave(document, tmp_path)
    assert autosave.save() == ()
    assert recoverable(tmp_path) == [], "this program still runs"
    value = json.loads(autosave.file.read_text())
    value["process"]["started"] = "another boot:1"  # the same number, another program
    autosave.file.write_text(json.dumps(value))
    (recovery,) = recoverable(tmp_path)
    assert recovery.path is None
    assert recovery.document().changed


def test_what_is_put_aside_unsaved_can_be_recovered_at_once(tmp_path: Path, saved: Path) -> None:
    document = Document(START, saved)
    autosave = Autosave(document, tmp_path / "recovery")
    assert autosave.leave() == ()
    assert recoverable(tmp_path / "recovery") == [], "nothing was changed"
    document.do(edits.rename(START, "a", "new"))
    autosave.save()
    assert recoverable(tmp_path / "recovery") == []
    assert autosave.leave() == ()
    (recovery,) = recoverable(tmp_path / "recovery")
    assert recovery.project == document.project


def test_the_newest_comes_first(tmp_path: Path) -> None:
    for name, when in (("old", 1.0), ("newest", 3.0), ("middle", 2.0)):
        document = Document(START)
        document.do(edits.set_field(START, "project", "name", name))
        autosave = Autosave(document, tmp_path)
        autosave.save()
        value = json.loads(autosave.file.read_text())
        value["process"]["pid"] = 2**22 + 1  # above what Linux gives out
        autosave.file.write_text(json.dumps({**value, "saved": when}))
    assert [recovery.name for recovery in recoverable(tmp_path)] == ["newest", "middle", "old"]


def test_it_is_there_only_while_there_is_something_to_lose(tmp_path: Path, saved: Path) -> None:
    document = Document(START, saved)
    autosave = Autosave(document, tmp_path / "recovery")
    assert autosave.save() == ()
    assert not autosave.file.exists(), "nothing was changed"
    document.do(edits.rename(START, "a", "new"))
    autosave.save()
    first = autosave.file.stat()
    autosave.save()
    assert autosave.file.stat().st_ino == first.st_ino, "nothing new: nothing is written"
    write(document.project, saved)
    document.mark_saved(saved)
    autosave.save()
    assert not autosave.file.exists(), "it is saved"
    document.undo()
    autosave.save()
    assert autosave.file.exists()


def test_a_folder_that_cannot_be_written_is_a_warning(tmp_path: Path) -> None:
    (tmp_path / "recovery").write_text("a file where the folder should be")
    document = Document(START)
    document.do(edits.rename(START, "a", "new"))
    (problem,) = Autosave(document, tmp_path / "recovery").save()
    assert problem.code == "file.autosave"
    assert problem.severity == "warning"
    assert "mine" in problem.message


def test_junk_in_the_folder_is_passed_over(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"\xff\xfe", b"[]", b"{}", b'{"process": {"pid": -1}, "project": 3}')):
        (tmp_path / f"{number}.recovery").write_bytes(content)
    assert recoverable(tmp_path) == []
    assert recoverable(tmp_path / "none") == []


def test_the_folder_is_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert recovery_folder() == tmp_path / "nnstudio" / "recovery"
    assert os.fspath(recovery_folder()).endswith("recovery")
