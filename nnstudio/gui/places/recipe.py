"""The Recipe place: how it is trained, line by line; what the chosen line is; what it does to the run."""

from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from nnstudio.gui.places.recipe_cards import RecipeCard, cards
from nnstudio.gui.places.recipe_charts import RecipeCharts
from nnstudio.gui.places.recipe_form import RecipeForm, add_entry, entry_at, set_entry
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, column, label, line, panel, row, scroll, set_property
from nnstudio.gui.widgets.painted import Bar, Elided, Toggle
from nnstudio.project.edits import set_field


class CardView(QFrame):
    """One line of the recipe."""

    chosen = Signal(str)
    switched = Signal(str, bool)

    def __init__(self, card: RecipeCard) -> None:
        super().__init__()
        self.setProperty("role", "card")
        set_property(self, "clickable", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.card = card
        self._label = label("", "caption")
        self._label.setFont(theme.font("caption", "semibold"))
        self._label.setFixedWidth(3 * theme.size("control"))
        self._title = label("", "strong")
        self._detail = Elided()
        self.toggle = Toggle()
        self.toggle.clicked.connect(lambda: self.switched.emit(self.card.key, self.toggle.isChecked()))
        words = column(None, self._title, self._detail, gap="space_xs")
        bar = Bar(card.token, "control")
        layout = row(self, bar, self._label, words, self.toggle, margin="space_m", gap="space_m")
        layout.setStretch(2, 1)
        layout.setAlignment(self._label, Qt.AlignmentFlag.AlignTop)
        self.show_card(card)

    def show_card(self, card: RecipeCard) -> None:
        self.card = card
        self._label.setText(card.label)
        self._title.setText(card.title)
        self._title.setToolTip(card.title)
        self._detail.set_text(card.detail)
        set_property(self._title, "role", "muted" if card.enabled is False else "strong")
        self.toggle.setVisible(card.enabled is not None)
        self.toggle.setChecked(bool(card.enabled))
        self.toggle.setAccessibleName(f"{card.label}: {card.title}")
        self.setAccessibleName(f"{card.label}: {card.title}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.chosen.emit(self.card.key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self.chosen.emit(self.card.key)
        else:
            super().keyPressEvent(event)


class RecipePlace(QWidget):
    """Lines at the left, charts in the middle, the chosen line's form at the right."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.chosen = "optimizer"
        self.views: list[CardView] = []
        self._cards: QVBoxLayout = column(None)
        left = panel()
        left_layout = column(left, margin="space_l")
        left_layout.addWidget(label(tr("Recipe"), "title"))
        left_layout.addLayout(self._cards)
        self._add = button(tr("+  Add to the recipe"), self._open_menu)
        left_layout.addWidget(self._add)
        left_layout.addStretch(1)
        right = panel()
        self._right: QVBoxLayout = column(right, margin="space_l")
        self.form: RecipeForm | None = None
        self.charts = RecipeCharts(studio)
        left_scroll, right_scroll = scroll(left), scroll(right)
        left_scroll.setFixedWidth(2 * theme.size("library") + theme.size("space_xl") * 4)
        right_scroll.setFixedWidth(theme.size("inspector"))
        for area in (left_scroll, right_scroll):
            set_property(area.viewport(), "role", "panel")
        layout: QHBoxLayout = row(
            self, left_scroll, line(vertical=True), self.charts, line(vertical=True), right_scroll, gap=""
        )
        layout.setStretch(2, 1)
        for changed in (studio.project_opened, studio.registry_changed, studio.plan_changed, studio.problems_changed):
            changed.connect(self.refresh)
        studio.project_changed.connect(self.refresh)

    def choose(self, key: str) -> None:
        """Show the form of the line `key`."""
        self._studio.document.end_merge()
        self.chosen = key
        self.refresh()

    def showEvent(self, event: object) -> None:
        self.refresh()

    def refresh(self) -> None:
        if not self.isVisible():
            return  # showing it refreshes it
        lines = cards(self._studio.project, self._studio.registry, self._studio.data_info)
        if [view.card.key for view in self.views] != [card.key for card in lines]:
            self._rebuild(lines)
        if self.chosen not in {card.key for card in lines}:
            self.chosen = "optimizer"
        for view, card in zip(self.views, lines, strict=True):
            view.show_card(card)
            set_property(view, "chosen", "true" if card.key == self.chosen else "false")
        self._show_form(next(card for card in lines if card.key == self.chosen))

    def _rebuild(self, lines: list[RecipeCard]) -> None:
        clear(self._cards)
        self.views = [CardView(card) for card in lines]
        for view in self.views:
            view.chosen.connect(self.choose)
            view.switched.connect(self._switch)
            self._cards.addWidget(view)

    def _show_form(self, card: RecipeCard) -> None:
        fits = self.form is not None and self.form.key == card.key
        if self.form is not None and fits and self.form.shape == RecipeForm.shape_of(self._studio, card.key):
            self.form.refresh()
            return
        clear(self._right)
        self.form = RecipeForm(self._studio, card)
        self._right.addWidget(self.form)
        self._right.addStretch(1)

    def _switch(self, key: str, on: bool) -> None:
        self.chosen = key
        if key == "standardize":
            self._studio.do(set_field(self._studio.project, "data", "standardize", "auto" if on else "none"))
        else:
            entry = entry_at(self._studio, key)
            if entry is not None:
                set_entry(self._studio, key, replace(entry, enabled=on))
        self._studio.document.end_merge()

    def _open_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for title, field, specs in (
            (tr("Penalty: {name}"), "regularizers", self._studio.registry.regularizers),
            (tr("Metric: {name}"), "metrics", self._studio.registry.metrics),
        ):
            for id, spec in specs.items():
                menu.addAction(title.format(name=spec.title)).triggered.connect(partial(self._add_entry, field, id))
            menu.addSeparator()
        menu.popup(self._add.mapToGlobal(self._add.rect().bottomLeft()))

    def _add_entry(self, field: str, id: str, _checked: bool = False) -> None:
        self.chosen = f"{field}.{len(getattr(self._studio.project.recipe, field))}"
        add_entry(self._studio, field, id)
