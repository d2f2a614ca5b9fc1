"""Optimizers side by side on surfaces over two weights: the same start, the same number of steps, each its own path.

Source: the surfaces by Beale 1958, Rosenbrock 1960, Himmelblau 1972; the cliff after Pascanu et al. 2013.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.forms import Race
from nnstudio.experiments.words import Floats, line, short
from nnstudio.figures import Contour, Curves, Note
from nnstudio.params import form_fields
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Entry, Project
from nnstudio.project.setting import entry
from nnstudio.registry import Registry
from nnstudio.replies_experiments import Outcome
from nnstudio.train.recipe import arguments, find, named

GRID = 121

Function = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Surface:
    """A function of two weights. extent: (x0, x1, y0, y1) that is drawn; minima: the places where it is lowest."""

    function: Function
    extent: tuple[float, float, float, float]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...] = ()
    log: bool = True


def surface(name: str, condition: float = 20.0) -> Surface:
    """The surface `name`:

    ravine ½(x² + κy²) · saddle x² − y² · beale (1.5 − x + xy)² + (2.25 − x + xy²)² + (2.625 − x + xy³)² · rosenbrock (1 − x)² + 100(y − x²)²
    · himmelblau (x² + y − 11)² + (x + y² − 7)² · plateau 1 − exp(−(x² + y²)/2) · cliff ½(x² + y²)/10 + 5σ(20(x − 1))
    """
    known: dict[str, Surface] = {
        "ravine": Surface(lambda x, y: 0.5 * (x**2 + condition * y**2), (-5, 5, -2.5, 2.5), (-4, 1.5), ((0, 0),)),
        "saddle": Surface(lambda x, y: x**2 - y**2, (-2, 2, -2, 2), (-1.5, 0.01), log=False),
        "beale": Surface(
            lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
            (-1, 4.5, -2, 2),
            (1.0, 1.5),
            ((3, 0.5),),
        ),
        "rosenbrock": Surface(lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-2, 2, -1, 3), (-1.5, 2.0), ((1, 1),)),
        "himmelblau": Surface(
            lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
            (-5, 5, -5, 5),
            (0.0, -0.5),
            ((3, 2), (-2.805118086952745, 3.131312518250573), (-3.779310253377747, -3.283185991286170), (3.584428340330492, -1.848126526964404)),
        ),
        "plateau": Surface(lambda x, y: 1 - torch.exp(-(x**2 + y**2) / 2), (-4, 4, -4, 4), (-2.8, 1.6), ((0, 0),), log=False),
        "cliff": Surface(
            lambda x, y: 0.05 * (x**2 + y**2) + 5 * torch.sigmoid(20 * (x - 1)), (-3, 3, -3, 3), (1.4, 1.5), ((0, 0),), log=False
        ),
    }  # fmt: skip
    return known[name]


def race(project: Project | None, params: Race, bench: Bench) -> Outcome:
    """Each optimizer's path, the height along it, and where it ended."""
    del project  # the surface is its own
    ground = surface(params.surface, params.condition)
    start = start_of(params, ground)
    racers = parse(params.optimizers, bench.registry, params.lr)
    paths = {name: run(chosen, ground.function, start, params.steps, bench.registry) for name, chosen in racers.items()}
    heights = {name: height(ground.function, path) for name, path in paths.items()}
    contour = Contour(
        grid(ground),
        ground.extent,
        tuple(
            line(path[:, 0], path[:, 1], name, f"series:{index}") for index, (name, path) in enumerate(paths.items())
        ),
        tuple((x, y, "minimum") for x, y in ground.minima),
        log=ground.log,
        title=f"{params.surface.title()}",
        caption=f"{params.steps} steps",
    )
    lowest = min((float(np.nanmin(values)) for values in heights.values()), default=0.0)
    positive = lowest > 0 and ground.log
    curves = Curves(
        tuple(
            line(np.arange(len(values)), values, name, f"series:{index}")
            for index, (name, values) in enumerate(heights.items())
        ),
        x_label="step",
        y_label="height",
        log_y=positive,
        title="Height along the path",
    )
    rows = (("optimizer", "x", "y", "height"), *(_row(name, paths[name], heights[name]) for name in paths))
    numbers: dict[str, Any] = dict(paths)
    figures = (contour, curves, Note(rows=rows, title="Where they ended"))
    return Outcome("Optimizer race", _verdict(heights), figures, numbers=numbers)


