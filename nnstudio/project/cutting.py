"""Nodes and wires taken out: with what fed them handed on to what read them."""

from collections.abc import Collection, Iterable

from nnstudio.project.edits import Change, Edit, apply, disconnect, remove_nodes
from nnstudio.project.graph import Graph, Slot, Source, Wire
from nnstudio.project.project import Project


def remove_and_reconnect(project: Project, ids: Collection[str]) -> Edit:
    """The nodes go; what fed the first input of each goes on to its readers, through chains of them too.

    Whether it fits there or not: a wire that does not is told with its cure, one that is gone could not be.
    """
    graph = project.graph
    gone = {id for id in ids if id in graph.nodes}
    edit = remove_nodes(project, gone)
    joined: list[Change] = []
    for wire in graph.all_wires():
        if wire.source.node in gone and wire.target.node not in gone:
            source = feeding(graph, wire.source.node, gone)
            if source is not None:
                joined.append(Change(("wire", wire.target), None, source))
    return Edit(edit.label, (*edit.changes, *sorted(joined, key=lambda change: change.place[1])))


def feeding(graph: Graph, node: str, gone: Collection[str]) -> Source | None:
    """What reaches the first wired input of `node` from outside `gone`; None where nothing does."""
    seen: set[str] = set()
    while node not in seen:
        seen.add(node)
        wires = graph.wires_into(node)
        if not wires:
            return None
        if wires[0].source.node not in gone:
            return wires[0].source
        node = wires[0].source.node
    return None


def cut_wires_at(project: Project, ids: Iterable[str], slots: Iterable[Slot] = ()) -> Edit:
    """Every wire at these nodes, and the wires that end in these slots."""
    chosen = set(ids)
    graph = project.graph
    at_nodes = (wire.target for wire in graph.all_wires() if wire.source.node in chosen or wire.target.node in chosen)
    return disconnect(project, dict.fromkeys((*slots, *at_nodes)))


def chain_in(graph: Graph, ids: Collection[str]) -> list[str] | None:
    """These nodes from first to last, where they are wired to each other in one row and to nothing else; None where not."""
    chosen = {id for id in ids if id in graph.nodes}
    after: dict[str, str] = {}
    before: dict[str, str] = {}
    for id in chosen:
        for wire in (*graph.wires_into(id), *graph.wires_out_of(id)):
            if wire.source.node not in chosen or wire.target.node not in chosen:
                return None
            if after.setdefault(wire.source.node, wire.target.node) != wire.target.node:
                return None
            if before.setdefault(wire.target.node, wire.source.node) != wire.source.node:
                return None
    first = [id for id in chosen if id not in before]
    if len(first) != 1:
        return None
    row = first
    while row[-1] in after and len(row) <= len(chosen):
        row.append(after[row[-1]])
    return row if len(row) == len(chosen) else None


def into_wire(project: Project, wire: Wire, entry: Slot, exit: Source) -> tuple[Change, ...]:
    """The wire led through what begins at `entry` and ends at `exit`."""
    return (
        Change(("wire", entry), project.graph.wires.get(entry), wire.source),
        Change(("wire", wire.target), wire.source, exit),
    )


def without(project: Project, slots: Iterable[Slot]) -> Project:
    """The project as it is while these wires are held in the hand."""
    return apply(project, disconnect(project, slots))
