"""Commands that change what of the network is seen."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

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
        *_pans(view),
    ]


def _pans(view: "CanvasView") -> list[Command]:
    """A third of what is seen at a time."""

    def pan(dx: float, dy: float) -> Callable[[], None]:
        def run() -> None:
            offset = QPointF(-dx * view.width() / 3, -dy * view.height() / 3)
            view.set_camera(view.whole_pan(view.camera, offset), moving=True)

        return run

    gesture = tr("middle button, Space+drag or two fingers")
    return [
        Command(
            "canvas.pan_up", tr("Look further up"), pan(0, -1), ("PgUp",), "hand", words="pan scroll", gesture=gesture
        ),
        Command(
            "canvas.pan_down",
            tr("Look further down"),
            pan(0, 1),
            ("PgDown",),
            "hand",
            words="pan scroll",
            gesture=gesture,
        ),
        Command(
            "canvas.pan_left",
            tr("Look further left"),
            pan(-1, 0),
            ("Shift+PgUp",),
            "hand",
            words="pan scroll",
            gesture=gesture,
        ),
        Command(
            "canvas.pan_right",
            tr("Look further right"),
            pan(1, 0),
            ("Shift+PgDown",),
            "hand",
            words="pan scroll",
            gesture=gesture,
        ),
    ]
