"""A lab opens with its text beside the canvas, and a click on a link does what it says."""

import pytest
from PySide6.QtCore import QUrl

from nnstudio.gui.guide_panel import GuidePanel
from nnstudio.gui.studio import Studio
from nnstudio.project.guide import Link, read_link


@pytest.fixture
def panel(studio: Studio, qtbot) -> GuidePanel:
    studio.open_example("lab_initialization")
    panel = GuidePanel(studio)
    qtbot.addWidget(panel)
    panel.refresh()
    return panel


def test_the_text_of_the_lab_is_shown(panel: GuidePanel) -> None:
    assert panel.has_text
    assert "Two moons" in panel.browser.toPlainText()


def test_a_project_without_a_guide_has_none(panel: GuidePanel, studio: Studio) -> None:
    studio.open_example("xor")
    panel.refresh()
    assert not panel.has_text


def test_a_link_changes_the_recipe_in_one_step_of_undo(panel: GuidePanel, studio: Studio) -> None:
    before = studio.project
    panel.follow(QUrl("nnstudio:set?recipe.initializer=nnstudio.normal&recipe.initializer.std=0.001"))
    assert studio.project.recipe.initializer.type == "nnstudio.normal"
    assert studio.project.recipe.initializer.params == {"std": 0.001}
    studio.undo()
    assert studio.project == before


def test_a_link_shows_a_place(panel: GuidePanel, studio: Studio, qtbot) -> None:
    with qtbot.waitSignal(studio.show_place) as shown:
        panel.follow(QUrl("nnstudio:place/recipe"))
    assert shown.args == ["recipe"]


def test_a_link_that_cannot_be_says_why(panel: GuidePanel, studio: Studio, qtbot) -> None:
    with qtbot.waitSignal(studio.message) as said:
        panel.follow(QUrl("nnstudio:set?recipe.epochs=many"))
    assert "epochs" in said.args[0]


def test_experiments_and_comparisons_are_asked_for(panel: GuidePanel, studio: Studio, qtbot) -> None:
    with qtbot.waitSignal(studio.asked) as asked:
        panel.follow(QUrl("nnstudio:experiment/race?surface=ravine"))
    assert asked.args == [Link("experiment", "race", {"surface": "ravine"})]


def test_what_is_no_link_of_ours_is_none() -> None:
    assert read_link("https://example.org/nnstudio:set") is None
    assert read_link("nnstudio:format_disk/now") is None
    assert read_link("nnstudio:compare?recipe.optimizer=torch.sgd%28momentum%3D0.9%29|torch.adam") == Link(
        "compare", "", {"recipe.optimizer": "torch.sgd(momentum=0.9)|torch.adam"}
    )
