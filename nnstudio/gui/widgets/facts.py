"""A fact sheet: names at the left, values at the right. New values are written into the rows that are there."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from nnstudio.gui.widgets.basics import clear, column, label, row, set_role

Fact = tuple[str, str, str]
"""(name, value with its unit, what it means)"""

LONG = 24  # characters from which a value may take several lines


class FactRow(QWidget):
    """`parameters ………… 32`"""

    def __init__(self, name: str, value: str, tip: str = "") -> None:
        super().__init__()
        self.value: QLabel = label("", "strong", select=True)
        self.value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row(self, label(name, "muted"), self.value).setStretch(1, 1)
        self.show_value(value, tip)

    def show_value(self, value: str, tip: str = "") -> None:
        self.value.setWordWrap(len(value) > LONG)
        self.value.setText(value)
        self.setToolTip(tip)

    def show_old(self, why: str) -> None:
        """The value is no longer what it says, for the time being; "": it is."""
        set_role(self.value, "muted" if why else "strong")
        self.value.setAccessibleDescription(why)
        self.value.setToolTip(why)


class FactSheet(QWidget):
    """Rows of facts; `show_facts` is cheap where only values change, as they do while it trains."""

    def __init__(self, facts: Sequence[Fact] = ()) -> None:
        super().__init__()
        self._layout = column(self, gap="space_xs")
        self._names: list[str] = []
        self._rows: list[FactRow] = []
        self._facts: Sequence[Fact] = ()
        self._old = ""
        self.show_facts(facts)

    def show_facts(self, facts: Sequence[Fact], old: str = "") -> None:
        """old: why the values are not the present ones, "" where they are."""
        if facts == self._facts and old == self._old:
            return
        self._old = old
        self._facts = facts
        names = [name for name, _, _ in facts]
        if names != self._names:
            clear(self._layout)
            self._names, self._rows = names, [FactRow(*fact) for fact in facts]
            for fact_row in self._rows:
                self._layout.addWidget(fact_row)
        for fact_row, (_, value, tip) in zip(self._rows, facts, strict=True):
            fact_row.show_value(value, tip)
            fact_row.show_old(old)
