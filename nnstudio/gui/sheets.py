"""Sheets laid over the window on request: the shortcuts, the plugins, what this program is. Escape or a click beside closes them."""

import platform
from typing import ClassVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QCloseEvent, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QFrame, QLayout, QWidget
from shiboken6 import isValid

from nnstudio import __version__
from nnstudio.gui.commands import Commands
from nnstudio.gui.panel_focus import follow_focus, go_on
from nnstudio.gui.studio import Studio
from nnstudio.gui.text import tr
from nnstudio.gui.theme import theme
from nnstudio.gui.widgets.basics import card, column, icon_button, label, panel, row, scroll
from nnstudio.gui.widgets.facts import FactRow
from nnstudio.plugins import PluginInfo, State


class Overlay(QWidget):
    """Lies over the window. As long as it is there it has the keyboard: Tab goes round in it, no key reaches what is behind, Escape closes it."""

    _open: ClassVar[list["Overlay"]] = []
    """Of all windows, the topmost last. Kept here, as Qt cannot be asked for them while it takes widgets away."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._before = QApplication.focusWidget()  # to whom the focus goes back
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        window.installEventFilter(self)

    def lay_over(self) -> None:
        """Once all is in it."""
        self.setGeometry(self.window().rect())
        self.show()
        self.raise_()
        Overlay._open[:] = [*filter(isValid, Overlay._open), self]
        self.setFocus()
        follow_focus(self._focus_moved)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget) and watched is self.parent():
            self.setGeometry(watched.rect())
        return False

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        Overlay._open[:] = [sheet for sheet in Overlay._open if sheet is not self]
        self.hide()  # so that it lets the focus go
        if self._before is not None and isValid(self._before):
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)

    # ── the keyboard ──────────────────────────────────────────────────────────────────────────────────────────────────

    def event(self, event: QEvent) -> bool:
        """Keys of the window's commands are keys like any other here."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What nothing in it wanted."""
        event.accept()
        if event.key() == Qt.Key.Key_Escape:
            self.close()

    def focusNextPrevChild(self, next: bool) -> bool:
        return go_on(self, 1 if next else -1)

    def _focus_moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        """Taken away by what happens behind it, or let go: it takes the focus back."""
        window = self.window()
        outside = window.isActiveWindow() if now is None else now.window() is window and not self.isAncestorOf(now)
        if outside and now is not self and self._is_topmost(window):
            (self.focusWidget() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_topmost(self, window: QWidget) -> bool:
        above = [sheet for sheet in Overlay._open if isValid(sheet) and sheet.isVisible() and sheet.window() is window]
        return bool(above) and above[-1] is self


class Sheet(Overlay):
    """A card in the middle of a dimmed window; full: over all of it but a rim."""

    def __init__(
        self, window: QWidget, title: str, content: QWidget, *, wide: bool = False, full: bool = False
    ) -> None:
        super().__init__(window)
        frame = card("overlay")
        close = icon_button("x", tr("Close"), self.close, role="bare")
        body = scroll(content, title)
        column(frame, row(None, label(title, "title"), None, close), body, margin="space_l", gap="space_m")
        self._card: QFrame = frame
        layout = column(self, frame, margin="space_xxl")
        layout.setAlignment(frame, Qt.AlignmentFlag.AlignCenter)
        frame.setMinimumWidth(
            min((5 if wide else 3) * theme.size("library"), window.width() - 2 * theme.size("space_xxl"))
        )
        wanted = content.sizeHint().height() + 3 * theme.size("control")
        frame.setMinimumHeight(min(wanted, window.height() - 4 * theme.size("space_xxl")))
        if full:
            layout.setAlignment(frame, Qt.AlignmentFlag(0))
        self.lay_over()

    def paintEvent(self, event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(theme.color("scrim", theme.alpha("scrim"))))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._card.geometry().contains(event.position().toPoint()):
            self.close()


def show_shortcuts(window: QWidget, commands: Commands) -> Sheet:
    """The cheat sheet: every command, its keys, and the way to give it others."""
    from nnstudio.gui.shortcuts_sheet import Shortcuts

    content = Shortcuts(commands)
    sheet = Sheet(window, tr("Shortcuts"), content, wide=True)
    content.search.setFocus(Qt.FocusReason.OtherFocusReason)
    return sheet


STATES = {
    State.LOADED: "good_text",
    State.DISABLED: "muted",
    State.INCOMPATIBLE: "warning_text",
    State.FAILED: "bad_text",
}


def show_plugins(window: QWidget, studio: Studio) -> Sheet:
    """Every plugin, its state, and why it failed."""
    content = panel("")
    layout = column(content, gap="space_s")
    for info in sorted(studio.plugins.infos, key=lambda info: info.state is State.LOADED):
        layout.addWidget(_plugin_card(info))
    layout.addStretch(1)
    return Sheet(window, tr("Plugins"), content)


def _plugin_card(info: PluginInfo) -> QFrame:
    frame = card("inset")
    state = label(state_title(info.state), "strong")
    state.setStyleSheet(f"color: {theme.css(STATES[info.state])}")
    head: QLayout = row(
        None, label(info.name, "strong"), label(f"{info.origin} {info.version}".strip(), "caption"), None, state
    )
    layout = column(frame, head, margin="space_s", gap="space_xs")
    brought = ", ".join(f"{len(ids)} × {kind}" for kind, ids in info.brought.items())
    for text in (brought, info.reason, info.location):
        if text:
            layout.addWidget(label(text, "muted", wrap=True, select=True))
    if info.traceback:
        trace = label(info.traceback.strip(), "", wrap=True, select=True)
        trace.setFont(theme.font("mono"))
        layout.addWidget(trace)
    return frame


def state_title(state: State) -> str:
    return {
        State.LOADED: tr("loaded"),
        State.DISABLED: tr("disabled"),
        State.INCOMPATIBLE: tr("incompatible"),
        State.FAILED: tr("failed"),
    }[state]


def show_about(window: QWidget, studio: Studio) -> Sheet:
    content = panel("")
    layout = column(content, gap="space_xs")
    words = tr("Draw a neural network, watch it learn, find out why it does not, and take the code away.")
    layout.addWidget(label(words, "muted", wrap=True))
    hello = studio.hello
    rows = [("NNStudio", __version__), ("Python", platform.python_version())]
    rows += [("PyTorch", hello.torch), (tr("system"), hello.system)] if hello else []
    rows.append((tr("licence"), "Apache-2.0"))
    for name, value in rows:
        layout.addWidget(FactRow(name, value))
    return Sheet(window, tr("About NNStudio"), content)
