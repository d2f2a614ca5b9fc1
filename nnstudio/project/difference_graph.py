"""Two versions of a network compared: what was added, removed, changed, moved and rewired, in the blocks too. No torch, no Qt.

Nodes are the same where they have the same id; of the rest those of one type that stand in the same place: called the same, between the same neighbours.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from nnstudio.project.blocks import with_blocks
from nnstudio.project.difference_names import (
    CARRY,
    OPTIONS,
    SHARE,
    Side,
    block_title,
    exposed,
    frame_title,
    said,
    texts,
)
from nnstudio.project.graph import Frame, Graph, Json, Node, Slot, Source
from nnstudio.project.project import Block, Project
from nnstudio.registry import Registry

ADDED: Final = "added"
REMOVED: Final = "removed"
CHANGED: Final = "changed"
MOVED: Final = "moved"
REWIRED: Final = "rewired"
SIGNS: Final[Mapping[str, str]] = {ADDED: "+", REMOVED: "−", CHANGED: "~", MOVED: "→", REWIRED: "⤳"}
ORDER: Final = tuple(SIGNS)
Detail = tuple[str, str, str]
"""(what, as it was, as it is), in words"""
ROUNDS: Final = 100
"""Of matching: each gives neighbours to the next."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same. thing: "node", "frame", "wire" or "block"; block: the definition it lies in ("": the project), which is
    called `where`; before, after: its id in either version ("": it is not there). details: (what, as it was, as it is), in words."""

    kind: str
    thing: str
    block: str
    before: str
    after: str
    title: str
    details: tuple[Detail, ...] = ()
    where: str = ""

    def __str__(self) -> str:
        where = f"{self.where or self.block}: " if self.block else ""
        said = "; ".join(_detail(*detail) for detail in self.details)
        head = f"{SIGNS[self.kind]} {where}{self.thing} {self.title}"
        return f"{head} {self.kind}" + (f": {said}" if said else "")


@dataclass(frozen=True)
class Compared:
    """Two graphs laid upon each other. same: {id before: id after} of nodes that are the same; differences: what is not; wires that are in one alone."""

    before: Graph
    after: Graph
    same: Mapping[str, str]
    differences: tuple[Difference, ...]
    cut: tuple[Slot, ...] = field(default=())  # wires of `before` that `after` has not, by where they end
    drawn: tuple[Slot, ...] = field(default=())  # wires of `after` that `before` has not


def projects(before: Project, after: Project, registry: Registry) -> tuple[Difference, ...]:
    """All that differs in the networks and their definitions, the project's own graph first."""
    found = list(networks(before, after, registry).differences)
    for id in sorted(before.blocks.keys() | after.blocks.keys()):
        old, new = before.blocks.get(id), after.blocks.get(id)
        if old is None or new is None:
            kind = ADDED if old is None else REMOVED
            title = f"'{block_title(new or old)}'"
            found.append(Difference(kind, "block", "", id if old else "", id if new else "", title))
        elif old != new:
            found += _definition(old, new)
            found += networks(before, after, registry, id).differences
    return tuple(found)


def networks(before: Project, after: Project, registry: Registry, block: str = "") -> Compared:
    """The projects' own graphs compared, or those of definition `block`: nothing, where one of them has none of that id."""
    sides = [_side(project, registry, block) for project in (before, after)]
    title = block_title(after.blocks.get(block) or before.blocks.get(block))
    return _compared(sides[0], sides[1], block, title)


def _side(project: Project, registry: Registry, block: str) -> Side:
    graph = project.inside(block).graph if not block or block in project.blocks else Graph()
    return Side(graph, with_blocks(registry, project))


def graphs(before: Graph, after: Graph, registry: Registry) -> Compared:
    """Two graphs compared; `registry` knows the blocks in them."""
    return _compared(Side(before, registry), Side(after, registry))


