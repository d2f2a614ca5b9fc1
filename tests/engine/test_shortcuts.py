"""Each rule says what torch's own kernel says, or nothing: held against the meta kernels on arguments of every sort, unfit ones included."""

from typing import Any

import hypothesis.strategies as st
import torch
from hypothesis import given, settings

from nnstudio.engine.shortcuts import RULES, aten

axes = st.integers(1, 3)
small = st.integers(1, 9)


def meta(*shape, dtype=torch.float32):
    return torch.empty(shape, dtype=dtype, device="meta")


def described(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return tuple(value.shape), value.dtype
    return [described(each) for each in value if each is not None]


def agree(op, *args, **named) -> bool:
    """Where the rule answers, torch answers the same. Returns whether it answered."""
    answer = RULES[op](*args, **named)
    if answer is NotImplemented:
        return False
    assert described(answer) == described(op(*args, **named))
    return True


shapes = st.lists(small, min_size=1, max_size=4).map(tuple)


def similar(draw, shape):
    """The same shape, or nearly."""
    changed = draw(st.none() | st.tuples(st.integers(0, len(shape) - 1), small))
    return shape if changed is None else (*shape[: changed[0]], changed[1], *shape[changed[0] + 1 :])


@settings(max_examples=60, deadline=None)
@given(st.data(), shapes)
def test_element_by_element(data, shape):
    x = meta(*shape, dtype=data.draw(st.sampled_from([torch.float32, torch.float64, torch.int64, torch.bool])))
    y = meta(*similar(data.draw, shape))
    for op in (aten.relu, aten.tanh, aten.sigmoid, aten.exp, aten.square):
        try:
            agree(op, x)
        except (RuntimeError, NotImplementedError):
            assert not x.is_floating_point()
    for op in (aten.add, aten.mul, aten.sub, aten.div):
        answer = RULES[op](x, y)
        assert answer is NotImplemented or agree(op, x, y)
    if shape == y.shape:
        assert agree(aten.mse_loss, meta(*shape), y)
        assert agree(aten.huber_loss, meta(*shape), y)


@settings(max_examples=60, deadline=None)
@given(shapes, st.lists(st.integers(-5, 5), min_size=1, max_size=3), st.booleans())
def test_over_axes(shape, dim, keepdim):
    for op in (aten.mean, aten.amax):
        agree(op, meta(*shape), dim, keepdim)
    for axis in dim:
        agree(aten._softmax, meta(*shape), axis, False)
    assert agree(aten.mean, meta(*shape))


@settings(max_examples=150, deadline=None)
@given(st.data(), axes, st.booleans())
def test_convolutions(data, axes, transposed):
    def sizes(low, high):
        return data.draw(st.lists(st.integers(low, high), min_size=axes, max_size=axes))

    groups = data.draw(st.integers(1, 3))
    channels_in, channels_out = groups * data.draw(st.integers(1, 3)), groups * data.draw(st.integers(1, 3))
    kernel = sizes(1, 5)
    stride, dilation = sizes(1, 3), sizes(1, 2)
    first, second = (channels_in, channels_out // groups) if transposed else (channels_out, channels_in // groups)
    more = [data.draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation, strict=True)]
    agree(
        aten.convolution,
        meta(7, channels_in, *sizes(1, 9)),
        meta(first, second, *kernel),
        meta(channels_out),
        stride,
        sizes(0, 3),
        dilation,
        transposed,
        more if transposed else [0] * axes,
        groups,
    )


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(2, 3), st.booleans())
def test_pools(data, axes, ceil):
    def sizes(low, high):
        return data.draw(st.lists(st.integers(low, high), min_size=axes, max_size=axes))

    x = meta(7, 3, *sizes(1, 9))
    kernel, stride, padding, dilation = sizes(1, 5), sizes(1, 4), sizes(0, 3), sizes(1, 3)
    largest = {2: aten.max_pool2d_with_indices, 3: aten.max_pool3d_with_indices}[axes]
    average = {2: aten.avg_pool2d, 3: aten.avg_pool3d}[axes]
    adaptive = {2: aten._adaptive_avg_pool2d, 3: aten._adaptive_avg_pool3d}[axes]
    agree(largest, x, kernel, stride, padding, dilation, ceil)
    agree(average, x, kernel, stride, padding, ceil)
    assert agree(adaptive, x, sizes(1, 6))


@settings(max_examples=60, deadline=None)
@given(st.data(), shapes)
def test_normalizations_and_joins(data, shape):
    x = meta(7, *shape)
    channels = data.draw(st.sampled_from([shape[0], shape[0] + 1]))
    if len(shape) == 3:
        groups = data.draw(st.integers(1, 4))
        agree(aten.native_group_norm, x, meta(shape[0]), None, 7, shape[0], shape[1] * shape[2], groups, 1e-5)
    weights = [meta(channels) for _ in range(4)]
    agree(aten.native_batch_norm, x, *weights, True, 0.1, 1e-5)
    agree(aten.native_batch_norm, x, None, None, None, None, True, 0.1, 1e-5)
    own = data.draw(st.integers(1, len(shape)))
    assert agree(aten.native_layer_norm, x, list(shape[-own:]), meta(*shape[-own:]), None, 1e-5)
    agree(aten.cat, [x, meta(7, *similar(data.draw, shape))], data.draw(st.integers(0, len(shape))))


def test_products_and_lookups():
    assert agree(aten.mm, meta(3, 4), meta(4, 5))
    assert agree(aten.addmm, meta(5), meta(3, 4), meta(4, 5))
    assert agree(aten.embedding, meta(9, 3), meta(7, 5, dtype=torch.int64))
    assert agree(aten.nll_loss_forward, meta(7, 5), meta(7, dtype=torch.int64), None, 1, -100)
    assert agree(aten.binary_cross_entropy_with_logits, meta(7, 5), meta(7, 5))
    for unfit in ((aten.mm, meta(3, 4), meta(5, 5)), (aten.addmm, meta(1), meta(3, 4), meta(4, 5))):
        assert not agree(*unfit)


def test_the_plain_cases_are_answered():
    """Without this, a rule that always leaves it to torch would pass."""
    assert agree(aten.relu, meta(3, 4))
    assert agree(aten.add, meta(3, 4), meta(3, 4))
    assert agree(aten.cat, [meta(3, 4), meta(3, 5)], 1)
    assert agree(aten.native_batch_norm, meta(7, 4), *(meta(4) for _ in range(4)), True, 0.1, 1e-5)
    assert agree(aten.native_group_norm, meta(7, 4, 3), meta(4), meta(4), 7, 4, 3, 2, 1e-5)
    assert agree(aten.max_pool2d_with_indices, meta(7, 4, 6, 6), [2, 2])
    assert agree(aten.avg_pool2d, meta(7, 4, 6, 6), [2, 2], [1, 1], [1, 1], True)
    for transposed, weight in ((False, meta(8, 4, 3, 3)), (True, meta(4, 8, 3, 3))):
        args = (meta(7, 4, 6, 6), weight, meta(8), [1, 1], [0, 0], [1, 1], transposed, [0, 0], 1)
        assert agree(aten.convolution, *args)
