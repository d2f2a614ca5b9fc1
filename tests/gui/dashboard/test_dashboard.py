"""The dashboard shows what the run says, in the person's arrangement, and survives its views."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from nnstudio.events import EpochEnded, RunStarted, Steps
from nnstudio.gui.dashboard import Dashboard
from nnstudio.gui.dashboard.card import FaultView
from nnstudio.gui.settings import Settings
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.params import Params
from nnstudio.plugins import Plugins, load
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.specs import ViewSpec

drawn: list[str] = []


def failing(history):
    drawn.append("failing")
    raise ValueError("a stranger's mistake")


class Flag(Params):
    flag: bool = False


def flagged(history, flag=False):
    from nnstudio.figures import Note

    drawn.append("flagged")
    return Note(f"flag is {flag}", caption=str(history.step))


def plugins() -> Plugins:
    views = dict(load(safe_mode=True, bundled=("nnstudio_views",)).registry.views)
    views["test.failing"] = ViewSpec("test.failing", "Failing", f"{__name__}:failing", needs=("steps",))
    views["test.flagged"] = ViewSpec("test.flagged", "Flagged", f"{__name__}:flagged", Flag, needs=("epochs",))
    return Plugins(Registry({"view": views}), ())


@pytest.fixture
def studio(tmp_path, qapp):
    theme.install(qapp)
    studio = Studio(plugins(), settings=Settings(tmp_path / "settings.json"), state=tmp_path)
    drawn.clear()
    yield studio
    studio.close()


def open_with(studio, qtbot, *cards: str) -> Dashboard:
    studio.open_project(Project("test", dashboard=cards))
    dashboard = Dashboard(studio)
    qtbot.addWidget(dashboard)
    dashboard.resize(1300, 360)
    dashboard.show()
    qtbot.waitUntil(lambda: not any(card.stale for card in dashboard.cards))
    return dashboard


def tell(studio, *events) -> None:
    before = dict(studio.run.history.changes)
    for event in events:
        studio.run.history.add(event)
    studio.run.history_changed.emit(
        {sort for sort, count in studio.run.history.changes.items() if before.get(sort) != count}
    )


STARTED = RunStarted("1", "", "cpu", 3, 4, metrics=("accuracy",))
STEPS = Steps(0, {"loss": np.linspace(2, 1, 4), "accuracy": np.linspace(0, 0.5, 4)})
EPOCH = EpochEnded(0, 4, {"train/loss": 1.5, "validation/loss": 1.25})


def titles(dashboard) -> list[str]:
    return [card.title for card in dashboard.cards]


def test_a_new_project_shows_the_default_cards_which_teach(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    assert titles(dashboard) == ["Loss", "Metric", "Predictions", "Confusion"]
    assert all("Press Train" in card.figure_view.figure.text for card in dashboard.cards)
    assert all(card.accessibleName() == card.title for card in dashboard.cards)


def test_news_of_a_run_are_drawn_and_the_caption_told(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    tell(studio, STARTED, STEPS, EPOCH)
    qtbot.waitUntil(lambda: dashboard.cards[0].caption == "train 1.500  val 1.250")
    qtbot.waitUntil(lambda: dashboard.cards[1].title == "Accuracy")


def test_a_view_is_drawn_only_for_news_it_needs(studio, qtbot):
    dashboard = open_with(studio, qtbot, "test.flagged")
    drawn.clear()
    tell(studio, STEPS)
    assert not dashboard.cards[0].stale
    tell(studio, EPOCH)
    qtbot.waitUntil(lambda: drawn == ["flagged"])


def test_what_cannot_be_seen_is_drawn_when_it_can(studio, qtbot):
    dashboard = open_with(studio, qtbot, "test.flagged")
    dashboard.hide()
    drawn.clear()
    tell(studio, STEPS, EPOCH)
    qtbot.wait(50)
    assert drawn == []
    dashboard.show()
    qtbot.waitUntil(lambda: dashboard.cards[0].caption == "4")


def test_a_failing_view_shows_its_problem_and_the_others_go_on(studio, qtbot):
    dashboard = open_with(studio, qtbot, "test.failing", "nnstudio.loss")
    failing_card, loss_card = dashboard.cards
    assert "a stranger's mistake" in failing_card.failure.problem.message
    assert "Traceback" in failing_card.failure.detail
    assert failing_card.findChild(FaultView).isVisible()
    tell(studio, STEPS)
    qtbot.waitUntil(lambda: loss_card.caption != "")
    assert drawn.count("failing") == 1  # not again for each step
    tell(studio, STARTED, STEPS)
    qtbot.waitUntil(lambda: drawn.count("failing") == 2)  # but for a new run


def test_an_unknown_view_is_named_and_kept(studio, qtbot):
    dashboard = open_with(studio, qtbot, "gone.view", "nnstudio.loss")
    assert "gone.view" in dashboard.cards[0].failure.problem.message
    dashboard.add_view("test.flagged")
    assert studio.project.dashboard == ("gone.view", "nnstudio.loss", "test.flagged")


def test_adding_moving_and_removing_are_edits_that_undo_takes_back(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    dashboard.add_view("nnstudio.learning_rate")
    dashboard.move_card(dashboard.cards[-1], 0)
    assert titles(dashboard) == ["Learning rate", "Loss", "Metric", "Predictions", "Confusion"]
    dashboard.remove(dashboard.cards[2])
    assert len(studio.project.dashboard) == 4
    studio.undo()
    studio.undo()
    assert titles(dashboard)[-1] == "Learning rate"
    studio.undo()
    assert studio.project.dashboard == ()
    assert titles(dashboard) == ["Loss", "Metric", "Predictions", "Confusion"]


def test_a_card_that_stays_keeps_its_widget(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    loss = dashboard.cards[0]
    dashboard.move_card(loss, 4)
    assert dashboard.cards[-1] is loss
    dashboard.set_params(loss, {"log_y": True})
    assert dashboard.cards[-1] is loss


def test_settings_change_the_figure_and_are_kept_with_the_project(studio, qtbot):
    dashboard = open_with(studio, qtbot, "test.flagged", "test.flagged")
    first, second = dashboard.cards
    form = dashboard.open_settings(first)
    qtbot.addWidget(form)
    form.form.changed.emit("flag", True)
    qtbot.waitUntil(lambda: first.figure_view.figure.text == "flag is True")
    assert second.figure_view.figure.text == "flag is False"
    assert studio.project.dashboard == ("test.flagged?flag=true", "test.flagged")
    form.form.reset.emit("flag")
    assert studio.project.dashboard == ("test.flagged", "test.flagged")


def test_a_card_fills_the_window_and_comes_back(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    card = dashboard.cards[0]
    qtbot.mouseDClick(card, Qt.MouseButton.LeftButton, pos=card.head.geometry().center())
    assert card.parent() is not dashboard.cards[1].parent()
    assert card.width() > 0.9 * dashboard.width()
    tell(studio, STARTED, STEPS)
    qtbot.waitUntil(lambda: card.caption != "")
    qtbot.keyClick(card.parentWidget(), Qt.Key.Key_Escape)
    assert card.parent() is dashboard.cards[1].parent()
    assert card.isVisible()
    assert titles(dashboard)[0] == "Loss"


def test_a_card_can_have_a_window_of_its_own_until_that_is_closed(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    card = dashboard.cards[1]
    width = dashboard.cards[0].width()
    dashboard.tear_off(card)
    assert card.window() is not dashboard.window()
    assert dashboard.cards[0].width() > width
    card.window().close()
    assert card.window() is dashboard.window()
    assert dashboard.cards[0].width() == width


@pytest.mark.parametrize("leave", ["toggle_fill", "tear_off"])
def test_a_card_that_undo_takes_away_leaves_nothing_open(studio, qtbot, leave):
    dashboard = open_with(studio, qtbot)
    dashboard.add_view("nnstudio.learning_rate")
    card = dashboard.cards[-1]
    getattr(dashboard, leave)(card)
    away = card.parentWidget()
    studio.undo()
    assert not away.isVisible()
    assert titles(dashboard) == ["Loss", "Metric", "Predictions", "Confusion"]


def test_a_card_that_went_while_its_menu_was_open_is_not_moved(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    dashboard.add_view("nnstudio.learning_rate")
    menu = QMenu()
    qtbot.addWidget(menu)
    dashboard.cards[-1].menu_wanted.emit(menu)
    studio.undo()
    next(action for action in menu.actions() if action.text() == "Move left").trigger()
    assert studio.project.dashboard == ()


def test_a_card_is_dragged_by_its_head(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    card, last = dashboard.cards[0], dashboard.cards[-1]
    start = card.head.geometry().center()
    end = card.mapFromGlobal(last.mapToGlobal(QPoint(last.width() - 10, 60)))
    qtbot.mousePress(card, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(card, start + QPoint(40, 10))
    qtbot.mouseMove(card, end)
    qtbot.mouseRelease(card, Qt.MouseButton.LeftButton, pos=end)
    assert titles(dashboard) == ["Metric", "Predictions", "Confusion", "Loss"]


def test_the_menu_offers_settings_window_and_removal(studio, qtbot):
    dashboard = open_with(studio, qtbot)
    menu = QMenu()
    qtbot.addWidget(menu)
    dashboard.cards[0].menu_wanted.emit(menu)
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == ["Settings…", "Fill the window", "Window of its own", "Move left", "Move right", "Remove"]
    assert not menu.actions()[3].isEnabled()


def test_the_last_card_cannot_be_removed(studio, qtbot):
    dashboard = open_with(studio, qtbot, "nnstudio.loss")
    menu = QMenu()
    qtbot.addWidget(menu)
    dashboard.cards[0].menu_wanted.emit(menu)
    remove = next(action for action in menu.actions() if action.text() == "Remove")
    assert not remove.isEnabled()


def test_plugins_that_come_later_bring_their_cards(tmp_path, qtbot):
    studio = Studio(settings=Settings(tmp_path / "settings.json"), state=tmp_path)
    dashboard = Dashboard(studio)
    qtbot.addWidget(dashboard)
    assert dashboard.cards == []
    studio.set_plugins(plugins())
    assert titles(dashboard) == ["Loss", "Metric", "Predictions", "Confusion"]
    studio.close()
