"""Which layer does each box stand in, and where does a wire pass that is longer than one layer?

Ranks by longest path, tightened; a waypoint in every layer that a long wire passes, so that it gets a lane of its own.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

WAYPOINTS = 3_000  # and one an item: the longest wires of a large drawing get no lane

Links = Sequence[Sequence[int]]
OfLinks = Mapping[tuple[int, int], float]


class Steps(NamedTuple):
    """down, up: links to the next layer and to the one before; layers: in depth-first order; asides, ports: as wanted, of the last steps."""

    down: list[list[int]]
    up: list[list[int]]
    layers: list[list[int]]
    asides: dict[tuple[int, int], float]
    ports: dict[tuple[int, int], float]


def ranks(feeds: Links) -> list[int]:
    """Longest path from the sources; then what feeds more than it eats moves on, up to what it feeds."""
    fed_by = [0] * len(feeds)
    for targets in feeds:
        for target in targets:
            fed_by[target] += 1
    waiting = list(fed_by)
    order = [item for item in range(len(feeds)) if not waiting[item]]
    rank = [0] * len(feeds)
    for item in order:
        behind = rank[item] + 1
        for target in feeds[item]:
            if rank[target] < behind:
                rank[target] = behind
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    for item in reversed(order):
        if len(feeds[item]) > fed_by[item]:
            rank[item] = min([rank[target] for target in feeds[item]]) - 1
    first = min(rank)
    return [value - first for value in rank]


def in_steps(feeds: Links, rank: Sequence[int], wanted: OfLinks, ports: OfLinks) -> Steps:
    """Long wires cut into steps of one layer, with waypoints in between: the items from len(feeds) on."""
    longest = _longest_lane(feeds, rank)
    down: list[list[int]] = [[] for _ in feeds]
    layer_of = list(rank)
    asides: dict[tuple[int, int], float] = {}
    ends: dict[tuple[int, int], float] = {}
    for item, targets in enumerate(feeds):
        lane = [item]  # wires from one item share it
        first = rank[item]
        for target in targets:
            steps = rank[target] - first - 1
            if steps > longest:
                continue
            while len(lane) <= steps:
                waypoint = len(down)
                layer_of.append(first + len(lane))
                down[lane[-1]].append(waypoint)
                down.append([])
                lane.append(waypoint)
            before = lane[steps]
            down[before].append(target)
            link = item, target
            if link in wanted:
                asides[before, target] = wanted[link]
            if link in ports:
                ends[before, target] = ports[link]
    up: list[list[int]] = [[] for _ in down]
    for item, targets in enumerate(down):
        for target in targets:
            up[target].append(item)
    return Steps(down, up, _depth_first(down, up, layer_of), asides, ends)


def _depth_first(down: Links, up: Links, layer_of: Sequence[int]) -> list[list[int]]:
    layers: list[list[int]] = [[] for _ in range(max(layer_of) + 1)]
    seen = [False] * len(down)
    for start, before in enumerate(up):
        stack = [] if before else [start]
        while stack:
            item = stack.pop()
            if not seen[item]:
                seen[item] = True
                layers[layer_of[item]].append(item)
                stack += reversed(down[item])
    return layers


def _longest_lane(feeds: Links, rank: Sequence[int]) -> int:
    """How many layers a wire may pass and still get waypoints, so that there are not too many of these."""
    steps = sorted(
        max([rank[target] for target in targets]) - rank[item] - 1 if targets else 0
        for item, targets in enumerate(feeds)
    )
    left = WAYPOINTS + len(feeds)
    for count in steps:
        left -= count
        if left < 0:
            return max(0, count - 1)
    return steps[-1]
