"""Who else has this file open? Each window that works on a project's file keeps a mark beside it, and finds those of others.

A mark is a hidden file `.<name>.<token>.open` that says which process it is of, and since when. Where none can be written (a read-only
folder) there is none, and nothing is said about it.
"""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nnstudio.project.safe_json import is_table, parse
from nnstudio.runs.process import identity, is_alive

SUFFIX = ".open"
BEAT_S = 30.0
"""A mark is renewed so often. What ran on another machine is taken to be gone when its mark is not renewed four times running."""


@dataclass(frozen=True)
class Elsewhere:
    """Another window that has the file open. token: which one; since: when it opened it, in Unix seconds; machine: "" where it is this one."""

    token: str
    since: float
    machine: str = ""


class Mark:
    """That one window has `path` open. `renew` it every `BEAT_S`, and `remove` it when it is closed."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self.token = secrets.token_hex(6)
        self._file = self.path.with_name(f".{self.path.name}.{self.token}{SUFFIX}")
        self._since = time.time()
        self.renew()

    def renew(self) -> None:
        """Say that it is still open; also where someone has tidied the mark away."""
        with contextlib.suppress(OSError):
            os.utime(self._file)
            return
        content = json.dumps({"process": identity(), "since": self._since}).encode()
        with contextlib.suppress(OSError):  # no place for a mark: nobody is told
            self._file.write_bytes(content)

    def remove(self) -> None:
        with contextlib.suppress(OSError):
            self._file.unlink(missing_ok=True)

    def others(self) -> tuple[Elsewhere, ...]:
        """The other windows that have the file open, the first to open it first. Marks of programs that died are tidied away."""
        return tuple(sorted(self._others(), key=lambda other: other.since))

    def _others(self) -> Iterator[Elsewhere]:
        before, after = f".{self.path.name}.", SUFFIX
        with contextlib.suppress(OSError):
            for file in self.path.parent.iterdir():
                token = file.name.removeprefix(before).removesuffix(after)
                if file.name == before + token + after and token.isalnum() and token != self.token:
                    found = self._read(file, token)
                    if found is not None:
                        yield found

    def _read(self, file: Path, token: str) -> Elsewhere | None:
        try:
            value, problems = parse(file.read_bytes())
        except OSError:  # just removed
            return None
        who: Any = value.get("process") if not problems and is_table(value) else None
        if not is_table(value) or not is_table(who):
            return None  # none of ours, or just being written
        alive = is_alive(who)
        if alive is False:
            with contextlib.suppress(OSError):
                file.unlink(missing_ok=True)
        if alive is False or (alive is None and not self._fresh(file)):
            return None
        since = value.get("since")
        return Elsewhere(
            token,
            float(since) if isinstance(since, (int, float)) else 0.0,
            "" if alive else str(who.get("host", "")),
        )

    def _fresh(self, file: Path) -> bool:
        """Was it renewed lately, by the clock of whoever keeps the folder? Ours was at most a beat ago."""
        try:
            return file.stat().st_mtime > self._file.stat().st_mtime - 4 * BEAT_S
        except OSError:
            return False
