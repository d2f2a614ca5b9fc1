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
        grid = QGridLayout(self)
        side = theme.size("space_l")
        grid.setContentsMargins(side, side, side, side)
        grid.setSpacing(theme.size("space_m"))
        grid.addWidget(self.rate, 0, 0, 1, 2)
        grid.addWidget(self.augmented, 1, 0)
        grid.addWidget(self.start, 1, 1)
        grid.addWidget(self.last, 2, 0, 1, 2)
        for index, stretch in enumerate((8, 9, 8)):
            grid.setRowStretch(index, stretch)
            grid.setRowMinimumHeight(index, 5 * theme.size("control"))
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for changed in (studio.project_changed, studio.project_opened, studio.plan_changed, studio.registry_changed):
            changed.connect(self.refresh)
        studio.history_changed.connect(self._news)
        self.refresh()

    def showEvent(self, event: object) -> None:
        self.refresh()
        self._news({"steps"})

    def refresh(self) -> None:
        if self.isVisible():
            self.rate.refresh()

    def _news(self, sorts: set[str]) -> None:
        if self.isVisible() and sorts & {"steps", "state"}:
            self.last.show_figure(last_run(self._studio.history))
