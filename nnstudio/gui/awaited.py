"""Are the figures on show those of the network as it is? After an edit they are the old ones until the engine has answered."""

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.gui.text import tr

BLINK_MS = 150
"""An answer within this time is as good as at once: nothing is said, and nothing flickers."""


class Awaited(QObject):
    """late: the answer to an edit takes longer than a blink, or does not come at all: what is shown is from before the last change."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.late = False
        self._lost = False
        self._blink = QTimer(self)
        self._blink.setSingleShot(True)
        self._blink.setInterval(BLINK_MS)
        self._blink.timeout.connect(self._say)

    def edited(self) -> None:
        """What is shown is the old from now on."""
        if self._lost:
            self._lost = False
            self.changed.emit()
        if not self.late and not self._blink.isActive():
            self._blink.start()

    def answered(self, *, last: bool) -> None:
        """An answer is there; last: to the newest edit. To an earlier one: its figures are hardly older than a blink themselves."""
        self._blink.stop()
        if not last:
            self.edited()
        elif self.late:
            self.late = False
            self.changed.emit()

    def lost(self) -> None:
        """No answer will come: who was asked is gone."""
        self._blink.stop()
        self.late = self._lost = True
        self.changed.emit()

    def _say(self) -> None:
        self.late = True
        self.changed.emit()

    @property
    def words(self) -> str:
        """For tooltips and for whoever does not see the picture; "" where the figures are the present ones."""
        if self._lost:
            return tr("not worked out anew since the last change: the engine ended; the next change asks again")
        return tr("not worked out anew since the last change") if self.late else ""
