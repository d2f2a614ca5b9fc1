"""A preview that the engine works out in the background: asked again a moment after what it depends on has changed, never twice at once."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer

from nnstudio.gui.studio import Studio
from nnstudio.problems import Problem

AFTER_MS = 300


class Asker(QObject):
    """`soon()` after each change: what `wanted` gives as (key, request, value) is asked where the key is new; None: nothing to ask.

    `answered(answer)` and `failed(problems)` are called for the newest question alone; `working(bool)` says whether one is open.
    """

    def __init__(
        self,
        parent: QObject,
        studio: Studio,
        wanted: Callable[[], tuple[object, str, Mapping[str, Any]] | None],
        answered: Callable[[Any], None],
        failed: Callable[[tuple[Problem, ...]], None],
        working: Callable[[bool], None],
    ) -> None:
        super().__init__(parent)
        self._studio = studio
        self._wanted, self._answered, self._failed, self._working = wanted, answered, failed, working
        self._asked: object = None
        self._open = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(AFTER_MS)
        self._timer.timeout.connect(self._ask)
        studio.hello_changed.connect(self._renew)

    def soon(self) -> None:
        """Something has changed: ask, unless it is changing still."""
        wanted = self._wanted()
        if wanted is not None and wanted[0] != self._asked:
            self._working(True)
        self._timer.start()

    def forget(self) -> None:
        """What was answered holds no more."""
        self._asked = None

    def _renew(self) -> None:
        """Another engine is there; what the one before was asked is not answered any more."""
        self._open = False
        self.forget()
        self._timer.start()

    def _ask(self) -> None:
        wanted = self._wanted()
        if wanted is None or wanted[0] == self._asked or self._open:
            return  # an open question's answer asks again
        key, request, value = wanted
        self._asked, self._open = key, True
        self._studio.request(
            request,
            value,
            lambda answer: self._done(key, lambda: self._answered(answer)),
            lambda problems: self._done(key, lambda: self._failed(problems)),
        )

    def _done(self, key: object, tell: Callable[[], None]) -> None:
        self._open = False
        wanted = self._wanted()
        if wanted is not None and wanted[0] == key:
            self._working(False)
            tell()
        else:
            self._timer.start()
