"""Where on a card do wires end? Qt-free."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from nnstudio.project.graph import Slot, Source
from nnstudio.specs import LayerSpec, Port

PITCH = 15.0  # least distance between two anchors
SPARE_FROM_BOTTOM = 10.0


class Anchor(NamedTuple):
    """One place for a wire: `y` from the card's top. spare: nothing need end here (an optional port, or one more wire of a `many` port)."""

    port: str
    order: int
    y: float
    spare: bool = False


class Anchors(NamedTuple):
    """The anchors of a card, and how high they make it."""

    height: float
    inputs: tuple[Anchor, ...]
    outputs: tuple[Anchor, ...]

    def input_y(self, port: str, order: int) -> float:
        return next((anchor.y for anchor in self.inputs if anchor[:2] == (port, order)), self.height / 2)

    def output_y(self, port: str) -> float:
        return next((anchor.y for anchor in self.outputs if anchor.port == port), self.height / 2)


def anchors_of(spec: LayerSpec | None, wired: Iterable[Slot], sources: Iterable[Source], height: float) -> Anchors:
    """The anchors of a node of `spec` (None: of an unknown type, whose ports are those that wires name)."""
    ends = tuple(sorted({(slot.port, slot.order) for slot in wired}))
    if spec is None:
        inputs = tuple(Port(name, many=True, optional=True) for name in sorted({port for port, _ in ends}))
        outputs = tuple(sorted({source.port for source in sources}))
        return _anchors(inputs or (Port("input", optional=True),), outputs or ("output",), ends, height)
    return _anchors(spec.inputs, tuple(port.name for port in spec.outputs), ends, height)


@lru_cache(maxsize=4096)
def _anchors(
    inputs: tuple[Port, ...],
    outputs: tuple[str, ...],
    wired: tuple[tuple[str, int], ...],
    height: float,
) -> Anchors:
    main: list[tuple[str, int]] = []
    spare: list[tuple[str, int]] = []
    for port in inputs:
        orders = [order for name, order in wired if name == port.name]
        main += [(port.name, order) for order in orders]
        if port.many and orders:
            spare.append((port.name, orders[-1] + 1))
        elif not orders:
            (spare if port.optional and len(inputs) > 1 else main).append((port.name, 0))
    high = max(height, _room(len(main), bool(spare)), _room(len(outputs), False))
    placed = [Anchor(port, order, y) for (port, order), y in zip(main, _spread(len(main), high), strict=True)]
    for index, (port, order) in enumerate(spare):
        placed.append(Anchor(port, order, high - SPARE_FROM_BOTTOM - PITCH * (len(spare) - 1 - index), spare=True))
    out = tuple(Anchor(name, 0, y) for name, y in zip(outputs, _spread(len(outputs), high), strict=True))
    return Anchors(high, tuple(placed), out)


def _room(count: int, spare: bool) -> float:
    pitch = SPARE_FROM_BOTTOM + PITCH if spare and count > 1 else PITCH
    return math.ceil(pitch * (count + 1) / 8) * 8.0 if count > 2 else 0.0


def _spread(count: int, height: float) -> Sequence[float]:
    return [height * (index + 1) / (count + 1) for index in range(count)]
