"""The Data place: choosing, asking for a preview, changing, and trouble told in place."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible

from nnstudio.data import DataInfo, FieldInfo
from nnstudio.gui.places.data import DataPlace
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plugins import load
from nnstudio.problems import Problem
from nnstudio.project import edits
from nnstudio.project.project import Data, Entry, Project
from nnstudio.replies import Preview

PLUGINS = load(safe_mode=True)


def moons() -> Preview:
    fields = {"x": FieldInfo("vector", (2,), "float"), "y": FieldInfo("label", (), "int", ("left", "right"))}
    info = DataInfo(
        fields, ("x",), "y", 400, 280, 60, 60, source="a circle, twice", licence="free", notes=("2 rows left out",)
    )
    return Preview(
        info,
        np.arange(4),
        np.zeros(4, int),
        {"x": np.ones((4, 2)), "y": np.arange(4) % 2},
        np.array([[140, 30, 30], [140, 30, 30]]),
        {"x": np.zeros((2, 4))},
    )


class Asked:
    """The engine's side: what was asked, to be answered when the test wants."""

    def __init__(self) -> None:
        self.requests = []

    def __call__(self, type, value, then, fail=None):
        self.requests.append((type, value, then, fail))

    def answer(self, preview: Preview, index: int = -1) -> None:
        self.requests[index][2](preview)


@pytest.fixture
def asked(monkeypatch) -> Asked:
    asked = Asked()
    monkeypatch.setattr(Studio, "request", lambda self, *request: asked(*request))
    return asked


@pytest.fixture
def studio(tmp_path, qapp, asked):
    theme.install(qapp)
    studio = Studio(PLUGINS, settings=Settings(tmp_path / "settings.json"), state=tmp_path)
    studio.open_project(Project("test", data=Data(Entry("nnstudio.moons"))))
    yield studio
    studio.close()


@pytest.fixture
def place(studio, qtbot, asked):
    place = DataPlace(studio)
    qtbot.addWidget(place)
    place.resize(1500, 900)
    place.show()
    qtbot.waitUntil(lambda: len(asked.requests) == 1)
    return place


def words_of(widget) -> str:
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def test_a_preview_of_the_projects_data_is_asked_for_and_shown(place, studio, asked, qtbot):
    kind, value, _, _ = asked.requests[0]
    assert (kind, value["data"]) == ("preview", studio.project.data)
    asked.answer(moons())
    assert place.samples_card.view.figure.groups.tolist() == [0, 1, 0, 1]
    assert place.classes_card.view.figure.values.tolist() == [[140, 30, 30], [140, 30, 30]]
    told = ("Two moons", "400", "a circle, twice", "free", "2 rows left out")
    qtbot.waitUntil(lambda: all(word in words_of(place.form) for word in told))
    assert place.form._bar.words() == "train 280 · validation 60 · test 60"


def test_choosing_a_dataset_is_an_undoable_edit_with_a_new_preview(place, studio, asked, qtbot):
    qtbot.mouseClick(place.list.cards["nnstudio.iris"], Qt.MouseButton.LeftButton)
    assert studio.project.data.dataset == Entry("nnstudio.iris")
    assert place.list.cards["nnstudio.iris"].property("chosen") == "true"
    qtbot.waitUntil(lambda: len(asked.requests) == 2)
    studio.undo()
    assert studio.project.data.dataset == Entry("nnstudio.moons")


def test_an_answer_that_comes_too_late_is_not_shown(place, studio, asked, qtbot):
    place.choose("nnstudio.iris")
    asked.answer(moons(), 0)
    assert place.preview is None
    qtbot.waitUntil(lambda: len(asked.requests) == 2)


