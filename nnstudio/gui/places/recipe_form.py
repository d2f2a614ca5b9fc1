"""The right side of the Recipe place: what the chosen line is, its formula, its parameters, its facts."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.gui.inspector.entry_form import formula_card, spec_words, title_row, values_of
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.places.recipe_cards import Owner, RecipeCard, plain_fields
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import button, column, heading, label, line, row
from nnstudio.gui.widgets.facts import FactRow, FactSheet
from nnstudio.gui.widgets.painted import Choice
from nnstudio.problems import Problem
from nnstudio.project.edits import reset_param, set_field, set_param
from nnstudio.project.project import Entry

KINDS = {"data": "dataset", "initializer": "initializer", "optimizer": "optimizer", "schedule": "schedule"}
"""Key of a line → kind of the plugin that is chosen there."""


class RecipeForm(QWidget):
    """The form of one line. `key` and `shape` say whether it still fits; `refresh` brings its values up to date."""

    def __init__(self, studio: Studio, card: RecipeCard) -> None:
        super().__init__()
        self._studio = studio
        self.key = card.key
        self.shape = self.shape_of(studio, card.key)
        self._forms: list[tuple[Form, Any]] = []  # with what gives its values
        self._layout = column(self, gap="space_m")
        part, _, rest = card.key.partition(".")
        kind = {"regularizers": "regularizer", "metrics": "metric"}.get(part) or KINDS.get(part)
        if part == "loss":
            self._add_loss(card, rest)
        elif kind is not None:
            self._add_entry(card, kind)
        if part not in {"loss"} and plain_fields(part)[1]:
            self._add_plain(card, part, titled=kind is None)
        self._problems = column(None)
        self._layout.addLayout(self._problems)
        self._add_problems(part, rest)
        self.refresh()

    @staticmethod
    def shape_of(studio: Studio, key: str) -> object:
        """What a form of this line is made from; a form with another shape is made anew."""
        part, _, rest = key.partition(".")
        if part == "loss":
            node = studio.project.graph.nodes.get(rest)
            return node and node.type
        if part in KINDS or rest:
            entry = entry_at(studio, key)
            return entry and entry.type, tuple(studio.registry.of(KINDS.get(part, part)))
        return None

    def refresh(self) -> None:
        for form, values in self._forms:
            form.set_values(values())

    # ── an entry: a plugin chosen, with parameters ────────────────────────────────────────────────────────────────────

    def _add_entry(self, card: RecipeCard, kind: str) -> None:
        entry = entry_at(self._studio, card.key) or Entry("")
        specs = self._studio.registry.of(kind)
        spec = specs.get(entry.type)
        self._layout.addWidget(
            title_row(spec.title if spec else entry.type or tr("None chosen"), card.label.lower(), card.token)
        )
        if spec is None and entry.type:
            self._layout.addWidget(
                label(tr("No loaded plugin brings '{id}'. It is kept as it is.", id=entry.type), "warning", wrap=True)
            )
        choice = Choice()
        choice.setAccessibleName(card.label)
        for id, item in specs.items():
            choice.addItem(item.title, id)
        choice.setCurrentIndex(choice.findData(entry.type))
        choice.activated.connect(lambda: self._choose(card.key, str(choice.currentData())))
        self._layout.addWidget(choice)
        if spec is not None:
            self._add_spec(card, spec)
        if "." in card.key:
            remove = button(tr("Remove from the recipe"), lambda: remove_entry(self._studio, card.key), "link")
            self._layout.addLayout(row(None, remove, None))

    def _add_spec(self, card: RecipeCard, spec: Any) -> None:
        sentence, formula, source = spec_words(spec)
        if sentence:
            self._layout.addWidget(label(sentence, "muted", wrap=True))
        if formula:
            self._layout.addWidget(formula_card(formula))
        key = card.key

        def values() -> Mapping[str, Any]:
            entry = entry_at(self._studio, key)
            return entry.params if entry else {}

        def put(name: str, value: Any) -> None:
            entry = entry_at(self._studio, key)
            if entry is not None:
                default = form.rows[name].field.default
                set_entry(self._studio, key, replace(entry, params=values_of(entry.params, name, value, default)))

        form = Form.of(spec.params, values(), spec.title)
        self._wire(form, values, put)
        facts = dict(getattr(spec, "facts", {}))
        if source:
            facts["source"] = source
        if facts:
            self._layout.addWidget(line())
            self._layout.addWidget(heading(tr("Fact sheet")))
            self._layout.addWidget(FactSheet([(name, value, "") for name, value in facts.items()]))

    def _choose(self, key: str, id: str) -> None:
        entry = entry_at(self._studio, key) or Entry("")
        if id != entry.type:
            set_entry(self._studio, key, replace(entry, type=id, params={}))
            self._studio.document.end_merge()

    # ── plain fields, the loss, problems ──────────────────────────────────────────────────────────────────────────────

    def _add_plain(self, card: RecipeCard, part: str, *, titled: bool) -> None:
        owner, fields = plain_fields(part)
        if titled:
            self._layout.addWidget(title_row(card.label, tr("recipe"), card.token))
        else:
            self._layout.addWidget(line())
            self._layout.addWidget(heading(tr("Division")))

        def values() -> dict[str, Any]:
            holder = getattr(self._studio.project, owner)
            return {field.name: getattr(holder, field.name) for field in fields}

        def put(name: str, value: Any) -> None:
            self._studio.do(set_field(self._studio.project, owner, name, value))

        form = Form(fields, values(), lambda values: check_plain(fields, values, owner))
        self._wire(form, values, put)

    def _wire(self, form: Form, values: Callable[[], Mapping[str, Any]], put: Callable[[str, Any], None]) -> None:
        """Show `form`; what is typed into it is `put`."""

        def reset(name: str) -> None:
            put(name, form.rows[name].field.default)

        form.changed.connect(put)
        form.reset.connect(reset)
        form.finished.connect(self._studio.document.end_merge)
        self._forms.append((form, values))
        self._layout.addWidget(form)

    def _add_loss(self, card: RecipeCard, node: str) -> None:
        found = self._studio.project.graph.nodes.get(node)
        spec = self._studio.registry.layer(found.type) if found else None
        self._layout.addWidget(title_row(spec.title if spec else tr("No loss"), tr("loss"), card.token))
        if found is None or spec is None:
            words = tr("The loss is a node of the network: place one on the canvas behind the last layer.")
            self._layout.addWidget(label(words, "muted", wrap=True))
            self._layout.addLayout(
                row(None, button(tr("Go to the canvas"), lambda: self._studio.show_place.emit("model")), None)
            )
            return
        sentence, formula, source = spec_words(spec)
        if sentence:
            self._layout.addWidget(label(sentence, "muted", wrap=True))
        if formula:
            self._layout.addWidget(formula_card(formula))

        def values() -> Mapping[str, Any]:
            now = self._studio.project.graph.nodes.get(node)
            return now.params if now else {}

        form = Form.of(spec.params, values(), spec.title)

        def put(name: str, value: Any) -> None:
            project = self._studio.project
            is_default = value == form.rows[name].field.default
            self._studio.do(reset_param(project, node, name) if is_default else set_param(project, node, name, value))

        self._wire(form, values, put)
        if source:
            self._layout.addWidget(FactRow("source", source))

        def show() -> None:
            self._studio.show_place.emit("model")
            self._studio.select([node])

        self._layout.addLayout(row(None, button(tr("Show it on the canvas"), show, "link"), None))

    def _add_problems(self, part: str, rest: str) -> None:
        for problem in self._studio.problems:
            if (problem.param == part and problem.place in {"recipe", "data"}) or (
                part == "loss" and problem.node == rest
            ):
                self._problems.addWidget(ProblemCard(self._studio, problem))


def check_plain(fields: tuple[Any, ...], values: Mapping[str, Any], owner: str) -> tuple[Problem, ...]:
    """What cannot stand in the plain fields: another kind of value, or one out of its range."""
    kinds = {"int": int, "float": (int, float), "bool": bool}
    found: list[Problem] = []
    for field in fields:
        value = values.get(field.name)
        wanted = {"int": tr("a whole number"), "float": tr("a number")}.get(field.kind, "")
        wrong = not isinstance(value, kinds.get(field.kind, object))
        if not wrong and isinstance(value, int | float) and not isinstance(value, bool):
            wrong = (field.low is not None and value < field.low) or (field.high is not None and value > field.high)
        if wrong:
            remedy = tr("Allowed: {range}.", range=f"{wanted} {field.range_text}".strip())
            found.append(
                Problem("param.invalid", f"{field.name}: {value!r}", remedy=remedy, param=field.name, place=owner)
            )
    return tuple(found)


# ── entries of the recipe, by the key of their line ───────────────────────────────────────────────────────────────────


def _where(key: str) -> tuple[Owner, str]:
    part = key.partition(".")[0]
    return ("data", "dataset") if part == "data" else ("recipe", part)


def entry_at(studio: Studio, key: str) -> Entry | None:
    """The entry that the line stands for."""
    owner, field = _where(key)
    value = getattr(getattr(studio.project, owner), field)
    index = key.partition(".")[2]
    if not index:
        return value
    return value[int(index)] if int(index) < len(value) else None


def set_entry(studio: Studio, key: str, entry: Entry) -> None:
    owner, field = _where(key)
    index = key.partition(".")[2]
    value: Any = entry
    if index:
        entries = list(getattr(getattr(studio.project, owner), field))
        entries[int(index)] = entry
        value = tuple(entries)
    studio.do(set_field(studio.project, owner, field, value))


def add_entry(studio: Studio, field: str, id: str) -> None:
    """One more penalty or metric."""
    entries = (*getattr(studio.project.recipe, field), Entry(id))
    studio.do(set_field(studio.project, "recipe", field, entries))
    studio.document.end_merge()


def remove_entry(studio: Studio, key: str) -> None:
    field, _, index = key.partition(".")
    entries = list(getattr(studio.project.recipe, field))
    del entries[int(index)]
    studio.do(set_field(studio.project, "recipe", field, tuple(entries)))
    studio.document.end_merge()
