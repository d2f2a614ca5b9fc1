"""Steps scaled weight by weight, where torch has them not: Adam without its bias correction, and Lion.

Each class stands alone: its source is written into the exported script.
"""

from collections.abc import Callable, Iterable

import torch

# pyright: reportIncompatibleMethodOverride=false


class UncorrectedAdam(torch.optim.Optimizer):
    """Adam with or without the correction of its averages for having started at zero: m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g²."""

    def __init__(
        self,
        params: "Iterable[torch.Tensor]",
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        bias_correction: bool = False,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "bias_correction": bias_correction},
        )

    @torch.no_grad()
    def step(self, closure: "Callable[[], float] | None" = None) -> "float | None":
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["step"] = torch.zeros(())
                    state["m"], state["v"] = torch.zeros_like(weight), torch.zeros_like(weight)
                state["step"] += 1
                t = state["step"].item()
                gradient = weight.grad.add(weight, alpha=group["weight_decay"])
                m = state["m"].mul_(beta1).add_(gradient, alpha=1 - beta1)
                v = state["v"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
                if group["bias_correction"]:
                    m, v = m / (1 - beta1**t), v / (1 - beta2**t)
                weight.addcdiv_(m, v.sqrt().add_(group["eps"]), value=-group["lr"])
        return loss


class Lion(torch.optim.Optimizer):
    """Only the sign of a mix of gradient and momentum: θ ← (1 − ηλ)θ − η sign(β₁m + (1 − β₁)g), m ← β₂m + (1 − β₂)g."""

    def __init__(
        self,
        params: "Iterable[torch.Tensor]",
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: "Callable[[], float] | None" = None) -> "float | None":
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if not state:
                    state["m"] = torch.zeros_like(weight)
                direction = (beta1 * state["m"] + (1 - beta1) * weight.grad).sign_()
                weight.mul_(1 - group["lr"] * group["weight_decay"]).add_(direction, alpha=-group["lr"])
                state["m"].mul_(beta2).add_(weight.grad, alpha=1 - beta2)
        return loss
