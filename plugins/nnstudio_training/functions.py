"""Clipping and averages. Each function stands alone: its source is written into the exported script."""

import torch

# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false


def clip_norm(gradients: list[torch.Tensor], *, max_norm: float = 1.0) -> None:
    norm = torch.stack(torch._foreach_norm(gradients)).square().sum().sqrt()
    torch._foreach_mul_(gradients, (max_norm / norm).clamp(max=1.0))


def clip_value(gradients: list[torch.Tensor], *, clip_value: float = 1.0) -> None:
    torch._foreach_clamp_min_(gradients, -clip_value)
    torch._foreach_clamp_max_(gradients, clip_value)


def moving_average(
    average: torch.Tensor, weight: torch.Tensor, count: int, *, decay: float = 0.995, warm_up: bool = False
) -> None:
    rate = 1 - decay
    if warm_up:
        rate = max(rate, 1 / (count + 1))
    average.lerp_(weight, rate)


def equal_average(average: torch.Tensor, weight: torch.Tensor, count: int) -> None:
    average.lerp_(weight, 1 / (count + 1))
