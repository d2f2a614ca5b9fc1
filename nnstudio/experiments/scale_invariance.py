"""Weights before a normalization: their size changes nothing at the output, but the learning rate that they feel.

BN((aW)x) = BN(Wx), ∂L/∂(aW) = (1/a) ∂L/∂W, so a step of η turns W by about η‖g‖/‖W‖ ∝ η/‖W‖².
Source: Ioffe & Szegedy 2015, section 3.3; van Laarhoven 2017, L2 Regularization versus Batch and Weight Normalization.
"""

import math

import numpy as np
import torch
from torch import Tensor, nn

from nnstudio.engine.probe import parameters_of
from nnstudio.experiments.bench import Batch, Bench, Subject, settled
from nnstudio.experiments.forms import ScaleInvariance
from nnstudio.experiments.words import dots, line, short
from nnstudio.figures import Curves
from nnstudio.problems import NNStudioError, Problem
from nnstudio.project.graph import Node
from nnstudio.project.project import Project
from nnstudio.replies_experiments import Outcome

FACTORS = 9


def scale_invariance(project: Project, params: ScaleInvariance, bench: Bench) -> Outcome:
    """Output, gradient and the angle of one step of gradient descent, over the factor that the weights are scaled by."""
    node = _chosen(project, params.node, bench)
    subject = bench.subject(project, double=True)
    subject.module.train()
    weight = _weight(subject, node)
    batch = subject.first_batch()
    factors = params.largest ** np.linspace(-1, 1, FACTORS)
    with settled(subject.module):
        before, original = _output(subject, batch), weight.detach().clone()
        found = [_scaled(subject, batch, weight, original * factor, params.rate) for factor in factors.tolist()]
    outputs, slopes, angles = ([one[place] for one in found] for place in range(3))
    changes = np.array([_norm(output - before) / _norm(before) for output in outputs])
    norms = factors * _norm(original)
    gradients, turns = np.array(slopes), np.array(angles)
    middle = FACTORS // 2
    figures = (
        Curves(
            (
                dots(norms, turns, "angle of one step", "series:0"),
                line(norms, turns[middle] * (norms[middle] / norms) ** 2, "∝ 1/‖W‖²", "series:1"),
            ),
            x_label="‖W‖",
            y_label="radians",
            log_x=True,
            log_y=True,
            title="Effective learning rate",
        ),
        Curves(
            (
                dots(norms, gradients, "‖∂L/∂W‖", "series:0"),
                line(norms, gradients[middle] * norms[middle] / norms, "∝ 1/‖W‖", "series:1"),
            ),
            x_label="‖W‖",
            log_x=True,
            log_y=True,
            title="Gradient",
        ),
        Curves(
            (dots(norms, np.maximum(changes, 1e-17), "relative change of the output", "series:0"),),
            x_label="‖W‖",
            log_x=True,
            log_y=True,
            title="Output",
        ),
    )
    slope = float(np.polyfit(np.log(norms), np.log(turns), 1)[0])
    verdict = (
        f"Scaling the weights of {node.label} from 1/{params.largest:g} to {params.largest:g} times changes the output by at most "
        f"{short(float(changes.max()), 2)} of its size (what is left is the ε in the normalization), but the effective learning rate by a "
        f"power of {slope:.2f} of their norm (theory: −2)."
    )
    facts = (("node", node.label), ("‖W‖", short(_norm(original))), ("slope", f"{slope:.3f}"))
    numbers = {"norms": norms, "angles": turns, "gradients": gradients, "changes": changes, "slope": slope}
    return Outcome("Weight scale behind batch norm", verdict, figures, facts, numbers)


def _chosen(project: Project, name: str, bench: Bench) -> Node:
    """The node whose weights are scaled: it feeds a normalization."""
    graph = project.flat
    fit = [
        graph.nodes[wire.source.node]
        for wire in graph.all_wires()
        if (spec := bench.registry.layer(graph.nodes[wire.target.node].type)) is not None
        and spec.category == "normalization"
    ]
    fit = [node for node in fit if (spec := bench.registry.layer(node.type)) is not None and spec.category == "weights"]
    found = next((node for node in fit if name in {"", node.id, node.label}), None)
    if found is None:
        message = (
            f"{name or 'No node'} with weights does not feed a normalization."
            if name
            else "No node with weights feeds a normalization."
        )
        remedy = (
            f"Such nodes: {', '.join(node.label for node in fit)}."
            if fit
            else "Put a Batch norm behind a Linear or Conv."
        )
        raise NNStudioError(Problem("experiment.normalization", message, remedy=remedy, param="node", place="run"))
    return found


def _weight(subject: Subject, node: Node) -> nn.Parameter:
    name = subject.compiled.plan.nodes[node.id].name
    return next(parameter for parameter in parameters_of(subject.module, name) if parameter.dim() >= 2)


def _output(subject: Subject, batch: Batch) -> Tensor:
    with torch.no_grad():
        return subject.network.outputs(batch[0])[subject.network.main.output].clone()


def _scaled(
    subject: Subject, batch: Batch, weight: nn.Parameter, value: Tensor, rate: float
) -> tuple[Tensor, float, float]:
    """(output, ‖∂L/∂W‖, angle between W and W − η ∂L/∂W) with `value` as the weights."""
    with torch.no_grad():
        weight.copy_(value)
    gradient = torch.autograd.grad(subject.loss(batch), weight)[0]
    moved = (value - rate * gradient).reshape(-1)
    own = value.reshape(-1)
    across = moved - own * (moved @ own) / (own @ own)
    angle = math.atan2(_norm(across), float(moved @ own) / _norm(own))
    return _output(subject, batch), _norm(gradient), angle


def _norm(values: Tensor) -> float:
    return math.sqrt(float(values.square().sum()))
