"""What other threads are given is let go on this thread, and nothing that they do is lost."""

import gc
import threading
import weakref
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from nnstudio.gui.errands import Errand, Worker, let_go
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.project.edits import set_field
from nnstudio.project.project import Project

MANY = 300


class Held:
    """Says which thread let the last hold of it go."""

    def __init__(self, log: list[str]) -> None:
        weakref.finalize(self, lambda: log.append(threading.current_thread().name)).atexit = False

    def work(self) -> int:
        return 7

    def fail(self) -> int:
        mine = self  # a frame that holds it
        raise ValueError(f"{mine.work()}")


def drop_at_once(worker: Worker, log: list[str]) -> "list[Future[int]]":
    return [worker.do(held.work if number % 2 else held.fail) for number in range(MANY) if (held := Held(log))]


def test_the_thread_that_works_never_takes_anything_away() -> None:
    """However the two threads happen to meet: by the time that one looks, the other may be anywhere."""
    log: list[str] = []
    worker = Worker("elsewhere")
    futures = drop_at_once(worker, log)
    worker.close()
    assert [f.result() if f.exception() is None else str(f.exception()) for f in futures] == ["7", 7] * (MANY // 2)
    gc.collect()
    assert log == ["MainThread"] * MANY


def test_what_never_began_is_let_go_too() -> None:
    log: list[str] = []
    worker, gate = Worker("elsewhere"), threading.Event()
    first = worker.do(gate.wait)
    futures = drop_at_once(worker, log)
    worker.close(wait=False)
    assert all(future.cancelled() for future in futures)
    gate.set()
    first.result()
    let_go()
    assert log == ["MainThread"] * MANY


def test_an_errand_for_a_thread_of_its_own() -> None:
    log: list[str] = []
    thread = threading.Thread(target=Errand(Held(log).work), name="elsewhere")
    thread.start()
    thread.join()
    assert log == []
    let_go()
    assert log == ["MainThread"]


class Sender(QObject):
    said = Signal()


def test_projects_that_come_and_go_while_they_are_kept_never_stop_the_window(
    qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document was let go by the thread that had kept it, and PySide then waited for this one, which waited for Qt, for ever."""
    studio = Studio(settings=Settings(tmp_path / "settings.json"))
    log: list[str] = []
    for number in range(50):
        studio.open_project(Project(name=str(number)))
        document = studio.document
        weakref.finalize(document, lambda: log.append(threading.current_thread().name)).atexit = False
        sender = Sender(studio)
        sender.said.connect(document.end_merge)
        studio.do(set_field(studio.project, "project", "notes", "changed"))
        studio.autosaving.save()
        del document
    studio.close()
    assert set(log) == {"MainThread"} and len(log) == 49


def test_an_autosave_that_fails_is_said_once(qtbot, tmp_path: Path) -> None:
    blocked = tmp_path / "state"
    blocked.write_text("a file where a folder should be")
    studio = Studio(settings=Settings(tmp_path / "settings.json"), state=blocked)
    studio.open_project(Project())
    said: list[str] = []
    studio.message.connect(lambda text, _sort: said.append(text))
    studio.do(set_field(studio.project, "project", "notes", "changed"))
    for _ in range(4):
        studio.autosaving.save()
        studio.autosaving.wait()
    assert len(said) == 1 and "could not be autosaved" in said[0] and str(blocked) in said[0]
    studio.close()
