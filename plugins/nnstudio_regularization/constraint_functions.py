"""Projections of a weight in place, unit by unit (the first axis). Each function stands alone: its source is written into the exported script."""

import torch


def max_norm(weight: torch.Tensor, *, max_value: float) -> None:
    """‖w_u‖ ≤ c: longer ones are shortened."""
    norms = weight.flatten(1).square().sum(1).sqrt().view(-1, *[1] * (weight.dim() - 1))
    weight.mul_((max_value / norms).clamp(max=1.0))


def unit_norm(weight: torch.Tensor) -> None:
    """‖w_u‖ = 1; a unit whose weights are all 0 gets equal ones."""
    rows = weight.flatten(1)
    norms = rows.square().sum(1, keepdim=True).sqrt()
    unit = torch.where(norms > 0, rows / norms, rows.shape[1] ** -0.5)
    weight.copy_(unit.view_as(weight))


def min_max_norm(weight: torch.Tensor, *, min_value: float, max_value: float) -> None:
    """a ≤ ‖w_u‖ ≤ c: longer ones are shortened, shorter ones lengthened; a unit whose weights are all 0 gets equal ones."""
    rows = weight.flatten(1)
    norms = rows.square().sum(1, keepdim=True).sqrt()
    unit = torch.where(norms > 0, rows / norms, rows.shape[1] ** -0.5)
    inside = (norms >= min_value) & (norms <= max_value)
    weight.copy_(torch.where(inside, rows, unit * norms.clamp(min_value, max_value)).view_as(weight))


def non_negative(weight: torch.Tensor) -> None:
    """w ≥ 0: negative ones become 0."""
    weight.clamp_(min=0)
