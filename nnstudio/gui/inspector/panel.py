"""What is selected? One node, several, or the project as a whole."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from nnstudio.gui.inspector.block_page import DefinitionPage
from nnstudio.gui.inspector.node_page import NodePage
from nnstudio.gui.inspector.pages import ProjectPage
from nnstudio.gui.inspector.several_page import SeveralPage
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import clear, column, panel, scroll
from nnstudio.project.edits import Edit

Page = NodePage | SeveralPage | DefinitionPage | ProjectPage


class Inspector(QFrame):
    """The panel at the right. It rebuilds itself only when another thing is selected; else it refreshes what is there."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._studio = studio
        self.page: Page | None = None
        content = panel()
        self._content: QVBoxLayout = column(content, margin="space_l")
        self._scroll = scroll(content)
        self._scroll.viewport().installEventFilter(self)
        column(self, self._scroll, gap="")
        self.setMinimumWidth(theme.size("library"))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self._refresh)
        studio.selection_changed.connect(self._rebuild)
        studio.project_opened.connect(self._rebuild)
        studio.registry_changed.connect(self._registry_changed)
        studio.scope.changed.connect(self._rebuild)
        studio.project_changed.connect(self._project_changed)
        studio.plan_changed.connect(self._soon)
        studio.awaited.changed.connect(self._soon)
        studio.problems_changed.connect(self._soon)
        studio.run.history_changed.connect(self._news)
        theme.changed.connect(self._rebuild)
        self._rebuild()

    @property
    def scrolls(self) -> bool:
        """Is there more than can be seen?"""
        return self._scroll.verticalScrollBar().isVisible()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fields end at the same edge on every page, with a scroll bar beside them or without."""
        if event.type() == QEvent.Type.Resize and watched is self._scroll.viewport():
            gap, bar = theme.size("space_l"), self._scroll.width() - self._scroll.viewport().width()
            self._content.setContentsMargins(gap, gap, max(0, gap + theme.size("space_s") - bar), gap)
        return super().eventFilter(watched, event)

    def _project_changed(self, edit: Edit) -> None:
        node = self._studio.selection[0] if len(self._studio.selection) == 1 else None
        if isinstance(self.page, NodePage) and self.page.stale(self._studio.scope.graph.nodes.get(node or "")):
            self._rebuild()
        else:
            self._soon()

    def _registry_changed(self) -> None:
        """A definition on show stays, whatever is typed into it."""
        if isinstance(self.page, DefinitionPage) and self.page.block == self._studio.scope.block:
            self._soon()
        else:
            self._rebuild()

    def _news(self, sorts: set[str]) -> None:
        if sorts & {"nodes", "state", "epochs"}:
            self._soon()

    def _soon(self) -> None:
        """Once, after everything that this moment brings."""
        if not self._later.isActive():
            self._later.start(0)

    def _refresh(self) -> None:
        if self.page is not None and self.isVisible():
            self.page.refresh()

    def showEvent(self, event: object) -> None:
        self._soon()

    def _rebuild(self, _selection: Sequence[str] = ()) -> None:
        clear(self._content)
        selection = self._studio.selection
        if len(selection) == 1:
            self.page = NodePage(self._studio, selection[0])
        elif selection:
            self.page = SeveralPage(self._studio, selection)
        elif self._studio.scope.block:
            self.page = DefinitionPage(self._studio)
        else:
            self.page = ProjectPage(self._studio)
        self._content.addWidget(self.page)
        self._content.addStretch(1)
