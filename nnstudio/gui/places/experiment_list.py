"""The list of experiments at the left of their page: each with one sentence."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from nnstudio.experiments.table import EXPERIMENTS, Experiment
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, column, heading, label, panel, row, scroll
from nnstudio.gui.widgets.option_card import OptionCard


class ExperimentCard(OptionCard):
    """One experiment to choose."""

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment.title, experiment.sentence)
        self.experiment = experiment
        sentence = label(experiment.sentence, "caption", wrap=True)
        column(self, label(experiment.title, "strong"), sentence, margin="space_s", gap="space_xxs")


class ExperimentList(QWidget):
    """`chosen(id)`: an experiment was clicked; `left()`: back to the labs."""

    chosen = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.cards: dict[str, ExperimentCard] = {}
        content = panel()
        cards = column(content, gap="space_s")
        groups = ((tr("On this model"), True), (tr("On their own"), False))
        for name, needs_project in groups:
            cards.addWidget(heading(name))
            for experiment in EXPERIMENTS.values():
                if experiment.needs_project == needs_project:
                    card = ExperimentCard(experiment)
                    card.clicked.connect(lambda _=False, id=experiment.id: self.chosen.emit(id))
                    self.cards[experiment.id] = card
                    cards.addWidget(card)
        cards.addStretch(1)
        back = button(tr("Labs"), self.left.emit, "link", "chevron-left")
        top = row(None, label(tr("Experiments"), "title"), None, back)
        layout = column(self, top, scroll(content), gap="space_m")
        layout.setContentsMargins(theme.size("space_l"), theme.size("space_l"), theme.size("space_s"), 0)

    def show_chosen(self, id: str) -> None:
        for name, card in self.cards.items():
            card.set_chosen(name == id)
