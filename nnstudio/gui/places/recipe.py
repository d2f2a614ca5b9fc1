"""The Recipe place: how it is trained, line by line; what the chosen line is; what it does to the run."""

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from nnstudio.gui.commands import Commands
from nnstudio.gui.palette import Choice, Palette
from nnstudio.gui.places.recipe_actions import RecipeActions
from nnstudio.gui.places.recipe_bar import LiveBar
from nnstudio.gui.places.recipe_cards import RecipeCard, cards
from nnstudio.gui.places.recipe_charts import RecipeCharts, penalty_and_loss
from nnstudio.gui.places.recipe_column import CardColumn, CardView
from nnstudio.gui.places.recipe_form import RecipeForm
from nnstudio.gui.places.recipe_presets import PresetPill
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, column, label, line, panel, row, scroll, set_property

COMPARE = "run.compare"
USUAL = "optimizer"
"""The line that is chosen where nothing else is."""


class RecipePlace(QWidget):
    """Lines at the left, charts in the middle, the chosen line's form at the right; where it is narrow, the charts below the form."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.selection: tuple[str, ...] = (USUAL,)
        self.acts = RecipeActions(studio, lambda: self.selection, self.choose_all)
        self.cards = CardColumn(self.acts.key)
        self.cards.chosen.connect(self.choose_all)
        self.cards.switched.connect(self.acts.switch)
        self.cards.moved.connect(self.acts.move)
        self.cards.menu_wanted.connect(self._open_menu)
        self.add_button = button(tr("+  Add to the recipe"), self.open_add)
        self.add_button.setToolTip(
            tr("Augmentations, penalties, noise, clipping, constraints, averages, stop rules … Ctrl+K finds them too.")
        )
        self.form: RecipeForm | None = None
        self.charts = RecipeCharts(studio)
        self._adder: Palette | None = None
        self._narrow: bool | None = None
        left = panel()
        self.preset = PresetPill(studio)
        self.live = LiveBar(studio)
        self.compare_link = button(tr("Compare…"), self._compare, "link")
        head = row(None, label(tr("Recipe"), "title"), self.preset, None, self.compare_link)
        left_layout = column(
            left, head, self.preset.asked, self.live, self.cards, self.add_button, None, margin="space_l"
        )
        left_layout.setContentsMargins(*(theme.size(token) for token in ("space_m", "space_l", "space_m", "space_l")))
        right = panel()
        self._form_holder: QVBoxLayout = column(None)
        self._right: QVBoxLayout = column(right, self._form_holder, None, margin="space_l")
        self._left_scroll, self._right_scroll = scroll(left), scroll(right)
        for area in (self._left_scroll, self._right_scroll):
            set_property(area.viewport(), "role", "panel")
        self._middle_line = line(vertical=True)
        self._layout: QHBoxLayout = row(
            self, self._left_scroll, line(vertical=True), self.charts, self._middle_line, self._right_scroll, gap=""
        )
        self._layout.setStretch(2, 1)
        self._layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        for changed in (studio.project_opened, studio.registry_changed, studio.plan_changed, studio.problems_changed):
            changed.connect(self.refresh)
        studio.project_changed.connect(self.refresh)
        studio.run.history_changed.connect(self._news)

    # ── choosing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def chosen(self) -> str:
        """The line whose form is shown."""
        return self.selection[-1]

    @property
    def views(self) -> list[CardView]:
        return self.cards.views

    def choose(self, key: str) -> None:
        """Show the form of the line `key`."""
        self.choose_all((key,))

    def choose_all(self, keys: tuple[str, ...]) -> None:
        """Choose these lines; the last is the one whose form is shown."""
        self._studio.document.end_merge()
        self.selection = keys
        self.refresh()

    # ── kept up to date ───────────────────────────────────────────────────────────────────────────────────────────────

    def showEvent(self, event: object) -> None:
        self.refresh()

    def _news(self, sorts: set[str]) -> None:
        if sorts & {"epochs", "state"}:
            self.refresh()

    def refresh(self) -> None:
        if not self.isVisible():
            return  # showing it refreshes it
        studio = self._studio
        lines = cards(studio.project, studio.registry, studio.data_info, penalty_and_loss(studio.run.history))
        there = {card.key for card in lines}
        self.selection = tuple(key for key in self.selection if key in there) or (USUAL,)
        self.cards.show_cards(lines, self.selection)
        self.preset.refresh()
        self.compare_link.setVisible(self._commands is not None)
        self._show_form(next(card for card in lines if card.key == self.chosen))

    def _show_form(self, card: RecipeCard) -> None:
        fits = self.form is not None and self.form.key == card.key
        if self.form is not None and fits and self.form.shape == RecipeForm.shape_of(self._studio, card.key):
            self.form.refresh()
            return
        clear(self._form_holder)
        self.form = RecipeForm(self._studio, card)
        self._form_holder.addWidget(self.form)

    @property
    def _commands(self) -> Commands | None:
        """Those of the window, where it can compare."""
        commands = getattr(self.window(), "commands", None)
        there = isinstance(commands, Commands) and any(command.id == COMPARE for command in commands)
        return commands if there else None

    def _compare(self) -> None:
        """Alternatives of the recipe side by side: the window's own command."""
        if self._commands is not None:
            self._commands.run(COMPARE)

    # ── adding, menu ──────────────────────────────────────────────────────────────────────────────────────────────────

    def addable(self) -> list[Choice]:
        """What the searchable list offers; the window's palette offers it too."""
        return self.acts.addable()

    def open_add(self) -> None:
        """The searchable list of all that a recipe can have."""
        if self._adder is None:
            self._adder = Palette(self.window(), self.addable)
            self._adder.search.setPlaceholderText(tr("Add to the recipe: augmentation, penalty, clipping, stop rule …"))
        self._adder.open()

    def _open_menu(self, at: QPoint) -> None:
        menu = self.acts.menu(self, self.open_add)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self.acts.key(event):
            super().keyPressEvent(event)

    # ── room ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def minimumSizeHint(self) -> QSize:
        """Narrower than three columns: then there are two."""
        return QSize(2 * theme.size("inspector"), theme.size("dashboard"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The lines take a third of the width; where three columns are too many, the charts go below the form."""
        super().resizeEvent(event)
        if self._adder is not None:
            self._adder.hide()
        width, inspector = self.width(), theme.size("inspector")
        narrow = width < 3 * inspector + theme.size("library")
        left = round(width * (0.45 if narrow else 0.35))
        self._left_scroll.setFixedWidth(
            min(max(left, inspector), 2 * theme.size("library") + 4 * theme.size("space_xl"))
        )
        if narrow == self._narrow:
            return
        self._narrow = narrow
        self.charts.set_narrow(narrow)
        self._middle_line.setVisible(not narrow)
        self._right_scroll.setMinimumWidth(0 if narrow else inspector)
        self._right_scroll.setMaximumWidth(16777215 if narrow else inspector)
        if narrow:
            self._right.insertWidget(1, self.charts)
            self._layout.setStretch(self._layout.indexOf(self._right_scroll), 1)
        else:
            self._layout.insertWidget(2, self.charts)
            self._layout.setStretch(2, 1)
            self._layout.setStretch(self._layout.indexOf(self._right_scroll), 0)
