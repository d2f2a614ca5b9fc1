"""Where do boxes stand that feed each other? Layered (Sugiyama): each in a layer behind what feeds it, few crossings, straight wires.

Ranks by longest path, tightened; depth-first start order; barycentre sweeps that keep the best; places across by isotonic regression
with a weak pull to the axis; a waypoint in every layer that a long wire passes, so that wires get a lane of their own.
Source: Sugiyama, Tagawa, Toda 1981; Gansner et al. 1993.

Items are numbers 0 … n − 1 in reading order. `along` is the axis in which data flows, `across` the other one.
"""

from bisect import bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from operator import mul
from typing import NamedTuple

SWEEPS = 12
LARGE = 5_000  # items and waypoints: from here on fewer passes will do
MOST_SWEPT = 40_000  # places put in order in all sweeps together: large drawings get fewer sweeps
WAYPOINTS = 3_000  # and one an item: the longest wires of a large drawing get no lane
WAYPOINT_WEIGHT = 0.02  # against an item's 1
PULL = 0.02  # to the axis, so that the whole does not drift
CUT = 8.0  # what each pair of wires costs that lead from one row to the next, in squares of layers that a row is too long or too short
OVER = 4.0  # what a row costs that is longer than the view

LANE = 8.0  # what each wire that leads from a layer to the next needs along, where there are many

