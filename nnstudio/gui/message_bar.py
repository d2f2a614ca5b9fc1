"""What must be said once, in a bar at the upper edge of what is shown: a file that would not save, an engine that died. Never a dialog."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget

from nnstudio.gui.file_watch import Choice, Question
from nnstudio.gui.panel_focus import enter, holds_focus
from nnstudio.gui.problems_panel import SIGNS
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, icon_button, label, row, scroll, set_property
from nnstudio.problems import Severity

READ_MS = 6000
READ_MS_A_LETTER = 40
WIDEST = 2  # inspectors: a longer line is hard to read
KEPT = 50


@dataclass(frozen=True)
class Said:
    """A message that was shown, to be read again."""

    text: str
    severity: Severity
    at: datetime = field(default_factory=datetime.now)


class MessageBar(QFrame):
    """Shows the newest message or question. Errors, questions and several lines stay until they are closed or their cause is gone, all else goes
    once it can have been read.

    What stays has a strip of its own, `room`, so that it covers nothing that is clicked; what goes by itself lies over `area`, so that nothing
    moves when it comes and goes. Of several lines the first is shown, all when it is opened.
    """

    def __init__(self, parent: QWidget, area: Callable[[], QWidget], room: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "message")
        self._ground, self._area, self._room = parent, area, room
        self.said = deque[Said](maxlen=KEPT)
        self._watched: QWidget | None = None
        self.text = ""
        self._open = False
        self._question: Question | None = None
        self._sign = QLabel()
        self._text = label("", wrap=True, select=True)
        self._severity = Severity.INFO
        self._scroll = scroll(self._text)  # of many lines
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._more = button("", self._toggle, "link")
        self._choices = row(None, gap="space_s")
        close = icon_button("x", tr("Close"), self.hide, role="bare")
        layout = row(self, self._sign, self._scroll, self._more, self._choices, close)
        layout.setStretch(1, 1)
        layout.setContentsMargins(
            theme.size("space_l"), theme.size("space_s"), theme.size("space_s"), theme.size("space_s")
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._leave)
        theme.changed.connect(self._dress)
        self.hide()
        room.hide()

    def ask(self, question: Question) -> None:
        """A question with a button for each answer; any of them closes it."""
        self.say(question.text, str(question.severity))
        self._question = question
        for choice in question.choices:

            def answer(choice: Choice = choice) -> None:
                self.hide()
                question.answer(choice)

            self._choices.addWidget(button(choice.title, answer))
        self._timer.stop()
        self.lie_over()

    def settle(self) -> None:
        """A question goes with what it was about."""
        if self._question is not None and not self._question.holds():
            self.hide()

    def outlive(self) -> None:
        """A new run begins: an error told of what was before it."""
        if self._severity is Severity.ERROR and self._question is None:
            self.hide()

    def say(self, text: str, severity: str = "info") -> None:
        clear(self._choices)
        self._question = None
        self._severity = Severity(severity)
        self.text, self._open = text, False
        self.said.append(Said(text, self._severity))
        self._show_text()
        self._dress()
        self.show()
        self.lie_over()
        self.raise_()
        self._timer.start(READ_MS + READ_MS_A_LETTER * len(text))
        if self.stays:
            self._timer.stop()

    @property
    def stays(self) -> bool:
        """Until it is closed, or what it tells of is over."""
        return self._severity is Severity.ERROR or self._question is not None or "\n" in self.text

    def _leave(self) -> None:
        """Not while somebody is at it."""
        if self.underMouse() or holds_focus(self):
            self._timer.start(READ_MS)
        else:
            self.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """The strip goes with it, and the keyboard back to what is shown."""
        super().hideEvent(event)
        if self.isHidden():  # and not the window
            self._timer.stop()
            self._room.hide()
            if holds_focus(self):
                enter(self._area())

    def _toggle(self) -> None:
        self._open = not self._open
        self._show_text()
        self.lie_over()

    def _show_text(self) -> None:
        first, *others = self.text.split("\n")
        self._text.setText(self.text if self._open else first)
        self._more.setVisible(bool(others))
        self._more.setText(tr("Show less") if self._open else tr("Show all"))

    @property
    def shown(self) -> str:
        """Of `text` what is seen."""
        return self._text.text()

    @property
    def goes_by_itself(self) -> bool:
        return self._timer.isActive()

    # ── where it lies ─────────────────────────────────────────────────────────────────────────────────────────────────

    def lie_over(self) -> None:
        """In the middle of its strip, or of the upper edge of what is shown; and there also when that moves."""
        stays, gap = self.stays and not self.isHidden(), theme.size("space_s")
        self._room.setVisible(stays)
        area = self._room if stays else self._area()
        if area is not self._watched:
            if self._watched is not None:
                self._watched.removeEventFilter(self)
            area.installEventFilter(self)
            self._watched = area
        if self.isHidden():
            return
        layout = self.layout()
        assert layout is not None
        width = min(area.width() - 2 * gap, WIDEST * theme.size("inspector"))
        self.resize(width, self.height())
        layout.activate()
        high = self._text.heightForWidth(self._scroll.width())
        self._scroll.setFixedHeight(min(high, self._ground.height() // 2))
        self.resize(width, layout.sizeHint().height())
        if stays and not self._open:  # all of many lines, when they are asked for, lie over what is below
            self._room.setFixedHeight(self.height() + 2 * gap)
        top = area.mapTo(self._ground, QPoint(0, 0))
        self.move(top.x() + (area.width() - width) // 2, top.y() + gap)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self.lie_over()
        return super().eventFilter(watched, event)

    def _dress(self) -> None:
        icon, token = SIGNS[self._severity]
        self._sign.setPixmap(theme.pixmap(icon, token))
        set_property(self, "severity", str(self._severity))
