"""What only the eye would notice is said aloud: messages, the end of a run, the row that one is at, the block that one is in."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

import nnstudio.gui.announce
from nnstudio.events import Failed, Finished
from nnstudio.gui.canvas.choose import ChoosePopup, Pointed
from nnstudio.gui.find_bar import find_bar
from nnstudio.gui.places.model import ModelPlace
from nnstudio.gui.window import MainWindow
from nnstudio.problems import Fix, Problem, Severity

Said = list[tuple[str, QAccessible.AnnouncementPoliteness]]
URGENT = QAccessible.AnnouncementPoliteness.Assertive


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """What a screen reader was given to say."""
    heard: Said = []

    class Heard:
        AnnouncementPoliteness = QAccessible.AnnouncementPoliteness

        @staticmethod
        def updateAccessibility(event: QAccessibleAnnouncementEvent) -> None:
            heard.append((event.message(), event.politeness()))

    monkeypatch.setattr(nnstudio.gui.announce, "QAccessible", Heard)
    return heard


@pytest.fixture
def example() -> str:
    """With blocks to enter."""
    return "nnstudio.fashion_mnist_resnet"


def model_of(window: MainWindow) -> ModelPlace:
    model = window.place_widget("model")
    assert isinstance(model, ModelPlace)
    return model


def words(said: Said) -> list[str]:
    return [text for text, _ in said]


def test_messages_are_read_and_errors_at_once(window: MainWindow, said: Said) -> None:
    window.studio.message.emit("Saved.", "info")
    window.studio.message.emit("It would not save.", "error")
    assert words(said) == ["Saved.", "It would not save."]
    assert [politeness is URGENT for _, politeness in said] == [False, True]


def test_the_end_of_a_run_is_read(window: MainWindow, said: Said) -> None:
    studio = window.studio
    studio.run._set_state("starting")
    assert not said
    studio.run.history.add(Finished("done", 80, 2, seconds=12.0))
    studio.run._tell_news()
    assert len(said) == 1 and "done in" in words(said)[0]
    studio.run.history.add(Failed((Problem("x.y", "No memory is left.", Severity.ERROR),), 40))
    studio.run._tell_news()
    assert any("failed" in text for text in words(said)) and any("No memory is left." in text for text in words(said))


def test_entering_and_leaving_a_block_is_read(window: MainWindow, said: Said) -> None:
    canvas, studio = model_of(window).canvas, window.studio
    instance = next(node for node in studio.project.graph if node.type.startswith("block:"))
    title = studio.project.blocks[instance.type.removeprefix("block:")].title
    studio.scope.enter(instance.id)
    assert words(said) == [f"Inside {title}"]
    assert canvas.accessibleDescription().startswith(f"Inside {title}")
    studio.scope.leave()
    assert words(said)[-1] == "The whole network"


def test_what_is_selected_is_read_while_the_keyboard_is_on_the_canvas(window: MainWindow, said: Said) -> None:
    canvas, studio = model_of(window).canvas, window.studio
    canvas.setFocus()
    studio.select(["conv1"])
    assert words(said)[-1].startswith("Selected: Conv 2d stem, out channels 16, ")
    assert canvas.accessibleDescription().endswith(words(said)[-1] + ".")
    studio.select(["conv1", "fc1"])
    assert words(said)[-1] == "Selected: Conv 2d stem, Linear fc"
    count = len(said)
    window.top_bar.setFocus()
    canvas.clearFocus()
    studio.select([])
    assert len(said) == count and canvas.accessibleDescription().endswith("Nothing is selected.")


def test_the_current_row_of_the_node_search_is_read(window: MainWindow, said: Said) -> None:
    canvas = model_of(window).canvas
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Tab)
    field = canvas.finder.popup.field
    QTest.keyClicks(field, "linear")
    first = words(said)[-1]
    assert first.startswith("Linear, 1 of ")
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert ", 2 of " in words(said)[-1]
    QTest.keyClicks(field, "qqqq")
    assert words(said)[-1] == "No node of that name"


def test_the_current_row_of_palette_find_and_choice_is_read(window: MainWindow, said: Said) -> None:
    window.open_palette()
    palette = window._palette
    assert palette is not None
    QTest.keyClicks(palette.search, "linear")
    first = words(said)[-1]
    assert first.startswith("Add Linear, ") and ", 1 of " in first
    QTest.keyClick(palette.search, Qt.Key.Key_Tab)
    assert ", 2 of " in words(said)[-1] and palette.isVisible(), "Tab walks on, as in the other searches"
    QTest.keyClick(palette.search, Qt.Key.Key_Backtab)
    assert words(said)[-1] == first
    palette.close_()
    bar = find_bar(model_of(window).canvas)
    bar.open()
    QTest.keyClicks(bar.field, "type:relu")
    assert " of " in words(said)[-1]
    QTest.keyClicks(bar.field, "qqqq")
    assert words(said)[-1] == "Nothing is found"
    choose = ChoosePopup(model_of(window).canvas)
    choices = [Pointed("to fc1", "Linear", lambda: None), Pointed("to fc2", "Linear", lambda: None)]
    choose.open(model_of(window).canvas.rect().center().toPointF(), "Where to?", choices)
    QTest.keyClick(choose.field, Qt.Key.Key_Down)
    assert words(said)[-1] == "to fc2, Linear, 2 of 2"


# ── problems by keyboard ──────────────────────────────────────────────────────────────────────────────────────────────


def listed(window: MainWindow, *problems: Problem) -> ModelPlace:
    model = model_of(window)
    model.show_problems()
    window.studio.problems = problems
    window.studio.problems_changed.emit()
    QApplication.processEvents()
    return model


def test_a_problem_is_reached_and_gone_to_by_keyboard(window: MainWindow) -> None:
    problem = Problem("x.y", "It is wrong.", Severity.WARNING, "Do this.", node="fc1")
    model = listed(window, problem)
    card = model.problems.cards[0]
    assert card.accessibleName() == "Warning: It is wrong." and card.accessibleDescription() == "Do this."
    card.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert window.studio.selection == ("fc1",)


def test_after_a_cure_the_focus_is_at_the_next_problem(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    studio = window.studio
    first = Problem("x.a", "First.", fix=Fix("Mend", "add_node", type="torch.relu"))
    second, third = Problem("x.b", "Second."), Problem("x.c", "Third.")
    model = listed(window, first, second, third)
    cure = model.problems.cards[0].findChild(QPushButton)
    assert cure is not None

    def cured(_fix: Fix) -> None:
        studio.problems = (second, third)
        studio.problems_changed.emit()

    monkeypatch.setattr(studio, "apply_fix", cured)
    cure.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(cure, Qt.Key.Key_Space)
    assert focused_problem(model) == "Second."
    studio.problems = (third, second)
    studio.problems_changed.emit()
    assert focused_problem(model) == "Second.", "it stays with the problem, wherever that stands now"
    studio.problems = ()
    studio.problems_changed.emit()
    focused = QApplication.focusWidget()
    assert focused is not None and model.problems.isAncestorOf(focused)


def focused_problem(model: ModelPlace) -> str:
    return next((card.problem.message for card in model.problems.cards if card.hasFocus()), "")
