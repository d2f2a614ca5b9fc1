"""The Runs place: every run of the project, their curves over each other, what changed between them, and the way back to each."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QMenu, QPushButton, QWidget

from nnstudio.comparison.plan import FILE as COMPARISON_FILE
from nnstudio.comparison.plan import comparisons_folder
from nnstudio.figures import Note
from nnstudio.gui.background import aside
from nnstudio.gui.figures.card import FigureCard
from nnstudio.gui.places.run_changes import ChangesCard
from nnstudio.gui.places.run_diff import Difference, as_it_was, differences, made_while_training
from nnstudio.gui.places.run_figures import ShownRun, main_metric, metrics_of, names, overlay, reached, words
from nnstudio.gui.places.run_list import RunList
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column, line, panel, row
from nnstudio.gui.widgets.painted import Choice
from nnstudio.problems import NNStudioError
from nnstudio.project.project import Project
from nnstudio.replies import Inspected
from nnstudio.runs.history import History
from nnstudio.runs.store import RunStore, RunSummary

REFRESH_MS = 1000
MOST_COMPARED = 8
REALLY_MS = 4000


class RunsPlace(QWidget):
    """List at the left; curves, table and changes of the chosen runs at the right. Files are read on another thread."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.runs: list[RunSummary] = []
        self.chosen: list[str] = []
        self.list = RunList()
        self.list.setFixedWidth(theme.size("library") + 3 * theme.size("dashboard") // 6)
        self.list.chosen.connect(self.choose)
        self.list.renamed.connect(self._rename)
        self.list.all_wanted.connect(self.choose_all)
        self.curves = FigureCard(tr("Curves"))
        self.table = FigureCard(tr("What they reached"))
        self.changes = ChangesCard()
        self.metric_choice = Choice()
        self.metric_choice.setMinimumContentsLength(16)
        self.metric_choice.setAccessibleName(tr("What the curves show"))
        self.metric_choice.activated.connect(self._show_curves)
        self.whose_choice = Choice()
        self.whose_choice.setMinimumContentsLength(12)
        self.whose_choice.setAccessibleName(tr("Whose runs are listed"))
        self.whose_choice.activated.connect(self._on_opened)
        self._histories: dict[str, tuple[object, History]] = {}
        self._projects: dict[str, Project] = {}
        self._listed = False  # is it known which runs there are?
        self._reading = 0  # how often what runs hold is being read just now
        self._really: QTimer | None = None
        layout = row(self, self.list, line(vertical=True), self._right(), gap="")
        layout.setStretch(2, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        studio.run.began_or_ended.connect(self.refresh)
        studio.run.state_changed.connect(self.refresh)
        studio.project_opened.connect(self._on_opened)
        studio.saved_changed.connect(self._timer.start)
        studio.run.history_changed.connect(self._on_news)
        self._show_all()

    def _right(self) -> QWidget:
        right = panel("background")
        self.open_button = button(tr("Open as it was"), self.open_as_it_was, "", "history")
        self.resume_button = button(tr("Resume"), self.resume, "", "play")
        self.fork_button = button(tr("Fork or repeat"), self._open_fork_menu, "", "git-branch")
        self.rename_button = button(tr("Rename"), self._begin_rename, "", "pencil")
        self.delete_button = button(tr("Delete"), self._delete, "", "trash-2")
        self.buttons: tuple[QPushButton, ...] = (
            self.open_button,
            self.resume_button,
            self.fork_button,
            self.rename_button,
            self.delete_button,
        )
        bar = row(None, self.whose_choice, self.metric_choice, None, *self.buttons)
        cards = QGridLayout()
        cards.setSpacing(theme.size("space_m"))
        cards.addWidget(self.curves, 0, 0)
        cards.addWidget(self.table, 0, 1)
        cards.addWidget(self.changes, 1, 0, 1, 2)
        for index, stretch in enumerate((2, 1)):
            cards.setColumnStretch(index, stretch)
        cards.setRowStretch(0, 5)
        cards.setRowStretch(1, 4)
        column(right, bar, cards, margin="space_l", gap="space_m").setStretch(1, 1)
        return right

    @property
    def store(self) -> RunStore:
        return RunStore(self.whose_choice.currentData() or self.studio.runs_folder)

    def _offer_comparisons(self) -> None:
        """Beside the project's own runs, those of each of its comparisons."""
        own = self.studio.runs_folder
        folders = [own, *sorted(path.parent for path in comparisons_folder(own).glob(f"*/{COMPARISON_FILE}"))]
        if folders != [self.whose_choice.itemData(index) for index in range(self.whose_choice.count())]:
            kept = self.whose_choice.currentData()
            self.whose_choice.clear()
            for folder in folders:
                name = tr("Own runs") if folder == own else tr("Compare: {name}", name=folder.name.replace("_", " "))
                self.whose_choice.addItem(name, folder)
            self.whose_choice.setCurrentIndex(folders.index(kept) if kept in folders else 0)
        self.whose_choice.setVisible(len(folders) > 1)

    # ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_opened(self) -> None:
        self.runs, self.chosen = [], []
        self._listed = False
        self._histories.clear()
        self._projects.clear()
        self._show_all()
        self.refresh()

    def _on_news(self, news: set[str]) -> None:
        if news & {"epochs", "state"} and self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def refresh(self) -> None:
        """Read the list again, aside."""
        if self.isVisible():
            self._offer_comparisons()
            store = self.store
            aside(self, store.runs, partial(self._show_runs, store))

    def _show_runs(self, store: RunStore, runs: list[RunSummary]) -> None:
        if store.folder != self.store.folder:
            return
        followed = [run.id for run in self.runs[:1]]
        newest = [run.id for run in runs[:1]]
        self.runs, self._listed = runs, True
        known = {run.id for run in runs}
        if self.chosen == followed:
            self.chosen = newest  # who looks at the newest run goes on to the next one
        self.chosen = [id for id in self.chosen if id in known] or newest
        self._show_all()

    def choose(self, id: str, add: bool = False) -> None:
        """Choose the run alone, or add it to (take it from) the chosen ones."""
        if not add:
            self.chosen = [id]
        elif id in self.chosen:
            self.chosen = [other for other in self.chosen if other != id] or [id]
        else:
            self.chosen = [*self.chosen, id][-MOST_COMPARED:]
        self._show_all()

    def choose_all(self) -> None:
        self.chosen = [run.id for run in self.runs[:MOST_COMPARED]]
        self._show_all()

    @property
    def shown(self) -> list[ShownRun]:
        """All runs, the chosen ones with their colours."""
        return [
            ShownRun(run, name, self.chosen.index(run.id) if run.id in self.chosen else None)
            for run, name in zip(self.runs, names(self.runs), strict=True)
        ]

    def _chosen_runs(self) -> list[ShownRun]:
        return sorted((run for run in self.shown if run.color is not None), key=lambda run: run.color or 0)

    # ── the chosen runs ───────────────────────────────────────────────────────────────────────────────────────────────

    def _show_all(self) -> None:
        self.list.show_runs(self.shown, read=self._listed)
        runs = self._chosen_runs()
        alone = runs[0].summary if len(runs) == 1 else None
        for widget in self.buttons:
            widget.setEnabled(alone is not None)
        self.resume_button.setEnabled(alone is not None and alone.resumable and not self.studio.run.active)
        self.fork_button.setEnabled(alone is not None and not self.studio.run.active)
        self.delete_button.setEnabled(alone is not None and not alone.going)
        self._read_missing(runs)
        self._show_curves()

    def _read_missing(self, runs: list[ShownRun]) -> None:
        """Histories and projects that are not in memory yet, or have grown since."""
        store = self.store
        wanted = {run.summary.id: _mark(run.summary) for run in runs}
        missing = [id for id, mark in wanted.items() if self._histories.get(id, (None, None))[0] != mark]
        if not missing:
            return

        def read() -> dict[str, tuple[History, Project | None]]:
            return {id: (store.history(id), _project(store, id)) for id in missing}

        def found(items: Mapping[str, tuple[History, Project | None]]) -> None:
            self._reading -= 1
            for id, (history, project) in items.items():
                self._histories[id] = (wanted[id], history)
                if project is not None:
                    self._projects[id] = project
            self._show_curves()

        def failed(error: BaseException) -> None:
            self._reading -= 1
            self.studio.message.emit(str(error), "error")
            self._show_curves()

        self._reading += 1
        aside(self, read, found, failed)

    def _known(self) -> list[tuple[ShownRun, History]]:
        return [
            (run, self._histories[run.summary.id][1])
            for run in self._chosen_runs()
            if run.summary.id in self._histories
        ]

    def _show_curves(self) -> None:
        known = self._known()
        self._offer_metrics([history for _, history in known])
        if known or (self._listed and not self._chosen_runs()):
            self.curves.show_figure(overlay(known, str(self.metric_choice.currentData() or "")))
            self.table.show_figure(reached(known))
        else:
            waits = self._reading or not self._listed
            note = Note(tr("It is being read …") if waits else tr("What was chosen could not be read."))
            self.curves.show_figure(note)
            self.table.show_figure(note)
        self._show_changes()

    def _offer_metrics(self, histories: list[History]) -> None:
        offered = metrics_of(histories)
        present = [self.metric_choice.itemData(index) for index in range(self.metric_choice.count())]
        self.metric_choice.setVisible(bool(offered))
        if offered == present:
            return
        kept = self.metric_choice.currentData()
        self.metric_choice.clear()
        for name in offered:
            self.metric_choice.addItem(words(name).capitalize(), name)
        loss = "validation/loss" if "validation/loss" in offered else main_metric(offered)
        self.metric_choice.setCurrentIndex(max(0, self.metric_choice.findData(kept if kept in offered else loss)))

    def _show_changes(self) -> None:
        runs = self._chosen_runs()
        projects = [self._projects.get(run.summary.id) for run in runs]
        if len(runs) == 1 and (made := self._changes_in(runs[0])):
            self.changes.show_differences((runs[0].name, tr("changed while it trained")), made)
            return
        if len(runs) != 2 or projects[0] is None or projects[1] is None:
            self.changes.say(tr("Choose two runs: what differs in their graph, recipe, data and code is listed here."))
            return
        (first, before), (second, after) = sorted(
            zip(runs, projects, strict=True), key=lambda pair: pair[0].summary.began
        )
        assert before is not None
        assert after is not None
        self.changes.show_differences((first.name, second.name), differences(before, after, self.studio.registry))
        if before.graph != after.graph:
            self._show_code(tuple(self.chosen), before, after)

    def _changes_in(self, run: ShownRun) -> list[Difference]:
        """What was changed while it trained, step by step."""
        known = self._histories.get(run.summary.id)
        return made_while_training(known[1]) if known else []

    def _show_code(self, chosen: tuple[str, ...], before: Project, after: Project) -> None:
        """Ask the engine for the code of both."""

        def then_after(old: Inspected) -> None:
            def then(new: Inspected) -> None:
                if tuple(self.chosen) == chosen:
                    self.changes.show_code(old.code.text, new.code.text)

            self.studio.request("inspect", {"project": after}, then)

        self.studio.request("inspect", {"project": before}, then_after)

    # ── what can be done with a run ───────────────────────────────────────────────────────────────────────────────────

    @property
    def _alone(self) -> ShownRun | None:
        runs = self._chosen_runs()
        return runs[0] if len(runs) == 1 else None

    def open_as_it_was(self) -> bool:
        """Graph, blocks, data and recipe of the run, as one edit that undo takes back."""
        run = self._alone
        if run is None:
            return False
        try:
            wanted = self.store.project(run.summary.id)
        except NNStudioError as error:
            self.studio.message.emit(str(error), "error")
            return False
        studio = self.studio
        studio.document.end_merge()
        edit = as_it_was(studio.project, wanted, tr("Open {run} as it was", run=run.name))
        said = tr("The project is as it was in {run}.", run=run.name)
        if edit.changes:
            studio.do(edit)
            said = tr("The project is as it was in {run}. Undo brings back what you had.", run=run.name)
        studio.message.emit(said, "info")
        studio.show_place.emit("model")
        return True

    def resume(self) -> None:
        """Go on with the run from its last checkpoint, with the project as it was."""
        run = self._alone
        if run is not None and run.summary.resumable and self.open_as_it_was():
            self.studio.run.train(resume=str(run.summary.folder))

    def _open_fork_menu(self) -> None:
        menu = self.fork_menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.fork_button.mapToGlobal(self.fork_button.rect().bottomLeft()))

    def fork_menu(self) -> QMenu:
        """A new run with the weights of this one and the recipe as it stands; or the same run once more, its changes included."""
        menu = QMenu(self)
        run = self._alone
        folder = run.summary.folder / "checkpoints" if run is not None else None
        for name, title in (
            ("last", tr("Fork from the last checkpoint, with the recipe as it stands")),
            ("best", tr("Fork from the best checkpoint, with the recipe as it stands")),
        ):
            path = folder / f"{name}.safetensors" if folder is not None else None
            action = menu.addAction(theme.icon("git-branch"), title)
            action.setEnabled(path is not None and path.is_file())
            action.triggered.connect(partial(self._fork, path))
        menu.addSeparator()
        again = menu.addAction(theme.icon("repeat"), tr("Repeat this run exactly, with what was changed in it"))
        again.setEnabled(run is not None)
        again.triggered.connect(self._repeat)
        return menu

    def _fork(self, checkpoint: Path | None, _checked: bool = False) -> None:
        if checkpoint is None:
            return
        self.studio.run.train(fork=str(checkpoint))
        self.studio.show_place.emit("model")

    def _repeat(self) -> None:
        run = self._alone
        known = self._histories.get(run.summary.id) if run is not None else None
        if self.open_as_it_was():
            self.studio.run.train(changes=known[1].changed if known else ())

    def _begin_rename(self) -> None:
        card = self.list.card(self.chosen[0]) if self.chosen else None
        if card is not None:
            card.rename()

    def _rename(self, id: str, name: str) -> None:
        self._try(lambda: self.store.rename(id, name))

    def _delete(self) -> None:
        """Asks once more, on the button itself."""
        if self._really is None:
            self.delete_button.setText(tr("Really delete?"))
            self._really = QTimer(self)
            self._really.setSingleShot(True)
            self._really.timeout.connect(self._forget_delete)
            self._really.start(REALLY_MS)
            return
        self._forget_delete()
        run = self._alone
        if run is not None:
            self._try(lambda: self.store.delete(run.summary.id))

    def _forget_delete(self) -> None:
        if self._really is not None:
            self._really.stop()
            self._really = None
        self.delete_button.setText(tr("Delete"))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except (NNStudioError, OSError) as error:
            self.studio.message.emit(str(error), "error")
        self.refresh()


def _mark(run: RunSummary) -> object:
    """Changes when the run has grown."""
    return (run.epochs, run.step, run.state)


def _project(store: RunStore, id: str) -> Project | None:
    try:
        return store.project(id)
    except NNStudioError:
        return None
