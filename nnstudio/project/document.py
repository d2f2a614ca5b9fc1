"""An open project: its present state, its past and its future (undo, redo), and who is told when it changes."""

from collections.abc import Callable
from operator import is_not
from pathlib import Path

from nnstudio.project.edits import Edit, apply
from nnstudio.project.file_text import FileText
from nnstudio.project.project import Project

Listener = Callable[[Project, Edit], None]


class Document:
    """One project being worked on. `do`, `undo` and `redo` are the only ways it changes.

    path: of its file. saved: what that file holds, where it is not `project` (a recovered one). text: how it is written to its file.
    """

    def __init__(self, project: Project, path: Path | None = None, *, saved: Project | None = None) -> None:
        self.project = project
        self.path = path
        self.text = FileText()
        self._past: list[Edit] = []
        self._future: list[Edit] = []
        self._saved: Project = project if saved is None else saved
        self._compared: tuple[tuple[Project, Project], bool] | None = None  # large ones take a while
        self._may_merge = False
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """`listener(project, edit)` after each change; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def changed(self) -> bool:
        """Does it differ from what was last opened or saved?"""
        states = self.project, self._saved
        if self._compared is None or any(map(is_not, self._compared[0], states)):
            self._compared = states, self.project != self._saved
        return self._compared[1]

    @property
    def saved(self) -> Project:
        """What its file holds, as far as is known."""
        return self._saved

    @property
    def undo_step(self) -> Edit | None:
        """What `undo` would take back."""
        return self._past[-1] if self._past else None

    @property
    def redo_step(self) -> Edit | None:
        """What `redo` would do again."""
        return self._future[-1] if self._future else None

    @property
    def undo_label(self) -> str:
        return self._past[-1].label if self._past else ""

    @property
    def redo_label(self) -> str:
        return self._future[-1].label if self._future else ""

    def do(self, edit: Edit) -> None:
        """Apply `edit` as one undoable step; an edit that changes nothing is no step, nor is typing that is taken back."""
        if not edit:
            return
        self.project = apply(self.project, edit)
        self._future.clear()
        merges = self._may_merge and edit.merge and self._past and self._past[-1].merge == edit.merge
        step = self._past.pop().then(edit) if merges else edit
        self._may_merge = not step.leads_back
        if self._may_merge:
            self._past.append(step)
        self._tell(edit)

    def end_merge(self) -> None:
        """The gesture or the typing is over: the next edit is a step of its own."""
        self._may_merge = False

    def undo(self) -> bool:
        if not self._past:
            return False
        edit = self._past.pop()
        self._future.append(edit)
        self._step(edit.inverse)
        return True

    def redo(self) -> bool:
        if not self._future:
            return False
        edit = self._future.pop()
        self._past.append(edit)
        self._step(edit)
        return True

    def mark_saved(self, path: Path) -> None:
        self.path = path
        self._saved = self.project

    def mark_unlike(self, saved: Project | None) -> None:
        """The file holds something else than was thought: `saved`; None: no project at all."""
        self._saved = Project(name="") if saved is None else saved

    def _step(self, edit: Edit) -> None:
        self.project = apply(self.project, edit)
        self._may_merge = False
        self._tell(edit)

    def _tell(self, edit: Edit) -> None:
        for listener in tuple(self._listeners):
            listener(self.project, edit)
