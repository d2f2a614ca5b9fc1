"""Where across do the boxes of each layer stand, once their order is known? Near what they are joined to, so that wires run straight.

Isotonic regression with a weak pull to the axis, layer by layer, there and back. Waypoints give way: a chain stays level, and the wire that skips
a part of it goes around.
"""

from collections.abc import Iterator, Sequence, Set
from itertools import pairwise
from math import inf

from nnstudio.project.layered_ranks import Links, OfLinks

LARGE = 5_000  # items and waypoints: from here on one pass there and back will do, more hardly straighten anything
WAYPOINT_WEIGHT = 0.02  # against an item's 1
LONG = 4  # nodes of a chain that is made level: what is shorter gives way to the wires around it
PULL = 0.02  # to the axis, so that the whole does not drift


def middles(
    layers: Sequence[Sequence[int]],
    down: Links,
    up: Links,
    across: Sequence[float],
    aside: OfLinks,
    gap: float,
    items: int,
) -> list[float]:
    """The place across of each item's middle: near the mean of its neighbours, those of a layer never closer than `gap`.

    aside: how far the ends of a link are to be from each other; items: from which number on they are waypoints.
    """
    weight = [1.0] * items + [WAYPOINT_WEIGHT] * (len(down) - items)
    middle = [0.0] * len(down)
    offsets = [_offsets(layer, across, gap) for layer in layers]
    for layer, places in zip(layers, offsets, strict=True):
        for item, place in zip(layer, places, strict=True):
            middle[item] = place
    both = [[*before, *behind] for before, behind in zip(up, down, strict=True)]
    bent = {item for pair in aside for item in pair}
    held = 1 - PULL

    def wanted(item: int, near: Sequence[int]) -> float:
        if item in bent:
            drawn = [middle[at] + aside.get((at, item), 0.0) - aside.get((item, at), 0.0) for at in near]
        elif len(near) == 1:
            return held * middle[near[0]]
        elif len(near) == 2:
            one, other = near
            left, right = weight[one], weight[other]
            return held * (middle[one] * left + middle[other] * right) / (left + right)
        else:
            drawn = [middle[at] for at in near]
        if not near:
            return held * middle[item]
        weights = [weight[at] for at in near]
        return held * sum([at * by for at, by in zip(drawn, weights, strict=True)]) / sum(weights)

    there = list(zip(layers, offsets, strict=True))
    back = there[::-1]
    there_and_back = (up, down) * (1 if len(down) > LARGE else 3)
    for sweep, links in enumerate((*there_and_back, both, both)):
        for layer, packed in back if sweep % 2 else there:
            if len(layer) == 1:
                item = layer[0]
                middle[item] = wanted(item, links[item])
            elif len(layer) == 2:  # an item and the wire beside it: common in a deep network
                first, second = layer
                step = packed[1]
                upper, lower = wanted(first, links[first]), wanted(second, links[second])
                if upper > lower - step:
                    left, right = weight[first], weight[second]
                    upper = (upper * left + (lower - step) * right) / (left + right)
                    lower = upper + step
                middle[first], middle[second] = upper, lower
            else:
                free = [wanted(item, links[item]) - offset for item, offset in zip(layer, packed, strict=True)]
                fitted = _isotonic(free, layer, weight)
                for item, fit, offset in zip(layer, fitted, packed, strict=True):
                    middle[item] = fit + offset
    _level_chains(down, up, there, middle, {*bent, *range(items, len(down))})
    return middle


def _level_chains(
    down: Links,
    up: Links,
    layers: Sequence[tuple[Sequence[int], Sequence[float]]],
    middle: list[float],
    others: Set[int],
) -> None:
    """What stands in a long chain is level with all of it, where there is room: one bend is better than many small ones.

    layers: with their items' places when packed; others: items that are in no chain.
    """
    above: dict[int, tuple[int, float]] = {}  # whom each has beside it in its layer, and how far from that it must be
    below: dict[int, tuple[int, float]] = {}
    for layer, packed in layers:
        for (one, other), (first, second) in zip(pairwise(layer), pairwise(packed), strict=True):
            above[other], below[one] = (one, second - first), (other, second - first)
    for chain in _chains(down, up, others):
        low = max([middle[above[item][0]] + above[item][1] for item in chain if item in above], default=-inf)
        high = min([middle[below[item][0]] - below[item][1] for item in chain if item in below], default=inf)
        if low <= high:
            level = min(max(sum([middle[item] for item in chain]) / len(chain), low), high)
            for item in chain:
                middle[item] = level


def _chains(down: Links, up: Links, others: Set[int]) -> Iterator[list[int]]:
    """The long ones."""
    behind = {
        item: near[0]
        for item, near in enumerate(down)
        if len(near) == 1 and len(up[near[0]]) == 1 and item not in others and near[0] not in others
    }
    inner = set(behind.values())
    for start in behind:
        if start not in inner:
            chain = [start]
            while chain[-1] in behind:
                chain.append(behind[chain[-1]])
            if len(chain) >= LONG:
                yield chain


def _offsets(layer: Sequence[int], across: Sequence[float], gap: float) -> list[float]:
    """The middles of a layer's items, packed as close as may be."""
    offsets = [0.0]
    for above, below in pairwise(layer):
        offsets.append(offsets[-1] + (across[above] + across[below]) / 2 + gap)
    return offsets


def _isotonic(values: Sequence[float], items: Sequence[int], weights: Sequence[float]) -> Sequence[float]:
    """The nearest sequence that never falls (weighted least squares, by pooling adjacent violators). weights: by item."""
    if values == sorted(values):
        return values
    means: list[float] = []
    heavy: list[float] = []
    counts: list[int] = []
    for mean, item in zip(values, items, strict=True):
        weight, count = weights[item], 1
        while means and means[-1] > mean:
            left = heavy.pop()
            mean = (means.pop() * left + mean * weight) / (left + weight)
            weight += left
            count += counts.pop()
        means.append(mean)
        heavy.append(weight)
        counts.append(count)
    return [mean for mean, count in zip(means, counts, strict=True) for _ in range(count)]
