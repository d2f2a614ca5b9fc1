"""Where the files that ship with the program are: fonts, icons, themes, data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["ResourceNotFoundError", "resource", "resources_dir"]

_PACKAGE = Path(__file__).resolve().parent


class ResourceNotFoundError(FileNotFoundError):
    """A file that should have shipped with the program is missing."""


@cache
def resources_dir() -> Path:
    """The folder of resources: ``resources/`` of a source checkout, ``nnstudio/_resources`` of an installed wheel."""
    candidates = (_PACKAGE.parent / "resources", _PACKAGE / "_resources")
    for folder in candidates:
        # `themes` tells our folder from a stranger's `resources` beside an installed package.
        if (folder / "themes" / "nnstudio.json").is_file():
            return folder
    looked = " or ".join(str(folder) for folder in candidates)
    raise ResourceNotFoundError(f"NNStudio's resources are missing: no {looked}. Install NNStudio again.")


def resource(name: str) -> Path:
    """The path of the resource `name`, written with forward slashes: ``resource("icons/play.svg")``."""
    if not name or "\\" in name or name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"A resource is named by a path inside the resources folder, not {name!r}.")
    path = resources_dir() / name
    if not path.exists():
        raise ResourceNotFoundError(f"NNStudio has no resource {name!r}: {path} does not exist.")
    return path
