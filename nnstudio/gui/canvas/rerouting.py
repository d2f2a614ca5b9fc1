"""Where do reroute points go? Into the selected wires, or into the one that is pointed at."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from nnstudio.gui.canvas.builds import DOT
from nnstudio.project.graph import Slot

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView


def reroutable(view: "CanvasView") -> list[Slot]:
    """The selected wires, else the one under the pointer."""
    under = view.input.hover.under.wire
    return view.selected_slots() or ([view.scene.wire(under).target] if under is not None else [])


def reroute(view: "CanvasView") -> None:
    """In the middle of each selected wire, or in the one under the pointer, there."""
    slots, pointer = reroutable(view), view.input.pointer
    if view.selected_slots() or pointer is None:
        reroute_at(view, {slot: view.wire_position(slot).toPointF() for slot in slots})
    else:
        reroute_at(view, {slots[0]: pointer})


def reroute_at(view: "CanvasView", points: Mapping[Slot, QPointF]) -> None:
    """A point in each of these wires, there (in pixels of the widget)."""
    places = {slot: view.camera.to_plane(at.x(), at.y()) for slot, at in points.items()}
    view.wiring.reroute(places, (DOT, DOT))
