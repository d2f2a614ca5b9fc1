"""In what order do values flow through a graph, and which nodes have a say in the loss?

The order follows from ids and wires alone, never from the order in which nodes were added: the same project gives
the same code, and so the same random weights, however its file was written.
"""

from collections.abc import Collection, Iterable, Mapping

from nnstudio.project.graph import Graph, Source
from nnstudio.project.natural import natural


def order(graph: Graph) -> tuple[tuple[str, ...], frozenset[str]]:
    """(ids, each after all that feeds it; ids on a cycle or fed by one). Depth first from the ends, so that chains stay whole."""
    feeders = feeders_of(graph)
    found, cyclic = _depth_first(_ends(graph), feeders)
    if not cyclic:
        return tuple(found), frozenset()
    blocked = _blocked(feeders)
    open_ends = [id for id in _ends(graph) if id not in blocked]
    # A node whose only readers are blocked is no end of the graph, but is worked out all the same.
    open_ends += sorted((id for id in feeders if id not in blocked), key=natural)
    found, _ = _depth_first(open_ends, feeders)
    return tuple(found), blocked


def upstream(graph: Graph, ends: Iterable[str], carried: Mapping[str, Collection[Source]] | None = None) -> set[str]:
    """`ends` and all that feeds them, however far back.

    carried: by the path of a scan, what comes back at its next step (see `Flat.carried`): whoever needs a value of the scan needs that too.
    """
    feeders: dict[str, list[str]] = {}
    for slot, source in graph.wires.items():
        feeders.setdefault(slot.node, []).append(source.node)
    seen = set(ends)
    waiting = list(seen)
    while waiting:
        id = waiting.pop()
        found = feeders.get(id, [])
        if carried:
            around = (id[:place] for place, letter in enumerate(id) if letter == "/")
            found = found + [source.node for path in around for source in carried.get(path, ())]
        for feeder in found:
            if feeder in graph.nodes and feeder not in seen:
                seen.add(feeder)
                waiting.append(feeder)
    return seen


def feeders_of(graph: Graph) -> dict[str, list[str]]:
    """node → the nodes that feed it, in the order of its slots."""
    feeders: dict[str, list[str]] = {id: [] for id in graph.nodes}
    for slot in sorted(graph.wires):
        source = graph.wires[slot].node
        if slot.node in feeders and source in feeders:
            feeders[slot.node].append(source)
    return feeders


def _ends(graph: Graph) -> list[str]:
    """The nodes that feed nothing; where there are none (one great cycle), all."""
    feeding = {source.node for slot, source in graph.wires.items() if slot.node in graph.nodes}
    return sorted((id for id in graph.nodes if id not in feeding), key=natural)


def _depth_first(ends: Iterable[str], feeders: Mapping[str, Collection[str]]) -> tuple[list[str], bool]:
    """(post-order from `ends`, is there a cycle or a node that no end reaches?)"""
    done: list[str] = []
    state: dict[str, bool] = {}  # False: being visited, True: done
    cyclic = False
    for end in ends:
        stack: list[tuple[str, bool]] = [(end, False)]
        while stack:
            id, returning = stack.pop()
            if returning:
                state[id] = True
                done.append(id)
                continue
            if id in state:
                continue
            state[id] = False
            stack.append((id, True))
            for feeder in reversed(list(feeders[id])):
                if feeder not in state:
                    stack.append((feeder, False))
                elif not state[feeder]:
                    cyclic = True
    return done, cyclic or len(done) < len(feeders)


def _blocked(feeders: Mapping[str, Collection[str]]) -> frozenset[str]:
    """What is on a cycle or fed by one: all that peeling off nodes whose feeders are known never reaches."""
    missing = {id: len(list(ids)) for id, ids in feeders.items()}
    readers: dict[str, list[str]] = {id: [] for id in feeders}
    for id, ids in feeders.items():
        for feeder in ids:
            readers[feeder].append(id)
    ready = [id for id, count in missing.items() if count == 0]
    while ready:
        for reader in readers[ready.pop()]:
            missing[reader] -= 1
            if missing[reader] == 0:
                ready.append(reader)
    return frozenset(id for id, count in missing.items() if count > 0)
