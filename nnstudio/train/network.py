"""The compiled network as training sees it: from a batch to outputs and loss, and what the outputs mean."""

from collections.abc import Callable, Sequence

import torch

from nnstudio.engine.compile import Compiled

Tensors = tuple[torch.Tensor, ...]
Forward = Callable[..., torch.Tensor | Tensors]

PRECISIONS = {"bfloat16": torch.bfloat16, "float16": torch.float16}


class Network:
    """A compiled network. Where it has several losses, the first one (`main`) says what its predictions are.

    precision: of the forward pass ("float32", or autocast to "bfloat16" or "float16"; outputs are float32 again); compile: training's
    forward pass goes through torch.compile.
    """

    def __init__(self, compiled: Compiled, *, precision: str = "float32", compile: bool = False) -> None:
        # Plain attributes: these are read at every step.
        self.compiled = compiled
        self.module = compiled.module
        self.main = compiled.losses[0]
        self._forward: Forward = self.module
        if compile:
            self._forward = _when_training(self.module, torch.compile(self.module))  # pyright: ignore[reportUnknownMemberType]
        if precision in PRECISIONS:
            self._forward = _autocast(self._forward, PRECISIONS[precision])
        self._loss = compiled.loss
        self._target = compiled.targets.index(self.main.target_field) if self.main.target_field else None
        self._classes = self.main.spec.target == "class"

    def outputs(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """What the module returns, as a tuple."""
        result = self._forward(*inputs)
        return result if isinstance(result, tuple) else (result,)

    def loss(self, outputs: Tensors, targets: Tensors) -> torch.Tensor:
        """The sum of the graph's losses, each the mean over the batch."""
        return self._loss(*outputs, *targets)

    def compared(self, outputs: Tensors, targets: Tensors) -> tuple[torch.Tensor, torch.Tensor]:
        """(output, target) of the main loss; where the target is shares of classes, the class of the largest."""
        target = outputs[self.main.target_output] if self._target is None else targets[self._target]
        if self._classes and target.is_floating_point():
            target = target.argmax(1)
        return outputs[self.main.output], target

    def losses(self, outputs: Tensors, targets: Tensors) -> torch.Tensor:
        """Each sample's own loss."""

        def one(*values: torch.Tensor) -> torch.Tensor:
            return self._loss(*(value.unsqueeze(0) for value in values))

        try:
            return torch.vmap(one)(*outputs, *targets)
        except RuntimeError:  # a loss that decides by its values cannot be mapped
            return torch.stack([one(*sample) for sample in zip(*outputs, *targets, strict=True)])

    def predicted(self, output: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(predictions, confidence in each where it has one) from the main loss's output."""
        match self.main.spec.decode:
            case "argmax":
                share, index = torch.softmax(output, 1).max(1)
                return index, share
            case "sigmoid":
                share = torch.sigmoid(output)
                return (output >= 0).long(), torch.maximum(share, 1 - share)
            case _:
                return output, None


def _when_training(module: torch.nn.Module, compiled: Forward) -> Forward:
    """Looks in evaluation mode take the module itself: they come in other sizes, and each would be compiled anew."""
    return lambda *inputs: compiled(*inputs) if module.training else module(*inputs)


def _autocast(forward: Forward, dtype: torch.dtype) -> Forward:
    def call(*inputs: torch.Tensor) -> torch.Tensor | Tensors:
        with torch.autocast(inputs[0].device.type, dtype):
            result = forward(*inputs)
        outputs = result if isinstance(result, tuple) else (result,)
        outputs = tuple(output.float() if output.is_floating_point() else output for output in outputs)
        return outputs if isinstance(result, tuple) else outputs[0]

    return call
