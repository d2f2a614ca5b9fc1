"""Which commands does the canvas have? Each family in the file of what it does; keys, menus, palette and cheat sheet come from this list."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from nnstudio.gui import find_bar
from nnstudio.gui.canvas import (
    block_actions,
    bookmarks,
    clipboard,
    commands_look,
    commands_nodes,
    commands_select,
    commands_wire,
    compare,
    marks,
    organise,
    pictures,
)
from nnstudio.gui.commands import Command, Commands

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

Family = Callable[["CanvasView"], list[Command]]

FAMILIES: tuple[tuple[str, Family], ...] = (
    ("place_nodes", commands_nodes.placing),
    ("wire", commands_wire.commands),
    ("select", commands_select.commands),
    ("node", commands_nodes.changing),
    ("blocks", block_actions.commands),
    ("clipboard", clipboard.commands),
    ("clipboard", pictures.commands),
    ("find", find_bar.commands),
    ("find", compare.commands),
    ("node", marks.commands),
    ("arrange", organise.commands),
    ("look", commands_look.commands),
    ("look", bookmarks.commands),
)
"""(heading, family): the heading is one of `nnstudio.gui.commands.group_titles`."""


def canvas_commands(view: "CanvasView") -> Commands:
    """All of them; their keys hold while the canvas itself has the focus."""
    commands = Commands(view, view.studio.keymap, focused=True)
    for section, family in FAMILIES:
        commands.add(*(replace(command, section=command.section or section) for command in family(view)))
    return commands
