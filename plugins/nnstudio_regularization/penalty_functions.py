"""Penalties on a list of weights. Each function stands alone: its source is written into the exported script."""

import torch


def l1(weights: list[torch.Tensor], *, strength: float) -> torch.Tensor:
    return strength * torch.stack([weight.abs().sum() for weight in weights]).sum()


def l2(weights: list[torch.Tensor], *, strength: float) -> torch.Tensor:
    return strength / 2 * torch.stack([weight.square().sum() for weight in weights]).sum()
