"""How one node, or the nodes of a rule, are trained: each setting with what holds, who says so, and the way to set it here or not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from nnstudio.gui.inspector.entry_form import values_of
from nnstudio.gui.inspector.field_row import FieldRow
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.places.recipe_fields import check_plain
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import clear, column, icon_button, label, row
from nnstudio.gui.widgets.painted import Choice
from nnstudio.params import FormField, Ui
from nnstudio.project.project import Entry, Recipe, Rule
from nnstudio.project.recipe_entries import SEVERAL, SINGLE
from nnstudio.project.rules import RECIPE, Effective

ENTRIES: Mapping[str, Callable[[], str]] = {
    "initializer": lambda: tr("Initializer"),
    "regularizers": lambda: tr("Penalties"),
    "constraints": lambda: tr("Constraints"),
    "noise": lambda: tr("Weight noise"),
}
"""Setting made of plugins → its name."""


@dataclass(frozen=True)
class Source:
    """Where settings are read and written. own: what is said right here; put(name, None) says it no longer."""

    held: Callable[[], Effective]
    own: Callable[[str], bool]
    origin: Callable[[str], str]
    put: Callable[[str, Any], None]


def of_rule(recipe: Recipe, rule: Rule) -> Effective:
    """What a rule says, and the recipe where it is silent."""
    base: dict[str, Any] = {
        "initializer": recipe.initializer,
        "regularizers": recipe.regularizers,
        "constraints": recipe.constraints,
        "noise": recipe.noise,
        "lr_factor": 1.0,
        "weight_decay": None,
        "frozen": False,
    }
    said = {name: value for name in base if (value := getattr(rule, name)) is not None}
    return Effective(**(base | said), origins={name: rule.match if name in said else RECIPE for name in base})


def plain_fields() -> tuple[FormField, ...]:
    own = Ui(help=tr("its weights stay as they are"))
    return (
        FormField("frozen", "bool", False, ui=own),
        FormField("lr_factor", "float", 1.0, low=0, high=1000, ui=Ui(scale="log", symbol="η ×")),
        FormField("weight_decay", "float", None, low=0, high=10, optional=True, ui=Ui(scale="log")),
    )


class TrainingSettings(QWidget):
    """One row a setting. `refresh` brings it up to date."""

    def __init__(self, studio: Studio, source: Source) -> None:
        super().__init__()
        self._source = source
        layout = column(self, gap="space_m")
        self.plain: dict[str, FieldRow] = {}
        self._fields = plain_fields()
        for field in self._fields:
            field_row = FieldRow(field)
            field_row.edited.connect(self._edited)
            field_row.reset.connect(self._unset)
            field_row.finished.connect(studio.document.end_merge)
            self.plain[field.name] = field_row
            layout.addWidget(field_row)
        self.entries = {name: EntriesRow(studio, name, source) for name in ENTRIES}
        for entries_row in self.entries.values():
            layout.addWidget(entries_row)
        self.refresh()

    def _unset(self, name: str) -> None:
        self._source.put(name, None)

    def _edited(self, name: str, value: Any) -> None:
        field = next(field for field in self._fields if field.name == name)
        wrong = check_plain((field,), {name: value}, "recipe") if value is not None else ()
        self.plain[name].show_reason(wrong[0].remedy if wrong else "")
        if not wrong:
            self._source.put(name, float(value) if type(value) is int else value)

    def refresh(self) -> None:
        held = self._source.held()
        for name, field_row in self.plain.items():
            field_row.show_value(getattr(held, name), differs=self._source.own(name))
            field_row.show_reset(self._source.own(name))
            field_row.show_help(self._source.origin(name))
        for entries_row in self.entries.values():
            entries_row.refresh()


class EntriesRow(QWidget):
    """A setting made of one plugin or several: what holds as a choice, and the forms of those that are set here."""

    def __init__(self, studio: Studio, name: str, source: Source) -> None:
        super().__init__()
        self._studio, self.name, self._source = studio, name, source
        self.kind = (SINGLE | SEVERAL)[name]
        self._several = name in SEVERAL
        self._origin = label("", "caption", wrap=True)
        self._reset = icon_button("rotate-ccw", tr("As the recipe has it"), lambda: source.put(name, None), role="bare")
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(policy)
        self.choice = Choice()
        self.choice.setAccessibleName(ENTRIES[name]())
        self.choice.activated.connect(self._chosen)
        head = row(None, label(ENTRIES[name](), "strong"), None, self._reset, gap="space_xs")
        self._forms = column(None, gap="space_s")
        self._shape: object = None
        self.forms: list[Form] = []
        column(self, head, self._origin, self.choice, self._forms, gap="space_xs")

    @property
    def held(self) -> tuple[Entry, ...]:
        value: Entry | tuple[Entry, ...] = getattr(self._source.held(), self.name)
        return (value,) if isinstance(value, Entry) else value

    def _put(self, entries: tuple[Entry, ...]) -> None:
        self._source.put(self.name, entries if self._several else entries[0])

    def refresh(self) -> None:
        own, held = self._source.own(self.name), self.held
        self._origin.setText(self._source.origin(self.name))
        self._reset.setVisible(own)
        specs = self._studio.registry.of(self.kind)
        shape = (own, tuple(entry.type for entry in held), tuple(specs))
        if shape != self._shape:
            self._shape = shape
            self._fill_choice()
            self._make_forms(held if own else ())
        for form, entry in zip(self.forms, held, strict=False):
            form.set_values(entry.params)

    def _fill_choice(self) -> None:
        specs = self._studio.registry.of(self.kind)
        self.choice.clear()
        titles = [specs[entry.type].title if entry.type in specs else entry.type for entry in self.held]
        if self._several:
            self.choice.addItem(", ".join(titles) or tr("none"), "")
            if self.held:
                self.choice.addItem(tr("none"), "none")
        for id, spec in specs.items():
            self.choice.addItem(tr("add {title}", title=spec.title) if self._several else spec.title, id)
        if not self._several:
            self.choice.setCurrentIndex(self.choice.findData(self.held[0].type))

    def _chosen(self) -> None:
        id = str(self.choice.currentData())
        if not id:
            return
        own = self.held if self._source.own(self.name) and self._several else ()
        self._put(() if id == "none" else (*own, Entry(id)))

    def _make_forms(self, entries: tuple[Entry, ...]) -> None:
        clear(self._forms)
        self.forms = []
        for index, entry in enumerate(entries):
            spec = self._studio.registry.get(self.kind, entry.type)
            if spec is None:
                self._forms.addWidget(label(tr("No loaded plugin brings '{id}'.", id=entry.type), "warning", wrap=True))
                continue
            if self._several:
                drop = icon_button(
                    "x", tr("Remove {title}", title=spec.title), lambda at=index: self._drop(at), role="bare"
                )
                self._forms.addLayout(row(None, label(spec.title, "muted"), None, drop))
            form = Form.of(spec.params, entry.params, spec.title)
            form.changed.connect(partial(self._changed, index))
            form.reset.connect(partial(self._back, index))
            form.finished.connect(self._studio.document.end_merge)
            self.forms.append(form)
            self._forms.addWidget(form)

    def _changed(self, index: int, name: str, value: Any) -> None:
        entries = list(self.held)
        default = self.forms[index].rows[name].field.default
        entries[index] = replace(entries[index], params=values_of(entries[index].params, name, value, default))
        self._put(tuple(entries))

    def _back(self, index: int, name: str) -> None:
        self._changed(index, name, self.forms[index].rows[name].field.default)

    def _drop(self, index: int) -> None:
        self._put(tuple(entry for at, entry in enumerate(self.held) if at != index))
