"""Commands that place nodes, change them, copy them."""

from typing import TYPE_CHECKING

from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView


def placing(view: "CanvasView") -> list[Command]:
    return [
        Command(
            "canvas.search",
            tr("Add node …"),
            view.open_search,
            ("Tab",),
            "plus",
            words="search place layer new",
            gesture=tr("double-click on empty canvas, a wire dropped there, drag from the library"),
        ),
    ]


def changing(view: "CanvasView") -> list[Command]:
    def chosen() -> bool:
        return bool(view.studio.selection)

    def marked() -> bool:
        return chosen() or bool(view.wires.selected or view.frames.selected)

    return [
        Command(
            "canvas.rename",
            tr("Rename"),
            view.rename_selected,
            ("F2",),
            "pencil",
            lambda: len(view.studio.selection or view.frames.selected) == 1,
            words="name title",
            gesture=tr("double-click on the title"),
        ),
        Command("canvas.duplicate", tr("Duplicate"), view.duplicate, ("Ctrl+D",), "copy-plus", chosen),
        Command(
            "canvas.duplicate_wired",
            tr("Duplicate keeping inputs"),
            lambda: view.wiring.duplicate_keeping_inputs(view.studio.selection),
            ("Alt+D",),
            "copy-plus",
            chosen,
            words="copy wires",
            gesture=tr("Alt+drag"),
        ),
        Command("canvas.delete", tr("Delete"), view.delete_selection, ("Del", "Backspace", "X"), "trash-2", marked),
    ]
