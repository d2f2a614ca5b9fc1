"""What does the search offer, and where does the node that was found go?"""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF

from nnstudio.gui.canvas.fits import spec_misfit
from nnstudio.gui.canvas.search import Place, SearchPopup
from nnstudio.gui.library.offered import offered
from nnstudio.gui.settings import RECENT_LAYERS
from nnstudio.gui.text import tr
from nnstudio.project.graph import Slot, Source, Wire
from nnstudio.project.placing import COLUMN
from nnstudio.specs import LayerSpec

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

GAP = 24.0
RECENT = 6  # layers that are offered first


def lacking(area: QRectF, seen: QRectF) -> QPointF:
    """By how much `area` must move to be within `seen`; of one that is too large its left and upper edge."""
    dx = min(0.0, seen.right() - area.right())
    dy = min(0.0, seen.bottom() - area.bottom())
    return QPointF(max(dx, seen.left() - area.left()), max(dy, seen.top() - area.top()))


class Finder:
    """Opens the search for a place on the canvas, and puts there what is chosen, wired where that is wanted and fits."""

    def __init__(self, view: "CanvasView") -> None:
        self._view = view
        self.popup = SearchPopup(view)
        self.popup.chosen.connect(self._put)

    def open(self, at: QPointF | None, *, source: Source | None, target: Slot | None) -> None:
        """At `at`, at the pointer, on the selected wire, behind the selected node, or in the middle.

        source, target: a loose wire to be taken up. With one wire selected and nothing else, what is found is let into it.
        """
        view = self._view
        wire = self._selected_wire() if at is None and source is None and target is None else None
        width, height = view.scene.width, view.scene.height
        on_wire = view.wire_position(wire.target).toPointF() if wire is not None else None
        point = at or on_wire or view.input.pointer or self._behind_selection() or view.rect().toRectF().center()
        x, y = view.camera.to_plane(point.x(), point.y())
        corner, layers = (x - width / 2, y - height / 2), offered(view.studio)
        if wire is not None:
            specs = [spec for spec in layers if spec.inputs and spec.outputs and self._takes(spec, wire.source)]
            hint = tr(
                "Into the wire {source} → {target}",
                source=self._title(wire.source.node),
                target=self._title(wire.target.node),
            )
        elif source is not None:
            specs = [spec for spec in layers if spec.inputs and self._takes(spec, source)]
            hint = tr("Behind {name}", name=self._title(source.node))
            corner = (x, y - height / 2)  # its port comes to the pointer
        elif target is not None:
            specs = [spec for spec in layers if spec.outputs]
            hint = tr("Before {name}", name=self._title(target.node))
            corner = (x - width, y - height / 2)
        else:
            specs, hint = layers, ""
        by_id = {spec.id: spec for spec in specs}
        recent = [by_id[id] for id in self.recent if id in by_id]
        self.popup.open(point, Place(corner, source, target, wire), specs, recent, hint)

    # ── what was placed last ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def recent(self) -> list[str]:
        return self._view.studio.settings.get(RECENT_LAYERS)

    def _remember(self, type: str) -> None:
        self._view.studio.settings.change(
            RECENT_LAYERS, lambda kept: [type, *(id for id in kept if id != type)][:RECENT]
        )

    # ── where it goes ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _selected_wire(self) -> Wire | None:
        slots = self._view.selected_slots()
        if len(slots) != 1 or self._view.studio.selection:
            return None
        return self._view.scene.wire(self._view.scene.wire_row[slots[0]])

    def _behind_selection(self) -> QPointF | None:
        """Where the next node of the row has its middle; the view is panned as far as that node needs."""
        view = self._view
        if len(view.studio.selection) != 1:
            return None
        rect = view.node_rect(view.scene.row[view.studio.selection[0]])
        rect.translate(COLUMN * view.camera.zoom, 0)
        lack = lacking(rect.adjusted(-GAP, -GAP, GAP, GAP), view.rect().toRectF())
        if not lack.isNull():
            view.set_camera(view.whole_pan(view.camera, lack))
        return rect.center() + lack

    def _title(self, node: str) -> str:
        return self._view.looks.title(self._view.scene.graph.nodes[node])

    def _takes(self, spec: LayerSpec, source: Source) -> bool:
        given = self._view.studio.scope.carried(source)
        return any(spec_misfit(spec, port.name, *given) is None for port in spec.inputs)

    def _put(self, type: str, place: Place) -> None:
        view = self._view
        self._remember(type)
        if place.wire is not None and view.scene.graph.wires.get(place.wire.target) == place.wire.source:
            view.wiring.insert_new(type, place.wire, place.at, view.scene.sizes())
            return
        source, spec = place.source, view.studio.registry.layer(type)
        if source is None and place.target is None and spec is not None and len(view.studio.selection) == 1:
            behind = view.edits.open_source(view.studio.selection[0])
            if behind is not None and spec.inputs and self._takes(spec, behind):
                source = behind
        view.edits.add(type, self._free(place.at), source=source, target=place.target)

    def _free(self, at: tuple[float, float]) -> tuple[float, float]:
        """`at`, or below what stands there."""
        scene = self._view.scene
        x, y = at
        while len(scene.nodes_in((x, y, x + scene.width, y + scene.height))):
            y += scene.height + GAP
        return x, y
