"""Noise on what a network gets and on what it is told. Each function stands alone: its source is written into the exported script."""

import torch


def input_noise(batch: torch.Tensor, generator: torch.Generator, *, std: float = 0.1) -> torch.Tensor:
    """x + ε, ε ~ N(0, std²) for each value."""
    return batch + std * torch.randn(batch.shape, generator=generator).to(batch)


def target_noise(
    batch: torch.Tensor, target: torch.Tensor, generator: torch.Generator, *, std: float = 0.1
) -> tuple[torch.Tensor, torch.Tensor]:
    """t + ε, ε ~ N(0, std²) for each value of the target."""
    return batch, target + std * torch.randn(target.shape, generator=generator).to(target)


def label_noise(
    batch: torch.Tensor, target: torch.Tensor, generator: torch.Generator, *, p: float = 0.1
) -> tuple[torch.Tensor, torch.Tensor]:
    """With probability p another class, each alike: the shares turned by 1 … K − 1 places."""
    count, classes = target.shape
    chosen = torch.rand(count, generator=generator) < p
    turn = torch.randint(1, max(classes, 2), (count,), generator=generator) * chosen
    places = (torch.arange(classes) + turn[:, None]) % classes
    return batch, target.gather(1, places.to(target.device))
