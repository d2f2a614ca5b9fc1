"""What is wrong, as a list: a click goes to the node or the place, a button cures what can be cured."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QWidget

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
    set_property,
)
from nnstudio.gui.widgets.painted import Bar
from nnstudio.problems import Problem, Severity

SIGNS = {  # severity → (icon, colour)
    Severity.ERROR: ("circle-alert", "bad"),
    Severity.WARNING: ("triangle-alert", "warning"),
    Severity.INFO: ("info", "accent"),
}


def sign(severity: Severity) -> QLabel:
    """The icon of a severity."""
    icon, token = SIGNS[severity]
    widget = QLabel()
    follow_theme(widget, lambda: widget.setPixmap(theme.pixmap(icon, token)))
    widget.setAlignment(Qt.AlignmentFlag.AlignTop)
    return widget


class ProblemCard(QFrame):
    """One problem: what happened, what to do, and the cure where there is one."""

    def __init__(self, studio: Studio, problem: Problem) -> None:
        super().__init__()
        self.setProperty("role", "inset")
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
            words.addLayout(row(None, cure, None))
        bar = Bar(SIGNS[problem.severity][1])
        bar.setMaximumHeight(16777215)
        bar.setMinimumHeight(0)
        row(self, bar, words, margin="space_s").setStretch(1, 1)
        set_property(self, "severity", str(problem.severity))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        show_problem(self._studio, self.problem)


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
        self._title = heading("")
        head = row(None, self._title, None)
        head.addWidget(icon_button("x", tr("Hide the problems"), self.hide, role="bare"))
        content = panel()
        self._list = column(content, gap="space_xs")
        column(self, head, scroll(content), margin="space_s", gap="space_xs")
        studio.problems_changed.connect(self._refresh)
        studio.project_opened.connect(self._refresh)
        self._refresh()

    def sizeHint(self) -> QSize:
        return QSize(theme.size("library"), 5 * theme.size("control"))

    def _refresh(self) -> None:
        clear(self._list)
        problems = self._studio.problems
        count = len(problems)
        self._title.setText((tr("{count} problems", count=count) if count != 1 else tr("1 problem")).upper())
        if not problems:
            self._list.addWidget(
                label(tr("Nothing is wrong. Errors and warnings will be listed here."), "muted", wrap=True)
            )
        for problem in problems:
            self._list.addWidget(ProblemCard(self._studio, problem))
        self._list.addStretch(1)
