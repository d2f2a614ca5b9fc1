"""The right side of the Recipe place: what the chosen line is, its formula, its parameters, its facts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.gui.inspector.entry_form import formula_card, spec_words, title_row, values_of
from nnstudio.gui.inspector.field_row import show_value
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.places.recipe_cards import RecipeCard
from nnstudio.gui.places.recipe_fields import check_plain, plain_fields
from nnstudio.gui.places.recipe_rule_form import RuleForm
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import button, clear, column, heading, label, line, row
from nnstudio.gui.widgets.facts import FactSheet
from nnstudio.gui.widgets.painted import Choice
from nnstudio.params import form_fields, validate
from nnstudio.problems import Problem
from nnstudio.project.edits import reset_param, set_field, set_param
from nnstudio.project.project import NOTHING, Entry, Project
from nnstudio.project.recipe_entries import (
    OPTIONAL,
    RULES,
    entry_at,
    field_of,
    item_at,
    kind_of,
    put,
    removable,
    remove,
)

Values = Callable[[], Mapping[str, Any]]


class RecipeForm(QWidget):
    """The form of one line. `key` and `shape` say whether it still fits; `refresh` brings its values up to date."""

    def __init__(self, studio: Studio, card: RecipeCard) -> None:
        super().__init__()
        self._studio = studio
        self.key = card.key
        self.shape = self.shape_of(studio, card.key)
        self.forms: list[tuple[Form, Values]] = []
        self.rule: RuleForm | None = None
        self._layout = column(self, gap="space_m")
        self._part = part = field_of(card.key)
        if part == "loss":
            self._add_loss(card, card.key.partition(".")[2])
        elif part == "metrics" and "." not in card.key:
            self._add_words(card, tr("Those that go with the loss are measured. Add others to choose them yourself."))
        elif part == RULES:
            self._add_rules(card)
        elif kind := plugin_kind(card.key):
            self._add_entry(card, kind)
        if plain_fields(part)[1]:
            self._add_plain(card, part)
        if part == "data":
            self._add_link(tr("Open the Data place"), lambda: studio.show_place.emit("data"))
        self._problems = column(None)
        self._layout.addLayout(self._problems)
        self._shown_problems: list[Problem] | None = None
        self.refresh()

    @staticmethod
    def shape_of(studio: Studio, key: str) -> object:
        """What a form of this line is made from; a form with another shape is made anew."""
        if field_of(key) == RULES:
            return item_at(studio.project.recipe, key) is not None
        if field_of(key) == "loss":
            node = studio.project.graph.nodes.get(key.partition(".")[2])
            return node and node.type
        kind = plugin_kind(key)
        entry = entry_of(studio.project, key) if kind else None
        return entry and entry.type, tuple(studio.registry.of(kind)) if kind else ()

    def refresh(self) -> None:
        for form, values in self.forms:
            form.set_values(values())
        if self.rule is not None:
            self.rule.refresh()
        self._show_decay_note()
        self._show_problems()

    # ── an entry: a plugin chosen, with parameters ────────────────────────────────────────────────────────────────────

    def _add_entry(self, card: RecipeCard, kind: str) -> None:
        entry = entry_of(self._studio.project, card.key) or NOTHING
        specs = self._studio.registry.of(kind)
        spec = specs.get(entry.type)
        title = spec.title if spec else entry.type or tr("None chosen")
        self._layout.addWidget(title_row(title, card.label.lower(), card.token))
        if spec is None and entry.type:
            words = tr("No loaded plugin brings '{id}'. It is kept as it is.", id=entry.type)
            self._layout.addWidget(label(words, "warning", wrap=True))
        if spec is not None:
            self._add_words_of(spec)
        choice = Choice()
        choice.setAccessibleName(card.label)
        for id, item in specs.items():
            choice.addItem(item.title, id)
        choice.setCurrentIndex(choice.findData(entry.type))
        choice.activated.connect(lambda: self._choose(str(choice.currentData())))
        self._layout.addWidget(choice)
        if spec is not None:
            self._add_params(spec)
        if removable(card.key):
            self._add_link(tr("Remove from the recipe"), self._remove)

    def _add_words_of(self, spec: Any) -> None:
        sentence, formula, _ = spec_words(spec)
        if sentence:
            self._layout.addWidget(label(sentence, "muted", wrap=True))
        if formula:
            self._layout.addWidget(formula_card(formula))

    def _add_params(self, spec: Any) -> None:
        def values() -> Mapping[str, Any]:
            entry = entry_of(self._studio.project, self.key)
            return entry.params if entry else {}

        def give(name: str, value: Any) -> None:
            entry = entry_of(self._studio.project, self.key)
            if entry is not None:
                default = form.rows[name].field.default
                put_entry(self._studio, self.key, replace(entry, params=values_of(entry.params, name, value, default)))

        form = Form.of(spec.params, values(), spec.title)
        self._wire(form, values, give)
        facts = dict(getattr(spec, "facts", {}))
        if source := spec_words(spec)[2]:
            facts["source"] = source
        if facts:
            self._layout.addWidget(line())
            self._layout.addWidget(heading(tr("Fact sheet")))
            self._layout.addWidget(FactSheet([(name, value, "") for name, value in facts.items()]))

    def _choose(self, id: str) -> None:
        """Another plugin in the same place; parameters of the same name and range go with it."""
        old = entry_of(self._studio.project, self.key) or NOTHING
        if id == old.type:
            return
        kind = plugin_kind(self.key) or ""
        spec = self._studio.registry.get(kind, id)
        put_entry(self._studio, self.key, Entry(id, kept_params(spec, old.params), old.enabled or not old.type))
        self._studio.document.end_merge()

    def _remove(self) -> None:
        self._studio.do(remove(self._studio.project, [self.key]))
        self._studio.document.end_merge()

    # ── plain fields, the loss, problems ──────────────────────────────────────────────────────────────────────────────

    def _add_words(self, card: RecipeCard, words: str) -> None:
        self._layout.addWidget(title_row(card.title, card.label.lower(), card.token))
        self._layout.addWidget(label(words, "muted", wrap=True))

    def _add_link(self, text: str, run: Callable[[], object]) -> None:
        self._layout.addLayout(row(None, button(text, run, "link"), None))

    def _add_plain(self, card: RecipeCard, part: str) -> None:
        owner, fields = plain_fields(part)
        if not self.forms:
            self._layout.addWidget(title_row(card.label, tr("recipe"), card.token))
        else:
            self._layout.addWidget(line())
            self._layout.addWidget(heading(tr("Division") if part == "data" else tr("Before it")))

        def values() -> dict[str, Any]:
            holder = getattr(self._studio.project, owner)
            return {field.name: getattr(holder, field.name) for field in fields}

        def give(name: str, value: Any) -> None:
            self._studio.do(set_field(self._studio.project, owner, name, value))

        form = Form(fields, values(), lambda values: check_plain(fields, values, owner))
        self._wire(form, values, give)

    def _wire(self, form: Form, values: Values, give: Callable[[str, Any], None]) -> None:
        """Show `form`; what is typed into it is given on."""

        def reset(name: str) -> None:
            give(name, form.rows[name].field.default)

        form.changed.connect(give)
        form.reset.connect(reset)
        form.finished.connect(self._studio.document.end_merge)
        self.forms.append((form, values))
        self._layout.addWidget(form)

    def _add_loss(self, card: RecipeCard, node: str) -> None:
        found = self._studio.project.graph.nodes.get(node)
        spec = self._studio.registry.layer(found.type) if found else None
        self._layout.addWidget(title_row(spec.title if spec else tr("No loss"), tr("loss"), card.token))
        if found is None or spec is None:
            words = tr("The loss is a node of the network: place one on the canvas behind the last layer.")
            self._layout.addWidget(label(words, "muted", wrap=True))
            self._add_link(tr("Go to the canvas"), lambda: self._studio.show_place.emit("model"))
            return
        self._add_words_of(spec)

        def values() -> Mapping[str, Any]:
            now = self._studio.project.graph.nodes.get(node)
            return now.params if now else {}

        def give(name: str, value: Any) -> None:
            project = self._studio.project
            is_default = value == form.rows[name].field.default
            self._studio.do(reset_param(project, node, name) if is_default else set_param(project, node, name, value))

        form = Form.of(spec.params, values(), spec.title)
        self._wire(form, values, give)
        if source := spec_words(spec)[2]:
            self._layout.addWidget(FactSheet([(tr("source"), source, "")]))

        def show() -> None:
            self._studio.show_place.emit("model")
            self._studio.select([node])

        self._add_link(tr("Show it on the canvas"), show)

    def _add_rules(self, card: RecipeCard) -> None:
        if "." in card.key:
            self.rule = RuleForm(self._studio, card.key)
            self._layout.addWidget(title_row(tr("Rule for some nodes"), tr("rule"), card.token))
            self._layout.addWidget(self.rule)
            self._add_link(tr("Remove from the recipe"), self._remove)
            return
        words = tr(
            "A node's own initializer, penalties, learning rate or freezing are set in the inspector; rules set them for many nodes by name or type."
        )
        self._add_words(card, words)

    def _show_decay_note(self) -> None:
        """Where an L2 penalty stands in the recipe as well, the optimizer's field says so."""
        if self._part != "optimizer" or not self.forms or "weight_decay" not in self.forms[0][0].rows:
            return
        self.forms[0][0].rows["weight_decay"].show_note(decay_note(self._studio.project, self._studio))

    def _show_problems(self) -> None:
        found = [problem for problem in self._studio.problems if self._concerns(problem)]
        if found != self._shown_problems:
            self._shown_problems = found
            clear(self._problems)
            for problem in found:
                self._problems.addWidget(ProblemCard(self._studio, problem))

    def _concerns(self, problem: Problem) -> bool:
        if self._part == "loss":
            return problem.node == self.key.partition(".")[2]
        if problem.place not in {"recipe", "data"}:
            return False
        plain = {field.name for field in plain_fields(self._part)[1]}
        spec = self._studio.registry.get(
            plugin_kind(self.key) or "", (entry_of(self._studio.project, self.key) or NOTHING).type
        )
        named = spec is not None and spec.title in problem.message
        return problem.param in {self._part, *plain} or named


