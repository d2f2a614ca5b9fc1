"""How are nodes marked? Bypassed, collapsed, frozen, coloured: all that are selected at once, as one edit."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QMenu

from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.project import arrange
from nnstudio.project.blocks import BLOCK_INPUT, BLOCK_OUTPUT, REROUTE
from nnstudio.project.edits import Edit
from nnstudio.project.frames import changed
from nnstudio.project.freezing import toggled
from nnstudio.project.graph import Node
from nnstudio.project.several import set_fields
from nnstudio.specs import CATEGORIES

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

WITH_WEIGHTS = frozenset({"weights", "normalization", "sequence", "block"})
"""Categories of layers that usually have weights: where none has been worked out yet."""


def chosen(view: "CanvasView") -> list[Node]:
    """The selected nodes."""
    nodes = view.studio.scope.graph.nodes
    return [nodes[id] for id in view.studio.selection if id in nodes]


def bypass(view: "CanvasView") -> None:
    """The network is computed without them; again where it is so for all."""
    nodes = [node for node in chosen(view) if node.type not in {BLOCK_INPUT, BLOCK_OUTPUT, REROUTE}]
    off = all(node.bypassed for node in nodes)
    _set(view, nodes, tr("Compute again") if off else tr("Bypass"), bypassed=not off)


def collapse(view: "CanvasView") -> None:
    nodes = [node for node in chosen(view) if node.type != REROUTE]
    off = all(node.collapsed for node in nodes)
    scene, scope = view.scene, view.studio.scope
    lower = {node.id: scene.height_as(node) - scene.height_as(replace(node, collapsed=not off)) for node in nodes}
    label = tr("Expand") if off else tr("Collapse")
    scope.do(arrange.collapsed(scope.here, lower, on=not off, label=label))


def freeze(view: "CanvasView") -> None:
    """Their weights stay as they are, by a rule of the recipe for each; those that are frozen one and all learn again."""
    studio = view.studio
    nodes = [studio.scope.ruled(node) for node in chosen(view) if _has_weights(view, node)]
    if nodes:
        studio.do(toggled(studio.project, nodes))
    else:
        studio.message.emit(tr("None of the selected nodes has weights to freeze."), "info")


def _has_weights(view: "CanvasView", node: Node) -> bool:
    planned, spec = view.studio.scope.planned(node.id), view.studio.registry.layer(node.type)
    if planned is not None:
        return bool(planned.parameters)
    return spec is not None and spec.category in WITH_WEIGHTS


def tag(view: "CanvasView", color: str) -> None:
    """The colour of nodes and frames, a category's name; "": their own."""
    scope = view.studio.scope
    edit = set_fields(scope.here, [node.id for node in chosen(view)], tr("Colour"), color=color)
    for id in sorted(view.scene.frames.selected):
        edit = edit.then(changed(scope.here, id, color=color))
    scope.do(Edit(tr("Colour"), edit.changes))


def tag_menu(view: "CanvasView") -> QMenu:
    """The colours to choose from, the one that all have marked."""
    menu = QMenu(view)
    menu.aboutToHide.connect(menu.deleteLater)
    frames = view.scene.frames
    held = {node.color for node in chosen(view)} | {frames.by_id[id].color for id in frames.selected}
    for color, title in (("", tr("Colour of its kind")), *((name, name.capitalize()) for name in CATEGORIES)):
        action = menu.addAction(swatch(color), title)
        action.setCheckable(True)
        action.setChecked(held == {color})
        action.triggered.connect(partial(tag, view, color))
    return menu


def open_tag_menu(view: "CanvasView") -> None:
    box = view.selected_box()
    at = view.camera.to_widget(box[0], box[3]) if box is not None else (0.0, 0.0)
    inside = view.rect().center() if box is None else view.rect().topLeft()
    inside.setX(min(view.width(), max(0, round(at[0]))))
    inside.setY(min(view.height(), max(0, round(at[1]))))
    menu = tag_menu(view)
    menu.popup(view.mapToGlobal(inside))
    menu.setActiveAction(menu.actions()[0])


def swatch(color: str) -> QIcon:
    """A square of the colour; of none: its outline."""
    side = theme.size("icon_size")
    pixmap = QPixmap(side, side)
    pixmap.fill(theme.category(color) if color else Qt.GlobalColor.transparent)
    if not color:
        painter = QPainter(pixmap)
        painter.setPen(QPen(theme.color("muted"), theme.size("stroke_hairline")))
        painter.drawRect(0, 0, side - 1, side - 1)
        painter.end()
    return QIcon(pixmap)


def _set(view: "CanvasView", nodes: Iterable[Node], label: str, **fields: Any) -> None:
    scope = view.studio.scope
    scope.do(set_fields(scope.here, [node.id for node in nodes], label, **fields))


def commands(view: "CanvasView") -> list[Command]:
    def some() -> bool:
        return bool(view.studio.selection)

    return [
        Command(
            "canvas.bypass",
            tr("Bypass"),
            partial(bypass, view),
            ("M",),
            "skip-forward",
            some,
            words="mute skip disable without",
        ),
        Command(
            "canvas.collapse",
            tr("Collapse"),
            partial(collapse, view),
            ("H",),
            "minimize-2",
            some,
            words="fold small hide expand",
        ),
        Command(
            "canvas.freeze",
            tr("Freeze weights"),
            partial(freeze, view),
            ("Z",),
            "snowflake",
            some,
            words="lock train fixed unfreeze requires_grad",
        ),
        Command(
            "canvas.colour",
            tr("Colour …"),
            partial(open_tag_menu, view),
            ("Shift+K",),
            "palette",
            lambda: some() or bool(view.scene.frames.selected),
            words="tag color mark",
        ),
    ]
