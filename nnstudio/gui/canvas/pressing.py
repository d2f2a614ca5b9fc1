"""What does pressing begin? The gesture for the button, the keys held with it and what lies there; and what a double click opens."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent

from nnstudio.gui.canvas.duplicate_drag import DuplicateNodes
from nnstudio.gui.canvas.frames_gestures import MoveFrames, frame_gesture
from nnstudio.gui.canvas.gestures import SELECT_MORE, Gesture, MoveNodes, Pan, RubberBand, selecting
from nnstudio.gui.canvas.hover import NOTHING
from nnstudio.gui.canvas.knife import Knife
from nnstudio.gui.canvas.rerouting import reroute_at
from nnstudio.gui.canvas.wire_drag import WireDrag
from nnstudio.project.graph import Slot, Source

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

TITLE_HEIGHT = 32.0


def pressed(view: "CanvasView", event: QMouseEvent) -> Gesture | None:
    """What goes on from here until the button is up; None where it was all done, or means nothing."""
    at, button, modifiers = event.position(), event.button(), event.modifiers()
    left = button == Qt.MouseButton.LeftButton
    if button == Qt.MouseButton.MiddleButton or (left and view.input.space):
        return Pan(view, at)
    control = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    if (button == Qt.MouseButton.RightButton and control) or (left and view.input.knife):
        return Knife(view, at)
    if not left:
        return None
    under = view.input.hover.look(at)
    more, alt = bool(modifiers & SELECT_MORE), bool(modifiers & Qt.KeyboardModifier.AltModifier)
    if under.port is not None and under.row is not None:
        return _wire_from_port(view, at, under.row, *under.port, bundle=control)
    if under.row is not None:
        return _copy_node(view, at, under.row) if alt else _grab_node(view, at, under.row, more=more)
    if under.wire is not None:
        if alt:
            view.wiring.cut([view.scene.wire(under.wire).target])
            return None
        return _grab_wire(view, at, under.wire, more=more)
    return frame_gesture(view, at, modifiers) or RubberBand(view, at, selecting(modifiers))


def _wire_from_port(
    view: "CanvasView", at: QPointF, row: int, port: str, order: int, output: bool, *, bundle: bool
) -> Gesture:
    """A new wire from an output or a free input, the end of the wire in an occupied one; bundle: all wires of the port."""
    id, graph = view.scene.node(row).id, view.scene.graph
    if bundle:
        wires = graph.wires_out_of(id, port) if output else graph.wires_into(id, port)
        slots = [wire.target for wire in wires]
        if slots and output:
            return WireDrag(view, at, slots=slots, moved=slots)
        if slots:
            return WireDrag(view, at, sources=[wire.source for wire in wires], moved=slots)
    if output:
        return WireDrag(view, at, sources=[Source(id, port)])
    slot = Slot(id, port, order)
    wired = graph.wires.get(slot)
    return WireDrag(view, at, slots=[slot]) if wired is None else WireDrag(view, at, sources=[wired], moved=[slot])


def _copy_node(view: "CanvasView", at: QPointF, row: int) -> Gesture:
    id = view.scene.node(row).id
    view.select_wires(())
    if id not in view.studio.selection:
        view.studio.select([id])
    return DuplicateNodes(view, at)


def _grab_node(view: "CanvasView", at: QPointF, row: int, *, more: bool) -> Gesture | None:
    id, selection = view.scene.node(row).id, view.studio.selection
    view.select_wires(())
    if more:
        view.studio.select([other for other in selection if other != id] if id in selection else (*selection, id))
        if id in selection:
            return None
    elif id not in selection:
        view.select_frames(())
        view.studio.select([id])
    if view.frames.selected:
        return MoveFrames(view, at, view.frames.selected, view.studio.selection, clicked="" if more else id)
    return MoveNodes(view, at, row, select_alone=not more and id in selection)


def _grab_wire(view: "CanvasView", at: QPointF, row: int, *, more: bool) -> Gesture:
    """A click selects the wire, a drag takes its nearer end along."""
    wire = view.scene.wire(row)
    if not more:
        view.select_frames(())
        view.studio.select(())
    start = view.port_pixel(wire.source.node, wire.source.port, output=True)
    end = view.port_pixel(wire.target.node, wire.target.port, order=wire.target.order)
    if (start - at).manhattanLength() < (end - at).manhattanLength():
        return WireDrag(view, at, slots=[wire.target], moved=[wire.target])
    return WireDrag(view, at, sources=[wire.source], moved=[wire.target])


def double_clicked(view: "CanvasView", at: QPointF) -> bool:
    """What lies here is opened; False for a port, where it means no more than pressing again."""
    under = view.input.hover.look(at)
    if under == NOTHING:
        view.open_search(at)
    elif under.frame is not None:
        view.frame_editor.edit(under.frame)
    elif under.wire is not None:
        reroute_at(view, {view.scene.wire(under.wire).target: at})
    elif under.row is None or under.port is not None:
        return False
    elif at.y() - view.node_rect(under.row).top() < TITLE_HEIGHT * view.camera.zoom:
        view.rename_node(view.scene.node(under.row).id)
    else:
        view.studio.scope.enter(view.scene.node(under.row).id)
    return True
