"""The middle of the Recipe place: what the recipe will do, and what it did. η(t), augmented samples, the network at its start, loss and penalty."""

from PySide6.QtWidgets import QGridLayout, QWidget

from nnstudio.figures import Curves, Figure, Line, Note
from nnstudio.gui.figures.card import FigureCard
from nnstudio.gui.places.recipe_augmented import AugmentedCard
from nnstudio.gui.places.recipe_rate_chart import RateCard
from nnstudio.gui.places.recipe_start import StartCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.gui.theme import theme
from nnstudio.runs.history import History


def last_run(history: History) -> Figure:
    """Loss and penalty over the steps of the last run."""
    steps, loss = history.steps("loss")
    if not len(steps):
        return Note(tr("Loss and penalties appear here while it trains. Press Train."))
    lines = [Line(steps, loss, tr("loss"), "train", "recipe-loss")]
    caption = [tr("loss {value}", value=number(float(loss[-1]), 3))]
    if (found := penalty_and_loss(history)) is not None:
        penalty = history.steps("penalty")[1]
        lines.append(Line(steps, penalty, tr("penalty"), "category.regularization", "recipe-penalty"))
        caption.append(tr("penalty {value}", value=number(found[0], 3)))
    return Curves(lines, tr("step"), "", " · ".join(caption))


def penalty_and_loss(history: History) -> tuple[float, float] | None:
    """Both at the last step of the run, where it had a penalty."""
    if "penalty" not in history.step_names:
        return None
    penalty, loss = history.steps("penalty")[1], history.steps("loss")[1]
    return (float(penalty[-1]), float(loss[-1])) if len(penalty) and len(loss) else None


class RecipeCharts(QWidget):
    """Three rows: η, samples beside the start, the last run."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.rate = RateCard(studio)
        self.augmented = AugmentedCard(studio)
        self.start = StartCard(studio)
        self.last = FigureCard(tr("Loss and penalties, last run"))
        self._grid = grid = QGridLayout(self)
        side = theme.size("space_l")
        grid.setContentsMargins(side, side, side, side)
        grid.setSpacing(theme.size("space_m"))
        self.set_narrow(False)
        for changed in (studio.project_changed, studio.project_opened, studio.plan_changed, studio.registry_changed):
            changed.connect(self.refresh)
        studio.run.history_changed.connect(self._news)
        self.refresh()

    def set_narrow(self, narrow: bool) -> None:
        """All cards below each other, or samples and start side by side."""
        grid = self._grid
        for row, (widget, column, width) in enumerate(
            ((self.rate, 0, 2), (self.augmented, 0, 2), (self.start, 0, 2), (self.last, 0, 2))
            if narrow
            else ((self.rate, 0, 2), (self.augmented, 0, 1), (self.last, 0, 2))
        ):
            grid.addWidget(widget, row, column, 1, width)
        if not narrow:
            grid.addWidget(self.start, 1, 1)
        for row in range(4):
            used = narrow or row < 3
            grid.setRowStretch(row, (8, 9, 8, 8)[row] if used else 0)
            grid.setRowMinimumHeight(row, (7 if narrow else 5) * theme.size("control") if used else 0)
        for column in range(2):
            grid.setColumnStretch(column, 1)

    def showEvent(self, event: object) -> None:
        self.refresh()
        self._news({"steps"})

    def refresh(self) -> None:
        if self.isVisible():
            self.rate.refresh()

    def _news(self, sorts: set[str]) -> None:
        if self.isVisible() and sorts & {"steps", "state"}:
            self.last.show_figure(last_run(self._studio.run.history))
