"""Copy, cut and paste on the canvas: nodes as text, PyTorch code as nodes, a selection as code."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QTimer
from PySide6.QtGui import QGuiApplication

from nnstudio.gui.commands import Command
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.plan import Code
from nnstudio.problems import Problem
from nnstudio.project import clipboard
from nnstudio.project.blocks import PREFIX
from nnstudio.project.boxes import Position, snapped
from nnstudio.project.clipboard import Piece
from nnstudio.project.graph import Graph
from nnstudio.replies import Drawn

if TYPE_CHECKING:
    from nnstudio.gui.canvas.view import CanvasView

SLOW_MS = 400
"""Reading that takes longer is told."""
MOST_NAMES = 6
"""Of nodes in a message."""

_CODE = re.compile(
    r"\bnn\.[A-Z]\w*\s*\(|\btorch\.nn\b|\bF\.\w+\s*\(|^\s*class\s+\w+\(.*Module\s*\)|^\s*self\.\w+\s*=|\bSequential\s*\("
    r"|^\s*(?:\w+\s*=\s*)?(?:Linear|Conv[123]d|BatchNorm[123]d|ReLU|Dropout|MaxPool[123]d|Flatten|Embedding)\s*\(",
    re.MULTILINE,
)


def looks_like_code(text: str) -> bool:
    """Might it be PyTorch? A quick look; the engine reads it properly."""
    return _CODE.search(text) is not None


def can_paste(text: str) -> bool:
    return clipboard.holds_nodes(text) or looks_like_code(text)


# ── what is done ──────────────────────────────────────────────────────────────────────────────────────────────────────


def copy(view: "CanvasView") -> None:
    if chosen := _chosen(view):
        QGuiApplication.clipboard().setText(copied(view, chosen))


def _chosen(view: "CanvasView") -> tuple[str, ...]:
    """The selected nodes and frames."""
    return (*view.studio.selection, *sorted(view.frames.selected))


def _select(view: "CanvasView", ids: Iterable[str]) -> None:
    """Nodes and frames, and nothing else."""
    graph, chosen = view.studio.scope.graph, list(ids)
    view.studio.select([id for id in chosen if id in graph.nodes])
    view.select_frames([id for id in chosen if id in graph.frames])


def copied(view: "CanvasView", ids: Collection[str]) -> str:
    """These nodes and frames, the wires among them and the blocks they need, as text."""
    return clipboard.to_text(clipboard.piece_of(view.studio.scope.here, ids))


def duplicate(view: "CanvasView") -> None:
    """Copies of what is selected, below it."""
    studio = view.studio
    edit, ids = clipboard.duplicated(studio.scope.here, _chosen(view), sizes=studio.node_sizes())
    if edit:
        studio.scope.do(replace(edit, label=tr("Duplicate")))
        _select(view, ids.values())
        for id in studio.selection[:1]:
            view.show_node(id)


def paste(view: "CanvasView", at: QPointF | None, *, keep_inputs: bool = False) -> None:
    """What the clipboard holds, its top left at `at` (of the widget; None: beside where it was, or in the middle of what is seen)."""
    paste_text(view, QGuiApplication.clipboard().text(), at, keep_inputs=keep_inputs)


def paste_text(view: "CanvasView", text: str, at: QPointF | None, *, keep_inputs: bool = False) -> bool:
    """Nodes, or code that the engine makes nodes of; says what is wrong with anything else. False where nothing can come of it."""
    if not clipboard.holds_nodes(text) and looks_like_code(text):
        return paste_code(view, text, at)
    piece, problems = clipboard.from_text(text)
    if piece is None:
        said = str(problems[0]) if clipboard.holds_nodes(text) else tr("The clipboard holds no nodes.")
        view.studio.message.emit(said, "warning" if clipboard.holds_nodes(text) else "info")
        return False
    return put(view, piece, at, keep_inputs=keep_inputs)


def put(view: "CanvasView", piece: Piece, at: QPointF | None, *, keep_inputs: bool = False) -> bool:
    """A piece of a network, as one step; what was put is selected, and placeholders are told. False where it cannot be put here."""
    ids = _put(view, piece, at, keep_inputs=keep_inputs)
    placed = next((id for id in (ids or {}).values() if id in view.scene.row), "")
    if placed and at is None:
        view.show_node(placed)
    brought = {PREFIX + id for id in piece.blocks}  # under other ids, maybe
    types = {node.type for node in piece.graph} - brought
    missing = sorted(type for type in types if view.studio.registry.layer(type) is None)
    if ids and missing:
        words = tr("No plugin here brings {types}; these nodes stand as placeholders.", types=", ".join(missing))
        view.studio.message.emit(words, "warning")
    return ids is not None


def _put(
    view: "CanvasView", piece: Piece, at: QPointF | None, *, keep_inputs: bool = False
) -> Mapping[str, str] | None:
    """{id in the piece: id here}; None where it cannot be put here, which is told."""
    studio = view.studio
    here, within = studio.scope.here, studio.scope.block
    found = clipboard.pasted(
        here, piece, at=_plane(view, at), keep_inputs=keep_inputs, within=within, label=tr("Paste")
    )
    if isinstance(found, Problem):
        studio.message.emit(str(found), "warning")
        return None
    edit, ids = found
    if edit:
        studio.scope.do(edit)
        _select(view, ids.values())
    return ids


def _plane(view: "CanvasView", at: QPointF | None) -> Position | None:
    if at is None:
        return None
    x, y = view.camera.to_plane(at.x(), at.y())
    return snapped(x), snapped(y)


def paste_code(view: "CanvasView", text: str, at: QPointF | None) -> bool:
    """Nodes for a snippet of PyTorch: asked of the engine, which reads it and runs none of it."""
    if view.studio.workbench is None:
        view.studio.message.emit(tr("Code is read by the engine, and there is none."), "warning")
        return False
    (view.findChild(CodeReader) or CodeReader(view)).read(text, at)
    return True


class CodeReader(QObject):
    """Code that the engine was asked to read: a text that is on its way is not asked for again."""

    def __init__(self, view: "CanvasView") -> None:
        super().__init__(view)
        self._view = view
        self._asked: dict[str, int | None] = {}  # the process that was asked; one that died does not answer
        self._said = False
        self._slow = QTimer(self)
        self._slow.setSingleShot(True)
        self._slow.setInterval(SLOW_MS)
        self._slow.timeout.connect(self._say_reading)

    def read(self, text: str, at: QPointF | None) -> None:
        studio = self._view.studio
        if text in self._asked and studio.workbench is not None and self._asked[text] == studio.workbench.pid:
            self._say_reading()
            return
        document, path = studio.document, studio.scope.path

        def then(drawn: Drawn) -> None:
            self._answered(text)
            if (studio.document, studio.scope.path) == (document, path):
                self._put(drawn, at)
            else:
                studio.message.emit(
                    tr("Another graph is on show by now; paste the code again where it belongs."), "warning"
                )

        def fail(problems: tuple[Problem, ...]) -> None:
            self._answered(text)
            studio.say_all(problems)

        self._asked[text] = None
        if studio.hello is None:
            self._say_reading()
        else:
            self._slow.start()
        studio.request("from_code", {"text": text, "data": studio.project.data}, then, fail)
        if text in self._asked and studio.workbench is not None:
            self._asked[text] = studio.workbench.pid

    def _answered(self, text: str) -> None:
        self._asked.pop(text, None)
        self._slow.stop()

    def _say_reading(self) -> None:
        self._said = True
        starting = tr("The engine is still starting. The code is drawn as soon as it is there.")
        words = starting if self._view.studio.hello is None else tr("The code is being read …")
        self._view.studio.message.emit(words, "info")

    def _put(self, drawn: Drawn, at: QPointF | None) -> None:
        """What was drawn, and what there is to say of it, of each node by the name that it has here."""
        view, studio = self._view, self._view.studio
        graph = drawn.project.graph
        ids = _put(view, Piece(graph, drawn.project.blocks), at or _below_all(view))
        if ids is None:
            return
        if at is None:
            view.fit()
        if not drawn.problems and self._said:
            studio.message.emit(tr("The code is drawn."), "info")
        self._said = False
        studio.say_all(_called(problem, ids, studio.scope.graph) for problem in drawn.problems)


def _called(problem: Problem, ids: Mapping[str, str], graph: Graph) -> Problem:
    """The problem with the name that its node has here."""
    node = graph.nodes.get(ids.get(problem.node or "", ""))
    if node is None:
        return problem
    words = tr("'{node}': {words}", node=node.label, words=problem.message)
    return replace(problem, message=words, node=node.id)


def _below_all(view: "CanvasView") -> QPointF:
    """Where code that was pasted without a pointer covers nothing: under the network, or in the middle of an empty canvas."""
    bounds = view.scene.bounds()
    if bounds is None:
        return QPointF(view.rect().center())
    return QPointF(*view.camera.to_widget(bounds[0], bounds[3] + theme.size("node_height")))


def copy_as_code(view: "CanvasView") -> None:
    """A class with the selected nodes and nothing else, on the clipboard."""
    studio = view.studio
    nodes = [studio.scope.flat_id(id) for id in studio.selection if id in studio.scope.graph.nodes]

    def then(code: Code) -> None:
        QGuiApplication.clipboard().setText(code.text)
        said = tr("{count} lines of code are on the clipboard.", count=code.text.count("\n"))
        if code.left_out:
            names = [*code.left_out[:MOST_NAMES], *(["…"] if len(code.left_out) > MOST_NAMES else [])]
            said = tr("{said} Only marked there, for no code is known: {names}.", said=said, names=", ".join(names))
        studio.message.emit(said, "warning" if code.left_out else "info")

    studio.request("code_of", {"project": studio.project, "nodes": nodes}, then, studio.say_all)


# ── as commands ───────────────────────────────────────────────────────────────────────────────────────────────────────


def commands(view: "CanvasView") -> list[Command]:
    def chosen() -> bool:
        return bool(_chosen(view))

    def nodes() -> bool:
        return any(id in view.scene.row for id in view.studio.selection)

    return [
        Command("canvas.cut", tr("Cut"), view.cut, ("Ctrl+X",), "scissors", chosen),
        Command("canvas.copy", tr("Copy"), view.copy, ("Ctrl+C",), "copy", chosen),
        Command(
            "canvas.paste",
            tr("Paste nodes or PyTorch code"),
            view.paste,
            ("Ctrl+V",),
            "clipboard",
            words="insert snippet sequential text json",
        ),
        Command(
            "canvas.paste_keeping_inputs",
            tr("Paste keeping inputs"),
            lambda: paste(view, view.input.pointer, keep_inputs=True),
            ("Ctrl+Shift+V",),
            "clipboard",
            words="wires",
        ),
        Command(
            "canvas.copy_code",
            tr("Copy as PyTorch code"),
            lambda: copy_as_code(view),
            ("Ctrl+Shift+C",),
            "code",
            nodes,
            words="python class source",
        ),
    ]
