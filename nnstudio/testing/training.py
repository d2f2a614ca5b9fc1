"""Do augmentations, clipping, averages, stop rules and batch schedules do what training relies on?"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from nnstudio.params import Params
from nnstudio.plugins import resolve
from nnstudio.specs import AugmentationSpec, AverageParams, AverageSpec, BatchScheduleSpec, GradientSpec, StopSpec
from nnstudio.testing.standing import arguments, checked, stands_alone
from nnstudio.testing.watching import watcher_complaints


def check_augmentation(spec: AugmentationSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It gives as many samples of the same shape, the same for the same generator, and leaves batch and torch's own generator alone."""
    return checked(spec, params, _augmentation)


def check_gradient(spec: GradientSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It works on gradients in place and keeps finite ones finite; the function stands alone."""
    return checked(spec, params, _gradient)


def check_average(spec: AverageSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It moves the average in place between itself and the weight; the function stands alone."""
    return checked(spec, params, _average)


def check_stop(spec: StopSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It gives a text after each epoch whatever the values do, names a value that is not measured, and goes on from its saved attributes."""
    return checked(spec, params, watcher_complaints)


def check_batch_schedule(spec: BatchScheduleSpec, params: Mapping[str, Any] | None = None) -> list[str]:
    """It gives a whole number ≥ 1 for each epoch; the function stands alone and needs no torch."""
    return checked(spec, params, _batch_schedule)


# ── augmentation ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _augmentation(spec: AugmentationSpec, params: Params) -> Iterator[str]:
    function = resolve(spec.function)
    yield from stands_alone(function)
    if unknown := set(spec.kinds) - set(_BATCHES):
        yield f"it is for {', '.join(sorted(unknown))}; there are {', '.join(_BATCHES)}."
        return
    for kind in spec.kinds:
        for batch in _BATCHES[kind]():
            complaint = _augmented(spec, function, dict(params), batch)
            if complaint:
                yield f"a batch of the kind '{kind}', {'×'.join(map(str, batch.shape))}: {complaint}"
                return


_BATCHES = {
    "image": lambda: [torch.rand(6, 3, 16, 16), torch.rand(5, 1, 12, 10), torch.rand(1, 3, 8, 8)],
    "vector": lambda: [torch.randn(6, 5), torch.randn(1, 3)],
    "value": lambda: [torch.randn(6, 1)],
    "array": lambda: [torch.randn(6, 4, 7)],
    "tokens": lambda: [torch.randint(0, 20, (6, 10)), torch.randint(0, 20, (1, 4))],
}


def _augmented(spec: AugmentationSpec, function: Any, given: Mapping[str, Any], batch: Tensor) -> str:
    of_class = "class" in spec.target_kinds
    target = F.one_hot(torch.arange(len(batch)) % 3, 3).float() if of_class else torch.rand(len(batch), 1)
    outside = torch.get_rng_state()
    results: list[tuple[Any, ...]] = []
    for _ in range(2):
        generator = torch.Generator().manual_seed(3)
        values = (batch, target) if spec.targets else (batch,)
        copies = tuple(value.clone() for value in values)
        result = function(*values, generator, **given)
        results.append(tuple(result) if spec.targets else (result,))
        if any(not torch.equal(*pair) for pair in zip(values, copies, strict=True)):
            return "it changes what it is given: work on a copy."
    if not torch.equal(outside, torch.get_rng_state()):
        return "it draws from torch's own generator: draw from `generator` alone."
    samples, *targets = results[0]
    if complaint := _misfit(batch, samples) or "".join(_unfair(target, result, of_class) for result in targets):
        return complaint
    if any(not torch.equal(*pair) for pair in zip(*results, strict=True)):
        return "the same generator gives other samples."
    return ""


def _misfit(batch: Tensor, result: Any) -> str:
    if not isinstance(result, Tensor) or result.shape != batch.shape or result.dtype != batch.dtype:
        shown = f"{result.dtype} of {tuple(result.shape)}" if isinstance(result, Tensor) else type(result).__name__
        return f"it gives {shown}; {batch.dtype} of {tuple(batch.shape)} is needed."
    return "" if torch.isfinite(result.float()).all() else "it gives values that are not finite."


def _unfair(target: Tensor, result: Any, of_class: bool) -> str:
    if not isinstance(result, Tensor) or result.shape != target.shape:
        return "the targets must keep their shape."
    fair = not of_class or ((result >= -1e-6).all() and torch.allclose(result.sum(1), target.sum(1)))
    return "" if fair else "the targets of a sample must stay shares that sum to one."


# ── around a step ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _gradient(spec: GradientSpec, params: Params) -> Iterator[str]:
    function = resolve(spec.function)
    yield from stands_alone(function)
    for scale in (1.0, 1e4, 1e-6, 0.0):
        gradients = [scale * torch.randn(shape) for shape in ((4, 3), (4,), (2, 3, 3, 3), ())]
        same: Sequence[Tensor] = list(gradients)
        if function(gradients, **arguments(spec, params)) is not None or any(
            a is not b for a, b in zip(gradients, same, strict=True)
        ):
            yield "it must change the gradients in place, and give nothing."
            return
        if not all(torch.isfinite(gradient).all() for gradient in gradients):
            yield f"it makes gradients of the size {scale:g} that are not finite."
            return


def _average(spec: AverageSpec, params: AverageParams) -> Iterator[str]:
    function = resolve(spec.function)
    yield from stands_alone(function)
    given = {name: value for name, value in dict(params).items() if name not in AverageParams.model_fields}
    for count in (1, 2, 1000):
        average, weight = torch.randn(4, 3, dtype=torch.float64), torch.randn(4, 3, dtype=torch.float64)
        low, high, before = torch.minimum(average, weight), torch.maximum(average, weight), weight.clone()
        function(average, weight, count, **given)
        if not torch.equal(weight, before):
            yield "it changes the weight: only the average may move."
        if not ((average >= low - 1e-12) & (average <= high + 1e-12)).all():
            yield f"with {count} weights in it, the average leaves the range between itself and the new weight."
            return
        again = weight.clone()
        function(again, weight, count, **given)
        if not torch.allclose(again, weight):
            yield "an average that equals the weight must stay there."
            return


def _batch_schedule(spec: BatchScheduleSpec, params: Params) -> Iterator[str]:
    function = resolve(spec.function)
    yield from stands_alone(function, torch_free=True)
    for epochs in (1, 3, 100):
        for batch_size in (1, 32):
            for epoch in range(epochs):
                size = function(epoch, epochs, batch_size, **dict(params))
                if not isinstance(size, int) or isinstance(size, bool) or size < 1:
                    yield f"in epoch {epoch} of {epochs} it gives {size!r} for {batch_size}; a whole number ≥ 1 is needed."
                    return
