"""A form made from a declaration: one row a field, validated while typing, each value resettable to its default."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QWidget

from nnstudio.gui.inspector.points_edit import PointsEdit, ValueEdit, is_points, show_number
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column, icon_button, label, row, set_property, set_role
from nnstudio.gui.widgets.painted import Choice, Toggle
from nnstudio.params import FormField, Params, coerce, form_fields, validate
from nnstudio.problems import Problem

Check = Callable[[Mapping[str, Any]], tuple[Problem, ...]]
"""All values of a form → what is wrong with them."""

LONG_HELP = 52  # characters; a longer help stands below the whole row
FIELD_WIDTH = "row"  # fields are four rows wide: `0.0001` and `zeros` fit


def show_value(field: FormField, value: Any) -> str:
    """A value as people type it: `1e-5`, `3 × 5`, `none`."""
    if value is None:
        return "" if field.required else "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        return " × ".join(show_value(field, item) for item in cast(Sequence[Any], value))
    if isinstance(value, float):
        return show_number(value)
    return str(value)


def check_with(params: type[Params], owner: str) -> Check:
    """The check of a declaration: its types, ranges and cross-field rules."""
    return lambda values: validate(params, values, owner=owner)[1]


class Form(QWidget):
    """`changed(name, value)`: a valid value was given; `reset(name)`: back to the default; `finished()`: the typing is over."""

    changed = Signal(str, object)
    reset = Signal(str)
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
        self._values: dict[str, Any] = {}
        self.rows: dict[str, FieldRow] = {}
        layout = column(self, gap="space_m")
        self._advanced: list[FieldRow] = []
        for field in sorted(fields, key=lambda field: field.ui.advanced):
            field_row = FieldRow(field)
            field_row.edited.connect(self._edited)
            field_row.reset.connect(self.reset)
            field_row.finished.connect(self.finished)
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

    @staticmethod
    def of(params: type[Params], values: Mapping[str, Any], owner: str) -> "Form":
        """The form of a plugin's parameters; `values` are those that differ from the default."""
        return Form(form_fields(params), values, check_with(params, owner))

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show `values` (defaults where they are silent). A field that is being typed in keeps its text if it means the same."""
        self._values = dict(values)
        wrong = self._wrong(self._values)
        for name, field_row in self.rows.items():
            field_row.show_value(values.get(name, field_row.field.default), differs=name in values)
            field_row.show_reason(wrong.get(name, ""))
        if any(field_row.field.name in values for field_row in self._advanced):
            self._unfold()

    def _edited(self, name: str, value: Any) -> None:
        values = {**self._values, name: value}
        reason = self._wrong(values).get(name, "")
        self.rows[name].show_reason(reason)
        if not reason:
            self._values = values
            self.changed.emit(name, value)

    def _wrong(self, values: Mapping[str, Any]) -> dict[str, str]:
        """Field → why its value cannot be used. What concerns no single field is shown under the last one."""
        problems = self._check(values) if self._check else ()
        last = next(reversed(self.rows), "")
        return {
            problem.param if problem.param in self.rows else last: _reason(problem) for problem in reversed(problems)
        }


def _reason(problem: Problem) -> str:
    return problem.remedy if problem.code == "param.invalid" and problem.remedy else str(problem)


class FieldRow(QWidget):
    """One field: its name and help at the left, the editor at the right, the reason below when the value is refused."""

    edited = Signal(str, object)
    reset = Signal(str)
    finished = Signal()

    def __init__(self, field: FormField) -> None:
        super().__init__()
        self.field = field
        self._name = ScrubLabel(field) if field.kind in {"int", "float"} else label(field.label, "strong")
        self._help = label(_help(field), "caption", wrap=True)
        if not self._help.text():
            self._help.hide()  # never shown here: without a parent it would be a window of its own
        self._reason = label("", "bad", wrap=True)
        self._reason.hide()
        self._note = label("", "warning", wrap=True)
        self._note.hide()
        self._reset = icon_button(
            "rotate-ccw", tr("Reset to {value}", value=show_value(field, field.default)), self._on_reset, role="bare"
        )
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(policy)
        self.editor = self._make_editor()
        self.editor.setAccessibleName(field.label)
        self._name.setBuddy(self.editor)
        self.setToolTip(_tip(field))
        above = field.kind in {"text", "file", "folder"} or is_points(field)  # the editor gets a line of its own
        beside = not above and len(self._help.text()) <= LONG_HELP
        words = column(None, self._name, *([self._help] if beside else []), gap="space_xxs")
        line = row(None, words, self._reset, *([] if above else [self.editor]), gap="space_xs")
        line.setStretch(0, 1)
        for widget in (self._reset, self.editor):
            line.setAlignment(widget, Qt.AlignmentFlag.AlignTop)
        below = [] if beside else [self._help]
        column(self, line, *below, *([self.editor] if above else []), self._note, self._reason, gap="space_xs")

    # ── the editor ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _make_editor(self) -> QWidget:
        if is_points(self.field):
            points = PointsEdit()
            points.edited.connect(self._scrubbed)
            points.finished.connect(self.finished)
            return points
        match self.field.kind:
            case "bool":
                toggle = Toggle()
                toggle.clicked.connect(lambda: self.edited.emit(self.field.name, toggle.isChecked()))
                return toggle
            case "choice":
                choice = Choice()
                for item in self.field.choices:
                    choice.addItem(str(item), item)
                choice.setFixedWidth(self._width())
                choice.activated.connect(lambda: self.edited.emit(self.field.name, choice.currentData()))
                return choice
            case _:
                return self._make_line()

    def _make_line(self) -> QWidget:
        edit = ValueEdit()
        edit.textEdited.connect(self._typed)
        edit.editingFinished.connect(self.finished)
        if isinstance(self._name, ScrubLabel):
            self._name.scrubbed.connect(self._scrubbed)
            self._name.finished.connect(self.finished)
        if self.field.kind in {"text", "file", "folder"}:
            edit.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        else:
            edit.setFixedWidth(self._width())
        if self.field.kind not in {"file", "folder"}:
            return edit
        holder = QWidget()
        row(holder, edit, icon_button("folder-open", tr("Choose…"), self._choose_path))
        holder.setFocusProxy(edit)
        return holder

    def _width(self) -> int:
        return 4 * theme.size(FIELD_WIDTH)

    @property
    def line(self) -> QLineEdit | None:
        """The text field, where the editor has a single one."""
        if isinstance(self.editor, PointsEdit):
            return None
        return self.editor if isinstance(self.editor, QLineEdit) else self.editor.findChild(QLineEdit)

    def _choose_path(self) -> None:
        dialog = QFileDialog(self, tr("Choose {name}", name=self.field.label))
        folder = self.field.kind == "folder"
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._path_chosen)
        dialog.open()

    def _path_chosen(self, path: str) -> None:
        self.edited.emit(self.field.name, str(Path(path)))

    def _typed(self, text: str) -> None:
        self.edited.emit(self.field.name, coerce(self.field, text))

    def _scrubbed(self, value: Any) -> None:
        self.show_value(value, differs=True)
        self.edited.emit(self.field.name, value)

    def _on_reset(self) -> None:
        self.reset.emit(self.field.name)

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

    def show_value(self, value: Any, *, differs: bool) -> None:
        self._reset.setVisible(differs and not self.field.required and value != self.field.default)
        if isinstance(self._name, ScrubLabel):
            self._name.value = value
        if isinstance(self.editor, PointsEdit):
            self.editor.set_points(value)
        elif isinstance(self.editor, Toggle):
            self.editor.setChecked(bool(value))
        elif isinstance(self.editor, Choice):
            self.editor.setCurrentIndex(self.editor.findData(value))
        elif self.line is not None:
            same = coerce(self.field, self.line.text()) == value and self.line.hasFocus()
            if not same:
                self.line.setText(show_value(self.field, value))

    def show_reason(self, reason: str) -> None:
        """Why the value is refused, "" where it is not."""
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        if self.line is not None:
            set_property(self.line, "invalid", "true" if reason else "false")

    def show_reset(self, shown: bool) -> None:
        """Can it be taken back, even where it is the default?"""
        self._reset.setVisible(shown)

    def show_help(self, words: str) -> None:
        """Other words in the help's place."""
        self._help.setText(words)
        self._help.setVisible(bool(words))

    def show_note(self, note: str) -> None:
        """What to bear in mind with this value, "" for nothing."""
        self._note.setText(note)
        self._note.setVisible(bool(note))


