"""Which layers give a tensor other axes, or take a mean, sum or maximum along some: view, permute, transpose, squeeze, mean?"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from nnstudio.engine.from_code.arithmetic import Draw
from nnstudio.engine.from_code.drawing import Flow
from nnstudio.engine.from_code.layers import Unknown
from nnstudio.engine.from_code.shapes import Shapes
from nnstudio.engine.from_code.values import Sizes, listed

POOLS = {"mean": "nnstudio.global_avg_pool", "amax": "nnstudio.global_max_pool"}
"""Where it is taken over all axes behind the channels."""
REDUCED = {"mean": "nnstudio.mean", "sum": "nnstudio.sum", "amax": "nnstudio.amax", "max": "nnstudio.amax"}
_POSITIONS = ((2, 3), (-2, -1), (2, 3, 4), (-3, -2, -1))
"""Axes that are taken for all positions of a picture or a volume, where nothing is known of its shape."""
EXCHANGED = frozenset({"transpose", "swapaxes", "swapdims"})


class Views:
    def __init__(self, draw: Draw, shapes: Shapes, say: Callable[..., None]) -> None:
        self._draw, self._shapes, self._say = draw, shapes, say

    def function(
        self, name: str, flow: Flow, given: Sequence[Any], keywords: Mapping[str, Any], line: int
    ) -> Any | None:
        """given: the arguments behind the tensor. None where it is none of these, or no layer does it so."""
        dims = [*given, *(keywords[key] for key in ("dim", "axis", "dims") if key in keywords)]
        if name in ("view", "reshape"):
            return self._reshaped(flow, [*given, *(keywords[key] for key in ("shape",) if key in keywords)], line)
        if name == "unflatten" and given[:1] == [1] and isinstance(given[-1], list | tuple):
            return self._reshaped(flow, [Sizes(flow, 0), *listed(given[-1])], line)
        if name == "flatten":
            return self._flattened(flow, dims or [keywords.get("start_dim", 0)], keywords, line)
        if name in REDUCED:
            return self._reduced(name, flow, dims, keywords, line)
        if name == "permute":
            return self._permuted(flow, _flat(dims), line)
        if name in EXCHANGED and len(given) == 2 and not keywords:
            return self._draw("nnstudio.transpose", [flow], line, {"dim0": given[0], "dim1": given[1]})
        if name == "squeeze" and not dims:
            return self._squeezed(flow, line)
        return None

    def stacked(self, parts: Sequence[Flow], axis: int, line: int) -> Any | None:
        """`torch.stack(parts, dim=1)`"""
        apart = [self._draw("nnstudio.unsqueeze", [part], line, {"dim": axis}) for part in parts]
        return self._draw("nnstudio.concatenate", apart, line, {"dim": axis}) if None not in apart else None

    # ── shapes ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def _reshaped(self, flow: Flow, sizes: Sequence[Any], line: int) -> Any | None:
        """`view(x.size(0), -1)` and `view(-1, 400)` make vectors; `view(-1, 16, 5, 5)` gives another shape."""
        wanted = _flat(sizes)
        inner = wanted[1:]
        if (
            not inner
            or not _is_batch(wanted[0])
            or not all(type(size) is int or isinstance(size, Sizes | Unknown) for size in inner)
        ):
            return None
        kept = 0
        while kept < len(inner) - 1 and inner[kept] == Sizes(flow, kept + 1):
            kept += 1
        if kept == len(inner) - 1 and not self._mixes(flow, inner if kept == 0 else ()):
            return self._draw("nnstudio.flatten", [flow], line, {"start_dim": kept + 1})
        shape = self._as_numbers(inner)
        if shape is None or self._mixes(flow, shape):
            return None
        return self._draw("nnstudio.reshape", [flow], line, {"shape": shape})

    def _as_numbers(self, sizes: Sequence[Any]) -> list[int] | None:
        """Sizes of tensors as their numbers, best one of them as the −1 that follows from the others; None where they are not known."""
        known = [size if type(size) is int else self._shapes.of(size) for size in sizes]
        open_ones = [place for place, size in enumerate(sizes) if type(size) is not int]
        if -1 not in known and open_ones:
            unknown = [place for place in open_ones if known[place] is None]
            known[unknown[0] if unknown else open_ones[0]] = -1
        return None if None in known else cast("list[int]", known)

    def _mixes(self, flow: Flow, inner: Sequence[Any]) -> bool:
        """Would sizes of one sample, as far as they are known, take values of other samples along, or too few?"""
        count = self._shapes.count(flow)
        if count is None or not inner or not all(type(size) is int for size in inner):
            return False
        wanted = math.prod(size for size in inner if size != -1)
        return wanted == 0 or (count % wanted != 0 if -1 in inner else count != wanted)

    def _permuted(self, flow: Flow, order: Sequence[Any], line: int) -> Any | None:
        if not order or not all(type(axis) is int for axis in order):
            return None
        places = [axis % len(order) for axis in order]
        return self._draw("nnstudio.permute", [flow], line, {"dims": places[1:]}) if places[0] == 0 else None

    def _squeezed(self, flow: Flow, line: int) -> Any | None:
        """Without an axis named: every one of size 1."""
        shape = self._shapes.shape(flow)
        if shape is None:
            return None
        for axis in range(len(shape) - 1, 0, -1):
            if shape[axis] == 1:
                flow = self._draw("nnstudio.squeeze", [flow], line, {"dim": axis})
        return flow

    def _flattened(self, flow: Flow, given: Sequence[Any], keywords: Mapping[str, Any], line: int) -> Any | None:
        """`x.flatten()`, which leaves no batch; from another axis on it is a layer of that name."""
        end = given[1] if len(given) > 1 else keywords.get("end_dim", -1)
        if given[0] != 0 or end != -1:
            return None
        words = "flatten() makes one row of the whole batch; it is drawn as flatten(1), which makes one of each sample"
        self._say(line, words, "Write flatten(1) where that is meant.", code="code.argument")
        return self._draw("nnstudio.flatten", [flow], line)

    # ── along axes ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _reduced(
        self, name: str, flow: Flow, given: Sequence[Any], keywords: Mapping[str, Any], line: int
    ) -> Any | None:
        """`mean([2, 3])`, `sum(-1, keepdim=True)`, `max(dim=1)`, which also gives where."""
        given = list(given)
        keep: Any = keywords.get("keepdim", given.pop() if len(given) > 1 and isinstance(given[-1], bool) else False)
        axes = _flat(given[:1])
        unknown = keywords.keys() - {"dim", "axis", "keepdim", "input"}
        if (
            len(given) != 1
            or not axes
            or unknown
            or not isinstance(keep, bool)
            or not all(type(axis) is int for axis in axes)
        ):
            return None
        if not keep and name in POOLS and self._are_all_positions(flow, axes):
            return self._draw(POOLS[name], [flow], line)
        dim = axes if isinstance(given[0], list | tuple) and len(axes) > 1 else axes[0]
        made = self._draw(REDUCED[name], [flow], line, {"dim": dim, "keepdim": keep})
        return (made, Unknown("the places of the largest")) if name == "max" and made is not None else made

    def _are_all_positions(self, flow: Flow, axes: Sequence[int]) -> bool:
        """Are these all axes behind the channels?"""
        shape = self._shapes.shape(flow)
        if shape is None:
            return tuple(sorted(axes)) in _POSITIONS
        return len(shape) > 2 and sorted(axis % len(shape) for axis in axes) == list(range(2, len(shape)))


def _flat(sizes: Sequence[Any]) -> list[Any]:
    """`view((b, 4))` as `view(b, 4)`."""
    return [*listed(sizes[0])] if len(sizes) == 1 and isinstance(sizes[0], list | tuple) else [*sizes]


def _is_batch(size: Any) -> bool:
    return size == -1 or isinstance(size, Unknown) or (isinstance(size, Sizes) and size.axis == 0)
