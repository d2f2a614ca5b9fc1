"""An ill-conditioned quadratic: gradient descent zigzags, momentum does not, and both are as fast as theory says.

Source: Polyak 1964; Goh 2017, Why Momentum Really Works.
"""

import numpy as np

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.forms import Ravine
from nnstudio.experiments.quadratics import best_momentum, best_rate, descend, descent_factor, momentum_factor
from nnstudio.experiments.words import Floats, line, short
from nnstudio.figures import Contour, Curves
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome

GRID = 81


def ravine(project: Project | None, params: Ravine, bench: Bench) -> Outcome:
    """Both paths over the contour, and the distance to the minimum beside theory's line."""
    del project, bench  # it brings its own surface
    low, high = 1.0, params.condition
    hessian, start = np.diag([low, high]), np.array([1.0, 1.0])
    rate, (heavy, beta) = best_rate(low, high), best_momentum(low, high)
    plain = descend(hessian, start, rate, params.steps)
    heavy_path = descend(hessian, start, heavy, params.steps, beta)
    steps = np.arange(params.steps + 1)
    slow, fast = descent_factor(params.condition), momentum_factor(params.condition)
    distances = Curves(
        (
            line(steps, _lengths(plain), "gradient descent", "series:0"),
            line(steps, np.sqrt(2) * slow**steps, "(κ−1)/(κ+1)", "series:0", faint=True),
            line(steps, _lengths(heavy_path), "momentum", "series:1"),
            line(steps, np.sqrt(2) * fast**steps, "(√κ−1)/(√κ+1)", "series:1", faint=True),
        ),
        x_label="step",
        y_label="distance to the minimum",
        log_y=True,
        title="Distance to the minimum, and theory's rate (pale)",
    )
    side = np.linspace(-1.2, 1.2, GRID)
    surface = 0.5 * (low * side[None, :] ** 2 + high * side[:, None] ** 2)
    paths = (
        line(plain[:, 0], plain[:, 1], "gradient descent", "series:0"),
        line(heavy_path[:, 0], heavy_path[:, 1], "momentum", "series:1"),
    )
    contour = Contour(surface, (-1.2, 1.2, -1.2, 1.2), paths, log=True, title=f"Ravine, κ = {short(params.condition)}")
    verdict = (
        f"κ = {short(params.condition)}: gradient descent keeps {100 * slow:.1f} % of the distance a step, momentum "
        f"{100 * fast:.1f} %. To a thousandth: {_needed(slow)} steps against about {_needed(fast)}."
    )
    facts = (
        ("condition number κ", short(params.condition)),
        ("gradient descent: η, factor", f"{short(rate)}, {slow:.4f}"),
        ("momentum: η, β, factor", f"{short(heavy)}, {short(beta)}, {fast:.4f}"),
    )
    numbers = {"descent": plain, "momentum": heavy_path, "descent_factor": slow, "momentum_factor": fast}
    return Outcome("Ravine", verdict, (contour, distances), facts, numbers)


def _lengths(path: Floats) -> Floats:
    """Of each θ; what is too small to tell from zero is left out."""
    found = np.linalg.norm(path, axis=1)
    return np.where(found > 1e-14, found, np.nan)


def _needed(factor: float) -> int:
    """Steps to a thousandth of the distance."""
    return 1 if factor <= 0 else int(np.ceil(np.log(1e-3) / np.log(factor)))
