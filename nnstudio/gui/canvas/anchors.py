"""How large is a node drawn, and where on it do wires end? Qt-free."""

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, REROUTE
from nnstudio.project.boxes import snapped
from nnstudio.project.graph import Node, Slot, Source
from nnstudio.specs import LayerSpec, Port

PITCH = 15.0  # least distance between two anchors
SPARE_FROM_BOTTOM = 10.0
PILL_WIDTH = 0.75  # of a card's
LOW_HEIGHT = 0.5  # … and what a node is high that shows its title alone

Form = Literal["card", "collapsed", "pill", "dot"]
"""How a node is drawn: with all that it says; its title alone; the edge of a block; a reroute point."""


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
        for anchor in self.inputs:
            if anchor.order == order and anchor.port == port:
                return anchor.y
        return self.height / 2

    def output_y(self, port: str) -> float:
        for anchor in self.outputs:
            if anchor.port == port:
                return anchor.y
        return self.height / 2


def form_of(node: Node) -> Form:
    if node.type == REROUTE:
        return "dot"
    if node.type in (BLOCK_INPUT, BLOCK_OUTPUT):
        return "pill"
    return "collapsed" if node.collapsed else "card"


def size_of(form: Form, width: float, height: float, dot: float) -> tuple[float, float]:
    """Of a node, as long as its ports do not make it higher. width, height: of a card; dot: of a reroute point."""
    if form == "dot":
        return dot, dot
    low = height - 2 * snapped(
        height * (1 - LOW_HEIGHT) / 2
    )  # so that its port can be level with a card's, both on the grid
    return {"card": (width, height), "collapsed": (width, low), "pill": (PILL_WIDTH * width, low)}[form]


def anchors_of(
    spec: LayerSpec | None, wired: Iterable[Slot], sources: Iterable[Source], height: float, *, merged: bool = False
) -> Anchors:
    """The anchors of a node of `spec` (None: of an unknown type, whose ports are those that wires name). merged: all of a side in one place."""
    ends = tuple(sorted({(slot.port, slot.order) for slot in wired}))
    if spec is None:
        inputs = tuple(Port(name, many=True, optional=True) for name in sorted({port for port, _ in ends}))
        outputs = tuple(sorted({source.port for source in sources}))
        return _anchors(inputs or (Port("input", optional=True),), outputs or ("output",), ends, height, merged)
    return _anchors(spec.inputs, tuple(port.name for port in spec.outputs), ends, height, merged)


@lru_cache(maxsize=4096)
def _anchors(
    inputs: tuple[Port, ...],
    outputs: tuple[str, ...],
    wired: tuple[tuple[str, int], ...],
    height: float,
    merged: bool,
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
    if merged:
        middle = height / 2
        placed = [Anchor(port, order, middle) for port, order in main]
        placed += [Anchor(port, order, middle, spare=True) for port, order in spare]
        return Anchors(height, tuple(placed), tuple(Anchor(name, 0, middle) for name in outputs))
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
