"""What must be said once, in a line under the top bar: a file that would not save, an engine that died. Never a dialog."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from nnstudio.gui.problems_panel import SIGNS
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import icon_button, label, row, set_property
from nnstudio.problems import Severity

INFO_MS = 6000


class MessageBar(QFrame):
    """Shows the newest message; information goes by itself, errors stay until they are closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "message")
        self._sign = QLabel()
        self._text = label("", wrap=True, select=True)
        self._severity = Severity.INFO
        layout = row(self, self._sign, self._text, icon_button("x", tr("Close"), self.hide, role="bare"))
        layout.setStretch(1, 1)
        layout.setContentsMargins(
            theme.size("space_l"), theme.size("space_xs"), theme.size("space_s"), theme.size("space_xs")
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        theme.changed.connect(self._dress)
        self.hide()

    def say(self, text: str, severity: str = "info") -> None:
        self._severity = Severity(severity)
        self._text.setText(text)
        self._dress()
        self.show()
        if self._severity is Severity.INFO:
            self._timer.start(INFO_MS)
        else:
            self._timer.stop()

    @property
    def text(self) -> str:
        return self._text.text()

    def _dress(self) -> None:
        icon, token = SIGNS[self._severity]
        self._sign.setPixmap(theme.pixmap(icon, token))
        set_property(self, "severity", str(self._severity))
