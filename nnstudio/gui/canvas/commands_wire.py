"""Commands that join, re-plug and cut wires: every one of them without a mouse."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nnstudio.gui.canvas.choose import ChoosePopup, Pointed
from nnstudio.gui.canvas.joining import End
from nnstudio.gui.canvas.rerouting import reroutable, reroute
from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr
from nnstudio.project.boxes import snapped
from nnstudio.project.graph import Slot, Source, Wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView


def commands(view: "CanvasView") -> list[Command]:
    studio = view.studio
    asking = Asking(view)

    def wires() -> bool:
        return bool(view.wires.selected)

    def one() -> bool:
        nodes = nodes_of(view)
        return len(nodes) == 1 or (not nodes and len(view.wires.selected) == 1)

    def several() -> bool:
        return len(nodes_of(view)) > 1

    def marked() -> bool:
        return bool(studio.selection) or wires()

    return [
        Command(
            "canvas.connect", tr("Join the selected nodes"), lambda: join_selected(view), ("F",), "link", several,
            words="lazy connect wire", gesture=tr("drag from port to port"),
        ),
        Command(
            "canvas.wire_to", tr("Wire to …"), asking.where_to, ("Y",), "plug", one,
            words="connect output to input, re-plug the end of a wire", gesture=tr("drag from an output, or a wire's end"),
        ),
        Command(
            "canvas.wire_from", tr("Wire from …"), asking.where_from, ("Shift+Y",), "plug", one,
            words="connect input from output, re-plug the beginning of a wire", gesture=tr("drag from an input"),
        ),
        Command(
            "canvas.move_wires", tr("Move all its wires to another output …"), asking.instead, ("Alt+Y",), "shuffle",
            lambda: len(nodes_of(view)) == 1 and bool(view.scene.graph.wires_out_of(nodes_of(view)[0])),
            words="replace output re-plug", gesture=tr("Ctrl+drag from a port"),
        ),
        Command(
            "canvas.insert_into_wire", tr("Insert the selection into a wire …"), asking.into_which, ("Shift+I",), "split",
            lambda: view.wiring.insertable(nodes_of(view)) is not None,
            words="splice between", gesture=tr("drop nodes on a wire"),
        ),
        Command(
            "canvas.reroute", tr("Reroute point"), lambda: reroute(view), ("R",), "route",
            lambda: bool(reroutable(view)),
            words="knot dot corner wire", gesture=tr("double-click a wire"),
        ),
        Command(
            "canvas.knife", tr("Cut wires with the knife"), view.input.take_knife, ("K",), "scissors",
            lambda: bool(view.scene.graph.wires), words="slice", gesture=tr("Ctrl+right-drag"),
        ),
        Command(
            "canvas.cut_wires", tr("Cut all wires of the selection"),
            lambda: view.wiring.cut_all_at(nodes_of(view), view.selected_slots()), ("Shift+X",), "unlink", marked,
            words="disconnect detach", gesture=tr("Alt+click a wire"),
        ),
        Command(
            "canvas.delete_reconnect", tr("Delete and reconnect"),
            lambda: view.wiring.remove_and_reconnect(nodes_of(view)), ("Ctrl+Del",), "trash-2",
            lambda: bool(nodes_of(view)), words="dissolve remove keep wires",
        ),
    ]  # fmt: skip


def nodes_of(view: "CanvasView") -> list[str]:
    """The selected nodes; frames are none."""
    return [id for id in view.studio.selection if id in view.scene.row]


def join_selected(view: "CanvasView") -> None:
    if not view.wiring.join_next(nodes_of(view)):
        view.studio.message.emit(tr("No ports of these nodes are free for each other."), "info")


class Asking:
    """Wires by keyboard: a list of the ends there are, those that fit first, the one meant shown on the canvas meanwhile."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self.popup = ChoosePopup(view)

    def where_to(self) -> None:
        """An input for what leaves the selected node; with a wire selected, another one for its end."""
        view, joiner = self._view, self._view.wiring.joiner
        wire = self._wire()
        if wire is not None:
            ends = joiner.ends_for(wire.source)
            choices = [self._end(wire.source, end, [wire.target]) for end in ends]
            self._ask(wire.target, tr("Plug this wire into …"), choices)
            return
        (node,) = nodes_of(view)
        outputs = joiner.outputs(node)
        every = [(source, end) for source in outputs for end in joiner.ends_for(source)]
        ranked = sorted(every, key=lambda pair: pair[1].misfit is not None)
        choices = [self._end(source, end, (), named=len(outputs) > 1) for source, end in ranked]
        self._ask(outputs[0] if outputs else Slot(node), tr("Wire {name} to …", name=self._title(node)), choices)

    def where_from(self) -> None:
        """An output for each input of the selected node; with a wire selected, another one for its beginning."""
        view, joiner = self._view, self._view.wiring.joiner
        wire = self._wire()
        if wire is not None:
            ends = joiner.begins_for(wire.target)
            choices = [self._begin(end, wire.target) for end in ends]
            self._ask(wire.target, tr("Feed this wire from …"), choices)
            return
        (node,) = nodes_of(view)
        slots = joiner.inputs(node)
        every = [(end, slot) for slot in slots for end in joiner.begins_for(slot)]
        ranked = sorted(every, key=lambda pair: pair[0].misfit is not None)
        choices = [self._begin(end, slot, named=len(slots) > 1) for end, slot in ranked]
        self._ask(slots[0] if slots else Source(node), tr("Wire {name} from …", name=self._title(node)), choices)

    def instead(self) -> None:
        """Another output for all wires of the selected node's."""
        view, joiner = self._view, self._view.wiring.joiner
        (node,) = nodes_of(view)
        used = list(dict.fromkeys(wire.source for wire in joiner.graph.wires_out_of(node)))
        choices = [
            self._choice(
                end.at,
                self._named(end.at),
                tr("in place of {port}", port=old.port) if len(used) > 1 else "",
                lambda old=old, new=end.at: view.wiring.move_all(old, Source(*new[:2])),
                Wire(Source(*end.at[:2]), joiner.graph.wires_out_of(node, old.port)[0].target),
            )
            for old in used
            for end in joiner.begins_for(joiner.graph.wires_out_of(node, old.port)[0].target)
        ]
        self._ask(used[0], tr("Move the wires of {name} to …", name=self._title(node)), choices)

    def into_which(self) -> None:
        """A wire for the selected chain of nodes."""
        view = self._view
        chain = view.wiring.insertable(nodes_of(view)) or []
        graph = view.scene.graph
        choices = [
            self._choice(
                wire.target,
                tr("{source} → {target}", source=self._title(wire.source.node), target=self._title(wire.target.node)),
                wire.target.port,
                lambda wire=wire: self._insert(chain, wire),
                wire,
            )
            for wire in graph.all_wires()
            if wire.target.node not in chain and wire.source.node not in chain
        ]
        self._ask(Slot(nodes_of(view)[0]), tr("Insert into the wire …"), choices)

    def _insert(self, chain: Sequence[str], wire: Wire) -> None:
        """Half way between its ends, the row of nodes as it stands."""
        view = self._view
        graph, sizes = view.scene.graph, view.scene.sizes()
        left, top, right, bottom = view.scene.bounds(view.scene.rows_of(chain)) or (0.0, 0.0, 0.0, 0.0)
        ends = view.scene.bounds(view.scene.rows_of((wire.source.node, wire.target.node))) or (0.0, 0.0, 0.0, 0.0)
        dx = snapped((ends[0] + ends[2] - left - right) / 2)
        dy = snapped((ends[1] + ends[3] - top - bottom) / 2)
        positions = {id: (graph.nodes[id].position[0] + dx, graph.nodes[id].position[1] + dy) for id in chain}
        view.wiring.insert(chain, wire, positions, sizes)

    # ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _wire(self) -> Wire | None:
        view = self._view
        slots = view.selected_slots()
        return view.scene.wire(view.scene.wire_row[slots[0]]) if len(slots) == 1 and not nodes_of(view) else None

    def _end(self, source: Source, end: End, moved: Sequence[Slot], *, named: bool = False) -> Pointed:
        assert isinstance(end.at, Slot)
        wire = Wire(source, end.at)
        hint = ", ".join(
            part
            for part in (
                tr("from {port}", port=source.port) if named else "",
                tr("replaces a wire") if end.taken else "",
                end.misfit.reason if end.misfit is not None else "",
            )
            if part
        )
        return self._choice(end.at, self._named(end.at), hint, lambda: self._view.wiring.plug([wire], moved), wire)

    def _begin(self, end: End, slot: Slot, *, named: bool = False) -> Pointed:
        assert isinstance(end.at, Source)
        wire = Wire(end.at, slot)
        parts = (
            tr("into {port}", port=slot.port) if named else "",
            end.misfit.reason if end.misfit is not None else "",
        )
        hint = ", ".join(filter(None, parts))
        return self._choice(end.at, self._named(end.at), hint, lambda: self._view.wiring.plug([wire]), wire)

    def _choice(self, at: Slot | Source, title: str, hint: str, run: Callable[[], object], preview: Wire) -> Pointed:
        view = self._view
        node = view.scene.graph.nodes[at.node]

        def show() -> None:
            view.show_node(at.node)
            view.input.show_preview(preview)

        return Pointed(title, hint, run, (node.id, at.port, node.type), "plug", show=show)

    def _named(self, at: Slot | Source) -> str:
        """`Conv 2d conv1`, with the port where there is a choice."""
        joiner = self._view.wiring.joiner
        ports = joiner.outputs(at.node) if isinstance(at, Source) else joiner.inputs(at.node)
        title = self._title(at.node)
        said = title if title == at.node else f"{title}  ·  {at.node}"
        return f"{said}  ·  {at.port}" if len(ports) > 1 else said

    def _title(self, node: str) -> str:
        return self._view.looks.title(self._view.scene.graph.nodes[node])

    def _ask(self, at: Slot | Source, hint: str, choices: Sequence[Pointed]) -> None:
        view = self._view
        if not choices:
            view.studio.message.emit(tr("There is no port that fits."), "info")
            return
        view.show_node(at.node)
        corner = view.node_rect(view.scene.row[at.node]).bottomLeft()
        view.input.show_preview(None)
        self.popup.open(corner, hint, choices, lambda: view.input.show_preview(None))
