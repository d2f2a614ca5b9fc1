"""What the app remembers between two starts: theme, panels, recent files. One small JSON file in the user's configuration folder."""

import json
from pathlib import Path
from typing import Any, cast

RECENT = 12


class Settings:
    """Values by name. A file that cannot be read or written costs the memory, never the app."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self._values = _read(self.path)

    def get(self, name: str, default: Any = None) -> Any:
        return self._values.get(name, default)

    def set(self, name: str, value: Any) -> None:
        if self._values.get(name) == value:
            return
        self._values[name] = value
        self._write()

    @property
    def recent(self) -> list[Path]:
        """The files opened last, newest first, as far as they still exist."""
        paths = self.get("recent", [])
        known = (
            [Path(item) for item in cast(list[Any], paths) if isinstance(item, str)] if isinstance(paths, list) else []
        )
        return [path for path in known if path.is_file()]

    def add_recent(self, path: Path) -> None:
        path = path.resolve()
        others = [other for other in self.recent if other != path]
        self.set("recent", [str(item) for item in (path, *others)][:RECENT])

    def _write(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            part.write_text(json.dumps(self._values, indent=1, sort_keys=True), encoding="utf-8")
            part.replace(self.path)
        except OSError:
            return  # a read-only home: the values hold for this session


def default_path() -> Path:
    import platformdirs

    return Path(platformdirs.user_config_dir("nnstudio")) / "settings.json"


def state_folder() -> Path:
    """Where autosaves and the runs of unsaved projects are kept."""
    import platformdirs

    return Path(platformdirs.user_data_dir("nnstudio"))


def _read(path: Path) -> dict[str, Any]:
    try:
        value: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}
