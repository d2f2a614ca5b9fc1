"""What must be said once, in a line under the top bar: a file that would not save, an engine that died. Never a dialog."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from nnstudio.gui.file_watch import Choice, Question
from nnstudio.gui.problems_panel import SIGNS
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, icon_button, label, row, set_property
from nnstudio.problems import Severity

INFO_MS = 6000


class MessageBar(QFrame):
    """Shows the newest message or question; information goes by itself, errors and questions stay until they are closed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "message")
        self._sign = QLabel()
        self._text = label("", wrap=True, select=True)
        self._severity = Severity.INFO
        self._choices = row(None, gap="space_s")
        self._question: Question | None = None  # the one on show
        close = icon_button("x", tr("Close"), self.hide, role="bare")
        layout = row(self, self._sign, self._text, self._choices, close)
        layout.setStretch(1, 1)
        layout.setContentsMargins(
            theme.size("space_l"), theme.size("space_xs"), theme.size("space_s"), theme.size("space_xs")
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        theme.changed.connect(self._dress)
        self.hide()

    def ask(self, question: Question) -> None:
        """A question with a button for each answer; any of them closes it."""
        self.say(question.text, str(question.severity))
        self._question = question
        for choice in question.choices:

            def answer(choice: Choice = choice) -> None:
                self.hide()
                question.answer(choice)

            self._choices.addWidget(button(choice.title, answer))

    def settle(self) -> None:
        """A question goes with what it was about."""
        if self._question is not None and not self._question.holds():
            self.hide()

    def say(self, text: str, severity: str = "info") -> None:
        clear(self._choices)
        self._question = None
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
