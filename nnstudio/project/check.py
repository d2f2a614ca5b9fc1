"""All that can be said against a project without computing anything: its wiring, its parameters, its data and its recipe."""

import re
from collections.abc import Iterator
from typing import Any

from nnstudio.params import validate
from nnstudio.problems import Problem, Severity
from nnstudio.project.check_graph import check_graph, unknown
from nnstudio.project.project import Data, Entry, Project, Recipe
from nnstudio.registry import Registry
from nnstudio.specs import LossSpec

MAX_SEED = 2**32 - 1  # what every random generator in use takes
STANDARDIZE = ("none", "feature", "channel", "auto")


def check(project: Project, registry: Registry) -> tuple[Problem, ...]:
    """Everything that forbids training `project` (errors) or makes it doubtful (warnings), as far as can be told without torch."""
    return (*check_graph(project, registry), *_data(project.data, registry), *_recipe(project, registry))


def _data(data: Data, registry: Registry) -> Iterator[Problem]:
    if data.dataset.type:
        yield from _entry(data.dataset, "dataset", registry, "data")
    else:
        yield Problem("data.none", "No data is chosen.", remedy="Choose a dataset.", place="data")
    shares = {"validation": data.validation, "test": data.test}
    bad = {name: share for name, share in shares.items() if not (_is_number(share) and 0 <= share <= 0.9)}
    for name, share in bad.items():
        yield _range("data", name, f"The {name} share", share, "0 … 0.9")
    if not bad and sum(shares.values()) >= 1:
        message = f"Validation ({data.validation:g}) and test ({data.test:g}) together leave nothing to train on."
        yield Problem("data.shares", message, remedy="Their sum must be below 1.", param="validation", place="data")
    if not _is_whole(data.split_seed, 0, MAX_SEED):
        yield _range("data", "split_seed", "The seed of the split", data.split_seed, f"a whole number, 0 … {MAX_SEED}")
    if data.standardize not in STANDARDIZE:
        yield _range("data", "standardize", "Standardization", data.standardize, f"one of {', '.join(STANDARDIZE)}")


def _recipe(project: Project, registry: Registry) -> Iterator[Problem]:
    recipe = project.recipe
    yield from _numbers(recipe)
    for kind, entry in (
        ("optimizer", recipe.optimizer),
        ("schedule", recipe.schedule),
        ("initializer", recipe.initializer),
    ):
        yield from _entry(entry, kind, registry, "recipe")
    for entry in recipe.regularizers:
        yield from _entry(entry, "regularizer", registry, "recipe")
    if recipe.metrics:
        yield from _metrics(project, registry)


def _metrics(project: Project, registry: Registry) -> Iterator[Problem]:
    targets = {spec.target for node in project.graph if isinstance(spec := registry.layer(node.type), LossSpec)}
    for entry in project.recipe.metrics:
        yield from _entry(entry, "metric", registry, "recipe")
        spec = registry.metrics.get(entry.type)
        if entry.enabled and spec is not None and targets and not targets & set(spec.targets):
            message = f"{spec.title} cannot be measured here: no loss of the network has a target of the sort {' or '.join(spec.targets)}."
            yield Problem(
                "recipe.metric", message, Severity.WARNING, "Choose another metric.", param="metrics", place="recipe"
            )


def _numbers(recipe: Recipe) -> Iterator[Problem]:
    if not _is_whole(recipe.epochs, 1):
        yield _range("recipe", "epochs", "The number of epochs", recipe.epochs, "a whole number ≥ 1")
    if not _is_whole(recipe.batch_size, 0):
        yield _range(
            "recipe",
            "batch_size",
            "The batch size",
            recipe.batch_size,
            "a whole number ≥ 1, or 0 for all samples at once",
        )
    if not _is_whole(recipe.seed, 0, MAX_SEED):
        yield _range("recipe", "seed", "The seed", recipe.seed, f"a whole number, 0 … {MAX_SEED}")
    if not re.fullmatch(r"auto|cpu|mps|cuda(:\d{1,3})?", str(recipe.device)):
        yield _range("recipe", "device", "The device", recipe.device, "auto, cpu, mps, cuda, or cuda: and a number")


def _entry(entry: Entry, kind: str, registry: Registry, place: str) -> Iterator[Problem]:
    """Is the chosen plugin there, and are its parameters good? One that is switched off may be anything."""
    if not entry.enabled:
        return
    spec = registry.get(kind, entry.type)
    if spec is None:
        yield unknown(kind, entry.type, f"The {kind}", place=place)
        return
    yield from validate(spec.params, entry.params, owner=spec.title, place=place)[1]


def _range(place: str, name: str, owner: str, value: Any, allowed: str) -> Problem:
    return Problem(f"{place}.range", f"{owner} is {value!r}.", remedy=f"Allowed: {allowed}.", param=name, place=place)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _is_whole(value: Any, low: int, high: int | None = None) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= low and (high is None or value <= high)
