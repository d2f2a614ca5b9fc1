"""What is wrong, as a list: a click or Enter goes to the node or the place, a button cures what can be cured."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from nnstudio.gui.panel_focus import holds_focus
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import (
    button,
    clear,
    column,
    heading,
    icon_button,
    label,
    panel,
    row,
    scroll,
)
from nnstudio.problems import Problem, Severity

SIGNS = {  # severity → (icon, colour)
    Severity.ERROR: ("circle-alert", "bad"),
    Severity.WARNING: ("triangle-alert", "warning"),
    Severity.INFO: ("info", "accent"),
}
GRAVITY = tuple(Severity)
AT_ONCE = 30
"""So many cards are made at once: a thousand, after a thousand nodes were deleted, would stop the window for seconds."""


def severity_word(severity: Severity) -> str:
    return {Severity.ERROR: tr("Error"), Severity.WARNING: tr("Warning"), Severity.INFO: tr("Remark")}[severity]


def sign(severity: Severity) -> QLabel:
    """The icon of a severity: its form tells them apart, and its colour."""
    icon, token = SIGNS[severity]
    widget = QLabel()
    follow_theme(widget, lambda: widget.setPixmap(theme.pixmap(icon, token)))
    widget.setAlignment(Qt.AlignmentFlag.AlignTop)
    widget.setToolTip(severity_word(severity))
    return widget


class ProblemCard(QFrame):
    """One problem: how bad it is, what happened, what to do, and the cure where there is one."""

    def __init__(self, studio: Studio, problem: Problem) -> None:
        super().__init__()
        self.setProperty("role", "inset")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(f"{severity_word(problem.severity)}: {problem.message}")
        self.setAccessibleDescription(problem.remedy)
        self._studio = studio
        self.problem = problem
        if problem.node or problem.place in PLACES:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        words = column(None, label(problem.message, "", wrap=True), gap="space_xs")
        if problem.remedy:
            words.addWidget(label(problem.remedy, "muted", wrap=True))
        if problem.fix is not None:
            fix = problem.fix
            cure = button(fix.label, lambda: studio.apply_fix(fix), "suggestion")
            cure.setAccessibleDescription(problem.message)
            words.addLayout(row(None, cure, None))
        row(self, sign(problem.severity), words, margin="space_s").setStretch(1, 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        show_problem(self._studio, self.problem)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            show_problem(self._studio, self.problem)
        else:
            super().keyPressEvent(event)


PLACES = {"model": "model", "data": "data", "recipe": "recipe", "run": "runs"}


def show_problem(studio: Studio, problem: Problem) -> None:
    """Go to where it can be mended: into the block that its node lies in."""
    studio.show_place.emit(PLACES.get(problem.place, "model"))
    if problem.node:
        studio.scope.reveal(problem.node)


class ProblemsPanel(QFrame):
    """The list under the canvas."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._studio = studio
        self._shown = AT_ONCE
        self.more: QPushButton | None = None
        self._title = heading("")
        head = row(None, self._title, None)
        self._close = icon_button("x", tr("Hide the problems"), self.hide, role="bare")
        head.addWidget(self._close)
        content = panel()
        self._list = column(content, gap="space_xs")
        column(self, head, scroll(content), margin="space_s", gap="space_xs")
        studio.problems_changed.connect(self._refresh)
        studio.project_opened.connect(self._opened)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(theme.size("library"), 5 * theme.size("control"))

    @property
    def cards(self) -> list[ProblemCard]:
        """From the top down."""
        items = (self._list.itemAt(index) for index in range(self._list.count()))
        return [card for item in items if item is not None and isinstance(card := item.widget(), ProblemCard)]

    def _opened(self) -> None:
        self._shown = AT_ONCE
        self._refresh()

    def _show_more(self) -> None:
        """The next ones too; the focus goes to the first of them."""
        at, self._shown = self._shown, self._shown + AT_ONCE
        self._fill()
        card = self.cards[at]
        card.show()  # at once: what is not shown takes no focus
        card.setFocus(Qt.FocusReason.OtherFocusReason)

    def _refresh(self) -> None:
        """The list anew. Where the focus was in it, it stays at that problem, or where that one stood once it is cured."""
        at = next((place for place, card in enumerate(self.cards) if holds_focus(card)), None)
        was = self.cards[at].problem if at is not None else None
        self._fill()
        if at is not None:
            cards = self.cards
            same = next((card for card in cards if card.problem == was), None)
            to = same or (cards[min(at, len(cards) - 1)] if cards else self._close)
            to.show()  # at once: what is not shown takes no focus
            to.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self) -> None:
        clear(self._list)
        problems = self._studio.problems
        count = len(problems)
        self._title.setText((tr("{count} problems", count=count) if count != 1 else tr("1 problem")).upper())
        if not problems:
            self._list.addWidget(
                label(tr("Nothing is wrong. Errors and warnings will be listed here."), "muted", wrap=True)
            )
        if count > self._shown:
            problems = sorted(problems, key=lambda problem: GRAVITY.index(problem.severity))
        for problem in problems[: self._shown]:
            self._list.addWidget(ProblemCard(self._studio, problem))
        self.more = None
        if count > self._shown:
            words = tr("Show {count} more", count=min(AT_ONCE, count - self._shown))
            self.more = button(words, self._show_more)
            self._list.addLayout(row(None, self.more, None))
        self._list.addStretch(1)
        if cards := self.cards:
            self.setFocusProxy(cards[0])
