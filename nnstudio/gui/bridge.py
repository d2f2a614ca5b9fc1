"""From the engines' reader threads to the interface's thread."""

import logging
import threading

from PySide6.QtCore import QObject, Qt, Signal

from nnstudio.gui.inbox import Inbox

log = logging.getLogger(__name__)


class Bridge(QObject):
    """Runs what others put into the inbox, here, soon, in order. However much arrives, one wake-up is under way at a time."""

    _news = Signal()

    def __init__(self, inbox: Inbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._inbox = inbox
        self._lock = threading.Lock()
        self._woken = False
        self._news.connect(self._drain, Qt.ConnectionType.QueuedConnection)
        inbox.on_news(self._wake)

    def _wake(self) -> None:
        with self._lock:
            if self._woken:
                return
            self._woken = True
        self._news.emit()

    def _drain(self) -> None:
        with self._lock:
            self._woken = False
        for job in self._inbox.take_all():
            try:
                job()
            except Exception:
                log.exception("a message from an engine could not be handled")
