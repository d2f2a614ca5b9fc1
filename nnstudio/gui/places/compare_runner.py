"""A comparison under way, beside the window: a thread conducts, news come to the interface's thread. Nothing here blocks."""

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.comparison.conduct import Conductor, Pool, ensembles
from nnstudio.comparison.plan import Comparison
from nnstudio.comparison.report import write_report
from nnstudio.comparison.results import Results
from nnstudio.gui.bridge import Bridge
from nnstudio.gui.errands import Errand
from nnstudio.gui.inbox import Inbox
from nnstudio.problems import NNStudioError, Problem
from nnstudio.registry import Registry

NEWS_MS = 150
"""The chart is drawn anew at most so often."""


class CompareRunner(QObject):
    """One comparison at a time. `news`: there is more to see in `results`; `finished`: it is over (the report is at `report`, or `problems` say why not)."""

    news = Signal()
    finished = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results: Results | None = None
        self.report: Path | None = None
        self.problems: tuple[Problem, ...] = ()
        self.going = False
        self._conductor: Conductor | None = None
        self._inbox = Inbox()
        self._bridge = Bridge(self._inbox, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NEWS_MS)
        self._timer.timeout.connect(self._tell)

    def start(
        self,
        comparison: Comparison,
        registry: Registry,
        folder: Path,
        *,
        engines: int | None = None,
        plugin_arguments: Sequence[str] = (),
    ) -> None:
        """Begin, or go on with what the folder holds."""
        if self.going:
            return
        self.going, self.results, self.report, self.problems = True, None, None, ()

        def work() -> None:
            with Pool(engines, plugin_arguments) as pool:
                conductor = Conductor(comparison, registry, folder, pool)
                self._inbox.put(lambda: self._begun(conductor))
                for _ in conductor.run():
                    self._inbox.put(self._heard)
                results = conductor.results
                joined: Mapping[int, Any] = {} if conductor.cancelled else ensembles(results, pool)
                page = write_report(results, folder, ensembles=joined)
            self._inbox.put(lambda: self._over(results, page, ()))

        def guarded() -> None:
            try:
                work()
            except NNStudioError as error:
                problems = error.problems
                self._inbox.put(lambda: self._over(None, None, problems))
            except Exception as error:
                logging.getLogger(__name__).exception("a comparison failed")
                problem = Problem("compare.failed", f"The comparison failed: {error}", place="run")
                self._inbox.put(lambda: self._over(None, None, (problem,)))

        threading.Thread(target=Errand(guarded), name="nnstudio compare", daemon=True).start()

    def cancel(self) -> None:
        """Stop what trains; it is kept, and can be gone on with."""
        if self._conductor is not None:
            self._conductor.cancel()

    def _begun(self, conductor: Conductor) -> None:
        self._conductor = conductor
        self._heard()

    def _heard(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _tell(self) -> None:
        if self._conductor is not None:
            self.results = self._conductor.results
            self.news.emit()

    def _over(self, results: Results | None, page: Path | None, problems: tuple[Problem, ...]) -> None:
        self._timer.stop()
        self.going, self._conductor = False, None
        self.results, self.report, self.problems = results or self.results, page, problems
        self.news.emit()
        self.finished.emit()
