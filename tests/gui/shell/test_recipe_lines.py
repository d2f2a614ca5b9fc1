"""The lines of the Recipe place: added by search, copied, moved by mouse and keys, switched; presets; changes to a run under way."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from nnstudio.data import DataInfo
from nnstudio.events import Changed, RunStarted
from nnstudio.gui.places.recipe import RecipePlace
from nnstudio.gui.places.recipe_cards import cards
from nnstudio.gui.places.recipe_column import CardView
from nnstudio.gui.places.recipe_live import live_changes
from nnstudio.gui.places.recipe_rate import Steps, learning_rates, run_steps
from nnstudio.gui.places.recipe_rate_chart import POINTS_ID
from nnstudio.gui.studio import Studio
from nnstudio.plan import Code, NodePlan, Plan
from nnstudio.plugins import Plugins
from nnstudio.problems import Problem
from nnstudio.project.edits import apply, set_field, set_param
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Entry, Project, Recipe, Rule
from nnstudio.project.recipe_entries import add, put
from nnstudio.project.rules import effective
from nnstudio.project.setting import setting
from nnstudio.replies import Inspected, Preview

INFO = DataInfo({}, (), "", 1000, 700, 150, 150)


@pytest.fixture
def place(studio: Studio, qtbot: QtBot) -> Iterator[RecipePlace]:
    studio.open_example("digits_mlp")
    place = RecipePlace(studio)
    qtbot.addWidget(place)
    place.resize(1500, 1200)
    place.show()
    qtbot.waitExposed(place)
    yield place


def view(place: RecipePlace, key: str) -> CardView:
    found = place.cards.view(key)
    assert found is not None
    return found


def fill(studio: Studio, field: str, *ids: str) -> None:
    for id in ids:
        studio.do(add(studio.project, field, Entry(id))[0])
    studio.document.end_merge()


def types(studio: Studio, field: str) -> list[str]:
    return [entry.type for entry in getattr(studio.project.recipe, field)]


# ── adding ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_kind_of_plugin_can_be_added_found_by_its_name_and_taken_back(place: RecipePlace, studio: Studio) -> None:
    before = studio.project
    kinds = (
        "augmentation",
        "regularizer",
        "noise",
        "gradient",
        "constraint",
        "average",
        "stop",
        "batch_schedule",
        "metric",
    )
    offered = {choice.title for choice in place.addable()}
    for kind in kinds:
        assert {spec.title for spec in studio.registry.of(kind).values()} <= offered
    for choice in place.addable():
        choice.run()
        assert studio.project != before or choice.title in {"Adam", "Cosine", "PyTorch's default"}
        place.grab()
        while studio.document.undo_label:
            studio.undo()
        assert studio.project == before


def test_the_searchable_list_adds_what_is_typed(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    qtbot.mouseClick(place.add_button, Qt.MouseButton.LeftButton)
    palette = place._adder
    assert palette is not None
    qtbot.keyClicks(palette.search, "cutout")
    qtbot.keyClick(palette.search, Qt.Key.Key_Return)
    assert types(studio, "augmentations") == ["nnstudio.cutout"]
    assert place.chosen == "augmentations.0"


# ── moving, copying, removing ─────────────────────────────────────────────────────────────────────────────────────────


def test_alt_and_arrows_move_a_card_within_its_list(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    fill(studio, "augmentations", "nnstudio.shift", "nnstudio.cutout", "nnstudio.rotate")
    view(place, "augmentations.0").setFocus()
    qtbot.keyClick(view(place, "augmentations.0"), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert types(studio, "augmentations") == ["nnstudio.cutout", "nnstudio.shift", "nnstudio.rotate"]
    assert place.chosen == "augmentations.1"
    qtbot.keyClick(view(place, "augmentations.1"), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert types(studio, "augmentations") == ["nnstudio.shift", "nnstudio.cutout", "nnstudio.rotate"]
    studio.undo()
    assert types(studio, "augmentations") == ["nnstudio.cutout", "nnstudio.shift", "nnstudio.rotate"]


def test_a_card_is_dragged_to_another_place(place: RecipePlace, studio: Studio) -> None:
    fill(studio, "augmentations", "nnstudio.shift", "nnstudio.cutout", "nnstudio.rotate")
    QApplication.processEvents()
    card, last = view(place, "augmentations.0"), view(place, "augmentations.2")
    grip = QPoint(8, card.height() // 2)
    target = card.mapFromGlobal(last.mapToGlobal(QPoint(8, last.height() - 4)))
    QTest.mousePress(card, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, grip)
    QTest.mouseMove(card, grip + QPoint(0, 40))
    QTest.mouseMove(card, target)
    assert place.cards._marker.isVisible()
    QTest.mouseRelease(card, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, target)
    assert types(studio, "augmentations") == ["nnstudio.cutout", "nnstudio.rotate", "nnstudio.shift"]
    assert not place.cards._marker.isVisible()


def test_cards_are_copied_into_another_project(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    fill(studio, "regularizers", "nnstudio.l2", "nnstudio.l1")
    place.choose("regularizers.0")
    view(place, "regularizers.0").setFocus()
    QTest.mouseClick(view(place, "regularizers.1"), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier)
    assert set(place.selection) == {"regularizers.0", "regularizers.1"}
    qtbot.keyClick(view(place, "regularizers.1"), Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert '"nnstudio": "recipe"' in QGuiApplication.clipboard().text()
    studio.open_example("xor")
    before = studio.project
    place.cards.views[0].setFocus()
    qtbot.keyClick(place.cards.views[0], Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert types(studio, "regularizers") == ["nnstudio.l2", "nnstudio.l1"]
    studio.undo()
    assert studio.project == before


def test_another_text_on_the_clipboard_is_said_and_changes_nothing(place: RecipePlace, studio: Studio) -> None:
    said: list[str] = []
    studio.message.connect(lambda text, severity: said.append(text))
    QGuiApplication.clipboard().setText("hello")
    before = studio.project
    place.acts.paste()
    assert studio.project == before
    assert "clipboard" in said[0]


def test_delete_and_duplicate(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    fill(studio, "stops", "nnstudio.early_stopping")
    place.choose("stops.0")
    view(place, "stops.0").setFocus()
    qtbot.keyClick(view(place, "stops.0"), Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert types(studio, "stops") == ["nnstudio.early_stopping"] * 2
    assert place.chosen == "stops.1"
    qtbot.keyClick(view(place, "stops.1"), Qt.Key.Key_Delete)
    assert len(types(studio, "stops")) == 1
    place.choose("optimizer")
    view(place, "optimizer").setFocus()
    qtbot.keyClick(view(place, "optimizer"), Qt.Key.Key_Delete)  # there is always one
    assert studio.project.recipe.optimizer.type


@pytest.mark.parametrize("key", ["schedule", "initializer", "average", "batch_schedule"])
def test_single_entries_can_be_switched_off_and_on(place: RecipePlace, studio: Studio, qtbot: QtBot, key: str) -> None:
    if key in {"average", "batch_schedule"}:
        fill(studio, key, next(iter(studio.registry.of(key))))
    qtbot.mouseClick(view(place, key).toggle, Qt.MouseButton.LeftButton)
    assert getattr(studio.project.recipe, key).enabled is False
    assert view(place, key).card.detail.startswith("off")
    studio.undo()
    assert getattr(studio.project.recipe, key).enabled is True


def test_the_menu_offers_what_fits(place: RecipePlace, studio: Studio) -> None:
    fill(studio, "augmentations", "nnstudio.shift", "nnstudio.cutout")
    place.choose("augmentations.0")
    enabled = {
        action.text().partition("\t")[0]: action.isEnabled()
        for action in place.acts.menu(place, place.open_add).actions()
    }
    assert (enabled["Move up"], enabled["Move down"], enabled["Remove"], enabled["Duplicate"]) == (
        False,
        True,
        True,
        True,
    )
    place.choose("batches")
    enabled = {
        action.text().partition("\t")[0]: action.isEnabled()
        for action in place.acts.menu(place, place.open_add).actions()
    }
    assert (enabled["Copy"], enabled["Remove"], enabled["Move down"]) == (False, False, False)


def test_a_narrow_place_shows_the_charts_below_the_form(place: RecipePlace) -> None:
    place.resize(1000, 640)
    QApplication.processEvents()
    assert place.charts.parentWidget() is not place
    place.resize(1500, 900)
    QApplication.processEvents()
    assert place.charts.parentWidget() is place


# ── η before training (S11) ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("S11", "S6")
def test_warm_up_comes_before_the_schedule(plugins: Plugins) -> None:
    recipe = Recipe(warmup_steps=10, optimizer=Entry("torch.sgd", {"lr": 0.5}), schedule=Entry("nnstudio.cosine"))
    rates = learning_rates(Project(recipe=recipe), plugins.registry, 110, 200)
    steps = np.arange(110)
    warm, rest = (steps[:10] + 1) / 10, 0.5 * (1 + np.cos(np.pi * (steps[10:] - 10) / 100))
    np.testing.assert_allclose(rates.rates, 0.5 * np.concatenate((warm, rest)), rtol=1e-12)
    off = replace(recipe, schedule=replace(recipe.schedule, enabled=False))
    flat = learning_rates(Project(recipe=off), plugins.registry, 110, 200).rates
    np.testing.assert_allclose(flat[10:], 0.5)


@pytest.mark.curriculum("S10")
def test_steps_follow_the_batch_schedule(plugins: Plugins) -> None:
    grow = plugins.registry.batch_schedules["nnstudio.grow"]
    recipe = Recipe(epochs=6, batch_size=50, batch_schedule=Entry(grow.id))
    steps = run_steps(Project(recipe=recipe), plugins.registry, INFO)
    assert steps is not None
    assert steps.most == 14 > steps.fewest  # batches grow, steps become fewer
    assert 6 * steps.fewest < steps.total < 6 * steps.most
    off = replace(recipe, batch_schedule=replace(recipe.batch_schedule, enabled=False))
    assert run_steps(Project(recipe=off), plugins.registry, INFO) == Steps(14, 14, 84)


@pytest.mark.parametrize("name", ["epochs", "batch_size", "warmup_steps", "accumulate", "seed"])
@pytest.mark.parametrize("value", [10**12, 2**63 - 1, -5])
def test_numbers_that_no_run_has_are_told_not_counted(
    place: RecipePlace, studio: Studio, plugins: Plugins, name: str, value: int
) -> None:
    """The place shows the rest, whatever a file says; where a number spoils the course, it says so in its stead."""
    studio.data_info = INFO
    studio.do(set_field(studio.project, "recipe", name, value))
    studio.plan_changed.emit()
    QApplication.processEvents()
    assert place.isVisible()
    if name == "epochs" or (name, value) == ("batch_size", -5):
        with pytest.raises(ValueError, match="Allowed: a whole number"):
            run_steps(studio.project, plugins.registry, INFO)
    else:
        assert run_steps(studio.project, plugins.registry, INFO) is not None


def points_place(place: RecipePlace, studio: Studio, schedule: Entry) -> Any:
    studio.data_info = INFO
    studio.do(put(studio.project, "schedule", schedule))
    studio.document.end_merge()
    place.charts.refresh()
    chart = place.charts.rate.chart
    chart.picture()  # lays the axes out
    return chart


@pytest.mark.curriculum("S11")
def test_key_points_are_dragged_and_undone_in_one_step(place: RecipePlace, studio: Studio) -> None:
    chart = points_place(place, studio, Entry(POINTS_ID))
    before = studio.project
    spot = chart.place_of(chart.shares[1])
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot.toPoint())
    for part in range(1, 5):
        QTest.mouseMove(chart, (spot + QPointF(0, 10 * part)).toPoint())
    QTest.mouseRelease(
        chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, (spot + QPointF(0, 40)).toPoint()
    )
    points = studio.project.recipe.schedule.params["points"]
    assert points[1][1] < 1.0
    assert points[0] == [0.0, 1.0]
    studio.undo()
    assert studio.project == before


@pytest.mark.curriculum("S11")
def test_a_formula_becomes_points_only_when_asked(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    chart = points_place(place, studio, Entry("nnstudio.cosine"))
    before = studio.project
    spot = chart.place_of(chart.shares[2])
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot.toPoint())
    QTest.mouseMove(chart, (spot + QPointF(0, 30)).toPoint())
    QTest.mouseRelease(
        chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, (spot + QPointF(0, 30)).toPoint()
    )
    assert studio.project == before
    assert place.charts.rate.offer.isVisible()
    qtbot.mouseClick(place.charts.rate.offer, Qt.MouseButton.LeftButton)
    entry = studio.project.recipe.schedule
    assert entry.type == POINTS_ID
    assert len(entry.params["points"]) == 5
    assert entry.params["points"][2][1] < 0.5  # half way along a cosine, dragged down
    assert not place.charts.rate.offer.isVisible()


def test_a_schedule_that_answers_to_what_is_measured_says_so(place: RecipePlace, studio: Studio) -> None:
    chart = points_place(place, studio, Entry("nnstudio.plateau"))
    assert chart.shares == ()
    assert "measured" in place.charts.rate._caption.text()


def test_points_are_typed_as_rows(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    from nnstudio.gui.inspector.points_edit import PointsEdit

    points_place(place, studio, Entry(POINTS_ID))
    place.choose("schedule")
    assert place.form is not None
    edit = place.form.findChildren(PointsEdit)[0]
    cell = edit._cells[1][1]
    cell.selectAll()
    qtbot.keyClicks(cell, "0.25")
    assert studio.project.recipe.schedule.params["points"][1][1] == 0.25
    edit._remove(1)
    assert len(studio.project.recipe.schedule.params["points"]) == 2


# ── previews ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_augmented_samples_are_asked_for_with_the_entries_and_shown_beside_the_plain(
    place: RecipePlace, studio: Studio, bench: Any, qtbot: QtBot
) -> None:
    asked: list[Any] = []
    images = np.zeros((4, 8, 8), np.uint8)

    def preview(value: Any) -> Preview:
        asked.append(value)
        return Preview(INFO, before=images, augmented=images + 1, augmented_field="image", augmented_rows=np.arange(4))

    bench.answers["preview"] = preview
    card = place.charts.augmented
    assert "add an augmentation" in card.after.figure.text  # pyright: ignore
    fill(studio, "augmentations", "nnstudio.shift")
    qtbot.waitUntil(lambda: card.before.isVisible(), timeout=20_000)
    assert asked[-1]["augmentations"] == [Entry("nnstudio.shift")]
    assert np.array_equal(card.after.figure.images, images + 1)  # pyright: ignore


# ── per node beats global ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.curriculum("O22")
def test_the_inspector_sets_a_nodes_own_and_takes_it_back(studio: Studio, qtbot: QtBot) -> None:
    from nnstudio.gui.inspector.node_training import NodeTraining

    nodes = {"fc1": Node("fc1", "torch.linear"), "fc2": Node("fc2", "torch.linear")}
    recipe = Recipe(rules=(Rule("fc*", lr_factor=0.5),))
    studio.open_project(Project(graph=Graph(nodes), recipe=recipe))
    widget = NodeTraining(studio, "fc1")
    qtbot.addWidget(widget)
    factor = widget.settings.plain["lr_factor"]
    assert factor._help.text() == "from rule fc*"
    factor.edited.emit("lr_factor", 0.1)
    widget.settings.plain["frozen"].edited.emit("frozen", True)
    widget.refresh()
    assert factor._help.text() == "set here"
    held = effective(studio.project.recipe, nodes["fc1"])
    assert (held.lr_factor, held.frozen) == (0.1, True)
    assert effective(studio.project.recipe, nodes["fc2"]).lr_factor == 0.5
    penalties = widget.settings.entries["regularizers"]
    penalties.choice.setCurrentIndex(penalties.choice.findData("nnstudio.l2"))
    penalties.choice.activated.emit(0)
    assert effective(studio.project.recipe, nodes["fc1"]).regularizers == (Entry("nnstudio.l2"),)
    widget.refresh()
    penalties.forms[0].changed.emit("strength", 0.5)
    assert effective(studio.project.recipe, nodes["fc1"]).regularizers == (Entry("nnstudio.l2", {"strength": 0.5}),)
    for name in ("lr_factor", "frozen", "regularizers"):
        widget.settings._source.put(name, None)
    assert studio.project.recipe == recipe
    before = studio.project
    factor.edited.emit("lr_factor", -1.0)  # out of range: said, not set
    assert studio.project == before


@pytest.mark.curriculum("N4", "R3")
def test_options_of_a_node(studio: Studio, qtbot: QtBot) -> None:
    from nnstudio.gui.inspector.node_training import NodeTraining

    nodes = {id: Node(id, "torch.linear", {"out_features": width}) for id, width in (("a", 4), ("b", 4), ("c", 5))}
    studio.open_project(Project(graph=Graph(nodes)))
    widget = NodeTraining(studio, "a")
    qtbot.addWidget(widget)
    assert [widget.share.itemData(index) for index in range(widget.share.count())] == ["", "b"]
    for choice, name, value in ((widget.reparametrize, "reparametrize", "weight_norm"), (widget.share, "share", "b")):
        choice.setCurrentIndex(choice.findData(value))
        choice.activated.emit(0)
        assert studio.project.graph.nodes["a"].options[name] == value
    widget.share.setCurrentIndex(0)
    widget.share.activated.emit(0)
    assert studio.project.graph.nodes["a"].options == {"reparametrize": "weight_norm"}


def test_a_rule_is_edited_in_its_form(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    place.acts.add_rule()
    assert place.chosen == "rules.0"
    assert place.form is not None
    form = place.form.rule
    assert form is not None
    form.match.selectAll()
    qtbot.keyClicks(form.match, "fc*")
    form.settings.plain["frozen"].edited.emit("frozen", True)
    (rule,) = studio.project.recipe.rules
    assert (rule.match, rule.frozen) == ("fc*", True)
    met = [node for node in studio.project.graph if node.label.startswith("fc")]
    assert form._met.text().startswith(f"{len(met)} nodes")
    assert "frozen" in view(place, "rules.0").card.title
    titles = {card.key: card.detail for card in cards(studio.project, studio.registry, None)}
    assert f"{len(met)} nodes frozen" in titles["optimizer"]


# ── presets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pill_names_the_preset_and_what_differs(place: RecipePlace, studio: Studio) -> None:
    pill = place.preset
    preset = next(preset for preset in pill.presets() if preset.name == "plain SGD")
    before = studio.project
    pill.apply(preset)
    assert pill.pill.text() == "preset: plain SGD"
    studio.do(set_field(studio.project, "recipe", "batch_size", 7))
    assert pill.pill.text() == "changed from plain SGD"
    assert "batch size: 64 → 7" in pill.pill.toolTip()
    studio.undo()
    studio.undo()
    assert studio.project == before


def test_a_recipe_is_kept_under_a_name(place: RecipePlace, studio: Studio, qtbot: QtBot) -> None:
    pill = place.preset
    studio.do(set_field(studio.project, "recipe", "batch_size", 7))
    pill._ask_new()
    qtbot.keyClicks(pill.name, "mine")
    qtbot.keyClick(pill.name, Qt.Key.Key_Return)
    assert pill.pill.text() == "preset: mine"
    own = next(preset for preset in pill.presets() if preset.name == "mine")
    assert own.values["batch_size"] == 7
    assert not pill.asked.isVisible()
    pill._ask_new()
    qtbot.keyClicks(pill.name, "plain SGD")
    qtbot.keyClick(pill.name, Qt.Key.Key_Return)
    assert "bundled" in pill._wrong.text()
    pill._do(own, "delete")
    assert all(preset.name != "mine" for preset in pill.presets())
    assert pill.menu().actions()


# ── change while it trains ────────────────────────────────────────────────────────────────────────────────────────────


def test_what_differs_from_the_run_becomes_paths_that_make_it_so(studio: Studio) -> None:
    studio.open_example("fashion_mnist_lenet")
    running = studio.project
    studio.do(put(studio.project, "optimizer", replace(running.recipe.optimizer, params={"lr": 0.5})))
    studio.do(set_field(studio.project, "recipe", "batch_size", 7))
    studio.do(add(studio.project, "regularizers", Entry("nnstudio.l2", {"strength": 0.1}))[0])
    studio.do(add(studio.project, "rules", Rule("conv*", frozen=True))[0])
    dropout = next(node for node in running.graph if node.type == "torch.dropout")
    studio.do(set_param(studio.project, dropout.id, "p", 0.9))
    changes = live_changes(running, studio.project, studio.registry)
    assert {change.path for change in changes} == {
        "recipe.batch_size",
        "recipe.optimizer.lr",
        "recipe.regularizers",
        "recipe.rules",
        f"{dropout.id}.p",
    }
    made = running
    for change in changes:
        made = apply(made, setting(made, studio.registry, change.path, change.value))
    assert made.recipe == studio.project.recipe
    assert made.graph == studio.project.graph
    assert live_changes(made, studio.project, studio.registry) == []


def test_the_bar_tells_the_run_and_says_what_it_refused(
    place: RecipePlace, studio: Studio, bench: Any, qtbot: QtBot
) -> None:
    plan = Plan(("input1",), {"input1": NodePlan("input1", "nnstudio.input", "input1")})
    bench.answers["inspect"] = Inspected(plan, Code(""))
    told: list[tuple[str, Any]] = []
    engine = bench.trainer
    engine.send = lambda type, value=None: told.append((type, value))
    studio.run.train()
    engine.event(RunStarted("r", "", "cpu", 10, 11))
    qtbot.waitUntil(lambda: studio.run.state == "running")
    assert not place.live.isVisible()
    studio.do(put(studio.project, "optimizer", Entry("torch.adam", {"lr": 0.25})))
    studio.do(set_field(studio.project, "recipe", "seed", 9))
    assert place.live.isVisible()
    qtbot.mouseClick(place.live.apply_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(told) == 2)
    assert ("change", {"path": "recipe.optimizer.lr", "value": 0.25}) in told
    problem = Problem("change.over", "'seed' cannot be changed while it trains.")
    engine.event(Changed(5, "recipe.optimizer.lr", 0.01, 0.25))
    engine.event(Changed(5, "recipe.seed", 0, 0, problem))
    qtbot.waitUntil(lambda: "seed" in place.live._refused.text())
    assert place.live._changes.text() == "seed: 0 → 9"  # the rate is the run's by now
    studio.do(set_field(studio.project, "recipe", "seed", 0))
    assert not place.live.isVisible()
