"""Editors of plain values: one value in a field, and a list of points (x, y) as rows."""

from collections.abc import Sequence
from typing import Any, cast

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, column, icon_button, row, set_property, set_role
from nnstudio.gui.widgets.text_edit import left_to_project
from nnstudio.params import FormField

Point = tuple[float, float]
STAYS = frozenset({Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason})
"""Why the focus goes for a moment only."""


def is_points(field: FormField) -> bool:
    """Is its value a list of pairs?"""
    default = field.default
    return type(default) in {tuple, list} and bool(default) and isinstance(default[0], tuple | list)


def show_number(value: float) -> str:
    """A number as people type it: `1e-5`, `0.3`."""
    small = 0 < abs(value) < 1e-3
    text = f"{value:.11e}" if small else f"{value:.12g}"
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if small else mantissa
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def read_number(text: str) -> float | None:
    try:
        return float(text.strip().replace("−", "-"))
    except ValueError:
        return None


class ValueEdit(QLineEdit):
    """A field for one value, at the right. `stepped(n)`: Up and Down, ten times as far with Shift.

    Enter ends the typing, ready for the next. Escape types back what stood there before, and is then heard by whoever holds the field.
    Ctrl+Z undoes what is typed, and then what was done to the project.
    """

    stepped = Signal(int)
    typing = False

    def __init__(self) -> None:
        super().__init__()
        set_role(self, "value")
        self.setMinimumHeight(theme.size("field"))
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.before = ""
        """What stood there before the typing that goes on, or the last one."""
        self._now = ""
        self.textEdited.connect(self._begin)
        self.textChanged.connect(self._follow)  # is told after `textEdited`
        self.editingFinished.connect(self._end)

    def _begin(self) -> None:
        if not self.typing:
            self.typing, self.before = True, self._now

    def _follow(self, text: str) -> None:
        self._now = text

    def _end(self) -> None:
        self.typing = False

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Qt does not count what was stepped to as typing."""
        super().focusOutEvent(event)
        if self.typing and event.reason() not in STAYS:
            self.editingFinished.emit()

    def event(self, event: QEvent) -> bool:
        own = self.typing and self.isUndoAvailable(), self.typing and self.isRedoAvailable()
        if left_to_project(event, *own):
            if self.typing:  # what was stepped to: the step is whole before it is undone
                self.editingFinished.emit()
            return False
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                super().keyPressEvent(event)
                event.accept()
                self.selectAll()
            case Qt.Key.Key_Escape:
                self._take_back()
                event.ignore()
            case Qt.Key.Key_Up | Qt.Key.Key_Down as key:
                self._begin()
                far = 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
                self.stepped.emit(far if key == Qt.Key.Key_Up else -far)
            case _:
                super().keyPressEvent(event)

    def _take_back(self) -> None:
        if self.typing:
            self.setText(self.before)
            self.textEdited.emit(self.before)
            self.editingFinished.emit()
        self.selectAll()


class PointsEdit(QWidget):
    """Rows `x  y  ✕` and a button for one more.

    `edited(points)`: all of them are numbers; `refused(text)`: what was typed is none, and gave way; `finished()`: the typing is over.
    """

    edited = Signal(object)
    refused = Signal(str)
    finished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._points: tuple[Point, ...] = ()
        self._cells: list[tuple[ValueEdit, ValueEdit]] = []
        self._rows = column(None, gap="space_xs")
        add = button(tr("Add a point"), self._add, "link")
        column(self, self._rows, row(None, add, None), gap="space_xs")

    def set_points(self, value: Any) -> None:
        """Show these points; a field keeps its text if it means the same."""
        points = tuple((float(x), float(y)) for x, y in cast("Sequence[Sequence[float]]", value or ()))
        if len(points) != len(self._cells):
            self._rebuild(len(points))
        self._points = points
        for cells, point in zip(self._cells, points, strict=True):
            for cell, number in zip(cells, point, strict=True):
                if read_number(cell.text()) != number:
                    cell.setText(show_number(number))
                    set_property(cell, "invalid", "false")

    def _rebuild(self, count: int) -> None:
        clear(self._rows)
        self._cells = []
        for index in range(count):
            x, y = ValueEdit(), ValueEdit()
            for cell, name in (
                (x, tr("x of point {number}", number=index + 1)),
                (y, tr("y of point {number}", number=index + 1)),
            ):
                cell.setAccessibleName(name)
                cell.textEdited.connect(self._typed)
                cell.editingFinished.connect(lambda cell=cell: self._finish(cell))
            drop = icon_button("x", tr("Remove this point"), lambda at=index: self._remove(at), role="bare")
            self._cells.append((x, y))
            self._rows.addLayout(row(None, x, y, drop, gap="space_xs"))

    def _typed(self) -> None:
        read = [tuple(read_number(cell.text()) for cell in cells) for cells in self._cells]
        for cells, point in zip(self._cells, read, strict=True):
            for cell, number in zip(cells, point, strict=True):
                set_property(cell, "invalid", "true" if number is None else "false")
        if all(None not in point for point in read):
            self.edited.emit([list(point) for point in read])

    def _finish(self, cell: ValueEdit) -> None:
        """What is no number gives way to what was there before."""
        text = cell.text()
        if read_number(text) is None:
            cell.setText(cell.before)
            self._typed()
            self.refused.emit(text)
        self.finished.emit()

    def _add(self) -> None:
        """One more, half way through the last stretch."""
        points = [list(point) for point in self._points] or [[0.0, 1.0]]
        before, last = points[-2] if len(points) > 1 else points[-1], points[-1]
        middle = [(a + b) / 2 for a, b in zip(before, last, strict=True)]
        self.edited.emit([*points[:-1], middle, last] if len(points) > 1 else [*points, [1.0, points[0][1]]])
        self.finished.emit()

    def _remove(self, index: int) -> None:
        if len(self._points) > 1:
            self.edited.emit([list(point) for at, point in enumerate(self._points) if at != index])
            self.finished.emit()