class ScrubLabel(QLabel):
    """A number's name, to be dragged sideways: the number follows, along its scale. `scrubbed(value)`, then `finished()`."""

    scrubbed = Signal(object)
    finished = Signal()

    def __init__(self, field: FormField) -> None:
        super().__init__(field.label)
        set_role(self, "strong")
        self.field = field
        self.value: Any = field.default
        self._start: tuple[float, float] | None = None
        self.setCursor(Qt.CursorShape.SizeHorCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and isinstance(self.value, int | float):
            self._start = (event.position().x(), float(self.value))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._start is None:
            return
        moved = event.position().x() - self._start[0]
        if abs(moved) >= QApplication.startDragDistance():
            self.scrubbed.emit(scrub(self.field, self._start[1], moved))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._start = None
        self.finished.emit()


def scrub(field: FormField, start: float, pixels: float) -> int | float:
    """The value `pixels` to the right of `start`: a decade each 100 px on a log scale, else a step each 4 px; within the range."""
    if field.ui.scale == "log" and start > 0:
        value = float(f"{start * 10 ** (pixels / 100):.2g}")
    elif field.kind == "int":
        value = start + round(pixels / 4)
    else:
        span = field.high - field.low if field.low is not None and field.high is not None else max(abs(start), 1.0)
        value = float(f"{start + span * pixels / 400:.3g}")
    tiny = 1 if field.kind == "int" else 1e-12
    if field.low is not None:
        value = max(value, field.low + (tiny if field.low_open else 0))
    if field.high is not None:
        value = min(value, field.high - (tiny if field.high_open else 0))
    return round(value) if field.kind == "int" else value


def _help(field: FormField) -> str:
    text = field.ui.help.strip()
    return f"{text} [{field.ui.unit}]".strip() if field.ui.unit else text


def _tip(field: FormField) -> str:
    parts = [field.name, field.range_text, field.ui.unit and tr("in {unit}", unit=field.ui.unit)]
    if not field.required:
        parts.append(tr("default {value}", value=show_value(field, field.default)))
    return " · ".join(part for part in parts if part)
