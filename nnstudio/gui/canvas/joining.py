"""Which ports would a person join? Two nodes with one key; all ends that a wire from here could have. Qt-free."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from nnstudio.gui.canvas.fits import Given, Misfit, circle, port_misfit, reach
from nnstudio.project.edits import Edit, connect, next_slot
from nnstudio.project.graph import Graph, Slot, Source, Wire
from nnstudio.project.project import Project
from nnstudio.registry import Registry


@dataclass(frozen=True)
class End:
    """Where a wire could end, or begin. taken: another wire ends there and would be replaced."""

    at: Slot | Source
    misfit: Misfit | None = None
    taken: bool = False


@dataclass(frozen=True)
class Joiner:
    """Answers for one state of a graph."""

    graph: Graph
    registry: Registry
    given: Given

    # ── ports ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def outputs(self, node: str) -> list[Source]:
        """Those the type has; of an unknown type those that are wired."""
        spec = self.registry.layer(self.graph.nodes[node].type)
        if spec is not None:
            return [Source(node, port.name) for port in spec.outputs]
        return list(dict.fromkeys(wire.source for wire in self.graph.wires_out_of(node)))

    def inputs(self, node: str) -> list[Slot]:
        """Where a new wire would end in each of its ports, in their order: behind the others where a port takes many."""
        spec = self.registry.layer(self.graph.nodes[node].type)
        if spec is None:
            return [wire.target for wire in self.graph.wires_into(node)]
        return [next_slot(self.graph, node, port.name, many=port.many) for port in spec.inputs]

    # ── two nodes with one key ────────────────────────────────────────────────────────────────────────────────────────

    def next_wires(self, ids: Sequence[str], *, fitting: bool = True) -> list[Wire]:
        """These nodes, from left to right, each joined to the next by the first ports that are free and (fitting) fit."""
        nodes = sorted(ids, key=lambda id: (self.graph.nodes[id].position, id))
        found = (self.next_wire(before, after, fitting=fitting) for before, after in pairwise(nodes))
        return [wire for wire in found if wire is not None]

    def next_wire(self, before: str, after: str, *, fitting: bool = True) -> Wire | None:
        """The first wire from one to the other that is not there yet; an output that feeds `after` already comes last."""
        if before in reach(self.graph, after, upstream=False) or before == after:
            return None
        there = {wire.source for wire in self.graph.wires_into(after)}
        outputs = sorted(self.outputs(before), key=lambda source: source in there)
        for slot in self.inputs(after):
            if slot in self.graph.wires:
                continue
            joined = {wire.source for wire in self.graph.wires_into(after, slot.port)}
            for source in outputs:
                fits = not fitting or port_misfit(self.graph, self.registry, self.given, source, slot) is None
                if fits and source not in joined:
                    return Wire(source, slot)
        return None

    # ── the other ends that a wire could have ─────────────────────────────────────────────────────────────────────────

    def ends_for(self, source: Source) -> list[End]:
        """All inputs that a wire from here could go to: those that fit and are free first, near ones before far ones."""
        barred = {source.node, *reach(self.graph, source.node, upstream=True)}
        ends = (
            End(slot, port_misfit(self.graph, self.registry, self.given, source, slot), slot in self.graph.wires)
            for id in self._others(barred)
            for slot in self.inputs(id)
            if self.graph.wires.get(slot) != source
        )
        return self._sorted(source.node, ends)

    def begins_for(self, slot: Slot) -> list[End]:
        """All outputs that a wire into here could come from."""
        barred = {slot.node, *reach(self.graph, slot.node, upstream=False)}
        ends = (
            End(source, port_misfit(self.graph, self.registry, self.given, source, slot))
            for id in self._others(barred)
            for source in self.outputs(id)
            if self.graph.wires.get(slot) != source
        )
        return self._sorted(slot.node, ends)

    def _others(self, barred: set[str]) -> Iterator[str]:
        return (id for id in self.graph.nodes if id not in barred)

    def _sorted(self, node: str, ends: Iterator[End]) -> list[End]:
        x, y = self.graph.nodes[node].position

        def order(end: End) -> tuple[bool, bool, float]:
            other = self.graph.nodes[end.at.node].position
            return end.misfit is not None, end.taken, abs(other[0] - x) + abs(other[1] - y)

        return sorted(ends, key=order)


def join(project: Project, wires: Sequence[Wire]) -> Edit:
    """These wires as one step."""
    edits = [connect(project, wire.source, wire.target) for wire in wires]
    return Edit("Connect", tuple(change for edit in edits for change in edit.changes))


def move_all(joiner: Joiner, project: Project, old: Source, new: Source) -> tuple[Edit, Misfit | None]:
    """All wires that begin at `old` begin at `new`; those that would close a circle stay. The reason, where some do."""
    upstream = {new.node, *reach(joiner.graph, new.node, upstream=True)}
    wires = joiner.graph.wires_out_of(old.node, old.port)
    moved = [Wire(new, wire.target) for wire in wires if wire.target.node not in upstream]
    return join(project, moved), circle() if len(moved) < len(wires) else None