Links = Sequence[Sequence[int]]
_OfLinks = Mapping[tuple[int, int], float]


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
    port: where among the inputs of `target` it ends, 0 … 1."""

    source: int
    target: int
    aside: float = 0.0
    port: float = 0.0


class View(NamedTuple):
    """What is drawn is to be seen in: rows may be as long as it is; longer rather than that the whole is of another shape."""

    along: float
    across: float


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
    aside: _OfLinks,
    port: _OfLinks,
    gaps: Gaps,
    view: View | None,
) -> tuple[dict[int, tuple[float, float]], float]:
    """(the middles of one part's items, how much it takes across)."""
    number = {item: index for index, item in enumerate(part)}
    inner = [[number[target] for target in feeds[item]] for item in part]
    wanted = {(number[a], number[b]): value for (a, b), value in aside.items() if a in number and b in number}
    across = [sizes[item].across for item in part]
    rank = _ranks(inner)
    ports = {(number[a], number[b]): value for (a, b), value in port.items() if a in number and b in number}
    down, up, layers, wanted, ports = _waypoints(inner, rank, wanted, ports)
    across += [0.0] * (len(down) - len(part))
    layers = _by_ports(*_fewest_crossings(layers, down, up), down, ports)
    middle = _middles(layers, down, up, across, wanted, gaps.across, len(part))
    lengths = [max((sizes[part[i]].along for i in layer if i < len(part)), default=0.0) for layer in layers]
    breadth = max(place + across[item] / 2 for item, place in enumerate(middle))
    breadth -= min(place - across[item] / 2 for item, place in enumerate(middle))
    passing = [1.0] + [
        (sum([1 for item in layer if down[item]]) + sum([1 for item in below if up[item]])) / 2
        for layer, below in pairwise(layers)
    ]
    room = [  # for each layer and what leads on from it
        length + max(gaps.along, LANE * (_busiest(layer, down, middle, across) + 3))
        for layer, length in zip(layers, lengths, strict=True)
    ]
    starts = [0] if view is None else _breaks(passing, room, gaps.along, _row(room, breadth, gaps, view))
    found: dict[int, tuple[float, float]] = {}
    begin = 0.0
    for start, end in zip(starts, [*starts[1:], len(layers)], strict=True):
        inside = [i for layer in layers[start:end] for i in layer if i < len(part)]
        lowest = min(middle[i] - across[i] / 2 for i in inside)
        highest = max(middle[i] + across[i] / 2 for i in inside)
        at = 0.0
        for layer, length, step in zip(layers[start:end], lengths[start:end], room[start:end], strict=True):
            for i in layer:
                if i < len(part):
                    found[part[i]] = (at + length / 2, middle[i] - lowest + begin)
            at += step
        begin += highest - lowest + gaps.rows
    return found, begin - gaps.rows


def _busiest(layer: Sequence[int], down: Links, middle: Sequence[float], across: Sequence[float]) -> int:
    """Of the wires that lead on from a layer, how many pass one place across it, at most?"""
    ends: list[tuple[float, int]] = []
    for item in layer:
        if down[item]:
            ends.append((min([middle[item], *[middle[at] - across[at] / 2 for at in down[item]]]), 1))
            ends.append((max([middle[item] + across[item] / 2, *[middle[at] for at in down[item]]]), -1))
    ends.sort()
    return max(accumulate([step for _, step in ends]), default=0)


def _ranks(feeds: Links) -> list[int]:
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
            rank[target] = max(rank[target], behind)
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    for item in reversed(order):
        if len(feeds[item]) > fed_by[item]:
            rank[item] = min(rank[target] for target in feeds[item]) - 1
    first = min(rank)
    return [value - first for value in rank]


class _Steps(NamedTuple):
    """down, up: links to the next layer and to the one before; layers: in depth-first order; asides, ports: as wanted, of the last steps."""

    down: list[list[int]]
    up: list[list[int]]
    layers: list[list[int]]
    asides: dict[tuple[int, int], float]
    ports: dict[tuple[int, int], float]


def _waypoints(feeds: Links, rank: Sequence[int], wanted: _OfLinks, ports: _OfLinks) -> _Steps:
    """Long wires cut into steps of one layer."""
    longest = _longest_lane(feeds, rank)
    down: list[list[int]] = [[] for _ in feeds]
    layer_of = list(rank)
    asides: dict[tuple[int, int], float] = {}
    ends: dict[tuple[int, int], float] = {}
    for item, targets in enumerate(feeds):
        lane: list[int] = []  # wires from one item share it
        for target in targets:
            steps = rank[target] - rank[item] - 1
            if steps > longest:
                continue
            while len(lane) < steps:
                waypoint = len(down)
                down.append([])
                layer_of.append(rank[item] + 1 + len(lane))
                down[lane[-1] if lane else item].append(waypoint)
                lane.append(waypoint)
            before = lane[steps - 1] if steps else item
            down[before].append(target)
            if (item, target) in wanted:
                asides[before, target] = wanted[item, target]
            if (item, target) in ports:
                ends[before, target] = ports[item, target]
    up: list[list[int]] = [[] for _ in down]
    for item, targets in enumerate(down):
        for target in targets:
            up[target].append(item)
    layers: list[list[int]] = [[] for _ in range(max(layer_of) + 1)]
    seen = [False] * len(down)
    for start in range(len(down)):
        stack = [start] if not up[start] else []
        while stack:
            item = stack.pop()
            if not seen[item]:
                seen[item] = True
                layers[layer_of[item]].append(item)
                stack += reversed(down[item])
    return _Steps(down, up, layers, asides, ends)


def _longest_lane(feeds: Links, rank: Sequence[int]) -> int:
    """How many layers a wire may pass and still get waypoints, so that there are not too many of these."""
    steps = sorted(
        max((rank[target] - rank[item] - 1 for target in targets), default=0) for item, targets in enumerate(feeds)
    )
    left = WAYPOINTS + len(feeds)
    for count in steps:
        left -= count
        if left < 0:
            return max(0, count - 1)
    return steps[-1]


def _fewest_crossings(layers: list[list[int]], down: Links, up: Links) -> tuple[list[list[int]], int]:
    """(the layers in order, how many wires cross)"""
    best, fewest = layers, _crossings(layers, down)
    for sweep in range(max(2, min(SWEEPS, MOST_SWEPT // len(down)))):
        if not fewest:
            break
        layers = _sweep(layers, up if sweep % 2 == 0 else down, backwards=sweep % 2 == 1)
        crossings = _crossings(layers, down)
        if crossings < fewest:
            best, fewest = layers, crossings
    return best, fewest


def _by_ports(layers: list[list[int]], crossings: int, down: Links, ports: _OfLinks) -> list[list[int]]:
    """What feeds the same item stands in the order of that one's inputs, unless wires would cross elsewhere for it."""
    if not ports or len(down) > LARGE:
        return layers
    aside = [0.0] * len(down)
    for (item, _), port in ports.items():
        aside[item] += port / (len(down[item]) + 1)  # less than a place
    swept = _sweep(layers, down, backwards=True, aside=aside)
    return swept if swept == layers or _crossings(swept, down) <= crossings else layers


def _sweep(
    layers: Sequence[list[int]], links: Links, *, backwards: bool, aside: Sequence[float] = ()
) -> list[list[int]]:
    """Each layer sorted by the mean place of its neighbours in the layer before (behind, when backwards), and so far aside from that."""
    done: list[list[int]] = []
    place = [0.0] * len(links)
    for layer in reversed(layers) if backwards else layers:
        if len(layer) == 1:
            place[layer[0]] = 0.0
            done.append(layer)
            continue
        key: dict[int, float] = {}
        for index, item in enumerate(layer):
            near = links[item]
            key[item] = sum([place[other] for other in near]) / len(near) if near else float(index)
        if aside:
            key = {item: mean + aside[item] for item, mean in key.items()}
        ordered = sorted(layer, key=key.__getitem__)
        for index, item in enumerate(ordered):
            place[item] = float(index)
        done.append(ordered)
    return done[::-1] if backwards else done


def _crossings(layers: Sequence[Sequence[int]], down: Links) -> int:
    total = 0
    place = [0] * len(down)
    for layer, below in pairwise(layers):
        if len(layer) < 2 or len(below) < 2:
            continue
        for index, item in enumerate(below):
            place[item] = index
        seen: list[int] = []
        for item in layer:
            ends = sorted([place[target] for target in down[item]])
            if seen:
                total += sum([len(seen) - bisect_right(seen, end) for end in ends])
            for end in ends:
                insort(seen, end)
    return total


def _middles(
    layers: Sequence[Sequence[int]],
    down: Links,
    up: Links,
    across: Sequence[float],
    aside: Mapping[tuple[int, int], float],
    gap: float,
    items: int,
) -> list[float]:
    """The place across of each item's middle: near the mean of its neighbours, those of a layer never closer than `gap`.

    Waypoints (from `items` on) give way: a chain stays level, and the wire that skips a part of it goes around.
    """
    weight = [1.0] * items + [WAYPOINT_WEIGHT] * (len(down) - items)
    middle = [0.0] * len(down)
    offsets = [_offsets(layer, across, gap) for layer in layers]
    for layer, places in zip(layers, offsets, strict=True):
        for item, place in zip(layer, places, strict=True):
            middle[item] = place
    both = [[*before, *behind] for before, behind in zip(up, down, strict=True)]
    bent = {item for pair in aside for item in pair}
    ups, downs, boths = _pulls(up, weight), _pulls(down, weight), _pulls(both, weight)

    def wanted(item: int, pull: _Pull) -> float:
        near, weights, total = pull
        if not near:
            return middle[item]
        if item in bent:
            drawn = [middle[at] + aside.get((at, item), 0.0) - aside.get((item, at), 0.0) for at in near]
        elif len(near) == 1:
            return middle[near[0]]
        else:
            drawn = [middle[at] for at in near]
        return sum(map(mul, drawn, weights)) / total

    order = list(range(len(layers)))
    there_and_back = (ups, downs, ups, downs) if len(down) > LARGE else (ups, downs, ups, downs, ups, downs)
    for sweep, pulls in enumerate((*there_and_back, boths, boths)):
        for index in reversed(order) if sweep % 2 else order:
            layer = layers[index]
            if len(layer) == 1:
                item = layer[0]
                middle[item] = (1 - PULL) * wanted(item, pulls[item])
                continue
            packed = offsets[index]
            if len(layer) == 2:  # an item and the wire beside it: common in a deep network
                first, second = layer
                step = packed[1]
                upper = (1 - PULL) * wanted(first, pulls[first])
                lower = (1 - PULL) * wanted(second, pulls[second])
                if upper > lower - step:
                    left, right = weight[first], weight[second]
                    upper = (upper * left + (lower - step) * right) / (left + right)
                    lower = upper + step
                middle[first], middle[second] = upper, lower
                continue
            free = [(1 - PULL) * wanted(item, pulls[item]) - offset for item, offset in zip(layer, packed, strict=True)]
            fitted = _isotonic(free, [weight[item] for item in layer])
            for item, fit, offset in zip(layer, fitted, packed, strict=True):
                middle[item] = fit + offset
    return middle


_Pull = tuple[Sequence[int], Sequence[float], float]
"""What an item is drawn to, how strongly by each, and the sum of that."""


def _pulls(links: Links, weight: Sequence[float]) -> list[_Pull]:
    weights = [[weight[at] for at in near] for near in links]
    return [(near, each, sum(each)) for near, each in zip(links, weights, strict=True)]


def _offsets(layer: Sequence[int], across: Sequence[float], gap: float) -> list[float]:
    """The middles of a layer's items, packed as close as may be."""
    offsets = [0.0]
    for above, below in pairwise(layer):
        offsets.append(offsets[-1] + (across[above] + across[below]) / 2 + gap)
    return offsets


def _isotonic(values: Sequence[float], weights: Sequence[float]) -> Sequence[float]:
    """The nearest sequence that never falls (weighted least squares, by pooling adjacent violators)."""
    if all(left <= right for left, right in pairwise(values)):
        return values
    means: list[float] = []
    heavy: list[float] = []
    counts: list[int] = []
    for mean, weight in zip(values, weights, strict=True):
        count = 1
        while means and means[-1] > mean:
            left = heavy.pop()
            mean = (means.pop() * left + mean * weight) / (left + weight)
            weight += left
            count += counts.pop()
        means.append(mean)
        heavy.append(weight)
        counts.append(count)
    return [mean for mean, count in zip(means, counts, strict=True) for _ in range(count)]


def _row(room: Sequence[float], breadth: float, gaps: Gaps, view: View) -> float:
    """How long a row may be, for all rows together to be of the view's shape."""
    return max(view.along, (sum(room) * (breadth + gaps.rows) * view.along / view.across) ** 0.5)


def _breaks(passing: Sequence[float], room: Sequence[float], gap: float, limit: float) -> list[int]:
    """The layers at which a new row begins: about equally long rows, no longer than `limit` but where many wires would be cut.

    passing: how many come into each layer from the one before; room: what it takes, a gap included.
    """
    count = len(room)
    ends = [0.0]
    for length in room:
        ends.append(ends[-1] + length)
    step = ends[-1] / count  # from one layer to the next, on average
    rows = -(-ends[-1] // (limit + gap))
    if rows < 2:
        return [0]
    ideal = ends[-1] / rows
    cost = [0.0] + [float("inf")] * count
    back = [0] * (count + 1)
    for end in range(1, count + 1):
        for start in range(end - 1, -1, -1):
            length = ends[end] - ends[start]
            over = max(0.0, length - limit - gap) / step if start < end - 1 else 0.0
            cut = CUT * passing[start] * (passing[start] - 1)
            value = cost[start] + ((length - ideal) / step) ** 2 + cut + OVER * over**2
            if value < cost[end]:
                cost[end], back[end] = value, start
            elif OVER * over**2 > cost[end]:
                break
    if OVER * ((ends[-1] - limit - gap) / step) ** 2 <= cost[count]:
        return [0]
    starts: list[int] = []
    at = count
    while at:
        at = back[at]
        starts.append(at)
    return starts[::-1]
