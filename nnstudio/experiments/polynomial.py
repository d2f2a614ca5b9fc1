"""Polynomials by least squares: the training error falls with every degree, the validation error says which one to take.

Source: Bishop 2006, section 1.1 (sin 2πx).
"""

import numpy as np
import numpy.typing as npt

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.features import matrix, targets
from nnstudio.experiments.forms import Polynomial
from nnstudio.experiments.normal_equations import solve
from nnstudio.experiments.words import Floats, dots, line, short
from nnstudio.figures import Curves
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome

Sides = tuple[Floats, Floats, Floats, Floats]
"""(x, t) to fit and (x, t) to validate; x within −1 … 1."""


def polynomial(project: Project | None, params: Polynomial, bench: Bench) -> Outcome:
    """Fits of degree 0 … `degrees`, and the one with the lowest validation error."""
    x, t, x_new, t_new = (
        _from_data(project, params, bench) if params.feature else sine(params.samples, params.noise, params.seed)
    )
    fits = [solve(powers(x, degree), t[:, None])[:, 0] for degree in range(params.degrees + 1)]
    train, validation = (np.array([_error(side, w) for w in fits]) for side in ((x, t), (x_new, t_new)))
    best = int(np.argmin(validation))
    degrees = np.arange(len(fits))
    errors = Curves(
        (line(degrees, train, "training", "train"), line(degrees, validation, "validation", "validation")),
        x_label="degree",
        y_label="root mean square error",
        marks=((float(best), "chosen"),),
        log_y=True,
        title="Error by degree",
    )
    grid = np.linspace(-1, 1, 201)
    shown = sorted({1 if params.degrees >= 1 else 0, best, params.degrees})
    room = 0.5 * float(np.ptp(t)) or 1.0
    inside = [
        line(
            grid,
            np.clip(powers(grid, degree) @ fits[degree], t.min() - room, t.max() + room),
            f"degree {degree}",
            f"series:{place + 2}",
        )
        for place, degree in enumerate(shown)
    ]
    curves = Curves(
        (dots(x, t, role="train"), dots(x_new, t_new, role="validation"), *inside),
        x_label="x",
        title="Fits (points: training and validation)",
    )
    verdict = (
        f"Degree {best} has the lowest validation error, {short(float(validation[best]))}. Degree {params.degrees} fits the training "
        f"points better ({short(float(train[-1]))}) but new ones worse ({short(float(validation[-1]))})."
        if best < params.degrees
        else f"Degree {best}, the highest tried, has the lowest validation error, {short(float(validation[best]))}: try higher ones."
    )
    facts = (("chosen degree", str(best)), ("points to fit", str(len(x))), ("points to validate", str(len(x_new))))
    numbers = {"train": train, "validation": validation, "degree": float(best)}
    return Outcome("Polynomial degree", verdict, (errors, curves), facts, numbers)


def powers(x: Floats, degree: int) -> Floats:
    """1, x, x², … x^degree: N × (degree + 1)."""
    return np.vander(x, degree + 1, increasing=True)


def sine(samples: int, noise: float, seed: int) -> Sides:
    """Points on sin 2πu, u within 0 … 1 mapped to x within −1 … 1, with noise; as many to validate."""
    generator = np.random.default_rng(seed)

    def side(x: Floats) -> tuple[Floats, Floats]:
        return x, np.sin(np.pi * (x + 1)) + generator.normal(0, noise, len(x))

    return (*side(np.linspace(-1, 1, samples)), *side(np.sort(generator.uniform(-1, 1, samples))))


def _from_data(project: Project | None, params: Polynomial, bench: Bench) -> Sides:
    """A feature of the project's data, its training and validation parts, mapped to −1 … 1 by the training part."""
    if project is None:
        message = f"The feature '{params.feature}' needs a project whose data has it."
        raise NNStudioError(Problem("experiment.project", message, remedy="Open one, or leave it empty.", place="run"))
    loaded = bench.load(project.data)
    rows = loaded.split.train[: params.samples]
    others = loaded.split.validation[: params.samples]
    if not len(others):
        message = "The data has no validation part."
        raise NNStudioError(
            Problem("experiment.validation", message, remedy="Give it a share in the Data place.", place="data")
        )
    x, names = matrix(loaded, rows)
    if params.feature not in names:
        message = f"The data has no feature '{params.feature}'."
        raise NNStudioError(
            Problem("experiment.feature", message, remedy=f"It has {', '.join(names[:20])}.", place="data")
        )
    column = names.index(params.feature)
    low, high = float(x[:, column].min()), float(x[:, column].max())

    def scaled(rows: npt.NDArray[np.int64]) -> Floats:
        return 2 * (matrix(loaded, rows)[0][:, column] - low) / ((high - low) or 1.0) - 1

    return scaled(rows), targets(loaded, rows)[:, 0], scaled(others), targets(loaded, others)[:, 0]


def _error(side: tuple[Floats, Floats], w: Floats) -> float:
    """Root mean square error of the polynomial `w`."""
    x, t = side
    return float(np.sqrt(np.mean((powers(x, len(w) - 1) @ w - t) ** 2)))
