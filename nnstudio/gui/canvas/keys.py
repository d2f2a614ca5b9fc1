"""What does each key do on the canvas?"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QKeySequence

from nnstudio.gui.canvas.actions import GRID

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

Key, Standard = Qt.Key, QKeySequence.StandardKey

ARROWS = {Key.Key_Left: (-1, 0), Key.Key_Right: (1, 0), Key.Key_Up: (0, -1), Key.Key_Down: (0, 1)}
FAR = 4  # times as far with Shift

STANDARD: dict[QKeySequence.StandardKey, Callable[["CanvasView"], object]] = {
    Standard.Undo: lambda view: view.studio.undo(),
    Standard.Redo: lambda view: view.studio.redo(),
    Standard.Copy: lambda view: view.copy(),
    Standard.Cut: lambda view: view.cut(),
    Standard.Paste: lambda view: view.paste(),
    Standard.SelectAll: lambda view: view.select_all(),
    Standard.ZoomIn: lambda view: view.zoom_by(1.25),
    Standard.ZoomOut: lambda view: view.zoom_by(0.8),
}
PLAIN: dict[Qt.Key, Callable[["CanvasView"], object]] = {
    Key.Key_Tab: lambda view: view.open_search(),
    Key.Key_Delete: lambda view: view.delete_selection(),
    Key.Key_Backspace: lambda view: view.delete_selection(),
    Key.Key_F2: lambda view: view.rename_selected(),
    Key.Key_Home: lambda view: view.fit(),
    Key.Key_F: lambda view: view.fit_selection(),
    Key.Key_M: lambda view: view.toggle_minimap(),
    Key.Key_Plus: lambda view: view.zoom_by(1.25),
    Key.Key_Minus: lambda view: view.zoom_by(0.8),
    Key.Key_Escape: lambda view: view.clear_selection(),
}
CONTROL: dict[Qt.Key, Callable[["CanvasView"], object]] = {
    Key.Key_D: lambda view: view.duplicate(),
    Key.Key_L: lambda view: view.auto_layout(),
    Key.Key_0: lambda view: view.set_zoom(1.0),
    Key.Key_Y: lambda view: view.studio.redo(),
    Key.Key_Plus: lambda view: view.zoom_by(1.25),
    Key.Key_Minus: lambda view: view.zoom_by(0.8),
}


def key_pressed(view: "CanvasView", event: QKeyEvent) -> bool:
    """Do what the key means; False where it means nothing here."""
    key = Qt.Key(event.key())
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    control = modifiers == Qt.KeyboardModifier.ControlModifier
    if key in ARROWS:
        dx, dy = ARROWS[key]
        if control:
            view.select_neighbour(dx, dy)
        else:
            step = GRID * (FAR if modifiers & Qt.KeyboardModifier.ShiftModifier else 1)
            view.edits.nudge(view.studio.selection, dx * step, dy * step)
        return True
    run = next((run for standard, run in STANDARD.items() if event.matches(standard)), None)
    if run is None and control:
        run = CONTROL.get(key)
    if run is None and modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
        run = PLAIN.get(key)
    if run is None:
        return False
    run(view)
    return True
