"""The network before its first step: what each layer gives, its weights and the gradients that reach it, as the initializer leaves them."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout

from nnstudio.gui.figures.card import Caption
from nnstudio.gui.places.recipe_ask import Asker
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import clear, column, label, row
from nnstudio.gui.widgets.painted import Choice, Elided, Histogram
from nnstudio.problems import Problem
from nnstudio.replies import NodeOutput, WeightStats
from nnstudio.replies_experiments import Initial, InitialNode

ROW = 52  # pixels that one layer takes at least
FEWEST, MOST = 4, 8

Stats = NodeOutput | WeightStats


class StartCard(QFrame):
    """One histogram a layer with weights."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._studio = studio
        self._answer: Initial | None = None
        self._caption = Caption()
        self.what = Choice()
        for name, title in (
            ("output", tr("Activations at the start")),
            ("weights", tr("Weights at the start")),
            ("gradient", tr("Gradients at the start")),
        ):
            self.what.addItem(title, name)
        self.what.setAccessibleName(tr("What of the start is shown"))
        self.what.setMinimumContentsLength(17)
        self.what.setProperty("role", "title")
        self.what.activated.connect(self._paint)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.size("space_m"))
        self._grid.setColumnStretch(1, 1)
        head = row(None, self.what, self._caption)
        head.setStretch(1, 1)
        layout = column(self, head, self._grid, gap="space_s")
        layout.setStretch(1, 1)
        side = theme.size("space_m") + theme.size("space_xxs")
        layout.setContentsMargins(side, theme.size("space_s"), side, side)
        self.asker = Asker(self, studio, self._wanted, self._show, self._failed, self._working)
        studio.plan_changed.connect(self._soon)
        studio.project_changed.connect(self._soon)
        studio.project_opened.connect(self._opened)
        self._say(tr("What each layer gives before the first step appears here when the network can be worked out."))

    def showEvent(self, event: object) -> None:
        self._soon()

    def _opened(self) -> None:
        self._answer = None
        self.asker.forget()
        self._say(tr("What each layer gives before the first step appears here when the network can be worked out."))

    def _soon(self) -> None:
        if self.isVisible():
            self.asker.soon()

    def _wanted(self) -> tuple[object, str, Mapping[str, Any]] | None:
        project, plan = self._studio.project, self._studio.plan
        if not self.isVisible() or not plan.nodes or not plan.ready:
            return None
        recipe = project.recipe
        what = (recipe.initializer, recipe.rules, recipe.seed, recipe.batch_size)
        nodes = tuple((node.id, node.type, repr(node.params), repr(node.options)) for node in project.flat)
        return (nodes, tuple(project.flat.all_wires()), project.data, what), "initial", {"project": project}

    def _working(self, working: bool) -> None:
        self._caption.setText(tr("working it out …") if working else self._words())

    def _words(self) -> str:
        if self._answer is None:
            return ""
        spec = self._studio.registry.initializers.get(self._studio.project.recipe.initializer.type)
        name = spec.title if spec else ""
        return tr("{initializer}, {count} samples", initializer=name, count=number(self._answer.samples))

    def _failed(self, problems: tuple[Problem, ...]) -> None:
        self._answer = None
        self._say(str(problems[0]))

    def _say(self, words: str) -> None:
        clear(self._grid)
        self._caption.setText("")
        self._grid.addWidget(label(words, "muted", wrap=True), 0, 0, 1, 3)

    def _show(self, answer: Initial) -> None:
        self._answer = answer
        self._paint()

    def _paint(self) -> None:
        if self._answer is None:
            return
        clear(self._grid)
        what = str(self.what.currentData())
        found = [
            (id, stats) for id, node in self._answer.nodes.items() if self._weighted(id) and (stats := of(node, what))
        ]
        room = max(FEWEST, min(MOST, (self.height() - theme.size("row")) // ROW))
        if not found:
            self._say(tr("No layer has such figures: the network has no weights yet, or no loss."))
        for index, (id, stats) in enumerate(thinned(found, room)):
            histogram = Histogram("weights")
            histogram.set_counts(stats.histogram)
            histogram.setToolTip(tr("from {low} to {high}", low=f"{stats.low:.3g}", high=f"{stats.high:.3g}"))
            node = self._studio.project.graph.nodes.get(id)
            name = Elided("control", "muted")
            name.set_text(node.label if node else id)  # within a block its way says which one it is
            name.setFixedWidth(2 * theme.size("control"))
            self._grid.addWidget(name, index, 0, Qt.AlignmentFlag.AlignVCenter)
            self._grid.addWidget(histogram, index, 1)
            deviation = label(tr("std {value}", value=number(stats.std, 2)), "muted")
            self._grid.addWidget(deviation, index, 2, Qt.AlignmentFlag.AlignRight)
        self._caption.setText(self._words())

    def _weighted(self, id: str) -> bool:
        node = self._studio.project.flat.nodes.get(id)
        spec = self._studio.registry.layer(node.type) if node else None
        return spec is not None and spec.category in {"weights", "sequence"}


def of(node: InitialNode, what: str) -> Stats | None:
    """The figures of one sort."""
    return {"weights": node.weights, "gradient": node.weight_gradient}.get(what, node.output)


def thinned(items: list[tuple[str, Stats]], room: int) -> list[tuple[str, Stats]]:
    """The first, the last and some between, where there is no room for all."""
    if len(items) <= room:
        return items
    return [items[round(index * (len(items) - 1) / (room - 1))] for index in range(room)]
