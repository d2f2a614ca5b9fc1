"""Shapes of torch's most frequent operations, answered at once.

torch's own meta kernels for these are written in Python, cost up to 5 ms a call and import sympy and the compiler (2 s) at the first.
A rule here answers only the plain case, exactly as torch would; whatever is unusual or wrong it leaves to torch (`NotImplemented`),
which then says what is wrong. The tests hold every rule against torch's kernel.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

aten = torch.ops.aten

Sizes = Sequence[int]


def _new(like: Tensor, *shape: int, dtype: torch.dtype | None = None) -> Tensor:
    return torch.empty(shape, dtype=dtype or like.dtype, device="meta")


def _same(x: Tensor, *_: Any, **__: Any) -> Any:
    """Element by element, one input."""
    return _new(x, *x.shape) if x.is_floating_point() else NotImplemented


def _in_place(x: Tensor, *others: Any, **_: Any) -> Any:
    fits = all(not isinstance(other, Tensor) or other.shape == x.shape for other in others)
    return x if fits else NotImplemented


def _pair(x: Any, y: Any, *others: Any, **named: Any) -> Any:
    """Element by element, two inputs of the same shape, or one and a number."""
    if others or named or not isinstance(x, Tensor) or not x.is_floating_point():
        return NotImplemented
    if isinstance(y, Tensor):
        return _new(x, *x.shape) if y.shape == x.shape and y.dtype == x.dtype else NotImplemented
    return _new(x, *x.shape)


def _softmax(x: Tensor, dim: int, half_to_float: bool) -> Any:
    return _new(x, *x.shape) if -x.dim() <= dim < x.dim() and not half_to_float else NotImplemented


def _over_axes(x: Tensor, dim: Sizes | None = None, keepdim: bool = False, **named: Any) -> Any:
    if named or not dim or not x.is_floating_point() or not all(-x.dim() <= axis < x.dim() for axis in dim):
        return NotImplemented
    gone = {axis % x.dim() for axis in dim}
    if len(gone) < len(dim):
        return NotImplemented
    return _new(x, *(1 if axis in gone else size for axis, size in enumerate(x.shape) if keepdim or axis not in gone))


def _mean(x: Tensor, *axes: Any, **named: Any) -> Any:
    if axes:
        return _over_axes(x, *axes, **named)
    return _new(x) if x.is_floating_point() and not named else NotImplemented


def _mean_loss(x: Tensor, target: Tensor, *others: Any) -> Any:
    """Losses reduced to their mean, which is what they do unless told otherwise."""
    plain = x.shape == target.shape and x.dtype == target.dtype and x.is_floating_point()
    return _new(x) if plain and all(other is None for other in others[:2]) and len(others) < 3 else NotImplemented


def _plain_loss(x: Tensor, target: Tensor, reduction: int = 1, *_: Any) -> Any:
    return _mean_loss(x, target) if reduction == 1 else NotImplemented


def _nll_loss(x: Tensor, target: Tensor, weight: Any, reduction: int, ignored: int) -> Any:
    plain = x.dim() == 2 and target.shape == x.shape[:1] and target.dtype == torch.int64
    return (_new(x), _new(x)) if plain and weight is None and reduction == 1 else NotImplemented


def _batch_norm(x: Tensor, weight: Any, bias: Any, mean: Any, var: Any, training: bool, *_: Any) -> Any:
    if x.dim() < 2 or not x.is_floating_point():
        return NotImplemented
    channels = x.shape[1]
    if any(each is not None and each.shape != (channels,) for each in (weight, bias, mean, var)):
        return NotImplemented
    kept = channels if training else 0
    return _new(x, *x.shape), _new(x, kept), _new(x, kept)


def _layer_norm(x: Tensor, shape: Sizes, weight: Any, bias: Any, eps: float) -> Any:
    own = tuple(shape)
    if not own or x.shape[-len(own) :] != own or any(each is not None and each.shape != own for each in (weight, bias)):
        return NotImplemented
    statistics = (*x.shape[: -len(own)], *(1 for _ in own))
    return _new(x, *x.shape), _new(x, *statistics), _new(x, *statistics)


def _group_norm(x: Tensor, weight: Any, bias: Any, n: int, channels: int, area: int, groups: int, eps: float) -> Any:
    if channels % groups or x.numel() != n * channels * area or not x.is_floating_point():
        return NotImplemented
    if any(each is not None and each.shape != (channels,) for each in (weight, bias)):
        return NotImplemented
    return _new(x, *x.shape), _new(x, n, groups), _new(x, n, groups)


def _matmul(a: Tensor, b: Tensor) -> Any:
    plain = a.dim() == b.dim() == 2 and a.shape[1] == b.shape[0] and a.dtype == b.dtype
    return _new(a, a.shape[0], b.shape[1]) if plain else NotImplemented


def _addmm(bias: Tensor, a: Tensor, b: Tensor, **named: Any) -> Any:
    plain = not named and b.dim() == 2 and bias.shape == b.shape[1:] and bias.dtype == a.dtype
    return _matmul(a, b) if plain else NotImplemented


def _convolution(
    x: Tensor, weight: Tensor, bias: Tensor | None, stride: Sizes, padding: Sizes, dilation: Sizes,
    transposed: bool, output_padding: Sizes, groups: int,
) -> Any:  # fmt: skip
    axes = x.dim() - 2
    given = (stride, padding, dilation, output_padding)
    if weight.dim() != x.dim() or axes < 1 or any(len(each) != axes for each in given) or x.dtype != weight.dtype:
        return NotImplemented
    channels_in, channels_out = weight.shape[0 if transposed else 1], weight.shape[1 if transposed else 0]
    if x.shape[1] != (channels_in if transposed else channels_in * groups) or min(stride) < 1 or min(padding) < 0:
        return NotImplemented
    sizes: list[int] = []
    for size, kernel, step, pad, gap, more in zip(
        x.shape[2:], weight.shape[2:], stride, padding, dilation, output_padding, strict=True
    ):
        if transposed:
            sizes.append((size - 1) * step - 2 * pad + gap * (kernel - 1) + more + 1)
        else:
            sizes.append((size + 2 * pad - gap * (kernel - 1) - 1) // step + 1)
    channels = channels_out * groups if transposed else channels_out
    return _new(x, x.shape[0], channels, *sizes) if min(sizes) > 0 else NotImplemented


def _pooled(
    x: Tensor, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool, axes: int
) -> Any:
    each = [
        tuple(values) * (axes if len(values) == 1 else 1) for values in (kernel, stride or kernel, padding, dilation)
    ]
    if x.dim() != axes + 2 or not x.is_floating_point() or any(len(values) != axes for values in each):
        return NotImplemented
    sizes: list[int] = []
    for size, k, step, pad, gap in zip(x.shape[2:], *each, strict=True):
        if step < 1 or gap < 1 or pad < 0 or 2 * pad > k:
            return NotImplemented
        span = size + 2 * pad - gap * (k - 1) - 1
        count = (-(-span // step) if ceil_mode else span // step) + 1
        if ceil_mode and (count - 1) * step >= size + pad:
            count -= 1  # the last window would begin in the padding
        sizes.append(count)
    return _new(x, *x.shape[:2], *sizes) if min(sizes) > 0 else NotImplemented


def _max_pool(axes: int) -> Callable[..., Any]:
    def rule(
        x: Tensor, kernel: Sizes, stride: Sizes = (), padding: Sizes = (0,), dilation: Sizes = (1,), ceil: bool = False
    ) -> Any:
        out = _pooled(x, kernel, stride, padding, dilation, ceil, axes)
        return out if out is NotImplemented else (out, _new(x, *out.shape, dtype=torch.int64))

    return rule


def _average_pool(axes: int) -> Callable[..., Any]:
    def rule(
        x: Tensor, kernel: Sizes, stride: Sizes = (), padding: Sizes = (0,), ceil: bool = False, *others: Any
    ) -> Any:
        if axes == 3 and any(size < k for size, k in zip(x.shape[2:], kernel, strict=False)):
            return NotImplemented  # here torch does not count the padding
        return _pooled(x, kernel, stride, padding, (1,), ceil, axes)

    return rule


def _adaptive_pool(x: Tensor, sizes: Sizes) -> Any:
    plain = len(sizes) == x.dim() - 2 and min(sizes) > 0 and x.is_floating_point() and math.prod(x.shape) > 0
    return _new(x, *x.shape[:2], *sizes) if plain else NotImplemented


def _cat(tensors: Sequence[Tensor], dim: int = 0) -> Any:
    first = tensors[0]
    if not 0 <= dim < first.dim() or any(
        each.dtype != first.dtype
        or each.shape[:dim] != first.shape[:dim]
        or each.shape[dim + 1 :] != first.shape[dim + 1 :]
        for each in tensors
    ):
        return NotImplemented
    return _new(first, *first.shape[:dim], sum(each.shape[dim] for each in tensors), *first.shape[dim + 1 :])


def _embedding(weight: Tensor, indices: Tensor, *_: Any) -> Any:
    plain = weight.dim() == 2 and indices.dtype in {torch.int64, torch.int32}
    return _new(weight, *indices.shape, weight.shape[1]) if plain else NotImplemented


_UNARY = "relu tanh sigmoid gelu silu elu leaky_relu softplus hardtanh mish abs neg exp log sqrt square sin cos erf"
_IN_PLACE = "relu_ tanh_ sigmoid_ silu_ elu_ leaky_relu_ mul_ div_ add_ sub_ bernoulli_ uniform_ normal_ clamp_ erfinv_ zero_ fill_"

RULES: dict[Any, Callable[..., Any]] = {
    **{getattr(aten, name): _same for name in _UNARY.split()},
    **{getattr(aten, name): _in_place for name in _IN_PLACE.split()},
    **dict.fromkeys((aten.add, aten.sub, aten.mul, aten.div, aten.maximum, aten.minimum), _pair),
    **dict.fromkeys((aten._softmax, aten._log_softmax), _softmax),
    **dict.fromkeys((aten.mse_loss, aten.huber_loss, aten.smooth_l1_loss), _plain_loss),
    aten.binary_cross_entropy_with_logits: _mean_loss,
    aten.nll_loss_forward: _nll_loss,
    aten.mean: _mean,
    aten.amax: _over_axes,
    aten.native_batch_norm: _batch_norm,
    aten.native_layer_norm: _layer_norm,
    aten.native_group_norm: _group_norm,
    aten.mm: _matmul,
    aten.addmm: _addmm,
    aten.convolution: _convolution,
    aten.max_pool2d_with_indices: _max_pool(2),
    aten.max_pool3d_with_indices: _max_pool(3),
    aten.avg_pool2d: _average_pool(2),
    aten.avg_pool3d: _average_pool(3),
    aten._adaptive_avg_pool2d: _adaptive_pool,
    aten._adaptive_avg_pool3d: _adaptive_pool,
    aten.cat: _cat,
    aten.embedding: _embedding,
}
"""operation → its rule, called with the operation's own arguments"""
