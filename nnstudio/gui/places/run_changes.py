"""The card that says what changed between two runs: settings at the left, lines of code at the right."""

import difflib
from collections.abc import Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QTextEdit, QWidget

from nnstudio.gui.places.run_diff import Difference
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label, row, scroll, set_role

COLUMNS = ("library", "library", "control", "library")
"""The widest that name, before, arrow and after may be."""


class ChangesCard(QFrame):
    """`before → after`, one line a difference; the code of both, as a diff."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title = label(tr("What changed between the runs"), "strong")
        self._caption = label("", "muted")
        self._text = label("", "muted", wrap=True)
        self._grid_holder = QWidget()
        self._grid = QGridLayout(self._grid_holder)
        self._code = QTextEdit()
        self._code.setReadOnly(True)
        self._code.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self._code.setAccessibleName(tr("Code that changed"))
        self._code.setFont(theme.font("mono"))
        self._lines: Sequence[str] = ()
        body = row(None, scroll(self._grid_holder, tr("What changed between the runs")), self._code, gap="space_l")
        body.setStretch(0, 1)
        body.setStretch(1, 1)
        self._grid_holder.setAutoFillBackground(False)
        layout = column(self, row(None, self._title, None, self._caption), self._text, body, gap="space_s")
        layout.setStretch(2, 1)
        side = theme.size("space_m") + theme.size("space_xxs")
        layout.setContentsMargins(side, theme.size("space_m"), side, side)
        theme.changed.connect(self._paint_code)
        self.say(tr("Choose two runs: what differs in their graph, recipe, data and code is listed here."))

    def say(self, text: str) -> None:
        """Words in place of a comparison."""
        self._text.setText(text)
        self._text.show()
        self._caption.setText("")
        self._grid_holder.hide()
        self._code.hide()

    def show_differences(self, names: tuple[str, str], found: Sequence[Difference]) -> None:
        self._caption.setText(f"{names[0]} → {names[1]}")
        self._text.setText(
            tr(
                "Nothing changed: the same graph, recipe and data. Runs with one seed on one machine are equal to the bit."
            )
        )
        self._text.setVisible(not found)
        self._grid_holder.setVisible(bool(found))
        self._code.hide()
        self._rebuild(found)

    def _rebuild(self, found: Sequence[Difference]) -> None:
        old = self._grid_holder.layout()
        while old is not None and (item := old.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        self._grid.setHorizontalSpacing(theme.size("space_l"))
        self._grid.setVerticalSpacing(theme.size("space_s"))
        for line, difference in enumerate(found):
            before, after = (
                label(difference.before, select=True),
                label(difference.after, select=True),
            )
            set_role(before, "bad")
            set_role(after, "good")
            cells = (label(difference.name, "muted"), before, label("→", "muted"), after)
            for place, cell in enumerate(cells):
                cell.setMaximumWidth(theme.size(COLUMNS[place]))
                self._grid.addWidget(cell, line, place, Qt.AlignmentFlag.AlignTop)
        self._grid.setColumnStretch(len(COLUMNS), 1)
        self._grid.setRowStretch(len(found), 1)

    def show_code(self, before: str, after: str) -> None:
        self._lines = code_diff(before, after)
        self._code.setVisible(bool(self._lines))
        self._paint_code()

    def _paint_code(self) -> None:
        colors = {"+": theme.css("good_text"), "-": theme.css("bad_text")}
        shown = [
            f'<span style="color: {colors.get(line[:1], theme.css("muted"))}; white-space: pre;">{escape(line) or " "}</span>'
            for line in self._lines
        ]
        self._code.setHtml("<br>".join(shown))


def code_diff(before: str, after: str) -> list[str]:
    """The lines that differ, each with one line around it; `…` where lines are left out; [] where nothing differs."""
    lines = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=1))[2:]
    return ["…" if line.startswith("@@") else f"{line[0]} {line[1:]}" for line in lines][1:] if lines else []
