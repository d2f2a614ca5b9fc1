"""Places of a drawing to come back to: set, renamed, taken away; each as one edit."""

from collections.abc import Iterable
from dataclasses import replace

from nnstudio.project.edits import Change, Edit
from nnstudio.project.project import Bookmark, Project

NUMBERS = range(1, 10)
"""The keys that lead to bookmarks."""


def numbered(project: Project, number: int) -> Bookmark | None:
    return next((mark for mark in project.bookmarks if mark.number == number), None)


def free_number(project: Project) -> int:
    """The first key that leads nowhere; 0 where all are taken."""
    taken = {mark.number for mark in project.bookmarks}
    return next((number for number in NUMBERS if number not in taken), 0)


def with_mark(project: Project, mark: Bookmark) -> Edit:
    """`mark` in place of the one of its number, whose name it keeps; else as one more."""
    old = numbered(project, mark.number) if mark.number else None
    if old is None:
        return _edit(project, "Set bookmark", (*project.bookmarks, mark))
    kept = replace(mark, name=old.name)
    return _edit(project, "Set bookmark", (kept if other is old else other for other in project.bookmarks))


def renamed(project: Project, mark: Bookmark, name: str) -> Edit:
    marks = (replace(other, name=name) if other == mark else other for other in project.bookmarks)
    return _edit(project, "Rename bookmark", marks)


def without(project: Project, mark: Bookmark) -> Edit:
    return _edit(project, "Delete bookmark", (other for other in project.bookmarks if other != mark))


def _edit(project: Project, label: str, marks: Iterable[Bookmark]) -> Edit:
    return Edit(label, (Change(("project", "bookmarks"), project.bookmarks, tuple(marks)),))
