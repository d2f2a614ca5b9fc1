"""In which order do the boxes and waypoints of each layer stand, for few wires to cross? Barycentre sweeps, of which the best is kept."""

from bisect import bisect_right, insort
from collections.abc import Sequence

from nnstudio.project.layered_ranks import Links, OfLinks

SWEEPS = 12
LARGE = 5_000  # items and waypoints: from here on the order of inputs is not looked at
MOST_SWEPT = 40_000  # places put in order in all sweeps together: large drawings get fewer sweeps

Layers = Sequence[list[int]]


def in_order(layers: Layers, down: Links, up: Links, ports: OfLinks) -> Layers:
    """The layers with few crossings; what feeds the same item in the order of that one's inputs."""
    order = _Order(layers, down, up)
    best, fewest = list(order.layers), order.crossings
    for sweep in range(max(2, min(SWEEPS, MOST_SWEPT // len(down)))):
        if not fewest:
            break
        order.sweep(backwards=sweep % 2 == 1)
        if order.crossings < fewest:
            best, fewest = list(order.layers), order.crossings
    if not ports or len(down) > LARGE:
        return best
    by_ports = _by_ports(best, down, up, ports)
    return by_ports.layers if by_ports.crossings <= fewest else best


class _Order:
    """Layers that are put in order time and again. Most of a large drawing soon stays as it is, and is not gone through any more.

    crossings: how many wires cross.
    """

    def __init__(self, layers: Layers, down: Links, up: Links) -> None:
        self.layers, self._down, self._up = list(layers), down, up
        self._place = [0] * len(down)
        for layer in layers:
            for index, item in enumerate(layer):
                self._place[item] = index
        some = [len(layer) > 1 for layer in layers]
        self._waiting = {False: some, True: list(some)}  # backwards or not: which layers are to be sorted
        self._crossed = [0] * len(layers)  # by the wires that lead on from each layer
        self._count(set(range(len(layers) - 1)))

    def sweep(self, *, backwards: bool, aside: Sequence[float] = ()) -> None:
        """Each layer sorted by the mean place of its neighbours in the layer before (behind, when backwards), and so far aside from that."""
        layers, place, count = self.layers, self._place, len(self.layers)
        links, waiting, waiting_back = self._up, self._waiting[backwards], self._waiting[not backwards]
        step = 1
        if backwards:
            links, step = self._down, -1
        moved: set[int] = set()
        for index in range(count)[::step]:
            if not waiting[index]:
                continue
            waiting[index] = False
            layer = layers[index]
            ordered = _sorted(layer, links, place, aside)
            if ordered is not layer:
                layers[index] = ordered
                for at, item in enumerate(ordered):
                    place[item] = at
                moved.add(index)
                waiting_back[index] = True
                if 0 <= index + step < count:
                    waiting[index + step] = len(layers[index + step]) > 1
                if 0 <= index - step < count:
                    waiting_back[index - step] = len(layers[index - step]) > 1
        self._count(moved | {index - 1 for index in moved if index})

    @property
    def crossings(self) -> int:
        return sum(self._crossed)

    def _count(self, indices: set[int]) -> None:
        layers = self.layers
        for index in indices:
            if index + 1 < len(layers) and len(layers[index]) > 1 and len(layers[index + 1]) > 1:
                self._crossed[index] = _crossings(layers[index], self._down, self._place)


def _by_ports(layers: Layers, down: Links, up: Links, ports: OfLinks) -> _Order:
    aside = [0.0] * len(down)
    for (item, _), port in ports.items():
        aside[item] += port / (len(down[item]) + 1)  # less than a place
    order = _Order(layers, down, up)
    order.sweep(backwards=True, aside=aside)
    return order


def _sorted(layer: list[int], links: Links, place: Sequence[int], aside: Sequence[float]) -> list[int]:
    means: list[float] = []
    for item in layer:
        near = links[item]
        if len(near) == 1:
            means.append(place[near[0]])
        else:
            means.append(sum([place[other] for other in near]) / len(near) if near else place[item])
    if aside:
        means = [mean + aside[item] for item, mean in zip(layer, means, strict=True)]
    if means == sorted(means):
        return layer
    key = dict(zip(layer, means, strict=True))
    return sorted(layer, key=key.__getitem__)


def _crossings(layer: Sequence[int], down: Links, place: Sequence[int]) -> int:
    if len(layer) == 2:
        first, second = down[layer[0]], down[layer[1]]
        if len(first) == len(second) == 1:  # an item and the wire beside it: common in a deep network
            return int(place[first[0]] > place[second[0]])
    total = 0
    seen: list[int] = []
    for item in layer:
        ends = sorted([place[target] for target in down[item]])
        if seen:
            total += sum([len(seen) - bisect_right(seen, end) for end in ends])
        for end in ends:
            insort(seen, end)
    return total
