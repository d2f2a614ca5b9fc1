"""Does the run under way train another network than the one that is drawn? Its figures stand on nodes that have changed since."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nnstudio.gui.text import tr
from nnstudio.project.edits import Edit
from nnstudio.project.only_shown import only_shown, same_network

if TYPE_CHECKING:
    from nnstudio.gui.studio import Studio


class Apart(QObject):
    """it_is: the drawing was changed since the run began, and neither taken back nor told to the run."""

    changed = Signal()

    def __init__(self, studio: "Studio") -> None:
        super().__init__(studio)
        self._studio = studio
        self.it_is = False
        studio.project_changed.connect(self._edited)
        studio.project_opened.connect(self._look)
        studio.run.state_changed.connect(self._look)
        studio.run.history_changed.connect(self._news)

    def _edited(self, edit: Edit) -> None:
        if not only_shown(edit):
            self._look()

    def _news(self, sorts: set[str]) -> None:
        if "changed" in sorts:  # it has taken a change, and trains by it now
            self._look()

    def _look(self) -> None:
        run = self._studio.run
        trains = run.project if run.active else None
        now = trains is not None and not same_network(trains, self._studio.project)
        if now != self.it_is:
            self.it_is = now
            self.changed.emit()

    @property
    def words(self) -> str:
        """For tooltips and for whoever does not see the picture; "" where it trains what is drawn."""
        return tr("The run trains the network as it was when it began.") if self.it_is else ""
