"""Where one begins: what can be recovered, the gallery, the last files, something new."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QStackedLayout, QVBoxLayout, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import button, card, clear, column, heading, label, panel, row, scroll, set_property
from nnstudio.problems import NNStudioError
from nnstudio.project.autosave import Recovery, recoverable
from nnstudio.project.gallery import open_example as read_example
from nnstudio.project.graph import Graph
from nnstudio.project.layout import NODE_SIZE
from nnstudio.registry import Registry
from nnstudio.specs import ExampleSpec

if TYPE_CHECKING:
    from nnstudio.gui.places.experiments import ExperimentsPage

Run = Callable[[], object]


def open_example(studio: Studio, id: str) -> None:
    """A project of the gallery, as a new one without a file."""
    if studio.open_example(id):
        studio.show_place.emit("model")


class StartPlace(QWidget):
    """Cards to click."""

    def __init__(self, studio: Studio, new: Run, choose: Run, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._new, self._choose = new, choose
        content = panel("background")
        self._content: QVBoxLayout = column(content, margin="space_xxl", gap="space_m")
        self._stack = QStackedLayout(self)
        self._stack.addWidget(scroll(content))
        self.experiments: ExperimentsPage | None = None
        studio.registry_changed.connect(self._fill)
        theme.changed.connect(self._fill)

    def showEvent(self, event: object) -> None:
        self._fill()

    def show_experiments(self, id: str = "", values: Mapping[str, str] | None = None) -> None:
        """The page of experiments; with `id`, that one is made at once with these values of its parameters."""
        from nnstudio.gui.places.experiments import ExperimentsPage

        if self.experiments is None:
            self.experiments = ExperimentsPage(self._studio)
            self.experiments.left.connect(lambda: self._stack.setCurrentIndex(0))
            self._stack.addWidget(self.experiments)
        self._stack.setCurrentWidget(self.experiments)
        if id:
            self.experiments.open(id, values or {})

    def _fill(self) -> None:
        if not self.isVisible():
            return  # showing it fills it
        clear(self._content)
        buttons = row(
            None,
            button(tr("New empty project"), self._new, "", "file-plus"),
            button(tr("Open …"), self._choose, "", "folder-open"),
            button(tr("Experiments"), self.show_experiments, "", "flask-conical"),
            None,
        )
        self._content.addWidget(label(tr("Begin with a network that learns"), "display"))
        hint = tr(
            "Open one, press Train, and change it while you watch. Each states what it reaches; everything in it can be rewired."
        )
        self._content.addWidget(label(hint, "muted", wrap=True))
        self._content.addLayout(buttons)
        self._add_recoveries()
        self._content.addWidget(heading(tr("Gallery")))
        self._content.addWidget(self._gallery())
        self._add_labs()
        self._add_recent()
        self._content.addStretch(1)

    def _add_recoveries(self) -> None:
        recoveries = recoverable(self._studio.state_folder / "recovery")
        if recoveries:
            self._content.addWidget(heading(tr("Not saved when the program ended")))
        for recovery in recoveries:
            self._content.addWidget(self._recovery_card(recovery))

    def _recovery_card(self, recovery: Recovery) -> QFrame:
        frame = card()
        when, path = time.strftime("%x %X", time.localtime(recovery.saved)), recovery.path
        where = tr("of {file}", file=f"{_short(path.parent)}/{path.name}") if path else tr("never saved to a file")
        words = label(tr("Kept {when}, {where}. Nothing of it is lost.", when=when, where=where), "muted")
        words.setToolTip(str(path or ""))
        names = column(None, label(recovery.name, "strong"), words, gap="space_xs")

        def recover() -> None:
            self._studio.recover(recovery)
            self._studio.show_place.emit("model")

        def discard() -> None:
            recovery.discard()
            self._fill()

        row(
            frame,
            names,
            None,
            button(tr("Recover"), recover, "accent"),
            button(tr("Discard"), discard),
            margin="space_m",
        )
        return frame

    def _gallery(self) -> QWidget:
        registry = self._studio.registry
        cards = [self._example_card(spec) for spec in registry.examples.values() if not spec.lab]
        return Grid(cards) if cards else label(tr("No loaded plugin brings examples."), "muted")

    def _example_card(self, spec: ExampleSpec) -> "ProjectCard":
        registry = self._studio.registry
        title = tr("{number} · {title}", number=spec.lab, title=spec.title) if spec.lab else spec.title
        graph = example_graph(spec.id, registry)
        shows = tr("Shows: {figure}", figure=spec.reaches) if spec.lab else tr("Reaches {figure}", figure=spec.reaches)
        return ProjectCard(
            title,
            spec.text,
            shows if spec.reaches else "",
            graph,
            registry,
            lambda: open_example(self._studio, spec.id),
        )

    def _add_labs(self) -> None:
        """Guided labs: a text beside the canvas leads through them."""
        labs = sorted((spec for spec in self._studio.registry.examples.values() if spec.lab), key=lambda spec: spec.lab)
        if labs:
            self._content.addWidget(heading(tr("Labs")))
            self._content.addWidget(
                label(tr("Each is led by a text beside the canvas; its links do what they say."), "muted")
            )
            self._content.addWidget(Grid([self._example_card(spec) for spec in labs]))

    def _add_recent(self) -> None:
        recent = self._studio.settings.recent
        if recent:
            self._content.addWidget(heading(tr("Recent")))
        for path in recent:
            line = button(f"{path.stem}    {_short(path.parent)}", lambda path=path: self._open(path), "row", "file")
            line.setToolTip(str(path))
            self._content.addWidget(line)

    def _open(self, path: Path) -> None:
        if self._studio.open(path):
            self._studio.show_place.emit("model")


def _short(folder: Path) -> str:
    """The folder as people write it: `~/projects`."""
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) else str(folder)


def example_graph(id: str, registry: Registry) -> Graph:
    """The network of an example, empty where it cannot be read."""
    try:
        return read_example(id, registry).graph
    except NNStudioError:
        return Graph()


class Grid(QWidget):
    """Cards side by side, as many in a row as fit."""

    def __init__(self, cards: list["ProjectCard"]) -> None:
        super().__init__()
        self._cards = cards
        self._columns = 0
        self._layout = QGridLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(theme.size("space_m"))
        self._arrange(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange(max(1, self.width() // (theme.size("library") + 2 * theme.size("space_xl"))))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for index, item in enumerate(self._cards):
            self._layout.addWidget(item, index // columns, index % columns)
        for index in range(max(columns, self._columns)):
            self._layout.setColumnStretch(index, 1 if index < columns else 0)
        self._columns = columns

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.size("library"), self._layout.minimumSize().height())


class ProjectCard(QFrame):
    """A picture of the network, its name, what it shows, what it reaches. Click or Enter opens it."""

    def __init__(self, title: str, text: str, reaches: str, graph: Graph, registry: Registry, run: Run) -> None:
        super().__init__()
        self._run = run
        self.setProperty("role", "card")
        set_property(self, "clickable", "true")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(title)
        reached = label(reaches, "caption", wrap=True)
        column(
            self,
            MiniGraph(graph, registry),
            label(title, "strong"),
            label(text, "muted", wrap=True),
            None,
            reached,
            margin="space_m",
        )

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._run()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._run()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: object) -> None:
        set_property(self, "chosen", "true")

    def focusOutEvent(self, event: object) -> None:
        set_property(self, "chosen", "false")


class MiniGraph(QWidget):
    """The network, small: blocks in their category's colours, and wires."""

    def __init__(self, graph: Graph, registry: Registry) -> None:
        super().__init__()
        self._graph = graph
        self._categories = {
            node.id: spec.category if (spec := registry.layer(node.type)) else "shape" for node in graph
        }
        self.setFixedHeight(3 * theme.size("control"))
        follow_theme(self, self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._graph.nodes:
            return
        width, height = NODE_SIZE
        left = min(node.position[0] for node in self._graph)
        top = min(node.position[1] for node in self._graph)
        wide = max(node.position[0] for node in self._graph) + width - left
        high = max(node.position[1] for node in self._graph) + height - top
        gap = theme.size("space_xs")
        scale = min((self.width() - 2 * gap) / wide, (self.height() - 2 * gap) / high, 0.3)
        shift = QPointF((self.width() - wide * scale) / 2, (self.height() - high * scale) / 2)

        def spot(id: str, side: float) -> QPointF:
            x, y = self._graph.nodes[id].position
            return shift + QPointF((x - left + side * width) * scale, (y - top + height / 2) * scale)

        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme.color("wire"), theme.size("stroke_hairline")))
            for wire in self._graph.all_wires():
                painter.drawLine(spot(wire.source.node, 1), spot(wire.target.node, 0))
            painter.setPen(Qt.PenStyle.NoPen)
            for node in self._graph:
                painter.setBrush(QColor(theme.category(self._categories[node.id])))
                corner = spot(node.id, 0) - QPointF(0, height * scale / 2)
                painter.drawRoundedRect(QRectF(corner.x(), corner.y(), width * scale, height * scale), gap / 2, gap / 2)
