"""The Recipe place: each line says what the recipe says, every control changes it, undoably."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from nnstudio.data import DataInfo
from nnstudio.events import RunStarted, Steps
from nnstudio.figures import Curves, Note
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.places.recipe import CardView, RecipePlace
from nnstudio.gui.places.recipe_ask import AFTER_MS
from nnstudio.gui.places.recipe_cards import cards
from nnstudio.gui.places.recipe_charts import last_run
from nnstudio.gui.places.recipe_rate import run_steps
from nnstudio.gui.places.recipe_rate_chart import learning_rate
from nnstudio.gui.places.recipe_start import StartCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.widgets.painted import Choice
from nnstudio.plan import Code, NodePlan, Plan
from nnstudio.plugins import Plugins
from nnstudio.project.edits import set_field
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.project.recipe_entries import add
from nnstudio.replies import Inspected, NodeOutput, WeightStats
from nnstudio.replies_experiments import Initial, InitialNode
from nnstudio.runs.history import History


@pytest.fixture
def place(studio: Studio, qtbot: QtBot) -> Iterator[RecipePlace]:
    studio.open_example("fashion_mnist_lenet")
    place = RecipePlace(studio)
    qtbot.addWidget(place)
    place.resize(1500, 900)
    place.show()
    qtbot.waitExposed(place)
    yield place


def view(place: RecipePlace, key: str) -> CardView:
    return next(view for view in place.views if view.card.key == key)


def form_with(place: RecipePlace, field: str) -> Form:
    assert place.form is not None
    return next(form for form in place.form.findChildren(Form) if field in form.rows)


def add_entry(studio: Studio, field: str, id: str) -> None:
    studio.do(add(studio.project, field, Entry(id))[0])


def test_every_line_opens_its_form(place: RecipePlace, qtbot: QtBot) -> None:
    add_entry(place._studio, "regularizers", "nnstudio.l2")
    add_entry(place._studio, "metrics", next(iter(place._studio.registry.metrics)))
    for card in cards(place._studio.project, place._studio.registry, None):
        qtbot.mouseClick(view(place, card.key), Qt.MouseButton.LeftButton)
        assert place.chosen == card.key
        assert place.form is not None
        assert place.form.key == card.key
        place.grab()


def test_every_optimizer_schedule_and_initializer_can_be_chosen(place: RecipePlace, studio: Studio) -> None:
    for key, kind in (("optimizer", "optimizer"), ("schedule", "schedule"), ("initializer", "initializer")):
        place.choose(key)
        for id in studio.registry.of(kind):
            assert place.form is not None
            choice = place.form.findChildren(Choice)[0]
            choice.setCurrentIndex(choice.findData(id))
            choice.activated.emit(choice.currentIndex())
            assert getattr(studio.project.recipe, key) == Entry(id) or getattr(studio.project.recipe, key).type == id
            place.grab()


def test_a_value_is_typed_and_undone(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    place.choose("optimizer")
    before = studio.project
    line = form_with(place, "lr").rows["lr"].line
    assert line is not None
    line.selectAll()
    qtbot.keyClicks(line, "0.5")
    assert studio.project.recipe.optimizer.params["lr"] == 0.5
    assert "0.5" in view(place, "optimizer").card.title
    studio.undo()
    assert studio.project == before


def test_what_is_out_of_range_does_not_reach_the_recipe(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    place.choose("stop")
    line = form_with(place, "epochs").rows["epochs"].line
    assert line is not None
    before = studio.project.recipe.epochs
    line.selectAll()
    qtbot.keyClicks(line, "0")
    assert studio.project.recipe.epochs == before
    assert line.property("invalid") == "true"


def test_switches(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    qtbot.mouseClick(view(place, "standardize").toggle, Qt.MouseButton.LeftButton)
    assert studio.project.data.standardize == "none"
    qtbot.mouseClick(view(place, "standardize").toggle, Qt.MouseButton.LeftButton)
    assert studio.project.data.standardize == "auto"
    add_entry(studio, "regularizers", "nnstudio.l1")
    qtbot.mouseClick(view(place, "regularizers.0").toggle, Qt.MouseButton.LeftButton)
    assert studio.project.recipe.regularizers == (Entry("nnstudio.l1", enabled=False),)


def test_an_entry_is_added_and_removed(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    place.acts.add("regularizers", "nnstudio.l2")
    assert place.chosen == "regularizers.0"
    assert place.form is not None
    remove = next(b for b in place.form.findChildren(QPushButton) if b.text() == "Remove from the recipe")
    qtbot.mouseClick(remove, Qt.MouseButton.LeftButton)
    assert studio.project.recipe.regularizers == ()
    assert place.chosen == "optimizer"
    studio.undo()
    studio.undo()
    assert not studio.document.undo_label


def test_an_unknown_plugin_is_named_and_kept(place: RecipePlace, studio: Studio) -> None:
    studio.do(set_field(studio.project, "recipe", "optimizer", Entry("nobody.sgd", {"lr": 1.0})))
    place.choose("optimizer")
    place.grab()
    assert studio.project.recipe.optimizer == Entry("nobody.sgd", {"lr": 1.0})


def test_activations_at_the_start_come_from_the_network(
    studio: Studio, bench: Any, place: RecipePlace, qtbot: QtBot
) -> None:
    asked: list[Any] = []
    output = NodeOutput(
        (64, 6), 0.0, 0.98, -3.0, 3.0, 0.0, np.arange(16), np.linspace(-3, 3, 17), np.zeros((2, 2), np.uint8)
    )
    weights = WeightStats(150, 0.0, 0.11, -1.0, 1.0, np.arange(24), np.linspace(-1, 1, 25))

    def initial(value: Any) -> Any:
        asked.append(value)
        return Initial({"conv1": InitialNode(output, weights=weights), "relu1": InitialNode(output)}, 2.3, 64)

    bench.answers["initial"] = initial
    plans = {id: NodePlan(id, studio.project.graph.nodes[id].type, id) for id in ("conv1", "relu1")}
    bench.answers["inspect"] = Inspected(Plan(("conv1", "relu1"), plans), Code(""))
    studio.do(set_field(studio.project, "recipe", "seed", 5))
    card = place.charts.start
    qtbot.waitUntil(lambda: texts(card) == ["std 0.98"], timeout=20_000)
    assert asked[-1]["project"] == studio.project
    assert texts(card) == ["std 0.98"]  # only nodes with weights
    card.what.setCurrentIndex(1)
    card.what.activated.emit(1)
    assert texts(card) == ["std 0.11"]
    count = len(asked)
    studio.do(set_field(studio.project, "recipe", "epochs", 3))  # the start does not depend on it
    qtbot.wait(2 * AFTER_MS)
    assert len(asked) == count


def texts(card: StartCard) -> list[str]:
    found = [card._grid.itemAtPosition(index, 2) for index in range(card._grid.rowCount())]
    labels = [item.widget() for item in found if item is not None]
    return [label.text() for label in labels if isinstance(label, QLabel)]


# ── the figures, without a widget ─────────────────────────────────────────────────────────────────────────────────────


def test_the_learning_rate_is_the_schedules_own(plugins: Plugins) -> None:
    recipe = Recipe(
        epochs=10, optimizer=Entry("torch.sgd", {"lr": 0.5}), schedule=Entry("nnstudio.cosine", {"floor": 0.1})
    )
    figure = learning_rate(Project(recipe=recipe), plugins.registry, 1000)
    assert isinstance(figure, Curves)
    x, y = figure.lines[0].x, figure.lines[0].y
    expected = 0.5 * (0.1 + 0.9 * 0.5 * (1 + np.cos(np.pi * np.asarray(x, float) / 1000)))
    np.testing.assert_allclose(np.asarray(y, float), expected, rtol=1e-12)
    assert (x[0], x[-1]) == (0, 999)


def test_a_wrong_parameter_is_said_instead_of_drawn(plugins: Plugins) -> None:
    recipe = Recipe(optimizer=Entry("torch.sgd", {"lr": -1.0}))
    figure = learning_rate(Project(recipe=recipe), plugins.registry, 100)
    assert isinstance(figure, Note)
    assert "lr" in figure.text


def test_last_run_shows_loss_and_penalty() -> None:
    history = History()
    assert isinstance(last_run(history), Note)
    history.add(RunStarted("r", "", "cpu", 1, 3))
    history.add(Steps(0, {"loss": np.array([3.0, 2.0]), "penalty": np.array([0.1, 0.2])}))
    figure = last_run(history)
    assert isinstance(figure, Curves)
    assert [len(line.y) for line in figure.lines] == [2, 2]
    assert "0.2" in figure.caption


def test_the_steps_of_an_epoch_count_the_last_small_batch(plugins: Plugins) -> None:
    info = DataInfo({}, (), "", 150, 101, 25, 24)
    registry = plugins.registry
    assert run_steps(Project(recipe=Recipe(batch_size=50, epochs=2)), registry, info) == (3, 3, 6)
    assert run_steps(Project(recipe=Recipe(batch_size=0, epochs=1)), registry, info) == (1, 1, 1)
    assert run_steps(Project(), registry, None) is None


def test_a_recipe_without_loss_and_data_says_what_to_do(plugins: Plugins) -> None:
    lines = {card.key: card for card in cards(Project(data=Data()), plugins.registry, None)}
    assert lines["data"].title == "none chosen"
    assert "canvas" in lines["loss."].detail
