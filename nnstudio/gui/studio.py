"""What the window's parts share: the open project, what the workbench engine says of it, the run, the selection. No widget is here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.collecting import quiet_collector
from nnstudio.data import DataInfo
from nnstudio.gui.apart import Apart
from nnstudio.gui.autosaving import Autosaving
from nnstudio.gui.awaited import Awaited
from nnstudio.gui.bridge import Bridge
from nnstudio.gui.engine_lost import workbench_lost
from nnstudio.gui.engines import Engines, Fail, Then
from nnstudio.gui.file_watch import Choice, FileWatch, Question
from nnstudio.gui.keymap import Keymap
from nnstudio.gui.out_of_sight import said_of
from nnstudio.gui.run import Run
from nnstudio.gui.scope import Scope
from nnstudio.gui.settings import Settings
from nnstudio.gui.text import tr
from nnstudio.gui.unsaved_work import look_for_unsaved
from nnstudio.plan import Code, Plan
from nnstudio.plugins import Plugins
from nnstudio.problems import Fix, NNStudioError, Problem, Severity
from nnstudio.project.autosave import Recovery
from nnstudio.project.block_library import Library
from nnstudio.project.blocks import PREFIX, with_blocks
from nnstudio.project.boxes import Sizes
from nnstudio.project.document import Document
from nnstudio.project.edits import Edit
from nnstudio.project.on_disk import Stamp, stamp
from nnstudio.project.only_shown import only_shown
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.replies import Exported, Hello, Inspected
from nnstudio.specs import LayerSpec

INSPECT_AFTER_MS = 20


class Studio(QObject):
    """The one object every panel is given. Change the project by `do`; everything else is told by signals."""

    registry_changed = Signal()  # the plugins are loaded, or the project's blocks are others
    hello_changed = Signal()  # the workbench engine is there: its devices are known
    project_opened = Signal()
    project_changed = Signal(object)  # Edit
    saved_changed = Signal()  # name, path, or whether there is something to save
    plan_changed = Signal()
    problems_changed = Signal()
    selection_changed = Signal(tuple)  # node ids
    message = Signal(str, str)  # text, severity: "info", "warning", "error"
    asks = Signal(object)  # file_watch.Question: something that a person decides
    save_as_wanted = Signal()
    show_place = Signal(str)
    asked = Signal(object)  # project.guide.Link: a guide asks for an experiment or a comparison

    def __init__(
        self,
        plugins: Plugins | None = None,
        *,
        settings: Settings | None = None,
        state: Path | None = None,
        engines: Engines | None = None,
        parent: QObject | None = None,
    ) -> None:
        """engines None: there are none; the app shows and edits, but works out and trains nothing.

        state: where autosaves and the runs of unsaved projects are kept (None: beside the settings).
        """
        super().__init__(parent)
        self.settings = settings or Settings()
        self.keymap = Keymap(self.settings, self)
        self.state_folder = state or self.settings.path.parent
        self.plugins = plugins or Plugins(Registry(), ())
        self.library = Library(self.settings.path.parent / "blocks")
        self.document = Document(Project())
        self.scope = Scope(self)
        self.node_sizes: Callable[[], Sizes] = (
            dict  # of the graph on show, as a canvas has them: what is placed gets its room
        )
        self.file_watch = FileWatch(self)
        self.plan = Plan()
        self.code = Code("")
        self.data_info: DataInfo | None = None
        self.problems: tuple[Problem, ...] = ()
        self.selection: tuple[str, ...] = ()
        self.hello: Hello | None = None
        self._unlisten: Callable[[], None] = lambda: None
        self._closed = False
        self._inspecting = False
        self._inspect_again = False
        self._block_specs: Mapping[str, LayerSpec] = {}
        self.awaited = Awaited(self)
        self._inspect_timer = QTimer(self, singleShot=True, interval=INSPECT_AFTER_MS)
        self._inspect_timer.timeout.connect(self._inspect)
        self.autosaving = Autosaving(self.state_folder / "recovery", self)
        self.autosaving.failed.connect(self.say_all)
        self._engines = engines
        self.workbench = engines.workbench if engines else None
        self.run = Run(self, engines.trainer if engines else None)
        self.apart = Apart(self)
        self.laboratory = engines.laboratory if engines else None
        if engines is not None:
            self._bridge = Bridge(engines.inbox, self)
            engines.workbench.on_death, engines.workbench.on_hello = self._workbench_died, self._greeted

    # ── what there is ─────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def registry(self) -> Registry:
        """What plugins brought; among the layers the blocks that are kept and the project's own."""
        return with_blocks(self.library.registry(self.plugins.registry), self.project)

    @property
    def project(self) -> Project:
        return self.document.project

    @property
    def runs_folder(self) -> Path:
        """Where this project's runs are kept: beside its file, or with the app's own files while it has none."""
        path = self.document.path
        return path.with_suffix(".runs") if path else self.state_folder / "runs" / file_name(self.project.name)

    @property
    def engine_arguments(self) -> tuple[str, ...]:
        """What an engine is started with, for those who start more of them."""
        return self._engines.plugin_arguments if self._engines is not None else ()

    def set_plugins(self, plugins: Plugins) -> None:
        """The plugins, loaded after the first paint."""
        self.plugins = plugins
        self.registry_changed.emit()
        self._settle()

    def close(self) -> None:
        """End the engines; a run in them keeps its last checkpoint. What was not saved stays in the autosave, to be offered next time."""
        if self._closed:
            return
        self._closed = True
        self._unlisten()
        self.file_watch.close()
        self._inspect_timer.stop()
        self.run.close()
        self.autosaving.close()
        if self._engines is not None:
            self._engines.close()

    # ── the project ───────────────────────────────────────────────────────────────────────────────────────────────────

    def open_project(self, project: Project, path: Path | None = None, seen: Stamp | None = None) -> None:
        """Work on `project` from now on; a run that is under way is stopped (and kept). seen: the stamp of its file from before it was read."""
        self._open_document(Document(project, path), seen)

    def recover(self, recovery: Recovery) -> None:
        """Go on with what a program that died had not saved."""
        seen = stamp(recovery.path) if recovery.path is not None else None
        self._open_document(recovery.document(), seen, recovery)

    def _open_document(self, document: Document, seen: Stamp | None = None, recovered: Recovery | None = None) -> None:
        before = self.project.name
        self._unlisten()
        self.document = document
        self.scope.reset()
        self.autosaving.opened(document, recovered)
        self._unlisten = self.document.listen(lambda _project, edit: self._changed(edit))
        self.plan, self.code, self.data_info, self.problems = Plan(), Code(""), None, ()
        self._block_specs = self._specs_of_blocks()
        stopped = self.run.forget()
        self.selection = ()
        self.file_watch.opened(document.path, seen)
        self.project_opened.emit()
        self.selection_changed.emit(())
        self.plan_changed.emit()
        self.problems_changed.emit()
        self._settle()
        if stopped:
            self.message.emit(tr("The run of '{name}' was stopped; it is kept among its runs.", name=before), "info")

    def open(self, path: Path, *, reload: bool = False) -> bool:
        """Open a file; what is wrong with it is said by `message` and in the problems list. False where there is nothing to open.

        Where work on it was not saved when a program ended, it is asked which to go on with (`asks`). reload: that was asked already.
        """
        from nnstudio.project import file

        seen = stamp(path)
        with quiet_collector(seen.size if seen is not None else 0):  # what the window's parts make of it too
            project, problems = file.read(path)
            if project is None:
                self.say_all(problems)
                look_for_unsaved(self, path, None)
                return False
            self.open_project(project, path, seen)
        if not reload:
            look_for_unsaved(self, path, project)
        self.settings.add_recent(path)
        if problems:
            self.problems = problems
            self.problems_changed.emit()
            self.say_all(problems)
        return True

    def open_example(self, id: str) -> bool:
        """Open a project of the gallery, as a new one without a file. False, with the reason said, where it cannot be had."""
        from nnstudio.project.gallery import open_example

        try:
            project = open_example(id, self.registry)
        except NNStudioError as error:
            self.say_all(error.problems)
            return False
        self.open_project(project)
        return True

    def save(self, path: Path | None = None) -> bool:
        """Save (as `path`, if given). False, with the reason said, where it could not be; what was on the disk is then untouched.

        Where someone else changed the file meanwhile, it is asked first what to do (`asks`).
        """
        from nnstudio.project import file

        target = path or self.document.path
        if target is None:
            return False
        if target == self.document.path and not self.file_watch.may_save():
            return False
        problems = file.write(self.project, target, self.document.text)
        if problems:
            self.say_all(problems)
            return False
        self.document.mark_saved(target)
        self.file_watch.saved(target)
        self.settings.add_recent(target)
        self.saved_changed.emit()
        return True

    def do(self, edit: Edit) -> None:
        self.document.do(edit)

    def undo(self) -> None:
        step = self.document.undo_step
        if self.document.undo() and step is not None:
            self._say_if_unseen(step, tr("Undone"))

    def redo(self) -> None:
        step = self.document.redo_step
        if self.document.redo() and step is not None:
            self._say_if_unseen(step, tr("Redone"))

    def _say_if_unseen(self, step: Edit, done: str) -> None:
        if (question := said_of(self, step, done)) is not None:
            self.asks.emit(question)

    def select(self, ids: Iterable[str]) -> None:
        nodes = self.scope.graph.nodes
        selection = tuple(dict.fromkeys(id for id in ids if id in nodes))
        if selection != self.selection:
            self.document.end_merge()
            self.selection = selection
            self.selection_changed.emit(selection)

    def _drop_from_selection(self) -> None:
        """Nodes that are gone are selected no more; told first, so that nobody asks for them."""
        there = tuple(id for id in self.selection if id in self.scope.graph.nodes)
        if there != self.selection:
            self.selection = there
            self.selection_changed.emit(there)

    def apply_fix(self, fix: Fix) -> None:
        """The cure that a problem offers, as one undoable edit."""
        from nnstudio.project.placing import fix_edit

        edit = fix_edit(self.project, self.registry, fix, sizes=self.node_sizes())
        if edit is None:
            self.message.emit(tr("This cure does not fit any more: the project has changed."), "warning")
        else:
            self.do(edit)

    def _changed(self, edit: Edit) -> None:
        self.scope.settle()
        self._drop_from_selection()
        if any(change.block or change.place[0] == "block" for change in edit.changes):
            before, self._block_specs = self._block_specs, self._specs_of_blocks()
            if before != self._block_specs:
                self.registry_changed.emit()
        self.project_changed.emit(edit)
        self.saved_changed.emit()
        if not only_shown(edit):
            self._settle()

    def _specs_of_blocks(self) -> Mapping[str, LayerSpec]:
        """How the project's blocks look from outside: an edit within one need not change that."""
        return {
            PREFIX + id: spec for id in self.project.blocks if (spec := self.registry.layer(PREFIX + id)) is not None
        }

    # ── working it out ────────────────────────────────────────────────────────────────────────────────────────────────

    def request(self, type: str, value: Mapping[str, Any], then: Then, fail: Fail | None = None) -> None:
        """Ask the workbench engine; `then(answer)` or `fail(problems)` comes later, on this thread."""
        if self.workbench is not None:
            self.workbench.request(type, value, then, fail)

    def _settle(self) -> None:
        self._inspect_timer.start()
        if self.workbench is not None:
            self.awaited.edited()
        self.run.prepare_soon()

    def _inspect(self) -> None:
        """Ask for the plan; while an answer is awaited, remember to ask again: the latest wins."""
        if self.workbench is None:
            return
        if self._inspecting:
            self._inspect_again = True
            return
        self._inspecting, self._inspect_again = True, False
        document = self.document

        def then(answer: Inspected) -> None:
            self._inspected(document, answer)

        self.request("inspect", {"project": self.project}, then, self._not_inspected)

    def _inspected(self, document: Document, answer: Inspected) -> None:
        self._inspecting = False
        again = self._inspect_again or document is not self.document
        if document is self.document:
            self.awaited.answered(last=not again and not self._inspect_timer.isActive())
            self.plan, self.code, self.data_info = answer.plan, answer.code, answer.info
            self.plan_changed.emit()
            if answer.problems != self.problems:
                self.problems = answer.problems
                self.problems_changed.emit()
        if again:
            self._inspect()

    def _not_inspected(self, problems: tuple[Problem, ...]) -> None:
        self._inspecting = False
        self.problems = problems
        self.problems_changed.emit()

    def _greeted(self, hello: Hello) -> None:
        self.hello = hello
        self.hello_changed.emit()

    def _workbench_died(self, problem: Problem) -> None:
        """A fresh one is there already; it is asked at the next edit, or when a person says so, so that what killed the old one does not kill each
        in turn."""
        if self._inspecting and not self._inspect_timer.isActive():
            self.awaited.lost()
        self._inspecting = self._inspect_again = False
        replaced = self.workbench is not None and self.workbench.alive
        lost = workbench_lost(problem, unanswered=self.awaited.late) if replaced else problem  # it could not even start
        self.problems = (*self.problems, lost)
        self.problems_changed.emit()
        if replaced:
            again = Choice(tr("Try again"), self._settle)
            self.asks.emit(Question(str(lost), Severity.ERROR, (again,), lambda: lost in self.problems))
        else:
            self.message.emit(str(lost), "error")

    def export_python(self, folder: Path) -> None:
        """Write module and training script into `folder`."""

        def then(exported: Exported) -> None:
            names = ", ".join(Path(name).name for name in exported.files)
            self.message.emit(tr("Written to {folder}: {names}", folder=str(folder), names=names), "info")

        value = {"project": self.project, "to": "python", "folder": str(folder)}
        self.request("export", value, then, self.say_all)

    def say_all(self, problems: Iterable[Problem]) -> None:
        """`problems` as one message, as grave as the gravest of them; of several, each in a line of its own."""
        said = list({str(problem): problem for problem in problems}.values())
        if said:
            gravest = min((problem.severity for problem in said), key=list(Severity).index)
            self.message.emit(lines_of(said), str(gravest))


def lines_of(problems: Sequence[Problem]) -> str:
    """`3 problems · 1. …`, and a line for each further one; of one alone what it says."""
    if len(problems) == 1:
        return str(problems[0])
    lines = [f"{count}. {problem}" for count, problem in enumerate(problems, 1)]
    return "\n".join([tr("{count} problems · {first}", count=len(lines), first=lines[0]), *lines[1:]])


def file_name(name: str) -> str:
    """`name` as a plain file name."""
    kept = "".join(character if character.isalnum() else "_" for character in name.lower())
    return "_".join(part for part in kept.split("_") if part) or "untitled"