def test_parameters_and_shares_are_edits(place, studio):
    place.form.dataset_form.changed.emit("noise", 0.5)
    assert studio.project.data.dataset == Entry("nnstudio.moons", {"noise": 0.5})
    place.form.dataset_form.reset.emit("noise")
    assert studio.project.data.dataset == Entry("nnstudio.moons")
    place.form.division_form.changed.emit("validation", 0.3)
    assert studio.project.data.validation == 0.3
    place.form.division_form.reset.emit("validation")
    assert studio.project.data.validation == Data().validation


def test_typing_asks_once_when_it_pauses(place, studio, asked, qtbot):
    for noise in (0.1, 0.2, 0.3):
        place.form.dataset_form.changed.emit("noise", noise)
    qtbot.waitUntil(lambda: len(asked.requests) == 2)
    qtbot.wait(300)
    assert len(asked.requests) == 2
    assert asked.requests[1][1]["data"].dataset.params == {"noise": 0.3}


def test_trouble_is_told_in_place_with_what_to_do(place, asked):
    asked.answer(
        Preview(None, problems=(Problem("data.missing", "Row 3 has no value.", remedy="Fill it in.", place="data"),))
    )
    card = place.findChild(ProblemCard)
    assert "Row 3 has no value." in words_of(card)
    assert "Fill it in." in words_of(card)
    assert "as soon as the data can be read" in place.samples_card.view.figure.text


def test_a_request_that_fails_is_told_the_same_way(place, asked):
    asked.requests[0][3]((Problem("engine.gone", "The engine ended.", place="run"),))
    assert "The engine ended." in words_of(place.findChild(ProblemCard))


def test_an_unknown_dataset_is_named(place, studio, asked, qtbot):
    studio.open_project(Project("test", data=Data(Entry("stranger.data"))))
    qtbot.waitUntil(lambda: "stranger.data" in words_of(place.form))
    assert len(asked.requests) == 1


def test_the_search_hides_what_does_not_match(place):
    place.list.search.setText("iris")
    shown = [id for id, card in place.list.cards.items() if not card.isHidden()]
    assert shown == ["nnstudio.iris"]
    place.list.search.setText("no such thing")
    assert place.list._none.isVisible()


def test_it_asks_for_nothing_while_it_is_hidden(studio, qtbot, asked):
    place = DataPlace(studio)
    qtbot.addWidget(place)
    place.choose("nnstudio.wine")
    qtbot.wait(300)
    assert asked.requests == []


def shown_rows(place) -> set[str]:
    rows = place.form.division_form.rows
    return {name for name, row in rows.items() if row.isVisibleTo(place.form.division_form)}


def test_only_the_fields_that_mean_something_are_shown(place, studio):
    always = {"split_by", "folds", "test", "standardize", "bootstrap"}
    assert shown_rows(place) == always | {"validation", "split_seed", "stratify"}
    place.form.division_form.changed.emit("split_by", "group")
    assert shown_rows(place) == always | {"validation", "split_seed", "split_field"}
    place.form.division_form.changed.emit("split_by", "time")
    assert shown_rows(place) == always | {"validation", "split_field"}
    place.form.division_form.changed.emit("folds", 5)
    assert shown_rows(place) == always | {"fold", "split_field"}
    assert (studio.project.data.split_by, studio.project.data.folds) == ("time", 5)
    studio.undo()
    studio.undo()
    assert "validation" in shown_rows(place)


def test_fields_to_split_by_are_offered(place, asked):
    asked.answer(moons())
    edit = place.form.division_form.rows["split_field"].line
    model = edit.completer().model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["x.0", "x.1", "y"]
    edit.completer().activated.emit("x.1")
    assert place.studio.project.data.split_field == "x.1"


def test_one_fold_is_refused_in_the_form(place, studio):
    form = place.form.division_form
    form.rows["folds"].edited.emit("folds", 1)
    assert "one fold" in words_of(form)


