"""The cheat sheet (?): every command with its keys and its way with the mouse; a click on keys, or Enter on them, records others."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.gui.commands import Command, Commands, group_titles
from nnstudio.gui.fuzzy import score
from nnstudio.gui.key_press import pressed
from nnstudio.gui.keymap import same, shown
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import button, column, heading, label, panel, row, set_property

COLUMNS = 3
NO_KEY = "–"


class KeyButton(QPushButton):
    """Shows a command's keys. Pressed, it waits for others: Esc gives up, leaving it too."""

    def __init__(self, title: str, take: Callable[[tuple[str, ...]], object]) -> None:
        super().__init__()
        self._title, self._take = title, take
        self._keys = ""
        self.recording = False
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(self.record)

    def show_keys(self, keys: tuple[str, ...]) -> None:
        """The first: the others stand below the title."""
        self._keys = shown(keys[0]) if keys else NO_KEY
        self._show()

    def record(self) -> None:
        self.recording = True
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show()

    def _stop(self) -> None:
        self.recording = False
        self._show()

    def _show(self) -> None:
        self.setText(tr("Press keys …") if self.recording else self._keys)
        set_property(self, "role", "accent" if self.recording else "")
        said = tr("Press new keys, Esc gives up") if self.recording else self._keys
        self.setAccessibleName(f"{self._title}: {said}")
        self.setToolTip(tr("Click, or Enter, and press new keys"))

    def event(self, event: QEvent) -> bool:
        """Tab, Return and every shortcut are keys like any other while it records."""
        if isinstance(event, QKeyEvent):
            if self.recording and event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if self.recording and event.type() == QEvent.Type.KeyPress:
                self._press(event)
                return True
            if event.type() == QEvent.Type.KeyPress and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self.record()
                return True
        return super().event(event)

    def _press(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and not event.modifiers():
            self._stop()
        elif keys := pressed(event):
            self._stop()
            self._take(keys)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self.recording:
            self._stop()


class CommandRow(QWidget):
    """A command: its title, how the mouse does it, its keys; below, when asked for, what stands against the keys just pressed."""

    def __init__(self, sheet: "Shortcuts", id: str) -> None:
        super().__init__()
        self._sheet, self.id = sheet, id
        command = sheet.commands[id]
        words = column(None, label(command.title, wrap=True), gap="")
        if command.gesture:
            words.addWidget(label(command.gesture, "caption", wrap=True))
        self.also = label("", "caption", wrap=True)
        words.addWidget(self.also)
        self.keys = KeyButton(command.title, self._take)
        self.reset = button(tr("Reset"), lambda: sheet.reset(id), "link")
        self.reset.setAccessibleName(tr("Reset the keys of {command}", command=command.title))
        line = row(None, words, self.reset, self.keys)
        line.setStretch(0, 1)
        self._ask: QVBoxLayout | None = None
        self._layout: QVBoxLayout = column(self, line, gap="space_xs")
        self.refresh()

    def refresh(self) -> None:
        command = self._sheet.commands[self.id]
        self.keys.show_keys(command.shortcuts)
        self.also.setText(tr("also {keys}", keys=", ".join(map(shown, command.shortcuts[1:]))))
        self.also.setVisible(len(command.shortcuts) > 1)
        self.reset.setVisible(self._sheet.commands.keymap.is_given(self.id))

    def fits(self, query: str) -> bool:
        command = self._sheet.commands[self.id]
        texts = (command.title, command.words, command.gesture, *map(shown, command.shortcuts))
        return any(score(query, text) is not None for text in texts if text)

    def _take(self, keys: tuple[str, ...]) -> None:
        """The first of them, where no other command is set off by any."""
        self._answer()
        other = self._sheet.holder(keys, self.id)
        if other is None:
            self._sheet.give(self.id, keys[0])
        else:
            self._conflict(keys, other)

    def _conflict(self, keys: tuple[str, ...], other: Command) -> None:
        said = tr("{keys} is “{command}”.", keys=shown(keys[0]), command=other.title)
        self.take_away = button(tr("Take it away there"), lambda: self._take_away(keys, other.id), "accent")
        keep = button(tr("Keep it"), self._answer)
        self._ask = column(None, label(said, "warning", wrap=True), self.take_away, keep, gap="space_xs")
        self._layout.addLayout(self._ask)
        self.take_away.show()  # at once: what is not shown takes no focus
        self.take_away.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_away(self, keys: tuple[str, ...], other: str) -> None:
        self._sheet.take_away(keys, other)
        self._take(keys)
        if self._ask is None:
            self.keys.setFocus(Qt.FocusReason.OtherFocusReason)

    def _answer(self) -> None:
        """The question is answered, or another one comes."""
        if self._ask is not None:
            while (item := self._ask.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.hide()
                    widget.deleteLater()
            self._layout.removeItem(self._ask)
            self._ask = None


class Shortcuts(QWidget):
    """What is on the sheet."""

    def __init__(self, commands: Commands) -> None:
        super().__init__()
        self.commands = commands
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search commands and keys"))
        self.search.setAccessibleName(tr("Search commands and keys"))
        self.search.setClearButtonEnabled(True)
        self.reset_all = button(tr("Reset all"), lambda: self.reset(""))
        self.hint = label(
            tr("Click the keys of a command, or press Enter on them, to give it others."), "caption", wrap=True
        )
        head = row(None, self.search, self.reset_all)
        head.setStretch(0, 1)
        self.rows: dict[str, CommandRow] = {}
        self._groups: list[tuple[QLabel, list[CommandRow]]] = []
        columns = self._columns()
        column(self, head, self.hint, columns, None, gap="space_m")
        self.search.textChanged.connect(self._filter)
        commands.keymap.changed.connect(self._refresh)
        self._refresh()

    def _columns(self) -> QHBoxLayout:
        """Group after group, each into the column that is the shortest so far."""
        titles = group_titles()
        sides = [panel("") for _ in range(COLUMNS)]
        boxes = [column(side, gap="space_s") for side in sides]
        lengths = [0] * COLUMNS
        for group, members in self.commands.groups().items():
            at = lengths.index(min(lengths))
            title = heading(titles.get(group, group))
            made = [CommandRow(self, command.id) for command in members]
            for widget in (title, *made):
                boxes[at].addWidget(widget)
            lengths[at] += len(made) + 2
            self._groups.append((title, made))
            self.rows |= {each.id: each for each in made}
        for box in boxes:
            box.addStretch(1)
        together = row(None, *sides, gap="space_xl")
        for index, side in enumerate(sides):
            side.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # all equally wide
            together.setStretch(index, 1)
        return together

    def _filter(self, query: str) -> None:
        for title, members in self._groups:
            fitting = [member for member in members if not query.strip() or member.fits(query)]
            for member in members:
                member.setVisible(member in fitting)
            title.setVisible(bool(fitting))

    def _refresh(self) -> None:
        for each in self.rows.values():
            each.refresh()
        self.reset_all.setEnabled(self.commands.keymap.any_given)

    # ── giving keys ───────────────────────────────────────────────────────────────────────────────────────────────────

    def holder(self, keys: tuple[str, ...], but: str) -> Command | None:
        """The command that has one of these keys already."""
        others = (command for command in self.commands if command.id != but)
        return next((command for command in others if any(_among(keys, key) for key in command.shortcuts)), None)

    def give(self, id: str, keys: str) -> None:
        """These keys in place of those it has."""
        self.commands.keymap.give(self.commands.standard(id), (keys,))

    def take_away(self, keys: tuple[str, ...], id: str) -> None:
        left = [key for key in self.commands[id].shortcuts if not _among(keys, key)]
        self.commands.keymap.give(self.commands.standard(id), left)

    def reset(self, id: str) -> None:
        """The keys that a command came with (all, where `id` is ""). Where another has been given one of them, that one keeps its other keys."""
        keymap = self.commands.keymap
        if id:
            for key in self.commands.standard(id).shortcuts:
                other = self.holder((key,), id)
                if other is not None:
                    self.take_away((key,), other.id)
        keymap.reset(id)


def _among(keys: tuple[str, ...], key: str) -> bool:
    return any(same(key, each) for each in keys)
