"""Cycles with Qt objects in them are taken away on the thread of the windows, whoever allocates."""

import gc
import threading

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from nnstudio.gui.garbage import MainThreadGarbage


class Held(QObject):
    """In a cycle with itself; notes who takes it away."""

    def __init__(self, taken_by: list[int]) -> None:
        super().__init__()
        self.me, self.taken_by = self, taken_by

    def __del__(self) -> None:
        self.taken_by.append(threading.get_ident())


def test_another_thread_that_allocates_collects_nothing(qtbot: QtBot) -> None:
    keeper = MainThreadGarbage()
    taken_by: list[int] = []
    for _ in range(20):
        Held(taken_by)

    def allocate() -> None:
        kept = [[index] for index in range(200_000)]
        assert len(kept) == 200_000

    other = threading.Thread(target=allocate)
    other.start()
    other.join()
    assert not taken_by
    for _ in range(40):
        keeper.look()
        _kept = [[index] for index in range(1000)]
    assert len(taken_by) == 20 and set(taken_by) == {threading.get_ident()}
    assert not gc.isenabled()
