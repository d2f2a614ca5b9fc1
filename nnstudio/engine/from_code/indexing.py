"""Which layers take parts out of a tensor: `x[:, -1]`, `x[..., 2:5]`, `x[:, :, None]`, chunk, split and unbind?"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from nnstudio.engine.from_code.arithmetic import Draw
from nnstudio.engine.from_code.drawing import Flow
from nnstudio.engine.from_code.shapes import Shapes
from nnstudio.engine.from_code.values import Pieces

PARTED = frozenset({"chunk", "split", "unbind"})
WHOLE = slice(None)
_SIZES = ("chunks", "split_size", "split_size_or_sections", "split_sizes")
MOST_PIECES = 1000


class Indexing:
    def __init__(self, draw: Draw, shapes: Shapes) -> None:
        self._draw, self._shapes = draw, shapes

    # ── x[…] ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def part(self, flow: Flow, keys: Sequence[Any], line: int) -> Flow | None:
        """`flow[keys]`: slices first, then places chosen, whose axes go, then axes put in; None where layers cannot say it."""
        at = [place for place, key in enumerate(keys) if key is ...]
        front = list(keys[: at[0]] if at else keys)
        back = list(keys[at[0] + 1 :]) if at else []
        if len(at) > 1 or (front and front[0] != WHOLE) or not (front or at):
            return None
        if not all(_is_plain(key) for key in (*front, *back)):
            return None
        for axis, key in (*_axes(front), *_axes_from_the_end(back)):
            if isinstance(key, slice) and key != WHOLE:
                cut = self._cut(flow, axis, cast("slice[Any, Any, Any]", key), line)
                if cut is None:
                    return None
                flow = cut
        places = [
            (axis, key) for axis, key in _axes(front) if type(key) is int
        ]  # the last first: the others keep their axes
        for axis, key in (*reversed(places), *_axes_from_the_end(back)):
            if type(key) is int:
                flow = self._draw("nnstudio.select", [flow], line, {"dim": axis, "index": key})
        return self._with_new_axes(flow, front, back, line)

    def _with_new_axes(self, flow: Flow, front: Sequence[Any], back: Sequence[Any], line: int) -> Flow:
        """`None` among the keys: where it stands among the axes that come out."""
        staying = [key for key in front if type(key) is not int]
        for axis, key in enumerate(staying):
            if key is None:
                flow = self._draw("nnstudio.unsqueeze", [flow], line, {"dim": axis})
        staying = [key for key in back if type(key) is not int]
        for behind, key in enumerate(reversed(staying), 1):
            if key is None:
                flow = self._draw("nnstudio.unsqueeze", [flow], line, {"dim": -behind})
        return flow

    def _cut(self, flow: Flow, axis: int, key: "slice[Any, Any, Any]", line: int) -> Flow | None:
        """`2:5`; `1:` and `-3:` need not know the size."""
        start, stop = key.start or 0, key.stop
        size = self._shapes.size(flow, axis)
        if key.step not in (None, 1):
            return None
        if size is not None:
            first, last, _ = key.indices(size)
            if first >= last:
                return None
            if stop is not None or first == 0:
                start, stop = first, last
            if (first, last) == (0, size):
                return flow
        elif stop is not None and (start < 0) != (stop < 0):
            return None  # `:-1`: how long that is, the size alone says
        if stop is not None and start >= stop:
            return None
        return self.slice(flow, axis, start, None if stop is None else stop - start, line)

    def slice(self, flow: Flow, axis: int, start: int, length: int | None, line: int) -> Flow:
        return self._draw("nnstudio.slice", [flow], line, {"dim": axis, "start": start, "length": length})

    # ── chunk, split, unbind ──────────────────────────────────────────────────────────────────────────────────────────

    def parted(
        self, name: str, flow: Flow, arguments: Sequence[Any], keywords: Mapping[str, Any], line: int
    ) -> Pieces | None:
        """`chunk(4, dim=1)`, `split([8, 8], 1)`, `unbind(2)`: pieces, each a layer as soon as it is used."""
        how: Any = arguments[0] if arguments else next((keywords[word] for word in _SIZES if word in keywords), 0)
        rest = arguments if name == "unbind" else arguments[1:]
        axis: Any = rest[0] if rest else keywords.get("dim", 0)
        if type(axis) is not int or axis == 0:
            return None
        size = self._shapes.size(flow, axis)
        if name == "unbind":
            return Pieces(flow, axis, line, count=size)
        if isinstance(how, list | tuple):
            sizes = list(cast("Sequence[Any]", how))
        elif type(how) is not int or how < 1:
            return None
        elif name == "chunk":
            count = how if size is None else -(-size // -(-size // how))  # of very small ones there are fewer
            return Pieces(flow, axis, line, count=count, chunks=how)
        elif size is None:
            return Pieces(flow, axis, line, each=how)
        else:
            sizes = [min(how, size - start) for start in range(0, size, how)]
        if not sizes or not all(type(each) is int and each > 0 for each in sizes):
            return None
        spans = tuple((sum(sizes[:place]), each) for place, each in enumerate(sizes))
        return Pieces(flow, axis, line, count=len(spans), spans=spans)

    def pieces(self, whole: Pieces, count: int | None = None) -> list[Flow] | None:
        """All of them; None where it is not known how many there are. count: how many the text takes."""
        many = count if count is not None else whole.count
        if many is None or many > MOST_PIECES or (whole.count is not None and many > whole.count):
            return None
        return [self.piece(whole, place, last=place == many - 1) for place in range(many)]

    def piece(self, whole: Pieces, place: int, *, last: bool = False) -> Flow:
        """One of them. last: none comes behind it, so that it goes on to the end. Raises LookupError."""
        if whole.count is not None:
            place = range(whole.count)[place]
        if whole.spans:
            return self.slice(whole.flow, whole.axis, *whole.spans[place], whole.line)
        if whole.chunks:
            params = {"chunks": whole.chunks, "index": place, "dim": whole.axis}
            return self._draw("nnstudio.chunk", [whole.flow], whole.line, params)
        if whole.each:
            start = place * whole.each
            length = None if last or place == -1 else whole.each
            return self.slice(whole.flow, whole.axis, start, length, whole.line)
        return self._draw("nnstudio.select", [whole.flow], whole.line, {"dim": whole.axis, "index": place})


def _is_plain(key: Any) -> bool:
    """A place, a new axis, or a slice between whole numbers."""
    if isinstance(key, slice):
        ends = cast("slice[Any, Any, Any]", key)
        return all(end is None or type(end) is int for end in (ends.start, ends.stop, ends.step))
    return key is None or type(key) is int


def _axes(keys: Sequence[Any]) -> list[tuple[int, Any]]:
    """What is said of each axis, counted from the batch."""
    return list(enumerate(key for key in keys if key is not None))


def _axes_from_the_end(keys: Sequence[Any]) -> list[tuple[int, Any]]:
    said = [key for key in keys if key is not None]
    return [(place - len(said), key) for place, key in enumerate(said)]
