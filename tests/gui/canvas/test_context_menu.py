"""The menus of the right button: short, and nothing is lost in them."""

import pytest
from PySide6.QtWidgets import QMenu

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.canvas.menu import CANVAS, FRAME, NODES, PORT, WIRE, Sections, context_menu
from nnstudio.problems import Problem
from nnstudio.project.block_edits import group
from nnstudio.project.graph import Slot

MOST = 16
KINDS = [CANVAS, NODES, WIRE, PORT, FRAME]


def entries(menu: QMenu) -> list[str]:
    return [action.text() for action in menu.actions() if not action.isSeparator()]


def all_entries(menu: QMenu) -> list[str]:
    found: list[str] = []
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            found += all_entries(inner)
        elif not action.isSeparator():
            found.append(action.text())
    return found


def select(view: CanvasView, kind: Sections) -> None:
    view.clear_selection()
    if kind is NODES:
        view.studio.select(["conv1"])
    elif kind is WIRE:
        view.select_wires([Slot("relu1")])
    elif kind is FRAME:
        view.studio.select(["conv1", "relu1"])
        view.commands.run("canvas.frame")
        view.studio.select(())
        view.select_frames(view.frames.ids)


@pytest.mark.parametrize("kind", [CANVAS, NODES, WIRE, FRAME])
def test_a_menu_is_short_and_so_is_each_of_its_submenus(chain: CanvasView, kind: Sections) -> None:
    select(chain, kind)
    menu = context_menu(chain, None)
    submenus = [inner for action in menu.actions() if isinstance(inner := action.menu(), QMenu)]
    assert submenus
    for part in (menu, *submenus):
        assert 0 < len(entries(part)) <= MOST
    said = all_entries(menu)
    assert len(said) == len(set(said)), "nothing stands there twice"
    menu.deleteLater()


@pytest.mark.parametrize("kind", [NODES, FRAME])
def test_what_can_be_done_with_it_is_in_its_menu(chain: CanvasView, kind: Sections) -> None:
    select(chain, kind)
    menu = context_menu(chain, None)
    groups = chain.commands.groups()
    wanted = {command.title for section in kind.folded for command in groups[section] if command.enabled()}
    assert wanted <= set(all_entries(menu))
    menu.deleteLater()


def test_the_menu_of_a_block_is_short_too(chain: CanvasView) -> None:
    made = group(chain.studio.project, ["conv1", "relu1"], "stage")
    assert not isinstance(made, Problem)
    edit, instance = made
    chain.studio.do(edit)
    chain.studio.select([instance])
    menu = context_menu(chain, None)
    assert "Enter the block" in entries(menu)
    assert len(entries(menu)) <= MOST
    menu.deleteLater()


@pytest.mark.parametrize("kind", KINDS)
def test_menus_name_commands_that_there_are(chain: CanvasView, kind: Sections) -> None:
    assert all(f"canvas.{name}" in chain.commands for group in kind.direct for name in group)
    assert set(kind.folded) <= set(chain.commands.groups())
    assert len(kind.folded) + sum(map(len, kind.direct)) <= MOST
