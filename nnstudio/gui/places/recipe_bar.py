"""The bar over the recipe while it trains: what the run does not know yet, one click to tell it, and what it refused."""

from PySide6.QtWidgets import QFrame

from nnstudio.gui.places.recipe_live import live_changes
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.widgets.basics import button, column, label, row, set_property

MOST_SAID = 4


class LiveBar(QFrame):
    """Hidden where no run is under way, or where it trains by the recipe as it stands."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setProperty("role", "message")
        self._studio = studio
        self._words = label(tr("This run trains with the recipe it began with."), "strong", wrap=True)
        self._changes = label("", "muted", wrap=True)
        self._refused = label("", "bad", wrap=True)
        self.apply_button = button(tr("Apply changes to the run"), self.apply, "suggestion")
        column(
            self,
            self._words,
            self._changes,
            self._refused,
            row(None, self.apply_button, None),
            margin="space_m",
            gap="space_xs",
        )
        studio.project_changed.connect(self._forget_refusal)
        studio.run.state_changed.connect(self.refresh)
        studio.run.history_changed.connect(self._news)
        self._refusal_of: object = None
        self._taken = 0
        self.refresh()

    def _news(self, sorts: set[str]) -> None:
        if sorts & {"changed", "state"}:
            self.refresh()
            self._say_when()

    def _say_when(self) -> None:
        """What a paused run has taken shows in none of its figures yet."""
        run, before = self._studio.run, self._taken
        self._taken = len(run.history.changed)
        if run.state == "paused" and self._taken > before:
            self._studio.message.emit(tr("The run has taken the changes: they hold from its next step."), "info")

    def _forget_refusal(self) -> None:
        """What was refused was said of another recipe."""
        self._refusal_of = self._studio.run.history.refused
        self.refresh()

    def refresh(self) -> None:
        studio = self._studio
        running = studio.run.project if studio.run.active else None
        changes = live_changes(running, studio.project, studio.registry) if running is not None else []
        self.setVisible(bool(changes))
        if not changes:
            return
        said = [change.text for change in changes[:MOST_SAID]]
        if len(changes) > MOST_SAID:
            said.append(tr("and {count} more", count=len(changes) - MOST_SAID))
        self._changes.setText("\n".join(said))
        refused = studio.run.history.refused
        words = str(refused.problem) if refused is not None and refused is not self._refusal_of else ""
        self._refused.setText(words)
        self._refused.setVisible(bool(words))
        set_property(self, "severity", "error" if words else "info")

    def apply(self) -> None:
        """Tell the run, one change a difference; it takes or refuses each at its next step."""
        running = self._studio.run.project
        if running is None:
            return
        self._refusal_of = self._studio.run.history.refused
        for change in live_changes(running, self._studio.project, self._studio.registry):
            self._studio.run.change(change.path, change.value)
