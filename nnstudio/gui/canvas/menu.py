"""What can be done here? The menu of the right button: the few commands that are asked for most for what was hit, the others in submenus."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QMenu

from nnstudio.gui.canvas.hover import Under
from nnstudio.gui.commands import group_titles
from nnstudio.gui.text import tr

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView


class Sections(NamedTuple):
    """direct: the commands that stand in the menu itself, in groups; folded: headings (of `group_titles`) that are submenus."""

    direct: tuple[tuple[str, ...], ...]
    folded: tuple[str, ...]


CANVAS = Sections(
    (("search", "paste"), ("layout", "comment", "fit")), ("clipboard", "select", "arrange", "blocks", "find", "look")
)
NODES = Sections(
    (("rename", "duplicate", "delete", "bypass"), ("cut", "copy"), ("enter", "ungroup", "group")),
    ("node", "clipboard", "blocks", "wire", "arrange", "select", "look"),
)
WIRE = Sections((("search", "reroute", "delete"), ("next_wire", "previous_wire")), ("wire", "select", "look"))
PORT = Sections(
    (("wire_to", "wire_from", "move_wires"), ("cut_wires", "delete_reconnect")),
    ("wire", "node", "clipboard", "blocks", "arrange", "select"),
)
FRAME = Sections(
    (("rename", "colour", "duplicate", "delete"), ("cut", "copy"), ("layout_selection", "dissolve")),
    ("node", "clipboard", "arrange", "blocks", "select", "look"),
)
BOOKMARKS = ("canvas.go_", "canvas.set_")


def context_menu(view: "CanvasView", under: Under | None) -> QMenu:
    """The menu for what is under the pointer (None: for what is selected); it deletes itself when closed."""
    menu = QMenu(view)
    menu.aboutToHide.connect(menu.deleteLater)
    view.commands.refresh()
    direct, folded = sections(view, under)
    stands = [f"canvas.{name}" for group in direct for name in group]
    for group in direct:
        if _fill(menu, view, [f"canvas.{name}" for name in group]):
            menu.addSeparator()
    groups, titles = view.commands.groups(), group_titles()
    for section in folded:
        ids = [command.id for command in groups.get(section, ()) if command.id not in stands]
        submenu = _submenu(menu, view, titles[section], [id for id in ids if not _numbered(id)])
        _submenu(submenu, view, tr("Bookmarks"), [id for id in ids if _numbered(id)])
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


def select_for_menu(view: "CanvasView", under: Under) -> None:
    """What was hit is what the commands are about, where it is not selected yet."""
    if under.row is not None and not view.scene.selected[under.row]:
        view.studio.select([view.scene.node(under.row).id])
    elif under.wire is not None:
        view.studio.select(())
        view.select_wires([view.scene.wire(under.wire).target])
    elif under.frame is not None and under.frame.id not in view.frames.selected:
        view.studio.select(())
        view.select_frames([under.frame.id])


def _numbered(id: str) -> bool:
    """One of the twice nine commands of the bookmarks' keys: they have a submenu of their own."""
    return id.startswith(BOOKMARKS) and id[-1].isdigit()


def _submenu(menu: QMenu, view: "CanvasView", title: str, ids: Sequence[str]) -> QMenu:
    submenu = QMenu(title, menu)
    if _fill(submenu, view, ids):
        menu.addMenu(submenu)
    return submenu


def _fill(menu: QMenu, view: "CanvasView", ids: Sequence[str]) -> bool:
    """Those that can be used now; False where there are none."""
    usable = [action for action in map(view.commands.action, ids) if action.isEnabled()]
    for action in usable:
        action.setShortcutVisibleInContextMenu(True)
        menu.addAction(action)
    return bool(usable)
