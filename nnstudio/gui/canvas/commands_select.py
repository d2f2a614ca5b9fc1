"""Commands that select nodes and wires, and that move what is selected."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from nnstudio.gui.canvas.selecting import inverted, similar, with_reach
from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr
from nnstudio.project.boxes import GRID
from nnstudio.project.graph import Wire

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

FAR = 4  # times as far with Shift


def commands(view: "CanvasView") -> list[Command]:
    studio = view.studio

    def there() -> bool:
        return len(view.scene) > 0

    def chosen() -> bool:
        return bool(studio.selection)

    def marked() -> bool:
        return chosen() or bool(view.wires.selected or view.frames.selected)

    def wired() -> bool:
        return bool(view.scene.graph.wires)

    walk = WireWalk(view)

    def pick(found: Callable[[], Sequence[str]]) -> Callable[[], None]:
        return lambda: studio.select(found())

    return [
        Command(
            "canvas.select_all", tr("Select all"), view.select_all, ("Ctrl+A",), "scan", there,
            gesture=tr("rubber band: drag over empty canvas"),
        ),
        Command(
            "canvas.select_none", tr("Select nothing"), view.clear_selection, ("Shift+A", "Esc"), "x", marked,
            words="deselect clear", gesture=tr("click on empty canvas; Alt+rubber band takes some away"),
        ),
        Command(
            "canvas.select_upstream", tr("Select what feeds it"),
            pick(lambda: with_reach(view.scene.graph, studio.selection, upstream=True)),
            ("Ctrl+[",), "chevrons-left", chosen, words="upstream before inputs ancestors",
        ),
        Command(
            "canvas.select_downstream", tr("Select what it feeds"),
            pick(lambda: with_reach(view.scene.graph, studio.selection, upstream=False)),
            ("Ctrl+]",), "chevrons-right", chosen, words="downstream behind outputs descendants",
        ),
        Command(
            "canvas.select_similar", tr("Select all of its type"),
            pick(lambda: similar(view.scene.graph, studio.selection)),
            ("Shift+S",), "shapes", chosen, words="similar same kind",
        ),
        Command(
            "canvas.select_inverse", tr("Select all others"),
            pick(lambda: inverted(view.scene.graph, studio.selection)),
            ("Ctrl+I",), "contrast", there, words="invert",
        ),
        Command(
            "canvas.next_wire", tr("Select the next wire"), lambda: walk.step(1), ("]",), "spline", wired,
            words="wire of the node", gesture=tr("click a wire"),
        ),
        Command(
            "canvas.previous_wire", tr("Select the wire before"), lambda: walk.step(-1), ("[",), "spline", wired,
            words="previous wire of the node", gesture=tr("click a wire"),
        ),
        *_nudges(view, chosen),
        *_walks(view, there),
    ]  # fmt: skip


def _nudges(view: "CanvasView", chosen: Callable[[], bool]) -> list[Command]:
    def nudge(dx: float, dy: float) -> Callable[[], None]:
        return lambda: view.edits.nudge(view.studio.selection, dx, dy)

    return [
        Command(
            f"canvas.nudge_{name}{'_far' if far > 1 else ''}",
            tr("Move {direction} far", direction=word) if far > 1 else tr("Move {direction}", direction=word),
            nudge(dx * far * GRID, dy * far * GRID),
            (f"Shift+{key}" if far > 1 else key,),
            icon,
            chosen,
            words="nudge arrow",
            section="move",
            gesture=tr("drag"),
        )
        for far in (1, FAR)
        for name, word, key, icon, dx, dy in directions()
    ]


def _walks(view: "CanvasView", there: Callable[[], bool]) -> list[Command]:
    def walk(dx: int, dy: int, *, add: bool) -> Callable[[], None]:
        return lambda: go(view, dx, dy, add=add)

    beside = (tr("on the left"), tr("on the right"), tr("above"), tr("below"))
    found: list[Command] = []
    for add in (False, True):
        for (name, _, key, icon, dx, dy), where in zip(directions(), beside, strict=True):
            title = (
                tr("Add the node {where} to the selection", where=where)
                if add
                else tr("Go to the node {where}", where=where)
            )
            found.append(
                Command(
                    f"canvas.{'add' if add else 'go'}_{name}",
                    title,
                    walk(dx, dy, add=add),
                    (f"Ctrl+Shift+{key}" if add else f"Ctrl+{key}",),
                    icon,
                    there,
                    words="neighbour walk select extend",
                    section="move",
                    gesture=tr("Shift+click, Shift+rubber band") if add else tr("click"),
                )
            )
    return found


def go(view: "CanvasView", dx: int, dy: int, *, add: bool = False) -> None:
    """From a wire to one of its ends, from a node to the next one."""
    slots = view.selected_slots()
    if dx and not view.studio.selection and len(slots) == 1:
        wire = view.scene.wire(view.scene.wire_row[slots[0]])
        end = wire.source.node if dx < 0 else wire.target.node
        view.select_wires(())
        view.studio.select([end])
        view.show_node(end)
    else:
        view.select_neighbour(dx, dy, add=add)


def directions() -> tuple[tuple[str, str, str, str, int, int], ...]:
    """(in ids, in words, key, icon, dx, dy)"""
    return (
        ("left", tr("left"), "Left", "arrow-left", -1, 0),
        ("right", tr("right"), "Right", "arrow-right", 1, 0),
        ("up", tr("up"), "Up", "arrow-up", 0, -1),
        ("down", tr("down"), "Down", "arrow-down", 0, 1),
    )


class WireWalk:
    """One wire after the other is selected, by keys: those at the nodes that were selected, else all."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self._nodes: tuple[str, ...] = ()  # whose wires are walked through

    def step(self, by: int) -> None:
        """The nodes are selected no longer: what follows is meant for the wire."""
        view = self._view
        before = view.selected_slots()
        if view.studio.selection:
            self._nodes = view.studio.selection
        elif not any(wire.target in before for wire in self._at_nodes()):
            self._nodes = ()
        wires = self._at_nodes() if self._nodes else self._all()
        if not wires:
            return
        slots = [wire.target for wire in wires]
        at = next((slots.index(slot) + by for slot in before if slot in slots), 0 if by > 0 else -1) % len(slots)
        view.studio.select(())
        view.select_wires([slots[at]])
        view.show_node(slots[at].node)
        view.setAccessibleDescription(
            tr("Selected: the wire {source} → {target}", source=wires[at].source.node, target=slots[at].node)
        )

    def _at_nodes(self) -> list[Wire]:
        graph = self._view.scene.graph
        found = (wire for id in self._nodes for wire in (*graph.wires_into(id), *graph.wires_out_of(id)))
        return list(dict.fromkeys(found))

    def _all(self) -> list[Wire]:
        graph = self._view.scene.graph
        return sorted(graph.all_wires(), key=lambda wire: (graph.nodes[wire.target.node].position, wire.target))
