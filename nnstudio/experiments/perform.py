"""Do an experiment by its name: parameters checked, the function found, its outcome given back."""

from collections.abc import Mapping
from typing import Any

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.table import EXPERIMENTS, Experiment
from nnstudio.finding import did_you_mean
from nnstudio.params import Params, coerce, form_fields, validate
from nnstudio.plugins import resolve
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome


def perform(id: str, project: Project | None, values: Mapping[str, Any], bench: Bench) -> Outcome:
    """The outcome of experiment `id`. values: of its parameters, texts being read as their kind. Raises NNStudioError."""
    experiment = find_experiment(id)
    if experiment.needs_project and project is None:
        message = f"{experiment.title} needs a project."
        raise NNStudioError(Problem("experiment.project", message, remedy="Open one, or name its file.", place="run"))
    return resolve(experiment.function)(project, read_params(experiment, values), bench)


def find_experiment(id: str) -> Experiment:
    """The experiment `id`; Raises NNStudioError where there is none."""
    wanted = id.replace("-", "_")
    if wanted not in EXPERIMENTS:
        message = f"There is no experiment '{id}'."
        raise NNStudioError(
            Problem("experiment.unknown", message, remedy=did_you_mean(wanted, EXPERIMENTS), place="run")
        )
    return EXPERIMENTS[wanted]


def read_params(experiment: Experiment, values: Mapping[str, Any]) -> Params:
    """`values` as the experiment's parameters. Raises NNStudioError naming the parameter, the value and what is allowed."""
    fields = {field.name: field for field in form_fields(experiment.params)}
    read = {
        name: coerce(fields[name], value) if isinstance(value, str) and name in fields else value
        for name, value in values.items()
    }
    params, problems = validate(experiment.params, read, owner=experiment.title, place="run")
    if params is None:
        raise NNStudioError(*problems)
    return params
