"""How noisy is a mini-batch's gradient? The σ/√m law against what is measured, and the batch size beyond which more samples are wasted.

Source: McCandlish et al. 2018, An Empirical Model of Large-Batch Training, section 2.2.
"""

import numpy as np
import numpy.typing as npt
import torch

from nnstudio.experiments.bench import Bench, Subject
from nnstudio.experiments.forms import GradientNoise
from nnstudio.experiments.words import dots, line, short
from nnstudio.figures import Curves
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome, Suggestion
from nnstudio.train.tensors import tensor_of

Floats = npt.NDArray[np.float64]


def gradient_noise(project: Project, params: GradientNoise, bench: Bench) -> Outcome:
    """Root mean square distance of a batch's gradient from the whole one, by batch size, at the initial weights."""
    subject = bench.subject(project, double=True)
    subject.module.eval()
    rows = next(subject.orders())[: params.samples]
    mean, trace = moments(subject, rows)
    sizes = [2**power for power in range(params.largest.bit_length())]
    measured = distances(subject, rows, mean, sizes, params.draws, params.seed)
    law = np.sqrt(trace / np.array(sizes))
    slope = float(np.polyfit(np.log(sizes), np.log(measured), 1)[0])
    scale = trace / float(mean @ mean)
    figure = Curves(
        (dots(sizes, measured, "measured", "series:0"), line(sizes, law, "σ/√m", "series:1")),
        x_label="m",
        log_x=True,
        log_y=True,
        title="Distance of a batch's gradient from the whole one",
        caption=f"slope {slope:.2f}",
        marks=((scale, "noise scale"),) if sizes[0] <= scale <= sizes[-1] else (),
    )
    verdict = (
        f"Four times the batch halves the noise: the measured slope is {slope:.2f} (σ/√m says −0.50). The noise scale is "
        f"{short(scale)}: batches far below it are mostly noise, far above it mostly waste, at these weights."
    )
    size = max(1, min(len(subject.rows), round(scale)))
    facts = (
        ("σ = √(tr Σ)", short(trace**0.5)),
        ("‖g‖", short(float(np.linalg.norm(mean)))),
        ("noise scale", short(scale)),
    )
    numbers = {"sizes": np.array(sizes), "measured": measured, "law": law, "slope": slope, "noise_scale": scale}
    suggestion = Suggestion(f"Batches of {size}", "recipe.batch_size", size)
    return Outcome("Gradient noise", verdict, (figure,), facts, numbers, suggestion)


def moments(subject: Subject, rows: torch.Tensor) -> tuple[Floats, float]:
    """(g, tr Σ): the mean of the samples' gradients, and the trace of their covariance (1/N), one sample at a time.   Source: Welford 1962."""
    mean, square = np.zeros(sum(parameter.numel() for parameter in subject.parameters)), 0.0
    for count, row in enumerate(rows, 1):
        gradient = flat_gradient(subject, row[None])
        before = gradient - mean
        mean += before / count
        square += float(before @ (gradient - mean))
    return mean, square / len(rows)


def distances(subject: Subject, rows: torch.Tensor, mean: Floats, sizes: list[int], draws: int, seed: int) -> Floats:
    """√(mean of ‖ĝ_m − g‖²) over `draws` batches of each size, drawn from `rows` with replacement."""
    generator = np.random.default_rng(seed)
    found: list[float] = []
    for size in sizes:
        picks = generator.integers(len(rows), size=(draws, size))
        errors = [flat_gradient(subject, rows[tensor_of(pick)]) - mean for pick in picks]
        found.append(float(np.sqrt(np.mean([error @ error for error in errors]))))
    return np.array(found)


def flat_gradient(subject: Subject, rows: torch.Tensor) -> Floats:
    """The gradient of the mean loss over `rows`, all weights behind each other."""
    return torch.cat([gradient.reshape(-1) for gradient in subject.gradients(subject.batch(rows))]).numpy(force=True)
