"""An average of the weights over training: what is measured and kept instead of the weights themselves."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from nnstudio.project.project import Entry
from nnstudio.registry import Registry
from nnstudio.specs import AverageParams
from nnstudio.train.entries import find, ready


class Average:
    """Begins as a copy of the parameters and then follows them; the network's buffers stay its own."""

    def __init__(self, entry: Entry, registry: Registry) -> None:
        params = find("average", entry, registry)[1]
        assert isinstance(params, AverageParams)
        self._start, self._every = params.start, params.every
        self._function = ready("average", entry, registry)
        self._pairs: list[tuple[torch.Tensor, nn.Parameter]] = []
        self._count = 0

    @property
    def begun(self) -> bool:
        return bool(self._pairs)

    def begin(self, module: nn.Module, epoch: int, epochs: int) -> None:
        """Before a step: copy the parameters, where it is time and has not been done."""
        if not self._pairs and epoch >= int(self._start * epochs):
            self._pairs = [(parameter.detach().clone(), parameter) for parameter in module.parameters()]
            self._count = 1

    def after_step(self) -> None:
        if self._every == "step":
            self._take()

    def after_epoch(self) -> None:
        if self._every == "epoch":
            self._take()

    def _take(self) -> None:
        if not self._pairs:
            return
        with torch.no_grad():
            for average, parameter in self._pairs:
                self._function(average, parameter, self._count)
        self._count += 1

    @contextmanager
    def in_place(self) -> Generator[None]:
        """With the average in the place of the weights, once it has begun."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def _swap(self) -> None:
        for average, parameter in self._pairs:
            average.data, parameter.data = parameter.data, average.data

    # ── kept in checkpoints ───────────────────────────────────────────────────────────────────────────────────────────

    def state(self) -> Mapping[str, Any]:
        """Beside the average itself, which the network's weights in the checkpoint are."""
        return {"count": self._count, "trained": [parameter.detach() for _, parameter in self._pairs]}

    def set_state(self, state: Mapping[str, Any], module: nn.Module) -> None:
        """`module` has the average as its weights."""
        self._count = state["count"]
        self._pairs = [(parameter.detach().clone(), parameter) for parameter in module.parameters()]
        with torch.no_grad():
            for (_, parameter), trained in zip(self._pairs, state["trained"], strict=True):
                parameter.copy_(trained)
