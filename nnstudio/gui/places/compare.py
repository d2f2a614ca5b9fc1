"""Compare…: choose what varies, watch mean ± spread grow, read which differences count. Laid over the window; what trains goes on when it is closed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget

from nnstudio.comparison.alternatives import split
from nnstudio.comparison.candidates import Candidate, candidates
from nnstudio.comparison.conduct import cores
from nnstudio.comparison.plan import Comparison, compare_axes, comparisons_folder, folder_name
from nnstudio.comparison.ready import READY
from nnstudio.comparison.words import rule
from nnstudio.gui.figures.card import FigureCard
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.places.compare_figures import overlaid, progress, reached_table
from nnstudio.gui.places.compare_runner import CompareRunner
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column, heading, icon_button, label, row
from nnstudio.gui.widgets.painted import Choice
from nnstudio.params import Field, Params
from nnstudio.problems import NNStudioError
from nnstudio.project.edits import apply
from nnstudio.project.searching import all_searched
from nnstudio.project.setting import setting

OWN = "own"
MOST_AXES = 4
WIDEST = 1440  # pixels: beyond that lines of text are hard to read


class How(Params):
    """How each alternative is trained."""

    seeds: Annotated[int, Field(ge=1, le=1000)] = 3
    """runs of each alternative, each begun from another seed; the same seeds in all of them"""
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 10
    """passes over the training data"""
    engines: Annotated[int, Field(ge=1, le=256)] = 1
    """runs at a time, a core each"""


class AxisRow(QWidget):
    """One thing that varies: what it is, and its alternatives as a text that can be written or put together from a menu."""

    removed = Signal()

    def __init__(self, known: list[Candidate]) -> None:
        super().__init__()
        self._known = {candidate.name: candidate for candidate in known}
        self.what = Choice()
        self.what.setAccessibleName(tr("What varies"))
        for candidate in known:
            self.what.addItem(candidate.title, candidate.name)
        self.text = QLineEdit()
        self.text.setAccessibleName(tr("Alternatives"))
        self.text.setToolTip(
            tr("Separated by commas; with parameters: torch.sgd(momentum=0.9, nesterov=true); off: without it")
        )
        self.more = Choice()
        self.more.setAccessibleName(tr("Add an alternative"))
        self.remove = icon_button("x", tr("Remove"), lambda: self.removed.emit(), role="bare")
        column(self, row(None, self.what, self.more, self.remove), self.text, gap="space_xs")
        self.what.activated.connect(self._begin)
        self.more.activated.connect(self._add)
        self._begin()

    def choose(self, name: str, alternatives: str = "") -> None:
        """Vary `name`; a name that the menu lacks is put into it."""
        if self.what.findData(name) < 0:
            self.what.addItem(name, name)
        self.what.setCurrentIndex(self.what.findData(name))
        self._begin()
        if alternatives:
            self.text.setText(alternatives)

    @property
    def axis(self) -> tuple[str, list[str]]:
        return str(self.what.currentData() or ""), split(self.text.text())

    def _begin(self) -> None:
        candidate = self._known.get(str(self.what.currentData()))
        self.text.setText(", ".join(candidate.begin) if candidate else "")
        self.text.setCursorPosition(0)
        self.more.clear()
        self.more.addItem(tr("Add …"), "")
        for value, title in candidate.more if candidate else ():
            self.more.addItem(title, value)
        self.more.setVisible(self.more.count() > 1)

    def _add(self) -> None:
        value = str(self.more.currentData() or "")
        if value:
            self.text.setText(", ".join([*split(self.text.text()), value]))
        self.more.setCurrentIndex(0)


class ComparePage(QWidget):
    """The form at the left; curves, table and words at the right."""

    def __init__(self, studio: Studio, runner: CompareRunner, values: Mapping[str, str] | None = None) -> None:
        super().__init__()
        self.studio = studio
        self.runner = runner
        self.axes: list[AxisRow] = []
        self._known = candidates(studio.project, studio.registry)
        self.ready = Choice()
        self.ready.setAccessibleName(tr("Ready-made comparisons"))
        self.ready.addItem(tr("My own"), OWN)
        for item in READY.values():
            self.ready.addItem(item.title, item.id)
        self.ready.activated.connect(self._show_form)
        self._rows = column(None, gap="space_m")
        self._axes = QWidget()
        self.add_button = button(tr("Vary something else too"), self.add_axis, "", "plus")
        column(self._axes, self._rows, self.add_button, gap="space_s")
        self.about = label("", "muted", wrap=True)
        self._numbers: dict[str, int] = {"seeds": 3, "epochs": studio.project.recipe.epochs, "engines": cores()}
        self.form = Form.of(How, self._numbers, tr("Comparison"))
        self.form.changed.connect(self._set_number)
        self.start_button: QPushButton = button(tr("Start"), self.start, "accent", "play:filled", "on_accent")
        self.cancel_button = button(tr("Cancel"), runner.cancel, "", "square:filled")
        self.report_button = button(tr("Open report"), self.open_report, "", "external-link")
        self.state = label("", "muted", wrap=True)
        self.curves = FigureCard(tr("Mean ± spread"))
        self.table = FigureCard(tr("What they reached"))
        self.words = label("", "", wrap=True, select=True)
        self.rule = label("", "muted", wrap=True)
        self._lay_out()
        self.add_axis()
        self._begin_with(values or {})
        runner.news.connect(self.refresh)
        runner.finished.connect(self.refresh)
        self._show_form()
        self.refresh()

    def _lay_out(self) -> None:
        left = QWidget()
        left.setFixedWidth(theme.size("inspector") + theme.size("space_xxl"))
        column(left, heading(tr("What is compared")), self.ready, self.about, self._axes, heading(tr("How")), self.form,
               row(None, self.start_button, self.cancel_button, None), self.state, None, gap="space_m")  # fmt: skip
        right = QWidget()
        self.curves.setMinimumHeight(theme.size("library") + theme.size("control"))
        self.table.setMinimumHeight(4 * theme.size("control"))
        column(
            right, self.curves, self.table, self.words, self.rule, row(None, self.report_button, None), gap="space_m"
        ).setStretch(0, 1)
        row(self, left, right, gap="space_xl").setStretch(1, 1)

    # ── the form ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def add_axis(self) -> AxisRow:
        added = AxisRow(self._known)
        self.axes.append(added)
        self._rows.addWidget(added)
        added.removed.connect(lambda: self._forget(added))
        self.add_button.setEnabled(len(self.axes) < MOST_AXES)
        return added

    def _forget(self, gone: AxisRow) -> None:
        self.axes.remove(gone)
        gone.hide()
        gone.deleteLater()
        self.add_button.setEnabled(True)

    def _begin_with(self, values: Mapping[str, str]) -> None:
        """What a link of a guide asks for: names with alternatives, and "seeds"."""
        for name in ("seeds", "epochs"):
            if values.get(name, "").isdecimal():
                self._numbers[name] = int(values[name])
                self.form.set_values(self._numbers)
        named = {name: text for name, text in values.items() if name not in ("seeds", "epochs")}
        for index, (name, text) in enumerate(named.items()):
            axis = self.axes[index] if index < len(self.axes) else self.add_axis()
            axis.choose(name, text)

    def _set_number(self, name: str, value: object) -> None:
        if isinstance(value, int):
            self._numbers[name] = value

    def _show_form(self) -> None:
        chosen = READY.get(str(self.ready.currentData()))
        self._axes.setVisible(chosen is None)
        self.about.setText(chosen.text if chosen else "")
        self.about.setVisible(chosen is not None)

    @property
    def comparison(self) -> Comparison:
        """What the form says. Raises NNStudioError."""
        registry = self.studio.registry
        project = apply(
            self.studio.project, setting(self.studio.project, registry, "recipe.epochs", self._numbers["epochs"])
        )
        chosen = READY.get(str(self.ready.currentData()))
        if chosen is not None:
            return chosen.make(project, registry, self._numbers["seeds"])
        return compare_axes(project, registry, dict(axis.axis for axis in self.axes), seeds=self._numbers["seeds"])

    @property
    def folder(self) -> Path:
        """Beside the runs of the project."""
        return comparisons_folder(self.studio.runs_folder)

    # ── running it ────────────────────────────────────────────────────────────────────────────────────────────────────

    def start(self) -> None:
        try:
            chosen = self.comparison
        except NNStudioError as error:
            self.state.setText("\n".join(map(str, error.problems)))
            return
        engines = self.studio.engine_arguments
        folder = self.folder / folder_name(chosen.name)
        self.runner.start(
            chosen, self.studio.registry, folder, engines=self._numbers["engines"], plugin_arguments=engines
        )
        self.refresh()

    def open_report(self) -> None:
        if self.runner.report is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.runner.report.absolute())))

    def refresh(self) -> None:
        runner, results = self.runner, self.runner.results
        self.start_button.setEnabled(not runner.going)
        self.cancel_button.setEnabled(runner.going)
        self.report_button.setEnabled(runner.report is not None)
        self.curves.show_figure(overlaid(results))
        self.table.show_figure(reached_table(results))
        if runner.problems:
            self.state.setText("\n".join(map(str, runner.problems)))
        elif runner.going:
            self.state.setText(
                tr("{share} done", share=f"{progress(results):.0%}") if results else tr("Starting the engines …")
            )
        elif results is not None:
            done = sum(outcome.complete for outcome in results.outcomes)
            self.state.setText(tr("{done} of {planned} runs are complete.", done=done, planned=len(results.outcomes)))
        said = results.words() if results is not None and not runner.going else []
        self.words.setText("\n".join(said))
        self.rule.setText(rule(results) if said and results is not None else "")


class CompareSheet(Sheet):
    """The page over the window; closing hides it, and a comparison in it goes on."""

    def __init__(self, window: QWidget, page: ComparePage) -> None:
        super().__init__(window, tr("Compare"), page)
        self.page = page
        margin = 2 * theme.size("space_xxl")
        self._card.setMinimumSize(min(window.width() - margin, WIDEST), window.height() - 2 * margin)


def show_compare(window: QWidget, studio: Studio, values: Mapping[str, str] | None = None) -> CompareSheet:
    """Open the page, beginning with `values`, else with what is marked to be searched over; the runner belongs to the window and outlives it."""
    values = values or dict.fromkeys(all_searched(studio.project, studio.registry)[:MOST_AXES], "")
    runner = window.findChild(CompareRunner, options=Qt.FindChildOption.FindDirectChildrenOnly) or CompareRunner(window)
    return CompareSheet(window, ComparePage(studio, runner, values))
