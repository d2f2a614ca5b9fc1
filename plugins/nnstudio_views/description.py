"""A run as a message: how long are the data, told with the model's help, and how long is the model itself?"""

import numpy as np

from nnstudio.api import Curves, Figure, History, Line, Note
from nnstudio_views.curves import number, per_epoch
from nnstudio_views.smoothing import track

TEXT = (
    "Press Train with an L2 penalty in the recipe and cross-entropy as the loss. "
    "Minimizing loss + (λ/2) ‖w‖² is the same as looking for the most probable weights (MAP) when, before any data, "
    "each weight is N(0, 1/λ) — with the loss averaged over N samples, N(0, 1/(N λ)). "
    "In bits, the sum is the length of a message: the weights first, then what they leave to be said of the data. "
    "This card shows both, and their sum."
)


def description_length(history: History, samples: int = 0, smoothing: float = 0.9, axis: str = "epochs") -> Figure:
    """The bits of the model and of the data over the run, per training sample, or for all of `samples`."""
    steps, penalty = history.steps("penalty")
    if not np.isfinite(penalty).any():
        return Note(TEXT)
    scale = max(1, samples) / np.log(2.0)
    kept = track(history, "loss", smoothing)
    x = steps if axis == "steps" else kept.epochs(steps, per_epoch(history))
    data, model = scale * kept.mean.of(history.steps("loss")[1]), scale * penalty
    caption = f"model {number(float(model[-1]))} + data {number(float(data[-1]))} bits"
    lines = (
        Line(x, data + model, "both", "other"),
        Line(x, data, "data", "train"),
        Line(x, model, "model", "series:3"),
    )
    return Curves(lines, x_label=axis, y_label="bits" if samples else "bits a sample", caption=caption)
