"""What can be done here? The menu of the right button: the commands that can be used now, for what was hit."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from nnstudio.gui.canvas.hover import Under
from nnstudio.gui.commands import group_titles

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

Sections = tuple[tuple[str, ...], tuple[str, ...]]
"""(those whose commands stand in the menu itself, those that are submenus)"""

CANVAS: Sections = (("place_nodes", "clipboard"), ("select", "arrange", "blocks", "find", "look"))
NODES: Sections = (("node", "clipboard", "blocks"), ("wire", "arrange", "select", "find", "look"))
WIRE: Sections = (("wire", "node"), ("select", "look"))
PORT: Sections = (("wire",), ("node", "clipboard", "blocks", "arrange", "select"))
FRAME: Sections = (("node", "clipboard", "arrange"), ("blocks", "select", "look"))


def context_menu(view: "CanvasView", under: Under | None) -> QMenu:
    """The menu for what is under the pointer (None: for what is selected); it deletes itself when closed."""
    menu = QMenu(view)
    menu.aboutToHide.connect(menu.deleteLater)
    view.commands.refresh()
    groups, titles = view.commands.groups(), group_titles()
    direct, folded = sections(view, under)
    for section in direct:
        if _fill(menu, view, [command.id for command in groups.get(section, ())]):
            menu.addSeparator()
    for section in folded:
        submenu = QMenu(titles[section], menu)
        if _fill(submenu, view, [command.id for command in groups.get(section, ())]):
            menu.addMenu(submenu)
    return menu


def sections(view: "CanvasView", under: Under | None) -> Sections:
    if under is None:
        chosen = ((NODES, view.studio.selection), (WIRE, view.wires.selected), (FRAME, view.frames.selected))
        return next((kind for kind, selected in chosen if selected), CANVAS)
    if under.port is not None:
        return PORT
    if under.wire is not None:
        return WIRE
    if under.frame is not None:
        return FRAME
    return NODES if under.row is not None else CANVAS


def _fill(menu: QMenu, view: "CanvasView", ids: Sequence[str]) -> bool:
    """Those that can be used now; False where there are none."""
    usable = [action for action in map(view.commands.action, ids) if action.isEnabled()]
    for action in usable:
        action.setShortcutVisibleInContextMenu(True)
        menu.addAction(action)
    return bool(usable)
