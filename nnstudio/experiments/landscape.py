"""The loss around the weights of the model in hand: a filter-normalised random plane, the plane of the training path, or a line.

Source: Li et al. 2018, Visualizing the Loss Landscape of Neural Nets; Goodfellow et al. 2015, Qualitatively Characterizing Neural Network
Optimization Problems.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from nnstudio.experiments.bench import Batch, Bench, Subject
from nnstudio.experiments.forms import Landscape
from nnstudio.experiments.trained import after_each_epoch, from_checkpoint, shortened, trained
from nnstudio.experiments.words import Floats, line, short
from nnstudio.figures import Contour, Curves
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome

MARGIN = 0.25
"""How much of the path's extent is shown around it."""


def landscape(project: Project, params: Landscape, bench: Bench) -> Outcome:
    """Losses over the chosen plane or line, on a part of the training data, in evaluation mode."""
    subject = bench.subject(project, double=True)
    subject.module.eval()
    begin = flat(subject)
    batch = subject.batch(next(subject.orders())[: params.samples])
    if params.plane == "path":
        return _path(project, params, bench, subject, batch, begin)
    if params.checkpoint:
        from_checkpoint(subject, params.checkpoint)
    else:
        subject.module.load_state_dict(trained(shortened(project, params.epochs), bench))
    return _line(params, subject, batch, begin) if params.plane == "line" else _random(params, subject, batch)


