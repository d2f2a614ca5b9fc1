"""The dashboard: cards of live views, arranged by the person, each drawn when it has news and can be seen."""

import time
from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QContextMenuEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QMenu, QWidget

from nnstudio.gui.background import aside
from nnstudio.gui.dashboard.area import CardArea, CardScroll
from nnstudio.gui.dashboard.arrangement import CardChoice, moved, shown_cards
from nnstudio.gui.dashboard.card import ViewCard
from nnstudio.gui.dashboard.drawing import draw, unknown_view
from nnstudio.gui.dashboard.settings_form import SettingsForm
from nnstudio.gui.dashboard.stage import Stage, TornOff
from nnstudio.gui.settings import SHOW_LAST
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, icon_button, row
from nnstudio.project import edits
from nnstudio.project.edits import Edit
from nnstudio.runs.history import History

BETWEEN_CARDS_MS = 17
"""Two cards are never drawn in one frame: between them the window paints and listens."""


class Dashboard(QFrame):
    """The cards of the project's dashboard, live."""

    fold_wanted = Signal()

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setMinimumHeight(theme.size("dashboard") // 3)
        self.studio = studio
        self.cards: list[ViewCard] = []
        self._away: dict[ViewCard, Stage | TornOff] = {}
        self._last_run: History | None = None
        self._area = CardArea(self.cards_here, self.room)
        self._scroll = CardScroll(self._area)
        self._scroll.resized.connect(self._resized)
        self._add_button = icon_button("plus", tr("Add a view"), self.open_add_menu, role="bare")
        fold = icon_button("chevron-down", tr("Hide the dashboard (D)"), self.fold_wanted.emit, role="bare")
        side = row(None, self._scroll, column(None, self._add_button, fold, None), gap="space_xs")
        side.setStretch(0, 1)
        layout = column(self, side, gap="")
        layout.setContentsMargins(
            theme.size("space_m"), theme.size("space_m"), theme.size("space_xs"), theme.size("space_m")
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._draw_next)
        studio.run.history_changed.connect(self._on_news)
        studio.project_opened.connect(self._on_opened)
        studio.registry_changed.connect(self._on_opened)
        studio.project_changed.connect(self._on_edit)
        studio.run.began_or_ended.connect(self._find_last_run)
        self._on_opened()

    # ── arrangement ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_opened(self) -> None:
        for away in list(self._away.values()):
            away.end() if isinstance(away, Stage) else away.close()
        self._last_run = None
        self._arrange()
        for card in self.cards:
            card.stale = True
        self._wake()
        self._find_last_run()

    def _on_edit(self, edit: Edit) -> None:
        if any(change.place == ("project", "dashboard") for change in edit.changes):
            self._arrange()

    def _arrange(self) -> None:
        """Make the cards those of the project; a card that stays keeps its widget, its zoom and its figure."""
        spare = list(self.cards)
        wanted = shown_cards(self.studio.project.dashboard, self.studio.registry)
        same = {index: card for index, choice in enumerate(wanted) for card in spare if card.choice == choice}
        self.cards = []
        for index, choice in enumerate(wanted):
            card = same.get(index) if same.get(index) in spare else None
            card = card or next((card for card in spare if card.choice.view == choice.view), None)
            if card is None or (card.spec is None and choice.view in self.studio.registry.views):
                card = self._new_card(choice)
            else:
                spare.remove(card)
            if card.choice != choice:
                card.choice, card.stale, card.failed = choice, True, False
            self.cards.append(card)
        for card in spare:
            self._bring_back(card)  # else what it fills would stay, over an empty window
            card.hide()
            card.deleteLater()
        self._area.lay_out()
        self._wake()

    def _new_card(self, choice: CardChoice) -> ViewCard:
        spec = self.studio.registry.views.get(choice.view)
        card = ViewCard(choice, spec, lambda message: self.studio.message.emit(message, "error"))
        card.setParent(self._area)
        card.fill_wanted.connect(partial(self.toggle_fill, card))
        card.menu_wanted.connect(partial(self._fill_menu, card))
        card.dragged.connect(self._area.show_drop)
        card.dropped.connect(partial(self._dropped, card))
        if spec is None:
            card.show_outcome(unknown_view(choice.view), time.monotonic())
        card.show()
        return card

    def _keep(self, choices: list[CardChoice]) -> None:
        """The arrangement as one undoable edit."""
        studio = self.studio
        studio.document.end_merge()
        studio.do(edits.set_field(studio.project, "project", "dashboard", tuple(choice.text for choice in choices)))
        studio.document.end_merge()

    @property
    def choices(self) -> list[CardChoice]:
        return [card.choice for card in self.cards]

    def add_view(self, id: str) -> None:
        self._keep([*self.choices, CardChoice(id)])

    def remove(self, card: ViewCard) -> None:
        self._bring_back(card)
        self._keep([other.choice for other in self.cards if other is not card])

    def move_card(self, card: ViewCard, to: int) -> None:
        """Put the card before the one that stands at `to`. One that went while its menu was open, or while it was dragged, stays gone."""
        if card in self.cards:
            self._keep(moved(self.choices, self.cards.index(card), to))

    def set_params(self, card: ViewCard, params: Mapping[str, Any]) -> None:
        changed = CardChoice(card.choice.view, dict(params))
        studio = self.studio
        texts = tuple((changed if other is card else other.choice).text for other in self.cards)
        studio.do(edits.set_field(studio.project, "project", "dashboard", texts))

    def _dropped(self, card: ViewCard, at: QPoint) -> None:
        self._area.show_drop(None)
        place = self._area.mapFromGlobal(at)
        if self.rect().contains(self.mapFromGlobal(at)):
            target = self._area.card_at(place)
            self.move_card(card, self.cards.index(target) if target else len(self.cards))
        else:
            self.tear_off(card)

    # ── menus ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_add_menu(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_add_menu(menu)
        menu.popup(self._add_button.mapToGlobal(self._add_button.rect().bottomLeft()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._fill_add_menu(menu)
        menu.popup(event.globalPos())

    def _fill_add_menu(self, menu: QMenu) -> None:
        menu.setToolTipsVisible(True)
        for spec in self.studio.registry.views.values():
            action = menu.addAction(theme.icon("chart-line"), spec.title, lambda id=spec.id: self.add_view(id))
            action.setToolTip(spec.help)
        menu.addSeparator()
        last = menu.addAction(tr("Show the last run in grey"))
        last.setCheckable(True)
        last.setChecked(self.shows_last_run)
        last.toggled.connect(self.show_last_run)
        menu.addAction(tr("Standard arrangement"), lambda: self._keep([]))

    def _fill_menu(self, card: ViewCard, menu: QMenu) -> None:
        index = self.cards.index(card)
        if card.spec is not None and card.spec.params.model_fields:
            menu.addAction(theme.icon("sliders-horizontal"), tr("Settings…"), lambda: self.open_settings(card))
        filled = card in self._away
        icon, words = ("minimize-2", tr("Back to the dashboard")) if filled else ("maximize-2", tr("Fill the window"))
        menu.addAction(theme.icon(icon), words, lambda: self.toggle_fill(card))
        if not filled:
            menu.addAction(theme.icon("external-link"), tr("Window of its own"), lambda: self.tear_off(card))
            before, after = (
                menu.addAction(theme.icon("arrow-left"), tr("Move left"), lambda: self.move_card(card, index - 1)),
                menu.addAction(theme.icon("arrow-right"), tr("Move right"), lambda: self.move_card(card, index + 2)),
            )
            before.setEnabled(index > 0)
            after.setEnabled(index + 1 < len(self.cards))
        remove = menu.addAction(theme.icon("trash-2"), tr("Remove"), lambda: self.remove(card))
        remove.setEnabled(len(self.cards) > 1)

    def open_settings(self, card: ViewCard) -> SettingsForm | None:
        """The form of the view's settings, under the card's head."""
        if card.spec is None:
            return None
        form = SettingsForm(
            card, card.spec, lambda params: self.set_params(card, params), self.studio.document.end_merge
        )
        form.open_under(card.head)
        return form

    # ── away from the dashboard ───────────────────────────────────────────────────────────────────────────────────────

    def toggle_fill(self, card: ViewCard) -> None:
        """Fill the window with the card; back, if it is away already."""
        if card in self._away:
            self._bring_back(card)
        else:
            self._away[card] = Stage(self.window(), card, self._returned)
            self._area.lay_out()

    def tear_off(self, card: ViewCard) -> None:
        if card not in self._away:
            self._away[card] = TornOff(card, self, self._returned)
            self._area.lay_out()

    def _bring_back(self, card: ViewCard) -> None:
        away = self._away.get(card)
        if isinstance(away, Stage):
            away.end()
        elif away is not None:
            away.close()

    def _returned(self, card: ViewCard) -> None:
        self._away.pop(card, None)
        card.setParent(self._area)
        card.show()
        self._area.lay_out()

    # ── the run before ────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def shows_last_run(self) -> bool:
        return self.studio.settings.get(SHOW_LAST)

    def show_last_run(self, on: bool) -> None:
        self.studio.settings.set(SHOW_LAST, on)
        self._last_run = None
        self._find_last_run()
        self._on_news({"steps", "epochs"})

    def _find_last_run(self) -> None:
        """The newest finished run but the present one, read aside."""
        if not self.shows_last_run:
            return
        folder, document = self.studio.runs_folder, self.studio.document
        started = self.studio.run.history.started
        present = started.folder if started else ""

        def find() -> History | None:
            from nnstudio.runs.store import RunStore

            store = RunStore(folder)
            last = next(
                (run for run in store.runs() if run.epochs and not run.going and str(run.folder) != present),
                None,
            )
            return store.history(last.id) if last else None

        def found(history: History | None) -> None:
            if document is self.studio.document:
                self._last_run = history
                self._on_news({"steps", "epochs"})

        aside(self, find, found, lambda error: None)

    # ── drawing ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def _on_news(self, news: set[str]) -> None:
        for card in self.cards:
            if card.needs(news) and not (card.failed and "state" not in news):
                card.stale = True
        self._wake()

    def _wake(self) -> None:
        """Draw soon what is stale and can be seen."""
        waiting = [card.due for card in self.cards if card.stale and card.in_sight]
        if waiting and not self._timer.isActive():
            self._timer.start(max(BETWEEN_CARDS_MS, round(1000 * (min(waiting) - time.monotonic()))))

    def _draw_next(self) -> None:
        now = time.monotonic()
        ready = [card for card in self.cards if card.stale and card.due <= now and card.in_sight]
        if ready:
            self.draw_card(min(ready, key=lambda card: card.due))
        self._wake()

    def draw_card(self, card: ViewCard) -> None:
        """Draw one card now."""
        card.stale = False
        began = time.monotonic()
        if card.spec is not None:
            card.show_outcome(draw(card.spec, card.choice.params, self.studio.run.history, self._last_run), began)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        QTimer.singleShot(0, self._wake)

    def _resized(self) -> None:
        self._area.lay_out()
        self._wake()

    def room(self) -> tuple[int, int]:
        """What the cards may fill without scrolling."""
        return self._scroll.viewport().width(), self._scroll.viewport().height()

    def cards_here(self) -> list[ViewCard]:
        return [card for card in self.cards if card not in self._away]
