"""Several nodes selected: the parameters they have in common, mixed values shown as mixed, and what they cost together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.gui.inspector.entry_form import title_row
from nnstudio.gui.inspector.field_row import FieldRow, show_value
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.inspector.node_facts import at_least
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import byte_size, number, si, tr
from nnstudio.gui.widgets.basics import column, heading, label, line
from nnstudio.gui.widgets.facts import FactSheet
from nnstudio.params import FormField, Ui
from nnstudio.project.graph import Node
from nnstudio.project.recipe_entries import change
from nnstudio.project.rules import effective, with_setting
from nnstudio.project.several import Common, common, refused, reset_params, restore_params, set_fields, set_params

SHOWN_VALUES = 4  # of a mixed parameter, in words
BYPASSED = FormField("bypassed", "bool", False, ui=Ui(help="computed as if they were not there"))
FROZEN = FormField("frozen", "bool", False, ui=Ui(help="their weights stay as they are"))


class SeveralPage(QWidget):
    """How many there are, of which kinds, what they share, and what they cost together. Each change is one step for all of them."""

    def __init__(self, studio: Studio, nodes: Sequence[str]) -> None:
        super().__init__()
        self._studio = studio
        self._ids = tuple(nodes)
        self._layout = column(self, gap="space_m")
        self._layout.addWidget(title_row(tr("{count} nodes", count=len(nodes)), tr("selection"), "accent"))
        self._kinds = FactSheet()
        self._layout.addWidget(self._kinds)
        self._shared = self._common()
        self.form = Form(tuple(item.field for item in self._shared), {})
        self.form.changed.connect(self._set)
        self.form.reset.connect(self._reset)
        self.form.given_back.connect(self._give_back)
        self.form.finished.connect(self._finish)
        self._before: tuple[Node, ...] = ()  # the nodes as they were when the typing began
        self._layout.addWidget(heading(tr("In common")))
        none = label(tr("These nodes have no parameter in common."), "muted", wrap=True)
        self._layout.addWidget(self.form if self._shared else none)
        self.bypassed, self.frozen = FieldRow(BYPASSED), FieldRow(FROZEN)
        self.bypassed.edited.connect(self._bypass)
        self.frozen.edited.connect(self._freeze)
        for widget in (self.bypassed, self.frozen, line()):
            self._layout.addWidget(widget)
        self._costs = FactSheet()
        self._layout.addWidget(self._costs)
        self.refresh()

    @property
    def _nodes(self) -> list[Node]:
        nodes = self._studio.scope.graph.nodes
        return [nodes[id] for id in self._ids if id in nodes]

    def _common(self) -> list[Common]:
        return common(self._nodes, self._studio.registry)

    # ── edits ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _set(self, name: str, value: Any) -> None:
        reason = refused(self._nodes, self._studio.registry, name, value)
        self.form.rows[name].show_reason(reason)
        if reason:
            return
        self._before = self._before or tuple(self._nodes)
        held = next(item.values for item in common(self._before, self._studio.registry) if item.field.name == name)
        if held == (value,):
            self._give_back(name)
        else:
            self._studio.scope.do(set_params(self._studio.scope.here, self._ids, name, value))

    def _give_back(self, name: str) -> None:
        """Each its own value again."""
        self._studio.scope.do(restore_params(self._studio.scope.here, self._before, name))

    def _finish(self) -> None:
        self._before = ()
        self._studio.document.end_merge()

    def _reset(self, name: str) -> None:
        self._studio.scope.do(reset_params(self._studio.scope.here, self._ids, name))

    def _bypass(self, _name: str, on: bool) -> None:
        title = tr("Bypass {count} nodes") if on else tr("Use {count} nodes again")
        edit = set_fields(self._studio.scope.here, self._ids, title.format(count=len(self._ids)), bypassed=on)
        self._studio.scope.do(edit)
        self._studio.document.end_merge()

    def _freeze(self, _name: str, on: bool) -> None:
        """A rule for each node; one that is not frozen needs none to say so."""
        project = self._studio.project
        recipe = project.recipe
        for node in self._nodes:
            rules = with_setting(recipe, self._studio.scope.ruled(node), "frozen", True if on else None)
            recipe = replace(recipe, rules=rules)
        title = tr("Freeze {count} nodes") if on else tr("Let {count} nodes learn")
        self._studio.do(change(project, title.format(count=len(self._ids)), {"rules": recipe.rules}))
        self._studio.document.end_merge()

    # ── kept up to date ───────────────────────────────────────────────────────────────────────────────────────────────

    def refresh(self) -> None:
        nodes, registry = self._nodes, self._studio.registry
        kinds: dict[str, int] = {}
        for node in nodes:
            spec = registry.layer(node.type)
            title = spec.title if spec else node.type
            kinds[title] = kinds.get(title, 0) + 1
        ordered = sorted(kinds.items(), key=lambda item: -item[1])
        self._kinds.show_facts([(title, number(count), "") for title, count in ordered])
        self._show_values()
        self._show_state(self.bypassed, [node.bypassed for node in nodes])
        recipe = self._studio.project.recipe
        self._show_state(self.frozen, [effective(recipe, self._studio.scope.ruled(node)).frozen for node in nodes])
        known = [plan for node in nodes if (plan := self._studio.scope.planned(node.id)) is not None]
        whole = len(known) == len(nodes) and all(plan.whole for plan in known)
        sums = (
            (tr("parameters"), sum(plan.parameters for plan in known), number),
            (tr("multiply-adds"), sum(plan.macs for plan in known), si),
            (tr("memory per sample"), sum(plan.memory for plan in known), byte_size),
        )
        costs = [(title, at_least(value, said(value), whole=whole), "") for title, value, said in sums]
        self._costs.show_facts(costs, self._studio.awaited.words)

    def _show_values(self) -> None:
        self._shared = [item for item in self._common() if item.field.name in self.form.rows]
        values = {item.field.name: item.values[0] for item in self._shared if item.mixed or item.set_somewhere}
        self.form.set_values(values, {item.field.name: mixed_words(item) for item in self._shared if item.mixed})

    def _show_state(self, field_row: FieldRow, states: Sequence[bool]) -> None:
        if len(set(states)) > 1:
            field_row.show_mixed(tr("mixed: on in {on} of {all}", on=sum(states), all=len(states)))
        else:
            field_row.show_value(bool(states and states[0]), differs=False)


def mixed_words(item: Common) -> str:
    """`mixed: 16, 32, 64 …`"""
    shown = ", ".join(show_value(item.field, value) for value in item.values[:SHOWN_VALUES])
    return tr("mixed: {values}", values=shown + (" …" if len(item.values) > SHOWN_VALUES else ""))
