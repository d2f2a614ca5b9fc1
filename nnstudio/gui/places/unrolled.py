"""A scan written out: its step as often as the sequence is long, with what is carried from each to the next and the weights they share."""

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QWidget

from nnstudio.gui.graph_picture import GraphPicture
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label, row
from nnstudio.params import FormField, Ui
from nnstudio.project.blocks import block_of
from nnstudio.project.graph import Node
from nnstudio.project.project import Block, Project
from nnstudio.project.unrolled import MAX_STEPS, unrolled

USUAL_STEPS = 3


class UnrolledView(QWidget):
    """A length to choose, and the picture for it: drag to pan, wheel to zoom."""

    def __init__(self, studio: Studio, block: Block, node: Node | None = None) -> None:
        """node: the instance whose values hold; None: the definition's own."""
        super().__init__()
        self._studio, self._block = studio, block
        self._values = dict(node.params) if node is not None else {}
        field = FormField("steps", "int", USUAL_STEPS, low=1, high=MAX_STEPS, ui=Ui(label=tr("steps")))
        self.form = Form((field,), {})
        self.form.setFixedWidth(theme.size("library"))
        self.form.changed.connect(self._set)
        self.form.reset.connect(self._reset)
        self.picture = GraphPicture(studio)
        words = label(tr("Every step uses the weights of the first; a tie leads to them."), "muted", wrap=True)
        head = row(None, self.form, words, gap="space_l")
        head.setStretch(1, 1)
        column(self, head, self.picture, gap="space_m").setStretch(1, 1)
        self.show_steps(USUAL_STEPS)

    def _set(self, _name: str, steps: int) -> None:
        self.show_steps(steps)

    def _reset(self, _name: str) -> None:
        self.show_steps(USUAL_STEPS)

    def show_steps(self, steps: int) -> None:
        self.form.set_values({"steps": steps})
        graph = unrolled(self._block, self._studio.registry, steps, self._values)
        self.picture.show_project(Project(graph=graph, blocks=self._studio.project.blocks))
        self.picture.fit()

    def sizeHint(self) -> QSize:
        return QSize(5 * theme.size("library"), 2 * theme.size("dashboard"))


def open_unrolled(studio: Studio, window: QWidget) -> Sheet | None:
    """A sheet with the selected scan, else the one on show; None where there is none."""
    selection, graph = studio.selection, studio.scope.graph
    node = graph.nodes.get(selection[0]) if len(selection) == 1 else None
    block = block_of(node, studio.project.blocks) if node is not None else None
    if block is None or block.kind != "scan":
        node, block = None, studio.project.blocks.get(studio.scope.block)
    if block is None or block.kind != "scan":
        return None
    return Sheet(
        window, tr("{title}, step by step", title=block.title or block.id), UnrolledView(studio, block, node), wide=True
    )
