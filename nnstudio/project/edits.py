"""Edits as values: what each place of a project was before, and what it is after. The inverse is the same edit read backwards.

Every change, from the canvas, the inspector, the command line or Python, is one `Edit`; the functions below make them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from nnstudio.project.graph import Graph, Json, Node, Slot, Source
from nnstudio.project.project import Block, Project

ABSENT: Final = None  # a node or wire that is not there

Place = (
    tuple[Literal["node", "frame", "block"], str]
    | tuple[Literal["wire"], Slot]
    | tuple[Literal["project", "data", "recipe"], str]
)
"""("node", id) · ("wire", slot) · ("frame", id) · ("block", id of a definition) · ("project" | "data" | "recipe", name of the field)."""

IN_GRAPH = frozenset({"node", "wire", "frame"})


class Change(NamedTuple):
    """block: the definition in whose graph the node, wire or frame is; "": in the project's own.

    A change of place "block" is a definition coming, going or getting other fields; its graph's parts change by themselves.
    """

    place: Place
    before: Any  # Node | Source | Frame | Block | value of the field; None: absent
    after: Any
    block: str = ""

    def same_place(self, other: "Change") -> bool:
        return (self.block, self.place) == (other.block, other.place)


class StaleEdit(Exception):
    """The project is not what the edit says it was: the edit was made for another state."""


@dataclass(frozen=True)
class Edit:
    """A step that undo takes back. `merge`: consecutive edits with the same non-empty key (typing in one field, one drag) become one step."""

    label: str
    changes: tuple[Change, ...]
    merge: str = ""

    def __bool__(self) -> bool:
        return any(change.before != change.after for change in self.changes)

    @property
    def inverse(self) -> "Edit":
        back = tuple(Change(c.place, c.after, c.before, c.block) for c in reversed(self.changes))
        return Edit(self.label, back, self.merge)

    def inside(self, block: str) -> "Edit":
        """The same in the graph of definition `block`: for edits made for `project.inside(block)`."""
        if not block:
            return self
        moved = (c._replace(block=block) if c.place[0] in IN_GRAPH and not c.block else c for c in self.changes)
        return replace(self, changes=tuple(moved))

    def then(self, later: "Edit") -> "Edit":
        """One edit that does both."""
        return Edit(self.label, self.changes + later.changes, self.merge)

    @property
    def leads_back(self) -> bool:
        """Is in the end everything as it was?"""
        last = self.changes[-1]
        first = next(change for change in self.changes if change.same_place(last))
        if first.before != last.after:  # nearly always: the others need not be looked at
            return False
        ends: dict[object, tuple[object, object]] = {}
        for change in self.changes:
            key = (change.block, change.place)
            ends[key] = (ends.get(key, (change.before,))[0], change.after)
        return all(before == after for before, after in ends.values())

    @property
    def nodes(self) -> set[str]:
        """The nodes whose looks, arguments or wires this edit touches, each by its id in its own graph."""
        touched: set[str] = set()
        for change in self.changes:
            if change.place[0] == "node":
                touched.add(change.place[1])
            elif change.place[0] == "wire":
                touched.add(change.place[1].node)
                touched.update(end.node for end in (change.before, change.after) if end is not None)
        return touched


def apply(project: Project, edit: Edit) -> Project:
    """`project` after `edit`. Raises StaleEdit, changing nothing, where `before` is not what is there."""
    blocks: dict[str, Block] = dict(project.blocks)
    graphs: dict[
        str, dict[str, dict[Any, Any]]
    ] = {}  # by definition ("": the project's own): its tables, copied when first changed
    fields: dict[str, dict[str, Any]] = {"project": {}, "data": {}, "recipe": {}}
    for change in edit.changes:
        place, before, after = change.place, change.before, change.after
        name: Any = place[1]
        if place[0] in IN_GRAPH:
            tables = graphs.setdefault(change.block, {})
            table = f"{place[0]}s"
            if table not in tables:
                tables[table] = _copied(getattr(_graph_of(project, blocks, change.block), table))
            _put(tables[table], place[1], before, after)
        elif place[0] == "block":
            _close(graphs, blocks, place[1])
            _put(blocks, place[1], before, after)
        else:
            room = fields[place[0]]
            owner = project if place[0] == "project" else getattr(project, place[0])
            if room.get(name, getattr(owner, name)) != before:
                raise StaleEdit(f"{place[0]}.{name} is not {before!r}")
            room[name] = after
    for block in [block for block in graphs if block]:
        _close(graphs, blocks, block)
    if graphs.get(""):
        project = replace(project, graph=replace(project.graph, **graphs[""]))
    if any(change.block or change.place[0] == "block" for change in edit.changes):
        project = replace(project, blocks=blocks)
    for owner_name in ("data", "recipe"):
        if fields[owner_name]:
            project = replace(project, **{owner_name: replace(getattr(project, owner_name), **fields[owner_name])})
    return replace(project, **fields["project"]) if fields["project"] else project


def _copied(table: Mapping[Any, Any]) -> dict[Any, Any]:
    """`dict(table)`, once something was deleted from it, puts in one key after the other: seven times slower."""
    return table.copy() if isinstance(table, dict) else dict(table)


def _graph_of(project: Project, blocks: Mapping[str, Block], block: str) -> Graph:
    if block and block not in blocks:
        raise StaleEdit(f"there is no block {block!r}")
    return blocks[block].graph if block else project.graph


def _close(graphs: dict[str, dict[str, dict[Any, Any]]], blocks: dict[str, Block], block: str) -> None:
    """What was changed inside a definition is put into it."""
    tables = graphs.pop(block, None)
    if tables:
        blocks[block] = replace(blocks[block], graph=replace(blocks[block].graph, **tables))


def _put(table: dict[Any, Any], key: Any, before: Any, after: Any) -> None:
    if table.get(key) != before:
        raise StaleEdit(f"{key!r} is {table.get(key)!r}, not {before!r}")
    if after is ABSENT:
        table.pop(key, None)
    else:
        table[key] = after


# ── makers ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def add_node(project: Project, node: Node) -> Edit:
    if node.id in project.graph.nodes:
        raise ValueError(f"There is already a node '{node.id}'.")
    return Edit(f"Add {node.label}", (Change(("node", node.id), ABSENT, node),))


def remove_nodes(project: Project, ids: Iterable[str]) -> Edit:
    """The nodes and every wire at them."""
    gone = {id for id in ids if id in project.graph.nodes}
    changes = [
        Change(("wire", slot), source, ABSENT)
        for slot, source in project.graph.wires.items()
        if slot.node in gone or source.node in gone
    ]
    changes += [Change(("node", id), project.graph.nodes[id], ABSENT) for id in sorted(gone)]
    names = ", ".join(project.graph.nodes[id].label for id in sorted(gone)[:3])
    return Edit(f"Delete {names}" if len(gone) <= 3 else f"Delete {len(gone)} nodes", tuple(changes))


def connect(project: Project, source: Source, target: Slot) -> Edit:
    """A wire from `source` into the slot `target`; a wire that is there is replaced."""
    return Edit("Connect", (Change(("wire", target), project.graph.wires.get(target), source),))


def next_slot(graph: Graph, node: str, port: str, *, many: bool) -> Slot:
    """Where a new wire into `port` goes: behind the last one where the port takes many, else onto slot 0."""
    wires = graph.wires_into(node, port)
    return Slot(node, port, wires[-1].target.order + 1 if many and wires else 0)


def disconnect(project: Project, slots: Iterable[Slot]) -> Edit:
    changes = tuple(
        Change(("wire", slot), project.graph.wires[slot], ABSENT) for slot in slots if slot in project.graph.wires
    )
    return Edit("Disconnect", changes)


def set_param(project: Project, node: str, name: str, value: Json) -> Edit:
    """Parameter `name` of `node`; consecutive changes of the same one are one step."""
    old = project.graph.nodes[node]
    return Edit(
        f"Change {name}", (Change(("node", node), old, old.with_param(name, value)),), merge=f"param:{node}:{name}"
    )


def set_option(project: Project, node: str, name: str, value: Json) -> Edit:
    """Option `name` of `node` (see `Node.options`); None takes it away."""
    old = project.graph.nodes[node]
    return Edit(f"Change {name}", (Change(("node", node), old, old.with_option(name, value)),))


def reset_param(project: Project, node: str, name: str) -> Edit:
    old = project.graph.nodes[node]
    return Edit(f"Reset {name}", (Change(("node", node), old, old.without_param(name)),), merge=f"param:{node}:{name}")


def rename(project: Project, node: str, name: str) -> Edit:
    old = project.graph.nodes[node]
    return Edit("Rename", (Change(("node", node), old, replace(old, name=name)),), merge=f"name:{node}")


def move(project: Project, positions: Mapping[str, tuple[float, float]], *, gesture: str = "") -> Edit:
    """New positions by node id. `gesture`: a key that is the same through one drag, so that it becomes one step."""
    nodes = project.graph.nodes
    changes = tuple(
        Change(("node", id), nodes[id], replace(nodes[id], position=(float(x), float(y))))
        for id, (x, y) in positions.items()
        if id in nodes
    )
    return Edit("Move", changes, merge=gesture)


def set_field(project: Project, owner: Literal["project", "data", "recipe"], name: str, value: Any) -> Edit:
    """Any field of the project, its data or its recipe, by name: `set_field(project, "recipe", "epochs", 20)`."""
    old = getattr(project if owner == "project" else getattr(project, owner), name)
    return Edit(f"Change {name.replace('_', ' ')}", (Change((owner, name), old, value),), merge=f"{owner}:{name}")


def paste(
    project: Project, graph: Graph, *, offset: tuple[float, float], stems: Mapping[str, str] | None = None
) -> tuple[Edit, dict[str, str]]:
    """All of `graph` beside what is there, under free ids; wires between its nodes come along. Returns the edit and {old id: new id}."""
    named = {node.id: (stems or {}).get(node.type) or node.id.rstrip("0123456789") or "node" for node in graph}
    named |= {id: id.rstrip("0123456789") or "frame" for id in graph.frames}
    labels = (node.label for node in project.graph)  # a node without a name is called by its id
    new_ids = _free_ids(named, {*project.graph.nodes, *project.graph.frames, *labels})
    changes: list[Change] = []
    for kind, table in (("node", graph.nodes), ("frame", graph.frames)):
        for item in table.values():
            position = (item.position[0] + offset[0], item.position[1] + offset[1])
            moved = replace(item, id=new_ids[item.id], position=position)
            changes.append(Change(_place(kind, moved.id), ABSENT, moved))
    for wire in graph.all_wires():
        if wire.source.node in graph.nodes and wire.target.node in graph.nodes:
            slot = wire.target._replace(node=new_ids[wire.target.node])
            changes.append(Change(("wire", slot), ABSENT, wire.source._replace(node=new_ids[wire.source.node])))
    return Edit(f"Paste {len(graph.nodes)} nodes", tuple(changes)), new_ids


def _place(kind: str, id: str) -> Place:
    return ("node", id) if kind == "node" else ("frame", id)


def _free_ids(stems: Mapping[str, str], taken: set[str]) -> dict[str, str]:
    """{id: itself, or the first of stem1, stem2, … that is not taken}, all different."""
    new_ids: dict[str, str] = {}
    numbers: dict[str, int] = {}
    for id, stem in stems.items():
        free = id
        while free in taken:
            numbers[stem] = numbers.get(stem, 0) + 1
            free = f"{stem}{numbers[stem]}"
        new_ids[id] = free
        taken.add(free)
    return new_ids


def subgraph(graph: Graph, ids: Sequence[str] | set[str]) -> Graph:
    """The nodes `ids` and the wires among them: what copying takes."""
    chosen = set(ids)
    nodes = {id: node for id, node in graph.nodes.items() if id in chosen}
    wires = {slot: source for slot, source in graph.wires.items() if slot.node in chosen and source.node in chosen}
    return Graph(nodes, wires)
