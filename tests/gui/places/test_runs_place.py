"""The Runs place over runs on the disk: list, comparison, and the way back."""

from dataclasses import replace
from datetime import datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from nnstudio.events import EpochEnded, Failed, Finished, RunStarted
from nnstudio.gui.places import runs as runs_place
from nnstudio.gui.places.runs import RunsPlace
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plan import Code, Plan
from nnstudio.plugins import load
from nnstudio.problems import Problem
from nnstudio.project.project import Entry, Project, Recipe
from nnstudio.replies import Inspected
from nnstudio.runs.store import RunWriter

PLUGINS = load(safe_mode=True)
FIRST = Project("LeNet", recipe=Recipe(epochs=2))
SECOND = replace(FIRST, recipe=Recipe(epochs=2, optimizer=Entry("torch.sgd", {"lr": 0.1})))


def write(folder, project: Project, *losses: float, failed: bool = False, end: str = "done") -> None:
    writer = RunWriter.create(folder, project)
    writer.add(RunStarted(writer.folder.name, str(writer.folder), "cpu", len(losses), 1, metrics=("accuracy",)))
    values: dict[str, float] = {}
    for epoch, loss in enumerate(losses):
        values = {"train/loss": loss, "validation/loss": loss, "validation/accuracy": 1 - loss}
        writer.add(EpochEnded(epoch, epoch + 1, values))
    if failed:
        writer.add(Failed((Problem("train.nan", "The loss became NaN at node 'fc1'.", place="run"),), len(losses)))
    else:
        writer.add(Finished(end, len(losses), len(losses), values, 3.0))
    writer.close()


@pytest.fixture
def studio(tmp_path, qapp, monkeypatch):
    theme.install(qapp)
    studio = Studio(PLUGINS, settings=Settings(tmp_path / "settings.json"), state=tmp_path)
    studio.open_project(FIRST)

    def inspect(self, type, value, then, fail=None):
        then(Inspected(Plan(), Code(f"lr = {value['project'].recipe.optimizer.params.get('lr')}\n")))

    monkeypatch.setattr(Studio, "request", inspect)
    yield studio
    studio.close()


@pytest.fixture
def place(studio, qtbot):
    for project, losses in ((FIRST, (0.5, 0.25)), (SECOND, (0.5, 0.125))):
        write(studio.runs_folder, project, *losses)
    place = RunsPlace(studio)
    qtbot.addWidget(place)
    place.resize(1500, 900)
    place.show()
    qtbot.waitUntil(lambda: len(place.runs) == 2 and bool(place._known()))
    return place


def id_of(place, project: Project) -> str:
    return next(run.id for run in place.runs if place.store.project(run.id).recipe == project.recipe)


