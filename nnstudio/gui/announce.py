"""What the eye notices by itself and a screen reader would not say: news of the window, and the current row of a list that one types beside."""

from PySide6.QtCore import QModelIndex, QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QAbstractItemView, QWidget

from nnstudio.gui.file_watch import Question
from nnstudio.gui.run_progress import progress_text
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr

TOLD = frozenset({"running", "paused", "done", "early", "stopped", "failed", "crashed"})
"""States of a run that begin something or end it."""


def announce(widget: QWidget, text: str, *, urgent: bool = False) -> None:
    """Have `text` read in the name of `widget`, at once where it is urgent; the focus stays where it is."""
    event = QAccessibleAnnouncementEvent(widget, text)
    if urgent:
        event.setPoliteness(QAccessible.AnnouncementPoliteness.Assertive)
    QAccessible.updateAccessibility(event)


class WindowNews(QObject):
    """Messages and questions, what becomes of the run, and which level of the network is on show."""

    def __init__(self, window: QWidget, studio: Studio) -> None:
        super().__init__(window)
        self._window, self._studio = window, studio
        studio.message.connect(self._message)
        studio.asks.connect(self._question)
        studio.run.state_changed.connect(self._run)
        studio.apart.changed.connect(self._apart)
        studio.scope.changed.connect(self._level)

    def _message(self, text: str, severity: str) -> None:
        announce(self._window, text, urgent=severity == "error")

    def _question(self, question: Question) -> None:
        titles = ", ".join(choice.title for choice in question.choices)
        announce(self._window, tr("{question} To choose from: {titles}", question=question.text, titles=titles))

    def _run(self) -> None:
        if self._studio.run.state in TOLD:
            announce(self._window, tr("Training: {state}", state=progress_text(self._studio)))

    def _apart(self) -> None:
        if words := self._studio.apart.words:
            announce(self._window, words)

    def _level(self) -> None:
        announce(self._window, level_words(self._studio))


def level_words(studio: Studio) -> str:
    """Where one is: `Inside Residual block`, or in the network itself."""
    block = studio.project.blocks.get(studio.scope.block)
    return tr("Inside {block}", block=block.title) if block is not None else tr("The whole network")


def tell_current(view: QAbstractItemView, field: QWidget, nothing: str) -> None:
    """The current row of `view` is read while the focus is in `field`; `nothing`: what is said where there are no rows."""
    model = view.model()

    def current(index: QModelIndex) -> None:
        if index.isValid() and field.isVisible():
            spoken = index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data()
            place = tr("{at} of {count}", at=index.row() + 1, count=model.rowCount())
            announce(field, f"{spoken}, {place}")

    def filled() -> None:
        if not model.rowCount() and field.isVisible():
            announce(field, nothing)

    view.selectionModel().currentChanged.connect(current)
    model.modelReset.connect(filled)
