"""The one-batch test: a network that cannot learn a single batch by heart has a fault, whatever else is tried.

Source: Karpathy 2019, A Recipe for Training Neural Networks.
"""

import contextlib
import math

import numpy as np
import torch

from nnstudio.experiments.bench import Batch, Bench, Subject, settled
from nnstudio.experiments.forms import OneBatch
from nnstudio.experiments.words import line, short
from nnstudio.figures import Curves
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome, Suggestion

STILL_FALLING = 0.95
"""The loss of the last steps, as a share of that a fifth of the run earlier: below it, more steps would help."""


def one_batch(project: Project, params: OneBatch, bench: Bench) -> Outcome:
    """Losses of `steps` steps on one batch, and what they mean."""
    subject = bench.subject(project)
    subject.module.train()
    batch = subject.first_batch(params.samples)
    with contextlib.nullcontext() if params.noise else settled(subject.module):
        losses = losses_on(subject, batch, params.steps, params.goal)
    reached = losses[-1] <= params.goal * losses[0]
    goal = params.goal * losses[0]
    figure = Curves(
        (line(np.arange(len(losses)), losses, "loss", "train"), line([0, len(losses) - 1], [goal, goal], "goal")),
        x_label="step",
        log_y=True,
        title="Loss on one batch",
        caption=f"{short(losses[0])} → {short(losses[-1])}",
    )
    verdict, suggestion = (
        (
            f"Learnt by heart: the loss fell from {short(losses[0])} to {short(losses[-1])} in {len(losses) - 1} steps.",
            None,
        )
        if reached
        else _complaint(subject, batch, losses)
    )
    facts = (
        ("first loss", short(losses[0], 4)),
        ("last loss", short(losses[-1], 4)),
        ("steps", str(len(losses) - 1)),
        ("samples", str(len(batch[0][0]))),
    )
    numbers = {"losses": np.array(losses), "reached": float(reached), "steps": float(len(losses) - 1)}
    return Outcome("One-batch test", verdict, (figure,), facts, numbers, suggestion)


def losses_on(subject: Subject, batch: Batch, steps: int, goal: float) -> list[float]:
    """The loss before each step and after the last; ends early at `goal` · the first one, or where it is not finite."""
    losses: list[float] = []
    for _ in range(steps):
        losses.append(subject.step(batch))
        if not math.isfinite(losses[-1]) or losses[-1] <= goal * losses[0]:
            return losses
    with torch.no_grad():
        losses.append(subject.loss(batch).item())
    return losses


def _complaint(subject: Subject, batch: Batch, losses: list[float]) -> tuple[str, Suggestion | None]:
    """Why it could not be learnt: what can be told from the losses, the samples and the gradients."""
    words = f"Not learnt: the loss went from {short(losses[0])} to {short(losses[-1])} in {len(losses) - 1} steps."
    rate = float(subject.optimizer.param_groups[0]["lr"])
    if not math.isfinite(losses[-1]) or losses[-1] > 2 * losses[0]:
        return f"{words} It diverges: lower the learning rate.", Suggestion(
            f"Learning rate {short(rate / 10)}", "recipe.optimizer.lr", rate / 10
        )
    if (twins := contradictions(batch)) > 0:
        return f"{words} {twins} samples are equal but have different targets: no network can tell them apart.", None
    before = losses[-max(2, len(losses) // 5)]
    if losses[-1] < STILL_FALLING * before:
        return f"{words} It is still falling: give it more steps or a larger learning rate.", None
    if all(float(gradient.abs().max()) < 1e-9 for gradient in subject.gradients(batch)):
        return (
            f"{words} No gradient reaches any weight: look at the activations at the start, and for dead units.",
            None,
        )
    remedy = "It has come to rest: look whether targets and outputs belong together, at the learning rate, and for too narrow a layer."
    return f"{words} {remedy}", None


def contradictions(batch: Batch) -> int:
    """How many samples of a batch have the inputs of another but not its target."""
    if not batch[1]:
        return 0
    inputs, targets = (
        np.column_stack([part.reshape(len(part), -1).numpy(force=True) for part in side]) for side in batch
    )
    place = np.unique(inputs, axis=0, return_inverse=True)[1].reshape(-1)
    both = np.unique(np.column_stack((place, targets)), axis=0)
    kinds = np.bincount(both[:, 0].astype(np.int64))
    return int((kinds[place] > 1).sum())
