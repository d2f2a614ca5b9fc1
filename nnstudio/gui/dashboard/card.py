"""One card: a view's title, its newest values, its menu, and its figure or the reason why there is none."""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QMenu, QPlainTextEdit, QStackedWidget, QWidget

from nnstudio.figures import Figure
from nnstudio.gui.dashboard.arrangement import CardChoice
from nnstudio.gui.dashboard.drawing import Failure
from nnstudio.gui.figures import FigureView
from nnstudio.gui.figures.card import Caption
from nnstudio.gui.figures.words import figure_words
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import button, clear, column, icon_button, label, row
from nnstudio.gui.widgets.painted import Bar
from nnstudio.specs import ViewSpec

SHORTEST_WAIT = 1 / 30
"""Seconds between two drawings of a card."""
SHARE_OF_TIME = 0.15
"""A view that takes long is drawn more rarely, so that it takes no more than this share of the interface's time."""


class ViewCard(QFrame):
    """A card of the dashboard. What it may do to the arrangement is asked for by signals; who holds it decides."""

    fill_wanted = Signal()  # fill the window, or come back from there
    menu_wanted = Signal(QMenu)  # add your commands to the card's menu
    dragged = Signal(QPoint)  # in screen coordinates
    dropped = Signal(QPoint)

    def __init__(self, choice: CardChoice, spec: ViewSpec | None, on_error: Callable[[str], None]) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.choice = choice
        self.spec = spec
        self.stale = True
        self.failed = False
        self.due = 0.0  # monotonic seconds: not drawn again before
        self._drawn = False
        self._press: QPoint | None = None
        self._dragging = False
        self._title = label("", "strong")
        self._caption = Caption()
        self._menu_button = icon_button("ellipsis", tr("Commands of this card"), self.open_menu, role="bare")
        self._menu_button.hide()
        self.head = QWidget()
        self.head.setFixedHeight(theme.size("control") - theme.size("space_xs"))
        row(self.head, self._title, self._caption, self._menu_button, gap="space_s").setStretch(1, 1)
        self.figure_view = FigureView(on_error=on_error)
        self._fault = FaultView()
        self._body = QStackedWidget()
        self._body.addWidget(self.figure_view)
        self._body.addWidget(self._fault)
        layout = column(self, self.head, self._body, gap="space_xs")
        layout.setStretch(1, 1)
        side, top = theme.size("space_m") + theme.size("space_xxs"), theme.size("space_s")
        layout.setContentsMargins(side, top, side, side)
        self._name(spec.title if spec else choice.view)

    @property
    def title(self) -> str:
        return self._title.text()

    @property
    def caption(self) -> str:
        return self._caption.text()

    def _name(self, title: str) -> None:
        self._title.setText(title)
        self.setAccessibleName(title)
        self.figure_view.setAccessibleName(title)

    # ── what it shows ─────────────────────────────────────────────────────────────────────────────────────────────────

    def needs(self, news: set[str]) -> bool:
        return self.spec is not None and bool(news & set(self.spec.needs))

    @property
    def in_sight(self) -> bool:
        return self.isVisible() and not self.visibleRegion().isEmpty()

    def show_outcome(self, outcome: Figure | Failure, began: float) -> None:
        """The figure or the failure that drawing ended with; `began`: when it began (monotonic)."""
        self.failed = isinstance(outcome, Failure)
        if isinstance(outcome, Failure):
            self._caption.setText("")
            self._fault.show_failure(outcome)
            self.setAccessibleDescription(str(outcome.problem))
            self._body.setCurrentWidget(self._fault)
        else:
            self.figure_view.show_figure(outcome)
            self.setAccessibleDescription(figure_words(outcome))
            self._name(outcome.title or (self.spec.title if self.spec else self.choice.view))
            if self._caption.text() != outcome.caption:
                self._caption.setText(outcome.caption)
            self._body.setCurrentWidget(self.figure_view)
        now = time.monotonic()
        cost = now - began if self._drawn else 0.0  # the first time imports the view's code
        self._drawn = True
        self.due = max(began + SHORTEST_WAIT, now + cost / SHARE_OF_TIME)

    @property
    def failure(self) -> Failure | None:
        return self._fault.failure if self.failed else None

    # ── menu ──────────────────────────────────────────────────────────────────────────────────────────────────────────

    def open_menu(self, at: QPoint | None = None) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.menu_wanted.emit(menu)
        if not self.failed:
            menu.addSeparator()
            self.figure_view.fill_menu(menu)
        menu.popup(at or self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

    def enterEvent(self, event: QEnterEvent) -> None:
        self._menu_button.show()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._menu_button.setVisible(self.hasFocus())
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Menu | Qt.Key.Key_Space:
                self.open_menu(self.mapToGlobal(self.head.geometry().bottomRight()))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.fill_wanted.emit()
            case _:
                super().keyPressEvent(event)

    # ── dragging it by its head, filling the window ───────────────────────────────────────────────────────────────────

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.RightButton:
            self.open_menu(event.globalPosition().toPoint())
        elif event.button() is Qt.MouseButton.LeftButton and self.head.geometry().contains(event.position().toPoint()):
            self._press = event.globalPosition().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = event.globalPosition().toPoint()
        if self._press is None:
            return
        if not self._dragging and (at - self._press).manhattanLength() >= QApplication.startDragDistance():
            self._dragging = True
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        if self._dragging:
            self.dragged.emit(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._press = None
        if self._dragging:
            self._dragging = False
            self.unsetCursor()
            self.dropped.emit(event.globalPosition().toPoint())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.fill_wanted.emit()


class FaultView(QWidget):
    """A view's failure in its card: what happened, what to do, and the traceback for who wants it."""

    def __init__(self) -> None:
        super().__init__()
        self.failure: Failure | None = None
        self._layout = column(self, gap="space_s")

    def show_failure(self, failure: Failure) -> None:
        if failure == self.failure:
            return
        self.failure = failure
        clear(self._layout)
        words = column(None, label(failure.problem.message, wrap=True, select=True), gap="space_xs")
        words.addWidget(label(failure.problem.remedy, "muted", wrap=True))
        bar = Bar("bad")
        bar.setMinimumHeight(0)
        bar.setMaximumHeight(16777215)
        self._layout.addLayout(row(None, bar, words))
        if failure.detail:
            detail = QPlainTextEdit(failure.detail)
            detail.setReadOnly(True)
            detail.setProperty("role", "code")
            detail.setFont(theme.font("mono"))
            detail.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
            detail.hide()
            fold = button(tr("Show the traceback"), lambda: detail.setVisible(detail.isHidden()), "link")
            self._layout.addWidget(fold, alignment=Qt.AlignmentFlag.AlignLeft)
            self._layout.addWidget(detail, 1)
        self._layout.addStretch(0 if failure.detail else 1)
