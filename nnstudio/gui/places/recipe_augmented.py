"""Some training samples as they are, and as the recipe's augmentations make them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtWidgets import QFrame, QWidget

from nnstudio.figures import Figure, Note, Points, Tiles
from nnstudio.gui.figures import FigureView
from nnstudio.gui.figures.card import Caption
from nnstudio.gui.places.recipe_ask import Asker
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import number, tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, label, row
from nnstudio.replies import Preview

SHOWN_ROWS, SHOWN_COLUMNS = 6, 3


class AugmentedCard(QFrame):
    """Before at the left, after at the right, in the same order."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._studio = studio
        self._caption = Caption()
        self._words = tr("train only")
        self.before, self.after = FigureView(), FigureView()
        self.before.setAccessibleName(tr("Samples as they are"))
        self.after.setAccessibleName(tr("Samples as the network sees them"))
        head = row(None, label(tr("Augmented samples"), "strong"), self._caption)
        head.setStretch(1, 1)
        self._left = QWidget()
        column(self._left, self.before, label(tr("as they are"), "caption"), gap="space_xs").setStretch(0, 1)
        self._said = label(tr("as the network sees them"), "caption")
        right = column(None, self.after, self._said, gap="space_xs")
        right.setStretch(0, 1)
        both = row(None, self._left, right, gap="space_l")
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        layout = column(self, head, both, gap="space_s")
        layout.setStretch(1, 1)
        side = theme.size("space_m") + theme.size("space_xxs")
        layout.setContentsMargins(side, theme.size("space_m"), side, theme.size("space_s"))
        self.asker = Asker(
            self, studio, self._wanted, self._show, lambda found: self._say(str(found[0])), self._working
        )
        for changed in (studio.project_changed, studio.project_opened, studio.plan_changed):
            changed.connect(self._soon)
        self._say(self._missing())

    def showEvent(self, event: object) -> None:
        self._soon()

    def _missing(self) -> str:
        if not self._studio.project.recipe.augmentations:
            return tr("New samples from old ones appear here: add an augmentation to the recipe.")
        if not any(entry.enabled for entry in self._studio.project.recipe.augmentations):
            return tr("All augmentations are switched off: the samples go in as they are.")
        if not self._studio.project.data.dataset.type:
            return tr("Choose data: some of its samples appear here before and after.")
        return ""

    def _wanted(self) -> tuple[object, str, Mapping[str, Any]] | None:
        project = self._studio.project
        entries, seed = project.recipe.augmentations, project.recipe.seed
        if not self.isVisible() or self._missing():
            return None
        value = {"data": project.data, "samples": 0, "augmentations": list(entries), "seed": seed}
        return (project.data, entries, seed), "preview", value

    def _soon(self) -> None:
        if missing := self._missing():
            self.asker.forget()
            self._say(missing)
        elif self.isVisible():
            self.asker.soon()

    def _working(self, working: bool) -> None:
        self._caption.setText(tr("working it out …") if working else self._words)

    def _say(self, words: str) -> None:
        self._caption.setText(self._words)
        self._left.hide()
        self._said.hide()
        self.after.show_figure(Note(words or tr("Some training samples before and after appear here.")))

    def _show(self, preview: Preview) -> None:
        if preview.problems and preview.info is None:
            self._say(str(preview.problems[0]))
            return
        if preview.before is None or preview.augmented is None:
            self._say(tr("No augmentation of the recipe fits this data."))
            return
        self._left.show()
        self._said.show()
        labels = [tr("sample {number}", number=number(int(row))) for row in preview.augmented_rows]
        self.before.show_figure(samples_figure(preview.before, labels))
        self.after.show_figure(samples_figure(preview.augmented, labels))


def samples_figure(values: npt.NDArray[np.generic], labels: list[str]) -> Figure:
    """Images as tiles, points of a plane as points, everything else as a table of the first numbers."""
    if values.dtype == np.uint8 and values.ndim >= 3:
        return Tiles(values, labels=labels)
    flat = values.reshape(len(values), -1)
    if flat.shape[1] == 2 and np.issubdtype(flat.dtype, np.floating):
        return Points(flat[:, 0], flat[:, 1])
    head = ("", *(str(index + 1) for index in range(min(SHOWN_COLUMNS, flat.shape[1]))))
    rows = [
        (name.rpartition(" ")[2], *(number(float(value), 3) for value in line[:SHOWN_COLUMNS]))
        for name, line in zip(labels[:SHOWN_ROWS], flat, strict=False)
    ]
    return Note("", rows=[head, *rows])
