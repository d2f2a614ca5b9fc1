"""What can be done with blocks on the canvas? Each action is one undoable step; what cannot be done is said with its reason."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt

from nnstudio.gui.commands import Command
from nnstudio.gui.library.kept import ask_for_block, save_block, share_block
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.name_field import NameField
from nnstudio.problems import Problem
from nnstudio.project.block_definition import make_unique, set_kind
from nnstudio.project.block_edits import group
from nnstudio.project.block_ungroup import ungroup
from nnstudio.project.blocks import block_of
from nnstudio.project.edits import apply
from nnstudio.project.project import Block

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

NAME_WIDTH = 3  # times a control's height, on either side of the middle


class BlockActions:
    """Edits that turn nodes into blocks and back, on what is selected in the graph on show."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio

    def chosen(self) -> Block | None:
        """The definition of the one node that is selected, where it is an instance."""
        selection, studio = self._studio.selection, self._studio
        node = studio.scope.graph.nodes.get(selection[0]) if len(selection) == 1 else None
        return block_of(node, studio.project.blocks) if node is not None else None

    def blocks_chosen(self) -> list[str]:
        """The instances among the selected nodes."""
        graph, blocks = self._studio.scope.graph, self._studio.project.blocks
        return [id for id in self._studio.selection if block_of(graph.nodes[id], blocks) is not None]

    def group(self, title: str) -> str | None:
        """The selected nodes as a block called `title`; the id of the instance, which is then selected."""
        studio = self._studio
        made = group(studio.project, studio.selection, title or tr("Block"), studio.scope.block, studio.registry)
        if isinstance(made, Problem):
            studio.say_all((made,))
            return None
        edit, instance = made
        studio.do(edit)
        studio.select([instance])
        return instance

    def ungroup(self) -> None:
        """Each selected instance becomes its nodes, as one step; they are then selected."""
        studio = self._studio
        now, done, placed = studio.project, None, list[str]()
        for id in self.blocks_chosen():
            made = ungroup(now, id, studio.scope.block)
            if isinstance(made, Problem):
                studio.say_all((made,))
                return
            edit, ids = made
            now, done = apply(now, edit), edit if done is None else done.then(edit)
            placed += ids
        if done is not None:
            studio.do(done)
            studio.select(placed)

    def make_unique(self) -> None:
        """A definition of its own for the selected instance."""
        studio = self._studio
        made = make_unique(studio.project, studio.selection[0], studio.scope.block)
        if isinstance(made, Problem):
            studio.say_all((made,))
            return
        edit, id = made
        studio.do(edit)
        title = studio.project.blocks[id].title
        studio.message.emit(tr("This one is '{title}' now; the others stay as they are.", title=title), "info")

    def known(self) -> str:
        """The definition that is meant: the selected instance's, else the one on show; "" where there is none."""
        block = self.chosen()
        return block.id if block is not None else self._studio.scope.block

    def is_scan(self) -> bool:
        block = self._studio.project.blocks.get(self.known())
        return block is not None and block.kind == "scan"

    def run_over_time(self) -> None:
        """The definition that is meant becomes a scan, or, where it is one, an ordinary block again."""
        studio, id = self._studio, self.known()
        scan = not self.is_scan()
        studio.document.end_merge()
        studio.do(set_kind(studio.project, id, "scan" if scan else "block"))
        title = studio.project.blocks[id].title or id
        words = (
            tr(
                "'{title}' runs once for each step of a sequence now. Each of its ports says what goes through.",
                title=title,
            )
            if scan
            else tr("'{title}' is computed once now.", title=title)
        )
        studio.message.emit(words, "info")

    def enter(self) -> bool:
        """Show the inside of the selected instance."""
        return self.chosen() is not None and self._studio.scope.enter(self._studio.selection[0])

    def leave(self) -> bool:
        """Show the graph around, with the instance selected that was left."""
        scope = self._studio.scope
        left = scope.path[-1:]
        if not scope.leave():
            return False
        self._studio.select(left)
        return True


