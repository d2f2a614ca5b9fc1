"""What stopped the run? A loss that is NaN or infinite, a layer that failed, memory that ran out: named by step and node."""

from collections.abc import Callable, Mapping, Sequence
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

import torch

from nnstudio.problems import Problem
from nnstudio.project.check_graph import titled
from nnstudio.train.entries import failed, memory_ran_out

if TYPE_CHECKING:
    from nnstudio.train.run import Run

REMEDY = "Lower the learning rate, standardize the data, or put a normalization before it."


def not_finite(run: "Run", inputs: Sequence[torch.Tensor], value: float) -> Problem:
    """Names the step and the node: whose gradient, weights or output were the first that are not finite."""
    began = f"The loss is {value} at step {run.step}"
    spoilt = _nodes_where(run, lambda weight: weight)
    if spoilt:  # the step before spoilt the weights: by a gradient, or by too large a stride
        by_gradient = _nodes_where(run, lambda weight: weight.grad)
        node = by_gradient[-1] if by_gradient else spoilt[0]  # backward runs from the end
        words = "{} had a gradient that is not finite in the step before"
        if not by_gradient:
            words = "the step before made weights of {} infinite"
    else:
        node = _first_output(run, inputs)
        words = "{} is the first node whose output is not finite" if node else "{} made it from finite outputs"
        node = node or run.network.main.node
    compiled = run.network.compiled
    name = titled(compiled.graph.nodes[node], compiled.registry.layer(compiled.graph.nodes[node].type))
    return Problem("train.not_finite", f"{began}: {words.format(name)}.", remedy=REMEDY, node=node, place="run")


def failure(run: "Run", error: Exception) -> Problem | None:
    """An exception from inside the network or the optimizer, or for want of memory; None where it is our own mistake."""
    if memory_ran_out(error):
        size = run.course.batch_size(min(run.epoch, run.epochs - 1))
        message = f"Memory on {run.device} ran out at step {run.step}, with a batch of {size}."
        remedy = "Choose a smaller batch, cut it into parts ('accumulate'), or make the network smaller."
        return Problem("train.memory", message, remedy=remedy, param="batch_size", place="recipe")
    if run.network.compiled.node_of(error):
        return run.network.compiled.problem(error)
    if run.project.recipe.compile and _came_through(
        error, lambda names: names.get("__name__", "").startswith(_COMPILER)
    ):
        message = f"The network could not be compiled: {str(error).strip().partition(chr(10))[0]}"
        remedy = "Switch 'compile' off: the numbers are the same without it."
        return Problem("train.compile", message, remedy=remedy, param="compile", place="recipe")
    if _came_through(error, lambda names: names.get("self") is run.optimizer):
        spec = run.registry.optimizers[run.project.recipe.optimizer.type]
        return failed("optimizer", spec.title, spec.optimizer, error)
    return None


_COMPILER = ("torch._dynamo", "torch._inductor")


def _came_through(error: Exception, fits: Callable[[Mapping[str, Any]], bool]) -> bool:
    """Was it raised in a function of whose names (its own, or else those of its module) `fits` is true?"""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return any(fits({**frame.f_globals, **frame.f_locals}) for frame in frames)


def _nodes_where(run: "Run", pick: Callable[[torch.nn.Parameter], torch.Tensor | None]) -> list[str]:
    """The nodes, in the order of the network, that have a parameter of which `pick` is not finite."""
    plan = run.network.compiled.plan
    spoilt = {plan.node_of(name) for name, weight in run.network.module.named_parameters() if not _finite(pick(weight))}
    return [id for id in plan.order if id in spoilt]


def _first_output(run: "Run", inputs: Sequence[torch.Tensor]) -> str | None:
    found: list[str] = []

    def record(node: str, port: str, value: torch.Tensor) -> None:
        if not found and not _finite(value):
            found.append(node)

    with torch.no_grad():
        run.network.compiled.recording_forward(run.network.module, *inputs, record)
    return found[0] if found else None


def _finite(value: torch.Tensor | None) -> bool:
    return value is None or not value.is_floating_point() or bool(torch.isfinite(value).all())
