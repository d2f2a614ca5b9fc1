"""What a loss is, apart from any run: its value over the margin, and which answer it rewards."""

import numpy as np
import numpy.typing as npt

from nnstudio.api import Curves, Figure, History, Line

Floats = npt.NDArray[np.float64]


def surrogate_losses(history: History) -> Figure:
    """What an answer costs over its margin m = t · score, t = ±1: the 0–1 error, and the losses that training can follow instead.

    Only up to 5: the squared and the exponential loss rise so steeply that nothing else could be told apart.
    """
    margin = np.linspace(-3.0, 3.0, 601)
    losses = {
        "0–1": (margin <= 0).astype(np.float64),
        "logistic": np.logaddexp(0.0, -margin) / np.log(2.0),
        "hinge": np.maximum(0.0, 1.0 - margin),
        "squared": (1.0 - margin) ** 2,
        "exponential": np.exp(-margin),
    }
    lines = tuple(
        Line(margin, np.where(values <= 5.0, values, np.nan), label, "other" if label == "0–1" else f"series:{index}")
        for index, (label, values) in enumerate(losses.items())
    )
    return Curves(lines, x_label="margin m = t · score", y_label="loss", marks=((0.0, "wrong | right"),))


def scoring_rules(history: History, p: float = 0.7) -> Figure:
    """What answering q costs on average when the truth is 1 with probability p: least at q = p for a proper scoring rule."""
    q = np.linspace(0.005, 0.995, 199)
    costs = {
        "cross-entropy": -p * np.log(q) - (1 - p) * np.log(1 - q),
        "squared": p * (1 - q) ** 2 + (1 - p) * q**2,
        "absolute": p * (1 - q) + (1 - p) * q,
    }
    lines = tuple(Line(q, cost, label, f"series:{index + 1}") for index, (label, cost) in enumerate(costs.items()))
    return Curves(lines, x_label="answer q", y_label="expected loss", marks=((p, f"p = {p:g}"),))
