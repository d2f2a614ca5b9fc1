"""A scan written out: its step as often as the sequence is long, with what is carried from each to the next and the weights they share."""

import math
from dataclasses import replace
from typing import NamedTuple

from PySide6.QtWidgets import QWidget

from nnstudio.gui.graph_picture import LEVELS_A_NOTCH, GraphPicture, Mark
from nnstudio.gui.inspector.form import Form
from nnstudio.gui.sheets import Sheet
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, icon_button, label, row
from nnstudio.params import FormField, Ui
from nnstudio.plan import Plan
from nnstudio.project.blocks import block_of
from nnstudio.project.check_options import SHARE
from nnstudio.project.graph import Graph, Node
from nnstudio.project.project import Block, Project
from nnstudio.project.unrolled import MAX_STEPS, at, planned, size_of_step, unrolled

USUAL_STEPS = 3
READABLE, LEAST = 0.62, 0.5  # zoom: smaller than this, titles are hard to read; to see a whole step, a little smaller


class _Shape(NamedTuple):
    """columns: steps side by side; least: the zoom that the picture opens with at least."""

    columns: int
    least: float


class UnrolledView(QWidget):
    """A length to choose, and the picture for it: drag to pan, wheel to zoom, click a node to find it in every step."""

    def __init__(self, studio: Studio, block: Block, node: Node | None = None) -> None:
        """node: the instance whose values hold, one on show; None: the definition's own, which is on show."""
        super().__init__()
        self._studio, self._block = studio, block
        self._values = dict(node.params) if node is not None else {}
        scope = studio.scope
        self._path = scope.flat_id(node.id) if node is not None else scope.flat_id("").removesuffix("/")
        self._steps, self._marked = USUAL_STEPS, ""
        self._shared: set[str] = set()
        field = FormField("steps", "int", USUAL_STEPS, low=1, high=MAX_STEPS, ui=Ui(label=tr("steps")))
        self.form = Form((field,), {})
        self.form.setFixedWidth(theme.size("library"))
        self.form.changed.connect(self._set)
        self.form.reset.connect(self._reset)
        self.picture = GraphPicture(studio)
        self.picture.clicked.connect(self._show_copies)
        self.picture.resized.connect(self._rearrange)
        words = label(
            tr("Every step uses the weights of the first. Click a node to see which are its copies."),
            "muted",
            wrap=True,
        )
        buttons = (
            icon_button("zoom-out", tr("Smaller"), lambda: self.picture.zoom_by(-LEVELS_A_NOTCH), role="bare"),
            icon_button("zoom-in", tr("Larger"), lambda: self.picture.zoom_by(LEVELS_A_NOTCH), role="bare"),
            icon_button("maximize", tr("Show all"), self.picture.fit, role="bare"),
        )
        head = row(None, self.form, words, *buttons, gap="space_l")
        head.setStretch(1, 1)
        column(self, head, self.picture, gap="space_m").setStretch(1, 1)
        studio.plan_changed.connect(self._take_plan)
        self.show_steps(USUAL_STEPS)

    def _set(self, _name: str, steps: int) -> None:
        self.show_steps(steps)

    def _reset(self, _name: str) -> None:
        self.show_steps(USUAL_STEPS)

    def show_steps(self, steps: int) -> None:
        self._steps, self._shape, self._marked = steps, self._best_shape(steps), ""
        self.form.set_values({"steps": steps})
        studio = self._studio
        graph = unrolled(self._block, studio.registry, steps, self._values, columns=self._shape.columns)
        self.picture.least = self._shape.least
        self._shared = {str(node.options[SHARE]).rpartition("_")[0] for node in graph if SHARE in node.options}
        self.picture.show_project(Project(graph=_untied(graph), blocks=studio.project.blocks), self._plan())

    def _rearrange(self) -> None:
        if self._best_shape(self._steps) != self._shape:
            self.show_steps(self._steps)

    def _best_shape(self, steps: int) -> _Shape:
        """Shown as large as can be; where that is too small to be read, as many side by side as can be read."""
        across, down = size_of_step(self._block)
        margins = 2 * theme.size("space_xl")
        width, height = self.picture.width() - margins, self.picture.height() - margins

        def zoom(columns: int) -> float:
            return min(1.0, width / (columns * across), height / (math.ceil(steps / columns) * down))

        best = max(range(1, steps + 1), key=lambda columns: (zoom(columns), columns))
        if zoom(best) < READABLE:
            best = min(steps, max(1, math.floor(width / (READABLE * across))))
        return _Shape(best, max(LEAST, min(READABLE, width / across)))

    # ── what is known of it ───────────────────────────────────────────────────────────────────────────────────────────

    def _plan(self) -> Plan:
        return planned(self._block, self._steps, self._studio.plan, self._studio.project.flattened, self._path)

    def _take_plan(self) -> None:
        self.picture.set_plan(self._plan())

    def _show_copies(self, id: str) -> None:
        """All nodes that use the weights of this one; again, or beside all nodes: none."""
        inner = id.rpartition("_")[0]
        self._marked = inner if inner in self._shared and inner != self._marked else ""
        words = tr("The same weights at every step")
        copies = (at(self._marked, step) for step in range(1, self._steps + 1))
        self.picture.mark({copy: Mark("=", "accent", words) for copy in copies} if self._marked else {})


def _untied(graph: Graph) -> Graph:
    """Without the ties of shared weights: one from each node to its first copy would run across all that lies between."""
    return replace(graph, nodes={node.id: node.with_option(SHARE, None) for node in graph})


def open_unrolled(studio: Studio, window: QWidget) -> Sheet | None:
    """A sheet with the selected scan, else the one on show; None where there is none."""
    selection, graph = studio.selection, studio.scope.graph
    node = graph.nodes.get(selection[0]) if len(selection) == 1 else None
    block = block_of(node, studio.project.blocks) if node is not None else None
    if block is None or block.kind != "scan":
        node, block = None, studio.project.blocks.get(studio.scope.block)
    if block is None or block.kind != "scan":
        return None
    title = tr("{title}, step by step", title=block.title or block.id)
    return Sheet(window, title, UnrolledView(studio, block, node), full=True)
