"""Where do boxes stand that feed each other? Layered (Sugiyama): each in a layer behind what feeds it, few crossings, straight wires.

`layered_ranks.py` which layer, `layered_order.py` which order in it, `layered_middles.py` where across, `layered_rows.py` where a row ends.
Source: Sugiyama, Tagawa, Toda 1981; Gansner et al. 1993.

Items are numbers 0 … n − 1 in reading order. `along` is the axis in which data flows, `across` the other one.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from nnstudio.project.layered_middles import middles
from nnstudio.project.layered_order import in_order
from nnstudio.project.layered_ranks import Links, OfLinks, in_steps, ranks
from nnstudio.project.layered_rows import View, breaks, longest_row

__all__ = ["Flow", "Gaps", "Link", "View", "placed"]

LANE = 8.0  # what each wire that leads from a layer to the next needs along, where there are many
TURNS = 3  # … and so many more, for the turns


class Flow(NamedTuple):
    """The size of an item, as data flows."""

    along: float
    across: float


class Gaps(NamedTuple):
    """along: between layers; across: between items of a layer; rows: between the rows of a wrapped chain, and between parts."""

    along: float
    across: float
    rows: float


class Link(NamedTuple):
    """source feeds target. aside: how far the middle of `target` is to be from that of `source`, across, for the wire to be straight.
    port: where among what feeds `target` it is to stand, -1 … 1."""

    source: int
    target: int
    aside: float = 0.0
    port: float = 0.0


def placed(sizes: Sequence[Flow], links: Iterable[Link], gaps: Gaps, view: View | None) -> list[tuple[float, float]]:
    """(along, across) of the middle of each item; the whole begins at (0, 0). view: longer chains are wrapped into rows."""
    links = list(links)
    feeds, aside = _feeds(len(sizes), links)
    port = {(link.source, link.target): link.port for link in reversed(links)}
    places = [(0.0, 0.0)] * len(sizes)
    begin = 0.0
    for part in _parts(feeds):
        part_places, breadth = _part(part, sizes, feeds, aside, port, gaps, view)
        for item, (along, across) in part_places.items():
            places[item] = (along, across + begin)
        begin += breadth + gaps.rows
    return places


def _feeds(count: int, links: Iterable[Link]) -> tuple[list[list[int]], dict[tuple[int, int], float]]:
    """(what each item feeds, the wanted asides that are not 0), each pair once and without the links that close a cycle."""
    feeds: list[list[int]] = [[] for _ in range(count)]
    aside: dict[tuple[int, int], float] = {}
    known: set[tuple[int, int]] = set()
    for source, target, wanted, _ in links:
        if source != target and (source, target) not in known:
            known.add((source, target))
            feeds[source].append(target)
            if wanted:
                aside[source, target] = wanted
    fed = {target for targets in feeds for target in targets}
    state = [0] * count  # 1: on the path, 2: done
    for start in sorted(range(count), key=lambda item: item in fed):
        stack = [] if state[start] else [(start, iter(tuple(feeds[start])))]
        state[start] = state[start] or 1
        while stack:
            item, targets = stack[-1]
            for target in targets:
                if state[target] == 1:
                    feeds[item].remove(target)
                elif not state[target]:
                    state[target] = 1
                    stack.append((target, iter(tuple(feeds[target]))))
                    break
            else:
                state[item] = 2
                stack.pop()
    return feeds, aside


def _parts(feeds: Links) -> list[list[int]]:
    """The parts that no wire joins, each and all in reading order."""
    near: list[list[int]] = [list(targets) for targets in feeds]
    for item, targets in enumerate(feeds):
        for target in targets:
            near[target].append(item)
    part_of = [-1] * len(feeds)
    parts: list[list[int]] = []
    for start in range(len(feeds)):
        stack = [start] if part_of[start] < 0 else []
        if stack:
            parts.append([])
        while stack:
            item = stack.pop()
            if part_of[item] < 0:
                part_of[item] = len(parts) - 1
                stack += near[item]
    for item, part in enumerate(part_of):
        parts[part].append(item)
    return parts


def _part(
    part: Sequence[int],
    sizes: Sequence[Flow],
    feeds: Links,
    aside: OfLinks,
    port: OfLinks,
    gaps: Gaps,
    view: View | None,
) -> tuple[dict[int, tuple[float, float]], float]:
    """(the middles of one part's items, how much it takes across)."""
    number = {item: index for index, item in enumerate(part)}
    inner = [[number[target] for target in feeds[item]] for item in part]
    links = [(item, target) for item in part for target in feeds[item]]
    asides, ports = ({(number[a], number[b]): of[a, b] for a, b in links if (a, b) in of} for of in (aside, port))
    down, up, layers, asides, ports = in_steps(inner, ranks(inner), asides, ports)
    layers = in_order(layers, down, up, ports)
    across = [sizes[item].across for item in part] + [0.0] * (len(down) - len(part))
    middle = middles(layers, down, up, across, asides, gaps.across, len(part))
    items = [[item for item in layer if item < len(part)] for layer in layers]  # without the waypoints
    lengths = [max([sizes[part[item]].along for item in layer], default=0.0) for layer in items]
    room = [  # for each layer and what leads on from it
        length + _room_behind(layer, down, middle, across, gaps.along)
        for layer, length in zip(layers, lengths, strict=True)
    ]
    tops = [place - size / 2 for place, size in zip(middle, across, strict=True)]
    ends = [place + size / 2 for place, size in zip(middle, across, strict=True)]
    starts = [0]
    if view is not None:
        starts = breaks(
            _passing(layers, down, up), room, gaps.along, longest_row(room, max(ends) - min(tops) + gaps.rows, view)
        )
    found: dict[int, tuple[float, float]] = {}
    begin = 0.0
    for start, end in zip(starts, [*starts[1:], len(layers)], strict=True):
        inside = [item for layer in items[start:end] for item in layer]
        lowest, highest = min([tops[item] for item in inside]), max([ends[item] for item in inside])
        at = 0.0
        for layer, length, step in zip(items[start:end], lengths[start:end], room[start:end], strict=True):
            for item in layer:
                found[part[item]] = (at + length / 2, middle[item] - lowest + begin)
            at += step
        begin += highest - lowest + gaps.rows
    return found, begin - gaps.rows


def _passing(layers: Sequence[Sequence[int]], down: Links, up: Links) -> list[float]:
    """How many wires come into each layer from the one before; those that share a way count as one."""
    return [1.0] + [
        (sum([1 for item in layer if down[item]]) + sum([1 for item in below if up[item]])) / 2
        for layer, below in pairwise(layers)
    ]


def _room_behind(
    layer: Sequence[int], down: Links, middle: Sequence[float], across: Sequence[float], gap: float
) -> float:
    """What the wires that lead on from a layer need, and no less than `gap`."""
    if LANE * (len(layer) + TURNS) <= gap:
        return gap
    return max(gap, LANE * (_busiest(layer, down, middle, across) + TURNS))


def _busiest(layer: Sequence[int], down: Links, middle: Sequence[float], across: Sequence[float]) -> int:
    """Of the wires that lead on from a layer, how many pass one place across it, at most?"""
    ends: list[tuple[float, int]] = []
    for item in layer:
        if down[item]:
            ends.append((min([middle[item], *[middle[at] - across[at] / 2 for at in down[item]]]), 1))
            ends.append((max([middle[item] + across[item] / 2, *[middle[at] for at in down[item]]]), -1))
    ends.sort()
    return max(accumulate([step for _, step in ends]), default=0)
