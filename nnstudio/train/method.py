"""What a recipe does in each step beside forward, backward and the optimizer: penalties, weight noise, clipping, constraints."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch

from nnstudio.project.project import Recipe
from nnstudio.registry import Registry
from nnstudio.train.entries import ready, scalar
from nnstudio.train.groups import Settings

Weights = list[torch.Tensor]


class Method:
    """Made anew when the recipe is changed. What is not in the recipe is an empty list or None, and costs a look at it."""

    def __init__(self, recipe: Recipe, registry: Registry, settings: Settings, generator: torch.Generator) -> None:
        self.closure = bool(registry.optimizers[recipe.optimizer.type].closure)
        self.accumulate = recipe.accumulate
        self.trainable: Weights = list(settings.trainable.values())
        self._generator = generator
        self._penalties: list[Callable[[], torch.Tensor]] = []
        for entry, weights in settings.uses("regularizers"):
            penalty = ready("regularizer", entry, registry, "penalty", scalar)
            by_name = registry.regularizers[entry.type].named
            self._penalties.append(partial(penalty, dict(weights) if by_name else list(weights.values())))
        self._gradients = [ready("gradient", entry, registry) for entry in recipe.gradients if entry.enabled]
        self._constraints = _over_weights("constraint", "constraints", registry, settings)
        self._noise = _over_weights("noise", "noise", registry, settings)
        self._noisy: Weights = list({id(weight): weight for _, weights in self._noise for weight in weights}.values())

    def clear_gradients(self) -> None:
        """What `optimizer.zero_grad()` does, at a fortieth of its cost."""
        for parameter in self.trainable:
            parameter.grad = None

    def with_penalties(self, loss: torch.Tensor) -> tuple[torch.Tensor, float | None]:
        """(loss plus the penalties, their sum), or (loss, None) where there are none."""
        if not self._penalties:
            return loss, None
        penalties = [penalty() for penalty in self._penalties]
        return sum(penalties, start=loss), sum(penalty.item() for penalty in penalties)

    def add_noise(self) -> Weights | None:
        """Disturb the weights; gives what they were, None where there is no noise."""
        if not self._noise:
            return None
        with torch.no_grad():
            before = [weight.clone() for weight in self._noisy]
            for noise, weights in self._noise:
                for weight in weights:
                    weight.add_(noise(weight, self._generator))
        return before

    def take_noise_away(self, before: Weights | None) -> None:
        if before is not None:
            with torch.no_grad():
                torch._foreach_copy_(self._noisy, before)  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]

    def edit_gradients(self) -> None:
        """Clipping and its like, over all gradients there are."""
        if not self._gradients:
            return
        gradients = [parameter.grad for parameter in self.trainable if parameter.grad is not None]
        for function in self._gradients:
            function(gradients)

    def constrain(self) -> None:
        """Put the weights back to where they may be."""
        if not self._constraints:
            return
        with torch.no_grad():
            for constraint, weights in self._constraints:
                for weight in weights:
                    constraint(weight)


def _over_weights(
    kind: str, setting: str, registry: Registry, settings: Settings
) -> Sequence[tuple[Callable[..., Any], Weights]]:
    return [(ready(kind, entry, registry), list(weights.values())) for entry, weights in settings.uses(setting)]
