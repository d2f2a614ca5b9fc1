"""Commands that select nodes, and that move what is selected."""

from typing import TYPE_CHECKING

from nnstudio.gui.canvas.actions import GRID
from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

FAR = 4  # times as far with Shift


def commands(view: "CanvasView") -> list[Command]:
    def there() -> bool:
        return len(view.scene) > 0

    def chosen() -> bool:
        return bool(view.studio.selection)

    def marked() -> bool:
        return chosen() or bool(view.wires.selected)

    return [
        Command("canvas.select_all", tr("Select all"), view.select_all, ("Ctrl+A",), "scan", there),
        Command(
            "canvas.select_none", tr("Select nothing"), view.clear_selection, ("Shift+A", "Esc"), "x", marked,
            words="deselect clear",
        ),
        *(
            Command(
                f"canvas.nudge_{name}{'_far' if far > 1 else ''}",
                tr("Move {direction} far", direction=word) if far > 1 else tr("Move {direction}", direction=word),
                lambda dx=dx, dy=dy, far=far: view.edits.nudge(view.studio.selection, dx * far * GRID, dy * far * GRID),
                (f"{'Shift+' if far > 1 else ''}{key}",),
                icon,
                chosen,
                words="nudge arrow",
                gesture=tr("drag"),
            )
            for far in (1, FAR)
            for name, word, key, icon, dx, dy in directions()
        ),
        *(
            Command(
                f"canvas.go_{name}",
                tr("Go to the node {direction}", direction=beside),
                lambda dx=dx, dy=dy: view.select_neighbour(dx, dy),
                (f"Ctrl+{key}",),
                icon,
                there,
                words="neighbour walk select",
                gesture=tr("click"),
            )
            for (name, _, key, icon, dx, dy), beside in zip(
                directions(), (tr("on the left"), tr("on the right"), tr("above"), tr("below")), strict=True
            )
        ),
    ]  # fmt: skip


def directions() -> tuple[tuple[str, str, str, str, int, int], ...]:
    """(in ids, in words, key, icon, dx, dy)"""
    return (
        ("left", tr("left"), "Left", "arrow-left", -1, 0),
        ("right", tr("right"), "Right", "arrow-right", 1, 0),
        ("up", tr("up"), "Up", "arrow-up", 0, -1),
        ("down", tr("down"), "Down", "arrow-down", 0, 1),
    )
