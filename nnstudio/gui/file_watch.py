"""Who else works on the open file? Notices other windows and other programs, and asks what to do; never overwrites what it has not seen."""

import time
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer

from nnstudio.gui.background import aside
from nnstudio.gui.text import tr
from nnstudio.problems import Severity
from nnstudio.project.on_disk import Fate, News, OnDisk, Stamp, stamp
from nnstudio.project.open_elsewhere import BEAT_S, Elsewhere, Mark
from nnstudio.project.project import Project
from nnstudio.registry import Registry

if TYPE_CHECKING:
    from nnstudio.gui.studio import Studio

MOST_SAID = 8  # differences
SETTLED_MS = 200  # a program that writes a file touches it several times


@dataclass(frozen=True)
class Choice:
    """One answer to a question: what its button says, and what it does."""

    title: str
    run: Callable[[], object]


@dataclass(frozen=True)
class Question:
    """Something that a person decides, asked in place; nothing happens until then.

    holds: is it still about what is open? Where not, it goes, and no answer to it does anything.
    """

    text: str
    severity: Severity
    choices: tuple[Choice, ...]
    holds: Callable[[], bool] = lambda: True

    def answer(self, choice: Choice) -> None:
        if self.holds():
            choice.run()


class FileWatch(QObject):
    """Belongs to a studio. `opened` and `saved` tell it what is known of the file; it asks by `studio.asks`."""

    def __init__(self, studio: "Studio") -> None:
        super().__init__(studio)
        self._studio = studio
        self._mark: Mark | None = None
        self._disk: OnDisk | None = None
        self._met: set[str] = set()  # other windows that were told of
        self._asking = False
        self._looking = False
        self._watcher = QFileSystemWatcher(self)
        self._settled = QTimer(self)
        self._settled.setSingleShot(True)
        self._settled.setInterval(SETTLED_MS)
        self._settled.timeout.connect(self.look)
        self._beat = QTimer(self)
        self._beat.setInterval(round(BEAT_S * 1000))
        self._beat.timeout.connect(self._renew)
        self._watcher.fileChanged.connect(self._touched)
        self._watcher.directoryChanged.connect(self._touched)

    # ── what is known ─────────────────────────────────────────────────────────────────────────────────────────────────

    def opened(self, path: Path | None, seen: Stamp | None = None) -> None:
        """Another project is worked on; `seen`: the stamp of its file from before it was read."""
        if self._mark is not None:
            self._mark.remove()
        self._mark = self._disk = None
        self._met.clear()
        self._asking = False
        self._beat.stop()
        watched = [*self._watcher.files(), *self._watcher.directories()]
        if watched:
            self._watcher.removePaths(watched)
        if path is not None:
            self._mark = Mark(path)
            self._disk = OnDisk(path, self._studio.document.saved, seen)
            self._beat.start()
            self._settled.start()

    def saved(self, path: Path) -> None:
        """The project was written to `path` just now."""
        if self._disk is None or self._disk.path != path:
            self.opened(path, stamp(path))
        else:
            self._disk = OnDisk(
                path, self._studio.document.saved, stamp(path)
            )  # what was asked of the old one is settled
            self._asking = False
            self._watch()

    def close(self) -> None:
        self.opened(None)

    def _watch(self) -> None:
        """A file that was replaced is another one, and must be watched anew."""
        if self._disk is not None:
            wanted = [str(place) for place in (self._disk.path, self._disk.path.parent) if place.exists()]
            missing = set(wanted) - {*self._watcher.files(), *self._watcher.directories()}
            if missing:
                self._watcher.addPaths(sorted(missing))

    def _touched(self, _path: str) -> None:
        self._settled.start()

    def _renew(self) -> None:
        if self._mark is not None:
            self._mark.renew()

    # ── what others do ────────────────────────────────────────────────────────────────────────────────────────────────

    def look(self) -> None:
        """Did someone open or change the file? Cheap unless someone did."""
        self._watch()
        disk = self._disk
        if self._mark is not None:
            new = [other for other in self._mark.others() if other.token not in self._met]
            self._met |= {other.token for other in new}
            if new:
                self._tell_of(new[0])
        if disk is not None and disk.touched and not self._asking and not self._looking:
            self._looking = True
            aside(self, disk.news, lambda news: self._heard(disk, news))

    def _heard(self, disk: OnDisk, news: News | None) -> None:
        self._looking = False
        if disk is self._disk and news is not None:
            self._ask_about(disk, news)

    def may_save(self) -> bool:
        """May the file be written? False where it would take away what someone else wrote: then a person is asked."""
        disk = self._disk
        news = disk.news() if disk is not None and disk.touched else None
        if disk is None or news is None or news.fate is Fate.GONE:
            return True
        self._ask_about(disk, news, saving=True)
        return False

    def _tell_of(self, other: Elsewhere) -> None:
        mark = self._mark
        assert mark is not None
        name, since = mark.path.name, clock(other.since)
        if other.machine:
            text = tr(
                "'{name}' is also open on {machine}, since {since}.", name=name, machine=other.machine, since=since
            )
        else:
            text = tr("'{name}' is also open in another window, since {since}.", name=name, since=since)
        further = tr("Whoever saves second is asked before anything is overwritten.")
        anew = Choice(tr("Save as …"), self._studio.save_as_wanted.emit)
        self._ask(f"{text} {further}", anew, holds=lambda: mark is self._mark)

    def _ask_about(self, disk: OnDisk, news: News, *, saving: bool = False) -> None:
        """Reload, keep, compare: what to do with two versions."""
        studio, name = self._studio, disk.path.name
        self._asking = True

        def keep() -> None:
            disk.accept(news)
            self._asking = False
            studio.document.mark_unlike(news.project)
            studio.saved_changed.emit()

        def overwrite() -> None:
            keep()
            studio.save()

        def reload() -> None:
            self._asking = False
            studio.open(disk.path, reload=True)

        def ask(text: str, *choices: Choice) -> None:
            self._ask(text, *choices, holds=lambda: disk is self._disk)

        anew = Choice(tr("Save as …"), studio.save_as_wanted.emit)
        write = Choice(tr("Overwrite it") if saving else tr("Keep mine"), overwrite if saving else keep)
        if news.fate is Fate.GONE:
            keep()
            ask(
                tr("'{name}' was moved or deleted. What is open here is kept; saving writes it again.", name=name), anew
            )
        elif news.project is None:
            text = tr("'{name}' was changed by another program and holds no project any more.", name=name)
            ask(text, write, anew)
        else:
            text = tr("'{name}' was changed by another window or program since it was read here.", name=name)
            if saving:
                text += " " + tr("It was not saved: that would overwrite those changes.")
            theirs = news.project
            rest = (write, *([anew] if saving else []))

            def compare() -> None:
                words = differences(studio.project, theirs, studio.registry)
                ask(f"{text}\n{words}", Choice(tr("Reload"), reload), *rest)

            ask(text, Choice(tr("Reload"), reload), Choice(tr("Compare"), compare), *rest)

    def _ask(self, text: str, *choices: Choice, holds: Callable[[], bool]) -> None:
        self._studio.asks.emit(Question(text, Severity.WARNING, choices, holds))


def differences(mine: Project, theirs: Project, registry: Registry) -> str:
    """What of the file is otherwise than what is open, the first of it in words."""
    from nnstudio.project.difference import recipes
    from nnstudio.project.difference_graph import projects

    found = [str(each) for each in projects(mine, theirs, registry)]
    found += [str(each) for each in recipes(mine.recipe, theirs.recipe, registry, (theirs, mine))]
    names = [field.name for field in fields(Project) if field.name not in {"graph", "blocks", "recipe"}]
    found += [tr("{what} differs", what=name) for name in names if getattr(mine, name) != getattr(theirs, name)]
    more = [tr("… and {count} more", count=len(found) - MOST_SAID)] if len(found) > MOST_SAID else []
    return "\n".join([*found[:MOST_SAID], *more])


def clock(seconds: float) -> str:
    """`14:02`, with the date where it was not today."""
    then = time.localtime(seconds)
    today = time.localtime()[:3] == then[:3]
    return time.strftime("%H:%M" if today else "%d %b %H:%M", then)
