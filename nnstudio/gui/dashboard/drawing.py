"""A view's figure from a run's history: guarded, since a view may be a stranger's code. No Qt."""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from nnstudio.figures import Curves, Figure, Line
from nnstudio.gui.figures.check import fault
from nnstudio.gui.text import tr
from nnstudio.params import validate
from nnstudio.plugins import resolve
from nnstudio.problems import Problem
from nnstudio.runs.history import History
from nnstudio.specs import ViewSpec


@dataclass(frozen=True)
class Failure:
    """Why a view shows nothing; detail: the traceback."""

    problem: Problem
    detail: str = ""


def unknown_view(id: str) -> Failure:
    message = tr("No loaded plugin brings the view '{id}'.", id=id)
    return Failure(
        Problem("view.unknown", message, remedy=tr("Install the plugin, or remove this card."), place="plugin")
    )


def draw(spec: ViewSpec, params: Mapping[str, Any], history: History, last: History | None = None) -> Figure | Failure:
    """What the view shows of `history`, with the `last` run's validation curves in grey beside it."""
    chosen, problems = validate(spec.params, params, owner=spec.title, place="plugin")
    if chosen is None:
        return Failure(problems[0])
    try:
        function = resolve(spec.draw)
        settings = chosen.model_dump()
        figure = function(history, **settings)
        if wrong := fault(figure):
            return _failure(spec, wrong, "")
        if last is not None and isinstance(figure, Curves):
            earlier = function(last, **settings)
            if isinstance(earlier, Curves) and not fault(earlier):
                return beside(figure, earlier)
        return figure
    except Exception as error:
        return _failure(spec, f"{type(error).__name__}: {error}", traceback.format_exc())


def beside(figure: Curves, earlier: Curves) -> Curves:
    """`figure` with the validation curves of an earlier run, in grey, named at their ends."""
    others = [
        Line(line.x, line.y, tr("last run"), "other", key=f"last/{index}")
        for index, line in enumerate(earlier.lines)
        if line.role == "validation" and not line.faint
    ]
    return replace(figure, lines=(*figure.lines, *others))


def _failure(spec: ViewSpec, reason: str, detail: str) -> Failure:
    message = tr("The view '{title}' failed: {reason}", title=spec.title, reason=reason.rstrip(".") + ".")
    remedy = tr("Change its settings, or remove the card and tell the plugin's author.")
    return Failure(Problem("view.failed", message, remedy=remedy, place="plugin"), detail)
