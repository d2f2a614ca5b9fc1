"""One node: what it does, its parameters, its shapes and cost, and how it fares in the run."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from nnstudio.events import Array
from nnstudio.gui.inspector.block_page import BlockSection
from nnstudio.gui.inspector.entry_form import formula_card, spec_words, title_row
from nnstudio.gui.inspector.exposing import expose_actions, set_together, show_exposed
from nnstudio.gui.inspector.form import FieldAction, Form, check_with
from nnstudio.gui.inspector.node_facts import facts, statistic
from nnstudio.gui.inspector.node_note import NoteEdit
from nnstudio.gui.inspector.node_search import search_actions, show_searched
from nnstudio.gui.inspector.node_training import NodeTraining
from nnstudio.gui.inspector.points_edit import ValueEdit
from nnstudio.gui.inspector.port_choice import PORTS, PortChoice
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.gui.widgets.basics import clear, column, heading, label, line, row
from nnstudio.gui.widgets.facts import FactSheet
from nnstudio.gui.widgets.painted import Ridge
from nnstudio.params import FormField, form_fields
from nnstudio.problems import Problem
from nnstudio.project.blocks import BLOCK_INPUT, block_of, carries
from nnstudio.project.edits import rename, reset_param, set_param
from nnstudio.project.graph import Node
from nnstudio.runs.history import History

RIDGE_ROWS = 10


class NodePage(QWidget):
    """`refresh` brings it up to date; where the node became another kind, it is `stale` and must be made anew."""

    def __init__(self, studio: Studio, node: str) -> None:
        super().__init__()
        self._studio = studio
        self.node_id = node
        self._spec = studio.registry.layer(self._node.type)
        self._left_out = self._unused
        self.form: Form | None = None
        self._layout = column(self, gap="space_m")
        self._add_head()
        self._problems = column(None)
        self._shown_problems: list[Problem] = []
        self._layout.addLayout(self._problems)
        self._add_form()
        self.block = BlockSection(studio, node) if block_of(self._node, studio.project.blocks) is not None else None
        if self.block is not None:
            self._layout.addWidget(self.block)
        self.training = NodeTraining(studio, node)
        self._layout.addWidget(self.training)
        self._layout.addWidget(line())
        self._facts = FactSheet()
        self._layout.addWidget(self._facts)
        self._ridge_title = heading("")
        self._ridge = Ridge()
        self._layout.addWidget(self._ridge_title)
        self._layout.addWidget(self._ridge)
        self._statistics = FactSheet()
        self._layout.addWidget(self._statistics)
        self._add_note()
        self._add_source()
        self.refresh()

    @property
    def _node(self) -> Node:
        return self._studio.scope.graph.nodes[self.node_id]

    def stale(self, node: Node | None) -> bool:
        if node is None or node.id != self.node_id or self._left_out != self._unused:
            return True
        return self._studio.registry.layer(node.type) is not self._spec

    # ── built once ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _add_head(self) -> None:
        spec = self._spec
        category = spec.category if spec else "shape"
        title = spec.title if spec else self._node.type
        self._layout.addWidget(title_row(title, category if spec else tr("unknown"), f"category.{category}"))
        if spec is None:
            words = tr("No loaded plugin brings this kind of node. It is kept as it is and saved back unchanged.")
            self._layout.addWidget(label(words, "muted", wrap=True))
            return
        sentence, formula, _ = spec_words(spec)
        if sentence:
            self._layout.addWidget(label(sentence, "muted", wrap=True))
        if formula:
            self._layout.addWidget(formula_card(formula))

    def _add_form(self) -> None:
        self._name = ValueEdit()
        self._name.setAccessibleName(tr("name"))
        self._name.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)  # as all text
        self._name.setToolTip(tr("The node's name in the code"))
        self._name.textEdited.connect(self._rename)
        self._name.editingFinished.connect(self._studio.document.end_merge)
        self._layout.addLayout(row(None, label(tr("name"), "strong"), None, self._name))
        self._add_port()
        if self._spec is None:
            return
        fields = tuple(field for field in form_fields(self._spec.params) if field.name not in self._unused)
        self.form = Form(fields, self._node.params, check_with(self._spec.params, self._spec.title))
        self.form.changed.connect(self._set)
        self.form.reset.connect(self._reset)
        self.form.finished.connect(self._studio.document.end_merge)
        self.form.field_actions = self._actions_of
        self._layout.addWidget(self.form)

    def _add_port(self) -> None:
        """Of a scan's edge: what goes through it, by the names of the ports."""
        self.port: PortChoice | None = None
        block = self._studio.project.blocks.get(self._studio.scope.block)
        if block is not None and block.kind == "scan" and self._node.type in PORTS:
            self.port = PortChoice(self._studio, block.id, self.node_id)
            words = tr("enters") if self._node.type == BLOCK_INPUT else tr("gives")
            self._layout.addLayout(column(None, label(words, "strong"), self.port, gap="space_xs"))

    @property
    def _unused(self) -> frozenset[str]:
        """Parameters that are chosen otherwise, or mean nothing here: only what is carried begins in a size."""
        if self._node.type not in PORTS:
            return frozenset()
        block = self._studio.project.blocks.get(self._studio.scope.block)
        begins = block is not None and block.kind == "scan" and carries(self._node)
        return frozenset({"carry", "gives"} if begins else {"carry", "gives", "size"})

    def _actions_of(self, field: FormField) -> list[FieldAction]:
        """What else can be done with a parameter of this node."""
        exposing = expose_actions(self._studio, self.node_id, field)
        return [*exposing, *search_actions(self._studio, self.node_id, field)]

    def _add_note(self) -> None:
        self.note = NoteEdit(self._studio, self.node_id)
        self._layout.addWidget(heading(tr("Note")))
        self._layout.addWidget(self.note)

    def _add_source(self) -> None:
        source = spec_words(self._spec)[2] if self._spec else ""
        if source:
            self._layout.addWidget(label(tr("Source: {source}", source=source), "caption", wrap=True, select=True))

    # ── edits ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _set(self, name: str, value: Any) -> None:
        self._studio.scope.do(set_param(self._studio.scope.here, self.node_id, name, value))

    def _reset(self, name: str) -> None:
        if set_together(self._studio, self.node_id, name) and self.form is not None:
            self._set(name, self.form.rows[name].field.default)  # said, so that the other fields follow
        else:
            self._studio.scope.do(reset_param(self._studio.scope.here, self.node_id, name))

    def _rename(self, name: str) -> None:
        self._studio.scope.do(rename(self._studio.scope.here, self.node_id, name.strip()))

    # ── kept up to date ───────────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        node = self._studio.scope.graph.nodes.get(self.node_id)
        if node is None:
            return
        if not self._name.typing:
            self._name.setText(node.name)
        self._name.setPlaceholderText(node.id)
        if self.form is not None:
            self.form.set_values(node.params)
            show_exposed(self._studio, self.form, self.node_id)
            show_searched(self._studio, self.form, node)
        self.note.show_note(node.note)
        for part in (self.port, self.block):
            if part is not None:
                part.refresh()
        self.training.refresh()
        self._show_problems()
        plan = self._studio.scope.planned(self.node_id)
        ports = self._spec.inputs if self._spec else ()
        known = facts(plan, ports) if plan else [(tr("shapes"), tr("not known yet"), "")]
        self._facts.show_facts(known, self._studio.awaited.words)
        self._show_statistics()

    def _show_problems(self) -> None:
        problems = [
            problem for problem in self._studio.problems if self.node_id in self._studio.scope.problem_here(problem)
        ]
        if problems != self._shown_problems:
            self._shown_problems = problems
            clear(self._problems)
            for problem in problems:
                self._problems.addWidget(ProblemCard(self._studio, problem))

    def _show_statistics(self) -> None:
        rows, first, last = histogram_rows(self._studio.run.history, self._studio.scope.flat_id(self.node_id))
        self._ridge_title.setVisible(bool(rows))
        self._ridge.setVisible(bool(rows))
        if rows:
            weights = self._spec is not None and self._spec.category == "weights"
            words = tr("Weights, epoch {first} → {last}") if weights else tr("Activations, epoch {first} → {last}")
            self._ridge_title.setText(words.format(first=number(first), last=number(last)).upper())
            self._ridge.set_rows(rows, self._spec.category if self._spec else "shape")
        stats = self._studio.run.history.node_stats
        figures: Mapping[str, float] = stats.nodes.get(self._studio.scope.flat_id(self.node_id), {}) if stats else {}
        self._statistics.show_facts([statistic(name, float(value)) for name, value in figures.items()])


def histogram_rows(history: History, node: str) -> tuple[list[Array], int, int]:
    """The histograms of `node` at the end of the epochs, oldest first, thinned; and the first and last epoch, from 1."""
    known = [
        (epoch, stats.histograms[node]) for epoch, stats in history.epoch_stats.items() if node in stats.histograms
    ]
    if not known:
        return [], 0, 0
    chosen = sorted({round(index) for index in np.linspace(0, len(known) - 1, min(RIDGE_ROWS, len(known)))})
    return [known[index][1] for index in chosen], known[0][0] + 1, known[-1][0] + 1
