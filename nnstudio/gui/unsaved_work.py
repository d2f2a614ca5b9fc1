"""Has the file that is opened unsaved work of a program that ended? Then a person is asked which of both to go on with; until then both are kept."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.gui.background import aside
from nnstudio.gui.file_watch import Choice, Question, clock
from nnstudio.gui.text import tr
from nnstudio.problems import Severity
from nnstudio.project.autosave import Recovery, recoverable
from nnstudio.project.on_disk import stamp
from nnstudio.project.project import Project

if TYPE_CHECKING:
    from nnstudio.gui.studio import Studio

NANOSECONDS = 1_000_000_000


def look_for_unsaved(studio: "Studio", path: Path, saved: Project | None) -> None:
    """Ask by `studio.asks` if there is some. saved: what the file holds; None where that cannot be read."""
    document = studio.document
    aside(
        studio,
        _search(studio.autosaving.folder, path, saved, studio.autosaving.all_done()),
        lambda found: _ask(studio, path, saved, found) if studio.document is document else None,
    )


def _search(folder: Path, path: Path, saved: Project | None, kept: Future[int]) -> Callable[[], list[Recovery]]:
    """Holds nothing of the studio: it is called, and let go, by another thread."""

    def search() -> list[Recovery]:
        kept.result()  # what was open until now may be of this very file
        return [recovery for recovery in recoverable(folder, path) if recovery.project != saved]

    return search


def _ask(studio: "Studio", path: Path, saved: Project | None, found: list[Recovery]) -> None:
    """About the newest; about the one before it once that is answered."""
    if not found:
        return
    newest, *others = found
    document = studio.document

    def recover() -> None:
        studio.recover(newest)
        studio.show_place.emit("model")

    def keep() -> None:
        newest.discard()
        _ask(studio, path, saved, others)

    on_disk = stamp(path)
    name, then = path.name, clock(newest.saved)
    if saved is not None and on_disk is not None:
        when = clock(on_disk.modified / NANOSECONDS)
        text = tr("'{name}' is open as saved at {when}.", name=name, when=when)
        choices = (Choice(tr("Recover"), recover), Choice(tr("Keep the saved one"), keep))
    else:
        text = tr("'{name}' cannot be read.", name=name)
        choices = (Choice(tr("Recover"), recover),)
    more = tr("Unsaved work of {then} is kept, too.", then=then)
    studio.asks.emit(Question(f"{text} {more}", Severity.WARNING, choices, lambda: studio.document is document))
