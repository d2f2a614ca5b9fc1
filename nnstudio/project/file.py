"""A project on disk: a .nns file is one JSON document (see `json_form`). Writing it is whole or not at all."""

import contextlib
import errno
import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnstudio.problems import Problem
from nnstudio.project.file_text import FileText
from nnstudio.project.json_form import FORMAT, first, from_json, graph_from_json, graph_to_json, migrate, to_json
from nnstudio.project.lengths import long_texts
from nnstudio.project.project import Project
from nnstudio.project.safe_json import MAX_BYTES, fault, faults, parse, too_big

__all__ = [
    "FORMAT",
    "from_json",
    "graph_from_json",
    "graph_to_json",
    "migrate",
    "read",
    "read_json",
    "replace_file",
    "to_json",
    "write",
]


def read(path: Path | str) -> tuple[Project | None, tuple[Problem, ...]]:
    """The project in the file `path`, or None and what is wrong. Never raises for what a file or a folder can be like."""
    value, problems = read_json(path)
    if problems:
        return None, problems
    project, problems = from_json(value)
    return project, tuple(_named(Path(path), problem) for problem in problems)


def read_json(path: Path | str) -> tuple[Any, tuple[Problem, ...]]:
    """The JSON in the file `path`, within the limits of `safe_json`; or None and what is wrong. Never raises."""
    path = Path(path)
    try:
        raw, problems = _bytes(path)
    except (OSError, ValueError) as error:  # ValueError: a path with a zero character
        return None, (_unreadable(path, error),)
    value = None
    if not problems:
        value, problems = parse(raw)
    return value, tuple(_named(path, problem) for problem in problems)


def write(project: Project, path: Path | str, text: FileText | None = None) -> tuple[Problem, ...]:
    """Save `project` at `path`: the whole new file, or the old one untouched and the problem that stood against it.

    text: what remembers how most of the project is written.
    """
    path = Path(path)
    problems = first(long_texts(project))
    if problems:
        return tuple(_named(path, problem) for problem in problems)
    try:
        content = (text or FileText()).of(project)
    except (ValueError, TypeError):
        return tuple(_named(path, problem) for problem in first(faults(to_json(project))))
    try:
        replace_file(path, content)
    except (OSError, ValueError) as error:
        return (_unwritable(path, error),)
    return ()


def replace_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` at once: whoever looks, or a power cut, finds the old file or the new. Raises OSError.

    Only plain files are replaced: never a device, a pipe or a folder, be it by way of a link.
    """
    path = Path(os.path.realpath(path))  # a link stays a link
    if os.path.lexists(path):
        if not path.is_file():
            raise OSError(errno.EINVAL, f"it is {_kind(path)}, no plain file", str(path))
        os.close(
            os.open(path, os.O_WRONLY)
        )  # a write-protected file says no, although its folder would allow replacing it
    new = path.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        if path.exists():
            new.chmod(path.stat().st_mode & 0o7777)
        new.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can (Windows cannot open folders)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _bytes(path: Path) -> tuple[bytes, tuple[Problem, ...]]:
    if path.exists() and not path.is_file():
        return b"", (fault("not_a_file", f"It is {_kind(path)}, no plain file.", "Choose a .nns file."),)
    with path.open("rb") as stream:
        raw = stream.read(MAX_BYTES + 1)
    return raw, (too_big(),) if len(raw) > MAX_BYTES else ()


def _kind(path: Path) -> str:
    """What stands there that is no plain file."""
    kinds = {"a folder": path.is_dir, "a pipe": path.is_fifo, "a socket": path.is_socket, "a device": path.exists}
    return next((kind for kind, holds in kinds.items() if holds()), "a link in a circle")


def _unreadable(path: Path, error: Exception) -> Problem:
    if isinstance(error, FileNotFoundError):
        return fault("missing", f"There is no file '{path}'.", "Check the name.")
    if isinstance(error, PermissionError):
        return fault("denied", f"'{path}' may not be read.", "Ask for read permission on it.")
    return fault("unreadable", f"'{path}' cannot be read: {_reason(error)}.")


def _unwritable(path: Path, error: Exception) -> Problem:
    remedy = "Save it somewhere else."
    if isinstance(error, PermissionError):
        remedy = f"There is no permission to write there. {remedy}"
    return fault("unwritable", f"'{path}' was not saved: {_reason(error)}. What was there is untouched.", remedy)


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _named(path: Path, problem: Problem) -> Problem:
    return replace(problem, message=f"{path.name}: {problem.message}")
