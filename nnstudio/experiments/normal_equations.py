"""Linear regression two ways: solved at once, and walked to by gradient descent; what each costs.

W = (XᵀX)⁻¹Xᵀt, about ND² + D³ multiply-adds; W ← W − (α/N)Xᵀ(XW − t), about 2NDK a step (K targets).   Source: Bishop 2006, section 3.1.
"""

import numpy as np

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.features import matrix as features_of
from nnstudio.experiments.features import standardised, targets, training_part, with_bias
from nnstudio.experiments.forms import NormalEquations
from nnstudio.experiments.quadratics import best_rate, least_squares
from nnstudio.experiments.words import Floats, line, short
from nnstudio.figures import Curves, Note
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome


def normal_equations(project: Project, params: NormalEquations, bench: Bench) -> Outcome:
    """Both solutions on the training part's standardised features, with a bias."""
    loaded, rows = training_part(project, bench)
    raw, names = features_of(loaded, rows)
    x, t = with_bias(standardised(raw)), targets(loaded, rows)
    solution = solve(x, t)
    values = np.linalg.eigvalsh(x.T @ x / len(x))
    values = values[values > values[-1] * 1e-12]
    rate = params.rate or best_rate(float(values[0]), float(values[-1]))
    path = least_squares(x, t, rate, params.steps)
    losses = np.array([mean_square(x, t, w) for w in path])
    best = mean_square(x, t, solution)
    steps = np.arange(len(path))
    figure = Curves(
        (
            line(steps, losses, "gradient descent", "series:0"),
            line([0, steps[-1]], [best, best], "normal equations", "series:1"),
        ),
        x_label="step",
        y_label="mean squared error",
        log_y=True,
        title="Gradient descent beside the normal equations",
        caption=f"{short(float(losses[-1]), 4)} against {short(best, 4)}",
    )
    n, d = x.shape
    k = t.shape[1]
    at_once, a_step = n * d**2 + d**3, 2 * n * d * k
    costs = (
        ("", "multiply-adds"),
        ("normal equations: ND² + D³", short(at_once)),
        ("a step of gradient descent: 2NDK", short(a_step)),
        (f"{params.steps} steps", short(a_step * params.steps)),
        ("as many steps cost the same", short(at_once / a_step)),
    )
    order: list[int] = np.argsort(-np.abs(solution[1:]).max(axis=1))[:12].tolist()
    weights: tuple[tuple[str, ...], ...] = (
        ("feature", "normal equations", "gradient descent"),
        *(
            (names[index], short(float(solution[index + 1, 0])), short(float(path[-1][index + 1, 0])))
            for index in order
        ),
    )
    gap = float(np.abs(x @ (path[-1] - solution)).max())
    diverged = not np.isfinite(losses[-1]) or losses[-1] > losses[0]
    verdict = (
        f"α = {short(rate)} is too large: gradient descent diverges (it must stay below 2/λ_max = {short(2 / float(values[-1]))})."
        if diverged
        else f"After {params.steps} steps gradient descent predicts the same as the normal equations to within {short(gap)}. "
        f"Solving at once costs as much as {short(at_once / a_step)} steps."
    )
    facts = (("samples N", str(n)), ("features D (with bias)", str(d)), ("targets K", str(k)), ("α", short(rate)))
    numbers = {"solution": solution, "path_end": path[-1], "losses": losses, "best": best, "rate": rate}
    notes = (Note(rows=costs, title="Costs"), Note(rows=weights, title="Weights"))
    return Outcome("Normal equations", verdict, (figure, *notes), facts, numbers)


def solve(x: Floats, t: Floats) -> Floats:
    """W with the least squared error (the shortest such W where there are several): (XᵀX)⁺Xᵀt."""
    return np.asarray(np.linalg.lstsq(x, t, rcond=None)[0], np.float64)


def mean_square(x: Floats, t: Floats, w: Floats) -> float:
    """Mean over samples of the squared errors' sum over targets."""
    with np.errstate(over="ignore", invalid="ignore"):
        return float(np.sum(np.square(x @ w - t)) / len(x))
