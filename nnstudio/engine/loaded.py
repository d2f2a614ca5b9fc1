"""The data an engine has in memory: loaded once, and again when the choice or a file it came from changes."""

from pathlib import Path
from typing import Any

from nnstudio.params import form_fields
from nnstudio.project.project import Data
from nnstudio.registry import Registry
from nnstudio.train.data import LoadedData, load_data


class DataMemory:
    """Keeps the last one: editing a network asks for the same data again and again."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._key: tuple[Data, tuple[Any, ...]] | None = None
        self._loaded: LoadedData | None = None

    def __call__(self, data: Data) -> LoadedData:
        """`data`, loaded and divided. Raises NNStudioError as `load_data` does."""
        key = (data, self._stamps(data))
        if self._loaded is None or key != self._key:
            self._loaded = None  # let go of the old one before the new one takes memory
            self._loaded = load_data(data, self._registry)
            self._key = key
        return self._loaded

    def _stamps(self, data: Data) -> tuple[Any, ...]:
        """When the files it reads were last changed."""
        spec = self._registry.get("dataset", data.dataset.type)
        if spec is None:
            return ()
        names = [field.name for field in form_fields(spec.params) if field.kind in ("file", "folder")]
        return tuple(_stamp(data.dataset.params.get(name)) for name in names)


def _stamp(path: Any) -> tuple[int, int] | None:
    """Of a folder, its own time alone: who adds or removes a file changes that; who rewrites one asks for a preview anew."""
    try:
        found = Path(str(path)).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
