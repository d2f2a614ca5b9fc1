"""What can be done here? The menu of the right button: for what is selected, or for the canvas."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from nnstudio.gui.canvas.clipboard import can_paste
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView


def context_menu(view: "CanvasView", at: QPointF) -> QMenu:
    """The menu for a right click at `at`; it deletes itself when closed."""
    menu = QMenu(view)
    menu.aboutToHide.connect(menu.deleteLater)
    chosen = bool(view.studio.selection)
    wires = bool(view.wires.selected)

    def add(title: str, run: Callable[[], object], keys: str = "", icon: str = "", *, enabled: bool = True) -> QAction:
        action = menu.addAction(title)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutVisibleInContextMenu(True)
        if icon:
            action.setIcon(theme.icon(icon, "text"))
        action.setEnabled(enabled)
        action.triggered.connect(lambda: run())
        return action

    add(tr("Add node…"), lambda: view.open_search(at), "Tab", "plus")
    menu.addSeparator()
    add(tr("Rename"), view.rename_selected, "F2", "pencil", enabled=len(view.studio.selection) == 1)
    add(tr("Duplicate"), view.duplicate, "Ctrl+D", "copy-plus", enabled=chosen)
    add(tr("Cut"), view.cut, "Ctrl+X", "scissors", enabled=chosen)
    add(tr("Copy"), view.copy, "Ctrl+C", "copy", enabled=chosen)
    there = can_paste(QGuiApplication.clipboard().text())
    add(tr("Paste"), lambda: view.paste_at(at), "Ctrl+V", "clipboard", enabled=there)
    add(tr("Delete"), view.delete_selection, "Del", "trash-2", enabled=chosen or wires)
    menu.addSeparator()
    add(tr("Select all"), view.select_all, "Ctrl+A", enabled=len(view.scene) > 0)
    add(tr("Arrange"), view.auto_layout, "Ctrl+L", "workflow", enabled=len(view.scene) > 1)
    add(tr("Show all"), view.fit, "Home", "maximize", enabled=len(view.scene) > 0)
    return menu
