"""Muon: the momentum of a matrix, made orthogonal. The class stands alone: its source is written into the exported script."""

from collections.abc import Callable, Iterable
from typing import Any

import torch

# pyright: reportIncompatibleMethodOverride=false, reportUnknownMemberType=false, reportUnknownVariableType=false


class Muon(torch.optim.Optimizer):
    """Muon for weights of two axes or more (a kernel counts as a matrix of out × the rest), AdamW for all others.

    Matrices: v ← μv + (1 − μ)g, u = μv + (1 − μ)g (Nesterov) or v, θ ← (1 − ηλ)θ − η √max(1, rows/columns) · NS(u), where NS takes
    u/‖u‖ five times through aX + (bXXᵀ + c(XXᵀ)²)X: all singular values come near 1. In the weights' own precision.
    Others: AdamW with the rate `lr · adam_lr`.
    """

    def __init__(
        self,
        params: "Iterable[torch.Tensor]",
        lr: float = 0.02,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_steps: int = 5,
        weight_decay: float = 0.0,
        adam_lr: float = 0.05,
        betas: tuple[float, float] = (0.9, 0.95),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "nesterov": nesterov,
                "ns_steps": ns_steps,
                "weight_decay": weight_decay,
                "adam_lr": adam_lr,
                "betas": betas,
                "eps": eps,
            },
        )

    @torch.no_grad()
    def step(self, closure: "Callable[[], float] | None" = None) -> "float | None":
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                weight.mul_(1 - group["lr"] * group["weight_decay"] * (1 if weight.dim() >= 2 else group["adam_lr"]))
                if weight.dim() >= 2:
                    self._orthogonal_step(weight, group)
                else:
                    self._adam_step(weight, group)
        return loss

    def _orthogonal_step(self, weight: torch.Tensor, group: "dict[str, Any]") -> None:
        state, momentum = self.state[weight], group["momentum"]
        if not state:
            state["velocity"] = torch.zeros_like(weight)
        gradient = weight.grad
        assert gradient is not None
        velocity = state["velocity"].lerp_(gradient, 1 - momentum)
        update = gradient.lerp(velocity, momentum) if group["nesterov"] else velocity
        matrix = update.flatten(1)
        scale = max(1.0, matrix.size(0) / matrix.size(1)) ** 0.5
        step = self._orthogonal(matrix, group["ns_steps"]).view_as(weight)
        weight.add_(step, alpha=-group["lr"] * scale)

    def _orthogonal(self, matrix: torch.Tensor, steps: int) -> torch.Tensor:
        """Nearly UVᵀ of the matrix UΣVᵀ, by a quintic iteration (K. Jordan's coefficients)."""
        wide = matrix.size(0) <= matrix.size(1)
        x = matrix if wide else matrix.T
        x = x / x.norm().clamp(min=1e-7)
        for _ in range(steps):
            gram = x @ x.T
            x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
        return x if wide else x.T

    def _adam_step(self, weight: torch.Tensor, group: "dict[str, Any]") -> None:
        state, (beta1, beta2) = self.state[weight], group["betas"]
        if not state:
            state["step"] = torch.zeros(())
            state["m"], state["v"] = torch.zeros_like(weight), torch.zeros_like(weight)
        state["step"] += 1
        t = state["step"].item()
        m = state["m"].lerp_(weight.grad, 1 - beta1) / (1 - beta1**t)
        v = state["v"].mul_(beta2).addcmul_(weight.grad, weight.grad, value=1 - beta2) / (1 - beta2**t)
        weight.addcdiv_(m, v.sqrt().add_(group["eps"]), value=-group["lr"] * group["adam_lr"])
