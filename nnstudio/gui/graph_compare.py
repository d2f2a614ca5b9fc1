"""Two versions of the network side by side: what was added, removed, changed, moved and rewired, by colour and by sign, with the list of it."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QSplitter, QWidget
from shiboken6 import isValid

from nnstudio.gui.graph_picture import GraphPicture, Mark
from nnstudio.gui.sheets import Overlay
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import column, icon_button, label, row
from nnstudio.plan import Plan
from nnstudio.project import file
from nnstudio.project.difference_graph import (
    ADDED,
    CHANGED,
    MOVED,
    REMOVED,
    REWIRED,
    SIGNS,
    Compared,
    Difference,
    networks,
    projects,
)
from nnstudio.project.graph import Graph
from nnstudio.project.project import Project
from nnstudio.replies import Inspected

TOKENS = {ADDED: "good", REMOVED: "bad", CHANGED: "warning", MOVED: "accent", REWIRED: "accent"}


class GraphCompare(Overlay):
    """Lies over the window until Esc. One graph at a time, the project's or a definition's; a click in the list shows it in both."""

    def __init__(
        self, window: QWidget, studio: Studio, before: Project, after: Project, names: tuple[str, str]
    ) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("role", "panel")
        self.setAccessibleName(tr("Compare"))
        self._studio, self._projects = studio, (before, after)
        self.differences = projects(before, after, studio.registry)
        self._shown: Compared | None = None
        self._plans: dict[int, Plan] = {}
        self.pictures = (GraphPicture(studio), GraphPicture(studio))
        self.which = QComboBox()
        self.which.setAccessibleName(tr("Which network"))
        self.list = QListWidget()
        self.list.setAccessibleName(tr("Differences"))
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.currentItemChanged.connect(self._jump)
        self._nothing = label(tr("The networks do not differ."), "muted")
        self._fill(before, after)
        sides = QSplitter()
        sides.setChildrenCollapsible(False)
        for picture, name, other in zip(self.pictures, names, reversed(self.pictures), strict=True):
            side = QWidget()
            head = row(None, label(name, "strong"))
            head.setContentsMargins(theme.size("space_s"), 0, theme.size("space_s"), 0)
            layout = column(side, gap="space_xs")
            layout.addLayout(head)
            layout.addWidget(picture, 1)
            sides.addWidget(side)
            picture.camera_moved.connect(other.set_camera)
            picture.clicked.connect(partial(self._clicked, picture))
        close = icon_button("x", tr("Close (Esc)"), self.close, role="bare")
        title = label(tr("{before} compared with {after}", before=names[0], after=names[1]), "title")
        head = row(None, title, None, self.which, close)
        whole = QSplitter(Qt.Orientation.Vertical)
        whole.setChildrenCollapsible(False)
        below = QWidget()
        column(below, self._nothing, self.list, gap="space_xs")
        whole.addWidget(sides)
        whole.addWidget(below)
        whole.setStretchFactor(0, 1)
        column(self, head, whole, margin="space_m", gap="space_s").setStretch(1, 1)
        self.which.currentIndexChanged.connect(self._show_block)
        self.lay_over()
        listed = min(self._listed_height(), window.height() // 4)
        whole.setSizes([window.height() - listed, listed])
        self._show_block()
        self._ask_for_shapes()

    def _fill(self, before: Project, after: Project) -> None:
        """The networks that differ, and all that differs."""
        touched = {difference.block for difference in self.differences}
        touched |= {item.before or item.after for item in self.differences if item.thing == "block"}
        self.which.addItem(tr("the whole network"), "")
        for id in sorted(touched - {""}):
            block = after.blocks.get(id) or before.blocks.get(id)
            self.which.addItem(tr("block {title}", title=block.title or id if block else id), id)
        self.which.setVisible(self.which.count() > 1)
        for difference in self.differences:
            item = QListWidgetItem(str(difference))
            item.setData(Qt.ItemDataRole.UserRole, difference)
            item.setForeground(theme.color(f"{TOKENS[difference.kind]}_text"))
            item.setToolTip(str(difference))
            self.list.addItem(item)
        self.list.setVisible(bool(self.differences))
        self._nothing.setVisible(not self.differences)

    def _listed_height(self) -> int:
        """What the list of differences needs."""
        if not self.differences:
            return self._nothing.sizeHint().height()
        lines = sum(self.list.sizeHintForRow(place) for place in range(self.list.count()))
        return lines + theme.size("space_s")

    # ── what is shown ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _show_block(self) -> None:
        """The two graphs of the chosen definition, marked."""
        block = self.which.currentData() or ""
        sides = [_inside(project, block) for project in self._projects]
        self._shown = compared = networks(*self._projects, self._studio.registry, block)
        for place, (picture, side) in enumerate(zip(self.pictures, sides, strict=True)):
            picture.show_project(side, self._plans.get(place) if not block else None)
        tokens = [self._marks(compared, before=before) for before in (True, False)]
        cut = {slot: Mark("−", TOKENS[REMOVED], tr("this wire is gone")) for slot in compared.cut}
        drawn = {slot: Mark("+", TOKENS[ADDED], tr("this wire is new")) for slot in compared.drawn}
        self.pictures[0].mark(tokens[0], cut)
        self.pictures[1].mark(tokens[1], drawn)

    def _marks(self, compared: Compared, *, before: bool) -> dict[str, Mark]:
        """By node of this side: the gravest of what is said of it."""
        marks: dict[str, Mark] = {}
        for item in compared.differences:
            id = item.before if before else item.after
            if item.thing == "node" and id and id not in marks:
                marks[id] = Mark(SIGNS[item.kind], TOKENS[item.kind], str(item))
        return marks

    def _ask_for_shapes(self) -> None:
        """The shapes on the wires of both versions, as soon as the engine has worked them out."""
        for place, project in enumerate(self._projects):

            def then(answer: Inspected, place: int = place) -> None:
                if not isValid(self):
                    return  # it was closed meanwhile
                self._plans[place] = answer.plan
                if not (self.which.currentData() or ""):
                    self.pictures[place].set_plan(answer.plan)

            if project is self._studio.project:
                then(Inspected(self._studio.plan, self._studio.code))
            else:
                self._studio.request("inspect", {"project": project}, then, lambda _problems: None)

    # ── together ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _jump(self, item: QListWidgetItem | None, _before: QListWidgetItem | None = None) -> None:
        """To what the line says, on both sides."""
        difference: Difference | None = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if difference is None:
            return
        block = difference.block if difference.thing != "block" else difference.after or difference.before
        at = self.which.findData(block)
        if at >= 0 and at != self.which.currentIndex():
            self.which.setCurrentIndex(at)
        self._choose(difference.before, difference.after)

    def _choose(self, before: str, after: str) -> None:
        """Ring both; both sides look at the same part of the plane."""
        for picture, id in zip(self.pictures, (before, after), strict=True):
            picture.choose(id)
        lead = self.pictures[1] if after in self.pictures[1].graph.nodes else self.pictures[0]
        for picture in self.pictures:
            picture.set_camera(lead.camera)

    def _clicked(self, picture: GraphPicture, id: str) -> None:
        """The same node on the other side, and its line in the list."""
        compared = self._shown
        if compared is None or not id:
            return
        left = picture is self.pictures[0]
        back = {new: old for old, new in compared.same.items()}
        pair = (id, compared.same.get(id, "")) if left else (back.get(id, ""), id)
        self._choose(*pair)
        block = self.which.currentData() or ""
        for place in range(self.list.count()):
            found: Difference = self.list.item(place).data(Qt.ItemDataRole.UserRole)
            if found.block == block and found.thing == "node" and (found.before, found.after) == pair:
                self.list.blockSignals(True)
                self.list.setCurrentRow(place)
                self.list.blockSignals(False)
                return

    def closeEvent(self, event: QCloseEvent) -> None:
        for picture in self.pictures:
            picture.close_picture()
        super().closeEvent(event)


def _inside(project: Project, block: str) -> Project:
    """The project with the definition's graph as its own; an empty one, where it has none of that id."""
    if not block or block in project.blocks:
        return project.inside(block)
    return Project(graph=Graph(), blocks=project.blocks)


# ── with what it is compared ──────────────────────────────────────────────────────────────────────────────────────────


def compare(window: QWidget, studio: Studio, before: Project, name: str) -> GraphCompare:
    """The open project beside an earlier or another one."""
    return GraphCompare(window, studio, before, studio.project, (name, tr("now")))


def compare_with_file(window: QWidget, studio: Studio, path: Path, name: str = "") -> GraphCompare | None:
    """The same with the project in a file, called `name`; None, and told, where it cannot be read."""
    project, problems = file.read(path)
    if project is None:
        studio.say_all(problems)
        return None
    return compare(window, studio, project, name or path.name)
