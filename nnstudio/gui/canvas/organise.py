"""How is a drawing put in order? Layout, lines, equal gaps, the grid, frames: each command is one edit of the graph on show."""

from collections.abc import Collection
from functools import partial
from typing import TYPE_CHECKING

from nnstudio.gui.commands import Command
from nnstudio.gui.settings import GRID_SNAP, GUIDES, Settings
from nnstudio.gui.text import tr
from nnstudio.project import arrange, frames, room
from nnstudio.project.arrange import Side
from nnstudio.project.boxes import box_at, snapped
from nnstudio.project.edits import Edit
from nnstudio.project.layout import laid_out
from nnstudio.project.room import DOWN, RIGHT

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

WIDER = 1.05  # than the view at 100 %: so wide a row may be
NARROWEST = 480.0
COMMENT = (240.0, 96.0)


def snaps_to_grid(settings: Settings) -> bool:
    return settings.get(GRID_SNAP)


def shows_guides(settings: Settings) -> bool:
    return settings.get(GUIDES)


# ── layout ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def lay_out(view: "CanvasView", ids: Collection[str] | None = None, axis: int = RIGHT) -> None:
    """All nodes, or `ids` where they stand; they and the frames around them glide to their places, as one step."""
    scope = view.studio.scope
    seen = (max(NARROWEST, view.width() * WIDER), max(NARROWEST, view.height() * WIDER))
    places = laid_out(scope.graph, ids, sizes=view.scene.sizes(), axis=axis, view=seen)
    before = scope.graph
    scope.do(places.edit(scope.here, tr("Arrange")))
    if ids is None:
        view.fit()  # to where all will be: before they are shown on their way there
    view.glide(before)


def lay_out_selection(view: "CanvasView") -> None:
    chosen, _ = frames.carried(view.studio.scope.graph, selected(view), view.scene.sizes())
    lay_out(view, chosen)


# ── lines, gaps, grid ─────────────────────────────────────────────────────────────────────────────────────────────────


def selected(view: "CanvasView") -> list[str]:
    """The nodes and the frames that are selected."""
    return [*view.studio.selection, *sorted(view.scene.frames.selected)]


def align(view: "CanvasView", side: Side) -> None:
    _glide(view, arrange.aligned(view.studio.scope.here, selected(view), side, sizes=view.scene.sizes()))


def distribute(view: "CanvasView", axis: int) -> None:
    _glide(view, arrange.distributed(view.studio.scope.here, selected(view), axis, sizes=view.scene.sizes()))


def _glide(view: "CanvasView", edit: Edit) -> None:
    before = view.studio.scope.graph
    view.studio.scope.do(edit)
    view.glide(before)


def toggle_grid(view: "CanvasView") -> None:
    on = not snaps_to_grid(view.studio.settings)
    view.studio.settings.set(GRID_SNAP, on)
    said = tr("Nodes snap to the grid; hold Ctrl while dragging to move freely.")
    view.studio.message.emit(
        said if on else tr("Nodes move freely; hold Ctrl while dragging to snap to the grid."), "info"
    )


def toggle_guides(view: "CanvasView") -> None:
    on = not shows_guides(view.studio.settings)
    view.studio.settings.set(GUIDES, on)
    view.studio.message.emit(tr("Nodes stop where they line up.") if on else tr("Guides are off."), "info")


# ── frames ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def frame_selection(view: "CanvasView") -> str | None:
    """A frame around the nodes and frames that are selected; its title is then typed."""
    scope = view.studio.scope
    box = frames.around(scope.graph, selected(view), view.scene.sizes())
    framed = room.framed(scope.here, selected(view), tr("Frame"), view.scene.sizes())
    if box is None or framed is None:
        return None
    graph, studio = scope.graph, view.studio
    others = frames.strangers(graph, box, selected(view), view.scene.sizes())
    studio.select(())
    edit, id = framed
    scope.do(edit)
    view.glide(graph)
    view.select_frames([id])
    view.frame_editor.edit_title(id, new=True)
    if others:
        names = ", ".join(f"'{graph.nodes[other].label}'" for other in others[:3])
        words = tr(
            "The frame also holds what lies between: {names}. Drag it out, or make the frame smaller.", names=names
        )
        studio.message.emit(words, "info")
    return id


