"""The Model place: library, canvas, code, inspector, and the dashboard below."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from nnstudio.gui.canvas import CanvasView
from nnstudio.gui.code_panel import CodePanel
from nnstudio.gui.dashboard import Dashboard
from nnstudio.gui.guide_panel import GuidePanel
from nnstudio.gui.inspector import Inspector
from nnstudio.gui.library import Library
from nnstudio.gui.outline import Outline
from nnstudio.gui.panel_focus import enter, follow_focus
from nnstudio.gui.problems_panel import ProblemsPanel
from nnstudio.gui.settings import SHOWN_PANELS, SPLITTERS
from nnstudio.gui.studio import Studio
from nnstudio.gui.theme import theme

PANELS = ("guide", "library", "outline", "inspector", "dashboard", "code", "problems")
ROOM_FOR_BOTH = 6
"""Times its own width: a narrower window shows the library or the guide, not both."""
DASHBOARD_MOST = 0.4
"""Of the height: in a lower window the network keeps the larger part, unless a person drew the edge elsewhere."""


class ModelPlace(QWidget):
    """Each panel but the canvas can be hidden; which are shown, and their sizes, is remembered."""

    def __init__(self, studio: Studio, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio, self._settings = studio, studio.settings
        self._guide_was_shown = False
        self._dashboard_height, self._dashboard_share = theme.size("dashboard"), DASHBOARD_MOST
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
        self._right.splitterMoved.connect(self._take_share)
        self._right.resized.connect(self._share_height)
        self._all = _splitter(Qt.Orientation.Horizontal, (self.library, 0), (self.outline, 0), (self._right, 1))
        self._middle.setSizes([4 * field, field])
        self._upper.setSizes([4 * field, inspector, 2 * field, inspector])
        self._right.setSizes([2 * dashboard, dashboard])
        self._all.setSizes([field, field, 5 * field])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._all)
        self.canvas.problems_requested.connect(self.show_problems)
        self.dashboard.fold_wanted.connect(lambda: self.toggle("dashboard"))
        self._restore()
        studio.project_opened.connect(self._show_guide)
        follow_focus(self._focus_moved)

    def showEvent(self, event: QShowEvent) -> None:
        """Only now is it known how wide the window is."""
        if not self._guide_was_shown:
            self._guide_was_shown = True
            self._show_guide()
        self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)  # its keys are at hand at once

    def _share_height(self) -> None:
        """The dashboard as high as it was wished, and at most its share."""
        height = self._right.height()
        wished = min(self._dashboard_height, round(self._dashboard_share * height))
        if self.shown("dashboard"):
            self._right.setSizes([height - wished, wished])

    def _take_share(self) -> None:
        """Its edge was drawn: so high it is wished, of a window like this one."""
        self._dashboard_height = self.dashboard.height()
        self._dashboard_share = max(DASHBOARD_MOST, self._dashboard_height / max(1, self._right.height()))

    def _show_guide(self) -> None:
        """A lab opens with its text; a project without one has no such panel. In a narrow window the library makes room for it."""
        self.guide.refresh()
        self.guide.setVisible(self.guide.has_text)
        narrow = self.window().width() < ROOM_FOR_BOTH * theme.size("library")
        shown = self._settings.get(SHOWN_PANELS)
        self.library.setVisible("library" in shown and not (self.guide.has_text and narrow))

    def show_problems(self) -> None:
        """The list of problems, if it is not there already."""
        self._show("problems", shown=True)

    def shown(self, name: str) -> bool:
        return not self.panels[name].isHidden()

    def toggle(self, name: str) -> None:
        """Hide the panel, or show it again and go there."""
        self._show(name, shown=not self.shown(name))
        if self.shown(name):
            enter(self.panels[name], back=False)

    def _show(self, name: str, *, shown: bool) -> None:
        nodes = self._studio.selection
        node = nodes[0] if len(nodes) == 1 and self.canvas.sees(nodes[0]) else ""
        self.panels[name].setVisible(shown)
        self._share_height()
        QTimer.singleShot(0, self.canvas, lambda: self._keep_in_view(node))  # once the parts have their new sizes
        self._settings.set(SHOWN_PANELS, [name for name in PANELS if self.shown(name)])

    def _keep_in_view(self, node: str) -> None:
        """A panel does not cover the node that one works on."""
        if node in self.canvas.scene.row:
            self.canvas.show_node(node)

    @property
    def parts(self) -> tuple[QWidget, ...]:
        """The canvas and the panels, as one reads them."""
        beside, below = (self.library, self.outline), (self.problems,)
        return *beside, self.canvas, *below, self.guide, self.code, self.inspector, self.dashboard

    def _focus_moved(self, old: QWidget | None, _now: QWidget | None) -> None:
        """A panel that is hidden, however that is done, leaves the keyboard to the canvas."""
        gone = old is not None and any(panel.isHidden() and panel.isAncestorOf(old) for panel in self.panels.values())
        if gone and self.isVisible():
            self.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def remember(self) -> None:
        """Keep the sizes for the next start."""
        sizes = {name: splitter.sizes() for name, splitter in self._splitters().items()}
        wished = self._dashboard_height
        sizes["right"] = [round(wished / self._dashboard_share) - wished, wished]  # not what a low window left of it
        self._settings.set(SPLITTERS, sizes)

    def _restore(self) -> None:
        shown, sizes = self._settings.get(SHOWN_PANELS), self._settings.get(SPLITTERS)
        for name, panel in self.panels.items():
            panel.setVisible(name in shown)
        for name, splitter in self._splitters().items():
            if name in sizes:
                splitter.setSizes(sizes[name])
        match sizes.get("right"):
            case [upper, dashboard] if dashboard > 0:
                self._dashboard_height = dashboard
                self._dashboard_share = max(DASHBOARD_MOST, dashboard / (upper + dashboard))
            case _:
                pass  # as it comes

    def _splitters(self) -> dict[str, QSplitter]:
        return {"middle": self._middle, "upper": self._upper, "right": self._right, "all": self._all}


class _Splitter(QSplitter):
    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


def _splitter(orientation: Qt.Orientation, *parts: tuple[QWidget, int]) -> _Splitter:
    splitter = _Splitter(orientation)
    splitter.setHandleWidth(theme.size("stroke_hairline"))
    splitter.setChildrenCollapsible(False)
    for index, (part, stretch) in enumerate(parts):
        splitter.addWidget(part)
        splitter.setStretchFactor(index, stretch)
    return splitter
