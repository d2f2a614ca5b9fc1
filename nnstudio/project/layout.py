"""Where do the nodes of a graph stand? Layered from left to right (Sugiyama), long chains wrapped into rows.

Ranks by longest path, tightened; depth-first start order; barycentre sweeps that keep the best; heights by isotonic regression
with a weak pull to the axis; a waypoint in every rank that a long wire passes, so that wires get a lane of their own.
Source: Sugiyama, Tagawa, Toda 1981; Gansner et al. 1993.
"""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import pairwise

from nnstudio.project.graph import Graph

NODE_SIZE = (160.0, 68.0)
COLUMN_GAP = 48.0  # room for a shape such as 16×10×10 on the wire
ROW_GAP = 44.0  # between nodes of one column
BLOCK_GAP = 92.0  # between the rows of a wrapped chain: a lane for the wire and its shape
GRID = 8
SWEEPS = 12
WAYPOINT_WEIGHT = 0.02  # against a node's 1

Position = tuple[float, float]
Links = Mapping[str, Sequence[str]]


def layout(
    graph: Graph, *, width: float | None = None, heights: Mapping[str, float] | None = None
) -> dict[str, Position]:
    """The top left corner of each node, in pixels at 100 % zoom, snapped to the grid; the first stands at (0, 0).

    width: of the view; chains that are longer are wrapped into rows. heights: of nodes that are not NODE_SIZE high.
    """
    columns = None if width is None else max(2, int((width + COLUMN_GAP) // (NODE_SIZE[0] + COLUMN_GAP)))
    positions: dict[str, Position] = {}
    top = 0.0
    for part in _components(graph):
        placed, bottom = _place(part, _successors(graph, part), columns, heights or {})
        positions.update({id: (_snap(x), _snap(y + top)) for id, (x, y) in placed.items()})
        top += bottom + BLOCK_GAP
    return positions


def _snap(value: float) -> float:
    return float(round(value / GRID) * GRID)


def _components(graph: Graph) -> list[list[str]]:
    """The parts that no wire joins, each and all in reading order of where they stand now."""
    reading = sorted(graph.nodes, key=lambda id: (graph.nodes[id].position[1], graph.nodes[id].position[0], id))
    near: dict[str, list[str]] = {id: [] for id in reading}
    for slot, source in graph.wires.items():
        if slot.node in near and source.node in near:
            near[slot.node].append(source.node)
            near[source.node].append(slot.node)
    parts: list[list[str]] = []
    part_of: dict[str, int] = {}
    for start in reading:
        stack = [] if start in part_of else [start]
        while stack:
            id = stack.pop()
            if id not in part_of:
                part_of[id] = len(parts)
                stack += [other for other in near[id] if other not in part_of]
        if part_of[start] == len(parts):
            parts.append([])
    for id in reading:
        parts[part_of[id]].append(id)
    return parts


def _successors(graph: Graph, part: Sequence[str]) -> dict[str, list[str]]:
    """What each node feeds, without the wires that close a cycle."""
    feeds: dict[str, list[str]] = {id: [] for id in part}
    for slot, source in sorted(graph.wires.items()):
        if source.node in feeds and slot.node in feeds and slot.node not in feeds[source.node]:
            feeds[source.node].append(slot.node)
    fed = {target for targets in feeds.values() for target in targets}
    state: dict[str, int] = {}  # 1: on the path, 2: done
    for start in sorted(part, key=lambda id: id in fed):
        stack = [(start, iter(tuple(feeds[start])))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            id, targets = stack[-1]
            for target in targets:
                if state.get(target) == 1:
                    feeds[id].remove(target)
                elif target not in state:
                    state[target] = 1
                    stack.append((target, iter(tuple(feeds[target]))))
                    break
            else:
                state[id] = 2
                stack.pop()
    return feeds


def _place(
    part: Sequence[str], feeds: Mapping[str, list[str]], columns: int | None, heights: Mapping[str, float]
) -> tuple[dict[str, Position], float]:
    rank = _ranks(part, feeds)
    down, up, layers = _waypoints(part, feeds, rank)
    layers = _fewest_crossings(layers, down, up)
    height = {id: heights.get(id, NODE_SIZE[1]) if id in rank else 0.0 for layer in layers for id in layer}
    middle = _middles(layers, down, up, height)
    starts = [0] if columns is None else _breaks(layers, rank, columns)
    positions: dict[str, Position] = {}
    top = 0.0
    for start, end in zip(starts, [*starts[1:], len(layers)], strict=True):
        inside = [id for layer in layers[start:end] for id in layer if id in rank]
        lowest = min(middle[id] - height[id] / 2 for id in inside)
        for id in inside:
            x = (rank[id] - start) * (NODE_SIZE[0] + COLUMN_GAP)
            positions[id] = (x, middle[id] - height[id] / 2 - lowest + top)
        top = max(positions[id][1] + height[id] for id in inside) + BLOCK_GAP
    return positions, top - BLOCK_GAP


def _ranks(part: Sequence[str], feeds: Links) -> dict[str, int]:
    """Longest path from the sources; then what feeds more than it eats moves right, up to what it feeds."""
    fed_by: dict[str, int] = dict.fromkeys(part, 0)
    for targets in feeds.values():
        for target in targets:
            fed_by[target] += 1
    waiting = dict(fed_by)
    order = [id for id in part if not waiting[id]]
    rank = dict.fromkeys(part, 0)
    for id in order:
        for target in feeds[id]:
            rank[target] = max(rank[target], rank[id] + 1)
            waiting[target] -= 1
            if not waiting[target]:
                order.append(target)
    for id in reversed(order):
        if len(feeds[id]) > fed_by[id]:
            rank[id] = min(rank[target] for target in feeds[id]) - 1
    first = min(rank.values())
    return {id: value - first for id, value in rank.items()}


def _waypoints(
    part: Sequence[str], feeds: Links, rank: Mapping[str, int]
) -> tuple[dict[str, list[str]], dict[str, list[str]], list[list[str]]]:
    """(links to the next layer, links to the one before, layers in depth-first order), long wires cut into steps of one layer."""
    down: dict[str, list[str]] = {id: [] for id in part}
    for id in part:
        for target in feeds[id]:
            behind = id
            for step in range(rank[id] + 1, rank[target]):
                waypoint = f"{id}\0{step}"  # wires from one node share their lane
                if waypoint not in down:
                    down[waypoint] = []
                    down[behind].append(waypoint)
                behind = waypoint
            down[behind].append(target)
    layer_of = {id: rank[id] if id in rank else int(id.rpartition("\0")[2]) for id in down}
    layers: list[list[str]] = [[] for _ in range(max(layer_of.values()) + 1)]
    up: dict[str, list[str]] = {id: [] for id in down}
    for id, targets in down.items():
        for target in targets:
            up[target].append(id)
    seen: set[str] = set()
    for start in (id for id in down if not up[id]):
        stack = [start]
        while stack:
            id = stack.pop()
            if id not in seen:
                seen.add(id)
                layers[layer_of[id]].append(id)
                stack += reversed(down[id])
    return down, up, layers


def _fewest_crossings(layers: list[list[str]], down: Links, up: Links) -> list[list[str]]:
    best, fewest = layers, _crossings(layers, down)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        layers = _sweep(layers, up if sweep % 2 == 0 else down, backwards=sweep % 2 == 1)
        crossings = _crossings(layers, down)
        if crossings < fewest:
            best, fewest = layers, crossings
    return best


def _sweep(layers: Sequence[list[str]], links: Links, *, backwards: bool) -> list[list[str]]:
    """Each layer sorted by the mean place of its neighbours in the layer before (behind, when backwards)."""
    done: list[list[str]] = []
    place: dict[str, float] = {}
    for layer in reversed(layers) if backwards else layers:
        here = {id: float(index) for index, id in enumerate(layer)}
        key = {id: sum(place[other] for other in links[id]) / len(links[id]) if links[id] else here[id] for id in layer}
        ordered = sorted(layer, key=key.__getitem__)
        place.update({id: float(index) for index, id in enumerate(ordered)})
        done.append(ordered)
    return done[::-1] if backwards else done


def _crossings(layers: Sequence[Sequence[str]], down: Links) -> int:
    total = 0
    for layer, below in pairwise(layers):
        if len(layer) < 2:
            continue
        place = {id: index for index, id in enumerate(below)}
        seen: list[int] = []
        for id in layer:
            ends = sorted(place[target] for target in down[id])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _middles(layers: Sequence[Sequence[str]], down: Links, up: Links, height: Mapping[str, float]) -> dict[str, float]:
    """The y of each node's middle: near the mean of its neighbours, nodes of a layer never closer than ROW_GAP.

    Waypoints give way: a chain stays level, and the wire that skips a part of it goes around.
    """
    middle = {id: float(index) * (NODE_SIZE[1] + ROW_GAP) for layer in layers for index, id in enumerate(layer)}
    weight = {id: 1.0 if high else WAYPOINT_WEIGHT for id, high in height.items()}
    both = {id: [*up[id], *down[id]] for id in down}
    pull = 0.02  # to the axis y = 0, so that the whole does not drift
    for sweep, links in enumerate((up, down, up, down, up, down, both, both)):
        for layer in reversed(layers) if sweep % 2 else layers:
            wanted: list[float] = []
            for id in layer:
                near = links[id] or (id,)
                total = sum(middle[at] * weight[at] for at in near)
                wanted.append((1 - pull) * total / sum(weight[at] for at in near))
            offsets = [0.0]
            for above, below in pairwise(layer):
                offsets.append(offsets[-1] + (height[above] + height[below]) / 2 + ROW_GAP)
            free = [want - offset for want, offset in zip(wanted, offsets, strict=True)]
            fitted = _isotonic(free, [weight[id] for id in layer])
            middle.update({id: fit + offset for id, fit, offset in zip(layer, fitted, offsets, strict=True)})
    return middle


def _isotonic(values: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The nearest sequence that never falls (weighted least squares, by pooling adjacent violators)."""
    pools: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(values, weights, strict=True):
        pools.append((value, weight, 1))
        while len(pools) > 1 and pools[-2][0] > pools[-1][0]:
            (left, v, m), (right, w, n) = pools[-2:]
            pools[-2:] = [((left * v + right * w) / (v + w), v + w, m + n)]
    return [value for value, _, count in pools for _ in range(count)]


def _breaks(layers: Sequence[Sequence[str]], rank: Mapping[str, int], columns: int) -> list[int]:
    """The layers at which a new row begins: rows of at most `columns`, about equally long, cut where few wires pass."""
    count = len(layers)
    rows = -(-count // columns)
    if rows < 2:
        return [0]
    ideal = count / rows
    passing = [sum(id not in rank for id in layer) for layer in layers]  # long wires through each layer
    cost = [0.0] + [float("inf")] * count
    back = [0] * (count + 1)
    for end in range(1, count + 1):
        for start in range(max(0, end - columns), end):
            cut = 8.0 * (passing[start] + passing[start - 1] + len(layers[start]) - 1) if start else 0.0
            value = cost[start] + (end - start - ideal) ** 2 + cut
            if value < cost[end]:
                cost[end], back[end] = value, start
    starts: list[int] = []
    at = count
    while at:
        at = back[at]
        starts.append(at)
    return starts[::-1]
