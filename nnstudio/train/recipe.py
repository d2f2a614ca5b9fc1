"""From a recipe's entries to what trains: the optimizer, η over the steps, initial weights, penalties and metrics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import nn

from nnstudio.params import Params, validate
from nnstudio.plugins import resolve
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Entry, Recipe
from nnstudio.registry import Registry
from nnstudio.specs import LossSpec, MetricSpec

PerSample = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Penalty = Callable[[list[torch.Tensor]], torch.Tensor]


@dataclass(frozen=True)
class Metric:
    """A metric by the name its column has ("accuracy"), and how it is computed: one value a sample."""

    name: str
    spec: MetricSpec
    per_sample: PerSample


def find(kind: str, entry: Entry, registry: Registry) -> tuple[Any, Params]:
    """The spec that `entry` names and its parameters. Raises NNStudioError naming the entry, the value and what is allowed."""
    spec = registry.get(kind, entry.type)
    if spec is None:
        known = ", ".join(sorted(registry.of(kind))) or "none"
        message = f"There is no {kind} '{entry.type}'."
        raise NNStudioError(Problem(f"recipe.{kind}", message, remedy=f"Known: {known}.", param=kind, place="recipe"))
    params, problems = validate(spec.params, entry.params, owner=spec.title, place="recipe")
    if params is None:
        raise NNStudioError(*problems)
    return spec, params


def arguments(spec: Any, params: Params) -> Mapping[str, Any]:
    """What the spec's function or class is called with."""
    return spec.arguments(params) if getattr(spec, "arguments", None) else dict(params)


def named(kind: str, target: str) -> Any:
    """The code that a spec names. Raises NNStudioError where it is not there."""
    try:
        return resolve(target)
    except Exception as error:  # a plugin's module
        message = f"The code of the {kind}, {target}, cannot be imported: {type(error).__name__}: {error}"
        raise NNStudioError(
            Problem("plugin.import", message, remedy="Update or switch off its plugin.", param=kind, place="recipe")
        ) from error


def initialize(module: nn.Module, entry: Entry, registry: Registry) -> None:
    """Set the weights (parameters of two axes or more) in the order of `named_parameters`, then biases where the entry has one."""
    spec, params = find("initializer", entry, registry)
    if not spec.function:
        return
    function, chosen = named("initializer", spec.function), arguments(spec, params)
    bias = getattr(params, "bias", None)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if parameter.dim() >= 2:
                function(parameter, **chosen)
            elif bias is not None and name.rpartition(".")[2].startswith("bias"):
                parameter.fill_(bias)


def optimizer(module: nn.Module, entry: Entry, registry: Registry) -> torch.optim.Optimizer:
    """The optimizer over the trainable parameters of `module`."""
    spec, params = find("optimizer", entry, registry)
    trainable = [parameter for parameter in module.parameters() if parameter.requires_grad]
    if not trainable:
        raise NNStudioError(
            Problem(
                "train.no_weights",
                "The network has no weights to train.",
                remedy="Add a layer that has some, like Linear.",
            )
        )
    try:
        return named("optimizer", spec.optimizer)(trainable, **arguments(spec, params))
    except (TypeError, ValueError, RuntimeError) as error:
        message = f"{spec.title} refuses its parameters: {error}"
        raise NNStudioError(
            Problem("recipe.optimizer", message, remedy="Change them in the recipe.", param="optimizer", place="recipe")
        ) from error


def learning_rate(recipe: Recipe, registry: Registry) -> Callable[[int, int], float]:
    """η(step, total_steps): the optimizer's lr times the schedule's factor."""
    rate = find("optimizer", recipe.optimizer, registry)[1].model_dump()["lr"]
    spec, params = find("schedule", recipe.schedule, registry)
    factor = partial(named("schedule", spec.factor), **dict(params))
    return lambda step, total_steps: rate * factor(step, total_steps)


def penalties(entries: Sequence[Entry], registry: Registry) -> list[Penalty]:
    """The penalties switched on, each a function of the weights (parameters of two axes or more)."""
    found = [find("regularizer", entry, registry) for entry in entries if entry.enabled]
    return [partial(named("regularizer", spec.penalty), **dict(params)) for spec, params in found]


def metrics(entries: Sequence[Entry], loss: LossSpec, registry: Registry) -> list[Metric]:
    """The metrics switched on; those that the loss names where none was chosen. One that does not fit the loss is refused."""
    chosen = [entry for entry in entries if entry.enabled] or [
        Entry(id) for id in loss.metrics if id in registry.metrics
    ]
    found: list[Metric] = []
    for entry in chosen:
        spec, params = find("metric", entry, registry)
        if loss.target not in spec.targets:
            message = (
                f"{spec.title} measures {' or '.join(spec.targets)} targets; {loss.title} has a {loss.target} target."
            )
            raise NNStudioError(
                Problem("recipe.metric", message, remedy="Choose another metric.", param="metrics", place="recipe")
            )
        name = spec.id.rpartition(".")[2]
        if all(metric.name != name for metric in found):
            found.append(Metric(name, spec, partial(named("metric", spec.function), **dict(params))))
    return found


def check(recipe: Recipe) -> tuple[Problem, ...]:
    """What is wrong with the recipe's numbers."""
    return tuple(
        Problem(
            "recipe.range", f"The recipe's {name} is {value}.", remedy=f"Allowed: ≥ {low}.", param=name, place="recipe"
        )
        for name, value, low in (("epochs", recipe.epochs, 1), ("batch_size", recipe.batch_size, 0))
        if value < low
    )
