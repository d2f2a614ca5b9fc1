"""What is added to a weight while a batch goes through. Each function stands alone: its source is written into the exported script."""

import torch


def gaussian(weight: torch.Tensor, generator: torch.Generator, *, std: float) -> torch.Tensor:
    """N(0, σ²)"""
    return torch.randn(weight.shape, generator=generator, dtype=weight.dtype).to(weight.device) * std


def relative(weight: torch.Tensor, generator: torch.Generator, *, std: float) -> torch.Tensor:
    """w · N(0, σ²)"""
    return torch.randn(weight.shape, generator=generator, dtype=weight.dtype).to(weight.device) * std * weight.detach()