def test_who_measured_the_test_part_is_said(place, studio, asked):
    from dataclasses import replace

    from nnstudio.events import Finished, RunStarted
    from nnstudio.runs.store import RunWriter, record

    writer = RunWriter.create(studio.runs_folder, studio.project, name="first look")
    writer.set_fingerprint("abc")
    events = (RunStarted("r", str(writer.folder), "cpu", 1, 1), Finished("done", 1, 0, {"test/loss": 0.5}))
    list(record(iter(events), writer))
    preview = moons()
    asked.answer(replace(preview, info=replace(preview.info, fingerprint="abc")))
    assert "once, by 'first look'" in words_of(place.form)
    place.form.refresh(replace(preview.info, fingerprint="other"))
    assert "first look" not in words_of(place.form)


def test_augmented_samples_are_shown_where_the_recipe_makes_some(place, studio, asked):
    assert not place.augmented_card.isVisible()
    studio.do(edits.set_field(studio.project, "recipe", "augmentations", (Entry("nnstudio.input_noise"),)))
    assert place.augmented_card.isVisible()


# ── by keyboard ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_enter_in_the_search_takes_what_it_found(place, studio, qtbot):
    place.list.search.setFocus()
    qtbot.keyClick(place.list.search, Qt.Key.Key_Return)
    assert studio.project.data.dataset.type == "nnstudio.moons", "nothing was searched for"
    qtbot.keyClicks(place.list.search, "iris")
    qtbot.keyClick(place.list.search, Qt.Key.Key_Return)
    assert studio.project.data.dataset.type == "nnstudio.iris"


def test_arrows_walk_the_cards_and_enter_takes_one(place, studio, qtbot):
    place.activateWindow()
    qtbot.waitActive(place)
    cards = list(place.list.cards.values())
    place.list.search.setFocus()
    qtbot.keyClick(place.list.search, Qt.Key.Key_Down)
    assert cards[0].hasFocus()
    qtbot.keyClick(cards[0], Qt.Key.Key_Down)
    qtbot.keyClick(cards[1], Qt.Key.Key_Down)
    assert cards[2].hasFocus() and studio.project.data.dataset.type == "nnstudio.moons", "walking chooses nothing"
    qtbot.keyClick(cards[2], Qt.Key.Key_Return)
    assert studio.project.data.dataset.type == cards[2].spec.id
    for card in reversed(cards[:3]):
        qtbot.keyClick(card, Qt.Key.Key_Up)
    assert place.list.search.hasFocus()
    for _ in cards:
        qtbot.keyClick(place.focusWidget(), Qt.Key.Key_Down)
    assert cards[-1].hasFocus() and not cards[-1].visibleRegion().isEmpty()


def test_tab_comes_to_the_cards_after_the_search_as_to_one(place, qtbot):
    place.activateWindow()
    qtbot.waitActive(place)
    cards = list(place.list.cards.values())
    place.list.search.setFocus()
    qtbot.keyClick(place.list.search, Qt.Key.Key_Tab)
    qtbot.keyClick(cards[0], Qt.Key.Key_Down)
    qtbot.keyClick(cards[1], Qt.Key.Key_Tab)
    assert place.form.isAncestorOf(place.focusWidget())
    qtbot.keyClick(place.focusWidget(), Qt.Key.Key_Backtab)
    assert cards[1].hasFocus()
    qtbot.keyClick(cards[1], Qt.Key.Key_Backtab)
    assert place.list.search.hasFocus()
    qtbot.keyClicks(place.list.search, "xor")
    qtbot.keyClick(place.list.search, Qt.Key.Key_Tab)
    assert place.list.cards["nnstudio.xor"].hasFocus()


def test_a_screen_reader_hears_which_dataset_is_chosen(place):
    shown = {id: QAccessible.queryAccessibleInterface(card) for id, card in place.list.cards.items()}
    assert {card.role() for card in shown.values()} == {QAccessible.Role.RadioButton}
    assert [id for id, card in shown.items() if card.state().checked] == ["nnstudio.moons"]
    place.choose("nnstudio.iris")
    assert [id for id, card in shown.items() if card.state().checked] == ["nnstudio.iris"]
