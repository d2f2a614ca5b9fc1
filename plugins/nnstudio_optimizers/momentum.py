"""Gradient descent with a memory: momentum as three textbooks write it, and its decay apart from the gradient (SGDW).

Each class stands alone: its source is written into the exported script.
"""

from collections.abc import Callable, Iterable

import torch

# pyright: reportPrivateUsage=false, reportPrivateImportUsage=false, reportIncompatibleMethodOverride=false


class Momentum(torch.optim.Optimizer):
    """Momentum in one of three forms.

    "velocity": v ← αv − ηg, θ ← θ + v;  "torch": v ← αv + g, θ ← θ − ηv;  "damped": v ← αv − (1 − α)ηg, θ ← θ + v.
    """

    def __init__(
        self,
        params: "Iterable[torch.Tensor]",
        lr: float = 0.01,
        momentum: float = 0.9,
        form: str = "velocity",
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "form": form, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: "Callable[[], float] | None" = None) -> "float | None":
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not weights:
                continue
            gradients = [weight.grad for weight in weights]
            if group["weight_decay"]:
                gradients = torch._foreach_add(gradients, weights, alpha=group["weight_decay"])
            for weight in weights:
                if "velocity" not in self.state[weight]:
                    self.state[weight]["velocity"] = torch.zeros_like(weight)
            velocities = [self.state[weight]["velocity"] for weight in weights]
            lr, momentum = group["lr"], group["momentum"]
            torch._foreach_mul_(velocities, momentum)
            if group["form"] == "torch":
                torch._foreach_add_(velocities, gradients)
                torch._foreach_add_(weights, velocities, alpha=-lr)
            else:
                share = 1 - momentum if group["form"] == "damped" else 1.0
                torch._foreach_add_(velocities, gradients, alpha=-lr * share)
                torch._foreach_add_(weights, velocities)
        return loss


class SGDW(torch.optim.Optimizer):
    """SGD with momentum whose weight decay shrinks the weights themselves: v ← μv + g, θ ← (1 − ηλ)θ − ηv."""

    def __init__(
        self,
        params: "Iterable[torch.Tensor]",
        lr: float = 0.01,
        momentum: float = 0.9,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: "Callable[[], float] | None" = None) -> "float | None":
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if not weights:
                continue
            for weight in weights:
                if "velocity" not in self.state[weight]:
                    self.state[weight]["velocity"] = torch.zeros_like(weight)
            velocities = [self.state[weight]["velocity"] for weight in weights]
            torch._foreach_mul_(velocities, group["momentum"])
            torch._foreach_add_(velocities, [weight.grad for weight in weights])
            torch._foreach_mul_(weights, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_add_(weights, velocities, alpha=-group["lr"])
        return loss
