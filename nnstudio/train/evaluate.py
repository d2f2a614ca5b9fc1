"""A batch's loss and gradients: forward, penalties, backward, and what is done to the gradients before the optimizer sees them."""

import math
from typing import TYPE_CHECKING, NamedTuple

import torch

from nnstudio.problems import NNStudioError
from nnstudio.train.mishap import not_finite
from nnstudio.train.network import Tensors

if TYPE_CHECKING:
    from nnstudio.train.run import Run


class Evaluated(NamedTuple):
    """total: the loss with the penalties; penalty: their sum, None where there are none; output, target: of the main loss."""

    total: torch.Tensor
    loss: float
    penalty: float | None
    output: torch.Tensor
    target: torch.Tensor


def evaluate(run: "Run", inputs: Tensors, targets: Tensors) -> Evaluated:
    """Put the batch's gradients in place. Raises NNStudioError where the loss is not finite."""
    method = run.method
    before = method.add_noise()
    found = _whole(run, inputs, targets) if method.accumulate == 1 else _in_parts(run, inputs, targets)
    method.take_noise_away(before)
    if run.scaler is not None:
        run.scaler.unscale_(run.optimizer)
    method.edit_gradients()
    return found


def _whole(run: "Run", inputs: Tensors, targets: Tensors) -> Evaluated:
    outputs = run.network.outputs(inputs)
    loss = run.network.loss(outputs, targets)
    value = _finite(run, loss, inputs)
    total, penalty = run.method.with_penalties(loss)
    run.method.clear_gradients()
    _backward(run, total)
    return Evaluated(total, value, penalty, *run.network.compared(outputs, targets))


def _in_parts(run: "Run", inputs: Tensors, targets: Tensors) -> Evaluated:
    """The same gradients with the memory of a part: each part's loss counts by its share of the samples."""
    count, samples = run.method.accumulate, len(inputs[0])
    cut = [values.tensor_split(count) for values in (*inputs, *targets)]
    found: list[Evaluated] = []
    run.method.clear_gradients()
    for part in zip(*cut, strict=True):
        if not len(part[0]):
            continue  # the last batch may have fewer samples than parts
        share = len(part[0]) / samples
        part_inputs, part_targets = part[: len(inputs)], part[len(inputs) :]
        outputs = run.network.outputs(part_inputs)
        loss = run.network.loss(outputs, part_targets)
        value = _finite(run, loss, part_inputs)
        total, penalty = loss * share, None
        if not found:
            total, penalty = run.method.with_penalties(total)
        _backward(run, total)
        compared = run.network.compared(outputs, part_targets)
        found.append(Evaluated(total.detach(), value * share, penalty, *compared))
    return Evaluated(
        torch.stack([part.total for part in found]).sum(),
        sum(part.loss for part in found),
        found[0].penalty,
        torch.cat([part.output.detach() for part in found]),
        torch.cat([part.target for part in found]),
    )


def _finite(run: "Run", loss: torch.Tensor, inputs: Tensors) -> float:
    value = loss.item()
    if not math.isfinite(value):
        raise NNStudioError(not_finite(run, inputs, value))
    return value


def _backward(run: "Run", total: torch.Tensor) -> None:
    if run.scaler is not None:
        total = run.scaler.scale(total)
    total.backward()  # pyright: ignore[reportUnknownMemberType]


class Closure:
    """What an optimizer calls that evaluates the loss itself (see `OptimizerSpec`). first: what the step began with."""

    def __init__(self, run: "Run", inputs: Tensors, targets: Tensors) -> None:
        self.first: Evaluated | None = None
        self._run, self._inputs, self._targets = run, inputs, targets

    @property
    def result(self) -> Evaluated:
        if self.first is None:
            raise RuntimeError("the optimizer took a step without asking for the loss")
        return self.first

    def __call__(self, *, backward: bool = True) -> torch.Tensor:
        with torch.enable_grad():
            if backward:
                found = evaluate(self._run, self._inputs, self._targets)
            else:  # whole and without noise: its graph is still to be used
                outputs = self._run.network.outputs(self._inputs)
                loss = self._run.network.loss(outputs, self._targets)
                total, penalty = self._run.method.with_penalties(loss)
                compared = self._run.network.compared(outputs, self._targets)
                found = Evaluated(total, loss.item(), penalty, *compared)
        if self.first is None:
            self.first = found
        return found.total
