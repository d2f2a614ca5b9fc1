"""Activations, gradients and weights of a network at its start: is anything vanishing or exploding before the first step?

Source: Glorot & Bengio 2010, section 4: the variances of activations and of back-propagated gradients, layer by layer.
"""

from typing import cast

import torch
from torch import Tensor

from nnstudio.engine.probe import described, parameters_of, weighed
from nnstudio.experiments.bench import Bench, Subject
from nnstudio.project.project import Project
from nnstudio.replies import WeightStats
from nnstudio.replies_experiments import Initial, InitialNode


def initial(project: Project, bench: Bench, samples: int = 0) -> Initial:
    """What every node of the initial network does with the first batch of training, in training mode; nothing is changed by it.

    samples: of the batch (0: the recipe's batch size). Raises NNStudioError where the network cannot be built or run.
    """
    with torch.random.fork_rng():  # pyright: ignore[reportUnknownMemberType]
        subject = bench.subject(project)
        subject.module.train()
        return _look(subject, samples)


def _look(subject: Subject, samples: int) -> Initial:
    compiled, (inputs, targets) = subject.compiled, subject.first_batch(samples)
    seen: dict[str, Tensor] = {}
    ports = {id: next(iter(plan.outputs)) for id, plan in compiled.plan.nodes.items() if plan.outputs}

    def record(node: str, port: str, value: Tensor) -> None:
        if port == ports[node]:
            seen[node] = value

    leaves = [value.requires_grad_() if value.is_floating_point() else value for value in inputs]
    outputs = cast("Tensor | tuple[Tensor, ...]", compiled.recording_forward(subject.module, *leaves, record))
    loss = subject.network.loss(outputs if isinstance(outputs, tuple) else (outputs,), targets)
    reached = {id: value for id, value in seen.items() if value.requires_grad}
    weights = {id: matrices for id in seen if (matrices := _matrices(subject, id))}
    asked = [*reached.values(), *(weight for group in weights.values() for weight in group if weight.requires_grad)]
    found = dict(zip(map(id, asked), torch.autograd.grad(loss, asked, allow_unused=True), strict=True)) if asked else {}

    def slopes(values: list[Tensor]) -> WeightStats | None:
        known = [gradient for value in values if (gradient := found.get(id(value))) is not None]
        return weighed(known) if known else None

    nodes = {
        name: InitialNode(
            described(value.detach(), found.get(id(value))),
            slopes([value]),
            weighed(weights[name]) if name in weights else None,
            slopes(weights.get(name, [])),
        )
        for name, value in seen.items()
    }
    return Initial(nodes, loss.item(), len(inputs[0]))


def _matrices(subject: Subject, node: str) -> list[Tensor]:
    """A node's weights: its parameters of two axes or more."""
    parameters = parameters_of(subject.module, subject.compiled.plan.nodes[node].name)
    return [weight for weight in parameters if weight.dim() >= 2]
