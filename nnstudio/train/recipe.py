"""From a recipe's entries to what trains: initial weights, the optimizer, η over the steps, metrics."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import torch
from torch import nn

from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Entry, Recipe
from nnstudio.registry import Registry
from nnstudio.specs import LossSpec, MetricSpec
from nnstudio.train.entries import arguments, find, guarded, named, number, ready

PerSample = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@dataclass(frozen=True)
class Metric:
    """A metric by the name its column has ("accuracy"), and how it is computed: one value a sample."""

    name: str
    spec: MetricSpec
    per_sample: PerSample


# ── initial weights ───────────────────────────────────────────────────────────────────────────────────────────────────


def initialize(
    module: nn.Module,
    entry: Entry,
    registry: Registry,
    *,
    of: Callable[[str], Entry] | None = None,
    inputs: tuple[torch.Tensor, ...] = (),
) -> None:
    """Set weights in the order of `named_parameters`, then modules in that of `named_modules`, then the network as a whole.

    entry: what holds for the network; of: for the parameter or module of a name, where that may be another. inputs: of the first batch.
    """
    of = of or (lambda name: entry)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            found = _initializer(of(name), registry, "weight")
            if found is not None:
                _initialize_parameter(module, name, parameter, *found)
        for name, part in cast("Iterator[tuple[str, nn.Module]]", module.named_modules()):
            if ".parametrizations" in name or next(part.parameters(recurse=False), None) is None:
                continue
            found = _initializer(of(name), registry, "module")
            if found is not None:
                found[0](part)
        found = _initializer(entry, registry, "network")
        if found is not None:
            found[0](module, inputs)


def _initializer(entry: Entry, registry: Registry, scope: str) -> tuple[Callable[..., None], float | None] | None:
    """(function, value of the biases) of the entry; None where it keeps what is there, or is of another scope."""
    if not entry.enabled:
        return None
    spec, params = find("initializer", entry, registry)
    if not spec.function or spec.scope != scope:
        return None
    chosen = dict(arguments(spec, params))
    if scope == "weight":
        chosen.pop("bias", None)
    function = guarded(named("initializer", spec.function), "initializer", spec.title, spec.function)
    return partial(function, **chosen), getattr(params, "bias", None)


def _initialize_parameter(
    module: nn.Module, name: str, parameter: nn.Parameter, function: Callable[..., None], bias: float | None
) -> None:
    owner, _, rest = name.partition(".parametrizations.")
    if rest:  # it is computed from others: set it as a whole, when the first of these comes
        weight, _, original = rest.partition(".")
        if original in {"original", "original0"}:
            part = module.get_submodule(owner)
            value: torch.Tensor = getattr(part, weight).detach().clone()
            function(value)
            setattr(part, weight, value)
    elif parameter.dim() >= 2:
        function(parameter)
    elif bias is not None and name.rpartition(".")[2].startswith("bias"):
        parameter.fill_(bias)


# ── the optimizer ─────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Group:
    """Parameters that learn alike. lr_factor: of the learning rate; weight_decay: in place of the optimizer's own (None: that one)."""

    parameters: Sequence[nn.Parameter]
    lr_factor: float = 1.0
    weight_decay: float | None = None


def optimizer(
    module: nn.Module, entry: Entry, registry: Registry, groups: Sequence[Group] | None = None
) -> torch.optim.Optimizer:
    """The optimizer over `groups`, or over all trainable parameters of `module`."""
    spec, params = find("optimizer", entry, registry)
    if groups is None:
        groups = [Group([parameter for parameter in module.parameters() if parameter.requires_grad])]
    if not any(group.parameters for group in groups):
        message, remedy = "The network has no weights to train.", "Add a layer that has some, like Linear."
        raise NNStudioError(Problem("train.no_weights", message, remedy=remedy))
    chosen = arguments(spec, params)
    try:
        made: torch.optim.Optimizer = named("optimizer", spec.optimizer)(_parameters(groups, chosen), **chosen)
    except (TypeError, ValueError, RuntimeError) as error:
        message = f"{spec.title} refuses its parameters: {error}"
        raise NNStudioError(
            Problem("recipe.optimizer", message, remedy="Change them in the recipe.", param="optimizer", place="recipe")
        ) from error
    if any(group.weight_decay is not None for group in groups) and "weight_decay" not in made.defaults:
        message = f"{spec.title} has no weight decay, and a rule sets one."
        remedy = "Choose another optimizer (AdamW, SGD), or an L2 penalty for these nodes."
        raise NNStudioError(Problem("recipe.weight_decay", message, remedy=remedy, param="rules", place="recipe"))
    return made


def _parameters(groups: Sequence[Group], chosen: Mapping[str, Any]) -> list[Any]:
    """As an optimizer takes them: plainly where all learn alike, else a dict a group."""
    if len(groups) == 1 and groups[0] == Group(groups[0].parameters):
        return list(groups[0].parameters)
    return [
        {"params": list(group.parameters), "lr": chosen["lr"] * group.lr_factor}
        | ({} if group.weight_decay is None else {"weight_decay": group.weight_decay})
        for group in groups
    ]


def base_rate(recipe: Recipe, registry: Registry) -> float:
    """The optimizer's lr."""
    return float(getattr(find("optimizer", recipe.optimizer, registry)[1], "lr"))  # noqa: B009  every optimizer has one


def rate_factor(recipe: Recipe, registry: Registry, watcher: Any = None) -> Callable[[int, int], float]:
    """s(t) of step t, of T in all: the warm-up, then the schedule's factor. watcher: of a schedule that answers to what is measured."""
    if not recipe.schedule.enabled:
        factor: Callable[[int, int], float] = lambda step, total: 1.0  # noqa: E731
    elif watcher is not None:
        factor = watcher.factor
    else:
        factor = ready("schedule", recipe.schedule, registry, "factor", number)
    warmup = recipe.warmup_steps
    if not warmup:
        return factor
    return lambda step, total: (step + 1) / warmup if step < warmup else factor(step - warmup, total - warmup)


# ── metrics ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def metrics(entries: Sequence[Entry], loss: LossSpec, registry: Registry) -> list[Metric]:
    """The metrics switched on; those that the loss names where none was chosen. One that does not fit the loss is refused."""
    chosen = [entry for entry in entries if entry.enabled] or [
        Entry(id) for id in loss.metrics if id in registry.metrics
    ]
    found: list[Metric] = []
    for entry in chosen:
        spec, _ = find("metric", entry, registry)
        if loss.target not in spec.targets:
            message = (
                f"{spec.title} measures {' or '.join(spec.targets)} targets; {loss.title} has a {loss.target} target."
            )
            raise NNStudioError(
                Problem("recipe.metric", message, remedy="Choose another metric.", param="metrics", place="recipe")
            )
        name = spec.id.rpartition(".")[2]
        if all(metric.name != name for metric in found):
            found.append(Metric(name, spec, ready("metric", entry, registry)))
    return found


def check(recipe: Recipe) -> tuple[Problem, ...]:
    """What is wrong with the recipe's numbers."""
    return tuple(
        Problem(
            "recipe.range", f"The recipe's {name} is {value}.", remedy=f"Allowed: ≥ {low}.", param=name, place="recipe"
        )
        for name, value, low in (
            ("epochs", recipe.epochs, 1),
            ("batch_size", recipe.batch_size, 0),
            ("accumulate", recipe.accumulate, 1),
            ("warmup_steps", recipe.warmup_steps, 0),
        )
        if value < low
    )
