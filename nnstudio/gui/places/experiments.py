"""Experiments on the model in hand: chosen at the left, set at the right, what they find in the middle. They run in an engine of their own."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from nnstudio.experiments.table import EXPERIMENTS
from nnstudio.figures import Contour, Curves
from nnstudio.gui.figures.card import FigureCard
from nnstudio.gui.figures.contour import ContourPainter
from nnstudio.gui.inspector.entry_form import formula_card, values_of
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.places.experiment_list import ExperimentList
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, column, label, line, panel, row, scroll, set_property
from nnstudio.gui.widgets.facts import FactSheet
from nnstudio.params import coerce, form_fields
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.setting import setting
from nnstudio.replies_experiments import Outcome, Suggestion
from nnstudio.specs import describe

COLUMNS = 2
TALL, LOW = 14, 8
"""Heights of figures in rows of the form: the first one, and the others."""
SECOND_MS = 1000


class ExperimentsPage(QWidget):
    """`left()`: back to the labs. What was found stays until the experiment is made again."""

    left = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.id = next(iter(EXPERIMENTS))
        self._values: dict[str, dict[str, Any]] = {id: {} for id in EXPERIMENTS}
        self._found: dict[str, Outcome | tuple[Problem, ...]] = {}
        self.running = ""
        self._seconds = 0
        self._clock = QTimer(self)
        self._clock.setInterval(SECOND_MS)
        self._clock.timeout.connect(self._tick)
        self.list = ExperimentList()
        self.list.chosen.connect(self.choose)
        self.list.left.connect(self.left)
        self.list.setFixedWidth(theme.size("inspector"))
        layout = row(self, self.list, line(vertical=True), self._middle(), line(vertical=True), self._right(), gap="")
        layout.setStretch(2, 1)
        if studio.laboratory is not None:
            studio.laboratory.on_death = self._died
        self.choose(self.id)

    # ── parts ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _middle(self) -> QWidget:
        content = panel("background")
        self._title = label("", "title")
        self.verdict = label("", "", wrap=True, select=True)
        self._above = column(None, gap="space_s")
        self._figures = QGridLayout()
        self._figures.setSpacing(theme.size("space_m"))
        for index in range(COLUMNS):
            self._figures.setColumnStretch(index, 1)
        column(content, self._title, self.verdict, self._above, self._figures, None, margin="space_l", gap="space_m")
        return scroll(content, tr("What is found"))

    def _right(self) -> QWidget:
        content = panel()
        self._form_place = column(content, margin="space_l", gap="space_m")
        area = scroll(content)
        area.setFixedWidth(theme.size("inspector") + theme.size("space_l"))
        set_property(area.viewport(), "role", "panel")
        return area

    # ── choosing and setting ──────────────────────────────────────────────────────────────────────────────────────────

    def open(self, id: str, values: Mapping[str, str]) -> None:
        """Show the experiment `id` with these values of its parameters, given as texts, and make it."""
        if id not in EXPERIMENTS:
            self._studio.message.emit(tr("There is no experiment “{id}”.", id=id), "warning")
            return
        fields = {field.name: field for field in form_fields(EXPERIMENTS[id].params)}
        self._values[id] = {name: coerce(fields[name], text) for name, text in values.items() if name in fields}
        self.choose(id)
        self.run()

    def choose(self, id: str) -> None:
        """Show the experiment `id`, and what it found last."""
        self.id = id
        self.list.show_chosen(id)
        self._show_form()
        self._show_found()

    def _show_form(self) -> None:
        experiment = EXPERIMENTS[self.id]
        clear(self._form_place)
        sentence, formula, source = describe(experiment.params)
        self._form_place.addWidget(label(experiment.title, "title", wrap=True))
        self._form_place.addWidget(label(sentence, "muted", wrap=True))
        if formula:
            self._form_place.addWidget(formula_card(formula))
        self.form = Form.of(experiment.params, self._values[self.id], experiment.title)
        self.form.changed.connect(self._set)
        self.form.reset.connect(self._reset)
        self._form_place.addWidget(self.form)
        self.run_button = button(tr("Run"), self.run, "accent", "play")
        self.cancel_button = button(tr("Cancel"), self.cancel, "", "square")
        self._status = label("", "muted")
        self._form_place.addLayout(row(None, self.run_button, self.cancel_button, self._status, None))
        self._form_place.addWidget(label(tr("Source: {source}", source=source), "caption", wrap=True))
        self._form_place.addStretch(1)
        self._show_running()

    def _set(self, name: str, value: Any) -> None:
        default = EXPERIMENTS[self.id].params.model_fields[name].default
        self._values[self.id] = values_of(self._values[self.id], name, value, default)

    def _reset(self, name: str) -> None:
        self._values[self.id].pop(name, None)
        self.form.set_values(self._values[self.id])

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def run(self) -> None:
        """Make the experiment; what it finds comes later."""
        laboratory, id = self._studio.laboratory, self.id
        if laboratory is None or self.running:
            return
        self.running, self._seconds = id, 0
        self._clock.start()
        value = {"id": id, "params": dict(self._values[id]), "project": self._studio.project}
        laboratory.request("experiment", value, lambda found: self._done(id, found), lambda why: self._done(id, why))
        self._show_running()

    def cancel(self) -> None:
        """End what is running, with its process; the next experiment has a new one."""
        if self.running and self._studio.laboratory is not None:
            self._stop()
            self._studio.laboratory.kill()

    def _died(self, problem: Problem) -> None:
        if self.running:  # nobody cancelled it
            self._done(self.running, (problem,))

    def _done(self, id: str, found: Outcome | tuple[Problem, ...]) -> None:
        self._found[id] = found
        self._stop()
        if id == self.id:
            self._show_found()
            self.play()

    def _stop(self) -> None:
        self.running = ""
        self._clock.stop()
        self._show_running()

    def _tick(self) -> None:
        self._seconds += 1
        self._show_running()

    def _show_running(self) -> None:
        self.run_button.setEnabled(not self.running and self._studio.laboratory is not None)
        self.cancel_button.setVisible(bool(self.running))
        if self.running:
            words = tr("{title}: {seconds} s", title=EXPERIMENTS[self.running].title, seconds=self._seconds)
            self._status.setText(words if self.running != self.id else tr("{seconds} s", seconds=self._seconds))
        else:
            self._status.setText("")

    # ── what was found ────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_found(self) -> None:
        clear(self._above)
        clear(self._figures)
        found = self._found.get(self.id)
        self._title.setText(EXPERIMENTS[self.id].title)
        if found is None:
            self.verdict.setText(tr("Press Run: what is found appears here."))
        elif isinstance(found, tuple):
            self.verdict.setText("")
            for problem in found:
                self._above.addWidget(ProblemCard(self._studio, problem))
        else:
            self._show_outcome(found)

    def _show_outcome(self, found: Outcome) -> None:
        self.verdict.setText(found.verdict)
        if found.suggestion is not None:
            suggestion = found.suggestion
            cure = button(suggestion.label, lambda: self._take(suggestion), "suggestion")
            self._above.addLayout(row(None, cure, None))
        if any(isinstance(figure, Contour) and figure.paths for figure in found.figures):
            self._above.addLayout(row(None, button(tr("Play the paths"), self.play, "link", "play"), None))
        if found.facts:
            sheet = FactSheet([(name, value, "") for name, value in found.facts])
            sheet.setMaximumWidth(theme.size("inspector"))
            self._above.addWidget(sheet)
        unit = theme.size("row")
        place = 0
        for index, figure in enumerate(found.figures):
            card = FigureCard(figure.title or found.title)
            card.show_figure(figure)
            wide = index == 0 and isinstance(figure, Curves | Contour) and len(found.figures) % COLUMNS == 1
            card.setMinimumHeight(unit * (TALL if isinstance(figure, Contour) or wide else LOW))
            place += place % COLUMNS if wide else 0
            self._figures.addWidget(card, place // COLUMNS, place % COLUMNS, 1, COLUMNS if wide else 1)
            place += COLUMNS if wide else 1

    def play(self) -> None:
        """Let the paths over a contour grow from their start."""
        for painter in self.findChildren(ContourPainter):
            painter.play()

    def _take(self, suggestion: Suggestion) -> None:
        """Do as the experiment suggests, as one undoable edit."""
        studio = self._studio
        try:
            studio.do(setting(studio.project, studio.registry, suggestion.name, suggestion.value))
        except NNStudioError as error:
            studio.say_all(error.problems)
            return
        words = tr("{name} is now {value}.", name=suggestion.name, value=suggestion.value)
        studio.message.emit(words, "info")
