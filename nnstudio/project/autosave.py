"""Nothing is lost: an open project is kept aside while it is worked on, and found again when the program died.

A recovery is one JSON file that says whose it is, what it belongs to, and holds the project. It is there only while there is
something to lose: saving or closing removes it.
"""

import contextlib
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

from nnstudio.problems import Problem, Severity
from nnstudio.project.document import Document
from nnstudio.project.file import from_json, read, replace_file
from nnstudio.project.project import Project
from nnstudio.project.safe_json import is_table, parse
from nnstudio.runs.process import identity, is_alive

SUFFIX = ".recovery"


def recovery_folder() -> Path:
    return Path(platformdirs.user_state_dir("nnstudio")) / "recovery"


class Autosave:
    """Keeps `document` in the recovery folder. Call `save` about once a second, and `discard` when it is closed in good order.

    `save` costs nothing while nothing changed, and may be called on a thread of its own (one call at a time). `leave` it when another
    document takes its place.
    """

    def __init__(self, document: Document, folder: Path | None = None) -> None:
        self.document = document
        self.file = (folder or recovery_folder()) / f"{secrets.token_hex(8)}{SUFFIX}"
        self._kept: Project | None = None

    def save(self) -> tuple[Problem, ...]:
        """Bring the recovery up to date. A warning says where that could not be done: the work itself is not touched."""
        if not self.document.changed:
            if self._kept is not None:
                self.discard()
            return ()
        return () if self.document.project is self._kept else self._keep(identity())

    def prepare(self) -> None:
        """Write out what is there already, so that keeping a change later takes little: seconds with 50 000 nodes, else nothing."""
        with contextlib.suppress(ValueError, TypeError):  # `save` will tell
            self.document.text.of(self.document.project)

    def leave(self) -> tuple[Problem, ...]:
        """The document is put aside unsaved, while the program goes on: from now on it can be recovered."""
        return self._keep({}) if self.document.changed else self.save()

    def _keep(self, process: Mapping[str, Any]) -> tuple[Problem, ...]:
        project, path = self.document.project, self.document.path
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self.file, _pack(self.document.text.of(project), path, process))
        except (OSError, ValueError, TypeError) as error:
            message = f"'{project.name}' could not be autosaved in {self.file.parent}: {error}."
            return (Problem("file.autosave", message, Severity.WARNING, "Save it yourself.", place="file"),)
        self._kept = project
        return ()

    def discard(self) -> None:
        """There is nothing to recover: it was saved, or closed as it should be."""
        self._kept = None
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)


@dataclass(frozen=True)
class Recovery:
    """What a program that died had not saved. path: of the project's own file (None: it never had one); saved: when, in Unix seconds."""

    name: str
    path: Path | None
    saved: float
    project: Project
    file: Path

    def document(self) -> Document:
        """The project as it was, to go on with: it counts as changed until it is saved."""
        original = read(self.path)[0] if self.path is not None else None
        return Document(self.project, self.path, saved=original or Project())

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self.file.unlink(missing_ok=True)


def recoverable(folder: Path | None = None, of: Path | None = None) -> list[Recovery]:
    """What programs that are no more have left behind, the newest first; `of`: of the project in that file alone."""
    return sorted(_recoveries(folder or recovery_folder(), of), key=lambda recovery: recovery.saved, reverse=True)


def _recoveries(folder: Path, of: Path | None) -> Iterator[Recovery]:
    for file in folder.glob(f"*{SUFFIX}"):
        with contextlib.suppress(OSError):  # another program has just removed its own
            recovery = _unpack(file, file.read_bytes(), of)
            if recovery is not None:
                yield recovery


def _pack(project: bytes, path: Path | None, process: Mapping[str, Any]) -> bytes:
    value = {
        "process": dict(process),
        "path": None if path is None else str(path.absolute()),
        "saved": time.time(),
    }
    return json.dumps(value, allow_nan=False).encode().removesuffix(b"}") + b', "project": ' + project + b"}"


def _unpack(file: Path, content: bytes, of: Path | None) -> Recovery | None:
    """The recovery; None where its program still runs (or may run, on another machine), or the file is none of ours, or not `of` that project."""
    value, problems = parse(content)
    if problems or not is_table(value) or not is_table(value.get("process")):
        return None
    path, saved = _path(value.get("path")), value.get("saved")
    if is_alive(value["process"]) is not False or (of is not None and not _same(path, of)):
        return None
    project = from_json(value.get("project"))[0]
    if project is None or not isinstance(saved, float):
        return None
    return Recovery(project.name, path, saved, project, file)


def _same(path: Path | None, other: Path) -> bool:
    """Do both name one file, by whatever way? Also where it is gone."""
    if path is None:
        return False
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return path == other.absolute()


def _path(value: Any) -> Path | None:
    return Path(value) if isinstance(value, str) and value else None
