"""What does it mean that the engine which answers questions has ended? No run was in it."""

from dataclasses import replace

from nnstudio.gui.text import tr
from nnstudio.problems import Problem


def workbench_lost(problem: Problem, *, unanswered: bool) -> Problem:
    """problem: how it ended. unanswered: there is an edit of which it has said nothing."""
    old = tr("Shapes, costs and code are those from before the last change.")
    well = tr("It works out shapes, costs and code. Nothing is lost.")
    remedy = tr(
        "The next change asks a new one. If that ends too, undo the change, make the network smaller, or start without third-party "
        "plugins (--safe-mode)."
    )
    return replace(problem, message=f"{problem.message} {old if unanswered else well}", remedy=remedy, place="model")
