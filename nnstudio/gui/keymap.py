"""Which keys does each command have? Its own, or those that a person gave it; kept in the settings."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QKeySequence

from nnstudio.gui.settings import Settings

SETTING = "keys"


class HasKeys(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def shortcuts(self) -> tuple[str, ...]: ...


def shown(keys: str) -> str:
    """As people read it on this system: `Ctrl+Shift+S`."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def same(one: str, other: str) -> bool:
    return QKeySequence(one) == QKeySequence(other)


class Keymap(QObject):
    """The keys that a person gave, by the id of the command; every other command has those it came with."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._given = _read(settings.get(SETTING))

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
        rest = {id: kept for id, kept in self._given.items() if id != command.id}
        self._keep(rest if wanted == command.shortcuts else {**rest, command.id: wanted})

    def reset(self, id: str = "") -> None:
        """The keys it came with; of all commands, where none is named."""
        self._keep({other: keys for other, keys in self._given.items() if id and other != id})

    def _keep(self, given: dict[str, tuple[str, ...]]) -> None:
        if given != self._given:
            self._given = given
            self._settings.set(SETTING, {id: list(keys) for id, keys in given.items()})
            self.changed.emit()


def _read(value: Any) -> dict[str, tuple[str, ...]]:
    """What the settings hold; what is no list of keys is left out."""
    if not isinstance(value, Mapping):
        return {}
    given: dict[str, tuple[str, ...]] = {}
    for id, keys in cast(Mapping[str, Any], value).items():
        if isinstance(keys, list):
            given[id] = tuple(key for key in cast(list[Any], keys) if isinstance(key, str) and key)
    return given