def words_of(widget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def choose_both(place, qtbot) -> None:
    place.choose(id_of(place, FIRST))
    place.choose(id_of(place, SECOND), True)
    qtbot.waitUntil(lambda: len(place._known()) == 2)


def test_runs_are_listed_with_what_they_reached(place):
    said = words_of(place.list)
    assert "LeNet 1" in said
    assert "LeNet 2" in said
    assert "87.5 %" in said
    assert "2 epochs" in said
    assert f"{datetime.now():%H:}" in said


def test_no_runs_yet_teaches(studio, qtbot):
    place = RunsPlace(studio)
    qtbot.addWidget(place)
    place.show()
    assert "being read" in words_of(place.list), "until then nobody knows"
    assert place.curves.view.figure.text == "It is being read …"
    qtbot.waitUntil(lambda: "Press Train" in words_of(place.list))
    assert "Choose runs" in place.curves.view.figure.text
    assert not any(widget.isEnabled() for widget in place.buttons)


def test_a_chosen_run_that_is_being_read_is_not_asked_to_be_chosen(place, studio, monkeypatch):
    jobs = []
    monkeypatch.setattr(runs_place, "aside", lambda _owner, work, then, fail=None: jobs.append((work, then, fail)))
    studio.project_opened.emit()
    (work, then, _fail) = jobs.pop()
    assert "Press Train" not in words_of(place.list)
    then(work())
    assert len(place.chosen) == 1
    assert place.curves.view.figure.text == place.table.view.figure.text == "It is being read …"
    (work, then, fail) = jobs.pop()
    fail(OSError("The disk is gone."))
    assert "could not be read" in place.curves.view.figure.text
    place.choose(place.chosen[0])
    (work, then, _fail) = jobs.pop()
    then(work())
    assert len(place.curves.view.figure.lines) == 2


def test_words_of_a_run_that_do_not_fit_end_in_dots(place, qtbot):
    card = place.list.cards[0]
    detail = card._detail
    detail.setText("crashed at step 7 · The process that trained ended without a word of why")
    detail.resize(120, detail.height())
    wide = detail.fontMetrics().horizontalAdvance(detail.text())
    assert wide > detail.width()
    cut = detail.grab().toImage()
    detail.setText(detail.fontMetrics().elidedText(detail.text(), Qt.TextElideMode.ElideRight, 120))
    assert detail.text().endswith("…") and detail.grab().toImage() == cut


def test_a_failed_run_says_why_in_red(place, studio, qtbot):
    write(studio.runs_folder, FIRST, 0.5, failed=True)
    place.refresh()
    qtbot.waitUntil(lambda: len(place.runs) == 3)
    failed = next(card for card in place.list.cards if card.run.summary.state == "failed")
    assert "The loss became NaN at node 'fc1'." in failed._detail.text()
    assert failed._detail.property("role") == "bad"


def test_two_runs_are_laid_over_each_other_and_compared(place, qtbot):
    choose_both(place, qtbot)
    assert len(place.curves.view.figure.lines) == 2
    assert len(place.table.view.figure.rows) == 3
    qtbot.waitUntil(lambda: all(word in words_of(place.changes) for word in ("optimizer", "Adam", "SGD")))
    assert place.curves.view.figure.title == "Validation loss"


def test_another_metric_can_be_chosen(place, qtbot):
    choose_both(place, qtbot)
    index = place.metric_choice.findData("validation/accuracy")
    place.metric_choice.setCurrentIndex(index)
    place.metric_choice.activated.emit(index)
    assert place.curves.view.figure.percent
    assert place.curves.view.figure.title == "Validation accuracy"


def test_ctrl_click_adds_and_takes_away(place, qtbot):
    first, second = place.list.cards
    qtbot.mouseClick(first, Qt.MouseButton.LeftButton)
    assert len(place.chosen) == 1
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert len(place.chosen) == 2
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert place.chosen == [first.run.summary.id]
    place.choose_all()
    assert len(place.chosen) == 2


def test_open_as_it_was_can_be_undone(place, studio):
    place.choose(id_of(place, SECOND))
    shown: list[str] = []
    studio.show_place.connect(shown.append)
    assert place.open_as_it_was()
    assert studio.project.recipe == SECOND.recipe
    assert shown == ["model"]
    studio.undo()
    assert studio.project == FIRST


def test_undo_is_spoken_of_where_there_is_something_to_undo(place, studio):
    said: list[str] = []
    studio.message.connect(lambda text, _severity: said.append(text))
    place.choose(id_of(place, FIRST))
    assert place.open_as_it_was()
    place.choose(id_of(place, SECOND))
    assert place.open_as_it_was()
    assert ["Undo" in text for text in said] == [False, True]


def test_resume_needs_a_checkpoint_and_goes_on_from_the_runs_folder(place, studio, monkeypatch, qtbot):
    def checkpoint_of(run) -> None:
        (run.folder / "checkpoints" / "last.safetensors").write_bytes(b"")

    done = next(run for run in place.runs if run.id == id_of(place, SECOND))
    checkpoint_of(done)
    place.choose(done.id)
    assert not place.resume_button.isEnabled()  # nothing is left to do
    write(studio.runs_folder, SECOND, 0.5, end="stopped")
    place.refresh()
    qtbot.waitUntil(lambda: len(place.runs) == 3)
    run = place.runs[0]
    place.choose(run.id)
    assert not place.resume_button.isEnabled()
    checkpoint_of(run)
    begun: list[str] = []
    monkeypatch.setattr(studio.run, "train", lambda resume="": begun.append(resume))
    place.choose(run.id)
    assert place.resume_button.isEnabled()
    place.resume()
    assert begun == [str(run.folder)]
    assert studio.project.recipe == SECOND.recipe


def test_renaming_in_the_list(place, qtbot):
    place.choose(id_of(place, FIRST))
    place.rename_button.click()
    card = place.list.card(place.chosen[0])
    card._edit.setText("the plain one")
    qtbot.keyClick(card._edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "the plain one" in words_of(place.list))


def test_deleting_asks_once_more(place, qtbot):
    gone = id_of(place, FIRST)
    place.choose(gone)
    place.delete_button.click()
    assert place.delete_button.text() == "Really delete?"
    assert len(place.store.runs()) == 2
    place.delete_button.click()
    qtbot.waitUntil(lambda: [run.id for run in place.runs] == [run.id for run in place.store.runs()])
    assert gone not in [run.id for run in place.runs]
    assert place.delete_button.text() == "Delete"


def test_a_new_run_is_followed_by_who_looks_at_the_newest(place, studio, qtbot):
    place.choose(place.runs[0].id)
    write(studio.runs_folder, FIRST, 0.75)
    place.refresh()
    qtbot.waitUntil(lambda: len(place.runs) == 3)
    assert place.chosen == [place.runs[0].id]


def test_runs_of_a_comparison_are_listed_too(place, studio, qtbot):
    folder = studio.runs_folder.with_suffix(".compare") / "six_optimizers"
    write(folder, SECOND, 0.4, 0.2, 0.1)
    (folder / "comparison.json").write_text("{}")
    assert not place.whose_choice.isVisible()
    place.refresh()
    assert place.whose_choice.isVisible()
    assert [place.whose_choice.itemText(index) for index in (0, 1)] == ["Own runs", "Compare: six optimizers"]
    place.whose_choice.setCurrentIndex(1)
    place.whose_choice.activated.emit(1)
    qtbot.waitUntil(lambda: [run.epochs for run in place.runs] == [3], timeout=60_000)
    place.whose_choice.setCurrentIndex(0)
    place.whose_choice.activated.emit(0)
    qtbot.waitUntil(lambda: len(place.runs) == 2, timeout=60_000)
