"""What the app remembers between two starts: theme, panels, recent files. One small JSON file in the user's configuration folder.

Anyone may have written that file. What it holds is asked for by a `Setting`, which makes the value, of the type that is expected, of
whatever stands there; several windows change it, each the one value it means.
"""

import json
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

RECENT = 12
MAX_BYTES = 2**20  # of the file; ours has some kB
MAX_TEXT = 4096
MAX_ITEMS = 1000
MAX_PIXELS = 2**15
WAIT_MS = 200  # for another window that is writing

T = TypeVar("T")


# ── what there is to remember ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Setting(Generic[T]):
    """name: its key in the file. read: the value, made of any JSON; None where that does not fit: then `usual` holds."""

    name: str
    usual: T
    read: Callable[[Any], T | None]

    def of(self, values: Mapping[str, Any]) -> T:
        found = self.read(values.get(self.name))
        return self.usual if found is None else found


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    """Something that can be written, painted and asked for: half a surrogate pair cannot."""
    return value if isinstance(value, str) and len(value) <= MAX_TEXT and _encodable(value) else None


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _size(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value <= MAX_PIXELS else None


def _list_of(read: Callable[[Any], T | None]) -> Callable[[Any], list[T] | None]:
    """The items that fit."""

    def read_all(value: Any) -> list[T] | None:
        if not isinstance(value, list):
            return None
        items = map(read, cast(list[Any], value)[:MAX_ITEMS])
        return [item for item in items if item is not None]

    return read_all


def _by_name(read: Callable[[Any], T | None]) -> Callable[[Any], dict[str, T] | None]:
    def read_all(value: Any) -> dict[str, T] | None:
        if not isinstance(value, dict):
            return None
        items = ((name, read(item)) for name, item in list(cast(dict[str, Any], value).items())[:MAX_ITEMS])
        return {name: item for name, item in items if item is not None}

    return read_all


THEME = Setting("theme", "system", lambda value: value if value in ("dark", "light", "system") else None)
WINDOW = Setting("window", "", _text)
"""Where it stands and how large it is, as Qt writes it, in base 64."""
SHOWN_PANELS = Setting("panels", ["library", "inspector", "dashboard"], _list_of(_text))
"""Those that are shown in the Model place."""
SPLITTERS = Setting("splitters", dict[str, list[int]](), _by_name(_list_of(_size)))
RECENT_FILES = Setting("recent", list[str](), _list_of(_text))
RECENT_LAYERS = Setting("recent_layers", list[str](), _list_of(_text))
KEYS = Setting("keys", dict[str, list[str]](), _by_name(_list_of(_text)))
"""Those that a person gave, by the id of the command."""
GRID_SNAP = Setting("grid_snap", True, _flag)
"""Do nodes that are dragged stop on the lines of the grid?"""
GUIDES = Setting("guides", True, _flag)
"""Do they stop where they line up with others?"""
REDUCED_MOTION: Setting[bool | None] = Setting("reduced_motion", None, _flag)
"""True: nothing moves by itself; False: it does; None: as the system says."""
SHOW_LAST = Setting("dashboard_last_run", True, _flag)
"""Does the dashboard show the run before the present one too?"""
EVERY: tuple[Setting[Any], ...] = (
    THEME, WINDOW, SHOWN_PANELS, SPLITTERS, RECENT_FILES, RECENT_LAYERS, KEYS, GRID_SNAP, GUIDES, REDUCED_MOTION, SHOW_LAST,
)  # fmt: skip


# ── remembering it ────────────────────────────────────────────────────────────────────────────────────────────────────


class Settings:
    """A file that cannot be read or written costs the memory, never the app."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self._values = _read(self.path) or {}
        self._in_vain = False  # could the file not be written? Then what this window knows is all there is

    def get(self, setting: Setting[T]) -> T:
        return setting.of(self._values)

    def set(self, setting: Setting[T], value: T) -> None:
        self.change(setting, lambda _: value)

    def change(self, setting: Setting[T], make: Callable[[T], T]) -> T:
        """`make` the new value of the one that the file holds now: another window may have changed it, and all others, meanwhile."""
        with _alone(self.path):
            there = None if self._in_vain else _read(self.path)
            kept = self._values if there is None else there
            value = make(setting.of(kept))
            self._values[setting.name] = value
            changed = {**kept, setting.name: value}
            if changed != there:
                self._in_vain = not _written(self.path, changed)
        return value

    @property
    def recent(self) -> list[Path]:
        """The files opened last, newest first, as far as they still exist."""
        return [path for path in map(Path, self.get(RECENT_FILES)) if _is_there(path)]

    def add_recent(self, path: Path) -> None:
        newest = str(path.resolve())
        self.change(RECENT_FILES, lambda kept: [newest, *(each for each in kept if each != newest)][:RECENT])


def _is_there(path: Path) -> bool:
    """False too for a place that cannot be asked for: a name too long, a folder that is closed, a drive that is gone."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def default_path() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_dir("nnstudio")) / "settings.json"


def state_folder() -> Path:
    """Where autosaves and the runs of unsaved projects are kept."""
    import platformdirs

    return Path(platformdirs.user_data_dir("nnstudio"))


# ── the file ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _read(path: Path) -> dict[str, Any] | None:
    """None where there is something that cannot be read."""
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
        value: Any = json.loads(raw) if len(raw) <= MAX_BYTES else None
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        return None
    return cast(dict[str, Any], value) if isinstance(value, dict) else None


def _written(path: Path, values: Mapping[str, Any]) -> bool:
    """The whole new file, or the old one untouched."""
    part = path.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        part.write_text(json.dumps(values, indent=1, sort_keys=True), encoding="utf-8")
        part.replace(path)
    except (
        OSError,
        RecursionError,
    ):  # a read-only home; a value of others that is nested too deeply to be written again
        with suppress(OSError):
            part.unlink(missing_ok=True)
        return False
    return True


@contextmanager
def _alone(path: Path) -> Generator[None]:
    """No other window reads and writes meanwhile; one that hangs is not waited for."""
    from PySide6.QtCore import QLockFile  # here: the terminal asks this file where things are, and does without Qt

    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
    lock = QLockFile(str(path.with_name(f"{path.name}.lock")))
    lock.tryLock(WAIT_MS)
    try:
        yield
    finally:
        lock.unlock()
