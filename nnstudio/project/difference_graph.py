"""Two versions of a network compared: what was added, removed, changed, moved and rewired, in the blocks too. No torch, no Qt.

Nodes are the same where they have the same id; of the rest those of one type that stand in the same place: called the same, between the same neighbours.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from nnstudio.project.blocks import PREFIX
from nnstudio.project.difference import shown
from nnstudio.project.edits import ABSENT
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
LOOKS: Final = ("collapsed", "color", "note")
ROUNDS: Final = 100
"""Of matching: each gives neighbours to the next."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same. thing: "node", "frame", "wire" or "block"; block: the definition it lies in ("": the project);
    before, after: its id in either version ("": it is not there). details: (what, as it was, as it is), in words."""

    kind: str
    thing: str
    block: str
    before: str
    after: str
    title: str
    details: tuple[tuple[str, str, str], ...] = ()

    def __str__(self) -> str:
        where = f"{self.block}: " if self.block else ""
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
    found = list(graphs(before.graph, after.graph, registry).differences)
    for id in sorted(before.blocks.keys() | after.blocks.keys()):
        old, new = before.blocks.get(id), after.blocks.get(id)
        if old is None or new is None:
            block = new or old
            assert block is not None
            kind = ADDED if old is None else REMOVED
            found.append(Difference(kind, "block", "", id if old else "", id if new else "", _block_title(block)))
        elif old != new:
            found += _definition(old, new)
            found += graphs(old.graph, new.graph, registry, block=id).differences
    return tuple(found)


def graphs(before: Graph, after: Graph, registry: Registry, *, block: str = "") -> Compared:
    """`before` and `after` compared; block: the definition whose graphs they are."""
    same = matched(before, after)
    back = {new: old for old, new in same.items()}
    found = [
        Difference(ADDED, "node", block, "", node.id, _title(node, registry), _place(after, node.id))
        for node in after
        if node.id not in back
    ]
    found += [
        Difference(REMOVED, "node", block, node.id, "", _title(node, registry))
        for node in before
        if node.id not in same
    ]
    cut, drawn = _wires(before, after, same)
    rewired = _rewired(before, after, same, back, cut, drawn)
    for old_id, new_id in same.items():
        old, new = before.nodes[old_id], after.nodes[new_id]
        title = _title(new, registry)
        details = tuple(_node_details(old, new, registry))
        if details:
            found.append(Difference(CHANGED, "node", block, old_id, new_id, title, details))
        if new_id in rewired:
            found.append(Difference(REWIRED, "node", block, old_id, new_id, title, rewired[new_id]))
        if old.position != new.position:
            found.append(Difference(MOVED, "node", block, old_id, new_id, title))
    found += _frames(before, after, block)
    found.sort(key=lambda difference: ORDER.index(difference.kind))
    return Compared(before, after, same, tuple(found), cut, drawn)


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
    for said, ids in olds.items():
        others = news.get(said, [])
        if said is not None and len(ids) == len(others) == 1:
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
    before: Graph,
    after: Graph,
    same: Mapping[str, str],
    back: Mapping[str, str],
    cut: Iterable[Slot],
    drawn: Iterable[Slot],
) -> dict[str, tuple[tuple[str, str, str], ...]]:
    """{id after: what feeds its ports otherwise} of nodes that both have."""
    slots = {slot._replace(node=same[slot.node]) for slot in cut if slot.node in same}
    slots |= {slot for slot in drawn if slot.node in back}
    found: dict[str, list[tuple[str, str, str]]] = {}
    for slot in sorted(slots):
        old, new = before.wires.get(slot._replace(node=back[slot.node])), after.wires.get(slot)
        port = slot.port if not slot.order else f"{slot.port} {slot.order + 1}"
        found.setdefault(slot.node, []).append((port, _end(before, old), _end(after, new)))
    return {id: tuple(details) for id, details in found.items()}


def _end(graph: Graph, source: Source | None) -> str:
    if source is None:
        return ""
    label = graph.nodes[source.node].label if source.node in graph.nodes else source.node
    return label if source.port == "output" else f"{label}.{source.port}"


def _node_details(old: Node, new: Node, registry: Registry) -> Iterator[tuple[str, str, str]]:
    if old.type != new.type:
        yield "type", _type(old, registry), _type(new, registry)
    before, after = _values(old, registry), _values(new, registry)
    for name in dict.fromkeys((*before, *after)):
        if old.type != new.type and (name not in old.params and name not in new.params):
            continue  # the other type's own parameters go with it
        if _plain(before.get(name)) != _plain(after.get(name)):
            yield name, _shown(before.get(name)), _shown(after.get(name))
    if old.name != new.name:
        yield "name", old.label, new.label
    for name in dict.fromkeys((*old.options, *new.options)):
        if old.options.get(name) != new.options.get(name):
            yield name, _shown(old.options.get(name)), _shown(new.options.get(name))
    for name in ("bypassed", *LOOKS):
        if getattr(old, name) != getattr(new, name):
            yield name, _shown(getattr(old, name)), _shown(getattr(new, name))


def _frames(before: Graph, after: Graph, block: str) -> Iterator[Difference]:
    for id in dict.fromkeys((*before.frames, *after.frames)):
        old, new = before.frames.get(id), after.frames.get(id)
        frame = new or old
        assert frame is not None
        title = f"'{frame.title or frame.id}'"
        if old is None or new is None:
            kind = ADDED if old is None else REMOVED
            yield Difference(kind, "frame", block, id if old else "", id if new else "", title)
            continue
        details = tuple(
            (name, _shown(getattr(old, name)), _shown(getattr(new, name)))
            for name in ("title", "text", "size", "color")
            if getattr(old, name) != getattr(new, name)
        )
        if details:
            yield Difference(CHANGED, "frame", block, id, id, title, details)
        if old.position != new.position:
            yield Difference(MOVED, "frame", block, id, id, title)


def _definition(old: Block, new: Block) -> Iterator[Difference]:
    details: list[tuple[str, str, str]] = []
    for item in fields(Block):
        before, after = getattr(old, item.name), getattr(new, item.name)
        if item.name not in ("id", "graph") and before != after:
            said = [_exposed(value) if item.name == "exposed" else _shown(value) for value in (before, after)]
            details.append((item.name, said[0], said[1]))
    if details:
        yield Difference(CHANGED, "block", "", old.id, new.id, _block_title(new), tuple(details))


def _exposed(items: Iterable[Any]) -> str:
    return ", ".join(item.name for item in items)


def _values(node: Node, registry: Registry) -> dict[str, Json]:
    """Its parameters, defaults included."""
    spec = registry.layer(node.type)
    if spec is None:
        return dict(node.params)
    known = spec.params.model_fields.items()
    return {**{name: info.default for name, info in known if not info.is_required()}, **node.params}


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _shown(value: Any) -> str:
    return "" if value is ABSENT or value == "" else shown(value)


def _detail(name: str, before: str, after: str) -> str:
    if not before:
        return f"{name} {after}"
    return f"{name} {before} → {after}" if after else f"{name} {before} → nothing"


def _title(node: Node, registry: Registry) -> str:
    return f"{_type(node, registry)} '{node.label}'"


def _type(node: Node, registry: Registry) -> str:
    spec = registry.layer(node.type)
    return spec.title if spec else node.type.removeprefix(PREFIX)


def _place(graph: Graph, id: str) -> tuple[tuple[str, str, str], ...]:
    """Behind what a new node stands."""
    wires = graph.wires_into(id)
    return (("behind", "", _end(graph, wires[0].source)),) if wires else ()


def _block_title(block: Block) -> str:
    return f"'{block.title or block.id}'"


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
    "projects",
]
