"""Is the file still what we read or wrote? Else someone else has changed it, and saving would take that away."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from nnstudio.project.file import read
from nnstudio.project.project import Project


class Stamp(NamedTuple):
    """modified: in nanoseconds; file: which one it is."""

    modified: int
    size: int
    file: int


def stamp(path: Path) -> Stamp | None:
    """What tells one state of a file from another without reading it; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return Stamp(found.st_mtime_ns, found.st_size, found.st_ino)


class Fate(StrEnum):
    CHANGED = "changed"  # it holds another project now
    GONE = "gone"
    SPOILT = "spoilt"  # it holds no project any more


@dataclass(frozen=True)
class News:
    """What became of a file behind our back. project: what it holds now."""

    fate: Fate
    project: Project | None
    stamp: Stamp | None


class OnDisk:
    """The state of the file at `path` that we know: `project` is what it holds. seen: its stamp from before it was read."""

    def __init__(self, path: Path, project: Project, seen: Stamp | None) -> None:
        self.path = path
        self.project = project
        self.seen = seen

    @property
    def touched(self) -> bool:
        """Has it another stamp? Costs a microsecond; whether it says something else, `news` finds out."""
        return stamp(self.path) != self.seen

    def news(self) -> News | None:
        """What someone else has made of the file; None where it still says the same (touched, or written in another form)."""
        now = stamp(self.path)
        if now == self.seen:
            return None
        if now is None:
            return News(Fate.GONE, None, None)
        project, _ = read(self.path)
        if project is None:
            return News(Fate.SPOILT, None, now)
        if project != self.project:
            return News(Fate.CHANGED, project, now)
        self.seen = now
        return None

    def accept(self, news: News) -> None:
        """A person knows of it: from now on this is the state that is known."""
        self.seen = news.stamp
        if news.project is not None:
            self.project = news.project
