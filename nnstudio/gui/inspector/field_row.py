"""One field of a form: its name, which can be dragged, its help, its editor, and why its value is refused."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget

from nnstudio.gui.inspector.points_edit import PointsEdit, ValueEdit, is_points, show_number
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, icon_button, label, row, set_property, set_role
from nnstudio.gui.widgets.painted import Choice, Toggle
from nnstudio.params import FormField, coerce

STEP_PIXELS = 4.0  # a step with the arrow keys is as much as dragging the name so far
LONG_HELP = 52  # characters; a longer help stands below the whole row
FIELD_WIDTH = "row"  # fields are four rows wide: `0.0001` and `zeros` fit


def show_value(field: FormField, value: Any) -> str:
    """A value as people type it: `1e-5`, `3 × 5`, `none`."""
    if value is None:
        return "" if field.required else "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | list):
        between = ", " if field.ui.axes else " × "
        return between.join(show_value(field, item) for item in cast(Sequence[Any], value))
    if isinstance(value, float):
        return show_number(value)
    return str(value)


class Held(NamedTuple):
    """What a field holds. own: it is set, and not the default because nobody said anything; mixed: several values at once."""

    value: Any
    own: bool
    mixed: bool


class FieldRow(QWidget):
    """One field: its name and help at the left, the editor at the right, the reason below when the value is refused.

    `edited(name, value)` while one types; `reset(name)`: to the default. What is typed back, and what is refused when the typing
    ends, gives way to what the field held before: as another `edited`, a `reset`, or `given_back(name)` where it held several values.
    """

    edited = Signal(str, object)
    reset = Signal(str)
    given_back = Signal(str)
    finished = Signal()
    menu_requested = Signal(str, QPoint)

    def __init__(self, field: FormField) -> None:
        super().__init__()
        self.field = field
        self._held = Held(field.default, own=False, mixed=False)
        self._before: Held | None = None  # while it is typed in
        self._refused = ""  # why the last value that was typed gave way
        self._name = ScrubLabel(field) if field.kind in {"int", "float"} else label(field.label, "strong")
        self._help = label(_help(field), "caption", wrap=True)
        if not self._help.text():
            self._help.hide()  # never shown here: without a parent it would be a window of its own
        self._reason = label("", "bad", wrap=True)
        self._reason.hide()
        self._note = label("", "warning", wrap=True)
        self._note.hide()
        self._exposed = label("", "caption", wrap=True)
        self._exposed.hide()
        self._reset = icon_button(
            "rotate-ccw", tr("Reset to {value}", value=show_value(field, field.default)), self.to_default, role="bare"
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
        self._sign = QLabel()
        self._sign.hide()
        title = row(None, self._name, self._sign, None, gap="space_xs")
        words = column(None, title, *([self._help] if beside else []), gap="space_xxs")
        line = row(None, words, self._reset, *([] if above else [self.editor]), gap="space_xs")
        line.setStretch(0, 1)
        for widget in (self._reset, self.editor):
            line.setAlignment(widget, Qt.AlignmentFlag.AlignTop)
        below = [] if beside else [self._help]
        column(
            self,
            line,
            *below,
            *([self.editor] if above else []),
            self._exposed,
            self._note,
            self._reason,
            gap="space_xs",
        )

    # ── the editor ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _make_editor(self) -> QWidget:
        if is_points(self.field):
            points = PointsEdit()
            points.edited.connect(self._scrubbed)
            points.refused.connect(self._refuse)
            points.finished.connect(self._end)
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
        edit.editingFinished.connect(self._finish)
        edit.stepped.connect(self._step)
        edit.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # the row has the one for both
        if isinstance(self._name, ScrubLabel):
            self._name.scrubbed.connect(self._scrubbed)
            self._name.finished.connect(self._end)
        if self.field.kind in {"text", "file", "folder"}:
            edit.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        else:
            edit.setFixedWidth(self._width())
        if self.field.kind not in {"file", "folder"}:
            return edit
        edit.setAccessibleName(self.field.label)
        holder = QWidget()
        row(holder, edit, icon_button("folder-open", tr("Choose…"), self._choose_path))
        holder.setFocusProxy(edit)
        return holder

    def _width(self) -> int:
        return 4 * theme.size(FIELD_WIDTH)

    @property
    def line(self) -> ValueEdit | None:
        """The text field, where the editor has a single one."""
        if isinstance(self.editor, PointsEdit):
            return None
        return self.editor if isinstance(self.editor, ValueEdit) else self.editor.findChild(ValueEdit)

    def _choose_path(self) -> None:
        dialog = QFileDialog(self, tr("Choose {name}", name=self.field.label))
        folder = self.field.kind == "folder"
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._path_chosen)
        dialog.open()

    def _path_chosen(self, path: str) -> None:
        self.edited.emit(self.field.name, str(Path(path)))

    # ── typing ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def typing(self) -> bool:
        return self._before is not None

    def _begin(self) -> Held:
        """The first key of a value: what the field held is kept until the typing is over."""
        if self._before is None:
            self._before, self._refused = self._held, ""
            self.show_reason("")
        return self._before

    def _typed(self, text: str) -> None:
        before = self._begin()
        if self.line is not None and text == self.line.before:
            self._give_back(before)
            return
        value = coerce(self.field, text)
        self.edited.emit(self.field.name, value)
        if not self._reason.text():
            self._held = Held(value, own=True, mixed=False)

    def type_text(self, text: str) -> None:
        """As if it had been typed."""
        if self.line is not None:
            self.line.before = self.line.text()
            self.line.setText(text)
            self._typed(text)
            self._finish()

    def _finish(self) -> None:
        """The typing is over: a sum stands as its value from now on; what is refused gives way to what was there, and the reason stays."""
        line, before = self.line, self._before
        here = self.isVisible()  # else it is going, with what it belonged to
        if line is not None and before is not None and self._reason.text() and here:
            self._refuse(line.text())
            self._give_back(before)
            line.setText("" if before.mixed else show_value(self.field, before.value))
        elif line is not None and line.text() and self._reason.isHidden():
            line.setText(show_value(self.field, coerce(self.field, line.text())))
        self._end()

    def _give_back(self, before: Held) -> None:
        self._held = before
        self.show_reason("")
        if before.mixed:
            self.given_back.emit(self.field.name)
        elif before.own:
            self.edited.emit(self.field.name, before.value)
        else:
            self.reset.emit(self.field.name)

    def _refuse(self, text: str) -> None:
        why = self._reason.text() or tr("It is no number.")
        self._refused = tr("“{text}” was not taken. {why}", text=text, why=why)
        self.show_reason("")

    def _end(self) -> None:
        self._before = None
        self.finished.emit()

    def _step(self, steps: int) -> None:
        value = self._held.value
        if self.field.kind in {"int", "float"} and type(value) in {int, float}:
            self._scrubbed(scrub(self.field, float(value), STEP_PIXELS * steps))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu_requested.emit(self.field.name, event.globalPos())

    def _scrubbed(self, value: Any) -> None:
        self._begin()
        self._show(value, differs=True)
        if self.line is not None:
            self.line.setText(show_value(self.field, value))
        self.edited.emit(self.field.name, value)

    def to_default(self) -> None:
        self._refused = ""
        self._end()
        self.reset.emit(self.field.name)
        self._end()

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def resettable(self) -> bool:
        return not self._reset.isHidden()

    def show_mixed(self, words: str, first: Any = None) -> None:
        """It has several values at once: nothing stands in the field, and the help says which. Steps begin at the `first`."""
        self._held = Held(first, own=True, mixed=True)
        self._reset.setVisible(not self.field.required)
        if not self.typing:
            self.show_reason("")
        self.show_help(words)
        if isinstance(self._name, ScrubLabel):
            self._name.value = None
        if isinstance(self.editor, Toggle):
            self.editor.setChecked(False)
        elif isinstance(self.editor, Choice):
            self.editor.setCurrentIndex(-1)
            self.editor.setPlaceholderText(tr("mixed"))
        elif self.line is not None and not self.typing:
            self.line.clear()
            self.line.setPlaceholderText(tr("mixed"))

    def show_value(self, value: Any, *, differs: bool, reason: str = "") -> None:
        """What it holds, and why that cannot be used. A field that is being typed in keeps its text."""
        if (value, differs) != self._held[:2]:
            self._refused = ""
        self._show(value, differs=differs)
        if not self.typing:
            self.show_reason(reason)

    def _show(self, value: Any, *, differs: bool) -> None:
        if self._held.mixed:
            self.show_help(_help(self.field))
        self._held = Held(value, own=differs, mixed=False)
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
            if not (same or self.typing):
                self.line.setText(show_value(self.field, value))

    def show_reason(self, reason: str) -> None:
        """Why the value is refused, "" where it is not; then still, why the one was that gave way to it."""
        said = reason or self._refused
        self._reason.setText(said)
        self._reason.setVisible(bool(said))
        if self.line is not None:
            set_property(self.line, "invalid", "true" if reason else "false")

    def show_sign(self, icon: str, tip: str) -> None:
        """A small sign behind the name; "" for none."""
        if icon:
            self._sign.setPixmap(theme.pixmap(icon, "accent", theme.size("icon_size"), self.devicePixelRatioF()))
            self._sign.setToolTip(tip)
            self._sign.setAccessibleName(tip)
        self._sign.setVisible(bool(icon))

    def show_exposed(self, words: str) -> None:
        """By what it is set from elsewhere, and to which value; "" where it is not."""
        self._exposed.setText(words)
        self._exposed.setVisible(bool(words))
        self.show_sign("sliders-horizontal" if words else "", words)

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
