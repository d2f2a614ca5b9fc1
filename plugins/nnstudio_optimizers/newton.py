"""Newton's method for small models. The class stands alone: its source is written into the exported script."""

from collections.abc import Callable, Iterable

import torch

# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false, reportUnknownVariableType=false


class Newton(torch.optim.Optimizer):
    """θ ← θ − η (H + δI)⁻¹ ∇J, H the Hessian of the batch's loss over all weights together.

    n weights cost n backward passes, n² numbers of memory and O(n³) operations a step: more than `max_parameters` are refused.
    A singular H + δI is inverted where it can be (the pseudo-inverse): directions without curvature stay as they are.
    """

    def __init__(
        self,
        params: "Iterable[torch.Tensor]",
        lr: float = 1.0,
        damping: float = 0.0,
        max_parameters: int = 2000,
    ) -> None:
        super().__init__(params, {"lr": lr, "damping": damping, "max_parameters": max_parameters})
        count = sum(weight.numel() for group in self.param_groups for weight in group["params"])
        if count > max_parameters:
            raise ValueError(
                f"Newton's method would need the Hessian of {count:,} weights, {count:,}² numbers, and O(n³) operations"
                f" ({float(count) ** 3:.0e}) at each step; max_parameters is {max_parameters:,}"
            )

    @torch.no_grad()
    def step(self, closure: "Callable[..., torch.Tensor]") -> float:
        weights = [weight for group in self.param_groups for weight in group["params"]]
        with torch.enable_grad():
            loss = closure(backward=False)
            first = torch.autograd.grad(loss, weights, create_graph=True, materialize_grads=True)
            gradient = torch.cat([part.reshape(-1) for part in first])
            rows = [self._row(entry, weights) for entry in gradient]
        hessian = torch.stack(rows)
        hessian.diagonal().add_(self.param_groups[0]["damping"])
        gradient = gradient.detach()
        direction, failed = torch.linalg.solve_ex(hessian, gradient)
        if failed:
            direction = torch.linalg.pinv(hessian, hermitian=True) @ gradient
        at = 0
        for group in self.param_groups:
            for weight in group["params"]:
                weight.sub_(direction[at : at + weight.numel()].view_as(weight), alpha=group["lr"])
                at += weight.numel()
        return loss.item()

    def _row(self, entry: torch.Tensor, weights: "list[torch.Tensor]") -> torch.Tensor:
        """One row of the Hessian: how this entry of the gradient changes with each weight."""
        if not entry.requires_grad:  # linear in all weights
            return torch.cat([torch.zeros_like(weight).reshape(-1) for weight in weights])
        parts = torch.autograd.grad(entry, weights, retain_graph=True, materialize_grads=True)
        return torch.cat([part.reshape(-1) for part in parts])