def _compared(old: Side, new: Side, block: str = "", where: str = "") -> Compared:
    before, after = old.graph, new.graph
    same = matched(before, after)
    back = {new_id: old_id for old_id, new_id in same.items()}
    found = [
        Difference(ADDED, "node", block, "", node.id, new.title(node), _place(new, node.id))
        for node in after
        if node.id not in back
    ]
    found += [
        Difference(REMOVED, "node", block, node.id, "", old.title(node)) for node in before if node.id not in same
    ]
    cut, drawn = _wires(before, after, same)
    rewired = _rewired(old, new, same, back, cut, drawn)
    for old_id, new_id in same.items():
        was, now = before.nodes[old_id], after.nodes[new_id]
        title = new.title(now)
        details = tuple(_node_details(old, was, new, now, same))
        if details:
            found.append(Difference(CHANGED, "node", block, old_id, new_id, title, details))
        if new_id in rewired:
            found.append(Difference(REWIRED, "node", block, old_id, new_id, title, rewired[new_id]))
        if was.position != now.position:
            found.append(Difference(MOVED, "node", block, old_id, new_id, title))
    found += _frames(before, after, block)
    found.sort(key=lambda difference: ORDER.index(difference.kind))
    return Compared(before, after, same, tuple(replace(each, where=where) for each in found), cut, drawn)


# ── which is which ────────────────────────────────────────────────────────────────────────────────────────────────────


def matched(before: Graph, after: Graph) -> dict[str, str]:
    """{id before: id after} of the nodes that are the same."""
    same = {id: id for id in before.nodes if id in after.nodes}
    keys: tuple[Callable[[Graph, Node, Mapping[str, str]], Hashable], ...] = (_exactly, _between, _behind, _named)
    for _ in range(ROUNDS):
        count = len(same)
        for key in keys:
            _match_by(key, before, after, same)
            if len(same) > count:
                break
        if len(same) == count or len(same) == min(len(before.nodes), len(after.nodes)):
            break
    return same


def _match_by(
    key: Callable[[Graph, Node, Mapping[str, str]], Hashable], before: Graph, after: Graph, same: dict[str, str]
) -> None:
    """Pairs that are alike by `key`, where neither has another like it."""
    taken = {new: new for new in same.values()}
    olds, news = (
        _groups((key(graph, node, names), node.id) for node in graph if node.id not in done)
        for graph, names, done in ((before, same, same), (after, taken, taken))
    )
    for key_said, ids in olds.items():
        others = news.get(key_said, [])
        if key_said is not None and len(ids) == len(others) == 1:
            same[ids[0]] = others[0]


def _groups(pairs: Iterable[tuple[Hashable, str]]) -> dict[Hashable, list[str]]:
    groups: dict[Hashable, list[str]] = {}
    for key, id in pairs:
        groups.setdefault(key, []).append(id)
    return groups


def _exactly(graph: Graph, node: Node, names: Mapping[str, str]) -> Hashable:
    return (_between(graph, node, names), node.name, repr(sorted(node.params.items())))


def _between(graph: Graph, node: Node, names: Mapping[str, str]) -> Hashable:
    """Of one type, fed by the same nodes and feeding the same: as far as these are known."""
    feeders = frozenset(names[wire.source.node] for wire in graph.wires_into(node.id) if wire.source.node in names)
    readers = frozenset(names[wire.target.node] for wire in graph.wires_out_of(node.id) if wire.target.node in names)
    return (node.type, feeders, readers) if feeders or readers else None


def _behind(graph: Graph, node: Node, names: Mapping[str, str]) -> Hashable:
    feeders = frozenset(names[wire.source.node] for wire in graph.wires_into(node.id) if wire.source.node in names)
    return (node.type, feeders) if feeders else None


def _named(graph: Graph, node: Node, names: Mapping[str, str]) -> Hashable:
    return (node.type, node.name or None)


# ── what differs ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _wires(before: Graph, after: Graph, same: Mapping[str, str]) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """Where the wires end that only one of them has."""

    def there(slot: Slot, source: Source) -> tuple[Slot, Source] | None:
        if slot.node in same and source.node in same:
            return slot._replace(node=same[slot.node]), source._replace(node=same[source.node])
        return None

    translated = {slot: there(slot, source) for slot, source in before.wires.items()}
    kept = {pair for pair in translated.values() if pair is not None}
    cut = tuple(slot for slot, pair in translated.items() if pair is None or after.wires.get(pair[0]) != pair[1])
    drawn = tuple(slot for slot, source in after.wires.items() if (slot, source) not in kept)
    return cut, drawn