def comment(view: "CanvasView") -> None:
    """A text is typed at the pointer, or in the middle of what is seen, and is then a frame without a title; where no node covers it."""
    at = view.input.pointer or view.rect().toRectF().center()
    x, y = view.camera.to_plane(at.x(), at.y())
    box = box_at((snapped(x), snapped(y)), COMMENT)
    view.frame_editor.write_comment(frames.uncovered(view.studio.scope.graph, box, view.scene.sizes()))


def dissolve(view: "CanvasView") -> None:
    """The selected frames go, what they hold stays."""
    scope = view.studio.scope
    scope.do(frames.remove(scope.here, view.scene.frames.selected))


# ── as commands ───────────────────────────────────────────────────────────────────────────────────────────────────────


def commands(view: "CanvasView") -> list[Command]:
    def there() -> bool:
        return len(view.scene) > 1

    def several() -> bool:
        return len(selected(view)) > 1

    def more() -> bool:
        return len(selected(view)) > 2

    def framed() -> bool:
        return bool(view.scene.frames.selected)

    sides: tuple[tuple[Side, str, str, str], ...] = (
        ("left", tr("Align left"), "Alt+Left", "arrow-left"),
        ("right", tr("Align right"), "Alt+Right", "arrow-right"),
        ("top", tr("Align top"), "Alt+Up", "arrow-up"),
        ("bottom", tr("Align bottom"), "Alt+Down", "arrow-down"),
        ("centre", tr("Align centres below each other"), "Alt+C", "crosshair"),
        ("middle", tr("Align centres side by side"), "Alt+E", "crosshair"),
    )
    return [
        Command(
            "canvas.layout",
            tr("Arrange the network"),
            partial(lay_out, view),
            ("Ctrl+L",),
            "wand-sparkles",
            there,
            words="layout tidy up order automatic left right",
        ),
        Command(
            "canvas.layout_selection",
            tr("Arrange the selection"),
            partial(lay_out_selection, view),
            ("Ctrl+Shift+L",),
            "wand-sparkles",
            lambda: several() or framed(),
            words="layout tidy up order",
        ),
        Command(
            "canvas.layout_down",
            tr("Arrange the network from top to bottom"),
            partial(lay_out, view, None, DOWN),
            ("Alt+L",),
            "wand-sparkles",
            there,
            words="layout vertical down",
        ),
        *(
            Command(f"canvas.align_{side}", title, partial(align, view, side), (keys,), icon, several, words="line up")
            for side, title, keys, icon in sides
        ),
        Command(
            "canvas.distribute_horizontally",
            tr("Equal gaps side by side"),
            partial(distribute, view, 0),
            ("Alt+Shift+H",),
            "columns-2",
            more,
            words="distribute horizontally space",
        ),
        Command(
            "canvas.distribute_vertically",
            tr("Equal gaps below each other"),
            partial(distribute, view, 1),
            ("Alt+Shift+V",),
            "list",
            more,
            words="distribute vertically space",
        ),
        Command(
            "canvas.grid_snap",
            tr("Snap to the grid"),
            partial(toggle_grid, view),
            ("Shift+G",),
            "grid-3x3",
            checked=lambda: snaps_to_grid(view.studio.settings),
            gesture=tr("Ctrl while dragging: the other way"),
        ),
        Command(
            "canvas.guides",
            tr("Guides while dragging"),
            partial(toggle_guides, view),
            ("Alt+G",),
            "crosshair",
            checked=lambda: shows_guides(view.studio.settings),
            words="line up smart snap",
        ),
        Command(
            "canvas.frame",
            tr("Frame the selection"),
            partial(frame_selection, view),
            ("Ctrl+J",),
            "square",
            lambda: bool(selected(view)),
            words="box group title",
        ),
        Command(
            "canvas.comment",
            tr("Comment"),
            partial(comment, view),
            ("Shift+C",),
            "message-square",
            words="note text frame",
        ),
        Command(
            "canvas.dissolve",
            tr("Dissolve the frame"),
            partial(dissolve, view),
            ("Ctrl+Shift+J",),
            "expand",
            framed,
            words="remove box unframe",
        ),
    ]
