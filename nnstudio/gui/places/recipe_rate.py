"""What η will be over the run, before it runs: from the schedule's own function, with warm-up and the true number of steps. No Qt widgets."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nnstudio.data import DataInfo
from nnstudio.gui.text import tr
from nnstudio.params import validate
from nnstudio.plugins import resolve
from nnstudio.project.check_recipe import number_problems
from nnstudio.project.project import Project, Recipe
from nnstudio.registry import Registry

GUESSED_STEPS = 100  # an epoch, while the data is not known
MOST_EPOCHS = 100_000  # a batch schedule is asked for each epoch

Floats = npt.NDArray[np.float64]


class Rates(NamedTuple):
    """η at some steps of the run."""

    steps: Floats
    rates: Floats

    @property
    def peak(self) -> float:
        return float(self.rates.max(initial=0.0))


class Steps(NamedTuple):
    """How many steps the run has: in its shortest and its longest epoch, and in all."""

    fewest: int
    most: int
    total: int


def run_steps(project: Project, registry: Registry, info: DataInfo | None) -> Steps | None:
    """None while the data is not known. ValueError says what is wrong with the numbers of the recipe or its batch schedule."""
    if info is None or not info.train:
        return None
    recipe = project.recipe
    wrong = next((each for each in number_problems(recipe) if each.param in {"epochs", "batch_size"}), None)
    if wrong is not None:  # a file may say anything: 10¹² epochs are not counted one by one
        raise ValueError(str(wrong))
    usual = recipe.batch_size or info.train
    if not (recipe.batch_schedule.type and recipe.batch_schedule.enabled):
        steps = -(-info.train // usual)
        return Steps(steps, steps, steps * recipe.epochs)
    counts = [-(-info.train // size) for size in _scheduled_sizes(recipe, registry, usual)]
    return Steps(min(counts), max(counts), sum(counts))


def _scheduled_sizes(recipe: Recipe, registry: Registry, usual: int) -> list[int]:
    """m in each epoch."""
    entry = recipe.batch_schedule
    spec = registry.batch_schedules.get(entry.type)
    if spec is None:
        raise ValueError(tr("No loaded plugin brings '{id}'.", id=entry.type))
    params, problems = validate(spec.params, entry.params, owner=spec.title, place="recipe")
    if params is None:
        raise ValueError(str(problems[0]))
    size, arguments = resolve(spec.function), params.model_dump()
    epochs = min(recipe.epochs, MOST_EPOCHS)
    try:
        return [max(1, int(size(epoch, recipe.epochs, usual, **arguments))) for epoch in range(epochs)]
    except Exception as error:  # a plugin's own code
        raise ValueError(tr("'{title}' failed: {error}", title=spec.title, error=error)) from error


def learning_rates(project: Project, registry: Registry, total: int, points: int) -> Rates:
    """η at `points` steps from the first to the last of `total`; ValueError says in words why it cannot be told."""
    recipe = project.recipe
    optimizer, schedule = registry.optimizers.get(recipe.optimizer.type), registry.schedules.get(recipe.schedule.type)
    if optimizer is None or schedule is None:
        raise ValueError(tr("The learning rate is drawn here once an optimizer and a schedule are chosen."))
    values, wrong = validate(optimizer.params, recipe.optimizer.params, owner=optimizer.title, place="recipe")
    factors, also_wrong = validate(schedule.params, recipe.schedule.params, owner=schedule.title, place="recipe")
    if values is None or factors is None:
        raise ValueError(str((*wrong, *also_wrong)[0]))
    rate, warm = float(getattr(values, "lr", 0.0)), min(recipe.warmup_steps, total)
    steps = sample_steps(total, warm, points)
    try:
        factor, arguments = resolve(schedule.factor) if schedule.factor else None, factors.model_dump()
        follows = factor if recipe.schedule.enabled else None

        def share(step: int) -> float:
            if step < warm:
                return (step + 1) / warm
            return float(follows(step - warm, total - warm, **arguments)) if follows else 1.0

        return Rates(steps.astype(np.float64), np.array([rate * share(int(step)) for step in steps]))
    except Exception as error:  # a plugin's own code
        raise ValueError(tr("The schedule '{title}' failed: {error}", title=schedule.title, error=error)) from error


def sample_steps(total: int, warm: int, points: int) -> npt.NDArray[np.int64]:
    """At most about `points` steps, spread evenly, with both ends of the warm-up among them."""
    even = np.linspace(0, total - 1, min(points, total)).round().astype(np.int64)
    corners = [step for step in (0, warm - 1, warm, total - 1) if 0 <= step < total]
    return np.unique(np.concatenate((even, np.array(corners, np.int64))))