class _TitleField(NameField):
    """Asks, where the block will stand, what it is to be called."""

    def __init__(self, view: "CanvasView", actions: BlockActions) -> None:
        super().__init__(view)
        self._actions = actions
        self.setAccessibleName(tr("Name of the block"))
        self.named.connect(self._group)

    def _group(self, _node: str, title: str) -> None:
        self._actions.group(title)

    def ask(self, view: "CanvasView") -> None:
        rects = [view.node_rect(view.scene.row[id]) for id in view.studio.selection if id in view.scene.row]
        box = rects[0] if rects else QRectF(view.rect())
        for rect in rects:
            box = box.united(rect)
        height = theme.size("control")
        size = QPointF(NAME_WIDTH * height, height / 2)
        middle = box.center()
        room = view.rect().toRectF().adjusted(size.x(), size.y(), -size.x(), -size.y())
        middle.setX(min(max(middle.x(), room.left()), room.right()))
        middle.setY(min(max(middle.y(), room.top()), room.bottom()))
        self.edit("block", "", tr("Name of the block"), QRectF(middle - size, middle + size))
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)


def commands(view: "CanvasView") -> list[Command]:
    studio = view.studio
    actions = BlockActions(studio)
    title = _TitleField(view, actions)

    def one() -> bool:
        return actions.chosen() is not None

    def known() -> bool:
        return bool(actions.known())

    return [
        Command(
            "canvas.group",
            tr("Group into a block …"),
            lambda: title.ask(view),
            ("Ctrl+G",),
            "group",
            lambda: bool(studio.selection),
            words="subgraph module reuse combine",
        ),
        Command(
            "canvas.ungroup",
            tr("Ungroup"),
            actions.ungroup,
            ("Ctrl+Shift+G",),
            "split",
            lambda: bool(actions.blocks_chosen()),
            words="block dissolve open expand",
        ),
        Command(
            "canvas.enter",
            tr("Enter the block"),
            actions.enter,
            ("Return", "Enter"),
            "corner-down-right",
            one,
            words="edit inside definition",
            gesture=tr("double-click on a block"),
        ),
        Command(
            "canvas.leave",
            tr("Leave the block"),
            actions.leave,
            ("Shift+Return", "Shift+Enter"),
            "arrow-up",
            lambda: bool(studio.scope.path),
            words="outside back",
        ),
        Command(
            "canvas.make_unique",
            tr("Make the block unique"),
            actions.make_unique,
            ("Ctrl+U",),
            "copy",
            one,
            words="own copy definition separate",
        ),
        Command(
            "canvas.scan",
            tr("Run the block over time (scan)"),
            actions.run_over_time,
            ("Shift+U",),
            "repeat",
            known,
            checked=actions.is_scan,
            words="kind sequence steps loop recurrent rnn lstm carry block once",
        ),
        Command(
            "canvas.unroll",
            tr("Show the scan step by step …"),
            lambda: _unroll(view),
            ("U",),
            "repeat",
            actions.is_scan,
            words="unrolled view time recurrent rnn lstm",
        ),
        Command(
            "canvas.save_block",
            tr("Save to my blocks"),
            lambda: save_block(studio, actions.known()),
            ("Ctrl+Alt+S",),
            "save",
            known,
            words="library keep personal",
        ),
        Command(
            "canvas.share_block",
            tr("Share the block as a file …"),
            lambda: share_block(studio, actions.known(), view),
            ("Ctrl+Alt+E",),
            "upload",
            known,
            words="export nnb",
        ),
        Command(
            "canvas.take_in_block",
            tr("Take in a block from a file …"),
            lambda: ask_for_block(studio, view),
            ("Ctrl+Alt+O",),
            "download",
            words="import nnb",
        ),
    ]


def _unroll(view: "CanvasView") -> None:
    from nnstudio.gui.places.unrolled import open_unrolled  # its picture is made of the canvas's parts

    open_unrolled(view.studio, view.window())