def _rewired(
    old: Side,
    new: Side,
    same: Mapping[str, str],
    back: Mapping[str, str],
    cut: Iterable[Slot],
    drawn: Iterable[Slot],
) -> dict[str, tuple[Detail, ...]]:
    """{id after: what feeds its ports otherwise} of nodes that both have."""
    slots = {slot._replace(node=same[slot.node]) for slot in cut if slot.node in same}
    slots |= {slot for slot in drawn if slot.node in back}
    found: dict[str, list[Detail]] = {}
    for slot in sorted(slots):
        there = slot._replace(node=back[slot.node])
        port = new.port(slot)
        if port == slot.port:
            port = old.port(there)  # of a block whose port is gone: what it was called
        was, now = old.end(old.graph.wires.get(there)), new.end(new.graph.wires.get(slot))
        found.setdefault(slot.node, []).append((port, was, now))
    return {id: tuple(details) for id, details in found.items()}


def _node_details(old: Side, was: Node, new: Side, now: Node, same: Mapping[str, str]) -> Iterator[Detail]:
    if was.type != now.type:
        yield "type", old.type(was), new.type(now)
    before, after = old.values(was), new.values(now)
    for name in dict.fromkeys((*before, *after)):
        if name not in was.params and name not in now.params:
            continue  # another type's own go with it; another default of a block is told of its definition
        values = before.get(name), after.get(name)
        if _plain(values[0]) != _plain(values[1]) and not _same_node(name, *values, same):
            yield name, old.value(was, name, values[0]), new.value(now, name, values[1])
    if was.name != now.name:
        yield "name", was.label, now.label
    for name in dict.fromkeys((*was.options, *now.options)):
        values = was.options.get(name), now.options.get(name)
        if values[0] != values[1] and not _same_node(name, *values, same):
            yield OPTIONS.get(name, name), old.value(was, name, values[0]), new.value(now, name, values[1])
    for name in ("bypassed", "collapsed", "color"):
        if getattr(was, name) != getattr(now, name):
            yield name, said(getattr(was, name)), said(getattr(now, name))
    if was.note != now.note:
        yield "note", *texts(was.note, now.note)


def _same_node(name: str, before: Json, after: Json, same: Mapping[str, str]) -> bool:
    """Do both name the same node, by whichever id?"""
    return name in (SHARE, CARRY) and bool(before) and same.get(str(before)) == after


def _frames(before: Graph, after: Graph, block: str) -> Iterator[Difference]:
    for id in dict.fromkeys((*before.frames, *after.frames)):
        old, new = before.frames.get(id), after.frames.get(id)
        frame = new or old
        assert frame is not None
        title = frame_title(frame)
        if old is None or new is None:
            kind = ADDED if old is None else REMOVED
            yield Difference(kind, "frame", block, id if old else "", id if new else "", title)
            continue
        details = tuple(
            (name, *_words(getattr(old, name), getattr(new, name)))
            for name in ("title", "text", "size", "color")
            if getattr(old, name) != getattr(new, name)
        )
        if details:
            yield Difference(CHANGED, "frame", block, id, id, title, details)
        if old.position != new.position:
            yield Difference(MOVED, "frame", block, id, id, title)


def _definition(old: Block, new: Block) -> Iterator[Difference]:
    details = [
        (name, *_words(getattr(old, name), getattr(new, name)))
        for name in ("title", "kind", "note")
        if getattr(old, name) != getattr(new, name)
    ]
    details += exposed(old, new)
    if details:
        yield Difference(CHANGED, "block", "", old.id, new.id, f"'{block_title(new)}'", tuple(details))


def _words(before: Any, after: Any) -> tuple[str, str]:
    """Two values of one kind, in words."""
    if isinstance(before, str) and isinstance(after, str):
        return texts(before, after)
    return said(before), said(after)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _detail(name: str, before: str, after: str) -> str:
    if not before:
        return f"{name} {after}"
    return f"{name} {before} → {after}" if after else f"{name} {before} → nothing"


def _place(side: Side, id: str) -> tuple[Detail, ...]:
    """Behind what a new node stands."""
    wires = side.graph.wires_into(id)
    return (("behind", "", side.end(wires[0].source)),) if wires else ()


__all__ = [
    "ADDED",
    "CHANGED",
    "MOVED",
    "REMOVED",
    "REWIRED",
    "SIGNS",
    "Compared",
    "Difference",
    "Frame",
    "graphs",
    "matched",
    "networks",
    "projects",
]
