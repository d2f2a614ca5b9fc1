"""The list of runs at the left of the Runs place."""

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from nnstudio.gui.places.run_figures import ShownRun, main_metric, outcome, value_text, when, words
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import button, clear, column, label, panel, row, scroll, set_property, set_role
from nnstudio.gui.widgets.painted import CutLabel


class RunCard(QFrame):
    """One run. `chosen(id, add)`: it was clicked, `add` with Ctrl; `renamed(id, name)`."""

    chosen = Signal(str, bool)
    renamed = Signal(str, str)

    def __init__(self, run: ShownRun) -> None:
        super().__init__()
        self.setProperty("role", "card")
        set_property(self, "clickable", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.run = run
        self._bar = QFrame()
        self._bar.setFixedWidth(theme.size("category_bar"))
        self._name = CutLabel("strong")
        self._edit = QLineEdit()
        self._edit.hide()
        self._edit.editingFinished.connect(self._end_rename)
        self._value = label("", "strong")
        self._detail, self._metric = CutLabel("caption"), label("", "caption")
        top, bottom = row(None, self._name, self._edit, self._value), row(None, self._detail, self._metric)
        for line in (top, bottom):
            line.setStretch(0, 1)
        layout = row(self, self._bar, column(None, top, bottom, gap="space_xs"), margin="space_m", gap="space_m")
        layout.setStretch(1, 1)
        follow_theme(self, self._paint_bar)
        self.show_run(run)

    def show_run(self, run: ShownRun) -> None:
        self.run = run
        summary = run.summary
        metric = main_metric(tuple(summary.values))
        self._name.setText(run.name)
        self._value.setText(value_text(metric, summary.values.get(metric)))
        self._metric.setText(words(metric, short=True) if metric else "")
        broken = summary.state in {"crashed", "failed"}
        self._detail.setText(
            " · ".join(part for part in (when(_local(summary.started), datetime.now()), outcome(summary)) if part)
        )
        self._detail.setToolTip(str(summary.problem) if summary.problem else self._detail.text())
        set_role(self._detail, "bad" if broken else "caption")
        set_property(self, "chosen", "true" if run.color is not None else "false")
        self.setAccessibleName(f"{run.name}: {self._value.text()} {self._metric.text()}, {self._detail.text()}")
        self._paint_bar()

    def _paint_bar(self) -> None:
        color = theme.color("track") if self.run.color is None else theme.series(self.run.color)
        self._bar.setStyleSheet(
            f"background: {color.name()}; border-radius: {theme.size('category_bar') // 2}px; border: none;"
        )

    def rename(self) -> None:
        """Type another name, right here; Enter ends it."""
        self._edit.setText(self.run.summary.name)
        self._name.hide()
        self._edit.show()
        self._edit.setFocus()
        self._edit.selectAll()

    def _end_rename(self) -> None:
        if self._edit.isHidden():
            return
        self._edit.hide()
        self._name.show()
        name = self._edit.text().strip()
        if name and name != self.run.summary.name:
            self.renamed.emit(self.run.summary.id, name)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        add = bool(event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier))
        self.chosen.emit(self.run.summary.id, add)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.rename()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Space:
                self.chosen.emit(self.run.summary.id, bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier))
            case Qt.Key.Key_F2:
                self.rename()
            case _:
                super().keyPressEvent(event)


def _local(started: datetime | None) -> datetime | None:
    return started.astimezone().replace(tzinfo=None) if started else None


class RunList(QWidget):
    """All runs, newest first."""

    chosen = Signal(str, bool)
    renamed = Signal(str, str)
    all_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cards: list[RunCard] = []
        self._all = button("", self.all_wanted.emit, "link")
        self._empty = label("", "muted", wrap=True)
        content = panel()
        self._list = column(content, gap="space_s")
        head = row(None, label(tr("Runs"), "title"), None, self._all)
        layout = column(self, head, self._empty, scroll(content), gap="space_m")
        layout.setStretch(2, 1)
        layout.setContentsMargins(theme.size("space_l"), theme.size("space_l"), theme.size("space_s"), 0)
        self._list.addStretch(1)
        self.show_runs([])

    def show_runs(self, runs: Sequence[ShownRun], *, read: bool = True) -> None:
        """read: False where it is not known yet which runs there are."""
        self._empty.setText(
            tr(
                "No runs yet. Press Train: every run is kept here, with its curves, its network and its recipe as they were."
            )
            if read
            else tr("The runs are being read …")
        )
        if [card.run.summary.id for card in self.cards] != [run.summary.id for run in runs]:
            self._rebuild(runs)
        for card, run in zip(self.cards, runs, strict=True):
            card.show_run(run)
        self._empty.setVisible(not runs)
        self._all.setVisible(len(runs) > 1)
        self._all.setText(tr("Compare {count}", count=min(len(runs), 8)))

    def _rebuild(self, runs: Sequence[ShownRun]) -> None:
        clear(self._list)
        self.cards = [RunCard(run) for run in runs]
        for card in self.cards:
            card.chosen.connect(self.chosen)
            card.renamed.connect(self.renamed)
            self._list.addWidget(card)
        self._list.addStretch(1)

    def card(self, id: str) -> RunCard | None:
        return next((card for card in self.cards if card.run.summary.id == id), None)
