"""Which keys does each command have? Its own, or those that a person gave it; kept in the settings."""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from nnstudio.gui.settings import KEYS, Settings


class HasKeys(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def shortcuts(self) -> tuple[str, ...]: ...


def shown(keys: str) -> str:
    """As people read it on this system: `Ctrl+Shift+S`."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def same(one: str, other: str) -> bool:
    """Are they pressed alike? A sign is the sign, however it comes about: `Ctrl++` and `Ctrl+Shift++`."""
    return _bare(one) == _bare(other)


def is_sign(key: int) -> bool:
    return 0x21 <= key <= 0x7E and not chr(key).isalnum()


def _bare(keys: str) -> str:
    text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.PortableText)
    return text.replace("Shift+", "") if text and is_sign(ord(text[-1])) else text


class Keymap(QObject):
    """The keys that a person gave, by the id of the command; every other command has those it came with."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._given = _keys(settings.get(KEYS))

    def keys_of(self, command: HasKeys) -> tuple[str, ...]:
        return self._given.get(command.id, command.shortcuts)

    def is_given(self, id: str) -> bool:
        """Does it have other keys than it came with?"""
        return id in self._given

    @property
    def any_given(self) -> bool:
        return bool(self._given)

    def give(self, command: HasKeys, keys: Iterable[str]) -> None:
        """From now on `command` (as it came) has these keys."""
        wanted = tuple(keys)

        def given(kept: Mapping[str, list[str]]) -> dict[str, list[str]]:
            rest = {id: keys for id, keys in kept.items() if id != command.id}
            return rest if wanted == command.shortcuts else {**rest, command.id: list(wanted)}

        self._change(given)

    def reset(self, id: str = "") -> None:
        """The keys it came with; of all commands, where none is named."""
        self._change(lambda kept: {other: keys for other, keys in kept.items() if id and other != id})

    def _change(self, make: Callable[[dict[str, list[str]]], dict[str, list[str]]]) -> None:
        """Of what is kept now: keys that were given in another window stay, and hold here too from now on."""
        given = _keys(self._settings.change(KEYS, make))
        if given != self._given:
            self._given = given
            self.changed.emit()


def _keys(kept: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {id: tuple(filter(None, keys)) for id, keys in kept.items()}
