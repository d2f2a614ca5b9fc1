"""The page of experiments: choosing, setting, running, cancelling, taking a suggestion; its engine is played by the test."""

import numpy as np
import pytest
from PySide6.QtWidgets import QPushButton

from nnstudio.experiments.table import EXPERIMENTS
from nnstudio.figures import Contour, Curves, Line, Note
from nnstudio.gui.figures.card import FigureCard
from nnstudio.gui.places.experiments import ExperimentsPage
from nnstudio.gui.places.start import StartPlace
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.plugins import load
from nnstudio.problems import Problem
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.replies_experiments import Outcome, Suggestion

PLUGINS = load(safe_mode=True)


class Laboratory:
    """The engine's side: what was asked, answered when the test wants."""

    def __init__(self) -> None:
        self.requests = []
        self.killed = 0
        self.on_death = lambda problem: None

    def request(self, type, value, then, fail=None):
        self.requests.append((type, value, then, fail))

    def kill(self) -> None:
        self.killed += 1
        self.on_death(Problem("engine.killed", "The engine was ended.", place="run"))


@pytest.fixture
def studio(tmp_path, qapp):
    theme.install(qapp)
    studio = Studio(PLUGINS, settings=Settings(tmp_path / "settings.json"), state=tmp_path)
    studio.laboratory = Laboratory()
    recipe = Recipe(optimizer=Entry("torch.sgd", {"lr": 0.5}))
    studio.open_project(Project("test", data=Data(Entry("nnstudio.moons")), recipe=recipe))
    yield studio
    studio.close()


@pytest.fixture
def page(studio, qtbot) -> ExperimentsPage:
    place = StartPlace(studio, lambda: None, lambda: None)
    qtbot.addWidget(place)
    place.resize(1500, 900)
    place.show()
    place.show_experiments()
    assert place.experiments is not None
    return place.experiments


def outcome() -> Outcome:
    curve = Curves((Line(np.arange(3), np.arange(3), "loss", "train"),), title="Loss")
    ground = Contour(
        np.add.outer(np.arange(5.0) ** 2, np.arange(5.0) ** 2), (0, 1, 0, 1), (curve.lines[0],), title="Ground"
    )
    notes = Note(rows=(("a", "b"), ("1", "2")), title="Table")
    suggestion = Suggestion("Use η = 0.01", "recipe.optimizer.lr", 0.01)
    return Outcome("Range", "It fell.", (ground, curve, notes), (("steps", "3"),), {}, suggestion)


def test_all_experiments_are_listed_with_their_sentence(page):
    assert set(page.list.cards) == set(EXPERIMENTS)
    for id, card in page.list.cards.items():
        assert card.accessibleDescription() == EXPERIMENTS[id].sentence


def test_each_has_a_form_of_its_parameters(page):
    for id, experiment in EXPERIMENTS.items():
        page.choose(id)
        assert set(page.form.rows) == set(experiment.params.model_fields)


def test_an_experiment_runs_without_blocking_and_its_outcome_is_shown(page, studio):
    page.choose("range_test")
    page.form.changed.emit("steps", 50)
    page.run()
    type, value, then, _ = studio.laboratory.requests[-1]
    assert (type, value["id"], value["params"]) == ("experiment", "range_test", {"steps": 50})
    assert value["project"] == studio.project
    assert page.running == "range_test"
    assert not page.run_button.isEnabled()
    assert page.cancel_button.isVisible()
    then(outcome())
    assert page.running == ""
    assert page.run_button.isEnabled()
    assert page.verdict.text() == "It fell."
    assert [card.view.figure.title for card in page.findChildren(FigureCard)] == ["Ground", "Loss", "Table"]


def test_what_was_found_stays_while_another_is_looked_at(page, studio):
    page.choose("race")
    page.run()
    page.choose("ravine")
    studio.laboratory.requests[-1][2](outcome())
    assert page.verdict.text() != "It fell."
    page.choose("race")
    assert page.verdict.text() == "It fell."


def test_a_value_back_at_its_default_is_not_sent(page, studio):
    page.choose("race")
    page.form.changed.emit("steps", 7)
    page.form.changed.emit("steps", 100)
    page.form.changed.emit("lr", 0.5)
    page.form.reset.emit("lr")
    page.run()
    assert studio.laboratory.requests[-1][1]["params"] == {}


def test_the_suggestion_is_one_undoable_edit(page, studio, qtbot):
    page.choose("range_test")
    page.run()
    studio.laboratory.requests[-1][2](outcome())
    button = next(one for one in page.findChildren(QPushButton) if one.text() == "Use η = 0.01")
    button.click()
    assert studio.project.recipe.optimizer.params["lr"] == 0.01
    studio.undo()
    assert studio.project.recipe.optimizer.params["lr"] == 0.5


def test_cancelling_ends_the_engine_and_tells_no_problem(page, studio):
    page.choose("queries")
    page.run()
    page.cancel()
    assert studio.laboratory.killed == 1
    assert page.running == ""
    assert not page.findChildren(ProblemCard)
    page.run()
    assert len(studio.laboratory.requests) == 2


def test_an_engine_that_dies_is_told(page, studio):
    page.choose("queries")
    page.run()
    studio.laboratory.kill()
    assert page.running == ""
    assert [card.problem.code for card in page.findChildren(ProblemCard)] == ["engine.killed"]


def test_what_cannot_be_done_is_told_in_place(page, studio):
    page.choose("scale_invariance")
    page.run()
    studio.laboratory.requests[-1][3](
        (Problem("experiment.normalization", "No node.", remedy="Put one.", place="run"),)
    )
    assert [card.problem.message for card in page.findChildren(ProblemCard)] == ["No node."]


def test_a_guides_link_opens_and_makes_it(page, studio):
    page.open("race", {"surface": "beale", "steps": "30", "nonsense": "1"})
    assert page.id == "race"
    assert studio.laboratory.requests[-1][1]["params"] == {"surface": "beale", "steps": 30}
    said = []
    studio.message.connect(lambda text, severity: said.append(severity))
    page.open("nosuch", {})
    assert said == ["warning"]
    assert page.id == "race"


def test_one_goes_back_to_the_labs(page, qtbot):
    with qtbot.waitSignal(page.left):
        page.list.left.emit()
    assert not page.isVisible()