def _random(params: Landscape, subject: Subject, batch: Batch) -> Outcome:
    centre = flat(subject)
    generator = torch.Generator().manual_seed(params.seed)
    one, other = (direction(subject, generator) for _ in range(2))
    steps = np.linspace(-params.span, params.span, params.points)
    values = plane(subject, batch, centre, one, other, steps, steps)
    here = loss_at(subject, batch, centre)
    extent = (-params.span, params.span, -params.span, params.span)
    marks = ((0.0, 0.0, "θ*"),)
    figure = Contour(
        values, extent, marks=marks, log=True, x_label="α", y_label="β", title="Loss around the trained weights"
    )
    middle = line(steps, values[len(steps) // 2], "along α", "series:0")
    side = line(steps, values[:, len(steps) // 2], "along β", "series:1")
    cut = Curves((middle, side), x_label="distance in filter norms", y_label="loss", title="Cuts through the middle")
    rise = float(np.nanmedian(np.concatenate((values[0], values[-1], values[:, 0], values[:, -1]))))
    verdict = f"The loss is {short(here)} at the trained weights and rises to {short(rise)} (median) at the edge, {params.span:g} filter norms away."
    facts = (("loss at θ*", short(here, 4)), ("lowest in the plane", short(float(np.nanmin(values)), 4)))
    numbers = {"values": values, "steps": steps, "centre": here}
    return Outcome("Loss landscape", verdict, (figure, cut), facts, numbers)


def _path(project: Project, params: Landscape, bench: Bench, subject: Subject, batch: Batch, begin: Tensor) -> Outcome:
    if params.checkpoint:
        message = "The path of training needs the weights after each epoch; a checkpoint holds those of one."
        raise NNStudioError(
            Problem(
                "experiment.path",
                message,
                remedy="Leave the checkpoint empty: it is trained now.",
                param="checkpoint",
                place="run",
            )
        )
    places = [begin]
    for weights in after_each_epoch(shortened(project, params.epochs), bench):
        subject.module.load_state_dict(weights)
        places.append(flat(subject))
    if len(places) < 3:
        message = f"A path of {len(places)} places spans no plane."
        raise NNStudioError(
            Problem("experiment.path", message, remedy="Train for two epochs or more.", param="epochs", place="run")
        )
    one, other, where, shares = main_directions(places)
    low, high = where.min(axis=0), where.max(axis=0)
    room = MARGIN * np.maximum(high - low, 0.2 * float((high - low).max()) or 1.0)
    first, last = low - room, high + room
    x = np.linspace(float(first[0]), float(last[0]), params.points)
    y = np.linspace(float(first[1]), float(last[1]), params.points)
    values = plane(subject, batch, places[-1], one, other, x, y)
    path = line(where[:, 0], where[:, 1], "training", "train")
    extent = (float(x[0]), float(x[-1]), float(y[0]), float(y[-1]))
    names = tuple(f"axis {axis + 1} ({100 * shares[axis]:.0f} %)" for axis in range(2))
    marks = ((float(where[0, 0]), float(where[0, 1]), "start"), (0.0, 0.0, "θ*"))
    figure = Contour(
        values, extent, (path,), marks, True, names[0], names[1], title="The path of training in its own plane"
    )
    losses = np.array([loss_at(subject, batch, place) for place in places])
    curve = Curves(
        (line(np.arange(len(losses)), losses, "loss", "train"),), x_label="epoch", title="Loss at each epoch's end"
    )
    verdict = (
        f"Two directions hold {100 * float(shares.sum()):.0f} % of the path's variance; the loss fell from {short(float(losses[0]))} "
        f"to {short(float(losses[-1]))} along it."
    )
    numbers = {"values": values, "path": where, "shares": shares, "losses": losses}
    return Outcome("Loss landscape", verdict, (figure, curve), numbers=numbers)


def _line(params: Landscape, subject: Subject, batch: Batch, begin: Tensor) -> Outcome:
    end = flat(subject)
    shares = np.linspace(-0.25, 1.5, params.points)
    held_out = torch.as_tensor(subject.run.data.split.validation[: params.samples])
    parts = {"train": batch, **({"validation": subject.batch(held_out)} if len(held_out) else {})}
    losses = {
        part: np.array([loss_at(subject, samples, (1 - share) * begin + share * end) for share in shares.tolist()])
        for part, samples in parts.items()
    }
    figure = Curves(
        tuple(line(shares, values, part, part) for part, values in losses.items()),
        x_label="share of the way",
        y_label="loss",
        marks=((0.0, "start"), (1.0, "θ*")),
        title="From the first weights to the last, in a straight line",
    )
    inside = losses["train"][(shares >= 0) & (shares <= 1)]
    falls = bool((np.diff(inside) <= 1e-9).all())
    verdict = (
        "The loss falls all the way: no hill lies between start and end."
        if falls
        else "A hill lies between start and end: the loss rises on the way."
    )
    numbers = {"shares": shares, **losses}
    facts = (
        ("loss at the start", short(loss_at(subject, batch, begin))),
        ("loss at θ*", short(loss_at(subject, batch, end))),
    )
    return Outcome("Loss landscape", verdict, (figure,), facts, numbers)


# ── weights as one long vector ────────────────────────────────────────────────────────────────────────────────────────


def flat(subject: Subject) -> Tensor:
    """All trained weights behind each other, a copy."""
    return torch.cat([parameter.detach().reshape(-1) for parameter in subject.parameters])


def loss_at(subject: Subject, batch: Batch, weights: Tensor) -> float:
    """The loss of `batch` with `weights` in the place of the network's own."""
    place = 0
    with torch.no_grad():
        for parameter in subject.parameters:
            parameter.copy_(weights[place : place + parameter.numel()].view_as(parameter))
            place += parameter.numel()
        return subject.loss(batch).item()


def direction(subject: Subject, generator: torch.Generator) -> Tensor:
    """A random direction, each filter scaled to the norm of the network's own filter; weights of one axis (biases) stay.

    δ_ij ← δ_ij ‖θ_ij‖/‖δ_ij‖, j counting the units along the first axis.
    """
    parts: list[Tensor] = []
    for parameter in subject.parameters:
        weight = parameter.detach()
        if weight.dim() < 2:
            parts.append(torch.zeros(weight.numel(), dtype=weight.dtype))
            continue
        drawn = torch.randn(weight.shape, generator=generator, dtype=weight.dtype).to(weight.device).flatten(1)
        own = weight.flatten(1).square().sum(1, keepdim=True).sqrt()
        parts.append((drawn * own / drawn.square().sum(1, keepdim=True).sqrt()).reshape(-1))
    return torch.cat([part.to(subject.parameters[0].device) for part in parts])


def plane(subject: Subject, batch: Batch, centre: Tensor, one: Tensor, other: Tensor, x: Floats, y: Floats) -> Floats:
    """L(centre + α·one + β·other): a row for each β of `y`, a column for each α of `x`."""
    return np.array([[loss_at(subject, batch, centre + a * one + b * other) for a in x.tolist()] for b in y.tolist()])


def main_directions(places: Sequence[Tensor]) -> tuple[Tensor, Tensor, Floats, npt.NDArray[np.float64]]:
    """(two unit directions, each place's coordinates, their shares of the variance) by principal components of θ_i − θ_n."""
    offsets: Floats = torch.stack([place - places[-1] for place in places]).numpy(force=True)
    _, sizes, axes = np.linalg.svd(offsets[:-1], full_matrices=False)
    one, other = (torch.as_tensor(axis, device=places[0].device) for axis in axes[:2])
    return one, other, offsets @ axes[:2].T, (sizes**2 / (sizes**2).sum())[:2]