def plugin_kind(key: str) -> str | None:
    """The kind of plugin that is chosen at a line."""
    if key == "data":
        return "dataset"
    return kind_of(key) if "." in key or key in {"optimizer", "schedule", "initializer", *OPTIONAL} else None


def entry_of(project: Project, key: str) -> Entry | None:
    return project.data.dataset if key == "data" else entry_at(project.recipe, key)


def put_entry(studio: Studio, key: str, entry: Entry) -> None:
    project = studio.project
    studio.do(set_field(project, "data", "dataset", entry) if key == "data" else put(project, key, entry))


def kept_params(spec: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """Of `params`, what another plugin takes too: from SGD to Adam the learning rate stays."""
    if spec is None:
        return {}
    names = {field.name for field in form_fields(spec.params)}
    return {
        name: value
        for name, value in params.items()
        if name in names and validate(spec.params, {name: value}, owner=spec.title)[0] is not None
    }


def decay_note(project: Project, studio: Studio) -> str:
    """`L2 is set above: 1e-4`, where a penalty shrinks the weights as the optimizer's weight decay would."""
    for entry in project.recipe.regularizers:
        spec = studio.registry.regularizers.get(entry.type)
        if not entry.enabled or spec is None or not entry.type.endswith((".l2", ".elastic_net")):
            continue
        field = next((field for field in form_fields(spec.params) if field.kind == "float"), None)
        value = show_value(field, entry.params.get(field.name, field.default)) if field else ""
        return tr("{penalty} is set above: {value}", penalty=spec.title, value=value)
    return ""
