"""Why inputs are normalised: the condition number of the data's linear regression, and how fast gradient descent gets with it.

Source: LeCun et al. 1998, Efficient BackProp, section 4.3.
"""

import numpy as np

from nnstudio.experiments.bench import Bench
from nnstudio.experiments.features import matrix, standardised, training_part
from nnstudio.experiments.forms import Conditioning
from nnstudio.experiments.quadratics import descent_factor
from nnstudio.experiments.words import Floats, line, short
from nnstudio.figures import Curves, Note
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome, Suggestion

TINY = 1e-12
"""Eigenvalues below that share of the largest one count as zero: no data lies there, nothing has to be learnt."""


def conditioning(project: Project, params: Conditioning, bench: Bench) -> Outcome:
    """Eigenvalues and condition numbers of XᵀX/N: raw, centred, standardised and whitened features."""
    raw, _ = matrix(*training_part(project, bench))
    forms = {
        "raw": raw,
        "centred": raw - raw.mean(axis=0),
        "standardised": standardised(raw),
        "whitened": whitened(raw),
    }
    values = {name: eigenvalues(x) for name, x in forms.items()}
    conditions = {name: float(found[0] / found[-1]) for name, found in values.items()}
    spectra = Curves(
        tuple(
            line(np.arange(1, len(found) + 1), found / found[0], name, f"series:{index}")
            for index, (name, found) in enumerate(values.items())
        ),
        x_label="eigenvalue",
        y_label="share of the largest",
        log_y=True,
        title="Eigenvalues of the Hessian XᵀX/N",
    )
    steps = np.arange(params.steps + 1)
    speeds = Curves(
        tuple(
            line(steps, np.maximum(descent_factor(condition) ** steps.astype(float), 1e-16), name, f"series:{index}")
            for index, (name, condition) in enumerate(conditions.items())
        ),
        x_label="step",
        y_label="distance left, at worst",
        log_y=True,
        title="Gradient descent at its best learning rate",
    )
    rows = (
        ("features", "λ_max", "λ_min", "κ", "(κ−1)/(κ+1)"),
        *(
            (
                name,
                short(float(found[0])),
                short(float(found[-1])),
                short(conditions[name]),
                f"{descent_factor(conditions[name]):.5f}",
            )
            for name, found in values.items()
        ),
    )
    verdict = (
        f"Raw features have the condition number {short(conditions['raw'])}, standardised ones {short(conditions['standardised'])}, "
        "whitened ones 1: the smaller, the rounder the bowl and the faster gradient descent."
    )
    suggestion = Suggestion("Standardise each feature", "data.standardize", "feature")
    needed = project.data.standardize == "none" and conditions["standardised"] < conditions["raw"]
    figures = (spectra, speeds, Note(rows=rows, title="Condition numbers"))
    numbers = {f"condition_{name}": condition for name, condition in conditions.items()}
    return Outcome(
        "Condition of the data", verdict, figures, numbers=numbers, suggestion=suggestion if needed else None
    )


def eigenvalues(x: Floats) -> Floats:
    """Of XᵀX/N, the largest first, without those that are zero."""
    found = np.asarray(np.linalg.eigvalsh(x.T @ x / len(x))[::-1], np.float64)
    return found[found > TINY * found[0]]


def whitened(x: Floats) -> Floats:
    """Along the principal axes, each scaled to variance 1; axes without variance are left out."""
    centred = x - x.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T @ centred / len(x))
    kept = values > TINY * values[-1]
    whitener: Floats = axes[:, kept] * values[kept] ** -0.5
    return centred @ whitener
