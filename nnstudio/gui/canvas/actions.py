"""What can be done to the network on the canvas? Each action is one undoable edit. No widget is here."""

from collections.abc import Iterable, Mapping

from nnstudio.gui.canvas.fits import Misfit, misfit, spec_misfit
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.project.boxes import Position, snapped
from nnstudio.project.edits import (
    Change,
    Edit,
    apply,
    connect,
    disconnect,
    move,
    remove_nodes,
    rename,
)
from nnstudio.project.frames import remove as remove_frames
from nnstudio.project.graph import Graph, Node, Slot, Source
from nnstudio.project.placing import new_node
from nnstudio.specs import LayerSpec


class Actions:
    """Edits of the project's graph, done through the studio."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    @property
    def graph(self) -> Graph:
        return self._studio.scope.graph

    # ── placing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, type: str, at: Position, *, source: Source | None = None, target: Slot | None = None) -> str | None:
        """A new node at `at`, wired from `source` or into `target`, as one step; returns its id, None where no plugin brings the type."""
        spec = self._studio.registry.layer(type)
        if spec is None:
            return None
        node = self._new(spec, at)
        changes = [Change(("node", node.id), None, node)]
        if source is not None and spec.inputs:
            changes.append(Change(("wire", Slot(node.id, self.fitting_port(spec, source))), None, source))
        if target is not None and spec.outputs:
            before = self.graph.wires.get(target)
            changes.append(Change(("wire", target), before, Source(node.id, spec.outputs[0].name)))
        self._studio.scope.do(Edit(tr("Add {title}", title=spec.title), tuple(changes)), [node.id])
        return node.id

    def fitting_port(self, spec: LayerSpec, source: Source) -> str:
        """The input of `spec` that what leaves `source` fits; the first, where none does."""
        given = self._studio.scope.carried(source)
        return next(
            (port.name for port in spec.inputs if spec_misfit(spec, port.name, *given) is None), spec.inputs[0].name
        )

    def open_source(self, node: str) -> Source | None:
        """The output that a node placed behind `node` is wired to."""
        found = self.graph.nodes.get(node)
        spec = self._studio.registry.layer(found.type) if found else None
        return Source(node, spec.outputs[0].name) if spec is not None and spec.outputs else None

    def _new(self, spec: LayerSpec, at: Position) -> Node:
        return new_node(self.graph, spec, (snapped(at[0]), snapped(at[1])))

    # ── wiring ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def misfit(self, source: Source, slot: Slot) -> Misfit | None:
        return misfit(self.graph, self._studio.registry, self._studio.scope.carried, source, slot)

    def connect(self, source: Source, slot: Slot, *, instead_of: Slot | None = None) -> bool:
        """A wire into `slot`, what was there replaced; `instead_of`: the slot whose wire is moved here. False where it cannot be."""
        project = self._studio.scope.here
        edit = disconnect(project, [instead_of] if instead_of is not None and instead_of != slot else [])
        between = apply(project, edit)
        found = misfit(between.graph, self._studio.registry, self._studio.scope.carried, source, slot)
        if found is not None and found.never:
            self._studio.message.emit(found.reason, "warning")
            return False
        joined = connect(between, source, slot)
        self._studio.scope.do(Edit(joined.label, edit.changes + joined.changes))
        return True

    def disconnect(self, slots: Iterable[Slot]) -> None:
        self._studio.scope.do(disconnect(self._studio.scope.here, slots))

    # ── moving ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def move(self, positions: Mapping[str, Position], *, gesture: str = "") -> None:
        self._studio.scope.do(move(self._studio.scope.here, positions, gesture=gesture))

    def nudge(self, ids: Iterable[str], dx: float, dy: float) -> None:
        """By the keyboard: steps in a row are one undo step."""
        nodes = self.graph.nodes
        moved = {id: (nodes[id].position[0] + dx, nodes[id].position[1] + dy) for id in ids}
        self.move(moved, gesture="nudge:" + ",".join(sorted(moved)))

    # ── whole nodes ───────────────────────────────────────────────────────────────────────────────────────────────────

    def remove(self, ids: Iterable[str], slots: Iterable[Slot], frames: Iterable[str] = ()) -> None:
        """These nodes with their wires, these wires, and these frames without what they hold, as one step."""
        project = self._studio.scope.here
        wires = disconnect(project, slots)
        nodes = remove_nodes(apply(project, wires), ids)
        boxes = remove_frames(project, frames)
        label = next((edit.label for edit in (nodes, boxes) if edit.changes), wires.label)
        self._studio.scope.do(Edit(label, wires.changes + nodes.changes + boxes.changes))

    def rename(self, node: str, name: str) -> None:
        if node not in self._studio.scope.graph.nodes:
            return  # undone or taken away while its name was typed
        self._studio.scope.do(rename(self._studio.scope.here, node, name))
        self._studio.document.end_merge()
