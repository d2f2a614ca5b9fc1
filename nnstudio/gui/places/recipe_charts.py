"""What will the recipe do, and what did it do? Learning rate over the run, activations at the start, loss and penalty of the last run."""

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from nnstudio.figures import Curves, Figure, Line, Note
from nnstudio.gui.figures import FigureView
from nnstudio.gui.places.recipe_cards import steps_per_epoch
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import clear, column, label, row
from nnstudio.gui.widgets.painted import Histogram
from nnstudio.params import validate
from nnstudio.plugins import resolve
from nnstudio.project.project import Project
from nnstudio.registry import Registry
from nnstudio.replies import NodeOutput
from nnstudio.runs.history import History

POINTS = 400
SHOWN_NODES = 8
PROBE_AFTER_MS = 250


class ChartCard(QFrame):
    """A card with a title, a caption at the right, and a figure."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.caption: QLabel = label("", "caption")
        self.view = FigureView()
        self.view.setAccessibleName(title)
        column(self, row(None, label(title, "strong"), None, self.caption), self.view, margin="space_m").setStretch(
            1, 1
        )

    def show_figure(self, figure: Figure) -> None:
        self.view.show_figure(figure)
        self.caption.setText(self.view.caption)


def learning_rate(project: Project, registry: Registry, steps: int | None) -> Figure:
    """η over the steps of the run, from the schedule's own function."""
    recipe = project.recipe
    optimizer, schedule = registry.optimizers.get(recipe.optimizer.type), registry.schedules.get(recipe.schedule.type)
    if optimizer is None or schedule is None:
        return Note(tr("The learning rate is drawn here once an optimizer and a schedule are chosen."))
    values, wrong = validate(optimizer.params, recipe.optimizer.params, owner=optimizer.title)
    factors, also_wrong = validate(schedule.params, recipe.schedule.params, owner=schedule.title)
    if values is None or factors is None:
        return Note(str((*wrong, *also_wrong)[0]))
    total = max(1, (steps or 100) * recipe.epochs)
    at = np.unique(np.linspace(0, total - 1, min(POINTS, total)).round().astype(int))
    try:
        factor, arguments = resolve(schedule.factor), factors.model_dump()
        rate = float(getattr(values, "lr", 0.0))
        curve = np.array([rate * float(factor(int(step), total, **arguments)) for step in at])
    except Exception as error:  # a plugin's own code
        return Note(tr("The schedule '{title}' failed: {error}", title=schedule.title, error=error))
    caption = tr(
        "η(0) {first} · max {most} · end {last}",
        first=_short(curve[0]),
        most=_short(curve.max()),
        last=_short(curve[-1]),
    )
    return Curves([Line(at.astype(float), curve, "η", "train")], tr("step"), "", caption)


def _short(value: float) -> str:
    return f"{value:.2g}"


def last_run(history: History) -> Figure:
    """Loss and penalty over the steps of the last run."""
    steps, loss = history.steps("loss")
    if not len(steps):
        return Note(tr("Loss and penalties appear here while it trains. Press Train."))
    lines = [Line(steps, loss, tr("loss"), "train", "recipe-loss")]
    caption = [tr("loss {value}", value=number(float(loss[-1]), 3))]
    if "penalty" in history.step_names:
        penalty = history.steps("penalty")[1]
        lines.append(Line(steps, penalty, tr("penalty"), "category.regularization", "recipe-penalty"))
        caption.append(tr("penalty {value}", value=number(float(penalty[-1]), 3)))
    return Curves(lines, tr("step"), "", " · ".join(caption))


class ActivationsCard(QFrame):
    """One histogram a layer with weights: what the untrained network makes of real samples."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._studio = studio
        self._asked: object = None
        self._caption = label("", "caption")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.size("space_m"))
        self._grid.setColumnStretch(1, 1)
        head = row(None, label(tr("Activations at the start"), "strong"), None, self._caption)
        column(self, head, self._grid, margin="space_m").setStretch(1, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PROBE_AFTER_MS)
        self._timer.timeout.connect(self._ask)
        studio.plan_changed.connect(self._soon)
        self._say(tr("What each layer gives before the first step appears here when the network can be worked out."))

    def showEvent(self, event: object) -> None:
        self._soon()

    def _soon(self) -> None:
        if self.isVisible():
            self._timer.start()

    def _ask(self) -> None:
        project, plan = self._studio.project, self._studio.plan
        wanted = (project.graph, project.data, project.recipe.initializer, project.recipe.seed)
        if not plan.nodes or not plan.ready or wanted == self._asked:
            return
        self._asked = wanted
        value = {"project": project, "checkpoint": "", "part": "train"}
        self._studio.request("probe", value, self._show, lambda problems: self._say(str(problems[0])))

    def _say(self, words: str) -> None:
        clear(self._grid)
        self._caption.setText("")
        self._grid.addWidget(label(words, "muted", wrap=True), 0, 0, 1, 3)

    def _show(self, outputs: Mapping[str, NodeOutput]) -> None:
        clear(self._grid)
        spec = self._studio.registry.initializers.get(self._studio.project.recipe.initializer.type)
        self._caption.setText(tr("{initializer}, one real batch", initializer=spec.title if spec else ""))
        shown = [id for id in self._studio.plan.order if id in outputs and self._weighted(id)][:SHOWN_NODES]
        for index, id in enumerate(shown):
            output = outputs[id]
            histogram = Histogram("weights")
            histogram.set_counts(output.histogram)
            histogram.setToolTip(tr("from {low} to {high}", low=f"{output.low:.3g}", high=f"{output.high:.3g}"))
            name = label(self._studio.project.graph.nodes[id].label, "muted")
            deviation = label(tr("std {value}", value=f"{output.std:.2f}"), "muted")
            self._grid.addWidget(name, index, 0)
            self._grid.addWidget(histogram, index, 1)
            self._grid.addWidget(deviation, index, 2, Qt.AlignmentFlag.AlignRight)

    def _weighted(self, id: str) -> bool:
        node = self._studio.project.graph.nodes.get(id)
        spec = self._studio.registry.layer(node.type) if node else None
        return spec is not None and spec.category == "weights"


class RecipeCharts(QWidget):
    """The middle of the Recipe place."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.rate = ChartCard(tr("Learning rate over the run"))
        self.activations = ActivationsCard(studio)
        self.last = ChartCard(tr("Loss and penalties, last run"))
        layout = column(self, self.rate, self.activations, self.last, margin="space_l", gap="space_m")
        for index in range(3):
            layout.setStretch(index, 1)
        studio.project_changed.connect(self.refresh)
        studio.project_opened.connect(self.refresh)
        studio.plan_changed.connect(self.refresh)
        studio.history_changed.connect(self._news)
        self.refresh()

    def showEvent(self, event: object) -> None:
        self.refresh()
        self._news({"steps"})

    def refresh(self) -> None:
        if self.isVisible():
            steps = steps_per_epoch(self._studio.project, self._studio.data_info)
            self.rate.show_figure(learning_rate(self._studio.project, self._studio.registry, steps))

    def _news(self, sorts: set[str]) -> None:
        if self.isVisible() and sorts & {"steps", "state"}:
            self.last.show_figure(last_run(self._studio.history))
