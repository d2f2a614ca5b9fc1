"""The list of problems where there are very many: a few at once, the gravest first, and the way to the others."""

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from nnstudio.gui.problems_panel import AT_ONCE, ProblemsPanel
from nnstudio.gui.studio import Studio
from nnstudio.problems import Problem, Severity

MANY = tuple(Problem("x.y", f"Remark {number}.", Severity.INFO) for number in range(3 * AT_ONCE))
GRAVE = (Problem("x.y", "It is broken.", Severity.ERROR),)


def told(panel: ProblemsPanel) -> list[str]:
    return [card.problem.message for card in panel.cards]


def tell(studio: Studio, problems: tuple[Problem, ...]) -> None:
    studio.problems = problems
    studio.problems_changed.emit()


def test_of_very_many_problems_the_gravest_are_made_and_more_when_asked_for(studio: Studio, qtbot: QtBot) -> None:
    panel = ProblemsPanel(studio)
    qtbot.addWidget(panel)
    panel.show()
    panel.activateWindow()
    qtbot.waitActive(panel)
    tell(studio, MANY[:AT_ONCE])
    assert told(panel) == [problem.message for problem in MANY[:AT_ONCE]] and panel.more is None
    tell(studio, MANY + GRAVE)
    assert told(panel) == [problem.message for problem in (*GRAVE, *MANY)][:AT_ONCE]
    assert panel.more is not None and panel.more.text() == f"Show {AT_ONCE} more"
    panel.more.setFocus()
    qtbot.keyClick(panel.more, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: panel.cards[AT_ONCE].hasFocus())
    assert len(panel.cards) == 2 * AT_ONCE
    tell(studio, MANY[: AT_ONCE + 1])
    assert len(panel.cards) == AT_ONCE + 1 and panel.more is None, "what was asked for stays"