def start_of(params: Race, ground: Surface) -> tuple[float, float]:
    if not params.start:
        return ground.start
    if len(params.start) != 2:
        message = f"The start has {len(params.start)} numbers."
        raise NNStudioError(
            Problem("experiment.start", message, remedy="Give x and y, as in −1.5, 2.", param="start", place="run")
        )
    return params.start[0], params.start[1]


def parse(text: str, registry: Registry, rate: float) -> dict[str, Entry]:
    """ "sgd lr=0.1 momentum=0.9; adam" as entries by name; those that name no lr get `rate`, unless it is 0. Raises NNStudioError."""
    found: dict[str, Entry] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, *settings = re.split(r"\s+", part)
        values: dict[str, Any] = {key: value for key, _, value in (setting.partition("=") for setting in settings)}
        chosen = entry(registry, "optimizer", name, values, place="run")
        fields = {field.name for field in form_fields(registry.optimizers[chosen.type].params)}
        if rate and "lr" in fields and "lr" not in chosen.params:
            chosen = entry(registry, "optimizer", name, {**values, "lr": rate}, place="run")
        found[part] = chosen
    if not found:
        message = "No optimizer is named."
        raise NNStudioError(
            Problem("experiment.optimizers", message, remedy="Write sgd; adam.", param="optimizers", place="run")
        )
    return found


def run(chosen: Entry, function: Function, start: tuple[float, float], steps: int, registry: Registry) -> Floats:
    """(steps + 1) × 2: the weights before each step and after the last. What leaves the finite numbers stays NaN."""
    spec, params = find("optimizer", chosen, registry)
    weights = torch.tensor([start], dtype=torch.float64, requires_grad=True)  # 1 × 2: some optimizers want a matrix
    try:
        optimizer: torch.optim.Optimizer = named("optimizer", spec.optimizer)([weights], **arguments(spec, params))
    except (TypeError, ValueError, RuntimeError) as error:
        raise _refused(spec.title, error) from error

    def closure(backward: bool = True) -> Tensor:
        optimizer.zero_grad()
        value = function(weights[0, 0], weights[0, 1])
        if backward:
            value.backward()  # pyright: ignore[reportUnknownMemberType]
        return value

    path = np.full((steps + 1, 2), np.nan)
    for step in range(steps + 1):
        path[step] = weights.detach().numpy()[0]
        if step == steps or not np.isfinite(path[step]).all():
            break
        try:
            if spec.closure:
                optimizer.step(closure)  # type: ignore[arg-type]
            else:
                closure()
                optimizer.step()
        except (TypeError, ValueError, RuntimeError) as error:
            raise _refused(spec.title, error) from error
    return path


def _refused(title: str, error: Exception) -> NNStudioError:
    message = f"{title} cannot race here: {error}"
    return NNStudioError(
        Problem("experiment.optimizer", message, remedy="Leave it out, or change its parameters.", place="run")
    )


def grid(ground: Surface) -> Floats:
    """Heights on a lattice, row 0 at the lowest y."""
    x0, x1, y0, y1 = ground.extent
    y, x = torch.meshgrid(
        torch.linspace(y0, y1, GRID, dtype=torch.float64),
        torch.linspace(x0, x1, GRID, dtype=torch.float64),
        indexing="ij",
    )
    return ground.function(x, y).numpy()


def height(function: Function, path: Floats) -> Floats:
    x, y = torch.tensor(path, dtype=torch.float64).T
    return function(x, y).numpy()


def _row(name: str, path: Floats, values: Floats) -> tuple[str, ...]:
    known = [bool(np.isfinite(place).all()) for place in path]
    if not known[-1]:
        return name, "–", "–", f"diverged at step {known.index(False)}"
    return name, short(float(path[-1, 0])), short(float(path[-1, 1])), short(float(values[-1]))


def _verdict(heights: dict[str, Floats]) -> str:
    reached = {name: float(values[-1]) for name, values in heights.items() if np.isfinite(values[-1])}
    lost = [name for name in heights if name not in reached]
    words = ""
    if reached:
        best = min(reached, key=lambda name: reached[name])
        words = f"{best} got lowest, to {short(reached[best])}."
    return f"{words} {', '.join(lost)} left the finite numbers: lower the learning rate.".strip() if lost else words
