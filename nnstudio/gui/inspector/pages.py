"""Nothing selected: the project as a whole."""

from PySide6.QtWidgets import QWidget

from nnstudio.gui.inspector.entry_form import title_row
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import byte_size, number, si, tr
from nnstudio.gui.widgets.basics import clear, column, heading, label
from nnstudio.gui.widgets.facts import Fact, FactSheet
from nnstudio.gui.widgets.growing_edit import GrowingEdit
from nnstudio.problems import Problem
from nnstudio.project.edits import set_field

SHOWN_PROBLEMS = 6


class ProjectPage(QWidget):
    """Totals, data, problems, notes."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        layout = column(self, gap="space_m")
        self._title = title_row(studio.project.name, tr("project"), "accent")
        layout.addWidget(self._title)
        layout.addWidget(label(tr("Select a node to see what it does and to change it."), "muted", wrap=True))
        self._count, self._facts = FactSheet(), FactSheet()
        self._problems = column(None)
        self._shown_problems: tuple[Problem, ...] = ()
        layout.addLayout(column(None, self._count, self._facts, gap="space_xs"))
        layout.addLayout(self._problems)
        layout.addWidget(heading(tr("Notes")))
        self._notes = GrowingEdit()
        self._notes.setAccessibleName(tr("Notes"))
        self._notes.setPlaceholderText(tr("What is this project about? Kept in its file."))
        self._notes.setPlainText(studio.project.notes)
        self._notes.textChanged.connect(self._write_notes)
        layout.addWidget(self._notes)
        self.refresh()

    def _write_notes(self) -> None:
        text = self._notes.toPlainText()
        if text != self._studio.project.notes:
            self._studio.do(set_field(self._studio.project, "project", "notes", text))

    def refresh(self) -> None:
        if (
            self._notes.untouched or not self._notes.hasFocus()
        ) and self._notes.toPlainText() != self._studio.project.notes:
            self._notes.setPlainText(self._studio.project.notes)
        count = number(len(self._studio.project.graph.nodes))
        self._count.show_facts([(tr("nodes"), count, tr("Nodes on the canvas"))])
        self._facts.show_facts(project_facts(self._studio), self._studio.awaited.words)
        problems = self._studio.problems
        if problems == self._shown_problems:
            return
        self._shown_problems = problems
        clear(self._problems)
        if problems:
            self._problems.addWidget(heading(tr("Problems")))
        for problem in problems[:SHOWN_PROBLEMS]:
            self._problems.addWidget(ProblemCard(self._studio, problem))
        if len(problems) > SHOWN_PROBLEMS:
            self._problems.addWidget(label(tr("and {count} more", count=len(problems) - SHOWN_PROBLEMS), "muted"))


def project_facts(studio: Studio) -> list[Fact]:
    """(name, value, what it means) of the whole network and its data, as the engine has worked it out."""
    plan, info = studio.plan, studio.data_info
    rows: list[Fact] = []
    if plan.nodes:
        rows += [
            (tr("parameters"), number(plan.parameters), tr("Trainable numbers in all")),
            (tr("multiply-adds"), si(plan.macs), tr("Multiply-adds for one sample, forward")),
            (tr("memory per sample"), byte_size(plan.memory), tr("Bytes of all outputs as 32-bit floats")),
        ]
    if info is not None:
        spec = studio.registry.datasets.get(studio.project.data.dataset.type)
        rows.append((tr("data"), spec.title if spec else studio.project.data.dataset.type, info.source))
        rows.append((tr("samples"), number(info.samples), tr("In all parts together")))
        parts = " · ".join(number(count) for count in (info.train, info.validation, info.test))
        rows.append((tr("train · validation · test"), parts, tr("Samples in each part")))
    return rows
