"""The Data place: which samples the network learns from, what they look like, how they are divided."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from nnstudio.gui.figures.card import FigureCard
from nnstudio.gui.places.data_figures import classes, features, samples
from nnstudio.gui.places.data_form import DataForm
from nnstudio.gui.places.data_list import DatasetList
from nnstudio.gui.places.recipe_augmented import AugmentedCard
from nnstudio.gui.problems_panel import ProblemCard
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import clear, column, line, panel, row, scroll, set_property
from nnstudio.problems import Problem
from nnstudio.project import edits
from nnstudio.project.project import Data, Entry
from nnstudio.replies import Preview

ASK_AFTER_MS = 200
SAMPLES = 64


class DataPlace(QWidget):
    """Datasets at the left, the preview in the middle, the form at the right."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studio = studio
        self.preview: Preview | None = None
        self._shown: Data | None = None  # what the preview is of
        self.list = DatasetList()
        self.list.chosen.connect(self.choose)
        self.form = DataForm(studio)
        self.samples_card = FigureCard(tr("Samples"))
        self.classes_card = FigureCard(tr("Classes"))
        self.features_card = FigureCard(tr("Features"))
        self.augmented_card = AugmentedCard(studio)
        right = scroll(self.form)
        self.list.setFixedWidth(theme.size("inspector"))
        right.setFixedWidth(theme.size("inspector") + theme.size("space_l"))
        set_property(right.viewport(), "role", "panel")
        layout = row(self, self.list, line(vertical=True), self._middle(), line(vertical=True), right, gap="")
        layout.setStretch(2, 1)
        self._ask_timer = QTimer(self)
        self._ask_timer.setSingleShot(True)
        self._ask_timer.setInterval(ASK_AFTER_MS)
        self._ask_timer.timeout.connect(self._ask)
        studio.registry_changed.connect(self._on_registry)
        studio.project_opened.connect(self.refresh)
        studio.project_changed.connect(self._on_edit)
        studio.run.began_or_ended.connect(self.refresh)
        self._on_registry()

    def _middle(self) -> QWidget:
        middle = panel("background")
        self._problems = column(None, gap="space_s")
        cards = QGridLayout()
        cards.setSpacing(theme.size("space_m"))
        cards.addWidget(self.samples_card, 0, 0, 2, 1)
        cards.addWidget(self.classes_card, 0, 1)
        cards.addWidget(self.features_card, 1, 1)
        cards.addWidget(self.augmented_card, 2, 0, 1, 2)
        for index, stretch in enumerate((5, 4)):
            cards.setColumnStretch(index, stretch)
        for index, stretch in enumerate((2, 2, 3)):
            cards.setRowStretch(index, stretch)
        column(middle, self._problems, cards, margin="space_l", gap="space_m").setStretch(1, 1)
        return middle

    def _on_registry(self) -> None:
        self.list.show_registry(self.studio.registry)
        self.refresh()

    def _on_edit(self, edit: edits.Edit) -> None:
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()

    def choose(self, id: str) -> None:
        """Learn from the dataset `id`, with its default parameters."""
        data, studio = self.studio.project.data, self.studio
        if data.dataset.type != id:
            studio.document.end_merge()
            studio.do(edits.set_field(studio.project, "data", "dataset", Entry(id)))
            studio.document.end_merge()

    def refresh(self) -> None:
        """Show the project's data; ask for a preview where it is another than the one shown."""
        if not self.isVisible():
            return
        data = self.studio.project.data
        self.list.show_chosen(data.dataset.type)
        self.augmented_card.setVisible(any(entry.enabled for entry in self.studio.project.recipe.augmentations))
        self.form.refresh(self.preview.info if self.preview is not None and data == self._shown else None)
        if data != self._shown:
            for card in (self.samples_card, self.classes_card, self.features_card):
                card.say(tr("loading …") if data.dataset.type else "")
            self._ask_timer.start()

    def _ask(self) -> None:
        data = self.studio.project.data
        if self.studio.registry.get("dataset", data.dataset.type) is None:
            self._show(data, Preview(None))
            return
        self.studio.request(
            "preview",
            {"data": data, "samples": SAMPLES},
            lambda answer: self._show(data, answer),
            lambda problems: self._failed(data, problems),
        )

    def _failed(self, data: Data, problems: tuple[Problem, ...]) -> None:
        self._show(data, Preview(None, problems=problems))

    def _show(self, data: Data, preview: Preview) -> None:
        """The answer, unless the data has changed meanwhile: then another one is on its way."""
        if data != self.studio.project.data:
            return
        self._shown, self.preview = data, preview
        self.samples_card.show_figure(samples(preview))
        self.classes_card.show_figure(classes(preview))
        self.features_card.show_figure(features(preview))
        self._show_problems(preview.problems)
        self.form.refresh(preview.info)

    def _show_problems(self, problems: tuple[Problem, ...]) -> None:
        clear(self._problems)
        for problem in problems:
            card = ProblemCard(self.studio, problem)
            card.setCursor(Qt.CursorShape.ArrowCursor)
            self._problems.addWidget(card)
