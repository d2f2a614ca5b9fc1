"""Penalties on the weights. Each function stands alone: its source is written into the exported script."""

import torch


def l1(weights: list[torch.Tensor], *, strength: float) -> torch.Tensor:
    """λ Σ |w|"""
    return strength * torch.stack([weight.abs().sum() for weight in weights]).sum()


def l2(weights: list[torch.Tensor], *, strength: float) -> torch.Tensor:
    """(λ/2) Σ w²"""
    return strength / 2 * torch.stack([weight.square().sum() for weight in weights]).sum()


def elastic_net(weights: list[torch.Tensor], *, strength: float, l1_ratio: float) -> torch.Tensor:
    """λ (r Σ |w| + (1 − r)/2 Σ w²)"""
    absolute = torch.stack([weight.abs().sum() for weight in weights]).sum()
    squared = torch.stack([weight.square().sum() for weight in weights]).sum()
    return strength * (l1_ratio * absolute + (1 - l1_ratio) / 2 * squared)


def group_lasso(weights: list[torch.Tensor], *, strength: float) -> torch.Tensor:
    """λ Σ √n ‖w‖ over the units' weight vectors w of n weights."""
    norms: list[torch.Tensor] = []
    for weight in weights:
        squares = weight.flatten(1).square().sum(1).clamp(min=1e-30)  # the root of 0 has no slope
        norms.append(squares.sqrt().sum() * weight[0].numel() ** 0.5)
    return strength * torch.stack(norms).sum()


def orthogonality(weights: list[torch.Tensor], *, strength: float) -> torch.Tensor:
    """λ Σ ‖W Wᵀ − I‖², rows or columns, whichever are fewer."""
    squared: list[torch.Tensor] = []
    for weight in weights:
        rows = weight.flatten(1)
        rows = rows if len(rows) <= rows.shape[1] else rows.T
        identity = torch.eye(len(rows), dtype=rows.dtype, device=rows.device)
        squared.append((rows @ rows.T - identity).square().sum())
    return strength * torch.stack(squared).sum()


def tying(weights: dict[str, torch.Tensor], *, a: str, b: str, strength: float) -> torch.Tensor:
    """(λ/2) Σ ‖w_a − w_b‖²; `a` and `b` name one weight each, or a layer each: then its weights are paired by what follows its name."""
    found: list[dict[str, torch.Tensor]] = []
    for name in (a, b):
        own = {key.removeprefix(name): weight for key, weight in weights.items() if f"{key}.".startswith(f"{name}.")}
        if not own:
            raise ValueError(
                f"there is no weight, and no layer with weights, named {name!r}; there are: {', '.join(weights)}"
            )
        found.append(own)
    first, second = found
    if first.keys() != second.keys():
        raise ValueError(
            f"{a!r} and {b!r} have differently named weights: name one weight of each, such as '{a}.weight'"
        )
    for end, weight in first.items():
        if weight.shape != second[end].shape:
            shapes = " and ".join("×".join(map(str, tensor.shape)) for tensor in (weight, second[end]))
            raise ValueError(f"the weights of {a!r} and {b!r} differ in shape: {shapes}")
    return strength / 2 * torch.stack([(weight - second[end]).square().sum() for end, weight in first.items()]).sum()
