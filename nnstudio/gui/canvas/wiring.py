"""What is done to wires, and to nodes for the sake of their wires? Each is one undoable edit of the graph on show. No widget is here."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from nnstudio.gui.canvas.fits import Misfit, misfit, spec_misfit
from nnstudio.gui.canvas.joining import Joiner, join, move_all
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.problems import Problem
from nnstudio.project.blocks import REROUTE
from nnstudio.project.boxes import NODE_SIZE, Position, Size, Sizes, box_at, snapped
from nnstudio.project.clipboard import pasted, piece_of, room_below
from nnstudio.project.cutting import chain_in, cut_wires_at, into_wire, remove_and_reconnect
from nnstudio.project.edits import Change, Edit, apply, disconnect, move
from nnstudio.project.graph import Graph, Node, Slot, Source, Wire
from nnstudio.project.placing import new_node
from nnstudio.project.project import Project
from nnstudio.project.room import let_in
from nnstudio.specs import LayerSpec


class Wiring:
    """Edits of the graph on show, done through the studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    @property
    def _here(self) -> Project:
        return self._studio.scope.here

    @property
    def joiner(self) -> Joiner:
        return self._joiner(self._studio.scope.graph)

    def _joiner(self, graph: Graph) -> Joiner:
        return Joiner(graph, self._studio.registry, self._studio.scope.carried)

    def _fits(self, project: Project, source: Source, slot: Slot) -> Misfit | None:
        return misfit(project.graph, self._studio.registry, self._studio.scope.carried, source, slot)

    # ── joining ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def join_next(self, ids: Sequence[str]) -> bool:
        """The selected nodes joined from left to right by the next ports that are free, those that fit first; False where there is none."""
        wires = self.joiner.next_wires(ids) or self.joiner.next_wires(ids, fitting=False)
        self._studio.scope.do(join(self._here, wires))
        return bool(wires)

    def plug(self, wires: Sequence[Wire], instead_of: Collection[Slot] = ()) -> bool:
        """These wires as one step, what was in their slots replaced; instead_of: slots whose wires are moved here. False where a circle forbids it."""
        project = self._here
        unplugged = disconnect(project, instead_of)
        between = apply(project, unplugged)
        found = next((why for wire in wires if (why := self._fits(between, *wire)) and why.never), None)
        if found is not None:
            self._studio.message.emit(found.reason, "warning")
            return False
        joined = join(between, wires)
        self._studio.scope.do(Edit(joined.label, unplugged.changes + joined.changes))
        return True

    def move_all(self, old: Source, new: Source) -> None:
        """All wires that begin at `old` begin at `new`."""
        edit, why = move_all(self.joiner, self._here, old, new)
        if why is not None:
            self._studio.message.emit(why.reason, "warning")
        self._studio.scope.do(replace(edit, label=tr("Move wires")))

    # ── cutting ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def cut(self, slots: Iterable[Slot]) -> None:
        edit = disconnect(self._here, slots)
        self._studio.scope.do(replace(edit, label=tr("Cut wires")))

    def cut_all_at(self, ids: Iterable[str], slots: Iterable[Slot]) -> None:
        """Every wire at these nodes, and these wires."""
        self._studio.scope.do(replace(cut_wires_at(self._here, ids, slots), label=tr("Cut wires")))

    def remove_and_reconnect(self, ids: Collection[str]) -> None:
        """The nodes go; what fed them goes on to their readers."""
        self._studio.scope.do(remove_and_reconnect(self._here, ids))

    # ── points and nodes on a wire ────────────────────────────────────────────────────────────────────────────────────

    def reroute(self, points: Mapping[Slot, Position], size: Size) -> None:
        """A reroute point in each of these wires, with its middle there. size: of a point."""
        spec = self._studio.registry.layer(REROUTE)
        if spec is None:
            return
        graph, changes, new = self._here.graph, list[Change](), list[str]()
        for slot, (x, y) in points.items():
            id = graph.free_id(spec.stem, new)
            node = Node(id, REROUTE, position=(x - size[0] / 2, y - size[1] / 2))
            changes += [
                Change(("node", id), None, node),
                *into_wire(self._here, Wire(graph.wires[slot], slot), Slot(id), Source(id)),
            ]
            new.append(id)
        self._studio.scope.do(Edit(tr("Reroute point"), tuple(changes)), new)

    def insertable(self, ids: Collection[str]) -> list[str] | None:
        """These nodes as a chain that could be let into a wire, from first to last; None where they are none."""
        graph = self._studio.scope.graph
        chain = chain_in(graph, ids)
        if chain is None:
            return None
        first, last = (self._studio.registry.layer(graph.nodes[id].type) for id in (chain[0], chain[-1]))
        return chain if first is not None and last is not None and first.inputs and last.outputs else None

    def insert(self, chain: Sequence[str], wire: Wire, positions: Mapping[str, Position], sizes: Sizes) -> None:
        """A chain of nodes put down on a wire is let into it; who stands in the way moves aside. One step."""
        project = self._here
        spec = self._studio.registry.layer(project.graph.nodes[chain[0]].type)
        if spec is None:
            return
        moved = move(project, positions).changes + self._making_room(project.graph, wire, positions, sizes)
        wires = into_wire(project, wire, self._entry(chain[0], spec, wire.source), self._exit(chain[-1]))
        self._studio.scope.do(Edit(tr("Insert {title}", title=spec.title), moved + wires))

    def insert_new(self, type: str, wire: Wire, at: Position, sizes: Sizes) -> str | None:
        """A new node within `wire`; unwired, where it has no input or no output. Its id; None where no plugin brings the type."""
        spec = self._studio.registry.layer(type)
        if spec is None:
            return None
        project = self._here
        node = new_node(project.graph, spec, (snapped(at[0]), snapped(at[1])))
        added = Edit(tr("Insert {title}", title=spec.title), (Change(("node", node.id), None, node),))
        if spec.inputs and spec.outputs:
            entry, exit = self._entry(node.id, spec, wire.source), Source(node.id, spec.outputs[0].name)
            room = self._making_room(project.graph, wire, {node.id: node.position}, sizes)
            added = replace(added, changes=(*added.changes, *room, *into_wire(project, wire, entry, exit)))
        self._studio.scope.do(added, [node.id])
        return node.id

    def _making_room(
        self, graph: Graph, wire: Wire, positions: Mapping[str, Position], sizes: Sizes
    ) -> tuple[Change, ...]:
        """What stands in the way of nodes that come into `wire` there moves aside."""
        coming = {id: box_at(at, sizes.get(id, NODE_SIZE)) for id, at in positions.items()}
        return let_in(graph, wire, coming, sizes).changes(graph)

    def _entry(self, node: str, spec: LayerSpec, source: Source) -> Slot:
        """The input that what comes along the wire fits; the first, where none does."""
        given = self._studio.scope.carried(source)
        fitting = (port.name for port in spec.inputs if spec_misfit(spec, port.name, *given) is None)
        return Slot(node, next(fitting, spec.inputs[0].name))

    def _exit(self, node: str) -> Source:
        return self.joiner.outputs(node)[0]

    # ── copies ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def duplicate_keeping_inputs(self, ids: Collection[str], at: Position | None = None) -> None:
        """Copies that are fed by what feeds the originals, their top left at `at` (None: below them)."""
        project = self._here
        piece = replace(piece_of(project, set(ids)), blocks={})
        at = at or room_below(project.graph, piece.graph, self._studio.node_sizes())
        found = pasted(project, piece, at=at, keep_inputs=True, label=tr("Duplicate"))
        if not isinstance(found, Problem):
            edit, new = found
            self._studio.scope.do(edit, list(new.values()))
