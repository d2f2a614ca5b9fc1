"""Every command once: one name, one shortcut. Menus, buttons, palette and cheat sheet are views of this list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme


@dataclass(frozen=True)
class Command:
    """id: "group.verb". shortcuts: the first is the one that is shown. enabled, checked: asked when the state may have changed."""

    id: str
    title: str
    run: Callable[[], object]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    enabled: Callable[[], bool] = lambda: True
    checked: Callable[[], bool] | None = None
    words: str = ""  # further words that find it in the palette

    @property
    def group(self) -> str:
        return self.id.partition(".")[0]

    @property
    def shortcut(self) -> str:
        """As people read it: `Ctrl+Shift+S`."""
        return (
            QKeySequence(self.shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText) if self.shortcuts else ""
        )


def group_titles() -> dict[str, str]:
    return {
        "file": tr("File"),
        "edit": tr("Edit"),
        "view": tr("View"),
        "place": tr("Places"),
        "run": tr("Run"),
        "help": tr("Help"),
    }


class Commands(QObject):
    """The commands of a window, each with its QAction."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}

    def add(self, *commands: Command) -> None:
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"There is already a command '{command.id}'.")
            self._commands[command.id] = command
            self._actions[command.id] = self._action(command)

    def _action(self, command: Command) -> QAction:
        action = QAction(command.title, self)
        action.setShortcuts([QKeySequence(shortcut) for shortcut in command.shortcuts])
        action.setToolTip(f"{command.title}  {command.shortcut}".strip())
        action.setCheckable(command.checked is not None)
        if command.icon:
            follow_theme(action, lambda: action.setIcon(theme.icon(command.icon, "text")))
        action.triggered.connect(lambda: self.run(command.id))
        self._window.addAction(action)
        return action

    def __iter__(self) -> Iterator[Command]:
        return iter(self._commands.values())

    def __getitem__(self, id: str) -> Command:
        return self._commands[id]

    def action(self, id: str) -> QAction:
        return self._actions[id]

    def run(self, id: str) -> None:
        command = self._commands[id]
        if command.enabled():
            command.run()
        self.refresh()

    def refresh(self) -> None:
        """Ask every command whether it can be used now."""
        for id, command in self._commands.items():
            action = self._actions[id]
            action.setEnabled(command.enabled())
            if command.checked is not None:
                action.setChecked(command.checked())

    def groups(self) -> dict[str, list[Command]]:
        """The commands by group, in the order of a menu bar."""
        groups: dict[str, list[Command]] = {group: [] for group in group_titles()}
        for command in self:
            groups.setdefault(command.group, []).append(command)
        return {group: members for group, members in groups.items() if members}

    def menu(self, parent: QWidget) -> QMenu:
        """All of them as one menu with a submenu a group."""
        self.refresh()
        menu = QMenu(parent)
        titles = group_titles()
        for group, members in self.groups().items():
            submenu = menu.addMenu(titles.get(group, group))
            for command in members:
                submenu.addAction(self._actions[command.id])
        return menu
