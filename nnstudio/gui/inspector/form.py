"""A form made from a declaration: one row a field, validated while typing, each value resettable to its default."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.gui.inspector.field_row import FieldRow
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column
from nnstudio.params import FormField, Params, form_fields, validate
from nnstudio.problems import Problem


@dataclass(frozen=True)
class FieldAction:
    """What else can be done with a field: an entry of its menu. checked: it is on or off."""

    title: str
    run: Callable[[], object]
    icon: str = ""
    checked: bool | None = None


Actions = Callable[[FormField], Sequence[FieldAction]]
Check = Callable[[Mapping[str, Any]], tuple[Problem, ...]]
"""All values of a form → what is wrong with them."""

NOTHING_MIXED: Mapping[str, str] = {}


def check_with(params: type[Params], owner: str) -> Check:
    """The check of a declaration: its types, ranges and cross-field rules."""
    return lambda values: validate(params, values, owner=owner)[1]


class Form(QWidget):
    """`changed(name, value)`: a valid value was given; `reset(name)`: back to the default; `finished()`: the typing is over.
    `given_back(name)`: what was typed is taken back, and the field held several values before.

    field_actions: further entries of a field's menu (right button, or the menu key in the field).
    """

    changed = Signal(str, object)
    reset = Signal(str)
    given_back = Signal(str)
    finished = Signal()

    def __init__(
        self,
        fields: tuple[FormField, ...],
        values: Mapping[str, Any],
        check: Check | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._check = check
        self.field_actions: Actions | None = None
        self._values: dict[str, Any] = {}
        self.rows: dict[str, FieldRow] = {}
        layout = column(self, gap="space_m")
        self._advanced: list[FieldRow] = []
        for field in sorted(fields, key=lambda field: field.ui.advanced):
            field_row = FieldRow(field)
            field_row.edited.connect(self._edited)
            field_row.reset.connect(self.reset)
            field_row.given_back.connect(self.given_back)
            field_row.finished.connect(self.finished)
            field_row.menu_requested.connect(self._menu)
            self.rows[field.name] = field_row
            if field.ui.advanced and not self._advanced:
                self._more = button(tr("More parameters"), self._unfold, "link")
                layout.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignLeft)
            if field.ui.advanced:
                self._advanced.append(field_row)
                field_row.hide()
            layout.addWidget(field_row)
        self.set_values(values)

    def _unfold(self) -> None:
        """Show the advanced fields from now on."""
        self._more.hide()
        for field_row in self._advanced:
            field_row.show()

    def sign(self, name: str, icon: str, words: str) -> None:
        """A sign at the name of a field, which is then seen also where it is one of the advanced."""
        if self.rows[name] in self._advanced:
            self._unfold()
        self.rows[name].show_sign(icon, words)

    @staticmethod
    def of(params: type[Params], values: Mapping[str, Any], owner: str) -> "Form":
        """The form of a plugin's parameters; `values` are those that differ from the default."""
        return Form(form_fields(params), values, check_with(params, owner))

    def _menu(self, name: str, at: QPoint) -> None:
        menu = self.menu_of(name)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def menu_of(self, name: str) -> QMenu:
        """What can be done with the field `name`."""
        field_row = self.rows[name]
        menu = QMenu(self)
        back = menu.addAction(theme.icon("rotate-ccw", "text"), tr("Reset to its default"))
        back.setEnabled(field_row.resettable)
        back.triggered.connect(field_row.to_default)
        if field_row.line is not None:
            line = field_row.line
            for title, icon, run in (
                (tr("Copy the value"), "copy", lambda: QGuiApplication.clipboard().setText(line.text())),
                (tr("Paste a value"), "clipboard", lambda: field_row.type_text(QGuiApplication.clipboard().text())),
            ):
                menu.addAction(theme.icon(icon, "text"), title).triggered.connect(run)
        for number, item in enumerate(self.field_actions(field_row.field) if self.field_actions else ()):
            if not number:
                menu.addSeparator()
            action = menu.addAction(item.title)
            if item.icon:
                action.setIcon(theme.icon(item.icon, "text"))
            if item.checked is not None:
                action.setCheckable(True)
                action.setChecked(item.checked)
            action.triggered.connect(partial(_run, item))
        return menu

    def set_values(self, values: Mapping[str, Any], mixed: Mapping[str, str] = NOTHING_MIXED) -> None:
        """Show `values` (defaults where they are silent). A field that is being typed in keeps its text if it means the same.

        mixed: fields that have several values at once, with words for these; among `values` is then the first of them.
        """
        self._values = dict(values)
        wrong = self._wrong(self._values)
        for name, field_row in self.rows.items():
            if name in mixed:
                field_row.show_mixed(mixed[name], values.get(name))
                continue
            value = values.get(name, field_row.field.default)
            field_row.show_value(value, differs=name in values, reason=wrong.get(name, ""))
        names = values.keys() - mixed.keys()
        if any(field_row.field.name in names for field_row in self._advanced):
            self._unfold()

    def _edited(self, name: str, value: Any) -> None:
        values = {**self._values, name: value}
        reason = self._wrong(values, alone=True).get(name, "")
        self.rows[name].show_reason(reason)
        if not reason:
            self._values = values
            self.changed.emit(name, value)

    def _wrong(self, values: Mapping[str, Any], *, alone: bool = False) -> dict[str, str]:
        """Field → why its value cannot be used. What concerns no single field is shown under the last one.

        alone: leave that out, for a value that does not go with another one is taken: one of them must be changed first.
        """
        problems = self._check(values) if self._check else ()
        last = "" if alone and len(self.rows) > 1 else next(reversed(self.rows), "")
        return {
            problem.param if problem.param in self.rows else last: _reason(problem) for problem in reversed(problems)
        }


def _reason(problem: Problem) -> str:
    return problem.remedy if problem.code == "param.invalid" and problem.remedy else str(problem)


def _run(item: FieldAction, _checked: bool = False) -> None:
    item.run()
