"""Regularizing layers that torch does not have. Each class stands alone: torch, nn and F are all it needs."""

import torch
import torch.nn.functional as F
from torch import nn


class ClassicDropout(nn.Module):
    """Dropout as first published: values are dropped in training, and all are scaled by 1 − p at test time."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return input * (1 - self.p)
        return input * torch.empty_like(input).bernoulli_(1 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class GaussianNoise(nn.Module):
    """Adds N(0, std²) to each value in training."""

    def __init__(self, std: float = 0.1) -> None:
        super().__init__()
        self.std = std

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        return input + torch.randn_like(input) * self.std if self.training else input

    def extra_repr(self) -> str:
        return f"std={self.std}"


class GaussianDropout(nn.Module):
    """Multiplies each value by N(1, p / (1 − p)) in training: as noisy as dropout, without zeros."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return input
        return input * (1 + torch.randn_like(input) * (self.p / (1 - self.p)) ** 0.5)

    def extra_repr(self) -> str:
        return f"p={self.p}"


class DropConnectLinear(nn.Linear):
    """A linear layer whose weights, not its outputs, are dropped in training; the kept ones are scaled by 1 / (1 − p)."""

    def __init__(
        self, in_features: int, out_features: int, bias: bool = True, p: float = 0.5, per_sample: bool = False
    ) -> None:
        super().__init__(in_features, out_features, bias)  # pyright: ignore[reportUnknownMemberType]
        self.p, self.per_sample = p, per_sample

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not (self.training and self.per_sample):
            return F.linear(input, F.dropout(self.weight, self.p, self.training), self.bias)
        weights = F.dropout(self.weight.expand(len(input), -1, -1), self.p)
        rows = input.reshape(len(input), -1, self.in_features) @ weights.transpose(1, 2)
        output = rows.reshape(*input.shape[:-1], self.out_features)
        return output if self.bias is None else output + self.bias  # pyright: ignore[reportUnnecessaryComparison]

    def extra_repr(self) -> str:
        return f"{super().extra_repr()}, p={self.p}, per_sample={self.per_sample}"


class StochasticDepth(nn.Module):
    """Drops the whole value of a sample with probability p in training; the kept ones are scaled by 1 / (1 − p)."""

    def __init__(self, p: float = 0.2) -> None:
        super().__init__()
        self.p = p

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return input
        kept = input.new_empty(len(input), *[1] * (input.dim() - 1)).bernoulli_(1 - self.p)
        return input * kept.div_(1 - self.p)

    def extra_repr(self) -> str:
        return f"p={self.p}"
