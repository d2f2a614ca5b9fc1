"""The compiled network as training sees it: from a batch to outputs and loss, and what the outputs mean."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from nnstudio.engine.compile import Compiled
from nnstudio.engine.interface import LossTerm

Tensors = tuple[torch.Tensor, ...]


@dataclass(frozen=True)
class Network:
    """A compiled network. Where it has several losses, the first one says what its predictions are."""

    compiled: Compiled

    @property
    def module(self) -> nn.Module:
        return self.compiled.module

    @property
    def main(self) -> LossTerm:
        return self.compiled.losses[0]

    @property
    def decode(self) -> str:
        return self.main.spec.decode

    def outputs(self, inputs: Sequence[torch.Tensor]) -> Tensors:
        """What the module returns, as a tuple."""
        result = self.compiled.module(*inputs)
        return result if isinstance(result, tuple) else (result,)

    def loss(self, outputs: Tensors, targets: Tensors) -> torch.Tensor:
        """The sum of the graph's losses, each the mean over the batch."""
        return self.compiled.loss(*outputs, *targets)

    def compared(self, outputs: Tensors, targets: Tensors) -> tuple[torch.Tensor, torch.Tensor]:
        """(output, target) of the main loss."""
        term = self.main
        target = (
            targets[self.compiled.targets.index(term.target_field)]
            if term.target_field
            else outputs[term.target_output]
        )
        return outputs[term.output], target

    def losses(self, outputs: Tensors, targets: Tensors) -> torch.Tensor:
        """Each sample's own loss."""

        def one(*values: torch.Tensor) -> torch.Tensor:
            return self.compiled.loss(*(value.unsqueeze(0) for value in values))

        try:
            return torch.vmap(one)(*outputs, *targets)
        except RuntimeError:  # a loss that decides by its values cannot be mapped
            return torch.stack([one(*sample) for sample in zip(*outputs, *targets, strict=True)])

    def predicted(self, output: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None]:
        """(predictions, confidence in each where it has one) from the main loss's output."""
        match self.decode:
            case "argmax":
                share, index = torch.softmax(output, 1).max(1)
                return index, share
            case "sigmoid":
                share = torch.sigmoid(output)
                return (output >= 0).long(), torch.maximum(share, 1 - share)
            case _:
                return output, None
