"""`nnstudio check`: what is wrong with a project, without training it."""

import sys
from argparse import Namespace

from nnstudio.engine.threads import settle_threads
from nnstudio.problems import NNStudioError, Problem, Severity, errors
from nnstudio.project.check import check as check_project
from nnstudio.project.check_with_data import check_with_data
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.terminal.opening import load_plugins, open_project
from nnstudio.terminal.output import FAILED, OK, problem_json, problem_lines, say, say_json, use_color

PLACES = ("file", "plugin", "data", "model", "recipe", "run")


def check(options: Namespace) -> int:
    loaded = load_plugins(options)
    try:
        project, _ = open_project(options.project, loaded.registry)
        problems = list(check_project(project, loaded.registry))
        if not options.fast:
            problems += [problem for problem in _worked_out(project, loaded.registry) if not _known(problem, problems)]
    except NNStudioError as error:
        problems = list(error.problems)
    if options.json:
        say_json(
            {
                "project": options.project,
                "ok": not errors(problems),
                "problems": [problem_json(problem) for problem in problems],
            }
        )
    else:
        _say(problems)
    return FAILED if errors(problems) else OK


def _worked_out(project: Project, registry: Registry) -> list[Problem]:
    """What only its data and its shapes tell."""
    settle_threads()
    from nnstudio.engine.inspect import inspect_project
    from nnstudio.train.data import load_data
    from nnstudio.train.fits import misfits

    found: list[Problem] = []
    info = None
    try:
        loaded = load_data(project.data, registry)
        info = loaded.info
        found += loaded.problems
    except NNStudioError as error:
        found += error.problems
    plan = inspect_project(project, info, registry)
    found += plan.problems
    if info is not None:
        found += (*check_with_data(project, info, plan), *misfits(project, registry, info, plan))
    return found


def _known(problem: Problem, problems: list[Problem]) -> bool:
    return any(
        (problem.message, problem.node, problem.place) == (other.message, other.node, other.place) for other in problems
    )


def _say(problems: list[Problem]) -> None:
    """Grouped by place, then how many of each sort."""
    color = use_color(sys.stdout)
    for place in PLACES:
        here = [problem for problem in problems if problem.place == place]
        if here:
            say(f"{place.capitalize()}")
            for line in problem_lines(here, color=color):
                say(f"  {line}")
    counts = {severity: sum(problem.severity is severity for problem in problems) for severity in Severity}
    said = [f"{count} {severity.value}{'s' if count != 1 else ''}" for severity, count in counts.items() if count]
    say(", ".join(said) if said else "No problems.")
