"""The compiled network as training sees it: from a batch to outputs and loss, and what the outputs mean."""

from collections.abc import Sequence

import torch

from nnstudio.engine.compile import Compiled

Tensors = tuple[torch.Tensor, ...]


class Network:
    """A compiled network. Where it has several losses, the first one (`main`) says what its predictions are."""

    def __init__(self, compiled: Compiled) -> None:
        # Plain attributes: these are read at every step.
        self.compiled = compiled
        self.module = compiled.module
        self.main = compiled.losses[0]
        self._loss = compiled.loss
        self._target = compiled.targets.index(self.main.target_field) if self.main.target_field else None

    def outputs(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """What the module returns, as a tuple."""
        result: torch.Tensor | Tensors = self.module(*inputs)
        return result if isinstance(result, tuple) else (result,)

    def loss(self, outputs: Tensors, targets: Tensors) -> torch.Tensor:
        """The sum of the graph's losses, each the mean over the batch."""
        return self._loss(*outputs, *targets)

    def compared(self, outputs: Tensors, targets: Tensors) -> tuple[torch.Tensor, torch.Tensor]:
        """(output, target) of the main loss."""
        target = outputs[self.main.target_output] if self._target is None else targets[self._target]
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
