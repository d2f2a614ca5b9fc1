"""Buttons that need less room where there is less: their words end in …, or give way to an icon."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QIcon, QPaintEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter

from nnstudio.gui.theme import follow_theme, theme


class FoldingButton(QPushButton):
    """Shows its words or, folded, its icon alone; those who hear the screen hear the words either way.

    with_icon: the icon stands before the words too.
    """

    def __init__(
        self, words: str, run: Callable[[], object], role: str, icon: str, token: str = "text", *, with_icon: bool
    ) -> None:
        super().__init__()
        self._icon, self._token, self._with_icon = icon, token, with_icon
        self._folded = False
        self.setProperty("role", role)
        self.setAutoDefault(True)  # Enter presses it, as Space does
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda: run())
        follow_theme(self, self._show)
        self.set_words(words)

    def set_words(self, words: str) -> None:
        self.setAccessibleName(words)
        self._show()

    def fold(self, folded: bool) -> None:
        if folded != self._folded:
            self._folded = folded
            self._show()

    def _show(self) -> None:
        icon = self._with_icon or self._folded
        words = "" if self._folded else self.accessibleName()
        self.setText(f" {words}" if words and icon else words)  # Qt sets an icon too close to its text
        self.setIcon(theme.icon(self._icon, self._token) if icon else QIcon())


class ElidedButton(QPushButton):
    """Words that end in … where there is no room for all of them; the tool tip has the rest."""

    def __init__(self, run: Callable[[], object], role: str) -> None:
        super().__init__()
        self._short = False
        self.setProperty("role", role)
        self.setAutoDefault(True)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.clicked.connect(lambda: run())

    def minimumSizeHint(self) -> QSize:
        whole = self.sizeHint()
        return QSize(min(whole.width(), theme.size("control") * (3 if self._short else 5)), whole.height())

    def shorten(self, short: bool) -> None:
        """Short: the beginning of the words will do."""
        if short != self._short:
            self._short = short
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        hidden = self.sizeHint().width() - self.width()
        if hidden > 0:
            metrics = QFontMetrics(self.font())
            room = metrics.horizontalAdvance(self.text()) - hidden
            option.text = metrics.elidedText(self.text(), Qt.TextElideMode.ElideRight, room)  # pyright: ignore[reportAttributeAccessIssue]
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()
