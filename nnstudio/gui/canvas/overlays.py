"""What lies over the canvas without being asked for: the status strip, the words on an empty canvas, the field for a new name."""

import math

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QFrame, QWidget

from nnstudio.gui.studio import Studio
from nnstudio.gui.text import byte_size, number, si, tr
from nnstudio.gui.theme import follow_theme, theme
from nnstudio.gui.widgets.basics import button, column, label
from nnstudio.plan import NodePlan, Plan


class StatusStrip(QWidget):
    """`13 nodes · 51 934 params · 0.87 MMAC · 1.3 MiB / sample · 2 problems`, within a block what is within it; a click asks for the problems."""

    clicked = Signal()

    def __init__(self, studio: Studio, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._studio, self._canvas = studio, canvas
        self.text, self.shown = "", ""  # all of it, and what there is room for
        self._parts: list[str] = []
        self._wrong: list[str] = []
        self._later = ""
        self._severity = ""
        self._picture: QPixmap | None = None
        self._kept: object = None  # what the picture was painted of
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        for signal in (studio.plan_changed, studio.problems_changed, studio.project_changed, studio.project_opened):
            signal.connect(self.refresh)
        studio.scope.changed.connect(self.refresh)
        studio.awaited.changed.connect(self.refresh)
        studio.apart.changed.connect(self.refresh)
        follow_theme(self, self.refresh)

    def refresh(self) -> None:
        plan, problems = self._studio.plan, self._studio.problems
        scope = self._studio.scope
        count = len(scope.graph.nodes)
        parts = [tr("1 node") if count == 1 else tr("{count} nodes", count=number(count))]
        shown = scope.entered() if scope.path else plan if plan.nodes else None  # of the block on show, or of all
        if shown is not None:
            parts += _costs(shown)
        wrong = [tr("1 problem") if len(problems) == 1 else tr("{count} problems", count=number(len(problems)))]
        self._parts, self._wrong = parts, wrong if problems else []
        if self._studio.apart.it_is:
            self._wrong.insert(0, tr("the run trains it as it was"))
        self._later = " …" if self._studio.awaited.late else ""
        self.text = " · ".join([*self._parts, *self._wrong]) + self._later
        self._severity = min({str(problem.severity) for problem in problems}, key=_order, default="")
        self.setAccessibleName(self.text)
        old = "\n".join(filter(None, (self._studio.awaited.words, self._studio.apart.words)))
        self.setAccessibleDescription(old)
        what = tr(
            "Nodes · trainable parameters · multiply-adds of one sample, forward · memory of all outputs of one sample (float32)"
        )
        self.setToolTip("\n".join(filter(None, (self.text, old, what))))
        self.setVisible(count > 0)
        self.settle()

    def settle(self) -> None:
        """In the lower left corner, with as many of its parts as there is room for; what is wrong goes last."""
        canvas, gap = self._canvas, theme.size("space_m")
        for count in range(len(self._parts), 0, -1):
            self.shown = " · ".join([*self._parts[:count], *self._wrong]) + self._later
            if self.sizeHint().width() <= canvas.width() - 2 * gap:
                break
        self.resize(self.sizeHint())
        self.move(gap, canvas.height() - self.height() - gap)
        self.update()

    def sizeHint(self) -> QSize:
        font = theme.font("caption", "semibold")
        return QSize(QFontMetrics(font).horizontalAdvance(self.shown) + 2 * theme.size("space_l"), 20)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Every movement of the canvas below asks for it: the words are written once."""
        ratio = self.devicePixelRatioF()
        kept = (self.shown, self._severity, theme.dark, self.size(), ratio)
        if self._picture is None or self._kept != kept:
            self._picture, self._kept = self._paint(ratio), kept
        painter = QPainter(self)
        try:
            painter.drawPixmap(0, 0, self._picture)
        finally:
            painter.end()

    def _paint(self, ratio: float) -> QPixmap:
        picture = QPixmap(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("track"))
            radius = self.height() / 2
            painter.drawRoundedRect(self.rect().toRectF(), radius, radius)
            painter.setFont(theme.font("caption", "semibold"))
            painter.setPen(theme.color("text" if self._severity else "muted"))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self.shown)
        finally:
            painter.end()
        return picture

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.clicked.emit()


def _costs(shown: Plan | NodePlan) -> list[str]:
    """Where something could not be worked out, what is known of each sum; nothing of one of which nothing is known."""
    said = (
        (shown.parameters, tr("{count} params", count=number(shown.parameters))),
        (shown.macs, si(shown.macs, "MAC")),
        (shown.memory, tr("{size} / sample", size=byte_size(shown.memory))),
    )
    return [words if shown.whole else f"≥ {words}" for value, words in said if shown.whole or value]


def _order(severity: str) -> int:
    return ("error", "warning", "info").index(severity)


class EmptyCanvas(QFrame):
    """Three ways to begin, and the one key."""

    chosen = Signal(str)  # "labs" (the gallery) or "data", places of the window, or "input"

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        title = label(tr("An empty canvas"), "title")
        words = label(tr("A network is nodes and wires: data flows from left to right, into a loss."), "muted")
        key = label(tr("Or press Tab and type the name of a node."), "muted")
        for text in (title, words, key):
            text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.buttons = {
            "labs": button(
                tr("Open an example that works"),
                lambda: self.chosen.emit("labs"),
                "accent",
                "graduation-cap",
                "on_accent",
            ),
            "data": button(tr("Choose the data first"), lambda: self.chosen.emit("data"), icon="database"),
            "input": button(tr("Place an Input node"), lambda: self.chosen.emit("input"), icon="plus"),
        }
        for start in self.buttons.values():
            start.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Tab is the search
        column(self, title, words, *self.buttons.values(), key, margin="space_l", gap="space_s")
        self.adjustSize()
