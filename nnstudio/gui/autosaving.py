"""When is the open project kept aside, and who hears that it could not be?"""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.gui.errands import Worker
from nnstudio.problems import Problem
from nnstudio.project.autosave import Autosave, Recovery
from nnstudio.project.document import Document

AUTOSAVE_MS = 1000


class Autosaving(QObject):
    """Once a second, on a thread of its own; free while nothing changed. folder: where to."""

    failed = Signal(tuple)  # of Problem: it cannot be done (a full disk), said once and not each second

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self._autosave: Autosave | None = None
        self._worker = Worker("nnstudio-autosave")
        self._under_way: list[Future[tuple[Problem, ...]]] = []
        self._said: tuple[Problem, ...] = ()
        self._beat = QTimer(self)
        self._beat.setInterval(AUTOSAVE_MS)
        self._beat.timeout.connect(self._mind)
        self._beat.start()
        self._prepare = QTimer(self)  # the first picture comes before
        self._prepare.setSingleShot(True)
        self._prepare.setInterval(AUTOSAVE_MS)
        self._prepare.timeout.connect(self.prepare)

    def opened(self, document: Document, recovered: Recovery | None = None) -> None:
        """Keep `document` from now on; the last one is left as it is, to be recovered. recovered: what `document` was made from."""
        if self._autosave is not None:
            self._do(self._autosave.leave)
        self._autosave = autosave = Autosave(document, self.folder)
        self._prepare.start()
        if recovered is not None:

            def replace() -> tuple[Problem, ...]:
                """The old one goes when the new one is there."""
                problems = autosave.save()
                if not problems:
                    recovered.discard()
                return problems

            self._do(replace)

    def save(self) -> None:
        if self._autosave is not None:
            self._do(self._autosave.save)

    def prepare(self) -> None:
        """Write out what is there: keeping the next change aside is then quick."""
        if self._autosave is not None:
            self._worker.do(self._autosave.prepare)

    def all_done(self) -> Future[int]:
        """Done when all is that was asked for until now."""
        return self._worker.do(int)

    def wait(self) -> None:
        """Until all that was asked for is done."""
        self.all_done().result()
        self._hear()

    def close(self) -> None:
        """Keep the last changes, and end."""
        self._beat.stop()
        self._prepare.stop()
        self.save()
        self._worker.close()

    def _do(self, work: Callable[[], tuple[Problem, ...]]) -> None:
        self._under_way.append(self._worker.do(work))

    def _mind(self) -> None:
        self._hear()
        self.save()

    def _hear(self) -> None:
        done = [future for future in self._under_way if future.done()]
        self._under_way = [future for future in self._under_way if future not in done]
        for future in done:
            problems = future.result()
            if problems != self._said:
                self._said = problems
                self.failed.emit(problems)
