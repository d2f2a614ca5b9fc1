"""Commands that change what of the network is seen."""

from typing import TYPE_CHECKING

from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

ZOOM_STEP = 1.25


def commands(view: "CanvasView") -> list[Command]:
    def there() -> bool:
        return len(view.scene) > 0

    return [
        Command("canvas.fit", tr("Fit the network"), view.fit, ("Home",), "maximize", there, words="show all zoom"),
        Command(
            "canvas.fit_selection",
            tr("Fit the selection"),
            view.fit_selection,
            (".",),
            "scan",
            lambda: bool(view.studio.selection),
            words="show zoom",
        ),
        Command(
            "canvas.zoom_in",
            tr("Zoom in"),
            lambda: view.zoom_by(ZOOM_STEP),
            ("Ctrl++", "Ctrl+=", "+"),
            "zoom-in",
            gesture=tr("wheel or pinch"),
        ),
        Command(
            "canvas.zoom_out",
            tr("Zoom out"),
            lambda: view.zoom_by(1 / ZOOM_STEP),
            ("Ctrl+-", "-"),
            "zoom-out",
            gesture=tr("wheel or pinch"),
        ),
        Command("canvas.zoom_reset", tr("Zoom to 100 %"), lambda: view.set_zoom(1.0), ("Ctrl+0",), "search"),
        Command("canvas.minimap", tr("Minimap"), view.toggle_minimap, ("Shift+M",), "map", there),
        Command(
            "canvas.wire_values",
            tr("Wires show shapes, weights or gradients"),
            view.next_wire_values,
            ("W",),
            "spline",
            there,
            words="colour",
        ),
    ]
