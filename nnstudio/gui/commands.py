"""Every command once: one name, its keys. Menus, buttons, palette, cheat sheet and the keyboard are views of this list."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence, QShortcut
from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.gui.keymap import Keymap, shown
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme


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
    section: str = ""  # under which heading it is listed, where that is not the first part of the id
    gesture: str = ""  # the way with the mouse, for people: "Ctrl+right-drag"

    @property
    def group(self) -> str:
        return self.section or self.id.partition(".")[0]

    @property
    def shortcut(self) -> str:
        """As people read it: `Ctrl+Shift+S`."""
        return shown(self.shortcuts[0]) if self.shortcuts else ""


def group_titles() -> dict[str, str]:
    """Headings by group, in the order of a menu."""
    return {
        "file": tr("File"),
        "edit": tr("Edit"),
        "place_nodes": tr("Place nodes"),
        "wire": tr("Wire"),
        "select": tr("Select"),
        "move": tr("Move and walk"),
        "node": tr("Change nodes"),
        "arrange": tr("Arrange"),
        "blocks": tr("Blocks"),
        "clipboard": tr("Clipboard"),
        "find": tr("Find and compare"),
        "look": tr("Look around"),
        "canvas": tr("Canvas"),
        "view": tr("View"),
        "place": tr("Places"),
        "run": tr("Run"),
        "help": tr("Help"),
    }


class Commands(QObject):
    """The commands of a widget, each with its QAction.

    focused: their keys hold only while the widget itself has the focus, so that plain letters never fire while one types elsewhere.
    """

    def __init__(self, widget: QWidget, keymap: Keymap, *, focused: bool = False) -> None:
        super().__init__(widget)
        self.keymap = keymap
        self._widget = widget
        self._focused = focused
        self._standard: dict[str, Command] = {}  # as they were added: with the keys that a reset brings back
        self._commands: dict[str, Command] = {}
        self._actions: dict[str, QAction] = {}
        self._listeners: dict[str, list[QShortcut]] = {}
        self._guests: list[tuple[Commands, Callable[[], bool]]] = []
        keymap.changed.connect(self._take_keys)
        theme.changed.connect(self._show_icons)  # one connection for all: a hundred each would be slow to take apart

    def add(self, *commands: Command) -> None:
        for command in commands:
            if command.id in self._commands:
                raise ValueError(f"There is already a command '{command.id}'.")
            self._standard[command.id] = self._commands[command.id] = command
            self._actions[command.id] = self._action(command)
            self._take_key(command.id)

    def include(self, guest: "Commands", enabled: Callable[[], bool]) -> None:
        """List another widget's commands too; each can be used while `enabled()`."""
        self._guests.append((guest, enabled))

    def _action(self, command: Command) -> QAction:
        action = QAction(command.title, self)
        action.setCheckable(command.checked is not None)
        if command.icon:
            action.setIcon(theme.icon(command.icon, "text"))
        action.triggered.connect(lambda: self.run(command.id))
        if self._focused:
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)  # shown in menus; heard by `_listeners`
        else:
            self._widget.addAction(action)
        return action

    def _show_icons(self) -> None:
        """In the colours of the theme."""
        for id, command in self._commands.items():
            if command.icon:
                self._actions[id].setIcon(theme.icon(command.icon, "text"))

    # ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _take_keys(self) -> None:
        for id, standard in self._standard.items():
            if self.keymap.keys_of(standard) != self._commands[id].shortcuts:
                self._take_key(id)

    def _take_key(self, id: str) -> None:
        command = replace(self._standard[id], shortcuts=self.keymap.keys_of(self._standard[id]))
        self._commands[id] = command
        action = self._actions[id]
        action.setShortcuts([QKeySequence(key) for key in command.shortcuts])
        action.setToolTip(f"{command.title}  {command.shortcut}".strip())
        if self._focused:
            for old in self._listeners.pop(id, []):
                old.setEnabled(False)
                old.deleteLater()
            self._listeners[id] = [self._listener(id, key) for key in command.shortcuts]

    def _listener(self, id: str, key: str) -> QShortcut:
        """Apart from the action, which may be disabled by what was true a moment ago: whether it can be used is asked when the key falls."""
        shortcut = QShortcut(QKeySequence(key), self._widget)
        shortcut.setContext(Qt.ShortcutContext.WidgetShortcut)
        shortcut.activated.connect(lambda: self.run(id))
        return shortcut

    def standard(self, id: str) -> Command:
        """The command with the keys it came with."""
        for guest, _ in self._guests:
            if id in guest._standard:
                return guest.standard(id)
        return self._standard[id]

    # ── asking and running ────────────────────────────────────────────────────────────────────────────────────────────

    def __iter__(self) -> Iterator[Command]:
        yield from self._commands.values()
        for guest, enabled in self._guests:
            for command in guest:
                yield replace(command, enabled=_both(enabled, command.enabled))

    def __contains__(self, id: str) -> bool:
        return id in self._commands or any(id in guest for guest, _ in self._guests)

    def __getitem__(self, id: str) -> Command:
        found = self._commands.get(id)
        return found if found is not None else next(command for command in self if command.id == id)

    def action(self, id: str) -> QAction:
        for guest, _ in self._guests:
            if id in guest:
                return guest.action(id)
        return self._actions[id]

    def run(self, id: str) -> None:
        command = self[id]
        if command.enabled():
            command.run()
        self.refresh()

    def refresh(self) -> None:
        """Ask every command whether it can be used now."""
        for command in self._commands.values():
            self._refresh(command)

    def _refresh(self, command: Command) -> None:
        action = self.action(command.id)
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
        menu = QMenu(parent)
        titles = group_titles()
        for group, members in self.groups().items():
            submenu = menu.addMenu(titles.get(group, group))
            for command in members:
                self._refresh(command)
                submenu.addAction(self.action(command.id))
        return menu


def _both(first: Callable[[], bool], second: Callable[[], bool]) -> Callable[[], bool]:
    return lambda: first() and second()
