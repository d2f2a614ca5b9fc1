"""What can be done with a block of the library? The menu of the right button on it; what a deletion would break stands in it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.gui.library.kept import delete_kept, save_block, share_block
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.problems import Problem
from nnstudio.project.block_definition import remove_definition
from nnstudio.project.block_follow import breaks
from nnstudio.project.blocks import PREFIX
from nnstudio.specs import LayerSpec


def block_menu(studio: Studio, spec: LayerSpec, parent: QWidget, rename: Callable[[], object]) -> QMenu | None:
    """For a block of the project or one of the person's own; None for any other layer. rename: asks for another title in place."""
    id, kept = spec.id.removeprefix(PREFIX), studio.library.get(spec.id)
    if not (spec.id.startswith(PREFIX) and id in studio.project.blocks) and (kept is None or not kept.own):
        return None
    menu = QMenu(parent)
    menu.aboutToHide.connect(menu.deleteLater)
    _add(menu, tr("Rename …"), rename, "pencil")
    if kept is not None:
        _add(menu, tr("Delete from my blocks"), partial(delete_kept, studio, kept), "trash-2")
        return menu
    _add(menu, tr("Save to my blocks"), partial(save_block, studio, id), "save")
    _add(menu, tr("Share as a file …"), partial(share_block, studio, id, parent), "upload")
    menu.addSeparator()
    add_deletions(studio, id, menu)
    return menu


def add_deletions(studio: Studio, block: str, menu: QMenu) -> None:
    """Entries that delete a definition; before them, what stands for it and so would go."""
    broken = breaks(studio.project, block)
    if not broken:
        _add(menu, tr("Delete the block"), partial(delete_block, studio, block, opened=False), "trash-2")
        return
    menu.addSection(tr("Used, and so broken by deleting it:"))
    for words in broken:
        menu.addAction(words).setEnabled(False)
    _add(menu, tr("Delete it with these nodes"), partial(delete_block, studio, block, opened=False), "trash-2")
    _add(menu, tr("Delete it, leave its contents in their place"), partial(delete_block, studio, block, opened=True))


def delete_block(studio: Studio, block: str, *, opened: bool) -> None:
    edit = remove_definition(studio.project, block, opened=opened)
    if isinstance(edit, Problem):
        studio.say_all((edit,))
    else:
        studio.do(edit)


def _add(menu: QMenu, title: str, run: Callable[[], object], icon: str = "") -> QAction:
    action = menu.addAction(title)
    if icon:
        action.setIcon(theme.icon(icon, "text"))
    action.triggered.connect(lambda: run())
    return action
