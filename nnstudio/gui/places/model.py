"""The Model place: library, canvas, code, inspector, and the dashboard below."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.code_panel import CodePanel
from nnstudio.gui.dashboard import Dashboard
from nnstudio.gui.guide_panel import GuidePanel
from nnstudio.gui.inspector import Inspector
from nnstudio.gui.library import Library
from nnstudio.gui.outline import Outline
from nnstudio.gui.problems_panel import ProblemsPanel
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme

PANELS = ("guide", "library", "outline", "inspector", "dashboard", "code", "problems")
ROOM_FOR_BOTH = 6
"""Times its own width: a narrower window shows the library or the guide, not both."""
SHOWN_AT_FIRST = frozenset({"library", "inspector", "dashboard"})


class ModelPlace(QWidget):
    """Each panel but the canvas can be hidden; which are shown, and their sizes, is remembered."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = studio.settings
        self._guide_was_shown = False
        self.canvas = CanvasView(studio)
        self.library = Library(studio)
        self.inspector = Inspector(studio)
        self.dashboard = Dashboard(studio)
        self.code = CodePanel(studio)
        self.problems = ProblemsPanel(studio)
        self.guide = GuidePanel(studio)
        self.outline = Outline(studio, self.canvas)
        self.panels: dict[str, QWidget] = {
            "guide": self.guide,
            "library": self.library,
            "outline": self.outline,
            "inspector": self.inspector,
            "dashboard": self.dashboard,
            "code": self.code,
            "problems": self.problems,
        }
        field, inspector, dashboard = theme.size("library"), theme.size("inspector"), theme.size("dashboard")
        self._middle = _splitter(Qt.Orientation.Vertical, (self.canvas, 4), (self.problems, 0))
        self._upper = _splitter(
            Qt.Orientation.Horizontal, (self._middle, 1), (self.guide, 0), (self.code, 0), (self.inspector, 0)
        )
        self._right = _splitter(Qt.Orientation.Vertical, (self._upper, 1), (self.dashboard, 0))
        self._all = _splitter(Qt.Orientation.Horizontal, (self.library, 0), (self.outline, 0), (self._right, 1))
        self._middle.setSizes([4 * field, field])
        self._upper.setSizes([4 * field, inspector, 2 * field, inspector])
        self._right.setSizes([2 * dashboard, dashboard])
        self._all.setSizes([field, field, 5 * field])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._all)
        self.canvas.problems_requested.connect(self.show_problems)
        self._restore()
        studio.project_opened.connect(self._show_guide)

    def showEvent(self, event: QShowEvent) -> None:
        """Only now is it known how wide the window is."""
        if not self._guide_was_shown:
            self._guide_was_shown = True
            self._show_guide()
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)  # its keys are at hand at once

    def _show_guide(self) -> None:
        """A lab opens with its text; a project without one has no such panel. In a narrow window the library makes room for it."""
        self.guide.refresh()
        self.guide.setVisible(self.guide.has_text)
        narrow = self.window().width() < ROOM_FOR_BOTH * theme.size("library")
        shown = self._settings.get("panels", list(SHOWN_AT_FIRST))
        self.library.setVisible("library" in shown and not (self.guide.has_text and narrow))

    def show_problems(self) -> None:
        """The list of problems, if it is not there already."""
        if not self.shown("problems"):
            self.toggle("problems")

    def shown(self, name: str) -> bool:
        return not self.panels[name].isHidden()

    def toggle(self, name: str) -> None:
        """Hide the panel, or show it again."""
        panel = self.panels[name]
        panel.setVisible(panel.isHidden())
        self._settings.set("panels", [name for name in PANELS if self.shown(name)])

    def remember(self) -> None:
        """Keep the sizes for the next start."""
        sizes = {name: splitter.sizes() for name, splitter in self._splitters().items()}
        self._settings.set("splitters", sizes)

    def _restore(self) -> None:
        shown = self._settings.get("panels", list(SHOWN_AT_FIRST))
        for name, panel in self.panels.items():
            panel.setVisible(name in shown)
        for name, splitter in self._splitters().items():
            sizes = self._settings.get("splitters", {}).get(name)
            if isinstance(sizes, list):
                splitter.setSizes([int(size) for size in sizes])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]

    def _splitters(self) -> dict[str, QSplitter]:
        return {"middle": self._middle, "upper": self._upper, "right": self._right, "all": self._all}


def _splitter(orientation: Qt.Orientation, *parts: tuple[QWidget, int]) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.setHandleWidth(theme.size("stroke_hairline"))
    splitter.setChildrenCollapsible(False)
    for index, (part, stretch) in enumerate(parts):
        splitter.addWidget(part)
        splitter.setStretchFactor(index, stretch)
    return splitter
